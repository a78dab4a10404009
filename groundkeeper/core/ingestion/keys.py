"""Ids instead of keys: what a reader named in its own words becomes rows of the canonical tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.tables import Source, Tables, refuse
from groundkeeper.errors import FormatError, listing
from schemas.enums import AnswerState
from schemas.names import ANNOTATIONS, ANSWERS, PARTS


def collect_items(set_name: str, found: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Return one row per item of all batches, with its id, sorted by it.

    Parameters
    ----------
    set_name : str
        Name of the set, part of every item id.
    found : sequence of (str, DataFrame)
        Name and items of each batch, in the order in which the batches came.

    Raises
    ------
    FormatError
        If no batch has an item, or an item is described differently in two places.
    """
    if not any(len(frame) for _, frame in found):
        names = listing(name for name, _ in found)
        message = f"set {set_name}: no batch in its inbox has an item (batches: {names})"
        raise FormatError(message)
    frames = [frame.assign(batch=name) for name, frame in found if len(frame)]
    everything = pd.concat(frames, ignore_index=True)
    facts = [name for name in everything.columns if name != "batch"]
    distinct = everything.drop_duplicates(facts)
    disputed = distinct[distinct.duplicated("item_key", keep=False)]
    if len(disputed):
        keys = disputed["item_key"].drop_duplicates()
        message = (
            f"batches {listing(disputed['batch'].drop_duplicates())}: {len(keys)} items are described "
            f"differently in two places: {listing(keys)}. Size, frames, group and facets of an item "
            "must be the same wherever it is named; correct the newer file and add it again."
        )
        raise FormatError(message)
    ids = [make_id("it", set_name, key) for key in distinct["item_key"]]
    return distinct[facts].assign(item_id=ids).sort_values("item_id").reset_index(drop=True)


def with_ids(source: Source, reading: Tables, item_ids: Mapping[str, str]) -> Tables:
    """Return the tables of one reading with ids instead of keys; rows that hang in the air are refused.

    Parameters
    ----------
    source : Source
        What the batch says of all its answers.
    reading : Tables
        Tables in the words of a reader; see ``groundkeeper.formats.Reading``.
    item_ids : mapping
        Item key to item id of the items that are wanted. Answers to other items are left out: they wait in the
        inbox until their item is sampled.
    """
    answers, unknown = _answers(source, reading.answers, item_ids)
    named = answers.set_index("answer_key")[["answer_id", "item_id"]]
    annotations, homeless = _annotations(source, reading, named)
    ids = annotations.set_index("annotation_key")["annotation_id"]
    parts = reading.parts[reading.parts["annotation_key"].isin(ids.index)]
    parts = parts.assign(
        annotation_id=parts["annotation_key"].map(ids).astype("str"), batch=source.name
    )
    rejects = reading.rejects.assign(source=source.name)
    return Tables(
        answers[list(ANSWERS.columns)].reset_index(drop=True),
        annotations[[*ANNOTATIONS.columns, "batch"]].reset_index(drop=True),
        parts[[*PARTS.columns, "batch"]].reset_index(drop=True),
        pd.concat([rejects, unknown, homeless], ignore_index=True),
    )


def _answers(
    source: Source, found: pd.DataFrame, item_ids: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    answers = found[found["item_key"].isin(item_ids)]
    known = answers["state"].isin(list(AnswerState))
    wrong = answers[~known]
    allowed = listing(AnswerState)
    refused = refuse(source.name, wrong["answer_key"], "state_is_known", wrong["state"], allowed)
    answers = answers[known].drop_duplicates("answer_key", keep="last")
    answers = answers.assign(item_id=answers["item_key"].map(item_ids))
    keys = answers[["item_id", "annotator", "answer_key"]].itertuples(index=False, name=None)
    ids = [make_id("ao", item, who, source.round, source.era, key) for item, who, key in keys]
    return answers.assign(
        answer_id=ids,
        round=source.round,
        era=source.era,
        sequence=source.sequence,
        origin=source.origin,
        independence=source.independence,
        identity=source.identity,
        batch=source.name,
    ), refused


def _annotations(
    source: Source, reading: Tables, named: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = reading.annotations
    at_home = found["answer_key"].isin(reading.answers["answer_key"])
    lost = found[~at_home]
    allowed = "the key of an answer in the same file"
    refused = refuse(
        source.name, lost["annotation_key"], "answer_is_known", lost["answer_key"], allowed
    )
    annotations = found[found["answer_key"].isin(named.index)]
    annotations = annotations.join(named, on="answer_key")
    keys = annotations[["answer_id", "annotation_key"]].itertuples(index=False, name=None)
    ids = [make_id("an", answer, key) for answer, key in keys]
    return annotations.assign(annotation_id=ids, batch=source.name), refused
