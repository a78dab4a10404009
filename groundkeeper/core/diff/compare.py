"""Two versions of a guideline, compared: what moves, what else changed, and the level that makes it."""

from dataclasses import dataclass
from typing import NamedTuple

from groundkeeper.core.diff.blocks import block_changes
from groundkeeper.core.diff.claims import ProseEdit, prose_edits
from groundkeeper.core.diff.levels import Level, declared
from groundkeeper.core.diff.moves import Move, moves
from groundkeeper.core.diff.table import Change
from groundkeeper.core.guideline.document import Guideline


class RuleCount(NamedTuple):
    """How many rules a guideline has, and how many of them a machine can evaluate."""

    rules: int
    evaluated: int


@dataclass(frozen=True)
class Diff:
    """What changed from one version of a guideline to another.

    Attributes
    ----------
    set_name
        The set, as the newer version calls it.
    old, new
        The versions.
    moves
        The outcomes that move.
    changes
        What changed in the blocks.
    prose
        The texts that were edited.
    rules
        How many rules the newer version has, and how many of them the comparison sees through.
    """

    set_name: str
    old: str
    new: str
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]
    prose: tuple[ProseEdit, ...]
    rules: RuleCount

    @property
    def level(self) -> Level:
        """The computed level: that of the greatest change."""
        levels = (
            *(move.level for move in self.moves),
            *(change.level for change in self.changes),
            *(edit.level for edit in self.prose),
        )
        return max(levels, default=Level.NONE)

    @property
    def declared(self) -> Level:
        """The level that the numbers of the versions declare."""
        return declared(self.old, self.new)

    @property
    def is_sufficient(self) -> bool:
        """Whether the declared level is at least the computed one."""
        return self.declared >= self.level

    def as_json(self) -> dict[str, object]:
        """Return the comparison as one JSON object; the share of no rules is null."""
        total, evaluated = self.rules
        return {
            "set": self.set_name,
            "old": self.old,
            "new": self.new,
            "level": self.level.word,
            "declared": self.declared.word,
            "sufficient": self.is_sufficient,
            "changes": [move.as_json() for move in self.moves],
            "other_changes": [change.as_json() for change in self.changes],
            "prose": [edit.as_json() for edit in self.prose],
            "rules": {
                "total": total,
                "evaluated": evaluated,
                "share": evaluated / total if total else None,
            },
        }


def compare(old: Guideline, new: Guideline) -> Diff:
    """Return what changed from *old* to *new*, exactly and without data.

    Only what the newer version says of migrations and claims counts: of versions with others in
    between, compare step by step.

    Raises
    ------
    TooComplexError
        If the rules of a decision, or the conditions of an attribute, cannot be compared within
        bounds; nothing is compared then, and the message says what to do.
    """
    rules = [rule for decision in new.decisions.values() for rule in decision.rules]
    return Diff(
        set_name=new.set_name,
        old=old.version,
        new=new.version,
        moves=moves(old, new),
        changes=block_changes(old, new),
        prose=prose_edits(old, new),
        rules=RuleCount(len(rules), sum(rule.opaque is None for rule in rules)),
    )
