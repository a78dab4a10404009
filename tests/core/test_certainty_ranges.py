"""No interval leaves the range of what a figure can be."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.certainty.paired import difference
from groundkeeper.core.scoring.certainty.ratios import Within, ends_of
from groundkeeper.core.scoring.values import number_figures, ordinal_figures, paired


def kappa_and_more(seed):
    """Figures with known ends, of few ratings by two who agree on nearly all or on nearly nothing."""
    rng = np.random.default_rng(seed)
    n, grades = int(rng.integers(10, 40)), int(rng.integers(2, 5))
    truth = rng.integers(0, grades, n)
    agreed = rng.random(n) < rng.choice([0.02, 0.5, 0.98])
    said = np.where(agreed, truth, (truth + rng.integers(1, grades, n)) % grades)
    names = tuple(map(str, range(grades)))
    told = [pd.Series(side, index=[f"i{p:02}" for p in range(n)]) for side in (truth, said)]
    yield from ordinal_figures(paired(*(side.astype(str) for side in told)), names, "it")
    numbers = paired(*(side.astype(float) for side in told), numbers=True)
    yield from number_figures(numbers, "it")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_figure_and_no_interval_leaves_the_range_of_what_there_can_be(seed):
    for figure in kappa_and_more(seed):
        lowest, highest = ends_of(figure.statistic)
        found = covering(figure.contributions, None, figure.statistic, 0.95)
        for value in (found.value, found.low, found.high):
            assert math.isnan(value) or lowest - 1e-12 <= value <= highest + 1e-12, figure.measure


def test_an_interval_that_ends_inside_the_range_is_not_touched():
    rng = np.random.default_rng(2)
    sums = np.column_stack([rng.integers(1, 9, 60), np.ones(60)]).astype(float)

    def root(of):
        return np.sqrt(of[:, 0] / of[:, 1])

    free, bounded_ = (covering(sums, None, each, 0.95) for each in (root, Within(root, lowest=0.0)))
    assert (free.low, free.high) == (bounded_.low, bounded_.high)


def test_two_that_go_from_minus_one_to_one_are_two_apart_at_most():
    kappa = Within(lambda sums: sums[:, 0] / sums[:, 1], -1.0, 1.0)
    ones = np.ones(12)
    a = np.column_stack([np.where(np.arange(12) < 11, 1.0, -1.0), ones])
    found = difference(a, np.column_stack([-a[:, 0], ones]), None, kappa, 0.95)
    assert (found.value, found.high) == (pytest.approx(5 / 3), 2)
    assert found.low < 5 / 3
