"""What a guideline change means for records, in words, as tables and as JSON."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from groundkeeper.assessing import Assessed
from groundkeeper.core.estimates import Estimate
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.core.impact.affected import SEARCH
from groundkeeper.core.impact.plan import Kind
from groundkeeper.core.impact.what_if import Threshold
from groundkeeper.core.impact.work import question
from schemas.enums import Action

SHOWN: Final = 20
"""How many kinds of changes a table shows."""

MEANINGS: Final = {
    str(Action.UNTOUCHED): "stay as they are",
    str(Action.AUTO): "are derived anew, nobody is asked",
    str(Action.REVALIDATE): "need one question answered",
    str(Action.REANNOTATE): "have to be judged or drawn again",
    str(Action.CONTRADICTION): "contradict the guideline they were made under: adjudicate",
    SEARCH: "items have to be searched",
}


def headline(assessed: Assessed) -> str:
    """Return the first line of an impact: how many need a person, and about how long it takes."""
    found = assessed.found
    people, search = found.need_a_person(), found.counts()[SEARCH]
    items = f" and {search} of {assessed.items} items a search" if search else ""
    looks = found.second_looks()
    items += f" ({looks} more are worth a second look)" if looks else ""
    cost = in_hours(assessed.hours)
    anew = in_hours(assessed.hours_anew)
    return (
        f"{people} of {assessed.records} records need a person{items}: {cost}. "
        f"Labelling all {assessed.items} items anew: {anew}."
    )


def in_hours(cost: Estimate) -> str:
    """Return hours in words.

    Examples
    --------
    >>> in_hours(Estimate(3.21, 2.5, 4.04, 552, 40, 300.0))
    'about 3.2 hours (2.5 to 4.0, from 552 timed answers)'
    >>> in_hours(Estimate(math.nan, math.nan, math.nan, 0, 0, math.nan, "no times recorded"))
    'no times recorded'
    """
    if math.isnan(cost.value):
        return cost.note
    if cost.value == 0:
        return "no work"
    known = not (math.isnan(cost.low) or math.isnan(cost.high))
    between = f"{cost.low:.1f} to {cost.high:.1f}, " if known else ""
    return f"about {cost.value:.1f} hours ({between}from {cost.n} timed answers)"


def counted(assessed: Assessed) -> list[tuple[str, int, str]]:
    """Return action, how many, and what it means, one row an action."""
    counts = assessed.found.counts()
    rows = [(name, counts[name], meaning) for name, meaning in MEANINGS.items()]
    looks = assessed.found.second_looks()
    return [
        *rows,
        ("second look", looks, "are known, but their experts stood apart across a moved boundary"),
    ]


def kinds(assessed: Assessed) -> list[tuple[str, ...]]:
    """Return the ways in which records are touched, the most frequent first: action, how many, what, by what, asked."""
    return [
        (
            kind.action,
            str(count),
            f"{kind.what}: {_moved(kind)}" if kind.old or kind.new else kind.what,
            ", ".join(kind.rule_ids),
            ", ".join(kind.asks),
        )
        for kind, count in assessed.found.summary()
    ]


def _moved(kind: Kind) -> str:
    if kind.action == Action.CONTRADICTION:
        return f"{kind.old or 'what is stored'} cannot be"
    return f"{kind.old or 'unknown'} becomes {kind.new or 'open'}"


def searches(assessed: Assessed) -> list[tuple[str, str, str]]:
    """Return the reasons to search items: what changed, how many items, and what to look for."""
    return [
        (f"{reason.kind}: {reason.where}", str(int(reason.items.sum())), reason.question)
        for one in assessed.found.searched
        for reason in one.reasons
    ]


def now(threshold: Threshold) -> str:
    """Return in words what a rule says before its threshold is moved."""
    fields = threshold.guideline.fields
    return f"now {sentence(threshold.comparison, fields)}"


def touched(assessed: Assessed) -> int:
    """Return how many records become others, or may."""
    return assessed.records - assessed.found.counts()[Action.UNTOUCHED]


def curve_row(value: float, assessed: Assessed) -> tuple[object, ...]:
    """Return one point of a cost curve as a row: value, records touched, need a person, search, second look, work."""
    found = assessed.found
    return (
        f"{value:g}",
        touched(assessed),
        found.need_a_person(),
        found.counts()[SEARCH],
        found.second_looks(),
        in_hours(assessed.hours),
    )


def point(field: str, value: float, assessed: Assessed) -> dict[str, object]:
    """Return one point of a cost curve as JSON."""
    found = assessed.found
    return {
        "field": field,
        "value": value,
        "touched": touched(assessed),
        "need_a_person": found.need_a_person(),
        "counts": found.counts(),
        "second_looks": found.second_looks(),
        "hours": _figure(assessed.hours),
    }


def notes(assessed: Assessed) -> list[str]:
    """Return what a reader has to know of how the impact was found."""
    inexact = assessed.found.inexact()
    unsure = f"{inexact} records lack too many values to look at every case: more may be asked of them than must be"
    return [*assessed.notes, *([unsure] if inexact else [])]


def as_json(assessed: Assessed) -> dict[str, object]:
    """Return the impact as one JSON document; ``records`` are those that are touched or worth a second look."""
    found = assessed.found
    return {
        "set": assessed.new.set_name,
        "old": assessed.old.version,
        "new": assessed.new.version,
        "headline": headline(assessed),
        "counts": found.counts(),
        "hours": _figure(assessed.hours),
        "hours_anew": _figure(assessed.hours_anew),
        "need_a_person": found.need_a_person(),
        "second_looks": found.second_looks(),
        "total_records": assessed.records,
        "total_items": assessed.items,
        "search": list(_searched(assessed)),
        "records": list(_records(found.details())),
        "notes": notes(assessed),
    }


def _figure(cost: Estimate) -> dict[str, object]:
    known = {name: getattr(cost, name) for name in ("value", "low", "high")}
    plain = {name: None if math.isnan(value) else round(value, 3) for name, value in known.items()}
    return {**plain, "n": cost.n, "note": cost.note}


def _searched(assessed: Assessed) -> Iterator[dict[str, object]]:
    for one in assessed.found.searched:
        for reason in one.reasons:
            yield {
                "kind": reason.kind,
                "where": reason.where,
                "rule_ids": list(reason.rule_ids),
                "question": reason.question,
                "items": one.item_id[reason.items].tolist(),
            }


def _records(told: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in told.to_dict("records"):
        plain = {str(name): _plain(value) for name, value in row.items()}
        yield plain | {"question": "" if row["action"] == Action.AUTO else question(row)}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value.item() if hasattr(value, "item") else value
