"""The tables of scores: what became of each object, what to look at, what is taken for what."""

from schemas.table import Table

OUTCOMES = Table(
    "outcomes",
    ("subject", "item_id", "record_id", "annotation_id"),
    {
        "subject": "str",
        "item_id": "str",
        "record_id": "str?",
        "annotation_id": "str?",
        "outcome": "str",
        "truth": "str?",
        "said": "str?",
        "similarity": "float?",
        "dice": "float?",
        "confidence": "float?",
    },
)
"""What became of every object of the ground truth and of every one that was said, of each who is scored.

``subject`` is the annotator or model. ``outcome`` is an ``Outcome``; ``truth`` and ``said`` are the classes, missing
where a side has nothing. An item in which both have nothing has one row, ``empty``, without record and annotation.
``confidence`` is what a model said of its prediction.
"""

CONFLICTS = Table(
    "conflicts",
    ("item_id", "annotator", "annotation_id", "record_id", "conflict"),
    {
        "item_id": "str",
        "annotator": "str",
        "annotation_id": "str?",
        "record_id": "str?",
        "conflict": "str",
        "severity": "str",
        "detail": "str",
        "iou": "float?",
    },
)
"""What to look at: ``conflict`` is a ``Conflict``, ``severity`` error or warning; ``detail`` names what differs."""

CONFUSION = Table(
    "confusion",
    ("subject", "said", "truth"),
    {"subject": "str", "said": "str", "truth": "str", "n": "int"},
)
"""How often something of the class *truth* was said to be *said*; ``unmatched`` stands for nothing on that side.

``unmatched`` on both sides counts the items in which both have nothing.
"""

SCORED = Table(
    "scored",
    ("subject",),
    {
        "subject": "str",
        "origin": "str",
        "content_digest": "str",
        "settings_digest": "str",
        "gt_items": "int",
        "items": "int",
        "items_open": "int",
        "items_without_answer": "int",
        "items_not_in_gt": "int",
        "items_unknown": "int",
        "records": "int",
        "records_open": "int",
        "records_ignored": "int",
        "foreign_classes": "json",
        "shapes_outside": "int",
        "values_refused": "int",
        "groups": "int",
    },
)
"""What the scores of each subject rest on. ``content_digest`` is that of the ground truth scored against.

``items`` are scored; ``items_open`` are in the ground truth and not settled; ``items_without_answer`` are settled and
the subject said nothing of them; ``items_not_in_gt`` are answered and not in the ground truth; ``items_unknown`` were
named and are no items of the set. ``records_open`` are pending or stale: what they may turn out to be is in the bounds.
``shapes_outside`` lie nowhere in their item, and take no part; ``values_refused`` are none that the guideline knows.
"""

BOUNDS = Table(
    "bounds",
    ("measure", "subject"),
    {
        "measure": "str",
        "subject": "str",
        "low": "float?",
        "high": "float?",
        "score": "float?",
        "exact": "bool",
        "records_open": "int",
        "items_open": "int",
        "note": "str",
    },
)
"""Between which values each score can be once what is pending or stale is settled, whatever it turns out to be.

``score`` is over what is settled alone. ``exact``: some way of settling it reaches both ends; otherwise the final
score is within all the same, and the ends may not be reached. ``items_open`` are items of which nobody knows yet what
is in them: the note says whether the bounds speak of them.
"""
