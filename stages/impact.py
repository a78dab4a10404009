"""Say what the guideline in force means for records answered under other versions, and what people have to do.

reads   items, answers, annotations, observations, revalidations, history, decisions, fields, precision, coverage,
        consensus
writes  states, item_states, carried, plan, metrics
"""

import math

import pandas as pd

from groundkeeper import files, guideline_history, tables
from groundkeeper.core.consensus.voices import decided_in, searched_or_looked
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.impact.affected import SEARCH, Affected, Course, affected
from groundkeeper.core.impact.completion import completed
from groundkeeper.core.impact.hours import rates, timed
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.names import (
    ANNOTATIONS,
    ANSWERS,
    CARRIED,
    ITEM_STATES,
    ITEMS,
    OBSERVATIONS,
    PLAN,
    REVALIDATIONS,
    SPREAD_ENDINGS,
    STATES,
)
from schemas.table import Table


class Params(ResamplingParams):
    """How the intervals of the hours are made."""


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the state of every observation, its fields as they read now, and the plan of work for people."""
    observations = tables.read(layout.table("consensus", OBSERVATIONS), OBSERVATIONS)
    answered = tables.read(layout.table("consensus", REVALIDATIONS), REVALIDATIONS)
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    answers = tables.read(layout.table("ingest", ANSWERS), ANSWERS)
    annotations = tables.read(layout.table("ingest", ANNOTATIONS), ANNOTATIONS)
    course = Course(guideline_history.read(layout), guideline_history.in_force(layout))
    quorum = course.now.consensus.quorum
    observations = completed(observations, answered, course, quorum)
    looked = items.merge(decided_in(searched_or_looked(answers), quorum, "item_id"), on="item_id")
    pace = rates(timed(answers, annotations, items), Resampling(p.rounds, p.seed, p.confidence))

    found = affected(observations, looked, course, Stored.REBUILT)
    # Only the observation that decides a record is worth anybody's time.
    deciding = found.of(decided_in(observations, quorum, "record_id"))
    _write(layout, STATES, found.states())
    _write(layout, ITEM_STATES, found.item_states(looked))
    _write(layout, CARRIED, _in_force(found.carried(), course))
    _write(layout, PLAN, deciding.plan(pace))
    figures = metrics(deciding)
    cost = deciding.hours(pace)
    if not math.isnan(cost.value):
        figures |= {"hours": cost.value, "hours_low": cost.low, "hours_high": cost.high}
    files.write_json(layout.metrics("impact"), figures)
    return figures


def metrics(found: Affected) -> dict[str, float]:
    """Return how many records each action touches, and what people have to do."""
    counts = {name: float(count) for name, count in found.counts().items()}
    return {
        **{("search_items" if name == SEARCH else name): count for name, count in counts.items()},
        "second_looks": float(found.second_looks()),
        "need_a_person": float(found.need_a_person()),
    }


def _in_force(carried: pd.DataFrame, course: Course) -> pd.DataFrame:
    """Return the columns of observations, and those of the fields in force."""
    named = [f"{name}{end}" for name in course.now.fields.fields for end in ("", *SPREAD_ENDINGS)]
    return carried[[name for name in (*CARRIED.columns, *named) if name in carried]]


def _write(layout: Layout, table: Table, frame: pd.DataFrame) -> None:
    whole = frame if len(frame.columns) else tables.empty(table)
    tables.write(whole, layout.table("impact", table), table)
