"""Records or observations in a file of anybody's: Parquet or CSV, one row a record, one column a field.

Nothing but a guideline is needed to read them: no repository, no batch. Columns are called as fields and decisions are;
others are left alone and named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import CLOSED, NUMERIC, Field
from groundkeeper.errors import TableError, listing

RECORD_ID: Final = ("record_id", "id")
ITEM_ID: Final = "item_id"
KNOWN: Final = ("era", "votes", "experts", "lead_time_s", "group_id", "spread_iou", "spread_px")
ENDS: Final = ("_low", "_high")
_TRUE: Final = frozenset({"true", "1", "yes", "y", "t"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "f"})
_FIRST_LINE: Final = 2
"""The line of the first row of a CSV file."""


@dataclass(frozen=True)
class Records:
    """Rows of a file: *table* with ``record_id, item_id`` and typed columns; *ignored* are columns nobody reads."""

    table: pd.DataFrame
    ignored: tuple[str, ...]
    has_items: bool


def read(path: Path, *guidelines: Guideline) -> Records:
    """Return the records in the file *path*, typed as *guidelines* declare their fields, the first that does.

    A record without an id has the number of its row, and without an item is one of its own.

    Raises
    ------
    TableError
        If the file cannot be read, has none of the fields and decisions, or holds a value that is none of its field's;
        the message names rows, and lines of a CSV file.
    """
    raw = _raw(path)
    fields: dict[str, Field] = {}
    for guideline in reversed(guidelines):
        fields |= guideline.fields
    decisions = {name for guideline in guidelines for name in guideline.decisions}
    known = {name for name in raw.columns if name in fields or name in decisions}
    if not known:
        message = (
            f"{path}: found the columns {listing(raw.columns)}; allowed are those of the guideline: "
            f"{listing([*fields, *sorted(decisions)])}; call a column as a field or a decision is"
        )
        raise TableError(message)
    columns: dict[str, pd.Series] = {}
    for name in raw.columns:
        base = name.removesuffix(ENDS[0]).removesuffix(ENDS[1])
        if name in fields:
            columns[name] = _typed(path, raw[name], fields[name], guidelines)
        elif base != name and base in fields and fields[base].type in NUMERIC | {"ordinal"}:
            columns[name] = _typed(path, raw[name], fields[base], guidelines, base)
        elif name in decisions:
            columns[name] = _texts(raw[name])
        elif name in KNOWN or name.startswith("spread_"):
            columns[name] = (
                _texts(raw[name]) if name in {"era", "group_id"} else _numbers(path, raw[name])
            )
    table = pd.DataFrame(columns, index=raw.index).assign(**_ids(path, raw))
    used = {*columns, *RECORD_ID, ITEM_ID}
    ignored = tuple(str(name) for name in raw.columns if name not in used)
    return Records(table, ignored, ITEM_ID in raw)


def read_items(path: Path, *guidelines: Guideline) -> pd.DataFrame:
    """Return the items in the file *path*: ``item_id``, and what is known of them before anybody looks.

    Raises
    ------
    TableError
        If the file cannot be read, names no items or one twice, or holds a value that is none of its field's.
    """
    raw = _raw(path)
    if ITEM_ID not in raw:
        message = f"{path}: found the columns {listing(raw.columns)}; needed is {ITEM_ID}; add it"
        raise TableError(message)
    repeated = raw[ITEM_ID].duplicated() | raw[ITEM_ID].isna()
    _refuse(path, raw[ITEM_ID], repeated, "every item once")
    fields = {
        name: field
        for guideline in reversed(guidelines)
        for name, field in guideline.fields.items()
        if field.level == "item" and name in raw
    }
    typed = {name: _typed(path, raw[name], field, guidelines) for name, field in fields.items()}
    return pd.DataFrame({ITEM_ID: _texts(raw[ITEM_ID]), **typed}, index=raw.index)


def _raw(path: Path) -> pd.DataFrame:
    if not path.is_file():
        message = f"{path}: no such file; allowed is a Parquet or a CSV file; check the path"
        raise TableError(message)
    ending = path.suffix.lower()
    if ending not in {".parquet", ".csv"}:
        message = f"{path}: found the ending {ending or 'none'}; allowed are .parquet and .csv; convert the file"
        raise TableError(message)
    try:
        if ending == ".parquet":
            table: pd.DataFrame = pq.read_table(path).to_pandas()
        else:
            table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    except (pa.ArrowException, ValueError, OSError, pd.errors.ParserError) as error:
        message = f"{path}: cannot be read: {' '.join(str(error).split())}; check the file"
        raise TableError(message) from error
    table.columns = table.columns.map(str)
    repeated = sorted(table.columns[table.columns.duplicated()])
    if repeated:
        message = (
            f"{path}: found the columns {listing(repeated)} twice; allowed is each once; rename one"
        )
        raise TableError(message)
    return table.reset_index(drop=True)


def _ids(path: Path, raw: pd.DataFrame) -> Mapping[str, pd.Series]:
    name = next((name for name in RECORD_ID if name in raw), None)
    numbers = (
        pd.Series([f"row {n}" for n in range(1, len(raw) + 1)], raw.index, dtype="str")
        if (name is None or ITEM_ID not in raw)
        else None
    )
    record = _texts(raw[name]) if name is not None else numbers
    if record is None or record.isna().any():
        row = int(np.argmax(record.isna())) if record is not None else 0
        message = (
            f"{path}: {name}: {_place(path, row)}: found nothing; every record has an id; add it"
        )
        raise TableError(message)
    keys = [record, *([_texts(raw["era"])] if "era" in raw else [])]
    repeated = pd.concat(keys, axis=1).duplicated()
    if repeated.any():
        found = listing(record[repeated].unique())
        advice = "allowed is one row a record and era; remove the others"
        message = f"{path}: {name}: found {found} more than once; {advice}"
        raise TableError(message)
    item = _texts(raw[ITEM_ID]) if ITEM_ID in raw else record
    return {"record_id": record, ITEM_ID: item.fillna(record)}


def _typed(
    path: Path, raw: pd.Series, field: Field, guidelines: tuple[Guideline, ...], name: str = ""
) -> pd.Series:
    if field.type == "bool":
        return _bools(path, raw)
    if field.type in NUMERIC:
        return _numbers(path, raw)
    if field.type not in CLOSED:
        return _texts(raw)
    allowed = {
        value: None
        for guideline in guidelines
        for declared, other in guideline.fields.items()
        if declared == (name or raw.name)
        for value in other.vocabulary
    }
    is_text = all(isinstance(value, str) for value in allowed)
    values = _texts(raw) if is_text else _numbers(path, raw)
    wrong = values.notna() & ~values.isin(list(allowed))
    _refuse(path, raw, wrong, listing(allowed))
    return values


def _texts(raw: pd.Series) -> pd.Series:
    if isinstance(raw.dtype, pd.CategoricalDtype):
        return raw
    return raw if pd.api.types.is_string_dtype(raw.dtype) else raw.astype("str").where(raw.notna())


def _numbers(path: Path, raw: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(raw.dtype) and not pd.api.types.is_bool_dtype(raw.dtype):
        values = raw.astype("float64")
    else:
        values = pd.to_numeric(raw.astype("str").where(raw.notna()), errors="coerce").astype(
            "float64"
        )
        _refuse(path, raw, raw.notna() & values.isna(), "a number")
    infinite = pd.Series(np.isinf(values.to_numpy()), raw.index)
    _refuse(path, raw, infinite, "a finite number")
    return values


def _bools(path: Path, raw: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(raw.dtype):
        return raw.astype("boolean")
    words = raw.astype("str").str.lower().where(raw.notna())
    words = words.str.removesuffix(".0")
    _refuse(path, raw, raw.notna() & ~words.isin(_TRUE | _FALSE), "true or false")
    return words.isin(_TRUE).astype("boolean").where(raw.notna())


def _refuse(path: Path, raw: pd.Series, wrong: pd.Series, allowed: str) -> None:
    wrong = wrong.fillna(value=False).astype(bool)
    if wrong.any():
        rows = np.flatnonzero(wrong.to_numpy())
        found = listing(f"{raw.iloc[row]!r} ({_place(path, row)})" for row in rows.tolist())
        message = f"{path}: {raw.name}: found {found}; allowed is {allowed}; correct the file, or leave it empty"
        raise TableError(message)


def _place(path: Path, row: int) -> str:
    return f"line {row + _FIRST_LINE}" if path.suffix.lower() == ".csv" else f"row {row + 1}"
