"""A digest of what tables say, whatever wrote them and in whichever order their rows stood."""

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import shapely

from schemas.names import RELEASED
from schemas.table import Table


def content_digest(tables: Mapping[str, tuple[pd.DataFrame, Table]]) -> str:
    """Return the sha256 over the rows of *tables* in canonical form, as 64 hex digits.

    Rows are sorted by the key of their table, columns by name. A column is hashed as its name, the lengths of
    its values as 64-bit integers, and the values one after the other: text in UTF-8, geometry as normalised WKB,
    numbers as IEEE 754 doubles with one nan, null as length -1. Two releases with the same digest say the same,
    even if another version of the Parquet writer gave their files other bytes.

    Examples
    --------
    >>> from schemas.names import RECORD_ALIASES
    >>> rows = pd.DataFrame({"alias_id": ["b", "a"], "record_id": ["y", "x"]})
    >>> turned = rows.iloc[::-1, ::-1]
    >>> one = content_digest({"aliases": (rows, RECORD_ALIASES)})
    >>> one == content_digest({"aliases": (turned, RECORD_ALIASES)})
    True
    """
    digest = hashlib.sha256()
    for name in sorted(tables):
        frame, table = tables[name]
        rows = frame.sort_values(list(table.key), kind="stable", na_position="first")
        for part in _frame_parts(name, rows, table):
            digest.update(part)
    return digest.hexdigest()


def released_digest(frames: Mapping[str, pd.DataFrame]) -> str:
    """Return the content digest of a release, given its tables by name: what is validated is what is released."""
    return content_digest({table.name: (frames[table.name], table) for table in RELEASED})


def _frame_parts(name: str, rows: pd.DataFrame, table: Table) -> Iterable[bytes]:
    yield f"{name}\n{len(rows)}\n".encode()
    for column in sorted(rows.columns):
        values = rows[column]
        yield f"{column}\n".encode()
        if table.columns.get(column, "").startswith("geometry"):
            shapes = shapely.normalize(values.to_numpy(dtype=object))
            yield from _texts(shapely.to_wkb(shapes, byte_order=1))
        elif pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            numbers = values.astype("float64").to_numpy(dtype="<f8", na_value=np.nan) + 0.0
            numbers[np.isnan(numbers)] = np.nan
            yield numbers.tobytes()
        elif pd.api.types.is_datetime64_any_dtype(values):
            yield values.astype("datetime64[us, UTC]").astype("int64").to_numpy("<i8").tobytes()
        else:
            known = values.isna()
            yield from _texts(
                [
                    None if gone else str(value).encode()
                    for value, gone in zip(values, known, strict=True)
                ]
            )


def _texts(values: Iterable[bytes | None]) -> Iterable[bytes]:
    found = list(values)
    lengths = np.array([-1 if value is None else len(value) for value in found], dtype="<i8")
    yield lengths.tobytes()
    yield b"".join(value for value in found if value is not None)
