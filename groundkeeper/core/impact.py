"""What a change of the guideline means for records whose answers were given under an older version.

Over a single version this is the identity: every record is untouched, unless what is stored contradicts the
guideline it was stored under. Between versions the statement is on the safe side: a record is called untouched or
auto only where its known fields leave one outcome under the newer decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import decide, possible
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ids import canonical_json, make_id
from schemas.enums import Action
from schemas.names import PLAN, STATES


@dataclass(frozen=True)
class Rules:
    """The concerns of one guideline version that say what a record is."""

    decisions: Mapping[str, Decision]
    fields: Mapping[str, Field]
    conventions: Mapping[str, str]


@dataclass(frozen=True)
class Impact:
    """State of every observation, and the work for people that follows."""

    states: pd.DataFrame
    plan: pd.DataFrame


def assess(observations: pd.DataFrame, others: Mapping[str, Rules], current: Rules) -> Impact:
    """Return the state of every observation under the *current* rules, and the plan of work for people.

    Parameters
    ----------
    observations : DataFrame
        One row per record and era, with one column per field.
    others : mapping
        Era to its rules, for the eras whose rules differ from the current ones, older or newer.
    current : Rules
        The rules in force; also those of every era that is not in *others*.
    """
    table = observations.sort_values(["record_id", "era"]).reset_index(drop=True)
    action = np.full(len(table), str(Action.UNTOUCHED), dtype=object)
    old_outcome, new_outcome = (np.full(len(table), None, dtype=object) for _ in range(2))
    for era in sorted(set(table["era"])):
        rows = (table["era"] == era).to_numpy()
        then = others.get(era, current)
        here = table[rows].reset_index(drop=True)
        old_outcome[rows] = _outcomes(here, then)
        new_outcome[rows] = _outcomes(_still_meant(here, then, current), current)
        action[rows] = _actions(here, then, current)
    states = table[["record_id", "era"]].assign(action=action, rule_ids=canonical_json([]))
    described = table[["record_id", "item_id", "era"]].assign(
        action=action, old_outcome=old_outcome, new_outcome=new_outcome
    )
    return Impact(states[list(STATES.columns)], _plan(described))


def _actions(table: pd.DataFrame, then: Rules, now: Rules) -> npt.NDArray[np.object_]:
    action = np.full(len(table), str(Action.UNTOUCHED), dtype=object)
    if then is not now:
        meant = _still_meant(table, then, now)
        moved, open_ = (np.zeros(len(table), bool) for _ in range(2))
        for name, decision in now.decisions.items():
            new = decide(decision, meant, now.fields).outcome
            old = then.decisions.get(name)
            before = decide(old, table, then.fields).outcome if old else np.full(len(table), None)
            open_ |= pd.isna(new)
            moved |= new != before
        action[moved] = str(Action.AUTO)
        action[open_] = str(Action.REVALIDATE)
        if then.conventions != now.conventions:
            action[:] = str(Action.REANNOTATE)
    action[_contradicts(table, then)] = str(Action.CONTRADICTION)
    return action


def _still_meant(table: pd.DataFrame, then: Rules, now: Rules) -> pd.DataFrame:
    """Return *table* without the fields whose definition has changed: their stored values answer another question."""
    changed = [
        name
        for name, field in now.fields.items()
        if name in table.columns
        and (name not in then.fields or then.fields[name].version != field.version)
    ]
    return table.drop(columns=changed)


def _contradicts(table: pd.DataFrame, rules: Rules) -> npt.NDArray[np.bool_]:
    """Say of each row whether a judged outcome is stored that its own guideline rules out."""
    found = np.zeros(len(table), bool)
    for decision in rules.decisions.values():
        if decision.by == "judged":
            stored = decide(decision, table, rules.fields).outcome
            allowed = possible(decision, table, rules.fields)
            place = pd.Index(decision.outcomes, dtype=object).get_indexer(
                pd.Index(stored, dtype=object)
            )
            known = place >= 0
            found[known] |= ~allowed[np.flatnonzero(known), place[known]]
    return found


def _outcomes(table: pd.DataFrame, rules: Rules) -> list[str]:
    """Return each row's outcomes as canonical JSON, decision to outcome; unknown is null."""
    made = {n: decide(d, table, rules.fields).outcome for n, d in rules.decisions.items()}
    rows = pd.DataFrame(made, index=table.index, dtype=object).to_dict("records")
    return [
        canonical_json({name: None if pd.isna(value) else value for name, value in row.items()})
        for row in rows
    ]


QUESTIONS = {
    str(
        Action.REVALIDATE
    ): "Is what is stored of this record still true under the current guideline?",
    str(Action.REANNOTATE): "Please draw this record again under the current conventions.",
    str(
        Action.CONTRADICTION
    ): "The stored outcome is ruled out by its own guideline. Which is right?",
}


def _plan(described: pd.DataFrame) -> pd.DataFrame:
    asked = described[described["action"].isin(list(QUESTIONS))]
    keys = asked[["record_id", "era", "action"]].itertuples(index=False, name=None)
    plan = asked.assign(
        plan_id=[make_id("pl", *key) for key in keys],
        rule_ids=canonical_json([]),
        question=asked["action"].map(QUESTIONS),
        priority=1.0,
        hours=np.nan,
    )
    return plan[list(PLAN.columns)].reset_index(drop=True)
