"""What each kind of shape makes of several drawings, and the similarities that are published."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from groundkeeper.core.kinds import areas
from groundkeeper.core.kinds.bbox import BBOX
from groundkeeper.core.kinds.ellipse import ELLIPSE
from groundkeeper.core.kinds.points import POINTS
from groundkeeper.core.kinds.polygon import POLYGON
from groundkeeper.core.kinds.polyline import POLYLINE
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import OF_SHAPE
from groundkeeper.core.kinds.skeleton import SKELETON
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters, ellipses
from groundkeeper.core.shapes.areas.rotated import corner_parameters, rotated_boxes, upright_boxes
from schemas.enums import Shape

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")
IMAGE = Scale(image_area_px2=200.0 * 100.0)


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


def test_a_polygon_and_a_mask_of_the_same_pixels_are_the_same():
    mask = shapely.union_all([shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(2)])
    assert alike(POLYGON, shapely.box(0, 0, 3, 2), mask) == 1


def test_boxes_that_were_turned_overlap_as_they_lie_there():
    # quality/rotated_bbox_same_angle: CVAT has 0.7778, the overlap of the boxes before they were turned.
    one, other = rotated_boxes(*np.array([[60.0, 50, 40, 20, 30], [65, 50, 40, 20, 30]]).T)
    along, across = 5 * np.cos(np.pi / 6), 5 * np.sin(np.pi / 6)
    shared = (40 - along) * (20 - across)
    assert alike(BBOX, one, other) == pytest.approx(shared / (1600 - shared))


def test_kernels_and_geos_find_the_same_overlap(monkeypatch):
    rng = np.random.default_rng(3)
    made = rotated_boxes(*(rng.uniform(5, 60, (5, 200))))
    few = POLYGON.similarity(series(*made[:100]), series(*made[100:]), IMAGE)
    monkeypatch.setattr(areas, "MANY", 1)
    many = POLYGON.similarity(series(*made[:100]), series(*made[100:]), IMAGE)
    assert many == pytest.approx(few, abs=1e-12)


def test_what_has_no_area_has_no_overlap_that_can_be_said():
    flat = shapely.Polygon([(0, 0), (4, 0), (4, 0), (0, 0)])
    assert np.isnan(alike(BBOX, flat, flat))
    assert alike(BBOX, flat, shapely.box(0, 0, 4, 4)) == 0


def test_boxes_are_fused_edge_by_edge_and_spread_says_how_far_each_is_apart():
    said = upright_boxes(np.array([[0.0, 0, 20, 20], [2, 0, 22, 20], [6, 1, 26, 20]]))
    assert fuse(BBOX, *said).bounds == (2, 0, 22, 20)
    found = spread(BBOX, *said)
    assert found[["left_px", "top_px", "right_px", "bottom_px"]].tolist() == [6, 1, 6, 0]
    assert found["edge_max_px"] == 4


def test_a_box_counts_for_more_the_more_it_is_like_the_others():
    said = upright_boxes(np.array([[0.0, 0, 20, 20], [0, 0, 20, 20], [40, 0, 60, 20]]))
    assert fuse(BBOX, *said, how="weighted_boxes").bounds == (0, 0, 20, 20)
    strangers = upright_boxes(np.array([[0.0, 0, 20, 20], [40, 0, 60, 20]]))
    assert fuse(BBOX, *strangers, how="weighted_boxes").bounds == (20, 0, 40, 20)


def test_boxes_that_were_turned_are_fused_in_their_own_frame():
    said = rotated_boxes(
        *np.array([[60.0, 50, 40, 20, 10], [60, 50, 20, 40, 106], [60, 50, 40, 20, 12]]).T
    )
    assert corner_parameters(np.array([fuse(BBOX, *said)]))[0, :4] == pytest.approx(
        [60, 50, 40, 20]
    )
    assert spread(BBOX, *said)["edge_max_px"] == pytest.approx(0, abs=1e-9)
    weighted = fuse(BBOX, *said, how="weighted_boxes")
    assert corner_parameters(np.array([weighted]))[0, 2:4] == pytest.approx([40, 20])


@pytest.mark.parametrize("kind", [BBOX, ELLIPSE])
def test_a_unit_with_something_else_in_it_has_the_drawing_most_like_the_others(kind):
    pentagon = shapely.Polygon([(0, 0), (9, 0), (11, 5), (9, 10), (0, 10)])
    said = [pentagon, shapely.box(0, 0, 10, 10), shapely.box(30, 0, 31, 1)]
    assert fuse(kind, *said) in said[:2]


def test_an_ellipse_is_made_of_medians():
    said = ellipses(*np.array([[60.0, 50, 30, 20, 0], [61, 50, 30, 20, 0], [69, 50, 34, 20, 0]]).T)
    assert ellipse_parameters(np.array([fuse(ELLIPSE, *said)]))[0] == pytest.approx(
        [61, 50, 30, 20, 0]
    )


def test_a_region_is_what_at_least_half_drew_and_may_be_missing():
    said = [shapely.box(0, 0, 10, 10), shapely.box(4, 0, 14, 10), shapely.box(5, 0, 15, 10)]
    assert fuse(POLYGON, *said).bounds == (4, 0, 14, 10)
    nowhere = [shapely.box(x, 0, x + 1, 1) for x in (0, 3, 6)]
    assert fuse(POLYGON, *nowhere) is None
    assert np.isnan(spread(POLYGON, *nowhere)["boundary_max_px"])


def test_outlines_are_as_far_apart_as_they_lie_from_what_they_made():
    found = spread(
        POLYGON, shapely.box(0, 0, 10, 10), shapely.box(0, 0, 10, 10), shapely.box(0, 0, 13, 10)
    )
    assert found["boundary_max_px"] == 3
    assert 0 < found["boundary_p95_px"] <= 3


def test_holes_are_part_of_a_region():
    whole, hollow = shapely.box(0, 0, 9, 9), shapely.box(0, 0, 9, 9) - shapely.box(3, 3, 6, 6)
    assert alike(POLYGON, whole, hollow) == pytest.approx(72 / 81)
    assert fuse(POLYGON, whole, hollow, hollow).symmetric_difference(hollow).area == 0


def test_of_lines_the_one_most_like_the_others_stands():
    said = [shapely.LineString([(0, y), (100, y)]) for y in (0, 2, 9)]
    assert fuse(POLYLINE, *said) == said[1]
    mean = fuse(POLYLINE, *said, how="mean_line")
    assert mean.equals_exact(shapely.LineString([(0, 11 / 3), (100, 11 / 3)]), 1e-9)
    assert spread(POLYLINE, *said)["frechet_px"] == 7


def test_direction_counts_if_the_scale_says_so():
    there = shapely.LineString([(0, 0), (100, 0)])
    assert alike(POLYLINE, there, there.reverse()) == pytest.approx(1)
    assert alike(POLYLINE, there, there.reverse(), replace(IMAGE, directed=True)) < 0.3


def test_a_smaller_sigma_is_stricter_and_each_joint_may_have_its_own():
    one = shapely.MultiPoint([(0, 0, 2), (40, 40, 2)])
    other = shapely.MultiPoint([(4, 0, 2), (40, 40, 2)])
    assert alike(SKELETON, one, other, Scale(sigma=(0.02,))) < alike(SKELETON, one, other)
    assert alike(SKELETON, one, other, Scale(sigma=(0.09, 0.02))) == alike(
        SKELETON, one, other, Scale()
    )


def test_joints_say_how_far_they_are_apart():
    said = [shapely.MultiPoint([(x, 0, 2), (40, 40, 2)]) for x in (0, 1, 5)]
    found = spread(SKELETON, *said)
    assert found["point_distance_px"] == 4
    assert found["point_mean_px"] == pytest.approx((5 / 3 + 0) / 2)


def test_points_of_which_no_half_agrees_make_nothing():
    said = [shapely.MultiPoint([(x, 0), (x, 20)]) for x in (0, 200, 400, 600)]
    assert fuse(POINTS, *said) is None
    assert np.isnan(spread(POINTS, *said)["point_distance_px"])


def test_points_in_a_row_are_fused_in_an_image_of_unknown_size():
    said = [shapely.MultiPoint([(0, y), (50, y), (90, y)]) for y in (0, 2, 4)]
    fused = fuse(POINTS, *said, scale=Scale())
    assert sorted(p.coords[0] for p in fused.geoms) == [(0, 2), (50, 2), (90, 2)]
    assert spread(POINTS, *said, scale=Scale())["point_distance_px"] == 2


@pytest.mark.skipif(REFERENCE is None, reason="GROUNDKEEPER_REFERENCE names no folder")
@pytest.mark.parametrize(
    ("case", "apart"),
    [
        ("quality/exact_match", 0),
        ("quality/bbox_low_overlap", 0),
        ("quality/bbox_below_iou_threshold", 0),
        ("quality/bbox_at_threshold", 0),
        ("quality/single_point_image_scale", 0),
        ("quality/point_group_missing_point", 0),
        ("quality/polyline_same", 0),
        ("quality/polyline_offset", 0),
        ("quality/skeleton_shift", 0),
        # CVAT rasterises ellipses.
        ("quality/ellipse", 0.003),
    ],
)
def test_published_cases_have_the_same_similarity(case, apart):
    cases = json.loads((Path(REFERENCE) / "cvat_cases.json").read_text(encoding="utf-8"))["cases"]
    published = next(one for one in cases if one["id"] == case)
    width, height = published["input"]["image"]
    (frame,) = published["input"]["frames"]
    (left,), (right,) = frame["gt"], frame["ds"]
    kind = OF_SHAPE[CVAT_TYPES[left["type"]]]
    found = alike(kind, drawn(left), drawn(right), Scale(image_area_px2=float(width * height)))
    assert found == pytest.approx(published["expected"]["shape"]["mean_iou"], abs=apart + 1e-12)


CVAT_TYPES = {
    "rectangle": Shape.BBOX,
    "ellipse": Shape.ELLIPSE,
    "polyline": Shape.POLYLINE,
    "points": Shape.POINTS,
    "skeleton": Shape.SKELETON,
}


def drawn(annotation):
    """A shape as the cases of CVAT have it."""
    at = annotation["points"]
    match CVAT_TYPES[annotation["type"]]:
        case Shape.BBOX:
            return shapely.box(*at)
        case Shape.ELLIPSE:
            cx, cy, right, top = at
            return ellipses(*np.array([[cx, cy, right - cx, cy - top, 0]]).T)[0]
        case Shape.POLYLINE:
            return shapely.LineString(np.reshape(at, (-1, 2)))
        case Shape.POINTS:
            return shapely.MultiPoint(np.reshape(at, (-1, 2)))
        case _:
            elements = sorted(annotation["elements"], key=lambda e: e["label"])
            seen = [0 if e["outside"] else 2 - e["occluded"] for e in elements]
            joints = [(*e["points"], v) for e, v in zip(elements, seen, strict=True)]
            return shapely.MultiPoint(joints)
