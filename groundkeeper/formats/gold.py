"""Answers that are known to be right: a CSV file with the columns ``item, field, value`` and, if wanted, ``source``.

A value is read as in answers: as JSON where it is JSON, and as text where it is not. ``source`` says how it is known.
Gold judges what the experts' answers come to, and never is a part of it.

A row without an item, a field or a value, and one that speaks of an item and field of which another row speaks, is
refused together with the whole file: gold that leaves a doubt is none. Whether there is such an item and field, and
whether the field allows the value, is asked when the file is ingested; a row of which that is not so is refused alone.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import FormatError, listing
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import control_characters, value_of
from groundkeeper.formats.texts import refuse_options, rows_of

NEEDED: Final = ("item", "field", "value")
OPTIONAL: Final = ("source",)


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every answer of the file that is known to be right, with its line.

    Raises
    ------
    FormatError
        If there is an option, or the file is not what its format says.
    """
    refuse_options(path, options)
    lines: dict[tuple[str, str], int] = {}
    rows: list[dict[str, object]] = []
    for line, row in rows_of(path, NEEDED, OPTIONAL):
        _require_whole(path, line, row)
        about = row["item"], row["field"]
        if about in lines:
            message = (
                f"{path}: line {line}: {row['field']} of item {row['item']!r} is on line {lines[about]} already; "
                "allowed is each item and field once; take one of the lines out"
            )
            raise FormatError(message)
        lines[about] = line
        rows.append(
            {
                "item_key": row["item"],
                "field": row["field"],
                "value": canonical_json(value_of(row["value"])),
                "source": row.get("source") or None,
                "line": line,
            }
        )
    if not rows:
        message = f"{path}: holds no answer; needed is at least one row below the header"
        raise FormatError(message)
    gold = frames.typed(pd.DataFrame(rows), frames.GOLD_TYPES, ["item_key", "field"])
    return Reading(gold=gold)


def _require_whole(path: Path, line: int, row: Mapping[str, str]) -> None:
    missing = [name for name in NEEDED if not row[name]]
    unseen = [name for name in ("item", "field") if control_characters(row[name])]
    for wrong, what in ((missing, "has nothing in"), (unseen, "has a control character in")):
        if wrong:
            message = f"{path}: line {line}: {what} {listing(wrong)}; needed are {listing(NEEDED)}; correct it"
            raise FormatError(message)
