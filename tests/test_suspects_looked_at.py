"""What looks at items at random say of claims about their objects, where several are in an item and kinds differ."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.suspects import Suspects, budget, corrections, words
from groundkeeper.suspects.found import ranked

LOOKS = 60
CLAIM = ["item", "record", "kind"]
EASE = {"swapped": 1.4, "overlooked": -1.1}
"""By kind, how much more often a claim holds than its disagreement says, as a logit."""


def claimed(rng, items=300):
    """Claims about *items*: what is swapped mostly is, what is overlooked mostly is not, and items differ."""
    rows = [
        (f"i{item:03}", f"r{place}", kind, doubt, logit + 1.5 * hard)
        for item, hard in enumerate(rng.random(items) - 0.5)
        for kind, logit in EASE.items()
        for place, doubt in enumerate(rng.beta(2, 2, rng.poisson(0.8)))
    ]
    table = pd.DataFrame(rows, columns=[*CLAIM, "disagreement", "logit"])
    odds = table["logit"] + 1.5 * np.log(table["disagreement"] / (1 - table["disagreement"]))
    holds = pd.Series(rng.random(len(table)) < 1 / (1 + np.exp(-odds)), table.index)
    table = table.assign(quality=1 - table["disagreement"], likely=table["disagreement"] >= 0.5)
    found = Suspects(ranked(table), [f"i{item:03}" for item in range(items)], None, {}, ())
    return found, holds.set_axis(pd.MultiIndex.from_frame(table[CLAIM]))


def looked_at(found, holds, path, seed):
    """Hand in what looks, half of them at random, find."""
    table = words.table(found, budget.spend(found, LOOKS, 0.5, seed))
    right = holds.reindex(pd.MultiIndex.from_frame(table[CLAIM])).set_axis(table.index)
    right = right.astype(object).where(table["kind"].notna(), other=False)
    table.assign(wrong=right.where(table["look"].notna())).to_csv(path, index=False)
    return corrections.read(path, found, seed)


@pytest.mark.slow
def test_limits_hold_what_the_next_looks_find_and_probabilities_are_right_on_average(tmp_path):
    rng = np.random.default_rng(0)
    within, off = [], []
    for seed in range(80):
        found, holds = claimed(rng)
        checked = looked_at(found, holds, tmp_path / "looks.csv", seed)
        assert checked.suspects.is_calibrated
        spent = budget.spend(checked.suspects, LOOKS, 0.0, seed)
        there = holds[holds.index.get_level_values("item").isin(spent.looks["item"])].sum()
        within.append(spent.low <= there <= spent.high)
        off.append((spent.expected - there) / there)
    assert np.mean(within) >= 0.88
    assert abs(np.mean(off)) < 0.1


def test_items_that_were_chosen_stand_for_themselves_and_those_at_random_for_the_rest(tmp_path):
    found, holds = claimed(np.random.default_rng(1))
    checked = looked_at(found, holds, tmp_path / "looks.csv", 1)
    assert (checked.looks, checked.at_random) == (LOOKS, LOOKS // 2)
    of_looks = pd.read_csv(tmp_path / "looks.csv").dropna(subset=["look", "kind"])
    assert checked.claims == len(of_looks)
    assert checked.wrong == of_looks["wrong"].astype(bool).sum()
    # As many claims as there are would hold, by what was fitted, as do.
    expected = checked.suspects.rows["probability"].sum() + checked.wrong
    assert expected == pytest.approx(holds.sum(), rel=0.35)
