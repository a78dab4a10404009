"""Who has read which guideline version: a CSV file with the columns ``annotator, version, acknowledged_at``.

A time is ISO 8601 with its time zone; an empty one is not known. A row that names nobody, no version or no time that
can be read is refused alone: what the others have read is still true.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from groundkeeper.core.guideline.values import Version
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.demands import Demand, is_time_or_nothing, sort_out, times
from groundkeeper.formats.texts import refuse_options, rows_of

COLUMNS: Final = tuple(frames.ACKNOWLEDGEMENT_TYPES)
_VERSION: Final = TypeAdapter(Version)


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every acknowledgement of the file, and as rejects the rows that are none.

    Raises
    ------
    FormatError
        If there is an option, the file is no UTF-8 or no CSV, has other columns, or has no row.
    """
    refuse_options(path, options)
    rows = dict(rows_of(path, needed=COLUMNS, allowed=()))
    if not rows:
        message = f"{path}: holds no acknowledgement; needed is at least one row below the header"
        raise FormatError(message)
    found = sort_out(rows, _DEMANDS)
    kept = found.kept.assign(acknowledged_at=times(found.kept["acknowledged_at"]))
    return Reading(
        rejects=found.rejects,
        acknowledgements=frames.typed(kept, frames.ACKNOWLEDGEMENT_TYPES, COLUMNS),
    )


def write(acknowledgements: pd.DataFrame, path: Path) -> None:
    """Write ``annotator, version, acknowledged_at`` (UTC) to *path* as ``read`` reads them."""
    when = acknowledgements["acknowledged_at"]
    said = ["" if missing else str(time) for time, missing in zip(when, when.isna(), strict=True)]
    stamped = acknowledgements.assign(acknowledged_at=said)
    ordered = stamped.sort_values(list(COLUMNS))
    ordered[list(COLUMNS)].to_csv(path, index=False, lineterminator="\n")


def _is_version(text: str) -> bool:
    try:
        _VERSION.validate_python(text)
    except ValidationError:
        return False
    return True


_DEMANDS: Final = (
    Demand("annotator", "annotator_is_named", bool, "the name of one annotator"),
    Demand("version", "version_is_known_form", _is_version, "MAJOR.MINOR.PATCH such as 1.0.0"),
    Demand(
        "acknowledged_at",
        "time_is_readable",
        is_time_or_nothing,
        "ISO 8601 with a time zone, such as 2026-03-02T09:00:00Z, or nothing",
    ),
)
