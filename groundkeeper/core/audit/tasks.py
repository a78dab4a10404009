"""The tasks of an audit: blind, so that they say which document to use, and nothing of the ground truth or the arm."""

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.guideline.fields import ANSWERED
from groundkeeper.core.ids import canonical_json, make_id
from schemas.enums import Arm, Scope, Task, Unit

QUESTION: Final = (
    "Please read the guideline that comes with this task, then look at this one as if nobody had before, and record "
    "what you see. If there is nothing to record, say so."
)
"""The same for every task of every audit."""
PRIORITY: Final = 0.25
"""It changes no record, so everything else comes first."""
DRAWN: Final = ("stratum", "inclusion_probability")
"""How a record came into an audit, which its figures need."""


def tasks(
    assigned: pd.DataFrame, versions: Mapping[Arm, Guideline], hours: float | None = None
) -> pd.DataFrame:
    """Return the tasks of an audit, one row per reading.

    Both arms are asked the same of a record, and in the same words: all that the decisions of either version rest on.

    Parameters
    ----------
    assigned : DataFrame
        What ``draw.assign`` returned, with ``item_key``.
    versions : mapping
        The guideline that each arm reads.
    hours : float, optional
        How long one reading takes, if that is known.

    Returns
    -------
    DataFrame
        The columns of a task before it is issued: those of ``formats.frames.TASK_TYPES`` but ``task_id``.
    """
    change = f"{versions[Arm.OLD].version}..{versions[Arm.NEW].version}"
    era = {str(arm): guideline.version for arm, guideline in versions.items()}
    asks = sorted({name for one in versions.values() for name in asked_by(one)})
    records = assigned["record_id"].astype("str")
    return assigned[["item_key", "record_id", "annotator", "arm", *DRAWN]].assign(
        plan_id=[make_id("pl", record, change, str(Task.AUDIT)) for record in records],
        era=assigned["arm"].map(era),
        scope=str(Scope.AUDIT),
        unit=str(Unit.RECORD),
        action=str(Task.AUDIT),
        asks=canonical_json(asks),
        rule_ids="[]",
        question=QUESTION,
        experts=1,
        priority=PRIORITY,
        hours=pd.Series(hours, assigned.index, dtype="float64"),
    )


def asked_by(guideline: Guideline) -> Iterator[str]:
    """Yield the fields that experts answer and on which the decisions of *guideline* rest."""
    used = frozenset().union(*map(_used, guideline.decisions.values()))
    yield from (
        name
        for name, field in guideline.fields.items()
        if name in used and field.source in ANSWERED
    )


def _used(decision: Decision) -> frozenset[str]:
    judged = frozenset() if decision.field is None else frozenset({decision.field})
    scopes = (rule.scope for rule in decision.rules)
    return judged.union(*(fields_used(scope) for scope in scopes if scope is not None))
