import itertools
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.derived_fields import (
    GEOMETRY_FUNCTIONS,
    RECORD_FUNCTIONS,
    AnnotationParts,
    from_geometry,
    from_record,
    largest_diameter,
)
from groundkeeper.errors import TableError, UnknownNameError

SQUARE = shapely.box(0, 0, 3, 4)
SHIFTED = shapely.box(10, 0, 11, 1)
HOLED = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
ITEMS = pd.DataFrame(
    {
        "item_id": ["i1", "i2"],
        "pixel_spacing_mm": [0.5, np.nan],
        "slice_spacing_mm": [2.0, 1.0],
    }
)
ANNOTATIONS = pd.DataFrame(
    {"annotation_id": ["b", "a", "d", "c"], "item_id": ["i1", "i1", "i2", "i1"]}
)
PARTS = pd.DataFrame(
    {
        "annotation_id": ["a", "d", "b", "b", "c"],
        "frame": [5, 1, 2, 1, 1],
        "geometry": [HOLED, SQUARE, SHIFTED, SQUARE, shapely.Polygon()],
    }
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("largest_diameter", [2.5, math.sqrt(32) / 2, np.nan, np.nan]),
        ("area", [13, 15, 12, np.nan]),
        ("frames", [2, 1, 1, 0]),
        ("width", [11, 4, 3, np.nan]),
        ("height", [4, 4, 4, np.nan]),
        ("volume", [13 * 0.25 * 2, 15 * 0.25 * 2, np.nan, np.nan]),
    ],
)
def test_each_function_gives_the_value_worked_out_by_hand(name, expected):
    assert from_geometry(name, PARTS, ANNOTATIONS, ITEMS) == pytest.approx(expected, nan_ok=True)


def test_every_registered_function_is_tested_and_described():
    functions = {**GEOMETRY_FUNCTIONS, **RECORD_FUNCTIONS}
    assert set(functions) == {
        *("largest_diameter", "area", "frames", "width", "height", "volume"),
        *("votes", "experts", "vote_share"),
    }
    assert all(function.description for function in functions.values())


@pytest.mark.parametrize("name", sorted(GEOMETRY_FUNCTIONS))
def test_the_order_of_parts_and_annotations_does_not_matter(name):
    straight = pd.Series(
        from_geometry(name, PARTS, ANNOTATIONS, ITEMS), ANNOTATIONS["annotation_id"]
    )
    turned = ANNOTATIONS.iloc[::-1]
    again = pd.Series(from_geometry(name, PARTS.iloc[::-1], turned, ITEMS), turned["annotation_id"])
    pd.testing.assert_series_equal(straight.sort_index(), again.sort_index())


@pytest.mark.parametrize("name", sorted(GEOMETRY_FUNCTIONS))
def test_no_annotations_give_no_values(name):
    assert from_geometry(name, PARTS.iloc[:0], ANNOTATIONS.iloc[:0], ITEMS).shape == (0,)


def test_a_size_in_mm_is_unknown_without_a_pixel_spacing():
    assert np.isnan(from_geometry("largest_diameter", PARTS, ANNOTATIONS, ITEMS[["item_id"]])).all()


points = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(st.lists(points, min_size=1, max_size=12), min_size=1, max_size=6))
def test_the_largest_diameter_is_that_of_every_pair_of_points(outlines):
    shapes = np.array([shapely.MultiPoint(outline) for outline in outlines])
    parts = AnnotationParts(shapes, np.arange(len(shapes)), np.zeros(len(shapes), dtype=np.int64))
    spacing = pd.DataFrame({"pixel_spacing_mm": np.ones(len(shapes))})
    slow = [max(math.dist(p, q) for p, q in itertools.product(o, o)) for o in outlines]
    assert largest_diameter(parts, spacing) == pytest.approx(slow)


def test_parts_out_of_order_are_refused():
    with pytest.raises(TableError, match="ascending by annotation"):
        AnnotationParts(np.array([SQUARE, SQUARE]), np.array([1, 0]), np.array([1, 1]))


def test_parts_of_several_lengths_are_refused():
    with pytest.raises(TableError, match="several lengths"):
        AnnotationParts(np.array([SQUARE]), np.array([0, 1]), np.array([1, 1]))


def test_record_facts_are_read_from_the_record():
    records = pd.DataFrame({"votes": [3, 0], "experts": [4, 0]})
    assert from_record("votes", records).tolist() == [3, 0]
    assert from_record("experts", records).tolist() == [4, 0]
    assert from_record("vote_share", records) == pytest.approx([0.75, np.nan], nan_ok=True)


def test_an_unknown_function_is_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="no function 'girth'; there are: area, frames"):
        from_geometry("girth", PARTS, ANNOTATIONS, ITEMS)
    with pytest.raises(UnknownNameError, match="there are: experts, vote_share, votes"):
        from_record("girth", pd.DataFrame())
