"""Records whose experts stood apart across a boundary that moved: known, and worth a second look."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.era_rows import allowed_values
from groundkeeper.core.guideline.cells import Axis
from groundkeeper.core.guideline.columns import MISSING, Places
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.core.impact.derived import meant
from groundkeeper.core.impact.meaning import Readings
from groundkeeper.core.impact.verdicts import Flags
from schemas.names import SPREAD_ENDINGS


def near_a_move(old: Decision, new: Decision, read: Readings, table: pd.DataFrame) -> Flags:
    """Return which records have the outcome moved somewhere between their experts' lowest and highest values, bool [n].

    Fields without such columns are taken at their value. A record is left out if a value is missing that matters.
    """
    regions = Regions.of(rule_list(old.rules, read.old, read.then), rule_list(new.rules, read.new))
    columns = read.of(table)
    if all(_ends(axis, read, table) is None for axis in regions.axes):
        return np.zeros(len(table), dtype=np.bool_)
    low, high = [], []
    for axis in regions.axes:
        least, most = _located(axis, columns, read, table)
        low.append(least)
        high.append(most)
    sizes = [len(axis) for axis in regions.axes]
    of_row, first = group(len(table), zip([*low, *high], [*sizes, *sizes], strict=True))
    ends = [np.stack([side[first] for side in sides], axis=1) for sides in (low, high)]
    stood_apart = (ends[0] != ends[1]).any(axis=1)
    missing = ends[0] == MISSING
    (least, _), (_, most) = (regions.bounds(end) for end in ends)
    known = stood_apart & ~(missing & regions.matters(least, most)).any(axis=1)
    reached = regions.reached(least[known], most[known])
    outcomes = tuple(dict.fromkeys((*old.outcomes, *new.outcomes)))
    then, now = (
        meant(decision, outcomes)[reached.rules[:, place]]
        for place, decision in enumerate((old, new))
    )
    near = np.zeros(len(first), dtype=np.bool_)
    near[known] = np.bincount(reached.row, then != now, minlength=int(known.sum())) > 0
    return near[of_row]


def _located(
    axis: Axis, columns: Mapping[str, pd.Series], read: Readings, table: pd.DataFrame
) -> tuple[Places, Places]:
    """Return the cells of the lowest and the highest value of each record; both are those of its value without them."""
    point = axis.locate(columns, len(table))
    ends = _ends(axis, read, table)
    if ends is None:
        return point, point
    low, high = (axis.locate({axis.name: end}, len(table)) for end in ends)
    known = (point != MISSING) & (low != MISSING) & (high != MISSING) & (low <= high)
    return np.where(known, low, point), np.where(known, high, point)


def _ends(axis: Axis, read: Readings, table: pd.DataFrame) -> list[pd.Series] | None:
    """Return the columns of both ends of the values on an axis, if the table has them; others than its are missing."""
    for name in read.columns.get(axis.name, ()):
        columns = [f"{name}{end}" for end in SPREAD_ENDINGS]
        if all(column in table for column in columns):
            return [allowed_values(table[column], axis.field) for column in columns]
    return None
