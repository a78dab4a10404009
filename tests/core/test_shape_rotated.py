"""Rotated boxes: corners and parameters, the one of several in its own frame, and how far its edges stand apart."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.shapes.areas.angles import wrapped
from groundkeeper.core.shapes.areas.rotated import (
    box_parameters,
    corner_parameters,
    is_upright,
    rotated_boxes,
    upright_boxes,
)
from groundkeeper.core.shapes.areas.rotated_fusion import edges_of, fused_boxes
from groundkeeper.core.shapes.boxes.box_fusion import edge_median, edge_spread

side = st.integers(1, 160).map(lambda n: n / 4)
place = st.integers(-400, 400).map(lambda n: n / 4)
turn = st.integers(0, 359).map(float)
box = st.tuples(place, place, side, side, turn)


def drawn(*of_parameters):
    return rotated_boxes(*np.array(of_parameters, dtype=np.float64).T)


def fuse(*of_parameters, reference=0, weights=None):
    """The fused box and the spread of its edges."""
    group = np.zeros(len(of_parameters), dtype=np.int64)
    said = np.array(of_parameters, dtype=np.float64)
    fused, apart = fused_boxes(said, np.array([reference]), group, 1, weights)
    return fused[0], apart[0]


def area_between(one, other):
    return drawn(one)[0].symmetric_difference(drawn(other)[0]).area


@given(box)
def test_parameters_come_back_as_they_were_given(of):
    found = corner_parameters(drawn(of))[0]
    assert found[:4] == pytest.approx(of[:4], abs=1e-9)
    assert abs(wrapped(found[4] - of[4])) < 1e-6
    assert drawn(of)[0].area == pytest.approx(of[2] * of[3])


def test_a_box_turns_clockwise_on_the_screen_about_its_centre():
    # As CVAT does: [40, 40, 80, 60] by 90 degrees has its top left corner at the top right.
    assert shapely.get_coordinates(drawn((60, 50, 40, 20, 90))[0])[0] == pytest.approx([70, 30])


@given(st.tuples(place, place, side, side))
def test_a_box_along_the_axes_is_upright_wherever_its_ring_starts(of):
    x, y, width, height = of
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    for start in range(4):
        for way in (1, -1):
            ring = (corners[start:] + corners[:start])[::way]
            polygon = np.array([shapely.Polygon(ring)])
            assert is_upright(polygon).tolist() == [True]
            found = box_parameters(polygon)[0]
            assert found.tolist() == [x + width / 2, y + height / 2, width, height, 0]


def test_spikes_and_turned_boxes_are_not_upright():
    spike = shapely.Polygon([(0, 0), (4, 0), (0, 0), (0, 3)])
    assert not is_upright(np.array([spike, drawn((0, 0, 4, 4, 45))[0], shapely.Polygon()])).any()


def test_what_has_not_four_corners_has_no_parameters():
    others = [shapely.Polygon([(0, 0), (4, 0), (0, 4)]), shapely.Polygon(), shapely.Point(1, 1)]
    assert np.isnan(box_parameters(np.array(others, dtype=object))).all()


def test_upright_boxes_have_their_top_left_corner_first():
    found = upright_boxes(np.array([[1.0, 2, 5, 9]]))
    assert corner_parameters(found).tolist() == [[3, 5.5, 4, 7, 0]]


@given(box, st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_ways_to_say_one_box_make_that_box(of, quarters):
    x, y, width, height, turned = of
    said = [
        (x, y, *((width, height) if k % 2 == 0 else (height, width)), (turned + 90 * k) % 360)
        for k in quarters
    ]
    fused, apart = fuse(*said)
    assert area_between(fused, of) < 1e-6
    assert np.isnan(apart).all() if len(said) == 1 else apart == pytest.approx(0, abs=1e-9)


@given(st.lists(st.tuples(place, place, side, side), min_size=1, max_size=5))
def test_boxes_that_nobody_turned_are_fused_edge_by_edge(of):
    said = np.array([(x + w / 2, y + h / 2, w, h, 0) for x, y, w, h in of])
    corners = np.array([(x, y, x + w, y + h) for x, y, w, h in of])
    group = np.zeros(len(of), dtype=np.int64)
    fused, apart = fuse(*said)
    edges = edge_median(corners, group, 1)[0]
    # Corners that are said nearest to the reference may be those of a box turned by a quarter: the edges go along.
    assert shapely.bounds(drawn(fused))[0] == pytest.approx(edges, abs=1e-9)
    assert sorted(apart) == pytest.approx(
        sorted(edge_spread(corners, group, 1)[0]), abs=1e-9, nan_ok=True
    )


@given(st.lists(box, min_size=1, max_size=4), st.integers(0, 359), place)
def test_turning_and_moving_all_boxes_turns_and_moves_the_one_that_they_make(of, by, along):
    cos, sin = np.cos(np.deg2rad(by)), np.sin(np.deg2rad(by))
    moved = [(x * cos - y * sin + along, x * sin + y * cos, w, h, r + by) for x, y, w, h, r in of]
    (x, y, width, height, turned), apart = fuse(*of)
    found, apart_then = fuse(*moved)
    expected = (x * cos - y * sin + along, x * sin + y * cos, width, height, turned + by)
    assert area_between(found, expected) < 1e-5
    assert apart_then == pytest.approx(apart, abs=1e-8, nan_ok=True)


def test_angles_on_both_sides_of_a_full_turn_have_their_median_between_them():
    fused, _ = fuse((0, 0, 40, 20, 358), (0, 0, 40, 20, 6))
    assert fused == pytest.approx([0, 0, 40, 20, 2])


def test_long_boxes_half_a_right_angle_apart_are_not_taken_for_one_another_turned_by_a_quarter():
    fused, _ = fuse((0, 0, 60, 20, 0), (0, 0, 60, 20, 50))
    assert fused == pytest.approx([0, 0, 60, 20, 25])


def test_edges_are_read_in_the_frame_of_the_box_that_they_are_held_against():
    frame = np.array([[0.0, 0, 40, 20, 30]])
    cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)
    moved = np.array([[3 * cos, 3 * sin, 40, 20, 30]])
    assert edges_of(moved, frame) - edges_of(frame, frame) == pytest.approx(
        np.array([[3, 0, 3, 0]])
    )


def test_weights_make_a_mean():
    fused, _ = fuse((0, 0, 40, 20, 10), (4, 0, 40, 20, 10), weights=np.array([3.0, 1.0]))
    assert fused == pytest.approx([1, 0, 40, 20, 10])
