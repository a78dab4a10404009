"""What a budget of looks is spent on: mostly where most errors are expected, and a part at random.

The part at random says without bias how many labels are wrong; the rest alone never could. One look at an item finds
everything that is wrong with it.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, Floats
from groundkeeper.core.impact.hours import Rates, Workload, hours
from groundkeeper.core.label_errors.calibrated import random_part
from groundkeeper.core.label_errors.order import Plan, per_look, plan
from groundkeeper.core.sampling import permanent_random_numbers
from groundkeeper.errors import RefusedError
from groundkeeper.suspects.found import Suspects, plain

AT_RANDOM: Final = 0.1
"""Share of a budget that is spent at random."""
POINTS: Final = 20
"""How many points of a curve are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Spent:
    """A budget of looks.

    Attributes
    ----------
    looks : DataFrame
        One row an item to look at, in the order to do so: ``item, why`` (``ranked`` or ``random``), ``expected``,
        errors expected there.
    curve : DataFrame
        Over all items in their order: ``looks, expected, low, high, at_random``, errors found by then; at most
        ``POINTS`` rows and the one at the budget.
    expected, low, high, at_random : float
        Errors that the looks are expected to find, between which they lie in 19 of 20 cases if the probabilities
        hold, and what as many looks at random would find.
    hours : Estimate, optional
        What the looks take one person, where it is known how long one takes.
    """

    looks: pd.DataFrame
    curve: pd.DataFrame
    expected: float
    low: float
    high: float
    at_random: float
    hours: Estimate | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "looks": len(self.looks),
            "looks_at_random": int((self.looks["why"] == "random").sum()),
            "expected_errors": self.expected,
            "low": self.low,
            "high": self.high,
            "expected_at_random": self.at_random,
            "hours": None if self.hours is None else plain(self.hours.value),
            "items": self.looks.to_dict("records"),
        }


def spend(suspects: Suspects, budget: int | None, share: float = AT_RANDOM, seed: int = 0) -> Spent:
    """Return what *budget* looks are spent on; without one, all items are looked at.

    Raises
    ------
    RefusedError
        If the budget or the share is none.
    """
    items = suspects.items
    n = len(items)
    if budget is not None and budget < 1:
        message = f"found a budget of {budget} looks; allowed is 1 or more"
        raise RefusedError(message)
    if not 0 <= share <= 1:
        message = f"found {share} of the budget at random; allowed is a share from 0 to 1"
        raise RefusedError(message)
    looks = n if budget is None else min(budget, n)
    place = pd.Index(items).get_indexer(pd.Index(suspects.rows["item"])).astype(np.int64)
    chance = suspects.rows["probability"].to_numpy(dtype=np.float64)
    expected, variance = per_look(chance, place, n)
    ordered = plan(expected, variance)
    numbers = permanent_random_numbers(items, seed, "audit")
    drawn = random_part(numbers, ordered.look, looks, 0.0 if budget is None else share)
    ranked = ordered.look[~drawn[ordered.look]][: looks - int(drawn.sum())]
    chosen = np.concatenate([ranked, np.flatnonzero(drawn)])
    total = float(expected[chosen].sum())
    margin = _margin(ordered, variance, chosen)
    table = pd.DataFrame(
        {
            "item": [items[one] for one in chosen],
            "why": ["ranked"] * len(ranked) + ["random"] * int(drawn.sum()),
            "expected": expected[chosen],
        }
    )
    return Spent(
        table,
        _curve(ordered, looks),
        total,
        max(total - margin, 0.0),
        total + margin,
        float(expected.sum()) * looks / n if n else 0.0,
        None if suspects.pace is None else _hours(looks, suspects.pace),
    )


def _hours(looks: int, pace: Estimate) -> Estimate:
    """Return how long so many *looks* at items take."""
    return hours(Workload(records=0, items=looks), Rates(pace, pace))


def _margin(ordered: Plan, variance: Floats, chosen: np.ndarray) -> float:
    """Return half the width of the interval of what *chosen* looks find."""
    if not len(ordered):
        return 0.0
    whole = float(ordered.high[-1] - ordered.expected[-1])
    total = float(variance.sum())
    return whole * float(np.sqrt(variance[chosen].sum() / total)) if total else 0.0


def _curve(ordered: Plan, looks: int) -> pd.DataFrame:
    n = len(ordered)
    steps = np.linspace(1, n, min(n, POINTS)).round().astype(np.int64)
    at = np.unique(np.append(steps, looks)) - 1
    at = at[(at >= 0) & (at < n)]
    columns = ("expected", "low", "high", "at_random")
    return pd.DataFrame({"looks": at + 1} | {name: getattr(ordered, name)[at] for name in columns})
