"""Made-up products of every stage, small and fixed: one set with outlines, one with ratings alone, one empty."""

import hashlib
import json
from dataclasses import fields as columns_of
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from builders import pool_tables, scored_tables
from builders.declared_batch import declared

from groundkeeper import files, tables
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.layout import Layout
from groundkeeper.reports.found import Found
from schemas import inference, names
from schemas.drawn import DRAWN, SPREADS

CONTENT = b"made up"
EXPERTS = 4
QUORUM = 2

BATCH = declared("made-up.sqlite", hashlib.sha256(CONTENT).hexdigest())
DIAMETER = Field.model_validate(
    {
        "type": "number",
        "from": "geometry",
        "function": "largest_diameter",
        "fuse": "median",
        "unit": "mm",
    }
)
RATING = Field.model_validate(
    {"type": "ordinal", "from": "attribute", "fuse": "median", "values": [1, 2, 3, 4, 5]}
)
VERSION = {
    "set": "made-up",
    "version": "1.0.0",
    "supersedes": None,
    "released": "2026-01-15",
    "owners": ["Ada"],
    "status": "published",
    "digest": "d" * 64,
    "document_digest": "e" * 64,
}
MANIFEST = {
    "set": "made-up",
    "content_digest": "c" * 64,
    "counts": {"records": 3},
    "guideline": {"version": "1.0.0", "digest": "d" * 64},
    "inputs": [{"file": BATCH.file, "sha256": BATCH.sha256}],
    "package": {"name": "groundkeeper", "version": "0.1.0"},
}

PLACES = {
    "items": ("items", names.ITEMS),
    "sample": ("sample", names.SAMPLE),
    "coverage": ("sample", names.COVERAGE),
    "answers": ("ingest", names.ANSWERS),
    "annotations": ("ingest", names.ANNOTATIONS),
    "parts": ("ingest", names.PARTS),
    "rejects": ("ingest", names.REJECTS),
    "clusters": ("consensus", names.CLUSTERS),
    "fits": ("consensus", inference.FITS),
    "skills": ("consensus", inference.SKILLS),
    "states": ("impact", names.STATES),
    "plan": ("impact", names.PLAN),
    "edge_cases": ("ingest", names.EDGE_CASES),
    "rounds": ("rounds", names.MEASURES),
    "records": ("release", names.RECORDS),
    "record_parts": ("release", names.RECORD_PARTS),
    "gt_items": ("release", names.GT_ITEMS),
    "queue": ("decide", names.ADJUDICATION_QUEUE),
    "checks": ("validate", names.CHECKS),
    "agreement": ("agreement", names.MEASURES),
    "scores": ("score", names.MEASURES),
    "conflicts": ("score", names.CONFLICTS),
    "outcomes": ("score", names.OUTCOMES),
    "confusion": ("score", names.CONFUSION),
    "scored": ("score", names.SCORED),
    "bounds": ("score", names.BOUNDS),
    "predictions": ("ingest", names.PREDICTIONS),
    "predicted": ("ingest", names.PREDICTED),
    "predicted_parts": ("ingest", names.PREDICTED_PARTS),
    "predicted_rejects": ("ingest", names.PREDICTED_REJECTS),
}
"""Each table of a report: the stage that writes it and its shape."""


def outlined(items: int = 12) -> Found:
    """A set with outlines: item k has one object, which k modulo 4 + 1 experts drew and rated."""
    rng = np.random.default_rng(7)
    marks = [(k, e) for k in range(items) for e in range(k % EXPERTS + 1)]
    ratings = [int(rng.integers(1, 6)) for _ in marks]
    annotations = pd.DataFrame(
        [_annotation(k, e, rating) for (k, e), rating in zip(marks, ratings, strict=True)]
    )
    parts = pd.DataFrame([part for k, e in marks for part in _parts(k, e, rng)])
    votes = np.arange(items) % EXPERTS + 1
    records = _records(votes)
    records["malignancy"] = pd.array(
        [
            int(np.median([r for (k, _), r in zip(marks, ratings, strict=True) if k == n]))
            for n in range(items)
        ],
        dtype="Int64",
    )
    records["diameter_mm"] = 4.0 + 1.5 * np.arange(items)
    records = records.assign(**dict.fromkeys((*DRAWN, "adjudication")))
    records["spread_iou"] = np.where(votes > 1, 0.5 + 0.03 * np.arange(items), np.nan)
    return Found(
        version=VERSION,
        fields={"diameter_mm": DIAMETER, "malignancy": RATING},
        scoring=Scoring(match_iou=0.5),
        manifest=MANIFEST,
        batches=(BATCH,),
        items=pool_tables.items(items * 3),
        sample=pool_tables.sample(items),
        coverage=pool_tables.coverage(),
        answers=_answers(items, {(k, e) for k, e in marks}),
        annotations=annotations,
        parts=parts,
        rejects=pool_tables.rejects(),
        clusters=pd.DataFrame(
            {
                "annotation_id": annotations["annotation_id"],
                "record_id": [f"rc_{k:02}" for k, _ in marks],
                "item_id": annotations["item_id"],
            }
        ),
        fits=tables.empty(inference.FITS),
        skills=tables.empty(inference.SKILLS),
        states=tables.empty(names.STATES),
        plan=tables.empty(names.PLAN),
        edge_cases=tables.empty(names.EDGE_CASES),
        rounds=tables.empty(names.MEASURES),
        records=records,
        record_parts=_record_parts(parts, marks),
        gt_items=_gt_items(records),
        queue=_queue(records),
        checks=pool_tables.checks(),
        agreement=measures("dice_mean", "frame", 0.81),
        scores=measures("recall", "object", 0.72),
        conflicts=_conflicts(),
        outcomes=tables.empty(names.OUTCOMES),
        confusion=tables.empty(names.CONFUSION),
        scored=scored_tables.scored(),
        bounds=tables.empty(names.BOUNDS),
        **scored_tables.no_predictions(),
    )


def judged(model: str = scored_tables.MODEL, annotator: str = scored_tables.ANNOTATOR) -> Found:
    """The set with outlines, an annotator known by name, and a model."""
    whole = outlined()
    who = [("readers", "human"), (annotator, "human"), (model, "model")]
    named = whole.answers["annotator"].str.endswith("-r2")
    people = whole.answers["annotator"].mask(named, annotator)
    identity = whole.answers["identity"].mask(named, "known")
    of_readers = whole.conflicts["annotator"]
    return replace(
        whole,
        scoring=Scoring(match_iou=0.5, target={"accuracy": 0.6, "precision": 0.99, "f1": 0.77}),
        answers=whole.answers.assign(annotator=people, identity=identity),
        scores=pd.concat([scored_tables.figures(name) for name, _ in who], ignore_index=True),
        conflicts=pd.concat(
            [
                whole.conflicts.assign(annotator=of_readers),
                scored_tables.conflicts(annotator, "an"),
                scored_tables.conflicts(model),
            ],
            ignore_index=True,
        ),
        outcomes=pd.concat([scored_tables.outcomes(name) for name, _ in who[1:]]),
        confusion=pd.concat([scored_tables.confusion(name) for name, _ in who[1:]]),
        scored=scored_tables.scored(*who[1:]),
        bounds=scored_tables.bounds(model),
        **scored_tables.predictions(model),
    )


def rated(items: int = 12) -> Found:
    """A set without any geometry: experts rate each item."""
    whole = outlined(items)
    return Found(
        **vars(whole)
        | {
            "fields": {"malignancy": RATING},
            "parts": tables.empty(names.PARTS),
            "record_parts": tables.empty(names.RECORD_PARTS),
            "records": whole.records.drop(columns="diameter_mm").assign(spread_iou=np.nan),
            "agreement": measures("krippendorff_alpha_ordinal", "malignancy", 0.43),
        }
    )


def nothing() -> Found:
    """A set of which nothing is known yet: a batch without answers, no records, every measure undefined."""
    return Found(
        version=VERSION,
        fields={"diameter_mm": DIAMETER, "malignancy": RATING},
        scoring=Scoring(match_iou=0.5),
        manifest=MANIFEST,
        batches=(BATCH,),
        **{
            column.name: tables.empty(PLACES[column.name][1])
            for column in columns_of(Found)
            if column.name in PLACES and column.name != "agreement"
        },
        agreement=measures("dice_mean", "frame", np.nan, "no two experts described the same thing"),
    )


def measures(measure: str, subject: str, value: float, note: str = "") -> pd.DataFrame:
    """One measure of everything and of two levels of a facet."""
    levels = [("all", "all", value), ("facet", "a", value - 0.1), ("facet", "b", value + 0.1)]
    return pd.DataFrame(
        {
            "measure": measure,
            "subject": subject,
            "facet": facet,
            "level": level,
            "value": at,
            "low": at - 0.05,
            "high": at + 0.05,
            "n": 0 if np.isnan(value) else 40,
            "groups": 0 if np.isnan(value) else 12,
            "effective_n": np.nan if np.isnan(value) else 23.4,
            "note": note,
        }
        for facet, level, at in levels
    )


def write(found: Found, root: Path) -> Layout:
    """Put *found* where the stages would have put it; return the layout of the set."""
    layout = Layout(root, "made-up")
    for name, (stage, table) in PLACES.items():
        tables.write(getattr(found, name), layout.table(stage, table), table)
    files.write_json(layout.concern("version"), dict(found.version))
    normative = Fields(fields=dict(found.fields))
    files.write_json(
        layout.concern("fields"),
        normative.model_dump(mode="json", by_alias=True, exclude_none=True),
    )
    files.write_json(layout.manifest, dict(found.manifest))
    scoring = found.scoring.model_dump(mode="json", by_alias=True, exclude_none=True)
    files.write_json(layout.concern("scoring"), scoring)
    for batch in found.batches:
        files.write_json(layout.inbox / batch.key / "batch.json", batch.model_dump(mode="json"))
        (layout.inbox / batch.key / batch.file).write_bytes(CONTENT)
    return layout


def _annotation(item: int, expert: int, rating: int) -> dict[str, object]:
    return {
        "annotation_id": f"an_{item:02}_{expert}",
        "answer_id": f"ao_{item:02}_{expert}",
        "item_id": f"it_{item:02}",
        "ordinal": 0,
        "kind": "polygon",
        "label": "nodule",
        **dict.fromkeys(("value", "start", "end", "confidence", "probabilities")),
        "attributes": json.dumps({"malignancy": rating}),
    }


def _parts(item: int, expert: int, rng: np.random.Generator) -> list[dict[str, object]]:
    radius = 8 + item
    return [
        {
            "annotation_id": f"an_{item:02}_{expert}",
            "frame": 40 + frame,
            "geometry": shapely.Point(200 + item, 300)
            .buffer(radius - abs(frame - 1) * 2 + rng.normal())
            .simplify(0.3),
            "repaired": False,
        }
        for frame in range(3)
    ]


def _record_parts(parts: pd.DataFrame, marks: list[tuple[int, int]]) -> pd.DataFrame:
    first = [f"an_{k:02}_0" for k, e in marks if e == QUORUM - 1]
    agreed = parts[parts["annotation_id"].isin(first)]
    record_id = "rc_" + agreed["annotation_id"].str.slice(3, 5)
    return agreed.assign(record_id=record_id, **dict.fromkeys(SPREADS)).drop(
        columns=["annotation_id", "repaired"]
    )


def _answers(items: int, marked: set[tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "answer_id": f"ao_{k:02}_{e}",
            "item_id": f"it_{k:02}",
            "annotator": f"lidc-{k}-r{e + 1}",
            "round": "r1",
            "era": "1.0.0",
            "sequence": 1,
            "state": "submitted" if (k, e) in marked else "empty",
            "submitted_at": pd.NaT,
            "tool": "unknown",
            "origin": "expert",
            "independence": "unblinded",
            "identity": "anonymous",
            "shown_prediction": False,
            "batch": BATCH.key,
            "scope": "item",
            **dict.fromkeys(("lead_time_s", "task_id", "refusal")),
        }
        for k, e in product(range(items), range(EXPERTS))
    )


def _records(votes: np.ndarray) -> pd.DataFrame:
    agreed = votes >= QUORUM
    return pd.DataFrame(
        {
            "record_id": [f"rc_{k:02}" for k in range(len(votes))],
            "item_id": [f"it_{k:02}" for k in range(len(votes))],
            "status": np.where(agreed, "agreed", "pending"),
            "votes": votes,
            "experts": EXPERTS,
            "confidence": votes / EXPERTS,
            "borderline": False,
            "decided_by": np.where(agreed, "consensus", "none"),
            "rule_ids": "{}",
            "era": "1.0.0",
            "completed_in": None,
        }
    )


def _gt_items(records: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": records["item_id"],
            "item_key": records["item_id"],
            "uri": records["item_id"],
            "group_id": "patient-" + records["item_id"].str.slice(3),
            "stratum": "routine",
            "inclusion_probability": 0.33,
            "split": "dev",
            "status": records["status"],
            "empty": False,
            "records": 1,
            "experts": EXPERTS,
            "empty_answers": EXPERTS - records["votes"],
        }
    )


def _queue(records: pd.DataFrame) -> pd.DataFrame:
    waiting = records.loc[
        records["status"] == "pending", ["record_id", "item_id", "votes", "experts"]
    ]
    errors = [name for name in names.ADJUDICATION_QUEUE.columns if name.endswith("_error")]
    return waiting.assign(reason="below_quorum", **dict.fromkeys(errors, 0.19))


def _conflicts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": ["it_00", "it_01"],
            "annotator": "lidc-0-r1",
            "annotation_id": ["an_00_0", None],
            "record_id": [None, "rc_01"],
            "conflict": ["extra_annotation", "missing_annotation"],
            "severity": "error",
            "detail": "",
            "iou": None,
        }
    )
