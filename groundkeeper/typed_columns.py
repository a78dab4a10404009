"""Columns of a file as a field declares them: numbers, texts, truth values, each value held against the declaration."""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.column_files import ColumnFile
from groundkeeper.core.guideline.allowed import vocabulary_text
from groundkeeper.core.guideline.fields import CLOSED, LISTED, NUMERIC, Field
from groundkeeper.core.guideline.lists import restored
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import listing

_TRUE: Final = frozenset({"true", "1", "yes", "y", "t"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "f"})


def typed(file: ColumnFile, raw: pd.Series, field: Field) -> pd.Series:
    """Return the column *raw* of *file* as *field* declares it; what is missing stays so.

    Raises
    ------
    TableError
        If it holds a value that the field does not allow.
    """
    if field.type == "bool":
        return truths(file, raw)
    if field.type in NUMERIC:
        return numbers(file, raw, field.min, field.max, is_whole=field.type == "integer")
    if field.type in LISTED:
        return _lists(file, raw, field)
    if field.type not in CLOSED:
        return texts(raw)
    is_text = all(isinstance(value, str) for value in field.vocabulary)
    values = texts(raw) if is_text else _numbers_in(raw)
    wrong = raw.notna() & ~values.isin(list(field.vocabulary))
    file.refuse(raw, wrong, listing(field.vocabulary))
    return values


def texts(raw: pd.Series) -> pd.Series:
    """Return a column as texts; one of categories stays so, for it is looked up faster."""
    is_category = isinstance(raw.dtype, pd.CategoricalDtype)
    if is_category and pd.api.types.is_string_dtype(raw.cat.categories.dtype):
        return raw
    return names(raw)


def names(raw: pd.Series) -> pd.Series:
    """Return a column as plain texts; whole numbers have no point, which they get where one of them is missing.

    Examples
    --------
    >>> names(pd.Series([7.0, None])).tolist()
    ['7', nan]
    """
    if pd.api.types.is_float_dtype(raw.dtype) and (raw.dropna() % 1 == 0).all():
        raw = raw.astype("Int64")
    if raw.dtype == "str":
        return raw
    return raw.astype("str").where(raw.notna())


def numbers(
    file: ColumnFile,
    raw: pd.Series,
    low: float | None = None,
    high: float | None = None,
    *,
    is_whole: bool = False,
) -> pd.Series:
    """Return a column as float64, none of it below *low* or above *high*.

    Raises
    ------
    TableError
        If it holds another value.
    """
    values = _numbers_in(raw)
    file.refuse(raw, raw.notna() & values.isna(), "a number")
    file.refuse(raw, values.isin([np.inf, -np.inf]), "a finite number")
    if low is not None:
        file.refuse(raw, values < low, f"{low:g} or more")
    if high is not None:
        file.refuse(raw, values > high, f"{high:g} or less")
    if is_whole:
        file.refuse(raw, values.notna() & (values % 1 != 0), "a whole number")
    return values


def truths(file: ColumnFile, raw: pd.Series) -> pd.Series:
    """Return a column as truth values, missing where it has none.

    Raises
    ------
    TableError
        If it holds another value.
    """
    if pd.api.types.is_bool_dtype(raw.dtype):
        return raw.astype("boolean")
    words = names(raw).str.lower()
    file.refuse(raw, raw.notna() & ~words.isin(_TRUE | _FALSE), "true or false")
    return words.isin(_TRUE).astype("boolean").where(raw.notna())


def _numbers_in(raw: pd.Series) -> pd.Series:
    """Return a column as float64, missing where it has no number."""
    if pd.api.types.is_numeric_dtype(raw.dtype) and not pd.api.types.is_bool_dtype(raw.dtype):
        return raw.astype("float64")
    return pd.to_numeric(names(raw), errors="coerce").astype("float64")


def _lists(file: ColumnFile, raw: pd.Series, field: Field) -> pd.Series:
    """Return a column of lists, which are JSON in the file, as the field has them."""
    values = restored(names(raw), field)
    example = canonical_json(list(field.vocabulary)[:2])
    file.refuse(raw, raw.notna() & values.isna(), f"{vocabulary_text(field)}, as JSON: {example}")
    return values
