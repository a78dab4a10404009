"""What is known of annotators as plain documents: for ``--json``, tables and pages."""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from groundkeeper.core.people.old_rule import KEEPERS, P_VALUE, SHARE
from groundkeeper.core.people.results import OLD, RIGHT

Document: TypeAlias = dict[str, Any]
"""One row as JSON has it: what is undefined is None."""


def quiz_results(measures: pd.DataFrame) -> list[Document]:
    """Return how everybody did in every quiz (``by`` is ``round``) and by rule (``rule``), from the table ``measures``.

    ``right``, with its interval ``low`` to ``high``, is the share of the ``answered``; ``wrong_by_old_rule`` that of
    the ``wrong`` ones.
    """
    wrong = {_key(one): one for one in _of(measures, OLD)}
    return [
        {
            "annotator": one["subject"],
            "by": one["facet"],
            "of": one["level"],
            "answered": int(one["n"]),
            "right": _number(one["value"]),
            "low": _number(one["low"]),
            "high": _number(one["high"]),
            "wrong": int(wrong[_key(one)]["n"]),
            "wrong_by_old_rule": _number(wrong[_key(one)]["value"]),
            "note": one["note"],
        }
        for one in _of(measures, RIGHT)
    ]


def old_rule(measures: pd.DataFrame) -> tuple[list[Document], list[str]]:
    """Return how often everybody answers by the rule before each version, and of which versions why that is unknown.

    ``keeps`` is None where nobody else answered the same records.
    """
    p_values, keepers = (
        {_key(one): _number(one["value"]) for one in _of(measures, name)}
        for name in (P_VALUE, KEEPERS)
    )
    told = [
        {
            "annotator": one["subject"],
            "version": one["level"],
            "share": _number(one["value"]),
            "low": _number(one["low"]),
            "high": _number(one["high"]),
            "n": int(one["n"]),
            "p": p_values[_key(one)],
            "keeps": None if p_values[_key(one)] is None else keepers[_key(one)] == 1,
            "note": one["note"],
        }
        for one in _of(measures, SHARE)
    ]
    unknown = [one for one in _of(measures, KEEPERS) if math.isnan(one["value"]) and not one["n"]]
    return told, [one["note"] for one in unknown]


def who_has_read(reading: pd.DataFrame) -> list[Document]:
    """Return who has acknowledged which version, from what ``core.people.acknowledged.reading`` returned."""
    missing = reading["acknowledged_at"].isna()
    return [
        {
            "annotator": one["annotator"],
            "version": one["version"],
            "acknowledged": bool(one["acknowledged"]),
            "acknowledged_at": None if unknown else one["acknowledged_at"].isoformat(),
            "pending": bool(one["pending"]),
            **{name: int(one[name]) for name in ("tasks", "answers", "unread_answers")},
        }
        for one, unknown in zip(reading.to_dict("records"), missing, strict=True)
    ]


def _of(measures: pd.DataFrame, name: str) -> list[Mapping[Any, Any]]:
    return [*measures[measures["measure"] == name].to_dict("records")]


def _key(one: Mapping[Any, Any]) -> tuple[str, str, str]:
    return one["subject"], one["facet"], one["level"]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
