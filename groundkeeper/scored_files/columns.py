"""What columns of anybody's tables are called, and what they say: items, annotators, and when something was said."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from groundkeeper.box_files import ITEM
from groundkeeper.column_files import ColumnFile
from groundkeeper.errors import TableError, listing
from groundkeeper.typed_columns import names as texts

ANNOTATOR: Final = ("annotator", "annotator_id", "worker", "worker_id", "rater", "model")
TIMES: Final = "datetime64[us, UTC]"
WHEN: Final = ("submitted_at", "time", "month")


def called(file: ColumnFile, names: Sequence[str]) -> str | None:
    """Return the first of *names* that a column of the file has."""
    return next((name for name in names if name in file.names), None)


def item_column(file: ColumnFile, names: Sequence[str] = ITEM) -> str:
    """Return the name of the column of the item, which is one of *names*.

    Raises
    ------
    TableError
        If there is none.
    """
    name = called(file, names)
    if name is None:
        found = listing(file.names)
        message = f"{file.path}: found the columns {found}; needed is the item, called one of {listing(names)}"
        raise TableError(message)
    return name


def told(
    file: ColumnFile, wanted: Sequence[str], otherwise: str, names: Sequence[str] = ITEM
) -> pd.DataFrame:
    """Return the columns *wanted*, and ``item, annotator, submitted_at`` of each row as text and as time in UTC.

    Parameters
    ----------
    file : ColumnFile
        The table.
    wanted : sequence of str
        Other columns, which come as they stand.
    otherwise : str
        Who says it all, where the table does not say who.
    names : sequence of str
        What the column of the item may be called.

    Raises
    ------
    TableError
        If a row names no item, no annotator where the table has them, or a time that is none; the message has the
        places.
    """
    item, who, when = item_column(file, names), called(file, ANNOTATOR), called(file, WHEN)
    read = file.read(dict.fromkeys([item, *(name for name in (who, when) if name), *wanted]))
    file.refuse(read[item], read[item].isna(), "the item of every row", "name it")
    if who:
        file.refuse(read[who], read[who].isna(), "the annotator of every row", "name it")
    found = read[list(dict.fromkeys(wanted))]
    return found.assign(
        item=texts(read[item]),
        annotator=texts(read[who]) if who else otherwise,
        submitted_at=_times(file, read[when]) if when else undated(read),
    )


def require_once(file: ColumnFile, rows: pd.DataFrame, by: Sequence[str]) -> None:
    """Make sure that no two of *rows*, which ``told`` returned, have the same *by*.

    Raises
    ------
    TableError
        If some do; the message has the places.
    """
    again = rows.duplicated(list(by))
    file.refuse(rows["item"], again, "each item once", "leave the others out")


def undated(rows: pd.DataFrame) -> pd.Series:
    """Return times of *rows* of which nobody says when they were stated."""
    return pd.Series(pd.NaT, rows.index, dtype=TIMES)


def _times(file: ColumnFile, column: pd.Series) -> pd.Series:
    times = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")
    wrong = column.notna() & times.isna()
    file.refuse(column, wrong, "a time, such as 2026-03-31 or 2026-03-31T12:00Z", "correct it")
    return times.astype(TIMES)
