"""Intervals of scores, against exact limits, against what can be worked out by hand, and at the ends of the scale."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundkeeper.core.binomial import lower_limit, share_limits, upper_limit
from groundkeeper.core.estimates import ALL_THE_SAME, Resampling
from groundkeeper.core.measures import Figure, because, tabulate
from groundkeeper.core.scoring.certainty.covering import (
    ALL_ALIKE,
    CARRIED_BY_ONE,
    covering,
    slope_of,
)
from groundkeeper.core.scoring.certainty.limits import (
    bounded,
    spread_of,
    student,
    without_it,
)
from groundkeeper.core.scoring.certainty.ratios import Ratios, ratio_of

SHARE = ratio_of((1, 0), (0, 1))
MEAN = ratio_of((1, 0), (0, 1), counts=False)
ERROR = ratio_of((1, 0), (0, 1), counts=False, highest=math.inf)
MACRO = Ratios(np.eye(4)[:, :2], np.eye(4)[:, 2:])
"""Columns: what is right of two classes, then how often each is met."""

rows = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=60
)


def as_arrays(drawn):
    groups, right, tries = np.array(drawn).T
    return np.column_stack([np.minimum(right, tries), tries]).astype(float), groups


def shares(right, n):
    return np.column_stack([np.arange(n) < right, np.ones(n)]).astype(float)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_of_independent_units_the_limits_are_those_of_clopper_and_pearson(right, n, low, high):
    """Newcombe's examples: Statistics in Medicine 17:857-872, 1998, table I, method 5."""
    found = covering(shares(right, n), None, SHARE, 0.95)
    assert (found.value, found.n, found.groups) == (right / n, n, n)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_independent_units_that_all_weigh_the_same_are_exact_whatever_the_weight():
    plain = covering(shares(9, 12), None, SHARE, 0.95)
    weighed = covering(shares(9, 12), None, SHARE, 0.95, np.full(12, 7.0))
    assert (plain.low, plain.high) == (weighed.low, weighed.high)


def test_a_few_independent_units_have_exact_limits_and_a_few_groups_have_none():
    alone = covering(shares(4, 5), None, SHARE, 0.95)
    grouped = covering(shares(8, 10), np.arange(10) // 2, SHARE, 0.95)
    assert alone.low == pytest.approx(lower_limit(4, 5, 0.975).item())
    assert math.isnan(grouped.low)
    assert grouped.note == "no interval: 5 groups, fewer than 10"


def test_where_all_is_right_a_group_counts_for_one_unit():
    found = covering(np.ones((200, 2)), np.arange(200) % 20, SHARE, 0.95)
    assert (found.value, found.high, found.note) == (1, 1, ALL_ALIKE)
    assert found.low == pytest.approx(0.025 ** (1 / 20))
    assert found.effective_n == pytest.approx(20)


def test_where_all_is_right_unequal_groups_tell_less_than_equal_ones():
    sizes = np.array([100, *[1] * 19])
    found = covering(np.ones((119, 2)), np.repeat(np.arange(20), sizes), SHARE, 0.95)
    equal = 119**2 / np.square(sizes).sum()
    assert found.low == pytest.approx(0.025 ** (1 / equal))


def test_units_that_repeat_their_group_say_no_more_than_the_groups():
    right = np.random.default_rng(0).random(60) < 0.8
    once = shares(0, 60)
    once[:, 0] = right
    often = covering(np.repeat(once, 10, axis=0), np.repeat(np.arange(60), 10), SHARE, 0.95)
    exact = covering(once, None, SHARE, 0.95)
    assert often.effective_n == pytest.approx(60)
    assert often.low == pytest.approx(exact.low, abs=0.02)
    assert often.high == pytest.approx(exact.high, abs=0.02)
    assert often.high - often.low > exact.high - exact.low


def test_errors_that_come_in_whole_groups_make_the_interval_wide():
    right = np.ones(8000)
    spread, alone = right.copy(), right.copy()
    spread[np.random.default_rng(0).permutation(8000)[:1600]] = 0
    alone[:1600] = 0
    groups = np.arange(8000) // 20
    narrow, wide = (
        covering(np.column_stack([each, right]), groups, SHARE, 0.95) for each in (spread, alone)
    )
    assert narrow.value == wide.value == 0.8
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)


def test_one_group_with_all_the_errors_makes_the_interval_wide():
    right = np.ones(400)
    spread, alone = right.copy(), right.copy()
    spread[np.random.default_rng(0).permutation(400)[:20]] = 0
    alone[:20] = 0
    groups = np.arange(400) // 20
    narrow, wide = (
        covering(np.column_stack([each, right]), groups, SHARE, 0.95) for each in (spread, alone)
    )
    assert narrow.value == wide.value == 0.95
    assert wide.high - wide.low > 1.4 * (narrow.high - narrow.low)


@pytest.mark.parametrize("groups", [10, 25, 80])
def test_no_limit_is_nearer_than_groups_allow_of_a_kind_that_is_not_among_them(groups):
    """Of a kind that 1 - 0.025^(1/G) of all groups are, none is there in 2.5 % of the sets."""
    unseen = 1 - 0.025 ** (1 / groups)
    alike = np.column_stack([0.9 + 0.001 * np.cos(np.arange(groups)), np.ones(groups)])
    for statistic in (SHARE, MEAN):
        found = covering(alike, np.arange(groups), statistic, 0.95)
        assert found.low <= found.value * (1 - unseen) + 1e-12
        assert found.high >= found.value + (1 - found.value) * unseen - 1e-12


def test_an_error_of_all_the_range_is_expected_of_no_group():
    error = np.column_stack([0.1 + 0.001 * np.cos(np.arange(20)), np.ones(20)])
    on_a_scale = replace(ERROR, highest=1.0)
    assert covering(error, None, on_a_scale, 0.95).high > 0.2
    found = covering(error, None, replace(on_a_scale, fails_wholly=False), 0.95)
    assert 0.1 < found.high < 0.15


def test_of_many_groups_that_differ_the_limits_are_those_of_their_variance():
    rng = np.random.default_rng(8)
    iou = np.column_stack([rng.beta(4, 2, 300), np.ones(300)])
    with_it, without = (
        covering(iou, None, replace(MEAN, fails_wholly=each), 0.95) for each in (True, False)
    )
    assert (with_it.low, with_it.high) == (without.low, without.high)


@settings(deadline=None, max_examples=40)
@given(rows, st.randoms(use_true_random=False))
def test_neither_the_order_of_units_nor_the_names_of_groups_matter(drawn, random):
    units, groups = as_arrays(drawn)
    order = list(range(len(drawn)))
    random.shuffle(order)
    names = np.array([f"g{99 - group}" for group in groups], dtype=object)
    one = covering(units, groups, SHARE, 0.9)
    other = covering(units[order], names[order], SHARE, 0.9)
    for name in ("value", "low", "high", "effective_n"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-7, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(rows)
def test_the_score_is_inside_its_interval_and_that_is_on_the_scale(drawn):
    for statistic in (SHARE, MEAN):
        found = covering(*as_arrays(drawn), statistic, 0.9)
        if not math.isnan(found.low):
            assert 0 <= found.low <= found.value + 1e-12
            assert found.value - 1e-12 <= found.high <= 1
            assert found.effective_n <= found.n + 1e-9


@settings(deadline=None, max_examples=40)
@given(rows)
def test_more_confidence_makes_an_interval_wider(drawn):
    narrow, wide = (covering(*as_arrays(drawn), SHARE, each) for each in (0.8, 0.99))
    if not math.isnan(narrow.low):
        assert wide.low <= narrow.low + 1e-12
        assert wide.high >= narrow.high - 1e-12


@settings(deadline=None, max_examples=40)
@given(rows)
def test_the_arguments_are_left_as_they_were(drawn):
    units, groups = as_arrays(drawn)
    before = units.copy(), groups.copy()
    covering(units, groups, SHARE, 0.9, np.ones(len(units)))
    np.testing.assert_array_equal(units, before[0])
    np.testing.assert_array_equal(groups, before[1])


def test_weights_make_the_score_that_of_the_pool():
    units = shares(30, 40)
    weights = np.where(units[:, 0] > 0, 1.0, 3.0)
    found = covering(units, np.arange(40), SHARE, 0.95, weights)
    assert found.value == pytest.approx(30 / (30 + 3 * 10))
    assert found.low < found.value < found.high


def test_unequal_weights_cost_evidence():
    units = shares(36, 40)
    rng = np.random.default_rng(1)
    weights = rng.permutation(np.repeat([1.0, 9.0], 20))
    equal, unequal = (covering(units, None, SHARE, 0.95, each) for each in (None, weights))
    assert unequal.high - unequal.low > equal.high - equal.low


def test_a_mean_over_classes_is_as_uncertain_as_its_rarest_class():
    right = np.random.default_rng(2).random(300) < 0.9
    common, rare = np.ones(300), np.zeros(300)
    common[:6], rare[:6] = 0, 1
    units = np.column_stack([right * common, right * rare, common, rare]).astype(float)
    units[:6, 1] = 1
    groups = np.arange(300) // 3
    macro = covering(units, groups, MACRO, 0.95)
    alone = covering(units[:, [0, 2]], groups, SHARE, 0.95)
    assert macro.value == pytest.approx((alone.value + 1) / 2)
    assert macro.value - macro.low > 0.3
    assert alone.value - alone.low < 0.1


def test_a_class_that_takes_no_part_changes_nothing():
    units = np.column_stack([shares(20, 30)[:, 0], np.zeros(30), np.ones(30), np.zeros(30)])
    two = covering(units, np.arange(30) // 2, MACRO, 0.95)
    one = covering(units[:, [0, 2]], np.arange(30) // 2, SHARE, 0.95)
    assert (two.value, two.low, two.high, two.n) == (one.value, one.low, one.high, one.n)


def test_units_that_the_denominator_does_not_count_are_not_counted():
    units = np.vstack([shares(12, 20), np.zeros((15, 2))])
    found = covering(units, None, SHARE, 0.95)
    assert (found.n, found.groups) == (20, 20)
    assert found.low == pytest.approx(lower_limit(12, 20, 0.975).item())


def test_errors_that_nothing_bounds_have_an_interval_above_zero():
    size = np.random.default_rng(3).lognormal(size=24)
    found = covering(np.column_stack([size, np.ones(24)]), None, ERROR, 0.95)
    assert 0 < found.low < found.value < found.high
    assert found.value**2 == pytest.approx(found.low * found.high)


def test_errors_that_are_all_the_same_have_no_interval():
    found = covering(np.full((24, 2), 1.0), None, ERROR, 0.95)
    assert found.value == 1
    assert math.isnan(found.low)
    assert found.note == ALL_THE_SAME


def test_any_other_statistic_has_an_interval_of_student():
    values = np.random.default_rng(4).normal(size=500)
    found = covering(
        np.column_stack([values, np.ones(500)]), None, lambda sums: sums[:, 0] / sums[:, 1], 0.95
    )
    half = stats.t.ppf(0.975, 499) * values.std(ddof=1) / np.sqrt(500)
    assert found.value == pytest.approx(values.mean())
    assert half <= found.high - found.value < 1.02 * half


@pytest.mark.parametrize("units", [np.empty((0, 2)), np.zeros((12, 2))])
def test_nothing_to_score_is_nan_and_says_so(units):
    found = covering(units, None, SHARE, 0.95)
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert found.n == 0
    assert found.note


@given(st.floats(1, 5000), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_quantiles_of_student_are_those_of_scipy(freedom, confidence):
    expected = stats.t.ppf((1 + confidence) / 2, freedom)
    assert student(np.array([freedom]), confidence).item() == pytest.approx(expected, rel=1e-8)


@given(st.floats(0, 1), st.floats(1, 3000))
def test_the_limits_are_those_of_the_exact_ones_at_any_number_of_trials(share, trials):
    low, high = share_limits(np.array([share]), np.array([trials]), 0.9)
    assert low.item() == pytest.approx(lower_limit(share * trials, trials, 0.95), abs=1e-8)
    assert high.item() == pytest.approx(upper_limit(share * trials, trials, 0.95), abs=1e-8)


def test_several_figures_at_once_have_the_limits_of_each():
    rng = np.random.default_rng(5)
    influence = rng.normal(size=(12, 3)) / 60
    influence -= influence.mean(axis=0)
    share = rng.dirichlet(np.ones(12), 3).T
    value, most = np.array([0.2, 0.9, 1.0]), np.array([50.0, np.inf, 30.0])
    low, high = bounded(value, influence, share, most, 0.95)
    for place in range(3):
        column = [each[..., [place]] for each in (value, influence, share, most)]
        np.testing.assert_allclose(bounded(*column, 0.95), [low[[place]], high[[place]]])


def test_the_variance_is_that_of_leaving_one_group_out():
    rng = np.random.default_rng(6)
    by_group = np.column_stack([rng.binomial(50, 0.7, 30), np.full(30, 50)]).astype(float)
    left_out = SHARE(by_group.sum(axis=0) - by_group)
    jackknife = 29 / 30 * np.square(left_out - left_out.mean()).sum()
    slope = slope_of(SHARE, by_group.sum(axis=0))
    assert spread_of(by_group @ slope[:, None]).variance.item() == pytest.approx(jackknife)


def test_figures_get_this_interval_where_it_is_asked_for_and_keep_theirs_where_not():
    units = shares(34, 40)
    items = pd.DataFrame({"item_id": [f"i{n}" for n in range(40)], "group_id": range(40)})
    names = items["item_id"].to_numpy(dtype=object)
    weights = np.where(np.arange(40) < 34, 1.0, 2.0)
    figures = [
        Figure("plain", "x", names, units, SHARE, because("nothing")),
        Figure("pool", "x", names, units, SHARE, because("nothing"), weights=weights),
    ]
    how = Resampling(200, 1, 0.95)
    resampled = tabulate(figures, items, [], how).set_index("measure")
    asked = tabulate(figures, items, [], replace(how, interval=covering)).set_index("measure")
    exact = covering(units, None, SHARE, 0.95)
    assert (asked.loc["plain", "low"], asked.loc["plain", "high"]) == (exact.low, exact.high)
    assert resampled.loc["plain", "low"] != exact.low
    pool = 34 / (34 + 2 * 6)
    assert asked.loc["pool", "value"] == pytest.approx(pool)
    assert resampled.loc["pool", "value"] == pytest.approx(pool)


def test_limits_of_an_amount_that_say_nothing_are_not_given():
    one, several = (np.column_stack([np.arange(30) < n, np.ones(30)]).astype(float) for n in (1, 6))
    found = covering(one, None, ERROR, 0.95)
    assert (found.value, found.note) == (1 / 30, CARRIED_BY_ONE)
    assert math.isnan(found.low)
    assert covering(several, None, ERROR, 0.95).high < 1


def test_a_large_group_counts_as_leaving_it_out_does():
    """The variance is that of the jackknife, however unequal the groups are."""
    by_group = np.array([[300.0, 400.0], *[[9.0 + n % 3, 14.0] for n in range(19)]])
    total, share = by_group.sum(axis=0), by_group[:, 1:] / by_group[:, 1].sum()
    left_out = SHARE(total - by_group)
    jackknife = 19 / 20 * np.square(left_out - SHARE(total[None])).sum()
    influence = by_group @ slope_of(SHARE, total)[:, None]
    assert spread_of(without_it(influence, share)).variance.item() == pytest.approx(jackknife)
    assert jackknife > 1.2 * spread_of(influence).variance.item()


def test_a_group_that_is_most_of_a_score_is_named_and_makes_the_interval_wide():
    right = np.random.default_rng(7).random(400) < 0.8
    units = np.column_stack([right, np.ones(400)]).astype(float)
    equal, large = np.arange(400) // 20, np.r_[np.zeros(210), 1 + np.arange(190) // 10].astype(int)
    even, uneven = (covering(units, groups, SHARE, 0.95) for groups in (equal, large))
    assert not even.note
    assert uneven.note.startswith("one group is 52% of it")
    assert uneven.high - uneven.low > 1.5 * (even.high - even.low)


def test_weights_that_few_groups_have_allow_for_one_more_that_is_otherwise():
    """With a weight of nine, one more unit that is wrong would count for as many."""
    units, weights = shares(36, 40), np.ones(40)
    weights[:3] = 9.0
    found = covering(units, None, SHARE, 0.95, weights)
    assert found.note.startswith("only 3 groups have the largest weights")
    kish = weights.sum() ** 2 / np.square(weights).sum()
    plain, _ = share_limits(np.array([found.value]), np.array([kish]), 0.95)
    heavy, _ = share_limits(np.array([found.value]), np.array([kish]), 0.95, 9 * 64 / 280)
    assert heavy < plain
    assert found.low <= heavy.item() + 1e-9
    assert not covering(units, None, SHARE, 0.95, np.where(np.arange(40) % 2, 1.0, 9.0)).note
