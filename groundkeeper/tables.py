"""The only module that reads or writes tables: Parquet, typed, sorted, the same bytes for the same rows."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from groundkeeper import files
from groundkeeper.errors import TableError, listing
from schemas.table import Table

ARROW: dict[str, pa.DataType] = {
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "geometry": pa.binary(),
    "json": pa.string(),
}
ROW_GROUP = 128 * 1024


def read(path: Path, table: Table) -> pd.DataFrame:
    """Return the rows of *table* at *path*, its declared columns first; geometry as shapely objects.

    Raises
    ------
    TableError
        If the file is missing, is not Parquet, or lacks a declared column.
    """
    try:
        arrow = pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        message = f"{path}: no such table; run the stage that writes it (`dvc repro`)"
        raise TableError(message) from None
    except (pa.ArrowException, OSError) as error:
        message = f"{path}: not a Parquet file ({error}); restore it with `dvc checkout`"
        raise TableError(message) from error
    missing = [name for name in table.columns if name not in arrow.column_names]
    if missing:
        message = (
            f"{path}: the table {table.name} lacks the columns {listing(missing)}; "
            f"it has {listing(arrow.column_names)}. Run the stage that writes it again."
        )
        raise TableError(message)
    frame: pd.DataFrame = arrow.to_pandas()
    for name, kind in table.columns.items():
        if kind.startswith("geometry"):
            frame[name] = shapely.from_wkb(frame[name].to_numpy())
    return frame


def write(frame: pd.DataFrame, path: Path, table: Table) -> None:
    """Put the rows of *frame* at *path*, sorted by the table's key, whole or not at all.

    Raises
    ------
    TableError
        If a column is missing, undeclared, null where it must not be, or of another type; or the key repeats.
    StorageError
        If the disk refuses the write.
    """
    arrow = to_arrow(frame, table)
    files.replace(path, lambda partial: _save(arrow, partial))


def empty(table: Table) -> pd.DataFrame:
    """Return *table* without rows, its columns typed as a written and read one would be."""
    schema = pa.schema([(name, ARROW[kind.rstrip("?")]) for name, kind in table.columns.items()])
    frame: pd.DataFrame = schema.empty_table().to_pandas()
    return frame


def to_arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """Return *frame* as the typed, sorted Arrow table that ``write`` stores."""
    _require_columns(frame, table)
    ordered = frame.sort_values(list(table.key), kind="stable", na_position="first")
    if ordered.duplicated(list(table.key)).any():
        repeated = ordered.loc[ordered.duplicated(list(table.key)), list(table.key)]
        message = (
            f"table {table.name}: the key ({', '.join(table.key)}) repeats "
            f"for {listing(map(tuple, repeated.to_numpy().tolist()))}"
        )
        raise TableError(message)
    extra = sorted(set(frame.columns) - set(table.columns))
    fields = [*table.columns.items(), *((name, None) for name in extra)]
    columns = {name: _column(ordered[name], kind, table) for name, kind in fields}
    arrow = pa.table(columns)
    geometry = [name for name, kind in table.columns.items() if kind.startswith("geometry")]
    if geometry:
        arrow = arrow.replace_schema_metadata({"geo": json.dumps(_geoparquet(geometry))})
    return arrow


def _require_columns(frame: pd.DataFrame, table: Table) -> None:
    missing = [name for name in table.columns if name not in frame.columns]
    extra = [] if table.open else [name for name in frame.columns if name not in table.columns]
    if missing or extra:
        message = (
            f"table {table.name}: missing columns {listing(missing)}, "
            f"undeclared columns {listing(extra)}; it is declared with {listing(table.columns)}"
        )
        raise TableError(message)


def _column(values: pd.Series, kind: str | None, table: Table) -> pa.ChunkedArray | pa.Array:
    name = values.name
    try:
        if kind is None:
            array = pa.array(_plain(values), _text_type(values), from_pandas=True)
        elif kind.startswith("geometry"):
            array = pa.array(shapely.to_wkb(values.to_numpy(), byte_order=1), pa.binary())
        else:
            array = pa.array(_plain(values), ARROW[kind.rstrip("?")], from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as error:
        message = f"table {table.name}, column {name}: not of type {kind or 'one type'} ({error})"
        raise TableError(message) from error
    if kind and not kind.endswith("?") and array.null_count:
        message = (
            f"table {table.name}, column {name}: {array.null_count} rows are null; none may be"
        )
        raise TableError(message)
    return array


def _text_type(values: pd.Series) -> pa.DataType | None:
    """Return the type of a text column, which pyarrow could not tell from its values if all are null."""
    return pa.string() if isinstance(values.dtype, pd.StringDtype) else None


def _plain(values: pd.Series) -> Any:  # noqa: ANN401 - whatever pyarrow takes
    """Return *values* so that pyarrow infers one canonical type: large strings would differ in bytes."""
    if pd.api.types.is_string_dtype(values.dtype) or values.dtype == object:
        return values.astype(object).where(values.notna(), None).to_numpy()
    return values.array if values.hasnans else np.asarray(values)


def _geoparquet(columns: list[str]) -> dict[str, object]:
    """Return the file metadata of GeoParquet 1.1.0; ``crs`` is null because coordinates are image pixels."""
    return {
        "version": "1.1.0",
        "primary_column": columns[0],
        "columns": {
            name: {"encoding": "WKB", "geometry_types": [], "crs": None} for name in columns
        },
    }


def _save(arrow: pa.Table, partial: Path) -> None:
    try:
        pq.write_table(arrow, partial, compression="zstd", row_group_size=ROW_GROUP)
    except OSError as error:
        if error.errno is None and "No space left" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
