"""The outcomes that move between two versions of a decision, exactly and without data.

What can be decided, and what can be decided otherwise, is the same in all of a cell: every pair of the rule that comes
first in the older version and the rule that comes first in the newer one is found, with a case of it.

Of a judged decision the outcome of a case is the set of outcomes that people may choose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from groundkeeper.core.diff.agreement import guarded
from groundkeeper.core.diff.alignment import Alignment, align
from groundkeeper.core.diff.levels import Level
from groundkeeper.core.diff.relevance import Meanings, mattering
from groundkeeper.core.diff.table import TABLE, Kind
from groundkeeper.core.diff.witness import Case, Telling, Witness
from groundkeeper.core.guideline.columns import Places
from groundkeeper.core.guideline.correspondence import effective_migrations, redefined, same_rules
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, Decision, Migration
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.errors import SHOWN, TooComplexError

Choice: TypeAlias = tuple[str, ...]
"""The outcomes that a case can have: one where it is computed, those that people may choose where it is judged."""


@dataclass(frozen=True)
class Move:
    """One pair of rules between which outcomes move.

    Attributes
    ----------
    decision
        Its name.
    rule_ids
        The rules that come first, the older version's before the newer one's; ``default`` only
        where no rule holds in either.
    old, new
        What can be decided.
    judged_before, judged_after
        Whether people choose.
    kind
        The row of the change table.
    witness
        A case of it.
    """

    decision: str
    rule_ids: tuple[str, ...]
    old: Choice
    new: Choice
    judged_before: bool
    judged_after: bool
    kind: Kind
    witness: Witness

    @property
    def level(self) -> Level:
        """The level of its row."""
        return TABLE[self.kind].level

    @property
    def targets(self) -> tuple[str, ...]:
        """What an entry of the changelog may call it."""
        return (*(rule for rule in self.rule_ids if rule != DEFAULT_RULE), self.decision)

    def as_json(self) -> dict[str, object]:
        """Return the move as one JSON object; what is judged is a list of outcomes."""
        row = TABLE[self.kind]
        return {
            "decision": self.decision,
            "rule_ids": list(self.rule_ids),
            "old": list(self.old) if self.judged_before else self.old[0],
            "new": list(self.new) if self.judged_after else self.new[0],
            "kind": str(self.kind),
            "level": row.level.word,
            "remedy": str(row.remedy),
            "action": row.action,
            "witness": self.witness.as_json(),
        }


def moves(old: Guideline, new: Guideline) -> tuple[Move, ...]:
    """Return every move of the decisions that both versions have, in the order of the newer one.

    Raises
    ------
    TooComplexError
        If the rules of a decision cannot be compared within bounds; the message names it.
    """
    alignment = align(old, new)
    return tuple(
        move
        for name, decision in new.decisions.items()
        if name in old.decisions
        for move in _Comparison(name, old, new, alignment).moves(old.decisions[name], decision)
    )


class _Pair(NamedTuple):
    """The places of the rules that come first, and what they leave open."""

    places: tuple[int, int]
    old: Choice
    new: Choice


class _Comparison:
    """Two versions of the decision *name*."""

    def __init__(self, name: str, old: Guideline, new: Guideline, alignment: Alignment) -> None:
        self._name, self._old, self._new, self._alignment = name, old, new, alignment
        carried = effective_migrations(old, new, name)
        self._becomes = renames(carried)
        self._decided_by_migration = {m.old for m in carried}
        self._led_to = {m.new for m in carried}

    def moves(self, before: Decision, after: Decision) -> list[Move]:
        if not self._becomes and self._is_the_same(before, after):
            return []
        lists = (
            rule_list(before.rules, self._old.fields, self._alignment.axes),
            rule_list(after.rules, self._new.fields),
        )
        choices = before.choices, after.choices
        regions = Regions.of(*lists)
        places, cells = self._reached((before, after), regions)
        pairs = [_Pair((i, j), choices[0][i], choices[1][j]) for i, j in places]
        moving = [n for n, pair in enumerate(pairs) if self._moves(pair, before, after)]
        moving.sort(key=lambda n: pairs[n].places)
        matters = mattering(regions, cells[moving], [_meanings(choice) for choice in choices])
        telling = Telling(self._new, (*before.rules, *after.rules), regions)
        return [
            self._move(telling, pairs[n], Case(cells[n], matter))
            for n, matter in zip(moving, matters, strict=True)
        ]

    def _reached(
        self, decisions: tuple[Decision, Decision], regions: Regions
    ) -> tuple[list[tuple[int, int]], Places]:
        """Return the pairs of places that can come first, at least those that can differ, and a cell of each."""
        old, new = regions.lists
        guard = None if self._becomes else guarded(decisions, (old, new))
        try:
            found = (Regions(guard.lists, regions.axes) if guard else regions).witnesses()
        except TooComplexError as error:
            message = f"decision {self._name}: {error}"
            raise TooComplexError(message) from error
        if guard is None:
            return [(i, j) for i, j in found.rules.tolist()], found.cells
        outside = (found.rules > 0).all(axis=1)
        places = found.rules[outside] - 1 + guard.start
        return [(i, j) for i, j in places.tolist()], found.cells[outside]

    def _is_the_same(self, before: Decision, after: Decision) -> bool:
        """Say whether nothing that decides has changed; whether the fields mean the same is not asked here."""
        used = {name for rule in before.rules if rule.scope for name in fields_used(rule.scope)}
        return same_rules(before, after) and all(
            self._old.fields[name].type == self._new.fields[name].type
            and self._old.fields[name].values == self._new.fields[name].values
            for name in used
        )

    def _moves(self, pair: _Pair, before: Decision, after: Decision) -> bool:
        if before.by == after.by == "derived":
            return pair.old != pair.new
        return set(pair.old) != set(pair.new) or self._renamed(pair.old) != set(pair.new)

    def _renamed(self, outcomes: Choice) -> set[str]:
        return {self._becomes.get(outcome, outcome) for outcome in outcomes}

    def _move(self, telling: Telling, pair: _Pair, case: Case) -> Move:
        before, after = self._old.decisions[self._name], self._new.decisions[self._name]
        found = telling.witness(case, self._verdict(pair))
        return Move(
            decision=self._name,
            rule_ids=_rule_ids(pair.places, before, after),
            old=pair.old,
            new=pair.new,
            judged_before=before.by == "judged",
            judged_after=after.by == "judged",
            kind=self._kind(pair, before, after, found),
            witness=found,
        )

    def _verdict(self, pair: _Pair) -> str:
        """Return in words what becomes of what people may choose, or of the one outcome that there is."""
        if len(pair.old) == 1 or len(pair.new) == 1:
            return f"{_either(pair.old)} becomes {_either(pair.new)}"
        gone = tuple(outcome for outcome in pair.old if outcome not in pair.new)
        come = tuple(outcome for outcome in pair.new if outcome not in pair.old)
        said = [f"{_either(gone)} can no longer be chosen"] if gone else []
        return " and ".join([*said, *([f"{_either(come)} can be chosen, too"] if come else [])])

    def _kind(self, pair: _Pair, before: Decision, after: Decision, found: Witness) -> Kind:
        hidden = self._renamed(tuple(o for o in pair.old if o in before.invisible))
        shown = [o for o in pair.old if o not in before.invisible]
        hides = {o for o in pair.new if o in after.invisible}
        if hidden - hides and set(pair.new) - hides:
            return Kind.WIDENED
        if shown and hides - hidden:
            return Kind.NARROWED
        if self._renamed(pair.old) == set(pair.new):
            return Kind.RENAMED
        if after.by == "derived":
            is_missing = any(self._is_missing(name) for name in found.mattering)
            return Kind.DERIVED_UNKNOWN if is_missing else Kind.DERIVED_MOVED
        gone, come = set(pair.old) - set(pair.new), set(pair.new) - set(pair.old)
        if not gone and come.isdisjoint(before.outcomes) and come.isdisjoint(self._led_to):
            return Kind.CLASS_ADDED
        migrated = gone and gone <= self._decided_by_migration
        return Kind.JUDGED_MIGRATED if migrated else Kind.JUDGED_MOVED

    def _is_missing(self, axis: str) -> bool:
        """Say whether what the newer version means by a field was not recorded under the older one."""
        if axis not in self._new.fields or axis in self._alignment.renamed.values():
            return False
        was = self._old.fields.get(axis)
        return was is None or bool(redefined(was, self._new.fields[axis], axis, axis))


def renames(migrations: Sequence[Migration]) -> Mapping[str, str]:
    """Return what each outcome becomes everywhere; the first that says so counts."""
    return {m.old: m.new for m in reversed(migrations) if m.when is None and m.old != m.new}


def _either(outcomes: Choice) -> str:
    rest = len(outcomes) - SHOWN
    return " or ".join([*outcomes[:SHOWN], *([f"{rest} more"] if rest > 0 else [])])


def _meanings(choices: Sequence[Choice]) -> Meanings:
    numbers: dict[frozenset[str], int] = {}
    return np.array([numbers.setdefault(frozenset(c), len(numbers)) for c in choices])


def _rule_ids(places: tuple[int, int], before: Decision, after: Decision) -> tuple[str, ...]:
    found = [
        decision.rules[place].id
        for place, decision in zip(places, (before, after), strict=True)
        if place < len(decision.rules)
    ]
    return tuple(dict.fromkeys(found)) or (DEFAULT_RULE,)
