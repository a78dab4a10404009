"""All readings as one: repeated answers, flat parts and equal annotations settled, and listed."""

from collections.abc import Mapping, Sequence

import pandas as pd
import shapely

from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.tables import Tables, refuse
from groundkeeper.core.ingestion.vocabulary import allowed_attributes
from schemas.names import ANNOTATIONS, PARTS, REJECTS

ONE_ANSWER = ["item_id", "annotator", "round", "era"]
"""What an annotator may answer once."""


def settle(readings: Sequence[Tables], fields: Mapping[str, Field]) -> Tables:
    """Return all *readings* as one, where every rule of the canonical tables holds.

    * An annotator has one answer to an item in a round and era: the latest by (sequence of the batch, submitted_at,
      answer_id). The others are refused, with all their annotations.
    * A part has an area.
    * An annotation stands once in an answer: equal ones after the first (by annotation_id) are refused.
    * An attribute that the guideline knows has a value in its vocabulary and range; another value is refused and
      left out, the rest of its annotation stays.

    Every refused row is in ``rejects`` with its batch, place, rule, value and what was allowed.

    Parameters
    ----------
    readings : sequence of Tables
        At least one, as ``with_ids`` makes them.
    fields : mapping
        Field name to its definition.
    """
    answers, repeated = _latest(_stacked(readings, "answers"))
    standing = pd.MultiIndex.from_frame(answers[["answer_id", "batch"]])
    annotations = _stacked(readings, "annotations")
    stands = pd.MultiIndex.from_frame(annotations[["answer_id", "batch"]]).isin(standing)
    annotations = annotations[stands].drop_duplicates("annotation_id", keep="last")
    parts, flat = _with_area(_of(_stacked(readings, "parts"), annotations))
    annotations, equal = _each_once(annotations, parts)
    parts = _of(parts, annotations)
    attributes, foreign = allowed_attributes(annotations, fields)
    annotations = annotations.assign(attributes=attributes)
    rejects = pd.concat(
        [_stacked(readings, "rejects"), repeated, flat, equal, foreign], ignore_index=True
    )
    return Tables(
        answers.sort_values("answer_id").reset_index(drop=True),
        annotations.sort_values("annotation_id")[list(ANNOTATIONS.columns)].reset_index(drop=True),
        parts.sort_values(["annotation_id", "frame"])[list(PARTS.columns)].reset_index(drop=True),
        rejects.drop_duplicates()
        .sort_values(list(REJECTS.key))[list(REJECTS.columns)]
        .reset_index(drop=True),
    )


def _stacked(readings: Sequence[Tables], table: str) -> pd.DataFrame:
    frames: list[pd.DataFrame] = [getattr(reading, table) for reading in readings]
    return pd.concat(frames, ignore_index=True)


def _of(parts: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    keys = ["annotation_id", "batch"]
    known = pd.MultiIndex.from_frame(annotations[keys])
    return parts[pd.MultiIndex.from_frame(parts[keys]).isin(known)]


def _latest(answers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    ordered = answers.sort_values(["sequence", "submitted_at", "answer_id"], na_position="first")
    older = ordered.duplicated(ONE_ANSWER, keep="last")
    refused = ordered[older]
    return ordered[~older], refuse(
        refused["batch"],
        refused["answer_id"],
        "latest_answer_stands",
        refused["annotator"] + " on " + refused["item_id"],
        "one answer of an annotator to an item in a round; a later one replaced this",
    )


def _with_area(parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    flat = shapely.area(parts["geometry"].to_numpy(dtype=object)) <= 0
    wrong = parts[flat]
    return parts[~flat], refuse(
        wrong["batch"],
        wrong["annotation_id"] + "/frame-" + wrong["frame"].astype("str"),
        "part_has_an_area",
        pd.Series(shapely.to_wkt(wrong["geometry"].to_numpy(dtype=object)), wrong.index, object),
        "a polygon with an area above 0 px2",
    )


def _each_once(annotations: pd.DataFrame, parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    ordered = parts.sort_values(["annotation_id", "frame"])
    drawn = shapely.to_wkb(ordered["geometry"].to_numpy(dtype=object), hex=True)
    place = ordered["frame"].astype("str") + ":" + pd.Series(drawn, ordered.index, dtype="str")
    shape = place.groupby(ordered["annotation_id"]).agg(" ".join)
    known = annotations.sort_values("annotation_id")
    content = known.drop(columns=["annotation_id", "batch"])
    again = content.assign(shape=known["annotation_id"].map(shape)).duplicated()
    refused = known[again]
    return known[~again], refuse(
        refused["batch"],
        refused["annotation_id"],
        "annotation_stands_once",
        refused["attributes"],
        "no two equal annotations in one answer",
    )
