"""Between what scores of the cells could be, had what is open in the hybrids alone another fate in the place it has.

Such items are not on the bridge, and they are not like the others: a guideline moved them, or the answers that settled
them came later. So the effects are given once more with these items, as bad and as good as they could turn out, if
what is open there changes no match of what is settled. That is an assumption: an open object may take what was said
away from a settled one, and then a score may lie outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.scoring.certainty.effects import FACTORS
from groundkeeper.scores.bridge import Bridge
from groundkeeper.scores.cells import Cell, each
from groundkeeper.scores.contributions import Measured, contributions
from schemas.enums import Outcome

COUNTED: Final = ("accuracy", "precision", "recall", "f1")
"""Measures that grow with what is right and shrink with what is wrong, whatever else is there."""

ASSUMED: Final = (
    "what is open there changes no match of what is settled; if it does, an effect may lie outside"
)
"""What the ends rest on."""

ORDERS: Final = np.array([[2.0, 1.0], [1.0, 2.0]]) / 6
"""In which share of the orders in which three factors are made new one is, given which others are new by then."""


@dataclass(frozen=True)
class Extremes:
    """Scores of the cells with the *items* that are open in a hybrid alone: model, ground truth, guideline, old or new.

    ``low`` and ``high`` are float64 [2, 2, 2]. ``unbounded`` counts further items, in which somebody is not scored at
    all in a hybrid, so that nothing bounds what they would add. All of it is as ``ASSUMED``.
    """

    low: Floats
    high: Floats
    items: int
    unbounded: int

    def effect(self, factor: str) -> tuple[float, float]:
        """Return between what the effect of *factor*, of ``effects.FACTORS``, could be."""
        axis = FACTORS.index(factor)
        old_low, new_low = (np.take(self.low, age, axis) for age in (0, 1))
        old_high, new_high = (np.take(self.high, age, axis) for age in (0, 1))
        least, most = ORDERS * (new_low - old_high), ORDERS * (new_high - old_low)
        return float(least.sum()), float(most.sum())


def extremes(
    cells: Mapping[tuple[int, int], Cell], bridge: Bridge, measured: Measured
) -> Extremes | None:
    """Return the extremes of what is *measured*, None if nothing is open in a hybrid alone or nothing bounds it.

    What touches only what is open, and so is excluded, is right at best; at worst it is in nothing, and all that is
    open is missed, so that no item of these is empty any more.
    """
    scored = [set(outcomes["item_id"]) for _, outcomes in each(cells)]
    known = sorted(set(bridge.hybrid) & set.intersection(*scored))
    unbounded = len(bridge.hybrid) - len(known)
    if measured.measure not in COUNTED or not known or len(cells) < len(ORDERS) ** 2:
        return None
    worst, best = [], []
    for (_, answers, guideline), outcomes in each(cells):
        records = cells[answers, guideline].open_records
        still = records[records["item_id"].isin(known)]
        worst.append(_worst(outcomes, still, measured.label))
        best.append(_best(outcomes, still))
    items = sorted([*bridge.item_ids, *known])
    low, high = (contributions(tables, items, measured) for tables in (worst, best))
    ends = [found.statistic(found.sums.sum(axis=1)).reshape(2, 2, 2) for found in (low, high)]
    return Extremes(ends[0], ends[1], len(known), unbounded)


def _best(outcomes: pd.DataFrame, still: pd.DataFrame) -> pd.DataFrame:
    """Return *outcomes* with everything right that can be."""
    open_ = _excluded(outcomes, still)
    return outcomes.assign(
        outcome=outcomes["outcome"].mask(open_, Outcome.CORRECT.value),
        truth=outcomes["truth"].mask(open_, outcomes["said"]),
    )


def _worst(outcomes: pd.DataFrame, still: pd.DataFrame, label: str | None) -> pd.DataFrame:
    """Return *outcomes* with everything wrong that can be, and all that is open missed, as of class *label*."""
    open_ = _excluded(outcomes, still)
    extra = outcomes.assign(
        outcome=outcomes["outcome"].mask(open_, Outcome.EXTRA.value),
        truth=outcomes["truth"].mask(open_, None),
    )
    no_more_empty = _in_items(outcomes, still) & (outcomes["outcome"] == Outcome.EMPTY)
    missed = still.assign(outcome=Outcome.MISSING.value, truth=label)
    return pd.concat(
        [extra[~no_more_empty], missed.reindex(columns=outcomes.columns)], ignore_index=True
    )


def _excluded(outcomes: pd.DataFrame, still: pd.DataFrame) -> "pd.Series[bool]":
    return _in_items(outcomes, still) & (outcomes["outcome"] == Outcome.EXCLUDED)


def _in_items(outcomes: pd.DataFrame, still: pd.DataFrame) -> "pd.Series[bool]":
    return outcomes["item_id"].isin(set(still["item_id"]))
