"""Which answers count for a record, and what of an item they speak of. What does not count stays as evidence."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from groundkeeper.core.consensus.statements import CONFIRMED
from groundkeeper.core.consensus.voices import spoken
from groundkeeper.core.guideline.fields import Field
from schemas.enums import AnswerState, Refusal, Scope

MEASURING = (Scope.AUDIT, Scope.QUIZ)
"""Scopes of answers that measure people and guidelines, under whichever version they were asked for."""


LABEL: Final = ""
"""Under which the label of an annotation is looked for, among its attributes."""


@dataclass(frozen=True)
class Said:
    """What stands in answers: their annotations and parts, and by field in which attribute it is stated.

    ``sources`` has ``LABEL`` for fields that are read from the label.
    """

    annotations: pd.DataFrame
    parts: pd.DataFrame
    sources: Mapping[str, str] = field(default_factory=dict)


def sources_of(*declared: Mapping[str, Field]) -> dict[str, str]:
    """Return in which attribute each field is stated, the first that declares it deciding."""
    return {
        name: LABEL if one.source == "label" else one.source_name(name)
        for fields in reversed(declared)
        for name, one in fields.items()
    }


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


def admit(answers: pd.DataFrame, said: Said, asked: Asked) -> pd.DataFrame:
    """Return *answers* with what each speaks of, ``scope``, and why it does not count, ``refusal``, if it does not.

    Each answer is held against the task that asked for it, and refused for the first of these reasons:

    * ``withdrawn_plan``: the round was taken back;
    * ``not_asked``: there is no such task, or it was for another item or another person; or the answer names no task,
      and its round has some: whoever was asked for one thing has not looked for everything;
    * ``another_era``: it was given under another version than the task asks for;
    * ``not_acknowledged``: the person had not acknowledged that version when answering;
    * ``says_nothing``: it is submitted and holds none of the fields that were asked; or nothing of a record that was
      to be looked at again: neither a shape, where the set has shapes, nor ``confirmed``;
    * ``answered_again``: the same person answered the same task later;
    * ``later_version``: it was given under a version after the one in force, or beside it, on an item that people
      looked at under the one in force or one before it. So a return to an older version restores what it said.

    An answer to no task is about the whole item. A verdict of an adjudicator answers no task, and keeps its scope;
    ``core.adjudication.admission`` says what else it has to satisfy. The order of rows decides nothing.

    Parameters
    ----------
    answers : DataFrame
        As ``settle`` leaves them.
    said : Said
        What stands in them.
    asked : Asked
        What they are held against.
    """
    told = answers.merge(_tasks(asked.tasks), on="task_id", how="left").set_index(answers.index)
    is_task = told["task_id"].notna()
    is_known = told["task_scope"].notna()
    is_verdict = told["scope"].eq(Scope.ADJUDICATION)
    of_another = told["task_item"].ne(told["item_id"]) | (
        told["task_annotator"].notna() & told["task_annotator"].ne(told["annotator"])
    )
    reasons = {
        Refusal.WITHDRAWN_PLAN: ~is_known
        & ~is_verdict
        & told["round"].isin(list(asked.withdrawn_rounds)),
        Refusal.NOT_ASKED: (is_task & (~is_known | of_another))
        | (~is_task & ~is_verdict & told["round"].isin(asked.tasks["round"])),
        Refusal.ANOTHER_ERA: is_known & told["task_era"].ne(told["era"]),
        Refusal.NOT_ACKNOWLEDGED: is_known & ~_has_acknowledged(told, asked.acknowledgements),
        Refusal.SAYS_NOTHING: is_known & _says_nothing(told, said),
    }
    found = answers.assign(
        scope=told["task_scope"].where(is_known, told["scope"]).astype("str"),
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
        "asks": "task_asks",
    }
    return tasks[["task_id", *names]].rename(columns=names)


def _says_nothing(told: pd.DataFrame, said: Said) -> pd.Series:
    """Return which submitted answers hold nothing of what their task asked for."""
    stated: dict[str, set[str]] = {}
    to_tasks = said.annotations["answer_id"].isin(told.loc[told["task_scope"].notna(), "answer_id"])
    rows = said.annotations.loc[to_tasks, ["answer_id", "attributes", "label"]]
    for answer, attributes, label in rows.itertuples(index=False, name=None):
        keys = {key for key, value in json.loads(attributes).items() if value is not None}
        stated.setdefault(answer, set()).update(keys, () if pd.isna(label) else (LABEL,))
    drawn = said.annotations["annotation_id"].isin(said.parts["annotation_id"])
    with_shape = frozenset(said.annotations.loc[drawn, "answer_id"])
    whole = told.loc[told["task_id"].isna() & told["scope"].eq(Scope.ITEM), "answer_id"]
    is_drawn_set = not with_shape.isdisjoint(whole)
    found = []
    columns = ["answer_id", "state", "task_scope", "task_asks"]
    for answer, state, scope, asks in told[columns].itertuples(index=False, name=None):
        keys = stated.get(answer, set())
        if state != AnswerState.SUBMITTED:
            found.append(False)
        elif scope == Scope.FIELDS:
            found.append(keys.isdisjoint({said.sources.get(n, n) for n in json.loads(asks)}))
        elif scope == Scope.RECORD:
            found.append(is_drawn_set and answer not in with_shape and CONFIRMED not in keys)
        else:
            found.append(False)
    return pd.Series(found, told.index, dtype=bool)


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
