import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core.truth import rankings
from groundkeeper.core.truth.rankings import (
    MOST_OPTIONS,
    borda_scores,
    count_preferences,
    kemeny_orders,
    kendall_w,
)
from groundkeeper.errors import RefusedError

# Anxiety of twenty subjects by three raters: example data of R's irr, whose W with ties is printed by DescTools 0.99
# (KendallW) as 0.5396569.
ANXIETY = [
    [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
    [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
    [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
]

places = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, math.nan]),
)


complete = arrays(
    np.float64, st.tuples(st.integers(2, 5), st.integers(2, 6)), elements=st.integers(0, 5)
)


def counted(table):
    return count_preferences(table, np.zeros(len(table), dtype=int), 1)


def contradicted(order, before):
    return sum(before[later, earlier] for earlier, later in itertools.combinations(order, 2))


def test_concordance_with_ties_is_as_published():
    assert kendall_w(np.array(ANXIETY, dtype=float)) == pytest.approx(0.5396569, abs=5e-8)


def test_concordance_without_ties_is_as_published():
    # Three executives rank six applicants: Siegel (1956), Nonparametric statistics, chapter 9: 0.16.
    ranks = [[1, 6, 3, 2, 5, 4], [1, 5, 6, 4, 2, 3], [6, 3, 2, 5, 4, 1]]
    assert round(kendall_w(np.array(ranks, dtype=float)), 2) == 0.16


@given(complete, st.randoms(use_true_random=False))
def test_concordance_does_not_depend_on_the_order_of_rankers_or_options(table, random):
    rows = random.sample(range(table.shape[0]), table.shape[0])
    columns = random.sample(range(table.shape[1]), table.shape[1])
    np.testing.assert_allclose(kendall_w(table[rows][:, columns]), kendall_w(table))


@given(complete)
def test_concordance_is_one_exactly_for_the_same_rankings(table):
    found = kendall_w(table)
    signs = np.sign(table[:, :, None] - table[:, None, :])
    if not signs.any():
        assert math.isnan(found)
    else:
        assert 0 <= found <= 1 + 1e-12
        assert (found == pytest.approx(1)) == (signs == signs[0]).all()


@pytest.mark.parametrize(
    "table", [np.ones((1, 3)), np.ones((3, 1)), [[1, 2], [1, np.nan]], np.ones((2, 3))]
)
def test_concordance_is_undefined_where_there_is_nothing_to_agree_on(table):
    assert math.isnan(kendall_w(np.asarray(table, dtype=float)))


@given(places)
def test_preferences_are_counted_as_one_would(table):
    before = counted(table)[0]
    for i, j in itertools.permutations(range(table.shape[1]), 2):
        expected = sum(1.0 if row[i] < row[j] else 0.5 for row in table if row[i] <= row[j])
        assert before[i, j] == expected


@given(arrays(np.float64, (3, 4), elements=st.integers(0, 9)))
def test_borda_of_complete_rankings_is_the_count_of_options_below(table):
    below = (table[:, :, None] < table[:, None, :]) + 0.5 * (table[:, :, None] == table[:, None, :])
    count = below.sum(axis=(0, 2)) - 0.5 * len(table)
    np.testing.assert_allclose(borda_scores(counted(table))[0], count / 9)


def test_an_option_that_was_not_compared_has_no_borda_score():
    scores = borda_scores(counted(np.array([[1.0, 2.0, np.nan]])))
    np.testing.assert_array_equal(scores, [[1, 0, np.nan]])


@settings(deadline=None)
@given(places)
def test_kemeny_is_the_first_of_the_orders_that_contradict_the_fewest_preferences(table):
    before = counted(table)
    orders = list(itertools.permutations(range(table.shape[1])))
    costs = [contradicted(order, before[0]) for order in orders]
    assert tuple(kemeny_orders(before)[0]) == orders[int(np.argmin(costs))]


@settings(deadline=None)
@given(arrays(np.float64, (12, 4), elements=st.integers(0, 3)))
def test_units_do_not_disturb_one_another_however_they_are_cut(table):
    units = np.arange(12) % 4
    before = count_preferences(table, units, 4)
    together = kemeny_orders(before)
    apart = [kemeny_orders(counted(table[units == unit]))[0] for unit in range(4)]
    np.testing.assert_array_equal(together, apart)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rankings, "CHUNK_CELLS", 200)
        np.testing.assert_array_equal(kemeny_orders(before), together)


def test_who_beats_everyone_comes_first_by_kemeny_where_borda_is_misled():
    # Three of five put a first; b is never last (Condorcet 1785's objection to Borda's count).
    table = np.array([[1, 2, 3]] * 3 + [[3, 1, 2]] * 2, dtype=float)
    before = counted(table)
    assert kemeny_orders(before)[0].tolist() == [0, 1, 2]
    assert borda_scores(before)[0].argmax() == 1


def test_too_many_options_are_refused_with_what_to_do():
    with pytest.raises(RefusedError, match="fuse by borda"):
        kemeny_orders(np.zeros((1, MOST_OPTIONS + 1, MOST_OPTIONS + 1)))


def test_the_most_options_that_are_allowed_can_be_ordered():
    rng = np.random.default_rng(0)
    order = rng.permutation(MOST_OPTIONS)
    table = np.tile(np.argsort(order).astype(float), (3, 1))
    assert kemeny_orders(counted(table))[0].tolist() == order.tolist()
