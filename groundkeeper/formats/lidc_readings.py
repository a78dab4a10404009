"""Who read which scan of LIDC-IDRI in how many sessions, and which session and nodule each mark belongs to."""

from collections.abc import Hashable, Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from groundkeeper.checked import checked
from groundkeeper.core.lidc.linking import READERS, Points, link_marks
from groundkeeper.core.lidc.sessions import infer_sessions
from groundkeeper.errors import FormatError
from groundkeeper.formats.lidc_database import Database
from groundkeeper.formats.lidc_outlines import Drawing

OVERRIDES = "lidc_overrides.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(_Entry):
    """What the file must say of a scan for its override to hold."""

    scan: int
    patient: str
    marks: int = Field(ge=0)


class SessionOverride(_Entry):
    """How often one scan was read, where that is not four times."""

    series: str
    sessions: int = Field(ge=1)
    expects: Expectation
    reason: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Overrides(_Entry):
    """The reviewed exceptions for this format."""

    sessions: tuple[SessionOverride, ...]


def shipped_overrides() -> Overrides:
    """Return the reviewed overrides of this package.

    Examples
    --------
    >>> [(entry.expects.scan, entry.sessions) for entry in shipped_overrides().sessions]
    [(572, 8), (955, 3)]
    """
    return parse_overrides(files(__package__).joinpath(OVERRIDES).read_text(encoding="utf-8"))


def parse_overrides(text: str) -> Overrides:
    """Return the overrides written in *text*.

    Raises
    ------
    FormatError
        If the text is not YAML, or an entry lacks its reason, source or expectation.
    """
    try:
        told = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        message = f"{OVERRIDES}: {' '.join(str(error).split())}"
        raise FormatError(message) from error
    return checked(Overrides, told, OVERRIDES)


def session_counts(database: Database, overrides: Overrides) -> pd.Series:
    """Return how many sessions each scan was read in: int64, indexed by ``scan_id``, named ``sessions``.

    Raises
    ------
    FormatError
        If the file does not say of a scan what its override expects.
    """
    marks = database.marks["scan_id"].value_counts()
    scans = {scan["series_uid"]: scan for scan in database.scans.to_dict("records")}
    patients = set(database.scans["patient_id"])
    counts = pd.Series(READERS, index=database.scans["scan_id"], dtype="int64", name="sessions")
    for override in overrides.sessions:
        if override.expects.patient not in patients:
            continue
        where = f"{OVERRIDES}: series {override.series}"
        if override.series not in scans:
            message = f"{where}: patient {override.expects.patient} has no such series; mend or drop the entry"
            raise FormatError(message)
        scan = scans[override.series]
        found = Expectation(
            scan=scan["scan_id"],
            patient=scan["patient_id"],
            marks=int(marks.get(scan["scan_id"], 0)),
        )
        if found != override.expects:
            message = f"{where}: expected {override.expects}, found {found}; mend or drop the entry"
            raise FormatError(message)
        counts[found.scan] = override.sessions
    return counts


def nodules(database: Database, drawing: Drawing) -> pd.DataFrame:
    """Return one row per mark that has a place, by ``mark_id``: ``mark_id, scan_id, nodule``.

    Nodules of a scan are counted from 1 in the order of their least mark id, whatever the order of rows.
    """
    scans = {scan["scan_id"]: scan for scan in database.scans.to_dict("records")}
    rows = [
        _scan_nodules(scans[scan_id], outlines, drawing)
        for scan_id, outlines in drawing.outlines.groupby("scan_id")
    ]
    columns = ["mark_id", "scan_id", "nodule"]
    table = pd.concat(rows) if rows else pd.DataFrame(columns=columns)
    return table[columns].astype("int64").sort_values("mark_id", ignore_index=True)


def slots(marks: pd.DataFrame, linked: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """Return one row per mark, by ``mark_id``: ``mark_id, scan_id, slot``, the session from 1 it was made in.

    Parameters
    ----------
    marks : DataFrame
        ``mark_id, scan_id, name``.
    linked : DataFrame
        ``mark_id, nodule``; a mark that is not in it counts as a nodule of its own.
    counts : Series
        Number of sessions by ``scan_id``.
    """
    table = marks[["mark_id", "scan_id", "name"]].merge(
        linked[["mark_id", "nodule"]], on="mark_id", how="left"
    )
    table["nodule"] = table["nodule"].fillna(-table["mark_id"]).astype("int64")
    table["slot"] = np.int64(0)
    sessions = counts.to_dict()
    for scan_id, group in table.groupby("scan_id"):
        table.loc[group.index, "slot"] = infer_sessions(
            group["mark_id"].tolist(),
            group["name"].tolist(),
            group["nodule"].tolist(),
            sessions[scan_id],
        )
    return table[["mark_id", "scan_id", "slot"]].sort_values("mark_id", ignore_index=True)


def _scan_nodules(
    scan: Mapping[Hashable, Any], outlines: pd.DataFrame, drawing: Drawing
) -> pd.DataFrame:
    """Return one row per mark of one scan: ``mark_id, scan_id, nodule``."""
    points: dict[Hashable, Points] = {}
    for mark_id, rows in outlines.groupby("mark_id"):
        heights = zip(rows.index.tolist(), rows["z_mm"].tolist(), strict=True)
        points[mark_id] = np.vstack(
            [_in_mm(drawing, row, z, scan["pixel_spacing_mm"]) for row, z in heights]
        )
    numbers = link_marks(list(points.values()), scan["slice_thickness_mm"]) + 1
    return pd.DataFrame({"mark_id": list(points), "nodule": numbers, "scan_id": scan["scan_id"]})


def _in_mm(drawing: Drawing, row: int, z_mm: float, spacing_mm: float) -> Points:
    """Return the points of one outline, shape (n, 3), mm."""
    start, stop = np.searchsorted(drawing.owners, [row, row + 1])
    flat = drawing.points[start:stop] * spacing_mm
    return np.column_stack([flat, np.full(len(flat), z_mm)])
