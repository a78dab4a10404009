"""What a change of a guideline means for each record: exact, given the fields that are stored and what they mean.

Every record is touched by what gravest happens to it: it contradicts its own guideline, has to be drawn or judged
again, needs an answer to one question, is re-derived, or stays as it is. A record that leaves no trace under the
newer version needs nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.era_rows import known_in_force
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.impact.borderline import near_a_move
from groundkeeper.core.impact.demands import Between, Demand, demands
from groundkeeper.core.impact.derived import added, derived
from groundkeeper.core.impact.judgements import judgements
from groundkeeper.core.impact.meaning import THEN, Readings, Stored, readings
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.verdicts import (
    AUTO,
    CONTRADICTION,
    GRAVITY,
    REVALIDATE,
    UNKNOWN,
    UNTOUCHED,
    Flags,
    Verdicts,
    nothing,
)


@dataclass(frozen=True)
class Impact:
    """What becomes of n records.

    Attributes
    ----------
    table
        The records as they were given, one row each.
    carried
        The same in the words of the version in force: judgements migrated, what can no longer be read missing.
    action
        Place in ``verdicts.GRAVITY`` of each record, int8 [n].
    tombstone
        Whether the record was in the GT, and is out of it now, [n].
    second_look
        Whether its experts stood apart across a boundary that moved, and nobody is asked for it otherwise, [n].
    verdicts
        Of every decision.
    demands
        Beside the decisions.
    """

    table: pd.DataFrame
    carried: pd.DataFrame
    action: npt.NDArray[np.int8]
    tombstone: Flags
    second_look: Flags
    verdicts: tuple[Verdicts, ...]
    demands: tuple[Demand, ...]

    def counts(self) -> dict[str, int]:
        """Return how many records each action touches."""
        found = np.bincount(self.action, minlength=len(GRAVITY)).tolist()
        return dict(zip(map(str, GRAVITY), found, strict=True))

    def inexact(self) -> int:
        """Return of how many records not every case was looked at, so that more may be asked than must."""
        unsure = np.zeros(len(self.table), dtype=np.bool_)
        for verdict in self.verdicts:
            unsure |= ~verdict.is_exact[verdict.cell]
        return int(unsure.sum())

    def actions(self) -> npt.NDArray[np.object_]:
        """Return the action of each record in words, object [n]."""
        return np.array([str(action) for action in GRAVITY], dtype=np.object_)[self.action]


def assess(table: pd.DataFrame, way: Sequence[Stop], now: Form, stored: Stored) -> Impact:
    """Return what the version in force means for records made under another, or under itself.

    Parameters
    ----------
    table : DataFrame
        One row a record, of one era: fields by name, as far as they are known; ``<field>_low`` and ``<field>_high``;
        ``votes``; outcomes that are stored, in columns called as the decision.
    way : sequence of Stop
        The forms of the guideline from that era to the one in force, which is left out. Judgements are carried over
        step by step; everything else is compared between the first and *now*.
    now : Form
        The guideline in force.
    stored : Stored
        Where the values of the table come from.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare.
    """
    then = way[0].form if way else now
    table = table.reset_index(drop=True)
    judged = judgements(table, [*(stop.form for stop in way), now], stored)
    whole = _with_both(table, judged.became)
    read = readings(then.fields.fields, now.fields.fields, stored, frozenset(judged.became))
    verdicts = [*judged.verdicts, *_derived(whole, then, now, read)]
    claims = [claim for stop in way for claim in stop.claims]
    asked = list(demands(Between(whole, then, now, read, stored), claims))
    asked = [demand for demand in asked if demand.rows.any()]
    return _together(
        table, _in_force(whole, now, read), verdicts, asked, _near(whole, then, now, read)
    )


def _together(
    table: pd.DataFrame,
    carried: pd.DataFrame,
    verdicts: Sequence[Verdicts],
    asked: Sequence[Demand],
    near: Flags,
) -> Impact:
    action = np.zeros(len(table), dtype=np.int8)
    hidden_then, hidden_now = (np.zeros(len(table), dtype=np.bool_) for _ in range(2))
    for verdict in verdicts:
        np.maximum(action, verdict.action[verdict.cell], out=action)
        hidden_then |= verdict.hidden_then[verdict.cell]
        hidden_now |= verdict.hidden_now[verdict.cell]
    for demand in asked:
        np.maximum(action, np.where(demand.rows, demand.action, UNTOUCHED), out=action)
    np.maximum(action, np.where(hidden_then & ~hidden_now, AUTO, UNTOUCHED), out=action)
    leaves = hidden_now & (action != CONTRADICTION)
    action[leaves & hidden_then] = UNTOUCHED
    action[leaves & ~hidden_then] = AUTO
    if "votes" in table:
        action[(table["votes"] == 0).to_numpy(dtype=np.bool_, na_value=False)] = UNTOUCHED
    return Impact(
        table,
        carried,
        action,
        tombstone=leaves & (action == AUTO),
        second_look=near & (action < REVALIDATE) & ~(hidden_then & hidden_now),
        verdicts=tuple(verdicts),
        demands=tuple(asked),
    )


def _derived(table: pd.DataFrame, then: Form, now: Form, read: Readings) -> list[Verdicts]:
    old, found = then.decisions.decisions, []
    for name, decision in now.decisions.decisions.items():
        before = old.get(name)
        if decision.by == "judged":
            continue
        if before is None or before.by == "judged":
            found.append(added(name, decision, read, table))
        elif name in table or decision.invisible or not is_same(before, decision, read):
            found.append(derived(name, before, decision, read, table))
    gone = [name for name in old if name not in now.decisions.decisions]
    return [*found, *(_removed(name, old[name], len(table)) for name in gone)]


def is_same(old: Decision, new: Decision, read: Readings) -> bool:
    """Say whether a decision gives the same whatever the fields are: the same rules over fields that mean the same."""
    used = frozenset().union(
        *(fields_used(rule.scope) for rule in new.rules if rule.scope is not None)
    )
    same_fields = all(read.then.get(name) == name for name in used)
    return _without_prose(old) == _without_prose(new) and same_fields


def _without_prose(decision: Decision) -> Decision:
    rules = tuple(rule.model_copy(update={"text": "", "examples": ()}) for rule in decision.rules)
    return decision.model_copy(update={"text": "", "rules": rules})


def _removed(name: str, old: Decision, rows: int) -> Verdicts:
    """Return the verdict of a decision that is no more: every record loses an outcome, and none needs anybody."""
    none = np.zeros(1, np.bool_)
    return Verdicts(
        name,
        np.zeros(rows, dtype=np.intp),
        np.array([AUTO], dtype=np.int8),
        np.array([UNKNOWN]),
        np.array([UNKNOWN]),
        none,
        none,
        nothing(1),
        nothing(1),
        old.outcomes,
        ~none,
    )


def _with_both(table: pd.DataFrame, became: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return *table* with what judgements became beside what they were."""
    nothing_said = pd.Series(None, table.index, dtype=object)
    was = {f"{name}{THEN}": table.get(name, nothing_said) for name in became}
    return table.assign(**was, **became)


def _near(table: pd.DataFrame, then: Form, now: Form, read: Readings) -> Flags:
    near = np.zeros(len(table), dtype=np.bool_)
    for name, decision in now.decisions.decisions.items():
        before = then.decisions.decisions.get(name)
        is_derived = before is not None and before.by == decision.by == "derived"
        if before is not None and is_derived and not is_same(before, decision, read):
            near |= near_a_move(before, decision, read, table)
    return near


def _in_force(table: pd.DataFrame, now: Form, read: Readings) -> pd.DataFrame:
    """Return *table* with the fields as they read now; of what cannot be read the ends are missing, too."""
    columns: Mapping[str, pd.Series] = read.of(table)
    unread = [name for name in now.fields.fields if name in table and name not in columns]
    gone = {
        column: pd.Series(None, table.index, table[column].dtype)
        for name in unread
        for column in (name, f"{name}_low", f"{name}_high")
        if column in table
    }
    kept = {name: columns[name] for name in now.fields.fields if name in columns}
    dropped = [column for column in table.columns if str(column).endswith(THEN)]
    return known_in_force(table.assign(**gone, **kept).drop(columns=dropped), read.narrowed)
