"""Tracks: what is in the frames between key frames."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters, ellipses
from groundkeeper.core.shapes.areas.rotated import corner_parameters, rotated_boxes
from groundkeeper.core.shapes.tracks import KeyFrames, interpolate
from groundkeeper.errors import TableError
from schemas.enums import Shape


def keys(*drawn, track=None):
    """Key frames of ``(frame, shape, outside)``."""
    frame, geometry, outside = zip(*drawn, strict=True)
    shapes = np.empty(len(drawn), dtype=object)
    shapes[:] = geometry
    tracks = np.zeros(len(drawn), dtype=np.int64) if track is None else np.array(track)
    return KeyFrames(tracks, np.array(frame), shapes, np.array(outside))


def at(found, frame):
    return found.geometry[found.frame == frame][0]


def test_a_track_of_cvat_is_where_its_quality_report_finds_it():
    # test_quality_metrics_in_task_with_gt_and_tracks: key frames on frames that are not validated count as well.
    drawn = [
        (0, shapely.box(1, 2, 3, 4)),
        (2, shapely.box(0, 1, 2, 3)),
        (4, shapely.box(6, 7, 8, 9)),
    ]
    found = interpolate(keys(*[(frame, area, False) for frame, area in drawn]), Shape.BBOX, 5)
    assert found.frame.tolist() == [0, 1, 2, 3, 4]
    assert at(found, 1).bounds == (0.5, 1.5, 2.5, 3.5)
    assert at(found, 3).bounds == (3, 4, 5, 6)
    assert found.key.tolist() == [True, False, True, False, True]
    assert not found.held.any()


def test_an_outside_key_frame_ends_a_stretch_and_the_next_one_begins_another():
    # Track 0 of CVAT's documented video: two stretches of one frame each, then nothing.
    first = shapely.Polygon([(324.79, 213.16), (323.74, 227.90), (347.42, 237.37)])
    second = shapely.Polygon(
        [(305.32, 237.90), (312.16, 207.90), (352.69, 206.32), (355.32, 233.16)]
    )
    drawn = keys((0, first, False), (1, first, True), (6, second, False), (7, second, True))
    found = interpolate(drawn, Shape.POLYGON, 4620)
    assert found.frame.tolist() == [0, 6]
    assert found.geometry.tolist() == [first, second]


def test_a_video_may_end_on_the_way_to_a_key_frame():
    drawn = keys((0, shapely.box(0, 0, 1, 1), False), (8, shapely.box(8, 0, 9, 1), False))
    found = interpolate(drawn, Shape.BBOX, 3)
    assert [area.bounds[0] for area in found.geometry] == [0, 1, 2]


def test_an_object_stays_after_its_last_key_frame_until_the_video_ends():
    found = interpolate(keys((2, shapely.box(0, 0, 1, 1), False)), Shape.BBOX, 5)
    assert found.frame.tolist() == [2, 3, 4]
    assert len(set(found.geometry.tolist())) == 1


def test_a_key_frame_outside_still_says_where_the_object_moved_to():
    drawn = keys((10, shapely.box(3, 4, 10, 5), False), (13, shapely.box(6, 7, 13, 8), True))
    found = interpolate(drawn, Shape.BBOX, 20)
    assert found.frame.tolist() == [10, 11, 12]
    assert at(found, 12).bounds == pytest.approx((5, 6, 12, 7))


@pytest.mark.parametrize(
    ("start", "end", "middle"), [(350, 20, 5), (20, 350, 5), (0, 170, 85), (10, 270, 320)]
)
def test_a_box_turns_the_shorter_way(start, end, middle):
    boxes = rotated_boxes(*np.array([[50.0, 50, 40, 20, start], [60, 50, 40, 20, end]]).T)
    found = interpolate(keys((0, boxes[0], False), (2, boxes[1], False)), Shape.BBOX, 3)
    assert corner_parameters(found.geometry[1:2])[0] == pytest.approx([55, 50, 40, 20, middle])


def test_a_box_that_was_turned_by_a_quarter_moves_on_from_there():
    boxes = rotated_boxes(*np.array([[50.0, 50, 40, 20, 60], [50, 50, 40, 20, 90]]).T)
    found = interpolate(keys((0, boxes[0], False), (3, boxes[1], False)), Shape.BBOX, 4)
    assert corner_parameters(found.geometry)[:, 4] == pytest.approx([60, 70, 80, 90])
    assert shapely.area(found.geometry) == pytest.approx(800)


def test_an_ellipse_keeps_being_one():
    drawn = ellipses(*np.array([[50.0, 50, 40, 20, 10], [70, 50, 20, 20, 30]]).T)
    found = interpolate(keys((0, drawn[0], False), (4, drawn[1], False)), Shape.ELLIPSE, 5)
    assert ellipse_parameters(found.geometry)[1] == pytest.approx([55, 50, 35, 20, 15])


def test_joints_move_and_stay_as_visible_as_they_were():
    drawn = [
        shapely.MultiPoint([(0, 0, 2), (5, 5, 1), (9, 9, 2), (0, 0, 0)]),
        shapely.MultiPoint([(4, 8, 1), (9, 5, 2), (0, 0, 0), (7, 7, 2)]),
    ]
    found = interpolate(keys((0, drawn[0], False), (4, drawn[1], False)), Shape.SKELETON, 5)
    assert at(found, 1).wkt == "MULTIPOINT Z ((1 2 2), (6 5 1), (9 9 2), (0 0 0))"
    assert at(found, 4) == drawn[1]


@pytest.mark.parametrize("shape", [Shape.POLYLINE, Shape.POLYGON])
def test_lines_and_polygons_move_vertex_by_vertex_if_they_have_as_many(shape):
    make = shapely.LineString if shape == Shape.POLYLINE else shapely.Polygon
    drawn = [make([(0, 0), (8, 0), (8, 8)]), make([(4, 0), (12, 4), (8, 16)])]
    found = interpolate(keys((0, drawn[0], False), (4, drawn[1], False)), shape, 5)
    assert at(found, 1) == make([(1, 0), (9, 1), (8, 10)])
    assert not found.held.any()


@pytest.mark.parametrize(
    ("shape", "before", "after"),
    [
        (Shape.POLYLINE, shapely.LineString([(0, 0), (8, 0)]), shapely.LineString([(0, 4), (4, 4), (8, 4)])),
        (Shape.POLYGON, shapely.box(0, 0, 4, 4), shapely.Polygon([(0, 0), (4, 0), (0, 4)])),
        (Shape.POLYGON, shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
         shapely.MultiPolygon([shapely.box(2, 0, 3, 1), shapely.box(4, 2, 5, 3)])),
        (Shape.MASK, shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)),
        (Shape.POINTS, shapely.MultiPoint([(0, 0), (9, 9)]), shapely.MultiPoint([(4, 4), (5, 9)])),
        (Shape.BBOX, shapely.Polygon([(0, 0), (4, 0), (0, 4)]), shapely.box(0, 0, 4, 4)),
    ],
)  # fmt: skip
def test_what_has_no_way_between_stays_as_it_was_drawn_and_says_so(shape, before, after):
    found = interpolate(keys((0, before, False), (3, after, False)), shape, 4)
    assert found.geometry.tolist() == [before, before, before, after]
    assert found.held.tolist() == [False, True, True, False]


def test_one_point_moves():
    drawn = [shapely.MultiPoint([(0, 0)]), shapely.MultiPoint([(4, 8)])]
    found = interpolate(keys((0, drawn[0], False), (4, drawn[1], False)), Shape.POINTS, 5)
    assert at(found, 1).wkt == "MULTIPOINT ((1 2))"


@given(
    st.lists(
        st.lists(st.integers(0, 12), min_size=1, max_size=4, unique=True), min_size=1, max_size=4
    ),
    st.data(),
)
def test_tracks_together_are_what_they_are_one_by_one(frames, data):
    rows = [
        (track, frame, shapely.box(x, y, x + 2, y + 3), data.draw(st.booleans()))
        for track, of_track in enumerate(frames)
        for frame, x, y in zip(sorted(of_track), range(9), range(4, 13), strict=False)
    ]
    together = interpolate(
        keys(*[row[1:] for row in rows], track=[row[0] for row in rows]), Shape.BBOX, 10
    )
    for track in range(len(frames)):
        alone = interpolate(keys(*[row[1:] for row in rows if row[0] == track]), Shape.BBOX, 10)
        own = together.track == track
        assert together.frame[own].tolist() == alone.frame.tolist()
        assert together.geometry[own].tolist() == alone.geometry.tolist()
        drawn = [row for row in rows if row[0] == track and not row[3] and row[1] < 10]
        assert alone.geometry[alone.key].tolist() == [row[2] for row in drawn]


def test_what_somebody_drew_is_not_changed():
    drawn = keys(
        (0, shapely.LineString([(0, 0), (8, 0)]), False),
        (4, shapely.LineString([(4, 0), (8, 4)]), False),
    )
    before = shapely.to_wkb(drawn.geometry).tolist()
    interpolate(drawn, Shape.POLYLINE, 5)
    assert shapely.to_wkb(drawn.geometry).tolist() == before


@pytest.mark.parametrize("frames", [(3, 3), (4, 3)])
def test_key_frames_twice_or_out_of_order_are_refused(frames):
    with pytest.raises(TableError, match="out of order or twice"):
        keys(*[(frame, shapely.box(0, 0, 1, 1), False) for frame in frames])


def test_nothing_drawn_is_nothing_tracked():
    none = np.zeros(0, dtype=np.int64)
    found = interpolate(
        KeyFrames(none, none, np.zeros(0, dtype=object), none.astype(bool)), Shape.BBOX, 9
    )
    assert len(found.frame) == len(found.geometry) == 0
