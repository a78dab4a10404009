"""Which records could turn a ranking of models round, of the tables of a set; and their tasks put first.

Models are ranked, and nobody else: each annotator is held against what the others make without them, so no two of them
against the same, and a model against the ground truth itself. They are ranked over the items that all of them answered.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from groundkeeper import concerns, tables
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.scoring.doubtful import Doubtful, doubtful
from groundkeeper.core.scoring.flips import WORTH, Lead, flip_table, is_safe, lead, ranking
from groundkeeper.core.scoring.subjects.known import are_scored
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from groundkeeper.layout import Layout
from schemas.enums import LOOKED, Origin, RecordStatus, Split
from schemas.names import GT_ITEMS, PLAN, PREDICTIONS, RECORDS
from schemas.scoring import BOUNDS, OUTCOMES, SCORED

NEIGHBOURS = 2
"""How many a ranking has at least."""
CAVEAT = (
    "a move takes what is matched with a record to stay so, and leaves out what it does to its neighbours: look at "
    "these records first, but not at them alone"
)
"""What the list of records does not say."""

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
        The models that are ranked, sorted.
    items : int
        How many items they are ranked over: those that all of them answered and that are scored.
    beyond : dict of str to int
        In how many other items each of them is scored.
    items_open : int
        Items of which nobody knows yet what is in them: nothing here speaks of them.
    leads : list of Lead
        Of neighbours in the ranking, or of the two that were asked for.
    safe : list of bool
        Of each lead, whether it is shown that nothing pending or stale in these items can turn it round.
    table : DataFrame
        As ``core.scoring.flips.flip_table``.
    in_doubt : int
        How many records there are that may turn out otherwise.
    sealed : int
        How many records of *table* are in items that whoever makes models must not see.
    """

    measure: str
    names: list[str]
    items: int
    beyond: dict[str, int]
    items_open: int
    leads: list[Lead]
    safe: list[bool]
    table: pd.DataFrame
    in_doubt: int
    sealed: int


def flips(
    layout: Layout,
    measure: str = "f1",
    between: tuple[str, str] | None = None,
    below: float | None = None,
) -> Flips:
    """Return which records could turn round the ranking of the models that were scored last.

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
        If there is no such measure, or no model of that name is scored.
    RefusedError
        If fewer than two models have a score over the same items, or values of items were scored.
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
    answered, items_open = _answered(layout, records)
    chosen = _chosen(layout, answered, between)
    common = set.intersection(*(answered[name] for name in chosen))
    found = doubtful(
        outcomes, records, planned, measure, names=chosen, item_ids=common, below=below
    )
    leads = [
        lead(found.settled, found.doubts, pair, measure, _by_plan(found.records))
        for pair in _pairs(layout, found, len(common))
    ]
    beyond = {name: len(answered[name] - common) for name in found.names}
    table = flip_table(leads, found.names, found.records)
    items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    sealed = items.loc[items["split"] == Split.SEALED, "item_id"]
    return Flips(
        measure,
        found.names,
        len(common),
        beyond,
        items_open,
        leads,
        _safe(layout, leads, found, measure, beyond),
        table,
        len(found.records),
        int(table["item_id"].isin(sealed).sum()),
    )


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


def _answered(layout: Layout, records: pd.DataFrame) -> tuple[dict[str, set[str]], int]:
    """Return in which items each model is scored, and how many items nobody is scored in yet."""
    scored = tables.read(layout.table("score", SCORED), SCORED)
    answers = tables.read(layout.table("ingest", PREDICTIONS), PREDICTIONS)
    items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    alive = records[records["status"] != RecordStatus.RETIRED]
    is_scored = are_scored(items, alive, concerns.read(layout, Consensus).quorum)
    known = items.loc[is_scored, "item_id"]
    looked = answers[answers["state"].isin(LOOKED) & answers["item_id"].isin(known)]
    models = scored.loc[scored["origin"] == Origin.MODEL, "subject"]
    of_models = {
        name: set(looked.loc[looked["annotator"] == name, "item_id"]) for name in sorted(models)
    }
    return of_models, int((~is_scored).sum())


def _chosen(
    layout: Layout, answered: dict[str, set[str]], between: tuple[str, str] | None
) -> list[str]:
    """Return the models that are ranked: those asked for, or all that are scored in any item."""
    known = [name for name, items in answered.items() if items]
    for name in between or ():
        if name not in known:
            kind = f"name of a model with a score in {layout.set_name}"
            raise UnknownNameError(kind, name, known)
    chosen = sorted(set(between)) if between else known
    if len(chosen) < NEIGHBOURS:
        raise _too_few(layout, len(chosen))
    return chosen


def _pairs(layout: Layout, found: Doubtful, items: int) -> list[tuple[int, int]]:
    """Return the places of who leads and who follows."""
    if not items:
        message = (
            f"{layout.set_name}: found no item that {listing(found.names)} all answered; a ranking is over the same "
            "items; name two that answered the same (`--between`), or take in predictions of the others"
        )
        raise RefusedError(message)
    ranked = ranking(found.now, found.names)
    if len(ranked) < NEIGHBOURS:
        raise _too_few(layout, len(ranked))
    return list(itertools.pairwise(ranked))


def _too_few(layout: Layout, found: int) -> RefusedError:
    return RefusedError(
        f"{layout.set_name}: found {found} models with a score; a ranking needs two, and annotators are in none, as "
        "each is held against what the others make; take in predictions (`gk inbox add`), and run "
        f"`dvc repro score@{layout.set_name}`"
    )


def _safe(
    layout: Layout, leads: list[Lead], found: Doubtful, measure: str, beyond: dict[str, int]
) -> list[bool]:
    """Return which *leads* are safe; none is if settled records are doubted, as the bounds take these as they are."""
    if not found.doubts.is_open.all():
        return [False] * len(leads)
    bounds = tables.read(layout.table("score", BOUNDS), BOUNDS)
    whole = {name for name, more in beyond.items() if not more}
    return [
        is_safe(bounds, found.names[one.first], found.names[one.second], measure, whole)
        for one in leads
    ]


def _by_plan(records: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the place of each record by what the plan says of its urgency, then by id."""
    order = np.lexsort((records["record_id"], -records["priority"].fillna(-np.inf)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place
