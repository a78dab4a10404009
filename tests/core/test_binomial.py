"""Exact binomial limits, against published values and against sums of binomial terms."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from groundkeeper.core.binomial import lower_limit, upper_limit

trials = st.integers(1, 60)


def at_most(events, n, share):
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(events + 1))


@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (2, 10, 0.0252, 0.5561),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_limits_are_those_of_clopper_and_pearson(events, n, low, high):
    """The last four are Newcombe's examples: Statistics in Medicine 17:857-872, 1998, table I, method 5."""
    assert lower_limit(events, n, 0.975) == pytest.approx(low, abs=5e-5)
    assert upper_limit(events, n, 0.975) == pytest.approx(high, abs=5e-5)


@given(trials, st.integers(0, 60), st.sampled_from([0.8, 0.95, 0.99]))
def test_at_the_upper_limit_so_few_events_are_as_unlikely_as_stated(n, events, confidence):
    events = min(events, n - 1)
    share = float(upper_limit(events, n, confidence))
    assert at_most(events, n, share) == pytest.approx(1 - confidence, abs=1e-9)


@given(st.floats(0.5, 3000), st.floats(0, 1))
@example(6.776889714309411, 1.0682447836503119e-16)
@example(300.1, 1 - 2.0**-53)
@example(0.5, 5e-324)
def test_limits_enclose_the_share_and_more_trials_bring_them_closer(n, share):
    few, many = (
        (lower_limit(share * size, size, 0.95), upper_limit(share * size, size, 0.95))
        for size in (n, 2 * n)
    )
    assert 0 <= few[0] <= many[0] + 1e-9
    assert many[0] - 1e-9 <= share <= many[1] + 1e-9
    assert many[1] <= few[1] + 1e-9 <= 1 + 1e-9


@pytest.mark.parametrize("off", [0.0, 1e-16, 1e-15, 1e-10])
def test_events_that_rounding_takes_off_all_or_leaves_of_none_change_no_limit(off):
    assert upper_limit(10 - off, 10, 0.95) == 1
    assert lower_limit(off, 10, 0.95) == pytest.approx(0, abs=1e-12)
    assert lower_limit(10 - off, 10, 0.95) == pytest.approx(0.05**0.1, abs=1e-9)


def test_without_trials_nothing_is_excluded():
    assert upper_limit([0], [0], 0.95).tolist() == [1]
    assert lower_limit([0], [0], 0.95).tolist() == [0]


@pytest.mark.parametrize(
    ("share", "confidence", "needed"),
    [(0.05, 0.95, (59, 93, 124, 153)), (0.01, 0.95, (299, 473, 628)), (0.1, 0.9, (22, 38, 52))],
)
def test_the_fewest_trials_that_show_a_share_are_those_of_the_tables_of_zero_failure_sampling(
    share, confidence, needed
):
    for events, n in enumerate(needed):
        assert upper_limit(events, n, confidence) <= share < upper_limit(events, n - 1, confidence)
