"""A judged decision from one version to the next: which stored judgements stand, and what becomes of them.

A judgement stands where the choice that the person had is still the whole choice. It is carried over where a migration
says what it becomes, or where the newer rules leave one outcome. Else the person has to look again.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.decisions import Decision, Migration
from groundkeeper.core.guideline.expression import Expression
from groundkeeper.core.guideline.grouping import every, the_only
from groundkeeper.core.guideline.regions import Combinations, Regions, RuleList, rule_list
from groundkeeper.core.impact.meaning import Readings
from groundkeeper.core.impact.verdicts import (
    AUTO,
    CONTRADICTION,
    REANNOTATE,
    REVALIDATE,
    UNKNOWN,
    UNTOUCHED,
    Cells,
    Codes,
    Flags,
    Verdicts,
    cells_of,
    joined,
    moved_by,
    nothing,
    open_fields,
    places_of,
)

_AGAIN: Final = -2
"""Stands for an outcome that only a new look can give."""


class _Fate(NamedTuple):
    """What becomes of one stored judgement where certain rules come first."""

    possible: bool
    then: int
    now: int


@dataclass(frozen=True)
class JudgedStep:
    """One judged decision in two versions that follow one another.

    Attributes
    ----------
    name
        Of the decision.
    old, new
        The decision in both versions.
    migrations
        Those of the newer version that speak of this decision, in their order.
    read
        How the fields are read.
    """

    name: str
    old: Decision
    new: Decision
    migrations: tuple[Migration, ...]
    read: Readings

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes of both versions."""
        return tuple(dict.fromkeys((*self.old.outcomes, *self.new.outcomes)))

    def verdicts(
        self, table: pd.DataFrame, values: pd.Series, lost: Flags, *, is_own: bool
    ) -> tuple[Verdicts, pd.Series, Flags]:
        """Return what becomes of each stored judgement, how the newer version reads it, and whether it is lost.

        Parameters
        ----------
        table
            One row a record, n rows.
        values
            The judgement of each, missing where there is none.
        lost
            Where there was one that an earlier step could not carry over: it has to be made again, unless a rule takes
            the choice away. Nobody having chosen is another matter.
        is_own
            Whether the judgements were made under the older version of this step, so that one which its rules exclude
            is a contradiction.
        """
        said = np.where(lost, self._lost, places_of(values, self.outcomes))
        parts = [
            (rows, self._verdict(table.iloc[rows], said[rows], conditions, targets, is_own=is_own))
            for rows, conditions, targets in self._by_migration(said)
        ]
        verdicts = joined(parts, len(table))
        whole = verdicts.cell
        now = verdicts.now[whole]
        keeps = verdicts.action[whole] == CONTRADICTION
        lost = (now == UNKNOWN) & (said != UNKNOWN) & ~keeps
        texts = np.array([*self.outcomes, None, None, None], dtype=np.object_)
        carried = pd.Series(texts[np.where(keeps, said, now)], index=table.index, dtype=object)
        return verdicts, carried.where(carried.isin(list(self.new.outcomes)), None), lost

    @property
    def _lost(self) -> int:
        """The place that stands for a judgement that an earlier step could not carry over."""
        return len(self.outcomes) + 1

    def _by_migration(
        self, said: Codes
    ) -> list[tuple[Codes, tuple[Expression, ...], tuple[int, ...]]]:
        """Return the rows that the same migrations speak of, with their conditions and targets.

        The last target is where no condition holds, -1 if no migration says it.
        """
        found, rest = [], np.ones(len(said), dtype=np.bool_)
        places = {outcome: place for place, outcome in enumerate(self.outcomes)}
        for outcome in dict.fromkeys(migration.old for migration in self.migrations):
            if outcome not in places:
                continue
            of_outcome = [m for m in self.migrations if m.old == outcome]
            always = next((n for n, m in enumerate(of_outcome) if m.when is None), len(of_outcome))
            asked = of_outcome[:always]
            targets = [places[m.new] for m in of_outcome[: always + 1]]
            targets += [UNKNOWN] * (len(asked) + 1 - len(targets))
            here = said == places[outcome]
            rest &= ~here
            if here.any():
                conditions = tuple(m.when for m in asked if m.when is not None)
                found.append((np.flatnonzero(here), conditions, tuple(targets)))
        found.append((np.flatnonzero(rest), (), (UNKNOWN,)))
        return found

    def _verdict(
        self,
        table: pd.DataFrame,
        said: Codes,
        conditions: tuple[Expression, ...],
        targets: tuple[int, ...],
        *,
        is_own: bool,
    ) -> Verdicts:
        regions = Regions.of(
            rule_list(self.old.rules, self.read.old, self.read.then),
            rule_list(self.new.rules, self.read.new),
            RuleList(conditions, self.read.new, {}),
        )
        further = (said, len(self.outcomes) + 2)
        cells = cells_of(regions, self.read.of(table), len(table), further)
        judged = said[cells.first]
        reached = regions.reached(*regions.bounds(cells.places))
        fates = self._fates(reached.rules, judged[reached.row], targets)
        count = len(cells.first)
        impossible = np.bincount(reached.row, fates[:, 0], minlength=count) == 0
        counts = (fates[:, 0] == 1) | impossible[reached.row]
        row, rules = reached.row[counts], reached.rules[counts]
        then, now = fates[counts, 1], fates[counts, 2]
        outcome = the_only(row, now + 2, count) - 2
        same = every(row, then == now, count)
        action = np.select(
            [impossible & is_own, same, outcome == _AGAIN, outcome >= 0],
            [CONTRADICTION, UNTOUCHED, REANNOTATE, AUTO],
            REVALIDATE,
        ).astype(np.int8)
        return Verdicts(
            decision=self.name,
            cell=cells.of_row,
            action=action,
            then=self._then(judged, the_only(row, then, count)),
            now=np.where((outcome >= 0) | same, np.maximum(outcome, UNKNOWN), UNKNOWN),
            hidden_then=every(row, self._hidden(self.old, then), count),
            hidden_now=every(row, self._hidden(self.new, now), count),
            shown_then=~every(row, self._hidden(self.old, then), count),
            rule_ids=moved_by((self.old, self.new), row, rules, then != now, count),
            asks=self._asked(cells, action, judged, targets),
            outcomes=self.outcomes,
            is_exact=reached.is_exact,
        )

    def _then(self, judged: Codes, ruled: Codes) -> Codes:
        """Return what was chosen, and where nobody chose what the rules say."""
        chosen = np.where(judged >= len(self.outcomes), UNKNOWN, judged)
        return np.where(judged == UNKNOWN, ruled, chosen)

    def _asked(
        self,
        cells: Cells,
        action: npt.NDArray[np.int8],
        judged: Codes,
        targets: tuple[int, ...],
    ) -> npt.NDArray[np.object_]:
        asks = nothing(len(action))
        waiting = np.flatnonzero(action == REVALIDATE)
        if waiting.size:
            asks[waiting] = open_fields(
                cells,
                waiting,
                range(len(cells.regions.lists)),
                lambda rules, cell: self._fates(rules, judged[cell], targets)[:, 2],
            )
        for place in waiting[judged[waiting] == UNKNOWN]:
            asks[place] = (str(self.new.field),)
        return asks

    def _hidden(self, decision: Decision, codes: Codes) -> npt.NDArray[np.bool_]:
        return np.isin(codes, [self.outcomes.index(outcome) for outcome in decision.invisible])

    def _fates(self, rules: Combinations, said: Codes, targets: tuple[int, ...]) -> Codes:
        """Return possible (0 or 1), then and now of every combination of rules and judgement, int [p, 3]."""
        asked = np.column_stack([rules, said])
        distinct, where = np.unique(asked, axis=0, return_inverse=True)
        fates = [
            self._fate(then, now, judged, targets[migration])
            for then, now, migration, judged in distinct.tolist()
        ]
        return np.array(fates, dtype=np.intp).reshape(-1, 3)[where.ravel()]

    def _fate(self, first_then: int, first_now: int, said: int, target: int) -> _Fate:
        choice_then, choice_now = (
            frozenset(map(self.outcomes.index, decision.choices[first]))
            for decision, first in ((self.old, first_then), (self.new, first_now))
        )
        if said == UNKNOWN:
            given = [self._unasked(self.old, first_then), self._unasked(self.new, first_now)]
            return _Fate(possible=True, then=given[0], now=given[1])
        if said == self._lost:
            again = min(choice_now) if len(choice_now) == 1 else _AGAIN
            return _Fate(possible=True, then=UNKNOWN, now=again)
        possible = said in choice_then
        if len(choice_now) == 1:
            return _Fate(possible, said, min(choice_now))
        if target != UNKNOWN:
            return _Fate(possible, said, target if target in choice_now else _AGAIN)
        stands = said in choice_now and not self._gained(choice_then, choice_now)
        return _Fate(possible, said, said if stands else _AGAIN)

    def _unasked(self, decision: Decision, first: int) -> int:
        """Return the outcome where nobody chose one."""
        is_ruled = first < len(decision.rules)
        outcome = decision.rules[first].then if is_ruled else decision.default
        return UNKNOWN if outcome is None else self.outcomes.index(outcome)

    def _gained(self, choice_then: frozenset[int], choice_now: frozenset[int]) -> frozenset[int]:
        """Return the outcomes that people may choose now, could have chosen before, and were not allowed to.

        An outcome that is new altogether is not among them: items are searched for it.
        """
        places = {outcome: place for place, outcome in enumerate(self.outcomes)}
        led_to = {
            places[migration.new]
            for migration in self.migrations
            if places.get(migration.old) in choice_then
        }
        known = {places[outcome] for outcome in self.old.outcomes} | {
            places[migration.new] for migration in self.migrations
        }
        return frozenset(choice_now & known) - choice_then - led_to
