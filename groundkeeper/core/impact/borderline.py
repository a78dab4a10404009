"""Records whose experts stood apart across a boundary that moved: known, and worth a second look."""

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.cells import Axis
from groundkeeper.core.guideline.columns import MISSING, Places
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.core.impact.derived import meant
from groundkeeper.core.impact.meaning import Readings
from groundkeeper.core.impact.verdicts import Flags

ENDS = ("_low", "_high")
"""Endings of the columns that hold how far apart the experts of a record stood."""


def near_a_move(old: Decision, new: Decision, read: Readings, table: pd.DataFrame) -> Flags:
    """Return which records have the outcome moved somewhere between their experts' lowest and highest values, bool [n].

    Fields without such columns are taken at their value, and so are records of which none is known.
    """
    regions = Regions.of(rule_list(old.rules, read.old, read.then), rule_list(new.rules, read.new))
    columns = read.of(table)
    spread = [axis for axis in regions.axes if _end(axis.name, read, table, ENDS[0]) is not None]
    if not spread:
        return np.zeros(len(table), dtype=np.bool_)
    places = [axis.locate(columns, len(table)) for axis in regions.axes]
    low, high = (
        [
            _located(axis, place, read, table, end)
            for axis, place in zip(regions.axes, places, strict=True)
        ]
        for end in ENDS
    )
    sizes = [len(axis) for axis in regions.axes]
    of_row, first = group(len(table), zip([*low, *high], [*sizes, *sizes], strict=True))
    least, most = (np.stack([side[first] for side in sides], axis=1) for sides in (low, high))
    known = (least != MISSING).all(axis=1) & (least != most).any(axis=1)
    reached = regions.reached(least[known], most[known])
    outcomes = tuple(dict.fromkeys((*old.outcomes, *new.outcomes)))
    then, now = (
        meant(decision, outcomes)[reached.rules[:, place]]
        for place, decision in enumerate((old, new))
    )
    near = np.zeros(len(first), dtype=np.bool_)
    near[known] = np.bincount(reached.row, then != now, minlength=int(known.sum())) > 0
    return near[of_row]


def _located(axis: Axis, place: Places, read: Readings, table: pd.DataFrame, ending: str) -> Places:
    end = _end(axis.name, read, table, ending)
    if end is None:
        return place
    found = axis.locate({axis.name: end}, len(table))
    return np.where((found == MISSING) | (place == MISSING), place, found)


def _end(axis: str, read: Readings, table: pd.DataFrame, ending: str) -> pd.Series | None:
    """Return the column of one end of the values on an axis, if the table has both."""
    for name in read.columns.get(axis, ()):
        if all(f"{name}{end}" in table for end in ENDS):
            return table[f"{name}{ending}"]
    return None
