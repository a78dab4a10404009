"""Which values of one column hold a rule: vectorised predicates, one bool a row. Imports nothing of this project.

Every function takes a column without nulls and never writes to it. Texts are looked at once per distinct value,
because a table repeats few of them many times.
"""

import json
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow import compute

Rows = NDArray[np.bool_]
"""One bool a row, shape (rows,)."""

ID_DIGITS = 20


def is_of_type(values: pd.Series, kind: str) -> bool:
    """Return whether the whole column is of *kind*, a type of ``schemas.names``; nulls are looked through.

    Examples
    --------
    >>> is_of_type(pd.Series([1.0, None]), "int?"), is_of_type(pd.Series([1.0, 2.0]), "int")
    (True, False)
    """
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    match kind.rstrip("?"):
        case "str" | "json":
            return inferred in {"string", "empty"}
        case "int":
            return inferred in {"integer", "empty"} or (values.hasnans and _are_integral(values))
        case "float":
            return inferred in {"floating", "integer", "mixed-integer-float", "empty"}
        case "bool":
            return inferred in {"boolean", "empty"}
        case "time":
            return isinstance(values.dtype, pd.DatetimeTZDtype) and str(values.dt.tz) == "UTC"
        case _:
            return bool(np.all(shapely.is_geometry(values.dropna().to_numpy(dtype=object))))


def matches(values: pd.Series, pattern: str) -> Rows:
    """Return which texts match *pattern* from end to end.

    Examples
    --------
    >>> matches(pd.Series(["it_0123456789abcdef0123", "it_x"]), id_pattern("it")).tolist()
    [True, False]
    """
    texts = pa.array(values.array, pa.large_string(), from_pandas=True)
    return _rows(compute.match_substring_regex(texts, f"^(?:{pattern})$"))


def id_pattern(prefix: str) -> str:
    """Return the pattern of the ids with *prefix*: 20 hex digits of a sha256."""
    return f"{prefix}_[0-9a-f]{{{ID_DIGITS}}}"


def is_among(values: pd.Series, allowed: Collection[object]) -> Rows:
    """Return which values are in the closed vocabulary *allowed*.

    Examples
    --------
    >>> is_among(pd.Series(["dev", "test"]), {"dev", "sealed"}).tolist()
    [True, False]
    """
    return np.asarray(values.isin(list(allowed)), dtype=np.bool_)


def is_key_of(values: pd.Series, keys: pd.Series) -> Rows:
    """Return which texts occur in *keys*, a column of another table.

    Examples
    --------
    >>> is_key_of(pd.Series(["a", "b"]), pd.Series(["a", "c"])).tolist()
    [True, False]
    """
    known = pa.array(keys.dropna().array, pa.large_string(), from_pandas=True)
    texts = pa.array(values.array, pa.large_string(), from_pandas=True)
    return _rows(compute.is_in(texts, value_set=known))


def is_between(values: pd.Series, low: float | None, high: float | None) -> Rows:
    """Return which numbers lie in [low, high]; None is no bound, nan lies nowhere."""
    numbers = values.to_numpy(dtype=np.float64)
    holds: Rows = ~np.isnan(numbers)
    if low is not None:
        holds &= numbers >= low
    if high is not None:
        holds &= numbers <= high
    return holds


def are_unique(rows: pd.DataFrame, key: Sequence[str]) -> Rows:
    """Return which rows have a *key* that no other row has.

    Stored tables are sorted by their key, so that one look at neighbours mostly answers it.

    Examples
    --------
    >>> are_unique(pd.DataFrame({"a": [2, 1, 2], "b": [0, 0, 0]}), ("a", "b")).tolist()
    [False, True, False]
    """
    first = rows[key[0]]
    if len(rows) and len(key) == 1 and first.is_monotonic_increasing and not first.hasnans:
        equal = np.asarray(first.iloc[1:].array == first.iloc[:-1].array, dtype=np.bool_)
        return np.asarray(~(np.append(equal, False) | np.insert(equal, 0, False)), dtype=np.bool_)
    return np.asarray(~rows.duplicated(list(key), keep=False), dtype=np.bool_)


def is_canonical_json(values: pd.Series) -> Rows:
    """Return which texts are JSON in its one spelling: sorted keys, no spaces, no NaN.

    Examples
    --------
    >>> is_canonical_json(pd.Series(['{"a":1}', '{"a": 1}', "{"])).tolist()
    [True, False, False]
    """
    return _per_distinct(values, _is_canonical)


def is_a_shape(values: pd.Series) -> Rows:
    """Return which geometries are valid areas, lines of two points at least, or points, with finite coordinates.

    Examples
    --------
    >>> bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> is_a_shape(pd.Series([shapely.box(0, 0, 1, 1), bow_tie, shapely.LineString([(0, 0), (1, 1)])])).tolist()
    [True, False, True]
    """
    shapes = values.to_numpy(dtype=object)
    kinds = shapely.get_type_id(shapes)
    areas = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    others = np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTIPOINT))
    holds = (areas | others) & ~shapely.is_empty(shapes)
    areas &= holds
    holds[areas] = shapely.is_valid(shapes[areas])
    bounds = shapely.bounds(shapes)
    return np.asarray(holds & np.isfinite(bounds).all(axis=1), dtype=np.bool_)


def _are_integral(values: pd.Series) -> bool:
    present = values.dropna().to_numpy()
    return present.dtype.kind == "f" and bool(np.all(np.mod(present, 1) == 0))


def _rows(array: pa.Array) -> Rows:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _per_distinct(values: pd.Series, test: Callable[[str], bool]) -> Rows:
    codes, texts = pd.factorize(values.to_numpy(dtype=object))
    return np.fromiter(map(test, texts), dtype=np.bool_, count=len(texts))[codes]


def _is_canonical(text: str) -> bool:
    try:
        value = json.loads(text)
        spelled = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except ValueError:
        return False
    return spelled == text
