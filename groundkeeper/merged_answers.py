"""Shapes of any kind by several annotators, of anybody's file of answers, as one list of records.

It takes the way that the answers of a set take, without a set: one round, one guideline version, and of the guideline
no more than how shapes become one.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.arrangement import GROUP, Z_ORDER
from groundkeeper.core.consensus.fuse import fuse
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import Evidence, spoken, voices
from groundkeeper.core.geometry import POLYGON_TYPES, Geometries
from groundkeeper.core.guideline.sections import Consensus, Match, ShapeRule
from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.keys import with_ids
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.errors import FormatError, listing
from groundkeeper.formats import reader
from schemas.drawn import DRAWN
from schemas.enums import LOOKED, Identity, Independence, Origin, Shape

ERA = "1.0.0"
"""Every answer is of one guideline version, whichever it was."""
ARRANGED = (GROUP, Z_ORDER)
"""Attributes that are voted on their own, and stand in columns of their own."""


class Heard(NamedTuple):
    """The answers of a file, one of an annotator to an item, and what somebody has to know of it.

    Its parts have the column ``rotation`` besides: degrees clockwise as they were stated, nan where they were not.
    """

    evidence: Evidence
    warnings: list[str]


def read(path: Path) -> Heard:
    """Return the answers in the file *path*, as the inbox would take them; items go by their keys.

    Lines of one annotator and item that do not say when they were submitted are one answer together. Where they say so,
    the latest stands.

    Raises
    ------
    FormatError
        If it is no file of answers, or an annotator drew on an item and says that there is nothing; the message has the
        place.
    """
    if not path.exists():
        message = f"{path}: no such file; needed is a table of boxes (.csv, .parquet) or a file of answers (.jsonl)"
        raise FormatError(message)
    reading = reader("answers").read(path, {}, ())
    answers, annotations = _joined(path, reading.answers, reading.annotations)
    told = Tables(answers, annotations, reading.parts, reading.rejects)
    keys = sorted(answers["item_key"].unique())
    source = Source(path.name, 0, "1", ERA, Origin.HUMAN, Independence.UNKNOWN, Identity.KNOWN)
    tables = with_ids(source, told, {key: key for key in keys}, keys)
    items = pd.DataFrame({"item_id": keys}, dtype="str")
    # Every part is of an annotation and every annotation of an answer: none was refused, and they stand in their order.
    parts = tables.parts.assign(rotation=reading.parts["rotation"])
    evidence = Evidence(tables.answers, tables.annotations, parts, items)
    standing = voices(tables.answers)
    counts = {
        "lines without submitted_at that were joined to another one of their annotator and item": (
            len(reading.answers) - len(answers)
        ),
        "answers that a later one of their annotator to the item replaces": (
            len(spoken(tables.answers)) - len(standing)
        ),
        "drafts and skipped items, which say nothing": (
            len(tables.answers) - len(spoken(tables.answers))
        ),
        "shapes that crossed themselves and were repaired": int(reading.parts["repaired"].sum()),
    }
    warnings = [f"{what}: {count:,}" for what, count in counts.items() if count]
    return Heard(evidence.of(standing), warnings)


def _joined(
    path: Path, answers: pd.DataFrame, annotations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return *answers* and their *annotations*, lines that are one answer as one."""
    who = ["item_key", "annotator"]
    # Of lines that say the same of themselves the second is called "…/2", and the tenth "…/10".
    length = answers["answer_key"].str.len()
    ordered = answers.assign(length=length).sort_values(["length", "answer_key"])
    undated = ordered.groupby(who)["submitted_at"].transform("count") == 0
    lines = ordered[undated & ordered["state"].isin(LOOKED)]
    states = lines.groupby(who)["state"].nunique()
    if (states > 1).any():
        places = listing(f"{item} by {name}" for item, name in states.index[states > 1])
        message = (
            f"{path}: found annotations and an empty answer of one annotator to one item ({places}); allowed is one of "
            "them, or submitted_at, so that the later one stands"
        )
        raise FormatError(message)
    first = lines.groupby(who)["answer_key"].transform("first")
    joined = dict(zip(lines["answer_key"], first, strict=True))
    kept = answers[~answers["answer_key"].isin(lines["answer_key"][lines["answer_key"] != first])]
    place = pd.Series(range(len(ordered)), ordered["answer_key"])
    told = annotations.assign(line=annotations["answer_key"].map(place))
    told["answer_key"] = told["answer_key"].replace(joined)
    told = told.sort_values(["line", "ordinal"], ignore_index=True)
    told["ordinal"] = told.groupby("answer_key").cumcount()
    return kept.reset_index(drop=True), told.drop(columns="line")


def merged_answers(evidence: Evidence, at_least: float, shape: ShapeRule) -> list[dict[str, Any]]:
    """Return the records that the answers make, by item and id.

    Returns
    -------
    list of dict
        ``record, item, shape, label, label_votes, votes, experts, presence``, ``attributes`` as most of those who state
        them say, the spreads of ``schemas.drawn``, ``z_order, object_group``, and ``parts``: ``frame`` and ``wkt`` of
        the shape, none where the annotators' shapes have nothing in common. Undefined is None. Annotations without a
        shape are about the item, and one record where they have one label.
    """
    tags = ~evidence.annotations["annotation_id"].isin(evidence.parts["annotation_id"])
    drawn = replace(evidence, annotations=evidence.annotations[~tags])
    records = _of_shapes(drawn, at_least, shape) + _of_tags(evidence, evidence.annotations[tags])
    return sorted(records, key=lambda record: (record["item"], record["record"]))


def _of_tags(evidence: Evidence, tags: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a record of each label that somebody gives to an item as a whole, or of what has none."""
    looked = evidence.answers.groupby("item_id")["annotator"].nunique().to_dict()
    told = tags.merge(evidence.answers[["answer_id", "annotator"]], on="answer_id")
    records = []
    for _, said in told.groupby(["item_id", "label"], dropna=False):
        item, label = said[["item_id", "label"]].iloc[0]
        name = make_id("rc", said["annotation_id"].min())
        votes = int(said["annotator"].nunique())
        observed = {
            "record_id": name,
            "item_id": item,
            "drawn_as": Shape.STATEMENT.value,
            "votes": votes,
            "experts": int(looked[item]),
        }
        label_votes = votes if pd.notna(label) else 0
        attributes = _attributes(said.assign(record_id=name)).get(name, {})
        records.append(_record(observed, label, label_votes, attributes, []))
    return records


def _of_shapes(evidence: Evidence, at_least: float, shape: ShapeRule) -> list[dict[str, Any]]:
    experts = max(evidence.answers.groupby("item_id")["annotator"].nunique(), default=1)
    match = Match(by="similarity", at_least=at_least)
    rules = Consensus(experts=int(experts), quorum=1, match=match, shape=shape)
    made = reconcile(evidence, rules, {})
    said = evidence.annotations.merge(
        made.clusters[["annotation_id", "record_id"]], on="annotation_id"
    )
    labels = fuse(said["label"], said["record_id"], "mode", "enum")
    votes = said.groupby("record_id")["label"].agg(lambda named: named.value_counts().max())
    attributes = _attributes(said)
    parts = _parts(made.parts)
    observed = made.observations.sort_values(["item_id", "record_id"])
    records = []
    for row in observed.to_dict("records"):
        name = row["record_id"]
        label_votes = int(votes[name]) if pd.notna(votes.get(name)) else 0
        records.append(
            _record(
                row, labels.get(name), label_votes, attributes.get(name, {}), parts.get(name, [])
            )
        )
    return records


def _record(
    observed: Mapping[Any, Any],
    label: object,
    label_votes: int,
    attributes: dict[str, Any],
    parts: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what is told of a record, from the columns of its observation; those it lacks are None."""
    return {
        "record": observed["record_id"],
        "item": observed["item_id"],
        "shape": _told(observed["drawn_as"]),
        "label": _told(label),
        "label_votes": label_votes,
        "votes": observed["votes"],
        "experts": observed["experts"],
        "presence": observed["votes"] / observed["experts"],
        "attributes": attributes,
        **{column: _told(observed.get(column)) for column in DRAWN if column != "drawn_as"},
        "z_order": _whole(observed.get("z_order")),
        "parts": parts,
    }


def summary(
    heard: Heard, records: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what there is to say of the whole, as ``merged_boxes.summary``."""
    evidence = heard.evidence
    alike = [r["spread_iou"] for r in records if r["spread_iou"] is not None]
    untied = sum(r["label"] is not None for r in records)
    named = sum(r["label_votes"] > 0 for r in records)
    tied = named - untied
    warnings = list(heard.warnings)
    if tied:
        warnings.append(
            f"{tied} records have no label, as the most votes are tied; people have to decide them"
        )
    if bare := sum(not r["parts"] and r["shape"] != Shape.STATEMENT for r in records):
        warnings.append(
            f"{bare} records have no shape: what the annotators drew has nothing in common"
        )
    return {
        "items": len(evidence.items),
        "annotators": int(evidence.answers["annotator"].nunique()),
        "shapes": len(evidence.annotations),
        "records": len(records),
        "drawn_by_several": sum(r["votes"] > 1 for r in records),
        "written": len(kept),
        "mean_similarity": sum(alike) / len(alike) if alike else None,
        "labels_tied": tied,
        "warnings": warnings,
    }


def _attributes(said: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return of each record what most of those who state an attribute say; what is tied is left out."""
    rows = [
        (record, name, json.dumps(value, sort_keys=True))
        for record, text in zip(said["record_id"], said["attributes"], strict=True)
        for name, value in json.loads(text).items()
        if name not in ARRANGED
    ]
    stated = pd.DataFrame(rows, columns=["record_id", "name", "value"], dtype="str")
    voted: dict[str, dict[str, Any]] = {}
    for name, of_name in stated.groupby("name"):
        chosen = fuse(of_name["value"], of_name["record_id"], "mode", "enum").dropna()
        for record, value in chosen.items():
            voted.setdefault(str(record), {})[str(name)] = json.loads(value)
    return voted


def _parts(parts: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    drawn: dict[str, list[dict[str, Any]]] = {}
    texts = shapely.to_wkt(_without_idle_corners(parts["geometry"]), rounding_precision=-1)
    for record, frame, text in zip(parts["record_id"], parts["frame"], texts, strict=True):
        drawn.setdefault(record, []).append({"frame": int(frame), "wkt": text})
    return drawn


def _without_idle_corners(geometry: pd.Series) -> Geometries:
    """Return *geometry* with areas without the corners that lie on a straight edge, where nothing else changes."""
    shapes = geometry.to_numpy(dtype=object)
    simple = shapely.simplify(shapes, 0.0)
    is_area = np.isin(shapely.get_type_id(shapes), POLYGON_TYPES)
    return np.where(is_area & shapely.equals(simple, shapes), simple, shapes)


def _whole(value: Any) -> int | None:  # noqa: ANN401 - a cell
    return None if pd.isna(value) else int(value)


def _told(value: Any) -> Any:  # noqa: ANN401 - a cell
    return None if pd.isna(value) else value
