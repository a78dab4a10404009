"""The cell of a guideline in which a record lies, as an expression that a rule could have and as words.

A cell is what the fields can be without any rule telling it apart: whatever is said about a record in a cell holds
for all records in it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.guideline.cells import Axis, cut
from groundkeeper.core.guideline.columns import MISSING, Columns, row_count
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.expression import (
    Comparison,
    Constant,
    Expression,
    Flag,
    Not,
    Operator,
    Test,
    conjunction,
    constants,
    leaves,
    membership,
)
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.core.guideline.tree import canonical_number

EVERYWHERE = "everywhere"
"""The words of a cell beside which there is no other."""


@dataclass(frozen=True)
class Cell:
    """What is true of the fields of all records in it.

    Attributes
    ----------
    ranges
        Of each field that is restricted, in order of the names, the one or two tests that hold.
    unknown
        The fields that are missing, sorted.
    """

    ranges: tuple[tuple[Expression, ...], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def expression(self) -> Expression | None:
        """The condition of a rule that holds where fields are as here; None where that is everywhere."""
        tests = [test for tests in self.ranges for test in tests]
        return conjunction(*tests) if tests else None

    def in_words(self, fields: Mapping[str, Field]) -> str:
        """Return the cell as annotators read it.

        Examples
        --------
        >>> size = {"type": "number", "unit": "mm", "from": "attribute", "fuse": "median"}
        >>> fields = {"size_mm": Field.model_validate(size)}
        >>> bounds = Comparison("size_mm", ">=", 3), Comparison("size_mm", "<=", 30)
        >>> Cell((bounds,), ("night",)).in_words(fields)
        'size is at least 3 mm and at most 30 mm, and night is not known'
        >>> Cell().in_words(fields)
        'everywhere'
        """
        said = [_range_in_words(tests, fields) for tests in self.ranges]
        said += [f"{_noun(name, fields)} is not known" for name in self.unknown]
        return ", and ".join(said) or EVERYWHERE


class Located(NamedTuple):
    """The cells in which n rows lie: of each row the place of its cell, intp [n], and the cells."""

    of_row: npt.NDArray[np.intp]
    cells: tuple[Cell, ...]


def fields_read(decision: Decision, rule_id: str = "") -> frozenset[str]:
    """Return the fields that a rule speaks of; without a rule, or one that says nothing of a field, those of all."""
    own = frozenset(
        name for rule in decision.rules if rule.id == rule_id for name in _fields_of(rule.scope)
    )
    if own:
        return own
    kept = {decision.field} if decision.field else set()
    return frozenset(
        {name for rule in decision.rules for name in _fields_of(rule.scope)} | kept,
    )


def axes_of(
    decisions: Iterable[Decision], fields: Mapping[str, Field], only: Collection[str]
) -> tuple[Axis, ...]:
    """Return the fields among *only*, cut by the constants of all rules of *decisions*, sorted by name.

    The field that keeps a judged decision is cut into its outcomes.
    """
    tests: dict[str, list[Test]] = {}
    for decision in decisions:
        for test in _tests(decision, fields):
            tests.setdefault(test.field, []).append(test)
    return tuple(
        cut(name, fields[name], [(test, fields[name]) for test in on])
        for name, on in sorted(tests.items())
        if name in only
    )


def locate(axes: Iterable[Axis], decisions: Iterable[Decision], columns: Columns) -> Located:
    """Return in which cell of *axes* each row lies, and the cells that any row lies in.

    *decisions* are those whose constants cut the axes: a bound is called as they spell it.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare.
    """
    axes, rows = tuple(axes), row_count(columns)
    spelled = _constants(decisions)
    places = [axis.locate(columns, rows) for axis in axes]
    found = group(rows, [(at, len(axis)) for at, axis in zip(places, axes, strict=True)])
    cells = (
        _cell([(axis, int(at[row])) for axis, at in zip(axes, places, strict=True)], spelled)
        for row in found.first
    )
    return Located(found.group, tuple(cells))


def _cell(places: list[tuple[Axis, int]], spelled: Mapping[str, tuple[Constant, ...]]) -> Cell:
    ranges = [
        tuple(_tests_of(axis, place, spelled.get(axis.name, ())))
        for axis, place in places
        if place != MISSING
    ]
    unknown = tuple(axis.name for axis, place in places if place == MISSING)
    return Cell(tuple(tests for tests in ranges if tests), unknown)


def _tests_of(axis: Axis, place: int, spelled: tuple[Constant, ...]) -> Iterator[Expression]:
    """Yield what tells one cell of a field from its others, in the fewest tests."""
    name, field = axis.name, axis.field
    if len(axis) == 1:
        return
    if field.type in NUMERIC:
        yield from _bounds(axis, place, [float(c) for c in spelled if not isinstance(c, str)])
    elif field.type == "bool":
        yield Flag(name) if axis.values[place] else Not(Flag(name))
    else:
        values = list(field.vocabulary)
        here = [v for v, cell in zip(values, axis.members, strict=True) if cell == place]
        if len(here) == 1:
            yield Comparison(name, "==", here[0])
        elif field.type == "ordinal" and here[0] == values[0]:
            yield Comparison(name, "<=", here[-1])
        elif field.type == "ordinal" and here[-1] == values[-1]:
            yield Comparison(name, ">=", here[0])
        else:
            yield membership(name, tuple(here))


def _bounds(axis: Axis, place: int, spelled: list[float]) -> Iterator[Comparison]:
    """Yield the lower and the upper bound of a cell; a bound of the field itself says nothing new."""
    low = _bound(axis.boundaries[place - 1], spelled, (">=", ">")) if place > axis.first else None
    high = _bound(axis.boundaries[place], spelled, ("<", "<=")) if place < axis.last else None
    if low and high and low[1] == high[1]:
        yield Comparison(axis.name, "==", low[1])
        return
    for bound in filter(None, (low, high)):
        yield Comparison(axis.name, *bound)


def _bound(
    least: float, spelled: list[float], at_or_beyond: tuple[Operator, Operator]
) -> tuple[Operator, int | float]:
    """Return the test that begins or ends at *least*: a constant, or the next value above the constant before it."""
    if least in spelled:
        return at_or_beyond[0], canonical_number(least)
    return at_or_beyond[1], canonical_number(max(c for c in spelled if c < least))


def _tests(decision: Decision, fields: Mapping[str, Field]) -> Iterator[Test]:
    for rule in decision.rules:
        if rule.scope is not None:
            yield from leaves(rule.scope)
    if decision.field is not None:
        for value in fields[decision.field].vocabulary:
            yield Comparison(decision.field, "==", value)


def _constants(decisions: Iterable[Decision]) -> dict[str, tuple[Constant, ...]]:
    found: dict[str, tuple[Constant, ...]] = {}
    for decision in decisions:
        for rule in decision.rules:
            held = {} if rule.scope is None else constants(rule.scope)
            found |= {name: (*found.get(name, ()), *said) for name, said in held.items()}
    return found


def _fields_of(scope: Expression | None) -> Iterator[str]:
    if scope is not None:
        yield from (test.field for test in leaves(scope))


def _range_in_words(tests: tuple[Expression, ...], fields: Mapping[str, Field]) -> str:
    first, *others = (sentence(test, fields) for test in tests)
    noun = _noun(next(leaves(tests[0])).field, fields)
    return " and ".join([first, *(other.removeprefix(f"{noun} is ") for other in others)])


def _noun(name: str, fields: Mapping[str, Field]) -> str:
    return sentence(Flag(name), fields).removesuffix(" is true")
