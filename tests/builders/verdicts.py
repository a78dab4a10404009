"""Verdicts on records, beside made-up evidence: as tables of ingestion, and as lines of a file."""

from dataclasses import replace

import numpy as np
import pandas as pd

from groundkeeper.core.ids import canonical_json, make_id
from schemas.adjudication import VERDICTS

AT = pd.Timestamp("2027-02-01T09:00:00", tz="UTC")


def verdict(record_id, meaning="position", **facts):
    """Return a row of the table ``verdicts``."""
    row = {
        "verdict_id": make_id("ao", record_id, meaning, *sorted(map(str, facts.items()))),
        "record_id": record_id,
        "item_id": "it_a",
        "adjudicator": "eve",
        "era": "1.0.0",
        "verdict": meaning,
        "letter": "A" if meaning == "position" else None,
        "positions": "[]",
        "rationale": "It follows the vessel.",
        "rule_id": None,
        "reverses": None,
        "decided_at": AT,
        "sequence": 100,
        "batch": "b-verdicts",
        "refusal": None,
    }
    return row | facts


def table(*rows):
    """Return rows as the table ``verdicts``."""
    texts = [name for name, kind in VERDICTS.columns.items() if kind.rstrip("?") in {"str", "json"}]
    return pd.DataFrame(rows, columns=list(VERDICTS.columns)).astype(dict.fromkeys(texts, "str"))


def with_verdicts(evidence, said):
    """Return *evidence* with verdicts, each a pair of a row and the mark that it states, None where it states none."""
    answers, annotations, parts = [], [], []
    states = {"absent": "empty", "guideline_gap": "skipped"}
    for row, mark in said:
        answers.append(
            {
                "answer_id": row["verdict_id"],
                "item_id": row["item_id"],
                "annotator": row["adjudicator"],
                "round": "adjudication",
                "era": row["era"],
                "sequence": row["sequence"],
                "state": states.get(row["verdict"], "submitted"),
                "submitted_at": row["decided_at"],
                "lead_time_s": np.nan,
                "tool": "file",
                "origin": "expert",
                "independence": "unblinded",
                "identity": "known",
                "shown_prediction": False,
                "batch": row["batch"],
                "task_id": None,
                "scope": "adjudication",
                "refusal": row["refusal"],
            }
        )
        if mark is None:
            continue
        name = make_id("an", row["verdict_id"])
        annotations.append(
            {
                "annotation_id": name,
                "answer_id": row["verdict_id"],
                "item_id": row["item_id"],
                "ordinal": 0,
                "kind": "polygon" if mark["parts"] else "statement",
                "label": None,
                "value": np.nan,
                "start": np.nan,
                "end": np.nan,
                "attributes": canonical_json(mark["attributes"]),
            }
        )
        parts += [
            {"annotation_id": name, "frame": frame, "geometry": shape, "repaired": False}
            for frame, shape in mark["parts"].items()
        ]

    def joined(old, rows):
        return pd.concat([old, pd.DataFrame(rows, columns=old.columns)], ignore_index=True)

    return replace(
        evidence,
        answers=joined(evidence.answers, answers) if answers else evidence.answers,
        annotations=joined(evidence.annotations, annotations)
        if annotations
        else evidence.annotations,
        parts=joined(evidence.parts, parts) if parts else evidence.parts,
        verdicts=table(*(row for row, _ in said)),
    )


def line(**facts):
    """Return a verdict as the format ``verdicts`` has it."""
    return {
        "record": "rc_" + "0" * 20,
        "item": "scan-1",
        "adjudicator": "eve",
        "verdict": "absent",
        "rationale": "A vessel in cross section.",
        "decided_at": "2027-02-01T09:00:00+00:00",
    } | facts
