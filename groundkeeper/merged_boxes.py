"""Boxes of several annotators, of anybody's file, as one table of records; without pandas, it starts at once."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from groundkeeper.box_files import BoxFile
from groundkeeper.core.shapes.boxes.box_fusion import (
    edge_median,
    edge_spread,
    nearest_to_mean,
    weighted_boxes,
)
from groundkeeper.core.shapes.boxes.boxes import Boxes, box_ious, clusters_of_boxes
from groundkeeper.core.shapes.clustering.rules import NATIVE, Rule
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Floats, Integers, Pairs
from groundkeeper.core.shapes.medoid import medoids
from groundkeeper.core.shapes.merge import Merged, mean_similarity, merge, within

Fusion: TypeAlias = Literal["edge_median", "weighted_boxes", "medoid", "nearest_to_mean"]

SPREADS: Final = ("spread_left_px", "spread_top_px", "spread_right_px", "spread_bottom_px")
Table: TypeAlias = dict[str, list[Any]]
"""Columns of one length, in their order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How boxes become records.

    Attributes
    ----------
    at_least
        The IoU from which on two boxes are alike.
    rule
        Which boxes mean the same thing.
    fusion
        How they become one box. ``weighted_boxes`` weighs each annotator by the share of the others' votes on the
        records that they drew.
    presence
        The method by which it is inferred how probable a record is; without one it is the share of those who drew it.
    """

    at_least: float
    rule: Rule = NATIVE
    fusion: Fusion = "edge_median"
    presence: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MergedBoxes:
    """The records of a file of boxes.

    Attributes
    ----------
    merged : Merged
    clusters : Clusters
    corners : float64[g, 4]
        The box of each record, px.
    similarity : float64[g]
        The mean IoU of every two of its boxes; nan of one alone.
    spread : float64[g, 4]
        How far its boxes stand apart on each side, px; nan of one alone.
    presence : float64[g]
        How probable it is that it is there.
    """

    merged: Merged
    clusters: Clusters
    corners: Floats
    similarity: Floats
    spread: Floats
    presence: Floats


def merged_boxes(file: BoxFile, asked: Asked) -> MergedBoxes:
    """Return the records that the boxes of *file* make."""
    drawn, boxes = file.drawn, Boxes(file.corners)
    clusters = clusters_of_boxes(drawn, boxes, asked.at_least, asked.rule)
    record, n_records = clusters.record, len(clusters)
    left, right = within(record, n_records)
    pairs = Pairs(left, right, box_ious(boxes, left, right))
    merged = merge(drawn, clusters)
    return MergedBoxes(
        merged,
        clusters,
        _fused(file, asked.fusion, clusters, pairs, merged),
        mean_similarity(pairs, record, n_records),
        edge_spread(file.corners, record, n_records),
        _presence(file, clusters, asked.presence, merged),
    )


def _presence(file: BoxFile, clusters: Clusters, method: str | None, merged: Merged) -> Floats:
    if method is None:
        return merged.support
    from groundkeeper.core.shapes.presence import presence  # noqa: PLC0415 - pandas, which counting does without

    return presence(file.drawn, clusters, method)


def _fused(
    file: BoxFile, fusion: Fusion, clusters: Clusters, pairs: Pairs, merged: Merged
) -> Floats:
    corners, record, n_records = file.corners, clusters.record, len(clusters)
    match fusion:
        case "edge_median":
            return edge_median(corners, record, n_records)
        case "weighted_boxes":
            weights = standing(file, clusters, merged)[file.drawn.annotator]
            return weighted_boxes(corners, record, weights, n_records)
        case "medoid":
            return corners[medoids(record, n_records, pairs)]
        case "nearest_to_mean":
            return corners[nearest_to_mean(corners, record, n_records)]


def standing(file: BoxFile, clusters: Clusters, merged: Merged) -> Floats:
    """Return of each annotator the share of the others who also drew what they drew, over all boxes, [annotators].

    One is added to both sides of the share, so that nobody who drew little counts as nothing, or as perfect.
    """
    who, record = file.drawn.annotator, clusters.record
    others = merged.experts[record] - 1
    agreeing = merged.votes[record] - 1
    n_annotators = len(file.annotators)
    seen = np.bincount(who, agreeing, minlength=n_annotators)
    asked = np.bincount(who, others, minlength=n_annotators)
    return (seen + 1) / (asked + 2)


def table_of(file: BoxFile, found: MergedBoxes, keep: float = 0.0) -> Table:
    """Return one row per record with at least the presence *keep*, by item and corners.

    ``record`` counts all records from 0, in this order. ``label`` is missing where nobody named one and where the most
    votes are tied.
    """
    merged, corners = found.merged, found.corners
    number, order = _numbers(found)
    order = order[found.presence[order] >= keep]
    place = merged.item[order].tolist()
    columns: dict[str, list[Any]] = {"record": number[order].tolist()}
    columns["item"] = [file.items[item] for item in place]
    if file.frames is not None:
        columns["frame"] = file.frames[place].tolist()
    if file.groups is not None:
        columns["group"] = [file.groups[item] for item in place]
    labels = merged.said.label[order].tolist()
    columns["label"] = [None if code == NO_LABEL else file.labels[code] for code in labels]
    box = np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    measured = {
        "label_votes": merged.said.votes,
        "label_named": merged.said.named,
        "votes": merged.votes,
        "experts": merged.experts,
        "presence": found.presence,
        "similarity": found.similarity,
        "exact": merged.exact,
        **dict(zip(("x", "y", "width", "height"), box.T, strict=True)),
        **dict(zip(SPREADS, found.spread.T, strict=True)),
    }
    return columns | {name: values[order].tolist() for name, values in measured.items()}


def _numbers(found: MergedBoxes) -> tuple[Integers, Integers]:
    """Return the number of each record in the table, from 0, and the records in the order of these numbers."""
    order = np.lexsort((*found.corners.T[::-1], found.merged.item))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return number, order


def members_of(file: BoxFile, found: MergedBoxes) -> Table:
    """Return which record each row of the file belongs to: ``row, item, annotator, record``, by row."""
    order = np.argsort(file.row)
    drawn = file.drawn
    return {
        "row": file.row[order].tolist(),
        "item": [file.items[item] for item in drawn.item[order].tolist()],
        "annotator": [file.annotators[who] for who in drawn.annotator[order].tolist()],
        "record": _numbers(found)[0][found.clusters.record[order]].tolist(),
    }


def summary(file: BoxFile, found: MergedBoxes, written: Table) -> dict[str, Any]:
    """Return what there is to say of the whole: counts, the mean IoU within records, and what somebody has to know."""
    merged, several = found.merged, found.merged.votes > 1
    unsure = int((~merged.exact).sum())
    tied = int(merged.said.tied.sum())
    warnings = file.warnings
    if tied:
        warnings.append(
            f"{tied} records have no label, as the most votes are tied; people have to decide them"
        )
    if unsure:
        warnings.append(
            f"of {unsure} records it is not known that they are the best that could be made, so dense they are"
        )
    mean = float(np.mean(found.similarity[several])) if several.any() else None
    return {
        "items": len(file.items),
        "annotators": len(file.annotators),
        "boxes": len(file.corners),
        "records": len(merged),
        "drawn_by_several": int(several.sum()),
        "written": len(written["record"]),
        "mean_iou": mean,
        "labels_tied": tied,
        "not_exact": unsure,
        "warnings": warnings,
    }
