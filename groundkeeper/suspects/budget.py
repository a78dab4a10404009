"""What a budget of looks is spent on: mostly where models disagree most, and a part at random.

The part at random says without bias how many labels are wrong; the rest alone never could, and before it nothing says
how many errors looks will find. One look at an item finds everything that is wrong with it.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, Floats
from groundkeeper.core.impact.hours import Rates, Workload, hours
from groundkeeper.core.label_errors.calibrated import random_part
from groundkeeper.core.label_errors.order import Plan, limits, per_look, plan
from groundkeeper.core.sampling import permanent_random_numbers
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import RefusedError
from groundkeeper.reports.undefined import plain, rows
from groundkeeper.suspects.found import AT_RANDOM, UNCALIBRATED, Suspects

SHARE_AT_RANDOM: Final = 0.1
"""Share of a budget that is spent at random."""
POINTS: Final = 20
"""How many points of a curve are shown."""
NONE_LEFT: Final = "no claim is left whose probability is known"
"""Why no number of errors is expected once looks say nothing of any claim that is left."""


@dataclass(frozen=True, slots=True, eq=False)
class Spent:
    """A budget of looks.

    What is ``suspicion`` is known from the start: a share of the disagreement with all items, or once it is known how
    probable errors are, of these. Numbers of errors are nan until then.

    Attributes
    ----------
    looks : DataFrame
        One row an item to look at, in the order to do so: ``item, why`` (``ranked`` or ``random``), ``suspicion``, and
        ``expected``, errors expected there.
    curve : DataFrame
        Over all items in their order: ``looks, suspicion, suspicion_at_random``, and ``expected, low, high,
        at_random``, errors found by then; at most ``POINTS`` rows and the one at the budget.
    suspicion, suspicion_at_random : float
        The share that the looks take, and that as many at random would.
    expected, low, high, at_random : float
        Errors that the looks are expected to find, between which they lie in 19 of 20 cases, as far as looks so far
        tell, and what as many looks at random would find.
    note : str
        Why numbers of errors are nan, empty where they are known.
    hours : Estimate, optional
        What the looks take one person, where it is known how long one takes.
    """

    looks: pd.DataFrame
    curve: pd.DataFrame
    suspicion: float
    suspicion_at_random: float
    expected: float
    low: float
    high: float
    at_random: float
    note: str
    hours: Estimate | None = None

    @property
    def is_calibrated(self) -> bool:
        """Whether it is known how many errors are expected."""
        return not self.note

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "looks": len(self.looks),
            "looks_at_random": int((self.looks["why"] == AT_RANDOM).sum()),
            "suspicion": plain(self.suspicion),
            "suspicion_at_random": plain(self.suspicion_at_random),
            "expected_errors": plain(self.expected),
            "low": plain(self.low),
            "high": plain(self.high),
            "expected_at_random": plain(self.at_random),
            "note": self.note,
            "hours": None if self.hours is None else plain(self.hours.value),
            "items": rows(self.looks),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """All n looks: the plan, what speaks for each, its variance, and how it moves with the fit; see ``plan``."""

    plan: Plan
    expected: Floats
    variance: Floats
    shared: Floats


def spend(
    suspects: Suspects, budget: int | None, share: float = SHARE_AT_RANDOM, seed: int = 0
) -> Spent:
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
    order = _ordered(suspects)
    numbers = permanent_random_numbers(items, seed, "audit")
    drawn = random_part(numbers, order.plan.look, looks, 0.0 if budget is None else share)
    ranked = order.plan.look[~drawn[order.plan.look]][: looks - int(drawn.sum())]
    chosen = np.concatenate([ranked, np.flatnonzero(drawn)])
    note = _why_unknown(suspects)
    known = math.nan if note else 1.0
    found, whole = float(order.expected[chosen].sum()), float(order.expected.sum())
    spread = order.variance[chosen].sum() + np.square(order.shared[chosen].sum(axis=0)).sum()
    low, high = limits(np.array([found]), np.array([spread]))
    table = pd.DataFrame(
        {
            "item": [items[one] for one in chosen],
            "why": ["ranked"] * len(ranked) + [AT_RANDOM] * int(drawn.sum()),
            "suspicion": order.expected[chosen] / whole if whole else math.nan,
            "expected": order.expected[chosen] * known,
        }
    )
    return Spent(
        table,
        _curve(order.plan, looks, known),
        found / whole if whole else math.nan,
        looks / n if n else math.nan,
        found * known,
        low.item() * known,
        high.item() * known,
        (whole * looks / n if n else 0.0) * known,
        note,
        None if suspects.pace is None else _hours(looks, suspects.pace),
    )


def _why_unknown(suspects: Suspects) -> str:
    """Return why it is not known how many errors are expected, empty if it is."""
    if not suspects.is_calibrated:
        return UNCALIBRATED
    return "" if suspects.rows["probability"].notna().any() else NONE_LEFT


def _ordered(suspects: Suspects) -> _Order:
    """Return all items in the order in which they are looked at, by how probable errors are, or else what disagrees."""
    n = len(suspects.items)
    name = "probability" if suspects.is_calibrated else "disagreement"
    place = pd.Index(suspects.items).get_indexer(pd.Index(suspects.rows["item"])).astype(np.int64)
    expected, variance = per_look(suspects.rows[name].to_numpy(dtype=np.float64), place, n)
    shared = _shared(suspects, place)
    return _Order(plan(expected, variance, shared), expected, variance, shared)


def _shared(suspects: Suspects, place: Integers) -> Floats:
    """Return how far what is expected of each item moves with the numbers of each calibration, float64 [n, 2 k].

    *place* is that of the item of each claim.
    """
    fits = list(dict.fromkeys(suspects.calibrations.values()))
    shared = np.zeros((len(suspects.items), 2 * len(fits)))
    doubt = suspects.rows["disagreement"].to_numpy(dtype=np.float64)
    for k, fit in enumerate(fits):
        kinds = [kind for kind, one in suspects.calibrations.items() if one is fit]
        own = suspects.rows["kind"].isin(kinds).to_numpy(dtype=np.bool_) & ~np.isnan(doubt)
        np.add.at(shared[:, 2 * k : 2 * k + 2], place[own], fit.moves(1 - doubt[own]))
    return shared


def _hours(looks: int, pace: Estimate) -> Estimate:
    """Return how long so many *looks* at items take."""
    return hours(Workload(records=0, items=looks), Rates(pace, pace))


def _curve(ordered: Plan, looks: int, known: float) -> pd.DataFrame:
    n = len(ordered)
    steps = np.linspace(1, n, min(n, POINTS)).round().astype(np.int64)
    at = np.unique(np.append(steps, looks)) - 1
    at = at[(at >= 0) & (at < n)]
    whole = float(ordered.expected[-1]) if n else 0.0
    table = pd.DataFrame(
        {
            "looks": at + 1,
            "suspicion": ordered.expected[at] / whole if whole else math.nan,
            "suspicion_at_random": (at + 1) / n if n else math.nan,
        }
    )
    columns = ("expected", "low", "high", "at_random")
    return table.assign(**{name: getattr(ordered, name)[at] * known for name in columns})
