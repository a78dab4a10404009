"""Which rule of several ordered lists comes first, in every cell, exactly.

The lists are laid over the same axes: two versions of a decision, or the rules of one decision and the migrations of
another. Where a value is missing, or known only to lie between two others, every cell it may be in is looked at, so the
answer has each combination of rules that can come first, and no other.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.guideline.branching import Branching
from groundkeeper.core.guideline.cells import Axis, cut
from groundkeeper.core.guideline.columns import MISSING, Columns, Places, row_count
from groundkeeper.core.guideline.decisions import Rule
from groundkeeper.core.guideline.expression import (
    And,
    Expression,
    Flag,
    Not,
    Or,
    Test,
    conjunction,
    leaves,
)
from groundkeeper.core.guideline.fields import CLOSED, NUMERIC, Field
from groundkeeper.core.runs import offsets_of

MAX_CELLS: Final = 2**20
"""Up to so many cells are looked at one by one for a whole comparison; more are searched by branching."""
MAX_CELLS_OF_ROW: Final = 2**12
"""Up to so many for one row; beyond, branching ends sooner."""
MAX_WORK: Final = 2**31
"""Up to so many pairs of a cell and a rule are looked at one by one; some seconds."""
_AT_ONCE: Final = 2**20
"""So many cells are laid out at the same time."""

_UNSEEN: Final = Field.model_validate({"type": "bool", "from": "attribute", "fuse": "any"})
"""The field that stands for what only a person can judge of an opaque rule."""

Combinations: TypeAlias = npt.NDArray[np.int32]


class RuleList(NamedTuple):
    """Conditions in the order in which they are tried, over the fields of their own guideline.

    ``axes`` gives the axis that a field is laid on where that is not called as the field is.
    """

    conditions: tuple[Expression, ...]
    fields: Mapping[str, Field]
    axes: Mapping[str, str]


class Reached(NamedTuple):
    """Which rules can come first: for each row one or more combinations, sorted by row.

    Attributes
    ----------
    row
        int [p], ascending.
    rules
        Of each list the place of the rule that comes first, its length where none holds; int32 [p, lists].
    is_exact
        Of each row, whether every combination can occur; else some may not. bool [n].
    """

    row: npt.NDArray[np.intp]
    rules: Combinations
    is_exact: npt.NDArray[np.bool_]


class Witnessed(NamedTuple):
    """Combinations of rules that can come first, int32 [p, lists], and a cell of each, int32 [p, axes]."""

    rules: Combinations
    cells: Places


def rule_list(
    rules: Sequence[Rule], fields: Mapping[str, Field], axes: Mapping[str, str] | None = None
) -> RuleList:
    """Return *rules* as conditions; what an opaque rule rests on becomes a flag of its own.

    Opaque rules of two lists that have the same id rest on the same flag: what a person judged once is not judged
    anew because another rule was changed.
    """
    conditions = tuple(_condition(rule) for rule in rules)
    unseen = {opaque_flag(rule): _UNSEEN for rule in rules if rule.opaque is not None}
    return RuleList(conditions, {**fields, **unseen}, axes or {})


def opaque_flag(rule: Rule) -> str:
    """Return the name of the flag that says whether an opaque rule holds."""
    return f"{rule.id}?"


def _condition(rule: Rule) -> Expression:
    if rule.when is not None:
        return rule.when
    judged = Flag(opaque_flag(rule))
    return judged if rule.scope is None else conjunction(rule.scope, judged)


@dataclass(frozen=True, eq=False)
class Regions:
    """Several lists of rules over the axes of the fields that they speak of."""

    lists: tuple[RuleList, ...]
    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, *lists: RuleList) -> "Regions":
        """Return *lists* over their axes, which are sorted by name.

        Fields of several lists that share an axis must be of one type; where their vocabularies or bounds differ,
        the axis has what they have in common.
        """
        tests: dict[str, list[tuple[Test, Field]]] = {}
        for listed in lists:
            for condition in listed.conditions:
                for test in leaves(condition):
                    axis = listed.axes.get(test.field, test.field)
                    tests.setdefault(axis, []).append((test, listed.fields[test.field]))
        axes = tuple(cut(n, _common([f for _, f in on]), on) for n, on in sorted(tests.items()))
        return cls(lists, axes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many cells each axis has between its bounds."""
        return tuple(axis.last - axis.first + 1 for axis in self.axes)

    def locate(self, columns: Columns) -> Places:
        """Return the cell of each of n rows on every axis, int32 [n, axes]; -1 where a value is missing."""
        rows = row_count(columns)
        located = [axis.locate(columns, rows) for axis in self.axes]
        return np.stack(located, axis=1) if located else np.zeros((rows, 0), dtype=np.int32)

    def bounds(self, places: Places) -> tuple[Places, Places]:
        """Return the lowest and the highest cell of each place; what is missing may be anywhere in its bounds."""
        first = np.array([axis.first for axis in self.axes], dtype=np.int32)
        last = np.array([axis.last for axis in self.axes], dtype=np.int32)
        missing = places == MISSING
        return np.where(missing, first, places), np.where(missing, last, places)

    def reached(self, low: Places, high: Places) -> Reached:
        """Return which rules can come first from *low* to *high*, both int32 [n, axes] and inclusive.

        Cells are looked at one by one as long as there are not too many of them over all rows, the rows with the fewest
        first; then by branching, as long as that takes not too many steps. Of what is left then, more is said than can
        be, and never less.
        """
        parts = [_Part(np.zeros(0, np.intp), np.zeros((0, len(self.lists)), np.int32))]
        high = np.where(self.matters(low, high), high, low)
        inexact: list[int] = []
        branching: Branching | None = None
        work = 0.0
        for rows in _grouped_by_size(low, high):
            sizes = high[rows[0]] - low[rows[0]] + 1
            cells = float(np.prod(sizes.astype(np.float64)))
            work += cells * len(rows) * max(1, sum(self._lengths))
            if cells == 1 or (cells <= MAX_CELLS_OF_ROW and work <= MAX_WORK):
                parts += self._laid_out(rows, low, sizes)
            else:
                branching = branching or self._branching()
                branched, unsure = _branched(branching, rows, low, high)
                parts += branched
                inexact += unsure
        row, rules = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.argsort(row, kind="stable")
        return Reached(row[order], rules[order], ~np.isin(np.arange(len(low)), inexact))

    def matters(
        self, low: Places, high: Places, of: Sequence[int] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Return which axes can make a difference in each row, bool [n, axes]; to the lists *of*, or to any.

        An axis can if a test on it is open in a rule that is open, and no rule before that is sure to hold.
        """
        matters = np.zeros(low.shape, dtype=np.bool_)
        rows = np.flatnonzero((low != high).any(axis=1))
        least, most = low[rows], high[rows]
        here = np.zeros(least.shape, dtype=np.bool_)
        for listed in self.lists if of is None else [self.lists[place] for place in of]:
            settled = np.zeros(len(rows), dtype=np.bool_)
            for condition in listed.conditions:
                open_tests: list[tuple[int, npt.NDArray[np.bool_]]] = []
                may, must = self._bounds_of(condition, listed, (least, most), open_tests)
                is_open = may & ~must & ~settled
                for number, unknown in open_tests:
                    here[:, number] |= unknown & is_open
                settled |= must
                if settled.all():
                    break
        matters[rows] = here
        return matters

    def _bounds_of(
        self,
        condition: Expression,
        listed: RuleList,
        ends: tuple[Places, Places],
        open_tests: list[tuple[int, npt.NDArray[np.bool_]]],
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return whether *condition* may hold and whether it must, test by test; and note the tests that are open."""
        match condition:
            case Not(operand):
                may, must = self._bounds_of(operand, listed, ends, open_tests)
                return ~must, ~may
            case And(operands) | Or(operands):
                both = [self._bounds_of(o, listed, ends, open_tests) for o in operands]
                joined = operator.and_ if isinstance(condition, And) else operator.or_
                return reduce(joined, (b[0] for b in both)), reduce(joined, (b[1] for b in both))
            case _:
                number = self._numbers[listed.axes.get(condition.field, condition.field)]
                held = self.axes[number].holds(condition, listed.fields[condition.field])
                before = offsets_of(held)
                low, high = (end[:, number] for end in ends)
                inside = before[high + 1] - before[low]
                may, must = inside > 0, inside == high - low + 1
                open_tests.append((number, may & ~must))
                return may, must

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {axis.name: number for number, axis in enumerate(self.axes)}

    def witnesses(self) -> Witnessed:
        """Return every combination of rules that can come first anywhere, with a cell of each.

        Raises
        ------
        TooComplexError
            If there are too many cells to look at and branching does not come to an end either.
        """
        low = np.array([[axis.first for axis in self.axes]], dtype=np.int32)
        high = np.array([[axis.last for axis in self.axes]], dtype=np.int32)
        count = float(np.prod(np.array(self.sizes, dtype=np.float64)))
        if count > MAX_CELLS or count * sum(self._lengths) > MAX_WORK:
            found = self._branching().reach(low[0], high[0])
            rules = np.array(sorted(found), dtype=np.int32)
            cells = [found[combination] for combination in sorted(found)]
            return Witnessed(rules, np.array(cells, dtype=np.int32))
        offsets = _offsets(np.array(self.sizes))
        combined, radix = _combined(self.first(low.T[:, :1] + offsets), self._lengths)
        codes, cell = np.unique(combined, return_index=True)
        return Witnessed(_separated(codes, radix), (low.T + offsets).T[cell])

    def first(self, places: Sequence[Places] | Places) -> list[Places]:
        """Return of each list the place of the first rule that holds; its length where none does.

        Parameters
        ----------
        places
            One array an axis, all of shapes that broadcast together.
        """
        shape = np.broadcast_shapes(*(place.shape for place in places), (1,))
        return [self._first(listed, places, shape) for listed in self.lists]

    def _first(
        self,
        listed: RuleList,
        places: Sequence[Places] | Places,
        shape: tuple[int, ...],
    ) -> Places:
        def holds(expression: Expression) -> npt.NDArray[np.bool_]:
            match expression:
                case Not(operand):
                    return ~holds(operand)
                case And(operands):
                    return reduce(operator.and_, map(holds, operands))
                case Or(operands):
                    return reduce(operator.or_, map(holds, operands))
                case _:
                    number = self._numbers[listed.axes.get(expression.field, expression.field)]
                    field = listed.fields[expression.field]
                    return self.axes[number].holds(expression, field)[places[number]]

        found = np.full(shape, len(listed.conditions), dtype=np.int32)
        undecided = np.ones(shape, dtype=np.bool_)
        for place, condition in enumerate(listed.conditions):
            here = undecided & holds(condition)
            found[here] = place
            undecided &= ~here
            if not undecided.any():
                break
        return found

    @property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(len(listed.conditions) for listed in self.lists)

    def _laid_out(self, rows: npt.NDArray[np.intp], low: Places, sizes: Places) -> list["_Part"]:
        offsets, found = _offsets(sizes), []
        cells = int(np.prod(sizes, dtype=np.int64))
        at_once = max(1, _AT_ONCE // max(1, cells))
        for start in range(0, len(rows), at_once):
            here = rows[start : start + at_once]
            places = [low[here, axis, np.newaxis] + offset for axis, offset in enumerate(offsets)]
            first = [np.broadcast_to(f, (len(here), cells)) for f in self.first(places)]
            combined, radix = _combined(first, self._lengths)
            keys = np.arange(len(here), dtype=np.int64)[:, np.newaxis] * radix[-1] + combined
            unique = np.unique(keys) if cells > 1 else keys[:, 0]
            found.append(_Part(here[unique // radix[-1]], _separated(unique % radix[-1], radix)))
        return found

    def _branching(self) -> Branching:
        return Branching(
            self.axes,
            [(listed.conditions, listed.fields, listed.axes) for listed in self.lists],
        )


class _Part(NamedTuple):
    """Some of what is reached: rows and their combinations."""

    row: npt.NDArray[np.intp]
    rules: Combinations


def _branched(
    branching: Branching, rows: npt.NDArray[np.intp], low: Places, high: Places
) -> tuple[list[_Part], list[int]]:
    """Return what *rows* reach, and those of them of which more is said than can be."""
    found, unsure = [], []
    for row in rows.tolist():
        combinations, is_exact = branching.reach_or_more(low[row], high[row])
        rules = np.array(sorted(combinations), dtype=np.int32)
        found.append(_Part(np.full(len(rules), row, dtype=np.intp), rules))
        unsure += [] if is_exact else [row]
    return found, unsure


def _combined(
    first: Sequence[Places], lengths: Sequence[int]
) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Return one number for the places in all lists, and the factors by which it was put together."""
    factors = np.cumprod([1, *(length + 1 for length in lengths)], dtype=np.int64).tolist()
    scaled = [places * np.int64(factor) for places, factor in zip(first, factors, strict=False)]
    return np.sum(np.broadcast_arrays(*scaled), axis=0, dtype=np.int64), factors


def _separated(codes: npt.NDArray[np.int64], factors: Sequence[int]) -> Combinations:
    """Return the places that ``_combined`` put together, int32 [p, lists]."""
    parts = [codes % upper // lower for lower, upper in pairwise(factors)]
    return np.stack(parts, axis=1).astype(np.int32)


def _offsets(sizes: npt.NDArray[np.integer]) -> Places:
    """Return the cells of a block of *sizes*, one row an axis, int32 [axes, cells]."""
    shape = tuple(int(size) for size in sizes)
    return np.indices(shape, dtype=np.int32).reshape(len(shape), int(np.prod(shape)))


def _grouped_by_size(low: Places, high: Places) -> list[npt.NDArray[np.intp]]:
    """Return the rows with blocks of the same sizes, one array of row numbers for each, the smallest blocks first."""
    if not len(low):
        return []
    sizes, group = np.unique(high - low, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    starts = np.flatnonzero(np.diff(group.ravel()[order])) + 1
    cells = np.prod(sizes.astype(np.float64) + 1, axis=1)
    groups = np.split(order, starts)
    return [groups[place] for place in np.argsort(cells, kind="stable")]


def _common(fields: Sequence[Field]) -> Field:
    """Return the field with the values that all of *fields* can have."""
    field = fields[0]
    if all(
        other.values == field.values and other.min == field.min and other.max == field.max
        for other in fields
    ):
        return field
    if field.type in CLOSED:
        shared = tuple(v for v in field.vocabulary if all(v in f.vocabulary for f in fields))
        # A copy would keep the vocabulary that was worked out of all values.
        return Field.model_construct(**{**dict(field), "values": shared})
    if field.type in NUMERIC:
        least = [f.min for f in fields if f.min is not None]
        most = [f.max for f in fields if f.max is not None]
        bounds = {"min": max(least, default=None), "max": min(most, default=None)}
        return field.model_copy(update=bounds)
    return field
