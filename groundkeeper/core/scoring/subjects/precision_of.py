"""Average precision and recall of a model, as COCO has them, over the records of a set."""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Resampling, undefined
from groundkeeper.core.measures import ALL, row
from groundkeeper.core.scoring.detection.average_precision import By, average_precision, metrics_of
from groundkeeper.core.scoring.detection.detections import by_of, detections
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.said import Said
from groundkeeper.errors import RefusedError
from schemas.enums import AREAS, Outcome
from schemas.names import MEASURES

NOT_COMPUTED: Final = "not computed"
SIZES: Final = ("width_px", "height_px")


def average_precision_of(  # noqa: PLR0913 - what was said, what is known, how, and of whom
    said: Said,
    known: Known,
    outcomes: pd.DataFrame,
    items: pd.DataFrame,
    guide: Guide,
    *,
    subject: str,
    how: Resampling,
) -> pd.DataFrame:
    """Return average precision and recall of what one *subject* said, as the table ``measures``.

    It is empty where the figures do not exist: where records are items, something is no area, or something was said
    without a confidence. Where they exist and cannot be computed, they are nan, and the note says why.

    Each frame is an image. Records that are open or count for nobody are crowds to COCO: nobody misses them. What was
    said of them alone, of a class that the guideline does not know, or of what it would not ask for is ``excluded`` in
    the *outcomes* and is left out, so that nobody is blamed for it either.

    Parameters
    ----------
    said, known, guide
        As in ``scores_of``.
    outcomes : DataFrame
        What became of all that was said.
    items : DataFrame
        ``item_id, width_px, height_px``.
    subject : str
        The subject of the figures; that of a class is ``subject/class``.
    how : Resampling
        How intervals are made.
    """
    nothing = pd.DataFrame(columns=list(MEASURES.columns))
    truth, ours = _truth(said, known), _said(said, known, outcomes)
    both = pd.concat([truth["shape"], ours["shape"]])
    sure = ours["confidence"].notna().all()
    if guide.by_item or ours.empty or not sure or not both.isin(list(AREAS)).all():
        return nothing
    try:
        found = detections(truth, ours, _images(truth, ours, items))
        groups = known.items.set_index("item_id")["group_id"]
        of_image = {image: str(groups[item]) for image, item in found.item_of.items()}
        measures = average_precision(
            found.truth, found.said, found.by, subject, how=how, groups=of_image
        )
    except RefusedError as error:
        return _undefined(by_of(truth, ours), subject, f"{NOT_COMPUTED}: {error}")
    if guide.class_by is None:
        measures = measures[measures["subject"] != f"{subject}/{guide.only_class}"]
    return measures.reset_index(drop=True)


def _truth(said: Said, known: Known) -> pd.DataFrame:
    """Return the records of items that were answered and are scored; one of no class is a crowd of none."""
    scored = set(known.items.loc[known.items["scored"], "item_id"]) & set(said.answers["item_id"])
    there = known.objects[known.objects["item_id"].isin(scored)].dropna(subset="class")
    return _drawn(there, known.parts, "record_id", "ignored")


def _said(said: Said, known: Known, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return what was said that somebody can judge."""
    judged = outcomes.loc[outcomes["outcome"] != Outcome.EXCLUDED, "annotation_id"].dropna()
    items = known.items.loc[known.items["scored"], "item_id"]
    told = said.objects["annotation_id"].isin(judged) & said.objects["item_id"].isin(items)
    return _drawn(said.objects[told], said.parts, "annotation_id", "confidence")


def _drawn(objects: pd.DataFrame, parts: pd.DataFrame, name: str, more: str) -> pd.DataFrame:
    table = objects[[name, "item_id", "class", "drawn_as", more]].merge(parts, on=name)
    columns = {"item_id": "item", "class": "label", "drawn_as": "shape"}
    ordered = table.sort_values(["item_id", name, "frame"], ignore_index=True)
    return ordered.rename(columns=columns)[["item", "frame", "label", "shape", "geometry", more]]


def _images(truth: pd.DataFrame, said: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return the frames that either side drew on; one without anything changes no figure."""
    frames = pd.concat([truth[["item", "frame"]], said[["item", "frame"]]]).drop_duplicates()
    sizes = items.set_index("item_id").reindex(frames["item"])
    width, height = (sizes[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in SIZES)
    return frames.assign(width=width, height=height)


def _undefined(by: By, subject: str, note: str) -> pd.DataFrame:
    rows = [
        row(f"{by}_{metric.name}", subject, ALL, ALL, undefined(note)) for metric in metrics_of(by)
    ]
    measures = pd.DataFrame(rows, columns=list(MEASURES.columns))
    return measures.sort_values(list(MEASURES.key), ignore_index=True)
