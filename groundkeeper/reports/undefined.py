"""Figures as JSON has them: what is undefined is null, and a note beside it says why."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate


def plain(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return *value* of JSON's types: nan, infinite and missing are None.

    Examples
    --------
    >>> plain({"a": np.float64("nan"), "b": [np.int64(1), pd.NA, "x"]})
    {'a': None, 'b': [1, None, 'x']}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if pd.isna(value) else value  # type: ignore[call-overload] # a scalar of any type


def as_number(value: object) -> float:
    """Return a cell of a table as a number, nan where it is missing.

    Examples
    --------
    >>> as_number(np.float64(0.5)), as_number(None), as_number(pd.NA)
    (0.5, nan, nan)
    """
    return math.nan if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type] # a scalar of any type


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return *table* as a list, one object a row."""
    columns = [_column(table[name]) for name in table]
    names = [str(name) for name in table.columns]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _column(column: pd.Series) -> list[Any]:
    values = column.astype(object).where(column.notna(), None)
    if pd.api.types.is_float_dtype(column.dtype):
        values = values.where(np.isfinite(column.to_numpy(np.float64, na_value=np.nan)), None)
    return list(values)


def estimate(found: Estimate) -> dict[str, Any]:
    """Return an estimate with its interval and what it stands on.

    Examples
    --------
    >>> estimate(Estimate(0.5, math.nan, math.nan, 4, 4, 4.0, "no interval: 4 groups, fewer than 10"))["low"]
    """
    return {
        "value": plain(found.value),
        "low": plain(found.low),
        "high": plain(found.high),
        "n": found.n,
        "groups": found.groups,
        "effective_n": plain(found.effective_n),
        "note": found.note,
    }


def figure(found: Estimate, digits: int = 3) -> str:
    """Return an estimate as people read it.

    Examples
    --------
    >>> figure(Estimate(0.7447, 0.694, 0.79, 333, 333, 333.0))
    '0.745 [0.694, 0.790]'
    >>> figure(Estimate(math.nan, math.nan, math.nan, 0, 0, math.nan, "there is no gold"))
    'undefined (there is no gold)'
    """
    return number(found.value, found.low, found.high, digits, found.note)


def number(
    value: float | None,
    low: float | None,
    high: float | None,
    digits: int = 3,
    note: str | None = None,
) -> str:
    """Return *value* with its interval, if it has one; None is as undefined as nan.

    Examples
    --------
    >>> number(0.5, None, None), number(0.5, 0.25, 0.75, 2), number(None, None, None, note="no pair")
    ('0.500', '0.50 [0.25, 0.75]', 'undefined (no pair)')
    """
    if value is None or math.isnan(value):
        return f"undefined ({note})" if note else "undefined"
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
