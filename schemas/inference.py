"""The tables of truth inference: what of several experts' answers is how probable. Imports only its neighbour."""

from schemas.table import Table

POSTERIORS = Table(
    "posteriors",
    ("record_id", "era", "field", "value"),
    {"record_id": "str", "era": "str", "field": "str", "value": "json", "probability": "float"},
)
"""How probable each value of a field with ``fuse: posterior`` is; of one record, era and field they sum to 1."""

SOFT_LABELS = Table(
    "soft_labels",
    ("record_id", "field", "value"),
    {
        "record_id": "str",
        "field": "str",
        "value": "json",
        "probability": "float",
        "weight": "float",
    },
)
"""The posteriors of the settled records of a release, to train on.

The weight of a row is its probability over the inclusion probability of its item: what it stands for in the pool.
"""

FITS = Table(
    "fits",
    ("field", "era", "method"),
    {
        "field": "str",
        "era": "str",
        "method": "str",
        "chosen": "bool",
        "records": "int",
        "answers": "int",
        "annotators": "int",
        "iterations": "int",
        "converged": "bool",
        "objective": "str",
        "objective_value": "float?",
        "differing": "int",
        "note": "str",
    },
)
"""How each method went that infers a field: the one that the guideline chose, and those it is compared with.

``era`` is the newest of those whose answers the fit rests on; ``differing`` are the records of which the method says
something else than the chosen one.
"""

SKILLS = Table(
    "skills",
    ("field", "era", "annotator", "measure"),
    {
        "field": "str",
        "era": "str",
        "annotator": "str",
        "measure": "str",
        "answers": "int",
        "value": "float?",
        "low": "float?",
        "high": "float?",
        "note": "str",
    },
)
"""How good each annotator is by the chosen method, each with its interval.

Of classes their ``accuracy``: how often they say what is taken for true. Of numbers their ``bias`` and ``noise``, in
the unit of the field.
"""

DISPUTES = Table(
    "disputes",
    ("record_id", "era", "field", "method"),
    {
        "record_id": "str",
        "era": "str",
        "field": "str",
        "method": "str",
        "value": "json",
        "probability": "float?",
        "chosen_value": "json",
    },
)
"""Where a method that a field is compared with says something else than the chosen one."""

GOLD = Table(
    "gold",
    ("item_id", "field", "batch"),
    {"item_id": "str", "field": "str", "value": "json", "source": "str?", "batch": "str"},
)
"""Answers that are known to be right, to judge what is inferred; they never take part in it.

Where batches state the same item and field, they state the same value: of others, the latest batch counts.
"""
