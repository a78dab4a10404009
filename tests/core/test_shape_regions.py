"""How much regions share, held against GEOS and against exact fractions, and which are put together."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.geometry import polygonal
from groundkeeper.core.shapes.areas.regions import Regions, intersection_areas, region_ious
from groundkeeper.errors import TableError

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25)
"""Each example compares all pairs of several shapes."""


def star(rng, centre=(0.0, 0.0), radius=10.0):
    """A polygon of 3 to 30 corners around *centre*, seen from which none hides behind another."""
    corners = rng.integers(3, 31)
    # Never half a turn without a corner, or the centre would lie outside and edges might cross.
    angles = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) / corners
    reach = radius * rng.uniform(0.3, 1.0, corners)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None] + centre
    return shapely.Polygon(points[:: rng.choice([-1, 1])])


def hollow(rng, centre=(0.0, 0.0), radius=10.0):
    """One or several stars with holes; both turns of each ring occur."""
    solid = star(rng, centre, radius)
    for _ in range(rng.integers(0, 3)):
        at = centre + rng.uniform(-radius, radius, 2)
        change = rng.choice([shapely.difference, shapely.union, shapely.symmetric_difference])
        solid = change(solid, star(rng, at, radius / 2))
    return solid


def shapes_of(rng, make, count=8, **where):
    centres = rng.uniform(-8, 8, (count, 2)) + where.pop("origin", 0.0)
    return np.array([make(rng, centre, **where) for centre in centres], dtype=object)


def every_pair(count):
    left, right = np.triu_indices(count)
    return left.astype(np.int64), right.astype(np.int64)


def assert_shared(regions, shapes, relative=1e-9):
    left, right = every_pair(len(shapes))
    found = intersection_areas(regions, left, right)
    wanted = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes)[left], shapely.area(shapes)[right])
    # Of what is a millionth of either shape, neither side knows nine digits.
    np.testing.assert_array_less(
        np.abs(found - wanted), relative * np.maximum(wanted, 1e-6 * smaller) + 1e-300
    )


@few
@given(seeds)
def test_what_two_outlines_share_is_what_geos_says(seed):
    shapes = shapes_of(np.random.default_rng(seed), star)
    assert_shared(Regions.of(shapes), shapes)


@few
@given(seeds)
def test_what_is_shared_of_areas_with_holes_and_several_parts_is_what_geos_says(seed):
    shapes = shapes_of(np.random.default_rng(seed), hollow)
    assert_shared(Regions.of(shapes), shapes)


@few
@given(seeds)
def test_far_from_the_origin_nothing_is_lost(seed):
    rng = np.random.default_rng(seed)
    shapes = shapes_of(rng, star)
    far = shapely.transform(shapes, lambda xy: np.round(xy * 4096) / 4096)
    near = intersection_areas(Regions.of(far), *every_pair(8))
    moved = shapely.transform(far, lambda xy: xy + np.array([1, -1]) * 2.0**20)
    np.testing.assert_allclose(
        intersection_areas(Regions.of(moved), *every_pair(8)), near, rtol=1e-12
    )


@few
@given(seeds, st.sampled_from([2.0**-30, 2.0**-10, 2.0**30]))
def test_areas_grow_with_the_square_of_the_scale(seed, scale):
    shapes = shapes_of(np.random.default_rng(seed), hollow)
    scaled = shapely.transform(shapes, lambda xy: xy * scale)
    found = intersection_areas(Regions.of(scaled), *every_pair(8))
    wanted = intersection_areas(Regions.of(shapes), *every_pair(8))
    assert (found == wanted * scale**2).all()


def clipped(subject, edge):
    """What of a convex polygon lies to the left of an edge, in fractions."""
    (ax, ay), (bx, by) = edge
    side = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in subject]
    kept = []
    for place, (x, y) in enumerate(subject):
        before = place - 1
        if (side[place] > 0) != (side[before] > 0) and side[place] != side[before]:
            part = side[before] / (side[before] - side[place])
            px, py = subject[before]
            kept.append((px + part * (x - px), py + part * (y - py)))
        if side[place] > 0:
            kept.append((x, y))
    return kept


def exactly_shared(one, other):
    """The area that two convex polygons share, by clipping in fractions; both turn left."""
    exact = [[(Fraction(x), Fraction(y)) for x, y in ring.tolist()] for ring in (one, other)]
    subject, frame = exact
    for place in range(len(frame)):
        subject = clipped(subject, (frame[place - 1], frame[place])) if subject else []
    pairs = zip(subject, subject[1:] + subject[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e4])
@pytest.mark.parametrize("origin", [0.0, 1e6])
def test_convex_shapes_of_any_size_anywhere_are_exact(size, origin):
    rng = np.random.default_rng(5)
    for _ in range(20):
        triangles = rng.uniform(0, size, (2, 3, 2)) + origin
        first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
        turned = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
        triangles[turned] = triangles[turned][:, ::-1]
        regions = Regions.of_rings(triangles.reshape(-1, 2), np.array([0, 3, 6]))
        (found,) = intersection_areas(regions, np.array([0]), np.array([1]))
        wanted = float(exactly_shared(*triangles))
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-13 * regions.areas.max())


@few
@given(seeds)
def test_a_shape_is_all_like_itself_and_shares_all_of_itself(seed):
    regions = Regions.of(shapes_of(np.random.default_rng(seed), hollow))
    same = np.arange(8)
    assert (intersection_areas(regions, same, same) == regions.areas).all()
    assert (region_ious(regions, same, same) == 1.0).all()


@few
@given(seeds)
def test_where_an_outline_begins_and_which_way_it_goes_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    ring = shapely.get_coordinates(star(rng))[:-1]
    rings = [np.roll(ring, rng.integers(len(ring)), axis=0)[:: rng.choice([-1, 1])] for _ in "abcd"]
    regions = Regions.of_rings(np.concatenate(rings), len(ring) * np.arange(5))
    assert (region_ious(regions, *every_pair(4)) == 1.0).all()


@few
@given(seeds)
def test_who_is_named_first_does_not_matter(seed):
    regions = Regions.of(shapes_of(np.random.default_rng(seed), hollow))
    left, right = every_pair(8)
    there = intersection_areas(regions, left, right)
    assert (intersection_areas(regions, right, left) == there).all()


@few
@given(seeds)
def test_the_order_of_the_regions_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    shapes = shapes_of(rng, hollow)
    order = rng.permutation(8)
    place = np.argsort(order)
    left, right = every_pair(8)
    found = intersection_areas(Regions.of(shapes[order]), place[left], place[right])
    assert (found == intersection_areas(Regions.of(shapes), left, right)).all()


def test_shapes_that_only_touch_share_nothing_at_all():
    thirds = np.linspace(0, 1, 4)
    shapes = np.array(
        [
            *[
                shapely.Polygon([(a, 0), (b, 1 / 3), (a, 7.1)])
                for a, b in itertools.pairwise(thirds)
            ],
            shapely.Polygon([(0, 0), (1, 1 / 3), (1, -5)]),
            shapely.box(1, 1 / 3, 2, 2),
        ]
    )
    left, right = np.triu_indices(len(shapes), 1)
    overlap = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    found = intersection_areas(Regions.of(shapes), left, right)
    assert (found[overlap < 1e-12] == 0.0).all()
    assert (overlap < 1e-12).sum() > 5


def test_the_two_halves_of_a_shape_share_their_edges_and_nothing_else():
    rng = np.random.default_rng(7)
    for _ in range(50):
        ring = shapely.get_coordinates(star(rng))[:-1]
        half = len(ring) // 2 + 1
        fan = [np.concatenate([[[0.0, 0.0]], part]) for part in (ring[:half], ring[half - 1 :])]
        fan[1] = np.concatenate([fan[1], ring[:1]])
        xy, offsets = np.concatenate([*fan, ring]), np.cumsum([0, *map(len, fan), len(ring)])
        regions = Regions.of_rings(xy, offsets)
        halves, whole = intersection_areas(regions, np.array([0]), np.array([1])), regions.areas[2]
        assert halves.tolist() == [0.0]
        parts = intersection_areas(regions, np.array([0, 1]), np.array([2, 2]))
        np.testing.assert_allclose(parts, regions.areas[:2], rtol=1e-12)
        np.testing.assert_allclose(parts.sum(), whole, rtol=1e-12)


@few
@given(seeds)
def test_corners_that_are_repeated_or_lie_on_an_edge_and_spikes_change_nothing(seed):
    rng = np.random.default_rng(seed)
    rings = [shapely.get_coordinates(shape)[:-1] for shape in shapes_of(rng, star, 4)]
    rings = [np.round(ring * 1024) / 1024 for ring in rings]
    busy = []
    for ring in rings:
        after = np.roll(ring, -1, axis=0)
        out = ring + np.array([3.0, 1.0])
        busy.append(np.stack([ring, ring, out, ring, (ring + after) / 2], axis=1).reshape(-1, 2))
    plain, crowded = (
        Regions.of_rings(np.concatenate(drawn), np.cumsum([0, *map(len, drawn)]))
        for drawn in (rings, busy)
    )
    np.testing.assert_allclose(crowded.areas, plain.areas, rtol=1e-12)
    np.testing.assert_allclose(
        intersection_areas(crowded, *every_pair(4)),
        intersection_areas(plain, *every_pair(4)),
        rtol=1e-9,
        atol=1e-12,
    )


def test_a_ring_may_be_closed_or_open():
    shape = star(np.random.default_rng(0))
    xy = shapely.get_coordinates(shape)
    regions = Regions.of_rings(
        np.concatenate([xy, xy[:-1]]), np.array([0, len(xy), 2 * len(xy) - 1])
    )
    assert region_ious(regions, np.array([0]), np.array([1])).tolist() == [1.0]


BOW_TIE = [(0, 0), (4, 4), (4, 0), (0, 4)]
CURL = [(0, 0), (8, 0), (8, 8), (2, 8), (2, 2), (4, 2), (4, 4), (0, 4)]


def test_what_crosses_itself_is_refused_or_taken_with_its_turns():
    """Repaired, a bow tie is two triangles and the inside of a curl a hole; as drawn they count 1 and -1, and 2."""
    drawn = [
        np.array(ring, dtype=np.float64)
        for ring in (BOW_TIE, CURL, [(0, 0), (9, 0), (9, 9), (0, 9)])
    ]
    regions = Regions.of_rings(np.concatenate(drawn), np.cumsum([0, *map(len, drawn)]))
    assert regions.areas.tolist() == [0.0, 60.0, 81.0]
    shared = intersection_areas(regions, np.array([1, 1]), np.array([2, 1]))
    assert shared.tolist() == [60.0, 60.0], "never more than all of the smaller"
    for ring, repaired in ((BOW_TIE, 8.0), (CURL, 52.0)):
        crossing = shapely.Polygon(ring)
        with pytest.raises(TableError, match="0: Polygon that is not valid; allowed is a valid"):
            Regions.of(np.array([crossing]))
        mended = Regions.of(polygonal(shapely.make_valid(np.array([crossing]))))
        assert mended.areas.tolist() == [repaired]


def test_an_empty_shape_has_no_area_and_is_like_nothing():
    shapes = np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1), shapely.MultiPolygon()])
    regions = Regions.of(shapes)
    assert regions.areas.tolist() == [0.0, 1.0, 0.0]
    assert np.isnan(regions.bounds).all(axis=1).tolist() == [True, False, True]
    left, right = np.array([0, 0, 1]), np.array([1, 2, 2])
    assert intersection_areas(regions, left, right).tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_array_equal(region_ious(regions, left, right), [0.0, np.nan, 0.0])
    assert len(Regions.of(shapes[:0])) == 0
    assert len(Regions.of_rings(np.zeros((0, 2)), np.zeros(1, np.int64))) == 0


def test_union_means_the_area_of_both():
    """A peer divides by the area of one of the two, by which a speck inside a shape is all like it."""
    regions = Regions.of(np.array([shapely.box(0, 0, 10, 10), shapely.box(4, 4, 5, 5)]))
    assert region_ious(regions, np.array([0, 1]), np.array([1, 0])).tolist() == [0.01, 0.01]


@pytest.mark.parametrize(("left", "right"), [(2, 0), (0, 2), (-1, 0)])
def test_a_place_where_there_is_no_region_is_refused(left, right):
    two = Regions.of(np.array([shapely.box(0, 0, 1, 1)] * 2))
    with pytest.raises(TableError, match="allowed is from 0 to before"):
        intersection_areas(two, np.array([left]), np.array([right]))


def test_a_set_without_regions_is_not_taken_for_none():
    none = Regions.of(np.zeros(0, dtype=object))
    nobody = np.zeros(0, np.int64)
    assert region_ious(none, nobody, nobody).tolist() == []
    with pytest.raises(TableError, match="before 0"):
        region_ious(none, np.array([0]), np.array([0]))


def test_plain_rings_and_polygons_are_the_same():
    rng = np.random.default_rng(11)
    shapes = shapes_of(rng, star)
    rings = [shapely.get_coordinates(shape)[:-1] for shape in shapes]
    plain = Regions.of_rings(np.concatenate(rings), np.cumsum([0, *map(len, rings)]))
    regions = Regions.of(shapes)
    np.testing.assert_allclose(plain.areas, regions.areas, rtol=1e-14)
    assert (plain.bounds == regions.bounds).all()
    assert (plain.turns == regions.turns).all()
    assert set(plain.turns.tolist()) == {-1, 1}


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (None, "1: nothing"),
        (shapely.LineString([(0, 0), (1, 1)]), "1: LineString"),
        (shapely.GeometryCollection(), "1: GeometryCollection"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "1: Polygon that is not valid"),
    ],
)
def test_what_is_no_area_is_refused_by_its_place(shape, found):
    with pytest.raises(TableError, match=f"found shapes {found}; allowed is a valid Polygon"):
        Regions.of(np.array([shapely.box(0, 0, 1, 1), shape], dtype=object))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_ring_with_a_corner_nowhere_is_refused(wrong):
    xy = np.array([[0, 0], [1, 0], [0, 1], [0, 0], [1, 0], [wrong, 1]], dtype=np.float64)
    with pytest.raises(TableError, match="found rings 1 with corners that are no finite numbers"):
        Regions.of_rings(xy, np.array([0, 3, 6]))


@pytest.mark.parametrize("offsets", [[0, 3], [1, 6], [0, 4, 3, 6]])
def test_offsets_that_do_not_cut_all_corners_are_refused(offsets):
    with pytest.raises(TableError, match=r"for 6 corners; allowed is ascending"):
        Regions.of_rings(np.zeros((6, 2)), np.array(offsets))


def test_real_outlines_share_what_geos_says(built):
    parts = pd.read_parquet(
        built / "data/ingest/lung-nodules/parts.parquet",
        columns=["annotation_id", "frame", "geometry"],
    )
    marks = pd.read_parquet(
        built / "data/ingest/lung-nodules/annotations.parquet", columns=["annotation_id", "item_id"]
    )
    parts = parts.merge(marks, on="annotation_id")
    shapes = shapely.from_wkb(parts["geometry"].to_numpy())
    rows = parts[["item_id", "frame"]].assign(row=np.arange(len(parts)))
    pairs = rows.merge(rows, on=["item_id", "frame"]).query("row_x < row_y")
    left, right = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
    near = shapely.intersects(shapely.envelope(shapes[left]), shapely.envelope(shapes[right]))
    left, right = left[near], right[near]
    assert len(left) > 1_000
    found = intersection_areas(Regions.of(shapes), left, right)
    wanted = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
    assert (found[wanted == 0] == 0).all()
