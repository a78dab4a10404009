"""Items that have to be looked at again, because they may have what nobody was asked to mark before."""

import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.core.impact.meaning import Readings, Stored, readings
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.verdicts import Flags, cells_of, rule_name


@dataclass(frozen=True)
class Search:
    """One reason to look at items again.

    Attributes
    ----------
    kind
        Row of the change table.
    where
        Block of the guideline that changed.
    rule_ids
        Rules that kept out what is in now.
    question
        What to look for, in words.
    items
        Which items it cannot be excluded in, bool [n].
    """

    kind: str
    where: str
    rule_ids: tuple[str, ...]
    question: str
    items: Flags


@dataclass(frozen=True)
class Searched:
    """Items looked at under one era, and the reasons to look at some of them again."""

    item_id: pd.Series
    reasons: tuple[Search, ...]

    def asked(self) -> pd.Series:
        """Return which of the items have to be looked at again."""
        return pd.DataFrame({n: r.items for n, r in enumerate(self.reasons)}).any(axis=1)

    def count(self) -> int:
        """Return how many items have to be looked at again."""
        return int(self.asked().sum())


def searches(items: pd.DataFrame, way: Sequence[Stop], now: Form) -> tuple[Search, ...]:
    """Return the reasons to look again at items that were looked at under the older form.

    An item is left out of a search only if what is known of the item itself rules the case out; of what might be in it
    nothing is known.

    Parameters
    ----------
    items : DataFrame
        One row an item, with its facets.
    way : sequence of Stop
        From the form under which people looked to the one in force, which is left out.
    now : Form
        The one in force.
    """
    then = way[0].form
    known = _item_fields(items, now) | _item_fields(items, then)
    table = pd.DataFrame(known, index=items.index).reset_index(drop=True)
    old, new = _within_both_bounds(then, now)
    read = readings(old, new, Stored.LOOKED_FOR)
    led_to = {(m.decision, m.new) for stop in way for m in stop.migrations}
    found = [
        *_revealed(table, then, now, read),
        *_added_outcomes(table, (then, now), read, led_to),
        *_added_classes(len(table), then, now),
        *_exhaustive_now(len(table), then, now),
    ]
    return tuple(reason for reason in found if reason.items.any())


def _within_both_bounds(then: Form, now: Form) -> tuple[dict[str, Field], dict[str, Field]]:
    """Return the fields of both forms, with the bounds of either: what lies beyond one's may be there all the same."""
    old, new = dict(then.fields.fields), dict(now.fields.fields)
    for name in old.keys() & new.keys():
        both = (old[name], new[name])
        if all(field.type in NUMERIC for field in both):
            least = [math.inf if field.min is None else -field.min for field in both]
            most = [math.inf if field.max is None else field.max for field in both]
            bounds = {
                "min": None if max(least) == math.inf else -max(least),
                "max": None if max(most) == math.inf else max(most),
            }
            old[name], new[name] = (field.model_copy(update=bounds) for field in both)
    return old, new


def _item_fields(items: pd.DataFrame, form: Form) -> dict[str, pd.Series]:
    """Return what is known of the items before anybody looks, from columns called as the facet or as the field."""
    found = {}
    for name, field in form.fields.fields.items():
        column = next((c for c in (field.source_name(name), name) if c in items), None)
        if field.source == "metadata" and column is not None:
            found[name] = items[column]
    return found


def _revealed(table: pd.DataFrame, then: Form, now: Form, read: Readings) -> Iterator[Search]:
    """Yield for each decision what it hid and no longer hides, unless another decision hides it now."""
    old, new = then.decisions.decisions, now.decisions.decisions
    hiding = [name for name, decision in old.items() if decision.invisible]
    still = [name for name, decision in new.items() if decision.invisible]
    for name in hiding:
        lists = [rule_list(old[name].rules, read.old, read.then)]
        names_now = dict.fromkeys([name, *still] if name in new else still)
        lists += [rule_list(new[other].rules, read.new) for other in names_now]
        regions = Regions.of(*lists)
        cells = cells_of(regions, read.of(table), len(table))
        reached = regions.reached(*regions.bounds(cells.places))
        was_hidden = _hides(old[name], any)[reached.rules[:, 0]]
        is_hidden = np.zeros(len(was_hidden), dtype=np.bool_)
        for place, other in enumerate(names_now, start=1):
            is_hidden |= _hides(new[other], all)[reached.rules[:, place]]
        comes = was_hidden & ~is_hidden
        if not comes.any():
            continue
        by = tuple(dict.fromkeys(rule_name(old[name], p) for p in reached.rules[comes, 0].tolist()))
        here = np.bincount(reached.row[comes], minlength=len(cells.first)) > 0
        question = _what_was_hidden(name, old[name], by, then)
        yield Search("scope widened", f"decisions.{name}", by, question, here[cells.of_row])


def _hides(decision: Decision, which: Callable[[Iterable[bool]], bool]) -> Flags:
    """Return of every rule, and of none after them, whether *which* of the outcomes it leaves open leave no trace."""
    hidden = frozenset(decision.invisible)
    return np.array([which(o in hidden for o in choice) for choice in decision.choices])


def _what_was_hidden(name: str, decision: Decision, by: Sequence[str], then: Form) -> str:
    scopes = {rule.id: rule.scope for rule in decision.rules}
    said = [
        f"{rule} ({sentence(scope, then.fields.fields)})"
        for rule in by
        if (scope := scopes.get(rule)) is not None
    ]
    kept_out = ", ".join(said) or f"{name} by default"
    return f"Look for what was left out by {kept_out} and belongs to the ground truth now."


def _added_outcomes(
    table: pd.DataFrame,
    forms: tuple[Form, Form],
    read: Readings,
    led_to: Container[tuple[str, str]],
) -> Iterator[Search]:
    """Yield the outcomes of judged decisions that nobody could choose, and that no migration leads to."""
    then, now = forms
    for name, decision in now.decisions.decisions.items():
        before = then.decisions.decisions.get(name)
        if before is None or decision.by != "judged" or before.by != "judged":
            continue
        for outcome in decision.outcomes:
            if outcome in before.outcomes or (name, outcome) in led_to:
                continue
            regions = Regions.of(rule_list(decision.rules, read.new))
            cells = cells_of(regions, read.of(table), len(table))
            reached = regions.reached(*regions.bounds(cells.places))
            gives = np.array([*(rule.then == outcome for rule in decision.rules), True])
            may = np.bincount(reached.row[gives[reached.rules[:, 0]]], minlength=len(cells.first))
            question = f"Look whether {name} is {outcome}, which nobody could choose before."
            yield Search(
                "class added", f"decisions.{name}.{outcome}", (), question, (may > 0)[cells.of_row]
            )


def _added_classes(count: int, then: Form, now: Form) -> Iterator[Search]:
    told = {
        outcome for decision in now.decisions.decisions.values() for outcome in decision.outcomes
    }
    for name in now.coverage.classes:
        sampled = now.coverage.coverage.get(name) == "sampled"
        if name not in then.coverage.classes and name not in told and not sampled:
            question = f"Look for every {name}: the class is new."
            everywhere = np.ones(count, dtype=np.bool_)
            yield Search("class added", f"classes.{name}", (), question, everywhere)


def _exhaustive_now(count: int, then: Form, now: Form) -> Iterator[Search]:
    for name, how in now.coverage.coverage.items():
        was = then.coverage.coverage.get(name, "sampled")
        if name in then.coverage.classes and how == "exhaustive" and was == "sampled":
            question = f"Look for every {name}: what is not marked is taken as absent now."
            everywhere = np.ones(count, dtype=np.bool_)
            yield Search("coverage extended", f"coverage.{name}", (), question, everywhere)
