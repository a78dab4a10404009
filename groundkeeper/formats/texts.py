"""Lines and CSV rows of a text file, with their numbers, and the JSON in them.

What is no UTF-8, has no header, or is JSON that no table can hold is refused.
"""

import csv
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from groundkeeper.errors import FormatError, listing

DEEPEST: Final = 32
"""How deep lists and objects may stand in one another; nobody writes deeper ones by intention."""

LARGEST: Final = 2**63 - 1
"""The largest whole number that a table holds."""


def text_of(path: Path) -> str:
    """Return what stands in the file *path*.

    Raises
    ------
    FormatError
        If the file cannot be read, or is no UTF-8.
    """
    return "".join(_lines(path))


def json_lines(path: Path, holds: str) -> Iterator[tuple[int, JsonValue]]:
    """Yield the JSON on each line of *path* that is not blank, with its number, from 1; *holds* says what a line is.

    Raises
    ------
    FormatError
        If the file cannot be read, is no UTF-8, or a line is not JSON as ``json_of`` has it.
    """
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            try:
                yield number, json_of(line)
            except ValueError as error:
                message = f"{path}: line {number}: not JSON ({error}); write {holds} a line, each key once"
                raise FormatError(message) from error


def rows_of(
    path: Path,
    needed: Collection[str],
    allowed: Collection[str] | None = None,
    reserved: Collection[str] = (),
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
    reserved : collection of str
        Columns that must be called exactly so: one that differs in case or spaces alone is refused.

    Raises
    ------
    FormatError
        If the file cannot be read, lacks a column, has one twice or one that is not allowed, or a row has more or
        fewer cells than the header.
    """
    reader = csv.reader(_lines(path), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_exact(path, header, reserved)
        _require_columns(path, header, needed, allowed)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                message = (
                    f"{path}: line {reader.line_num}: found {len(row)} cells, the header has "
                    f"{len(header)}; make them as many, and put a text with a comma into quotes"
                )
                raise FormatError(message)
            cells = (cell.strip() for cell in row)
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        message = f"{path}: line {reader.line_num}: not CSV ({error}); correct the line"
        raise FormatError(message) from error


def json_of(text: str) -> JsonValue:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        If it is something else, a key stands twice, a number is NaN, infinite or beyond ``LARGEST``, lists and
        objects stand deeper than ``DEEPEST``, or a text holds half a character.

    Examples
    --------
    >>> json_of('{"malignancy": 4}')
    {'malignancy': 4}
    """
    try:
        found: JsonValue = json.loads(
            text,
            object_pairs_hook=_each_once,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if _depth(found) > DEEPEST:
        raise ValueError(_TOO_DEEP)
    if "\\" in text:
        json.dumps(found, ensure_ascii=False).encode()
    return found


_TOO_DEEP: Final = f"lists and objects stand deeper than {DEEPEST} in one another"


def _depth(value: JsonValue) -> int:
    """Return how many lists and objects stand in one another, found without recursion."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, list | dict)]:
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth


def _each_once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    said = dict(pairs)
    if len(said) < len(pairs):
        message = f"a key stands twice among {', '.join(name for name, _ in pairs)}"
        raise ValueError(message)
    return said


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        message = f"{text} is no finite number, and JSON has no other"
        raise ValueError(message)
    return number


def _whole(text: str) -> int:
    if len(text) > len(str(-LARGEST)) or abs(number := int(text)) > LARGEST:
        message = f"a whole number of {len(text)} digits is too large"
        raise ValueError(message)
    return number


def refuse_options(path: Path, options: Mapping[str, str]) -> None:
    """Make sure that a format without options is given none.

    Raises
    ------
    FormatError
        If there is one.
    """
    if options:
        message = (
            f"{path}: unknown option {listing(sorted(options))}; this format has none; leave it out"
        )
        raise FormatError(message)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except FileNotFoundError as error:
        message = f"{path}: no such file; check the path"
        raise FormatError(message) from error
    except OSError as error:
        message = (
            f"{path}: cannot be read ({error.strerror}); give the path of one file that may be read"
        )
        raise FormatError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: cannot be read as UTF-8 text ({error}); save it so and add it again"
        raise FormatError(message) from error


def _require_exact(path: Path, header: Collection[str], reserved: Collection[str]) -> None:
    meant = {_folded(name): name for name in reserved}
    for name in header:
        if name not in reserved and _folded(name) in meant:
            message = (
                f"{path}: line 1: found column {name!r}; it must be called {meant[_folded(name)]!r}, "
                "or otherwise altogether if it is an attribute"
            )
            raise FormatError(message)


def _folded(name: str) -> str:
    """Return *name* without its case and what stands between its words."""
    return re.sub(r"[\s_]", "", name).casefold()


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
                + "; correct the header"
            )
            raise FormatError(message)
