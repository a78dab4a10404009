"""The intervals of scores hold over many simulated sets of gold; those of the percentile bootstrap do not."""

import numpy as np
import pytest
from simulated_scores import BEYOND_THE_SAMPLE, CONFIDENCE, FAILING, SIMULATED, Design

from benchmarks.score_coverage import coverage, least

SETS = 120
WEIGHTED = (Design(20, 5, 0.1), Design(40, 5, 0.3), Design(80, 5, 0.3))
LEAST = 0.95 - 3.3 * np.sqrt(0.95 * 0.05 / SETS)
"""Fewer than so many of the sets would hold by chance less than once in a thousand times, at a rate of 95 %."""
HARD = (Design(10, 20, 0.3), Design(20, 20, 0.6), Design(15, 1, 0.0))
"""Few groups, unequal, whose units are somewhat or much alike, and units of their own."""


@pytest.mark.parametrize("name", SIMULATED)
def test_intervals_hold_however_few_the_groups_and_however_alike_their_units(name):
    for number, design in enumerate(HARD):
        found = coverage(SIMULATED[name], design, SETS, np.random.default_rng(number))
        assert found.holds >= LEAST, design


@pytest.mark.parametrize("name", FAILING)
def test_intervals_hold_where_few_groups_fail_and_a_sample_may_have_none_of_them(name):
    for number, groups in enumerate((10, 15, 30)):
        design = Design(groups, 5, 0.0)
        found = coverage(FAILING[name], design, SETS, np.random.default_rng(number))
        assert found.holds >= LEAST, design


def test_weighted_intervals_hold_where_what_is_rare_was_drawn_a_few_times():
    for number, design in enumerate(WEIGHTED):
        found = coverage(
            SIMULATED["share of the pool"], design, SETS, np.random.default_rng(number)
        )
        assert found.holds >= LEAST, design


def test_many_intervals_have_to_hold_nearly_as_often_as_they_claim():
    assert CONFIDENCE - 0.03 < least("f1", 900) < least("f1", 9000) < CONFIDENCE
    assert {least(name, 9000) for name in BEYOND_THE_SAMPLE} == {0.8}


def test_the_percentile_bootstrap_holds_far_too_seldom_where_groups_are_few_and_errors_rare():
    found = coverage(
        SIMULATED["share 0.95"], Design(20, 20, 0.6), SETS, np.random.default_rng(0), every=1
    )
    assert found.holds >= LEAST > 0.88 > found.bootstrap_holds


def test_intervals_are_hardly_wider_than_those_of_the_bootstrap_where_that_is_good():
    found = coverage(
        SIMULATED["share 0.8"], Design(200, 5, 0.1), 40, np.random.default_rng(0), every=1
    )
    assert found.width < 1.1 * found.bootstrap_width


def test_the_design_effect_is_that_of_the_correlation():
    apart, alike = (
        coverage(SIMULATED["share 0.5"], Design(200, 20, each), 20, np.random.default_rng(0))
        for each in (0.0, 0.3)
    )
    assert apart.design_effect == pytest.approx(1, abs=0.1)
    # Units of one group share their group with a weighted mean of about 20 (1 + 0.8^2) units.
    assert alike.design_effect == pytest.approx(1 + 0.3 * (20 * 1.64 - 1), rel=0.15)
