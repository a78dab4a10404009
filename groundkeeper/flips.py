"""Which records could turn a ranking of models round, of the tables of a set; and their tasks put first.

Models are ranked, and nobody else: each annotator is held against what the others make without them, so no two of them
against the same, and a model against the ground truth itself. Two of them are compared over the items that both
answered, so that nobody narrows what others are compared over.
"""

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from groundkeeper import concerns, tables
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.scoring.doubtful import Doubtful, doubtful
from groundkeeper.core.scoring.flips import (
    WORTH,
    Lead,
    by_share_of_lead,
    flip_table,
    is_safe,
    lead,
    ranking,
)
from groundkeeper.core.scoring.subjects.known import are_scored
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from groundkeeper.layout import Layout
from schemas.enums import LOOKED, Origin, RecordStatus, Split
from schemas.names import GT_ITEMS, PLAN, PREDICTIONS, RECORDS
from schemas.scoring import BOUNDS, OUTCOMES, SCORED

NEIGHBOURS = 2
"""How many a ranking has at least."""
FEW = 0.5
"""Who answered less than this share of the items of another model is in no ranking of others."""
CAVEAT = (
    "a move takes what is matched with a record to stay so, and leaves out what it does to its neighbours: look at "
    "these records first, but not at them alone"
)
"""What the list of records does not say."""

Arrange: TypeAlias = Callable[[Layout, pd.DataFrame], pd.DataFrame]
"""From the tasks of a plan to those that are asked, their ``priority`` telling their order."""


@dataclass(frozen=True)
class Ahead:
    """How one model is ahead of the next, over the items that both answered.

    Attributes
    ----------
    first, second : str
        Who is ahead of whom; by name where they are level.
    lead : Lead
        By how much, and which records could change it.
    items : int
        How many items both answered and are scored in.
    beyond : dict of str to int
        In how many other items each of the two is scored.
    safe : bool
        Whether it is shown that nothing pending or stale in these items can turn it round.
    """

    first: str
    second: str
    lead: Lead
    items: int
    beyond: dict[str, int]
    safe: bool


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
        How many items all of them answered and are scored in.
    beyond : dict of str to int
        In how many other items each of them is scored.
    items_open : int
        Items of which nobody knows yet what is in them: nothing here speaks of them.
    leads : list of Ahead
        Of neighbours in the ranking, or of the two that were asked for.
    unranked : list of (str, str)
        Neighbours who have no item in common, or of whom one has no score over those that they have.
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
    leads: list[Ahead]
    unranked: list[tuple[str, str]]
    table: pd.DataFrame
    in_doubt: int
    sealed: int

    @property
    def safe(self) -> list[bool]:
        """Of each lead, whether it is shown that it stays."""
        return [one.safe for one in self.leads]


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

    def over(names: Collection[str]) -> Doubtful:
        items = set.intersection(*(answered[name] for name in names))
        return doubtful(
            outcomes, records, planned, measure, names=names, item_ids=items, below=below
        )

    alone = {name: over([name]) for name in chosen}
    pairs = {pair: over(pair) for pair in _neighbours(answered, alone)}
    leads = {pair: _lead(found, measure) for pair, found in pairs.items()}
    known = {pair: one for pair, one in leads.items() if one is not None}
    if not known:
        raise _nobody_ahead(layout, alone, answered)
    bounds = tables.read(layout.table("score", BOUNDS), BOUNDS)
    parts = [
        flip_table([one], pairs[pair].names, pairs[pair].records) for pair, one in known.items()
    ]
    table = by_share_of_lead(pd.concat(parts, ignore_index=True))
    common = set.intersection(*(answered[name] for name in chosen))
    items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    sealed = items.loc[items["split"] == Split.SEALED, "item_id"]
    return Flips(
        measure,
        chosen,
        len(common),
        {name: len(answered[name] - common) for name in chosen},
        items_open,
        [_ahead(one, pairs[pair], answered, bounds, measure) for pair, one in known.items()],
        [pair for pair, one in leads.items() if one is None],
        table,
        len({record for pair in known for record in pairs[pair].records["record_id"]}),
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


def _neighbours(
    answered: Mapping[str, set[str]], alone: Mapping[str, Doubtful]
) -> list[tuple[str, str]]:
    """Return the models that are next to one another in the ranking by what each has over all of its own items.

    Who answered fewer than ``FEW`` of what another one did would narrow what others are compared over, so they are left
    out of that ranking, and each is compared with the next below in it, or with the last.

    Parameters
    ----------
    answered : mapping
        In which items each model is scored.
    alone : mapping
        What each has over these.
    """
    names = sorted(alone)
    sums = np.array([alone[name].now[0] for name in names])
    scored = [names[place] for place in ranking(sums, names)]
    most = max((len(answered[name]) for name in scored), default=0)
    many = [name for name in scored if len(answered[name]) >= FEW * most]
    pairs = list(itertools.pairwise(many))
    for name in scored:
        if name not in many:
            below = [other for other in scored[scored.index(name) :] if other in many]
            pairs.append((name, below[0] if below else many[-1]))
    return pairs


def _lead(found: Doubtful, measure: str) -> Lead | None:
    """Return how one of two leads, None if one of them has no score over the items of both."""
    order = ranking(found.now, found.names)
    if len(order) < NEIGHBOURS:
        return None
    first, second = order
    return lead(found.settled, found.doubts, (first, second), measure, _by_plan(found.records))


def _ahead(
    one: Lead,
    found: Doubtful,
    answered: Mapping[str, set[str]],
    bounds: pd.DataFrame,
    measure: str,
) -> Ahead:
    """Return who leads over whom, and whether that is safe.

    It is not if settled records are doubted, as the bounds take these as they are.
    """
    first, second = found.names[one.first], found.names[one.second]
    both = answered[first] & answered[second]
    beyond = {name: len(answered[name] - both) for name in (first, second)}
    whole = {name for name, more in beyond.items() if not more}
    safe = bool(found.doubts.is_open.all()) and is_safe(bounds, first, second, measure, whole)
    return Ahead(first, second, one, len(both), beyond, safe)


def _nobody_ahead(
    layout: Layout, alone: Mapping[str, Doubtful], answered: Mapping[str, set[str]]
) -> RefusedError:
    """Return why no two models can be compared."""
    scored = [name for name, found in alone.items() if found.now[0, 1]]
    both = itertools.combinations(scored, 2)
    if len(scored) < NEIGHBOURS or any(answered[one] & answered[other] for one, other in both):
        return _too_few(layout, min(len(scored), NEIGHBOURS - 1))
    return RefusedError(
        f"{layout.set_name}: found no item that {listing(alone)} all answered; a ranking is over the same items; name "
        "two that answered the same (`--between`), or take in predictions of the others"
    )


def _too_few(layout: Layout, found: int) -> RefusedError:
    return RefusedError(
        f"{layout.set_name}: found {found} models with a score; a ranking needs two, and annotators are in none, as "
        "each is held against what the others make; take in predictions (`gk inbox add`), and run "
        f"`dvc repro score@{layout.set_name}`"
    )


def _by_plan(records: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the place of each record by what the plan says of its urgency, then by id."""
    order = np.lexsort((records["record_id"], -records["priority"].fillna(-np.inf)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place
