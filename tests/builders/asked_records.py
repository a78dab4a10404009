"""A small guideline, and what experts said of records under it."""

import json

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.edge_cases.positions import contested, positions
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field

SIZE = Field.model_validate(
    {"type": "number", "unit": "mm", "min": 0, "from": "attribute", "fuse": "median"}
)
NIGHT = Field.model_validate({"type": "bool", "from": "metadata", "level": "item"})
KIND = Field.model_validate(
    {"type": "enum", "values": ["car", "van"], "from": "attribute", "fuse": "mode"}
)
OWN = {"size_mm": SIZE, "night": NIGHT, "kind": KIND}
INCLUDE = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": ["keep", "ignore", "skip"],
        "default": "keep",
        "rules": [
            {"id": "inc.small", "when": "size_mm < 3", "then": "skip"},
            {"id": "inc.mass", "when": "size_mm > 30 and night", "then": "ignore"},
        ],
    }
)
CLASS = Decision.model_validate({"by": "judged", "outcomes": ["car", "van"], "field": "kind"})
BOTH = {"include": INCLUDE, "class": CLASS}


def asked(sizes_by_record, kinds=None):
    """Return evidence in which expert k says size k of each record, and the fused observations."""
    marks = [(r, k, s) for r, sizes in sizes_by_record.items() for k, s in enumerate(sizes)]
    kinds = kinds or {}
    annotations = pd.DataFrame(
        {
            "annotation_id": [f"an_{r}_{k}" for r, k, _ in marks],
            "answer_id": [f"ao_{r}_{k}" for r, k, _ in marks],
            "item_id": [f"it_{r}" for r, _, _ in marks],
            "label": None,
            "attributes": [
                json.dumps({"size_mm": s, "kind": kinds.get((r, k), "car")}) for r, k, s in marks
            ],
        }
    )
    answers = annotations[["answer_id", "item_id"]].assign(annotator=[f"e{k}" for _, k, _ in marks])
    last = annotations[["annotation_id"]].assign(
        record_id=[r for r, _, _ in marks], era="1.0.0", annotator=answers["annotator"]
    )
    observed = pd.DataFrame(
        [
            {
                "record_id": r,
                "item_id": f"it_{r}",
                "group_id": f"g_{r}",
                "era": "1.0.0",
                "size_mm": float(np.median(sizes)),
                "size_mm_low": float(min(sizes)),
                "size_mm_high": float(max(sizes)),
                "night": True,
                "kind": "car",
            }
            for r, sizes in sizes_by_record.items()
        ]
    )
    parts = pd.DataFrame({"annotation_id": []})
    return Evidence(answers, annotations, parts, pd.DataFrame()), last, observed


def standing_of(sizes_by_record, kinds=None):
    """Return the positions of these experts, how far the decisions rest on them, and the fused observations."""
    said, last, observed = asked(sizes_by_record, kinds)
    held = positions(said, last, observed, BOTH, OWN)
    return held, contested(held, observed, BOTH, OWN), observed
