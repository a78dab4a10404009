"""The same question as ``regions`` asks, where there are too many cells to look at one by one.

The first test that is not yet known splits what is left in two: where it holds, and where it does not. What remains of
the lists is simplified; what was met before in the same form is not looked at again. This is the search of a decision
diagram, with the order of tests that the rules themselves suggest.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

from groundkeeper.core.guideline.cells import Axis
from groundkeeper.core.guideline.columns import Places
from groundkeeper.core.guideline.expression import And, Expression, Not, Or, Test
from groundkeeper.core.guideline.fields import Field
from groundkeeper.errors import TooComplexError, listing

MAX_STEPS: Final = 1_000_000
"""So many rules may be looked at before the search gives up; some seconds."""
MAX_TOTAL: Final = 4 * MAX_STEPS
"""So many over several searches, after which none is begun."""
MAX_DEPTH: Final = 400
"""So often may what is left be split."""

Cells: TypeAlias = int
"""A set of cells of one axis, as the bits of an integer."""


class _Test(NamedTuple):
    """Holds in *cells* of the axis, out of those that are *left* of it."""

    axis: int
    cells: Cells
    left: Cells


class _Not(NamedTuple):
    operand: "_Known"


class _All(NamedTuple):
    operands: tuple["_Known", ...]


class _Any(NamedTuple):
    operands: tuple["_Known", ...]


_Known: TypeAlias = _Test | _Not | _All | _Any | bool
_List: TypeAlias = tuple[tuple[int, _Known], ...]
_Left: TypeAlias = tuple[Cells, ...]
Combination: TypeAlias = tuple[int, ...]


class Branching:
    """Several lists of conditions over the same axes, searched by splitting."""

    def __init__(
        self,
        axes: Sequence[Axis],
        lists: Sequence[tuple[Sequence[Expression], Mapping[str, Field], Mapping[str, str]]],
    ) -> None:
        self._axes = axes
        self._number = {axis.name: number for number, axis in enumerate(axes)}
        self._lists: tuple[_List, ...] = tuple(
            (
                *((n, self._compiled(c, fields, names)) for n, c in enumerate(conditions)),
                (len(conditions), True),
            )
            for conditions, fields, names in lists
        )
        self._steps = self._total = 0
        self._known: dict[tuple[_List, ...], dict[Combination, dict[int, Cells]]] = {}

    def reach(self, low: Places, high: Places) -> dict[Combination, tuple[int, ...]]:
        """Return the combinations of rules that can come first from *low* to *high*, with a cell of each.

        Raises
        ------
        TooComplexError
            If the search takes more than ``MAX_STEPS``, or splits more than ``MAX_DEPTH`` times.
        """
        self._steps = 0
        left = tuple(_between(int(a), int(b)) for a, b in zip(low, high, strict=True))
        found = self._search(self._lists, left, depth=0)
        return {
            combination: tuple(_lowest(limits.get(axis, whole)) for axis, whole in enumerate(left))
            for combination, limits in found.items()
        }

    def reach_or_more(self, low: Places, high: Places) -> tuple[set[Combination], bool]:
        """Return the combinations that can come first, and whether these are all that can and no more."""
        if self._total < MAX_TOTAL:
            with suppress(TooComplexError):
                return set(self.reach(low, high)), True
        left = tuple(_between(int(a), int(b)) for a, b in zip(low, high, strict=True))
        combinations: set[Combination] = {()}
        for rules in self._lists:
            open_rules = [number for number, _ in _simplified_list(rules, left)]
            combinations = {(*c, number) for c in combinations for number in open_rules}
        return combinations, False

    def _search(
        self, lists: tuple[_List, ...], left: _Left, depth: int
    ) -> dict[Combination, dict[int, Cells]]:
        """Return the combinations, each with the axes that had to be narrowed for it."""
        self._spend(lists, depth)
        simple = tuple(_simplified_list(rules, left) for rules in lists)
        split = next(_open_tests(simple), None)
        if split is None:
            return {tuple(rules[0][0] for rules in simple): {}}
        if simple not in self._known:
            found: dict[Combination, dict[int, Cells]] = {}
            for cells in (split.cells, split.left & ~split.cells):
                narrowed = (*left[: split.axis], cells, *left[split.axis + 1 :])
                for combination, limits in self._search(simple, narrowed, depth + 1).items():
                    found.setdefault(combination, {split.axis: cells, **limits})
            self._known[simple] = found
        return self._known[simple]

    def _spend(self, lists: tuple[_List, ...], depth: int) -> None:
        steps = sum(map(len, lists))
        self._steps += steps
        self._total += steps
        if self._steps > MAX_STEPS or depth > MAX_DEPTH:
            cells = listing(f"{axis.name} {len(axis)}" for axis in self._axes)
            message = (
                f"the rules cut their fields into too many cells to compare exactly ({cells}); "
                "split the decision in two, or let its rules speak of fewer fields"
            )
            raise TooComplexError(message)

    def _compiled(
        self, expression: Expression, fields: Mapping[str, Field], names: Mapping[str, str]
    ) -> _Known:
        match expression:
            case Not(operand):
                return _Not(self._compiled(operand, fields, names))
            case And(operands):
                return _All(tuple(self._compiled(o, fields, names) for o in operands))
            case Or(operands):
                return _Any(tuple(self._compiled(o, fields, names) for o in operands))
            case _:
                return self._compiled_test(expression, fields, names)

    def _compiled_test(
        self, test: Test, fields: Mapping[str, Field], names: Mapping[str, str]
    ) -> _Test:
        number = self._number[names.get(test.field, test.field)]
        axis = self._axes[number]
        held = axis.holds(test, fields[test.field])
        cells = int("".join("1" if holds else "0" for holds in held[::-1].tolist()), 2)
        return _Test(number, cells, _between(0, len(axis) - 1))


def _simplified_list(rules: _List, left: _Left) -> _List:
    """Return the rules that can still come first; the last of them is sure to hold."""
    kept: list[tuple[int, _Known]] = []
    for number, condition in rules:
        known = _simplified(condition, left)
        if known is not False:
            kept.append((number, known))
        if known is True:
            break
    return tuple(kept)


def _simplified(condition: _Known, left: _Left) -> _Known:
    match condition:
        case _Test(axis, cells, _):
            here = left[axis]
            held = cells & here
            return _Test(axis, held, here) if 0 != held != here else held != 0
        case _Not(operand):
            known = _simplified(operand, left)
            return not known if isinstance(known, bool) else _Not(known)
        case _All(operands):
            return _joined(operands, left, ends=False)
        case _Any(operands):
            return _joined(operands, left, ends=True)
        case _:
            return condition


def _joined(operands: tuple[_Known, ...], left: _Left, *, ends: bool) -> _Known:
    """Simplify the operands of a connective that an operand known to be *ends* settles."""
    kept: list[_Known] = []
    for operand in operands:
        known = _simplified(operand, left)
        if known is ends:
            return ends
        if not isinstance(known, bool):
            kept.append(known)
    if not kept:
        return not ends
    return kept[0] if len(kept) == 1 else (_Any if ends else _All)(tuple(kept))


def _open_tests(lists: Sequence[_List]) -> Iterator[_Test]:
    """Yield the tests of the first condition of each list that is not yet known."""
    for rules in lists:
        yield from _tests(rules[0][1])


def _tests(condition: _Known) -> Iterator[_Test]:
    match condition:
        case _Test():
            yield condition
        case _Not(operand):
            yield from _tests(operand)
        case _All(operands) | _Any(operands):
            for operand in operands:
                yield from _tests(operand)


def _between(low: int, high: int) -> Cells:
    return (1 << (high + 1)) - (1 << low)


def _lowest(cells: Cells) -> int:
    return (cells & -cells).bit_length() - 1
