"""Which answers count for a record, and what of an item they speak of. What does not count stays as evidence."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from groundkeeper.core.consensus.voices import spoken
from schemas.enums import Refusal, Scope

MEASURING = (Scope.AUDIT, Scope.QUIZ)
"""Scopes of answers that measure people and guidelines, under whichever version they were asked for."""


@dataclass(frozen=True)
class Asked:
    """What was asked, by whom it may be answered, and which versions are not on the way to the one in force.

    Attributes
    ----------
    tasks, acknowledgements : DataFrame
        As in ``schemas.names``.
    withdrawn_rounds : collection of str
        Rounds whose tasks were taken back.
    later_eras : collection of str
        Versions after the one in force, or beside it.
    """

    tasks: pd.DataFrame
    acknowledgements: pd.DataFrame
    withdrawn_rounds: Collection[str] = field(default_factory=frozenset)
    later_eras: Collection[str] = field(default_factory=frozenset)


def admit(answers: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Return *answers* with what each speaks of, ``scope``, and why it does not count, ``refusal``, if it does not.

    Each answer is held against the task that asked for it, and refused for the first of these reasons:

    * ``withdrawn_plan``: the round was taken back;
    * ``not_asked``: there is no such task, or it was for another item or another person;
    * ``another_era``: it was given under another version than the task asks for;
    * ``not_acknowledged``: the person had not acknowledged that version when answering;
    * ``answered_again``: the same person answered the same task later;
    * ``later_version``: it was given under a version after the one in force, or beside it, on an item that people
      looked at under the one in force or one before it. So a return to an older version restores what it said.

    An answer to no task is about the whole item, and only the last of these can be said of it. The order of rows
    decides nothing.

    Parameters
    ----------
    answers : DataFrame
        As ``settle`` leaves them.
    asked : Asked
        What they are held against.
    """
    told = answers.merge(_tasks(asked.tasks), on="task_id", how="left").set_index(answers.index)
    is_task = told["task_id"].notna()
    is_known = told["task_scope"].notna()
    of_another = told["task_item"].ne(told["item_id"]) | (
        told["task_annotator"].notna() & told["task_annotator"].ne(told["annotator"])
    )
    reasons = {
        Refusal.WITHDRAWN_PLAN: is_task
        & ~is_known
        & told["round"].isin(list(asked.withdrawn_rounds)),
        Refusal.NOT_ASKED: is_task & (~is_known | of_another),
        Refusal.ANOTHER_ERA: is_known & told["task_era"].ne(told["era"]),
        Refusal.NOT_ACKNOWLEDGED: is_known & ~_has_acknowledged(told, asked.acknowledgements),
    }
    found = answers.assign(
        scope=told["task_scope"].where(is_known, Scope.ITEM.value).astype("str"),
        refusal=_first_of(reasons, answers.index),
    )
    found["refusal"] = found["refusal"].mask(_answered_again(found), Refusal.ANSWERED_AGAIN.value)
    later = _of_later_versions(found, asked.later_eras)
    found["refusal"] = found["refusal"].mask(later, Refusal.LATER_VERSION.value)
    return found


def _tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    names = {
        "scope": "task_scope",
        "item_id": "task_item",
        "annotator": "task_annotator",
        "era": "task_era",
    }
    return tasks[["task_id", *names]].rename(columns=names)


def _has_acknowledged(told: pd.DataFrame, acknowledgements: pd.DataFrame) -> pd.Series:
    """Return whether the person of each answer had acknowledged its version; without a time, whether they ever did."""
    read = acknowledgements[["annotator", "version", "acknowledged_at"]].assign(read=True)
    found = told[["annotator", "era", "submitted_at"]].merge(
        read, left_on=["annotator", "era"], right_on=["annotator", "version"], how="left"
    )
    too_late = found["acknowledged_at"] > found["submitted_at"]
    return (found["read"].eq(True) & ~too_late).set_axis(told.index)  # noqa: FBT003 - missing is not read


def _first_of(reasons: dict[Refusal, pd.Series], index: pd.Index) -> pd.Series:
    refusal = pd.Series(None, index, dtype="str")
    for reason, holds in reversed(reasons.items()):
        refusal = refusal.mask(holds, reason.value)
    return refusal


def _answered_again(answers: pd.DataFrame) -> pd.Series:
    """Return which answers to a task the same person replaced by a later one."""
    to_tasks = answers[answers["task_id"].notna() & answers["refusal"].isna()]
    looked = to_tasks.assign(given=to_tasks["answer_id"].isin(spoken(to_tasks)["answer_id"]))
    ordered = looked.sort_values(
        ["given", "sequence", "submitted_at", "answer_id"], na_position="first"
    )
    again = ordered.duplicated(["task_id", "annotator"], keep="last")
    return again.reindex(answers.index, fill_value=False)


def _of_later_versions(answers: pd.DataFrame, later_eras: Collection[str]) -> pd.Series:
    """Return which answers were given under another version than those that lead to the one in force."""
    is_later = answers["era"].isin(list(later_eras))
    counts = spoken(answers)
    counts = counts[(counts["scope"] == Scope.ITEM) & ~counts["era"].isin(list(later_eras))]
    was_looked_at = answers["item_id"].isin(counts["item_id"])
    decides = answers["refusal"].isna() & ~answers["scope"].isin(MEASURING)
    return is_later & was_looked_at & decides
