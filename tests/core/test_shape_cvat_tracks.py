"""What CVAT finds between two key frames of a track; expected values are those of its own ``TrackManager``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.shapes.cvat_tracks import cvat_between, cvat_turn_between

SQUARE = [0, 0, 12, 0, 12, 12, 0, 12]
WITH_MIDDLES = [0, 0, 6, 0, 12, 0, 12, 6, 12, 12, 6, 12, 0, 12, 0, 6]


def between(left, right, share, *, closed):
    outlines = (np.array(one, dtype=np.float64).reshape(-1, 2) for one in (left, right))
    return cvat_between(*outlines, share, closed=closed).ravel().tolist()


@pytest.mark.parametrize(
    ("left", "right", "share", "expected"),
    [
        # The same square begun at another corner: on its way it is a smaller one.
        (SQUARE, [12, 0, 12, 12, 0, 12, 0, 0], 0.5, [6, 0, 12, 6, 6, 12, 0, 6]),
        (SQUARE, WITH_MIDDLES, 0.25, [0, 0, 1.5, 0, 12, 0, 12, 1.5, 12, 12, 10.5, 12, 0, 12, 0, 10.5]),
        ([0, 0, 12, 0, 12, 12, 6, 14, 0, 12], [0, 4, 12, 4, 6, 16], 0.25,
         [0, 1, 12, 1, 10.5, 13, 6, 14.5, 1.5, 13]),
    ],
)  # fmt: skip
def test_corners_of_polygons_go_where_as_much_of_the_outline_lies_behind(
    left, right, share, expected
):
    assert between(left, right, share, closed=True) == expected


@pytest.mark.parametrize(
    ("left", "right", "share", "expected"),
    [
        # As many corners, and yet not vertex by vertex: the middle one is nearest to the start.
        ([0, 0, 10, 0, 20, 0], [0, 4, 2, 4, 20, 4], 0.5, [0, 2, 6, 2, 20, 2]),
        # What is too near to the corner before it is left out, whichever outline has more.
        ([0, 0, 4, 0, 5, 0, 6, 0, 20, 0], [0, 8, 20, 8], 0.5, [0, 4, 2, 4, 3, 4, 20, 4]),
        ([0, 0, 20, 0], [0, 8, 9, 8, 10, 8, 11, 8, 20, 8], 0.75,
         [0, 6, 6.75, 6, 7.5, 6, 13.25, 6, 20, 6]),
        # Two that are too near with nothing between become one.
        ([0, 0, 9, 0, 10, 0, 20, 0], [0, 4, 10, 4, 20, 4], 0.875, [0, 3.5, 9.9375, 3.5, 20, 3.5]),
        # A line without a length: the first corner has all the others.
        ([3, 3, 3, 3], [0, 0, 8, 0], 0.25, [2.25, 2.25, 4.25, 2.25, 2.25, 2.25]),
    ],
)  # fmt: skip
def test_corners_of_lines_do_so_and_of_several_only_those_apart_are_kept(
    left, right, share, expected
):
    assert between(left, right, share, closed=False) == expected


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=12, unique=True),
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    st.booleans(),
)  # fmt: skip
def test_an_outline_that_was_only_moved_is_moved(corners, way, closed):
    left = np.array(corners, dtype=np.float64)
    found = cvat_between(left, left + way, 0.5, closed=closed)
    assert found.tolist() == (left + np.array(way) / 2).tolist()


@pytest.mark.parametrize(
    ("left", "right", "share", "expected"),
    [
        (350, 20, 0.5, 5),
        (10, 200, 0.5, 285),
        (180, 0, 0.5, 180.5),
        (12.7, 47.9, 1 / 3, 24.433333333333337),
    ],
)
def test_angles_go_the_shorter_way_and_halves_of_a_turn_one_degree(left, right, share, expected):
    assert cvat_turn_between(left, right, share) == expected
