"""Shapes of any kind by several annotators, of anybody's file of answers, as one list of records.

It takes the way that the answers of a set take, without a set: one round, one guideline version, and of the guideline
no more than how shapes become one.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from groundkeeper.core.consensus.fuse import fuse
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.sections import Consensus, Match, ShapeRule
from groundkeeper.core.ingestion.keys import with_ids
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.formats import reader
from schemas.drawn import DRAWN
from schemas.enums import Identity, Independence, Origin

ERA = "1.0.0"
"""Every answer is of one guideline version, whichever it was."""


def read(path: Path) -> Evidence:
    """Return the answers in the file *path*, as the inbox would take them; items go by their keys.

    Raises
    ------
    FormatError
        If it is no file of answers; the message has the line.
    """
    reading = reader("answers").read(path, {}, ())
    told = Tables(reading.answers, reading.annotations, reading.parts, reading.rejects)
    keys = sorted(reading.answers["item_key"].unique())
    source = Source(path.name, 0, "1", ERA, Origin.HUMAN, Independence.UNKNOWN, Identity.KNOWN)
    tables = with_ids(source, told, {key: key for key in keys}, keys)
    items = pd.DataFrame({"item_id": keys}, dtype="str")
    return Evidence(tables.answers, tables.annotations, tables.parts, items)


def merged_answers(evidence: Evidence, at_least: float, shape: ShapeRule) -> list[dict[str, Any]]:
    """Return the records that the answers make, by item and id.

    Returns
    -------
    list of dict
        ``record, item, shape, label, label_votes, votes, experts, presence``, ``attributes`` as most of those who state
        them say, the spreads of ``schemas.drawn``, ``z_order, object_group``, and ``parts``: ``frame`` and ``wkt`` of
        the shape, none where the annotators' shapes have nothing in common. Undefined is None.
    """
    experts = max(evidence.answers.groupby("item_id")["annotator"].nunique().max(), 1)
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
        records.append(
            {
                "record": name,
                "item": row["item_id"],
                "shape": _told(row["drawn_as"]),
                "label": _told(labels.get(name)),
                "label_votes": int(votes[name]) if pd.notna(votes.get(name)) else 0,
                "votes": row["votes"],
                "experts": row["experts"],
                "presence": row["votes"] / row["experts"],
                "attributes": attributes.get(name, {}),
                **{column: _told(row[column]) for column in DRAWN if column != "drawn_as"},
                "parts": parts.get(name, []),
            }
        )
    return records


def summary(
    evidence: Evidence, records: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what there is to say of the whole, as ``merged_boxes.summary``."""
    alike = [r["spread_iou"] for r in records if r["spread_iou"] is not None]
    untied = sum(r["label"] is not None for r in records)
    named = sum(r["label_votes"] > 0 for r in records)
    tied = named - untied
    warnings = []
    if tied:
        warnings.append(
            f"{tied} records have no label, as the most votes are tied; people have to decide them"
        )
    if bare := sum(not r["parts"] for r in records):
        warnings.append(
            f"{bare} records have no shape: what the annotators drew has nothing in common, or nothing was drawn"
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
    texts = shapely.to_wkt(parts["geometry"].to_numpy(dtype=object), rounding_precision=-1)
    for record, frame, text in zip(parts["record_id"], parts["frame"], texts, strict=True):
        drawn.setdefault(record, []).append({"frame": int(frame), "wkt": text})
    return drawn


def _told(value: Any) -> Any:  # noqa: ANN401 - a cell
    return None if pd.isna(value) else value
