"""Fields cut into cells by the constants that rules hold them against.

Within a cell no test of the rules can tell one value from another, so a rule that is known at one value of a cell is
known in all of it: finitely many cells stand for all values that a field can have.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.columns import (
    MISSING,
    Codes,
    Columns,
    Places,
    constant_code,
    numbers,
    small_type,
    value_places,
)
from groundkeeper.core.guideline.expression import (
    Comparison,
    Constant,
    Flag,
    Membership,
    Operator,
    Test,
)
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.guideline.tree import canonical_number
from groundkeeper.core.runs import offsets_of

Value: TypeAlias = Constant | bool

_COMPARED: Final[Mapping[Operator, np.ufunc]] = MappingProxyType(
    {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "==": np.equal,
        "!=": np.not_equal,
    }
)
_DIGITS: Final = 18
_SPACING: Final = 2.0**-50
_TINY: Final = 1e-280
_FEW: Final = 16
"""Up to so many boundaries are compared one by one, which is faster than a search."""


@dataclass(frozen=True)
class Axis:
    """One field, cut into k cells in ascending order; cells of an enum are in the order of its values.

    Attributes
    ----------
    name
        Under which name columns hold the field.
    field
        Its definition.
    values
        One value of each cell [k], chosen to be read by people.
    members
        Of a closed field: the cell of each value of the vocabulary, by its place [vocabulary].
    boundaries
        Of a numeric field: the least value of each cell but the first [k - 1].
    first, last
        The cells between which the field's own bounds lie; values beyond them are not the field's.
    """

    name: str
    field: Field
    values: tuple[Value, ...]
    members: tuple[int, ...] = ()
    boundaries: tuple[float, ...] = ()
    first: int = 0
    last: int = 0

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.values)

    def holds(self, test: Test, field: Field) -> npt.NDArray[np.bool_]:
        """Return in which cells *test* holds, bool [k]; *field* is as the guideline of the test declares it."""
        is_alike = field is self.field or list(field.vocabulary) == list(self.field.vocabulary)
        return _held(test, field, self._codes if is_alike else _codes(self.values, field))

    @cached_property
    def _codes(self) -> Codes:
        """The values as numbers [k]; thousands of rules ask for the same."""
        return _codes(self.values, self.field)

    def locate(self, columns: Columns, rows: int) -> Places:
        """Return the cell of each value of the column, int8 or int32 [n]; -1 where it is missing.

        Raises
        ------
        TableError
            If the column holds a value that the field does not declare.
        """
        small = small_type(len(self))
        if self.members:
            cell = np.append(np.array(self.members), MISSING).astype(small)
            return cell[value_places(self.name, self.field, columns, rows)]
        codes = numbers(self.name, self.field, columns, rows)
        found: Places
        if len(self.boundaries) > _FEW:
            found = np.searchsorted(self.boundaries, codes, side="right").astype(small)
        else:
            found = np.zeros(len(codes), dtype=small)
            for least in self.boundaries:
                np.add(found, codes >= least, out=found)
        found[np.isnan(codes)] = MISSING
        return found


def cut(name: str, field: Field, tests: Sequence[tuple[Test, Field]]) -> Axis:
    """Return *field* cut by the constants of *tests*, each with its field as the guideline of the test declares it.

    Tests must have passed ``typecheck.check``, and the values of *field* must be values of theirs.

    Examples
    --------
    >>> from groundkeeper.core.guideline.expression import leaves, parse
    >>> said = {"type": "number", "min": 0, "from": "attribute", "fuse": "median"}
    >>> size = Field.model_validate(said)
    >>> tests = leaves(parse("size < 3 or size == 6"))
    >>> cut("size", size, [(test, size) for test in tests]).values
    (-1, 2, 4, 6, 7)
    """
    if field.type in NUMERIC:
        return _cut_numbers(name, field, [test for test, _ in tests])
    values: tuple[Value, ...] = tuple(field.vocabulary) or (False, True)
    codes = {id(own): _codes(values, own) for own in {id(own): own for _, own in tests}.values()}
    return _cut_values(name, field, values, [_held(t, own, codes[id(own)]) for t, own in tests])


def _cut_numbers(name: str, field: Field, tests: Iterable[Test]) -> Axis:
    starts = {start for test in tests for start in _starts(test, field)}
    least = None if field.min is None else _start(field.min, field)
    beyond = None if field.max is None else _start_beyond(field.max, field)
    boundaries = tuple(sorted(starts | {end for end in (least, beyond) if end is not None}))
    ends = [None, *boundaries, None]
    return Axis(
        name,
        field,
        tuple(_value_between(*between, field) for between in pairwise(ends)),
        boundaries=boundaries,
        first=0 if least is None else boundaries.index(least) + 1,
        last=len(boundaries) if beyond is None else boundaries.index(beyond),
    )


def _cut_values(
    name: str, field: Field, values: tuple[Value, ...], held: Sequence[npt.NDArray[np.bool_]]
) -> Axis:
    """Put values that the same tests hold for into one cell; of an ordinal only neighbours."""
    told = np.packbits(np.array(held, dtype=np.bool_).reshape(len(held), len(values)), axis=0)
    if field.type == "ordinal":
        differs = (told[:, 1:] != told[:, :-1]).any(axis=0)
        members = offsets_of(differs)
    else:
        of_value = np.ascontiguousarray(told.T)
        members = pd.factorize(np.array([told_of.tobytes() for told_of in of_value], dtype=object))[
            0
        ]
    first = np.unique(members, return_index=True)[1]
    cells = tuple(values[place] for place in first)
    return Axis(name, field, cells, tuple(members.tolist()), last=len(cells) - 1)


def _codes(values: Sequence[Value], field: Field) -> Codes:
    return np.array([constant_code(value, field) for value in values], dtype=np.float64)


def _held(test: Test, field: Field, codes: Codes) -> npt.NDArray[np.bool_]:
    named = [constant_code(constant, field) for constant in _constants(test)]
    held: npt.NDArray[np.bool_]
    match test:
        case Flag():
            held = codes == 1
        case Membership():
            held = np.isin(codes, named)
        case Comparison(_, operator, _):
            held = _COMPARED[operator](codes, named[0])
    return held


def _constants(test: Test) -> tuple[Constant, ...]:
    match test:
        case Flag():
            return ()
        case Membership(_, constants):
            return constants
        case Comparison(_, _, constant):
            return (constant,)


def _starts(test: Test, field: Field) -> Iterator[float]:
    """Yield where the truth of *test* may change: the least values above each change."""
    operator = test.operator if isinstance(test, Comparison) else "=="
    for constant in _constants(test):
        code = constant_code(constant, field)
        if operator not in {">", "<="}:
            yield _start(code, field)
        if operator not in {"<", ">="}:
            yield _start_beyond(code, field)


def _start(code: float, field: Field) -> float:
    """Return the least value that the field can have from *code* upwards."""
    return code if field.type == "number" else float(math.ceil(code))


def _start_beyond(code: float, field: Field) -> float:
    """Return the least value that the field can have above *code*."""
    return math.nextafter(code, math.inf) if field.type == "number" else float(math.floor(code) + 1)


def _value_between(low: float | None, high: float | None, field: Field) -> int | float:
    """Return a value of [low, high) that people can read: the roundest, near the middle."""
    if low is None:
        return 0 if high is None else math.ceil(high) - 1
    if high is None:
        return math.floor(low) + 1
    middle, width = (low + high) / 2, high - low
    if width <= max(abs(low) * _SPACING, _TINY):
        return canonical_number(low)
    largest = math.floor(math.log10(width))
    for power in range(largest, largest - _DIGITS, -1):
        for digit in (5, 2, 1):
            step = digit * 10.0**power
            found = round(round(middle / step) * step, max(0, -power))
            fits = low <= found < high and 2 * step <= width
            if fits and (field.type == "number" or float(found).is_integer()):
                return canonical_number(found)
    return canonical_number(low)
