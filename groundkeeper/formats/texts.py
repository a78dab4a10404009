"""Lines and CSV rows of a text file, with their numbers; what is no UTF-8 or has no header is refused."""

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from groundkeeper.errors import FormatError, listing


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line of *path* that is not blank, with its number, from 1.

    Raises
    ------
    FormatError
        If the file cannot be read, or is no UTF-8.
    """
    return ((number, line) for number, line in enumerate(_lines(path), start=1) if line.strip())


def rows_of(
    path: Path, needed: Collection[str], allowed: Collection[str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a CSV file by column, spaces around a value cut, with the number of its line.

    Parameters
    ----------
    path : Path
        A file with commas between cells, and names in its first line.
    needed : collection of str
        Columns that must be there.
    allowed : collection of str, optional
        Columns that may be there as well; any by default.

    Raises
    ------
    FormatError
        If the file cannot be read, lacks a column, has one twice or one that is not allowed, or a row has more or
        fewer cells than the header.
    """
    reader = csv.reader(_lines(path), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_columns(path, header, needed, allowed)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                message = (
                    f"{path}: line {reader.line_num}: found {len(row)} cells, the header has "
                    f"{len(header)}; put a text with a comma into quotes"
                )
                raise FormatError(message)
            cells = (cell.strip() for cell in row)
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        message = f"{path}: line {reader.line_num}: not CSV ({error}); correct the line"
        raise FormatError(message) from error


def refuse_options(path: Path, options: Mapping[str, str]) -> None:
    """Make sure that a format without options is given none.

    Raises
    ------
    FormatError
        If there is one.
    """
    if options:
        message = f"{path}: unknown option {listing(sorted(options))}; this format has none"
        raise FormatError(message)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: cannot be read as UTF-8 text ({error}); save it so and add it again"
        raise FormatError(message) from error


def _require_columns(
    path: Path, header: list[str], needed: Collection[str], allowed: Collection[str] | None
) -> None:
    known = None if allowed is None else {*needed, *allowed}
    missing = [name for name in needed if name not in header]
    foreign = [name for name in header if known is not None and name not in known]
    twice = sorted({name for name in header if header.count(name) > 1 or not name})
    for wrong, what in ((missing, "lacks"), (foreign, "has the unknown"), (twice, "repeats")):
        if wrong:
            message = (
                f"{path}: line 1: {what} column {listing(map(repr, wrong))}; found {listing(header) or 'nothing'}, "
                f"needed are {listing(needed)}"
                + (f", allowed are {listing(sorted(known))}" if known else "")
            )
            raise FormatError(message)
