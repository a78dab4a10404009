"""Which records could turn a ranking round, of the tables of a set; and the tasks that ask for them put first."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from groundkeeper import tables
from groundkeeper.core.scoring.doubtful import Doubtful, doubtful
from groundkeeper.core.scoring.flips import WORTH, Lead, flip_table, lead, ranking
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.layout import Layout
from schemas.names import PLAN, RECORDS
from schemas.scoring import OUTCOMES

NEIGHBOURS = 2
"""How many a ranking has at least."""

Arrange: TypeAlias = Callable[[Layout, pd.DataFrame], pd.DataFrame]
"""From the tasks of a plan to those that are asked, their ``priority`` telling their order."""


@dataclass(frozen=True)
class Flips:
    """What could turn a ranking round.

    Attributes
    ----------
    measure : str
        What is ranked by.
    names : list of str
        Who is scored, sorted.
    leads : list of Lead
        Of neighbours in the ranking, or of the two that were asked for.
    table : DataFrame
        As ``core.scoring.flips.flip_table``.
    in_doubt : int
        How many records there are that may turn out otherwise.
    """

    measure: str
    names: list[str]
    leads: list[Lead]
    table: pd.DataFrame
    in_doubt: int


def flips(
    layout: Layout,
    measure: str = "f1",
    between: tuple[str, str] | None = None,
    below: float | None = None,
) -> Flips:
    """Return which records could turn round the ranking of those who were scored last.

    Parameters
    ----------
    layout : Layout
        Of the set.
    measure : str
        What is ranked by: ``f1``, ``precision`` or ``recall``.
    between : (str, str), optional
        Look at these two alone, and not at all neighbours.
    below : float, optional
        Doubt settled records too whose confidence is less.

    Raises
    ------
    UnknownNameError
        If there is no such measure, or nobody of that name is scored.
    RefusedError
        If fewer than two have a score, or values of items were scored.
    TableError
        If something was not built yet.
    """
    if measure not in WORTH:
        kind = "measure of a ranking"
        raise UnknownNameError(kind, measure, sorted(WORTH))
    outcomes = tables.read(layout.table("score", OUTCOMES), OUTCOMES)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    plan = layout.table("impact", PLAN)
    planned = tables.read(plan, PLAN) if plan.is_file() else tables.empty(PLAN)
    _require_objects(layout, outcomes)
    found = doubtful(outcomes, records, planned, measure, below)
    leads = [
        lead(found.settled, found.doubts, pair, measure, _by_plan(found.records))
        for pair in _pairs(layout, found, between)
    ]
    table = flip_table(leads, found.names, found.records)
    return Flips(measure, found.names, leads, table, len(found.records))


def ranking_first(measure: str = "f1", most: int | None = None) -> Arrange:
    """Return what puts those tasks first whose records could turn the ranking round, by how much they could.

    Tasks that could do so alike, or not at all, stay in the order of the plan.

    Parameters
    ----------
    measure : str
        What is ranked by.
    most : int, optional
        Ask no more tasks than these.
    """

    def arrange(layout: Layout, tasks: pd.DataFrame) -> pd.DataFrame:
        table = flips(layout, measure).table
        share = table.groupby("record_id")["of_gap"].max()
        reach = tasks["record_id"].map(share).fillna(0.0).to_numpy(dtype=np.float64)
        order = np.lexsort((tasks["plan_id"], -tasks["priority"], -reach))
        first = tasks.iloc[order[:most]]
        return first.assign(priority=np.arange(len(first), 0, -1, dtype=np.float64))

    return arrange


def plan_first(most: int | None = None) -> Arrange:
    """Return what leaves the order of the plan as it is, and asks the first *most* tasks of it."""

    def arrange(_: Layout, tasks: pd.DataFrame) -> pd.DataFrame:
        order = np.lexsort((tasks["plan_id"], -tasks["priority"]))
        return tasks.iloc[order[:most]] if most else tasks

    return arrange


def _require_objects(layout: Layout, outcomes: pd.DataFrame) -> None:
    if len(outcomes) and outcomes["record_id"].isna().all() and outcomes["truth"].notna().any():
        message = (
            f"{layout.set_name}: what was scored are values of items, and what somebody said of an open one "
            "is not among the outcomes; rankings of objects alone are looked into"
        )
        raise RefusedError(message)


def _pairs(
    layout: Layout, found: Doubtful, between: tuple[str, str] | None
) -> list[tuple[int, int]]:
    """Return the places of who leads and who follows."""
    ranked = ranking(found.settled, found.names)
    if between is not None:
        kind = f"name of one with a score in {layout.set_name}"
        known = [found.names[place] for place in ranked]
        for name in between:
            if name not in known:
                raise UnknownNameError(kind, name, known)
        ranked = [place for place in ranked if found.names[place] in between]
    if len(ranked) < NEIGHBOURS:
        message = (
            f"{layout.set_name}: found {len(ranked)} with a score; a ranking needs two; take in the answers of "
            f"others, or predictions (`gk inbox add`), and run `dvc repro score@{layout.set_name}`"
        )
        raise RefusedError(message)
    return list(itertools.pairwise(ranked))


def _by_plan(records: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the place of each record by what the plan says of its urgency, then by id."""
    order = np.lexsort((records["record_id"], -records["priority"].fillna(-np.inf)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place
