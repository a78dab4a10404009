"""How far apart boundaries lie, where that is known, and against GEOS."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.shapes.areas import boundaries
from groundkeeper.core.shapes.areas.boundaries import boundary_distances
from groundkeeper.errors import TableError

seeds = st.integers(0, 2**32 - 1)
SQUARE = shapely.box(0, 0, 10, 10)


def blobs(seed, count=4):
    """Areas with a hole each, and lines."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        angles = 2 * np.pi * (np.arange(12) + rng.uniform(-0.3, 0.3, 12)) / 12
        reach = rng.uniform(5, 9, 12)
        outline = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
        outline += rng.normal(0, 2, 2)
        area = shapely.Polygon(outline, [outline[::3] * 0.3 + outline.mean(axis=0) * 0.7])
        shapes.append(area if rng.uniform() < 0.7 else shapely.LineString(outline))
    return np.array(shapes, dtype=object)


def apart(one, other, **how):
    """Mean, 95th percentile and largest of one pair."""
    found = boundary_distances(np.array([one]), np.array([other]), **how)
    return [column.item() for column in found]


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0, 4.0])
def test_a_square_that_is_moved_along_a_side(shift):
    """Of either square: the side left behind d all along, the one ahead d but towards its ends, two ends 0 to d."""
    mean, p95, largest = apart(SQUARE, shapely.affinity.translate(SQUARE, shift), spacing_px=0.01)
    ahead = shift * (10 - 2 * shift) + shift**2
    assert mean == pytest.approx((10 * shift + ahead + shift**2) / 40, abs=1e-4)
    assert p95 == pytest.approx(shift)
    assert largest == pytest.approx(shift)


def test_a_square_around_a_smaller_one():
    """A frame of d: everything is d away, but the outer corners, which are the diagonal."""
    mean, p95, largest = apart(SQUARE, shapely.box(2, 2, 8, 8), spacing_px=0.001)
    corners = 8 * (2 * np.sqrt(8) + 4 * np.arcsinh(1)) / 2
    assert mean == pytest.approx((24 * 2 + 24 * 2 + corners) / 64, rel=1e-6)
    assert 2 < p95 < largest
    assert largest == pytest.approx(np.sqrt(8))


@pytest.mark.parametrize(("extra", "p95"), [(10, 0.0), (11, 7.0)])
def test_what_95_percent_keep_within_is_of_the_length_of_both(extra, p95):
    """Of 200 px that lie upon each other and 10 or 11 px that stand 7 px off, less or more than 5 % are off."""
    line = [(0, 0), (100, 0)]
    more = shapely.MultiLineString([line, [(50, 7), (50 + extra, 7)]])
    assert apart(shapely.LineString(line), more) == [
        pytest.approx(extra * 7 / (200 + extra)),
        p95,
        7.0,
    ]


@given(seeds)
def test_a_boundary_is_no_distance_from_itself(seed):
    shapes = blobs(seed)
    found = boundary_distances(shapes, shapes)
    np.testing.assert_allclose(np.stack(found), 0.0, atol=1e-9)


@given(seeds)
def test_both_ways_are_one(seed):
    left, right = blobs(seed), blobs(seed + 1)
    there, back = boundary_distances(left, right), boundary_distances(right, left)
    np.testing.assert_allclose(np.stack(there), np.stack(back), rtol=1e-12)


@given(seeds)
def test_the_largest_is_the_hausdorff_distance_of_geos_but_for_half_a_step(seed):
    left, right = blobs(seed), blobs(seed + 1)
    found = boundary_distances(left, right, spacing_px=0.1)
    lines = [
        np.array([shape.boundary if shape.area else shape for shape in side])
        for side in (left, right)
    ]
    wanted = shapely.hausdorff_distance(*lines, densify=0.001)
    assert (np.abs(found.largest - wanted) <= 0.05).all()
    assert (found.mean <= found.p95).all()
    assert (found.p95 <= found.largest).all()


@given(seeds, st.sampled_from([0.3, 1.0, 50.0]))
def test_few_are_measured_like_many(seed, spacing_px):
    """What numpy measures before numba is loaded is what kernels measure; missing, empty and bare points too."""
    nothing = [None, shapely.Polygon(), shapely.LineString([(1, 1), (1, 1)]), SQUARE]
    left = np.array([*blobs(seed), *nothing], dtype=object)
    right = np.array([*blobs(seed + 1), SQUARE, SQUARE, nothing[2], nothing[2]], dtype=object)
    few = boundary_distances(left, right, spacing_px)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boundaries, "MUCH", 0)
        many = boundary_distances(left, right, spacing_px)
    np.testing.assert_allclose(np.stack(few), np.stack(many), rtol=1e-12, atol=1e-12)
    assert np.isnan(few.mean).tolist() == [False] * 4 + [True, True, False, False]


@given(seeds)
def test_every_distance_is_that_of_geos(seed):
    left, right = blobs(seed), blobs(seed + 1)
    found = boundary_distances(left, right, spacing_px=0.5)
    for place, pair in enumerate(zip(left, right, strict=True)):
        lines = [shape.boundary if shape.area else shape for shape in pair]
        far, weight = [], []
        for one, other in (lines, lines[::-1]):
            for segment in pieces(one):
                steps = max(int(np.ceil(segment.length / 0.5)), 1)
                ends = shapely.line_interpolate_point(
                    segment, np.linspace(0, 1, steps + 1), normalized=True
                )
                far.append(shapely.distance(ends, other))
                halves = np.full(steps + 1, segment.length / steps)
                halves[[0, -1]] /= 2
                weight.append(halves)
        far, weight = np.concatenate(far), np.concatenate(weight)
        assert found.mean[place] == pytest.approx(np.average(far, weights=weight))
        assert found.largest[place] == pytest.approx(far.max())
        below = weight[far <= found.p95[place] * (1 + 1e-9)].sum() / weight.sum()
        short = weight[far < found.p95[place] * (1 - 1e-9)].sum() / weight.sum()
        assert short - 1e-9 <= 0.95 <= below + 1e-9


def pieces(line):
    for part in shapely.get_parts(line):
        xy = shapely.get_coordinates(part)
        yield from (shapely.LineString(xy[place : place + 2]) for place in range(len(xy) - 1))


@given(seeds, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_where_both_lie_does_not_matter(seed, x, y):
    left, right = blobs(seed), blobs(seed + 1)
    moved = [shapely.transform(side, lambda xy: xy + np.array([x, y])) for side in (left, right)]
    np.testing.assert_allclose(
        np.stack(boundary_distances(*moved)), np.stack(boundary_distances(left, right)), atol=1e-6
    )


@given(seeds, st.sampled_from([0.25, 4.0]))
def test_twice_as_large_is_twice_as_far(seed, scale):
    left, right = blobs(seed), blobs(seed + 1)
    scaled = [shapely.transform(side, lambda xy: xy * scale) for side in (left, right)]
    np.testing.assert_allclose(
        np.stack(boundary_distances(*scaled, spacing_px=scale)),
        scale * np.stack(boundary_distances(left, right, spacing_px=1.0)),
        rtol=1e-9,
        atol=1e-9,
    )


def test_more_corners_on_the_same_boundary_change_nothing():
    busy = shapely.Polygon([(0, 0), (1, 0), (1.25, 0), (1.5, 0), (10, 0), (10, 10), (0, 10)])
    other = shapely.box(2, 1, 12, 11)
    assert apart(busy, other, spacing_px=0.25) == pytest.approx(
        apart(SQUARE, other, spacing_px=0.25)
    )


def test_a_hole_is_boundary():
    """The 8 px around a hole are 4 px away from the only boundary of what has none."""
    hollow = SQUARE.difference(shapely.box(4, 4, 6, 6))
    assert apart(hollow, SQUARE) == [pytest.approx(8 * 4 / 88), 4.0, 4.0]


def test_a_long_boundary_is_measured_in_longer_steps():
    """In four steps only corners are looked at: of the outer square 8 ** 0.5 away, of the inner one 2."""
    found = apart(SQUARE, shapely.box(2, 2, 8, 8), most_steps=4)
    assert found[0] == pytest.approx((40 * np.sqrt(8) + 24 * 2) / 64)


def test_nothing_is_nowhere():
    nothing = [None, shapely.Polygon(), shapely.LineString(), SQUARE]
    shapes = np.array(nothing, dtype=object)
    found = boundary_distances(shapes, np.array([SQUARE] * 4))
    for column in found:
        assert np.isnan(column).tolist() == [True, True, True, False]
    assert [len(column) for column in boundary_distances(shapes[:0], shapes[:0])] == [0, 0, 0]


def test_a_line_without_length_is_a_place():
    dot = shapely.LineString([(3, 4), (3, 4)])
    assert apart(dot, shapely.LineString([(0, 0), (0, 0)])) == [5.0, 5.0, 5.0]


def test_points_have_no_boundary():
    points = np.array([SQUARE, shapely.MultiPoint([(0, 0)])])
    with pytest.raises(TableError, match="found shapes 1: MultiPoint; allowed are areas and lines"):
        boundary_distances(points, points)


@pytest.mark.parametrize(
    "how", [{"spacing_px": 0.0}, {"spacing_px": float("nan")}, {"most_steps": 0}]
)
def test_steps_of_nothing_are_refused(how):
    with pytest.raises(TableError, match="allowed is above 0 for both"):
        apart(SQUARE, SQUARE, **how)


def test_the_shapes_are_left_alone():
    left, right = blobs(0), blobs(1)
    before = shapely.to_wkb(left).tolist()
    boundary_distances(left, right)
    assert shapely.to_wkb(left).tolist() == before
