"""What becomes of records, told one by one: the action, what moves, by which rules, and what has to be asked."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.impact.assess import Impact
from groundkeeper.core.impact.verdicts import GRAVITY, Codes, rules_involved

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
