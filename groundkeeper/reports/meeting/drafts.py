"""Drafts of how a topic may be resolved: an entry of the changelog each, and the command that prices it."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from groundkeeper.core.edge_cases.agenda import Topic
from groundkeeper.core.guideline.decisions import Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import Comparison, Expression, leaves, render
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.guideline.tree import canonical_number
from groundkeeper.core.lint.evidence import EDGE_CASE
from groundkeeper.reports.scales import step
from schemas.names import SPREAD_ENDINGS

CITED: Final = 50
"""So many questions are cited as evidence; whoever resolves more names the minutes."""
_EITHER_SIDE: Final = 3
"""So many values below and above a threshold are tried."""


@dataclass(frozen=True)
class Draft:
    """One way to resolve a topic.

    Attributes
    ----------
    title
        What would be done.
    text
        What it means.
    yaml
        What is written into the next version.
    command
        What says beforehand what it costs.
    """

    title: str
    text: str
    yaml: str
    command: str


class Numbering:
    """Gives the entries of a changelog the ids that follow on those that there are."""

    def __init__(self, guideline: Guideline) -> None:
        found = [re.fullmatch(r"(.*?)(\d+)", entry.id) for entry in guideline.changelog]
        numbered = [match for match in found if match]
        self._prefix = numbered[-1][1] if numbered else "CHG-"
        self._last = max(
            (int(match[2]) for match in numbered if match[1] == self._prefix), default=0
        )

    def after(self, places: int) -> str:
        """Return the id that comes *places* after the last one."""
        return f"{self._prefix}{self._last + places}"


def drafts(
    topic: Topic, place: int, guideline: Guideline, observed: pd.DataFrame
) -> tuple[Draft, ...]:
    """Return the drafts for a topic: other words, another threshold, a rule of its own, as far as each applies.

    Parameters
    ----------
    topic : Topic
        What is to be resolved.
    place : int
        Its place on the agenda, from 1, from which its entry has its id.
    guideline : Guideline
        The version that is discussed.
    observed : DataFrame
        One row per record: ``record_id``, and the lowest and highest values of its fields.
    """
    entry_id = Numbering(guideline).after(place)
    context = _Context(guideline, observed, entry_id, _evidence(topic, guideline))
    return tuple(_drafts(topic, context))


class _Context(NamedTuple):
    """What a draft is written from beside its topic."""

    guideline: Guideline
    observed: pd.DataFrame
    entry_id: str
    cited: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.guideline.set_name}@{self.guideline.version}"


def _drafts(topic: Topic, context: _Context) -> Iterator[Draft]:
    rule = _rule(topic, context.guideline)
    if rule is not None or len(topic.decisions) == 1:
        target = rule.id if rule else topic.decisions[0]
        yield Draft(
            "Say it more clearly",
            "The text or the examples change, the rule does not: a sample of the records is audited.",
            _entry(context.entry_id, "wording", target, context.cited, "clarified"),
            f"gk guideline diff {context.name} draft.yaml",
        )
    if rule is not None:
        yield from _other_thresholds(topic, rule, context)
    expression = topic.cell.expression if topic.cell else None
    if expression is not None and len(topic.decisions) == 1:
        yield _rule_of_its_own(topic, expression, context)


def _other_thresholds(topic: Topic, rule: Rule, context: _Context) -> Iterator[Draft]:
    guideline = context.guideline
    tests = _thresholds(rule, guideline)
    for test in tests:
        tried = ",".join(f"{value:g}" for value in _around(test, topic, context))
        option = f" --field {test.field}" if len(tests) > 1 else ""
        yield Draft(
            f"Move the threshold {render(test)}",
            "The records whose value lies between the old and the new threshold change.",
            _entry(context.entry_id, "threshold", rule.id, context.cited),
            f"gk what-if {context.name} {rule.id} {tried}{option}",
        )


def _rule_of_its_own(topic: Topic, expression: Expression, context: _Context) -> Draft:
    (decision,) = topic.decisions
    outcomes = context.guideline.decisions[decision].outcomes
    new_id = _unused(f"{topic.rule_id or decision}.case", context.guideline)
    when = json.dumps(render(expression), ensure_ascii=False)
    lines = [
        "decisions:",
        f"  {decision}:",
        "    rules: # before the rule that decides these records now",
        f"      - id: {new_id}",
        f"        when: {when} # and what tells these cases apart",
        f"        then: {outcomes[0]} # one of {', '.join(outcomes)}",
        _entry(context.entry_id, "rule", new_id, context.cited),
    ]
    return Draft(
        "Decide these cases by a rule of their own",
        "The condition below holds for the whole cell: narrow it down to what was agreed.",
        "\n".join(lines),
        f"gk guideline impact {context.name} draft.yaml",
    )


def _entry(
    entry_id: str, kind: str, target: str, cited: Iterable[str], meaning: str | None = None
) -> str:
    """Return an entry of the changelog as YAML."""
    lines = [
        "changelog:",
        f"  - id: {entry_id}",
        f"    kind: {kind}",
        f"    target: {target}",
        *([f"    meaning: {meaning}"] if meaning else []),
        '    rationale: "why it was decided so"',
        "    evidence:",
        *(f"      - {json.dumps(text, ensure_ascii=False)}" for text in cited),
        '    decided_by: "who was there"',
    ]
    return "\n".join(lines)


def _evidence(topic: Topic, guideline: Guideline) -> tuple[str, ...]:
    if topic.edge_case_ids:
        return tuple(f"{EDGE_CASE}{name}" for name in sorted(topic.edge_case_ids)[:CITED])
    found = topic.concentration
    if found is None:
        return ()
    where = found.cell.in_words(guideline.fields)
    figures = f"{found.otherwise} of {found.experts} answers decide {found.decision} otherwise"
    return (f"{guideline.set_name} {guideline.version}: {figures} where {where}",)


def _rule(topic: Topic, guideline: Guideline) -> Rule | None:
    rules = [rule for name in topic.decisions for rule in guideline.decisions[name].rules]
    return next((rule for rule in rules if rule.id == topic.rule_id), None)


def _thresholds(rule: Rule, guideline: Guideline) -> list[Comparison]:
    """Return the comparisons of *rule* that ``gk what-if`` can move: one of each field."""
    if rule.when is None:
        return []
    tests = dict.fromkeys(
        test
        for test in leaves(rule.when)
        if isinstance(test, Comparison) and guideline.fields[test.field].type in NUMERIC
    )
    fields = [test.field for test in tests]
    return [test for test in tests if fields.count(test.field) == 1]


def _around(test: Comparison, topic: Topic, context: _Context) -> list[float]:
    """Return the threshold and values on either side of it, as far apart as experts whose values lie across it."""
    field = context.guideline.fields[test.field]
    observed = context.observed
    here = observed[observed["record_id"].isin(topic.contested_ids)]
    ends = [f"{test.field}{end}" for end in SPREAD_ENDINGS if f"{test.field}{end}" in here]
    now = float(test.constant)
    apart = here[ends].to_numpy(dtype=np.float64, na_value=np.nan) - now
    across = apart[(apart.min(axis=1, initial=0) < 0) & (apart.max(axis=1, initial=0) > 0)]
    far = float(np.median(np.abs(across))) if across.size else abs(now) / 4
    size = step(far, 2)
    if field.type == "integer":
        size = max(1.0, math.ceil(size))
    tried = [round(now + size * k, 9) for k in range(-_EITHER_SIDE, _EITHER_SIDE + 1)]
    return [canonical_number(value) for value in tried if _may_be(value, field)]


def _may_be(value: float, field: Field) -> bool:
    return (field.min is None or value >= field.min) and (field.max is None or value <= field.max)


def _unused(name: str, guideline: Guideline) -> str:
    taken = {rule.id for decision in guideline.decisions.values() for rule in decision.rules}
    places = (f"{name}-{n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in places if one not in taken)
