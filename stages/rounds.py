"""Say how a guideline change runs its course: what came back of what was asked, what audits show, who is carried along.

reads   guidelines/<set>/; items, answers, annotations, parts, tasks, acknowledgements, clusters, carried;
        of the guideline: version, history, fields_by_era, conventions_by_era and all that decides
writes  measures, metrics
"""

import math
from dataclasses import replace

import pandas as pd

from groundkeeper import concerns, evidence, files, guideline_files, guideline_history, tables
from groundkeeper.core.audit.figures import audit_measures
from groundkeeper.core.audit.heard import heard
from groundkeeper.core.consensus.statements import now_called
from groundkeeper.core.consensus.voices import of_experts
from groundkeeper.core.estimates import Estimate, Resampling, undefined
from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.measures import ALL, row
from groundkeeper.core.people.measures import people_measures
from groundkeeper.core.people.said import PeopleEvidence
from groundkeeper.core.people.versions import Versions
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.enums import LOOKED
from schemas.names import ACKNOWLEDGEMENTS, CARRIED, CLUSTERS, MEASURES, TASKS


class Params(ResamplingParams):
    """How intervals are made."""


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the measures of rounds, audits and people."""
    told = evidence.read(layout)
    tasks = tables.read(layout.table("ingest", TASKS), TASKS)
    read = tables.read(layout.table("ingest", ACKNOWLEDGEMENTS), ACKNOWLEDGEMENTS)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    carried = tables.read(layout.table("impact", CARRIED), CARRIED)
    course = Course(guideline_history.read(layout), guideline_history.in_force(layout))
    version = str(files.read_json(layout.concern("version"))["version"])

    eras = {*of_experts(told.answers)["era"], *tasks["era"]}
    versions = Versions.of(guideline_files.load_all(layout.guidelines), version, eras)
    said = heard(
        replace(told, tasks=tasks),
        course.now.fields.fields,
        Eras(concerns.fields_by_era(layout), concerns.conventions_by_era(layout)),
    )
    how = Resampling(p.rounds, p.seed, p.confidence)
    people = PeopleEvidence(
        told.answers, told.annotations, tasks, read, clusters, carried, told.items
    )
    found = [
        progress(tasks, told.answers, clusters["annotation_id"]),
        audit_measures(tasks, said, carried, told.items, course, confidence=p.confidence),
        people_measures(people, versions, how),
    ]
    filled = [table for table in found if len(table)] or found[:1]
    measures = pd.concat(filled).sort_values(list(MEASURES.key), ignore_index=True)
    tables.write(measures, layout.table("rounds", MEASURES), MEASURES)
    figures = {
        "rounds": float(tasks["round"].nunique()),
        "tasks": float(len(tasks)),
        "tasks_answered": float(_counting(told.answers)["task_id"].nunique()),
        "measures": float(len(measures)),
    }
    files.write_json(layout.metrics("rounds"), figures)
    return figures


def progress(tasks: pd.DataFrame, answers: pd.DataFrame, annotation_ids: pd.Series) -> pd.DataFrame:
    """Return how much of each round came back, as the table ``measures``: nothing of it was sampled, so no intervals.

    ``round_answered``: the share of the tasks with an answer that counts. ``round_complete``: of those with as many as
    were asked for. ``round_refused``: the share of the answers, of people who looked, that count for no record.
    ``round_without_record``: of the tasks about a record, the share whose record is no more: an earlier answer, after
    which it was named, was replaced or withdrawn. What was answered of it reaches no record.

    Parameters
    ----------
    tasks, answers : DataFrame
        As in ``schemas.names``.
    annotation_ids : Series
        All annotations that a record can be named after.
    """
    counts = _counting(answers).groupby("task_id")["annotator"].nunique()
    table = tasks.assign(answers=tasks["task_id"].map(counts).fillna(0))
    looked = answers[answers["state"].isin(LOOKED)]
    back = looked.merge(tasks[["task_id", "round"]], on="task_id", suffixes=("_told", ""))
    rows = []
    for name, of_round in table.groupby("round"):
        here = back[back["round"] == name]
        shares = {
            "round_answered": (of_round["answers"] > 0, "tasks"),
            "round_complete": (of_round["answers"] >= of_round["experts"], "tasks"),
            "round_refused": (here["refusal"].notna(), "answers"),
            "round_without_record": (_nameless(of_round, annotation_ids), "tasks about a record"),
        }
        groups = of_round["item_id"].nunique()
        rows += [
            row(measure, str(name), ALL, ALL, _share(holds, groups, what))
            for measure, (holds, what) in shares.items()
        ]
    return pd.DataFrame(rows, columns=list(MEASURES.columns))


def _share(holds: pd.Series, groups: int, what: str) -> Estimate:
    """Return in how many of all *what* something *holds*: nothing of it was sampled, so without an interval."""
    if not len(holds):
        return undefined(f"no {what}", groups=groups)
    return Estimate(
        holds.mean(), math.nan, math.nan, len(holds), groups, math.nan, f"of all {what}"
    )


def _nameless(tasks: pd.DataFrame, annotation_ids: pd.Series) -> pd.Series:
    """Return of each task about a record whether there is none of this name, nor one that it was merged into."""
    asked = tasks["record_id"].dropna().astype("str")
    return now_called(asked, annotation_ids).isna() if len(asked) else asked.isna()


def _counting(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the answers to tasks that were admitted, of people who looked: a draft or a skip is still to come."""
    looked = answers["state"].isin(LOOKED)
    return answers[answers["task_id"].notna() & looked & answers["refusal"].isna()]
