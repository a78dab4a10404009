"""The tables of adjudication: what waits for an adjudicator, and what was said. Imports only its neighbour."""

from schemas.table import Table

VERDICTS = Table(
    "verdicts",
    ("verdict_id",),
    {
        "verdict_id": "str",
        "record_id": "str",
        "item_id": "str",
        "adjudicator": "str",
        "era": "str",
        "verdict": "str",
        "letter": "str?",
        "positions": "json",
        "rationale": "str",
        "rule_id": "str?",
        "reverses": "str?",
        "decided_at": "time",
        "sequence": "int",
        "batch": "str",
        "refusal": "str?",
    },
)
"""What adjudicators said, all of it: reversed verdicts and refused ones are kept.

A verdict is an answer, and has its id. ``letter`` is what the position was called when it was chosen, ``positions`` the
annotations that it stands for; ``record_id`` is the record as it was called then.
"""

ADJUDICATION_QUEUE = Table(
    "adjudication_queue",
    ("record_id",),
    {
        "record_id": "str",
        "item_id": "str",
        "reason": "str",
        "votes": "int",
        "experts": "int",
        "presence_error": "float",
        "value_error": "float",
        "method_error": "float?",
        "shape_error": "float?",
        "boundary_error": "float",
        "expected_error": "float",
    },
)
"""The records that an adjudicator should look at, and how probable it is that what would be released is wrong.

``core.adjudication.expected_error`` has the formulas. A component is missing where nothing is known of it.
"""
