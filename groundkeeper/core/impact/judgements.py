"""Judged decisions along the whole way from the version that people answered under to the one in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.correspondence import inferred_otherwise, renamed
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.impact.judged import JudgedStep
from groundkeeper.core.impact.meaning import Readings, Stored, readings, same_values
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.verdicts import (
    AUTO,
    CONTRADICTION,
    REVALIDATE,
    UNKNOWN,
    UNTOUCHED,
    Codes,
    Flags,
    Verdicts,
    union,
)


@dataclass(frozen=True)
class Judgements:
    """What becomes of the judgements of n records.

    Attributes
    ----------
    verdicts
        One for every judged decision in force.
    was, became
        By field, the judgements as they read then and now, for the fields in which any has become another. Where nobody
        chose, they are what the rules say if that has become another, else missing.
    lost
        By decision, whether a judgement could not be carried over, so that it has to be made again.
    """

    verdicts: tuple[Verdicts, ...]
    was: dict[str, pd.Series]
    became: dict[str, pd.Series]
    lost: dict[str, Flags]


def judgements(table: pd.DataFrame, way: Sequence[Stop], now: Form, stored: Stored) -> Judgements:
    """Return what becomes of each stored judgement on the *way* from the version of its era to the one *now*.

    Migrations are made step by step. A judgement that one step cannot carry over is lost to the next ones.
    """
    own = way[0].form if way else now
    found: dict[str, Verdicts] = {}
    values: dict[str, pd.Series] = {}
    lost: dict[str, Flags] = {}
    unsaid: dict[str, pd.Series] = {}
    ends = [*(stop.form for stop in way[1:]), now]
    for number, (stop, new) in enumerate(zip(way or [Stop(now)], ends, strict=True)):
        here = _in_words_of(stop.form, own, table, values) if number else table
        steps = _steps(stop, new, _read(stop.form, new, stored))
        found = {name: verdict for name, verdict in found.items() if name in steps}
        came = dict(values)
        for name, (step, is_new) in steps.items():
            said = values.get(name, _said(name, step.new if is_new else step.old, table))
            unsaid.setdefault(name, said.isna())
            gone = lost.get(name, np.zeros(len(table), dtype=np.bool_))
            is_own = number == 0 and not is_new
            verdict, came[name], lost[name] = step.verdicts(here, said, gone, is_own=is_own)
            verdict = _newly_asked(verdict, step.new) if is_new else verdict
            found[name] = _composed(found[name], verdict) if name in found else verdict
        values = came
    was, became = {}, {}
    for name, verdict in found.items():
        field = str(now.decisions.decisions[name].field)
        texts = np.array([*verdict.outcomes, None], dtype=np.object_)
        before = pd.Series(texts[verdict.then[verdict.cell]], table.index, dtype=object)
        same = same_values(values[name], before)
        if not same.all():
            # What a record stores is not to depend on what became of the others.
            known = ~(same & unsaid[name])
            was[field], became[field] = before.where(known, None), values[name].where(known, None)
    return Judgements(tuple(found.values()), was, became, {name: lost[name] for name in found})


def _read(then: Form, now: Form, stored: Stored) -> Readings:
    """Return how one step reads the fields; what another model inferred then is not in answers fused anew."""
    fields = then.fields.fields, now.fields.fields
    inferred = inferred_otherwise(then.consensus, now.consensus, renamed(*fields))
    remade = frozenset(inferred) if stored is Stored.REBUILT else frozenset[str]()
    return readings(*fields, stored, remade=remade)


def _steps(stop: Stop, new: Form, read: Readings) -> dict[str, tuple[JudgedStep, bool]]:
    found = {}
    for name, decision in new.decisions.decisions.items():
        if decision.by != "judged":
            continue
        before = stop.form.decisions.decisions.get(name)
        is_new = before is None or before.by != "judged"
        migrations = tuple(m for m in stop.migrations if m.decision == name)
        step = JudgedStep(
            name,
            _unruled(decision) if before is None or is_new else before,
            decision,
            migrations,
            read,
        )
        found[name] = (step, is_new)
    return found


def _unruled(decision: Decision) -> Decision:
    """Return a decision that the older version lacks, as that version would have had it: nobody was asked."""
    return decision.model_copy(update={"rules": (), "default": None})


def _said(name: str, decision: Decision, table: pd.DataFrame) -> pd.Series:
    """Return the judgements of a decision as they are stored: in its field, or in a column called as the decision."""
    column = next((c for c in (str(decision.field), name) if c in table), None)
    said = pd.Series(None, table.index, dtype=object) if column is None else table[column]
    return said.astype(object).where(said.notna(), None)


def _in_words_of(
    form: Form, own: Form, table: pd.DataFrame, values: dict[str, pd.Series]
) -> pd.DataFrame:
    """Return *table* with the fields that *form* reads as the records' own version does, and the judgements so far."""
    read = readings(own.fields.fields, form.fields.fields, Stored.ANSWERED)
    known = read.of(table)
    kept = {name: known[name] for name in form.fields.fields if name in known}
    judged = {
        str(form.decisions.decisions[name].field): said
        for name, said in values.items()
        if name in form.decisions.decisions
    }
    return pd.DataFrame({**kept, **judged}, index=table.index)


def _newly_asked(verdict: Verdicts, decision: Decision) -> Verdicts:
    """Return the verdict on a judged decision that the older version lacks: one outcome more, where it is known."""
    known = verdict.now != UNKNOWN
    asks = verdict.asks.copy()
    for place in np.flatnonzero(~known):
        asks[place] = (str(decision.field),)
    action = np.where(known, AUTO, REVALIDATE).astype(np.int8)
    unseen = np.zeros_like(verdict.hidden_then)
    return replace(verdict, action=action, asks=asks, hidden_then=unseen, shown_then=~unseen)


def _composed(first: Verdicts, second: Verdicts) -> Verdicts:
    """Return two verdicts that follow one another as one: what was, and what it has become in the end."""
    columns = [(verdict.cell, len(verdict.action)) for verdict in (first, second)]
    cell, some = group(len(first.cell), columns)
    left, right = first.cell[some], second.cell[some]
    outcomes = tuple(dict.fromkeys((*first.outcomes, *second.outcomes)))
    then = _recoded(first, outcomes)[0][left]
    now = _recoded(second, outcomes)[1][right]
    gravest = np.maximum(first.action[left], second.action[right])
    action = np.where(now == UNKNOWN, gravest, np.where(now == then, UNTOUCHED, AUTO))
    action = np.where(first.action[left] == CONTRADICTION, CONTRADICTION, action)
    return Verdicts(
        decision=second.decision,
        cell=cell,
        action=action.astype(np.int8),
        then=then,
        now=now,
        hidden_then=first.hidden_then[left],
        hidden_now=second.hidden_now[right],
        shown_then=first.shown_then[left],
        rule_ids=union(first.rule_ids[left], second.rule_ids[right]),
        asks=union(first.asks[left], second.asks[right]),
        outcomes=outcomes,
        is_exact=first.is_exact[left] & second.is_exact[right],
    )


def _recoded(verdict: Verdicts, outcomes: tuple[str, ...]) -> tuple[Codes, Codes]:
    places = np.array([*(outcomes.index(outcome) for outcome in verdict.outcomes), UNKNOWN])
    return places[verdict.then], places[verdict.now]
