"""Shapes in files of anybody's as what several experts marked: how far they agree, and what all of them missed."""

from pathlib import Path

import numpy as np
import pandas as pd

from groundkeeper import box_files, merged_answers
from groundkeeper.box_files import BoxFile
from groundkeeper.core.agreement.located import marks_of
from groundkeeper.core.agreement.objects import Marks, object_agreement
from groundkeeper.core.completeness.missed import Missed, missed
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.shapes.boxes.boxes import Boxes, overlapping_boxes
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.files import TABLE_ENDINGS
from schemas.enums import Independence

FRAME = "frame"
"""Between the item and the frame in the name of a frame that is an item of its own."""


def read(path: Path) -> tuple[Marks, list[str]]:
    """Return what was marked, of a table of boxes or a file of answers, and what somebody has to know of the file.

    Raises
    ------
    TableError, FormatError
        If the file is neither; the message says where.
    """
    if path.suffix.lower() in TABLE_ENDINGS:
        file = box_files.read(path)
        return of_boxes(file), file.warnings
    evidence, warnings = merged_answers.read(path)
    items = evidence.items.assign(group_id=evidence.items["item_id"])
    return marks_of(evidence, items)[0], warnings


def of_boxes(file: BoxFile) -> Marks:
    """Return the boxes of a file as marks; a frame is an item of its own."""
    boxes = Boxes(file.corners)
    names = file.items
    if file.frames is not None:
        numbers = file.frames.tolist()
        names = [f"{name} {FRAME} {frame}" for name, frame in zip(names, numbers, strict=True)]
    groups = file.groups if file.groups is not None else file.items
    return Marks(
        file.drawn,
        overlapping_boxes(file.drawn, boxes),
        file.labels,
        boxes.areas(),
        pd.DataFrame({"item_id": names, "group_id": groups}, dtype="str"),
    )


def agreement(marks: Marks, at_least: float, how: Resampling) -> pd.DataFrame:
    """Return how far the experts agree, as the table ``measures``, by threshold first."""
    table = object_agreement(marks, how, at_least)
    return table.sort_values(["facet", "level", "subject", "measure"], ignore_index=True)


def overlooked(
    marks: Marks, at_least: float, independence: Independence, *, known: bool, confidence: float
) -> Missed:
    """Return how many objects all experts missed, at least.

    Raises
    ------
    RefusedError
        If the reads are not blind.
    """
    clusters = cluster_pairs(marks.drawn, marks.pairs, at_least)
    groups = np.unique(marks.items["group_id"].to_numpy(dtype=object), return_inverse=True)[1]
    return missed(
        marks.drawn,
        clusters,
        [independence],
        known=known,
        groups=groups,
        shown_prediction=marks.shown_prediction,
        confidence=confidence,
    )
