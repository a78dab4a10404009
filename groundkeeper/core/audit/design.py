"""How many records have to be read again, so that finding nothing says enough.

What is asked for is the share of an action's records that were missed at most, and how sure one has to be. What is
answered is the smallest share of the pool for which the bounds of ``core.audit.bounds`` get there, computed by these
very bounds from the readings that are expected: strata, groups and over-drawing are all in it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.audit import bounds
from groundkeeper.core.audit.bounds import Arm
from groundkeeper.core.audit.draw import FAR, NEAR
from groundkeeper.core.estimates import Floats
from groundkeeper.errors import RefusedError

Shown: TypeAlias = Literal["traced", "difference"]
"""By what it is to be shown: by what adjudicators trace to a changed rule, or by the difference between the arms."""

FEWEST_DRAWN: Final = 5
"""Of every stratum so many records are expected at least: what is never drawn cannot be spoken of."""
_HALVINGS: Final = 18
_LEAST_DRAWN: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Goal:
    """What an audit has to show.

    Attributes
    ----------
    miss_rate
        The share of records that may have been missed at most, in (0, 0.5).
    confidence
        How sure one has to be, in (0.5, 1).
    by
        Whether what was traced, or the difference between the arms, has to show it.
    noise
        The share of readings that are expected to differ though nothing changed, in [0, 0.5).
    found
        Traced changes that may be found, and it is still shown.
    power
        With which chance it is shown if nothing was missed: a draw may be small, and a difference large.
    near_factor
        How much more often a record near a boundary that moved is drawn than another.
    alike
        How alike readings of one group are, from 0 to 1. At 1 the readings of one group count as one, as they do in
        the bounds as long as nothing is found.
    """

    miss_rate: float
    confidence: float
    by: Shown = "traced"
    noise: float = 0.0
    found: int = 0
    power: float = 0.8
    near_factor: float = 4.0
    alike: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no audit can show.

        Raises
        ------
        RefusedError
            If a number is out of its range.
        """
        ranges = {
            "miss rate": (
                self.miss_rate,
                0 < self.miss_rate < bounds.HALF,
                "above 0 and below 0.5",
            ),
            "confidence": (self.confidence, 1 / 2 < self.confidence < 1, "above 0.5 and below 1"),
            "noise": (self.noise, 0 <= self.noise < bounds.HALF, "from 0 to below 0.5"),
            "changes found": (self.found, self.found >= 0, "0 or more"),
            "power": (self.power, 1 / 2 <= self.power < 1, "from 0.5 to below 1"),
            "near factor": (self.near_factor, self.near_factor >= 1, "1 or more"),
            "likeness within groups": (self.alike, 0 <= self.alike <= 1, "from 0 to 1"),
        }
        for name, (value, is_possible, allowed) in ranges.items():
            if not is_possible:
                message = f"audit: {name}: found {value}; allowed is {allowed}; change it"
                raise RefusedError(message)


@dataclass(frozen=True, slots=True)
class Design:
    """How much of a pool is drawn, and what that is expected to show.

    Attributes
    ----------
    pool, groups
        Records that may be drawn, and their groups.
    share
        Of the pool, by ``near`` and ``far``.
    records
        How many records this draws on average; each is read once in each arm.
    design_effect
        Over how many independent readings of an arm that is, for what they show.
    bound
        The bound that is not exceeded with the chance asked for, if nothing is found but what may be.
    is_enough
        Whether that is what was asked for. If not, everything is drawn, and says no more.
    """

    pool: int
    groups: int
    share: dict[str, float]
    records: float
    design_effect: float
    bound: float
    is_enough: bool


def design(pool: pd.DataFrame, goal: Goal) -> Design:
    """Return how much of the *pool* of one action has to be drawn.

    Parameters
    ----------
    pool : DataFrame
        One row per record: ``near, group_id``.
    goal : Goal
        What has to be shown.

    Examples
    --------
    Of five thousand records, each of another patient and none near a boundary, at least 59 have to be read. A draw
    varies in size, so more have to be expected; and many more if a tenth of the readings is noise and the arms alone
    have to show it:

    >>> pool = pd.DataFrame({"near": False, "group_id": np.arange(5000)})
    >>> round(design(pool, Goal(0.05, 0.95)).records)
    65
    >>> round(design(pool, Goal(0.05, 0.95, by="difference", noise=0.1)).records)
    727
    """
    if pool.empty:
        return Design(0, 0, {NEAR: 0.0, FAR: 0.0}, 0.0, np.nan, np.nan, is_enough=True)
    near = pool["near"].to_numpy(dtype=np.bool_)
    group = pd.factorize(pool["group_id"], sort=True)[0]
    strata = [
        _Stratum.of(level, group[rows])
        for level, rows in ((NEAR, near), (FAR, ~near))
        if rows.any()
    ]
    low, high = 1 / (2 * len(pool)), 1.0
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        is_enough = _expected(strata, middle, goal) <= goal.miss_rate
        low, high = (low, middle) if is_enough else (middle, high)
    share = _shares(strata, high, goal)
    drawn = sum(one.records * share[one.level] for one in strata)
    bound = _expected(strata, high, goal)
    return Design(
        len(pool),
        len(np.unique(group)),
        share,
        drawn,
        drawn / sum(one.effective(share[one.level], goal.alike) for one in strata),
        bound,
        is_enough=bool(bound <= goal.miss_rate),
    )


@dataclass(frozen=True, slots=True)
class _Stratum:
    """How many records there are, and how many others of its own group a record has on average."""

    level: str
    records: int
    others: float

    @classmethod
    def of(cls, level: str, group: npt.NDArray[np.intp]) -> "_Stratum":
        sizes = np.bincount(group).astype(np.float64)
        return cls(level, len(group), float((sizes * (sizes - 1)).sum() / sizes.sum()))

    def effective(self, share: float, alike: float) -> float:
        """Return how many independent readings a *share* of the records is expected to be worth."""
        return self.records * share / (1 + alike * share * self.others)

    def left(self, share: float, z: float) -> float:
        """Return which part of the records that are expected is drawn, if the draw is small by *z* standard errors."""
        return max(_LEAST_DRAWN, 1 - z * math.sqrt((1 - share) / (self.records * share)))


def _shares(strata: Sequence[_Stratum], far: float, goal: Goal) -> dict[str, float]:
    """Return the share of each level; of a small stratum so much that it is not left out by chance."""
    share = {NEAR: min(1.0, goal.near_factor * far), FAR: far}
    least = {one.level: min(1.0, FEWEST_DRAWN / one.records) for one in strata}
    return {level: max(share[level], least.get(level, 0.0)) for level in share}


def _expected(strata: Sequence[_Stratum], far: float, goal: Goal) -> float:
    """Return the bound that is kept, with the chance of the goal, where the share *far* of the far records is drawn."""
    share, z = _shares(strata, far, goal), NormalDist().inv_cdf(goal.power)
    records = np.array([[float(one.records) for one in strata]])
    readings = np.array(
        [
            [
                one.effective(share[one.level], goal.alike) * one.left(share[one.level], z)
                for one in strata
            ]
        ]
    )
    return shown(records / records.sum(), readings, readings, goal)


def shown(weight: Floats, old: Floats, new: Floats, goal: Goal) -> float:
    """Return the bound that is kept, with the chance of the goal, if nothing is found but what may be.

    Parameters
    ----------
    weight : float[1, strata]
        The share of each stratum in the pool.
    old, new : float[1, strata]
        On how many independent readings of each arm it rests. Of a stratum without any, nothing is excluded.
    goal : Goal
        What has to be shown.
    """
    few_old, few_new = np.maximum(old, _LEAST_DRAWN), np.maximum(new, _LEAST_DRAWN)
    # What may be found is put where it weighs most.
    weighs_most = np.argmax(weight / few_new) == np.arange(weight.size)
    events = np.minimum(np.where(weighs_most, goal.found, 0.0) / few_new, 1.0)
    noise = Arm(np.where(old > 0, goal.noise, np.nan), old)
    if goal.by == "traced":
        found = Arm(np.where(new > 0, events, np.nan), new)
        return float(bounds.traced(found, noise, weight, goal.confidence).high.item())
    again = Arm(np.where(new > 0, goal.noise, np.nan), new)
    limit = bounds.missed(again, noise, weight, goal.confidence).high.item()
    parts = np.square(weight) * (1 / few_old + 1 / few_new)
    variance = goal.noise * (1 - goal.noise) * parts.sum()
    z = NormalDist().inv_cdf(goal.power)
    return float(min(1.0, limit + z * np.sqrt(variance) / (1 - 2 * goal.noise)))
