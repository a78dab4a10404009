"""What a record read again says: whether the guideline in force gives another outcome for it than the ground truth has.

Readings of both arms are decided by the guideline *in force*. An arm is the text that was read, and what it can change
is what people say. Decided by rules of its own, each arm would have its noise at other boundaries, and that of the
difference would not cancel: next to a boundary that moved, it would be nothing but noise.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.voices import decided_in
from groundkeeper.core.guideline.columns import Column
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, Decision
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form
from schemas.enums import LOOKED, AnswerState

LOST = "@lost"
"""Ends the names of columns that say whether the judgement of a decision could not be carried over."""


OF_TASK = ["round", "stratum", "arm", "record_id", "group_id", "inclusion_probability"]


def readings(
    tasks: pd.DataFrame, said: pd.DataFrame, carried: pd.DataFrame, course: Course
) -> pd.DataFrame:
    """Return one row per reading of an audited record, with whether it ``differs``, missing where nobody can tell.

    Parameters
    ----------
    tasks : DataFrame
        The tasks of audits, with ``group_id``.
    said, carried, course
        As of ``figures.audit_measures``.

    Returns
    -------
    DataFrame
        ``task_id, round, stratum, arm, record_id, group_id, inclusion_probability, differs``, sorted by task.
    """
    truth = decided_in(carried, course.now.consensus.quorum, "record_id").set_index("record_id")
    of_tasks = tasks.loc[tasks["record_id"].isin(truth.index), ["task_id", *OF_TASK]]
    looked = said[said["state"].isin(LOOKED)].drop(columns=OF_TASK, errors="ignore")
    found = looked.merge(of_tasks, on="task_id", validate="one_to_one")
    found = found.sort_values("task_id").reset_index(drop=True)
    now = carry(found.assign(seen=found["state"] == AnswerState.SUBMITTED), course)
    records = truth.loc[found["record_id"]].reset_index(drop=True)
    return found[["task_id", *OF_TASK]].assign(differs=differs(now, records, course.now))


def carry(readings: pd.DataFrame, course: Course) -> pd.DataFrame:
    """Return *readings* in the words of the guideline in force, with ``<decision>@lost``, in the order they came.

    Parameters
    ----------
    readings : DataFrame
        One row per reading: ``era`` and the fields as they were read then.
    course : Course
        The guideline in force, and the ways to it.
    """
    parts = []
    for era in sorted(set(readings["era"])):
        table = readings[readings["era"] == era]
        found = assess(table, course.ways.get(era, ()), course.now, Stored.REBUILT)
        lost = {f"{name}{LOST}": rows for name, rows in found.lost.items()}
        parts.append(found.carried.assign(**lost).set_index(table.index))
    return pd.concat(parts).reindex(readings.index) if parts else readings.copy()


def differs(readings: pd.DataFrame, truth: pd.DataFrame, now: Form) -> pd.arrays.BooleanArray:
    """Return which readings have another outcome than the ground truth of their record, missing where nobody can tell.

    A record that leaves no trace and a reading that leaves none are the same, whatever else they say; so are a record
    without a trace and a reader who sees nothing there.

    Parameters
    ----------
    readings : DataFrame
        One row per reading, n rows: ``seen``, whether the reader saw the record at all, and what experts answer as
        fields, in the words of the guideline in force; ``<decision>@lost`` as of ``carry``.
    truth : DataFrame
        The record of each reading, n rows: its fused fields. What nobody answers, such as facets of the item and the
        number of votes, is taken from here for the reading, too.
    now : Form
        The guideline in force.

    Returns
    -------
    BooleanArray of n
    """
    fields, decisions = now.fields.fields, now.decisions.decisions
    answered = {name for name, field in fields.items() if field.source in ANSWERED}
    known = _columns(truth, fields.keys())
    read = _columns(truth, fields.keys() - answered) | _columns(readings, answered)
    then = {name: decide(one, known, fields).outcome for name, one in decisions.items()}
    again = {name: _again(name, one, read, fields, readings) for name, one in decisions.items()}
    is_other, is_same = _compared(then, again)
    hidden_then, shown_then = _hidden(then, decisions)
    hidden_again, shown_again = _hidden(again, decisions)
    unseen = ~readings["seen"].to_numpy(dtype=np.bool_)
    hidden_again, shown_again = hidden_again | unseen, shown_again & ~unseen
    both_hidden = hidden_then & hidden_again
    one_hidden = (hidden_then & shown_again) | (shown_then & hidden_again)
    other = (one_hidden | (shown_then & shown_again & is_other)) & ~both_hidden
    same = both_hidden | (shown_then & shown_again & is_same)
    return pd.arrays.BooleanArray(other, ~(other | same))


def _columns(table: pd.DataFrame, names: Iterable[str]) -> dict[str, Column]:
    """Return the columns called *names* that there are, and one without a name, so that there are rows in any case."""
    found: dict[str, Column] = {"": np.zeros(len(table))}
    return found | {name: table[name] for name in names if name in table}


def _again(
    name: str,
    decision: Decision,
    columns: Mapping[str, Column],
    fields: Mapping[str, Field],
    readings: pd.DataFrame,
) -> npt.NDArray[np.object_]:
    """Return the outcomes of the readings; a default is for where nobody chose, and not for a choice that is lost."""
    decided = decide(decision, columns, fields)
    if f"{name}{LOST}" not in readings:
        return decided.outcome
    lost = readings[f"{name}{LOST}"].eq(True).to_numpy(dtype=np.bool_, na_value=False)  # noqa: FBT003 - missing is not
    outcome = decided.outcome.copy()
    outcome[lost & (decided.rule_id == DEFAULT_RULE)] = None
    return outcome


def _compared(
    then: Mapping[str, npt.NDArray[np.object_]], again: Mapping[str, npt.NDArray[np.object_]]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return where some outcome surely is another, and where all of them surely are the same."""
    pairs = [(then[name], again[name]) for name in then]
    known = [pd.notna(before) & pd.notna(after) for before, after in pairs]
    equal = [before == after for before, after in pairs]
    other: list[npt.NDArray[np.bool_]] = [k & ~e for k, e in zip(known, equal, strict=True)]
    same = [k & e for k, e in zip(known, equal, strict=True)]
    return np.logical_or.reduce(other), np.logical_and.reduce(same)


def _hidden(
    outcomes: Mapping[str, npt.NDArray[np.object_]], decisions: Mapping[str, Decision]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return what surely leaves no trace, and what surely leaves one."""
    hides: Sequence[str] = [name for name, decision in decisions.items() if decision.invisible]
    rows = len(next(iter(outcomes.values())))
    hidden, shown = np.zeros(rows, dtype=np.bool_), np.ones(rows, dtype=np.bool_)
    for name in hides:
        invisible = np.isin(outcomes[name].astype(str), list(decisions[name].invisible))
        hidden |= invisible
        shown &= pd.notna(outcomes[name]) & ~invisible
    return hidden, shown
