"""Masks as runs: what they share, what most drew, and their polygons."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some_arrays

from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.shapes.masks import mask_pairs, masks
from groundkeeper.core.shapes.masks.dense_votes import dense_inferred, dense_majorities
from groundkeeper.core.shapes.masks.mask_pairs import mask_intersections, mask_ious
from groundkeeper.core.shapes.masks.mask_polygons import masks_of, polygons_of
from groundkeeper.core.shapes.masks.mask_votes import majority_masks
from groundkeeper.core.shapes.masks.masks import Masks, dense_changes
from groundkeeper.errors import RefusedError, TableError

SIDES = some_arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)
PICTURES = st.lists(some_arrays.arrays(np.bool_, SIDES), max_size=4)
STACKS = some_arrays.arrays(
    np.bool_, some_arrays.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=8)
)


def same(one, other):
    return all(
        (getattr(one, name) == getattr(other, name)).all()
        for name in ("height", "width", "first", "start", "end")
    )


@given(PICTURES)
def test_a_picture_comes_back(pictures):
    found = Masks.of_dense(pictures)
    assert len(found) == len(pictures)
    for place, picture in enumerate(pictures):
        assert (found.dense(place) == picture).all()
        assert (found.transposed().dense(place) == picture.T).all()
        assert found.areas[place] == picture.sum()


@given(PICTURES)
def test_bounds_are_the_edges_of_the_outermost_pixels(pictures):
    bounds = Masks.of_dense(pictures).bounds
    for found, picture in zip(bounds, pictures, strict=True):
        rows, columns = np.nonzero(picture)
        if len(rows):
            assert found.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        else:
            assert np.isnan(found).all()


@given(STACKS)
def test_a_stack_is_read_as_its_pictures_are(stack):
    assert same(Masks.of_dense(stack), Masks.of_dense(list(stack)))


@given(some_arrays.arrays(np.bool_, st.integers(0, 70)))
def test_no_change_is_missed_between_chunks(pixels):
    padded = np.concatenate([[False], pixels, [False]])
    expected = np.flatnonzero(np.diff(padded)).tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masks, "CHUNK", 16)
        assert dense_changes(pixels).tolist() == expected


def test_rows_that_touch_at_their_ends_are_one_run():
    found = Masks.of_dense(np.ones((1, 3, 4), dtype=bool))
    assert (found.start.tolist(), found.end.tolist()) == ([0], [12])
    assert [column.tolist() for column in found.in_rows()] == [
        [0, 0, 0],
        [0, 1, 2],
        [0, 0, 0],
        [4, 4, 4],
    ]


@given(PICTURES, st.data())
def test_masks_are_taken_in_any_order(pictures, data):
    places = data.draw(st.lists(st.integers(0, max(len(pictures) - 1, 0)), max_size=5))
    places = np.array(places if pictures else [], dtype=np.int64)
    taken = Masks.of_dense(pictures).take(places)
    assert same(taken, Masks.of_dense([pictures[place] for place in places]))


@pytest.mark.parametrize(
    ("start", "end"), [([0, 2], [2, 3]), ([2, 0], [3, 1]), ([1], [1]), ([0], [7]), ([-1], [1])]
)
def test_runs_that_are_no_runs_are_refused(start, end):
    columns = [np.array(column) for column in ([2], [3], [0, len(start)], start, end)]
    with pytest.raises(TableError, match="masks 0: found runs that leave the picture, touch"):
        Masks(*columns)


def test_numbers_are_no_masks():
    with pytest.raises(TableError, match=r"mask 0: found an array of int64 .* allowed is bool"):
        Masks.of_dense([np.ones((2, 2), dtype=np.int64)])


@given(STACKS, st.sampled_from([0, 1 << 40]), st.data())
def test_shared_pixels_are_those_that_pictures_share(stack, many, data):
    places = st.lists(st.integers(0, len(stack) - 1), min_size=6, max_size=6)
    left, right = np.array(data.draw(places)), np.array(data.draw(places))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mask_pairs, "MANY", many)
        found = mask_intersections(Masks.of_dense(stack), left, right)
    assert (found == (stack[left] & stack[right]).sum(axis=(1, 2))).all()


def test_what_is_empty_is_like_nothing():
    found = mask_ious(
        Masks.of_dense(np.array([[[0]], [[0]], [[1]]], dtype=bool)),
        np.array([0, 0, 2]),
        np.array([1, 2, 2]),
    )
    assert np.isnan(found[0])
    assert found[1:].tolist() == [0.0, 1.0]


def test_pictures_of_two_sizes_share_nothing_that_could_be_counted():
    two = Masks.of_dense([np.ones((2, 3), dtype=bool), np.ones((3, 2), dtype=bool)])
    with pytest.raises(TableError, match="found pictures of two sizes"):
        mask_ious(two, np.array([0]), np.array([1]))


@given(STACKS, st.integers(0, 2), st.sampled_from([0.1, 0.3, 0.5, 0.7, 1.0]), st.randoms())
def test_the_majority_is_that_of_the_pixels(stack, silent, at_least, random):
    n = len(stack)
    voters = n + silent
    expected = stack.sum(axis=0) >= max(1, np.ceil(at_least * voters - 1e-9))
    order = random.sample(range(2 * n), 2 * n)
    pictures, group = np.concatenate([stack, ~stack])[order], np.repeat([0, 1], n)[order]
    found = majority_masks(Masks.of_dense(pictures), group, np.array([voters, n]), at_least)
    assert (found.dense(0) == expected).all()
    assert (dense_majorities([stack], np.array([voters]), at_least)[0] == expected).all()


@given(STACKS)
def test_what_all_drew_is_kept_and_what_nobody_drew_is_not_added(stack):
    found = majority_masks(
        Masks.of_dense(stack), np.zeros(len(stack), np.int64), np.array([len(stack)])
    ).dense(0)
    assert not (stack.all(axis=0) & ~found).any()
    assert not (found & ~stack.any(axis=0)).any()


def test_the_majority_of_masks_is_that_of_their_polygons():
    rng = np.random.default_rng(0)
    stack = rng.random((4, 12, 9)) < 0.6
    found = polygons_of(majority_masks(Masks.of_dense(stack), np.zeros(4, np.int64), np.array([5])))
    parts = pd.DataFrame(
        {"record_id": "r", "frame": 0, "geometry": polygons_of(Masks.of_dense(stack))}
    )
    region = majority_region(parts, pd.Series({"r": 5}))["geometry"].iloc[0]
    assert shapely.symmetric_difference(found[0], region).area == 0


@pytest.mark.parametrize(
    ("group", "voters", "at_least", "error", "said"),
    [
        ([0, 0], [2], 0.0, RefusedError, "found 0.0 as the share"),
        ([0, 0], [1], 0.5, TableError, "groups 0: found more masks than voters"),
        ([0, 2], [1, 1, 1], 0.5, TableError, "groups 1: found no mask"),
    ],
)
def test_votes_that_cannot_be_counted_are_refused(group, voters, at_least, error, said):
    two = Masks.of_dense(np.ones((2, 1, 1), dtype=bool))
    with pytest.raises(error, match=said):
        majority_masks(two, np.array(group), np.array(voters), at_least)


@pytest.mark.parametrize(
    "record", [[], [np.ones((1, 2), bool), np.ones((2, 1), bool)], [np.ones((1, 1))]]
)
def test_dense_masks_of_a_record_are_bool_and_of_one_size(record):
    with pytest.raises(TableError, match="record 0: found"):
        dense_majorities([record])
    with pytest.raises(TableError, match="record 0: found"):
        dense_inferred([record], lambda votes, *_: votes.any(axis=1))


@given(PICTURES)
def test_polygons_are_the_union_of_the_pixel_squares(pictures):
    found = polygons_of(Masks.of_dense(pictures))
    assert shapely.is_valid(found).all()
    for polygon, picture in zip(found, pictures, strict=True):
        rows, columns = np.nonzero(picture)
        squares = shapely.union_all(shapely.box(columns, rows, columns + 1, rows + 1))
        assert polygon.area == picture.sum()
        assert polygon.equals(squares)


@given(PICTURES)
def test_masks_of_polygons_are_what_the_polygons_were_made_of(pictures):
    found = Masks.of_dense(pictures)
    assert same(masks_of(polygons_of(found), found.height, found.width), found)


def test_rings_that_touch_at_corners_are_cut_there():
    # A hole of two pixels that touch at a corner, and an outline that closes on itself at one.
    holes = np.ones((4, 4), dtype=bool)
    holes[[1, 2], [1, 2]] = False
    closed = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)
    one, other = polygons_of(Masks.of_dense([holes, closed]))
    assert len(one.interiors) == 2
    assert len(other.interiors) == 1
    assert other.exterior.is_simple


@given(
    some_arrays.arrays(np.float64, (5, 2), elements=st.integers(-16, 64).map(lambda k: k / 8)),
    st.integers(0, 3),
)
def test_a_pixel_belongs_where_its_centre_is(corners, shift):
    hull = shapely.convex_hull(shapely.multipoints(corners + shift / 3))
    if hull.geom_type == "Polygon":
        found = masks_of(np.array([hull], dtype=object), np.array([7]), np.array([6])).dense(0)
        rows, columns = np.mgrid[:7, :6]
        centres = shapely.points(columns + 0.5, rows + 0.5)
        sure = shapely.distance(shapely.boundary(hull), centres) > 1e-9
        assert (found == shapely.contains(hull, centres))[sure].all()


def test_areas_that_share_a_boundary_share_no_pixel_and_leave_none_out():
    # Centres of pixels lie on the common side, which is not upright either.
    left = shapely.Polygon([(0, 0), (1.5, 0), (3.5, 4), (0, 4)])
    right = shapely.Polygon([(1.5, 0), (6, 0), (6, 4), (3.5, 4)])
    size = np.array([4, 4]), np.array([6, 6])
    found = masks_of(np.array([left, right], dtype=object), *size)
    assert (found.dense(0) ^ found.dense(1)).all()


def test_a_line_is_no_area():
    with pytest.raises(TableError, match="geometry 0: found LINESTRING"):
        masks_of(np.array([shapely.LineString([(0, 0), (1, 1)])]), np.array([2]), np.array([2]))
