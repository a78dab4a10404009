"""Ids instead of keys: what a reader named in its own words becomes rows of the canonical tables."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.attribution import attributable
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.errors import FormatError, listing
from schemas.names import ANNOTATIONS, ANSWERS, PARTS, REJECTS

_WAY_OUT: Final = (
    "take the newer batch out (`gk inbox remove SET BATCH --reason TEXT`), correct its file, and add it "
    "again"
)


def collect_items(set_name: str, found: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Return one row per item of all batches, with its id, sorted by it.

    What one batch says of an item completes what another says of it: a fact that is missing, as a column or as a
    value, contradicts nothing. What no batch says of it is what it is without being said: an item is a group of its
    own, has one frame, and is nowhere that is known (an empty ``uri``).

    Parameters
    ----------
    set_name : str
        Name of the set, part of every item id.
    found : sequence of (str, DataFrame)
        Name and items of each batch, in the order in which the batches came.

    Raises
    ------
    FormatError
        If no batch has an item, an item is described differently in two places, or a facet is of several types.
    """
    if not any(len(frame) for _, frame in found):
        names = listing(name for name, _ in found)
        message = f"set {set_name}: no batch in its inbox has an item (batches: {names})"
        raise FormatError(message)
    frames = [frame.assign(batch=name) for name, frame in found if len(frame)]
    _refuse_mixed(frames)
    everything = pd.concat(frames, ignore_index=True)
    facts = [name for name in everything.columns if name not in {"batch", "item_key"}]
    by_key = everything.groupby("item_key", dropna=False)
    versions = by_key[facts].nunique(dropna=True)
    _refuse_disputed(everything, versions)
    described = _completed(by_key[facts].first().reset_index().infer_objects())
    ids = [make_id("it", set_name, key) for key in described["item_key"]]
    ordered = described.assign(item_id=ids).sort_values("item_id").reset_index(drop=True)
    return _typed(ordered, frames)


def _refuse_mixed(frames: Sequence[pd.DataFrame]) -> None:
    """Raise if a facet is a number to one batch, and a text or a truth to another."""
    kinds: dict[str, dict[str, str]] = {}
    for frame in frames:
        for name in frame.columns.difference(["batch"]):
            if (known := frame[name].dropna()).empty:
                continue
            told = kinds.setdefault(name, {})
            told.setdefault(_kind(known.infer_objects()), str(frame["batch"].iloc[0]))
    for name, told in kinds.items():
        if len(told) > 1:
            where = listing(f"{kind} in batch {batch}" for kind, batch in sorted(told.items()))
            message = f"column {name!r} of items: found {where}; a facet is of one type in all batches; {_WAY_OUT}"
            raise FormatError(message)


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values.dtype):
        return "true and false"
    return "numbers" if pd.api.types.is_numeric_dtype(values.dtype) else "texts"


def _completed(items: pd.DataFrame) -> pd.DataFrame:
    """Return *items* with what is so of an item of which nothing else is said."""
    defaults: dict[str, Any] = {"uri": "", "group_id": items["item_key"], "frames": 1}
    stated = [name for name in defaults if name in items]
    return items.assign(**{name: items[name].fillna(defaults[name]) for name in stated})


def _refuse_disputed(everything: pd.DataFrame, versions: pd.DataFrame) -> None:
    """Raise if some fact of an item, a column of *versions*, has several values."""
    disputed = versions.index[(versions > 1).any(axis=1)]
    if len(disputed):
        told = everything.loc[everything["item_key"].isin(disputed), "batch"]
        facts = versions.columns[(versions > 1).any(axis=0)]
        what = "1 item is" if len(disputed) == 1 else f"{len(disputed)} items are"
        message = (
            f"batches {listing(told.drop_duplicates())}: {what} described differently in two places: "
            f"{listing(disputed)} (by {listing(facts)}). Size, frames, group and facets of an item must be "
            f"the same wherever it is named; {_WAY_OUT}"
        )
        raise FormatError(message)


def _typed(items: pd.DataFrame, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return *items* with every column in the type its batches gave it, which a batch without it has widened."""
    types = {}
    for name in items.columns:
        told = {str(frame[name].dtype) for frame in frames if name in frame}
        if len(told) == 1 and not items[name].hasnans:
            types[name] = told.pop()
    return items.astype(types)


def with_ids(
    source: Source, reading: Tables, item_ids: Mapping[str, str], known: Collection[str]
) -> Tables:
    """Return the tables of one reading with ids instead of keys; rows that hang in the air are refused.

    Parameters
    ----------
    source : Source
        What the batch says of all its answers.
    reading : Tables
        Tables in the words of a reader; see ``groundkeeper.formats.Reading``.
    item_ids : mapping
        Item key to item id of the items that are wanted. Answers to other known items are left out: they wait in
        the inbox until their item is sampled.
    known : collection of str
        Keys of all items of the pool, wanted or not. An answer to another item is refused.
    """
    told = attributable(reading, item_ids, known)
    answers = _answers(source, told.answers, item_ids)
    # A key that several answers share is the key of no annotation: those were refused.
    named = answers.drop_duplicates("answer_key").set_index("answer_key")
    annotations = _numbered(told.annotations).join(named[["answer_id", "item_id"]], on="answer_key")
    keys = annotations[["answer_id", "annotation_key"]].itertuples(index=False, name=None)
    ids = [make_id("an", answer, key) for answer, key in keys]
    annotations = annotations.assign(annotation_id=ids, batch=source.name)
    owner = annotations.set_index("annotation_key")["annotation_id"]
    parts = told.parts.assign(
        annotation_id=told.parts["annotation_key"].map(owner).astype("str"), batch=source.name
    )
    return Tables(
        answers[list(ANSWERS.columns)].reset_index(drop=True),
        annotations[[*ANNOTATIONS.columns, "batch"]].reset_index(drop=True),
        parts[[*PARTS.columns, "batch"]].reset_index(drop=True),
        told.rejects.assign(source=source.name)[list(REJECTS.columns)].reset_index(drop=True),
    )


def _numbered(annotations: pd.DataFrame) -> pd.DataFrame:
    """Return *annotations* with ``ordinal``, their place in the answer; by key where the reader does not say it."""
    if "ordinal" in annotations:
        return annotations
    by_key = annotations.sort_values("annotation_key").groupby("answer_key").cumcount()
    return annotations.assign(ordinal=by_key)


def answer_ids(source: Source, answers: pd.DataFrame, item_ids: Mapping[str, str]) -> list[str]:
    """Return the id of each of *answers*: ``item_key, annotator, answer_key``, all of items that are wanted."""
    keys = answers[["item_key", "annotator", "answer_key"]].itertuples(index=False, name=None)
    return [
        make_id("ao", item_ids[item], who, source.round, source.era, key) for item, who, key in keys
    ]


def _answers(source: Source, answers: pd.DataFrame, item_ids: Mapping[str, str]) -> pd.DataFrame:
    return answers.assign(
        answer_id=pd.Series(answer_ids(source, answers, item_ids), answers.index, dtype="str"),
        item_id=answers["item_key"].map(item_ids),
        round=source.round,
        era=source.era,
        sequence=source.sequence,
        origin=source.origin,
        independence=source.independence,
        identity=source.identity,
        batch=source.name,
        scope=source.scope,
        refusal=pd.Series(None, answers.index, dtype="str"),
    )
