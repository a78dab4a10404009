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


def constant_code(constant: Constant, field: Field) -> float:
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
    missing = column.isna().to_numpy(dtype=np.bool_)
    codes = np.full(len(column), np.nan)
    known = column[~missing]
    codes[~missing] = _known_codes(name, field, known)
    return codes


def _known_codes(name: str, field: Field, known: pd.Series) -> Codes:
    vocabulary = list(field.vocabulary)
    if vocabulary and isinstance(vocabulary[0], str):
        places = pd.Index(vocabulary, dtype=object).get_indexer(pd.Index(known, dtype=object))
        _refuse_undeclared(name, known, places < 0, listing(vocabulary))
        return places.astype(np.float64)
    kind = pd.api.types.infer_dtype(known, skipna=False)
    if kind not in (_BOOL_KINDS if field.type == "bool" else _NUMBER_KINDS):
        msg = f"{name}: found values of kind {kind}; allowed is what fits type {field.type}"
        raise TableError(msg)
    codes = known.to_numpy(dtype=np.float64)
    if vocabulary:
        places = pd.Index(vocabulary, dtype=np.float64).get_indexer(pd.Index(codes))
        _refuse_undeclared(name, known, places < 0, listing(vocabulary))
        return places.astype(np.float64)
    if field.type == "bool":
        _refuse_undeclared(name, known, ~np.isin(codes, (0, 1)), "true, false")
    if field.type == "integer":
        _refuse_undeclared(name, known, codes != np.floor(codes), "whole numbers")
    return codes


def _refuse_undeclared(
    name: str, known: pd.Series, wrong: npt.NDArray[np.bool_], allowed: str
) -> None:
    if wrong.any():
        found = listing(sorted({str(value) for value in known[wrong].tolist()}))
        msg = f"{name}: found {found}; allowed is: {allowed}; such values belong to the rejects"
        raise TableError(msg)
