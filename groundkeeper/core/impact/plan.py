"""The work for people that follows from an impact: exact questions about records, and items to search."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.ids import canonical_json, make_id
from groundkeeper.core.impact.assess import Impact
from groundkeeper.core.impact.search import Searched
from groundkeeper.core.impact.verdicts import GRAVITY, Codes, rules_involved
from schemas.enums import Action, Task

PRIORITY: Final = {
    Task.CONTRADICTION: 4.0,
    Task.REANNOTATE: 3.0,
    Task.REVALIDATE: 2.0,
    Task.SEARCH: 1.0,
    Task.SECOND_LOOK: 0.5,
}
"""What is wrong goes before what is unknown, and that before what is only unsure."""

DETAILS: Final = [
    "record_id",
    "item_id",
    "era",
    "action",
    "decisions",
    "concerned",
    "old",
    "new",
    "rule_ids",
    "asks",
    "reasons",
    "second_look",
    "tombstone",
]
"""Columns of ``details``."""


class Kind(NamedTuple):
    """One way in which records are touched: by what, from which outcome to which, and what is asked."""

    action: str
    what: str
    old: str | None
    new: str | None
    rule_ids: tuple[str, ...]
    asks: tuple[str, ...]


def details(impact: Impact, rows: Codes | None = None) -> pd.DataFrame:
    """Return what becomes of records, one row each: of those touched or worth a second look, or of *rows*.

    Returns
    -------
    DataFrame
        ``record_id, item_id, era`` as far as the records have them; ``action``; ``decisions`` whose outcome moves or
        may move, and of these ``concerned``, those for which the action is; ``old, new``, the outcomes by decision,
        None where unknown; ``rule_ids``; ``asks``, the fields to be asked for; ``reasons``, the changes beside
        decisions; ``second_look``; ``tombstone``.
    """
    if rows is None:
        rows = np.flatnonzero((impact.action > 0) | impact.second_look)
    columns = [(verdict.cell[rows], len(verdict.action)) for verdict in impact.verdicts]
    columns += [(demand.rows[rows].astype(np.int8), 2) for demand in impact.demands]
    alike, first = group(len(rows), columns)
    told = np.empty(len(first), dtype=object)
    told[:] = [_told(impact, row) for row in rows[first].tolist()]
    names = ["decisions", "concerned", "old", "new", "rule_ids", "asks", "reasons"]
    found = pd.DataFrame(told[alike].tolist(), columns=names, dtype=object)
    keys = [name for name in ("record_id", "item_id", "era") if name in impact.table]
    for name in keys:
        found[name] = impact.table[name].to_numpy()[rows]
    found["action"] = impact.actions()[rows]
    found["second_look"] = impact.second_look[rows]
    found["tombstone"] = impact.tombstone[rows]
    return found[[name for name in DETAILS if name in found]]


def summary(impact: Impact) -> list[tuple[Kind, int]]:
    """Return what happens to the decisions of the records touched, and how many records it happens to."""
    touched = impact.action > 0
    found = []
    for verdict in impact.verdicts:
        sizes = np.bincount(verdict.cell[touched], minlength=len(verdict.action))
        for cell in np.flatnonzero((sizes > 0) & (verdict.action > 0)).tolist():
            kind = Kind(
                str(GRAVITY[verdict.action[cell]]),
                verdict.decision,
                verdict.outcome(verdict.then[cell]),
                verdict.outcome(verdict.now[cell]),
                verdict.rule_ids[cell],
                verdict.asks[cell],
            )
            found.append((kind, int(sizes[cell])))
    for demand in impact.demands:
        count = int((demand.rows & touched).sum())
        action = str(GRAVITY[demand.action])
        kind = Kind(action, f"{demand.kind}: {demand.where}", None, None, (), demand.asks)
        found.append((kind, count))
    return found


def _told(impact: Impact, row: int) -> tuple[object, ...]:
    old: dict[str, str | None] = {}
    new: dict[str, str | None] = {}
    decisions: list[str] = []
    concerned: list[str] = []
    rule_ids: list[str] = []
    asks: list[str] = []
    for verdict in impact.verdicts:
        cell = verdict.cell[row]
        if verdict.action[cell] == 0:
            continue
        decisions.append(verdict.decision)
        is_gravest = verdict.action[cell] == impact.action[row]
        concerned += [verdict.decision] if is_gravest else []
        for places, outcomes in ((verdict.then, old), (verdict.now, new)):
            outcomes[verdict.decision] = verdict.outcome(places[cell])
        rule_ids += verdict.rule_ids[cell]
        asks += verdict.asks[cell] if is_gravest else ()
    holding = [demand for demand in impact.demands if demand.rows[row]]
    for demand in holding:
        asks += demand.asks if demand.action == impact.action[row] else ()
    reasons = [f"{demand.kind}: {demand.where}" for demand in holding]
    unique = (tuple(dict.fromkeys(names)) for names in (asks, reasons))
    return (tuple(decisions), tuple(concerned), old, new, rules_involved(*rule_ids), *unique)


def states(impact: Impact) -> pd.DataFrame:
    """Return the state of every record: the columns of ``schemas.names.STATES``."""
    touched = np.flatnonzero((impact.action > 0) | impact.second_look)
    told = details(impact, touched)
    rule_ids, asks = (np.full(len(impact.table), "[]", dtype=object) for _ in range(2))
    rule_ids[touched] = [canonical_json(list(names)) for names in told["rule_ids"]]
    asks[touched] = [canonical_json(list(names)) for names in told["asks"]]
    return impact.table[["record_id", "era"]].assign(
        action=impact.actions(),
        rule_ids=rule_ids,
        asks=asks,
        second_look=impact.second_look,
        tombstone=impact.tombstone,
        lost=_lost(impact),
    )


def _lost(impact: Impact) -> list[str]:
    """Return the judged decisions of each record whose judgement has to be made again, as canonical JSON."""
    names = sorted(impact.lost)
    columns = [(impact.lost[name].astype(np.int8), 2) for name in names]
    alike, first = group(len(impact.table), columns)
    told = [canonical_json([n for n in names if impact.lost[n][row]]) for row in first.tolist()]
    return [told[place] for place in alike.tolist()]


def work_on_records(impact: Impact, hours_per_record: float, experts: int) -> pd.DataFrame:
    """Return the work that records ask for: the columns of ``schemas.names.PLAN``, one row a record.

    Contradictions are for one adjudicator and second looks for one expert; everything else is for as many experts as
    the guideline asks for.
    """
    told = details(impact)
    told["task"] = told["action"].map(TASKS)
    told.loc[told["task"].isna() & told["second_look"], "task"] = Task.SECOND_LOOK
    told = told[told["task"].notna()]
    keys = told[["record_id", "era", "task"]].itertuples(index=False, name=None)
    one = told["task"].isin([Task.CONTRADICTION, Task.SECOND_LOOK])
    return pd.DataFrame(
        {
            "plan_id": [make_id("pl", *map(str, key)) for key in keys],
            "item_id": told["item_id"],
            "record_id": told["record_id"],
            "action": told["task"].map(str),
            "rule_ids": [canonical_json(list(names)) for names in told["rule_ids"]],
            "old_outcome": [canonical_json(outcomes) for outcomes in told["old"]],
            "new_outcome": [canonical_json(outcomes) for outcomes in told["new"]],
            "question": [question(row) for row in told.to_dict("records")],
            "priority": told["task"].map(PRIORITY).astype("float64"),
            "hours": np.where(one, 1, experts) * hours_per_record,
        }
    )


def work_on_items(found: Searched, hours_per_item: float, experts: int) -> pd.DataFrame:
    """Return the items to search: the columns of ``schemas.names.PLAN``, one row an item, whatever the reasons."""
    places = np.flatnonzero(found.asked())
    holding = [[r for r in found.reasons if r.items[place]] for place in places.tolist()]
    chosen = found.item_id.to_numpy()[places]
    rule_ids = [
        dict.fromkeys(rule for reason in held for rule in reason.rule_ids) for held in holding
    ]
    return pd.DataFrame(
        {
            "plan_id": [make_id("pl", str(item), str(Task.SEARCH)) for item in chosen],
            "item_id": chosen,
            "record_id": pd.Series([None] * len(chosen), dtype="str"),
            "action": str(Task.SEARCH),
            "rule_ids": [canonical_json(list(names)) for names in rule_ids],
            "old_outcome": pd.Series([None] * len(chosen), dtype="str"),
            "new_outcome": pd.Series([None] * len(chosen), dtype="str"),
            "question": [" ".join(reason.question for reason in held) for held in holding],
            "priority": PRIORITY[Task.SEARCH],
            "hours": experts * hours_per_item,
        }
    )


TASKS: Final = {
    str(Action.REVALIDATE): Task.REVALIDATE,
    str(Action.REANNOTATE): Task.REANNOTATE,
    str(Action.CONTRADICTION): Task.CONTRADICTION,
}
"""What people are asked to do, by the action on the record."""


def question(told: Mapping[Hashable, object]) -> str:
    """Return what a person is asked about one record, from a row of ``details``.

    Examples
    --------
    >>> question({"action": "revalidate", "asks": ("size",), "concerned": ("include",), "old": {},
    ...           "reasons": (), "second_look": False})
    'What is size? On it rests include.'
    """
    asks = _listed(told["asks"])
    decisions = _listed(told["concerned"])
    reasons = _listed(told["reasons"])
    match told["action"]:
        case Action.CONTRADICTION:
            return (
                f"What is stored for {decisions} is ruled out by its own guideline. Which is right?"
            )
        case Action.REANNOTATE if decisions:
            return f"Please decide {decisions} again under the guideline in force."
        case Action.REANNOTATE:
            return f"Please draw this again under the guideline in force ({reasons})."
        case Action.REVALIDATE if asks:
            rests = (
                f"On it rests {decisions}."
                if decisions
                else f"The guideline asks for it ({reasons})."
            )
            return f"What is {asks}? {rests}"
        case Action.REVALIDATE:
            return f"Is what is stored of this still right? The {reasons or 'guideline changed'}."
        case _:
            return f"The experts stood apart where {decisions or 'a boundary'} moved. Is it right?"


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, Sequence) else ""
