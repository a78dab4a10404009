"""Tables for others, Parquet or CSV: all that were asked for are written, or none."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from groundkeeper import files
from groundkeeper.errors import TableError
from groundkeeper.files import TABLE_ENDINGS

if TYPE_CHECKING:
    import pandas as pd

WrittenTable: TypeAlias = "pd.DataFrame | Mapping[str, Sequence[object]]"
"""A frame of pandas, or columns of one length where pandas would take longer to import than the rest takes."""


def write(
    tables: Mapping[Path, WrittenTable],
    documents: Mapping[Path, Any] | None = None,
    *,
    keep: tuple[Path | None, ...] = (),
) -> None:
    """Put every table and JSON document at its path, or none of them.

    Raises
    ------
    TableError
        If a table has another ending than those of tables, or a file of *keep* would be overwritten.
    StorageError
        If the disk refuses one of them; nothing was changed.
    """
    writing: dict[Path, Callable[[Path], None]] = {}
    for path, table in tables.items():
        if path.suffix.lower() not in TABLE_ENDINGS:
            allowed = " and ".join(TABLE_ENDINGS)
            message = f"{path}: found the ending {path.suffix or 'none'}; allowed are {allowed}; name it so"
            raise TableError(message)
        writing[path] = _table_writer(table, is_csv=path.suffix.lower() == TABLE_ENDINGS[1])
    for path, document in (documents or {}).items():
        writing[path] = _json_writer(document)
    inputs = {path.resolve() for path in keep if path is not None}
    for path in writing:
        if path.resolve() in inputs:
            message = (
                f"{path}: it is what was read, and would be overwritten; write to another place"
            )
            raise TableError(message)
        if path.is_dir():
            message = f"{path}: found a folder where a file is to be; write to another place"
            raise TableError(message)
        nearest = next(parent for parent in path.parents if parent.exists())
        if not nearest.is_dir():
            message = (
                f"{path}: found a file where a folder is to be: {nearest}; write to another place"
            )
            raise TableError(message)
    _write_all(list(writing.items()))


def _write_all(writing: list[tuple[Path, Callable[[Path], None]]]) -> None:
    """Write the first to its temporary name, then all others, and then put the first in its place."""
    if not writing:
        return
    (path, write_first), *others = writing

    def first_and_others(partial: Path) -> None:
        write_first(partial)
        _write_all(others)

    files.replace(path, first_and_others)


def _table_writer(table: WrittenTable, *, is_csv: bool) -> Callable[[Path], None]:
    if is_csv and isinstance(table, Mapping):
        return lambda partial: _write_rows(partial, table)
    import pyarrow as pa  # noqa: PLC0415 - a CSV of columns does without
    import pyarrow.csv as pa_csv  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    if isinstance(table, Mapping):
        arrow = pa.table(
            {name: pa.array(column, from_pandas=True) for name, column in table.items()}
        )
    else:
        arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata()

    def write_table(partial: Path) -> None:
        if is_csv:
            pa_csv.write_csv(arrow, partial, pa_csv.WriteOptions(quoting_style="needed"))
        else:
            pq.write_table(arrow, partial)

    return write_table


def _write_rows(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    """Write *columns* as CSV; what is missing or not a number is empty, true and false are as Arrow spells them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(
            zip(*([_cell(value) for value in column] for column in columns.values()), strict=True)
        )


def _cell(value: object) -> object:
    if value is None or value != value:  # noqa: PLR0124 - so is a value that is not a number
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _json_writer(document: object) -> Callable[[Path], None]:
    return lambda partial: files.write_json(partial, document)
