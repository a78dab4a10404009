"""Figures about the pool: a probability sample, weighed, tells what the pool comes to."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.measures import Figure, because, tabulate
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.object_figures import SHARE
from groundkeeper.core.scoring.subjects.of_pool import figures_of_pool


def sampled(seed):
    """A pool in which a tenth is hard; all of it and a tenth of the rest are drawn: (figure, probability, items)."""
    rng = np.random.default_rng(seed)
    hard = np.arange(2000) < 200
    chance = np.where(hard, 1.0, 0.1)
    drawn = rng.random(2000) < chance
    right = rng.random(2000) < np.where(hard, 0.3, 0.9)
    ids = np.array([f"i{n}" for n in np.flatnonzero(drawn)], dtype=object)
    sums = np.column_stack([right[drawn], np.ones(drawn.sum())]).astype(np.float64)
    figure = Figure("recall", "m", ids, sums, SHARE, because(""))
    return figure, pd.Series(chance[drawn], ids), right.mean()


def test_the_weighed_figure_is_that_of_the_pool_and_the_plain_one_is_not():
    figure, chance, truth = sampled(5)
    (weighed,) = figures_of_pool([figure], {"m"}, chance)
    items = pd.DataFrame({"item_id": chance.index, "group_id": chance.index})
    how = Resampling(100, 1, 0.95, covering)
    found = tabulate([figure, weighed], items, (), how).set_index("measure")
    assert found.loc["recall_of_pool", "low"] < truth < found.loc["recall_of_pool", "high"]
    assert found.loc["recall", "high"] < truth
    of_pool = found.loc["recall_of_pool"]
    assert of_pool["n"] == found.loc["recall", "n"]
    assert of_pool["effective_n"] < of_pool["n"]
    assert of_pool["note"].startswith("items weigh 1 / inclusion probability")


def test_only_headlines_have_one_and_only_where_odds_differ():
    figure, chance, _ = sampled(5)
    assert figures_of_pool([figure], {"another"}, chance) == []
    assert figures_of_pool([figure], {"m"}, chance * 0 + 0.5) == []


@pytest.mark.parametrize("seed", range(3))
def test_an_inclusion_probability_of_nobody_else_matters(seed):
    figure, chance, _ = sampled(seed)
    more = pd.concat([chance, pd.Series([0.01], ["i_else"])])
    one, two = (figures_of_pool([figure], {"m"}, each)[0].weights for each in (chance, more))
    np.testing.assert_array_equal(one, two)
