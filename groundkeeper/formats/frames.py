"""The tables that a reader hands out, their columns and types, and empty ones where a file says nothing of a kind."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

TIME: Final = "datetime64[us, UTC]"

ITEM_TYPES: Final = {
    "item_key": "str",
    "uri": "str",
    "sha256": "str",
    "width_px": "int64",
    "height_px": "int64",
    "frames": "int64",
    "group_id": "str",
    "captured_at": TIME,
}
ANSWER_TYPES: Final = {
    "answer_key": "str",
    "item_key": "str",
    "annotator": "str",
    "state": "str",
    "submitted_at": TIME,
    "lead_time_s": "float64",
    "tool": "str",
    "shown_prediction": "bool",
    "task_id": "str",
}
ANNOTATION_TYPES: Final = {
    "annotation_key": "str",
    "answer_key": "str",
    "kind": "str",
    "label": "str",
    "value": "float64",
    "start": "float64",
    "end": "float64",
    "attributes": "str",
    "confidence": "float64",
    "probabilities": "str",
}
PART_TYPES: Final = {
    "annotation_key": "str",
    "frame": "int64",
    "geometry": "object",
    "repaired": "bool",
}
REJECT_TYPES: Final = {"path": "str", "rule": "str", "value": "str", "allowed": "str"}
TASK_TYPES: Final = {
    "task_id": "str",
    "plan_id": "str",
    "era": "str",
    "scope": "str",
    "unit": "str",
    "action": "str",
    "item_key": "str",
    "record_id": "str",
    "asks": "str",
    "rule_ids": "str",
    "question": "str",
    "experts": "int64",
    "annotator": "str",
    "arm": "str",
    "stratum": "str",
    "inclusion_probability": "float64",
    "priority": "float64",
    "hours": "float64",
}
ACKNOWLEDGEMENT_TYPES: Final = {"annotator": "str", "version": "str", "acknowledged_at": TIME}
QUESTION_TYPES: Final = {
    "item_key": "str",
    "record_id": "str",
    "annotator": "str",
    "rule_id": "str",
    "text": "str",
    "asked_at": TIME,
}
VERDICT_TYPES: Final = {
    "answer_key": "str",
    "item_key": "str",
    "adjudicator": "str",
    "record_id": "str",
    "verdict": "str",
    "letter": "str",
    "positions": "str",
    "rationale": "str",
    "rule_id": "str",
    "reverses": "str",
    "decided_at": TIME,
}
GOLD_TYPES: Final = {
    "item_key": "str",
    "field": "str",
    "value": "str",
    "source": "str",
    "line": "int64",
}


def typed(table: pd.DataFrame, types: Mapping[str, str], key: Sequence[str]) -> pd.DataFrame:
    """Return the columns of *table* that *types* names, in order and typed, rows sorted by *key*."""
    times = [name for name, kind in types.items() if kind == TIME]
    stamped = table.assign(**{name: pd.to_datetime(table[name], utc=True) for name in times})
    ordered = stamped[list(types)].astype(dict(types))
    return ordered.sort_values(list(key), ignore_index=True)


def empty(types: Mapping[str, str]) -> pd.DataFrame:
    """Return a table without rows.

    Examples
    --------
    >>> empty(REJECT_TYPES).columns.tolist()
    ['path', 'rule', 'value', 'allowed']
    """
    return pd.DataFrame(columns=list(types)).astype(dict(types))
