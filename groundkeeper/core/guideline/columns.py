"""Columns of field values as ordered numbers, which is what one set of comparisons needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.expression import Constant
from groundkeeper.core.guideline.fields import CLOSED, Field
from groundkeeper.errors import TableError, listing

Column: TypeAlias = (
    Sequence[object] | npt.NDArray[Any] | pd.Series | pd.api.extensions.ExtensionArray
)
Columns: TypeAlias = Mapping[str, Column] | pd.DataFrame
"""One column a field, all of one length; a field that is absent is unknown in every row."""
Codes: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.integer]

_NUMBER_KINDS: Final = frozenset({"integer", "floating", "mixed-integer-float", "empty"})
_BOOL_KINDS: Final = _NUMBER_KINDS | {"boolean"}
_NUMERIC_DTYPES: Final = "iuf"
_SMALL: Final = 127
"""Vocabularies and axes of fewer values or cells have places of one byte."""
_SPAN: Final = 2**16
_GAP: Final = -(2**62)
_UNDECLARED: Final = -2
MISSING: Final = -1
"""The place of a value that is missing."""


def row_count(columns: Columns) -> int:
    """Return how many rows *columns* have; 0 without columns."""
    if isinstance(columns, pd.DataFrame):
        return len(columns)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = listing(f"{name} {length}" for name, length in lengths.items())
        msg = f"found columns of several lengths: {found}; allowed is one length"
        raise TableError(msg)
    return next(iter(lengths.values()), 0)


def with_ending(columns: pd.DataFrame, ending: str) -> pd.DataFrame:
    """Return the columns of this *ending*, such as ``_low``, under the names of their fields.

    Examples
    --------
    >>> with_ending(pd.DataFrame({"grade": [2], "grade_low": [1]}), "_low").to_dict("list")
    {'grade': [1]}
    """
    names = [name for name in columns.columns.astype(str) if name.endswith(ending)]
    return columns[names].rename(columns=lambda name: name.removesuffix(ending))


def constant_code(constant: Constant | bool, field: Field) -> float:  # noqa: FBT001 - a value of a bool field
    """Return *constant* as a number as ``numbers`` has it, or its place in the vocabulary."""
    return float(field.vocabulary[constant] if field.type in CLOSED else constant)


def small_type(count: int) -> np.dtype[np.signedinteger]:
    """Return the type of places of *count* things, of one byte if that is enough."""
    return np.dtype(np.int8 if count < _SMALL else np.int32)


def numbers(name: str, field: Field, columns: Columns, rows: int) -> Codes:
    """Return the column of a numeric field as float64 [n], missing as nan; it may be the column itself.

    Raises
    ------
    TableError
        If the column has another length, or holds what is no number, or no whole number in an integer field.
    """
    if name not in columns:
        return np.full(rows, np.nan)
    codes = _numbers(name, field, _column(name, columns, rows))
    if field.type == "integer":
        wrong = (codes != np.floor(codes)) & ~np.isnan(codes)
        _refuse_undeclared(name, codes, wrong, "whole numbers")
    return codes


def value_places(name: str, field: Field, columns: Columns, rows: int) -> Places:
    """Return the place in its vocabulary of each value of a closed field, int8 or int32 [n]; -1 where it is missing.

    A bool field has the vocabulary false, true.

    Raises
    ------
    TableError
        If the column has another length, or holds a value that its field does not declare.
    """
    vocabulary = np.array(list(field.vocabulary) or [0, 1], dtype=np.object_)
    small = small_type(len(vocabulary))
    if name not in columns:
        return np.full(rows, MISSING, dtype=small)
    column = _column(name, columns, rows)
    if isinstance(vocabulary[0], str):
        return _text_places(name, vocabulary, column).astype(small, copy=False)
    whole = _whole(column) if all(isinstance(value, int) for value in vocabulary) else None
    if whole is not None and max(vocabulary) - min(vocabulary) < _SPAN:
        return _whole_places(name, field, vocabulary.astype(np.int64), whole).astype(
            small, copy=False
        )
    codes = _numbers(name, field, column)
    return _number_places(name, field, vocabulary.astype(np.float64), codes).astype(small)


def _column(name: str, columns: Columns, rows: int) -> pd.Series:
    column = pd.Series(columns[name])
    if len(column) != rows:
        msg = (
            f"{name}: found {len(column)} rows; allowed is {rows}, as many as in the other columns"
        )
        raise TableError(msg)
    return column


def _text_places(name: str, vocabulary: npt.NDArray[np.object_], column: pd.Series) -> Places:
    """Return the place of each text; every distinct text is looked up once."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        distinct, texts = column.cat.codes.to_numpy(), column.cat.categories
    else:
        distinct, texts = pd.factorize(column)
    found = pd.Index(vocabulary).get_indexer(pd.Index(texts, dtype=np.object_))
    used = np.isin(np.arange(len(texts)), distinct) if (found < 0).any() else found >= 0
    if (found[used] < 0).any():
        wrong = listing(sorted(str(text) for text in np.asarray(texts)[used & (found < 0)]))
        raise _undeclared(name, wrong, listing(vocabulary))
    small = small_type(len(vocabulary))
    return np.append(found, MISSING).astype(small)[distinct]


def _whole(column: pd.Series) -> npt.NDArray[np.int64] | None:
    """Return the column as whole numbers, ``_GAP`` where it is missing, if its type has no others."""
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(dtype=np.int64) if column.dtype.kind in "iub" else None
    if pd.api.types.is_integer_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64, na_value=_GAP)
    return None


def _whole_places(
    name: str, field: Field, vocabulary: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
) -> Places:
    below, above = int(vocabulary.min()) - 1, int(vocabulary.max()) + 1
    small = small_type(len(vocabulary))
    table = np.full(above - below + 1, _UNDECLARED, dtype=small)
    table[vocabulary - below] = np.arange(len(vocabulary))
    found: Places = table[np.clip(values, below, above) - below]
    undeclared = found == _UNDECLARED
    if undeclared.any():
        undeclared &= values != _GAP
        _refuse_undeclared(name, values, undeclared, _allowed(field))
        found[found == _UNDECLARED] = MISSING
    return found


def _number_places(
    name: str, field: Field, vocabulary: npt.NDArray[np.float64], codes: Codes
) -> npt.NDArray[np.intp]:
    order = np.argsort(vocabulary)
    near = order[np.clip(np.searchsorted(vocabulary[order], codes), 0, len(order) - 1)]
    missing = np.isnan(codes)
    _refuse_undeclared(name, codes, (vocabulary[near] != codes) & ~missing, _allowed(field))
    return np.where(missing, MISSING, near)


def _allowed(field: Field) -> str:
    return listing(field.vocabulary) if field.vocabulary else "true, false"


def _numbers(name: str, field: Field, column: pd.Series) -> Codes:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in _NUMERIC_DTYPES:
        return column.to_numpy(dtype=np.float64)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind not in (_BOOL_KINDS if field.type == "bool" else _NUMBER_KINDS):
        msg = f"{name}: found values of kind {kind}; allowed is what fits type {field.type}"
        raise TableError(msg)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse_undeclared(
    name: str, codes: npt.NDArray[Any], wrong: npt.NDArray[np.bool_], allowed: str
) -> None:
    if wrong.any():
        found = listing(sorted({f"{value:g}" for value in codes[wrong].tolist()}))
        raise _undeclared(name, found, allowed)


def _undeclared(name: str, found: str, allowed: str) -> TableError:
    msg = f"{name}: found {found}; allowed is: {allowed}; such values belong to the rejects"
    return TableError(msg)
