import numpy as np
import pandas as pd
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from groundkeeper.core.conventions import eroded_by_one_pixel, in_one_convention, registered
from groundkeeper.core.guideline.eras import Moved

ACROSS, DOWN = np.meshgrid(np.arange(-2, 22), np.arange(-2, 22))
PIXELS = shapely.points(ACROSS, DOWN)

OUTLINE = {"outline": Moved("first_pixel_outside", "boundary")}


def octagon(x, y, width, height, cut):
    """An outline that steps from pixel to pixel, straight and diagonally."""
    corners = [(cut, 0), (width - cut, 0), (width, cut), (width, height - cut)]
    corners += [(width - cut, height), (cut, height), (0, height - cut), (0, cut)]
    return shapely.Polygon([(x + dx, y + dy) for dx, dy in corners])


sizes = st.integers(6, 12)
octagons = st.builds(octagon, st.integers(0, 6), st.integers(0, 6), sizes, sizes, st.integers(1, 2))
holes = st.builds(octagon, st.integers(3, 9), st.integers(3, 9), st.just(4), st.just(4), st.just(1))


def eroded(shape):
    return eroded_by_one_pixel(np.array([shape]))[0]


def within_triangles_of(kept):
    """The pixels of *kept* that have a kept neighbour both across and down: those an outline can enclose area by."""
    near = np.pad(kept, 1)
    across = near[1:-1, :-2] | near[1:-1, 2:]
    down = near[:-2, 1:-1] | near[2:, 1:-1]
    return kept & across & down


@given(octagons, st.none() | holes)
def test_the_boundary_encloses_the_pixels_that_were_strictly_inside_the_outline(outline, hole):
    drawn = outline if hole is None else outline.difference(hole)
    assume((shapely.get_coordinates(drawn) % 1 == 0).all())
    inside = shapely.contains_properly(drawn, PIXELS)
    kept = shapely.covers(eroded(drawn), PIXELS)
    assert not (kept & ~inside).any()
    assert not (within_triangles_of(inside) & ~kept).any()


def test_a_plain_buffer_would_cut_pixels_of_the_object_off():
    drawn = octagon(0, 0, 8, 8, 2)
    inside = shapely.contains_properly(drawn, PIXELS)
    assert (shapely.covers(eroded(drawn), PIXELS) == inside).all()
    assert (inside & ~shapely.covers(shapely.buffer(drawn, -1, join_style="mitre"), PIXELS)).any()


def test_a_hole_grows_by_what_the_outline_shrinks():
    drawn = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    assert eroded(drawn).equals(shapely.box(1, 1, 9, 9).difference(eroded_hole()))


def eroded_hole():
    """What less than a step away from a square hole is: the square and the diamond of each of its points."""
    return shapely.Polygon([(4, 3), (6, 3), (7, 4), (7, 6), (6, 7), (4, 7), (3, 6), (3, 4)])


def test_what_is_one_pixel_wide_is_gone_and_the_rest_stays():
    handle = shapely.box(8, 3, 14, 5)
    pan = shapely.box(0, 0, 8, 8)
    assert eroded(handle).is_empty
    stub = shapely.Polygon([(7, 3), (8, 4), (7, 5)])
    assert eroded(shapely.union(pan, handle)).equals(shapely.union(eroded(pan), stub))


def test_two_that_hang_together_by_a_neck_come_apart():
    both = shapely.union_all(
        [shapely.box(0, 0, 6, 6), shapely.box(6, 2, 8, 4), shapely.box(8, 0, 14, 6)]
    )
    assert eroded(both).geom_type == "MultiPolygon"


def test_nothing_is_registered_for_a_convention_that_was_not_stated():
    assert registered("outline", None, "boundary") is None
    assert registered("boxes", "first_pixel_outside", "boundary") is None


def test_parts_of_other_eras_are_turned_and_those_of_which_nothing_is_left_are_missing():
    parts = pd.DataFrame(
        {"annotation_id": ["a", "a", "b", "c"], "frame": [0, 1, 0, 0], "repaired": False}
    )
    parts["geometry"] = [shapely.box(0, 0, n, n) for n in (4, 2, 4, 4)]
    era = pd.Series({"a": "1.0.0", "b": "2.0.0", "c": "0.9.0"})
    moved = {"1.0.0": OUTLINE, "0.9.0": {"outline": Moved("freehand", "boundary")}}
    before = parts.copy(deep=True)
    found = in_one_convention(parts, era, moved)
    assert found[["annotation_id", "frame"]].apply(tuple, axis=1).tolist() == [
        ("a", 0),
        ("b", 0),
        ("c", 0),
    ]
    assert found["geometry"].map(lambda shape: shape.area).tolist() == [4, 16, 16]
    pd.testing.assert_frame_equal(parts, before)
