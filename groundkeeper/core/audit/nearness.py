"""Which records lie near a boundary that moved: there a change does most, and there an audit looks closest.

A record is near if its experts stood apart across a boundary that moved; if its value of a field lies within half the
median spread of that field from where a test holds that the rules of one version make and those of the other do not,
as far as the outermost expert of a usual record stands from its value; or if a text that was reworded, and is not
claimed to mean something else, is about some records only, and about this one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from groundkeeper.core.diff.claims import prose_edits
from groundkeeper.core.estimates import Floats
from groundkeeper.core.guideline.correspondence import renamed
from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.evaluate import TRUE, truth
from groundkeeper.core.guideline.expression import (
    Comparison,
    Expression,
    Membership,
    fields_used,
    leaves,
    parse,
)
from groundkeeper.core.guideline.fields import CLOSED, ORDERED, Field
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.impact.path import Step
from groundkeeper.core.impact.verdicts import Flags
from schemas.names import SPREAD_ENDINGS

Compared: TypeAlias = Comparison | Membership


@dataclass(frozen=True)
class Moved:
    """Where a change can show: the tests of each field by which rules differ, and what reworded texts are about."""

    tests: Mapping[str, frozenset[Compared]]
    reworded: tuple[Expression, ...]


def moved(steps: Sequence[Step]) -> Moved:
    """Return where the change from the first version of *steps* to the last can show."""
    tests: dict[str, frozenset[Compared]] = {}
    reworded: list[Expression] = []
    for step in steps:
        names = renamed(step.old.fields, step.new.fields)
        for name in {**step.old.decisions, **step.new.decisions}:
            for test in _differing(step.old, step.new, name):
                called = names.get(test.field, test.field)
                tests[called] = tests.get(called, frozenset()) | {test}
        reworded += _reworded(step)
    return Moved(tests, tuple(dict.fromkeys(reworded)))


def near(
    records: pd.DataFrame, fields: Mapping[str, Field], where: Moved, second_look: Flags
) -> Flags:
    """Return which records lie near a boundary that moved, bool [n].

    Parameters
    ----------
    records : DataFrame
        One row per record, n rows: fields by name, ``<field>_low`` and ``<field>_high``.
    fields : mapping
        Of the guideline in force.
    where : Moved
        Where the change can show. Tests of enum and bool fields are passed over: these have no distance.
    second_look : bool[n]
        Whether the experts stood apart across a boundary that moved.
    """
    found = second_look.copy()
    for name, tests in where.tests.items():
        if name in records and name in fields and fields[name].type in ORDERED:
            found |= _within(records, name, fields[name], tests)
    columns: dict[str, pd.Series | Flags] = {"": second_look}
    columns |= {name: records[name] for name in fields if name in records}
    for scope in where.reworded:
        if fields_used(scope) <= fields.keys():
            found |= truth(scope, columns, fields) == TRUE
    return found


def _within(records: pd.DataFrame, name: str, field: Field, tests: frozenset[Compared]) -> Flags:
    """Return whose value lies within half the median spread of the field from where one of *tests* turns, bool [n]."""
    value = _numbers(records[name], field)
    ends = [f"{name}{end}" for end in SPREAD_ENDINGS]
    spread = np.full(len(records), np.nan)
    if all(end in records for end in ends):
        low, high = (_numbers(records[end], field) for end in ends)
        spread = high - low
    known = spread[~np.isnan(spread)]
    reach = float(np.median(known)) / 2 if known.size else 0.0
    places = np.array(sorted({place for test in tests for place in _turns(test, field)}))
    distance = np.abs(value[:, np.newaxis] - places).min(axis=1, initial=np.inf)
    is_within: Flags = distance <= reach
    return is_within


def _turns(test: Compared, field: Field) -> Iterator[float]:
    """Yield where the truth of *test* turns: at a number, and half way between two of whole numbers or of an order."""
    operator = test.operator if isinstance(test, Comparison) else "=="
    half = 0.0 if field.type == "number" else 0.5
    for constant in test.constants if isinstance(test, Membership) else (test.constant,):
        place = float(field.vocabulary.get(constant, np.nan) if field.type in CLOSED else constant)
        if operator not in {">", "<="}:
            yield place - half
        if operator not in {"<", ">="}:
            yield place + half


def _numbers(values: pd.Series, field: Field) -> Floats:
    """Return the values as numbers, those of an ordinal field as their places; missing as nan."""
    if field.type in CLOSED:
        values = values.map(dict(field.vocabulary))
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _differing(old: Guideline, new: Guideline, decision: str) -> set[Compared]:
    """Return the tests that the rules of a decision make in one of two versions only; all, where these are the same."""
    then, now = (
        _tests(one.decisions.get(decision), other.decisions.get(decision))
        for one, other in ((old, new), (new, old))
    )
    return (then ^ now) or (then | now)


def _tests(one: Decision | None, other: Decision | None) -> set[Compared]:
    """Return what the rules of *one* decision that the *other* has not compare; all, where these end otherwise."""
    rules = () if one is None else one.rules
    is_alike = (
        one is not None and other is not None and (one.by, one.default) == (other.by, other.default)
    )
    kept = {_said(rule) for rule in other.rules} if other is not None and is_alike else set()
    scopes = [rule.scope for rule in rules if _said(rule) not in kept and rule.scope is not None]
    return {
        test
        for scope in scopes
        for test in leaves(scope)
        if isinstance(test, Comparison | Membership)
    }


def _said(rule: Rule) -> tuple[bool, Expression | None, str]:
    return rule.opaque is None, rule.scope, rule.then


def _reworded(step: Step) -> list[Expression]:
    """Return what the texts are about that were reworded, and are not claimed to mean something else."""
    older, newer = sorted((step.old, step.new), key=lambda one: version_key(one.version))
    return [
        parse(edit.scope)
        for edit in prose_edits(older, newer)
        if edit.scope is not None and edit.meaning != "changed"
    ]
