import math

import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.agreement.overlap import (
    frame_overlap,
    object_overlap,
    pairs_within,
)

corner, side = st.integers(0, 6), st.integers(0, 5)
boxes = st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), corner, corner, side, side)
pairs_of_boxes = st.lists(st.tuples(boxes, boxes), min_size=1, max_size=6)


def cells(box):
    x_min, y_min, x_max, y_max = (int(edge) for edge in box.bounds)
    return {(x, y) for x in range(x_min, x_max) for y in range(y_min, y_max)}


def overlap(left, right):
    """Return IoU and Dice of pairs of shapes, each pair on a frame of its own."""
    ids = [f"{place:02}" for place in range(len(left))]
    sides = [pd.DataFrame({"id": ids, "frame": 0, "geometry": side}) for side in (left, right)]
    found = frame_overlap(pd.DataFrame({"left": ids, "right": ids}), *sides)
    return found["iou"].to_numpy(), found["dice"].to_numpy()


@given(pairs_of_boxes)
def test_overlap_of_boxes_is_that_of_their_pixels(pairs):
    left, right = (np.array(side, dtype=object) for side in zip(*pairs, strict=True))
    iou, dice = overlap(left, right)
    for place, (one, other) in enumerate(pairs):
        a, b = cells(one), cells(other)
        expected = len(a & b) / len(a | b) if a | b else math.nan
        np.testing.assert_allclose(iou[place], expected)
        np.testing.assert_allclose(dice[place], 2 * expected / (1 + expected))


@given(pairs_of_boxes)
def test_overlap_is_the_same_both_ways_and_between_zero_and_one(pairs):
    left, right = (np.array(side, dtype=object) for side in zip(*pairs, strict=True))
    for one, other in zip(overlap(left, right), overlap(right, left), strict=True):
        np.testing.assert_allclose(one, other)
        assert ((one >= 0) & (one <= 1) | np.isnan(one)).all()


def test_a_missing_shape_is_unknown_and_an_empty_one_is_not():
    square, empty = shapely.box(0, 0, 1, 1), shapely.Polygon()
    left = np.array([square, square, empty], dtype=object)
    right = np.array([None, empty, empty], dtype=object)
    iou, _ = overlap(left, right)
    assert [math.isnan(value) for value in iou] == [True, False, True]
    assert iou[1] == 0


def annotations(rows):
    return pd.DataFrame(rows, columns=["annotation_id", "annotator", "record_id", "era"])


def test_pairs_are_of_one_unit_and_two_annotators():
    rows = annotations(
        [
            ("a", "r1", "n", "1"),
            ("b", "r2", "n", "1"),
            ("c", "r1", "n", "1"),
            ("d", "r2", "m", "1"),
            ("e", "r3", "n", "2"),
        ]
    )
    found = pairs_within(rows.iloc[::-1], ["record_id", "era"])
    assert found[["left", "right"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]


def drawn(rows):
    return pd.DataFrame(rows, columns=["id", "frame", "geometry"])


def test_a_frame_that_one_expert_did_not_draw_on_counts_against_the_object_alone():
    parts = drawn(
        [
            ("a", 0, shapely.box(0, 0, 2, 2)),
            ("a", 1, shapely.box(0, 0, 2, 2)),
            ("b", 0, shapely.box(0, 0, 2, 2)),
        ]
    )
    pairs = pd.DataFrame({"left": ["a"], "right": ["b"]})
    frames = frame_overlap(pairs, parts, parts)
    objects = object_overlap(pairs, parts, parts, frames)
    assert frames[["frame", "iou", "dice"]].to_numpy().tolist() == [[0, 1.0, 1.0]]
    assert objects["iou"].tolist() == [0.5]
    np.testing.assert_allclose(objects["dice"], 2 / 3)


def test_objects_that_share_no_frame_do_not_overlap():
    parts = drawn([("a", 0, shapely.box(0, 0, 2, 2)), ("b", 1, shapely.box(0, 0, 2, 2))])
    pairs = pd.DataFrame({"left": ["a"], "right": ["b"]})
    frames = frame_overlap(pairs, parts, parts)
    assert frames.empty
    assert object_overlap(pairs, parts, parts, frames)["iou"].tolist() == [0.0]


def test_an_object_that_was_not_drawn_has_no_overlap():
    parts = drawn([("a", 0, shapely.box(0, 0, 2, 2))])
    pairs = pd.DataFrame({"left": ["a"], "right": ["b"]})
    frames = frame_overlap(pairs, parts, parts)
    assert object_overlap(pairs, parts, parts, frames)["iou"].isna().all()
