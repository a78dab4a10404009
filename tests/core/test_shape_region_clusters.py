"""Which regions are alike enough, and which are put together."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.shapes.areas import region_candidates
from groundkeeper.core.shapes.areas.regions import (
    Regions,
    alike_regions,
    weighed_regions,
)
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.clustering.rules import NATIVE, Rule
from groundkeeper.core.shapes.drawn import Drawn, Pairs
from groundkeeper.errors import TableError

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)
"""Each scene holds thirty shapes."""


def records(drawn, regions, at_least, rule=NATIVE):
    """Return which regions mean the same thing, from the pairs that can matter."""
    return cluster_pairs(drawn, weighed_regions(drawn, regions, at_least), at_least, rule)


def scene(seed, annotators=4, objects=4, items=2):
    """A few objects in each item, drawn by most annotators, one near the other."""
    rng = np.random.default_rng(seed)
    rows = [
        (item, annotator, around(rng, centre))
        for item in range(items)
        for centre in rng.uniform(0, 30, (objects, 2))
        for annotator in range(annotators)
        if rng.uniform() < 0.8
    ]
    item, annotator, shapes = zip(*rows, strict=True)
    drawn = Drawn(np.array(item), np.array(annotator), rng.integers(0, 2, len(rows)))
    return drawn, np.array(shapes, dtype=object)


def around(rng, centre):
    angles = 2 * np.pi * (np.arange(12) + rng.uniform(-0.3, 0.3, 12)) / 12
    reach = rng.uniform(5, 8, 12)
    at = centre + rng.normal(0, 1, 2)
    outline = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None] + at
    hole = shapely.Point(at).buffer(2, quad_segs=2)
    return shapely.difference(shapely.Polygon(outline), hole)


def pairs_by_geos(drawn, shapes, at_least):
    left, right = np.triu_indices(len(drawn), 1)
    may = (drawn.item[left] == drawn.item[right]) & (
        drawn.annotator[left] != drawn.annotator[right]
    )
    left, right = left[may], right[may]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    areas = shapely.area(shapes)
    union = areas[left] + areas[right] - shared
    return Pairs(left, right, shared / union).at_least(at_least)


@few
@given(seeds, st.sampled_from([0.01, 0.3, 0.5, 0.8]))
def test_the_pairs_are_all_that_geos_finds(seed, at_least):
    drawn, shapes = scene(seed)
    found, wanted = (
        alike_regions(drawn, Regions.of(shapes), at_least),
        pairs_by_geos(drawn, shapes, at_least),
    )
    assert found.left.tolist() == wanted.left.tolist()
    assert found.right.tolist() == wanted.right.tolist()
    np.testing.assert_allclose(found.similarity, wanted.similarity, rtol=1e-9)


@few
@given(seeds, st.sampled_from([0.3, 0.5, 0.8]))
def test_among_those_who_are_connected_every_pair_that_shares_anything_is_weighed(seed, at_least):
    drawn, shapes = scene(seed)
    found = weighed_regions(drawn, Regions.of(shapes), at_least)
    alike, every = (pairs_by_geos(drawn, shapes, least) for least in (at_least, 1e-9))
    component = connected(len(drawn), alike.left, alike.right)
    within = component[every.left] == component[every.right]
    assert found.left.tolist() == every.left[within].tolist()
    assert found.right.tolist() == every.right[within].tolist()
    np.testing.assert_allclose(found.similarity, every.similarity[within], rtol=1e-9, atol=1e-12)


@few
@given(seeds)
def test_a_crowd_is_searched_with_the_same_result(seed):
    drawn, shapes = scene(seed)
    shapes[::7] = shapely.Polygon()
    regions = Regions.of(shapes)
    found = alike_regions(drawn, regions, 0.3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region_candidates, "CROWDED", 9)
        crowded = alike_regions(drawn, regions, 0.3)
    assert found.left.tolist() == crowded.left.tolist()
    assert found.right.tolist() == crowded.right.tolist()
    assert found.similarity.tolist() == crowded.similarity.tolist()


def test_more_pairs_than_there_is_room_for_at_first_are_all_found():
    drawn = Drawn(np.zeros(40, np.int64), np.arange(40), np.zeros(40, np.int64))
    regions = Regions.of(np.array([shapely.box(0, 0, 10, 10 + place) for place in range(40)]))
    pairs = alike_regions(drawn, regions, 0.1)
    assert len(pairs.left) == 40 * 39 // 2


@few
@given(seeds, st.sampled_from(list(Rule)))
def test_the_records_are_those_of_the_pairs_that_geos_finds(seed, rule):
    drawn, shapes = scene(seed)
    found = records(drawn, Regions.of(shapes), 0.3, rule)
    wanted = cluster_pairs(drawn, pairs_by_geos(drawn, shapes, 1e-9), 0.3, rule)
    assert found.record.tolist() == wanted.record.tolist()


@few
@given(seeds)
def test_nobody_is_twice_in_a_record(seed):
    drawn, shapes = scene(seed)
    record = records(drawn, Regions.of(shapes), 0.3).record
    one_each = set(zip(record.tolist(), drawn.annotator.tolist(), strict=True))
    assert len(one_each) == len(record)


def test_the_same_outline_by_everybody_is_one_record_even_where_nothing_less_will_do():
    shape = around(np.random.default_rng(1), np.zeros(2))
    drawn = Drawn(np.zeros(3, np.int64), np.arange(3), np.zeros(3, np.int64))
    assert len(records(drawn, Regions.of(np.array([shape] * 3)), 1.0)) == 1


@few
@given(seeds)
def test_what_is_handed_over_is_left_alone(seed):
    drawn, shapes = scene(seed)
    regions = Regions.of(shapes)
    columns = [
        regions.xy,
        regions.rings,
        regions.shapes,
        regions.turns,
        regions.areas,
        regions.bounds,
    ]
    columns += [drawn.item, drawn.annotator, drawn.label]
    before = [column.copy() for column in columns]
    records(drawn, regions, 0.3)
    for column, kept in zip(columns, before, strict=True):
        np.testing.assert_array_equal(column, kept)


@pytest.mark.parametrize("at_least", [0.0, -0.5, 1.1, float("nan")])
def test_a_likeness_that_nothing_or_everything_reaches_is_refused(at_least):
    drawn, shapes = scene(0)
    with pytest.raises(TableError, match="allowed is above 0, at most 1"):
        alike_regions(drawn, Regions.of(shapes), at_least)


def test_regions_that_nobody_drew_are_refused():
    drawn, shapes = scene(0)
    with pytest.raises(TableError, match="allowed is one each"):
        alike_regions(drawn, Regions.of(shapes[1:]), 0.5)


def test_where_nothing_was_drawn_nothing_is_found():
    none = np.zeros(0, np.int64)
    regions = Regions.of(np.zeros(0, dtype=object))
    assert len(records(Drawn(none, none, none), regions, 0.5)) == 0
