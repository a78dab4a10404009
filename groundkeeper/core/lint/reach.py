"""What the rules of a decision can do: which ever come first, what they produce, where their order matters."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from groundkeeper.core.diff.witness import in_words
from groundkeeper.core.guideline.columns import Places
from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.core.lint.finding import Finding
from groundkeeper.errors import TooComplexError, listing

MAX_EXPLAINED: Final = 20
"""Of so many unreachable rules it is said what comes before them."""
MAX_COMPARED: Final = 100
"""Of so many rules of a decision it is asked which earlier ones hold at the same place."""
MAX_OVERLAPS: Final = 10
"""So many overlaps of a decision are told."""
MAX_OVERLAP_WORK: Final = 2**28
"""So many pairs of a cell and a rule are looked at for them."""
MAX_SEARCHED: Final = 40
"""As so many comparisons of which the cells are too many to look at one by one."""

_NEVER: Final = "it is never the first that holds"


def of_decisions(guideline: Guideline) -> Iterator[Finding]:
    """Yield what is wrong with the rules of each decision, or that it cannot be known."""
    for name in guideline.decisions:
        try:
            yield from tuple(_of_decision(name, guideline))
        except TooComplexError as error:
            message = f"found rules that cannot be checked exactly: {error}"
            yield Finding("error", "too-complex", ("decisions", name), "", message)


def _of_decision(name: str, guideline: Guideline) -> Iterator[Finding]:
    decision = guideline.decisions[name]
    witnessed = Regions.of(rule_list(decision.rules, guideline.fields)).witnesses()
    first = frozenset(witnessed.rules[:, 0].tolist())
    yield from _unreachable(name, guideline, first)
    yield from _never_produced(name, decision, first)
    yield from islice(_overlaps(name, guideline), MAX_OVERLAPS)


def _unreachable(name: str, guideline: Guideline, first: frozenset[int]) -> Iterator[Finding]:
    rules = guideline.decisions[name].rules
    never = [place for place in range(len(rules)) if place not in first]
    for number, place in enumerate(never):
        rule = rules[place]
        why = _why_never(rules, place, guideline) if number < MAX_EXPLAINED else _NEVER
        message = f"found a rule that can never decide: {why}; remove it, or move or change it"
        path = ("decisions", name, "rules", place)
        yield Finding("error", "unreachable-rule", path, rule.id, message)


def _why_never(rules: Sequence[Rule], place: int, guideline: Guideline) -> str:
    try:
        found = _with_earlier(rules, place, guideline).witnesses()
    except TooComplexError:
        return _NEVER
    before = sorted({int(earlier) for earlier, own in found.rules if own == 0})
    if not before:
        return "no value of its fields makes it hold"
    return f"wherever it holds, an earlier rule does: {listing(rules[p].id for p in before)}"


def _never_produced(name: str, decision: Decision, first: frozenset[int]) -> Iterator[Finding]:
    rules = decision.rules
    can_be_open = len(rules) in first
    if can_be_open and decision.by == "judged":
        return
    produced = {rules[place].then for place in first if place < len(rules)}
    if can_be_open and decision.default is not None:
        produced.add(decision.default)
    for place, outcome in enumerate(decision.outcomes):
        if outcome not in produced:
            who = "no rule and no default gives" if decision.by == "derived" else "the rules forbid"
            message = (
                f"found the outcome {outcome}, which {who} "
                "anywhere; remove it, or write the rule that is missing"
            )
            path = ("decisions", name, "outcomes", place)
            yield Finding("warning", "outcome-never-produced", path, "", message)


def _overlaps(name: str, guideline: Guideline) -> Iterator[Finding]:
    """Yield the pairs of rules that hold at one place with other outcomes, the earlier of them first there.

    It is a convenience, so it ends where it becomes dear.
    """
    rules = guideline.decisions[name].rules
    spent = 0.0
    for later in range(1, min(len(rules), MAX_COMPARED)):
        both = _with_earlier(rules, later, guideline)
        cells = float(np.prod(np.array(both.sizes, dtype=np.float64)))
        spent += min(cells * later, MAX_OVERLAP_WORK / MAX_SEARCHED)
        if spent > MAX_OVERLAP_WORK:
            return
        try:
            found = both.witnesses()
        except TooComplexError:
            return
        for (place, own), cell in zip(found.rules.tolist(), found.cells, strict=True):
            if own == 0 and place < later and rules[place].then != rules[later].then:
                pair = (rules[place], rules[later])
                message = (
                    f"found that {pair[0].id} ({pair[0].then}) comes before it where both hold, such as "
                    f"{_case(both, cell, pair, guideline)}; so the order of the two matters; keep it"
                )
                path = ("decisions", name, "rules", later)
                yield Finding("note", "overlap", path, pair[1].id, message)


def _with_earlier(rules: Sequence[Rule], place: int, guideline: Guideline) -> Regions:
    """Return the rules before *place*, and the one there, over the same axes."""
    fields = guideline.fields
    return Regions.of(rule_list(rules[:place], fields), rule_list([rules[place]], fields))


def _case(regions: Regions, cells: Places, rules: Sequence[Rule], guideline: Guideline) -> str:
    """Return a case in words, by the fields that *rules* speak of."""
    spoken = {name for rule in rules if rule.scope for name in fields_used(rule.scope)}
    values = [(axis, axis.values[cell]) for axis, cell in zip(regions.axes, cells, strict=True)]
    said = [(axis.name, axis.field, value) for axis, value in values if axis.name in spoken]
    judged = {rule.id: True for rule in rules if rule.opaque is not None}
    return in_words(guideline, said, judged)
