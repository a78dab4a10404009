"""Facets as a file of items states them: each of one type, under a name that tables and rules can use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import JsonValue

from groundkeeper.errors import FormatError
from groundkeeper.formats.cells import control_characters, value_of
from schemas.names import GT_ITEMS, ITEMS, SAMPLE

NAMED: Final = frozenset(
    {"item", "group", "uri", "sha256", "width_px", "height_px", "frames", "captured_at"}
)
"""Columns of a file of items that are no facets."""

TAKEN: Final = frozenset({*ITEMS.columns, *SAMPLE.columns, *GT_ITEMS.columns, "batch"}) - NAMED
"""What tables of items have columns for."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""A name that the expression of a rule may have."""

LONGEST: Final = 200
"""A longer text is what the item says, and not something known of it."""

KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
}


def cells_of(row: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return what the cells of a CSV row say by column: facets their value, the others their text; empty ones nothing.

    Examples
    --------
    >>> cells_of({"item": "7", "words": "7", "language": "", "seen": "TRUE"})
    {'item': '7', 'words': 7, 'seen': True}
    """
    said = {name: cell for name, cell in row.items() if cell}
    return {name: cell if name in NAMED else value_of(cell) for name, cell in said.items()}


@dataclass
class Facets:
    """The facets of the items of the file at *path*, added line by line.

    ``first`` has, by facet, the kind of its first value and the line that it is on.
    """

    path: Path
    rows: list[Mapping[str, JsonValue]] = field(default_factory=list)
    first: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, line: int, said: Mapping[str, JsonValue]) -> None:
        """Take in the facets of one item.

        Raises
        ------
        FormatError
            If a name is not usable, a value is no facet's, or another of the same facet is of another type.
        """
        for name, value in said.items():
            kind = self._kind(line, name, value)
            if name not in self.first:
                self._require_name(line, name)
            first, where = self.first.setdefault(name, (kind, line))
            if kind != first:
                message = (
                    f"{self.path}: line {line}: {name}: found {kind} ({value!r}), and line {where} has {first}; all "
                    'values of a facet are of one type; correct one, or write a number that is a text as "7", with '
                    "its quotes"
                )
                raise FormatError(message)
        self.rows.append(said)

    def columns(self) -> dict[str, pd.Series]:
        """Return one column a facet, by name, typed; a value that no line states is missing."""
        return {name: self._column(name) for name in sorted(self.first)}

    def _column(self, name: str) -> pd.Series:
        values = [row.get(name) for row in self.rows]
        whole = None not in values
        kinds = {type(value) for value in values if value is not None}
        if kinds == {bool}:
            return pd.Series(values, dtype="bool" if whole else "boolean")
        if kinds == {int}:
            return pd.Series(values, dtype="int64" if whole else "Int64")
        return pd.Series(values, dtype="str" if kinds == {str} else "float64")

    def _kind(self, line: int, name: str, value: JsonValue) -> str:
        kind = KINDS.get(type(value))
        found = str(value)
        if kind is None or len(found) > LONGEST or control_characters(found):
            message = (
                f"{self.path}: line {line}: {name}: found {found[:LONGEST]!r}; allowed are true and false, a number, "
                f"or a text in one line of at most {LONGEST} characters; what an item says or shows is a file that "
                "`uri` names"
            )
            raise FormatError(message)
        return kind

    def _require_name(self, line: int, name: str) -> None:
        if name in TAKEN or NAME.fullmatch(name) is None:
            why = "a name that tables of items have" if name in TAKEN else "no usable name"
            message = (
                f"{self.path}: line {line}: column {name!r} is {why}; allowed is a small letter, then small letters, "
                "digits and _, at most 63; call it otherwise"
            )
            raise FormatError(message)
