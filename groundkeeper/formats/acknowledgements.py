"""Who has read which guideline version: a CSV file with the columns ``annotator, version, acknowledged_at``.

A time is ISO 8601 with its time zone; an empty one is not known. A row that names nobody, no version or no time that
can be read is refused alone: what the others have read is still true.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from groundkeeper.core.guideline.values import Version
from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.texts import refuse_options, rows_of

COLUMNS: Final = tuple(frames.ACKNOWLEDGEMENT_TYPES)
_VERSION: Final = TypeAdapter(Version)


class _Rule(NamedTuple):
    """What the value of a column must be, by name and for people."""

    column: str
    name: str
    holds: Callable[[str], bool]
    allowed: str


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every acknowledgement of the file, and as rejects the rows that are none.

    Raises
    ------
    FormatError
        If there is an option, the file is no UTF-8 or no CSV, has other columns, or has no row.
    """
    refuse_options(path, options)
    found = list(rows_of(path, needed=COLUMNS, allowed=()))
    if not found:
        message = f"{path}: holds no acknowledgement; needed is at least one row below the header"
        raise FormatError(message)
    rows = pd.DataFrame([row for _, row in found], index=[line for line, _ in found], dtype="str")
    wrong = {rule: ~rows[rule.column].map(rule.holds).astype(bool) for rule in _RULES}
    refused = pd.DataFrame(wrong).any(axis=1).to_numpy()
    good = rows[~refused]
    times = [datetime.fromisoformat(text) if text else None for text in good["acknowledged_at"]]
    kept = good.assign(acknowledged_at=pd.to_datetime(pd.Series(times, good.index), utc=True))
    return Reading(
        items=frames.empty(frames.ITEM_TYPES),
        answers=frames.empty(frames.ANSWER_TYPES),
        annotations=frames.empty(frames.ANNOTATION_TYPES),
        parts=frames.empty(frames.PART_TYPES),
        rejects=_rejects(rows, wrong),
        acknowledgements=frames.typed(kept, frames.ACKNOWLEDGEMENT_TYPES, COLUMNS),
    )


def write(acknowledgements: pd.DataFrame, path: Path) -> None:
    """Write ``annotator, version, acknowledged_at`` (UTC) to *path* as ``read`` reads them."""
    times = acknowledgements["acknowledged_at"]
    said = ["" if missing else str(time) for time, missing in zip(times, times.isna(), strict=True)]
    stamped = acknowledgements.assign(acknowledged_at=said)
    ordered = stamped.sort_values(list(COLUMNS))
    ordered[list(COLUMNS)].to_csv(path, index=False, lineterminator="\n")


def _rejects(rows: pd.DataFrame, wrong: Mapping[_Rule, pd.Series]) -> pd.DataFrame:
    """Return one reject per wrong value, by line."""
    lines = pd.Series([f"line {line}" for line in rows.index], rows.index)
    refused = [
        refuse(lines[bad], rule.name, rows[rule.column][bad].replace("", None), rule.allowed)
        for rule, bad in wrong.items()
    ]
    return pd.concat(refused).sort_index(kind="stable").reset_index(drop=True)


def _is_version(text: str) -> bool:
    try:
        _VERSION.validate_python(text)
    except ValidationError:
        return False
    return True


def _is_time(text: str) -> bool:
    """Say whether *text* is a moment, which without a time zone it is not; nothing is allowed, too."""
    if not text:
        return True
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


_RULES: Final = (
    _Rule("annotator", "annotator_is_named", bool, "the name of one annotator"),
    _Rule("version", "version_is_known_form", _is_version, "MAJOR.MINOR.PATCH such as 1.0.0"),
    _Rule(
        "acknowledged_at",
        "time_is_readable",
        _is_time,
        "ISO 8601 with a time zone, such as 2026-03-02T09:00:00Z, or nothing",
    ),
)
