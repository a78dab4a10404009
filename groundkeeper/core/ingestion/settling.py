"""All readings as one: repeated answers, flat parts and equal annotations settled, and listed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.geometry import POLYGON_TYPES
from groundkeeper.core.guideline.eras import ALIKE, Eras, held_against
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.tables import Tables, refuse
from groundkeeper.core.ingestion.vocabulary import (
    allowed_attributes,
    allowed_labels,
    allowed_probabilities,
)
from schemas.enums import LOOKED, Scope
from schemas.names import ANNOTATIONS, PARTS, REJECTS

ONE_ANSWER = ["item_id", "annotator", "round", "era"]
"""What an annotator may answer once, but for tasks and as an adjudicator: of these, admission says which counts."""


COMES_AGAIN = "answer_comes_again"
"""The rule by which an answer is listed that a later batch holds once more; nothing is wrong with it."""


def settle(
    readings: Sequence[Tables],
    fields: Mapping[str, Field],
    eras: Eras = ALIKE,
    *,
    foreign_labels: bool = False,
) -> Tables:
    """Return all *readings* as one, where every rule of the canonical tables holds.

    * ``latest_answer_stands``: an annotator has one answer to an item in a round and era, the latest that is submitted
      or empty; where there is none, the latest draft or skip. Later is by sequence of the batch, then submitted_at,
      then answer_id, then state. The others are refused, and each of their annotations (``answer_stands``). One that
      comes again, under the same answer_id, arrived when it first came: ids of records are anchored in the first.
    * ``part_has_an_area``: a part without one is refused.
    * ``frame_has_one_part``: an annotation has one part in a frame. Of equal ones one stays; where they differ all of
      the frame are refused, for nothing says which was meant.
    * ``annotation_stands_once``: of equal annotations of an answer the most confident stays, then the first by
      annotation_id; the others are refused.
    * ``value_is_allowed``: an attribute or label of which the guideline speaks has a value in its vocabulary and
      range, and probabilities are of such labels; another value is refused and left out, the rest of its annotation
      stays. The guideline is the version that the answer was given under.

    Every refused row is in ``rejects`` with its batch, place, rule, value and what was allowed. The order of rows and
    of readings decides nothing.

    Parameters
    ----------
    readings : sequence of Tables
        At least one, as ``with_ids`` makes them.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.
    foreign_labels : bool
        Whether labels that the guideline does not know stay as they are.
    """
    answers, replaced = _latest(_stacked(readings, "answers"))
    annotations, homeless = _of_answers(_stacked(readings, "annotations"), answers)
    parts, flat = _with_area(_of(_stacked(readings, "parts"), annotations))
    parts, crowded = _one_a_frame(parts)
    annotations, equal = _each_once(annotations, parts)
    parts = _of(parts, annotations)
    given = annotations["answer_id"].map(answers.set_index("answer_id")["era"])
    annotations, foreign = _in_the_words_of_their_era(
        annotations, given, (fields, eras), foreign_labels
    )
    refused = [replaced, homeless, flat, crowded, equal, foreign]
    rejects = pd.concat([_stacked(readings, "rejects"), *refused], ignore_index=True)
    return Tables(
        answers.sort_values("answer_id").reset_index(drop=True),
        annotations.sort_values("annotation_id")[list(ANNOTATIONS.columns)].reset_index(drop=True),
        parts.sort_values(["annotation_id", "frame"])[list(PARTS.columns)].reset_index(drop=True),
        rejects.sort_values(list(REJECTS.columns))
        .drop_duplicates(list(REJECTS.key))[list(REJECTS.columns)]
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
    order = ["given", "sequence", "submitted_at", "answer_id", "state"]
    rest = ["batch", "lead_time_s", "tool", "shown_prediction"]
    given = answers.assign(given=answers["state"].isin(LOOKED))
    ordered = given.sort_values([*order, *rest], na_position="first").drop(columns="given")
    is_about_less = ordered["task_id"].notna() | ordered["scope"].eq(Scope.ADJUDICATION)
    own = ordered["answer_id"].where(is_about_less, "")
    older = ordered[ONE_ANSWER].assign(own=own).duplicated(keep="last")
    refused = ordered[older]
    first = ordered.groupby("answer_id")["sequence"].transform("min")
    said = ["" if pd.isna(time) else f" at {time}" for time in refused["submitted_at"]]
    when = pd.Series(said, refused.index, dtype="str")
    standing = ordered.assign(sequence=first)[~older]
    again = refused["answer_id"].isin(standing["answer_id"])
    return standing, refuse(
        refused["answer_id"],
        "latest_answer_stands",
        refused["state"] + " by " + refused["annotator"] + " on " + refused["item_id"] + when,
        "one answer of an annotator to an item in a round: the latest submitted or empty one, else the latest",
    ).assign(
        source=refused["batch"],
        rule=pd.Series("latest_answer_stands", refused.index).mask(again, COMES_AGAIN),
    )


def _of_answers(
    annotations: pd.DataFrame, answers: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = ["answer_id", "batch"]
    standing = pd.MultiIndex.from_frame(answers[keys])
    stands = pd.MultiIndex.from_frame(annotations[keys]).isin(standing)
    again = annotations["annotation_id"].isin(annotations.loc[stands, "annotation_id"])
    refused = annotations[~stands & ~again]
    return annotations[stands], refuse(
        refused["annotation_id"],
        "answer_stands",
        refused["answer_id"],
        "an answer that is not refused",
    ).assign(source=refused["batch"])


def _with_area(parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    shapes = parts["geometry"].to_numpy(dtype=object)
    of_areas = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES)
    flat = np.where(of_areas, ~(shapely.area(shapes) > 0), shapely.is_empty(shapes))
    rule = "part_has_an_area"
    allowed = "a polygon with an area above 0 px2, a line or points"
    return parts[~flat], _refused_parts(parts[flat], rule, allowed)


def _one_a_frame(parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    place = ["annotation_id", "frame"]
    drawn = parts.assign(
        shape=shapely.to_wkb(parts["geometry"].to_numpy(dtype=object), hex=True)
    ).sort_values([*place, "shape", "repaired"])
    again = drawn.duplicated([*place, "shape"])
    differs = drawn[~again].duplicated(place, keep=False)
    refused = again | differs.reindex(drawn.index, fill_value=False)
    drawn = drawn.drop(columns="shape")
    rule, allowed = "frame_has_one_part", "one part of an annotation in a frame"
    return drawn[~refused], _refused_parts(drawn[refused], rule, allowed)


def _refused_parts(parts: pd.DataFrame, rule: str, allowed: str) -> pd.DataFrame:
    drawn = shapely.to_wkt(parts["geometry"].to_numpy(dtype=object))
    return refuse(
        parts["annotation_id"] + "/frame-" + parts["frame"].astype("str"),
        rule,
        pd.Series(drawn, parts.index, dtype=object),
        allowed,
    ).assign(source=parts["batch"])


def _each_once(annotations: pd.DataFrame, parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    ordered = parts.sort_values(["annotation_id", "frame"])
    drawn = shapely.to_wkb(ordered["geometry"].to_numpy(dtype=object), hex=True)
    place = ordered["frame"].astype("str") + ":" + pd.Series(drawn, ordered.index, dtype="str")
    shape = place.groupby(ordered["annotation_id"]).agg(" ".join)
    known = annotations.sort_values(["confidence", "annotation_id"], ascending=[False, True])
    content = known.drop(
        columns=["annotation_id", "batch", "ordinal", "confidence", "probabilities"]
    )
    again = content.assign(shape=known["annotation_id"].map(shape)).duplicated()
    refused = known[again]
    return known[~again], refuse(
        refused["annotation_id"],
        "annotation_stands_once",
        refused["attributes"],
        "no two equal annotations in one answer",
    ).assign(source=refused["batch"])


def _in_the_words_of_their_era(
    annotations: pd.DataFrame,
    given: pd.Series,
    version: tuple[Mapping[str, Field], Eras],
    foreign_labels: bool,  # noqa: FBT001 - as settle was told
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return *annotations* without values that the fields of their era do not allow, and those as rejects."""
    fields, eras = version
    kept, refused = [], []
    for era, rows in by_fields(given, eras):
        here, declared = annotations[rows], held_against(era, fields, eras)
        attributes, foreign = allowed_attributes(here, declared)
        labels, unknown = allowed_labels(here, declared)
        probabilities, improbable = allowed_probabilities(here, declared)
        said = here.assign(attributes=attributes, probabilities=probabilities)
        kept.append(said if foreign_labels else said.assign(label=labels))
        refused += [foreign, improbable, *([] if foreign_labels else [unknown])]
    return pd.concat(kept), pd.concat(refused)
