"""What models say: apart from the answers of people, and of each model its latest word on an item."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.settling import settle
from groundkeeper.core.ingestion.tables import Source, Tables, refuse
from schemas.enums import LOOKED

REPLACED = "latest_prediction_stands"
"""The rule by which a prediction is listed that the same model replaced in a later batch; nothing is wrong with it."""


def settle_predictions(readings: Sequence[Tables], fields: Mapping[str, Field]) -> Tables:
    """Return all *readings* of models as one, where every rule of the canonical tables holds.

    * ``latest_prediction_stands``: a model has one prediction of an item, whatever round and era it was made in: that
      of the latest batch that has one which is submitted or empty. The others are listed, without their annotations.

    What else holds is what ``settle`` says. They are read in the words of the version in force, whatever era they name,
    for that is what they are held against. A class that it does not know stays as it is: a model may know more than is
    asked of it, and what that means for its score is for the score to say.

    Parameters
    ----------
    readings : sequence of Tables
        At least one, as ``with_ids`` makes them.
    fields : mapping
        Field name to its definition, of the version in force.
    """
    answers = pd.concat([reading.answers for reading in readings], ignore_index=True)
    ordered = answers.assign(given=answers["state"].isin(LOOKED)).sort_values(["given", "sequence"])
    newest = ordered.drop_duplicates(["item_id", "annotator"], keep="last")
    standing = pd.MultiIndex.from_frame(newest[["item_id", "annotator", "batch"]])
    kept = [_of(reading, standing) for reading in readings]
    older = answers[~_stands(answers, standing)]
    replaced = refuse(
        older["answer_id"],
        REPLACED,
        older["annotator"] + " on " + older["item_id"],
        "one prediction of an item by a model: that of the latest batch",
    ).assign(source=older["batch"])
    found = settle(kept, fields, foreign_labels=True)
    rejects = pd.concat([found.rejects, replaced[found.rejects.columns]], ignore_index=True)
    listed = rejects.sort_values(list(rejects.columns)).drop_duplicates(ignore_index=True)
    return replace(found, rejects=listed)


def models_of(source: Source, answers: pd.DataFrame, told: Tables) -> pd.DataFrame:
    """Return who said what one batch has rows of: ``source, place, annotator``.

    Parameters
    ----------
    source : Source
        The batch.
    answers : DataFrame
        As its reader found them: ``answer_key, annotator``.
    told : Tables
        The same, as ``with_ids`` made them.
    """
    said = told.annotations.merge(told.answers[["answer_id", "annotator"]], on="answer_id")
    places = [
        frame[[key, "annotator"]].set_axis(["place", "annotator"], axis=1)
        for frame, key in (
            (answers, "answer_key"),
            (told.answers, "answer_id"),
            (said, "annotation_id"),
        )
    ]
    found = pd.concat(places, ignore_index=True).drop_duplicates("place")
    return found.assign(source=source.name)[["source", "place", "annotator"]]


def with_models(rejects: pd.DataFrame, who: pd.DataFrame) -> pd.DataFrame:
    """Return *rejects* with the ``annotator`` who said each, missing where the place is that of no answer.

    The place of a row is that of an answer or annotation, or of something in it, which then follows behind a slash.

    Examples
    --------
    >>> who = pd.DataFrame([("b1", "m/i", "m"), ("b1", "an_1", "m")], columns=["source", "place", "annotator"])
    >>> rejects = pd.DataFrame({"source": "b1", "path": ["m/i", "an_1/attributes/grade", "else"]})
    >>> with_models(rejects, who)["annotator"].tolist()
    ['m', 'm', nan]
    """
    known = who.drop_duplicates(["source", "place"]).set_index(["source", "place"])["annotator"]
    inside = rejects["path"].str.split("/").str[0]
    whole, part = (
        known.reindex(pd.MultiIndex.from_arrays([rejects["source"], place])).set_axis(rejects.index)
        for place in (rejects["path"], inside)
    )
    return rejects.assign(annotator=whole.fillna(part).astype("str"))


def _of(reading: Tables, standing: pd.MultiIndex) -> Tables:
    """Return *reading* with the predictions that stand alone."""
    answers = reading.answers[_stands(reading.answers, standing)]
    given = reading.annotations["answer_id"].isin(answers["answer_id"])
    annotations = reading.annotations[given]
    drawn = reading.parts["annotation_id"].isin(annotations["annotation_id"])
    return replace(reading, answers=answers, annotations=annotations, parts=reading.parts[drawn])


def _stands(answers: pd.DataFrame, standing: pd.MultiIndex) -> pd.Series:
    told = pd.MultiIndex.from_frame(answers[["item_id", "annotator", "batch"]])
    return pd.Series(told.isin(standing), answers.index, dtype=bool)
