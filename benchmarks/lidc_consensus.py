"""Our consensus of real nodules beside pylidc's, pixel by pixel: `python benchmarks/lidc_consensus.py FILE`.

    python benchmarks/lidc_consensus.py FILE [--nodules 200] [--peers DIRECTORY]

FILE is pylidc.sqlite of pylidc 0.2.3; `make peers` installs pylidc itself, in an environment of its own. Nodules that
two marks or more were linked to are drawn by a seed, 0 takes them all. Both sides take a pixel for inside where half of
the marks say so, and for each mark where its outline goes round the pixel's centre and not through it: the outline is
the first pixel outside. Ours is made twice, as a majority of masks along their runs, and as the exact region that half
of the outlines go round, of which the pixels strictly inside are taken.

What differs is told by cause. Exits 1 if a pixel differs that no cause explains, or fewer are equal than `LEAST`.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from lidc_figures import Pool, linked
from paired_runs import PEERS, peer_python, print_rows, worker

from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.masks.mask_votes import majority_masks
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.formats import lidc_database, lidc_outlines

SIDE = 512
"""Rows and columns of a slice, px."""
LEAST = 0.99
"""Share of the pixels that either side has inside, and both must have."""
SEED = 7

Voxels: TypeAlias = npt.NDArray[np.int64]
"""Sorted numbers, each of a voxel: ((name * slices) + slice) * SIDE * SIDE + pixel."""


@dataclass(frozen=True)
class Nodules:
    """Nodules and their marks.

    Attributes
    ----------
    marks : DataFrame
        One row a mark, by ``nodule, mark_id``: both, and ``scan_id``.
    parts : DataFrame
        One row a mark and slice: ``nodule, mark_id, scan_id, frame, geometry, repaired``.
    frames : DataFrame
        One row a scan, z and frame of what was drawn: ``scan_id, z_mm, frame``.
    """

    marks: pd.DataFrame
    parts: pd.DataFrame
    frames: pd.DataFrame


def main() -> int:
    """Print what is equal; return 1 if something is not explained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--nodules", type=int, default=200)
    parser.add_argument("--peers", type=Path, default=PEERS)
    asked = parser.parse_args()
    python = peer_python("pylidc", asked.peers)
    pool = linked(lidc_database.load(asked.file))
    nodules = drawn_nodules(pool, asked.nodules)
    agreed, drawn = by_pylidc(nodules, python)
    own_drawn = by_mark(nodules)
    masks = of_masks(nodules)
    region = of_outlines(nodules)
    rows = [
        row("masks of single marks", own_drawn, drawn),
        row("consensus of masks", masks, agreed),
        row("consensus of outlines", region, agreed),
        row("outlines beside masks, both ours", region, masks),
    ]
    print(f"{nodules.marks['nodule'].nunique()} nodules, {len(nodules.marks)} marks")
    print_rows(("", "ours px", "theirs px", "both px", "equal", "only ours", "only theirs"), rows)
    causes = explained(nodules, pool, own_drawn, drawn)
    print("pixels of single marks that differ:")
    for cause, count in causes.items():
        print(f"  {count:6d}  {cause}")
    return int(share(masks, agreed) < LEAST or share(region, agreed) < LEAST or causes[OTHER] > 0)


def drawn_nodules(pool: Pool, wanted: int) -> Nodules:
    """Return as many nodules as are wanted of those with two marks or more."""
    marks = pool.marks[["unit", "mark_id", "scan_id"]].rename(columns={"unit": "nodule"})
    marks = marks[marks.duplicated("nodule", keep=False)]
    units = np.sort(marks["nodule"].unique())
    if wanted:
        units = np.random.default_rng(SEED).choice(units, min(wanted, len(units)), replace=False)
    marks = marks[marks["nodule"].isin(units)].sort_values(["nodule", "mark_id"])
    parts, _ = lidc_outlines.parts(pool.drawing)
    outlines = pool.drawing.outlines[["scan_id", "z_mm", "frame"]].drop_duplicates()
    return Nodules(marks, parts.merge(marks, on="mark_id"), outlines)


def by_pylidc(nodules: Nodules, python: Path) -> tuple[Voxels, Voxels]:
    """Return the voxels of pylidc's consensus, named by nodule, and of its masks, named by mark."""
    groups = nodules.marks.groupby("nodule")["mark_id"].apply(list)
    scans = nodules.marks.drop_duplicates("nodule").set_index("nodule")["scan_id"]
    of_mark = nodules.marks.set_index("mark_id")["scan_id"]
    with tempfile.TemporaryDirectory() as folder:
        # What it imports looks for settings at home and leaves a list of fonts there.
        os.environ |= {"HOME": folder, "MPLCONFIGDIR": folder, "MPLBACKEND": "agg"}
        out = Path(folder) / "found.npz"
        with worker("pylidc_worker.py", python) as peer:
            peer.ask(work="consensus", nodules=groups.tolist(), out=str(out))
        with np.load(out) as found:
            agreed, drawn = found["agreed"], found["drawn"]
    agreed[:, 0] = groups.index.to_numpy()[agreed[:, 0].astype(np.int64)]
    return placed(agreed, scans, nodules.frames), placed(drawn, of_mark, nodules.frames)


def placed(voxels: npt.NDArray[np.float64], scans: pd.Series, frames: pd.DataFrame) -> Voxels:
    """Return voxels told by name, z, row and column by the frame that we give the slice at z."""
    table = pd.DataFrame(voxels, columns=["name", "z_mm", "row", "column"])
    table["scan_id"] = table["name"].map(scans)
    slices = table[["scan_id", "z_mm"]].drop_duplicates().sort_values("z_mm")
    near = pd.merge_asof(
        slices, frames.sort_values("z_mm"), on="z_mm", by="scan_id", direction="nearest"
    )
    table = table.merge(near, on=["scan_id", "z_mm"])
    pixel = table["row"] * SIDE + table["column"]
    return numbered(table["name"], table["frame"], pixel)


def numbered(name: pd.Series, frame: pd.Series, pixel: pd.Series) -> Voxels:
    """Return the numbers of voxels, sorted."""
    numbers = (name.astype("int64") * SIDE**2 + frame.astype("int64")) * SIDE**2
    return np.unique((numbers + pixel.astype("int64")).to_numpy())


def strictly_inside(geometries: Geometries) -> Masks:
    """Return the pixels whose centres lie inside each geometry and not on its boundary."""
    size = np.full(len(geometries), SIDE)
    line = mask_line(size, size)
    inside = [np.zeros(0, np.int64)]
    for geometry, begin in zip(geometries, line[:-1], strict=True):
        left, top, right, bottom = np.round(shapely.bounds(geometry)).astype(int)
        rows, columns = np.mgrid[top : bottom + 1, left : right + 1]
        shapely.prepare(geometry)
        within = shapely.contains_xy(geometry, columns, rows)
        inside.append(begin + rows[within] * SIDE + columns[within])
    pixels = np.concatenate(inside)
    # Being inside changes at each pixel and behind it, and both cancel where the next is inside, too.
    return Masks.of_changes(np.sort(np.concatenate([pixels, pixels + 1])), size, size)


def voxels_of(masks: Masks, name: pd.Series, frame: pd.Series) -> Voxels:
    """Return the voxels of masks of named slices."""
    lengths = masks.end - masks.start
    pixel = np.repeat(masks.start, lengths) + np.concatenate(
        [np.zeros(0, np.int64), *map(np.arange, lengths)]
    )
    of = np.repeat(masks.owner, lengths)
    names, frames = (pd.Series(one.to_numpy()[of]) for one in (name, frame))
    return numbered(names, frames, pd.Series(pixel))


def by_mark(nodules: Nodules) -> Voxels:
    """Return the voxels of our masks, named by mark."""
    parts = nodules.parts
    return voxels_of(
        strictly_inside(parts["geometry"].to_numpy()), parts["mark_id"], parts["frame"]
    )


def of_masks(nodules: Nodules) -> Voxels:
    """Return the voxels in at least half of the masks, named by nodule."""
    parts = nodules.parts
    masks = strictly_inside(parts["geometry"].to_numpy())
    slices = parts.groupby(["nodule", "frame"])
    first = parts.loc[slices.head(1).index].sort_values(["nodule", "frame"])
    voters = first["nodule"].map(nodules.marks["nodule"].value_counts())
    group, asked = (np.asarray(one, dtype=np.int64) for one in (slices.ngroup(), voters))
    found = majority_masks(masks, group, asked)
    return voxels_of(found, first["nodule"], first["frame"])


def of_outlines(nodules: Nodules) -> Voxels:
    """Return the voxels strictly within the region that at least half of the outlines go round, named by nodule."""
    parts = nodules.parts.assign(record_id=nodules.parts["nodule"])
    found = majority_region(parts, nodules.marks["nodule"].value_counts())
    masks = strictly_inside(found["geometry"].to_numpy())
    return voxels_of(masks, found["record_id"], found["frame"])


def share(ours: Voxels, theirs: Voxels) -> float:
    """Return which share of the voxels that either has inside both have."""
    both = len(np.intersect1d(ours, theirs))
    return both / (len(ours) + len(theirs) - both)


def row(name: str, ours: Voxels, theirs: Voxels) -> tuple[str, ...]:
    """Return a row of the table."""
    both = len(np.intersect1d(ours, theirs))
    counts = (len(ours), len(theirs), both)
    rest = (len(ours) - both, len(theirs) - both)
    return (name, *map(str, counts), f"{share(ours, theirs):.6f}", *map(str, rest))


ON_LINE = "on the line between two points of the outline that are no neighbours: only its points are outside for pylidc"
CROSSING = "in an outline that crosses or touches itself, or is open"
SEVERAL = "in a slice where the mark has several outlines: pylidc takes the points of one out of those before it"
OTHER = "not explained"


def explained(nodules: Nodules, pool: Pool, ours: Voxels, theirs: Voxels) -> dict[str, int]:
    """Return how many voxels of single marks differ, by cause."""
    differ = np.setxor1d(ours, theirs)
    place, pixel = np.divmod(differ, SIDE**2)
    mark, frame = np.divmod(place, SIDE**2)
    table = pd.DataFrame({"mark_id": mark, "frame": frame}).merge(
        nodules.parts, on=["mark_id", "frame"], how="left"
    )
    several = pool.drawing.outlines.groupby(["mark_id", "frame"]).size().rename("outlines")
    table = table.join(several, on=["mark_id", "frame"])
    centres = shapely.points(pixel % SIDE, pixel // SIDE)
    boundaries = shapely.boundary(table["geometry"].to_numpy(dtype=object))
    on_line = shapely.distance(boundaries, centres) == 0
    cause = np.select(
        [table["repaired"].eq(True), table["outlines"].gt(1), on_line],  # noqa: FBT003 - a column
        [CROSSING, SEVERAL, ON_LINE],
        OTHER,
    )
    return {name: int((cause == name).sum()) for name in (ON_LINE, CROSSING, SEVERAL, OTHER)}


if __name__ == "__main__":
    sys.exit(main())
