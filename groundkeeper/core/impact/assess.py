"""What a change of a guideline means for each record: exact, given the fields that are stored and what they mean.

Every record is touched by what gravest happens to it: it contradicts its own guideline, has to be drawn or judged
again, needs an answer to one question, is re-derived, or stays as it is. A record that leaves no trace under the
newer version needs nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.conventions import registered
from groundkeeper.core.era_rows import known_in_force
from groundkeeper.core.guideline.correspondence import inferred_otherwise, renamed, same_rules
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import possible
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.guideline.fields import ANSWERED
from groundkeeper.core.impact.borderline import near_a_move
from groundkeeper.core.impact.demands import Between, Demand, demands
from groundkeeper.core.impact.derived import added, derived
from groundkeeper.core.impact.judgements import judgements
from groundkeeper.core.impact.meaning import (
    Readings,
    Stored,
    readings,
    same_values,
)
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.precision import unconfirmed_tolerances
from groundkeeper.core.impact.since import answered_since, by_answers, unconfirmed, with_both
from groundkeeper.core.impact.verdicts import (
    AUTO,
    CONTRADICTION,
    GRAVITY,
    REVALIDATE,
    UNKNOWN,
    UNTOUCHED,
    Flags,
    Verdicts,
    joined,
    nothing,
)
from schemas.enums import Verdict
from schemas.names import SPREAD_ENDINGS, THEN


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
    lost
        By judged decision, whether its judgement has to be made again, [n].
    """

    table: pd.DataFrame
    carried: pd.DataFrame
    action: npt.NDArray[np.int8]
    tombstone: Flags
    second_look: Flags
    verdicts: tuple[Verdicts, ...]
    demands: tuple[Demand, ...]
    lost: Mapping[str, Flags]

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

    def of(self, rows: Flags) -> "Impact":
        """Return what becomes of some of the records, bool [n]."""
        return Impact(
            self.table[rows].reset_index(drop=True),
            self.carried[rows].reset_index(drop=True),
            self.action[rows],
            self.tombstone[rows],
            self.second_look[rows],
            tuple(replace(verdict, cell=verdict.cell[rows]) for verdict in self.verdicts),
            tuple(replace(demand, rows=demand.rows[rows]) for demand in self.demands),
            {name: lost[rows] for name, lost in self.lost.items()},
        )

    def actions(self) -> npt.NDArray[np.object_]:
        """Return the action of each record in words, object [n]."""
        return np.array([str(action) for action in GRAVITY], dtype=np.object_)[self.action]


def assess(
    table: pd.DataFrame,
    way: Sequence[Stop],
    now: Form,
    stored: Stored,
) -> Impact:
    """Return what the version in force means for records made under another, or under itself.

    Parameters
    ----------
    table : DataFrame
        One row a record, of one era: fields by name, as far as they are known; ``<field>_low`` and ``<field>_high``;
        ``votes``; outcomes that are stored, in columns called as the decision; what was answered since, in columns
        called as the field and ``@newer``; what was measured of shapes before they were turned into those of another
        convention, in columns called as the field and ``@then``.
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
    judged = judgements(table, way, now, stored)
    sources = _sources_remade(then, now) if stored is Stored.REBUILT else frozenset()
    fields = then.fields.fields, now.fields.fields
    remade = _remade(then, now, sources) if stored is Stored.REBUILT else frozenset()
    read = readings(*fields, stored, frozenset(), remade)
    answered = answered_since(table, now, judged)
    drawn = [name for name in now.fields.fields if f"{name}{THEN}" in table and sources]
    whole = with_both(table, judged, read, answered)
    altered = frozenset(judged.became) | answered.keys() | frozenset(drawn)
    read_apart = readings(*fields, stored, altered, remade)
    became = np.zeros(len(table), dtype=np.bool_)
    for name in (*judged.was, *drawn):
        became |= ~same_values(whole[f"{name}{THEN}"], whole[name]).to_numpy(dtype=np.bool_)
    parts = [
        (rows & flags, readings(*fields, stored, names | also, remade))
        for rows, names in by_answers(answered, len(table))
        for flags, also in ((~became, frozenset()), (became, altered - answered.keys()))
    ]
    verdicts = [*judged.verdicts, *_derived(whole, then, now, parts, _renames(way))]
    claims = [
        (claim, unconfirmed(table, len(way) - number))
        for number, stop in enumerate(way)
        for claim in stop.claims
    ]
    between = Between(whole, then, now, read_apart, stored, answered)
    asked = list(demands(between, claims, unconfirmed_tolerances(table, way, now)))
    return _together(
        Impact(
            table,
            _in_force(whole, now, read_apart),
            np.zeros(len(table), dtype=np.int8),
            np.zeros(len(table), dtype=np.bool_),
            _near(whole, then, now, parts),
            tuple(verdicts),
            tuple(demand for demand in asked if demand.rows.any()),
            judged.lost,
        ),
        _hidden_before(whole, then, now, read_apart),
    )


def _together(found: Impact, hidden_before: Flags) -> Impact:
    """Return the impact with what verdicts and demands come to: the gravest, where a record leaves a trace at all."""
    action = found.action.copy()
    hidden_then, hidden_now = hidden_before.copy(), np.zeros(len(action), dtype=np.bool_)
    differs, shown_then = np.zeros(len(action), dtype=np.bool_), ~hidden_before
    for verdict in found.verdicts:
        np.maximum(action, verdict.action[verdict.cell], out=action)
        hidden_then |= verdict.hidden_then[verdict.cell]
        hidden_now |= verdict.hidden_now[verdict.cell]
        shown_then &= verdict.shown_then[verdict.cell]
        differs |= (verdict.then != verdict.now)[verdict.cell]
    for demand in found.demands:
        np.maximum(action, np.where(demand.rows, demand.action, UNTOUCHED), out=action)
        differs |= demand.rows & (demand.action == AUTO)
    differs |= hidden_then != hidden_now
    np.maximum(action, np.where(hidden_then & ~hidden_now, AUTO, UNTOUCHED), out=action)
    if "votes" in found.table:
        # Nobody sees these any more, so nobody is asked about them.
        unseen = _unseen(found.table)
        action[unseen] = np.where(differs[unseen], AUTO, UNTOUCHED)
    leaves = hidden_now & (action != CONTRADICTION)
    action[leaves & hidden_then] = UNTOUCHED
    action[leaves & ~hidden_then] = AUTO
    tombstone = leaves & shown_then & (action == AUTO)
    for demand in found.demands:
        if demand.is_remade:
            np.maximum(action, np.where(demand.rows, AUTO, UNTOUCHED), out=action)
    second_look = found.second_look & (action < REVALIDATE) & ~(hidden_then & hidden_now)
    return replace(found, action=action, tombstone=tombstone, second_look=second_look)


def _unseen(table: pd.DataFrame) -> Flags:
    """Return which records are not there: by the votes, or by the word of an adjudicator."""
    unseen = (table["votes"] == 0).to_numpy(dtype=np.bool_, na_value=False)
    if "verdict" not in table:
        return unseen
    absent = table["verdict"].eq(Verdict.ABSENT).to_numpy(dtype=np.bool_)
    return np.where(table["verdict"].notna().to_numpy(), absent, unseen)


def _remade(then: Form, now: Form, sources: frozenset[str]) -> frozenset[str]:
    """Return the fields in force of which the newer version makes something else: those from *sources*, or inferred."""
    before, after = then.fields.fields, now.fields.fields
    inferred = inferred_otherwise(then.consensus, now.consensus, renamed(before, after))
    return frozenset(n for n, field in after.items() if field.source in sources).union(inferred)


def _sources_remade(then: Form, now: Form) -> frozenset[str]:
    """Return the sources of which the newer version makes something else of the same answers."""
    old, new = then.consensus, now.consensus
    if (old.match, old.shape) != (new.match, new.shape):
        return ANSWERED | {"derived"}
    before, after = then.precision.conventions, now.precision.conventions
    moved = any(
        registered(name, before[name], after[name]) is not None
        for name in before.keys() & after.keys()
        if before[name] != after[name]
    )
    return frozenset({"geometry"}) if moved else frozenset()


def _renames(way: Sequence[Stop]) -> dict[str, dict[str, str]]:
    """Return, by decision, what outcomes are called in the end that migrations rename on the way."""
    found: dict[str, dict[str, str]] = {}
    for stop in way:
        for name in stop.form.decisions.decisions:
            step = {
                m.old: m.new
                for m in reversed(stop.migrations)
                if m.decision == name and m.when is None
            }
            earlier = {old: step.get(new, new) for old, new in found.get(name, {}).items()}
            found[name] = {**step, **earlier}
    return found


def _derived(
    table: pd.DataFrame,
    then: Form,
    now: Form,
    parts: Sequence[tuple[Flags, Readings]],
    renames: Mapping[str, Mapping[str, str]],
) -> list[Verdicts]:
    old, found = then.decisions.decisions, []
    for name, decision in now.decisions.decisions.items():
        before = old.get(name)
        if decision.by == "judged":
            continue
        same = all(before is not None and is_same(before, decision, read) for _, read in parts)
        if same and name not in table and not decision.invisible:
            continue
        verdicts = []
        for rows, read in parts:
            if not rows.any() and len(table):
                continue
            here = table if rows.all() else table[rows]
            verdict = (
                added(name, decision, read, here)
                if before is None or before.by == "judged"
                else derived(name, (before, decision), renames.get(name, {}), read, here)
            )
            verdicts.append((rows, verdict))
        found.append(joined(verdicts, len(table)))
    gone = [name for name in old if name not in now.decisions.decisions]
    return [*found, *(_removed(name, old[name], len(table)) for name in gone)]


def _hidden_before(table: pd.DataFrame, then: Form, now: Form, read: Readings) -> Flags:
    """Return which records surely left no trace by a decision that is no more, or is made otherwise."""
    hidden = np.zeros(len(table), dtype=np.bool_)
    columns = read.of(table)
    fields = then.fields.fields
    axes = {name: read.then[name] for name in fields}
    known = {name: columns[axis] for name, axis in axes.items() if axis in columns}
    for name, decision in then.decisions.decisions.items():
        after = now.decisions.decisions.get(name)
        if not decision.invisible or (after is not None and after.by == decision.by):
            continue
        if decision.field is not None:
            said = known.get(decision.field, pd.Series(None, table.index, dtype=object))
            hidden |= said.isin(list(decision.invisible)).to_numpy(dtype=np.bool_)
            continue
        may = possible(decision, {"": np.zeros(len(table)), **known}, fields)
        visible = [outcome not in decision.invisible for outcome in decision.outcomes]
        hidden |= ~may[:, visible].any(axis=1)
    return hidden


def is_same(old: Decision, new: Decision, read: Readings) -> bool:
    """Say whether a decision gives the same whatever the fields are: the same rules over fields that mean the same."""
    used = frozenset().union(
        *(fields_used(rule.scope) for rule in new.rules if rule.scope is not None)
    )
    same_fields = all(read.then.get(name) == name for name in used)
    same_trace = set(old.invisible) == set(new.invisible)
    return same_rules(old, new) and same_trace and same_fields


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
        ~none,
        nothing(1),
        nothing(1),
        old.outcomes,
        ~none,
    )


def _near(
    table: pd.DataFrame, then: Form, now: Form, parts: Sequence[tuple[Flags, Readings]]
) -> Flags:
    near = np.zeros(len(table), dtype=np.bool_)
    for name, decision in now.decisions.decisions.items():
        before = then.decisions.decisions.get(name)
        if before is None or not before.by == decision.by == "derived":
            continue
        for rows, read in parts:
            if rows.any() and not is_same(before, decision, read):
                near[rows] |= near_a_move(before, decision, read, table[rows])
    return near


def _emptied(column: pd.Series) -> pd.Series:
    """Return a column in which everything is missing, of a type like the one it had."""
    whole = column.astype("boolean") if column.dtype == bool else column
    return whole.mask(np.ones(len(whole), dtype=np.bool_))


def _in_force(table: pd.DataFrame, now: Form, read: Readings) -> pd.DataFrame:
    """Return *table* with the fields as they read now; of what cannot be read the ends are missing, too."""
    columns: Mapping[str, pd.Series] = read.of(table)
    unread = [name for name in now.fields.fields if name in table and name not in columns]
    gone = {
        column: _emptied(table[column])
        for name in unread
        for column in (name, *(f"{name}{end}" for end in SPREAD_ENDINGS))
        if column in table
    }
    kept = {name: columns[name] for name in now.fields.fields if name in columns}
    dropped = [column for column in table.columns if str(column).endswith(THEN)]
    return known_in_force(table.assign(**gone, **kept).drop(columns=dropped), read.narrowed)
