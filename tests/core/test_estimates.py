import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core import estimates
from groundkeeper.core.distinct import distinct_rows
from groundkeeper.core.estimates import (
    Resampling,
    estimate,
    estimate_median,
    group_bootstrap,
    ratio,
    undefined,
)

HOW = Resampling(rounds=200, seed=3, confidence=0.9)

trials = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=40
)


def as_arrays(rows):
    groups, hits, tries = np.array(rows).T
    return np.column_stack([hits, tries]).astype(float), groups


def same(one, other):
    """Equal but for the last bits, which depend on the order in which floats are summed."""
    figures = [(e.value, e.low, e.high, e.effective_n) for e in (one, other)]
    np.testing.assert_allclose(*figures, rtol=1e-9)
    return (one.n, one.groups, one.note) == (other.n, other.groups, other.note)


@settings(deadline=None)
@given(trials, st.randoms(use_true_random=False))
def test_the_order_of_the_units_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (
        estimate(*as_arrays(order), ratio, HOW, HOW.generator("x")) for order in (rows, shuffled)
    )
    assert same(one, other)


@settings(deadline=None)
@given(trials)
def test_the_names_of_the_groups_do_not_matter(rows):
    contributions, groups = as_arrays(rows)
    names = np.array([f"patient-{99 - group}" for group in groups], dtype=object)
    one = estimate(contributions, groups, ratio, HOW, HOW.generator("x"))
    assert same(one, estimate(contributions, names, ratio, HOW, HOW.generator("x")))


@settings(deadline=None)
@given(trials)
def test_an_interval_is_ordered_and_effective_n_is_at_most_n(rows):
    found = estimate(*as_arrays(rows), ratio, HOW, HOW.generator("x"))
    assert math.isnan(found.low) == math.isnan(found.high)
    assert not found.low > found.high
    assert not found.effective_n > found.n


@settings(deadline=None)
@given(trials)
def test_the_arguments_are_left_as_they_were(rows):
    contributions, groups = as_arrays(rows)
    before = contributions.copy(), groups.copy()
    estimate(contributions, groups, ratio, HOW, HOW.generator("x"))
    np.testing.assert_array_equal(contributions, before[0])
    np.testing.assert_array_equal(groups, before[1])


def test_weights_by_kind_and_by_group_have_the_same_distribution(monkeypatch):
    contributions = np.repeat([[0.0, 1.0], [1.0, 1.0], [2.0, 3.0]], [60, 30, 10], axis=0)
    intervals = {}
    for sparse in (1, 10**9):
        monkeypatch.setattr(estimates, "SPARSE", sparse)
        rng = np.random.default_rng(0)
        intervals[sparse] = group_bootstrap(
            *distinct_rows(contributions), ratio, Resampling(20_000, 0, 0.95), rng
        )[:2]
    np.testing.assert_allclose(intervals[1], intervals[10**9], atol=0.01)


def test_the_bootstrap_agrees_with_drawing_groups_one_by_one():
    rng = np.random.default_rng(5)
    contributions = np.column_stack([rng.poisson(2, 30), rng.poisson(4, 30) + 1]).astype(float)
    low, high, note = group_bootstrap(
        *distinct_rows(contributions),
        ratio,
        Resampling(5000, 0, 0.9),
        np.random.default_rng(1),
    )
    slow = []
    for _ in range(5000):
        drawn = contributions[rng.integers(30, size=30)].sum(axis=0)
        slow.append(drawn[0] / drawn[1])
    assert note == ""
    np.testing.assert_allclose([low, high], np.quantile(slow, [0.05, 0.95]), atol=0.01)


def test_chunks_of_any_size_give_the_same_interval(monkeypatch):
    rng = np.random.default_rng(5)
    contributions = np.column_stack([rng.random(30), np.ones(30)])
    whole = group_bootstrap(
        *distinct_rows(contributions),
        ratio,
        Resampling(50, 0, 0.9),
        np.random.default_rng(1),
    )
    monkeypatch.setattr(estimates, "CHUNK_CELLS", 90)
    parts = group_bootstrap(
        *distinct_rows(contributions),
        ratio,
        Resampling(50, 0, 0.9),
        np.random.default_rng(1),
    )
    assert whole == parts


def test_few_groups_have_a_value_but_no_interval():
    found = estimate(np.ones((50, 2)), np.arange(50) % 9, ratio, HOW, HOW.generator("x"))
    assert found.value == 1
    assert math.isnan(found.low)
    assert found.note == "no interval: 9 groups, fewer than 10"


def test_nothing_to_estimate_is_nan_and_says_so():
    found = estimate(np.empty((0, 2)), np.empty(0), ratio, HOW, HOW.generator("x"))
    assert math.isnan(found.value)
    assert (found.n, found.groups) == (0, 0)
    assert found.note


def test_a_figure_that_most_resamples_leave_undefined_has_no_interval():
    contributions = np.zeros((12, 2))
    contributions[0] = 1
    found = estimate(contributions, np.arange(12), ratio, HOW, HOW.generator("x"))
    assert found.value == 1
    assert math.isnan(found.low)
    assert "undefined in" in found.note


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_figure_that_no_resample_moves_has_no_interval(share):
    contributions = np.column_stack([np.full(30, share), np.ones(30)])
    alone = estimate(contributions, None, ratio, HOW, HOW.generator("x"))
    grouped = estimate(contributions, np.arange(30) // 2, ratio, HOW, HOW.generator("x"))
    middle = estimate_median(contributions[:, 0], np.arange(30), HOW, HOW.generator("x"))
    for found in (alone, grouped, middle):
        assert found.value == share
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        assert found.note == "no interval: every resample gives the same"


def test_resamples_that_differ_by_rounding_alone_are_the_same():
    weight = np.random.default_rng(0).random(40)
    found = estimate(np.column_stack([0.3 * weight, weight]), None, ratio, HOW, HOW.generator("x"))
    assert found.value == pytest.approx(0.3)
    assert math.isnan(found.low)


def test_effective_n_of_units_that_repeat_their_group_is_the_number_of_groups():
    hits = np.repeat(np.random.default_rng(0).random(200) < 0.3, 10).astype(float)
    contributions = np.column_stack([hits, np.ones(2000)])
    found = estimate(contributions, np.repeat(np.arange(200), 10), ratio, HOW, HOW.generator("x"))
    assert found.effective_n == pytest.approx(200)


def test_effective_n_of_units_without_spread_is_undefined():
    found = estimate(np.ones((50, 2)), np.arange(50) % 20, ratio, HOW, HOW.generator("x"))
    assert math.isnan(found.effective_n)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(-5, 5)), min_size=1, max_size=40))
def test_the_median_is_inside_its_interval_and_the_order_does_not_matter(rows):
    groups, values = np.array(rows, dtype=float).T
    found = estimate_median(values, groups, HOW, HOW.generator("x"))
    backwards = estimate_median(values[::-1], groups[::-1], HOW, HOW.generator("x"))
    assert found.value == np.median(values)
    assert same(found, backwards)
    assert not found.low > found.high


def test_the_median_of_nothing_is_nan():
    found = estimate_median(np.empty(0), np.empty(0), HOW, HOW.generator("x"))
    assert math.isnan(found.value)


def test_a_figure_has_random_numbers_of_its_own():
    draws = [HOW.generator(*name).random() for name in (("a",), ("b",), ("a", ""), ("a",))]
    assert draws[0] == draws[3]
    assert len(set(draws)) == 3


def test_notes_are_put_before_the_one_that_is_there():
    assert undefined("why").noted("first", "").note == "first; why"


@pytest.mark.parametrize("median", [False, True])
def test_intervals_cover_the_truth_about_as_often_as_they_claim_on_clustered_data(median):
    how = Resampling(rounds=300, seed=0, confidence=0.9)
    rng = np.random.default_rng(11)
    covered, repeats, clusters, size = 0, 200, 60, 8
    for repeat in range(repeats):
        shift = rng.normal(size=clusters)
        values = (shift[:, None] + rng.normal(size=(clusters, size))).ravel()
        groups = np.repeat(np.arange(clusters), size)
        generator = how.generator(str(repeat))
        if median:
            found = estimate_median(values, groups, how, generator)
        else:
            ones = np.column_stack([values, np.ones(len(values))])
            found = estimate(ones, groups, ratio, how, generator)
        covered += found.low <= 0 <= found.high
    assert 0.83 <= covered / repeats <= 0.95


def test_intervals_that_ignored_the_groups_would_cover_far_too_seldom():
    how = Resampling(rounds=300, seed=0, confidence=0.9)
    rng = np.random.default_rng(11)
    covered = 0
    for repeat in range(100):
        values = (rng.normal(size=(60, 1)) + rng.normal(size=(60, 8))).ravel()
        ones = np.column_stack([values, np.ones(len(values))])
        found = estimate(ones, np.arange(len(values)), ratio, how, how.generator(str(repeat)))
        covered += found.low <= 0 <= found.high
    assert covered < 75
