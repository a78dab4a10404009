"""The results of a calibration quiz, from the answers that came back and a key made anew from the tables."""

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, Resampling
from groundkeeper.core.measures import row, table_of
from groundkeeper.core.people.quiz import plan_id
from groundkeeper.core.people.said import PeopleEvidence, first_answers, marks, stated
from groundkeeper.core.people.shares import share
from groundkeeper.core.people.versions import Versions, best_known
from schemas.enums import AnswerState, Scope

RIGHT, OLD = "quiz_right", "quiz_wrong_by_old_rule"
"""Share of the answers that are right, and of the wrong ones those that the older version would have had right."""


def key_of(evidence: PeopleEvidence, versions: Versions) -> pd.DataFrame:
    """Return every quiz task with its right outcome.

    Returns
    -------
    DataFrame
        One row per task and rule: ``task_id, annotator, round, era, record_id, item_id, decision, rule_id, expected,
        old_outcome``. The outcomes are None where the tables no longer tell them, or the version that the quiz was made
        against is not among *versions*.
    """
    tasks = evidence.tasks[evidence.tasks["scope"] == Scope.QUIZ]
    asked = tasks.assign(
        decision=[json.loads(text)[0] for text in tasks["asks"]],
        rule_id=[json.loads(text) for text in tasks["rule_ids"]],
    )
    asked = asked[[*_KEY, "plan_id"]].assign(expected=None, old_outcome=None)
    for new, name, of_decision in _by_decision(asked, versions):
        known = _known(of_decision, evidence, versions, new)
        right = _outcomes(versions, new, name, known)
        asked.loc[of_decision.index, "expected"] = of_decision["record_id"].map(right)
        for old, form in versions.forms.items():
            if name not in form.decisions.decisions:
                continue
            ids = [plan_id(old, new, name, record) for record in of_decision["record_id"]]
            of_old = of_decision.loc[of_decision["plan_id"] == ids, "record_id"]
            then = _outcomes(versions, old, name, known)
            asked.loc[of_old.index, "old_outcome"] = of_old.map(then)
    return asked.explode("rule_id")[[*_KEY, "expected", "old_outcome"]].reset_index(drop=True)


_KEY = ["task_id", "annotator", "round", "era", "record_id", "item_id", "decision", "rule_id"]


def answered(evidence: PeopleEvidence, versions: Versions) -> pd.DataFrame:
    """Return every task of ``key_of`` with what was answered at first, ``said``, None where nothing was.

    An empty answer says the one outcome that leaves no trace, where the decision has one alone.
    """
    key = key_of(evidence, versions)
    given = first_answers(evidence.answers, Scope.QUIZ)
    told = marks(evidence, given)
    empty = given[given["state"] == AnswerState.EMPTY]
    said: dict[str, str] = {}
    for new, name, of_decision in _by_decision(key, versions):
        decision, fields = versions.decision(new, name), versions.forms[new].fields.fields
        about = told[told["task_id"].isin(of_decision["task_id"])]
        values = stated(about, name, decision, fields)
        for task, value in zip(about["task_id"], values, strict=True):
            if value is not None:
                said.setdefault(task, value)
        if len(decision.invisible) == 1:
            silent = empty.loc[empty["task_id"].isin(of_decision["task_id"]), "task_id"]
            said |= {task: decision.invisible[0] for task in silent if task not in said}
    return key.assign(said=key["task_id"].map(said))


def _by_decision(
    asked: pd.DataFrame, versions: Versions
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the tasks of each version and decision that *versions* know, with both."""
    for (era, decision), of_decision in asked.groupby(["era", "decision"]):
        new, name = str(era), str(decision)
        if new in versions.forms and name in versions.forms[new].decisions.decisions:
            yield new, name, of_decision


def _known(
    asked: pd.DataFrame, evidence: PeopleEvidence, versions: Versions, new: str
) -> pd.DataFrame:
    """Return what is best known of the records that were asked about."""
    seen = evidence.observations["record_id"].isin(asked["record_id"])
    quorum = versions.forms[new].consensus.quorum
    return best_known(evidence.observations[seen], quorum, apart_from=new)


def _outcomes(
    versions: Versions, version: str, name: str, known: pd.DataFrame
) -> dict[str, str | None]:
    """Return what a version decides, by record."""
    return dict(zip(known["record_id"], versions.outcomes(version, name, known), strict=True))


def quiz_measures(evidence: PeopleEvidence, versions: Versions, how: Resampling) -> pd.DataFrame:
    """Return how everybody who was asked did: the rows of ``schemas.names.MEASURES``.

    ``RIGHT`` and ``OLD`` by annotator (the subject), for each quiz (facet ``round``) and, over all quizzes, for each
    rule of a version (facet ``rule``, level such as ``inc.small@2.0.0``).
    """
    found = answered(evidence, versions).merge(
        evidence.items[["item_id", "group_id"]], on="item_id"
    )
    rows = []
    for (annotator, quiz), asked in found.groupby(["annotator", "round"]):
        once = asked.drop_duplicates("task_id")
        rows += _figures(once, str(annotator), "round", str(quiz), how)
    for (annotator, era, rule), asked in found.groupby(["annotator", "era", "rule_id"]):
        rows += _figures(asked, str(annotator), "rule", f"{rule}@{era}", how)
    return table_of(rows)


def _figures(
    asked: pd.DataFrame, annotator: str, facet: str, level: str, how: Resampling
) -> list[dict[str, object]]:
    usable = asked[asked["expected"].notna()]
    told = usable[usable["said"].notna()]
    lost = len(asked) - len(usable)
    notes = [
        f"{len(told)} of {len(asked)} answered" if len(told) < len(usable) else "",
        f"{lost} no longer known" if lost else "",
    ]
    right = (told["said"] == told["expected"]).to_numpy(dtype=np.bool_)
    wrong = told[~right]
    by_old = (wrong["said"] == wrong["old_outcome"]).to_numpy(dtype=np.bool_)
    figures: dict[str, Estimate] = {
        RIGHT: share(right, told["group_id"], how, RIGHT, annotator, facet, level).noted(*notes),
        OLD: share(
            by_old,
            wrong["group_id"],
            how,
            *(OLD, annotator, facet, level),
            reason="no wrong answer" if len(told) else "nothing was answered",
        ),
    }
    return [row(name, annotator, facet, level, found) for name, found in figures.items()]
