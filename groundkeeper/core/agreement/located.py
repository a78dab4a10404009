"""From what was answered to items of a set to what experts marked there, as arrays."""

from typing import Final

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.agreement.answer_figures import UNIT
from groundkeeper.core.agreement.objects import Marks
from groundkeeper.core.agreement.overlap import pairs_within
from groundkeeper.core.consensus.reconcile import alike
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.estimates import Floats
from groundkeeper.core.geometry import POLYGON_TYPES
from groundkeeper.core.guideline.sections import Match
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn, Pairs

ANY: Final = Match(by="similarity", at_least=1.0)
"""Shapes of all kinds are compared, each as its kind has it; thresholds come later."""


def marks_of(said: Evidence, items: pd.DataFrame, match: Match = ANY) -> tuple[Marks, pd.Index]:
    """Return what was marked, and the id of the annotation behind each shape.

    An annotation without a shape is a statement about its item. It marks nothing; whoever made it has looked.

    Parameters
    ----------
    said : Evidence
        The voices alone (``core.consensus.voices``): one answer of a person to an item.
    items : DataFrame
        One row per item that anything was said of: ``item_id, group_id`` and facets as text.
    match : Match
        How similar points are said to be; its threshold is not looked at.
    """
    in_order = items.sort_values("item_id").reset_index(drop=True)
    places = pd.Index(in_order["item_id"])
    people = pd.Index(sorted(set(said.answers["annotator"])))
    known = said.annotations.merge(
        said.answers[["answer_id", "annotator", "round"]], on="answer_id"
    )
    known = known[known["annotation_id"].isin(said.parts["annotation_id"])]
    known = known.sort_values(["item_id", "annotation_id"]).reset_index(drop=True)
    label = known["label"].astype(object).where(known["label"].notna(), None)
    code, labels = pd.factorize(label.to_numpy(dtype=object), sort=True)
    nothing = said.answers[~said.answers["answer_id"].isin(known["answer_id"])]
    drawn = Drawn(
        places.get_indexer(known["item_id"]).astype(np.int64),
        people.get_indexer(known["annotator"]).astype(np.int64),
        np.where(code < 0, NO_LABEL, code).astype(np.int64),
        places.get_indexer(nothing["item_id"]).astype(np.int64),
        people.get_indexer(nothing["annotator"]).astype(np.int64),
    )
    ids = pd.Index(known["annotation_id"])
    found = pairs_of(alike(said, known, match), ids)
    shown = bool(said.answers["shown_prediction"].any())
    return Marks(
        drawn, found, [str(one) for one in labels], areas(said.parts, ids), in_order, shown
    ), ids


def pairs_of(overlapping: pd.DataFrame, ids: pd.Index) -> Pairs:
    """Return the pairs of a table ``left, right, iou`` of annotation ids, by the place of these in *ids*."""
    left, right = (ids.get_indexer(pd.Index(overlapping[side])) for side in ("left", "right"))
    first, second = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((second, first))
    similarity = overlapping["iou"].to_numpy(dtype=np.float64)
    return Pairs(first[order].astype(np.int64), second[order].astype(np.int64), similarity[order])


def areas(parts: pd.DataFrame, ids: pd.Index) -> Floats:
    """Return the area of each of *ids* on the frame where it is largest, px2; nan of what has no area."""
    shapes = parts["geometry"].to_numpy(dtype=object)
    polygonal = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES)
    area = pd.Series(shapely.area(shapes[polygonal]), parts["annotation_id"][polygonal])
    largest = area.groupby(level=0).max()
    return largest.reindex(ids).to_numpy(dtype=np.float64)


def clusters_of_records(records: pd.Series, ids: pd.Index) -> Clusters:
    """Return which shapes were put together in the records, which need not be the best way to do so.

    Parameters
    ----------
    records : Series
        The record of each annotation, indexed by ``annotation_id``.
    ids : Index
        The annotation behind each shape.
    """
    record, names = pd.factorize(records.reindex(ids).to_numpy(dtype=object))
    return Clusters(record.astype(np.int64), np.zeros(len(names), dtype=np.bool_))


def on_common_frames(members: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return what two experts drew of one record on a frame that both drew on.

    Parameters
    ----------
    members : DataFrame
        What ``figures.members_of_records`` returned.
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry``.

    Returns
    -------
    DataFrame
        ``left, right`` (annotation ids, ``left < right``), ``item_id, frame, drawn_left, drawn_right``, sorted by the
        two annotations and the frame.
    """
    pairs = pairs_within(members, [*UNIT, "item_id"])[["left", "right", "item_id"]]
    drawn = parts[["annotation_id", "frame", "geometry"]]
    left = drawn.rename(columns={"annotation_id": "left", "geometry": "drawn_left"})
    right = drawn.rename(columns={"annotation_id": "right", "geometry": "drawn_right"})
    both = pairs.merge(left, on="left").merge(right, on=["right", "frame"])
    return both.sort_values(["left", "right", "frame"]).reset_index(drop=True)
