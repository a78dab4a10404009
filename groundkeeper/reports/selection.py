"""Which records are worth a picture: the extremes, the typical, and one that waits for people."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from schemas.enums import SETTLED, RecordStatus


@dataclass(frozen=True)
class Choice:
    """A record and why it is shown."""

    record_id: str
    why: str


def choose(records: pd.DataFrame, drawn: Collection[str], most: int) -> tuple[Choice, ...]:
    """Return at most *most* of the records that can be *drawn*, each with the reason to show it.

    Parameters
    ----------
    records : DataFrame
        One row per record: ``record_id, status, votes, experts, spread_iou``; the mean overlap of
        the experts' outlines, missing where fewer than two drew any.
    drawn : collection
        Ids of the records that have outlines.
    most : int
        How many to choose.

    Returns
    -------
    tuple of Choice
        Different records, none of them a tombstone; the same for the same rows in any order.
    """
    alive = records[records["status"] != RecordStatus.RETIRED]
    known = alive[alive["record_id"].isin(drawn)].sort_values("record_id")
    chosen: dict[str, Choice] = {}
    for choice in _wanted(known, most):
        if len(chosen) == most:
            break
        chosen.setdefault(choice.record_id, choice)
    return tuple(chosen.values())


def _wanted(known: pd.DataFrame, most: int) -> Iterator[Choice]:
    settled = known[known["status"].isin(SETTLED) & known["spread_iou"].notna()]
    ranked = settled.sort_values(["spread_iou", "record_id"])
    unanimous = ranked[ranked["votes"] == ranked["experts"]]
    waiting = known[known["status"] == RecordStatus.PENDING]
    if len(ranked):
        yield _choice(ranked, 0, "settled, and the experts' outlines are furthest apart")
        yield _choice(ranked, len(ranked) // 2, "typical: half of the settled records overlap less")
    if len(unanimous):
        yield _choice(unanimous, -1, "found by all experts, and drawn most alike")
    if len(waiting):
        by_votes = waiting.sort_values(["votes", "record_id"], ascending=[False, True])
        yield _choice(by_votes, 0, "not settled: it waits for people")
    adjudicated = known[known["status"] == RecordStatus.ADJUDICATED]
    if len(adjudicated):
        yield _choice(adjudicated, 0, "settled by an adjudicator")
    for k in range(1, most):
        if len(ranked):
            position = k * len(ranked) // most
            why = f"one in between: {100 * k // most} % of the settled records overlap less"
            yield _choice(ranked, position, why)
    for position in range(len(known)):
        yield _choice(known, position, "one more that has outlines")


def _choice(table: pd.DataFrame, position: int, why: str) -> Choice:
    return Choice(str(table["record_id"].iloc[position]), why)
