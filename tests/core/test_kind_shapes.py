"""What holds for every kind of shape: order, units, unanimity, the hull, spread."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.kinds.bbox import BBOX
from groundkeeper.core.kinds.ellipse import ELLIPSE
from groundkeeper.core.kinds.mask import MASK
from groundkeeper.core.kinds.points import POINTS
from groundkeeper.core.kinds.polygon import POLYGON
from groundkeeper.core.kinds.polyline import POLYLINE
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import KINDS, OF_SHAPE
from groundkeeper.core.kinds.skeleton import SKELETON
from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import rotated_boxes, upright_boxes
from schemas.enums import Shape

IMAGE = Scale(image_area_px2=200.0 * 100.0)

place = st.integers(0, 160).map(float)
size = st.integers(4, 60).map(float)
corners = st.builds(lambda x, y, w, h: [x, y, x + w, y + h], place, place, size, size)
upright = corners.map(lambda edges: upright_boxes(np.array([edges]))[0])
turned = st.tuples(place, place, size, size, st.integers(0, 359)).map(
    lambda of: rotated_boxes(*np.array([of], dtype=np.float64).T)[0]
)
oval = st.tuples(place, place, size, size, st.integers(0, 359)).map(
    lambda of: ellipses(*np.array([of], dtype=np.float64).T)[0]
)
triangle = st.lists(st.tuples(place, place), min_size=3, max_size=3, unique=True).filter(
    lambda at: shapely.Polygon(at).area > 1
)
polygon = st.one_of(triangle.map(shapely.Polygon), upright)
pixels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=9).map(
    lambda at: shapely.union_all([shapely.box(x, y, x + 1, y + 1) for x, y in at])
)
line = st.lists(st.tuples(place, place), min_size=2, max_size=4, unique=True).map(
    shapely.LineString
)
points = st.lists(st.tuples(place, place), min_size=1, max_size=3, unique=True).map(
    shapely.MultiPoint
)
joint = st.tuples(place, place, st.integers(0, 2))
skeleton = st.tuples(
    st.tuples(place, place, st.just(2)), st.tuples(place, place, st.just(2)), joint, joint
).map(shapely.MultiPoint)

DRAWN = {
    "bbox": (BBOX, upright),
    "turned bbox": (BBOX, turned),
    "ellipse": (ELLIPSE, oval),
    "polygon": (POLYGON, polygon),
    "mask": (MASK, pixels),
    "polyline": (POLYLINE, line),
    "points": (POINTS, points),
    "skeleton": (SKELETON, skeleton),
}
every_kind = pytest.mark.parametrize(("kind", "drawing"), DRAWN.values(), ids=DRAWN)
every_way = pytest.mark.parametrize(
    ("kind", "drawing", "how"),
    [(kind, drawing, how) for kind, drawing in DRAWN.values() for how in kind.fusions],
    ids=[f"{name}: {how}" for name, (kind, _) in DRAWN.items() for how in kind.fusions],
)


few = settings(max_examples=6)
"""Every kind is asked, so that a few examples of each are many."""


def series(*shapes):
    values = np.empty(len(shapes), dtype=object)
    values[:] = shapes
    return pd.Series(values)


def alike(kind, one, other, scale=IMAGE):
    return kind.similarity(series(one), series(other), scale)[0]


def fuse(kind, *shapes, how=None, scale=IMAGE):
    units = pd.Series(["u"] * len(shapes), name="record_id")
    return kind.fuse(series(*shapes), units, how or kind.fusions[0], scale)["u"]


def spread(kind, *shapes, scale=IMAGE):
    return kind.spread(series(*shapes), pd.Series(["u"] * len(shapes)), scale).loc["u"]


def test_every_shape_that_is_drawn_has_a_kind():
    assert set(OF_SHAPE) == set(Shape) - {Shape.STATEMENT}
    assert all(OF_SHAPE[shape] is KINDS[shape.value] for shape in OF_SHAPE)


def test_what_is_taken_where_nothing_was_said():
    assert {kind.name: kind.fusions[0] for kind in OF_SHAPE.values()} == {
        "bbox": "edge_median",
        "ellipse": "parameter_median",
        "polygon": "majority_region",
        "mask": "majority_region",
        "polyline": "medoid",
        "points": "joint_median",
        "skeleton": "joint_median",
    }


@every_kind
@few
@given(data=st.data())
def test_similarity_is_symmetric_between_0_and_1_and_1_of_the_same(kind, drawing, data):
    one, other = data.draw(drawing), data.draw(drawing)
    found = alike(kind, one, other)
    assert 0 <= found <= 1 + 1e-12
    assert alike(kind, other, one) == pytest.approx(found, abs=1e-9)
    assert alike(kind, one, one) == pytest.approx(1)


@every_kind
@few
@given(data=st.data(), by=st.integers(-50, 50), times=st.sampled_from([0.5, 1.0, 4.0]))
def test_shapes_are_as_alike_wherever_the_image_begins_and_however_large_it_is(
    kind, drawing, data, by, times
):
    one, other = data.draw(drawing), data.draw(drawing)

    def moved(shape):
        return shapely.transform(shape, lambda xy: times * xy + by, include_z=False)

    if kind is SKELETON:
        one, other = (shapely.MultiPoint(shapely.get_coordinates(s)) for s in (one, other))
    grown = replace(IMAGE, image_area_px2=IMAGE.image_area_px2 * times**2)
    found = alike(kind, moved(one), moved(other), grown)
    assert found == pytest.approx(alike(kind, one, other), abs=1e-9)


@every_way
@few
@given(data=st.data())
def test_what_all_drew_alike_stays_as_it_was_drawn(kind, drawing, how, data):
    shape = data.draw(drawing)
    assert fuse(kind, *[shape] * data.draw(st.integers(1, 4)), how=how).wkb == shape.wkb


@every_way
@few
@given(data=st.data())
def test_the_order_in_which_experts_come_does_not_matter(kind, drawing, how, data):
    shapes = data.draw(st.lists(drawing, min_size=2, max_size=4))
    shuffled = data.draw(st.permutations(shapes))
    one, other = fuse(kind, *shapes, how=how), fuse(kind, *shuffled, how=how)
    assert shapely.to_wkb(one) == shapely.to_wkb(other)


# A median of rotations is no median of places: corners of what was turned may stick out.
@pytest.mark.parametrize(
    ("kind", "drawing", "how"),
    [
        (kind, drawing, how)
        for kind, drawing in DRAWN.values()
        for how in kind.fusions
        if how != "parameter_median" and (drawing is not turned or how == "medoid")
    ],
)
@few
@given(data=st.data())
def test_what_is_made_of_several_lies_within_the_hull_of_them_all(kind, drawing, how, data):
    shapes = data.draw(st.lists(drawing, min_size=1, max_size=4))
    fused = fuse(kind, *shapes, how=how)
    if fused is None or fused.is_empty:
        return
    labelled = fused
    if kind is SKELETON:
        labelled = shapely.MultiPoint([p.coords[0][:2] for p in fused.geoms if p.z])
        shapes = [shapely.MultiPoint([p.coords[0][:2] for p in s.geoms if p.z]) for s in shapes]
    hull = shapely.union_all(shapes).convex_hull
    assert hull.buffer(1e-6).covers(labelled)


@every_kind
@few
@given(data=st.data())
def test_a_medoid_is_somebodys_drawing(kind, drawing, data):
    shapes = data.draw(st.lists(drawing, min_size=1, max_size=4))
    assert fuse(kind, *shapes, how="medoid") in shapes


@every_kind
@few
@given(data=st.data())
def test_units_are_fused_apart_from_one_another(kind, drawing, data):
    shapes = data.draw(st.lists(drawing, min_size=2, max_size=5))
    units = pd.Series([*"ab", *data.draw(st.lists(st.sampled_from("ab"), min_size=3, max_size=3))])
    units = units[: len(shapes)]
    together = kind.fuse(series(*shapes), units, kind.fusions[0], IMAGE)
    assert together.index.tolist() == ["a", "b"]
    for unit in "ab":
        alone = fuse(kind, *[s for s, u in zip(shapes, units, strict=True) if u == unit])
        assert shapely.to_wkb(together[unit]) == shapely.to_wkb(alone)


@pytest.mark.parametrize(
    ("kind", "how"), [(kind, how) for kind in OF_SHAPE.values() for how in kind.fusions]
)
def test_of_nothing_there_is_nothing(kind, how):
    nothing, units = series(), pd.Series([], dtype="str")
    assert len(kind.similarity(nothing, nothing, IMAGE)) == 0
    assert len(kind.fuse(nothing, units, how, IMAGE)) == 0
    assert len(kind.spread(nothing, units, IMAGE)) == 0


@every_kind
@few
@given(data=st.data())
def test_who_stands_alone_or_agrees_fully_has_no_spread(kind, drawing, data):
    shape = data.draw(drawing)
    assert spread(kind, shape).isna().all()
    assert spread(kind, shape, shape).fillna(0).tolist() == pytest.approx(
        [0] * len(spread(kind, shape))
    )


@every_kind
@few
@given(data=st.data())
def test_spread_is_not_negative_and_does_not_depend_on_order(kind, drawing, data):
    shapes = data.draw(st.lists(drawing, min_size=2, max_size=4))
    found = spread(kind, *shapes)
    assert (found.dropna() >= -1e-9).all()
    pd.testing.assert_series_equal(found, spread(kind, *data.draw(st.permutations(shapes))))
