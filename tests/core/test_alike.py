"""How alike lines, points and skeletons of an item are over their frames, and what cannot be compared."""

import numpy as np
import pandas as pd
import pytest
import shapely

from groundkeeper.core.consensus.alike import pointwise
from groundkeeper.core.consensus.cluster import MANY_PAIRS, _shared, overlaps
from groundkeeper.core.shapes.areas.regions import Regions, intersection_areas

LINE = shapely.LineString([(10, 10), (50, 10)])
NEAR = shapely.LineString([(10, 12), (50, 12)])
SIZES = pd.Series({"a": 200 * 100.0, "b": np.nan})


def alike(*drawn, item="a", sizes=SIZES):
    """How alike the drawings are, each the shapes of one annotator by frame."""
    names = [f"an_{n}" for n in range(len(drawn))]
    marks = pd.DataFrame({"annotation_id": names, "item_id": item, "round": "r1"})
    marks["annotator"] = [f"r{n}" for n in range(len(drawn))]
    rows = [
        (name, frame, one)
        for name, told in zip(names, drawn, strict=True)
        for frame, one in told.items()
    ]
    parts = pd.DataFrame(rows, columns=["annotation_id", "frame", "geometry"])
    return pointwise(parts, marks, sizes)["iou"].tolist()


def test_lines_are_alike_as_they_run_near_one_another():
    # exp(-d^2 / (2 A (2 thickness)^2)) of 2 px in an image of 200 by 100.
    assert alike({0: LINE}, {0: NEAR}) == [pytest.approx(np.exp(-4 / (2 * 20_000 * 0.02**2)))]


def test_over_frames_it_is_the_mean_with_nothing_where_one_of_them_has_none():
    assert alike({0: LINE, 1: LINE}, {1: LINE, 2: LINE}) == [pytest.approx(1 / 3)]


def test_points_are_not_compared_with_skeletons_nor_lines_with_areas():
    points, joints = shapely.MultiPoint([(1, 1)]), shapely.MultiPoint([(1, 1, 2)])
    assert alike({0: points}, {0: joints}) == []
    assert alike({0: LINE}, {0: LINE.buffer(1)}) == []


def test_single_points_are_alike_at_one_place_alone_where_nobody_knows_the_size_of_the_image():
    one, other = shapely.MultiPoint([(1, 1)]), shapely.MultiPoint([(2, 1)])
    assert alike({0: one}, {0: other}) == [pytest.approx(np.exp(-1 / (2 * 20_000 * 0.18**2)))]
    assert alike({0: one}, {0: other}, item="b") == []
    assert alike({0: one}, {0: one}, item="b") == [1.0]


def test_nobody_is_compared_with_himself():
    marks = pd.DataFrame(
        {"annotation_id": ["x", "y"], "item_id": "a", "round": "1", "annotator": "r"}
    )
    parts = pd.DataFrame({"annotation_id": ["x", "y"], "frame": 0})
    assert pointwise(parts.assign(geometry=[LINE, NEAR]), marks, SIZES).empty


def test_overlaps_pass_over_what_has_no_area():
    marks = pd.DataFrame(
        {"annotation_id": ["x", "y"], "item_id": "a", "round": "1", "annotator": ["r", "s"]}
    )
    parts = pd.DataFrame({"annotation_id": ["x", "y"], "frame": 0})
    assert overlaps(parts.assign(geometry=[LINE, LINE.buffer(2)]), marks).empty


def test_kernels_and_geos_find_the_same_areas():
    rng = np.random.default_rng(3)
    turned = [shapely.Point(x, y).buffer(r, quad_segs=3) for x, y, r in rng.uniform(2, 20, (40, 3))]
    shapes = np.array([one.difference(one.centroid.buffer(1)) for one in turned], dtype=object)
    first, second = np.triu_indices(len(shapes), k=1)
    assert len(first) < MANY_PAIRS
    by_geos = _shared(shapes, first, second)
    by_kernels = intersection_areas(Regions.of(shapes), first, second)
    np.testing.assert_allclose(by_geos, by_kernels, rtol=1e-9, atol=1e-9)
