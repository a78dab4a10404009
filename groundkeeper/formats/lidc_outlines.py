"""The drawn outlines of LIDC-IDRI: text in, one polygonal part per mark and slice out, and what was refused."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import Geometries, polygonal
from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.formats.lidc_database import Database

SLICE_TOLERANCE_MM = 0.05
"""How far from a slice position of its scan an outline may lie, for rounding."""

RING = 3
"""Fewest corners of an outline that encloses an area."""

_COORDS = re.compile(r"\d+,\d+(\n\d+,\d+)*")


@dataclass(frozen=True)
class Drawing:
    """Outlines that could be read and placed.

    Attributes
    ----------
    outlines : DataFrame
        One row per outline, by ``outline_id``: ``outline_id, mark_id, scan_id, outer, z_mm, frame``.
    points : int64[n, 2]
        x and y of the points of all outlines, px, one outline after the other.
    owners : int64[n]
        Row of *outlines* that each point belongs to, ascending.
    rejects : DataFrame
        One row per outline refused: ``path, rule, value, allowed``.
    """

    outlines: pd.DataFrame
    points: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    rejects: pd.DataFrame


def draw(database: Database) -> Drawing:
    """Return the outlines of *database* as points on the frames of their scans."""
    outlines = database.outlines.merge(database.marks[["mark_id", "scan_id"]], on="mark_id")
    outlines = _placed(outlines, database.slices)
    coords = outlines["coords"]
    readable = coords.map(lambda text: _COORDS.fullmatch(text) is not None).astype(bool)
    off = outlines["frame"].isna()
    rejects = [
        refuse(
            outlines.loc[~readable, "outline_id"].map("contours/{}".format),
            "outline_is_a_list_of_points",
            coords[~readable].str[:40],
            "lines of x,y in whole pixels",
        ),
        refuse(
            outlines.loc[readable & off, "outline_id"].map("contours/{}".format),
            "outline_lies_on_a_slice",
            outlines.loc[readable & off, "z_mm"].map("z = {} mm".format),
            f"a slice position within {SLICE_TOLERANCE_MM} mm",
        ),
    ]
    kept = outlines[readable & ~off].astype({"frame": "int64"})
    kept = kept.sort_values("outline_id", ignore_index=True)
    text = ",".join(kept["coords"]).replace("\n", ",")
    points = np.fromstring(text, dtype=np.int64, sep=",").reshape(-1, 2)
    counts = kept["coords"].str.count("\n").to_numpy(dtype=np.int64) + 1
    return Drawing(
        outlines=kept.drop(columns="coords"),
        points=points,
        owners=np.repeat(np.arange(len(kept)), counts),
        rejects=pd.concat(rejects, ignore_index=True),
    )


def polygons(drawing: Drawing) -> tuple[Geometries, npt.NDArray[np.bool_]]:
    """Return the area that each outline encloses, object[n], and whether it had to be repaired, bool[n].

    An outline that crosses or touches itself is no simple polygon; its area is what ``make_valid`` of GEOS makes of
    it, by the even-odd rule. An outline of one point, or along a line, encloses nothing: an empty polygon.
    """
    count = len(drawing.outlines)
    areas = np.full(count, shapely.Polygon(), dtype=object)
    ring = _corners(drawing) >= RING
    inside = ring[drawing.owners]
    renumbered = np.cumsum(ring)[drawing.owners[inside]] - 1
    areas[ring] = shapely.polygons(
        shapely.linearrings(drawing.points[inside].astype(np.float64), indices=renumbered)
    )
    broken = ~shapely.is_valid(areas)
    areas[broken] = polygonal(shapely.make_valid(areas[broken]))
    return areas, broken | ~ring


def parts(drawing: Drawing) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one part per mark and frame, and what was refused.

    A part is the union of a mark's outer outlines on a slice without its holes there.

    Returns
    -------
    DataFrame
        One row per part, by ``mark_id, frame``: ``mark_id, frame, geometry, repaired``.
    DataFrame
        One row per outline or part without area: ``path, rule, value, allowed``.
    """
    areas, repaired = polygons(drawing)
    table = drawing.outlines.assign(geometry=areas, repaired=repaired)
    blank = shapely.area(areas) == 0
    points = pd.Series(np.bincount(drawing.owners, minlength=len(table)))
    blanks = refuse(
        table.loc[blank, "outline_id"].map("contours/{}".format),
        "outline_has_an_area",
        points[blank].map("{} points without area".format),
        f"{RING} or more points, not on one line",
    )
    made = _combined(table[~blank])
    gone = shapely.area(made["geometry"].to_numpy()) == 0
    hollow = refuse(
        made.loc[gone, "mark_id"].map("annotations/{}".format)
        + made.loc[gone, "frame"].map("/frames/{}".format),
        "mark_has_an_area_on_each_slice",
        pd.Series("nothing is left without the holes", index=made.index[gone]),
        "an outer outline that is larger than its holes",
    )
    kept = made[~gone].reset_index(drop=True)
    return kept, pd.concat([blanks, hollow], ignore_index=True)


def _placed(outlines: pd.DataFrame, slices: pd.DataFrame) -> pd.DataFrame:
    """Return *outlines* with the ``frame`` of the nearest slice of their scan; null where none is near."""
    placed = pd.merge_asof(
        outlines.sort_values(["z_mm", "outline_id"]),
        slices.assign(slice_mm=slices["z_mm"]).sort_values(["z_mm", "scan_id"]),
        on="z_mm",
        by="scan_id",
        direction="nearest",
    )
    near = (placed["slice_mm"] - placed["z_mm"]).abs() <= SLICE_TOLERANCE_MM
    return placed.assign(frame=placed["frame"].where(near)).drop(columns="slice_mm")


def _corners(drawing: Drawing) -> npt.NDArray[np.int64]:
    """Return how many points each outline has, shape (n,), its last one not counted where it repeats the first."""
    rows = np.arange(len(drawing.outlines))
    first = np.searchsorted(drawing.owners, rows)
    last = np.searchsorted(drawing.owners, rows, side="right") - 1
    closed = (drawing.points[first] == drawing.points[last]).all(axis=1)
    corners: npt.NDArray[np.int64] = last - first + 1 - closed
    return corners


def _combined(outlines: pd.DataFrame) -> pd.DataFrame:
    """Return one part per mark and frame, by both: ``mark_id, frame, geometry, repaired``."""
    keys = ["mark_id", "frame"]
    columns = [*keys, "geometry", "repaired"]
    # Nearly all outlines are alone on their slice, and are a part as they are.
    alone = outlines["outer"] & ~outlines.duplicated(keys, keep=False)
    several = [
        (mark_id, frame, _without_holes(group), bool(group["repaired"].any()))
        for (mark_id, frame), group in outlines[~alone].groupby(keys)
    ]
    made = pd.concat([outlines.loc[alone, columns], pd.DataFrame(several, columns=columns)])
    made = made.astype({"mark_id": "int64", "frame": "int64", "repaired": "bool"})
    made["geometry"] = polygonal(made["geometry"].to_numpy())
    return made.sort_values(keys, ignore_index=True)


def _without_holes(group: pd.DataFrame) -> shapely.Geometry:
    """Return the union of the outer outlines of one mark on one slice without its holes."""
    outer = shapely.union_all(group.loc[group["outer"], "geometry"].to_numpy())
    holes = shapely.union_all(group.loc[~group["outer"], "geometry"].to_numpy())
    return shapely.difference(outer, holes)
