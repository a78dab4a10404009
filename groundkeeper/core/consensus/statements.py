"""What each person says of each record: that it is there, with an annotation, or that it is not.

Who answered for a whole item looked at every record of it, and silence says that a record is not there. Who answered a
task about one record looked at that one alone. Who searched an item looked for what was not known yet: of a record
that was known, silence says nothing.
"""

import json
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.consensus.voices import ARRIVED, Evidence, of_scope, spoken, voices
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import make_id
from schemas.enums import Scope

KEY = ["record_id", "era"]
WHO = [*KEY, "annotator"]
DRAWING = (Scope.ITEM, Scope.SEARCH, Scope.RECORD)
"""Scopes of answers whose annotations are objects."""
CONFIRMED = "confirmed"
"""The attribute by which an answer to a task about a record says that what is stored is still right."""


def in_order(evidence: Evidence) -> pd.DataFrame:
    """Return the annotations that people marked objects with.

    Returns
    -------
    DataFrame
        ``annotation_id, answer_id, item_id, label, annotator, round, sequence, submitted_at``; ``order``, their rank by
        arrival; ``asked``, the id of the record that the task asked about, missing where it asked about none, and for
        all but the first annotation of an answer: what else was drawn is something else.
    """
    given = of_scope(spoken(evidence.answers), *DRAWING)[
        ["answer_id", "annotator", "round", "sequence", "submitted_at", "scope", "task_id"]
    ]
    marks = evidence.annotations[["annotation_id", "answer_id", "item_id", "ordinal", "label"]]
    marks = marks[~is_confirming(evidence)].merge(given, on="answer_id")
    first = marks.sort_values("ordinal").drop_duplicates("answer_id")["annotation_id"]
    arrived = ["sequence", "submitted_at", "annotation_id"]
    marks = marks.sort_values(arrived, na_position="first", ignore_index=True)
    about = marks["task_id"].map(evidence.tasks.set_index("task_id")["record_id"]).astype("str")
    answers_it = (marks["scope"] == Scope.RECORD) & marks["annotation_id"].isin(first)
    return marks.assign(order=range(len(marks)), asked=about.where(answers_it)).drop(
        columns=["scope", "task_id", "ordinal"]
    )


def is_confirming(evidence: Evidence) -> pd.Series:
    """Return which annotations say that what is stored of the record they are asked about is still right."""
    to_records = of_scope(evidence.answers, Scope.RECORD)["answer_id"]
    asked = evidence.annotations["answer_id"].isin(to_records)
    texts = evidence.annotations.loc[asked, "attributes"]
    says_so = [json.loads(text).get(CONFIRMED) is True for text in texts]
    return pd.Series(says_so, texts.index, dtype=bool).reindex(asked.index, fill_value=False)


def now_called(asked: pd.Series, annotation_ids: pd.Series) -> pd.Series:
    """Return for each record id in *asked* the annotation that it is named after; missing where there is none.

    A record is called after its earliest annotation, and keeps being found by it when it is merged into another.
    """
    if asked.isna().all():
        return asked
    named_after = {make_id("rc", name): name for name in annotation_ids}
    return asked.map(named_after).astype("str")


@dataclass(frozen=True)
class Statements:
    """Which annotations are one record, ``clusters``, and the last word of each person on each, ``last``."""

    clusters: pd.DataFrame
    last: pd.DataFrame

    @property
    def members(self) -> pd.DataFrame:
        """The annotations that stand: ``record_id, item_id, era, annotator``, indexed by ``annotation_id``, sorted."""
        return self.last.dropna(subset="annotation_id").set_index("annotation_id").sort_index()


def statements(evidence: Evidence, clusters: pd.DataFrame) -> Statements:
    """Return the last word of each person on each record that they spoke of, in each era.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id, item_id``.

    Returns
    -------
    Statements
        ``last`` has one row for each record, era and person, sorted: ``record_id, item_id, era, annotator,
        annotation_id``, missing where the record was asked for and is said not to be there.
    """
    standing = _standing(evidence)
    told = ["answer_id", "annotator", "era", *ARRIVED[:2]]
    confirming = is_confirming(evidence)
    marks = evidence.annotations.loc[~confirming, ["annotation_id", "answer_id"]].merge(
        standing[told], on="answer_id"
    )
    seen = marks.merge(clusters, on="annotation_id", validate="one_to_one")
    about = of_scope(standing, Scope.RECORD)
    about = about[~about["answer_id"].isin(evidence.annotations.loc[confirming, "answer_id"])]
    record = clusters.set_index("annotation_id")["record_id"]
    anchor = now_called(about["record_id"], clusters["annotation_id"])
    denied = about.assign(record_id=anchor.map(record).astype("str"))
    denied = denied[denied["record_id"].notna()].merge(
        seen[["answer_id", "record_id"]], on=["answer_id", "record_id"], how="left", indicator=True
    )
    denied = denied[denied["_merge"] == "left_only"].assign(annotation_id=None)
    columns = [*WHO, "item_id", "annotation_id", *ARRIVED]
    spoke = pd.concat([seen[columns], denied[columns]], ignore_index=True)
    both = pd.concat([spoke, _passed_over(spoke, evidence)[columns]], ignore_index=True)
    last = both.sort_values([*ARRIVED, "annotation_id"], na_position="first")
    last = last.drop_duplicates(WHO, keep="last").sort_values(WHO, ignore_index=True)
    told = ["record_id", "item_id", "era", "annotator", "annotation_id"]
    return Statements(clusters, last.astype({"annotation_id": "str"})[told])


def _passed_over(spoke: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the answers to whole items in which somebody passes over a record that they spoke of in a task."""
    whole = voices(evidence.answers)[["item_id", "era", "annotator", *ARRIVED]]
    of_tasks = spoke[~spoke["answer_id"].isin(whole["answer_id"])][[*WHO, "item_id"]]
    also = of_tasks.drop_duplicates().merge(whole, on=["item_id", "era", "annotator"])
    named = pd.MultiIndex.from_frame(spoke[["answer_id", "record_id"]])
    silent = ~pd.MultiIndex.from_frame(also[["answer_id", "record_id"]]).isin(named)
    return also[silent].assign(annotation_id=None)


def _standing(evidence: Evidence) -> pd.DataFrame:
    """Return of every person the latest answer to each thing asked in an era, with the ``record_id`` asked for."""
    to_tasks = of_scope(spoken(evidence.answers), Scope.SEARCH, Scope.RECORD)
    about = evidence.tasks.set_index("task_id")["record_id"]
    asked = to_tasks.assign(record_id=to_tasks["task_id"].map(about).astype("str"))
    one_thing = ["item_id", "annotator", "era", "scope", "record_id"]
    latest = asked.sort_values(ARRIVED, na_position="first").drop_duplicates(one_thing, keep="last")
    whole = voices(evidence.answers)
    nothing = pd.Series(None, whole.index, dtype="str")
    return pd.concat([whole.assign(record_id=nothing), latest], ignore_index=True)


def looked_at(evidence: Evidence, said: Statements) -> pd.DataFrame:
    """Return how many people looked at each record in each era: ``record_id, item_id, era, experts``, sorted."""
    records = said.clusters[["record_id", "item_id"]].drop_duplicates()
    whole = voices(evidence.answers)[["item_id", "era", "annotator"]]
    counted = whole.groupby(["item_id", "era"], as_index=False).size()
    by_item = records.merge(counted, on="item_id")
    spoke = pd.concat([said.last[["item_id", *WHO]], _searched_and_found(evidence, said)])
    spoke = spoke.drop_duplicates(WHO)
    with_item = spoke.merge(whole, on=["item_id", "era", "annotator"], how="left", indicator=True)
    alone = with_item[with_item["_merge"] == "left_only"]
    by_record = alone.groupby(["record_id", "item_id", "era"], as_index=False).size()
    counts = pd.concat([by_item, by_record]).groupby([*KEY, "item_id"])["size"].sum()
    found: pd.DataFrame = counts.astype("int64").rename("experts").reset_index()
    return found[["record_id", "item_id", "era", "experts"]].sort_values(KEY, ignore_index=True)


def _searched_and_found(evidence: Evidence, said: Statements) -> pd.DataFrame:
    """Return everybody who searched an item with the records that came to light then: silence is evidence of these."""
    searched = of_scope(spoken(evidence.answers), Scope.SEARCH)
    people = searched[["item_id", "era", "annotator"]].drop_duplicates()
    seen = said.members
    ages = {era: age for age, era in enumerate(sorted(set(seen["era"]), key=version_key))}
    oldest = seen.assign(age=seen["era"].map(ages)).sort_values("age").drop_duplicates("record_id")
    return oldest[["record_id", "item_id", "era"]].merge(people, on=["item_id", "era"])
