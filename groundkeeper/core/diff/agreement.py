"""Where two versions of a decision surely agree, so that nobody has to look there.

Where the same rules stand in the same order in both versions, outcomes can move only where a rule that was changed,
added or taken away holds, and no rule that both lists start with does. Everywhere else the rule that comes first is in
both lists one and the same.
"""

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from itertools import takewhile
from typing import NamedTuple

from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.expression import (
    Expression,
    Not,
    disjunction,
    fields_used,
)
from groundkeeper.core.guideline.regions import RuleList


class Guarded(NamedTuple):
    """Two lists whose first condition says where they agree; after it come the rules from the place *start* on."""

    lists: tuple[RuleList, RuleList]
    start: int


def guarded(
    decisions: tuple[Decision, Decision], lists: tuple[RuleList, RuleList]
) -> Guarded | None:
    """Return *lists*, the rules of *decisions*, with a first condition that says where they agree.

    Nothing where that cannot be said: where what holds without a rule has changed, or no rule is
    the same.
    """
    before, after = decisions
    if sorted(before.choices[-1]) != sorted(after.choices[-1]) or not _speak_alike(*lists):
        return None
    pairs = kept_in_order(*([_key(rule) for rule in d.rules] for d in decisions))
    start = sum(1 for _ in takewhile(lambda pair: pair[1] == (pair[0],) * 2, enumerate(pairs)))
    same = [{pair[side] for pair in pairs} for side in (0, 1)]
    changed = [
        condition
        for listed, kept in zip(lists, same, strict=True)
        for n, condition in enumerate(listed.conditions)
        if n not in kept
    ]
    if not changed or not pairs:
        return None
    agree = disjunction(Not(disjunction(*changed)), *lists[0].conditions[:start])
    fields = {**lists[0].fields, **lists[1].fields}
    old, new = (RuleList((agree, *listed.conditions[start:]), fields, {}) for listed in lists)
    return Guarded((old, new), start)


def kept_in_order(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the places in both of most of what both have, such that they ascend in both.

    What is in *old*, and what is in *new*, is pairwise different.

    References
    ----------
    Fredman, On computing the length of longest increasing subsequences (1975), Discrete Mathematics
    11:29, doi:10.1016/0012-365X(75)90103-X.

    Examples
    --------
    >>> kept_in_order("abcd", "bxacd")
    [(1, 0), (2, 3), (3, 4)]
    """
    place = {one: number for number, one in enumerate(new)}
    both = [(number, place[one]) for number, one in enumerate(old) if one in place]
    ends: list[int] = []
    before: list[int] = []
    for number, (_, there) in enumerate(both):
        length = bisect_left(ends, there, key=lambda end: both[end][1])
        before.append(ends[length - 1] if length else -1)
        ends[length : length + 1] = [number]
    found = []
    last = ends[-1] if ends else -1
    while last >= 0:
        found.append(both[last])
        last = before[last]
    return found[::-1]


def _key(rule: Rule) -> Hashable:
    """Return what two versions of a rule have in common if they decide the same."""
    return rule.id, rule.opaque is None, rule.scope, rule.then


def _speak_alike(one: RuleList, other: RuleList) -> bool:
    """Say whether a condition means the same in both lists."""
    used = [_used(listed.conditions) for listed in (one, other)]
    if (used[0] | used[1]) & (one.axes.keys() | other.axes.keys()):
        return False
    return all(
        (one.fields[name].type, one.fields[name].values)
        == (other.fields[name].type, other.fields[name].values)
        for name in used[0] | used[1]
        if name in one.fields and name in other.fields
    )


def _used(conditions: Sequence[Expression]) -> set[str]:
    return {name for condition in conditions for name in fields_used(condition)}
