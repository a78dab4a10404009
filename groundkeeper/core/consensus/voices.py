"""Whose answers count, for what, and under which guideline version an item is decided.

A *voice* is the standing answer of a person who looked at an item, or at what a task asked for, under one guideline
version: what they said last. Drafts, skipped items, refused answers and the output of models are kept as evidence,
and have no voice.
"""

from dataclasses import dataclass, field, replace

import pandas as pd

from groundkeeper.core.guideline.values import version_key
from schemas.adjudication import VERDICTS
from schemas.enums import LOOKED, AnswerState, Origin, Scope

PEOPLE = (Origin.HUMAN, Origin.EXPERT)
"""Origins of answers that may vote. A prediction is scored against ground truth, and never makes it."""

ARRIVED = ["sequence", "submitted_at", "answer_id"]
"""Order of arrival of answers; ties break by id."""


@dataclass(frozen=True)
class Evidence:
    """What was said of some items: the tables of ingestion, the items, and, if any, tasks and verdicts on records."""

    answers: pd.DataFrame
    annotations: pd.DataFrame
    parts: pd.DataFrame
    items: pd.DataFrame
    tasks: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["task_id", "record_id", "asks"], dtype="str")
    )
    verdicts: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(VERDICTS.columns), dtype="str")
    )

    def of(self, answers: pd.DataFrame) -> "Evidence":
        """Return the evidence of *answers* alone."""
        given = self.annotations["answer_id"].isin(answers["answer_id"])
        annotations = self.annotations[given]
        drawn = self.parts["annotation_id"].isin(annotations["annotation_id"])
        return replace(self, answers=answers, annotations=annotations, parts=self.parts[drawn])

    def of_annotations(self, annotation_ids: pd.Index) -> "Evidence":
        """Return the evidence of some annotations alone."""
        annotations = self.annotations[self.annotations["annotation_id"].isin(annotation_ids)]
        answers = self.answers[self.answers["answer_id"].isin(annotations["answer_id"])]
        drawn = self.parts["annotation_id"].isin(annotation_ids)
        return replace(self, answers=answers, annotations=annotations, parts=self.parts[drawn])


def spoken(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of people who looked and whose answer was admitted, of all rounds, eras and scopes."""
    people = answers["origin"].isin(PEOPLE) & answers["state"].isin(LOOKED)
    return answers[people & answers["refusal"].isna()]


def of_scope(answers: pd.DataFrame, *scopes: Scope) -> pd.DataFrame:
    """Return the answers that speak of one of *scopes*."""
    return answers[answers["scope"].isin(scopes)]


def of_experts(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that are no verdicts: an adjudicator is heard after the experts, and is none of them."""
    return answers[answers["scope"] != Scope.ADJUDICATION]


def voices(answers: pd.DataFrame) -> pd.DataFrame:
    """Return of every person the one answer to a whole item in an era that stands: the latest.

    A second round under the same guideline version replaces what the same person said in the first. Answers to tasks
    about less than the item are not among them: of what they were not asked they say nothing.

    Parameters
    ----------
    answers : DataFrame
        One row per answer: ``answer_id, item_id, annotator, era, state, origin, sequence, submitted_at, scope,
        refusal``.

    Returns
    -------
    DataFrame
        The rows that stand, at most one for each item, annotator and era, sorted by ``answer_id``.
    """
    whole = of_scope(spoken(answers), Scope.ITEM)
    ordered = whole.sort_values(ARRIVED, na_position="first")
    latest = ordered.drop_duplicates(["item_id", "annotator", "era"], keep="last")
    return latest.sort_values("answer_id").reset_index(drop=True)


def experts_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Return how many people looked at each item in each era, and how many of them found nothing.

    Returns
    -------
    DataFrame
        One row per item and era: ``item_id, era, experts, empty_answers``, sorted.
    """
    standing = voices(answers)
    empty = standing["state"] == AnswerState.EMPTY
    grouped = standing.assign(empty=empty).groupby(["item_id", "era"])
    counts = grouped.agg(experts=("annotator", "size"), empty_answers=("empty", "sum"))
    return counts.astype("int64").reset_index()


def searched_or_looked(answers: pd.DataFrame) -> pd.DataFrame:
    """Return how many people looked at each item as a whole, or searched it, in each era: ``item_id, era, experts``."""
    people = of_scope(spoken(answers), Scope.ITEM, Scope.SEARCH)
    once = people[["item_id", "era", "annotator"]].drop_duplicates()
    counts = once.groupby(["item_id", "era"], as_index=False).size()
    return counts.rename(columns={"size": "experts"}).astype({"experts": "int64"})


def decided_in(looked: pd.DataFrame, quorum: int, thing: str) -> pd.DataFrame:
    """Return of each *thing* the row of the era that decides it.

    That is the newest era in which at least *quorum* people looked, or an adjudicator decided; where there is none, the
    newest. So a few early answers under a new guideline version do not unsettle an item before there are enough of
    them.

    Parameters
    ----------
    looked : DataFrame
        One row per thing and era: the column *thing*, ``era, experts``, and more. ``adjudication``, where there is
        such a column, is missing where no adjudicator decided.
    quorum : int
        Fewest people whose answers settle anything.
    thing : str
        ``item_id``, or ``record_id`` where the experts are those of the record's item.

    Examples
    --------
    >>> looked = pd.DataFrame(
    ...     {"item_id": "a", "era": ["9.0.0", "10.0.0", "11.0.0"], "experts": [4, 2, 1]}
    ... )
    >>> decided_in(looked, 2, "item_id")["era"].tolist()
    ['10.0.0']
    """
    age = {era: place for place, era in enumerate(sorted(set(looked["era"]), key=version_key))}
    enough = looked["experts"] >= quorum
    if "adjudication" in looked:
        enough |= looked["adjudication"].notna()
    ordered = looked.assign(_enough=enough, _age=looked["era"].map(age))
    ordered = ordered.sort_values([thing, "_enough", "_age"])
    newest = ordered.drop_duplicates(thing, keep="last")
    return newest[list(looked.columns)].reset_index(drop=True)


def seen_by_then(decided: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *decided* whose record somebody saw in the era that decides it, or before.

    What came to light later, before enough people looked for it, is not in the GT yet; and it never was, so that there
    is nothing to retire.

    Parameters
    ----------
    decided : DataFrame
        One row per record: ``record_id, era``.
    observations : DataFrame
        One row per record and era: ``record_id, era, votes``.
    """
    age = {e: place for place, e in enumerate(sorted(set(observations["era"]), key=version_key))}
    seen = observations[observations["votes"] > 0]
    first = seen["era"].map(age).groupby(seen["record_id"]).min()
    came = decided["record_id"].map(first)
    return decided[~(came > decided["era"].map(age))].reset_index(drop=True)


def deciding(evidence: Evidence, quorum: int) -> Evidence:
    """Return the voices of the era that decides each item, which is what agreement and scores are about."""
    standing = voices(evidence.answers)
    eras = decided_in(experts_of(evidence.answers), quorum, "item_id")[["item_id", "era"]]
    return evidence.of(standing.merge(eras, on=["item_id", "era"]))
