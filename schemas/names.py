"""Every table of the pipeline: its columns, in order, with their types. Imports only its neighbours."""

from schemas.adjudication import ADJUDICATION_QUEUE, VERDICTS
from schemas.drawn import DRAWN, SPREADS
from schemas.inference import DISPUTES, FITS, GOLD, POSTERIORS, SKILLS, SOFT_LABELS
from schemas.scoring import BOUNDS, CONFLICTS, CONFUSION, OUTCOMES, SCORED
from schemas.table import Table

SPREAD_ENDINGS = ("_low", "_high")
"""Endings of the columns that hold the lowest and the highest value of a field over its experts."""

THEN = "@then"
"""Ends the names of columns with what was known under the era of a row, before another value was made of it."""

ITEMS = Table(
    "items",
    ("item_id",),
    {
        "item_id": "str",
        "item_key": "str",
        "uri": "str",
        "sha256": "str?",
        "width_px": "int?",
        "height_px": "int?",
        "frames": "int",
        "group_id": "str",
        "captured_at": "time?",
    },
    open=True,
)

SAMPLE = Table(
    "sample",
    ("item_id",),
    {
        "item_id": "str",
        "group_id": "str",
        "stratum": "str",
        "prn": "float",
        "inclusion_probability": "float",
        "split": "str",
    },
)

COVERAGE = Table(
    "coverage",
    ("facet", "level"),
    {
        "facet": "str",
        "level": "str",
        "pool_items": "int",
        "pool_share": "float",
        "sample_items": "int",
        "sample_share": "float",
        "expected_items": "float",
    },
)

ANSWERS = Table(
    "answers",
    ("answer_id",),
    {
        "answer_id": "str",
        "item_id": "str",
        "annotator": "str",
        "round": "str",
        "era": "str",
        "sequence": "int",
        "state": "str",
        "submitted_at": "time?",
        "lead_time_s": "float?",
        "tool": "str",
        "origin": "str",
        "independence": "str",
        "identity": "str",
        "shown_prediction": "bool",
        "batch": "str",
        "task_id": "str?",
        "scope": "str",
        "refusal": "str?",
    },
)

TASKS = Table(
    "tasks",
    ("task_id",),
    {
        "task_id": "str",
        "plan_id": "str",
        "round": "str",
        "era": "str",
        "scope": "str",
        "unit": "str",
        "action": "str",
        "item_id": "str",
        "item_key": "str",
        "record_id": "str?",
        "asks": "json",
        "rule_ids": "json",
        "question": "str",
        "experts": "int",
        "annotator": "str?",
        "arm": "str?",
        "stratum": "str?",
        "inclusion_probability": "float?",
        "priority": "float",
        "hours": "float?",
        "sequence": "int",
        "batch": "str",
    },
)
"""What was asked of people: the plans that were opened as a round, of all rounds that were not withdrawn."""

ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    ("annotator", "version"),
    {"annotator": "str", "version": "str", "acknowledged_at": "time?", "batch": "str"},
)

EDGE_CASES = Table(
    "edge_cases",
    ("edge_case_id",),
    {
        "edge_case_id": "str",
        "item_id": "str",
        "record_id": "str?",
        "annotator": "str",
        "era": "str",
        "rule_id": "str?",
        "text": "str",
        "asked_at": "time?",
        "batch": "str",
    },
)

ANNOTATIONS = Table(
    "annotations",
    ("annotation_id",),
    {
        "annotation_id": "str",
        "answer_id": "str",
        "item_id": "str",
        "ordinal": "int",
        "kind": "str",
        "label": "str?",
        "value": "float?",
        "start": "float?",
        "end": "float?",
        "attributes": "json",
        "confidence": "float?",
        "probabilities": "json?",
    },
)
"""``confidence`` is how sure whoever said it was, ``probabilities`` of each class how probable: mostly of models."""

PARTS = Table(
    "parts",
    ("annotation_id", "frame"),
    {"annotation_id": "str", "frame": "int", "geometry": "geometry", "repaired": "bool"},
)


REJECTS = Table(
    "rejects",
    ("source", "path", "rule", "value"),
    {"source": "str", "path": "str", "rule": "str", "value": "str", "allowed": "str"},
)

PREDICTIONS = Table("predictions", ANSWERS.key, ANSWERS.columns)
"""What models say of the items of the pool, sampled or not: one row per item and model, which is the ``annotator``.

They are tables of their own, so that nothing that makes or checks ground truth can read them.
"""
PREDICTED = Table("predicted", ANNOTATIONS.key, ANNOTATIONS.columns)
PREDICTED_PARTS = Table("predicted_parts", PARTS.key, PARTS.columns)
PREDICTED_REJECTS = Table(
    "predicted_rejects", REJECTS.key, {**REJECTS.columns, "annotator": "str?"}
)
"""As ``rejects``, with the model that said it."""

CLUSTERS = Table(
    "clusters", ("annotation_id",), {"annotation_id": "str", "record_id": "str", "item_id": "str"}
)

RECORD_ALIASES = Table("record_aliases", ("alias_id",), {"alias_id": "str", "record_id": "str"})

OBSERVATIONS = Table(
    "observations",
    ("record_id", "era"),
    {
        "record_id": "str",
        "item_id": "str",
        "era": "str",
        "votes": "int",
        "experts": "int",
        **DRAWN,
        "adjudication": "str?",
        "verdict": "str?",
    },
    open=True,
)

CARRIED = Table(
    "carried", OBSERVATIONS.key, {**OBSERVATIONS.columns, "completed_in": "str?"}, open=True
)
"""Observations in the words of the guideline in force, with newer answers to single fields of them.

What can no longer be read of them is missing. ``completed_in`` is the era of the newest of those answers.
"""

REVALIDATIONS = Table(
    "revalidations",
    ("record_id", "era", "asks"),
    {"record_id": "str", "item_id": "str", "era": "str", "asks": "json", "experts": "int"},
    open=True,
)
"""Answers to single fields of records, fused; what was not asked is missing."""

OBSERVATION_PARTS = Table(
    "observation_parts",
    ("record_id", "era", "frame"),
    {"record_id": "str", "era": "str", "frame": "int", "geometry": "geometry", **SPREADS},
)

STATES = Table(
    "states",
    ("record_id", "era"),
    {
        "record_id": "str",
        "era": "str",
        "action": "str",
        "rule_ids": "json",
        "asks": "json",
        "second_look": "bool",
        "tombstone": "bool",
        "lost": "json",
    },
)

ITEM_STATES = Table(
    "item_states",
    ("item_id",),
    {"item_id": "str", "era": "str", "to_search": "bool", "rule_ids": "json"},
)
"""Under which era each item was last looked at as a whole or searched, and whether it has to be searched."""

PLAN = Table(
    "plan",
    ("plan_id",),
    {
        "plan_id": "str",
        "item_id": "str",
        "record_id": "str?",
        "unit": "str",
        "action": "str",
        "rule_ids": "json",
        "asks": "json",
        "old_outcome": "str?",
        "new_outcome": "str?",
        "question": "str",
        "experts": "int",
        "priority": "float",
        "hours": "float?",
    },
)

RECORDS = Table(
    "records",
    ("record_id",),
    {
        "record_id": "str",
        "item_id": "str",
        "status": "str",
        "votes": "int",
        "experts": "int",
        "confidence": "float?",
        **DRAWN,
        "borderline": "bool",
        "decided_by": "str",
        "adjudication": "str?",
        "rule_ids": "json",
        "era": "str",
        "completed_in": "str?",
    },
    open=True,
)

RECORD_PARTS = Table(
    "record_parts",
    ("record_id", "frame"),
    {"record_id": "str", "frame": "int", "geometry": "geometry", **SPREADS},
)

GT_ITEMS = Table(
    "gt_items",
    ("item_id",),
    {
        "item_id": "str",
        "item_key": "str",
        "uri": "str",
        "group_id": "str",
        "stratum": "str",
        "inclusion_probability": "float",
        "split": "str",
        "status": "str",
        "empty": "bool",
        "records": "int",
        "experts": "int",
        "empty_answers": "int",
    },
)

MEASURES = Table(
    "measures",
    ("measure", "subject", "facet", "level"),
    {
        "measure": "str",
        "subject": "str",
        "facet": "str",
        "level": "str",
        "value": "float?",
        "low": "float?",
        "high": "float?",
        "n": "int",
        "groups": "int",
        "effective_n": "float?",
        "note": "str",
    },
)

CHECKS = Table(
    "checks",
    ("check",),
    {
        "check": "str",
        "tool": "str",
        "gate": "bool",
        "passed": "bool",
        "found": "str",
        "allowed": "str",
        "examples": "json",
    },
)

RELEASED = (RECORDS, RECORD_PARTS, GT_ITEMS, SOFT_LABELS)
"""The tables of a release."""

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ITEMS,
        SAMPLE,
        COVERAGE,
        ANSWERS,
        ANNOTATIONS,
        PARTS,
        PREDICTIONS,
        PREDICTED,
        PREDICTED_PARTS,
        PREDICTED_REJECTS,
        REJECTS,
        CLUSTERS,
        RECORD_ALIASES,
        TASKS,
        ACKNOWLEDGEMENTS,
        EDGE_CASES,
        GOLD,
        VERDICTS,
        OBSERVATIONS,
        REVALIDATIONS,
        CARRIED,
        OBSERVATION_PARTS,
        POSTERIORS,
        FITS,
        SKILLS,
        DISPUTES,
        STATES,
        ITEM_STATES,
        PLAN,
        RECORDS,
        RECORD_PARTS,
        GT_ITEMS,
        SOFT_LABELS,
        ADJUDICATION_QUEUE,
        MEASURES,
        CONFLICTS,
        OUTCOMES,
        CONFUSION,
        SCORED,
        BOUNDS,
        CHECKS,
    )
}
