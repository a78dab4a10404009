"""What the readings that were handed out can show: what is promised before anybody has read."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from groundkeeper.core.audit.design import Goal, shown
from schemas.enums import Arm


def promised(pool: pd.DataFrame, assigned: pd.DataFrame, goal: Goal) -> float:
    """Return the bound that the readings of one action will show, if nothing is found but what may be.

    A design supposes that every drawn record is read in both arms, and that the draw is of the size to be expected.
    Here both are what they are: a record that one person alone can read is read in one arm.

    Parameters
    ----------
    pool : DataFrame
        One row per record that could be drawn: ``near``.
    assigned : DataFrame
        One row per reading of them: ``near, arm, group_id``.
    goal : Goal
        What has to be shown.

    Returns
    -------
    float
        In (0, 1]; nan of an empty pool. A level of the pool that an arm does not read may hold anything.

    Examples
    --------
    Sixty records, each of another patient, read in both arms and by one person each:

    >>> pool = pd.DataFrame({"near": False, "group_id": np.arange(60)})
    >>> once = pool.assign(arm=["old", "new"] * 30)
    >>> twice = pd.concat([pool.assign(arm=arm) for arm in ("old", "new")])
    >>> [round(promised(pool, read, Goal(0.05, 0.95)), 3) for read in (twice, once)]
    [0.049, 0.095]
    """
    if pool.empty:
        return float("nan")
    sizes = pool["near"].value_counts().sort_index()
    weight = np.asarray(sizes, dtype=np.float64)[None, :] / len(pool)
    old, new = (
        np.array([list(_effective(assigned[assigned["arm"] == arm], sizes.index, goal.alike))])
        for arm in (Arm.OLD, Arm.NEW)
    )
    return shown(weight, old, new, goal)


def _effective(readings: pd.DataFrame, levels: pd.Index, alike: float) -> Iterator[float]:
    """Yield how many independent readings those of each level of ``near`` are worth; 0 where there are none."""
    for level in levels:
        sizes = readings.loc[readings["near"] == level, "group_id"].value_counts()
        count = int(sizes.sum())
        others = float((sizes * (sizes - 1)).sum()) / count if count else 0.0
        yield count / (1 + alike * others)
