"""Records or observations in a file of anybody's: Parquet or CSV, one row a record, one column a field.

Nothing but guidelines is needed to read them: no repository, no batch. Columns are called as fields and decisions are;
others are left alone and named. A row is read by the version it was made under.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pandas as pd

from groundkeeper import column_files
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import ORDERED, Field
from groundkeeper.core.impact.precision import DRAWN_AS
from groundkeeper.errors import TableError, listing
from groundkeeper.typed_columns import names, numbers, texts, typed
from schemas.names import SPREAD_ENDINGS

RECORD_ID: Final = ("record_id", "id")
ITEM_ID: Final = "item_id"
ERA: Final = "era"
GROUP_ID: Final = "group_id"
MEASURED: Final = frozenset({"votes", "experts", "lead_time_s", "spread_iou", "spread_px"})
"""Columns of numbers that are not below 0, as is each called ``spread_<measure>_px``."""
LOWEST, HIGHEST = SPREAD_ENDINGS

Declared: TypeAlias = Mapping[str, Field]
"""Version to how it declares one field; where it does not, another version does."""


@dataclass(frozen=True)
class Records:
    """Rows of a file.

    Attributes
    ----------
    table
        ``record_id, item_id, era`` and typed columns; those in which nothing stands are left out.
    ignored
        Columns that nobody reads.
    has_items
        Whether the rows say which item they are of.
    """

    table: pd.DataFrame
    ignored: tuple[str, ...]
    has_items: bool


def read(path: Path, *guidelines: Guideline) -> Records:
    """Return the records in the file *path*, each typed as the version that it was made under declares its fields.

    A record without an era is of the first of *guidelines*, one without an id has the number of its row, and one
    without an item is an item of its own.

    Raises
    ------
    TableError
        If the file cannot be read, has none of the fields and decisions, or holds what a field or a column cannot;
        the message names rows, and lines of a CSV file.
    """
    file = column_files.find(path)
    fields = {name: None for guideline in guidelines for name in guideline.fields}
    decisions = {name: None for guideline in guidelines for name in guideline.decisions}
    if not any(name in fields or name in decisions for name in file.names):
        message = (
            f"{path}: found the columns {listing(file.names)}; allowed are those of the guideline: "
            f"{listing([*fields, *decisions])}; call a column as a field or a decision is"
        )
        raise TableError(message)
    declared = {name: _declared(_field_of(name, guidelines), guidelines) for name in file.names}
    read_as_they_are = {*decisions, *RECORD_ID, ITEM_ID, ERA, GROUP_ID, DRAWN_AS}
    used = [n for n in file.names if declared[n] or n in read_as_they_are or _is_measured(n)]
    raw = file.read(used).dropna(axis="columns", how="all")
    era = _eras(file, raw, guidelines)
    columns: dict[str, pd.Series] = {}
    for name in map(str, raw.columns):
        if declared[name]:
            columns[name] = _by_era(file, raw[name], era, declared[name])
        elif _is_measured(name):
            columns[name] = numbers(file, raw[name], low=0)
        elif name in decisions or name in {GROUP_ID, DRAWN_AS}:
            columns[name] = texts(raw[name])
    _require_order(file, columns, era, declared)
    table = pd.DataFrame(columns, index=raw.index).assign(**_ids(file, raw, era), era=era)
    ignored = tuple(name or "one without a name" for name in file.names if name not in used)
    return Records(table, ignored, ITEM_ID in raw)


def read_items(path: Path, *guidelines: Guideline) -> pd.DataFrame:
    """Return the items in the file *path*: ``item_id``, and what is known of them before anybody looks.

    They are of the first of *guidelines*.

    Raises
    ------
    TableError
        If the file cannot be read, names no items or one twice, or holds a value that is none of its field's.
    """
    file = column_files.find(path)
    if ITEM_ID not in file.names:
        message = f"{path}: found the columns {listing(file.names)}; needed is {ITEM_ID}; add it"
        raise TableError(message)
    declared = {name: _declared(name, guidelines, level="item") for name in file.names}
    raw = file.read([name for name in file.names if declared[name] or name == ITEM_ID])
    repeated = raw[ITEM_ID].duplicated() | raw[ITEM_ID].isna()
    file.refuse(raw[ITEM_ID], repeated, "every item once", "remove the others")
    era = pd.Series(guidelines[0].version, raw.index, dtype="str")
    known = raw.drop(columns=ITEM_ID).dropna(axis="columns", how="all")
    facets = {
        name: _by_era(file, known[name], era, declared[name]) for name in map(str, known.columns)
    }
    return pd.DataFrame({ITEM_ID: names(raw[ITEM_ID]), **facets}, index=raw.index)


def _field_of(column: str, guidelines: tuple[Guideline, ...]) -> str:
    """Return the field that a column is of: that of its name, or that of which it is the lowest or highest value."""
    base = column.removesuffix(LOWEST).removesuffix(HIGHEST)
    if any(column in guideline.fields for guideline in guidelines):
        return column
    is_ordered = any(
        base in guideline.fields and guideline.fields[base].type in ORDERED
        for guideline in guidelines
    )
    return base if is_ordered else column


def _declared(name: str, guidelines: tuple[Guideline, ...], level: str | None = None) -> Declared:
    """Return how each version declares a field; one that does not reads it as the first that does."""
    having = [
        guideline
        for guideline in guidelines
        if name in guideline.fields and level in {None, guideline.fields[name].level}
    ]
    if not having:
        return {}
    first = dict.fromkeys((one.version for one in guidelines), having[0].fields[name])
    # Of two drafts of one version the first is the one that records were made under.
    return first | {one.version: one.fields[name] for one in reversed(having)}


def _is_measured(name: str) -> bool:
    return name in MEASURED or (name.startswith("spread_") and name.endswith("_px"))


def _eras(file: ColumnFile, raw: pd.DataFrame, guidelines: tuple[Guideline, ...]) -> pd.Series:
    """Return the version that each row was made under."""
    own = guidelines[0].version
    if ERA not in raw:
        return pd.Series(own, raw.index, dtype="str")
    era = names(raw[ERA]).fillna(own)
    versions = dict.fromkeys(guideline.version for guideline in guidelines)
    allowed = f"a version that is compared or lies between: {listing(versions)}"
    advice = "compare from the version that these records were made under"
    file.refuse(era, ~era.isin(list(versions)), allowed, advice)
    return era


def _ids(file: ColumnFile, raw: pd.DataFrame, era: pd.Series) -> Mapping[str, pd.Series]:
    name = next((name for name in RECORD_ID if name in raw), None)
    if name is None:
        record = pd.Series([f"row {n}" for n in range(1, len(raw) + 1)], raw.index, dtype="str")
    else:
        record = names(raw[name])
        file.refuse(record, record.isna(), "an id of every record", "add it")
        repeated = pd.DataFrame({"record": record, "era": era}).duplicated()
        file.refuse(record, repeated, "one row a record and era", "remove the others")
    item = names(raw[ITEM_ID]) if ITEM_ID in raw else record
    return {"record_id": record, ITEM_ID: item.fillna(record)}


def _by_era(file: ColumnFile, raw: pd.Series, era: pd.Series, declared: Declared) -> pd.Series:
    """Return a column with every row typed as its version declares the field."""
    fields = list(_alike(era, declared))
    if len(fields) == 1:
        return typed(file, raw, fields[0][0])
    parts = [typed(file, raw[rows], field) for field, rows in fields]
    if len({part.dtype for part in parts}) > 1:
        parts = [part.astype(object).where(part.notna(), None) for part in parts]
    column: pd.Series = pd.concat(parts)
    return column.reindex(raw.index)


def _alike(era: pd.Series, declared: Declared) -> Iterator[tuple[Field, pd.Series]]:
    """Yield the declarations of a field that differ, and the rows of the versions of each."""
    found: list[tuple[Field, list[str]]] = []
    for version in sorted(era.unique()):
        field = declared[version]
        versions = next((versions for other, versions in found if other == field), None)
        if versions is None:
            found.append((field, [version]))
        else:
            versions.append(version)
    for field, versions in found:
        yield field, era.isin(versions)


def _require_order(
    file: ColumnFile,
    columns: Mapping[str, pd.Series],
    era: pd.Series,
    declared: Mapping[str, Declared],
) -> None:
    """Make sure that no lowest value stands above the highest."""
    for name in columns:
        top = f"{name.removesuffix(LOWEST)}{HIGHEST}"
        is_end = name.endswith(LOWEST) and top in columns and declared[name] == declared[top]
        for field, rows in _alike(era, declared[name]) if is_end else ():
            low, high = (_ranks(columns[end][rows], field) for end in (name, top))
            file.refuse(columns[name][rows], low > high, f"what is not above {top}")


def _ranks(values: pd.Series, field: Field) -> pd.Series:
    if not field.vocabulary:
        return values.astype("float64")
    ranks: pd.Series = values.astype(object).map(dict(field.vocabulary)).astype("float64")
    return ranks
