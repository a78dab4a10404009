"""What people's answers say of a decision about a record, in whichever way they can say it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.consensus.voices import ARRIVED, PEOPLE
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field
from schemas.enums import LOOKED, Identity, Refusal, Scope

TELLING = (None, str(Refusal.NOT_ACKNOWLEDGED))
"""Refusals of answers that tell how somebody answers: who has not read a version may well keep to the one before."""


@dataclass(frozen=True)
class PeopleEvidence:
    """What the figures about people are made of, as stages write it.

    Attributes
    ----------
    answers, annotations, tasks, acknowledgements : DataFrame
        The tables of ``ingest``.
    clusters, observations : DataFrame
        ``clusters`` of ``consensus``; and ``carried`` of ``impact``, which has the fields in force.
    items : DataFrame
        One row per item: ``item_id, group_id``.
    """

    answers: pd.DataFrame
    annotations: pd.DataFrame
    tasks: pd.DataFrame
    acknowledgements: pd.DataFrame
    clusters: pd.DataFrame
    observations: pd.DataFrame
    items: pd.DataFrame


def telling(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that tell something of one expert: who looked, and is the same everywhere."""
    people = answers["origin"].isin(PEOPLE) & answers["state"].isin(LOOKED)
    known = answers["identity"].eq(Identity.KNOWN) & answers["scope"].ne(Scope.ADJUDICATION)
    refusal = answers["refusal"]
    return answers[people & known & (refusal.isna() | refusal.isin(TELLING))]


def first_answers(answers: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the first admitted answer to each task of a *scope*, one row per task.

    What measures people must not be mended afterwards: who answers again once the result was talked about shows
    nothing. That a later answer replaced the first, which would matter for ground truth, does not count.
    """
    people = answers["origin"].isin(PEOPLE) & answers["state"].isin(LOOKED)
    counts = answers["refusal"].isna() | answers["refusal"].eq(str(Refusal.ANSWERED_AGAIN))
    given = answers[people & counts & answers["scope"].eq(str(scope)) & answers["task_id"].notna()]
    return given.sort_values(ARRIVED, na_position="first").drop_duplicates("task_id")


def marks(evidence: PeopleEvidence, answers: pd.DataFrame) -> pd.DataFrame:
    """Return the annotations of *answers* with the record that each is about, the latest last, as each answer has them.

    An answer to a task about one record is about that one; else the annotation is about the record that it is one of.

    Returns
    -------
    DataFrame
        One row per annotation that is about a record: ``annotation_id, answer_id, annotator, item_id, record_id,
        task_id, label, attributes``.
    """
    who = answers[[*ARRIVED, "annotator", "task_id"]]
    said = evidence.annotations.merge(who, on="answer_id")
    of_task = evidence.tasks.set_index("task_id")["record_id"]
    of_cluster = evidence.clusters.set_index("annotation_id")["record_id"]
    asked = said["task_id"].map(of_task)
    found = said.assign(record_id=asked.where(asked.notna(), said["annotation_id"].map(of_cluster)))
    ordered = found[found["record_id"].notna()].sort_values(
        [*ARRIVED, "ordinal"], na_position="first"
    )
    columns = ["annotation_id", "answer_id", "annotator", "item_id", "record_id", "task_id"]
    return ordered[[*columns, "label", "attributes"]].reset_index(drop=True)


def stated(
    said: pd.DataFrame, name: str, decision: Decision, fields: Mapping[str, Field]
) -> list[str | None]:
    """Return what each annotation states of a decision: under its name, or as its field; None where it does not.

    Parameters
    ----------
    said : DataFrame
        One row per annotation: ``label, attributes`` (JSON text).
    name, decision
        What is decided.
    fields
        Those of the version that the answers were given under.

    Examples
    --------
    >>> include = Decision.model_validate(
    ...     {"by": "derived", "outcomes": ["keep", "skip"], "default": "keep"}
    ... )
    >>> told = pd.DataFrame({"label": [None, None], "attributes": ['{"include": "skip"}', "{}"]})
    >>> stated(told, "include", include, {})
    ['skip', None]
    """
    field = fields.get(decision.field) if decision.field else None
    key = field.source_name(str(decision.field)) if field else name
    from_label = field is not None and field.source == "label"
    found: list[str | None] = []
    for label, text in zip(said["label"], said["attributes"], strict=True):
        attributes = json.loads(text)
        value = attributes.get(name, label if from_label else attributes.get(key))
        found.append(None if value is None or pd.isna(value) else str(value))
    return found
