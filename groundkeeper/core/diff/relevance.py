"""Which fields matter to what is decided in a cell; the others may have any value that they can have."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.guideline.cells import Axis
from groundkeeper.core.guideline.columns import Places
from groundkeeper.core.guideline.expression import And, Expression, Not, Or, Test
from groundkeeper.core.guideline.regions import Regions, RuleList
from groundkeeper.core.runs import offsets_of

Meanings: TypeAlias = npt.NDArray[np.int64]
"""What each rule of a list decides as a number, and after them what holds if no rule does, [rules + 1]."""

MAX_WORK: Final = 2**14
"""Up to so many pairs of a cell and a rule are looked at to see whether one more field may be left out."""


class _Held(NamedTuple):
    """In which boxes a condition can hold, and in which it surely does; bool [n]."""

    sometimes: npt.NDArray[np.bool_]
    always: npt.NDArray[np.bool_]


def mattering(
    regions: Regions, cells: Places, meanings: Sequence[Meanings]
) -> npt.NDArray[np.bool_]:
    """Return which axes matter to what the lists decide in each of p cells, bool [p, axes].

    With the axes that matter held in their cells, every list decides the same whatever the others
    are. Axes are left out one by one, in their order; more could be left out only where the rules
    together say what no test says by itself.

    Parameters
    ----------
    regions
        The lists over their axes.
    cells
        int32 [p, axes].
    meanings
        Of each list, what its rules decide.
    """
    low, high = cells.copy(), cells.copy()
    matters = np.ones(cells.shape, dtype=np.bool_)
    for number, axis in enumerate(regions.axes):
        wide_low, wide_high = low.copy(), high.copy()
        wide_low[:, number], wide_high[:, number] = axis.first, axis.last
        settled = _is_settled(regions, wide_low, wide_high, meanings)
        low[settled], high[settled] = wide_low[settled], wide_high[settled]
        matters[settled, number] = False
    return matters


def _is_settled(
    regions: Regions, low: Places, high: Places, meanings: Sequence[Meanings]
) -> npt.NDArray[np.bool_]:
    """Say of each box whether every list decides one thing in all of it, bool [n]."""
    settled = np.ones(len(low), dtype=np.bool_)
    for listed, meant in zip(regions.lists, meanings, strict=True):
        settled &= _is_surely_settled(regions, listed, low, high, meant)
    conditions = sum(len(listed.conditions) for listed in regions.lists)
    cells = np.prod((high - low + 1).astype(np.float64), axis=1)
    asked = np.flatnonzero(~settled & (cells * conditions <= MAX_WORK))
    if len(asked):
        settled[asked] = _is_exactly_settled(regions, low[asked], high[asked], meanings)
    return settled


def _is_exactly_settled(
    regions: Regions, low: Places, high: Places, meanings: Sequence[Meanings]
) -> npt.NDArray[np.bool_]:
    reached = regions.reached(low, high)
    settled = np.ones(len(low), dtype=np.bool_)
    for number, meant in enumerate(meanings):
        codes = meant[reached.rules[:, number]]
        first = np.flatnonzero(np.append(True, np.diff(reached.row) > 0))
        differs = np.minimum.reduceat(codes, first) != np.maximum.reduceat(codes, first)
        settled[reached.row[first][differs]] = False
    return settled


def _is_surely_settled(
    regions: Regions, listed: RuleList, low: Places, high: Places, meant: Meanings
) -> npt.NDArray[np.bool_]:
    """Say the same test by test: what is said so is so, but not everything that is so is said."""
    holds = _conditions(regions.axes, listed, low, high)
    least = np.full(len(low), np.iinfo(np.int64).max)
    most = np.full(len(low), -1, dtype=np.int64)
    undecided = np.ones(len(low), dtype=np.bool_)
    for meaning, condition in zip(meant.tolist(), (*listed.conditions, None), strict=True):
        held = _Held(undecided, undecided) if condition is None else holds(condition)
        here = undecided & held.sometimes
        least[here] = np.minimum(least[here], meaning)
        most[here] = np.maximum(most[here], meaning)
        undecided &= ~held.always
        if not undecided.any():
            break
    settled: npt.NDArray[np.bool_] = least == most
    return settled


def _conditions(
    axes: Sequence[Axis], listed: RuleList, low: Places, high: Places
) -> Callable[[Expression], _Held]:
    """Return what says of a condition of *listed* where it holds."""
    by_axis = {axis.name: number for number, axis in enumerate(axes)}

    def tested(test: Test) -> _Held:
        number = by_axis[listed.axes.get(test.field, test.field)]
        held = axes[number].holds(test, listed.fields[test.field])
        upto = offsets_of(held)
        count = upto[high[:, number] + 1] - upto[low[:, number]]
        return _Held(count > 0, count == high[:, number] - low[:, number] + 1)

    def holds(expression: Expression) -> _Held:
        match expression:
            case Not(operand):
                sometimes, always = holds(operand)
                return _Held(~always, ~sometimes)
            case And(operands):
                return reduce(_both, map(holds, operands))
            case Or(operands):
                return reduce(_either, map(holds, operands))
            case _:
                return tested(expression)

    return holds


def _both(one: _Held, other: _Held) -> _Held:
    return _Held(one.sometimes & other.sometimes, one.always & other.always)


def _either(one: _Held, other: _Held) -> _Held:
    return _Held(one.sometimes | other.sometimes, one.always | other.always)
