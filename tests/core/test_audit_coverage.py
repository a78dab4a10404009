"""The bounds of an audit hold over many simulated audits; the shortcuts do not."""

import numpy as np
import pytest

from benchmarks.audit_coverage import Design, coverage

AUDITS = 150
LEAST = 0.95 - 3 * np.sqrt(0.95 * 0.05 / AUDITS)
"""Fewer than so many of the audits would hold by chance once in a thousand times, at a rate of 95 %."""


def of(seed, **said):
    return coverage(Design(**said), AUDITS, np.random.default_rng(seed))


@pytest.mark.parametrize("missed", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2])
def test_the_bounds_hold_whatever_was_missed_and_however_noisy_the_readers_are(missed, noise):
    found = of(1, missed=missed, noise=noise)
    assert min(found.missed, found.traced, found.difference) >= LEAST


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_difference_is_unbiased(noise):
    found = of(2, missed=0.05, noise=noise)
    assert abs(found.bias) < 0.006


def test_noise_costs_width_and_more_without_adjudicators():
    quiet, noisy = (of(3, missed=0.0, noise=q) for q in (0.0, 0.2))
    assert quiet.bound == pytest.approx(quiet.traced_bound, abs=1e-3)
    assert noisy.traced_bound < 2 * quiet.traced_bound
    assert noisy.bound > 3 * quiet.bound


def test_one_arm_alone_takes_noise_for_what_was_missed():
    assert of(4, missed=0.01, noise=0.1).one_arm < 0.05


def test_the_difference_alone_is_too_small_where_readers_are_noisy():
    found = of(5, missed=0.05, noise=0.2, groups=1000)
    assert found.not_undimmed < 0.8
    assert found.missed >= LEAST
