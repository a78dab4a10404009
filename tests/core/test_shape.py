import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import boxes

from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.geometry import polygonal


def drawn(shapes, record="r", frame=0):
    return pd.DataFrame({"record_id": record, "frame": frame, "geometry": shapes})


def region(shapes, voters):
    found = majority_region(drawn(shapes), pd.Series({"r": voters}))["geometry"].tolist()
    return found[0] if found else shapely.Polygon()


@given(st.lists(boxes, min_size=1, max_size=6), st.integers(0, 2))
def test_every_pixel_is_inside_exactly_if_half_of_the_voters_drew_it(shapes, silent):
    voters = len(shapes) + silent
    centres = shapely.points(*(np.stack(np.meshgrid(np.arange(12), np.arange(12))) + 0.5))
    votes = sum(shapely.contains_properly(shape, centres).astype(int) for shape in shapes)
    inside = shapely.contains_properly(region(shapes, voters), centres)
    assert (inside == (2 * votes >= voters)).all()


@given(st.lists(boxes, min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_voters_does_not_matter(shapes, random):
    turned = list(shapes)
    random.shuffle(turned)
    assert shapely.to_wkb(region(shapes, len(shapes))) == shapely.to_wkb(
        region(turned, len(shapes))
    )


def test_unanimity_is_kept():
    shape = shapely.Polygon([(0, 0), (5, 0), (5, 5), (0, 5)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    assert region([shape] * 3, 3).equals(shape)


def test_a_frame_drawn_by_a_minority_has_no_region():
    shapes = drawn([shapely.box(0, 0, 2, 2)], frame=7)
    assert majority_region(shapes, pd.Series({"r": 3})).empty


def test_records_and_frames_are_kept_apart():
    one, other = shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)
    rows = pd.concat([drawn([one], "a", 0), drawn([other], "a", 1), drawn([other], "b", 0)])
    found = majority_region(rows, pd.Series({"a": 1, "b": 1}))
    assert found[["record_id", "frame"]].apply(tuple, axis=1).tolist() == [
        ("a", 0),
        ("a", 1),
        ("b", 0),
    ]


def test_the_input_is_left_alone():
    rows = drawn([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    before = rows.copy(deep=True)
    majority_region(rows, pd.Series({"r": 2}))
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize(
    ("geometry", "area"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), 0),
        (shapely.Point(0, 0), 0),
        (
            shapely.GeometryCollection(
                [shapely.box(0, 0, 1, 2), shapely.LineString([(5, 5), (6, 6)])]
            ),
            2,
        ),
        (shapely.Polygon(), 0),
    ],
)
def test_only_areas_survive(geometry, area):
    kept = polygonal(np.array([geometry], dtype=object))[0]
    assert (kept.geom_type in {"Polygon", "MultiPolygon"}, kept.area) == (True, area)
