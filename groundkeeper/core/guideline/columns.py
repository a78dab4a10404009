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

_NUMBER_KINDS: Final = frozenset({"integer", "floating", "mixed-integer-float", "empty"})
_BOOL_KINDS: Final = _NUMBER_KINDS | {"boolean"}
_NUMERIC_DTYPES: Final = "iuf"


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


def constant_code(constant: Constant | bool, field: Field) -> float:  # noqa: FBT001 - a value of a bool field
    """Return *constant* as a number on the scale of ``column_codes``."""
    return float(field.vocabulary[constant] if field.type in CLOSED else constant)


def column_codes(name: str, field: Field, columns: Columns, rows: int) -> Codes:
    """Return a column as float64 [n]: numbers as they are, vocabularies by place, missing as nan.

    Raises
    ------
    TableError
        If the column has another length, or holds a value that its field does not declare.
    """
    if name not in columns:
        return np.full(rows, np.nan)
    column = pd.Series(columns[name])
    if len(column) != rows:
        msg = (
            f"{name}: found {len(column)} rows; allowed is {rows}, as many as in the other columns"
        )
        raise TableError(msg)
    vocabulary = np.array(list(field.vocabulary), dtype=np.object_)
    if vocabulary.size and isinstance(vocabulary[0], str):
        return _text_codes(name, vocabulary, column)
    codes = _numbers(name, field, column)
    if vocabulary.size:
        return _places(name, vocabulary, codes)
    if field.type == "bool":
        _refuse_undeclared(name, codes, (codes != 0) & (codes != 1), "true, false")
    if field.type == "integer":
        _refuse_undeclared(name, codes, codes != np.floor(codes), "whole numbers")
    return codes


def _text_codes(name: str, vocabulary: npt.NDArray[np.object_], column: pd.Series) -> Codes:
    """Return the place of each text; every distinct text is looked up once."""
    distinct, texts = pd.factorize(column)
    places = pd.Index(vocabulary).get_indexer(pd.Index(texts, dtype=np.object_))
    if (places < 0).any():
        found = listing(sorted(str(text) for text in np.asarray(texts)[places < 0]))
        raise _undeclared(name, found, listing(vocabulary))
    codes: Codes = np.append(places.astype(np.float64), np.nan)[distinct]
    return codes


def _places(name: str, vocabulary: npt.NDArray[np.object_], codes: Codes) -> Codes:
    declared = vocabulary.astype(np.float64)
    order = np.argsort(declared)
    near = order[np.clip(np.searchsorted(declared[order], codes), 0, len(order) - 1)]
    _refuse_undeclared(name, codes, declared[near] != codes, listing(vocabulary))
    return np.where(np.isnan(codes), np.nan, near)


def _numbers(name: str, field: Field, column: pd.Series) -> Codes:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in _NUMERIC_DTYPES:
        return column.to_numpy(dtype=np.float64)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind not in (_BOOL_KINDS if field.type == "bool" else _NUMBER_KINDS):
        msg = f"{name}: found values of kind {kind}; allowed is what fits type {field.type}"
        raise TableError(msg)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse_undeclared(name: str, codes: Codes, wrong: npt.NDArray[np.bool_], allowed: str) -> None:
    wrong = wrong & ~np.isnan(codes)
    if wrong.any():
        found = listing(sorted({f"{value:g}" for value in codes[wrong].tolist()}))
        raise _undeclared(name, found, allowed)


def _undeclared(name: str, found: str, allowed: str) -> TableError:
    msg = f"{name}: found {found}; allowed is: {allowed}; such values belong to the rejects"
    return TableError(msg)
