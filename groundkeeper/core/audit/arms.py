"""The two arms of audits, stratum by stratum."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.audit.bounds import Arm
from groundkeeper.core.audit.shares import shares
from groundkeeper.core.estimates import Floats
from schemas.enums import Arm as Which

CELL = ["round", "stratum"]


@dataclass(frozen=True)
class Rests:
    """On what a figure rests: readings, their groups, and how many independent readings say as much."""

    n: int
    groups: int
    effective_n: float


@dataclass(frozen=True)
class Arms:
    """The readings of some audits, all [audits, strata].

    Attributes
    ----------
    old, new
        The share that differs in each arm.
    traced
        The share of the NEW arm that differs for a rule that changed, or may, as nobody has looked yet.
    weight
        The share of each stratum in the pool of its audit.
    """

    old: Arm
    new: Arm
    traced: Arm
    weight: Floats

    def rests(self, readings: pd.DataFrame, *which: Which) -> Rests:
        """Return on what a figure of the arms *which* rests, given the readings that these are the arms of."""
        known = readings[readings["arm"].isin(which) & readings["differs"].notna()]
        chosen = [{Which.OLD: self.old, Which.NEW: self.new}[arm].effective for arm in which]
        return Rests(len(known), known["group_id"].nunique(), float(np.sum(chosen)))


def arms(tasks: pd.DataFrame, readings: pd.DataFrame) -> Arms:
    """Return the arms of every audit, in the order of their rounds.

    Parameters
    ----------
    tasks : DataFrame
        One row per task: ``round, stratum, record_id, inclusion_probability``, whether it was answered or not.
    readings : DataFrame
        One row per answered task: ``round, stratum, arm, group_id, inclusion_probability``; ``differs``, a boolean,
        missing where nobody can tell; and ``traced``, a boolean, where an adjudicator looked, if anybody did.
    """
    drawn = tasks.drop_duplicates([*CELL, "record_id"])
    stands_for = (1 / drawn["inclusion_probability"]).groupby([drawn[name] for name in CELL]).sum()
    weight = stands_for.unstack("stratum", fill_value=0)  # noqa: PD010 - a table of audits and strata
    cells = pd.MultiIndex.from_product([weight.index, weight.columns], names=CELL)
    told = readings.assign(found=_found(readings))
    of_arm = {which: told[told["arm"] == which] for which in Which}

    def arm(which: Which, event: str) -> Arm:
        found = shares(of_arm[which], CELL, event).reindex(cells)
        of_cell = found[["share", "effective_n"]].to_numpy(dtype=np.float64)
        by_audit = of_cell.reshape(*weight.shape, 2)
        return Arm(by_audit[..., 0], np.nan_to_num(by_audit[..., 1]))

    sizes = weight.to_numpy(dtype=np.float64)
    return Arms(
        arm(Which.OLD, "differs"),
        arm(Which.NEW, "differs"),
        arm(Which.NEW, "found"),
        sizes / sizes.sum(axis=1, keepdims=True),
    )


def _found(readings: pd.DataFrame) -> pd.Series:
    """Return which readings differ for a rule that changed; what differs and was not looked at counts as if it did."""
    is_other = readings["differs"].astype("boolean")
    if "traced" not in readings:
        return is_other
    return is_other & readings["traced"].astype("boolean").fillna(True)  # noqa: FBT003 - what it counts as
