"""What the pictures of docs/story.md show, out of a built repository."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper import evidence, guideline_files, tables
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.conventions import eroded_by_one_pixel
from groundkeeper.core.derived_fields import AnnotationParts, largest_diameter
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.errors import RefusedError
from groundkeeper.layout import Layout
from groundkeeper.reports.outlines import Regions, Subject
from groundkeeper.reports.subjects import subjects
from schemas.enums import Split
from schemas.names import CLUSTERS, GT_ITEMS, RECORD_PARTS, RECORDS

SET: Final = "lung-nodules"
LIMIT_MM: Final = 6.0
READERS: Final = 4


@dataclass(frozen=True)
class Built:
    """The evidence, what was released, and every version of the guideline.

    Attributes
    ----------
    open_items
        Items of the split dev; the sealed ones are not shown.
    boundary_mm
        The diameter of each record, by ``record_id``, had its readers drawn on the boundary.
    """

    evidence: Evidence
    records: pd.DataFrame
    record_parts: pd.DataFrame
    clusters: pd.DataFrame
    open_items: frozenset[str]
    guidelines: Mapping[str, Guideline]
    boundary_mm: pd.Series


def read(root: Path) -> Built:
    """Return what the repository at *root* has."""
    layout = Layout(root, SET)
    answered = evidence.read(layout)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    gt_items = tables.read(layout.table("release", GT_ITEMS), GT_ITEMS)
    return Built(
        answered,
        tables.read(layout.table("release", RECORDS), RECORDS),
        tables.read(layout.table("release", RECORD_PARTS), RECORD_PARTS),
        clusters,
        frozenset(gt_items.loc[gt_items["split"] == Split.DEV, "item_id"]),
        guideline_files.load_all(layout.guidelines),
        boundary_diameters(answered, clusters),
    )


def fates(built: Built) -> dict[str, Counter[str]]:
    """Return by version how many of the released records each rule of the decision ``include`` decides."""
    drawn = built.records.set_index("record_id")
    eroded = drawn.assign(diameter_mm=built.boundary_mm)
    found = {}
    for version, guideline in built.guidelines.items():
        columns = eroded if guideline.conventions["outline"] == "boundary" else drawn
        decided = decide(guideline.decisions["include"], columns, guideline.fields)
        found[version] = Counter(str(rule) for rule in decided.rule_id)
    return found


def boundary_diameters(answered: Evidence, clusters: pd.DataFrame) -> pd.Series:
    """Return the diameter of each record in mm, by ``record_id``, had its readers drawn on the boundary."""
    clusters = clusters.set_index("annotation_id")
    parts = answered.parts[answered.parts["annotation_id"].isin(clusters.index)]
    codes, names = pd.factorize(parts["annotation_id"], sort=True)
    order = np.argsort(codes, kind="stable")
    drawn = parts["geometry"].to_numpy(dtype=object)[order]
    frames = parts["frame"].to_numpy()[order]
    spacing = answered.items.set_index("item_id")["pixel_spacing_mm"]
    annotations = pd.DataFrame({"pixel_spacing_mm": clusters.loc[names, "item_id"].map(spacing)})
    eroded = AnnotationParts(eroded_by_one_pixel(drawn), codes[order], frames)
    sizes = pd.Series(largest_diameter(eroded, annotations), index=clusters.loc[names, "record_id"])
    return sizes.groupby(level=0).median()


def on_either_side(built: Built) -> Subject:
    """Return the open nodule nearest to 6 mm whose four readers stand on either side of it.

    Raises
    ------
    RefusedError
        If there is none.
    """
    records = built.records[built.records["item_id"].isin(built.open_items)]
    apart = (records["diameter_mm_low"] < LIMIT_MM) & (records["diameter_mm_high"] >= LIMIT_MM)
    fit = records[apart & (records["votes"] == READERS)]
    if fit.empty:
        message = (
            f"no nodule of {SET} has readers on either side of {LIMIT_MM:g} mm; build more of the "
            "pool (`make gt`)"
        )
        raise RefusedError(message)
    off = (fit["diameter_mm"] - LIMIT_MM).abs()
    nearest = fit.assign(off=off).sort_values(["off", "record_id"]).iloc[[0]]
    shown = subjects(nearest, built.record_parts, built.clusters, built.evidence)
    return next(iter(shown.values()))


def size_mm(regions: Regions, nodule: Subject) -> float:
    """Return the largest distance between two points of *regions* in one frame, mm."""
    frames = np.array(sorted(regions))
    drawn = np.array([regions[frame] for frame in sorted(regions)], dtype=object)
    parts = AnnotationParts(drawn, np.zeros(len(frames), dtype=np.int64), frames)
    spacing = pd.DataFrame({"pixel_spacing_mm": [nodule.spacing_mm]})
    return float(largest_diameter(parts, spacing)[0])
