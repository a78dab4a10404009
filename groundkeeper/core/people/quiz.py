"""The calibration quiz: settled records nearest to each boundary that moved, asked of people who have read why.

The questions do not give the answer away, and the key is apart: it is worked out anew from the tables whenever
results are (``results``). Everybody gets the same records, so that their results can be compared.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import TRUE, truth
from groundkeeper.core.guideline.expression import render
from groundkeeper.core.ids import canonical_json, make_id
from groundkeeper.core.people.boundaries import Boundary, distance, moved_boundaries
from groundkeeper.core.people.versions import Versions
from groundkeeper.core.sampling import permanent_random_numbers
from schemas.enums import SETTLED, RecordStatus, Scope, Split, Task, Unit
from schemas.names import TASKS

NEAREST = 3
"""Records are drawn among so many times as many nearest ones, so that another seed is another quiz."""
TASK_COLUMNS = [
    name
    for name in TASKS.columns
    if name not in {"batch", "item_id", "round", "sequence", "task_id"}
]
"""What opening a round needs to know of a task."""
PRIORITY = 0.25
"""A quiz waits for the work that ground truth waits for."""


@dataclass(frozen=True)
class Terms:
    """What a quiz is about and whom it is for.

    Attributes
    ----------
    old, new
        The versions between which boundaries moved; it is answered under the newer one.
    annotators
        Who is asked.
    per_side
        How many records on each side of a boundary.
    seed
        Of the permanent random numbers.
    """

    old: str
    new: str
    annotators: tuple[str, ...]
    per_side: int
    seed: int


@dataclass(frozen=True)
class Quiz:
    """A quiz before it is opened.

    Attributes
    ----------
    tasks : DataFrame
        One row per annotator and record: ``TASK_COLUMNS``, sorted by ``plan_id`` and annotator.
    key : DataFrame
        One row per decision and record: ``record_id, decision, expected, old_outcome``, ``boundaries``, the rules
        whose boundaries are near, and ``distance`` from the nearest of them, in standard deviations of its field.
    shortfalls : tuple of str
        Sides of new boundaries with fewer records than wanted, in words.
    """

    tasks: pd.DataFrame
    key: pd.DataFrame
    shortfalls: tuple[str, ...]


def quiz(records: pd.DataFrame, items: pd.DataFrame, versions: Versions, terms: Terms) -> Quiz:
    """Return the quiz of the boundaries that moved between two versions.

    Asked is about records that are settled, or that a guideline alone took out; whose outcome under the newer version
    is known and not borderline, but the same between their experts' lowest and highest values (that another decision
    about them is borderline does not matter); and whose items are not sealed. On either side
    of a test that is new, the nearest whose outcome rests on its field; of a test that is gone, and of one whose field
    has no order, the nearest whose outcome moved.

    Parameters
    ----------
    records : DataFrame
        One row per record: the columns of ``schemas.names.RECORDS`` with its fields.
    items : DataFrame
        One row per item: ``item_id, item_key``, and ``split`` if sealed items are to be left out.
    versions : Versions
        Among them both of the quiz.
    terms : Terms
        What is asked, and of whom.
    """
    settled = _settled(records, items, versions.forms[terms.new].consensus.quorum)
    found: list[pd.DataFrame] = []
    short: list[str] = []
    for boundary in moved_boundaries(versions.forms[terms.old], versions.forms[terms.new]):
        chosen, missing = _at(boundary, settled, versions, terms)
        found.append(chosen)
        short += missing
    key = _key(found)
    known = key.merge(settled[["record_id", "item_key"]], on="record_id")
    return Quiz(_tasks(known, versions, terms), key, tuple(short))


def plan_id(old: str, new: str, decision: str, record_id: str) -> str:
    """Return the id of one question of a quiz; it tells between which versions the boundary moved."""
    return make_id("pl", str(Task.QUIZ), old, new, decision, record_id)


def _settled(records: pd.DataFrame, items: pd.DataFrame, quorum: int) -> pd.DataFrame:
    """Return the records that may be asked about, with the key of their item, sorted by ``record_id``."""
    taken_out = records["status"].eq(str(RecordStatus.RETIRED)) & (records["votes"] >= quorum)
    usable = records["status"].isin(SETTLED) | taken_out
    shown = items[items["split"] == Split.DEV] if "split" in items else items
    known = records[usable].merge(shown[["item_id", "item_key"]], on="item_id")
    return known.sort_values("record_id", ignore_index=True)


def _at(
    boundary: Boundary, settled: pd.DataFrame, versions: Versions, terms: Terms
) -> tuple[pd.DataFrame, list[str]]:
    """Return the records chosen at a boundary, with their key, and where there were too few."""
    name, test = boundary.decision, boundary.test
    version = terms.new if boundary.is_new else terms.old
    expected = versions.outcomes(terms.new, name, settled)
    before = versions.outcomes(terms.old, name, settled)
    values = versions.columns(version, settled)
    apart = distance(boundary, values)
    usable = ~np.isnan(apart) & pd.notna(expected) & versions.is_certain(terms.new, name, settled)
    has_order = boundary.field.type not in {"bool", "enum"}
    if boundary.is_new and has_order:
        usable &= versions.rests_on(terms.new, name, test.field, settled)
    else:
        usable &= pd.notna(before) & (expected != before)
    holds = truth(test, values, versions.forms[version].fields.fields) == TRUE
    places, short = [], []
    for side in (True, False):
        near = _nearest(settled["record_id"], apart, usable & (holds == side), terms)
        places.append(near)
        if boundary.is_new and has_order and len(near) < terms.per_side:
            word = "holds" if side else "does not hold"
            short.append(
                f"{boundary.rule_id}, where {render(test)} {word}: {len(near)} of {terms.per_side}"
            )
    chosen = np.concatenate(places)
    return (
        pd.DataFrame(
            {
                "record_id": settled["record_id"].to_numpy()[chosen],
                "decision": name,
                "expected": expected[chosen],
                "old_outcome": before[chosen],
                "boundary": boundary.rule_id,
                "distance": apart[chosen],
            }
        ),
        short,
    )


def _nearest(
    ids: pd.Series, apart: npt.NDArray[np.float64], usable: npt.NDArray[np.bool_], terms: Terms
) -> npt.NDArray[np.intp]:
    """Return the places of the records asked about, drawn among the nearest that are *usable*, with all ties."""
    places = np.flatnonzero(usable)
    if len(places) == 0:
        return places
    wanted = min(NEAREST * terms.per_side, len(places))
    farthest = np.partition(apart[places], wanted - 1)[wanted - 1]
    pool = places[apart[places] <= farthest]
    drawn = permanent_random_numbers(ids.to_numpy()[pool], terms.seed, "quiz")
    chosen: npt.NDArray[np.intp] = pool[np.argsort(drawn, kind="stable")[: terms.per_side]]
    return chosen


def _key(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per decision and record, with all boundaries that it is near to."""
    columns = ["record_id", "decision", "expected", "old_outcome", "boundaries", "distance"]
    filled = [chosen for chosen in found if len(chosen)]
    if not filled:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(filled, ignore_index=True).groupby(["decision", "record_id"], sort=True)
    told = rows.agg(
        expected=("expected", "first"),
        old_outcome=("old_outcome", "first"),
        boundaries=("boundary", lambda rules: tuple(sorted(set(rules)))),
        distance=("distance", "min"),
    )
    return told.reset_index()[columns]


def _tasks(key: pd.DataFrame, versions: Versions, terms: Terms) -> pd.DataFrame:
    rows = [
        _task(asked, annotator, versions, terms)
        for asked in key.to_dict("records")
        for annotator in sorted(set(terms.annotators))
    ]
    return pd.DataFrame(rows, columns=TASK_COLUMNS).sort_values(
        ["plan_id", "annotator"], ignore_index=True
    )


def _task(
    asked: Mapping[Hashable, Any], annotator: str, versions: Versions, terms: Terms
) -> dict[str, object]:
    plan = plan_id(terms.old, terms.new, asked["decision"], asked["record_id"])
    return {
        "plan_id": plan,
        "era": terms.new,
        "scope": str(Scope.QUIZ),
        "unit": str(Unit.RECORD),
        "action": str(Task.QUIZ),
        "item_key": asked["item_key"],
        "record_id": asked["record_id"],
        "asks": canonical_json([asked["decision"]]),
        "rule_ids": canonical_json(list(asked["boundaries"])),
        "question": _question(asked["decision"], versions.decision(terms.new, asked["decision"])),
        "experts": 1,
        "annotator": annotator,
        "priority": PRIORITY,
        "hours": None,
    }


def _question(name: str, decision: Decision) -> str:
    """Return what is asked: the decision and all that it can be, in the order of the guideline."""
    outcomes = [*decision.outcomes[:-2], " or ".join(decision.outcomes[-2:])]
    return (
        f"By the guideline that you have just read: what is {name} of this, {', '.join(outcomes)}?"
    )
