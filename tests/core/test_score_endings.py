"""Whatever open records turn out to be, what two subjects come to is among their endings; so is who beats whom."""

import itertools

import numpy as np
import pytest
from builders.open_world import SETTINGS, World, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.bounds import endings as module
from groundkeeper.core.scoring.bounds.became import CODES, worth
from groundkeeper.core.scoring.bounds.endings import endings, value_endings
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.errors import TableError

MEASURES = ("accuracy", "precision", "recall", "f1")


def two(seed, **more):
    rng = np.random.default_rng(seed)
    one = World(rng, **more)
    return one, one.of_another(rng), rng


def of_both(one, other, measure):
    both = one.sides(), other.sides()
    return endings(both, SETTINGS, one.unsettled(), one.scene(), measure)


def come_to(world, came_out, measure):
    """What each unit adds above and below the line once everything is settled, int64 [units, 2]."""
    rows = outcomes(world, *came_out)
    table = worth(measure)
    found = np.zeros((world.units, 2), dtype=np.int64)
    for item, outcome in zip(rows["item_id"], rows["outcome"], strict=True):
        found[int(item[1:])] += table[CODES[outcome]]
    return found


def reachable(found, unit):
    """Everything that a unit can come to, as tuples of four."""
    ends = np.split(found.added, found.first[1:])
    totals = {tuple(found.settled[unit].tolist())}
    for piece in np.flatnonzero(found.unit == unit):
        added = ends[piece].tolist()
        totals = {tuple(np.add(total, each).tolist()) for total in totals for each in added}
    return totals


def all_choices(world):
    return itertools.product(*map(world.options, range(len(world.truth))))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(MEASURES),
)
def test_what_two_come_to_in_the_end_is_one_of_the_endings(seed, ignorable, redrawn, ties, measure):
    one, other, rng = two(seed, ignorable=ignorable, redrawn=redrawn, ties=ties)
    found = of_both(one, other, measure)
    reach = [reachable(found, unit) for unit in range(one.units)]
    for _ in range(3):
        choice = [what[rng.integers(len(what))] for what in map(one.options, range(len(one.truth)))]
        ends = [come_to(world, world.settled(choice, rng), measure) for world in (one, other)]
        for unit, sums in enumerate(np.hstack(ends).tolist()):
            assert tuple(sums) in reach[unit]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(MEASURES))
def test_every_ending_can_happen_where_shapes_and_matchings_are_known(seed, measure):
    one, other, rng = two(seed, units=1, most=4, ties=False)
    happened = {
        tuple(
            np.hstack([come_to(w, w.settled(choice, rng), measure) for w in (one, other)])[
                0
            ].tolist()
        )
        for choice in all_choices(one)
    }
    assert reachable(of_both(one, other, measure), 0) == happened


def test_of_too_many_endings_the_two_turn_out_independently_and_none_is_lost(monkeypatch):
    one, other, _ = two(8, units=2, most=4, share=1.0)
    together = of_both(one, other, "f1")
    monkeypatch.setattr(module, "MOST_ENDINGS", 1)
    apart = of_both(one, other, "f1")
    reach = [[reachable(found, unit) for unit in range(2)] for found in (together, apart)]
    assert all(some <= more for some, more in zip(*reach, strict=True))
    assert reach[0] != reach[1]


def test_where_nothing_is_open_there_is_nothing_to_end():
    one, other, rng = two(3, share=0)
    found = of_both(one, other, "f1")
    assert (len(found.added), len(found.first)) == (0, 0)
    settled = [come_to(w, w.settled([int(x) for x in w.labels], rng), "f1") for w in (one, other)]
    np.testing.assert_array_equal(found.settled, np.hstack(settled))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(MEASURES))
def test_the_endings_of_values_are_all_that_each_of_them_may_be(seed, measure):
    rng = np.random.default_rng(seed)
    n, table = 4, worth(measure)
    may_be = rng.random((n, 3)) < 0.6
    no, vanish = np.zeros(n, bool), (rng.random(n) < 0.3) | ~may_be.any(axis=1)
    unsettled = Unsettled(np.ones(n, bool), vanish, no, may_be, no)
    said = rng.integers(-1, 3, n), rng.integers(-1, 3, n)
    found = value_endings(said, unsettled, measure)
    for item, ends in enumerate(np.split(found.added, found.first[1:])):
        every = {(0, 0, 0, 0)} if vanish[item] else set()
        for label in np.flatnonzero(may_be[item]):
            codes = [CODES["correct" if one[item] == label else "mismatch"] for one in said]
            every.add((*table[codes[0]].tolist(), *table[codes[1]].tolist()))
        assert {tuple(end) for end in ends.tolist()} == every
    assert found.unit.tolist() == list(range(n))


def test_two_who_are_held_against_other_objects_are_refused():
    one, stranger = two(3)[0], two(4)[0]
    with pytest.raises(TableError, match="found two ground truths"):
        of_both(one, stranger, "f1")
