"""Items of one's own: texts, images, rows of a table, one a line, in CSV or JSON Lines.

Every item has an ``item``, its key. These may be left out:

* ``group``: what it belongs with, such as its document or patient; by default every item is a group of its own;
* ``uri``, where it is; ``sha256`` of what is there; ``captured_at``, a moment with its time zone: not known by default;
* ``width_px, height_px`` of an image: none by default, as of a text; ``frames``: 1 by default.

Every other column is a facet: something known before anybody labels the item, by which the sample may be drawn and
figures are broken down. All values of a facet are true or false, or numbers, or short texts. A cell of CSV is read as
in answers: as JSON where it is JSON, and as text where it is not; an empty one is not known.

A file that is not so is refused as a whole, with the line: a pool of items is complete, or nobody knows what it is a
pool of.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
from pydantic import BeforeValidator, Field, JsonValue

from groundkeeper.checked import checked, shown, spelt
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import Name
from groundkeeper.formats.drawing import Model
from groundkeeper.formats.item_facets import NAMED, Facets, cells_of
from groundkeeper.formats.texts import json_lines, refuse_options, rows_of
from schemas.rules import SHA256

TYPES: Final = frames.ITEM_TYPES | dict.fromkeys(("width_px", "height_px", "frames"), "Int64")
"""Column types of the items; what is not stated is missing, and another batch may state it."""

MOST: Final = 10**9
"""No image is wider or higher, and none has more frames; a greater number is a slip."""


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "needed is ISO 8601 with a time zone, such as 2026-03-02T10:00:00Z; correct it"
    raise ValueError(message)


def _digest(value: object) -> str:
    return str(value).lower()


Digest = Annotated[str, BeforeValidator(_digest), spelt(SHA256, "64 hex digits")]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Size = Annotated[int, Field(ge=1, le=MOST)]


class _Item(Model):
    item: Name
    group: Name | None = None
    uri: Name | None = None
    sha256: Digest | None = None
    width_px: Size | None = None
    height_px: Size | None = None
    frames: Size | None = None
    captured_at: Moment | None = None


def items(path: Path, options: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per item, by ``item_key``: the columns of ``Reading.items``, missing where not stated, and facets.

    Raises
    ------
    FormatError
        If there is an option, or the file is not what its format says.
    """
    refuse_options(path, options)
    facets, stated, lines = Facets(path), list[dict[str, object]](), dict[str, int]()
    for line, said in _rows(path):
        told = {name: value for name, value in said.items() if value is not None}
        named = {name: told[name] for name in told if name in NAMED}
        item = checked(_Item, named, f"{path}: line {line}")
        if item.item in lines:
            message = (
                f"{path}: line {line}: item {item.item!r} is on line {lines[item.item]} already; allowed is each item "
                "once; take one of the lines out"
            )
            raise FormatError(message)
        lines[item.item] = line
        facets.add(line, {name: told[name] for name in told if name not in NAMED})
        stated.append(item.model_dump())
    if not stated:
        message = f"{path}: holds no item; needed is at least one, a line each"
        raise FormatError(message)
    table = pd.DataFrame(stated, dtype=object).rename(
        columns={"item": "item_key", "group": "group_id"}
    )
    columns = facets.columns()
    whole = table.assign(**columns)
    return frames.typed(whole, TYPES | {n: str(c.dtype) for n, c in columns.items()}, ["item_key"])


def read(path: Path, options: Mapping[str, str], wanted: Collection[str]) -> Reading:
    """Return the *wanted* items; such a file says nothing else.

    Raises
    ------
    FormatError
        As ``items``.
    """
    found = items(path, options)
    return Reading(items=found[found["item_key"].isin(wanted)].reset_index(drop=True))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    """Yield what each line says, by column, with its number."""
    if path.suffix.lower() == ".csv":
        for line, row in rows_of(path, needed=("item",), reserved=NAMED):
            yield line, cells_of(row)
        return
    for line, said in json_lines(path, "one item"):
        if not isinstance(said, dict):
            message = f"{path}: line {line}: found {shown(said)}; needed is one JSON object a line"
            raise FormatError(message)
        yield line, said
