"""Boxes are compared exactly, candidates are complete, and a little input is answered without what is slow to load."""

import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.shapes.boxes import box_pairs
from groundkeeper.core.shapes.boxes import boxes as box_module
from groundkeeper.core.shapes.boxes.box_fusion import edge_median
from groundkeeper.core.shapes.boxes.box_fusion_kernels import edge_medians
from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.boxes.boxes import (
    Boxes,
    box_ious,
    clusters_of_boxes,
    load_kernels,
    overlapping_boxes,
)
from groundkeeper.core.shapes.drawn import Drawn
from groundkeeper.errors import TableError


def boxes_of(*rows):
    return Boxes(np.array(rows, dtype=np.float64))


def brute(item, corners, annotator=None):
    """Return every pair that meets, found by looking at all."""
    left, right = np.triu_indices(len(item), 1)
    low = np.maximum(corners[left, :2], corners[right, :2])
    high = np.minimum(corners[left, 2:], corners[right, 2:])
    met = (item[left] == item[right]) & (low <= high).all(axis=1)
    if annotator is not None:
        met &= annotator[left] != annotator[right]
    return left[met], right[met]


def scattered(rng, n, items, extent):
    start = rng.integers(0, extent, (n, 2)).astype(np.float64)
    sides = rng.choice([rng.integers(0, 9, (n, 2)), rng.exponential(4, (n, 2))])
    return np.sort(rng.integers(0, items, n)), np.hstack([start, start + sides])


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("crowded", [0, 32])
def test_candidates_are_all_pairs_that_meet_and_no_others(seed, crowded, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(box_pairs, "CROWDED", crowded)
    monkeypatch.setattr(box_pairs, "AT_ONCE", int(rng.choice([1, 50, 1 << 20])))
    item, corners = scattered(rng, int(rng.integers(0, 150)), int(rng.integers(1, 5)), 60)
    annotator = rng.integers(0, 3, len(item)) if seed % 2 else None
    for found, wanted in zip(
        meeting(item, corners, annotator), brute(item, corners, annotator), strict=True
    ):
        assert found.tolist() == wanted.tolist()


def test_boxes_that_share_an_edge_or_a_corner_meet():
    corners = np.array([[0, 0, 2, 2], [2, 0, 4, 2], [4, 2, 6, 4]], dtype=np.float64)
    left, right = meeting(np.zeros(3, np.int64), corners)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (1, 2)]


def test_a_hundred_thousand_boxes_of_one_image_are_compared_with_their_neighbours_only(monkeypatch):
    rng = np.random.default_rng(0)
    n = 100_000
    start = rng.uniform(0, 10_000, (n, 2))
    corners = np.hstack([start, start + rng.uniform(10, 40, (n, 2))])
    seen = []
    candidates = box_pairs.members_in_parts

    def counted(*runs):
        for first, second in candidates(*runs):
            seen.append(len(first))
            yield first, second

    monkeypatch.setattr(box_pairs, "members_in_parts", counted)
    left, right = meeting(np.zeros(n, np.int64), corners)
    assert sum(seen) < 100 * n
    some = rng.integers(0, n, 20)
    for box in some:
        met = (
            np.maximum(corners[box, :2], corners[:, :2])
            <= np.minimum(corners[box, 2:], corners[:, 2:])
        ).all(1)
        assert met.sum() - 1 == (left == box).sum() + (right == box).sum()


def test_tall_and_flat_boxes_do_not_make_more_strips_than_shapes():
    n = 1000
    flat = np.column_stack(
        [np.arange(n), np.arange(n) * 1e6, np.arange(n) + 5.0, np.arange(n) * 1e6]
    )
    tall = np.array([[0, 0, 1000, 1e9]])
    corners = np.concatenate([flat, tall])
    left, right = meeting(np.zeros(n + 1, np.int64), corners)
    assert left.tolist() == list(range(n))
    assert set(right.tolist()) == {n}


@pytest.mark.parametrize("seed", range(10))
def test_ious_are_those_of_geos(seed):
    rng = np.random.default_rng(seed)
    _, corners = scattered(rng, 80, 1, 20)
    corners = corners[((corners[:, 2:] - corners[:, :2]) > 0).all(axis=1)]
    left, right = np.triu_indices(len(corners), 1)
    drawn = shapely.box(*corners.T)
    shared = shapely.area(shapely.intersection(drawn[left], drawn[right]))
    union = shapely.area(drawn[left]) + shapely.area(drawn[right]) - shared
    assert box_ious(Boxes(corners), left, right) == pytest.approx(
        shared / union, rel=1e-12, abs=1e-15
    )


corner = st.floats(-1e6, 1e6, allow_nan=False)


@settings(deadline=None)
@given(
    one=st.tuples(corner, corner, corner, corner),
    other=st.tuples(corner, corner, corner, corner),
)
def test_an_iou_is_from_0_to_1_symmetric_and_1_with_itself(one, other):
    rows = [[min(x, u), min(y, v), max(x, u), max(y, v)] for x, y, u, v in (one, other)]
    found = box_ious(boxes_of(*rows), np.array([0, 1, 0, 1]), np.array([1, 0, 0, 1]))
    assert ((found >= 0) & (found <= 1)).all()
    assert found[0] == found[1]
    assert found[2:].tolist() == [1.0, 1.0]


def test_a_box_without_area_is_like_itself_and_like_nothing_else():
    boxes = boxes_of([1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 2, 2], [1, 0, 1, 2], [1, 0, 1, 2])
    left, right = np.array([0, 0, 0, 3, 2]), np.array([1, 2, 3, 4, 3])
    assert box_ious(boxes, left, right).tolist() == [1.0, 0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        [0, 0, np.nan, 1],
        [0, 0, np.inf, 1],
        [2, 0, 1, 1],
        [0, 2, 1, 1],
        [-1e200, -1e200, 1e200, 1e200],
    ],
)
def test_boxes_that_are_none_are_refused_with_their_place(wrong):
    with pytest.raises(TableError, match=r"found boxes 1: \[.*; allowed are finite edges"):
        boxes_of([0, 0, 1, 1], wrong)


def test_how_alike_is_asked_for_above_0_and_up_to_1():
    drawn = Drawn(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64))
    for wrong in (0.0, -0.5, 1.5, np.nan):
        with pytest.raises(TableError, match="allowed is above 0, at most 1"):
            clusters_of_boxes(drawn, boxes_of([0, 0, 1, 1]), wrong)


def test_each_box_was_drawn_by_somebody():
    drawn = Drawn(np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64))
    with pytest.raises(TableError, match="found 1 boxes by 2 who drew them"):
        overlapping_boxes(drawn, boxes_of([0, 0, 1, 1]))


def test_arguments_are_left_as_they_are():
    item, corners = scattered(np.random.default_rng(0), 50, 2, 10)
    before = corners.copy()
    drawn = Drawn(item, np.arange(50) % 3, np.zeros(50, np.int64))
    for column in (corners, drawn.item, drawn.annotator, drawn.label):
        column.flags.writeable = False
    clusters_of_boxes(drawn, Boxes(corners), 0.1)
    assert np.array_equal(corners, before)


@pytest.mark.parametrize("seed", range(5))
def test_medians_of_edges_are_the_same_compiled_bit_for_bit(seed):
    rng = np.random.default_rng(seed)
    n, n_groups = 200, 60
    corners = rng.normal(0, 1e3, (n, 4))
    group = rng.integers(0, n_groups - 1, n)
    found = edge_medians(corners, group, n_groups)
    assert np.array_equal(found, edge_median(corners, group, n_groups), equal_nan=True)
    assert np.isnan(found[n_groups - 1]).all()


@pytest.mark.slow
def test_who_has_loaded_the_kernels_gets_the_same_answers_from_them(monkeypatch):
    item, corners = scattered(np.random.default_rng(3), 3000, 40, 200)
    drawn = Drawn(item, np.arange(3000) % 4, np.zeros(3000, np.int64))
    with monkeypatch.context() as unloaded:
        unloaded.setattr(box_module, "KERNELS", "a module that nobody has loaded")
        before = clusters_of_boxes(drawn, Boxes(corners), 0.4)
    kernels = load_kernels()
    walked = []
    walk = kernels._walk
    monkeypatch.setattr(kernels, "_walk", lambda *rows: walked.append(1) or walk(*rows))
    after = clusters_of_boxes(drawn, Boxes(corners), 0.4)
    assert walked
    assert np.array_equal(before.record, after.record)
    assert np.array_equal(before.exact, after.exact)


FEW = """
import sys
import numpy as np
from groundkeeper.core.shapes.boxes.boxes import Boxes, clusters_of_boxes
from groundkeeper.core.shapes.drawn import Drawn
rng = np.random.default_rng(0)
start = rng.uniform(0, 50, (300, 2))
drawn = Drawn(np.arange(300) // 30, rng.integers(0, 4, 300), np.zeros(300, np.int64))
found = clusters_of_boxes(drawn, Boxes(np.hstack([start, start + 20])), 0.4)
print(len(found), *sorted({"numba", "pandas", "scipy", "shapely"} & set(sys.modules)))
"""


def test_a_little_input_with_open_components_is_answered_without_numba_pandas_scipy_and_shapely():
    ran = subprocess.run([sys.executable, "-c", FEW], check=True, capture_output=True, text=True)
    count, *loaded = ran.stdout.split()
    assert int(count) < 300
    assert loaded == []
