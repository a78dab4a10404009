"""How far annotators agree on shapes, as people read it: by threshold, by label and by size."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import typer

from groundkeeper.cli import output
from groundkeeper.core.agreement.object_names import AT_LEAST, OBJECT
from groundkeeper.core.measures import ALL
from groundkeeper.errors import listing
from groundkeeper.reports import undefined
from groundkeeper.reports.measure_rows import NOTES
from groundkeeper.reports.objects import BY_THRESHOLD

Measure: TypeAlias = dict[str, Any]
"""A row of the table ``measures``."""


def print_tables(rows: Sequence[Measure], at_least: float) -> None:
    """Print what the table ``measures`` of objects says, at all thresholds and then at *at_least*."""
    by_threshold = [row for row in rows if row["facet"] == AT_LEAST and row["subject"] == OBJECT]
    others = sorted((row for row in rows if row["facet"] != AT_LEAST), key=_place)
    known = {row["measure"] for row in rows if row["value"] is not None}
    columns = {measure: head for head, measure in BY_THRESHOLD if measure in known}
    columns = columns or dict([BY_THRESHOLD[0][::-1]])
    _print("alike from", by_threshold, columns)
    _print(f"at {at_least:g}", others, columns)
    for note in _notes([row for row in others if row["measure"] in columns]):
        typer.echo(note)


def _print(title: str, rows: Sequence[Measure], columns: dict[str, str]) -> None:
    lines: dict[str, dict[str, Measure]] = {}
    for row in rows:
        lines.setdefault(_name(row), {})[row["measure"]] = row
    cells = [
        (name, *(_cell(told.get(measure)) for measure in columns), _count(told))
        for name, told in lines.items()
    ]
    heads = (title, *columns.values(), "objects")
    output.print_table(heads, cells, numbers=range(1, len(heads)))


def _place(row: Measure) -> tuple[bool, bool, str, str]:
    """Return what rows are sorted by: all objects, then labels, then sizes."""
    return (row["facet"] != ALL, row["subject"] != OBJECT, row["subject"], row["level"])


def _name(row: Measure) -> str:
    """Return what a figure is of.

    Examples
    --------
    >>> _name({"facet": "all", "level": "all", "subject": "label=cat"})
    'label cat'
    >>> _name({"facet": "size", "level": "small", "subject": "object"})
    'size small'
    """
    if row["facet"] == AT_LEAST:
        return str(row["level"])
    whole = "all objects" if row["subject"] == OBJECT else row["subject"].replace("=", " ", 1)
    if row["facet"] == ALL:
        return str(whole)
    part = f"{row['facet']} {row['level']}"
    return part if row["subject"] == OBJECT else f"{whole}, {part}"


def _cell(row: Measure | None) -> str:
    return "" if row is None else undefined.number(row["value"], row["low"], row["high"])


def _count(told: dict[str, Measure]) -> str:
    """Return how many objects were drawn, which is what alpha and F1 stand on."""
    return f"{max(row['n'] for row in told.values()):,}"


def _notes(rows: Sequence[Measure]) -> list[str]:
    """Return what the notes of *rows* say, each once; behind one that is not of all of them, what it is of."""
    of_note: dict[str, list[str]] = {}
    for row in rows:
        for note in filter(None, row["note"].split(NOTES)):
            of_note.setdefault(note, []).append(_name(row))
    names = {_name(row) for row in rows}
    return [
        note if set(of) == names else f"{note} ({listing(dict.fromkeys(of))})"
        for note, of in of_note.items()
    ]
