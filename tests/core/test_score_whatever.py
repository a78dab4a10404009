"""Who beats whom is between what is told, whatever open records turn out to be; tried by settling them in every way."""

import itertools

import numpy as np
import pytest
from builders.open_world import SETTINGS, World, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.bounds.became import CODES, worth
from groundkeeper.core.scoring.bounds.endings import Endings, endings
from groundkeeper.core.scoring.certainty.paired import drawn_groups
from groundkeeper.core.scoring.certainty.whatever import beats_whatever

ROUNDS = 60
N = 20


def told(settled, added=(), first=(), unit=(), groups=None, rounds=ROUNDS):
    found = Endings(
        np.array(settled, dtype=np.int64),
        np.array(added, dtype=np.int64).reshape(-1, 4),
        np.array(first, dtype=np.int64),
        np.array(unit, dtype=np.int64),
    )
    names = np.arange(len(settled)) if groups is None else groups
    return beats_whatever(found, names, rounds, np.random.default_rng(0))


def ends(world, other, choice, rng, measure):
    """What each unit adds for both once it is settled so, int64 [units, 4]."""
    table, found = worth(measure), []
    for one in (world, other):
        rows = outcomes(one, *one.settled(choice, rng))
        sums = np.zeros((one.units, 2), dtype=np.int64)
        for item, outcome in zip(rows["item_id"], rows["outcome"], strict=True):
            sums[int(item[1:])] += table[CODES[outcome]]
        found.append(sums)
    return np.hstack(found)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["accuracy", "precision", "f1"]))
def test_however_it_ends_the_probability_is_within(seed, ignorable, measure):
    rng = np.random.default_rng(seed)
    world = World(rng, units=12, most=2, share=0.15, ignorable=ignorable)
    other = world.of_another(rng)
    both = world.sides(), other.sides()
    open_ = endings(both, SETTINGS, world.unsettled(), world.scene(), measure)
    found = beats_whatever(open_, np.arange(12), ROUNDS, np.random.default_rng(1))
    weights = np.vstack([np.ones(12), drawn_groups(ROUNDS, 12, np.random.default_rng(1))])
    every = itertools.product(*map(world.options, range(len(world.truth))))
    for choice in itertools.islice(every, 40):
        sums = weights @ ends(world, other, choice, rng, measure)
        with np.errstate(invalid="ignore"):
            gap = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
        above = np.where(np.isnan(gap), 0.5, (np.sign(np.round(gap, 12)) + 1) / 2)
        assert found.low <= above[1:].mean() <= found.high
        assert found.ahead in {0, np.sign(np.round(gap[0], 12))}


def test_what_both_missed_turns_no_ranking_round_though_their_bounds_overlap():
    # A finds 3 of 4 everywhere and B 2 of 4; four more that neither drew may be there or not.
    settled = [[3, 4, 2, 4]] * N
    added = [[0, 0, 0, 0], [0, 4, 0, 4]] * N
    found = told(settled, added, np.arange(0, 2 * N, 2), np.arange(N))
    assert (found.low, found.high, found.ahead) == (1, 1, 1)
    worst_of_a, best_of_b = 3 / 8, 2 / 4
    assert worst_of_a < best_of_b


def test_of_two_who_say_the_same_neither_is_surely_above():
    added = [[0, 1, 0, 1], [1, 1, 1, 1]]
    found = told([[1, 2, 1, 2]] * N, added, [0], [0])
    assert (found.low, found.high, found.ahead) == (0, 1, 0)


def test_one_record_that_decides_is_between_both_its_endings():
    # Level but for one record, which one of them has right and the other wrong: whose group is drawn decides it.
    added = [[1, 1, 0, 1], [0, 1, 1, 1]]
    found = told([[1, 2, 1, 2]] * N, added, [0], [0], rounds=2000)
    drawn = 1 - (1 - 1 / N) ** (N - 1)
    assert found.low == 0
    assert found.high == 1
    certain = told([[1, 2, 1, 2]] * N, added[:1], [0], [0], rounds=2000)
    assert certain.low == pytest.approx(drawn, abs=0.03)
    assert certain.high == 1


def test_a_lead_is_seen_that_is_as_small_as_a_step():
    settled = [[510, 1000, 500, 1000]] * N
    assert told(settled).ahead == 1
    assert told([[b, t, a, s] for a, s, b, t in settled]).ahead == -1


def test_who_has_no_score_is_never_above():
    assert told([[0, 0, 0, 1]] * N).ahead == 0
    assert told([[0, 0, 0, 1]] * N).high == 1


def test_of_few_groups_nothing_is_said_but_who_is_ahead():
    found = told([[9, 10, 2, 10]] * 4)
    assert (np.isnan([found.low, found.high]).all(), found.ahead) == (True, 1)


def test_sizes_below_the_line_may_differ():
    # A says twice as much as B, and is better all the same.
    found = told([[12, 20, 5, 10]] * N)
    assert (found.low, found.ahead) == (1, 1)
