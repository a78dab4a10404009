"""Columns of anybody's file, Parquet or CSV, as they stand in it, and where in it a row is."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from groundkeeper.errors import TableError, listing
from groundkeeper.files import TABLE_ENDINGS

SEPARATORS: Final = (";", "\t", "|")
"""What stands in a file that others call CSV as well, and is refused."""
CORRECT: Final = "correct the file, or leave it empty"

_BLOCK_BYTES: Final = 2**24
"""A CSV file is parsed in blocks of this size; a row has to fit into one."""
_UNNAMED: Final = re.compile(r"__index_level_\d+__")
"""How pandas calls the numbers of rows in a Parquet file."""


@dataclass(frozen=True)
class ColumnFile:
    """A file that was found to be there and to have the columns *names*, each once."""

    path: Path
    names: tuple[str, ...]

    @property
    def is_csv(self) -> bool:
        """Whether it is CSV, and not Parquet."""
        return self.path.suffix.lower() == TABLE_ENDINGS[1]

    def read(self, wanted: Iterable[str]) -> pd.DataFrame:
        """Return the columns *wanted*, at least one, as they stand in the file: of CSV as texts, nothing as missing.

        Raises
        ------
        TableError
            If the file is damaged, or a row of CSV has more or fewer cells than the header.
        """
        names = list(wanted)
        try:
            table = self._csv(names) if self.is_csv else self._parquet(names)
            found: pd.DataFrame = table.to_pandas(ignore_metadata=True)[names]
        except (pa.ArrowException, ValueError, OSError) as error:
            raise _unreadable(self.path, self._ragged() or _said(error)) from error
        return found

    def refuse(
        self, column: pd.Series, wrong: pd.Series, allowed: str, advice: str = CORRECT
    ) -> None:
        """Make sure that no row is *wrong*, bool on the index of *column*, which has the numbers of the rows.

        Raises
        ------
        TableError
            If one is; the message has the values and where they stand.
        """
        wrong = wrong.fillna(value=False).astype(bool)
        if not wrong.any():
            return
        rows = column.index[wrong.to_numpy()].tolist()
        places = self._places(rows)
        values = column.astype(object).where(column.notna(), None)[wrong].tolist()
        found = listing(
            f"{'nothing' if value is None else repr(value)} ({place})"
            for value, place in zip(values, places, strict=True)
        )
        message = f"{self.path}: {column.name}: found {found}; allowed is {allowed}; {advice}"
        raise TableError(message)

    def _places(self, rows: Sequence[int]) -> list[str]:
        """Return where *rows* stand: the line that each starts on in a CSV file, else its number."""
        lines = dict(self._lines(set(rows))) if self.is_csv else {}
        return [f"line {lines[row]}" if row in lines else f"row {row + 1}" for row in rows]

    def _lines(self, rows: set[int]) -> Iterator[tuple[int, int]]:
        # Blank lines and line breaks within quotes are why a row is not just two lines below its number.
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for row, (line, _) in enumerate(_cells(file), start=-1):
                    if row in rows:
                        yield row, line
        except csv.Error:
            return

    def _csv(self, names: list[str]) -> pa.Table:
        return pa_csv.read_csv(
            self.path,
            pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
            pa_csv.ParseOptions(newlines_in_values=True),
            pa_csv.ConvertOptions(
                include_columns=names,
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _parquet(self, names: list[str]) -> pa.Table:
        with pq.ParquetFile(self.path) as file:
            return file.read(columns=names)

    def _ragged(self) -> str:
        """Return which line of a CSV file is the first that has other cells than the header has, in words."""
        if not self.is_csv:
            return ""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for line, cells in _cells(file):
                    if len(cells) != len(self.names):
                        return (
                            f"line {line}: found {len(cells)} cells; allowed are {len(self.names)}, "
                            "as in the header"
                        )
        except (csv.Error, UnicodeDecodeError):
            pass
        return ""


def find(path: Path) -> ColumnFile:
    """Return the file *path* with the names of its columns.

    Raises
    ------
    TableError
        If it is not there, is neither Parquet nor CSV, has no columns, or has one twice.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        message = f"{path}: found {found}; allowed is a Parquet or a CSV file; check the path"
        raise TableError(message)
    ending = path.suffix.lower()
    if ending not in TABLE_ENDINGS:
        allowed = " and ".join(TABLE_ENDINGS)
        message = (
            f"{path}: found the ending {ending or 'none'}; allowed are {allowed}; convert the file"
        )
        raise TableError(message)
    try:
        names = _csv_names(path) if ending == TABLE_ENDINGS[1] else _parquet_names(path)
    except UnicodeDecodeError as error:
        message = f"{path}: found bytes that are not UTF-8 at {error.start}; save it as UTF-8"
        raise TableError(message) from error
    except (pa.ArrowException, csv.Error, ValueError, OSError) as error:
        raise _unreadable(path, _said(error)) from error
    _require_columns(path, names)
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        message = (
            f"{path}: found the columns {listing(repeated)} twice; allowed is each once; rename one"
        )
        raise TableError(message)
    return ColumnFile(path, tuple(names))


def _parquet_names(path: Path) -> list[str]:
    with pq.ParquetFile(path) as file:
        return [name for name in file.schema_arrow.names if not _UNNAMED.fullmatch(name)]


def _csv_names(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(_cells(file), (1, []))[1]


def _require_columns(path: Path, names: list[str]) -> None:
    if not names:
        message = f"{path}: found no columns; allowed is a header that names them; add it"
        raise TableError(message)
    separator = next((mark for mark in SEPARATORS if mark in names[0]), None)
    if len(names) == 1 and separator is not None:
        message = (
            f"{path}: found columns separated by {separator!r}; allowed is a comma; "
            "save it with commas"
        )
        raise TableError(message)


def _cells(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row of CSV starts, the header first, and its cells; blank lines are none."""
    reader, before = csv.reader(lines), 0
    for cells in reader:
        if cells:
            # A row with line breaks within quotes is known by its last line: it starts after the one before.
            yield before + 1, cells
        before = reader.line_num


def _said(error: Exception) -> str:
    return " ".join(str(error).split())


def _unreadable(path: Path, why: str) -> TableError:
    return TableError(f"{path}: cannot be read: {why}; check the file, or write it again")
