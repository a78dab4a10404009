"""Which field of one version of a guideline is which of another, and whether both ask the same."""

from collections.abc import Mapping
from typing import Final

from groundkeeper.core.guideline.decisions import Decision, Migration
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import LISTED, Field
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.guideline.values import Vocable, version_key

DEFINITION: Final = ("type", "unit", "source", "level", "version", "function")
"""What a field means; its name in the source belongs to it, its fusion, bounds and vocabulary do not."""
EXTENT: Final = ("fuse", "values", "min", "max")
"""What values a field can have, and how those of several experts become one."""
_NAMED: Final = frozenset({"attribute", "metadata"})
"""Sources in which a field is found by a name."""


def redefined(old: Field, new: Field, before: str, after: str) -> list[str]:
    """Return the keys in which what a field means differs, called *before* in one version and *after* in the other.

    A vocabulary belongs to what a set or a ranking means as far as it grew: who was not asked about a member has not
    said that it is none of them.

    Examples
    --------
    >>> width = {"type": "number", "from": "geometry", "function": "width", "fuse": "median"}
    >>> old, new = (Field.model_validate(width | {"version": v}) for v in (1, 2))
    >>> redefined(old, new, "size", "size")
    ['version']
    """
    differing = [key for key in DEFINITION if getattr(old, key) != getattr(new, key)]
    if old.type == new.type and new.type in LISTED and unasked(old, new):
        differing.append("values")
    is_elsewhere = new.source in _NAMED and old.source_name(before) != new.source_name(after)
    return [*differing, "attribute"] if is_elsewhere else differing


def unasked(old: Field, new: Field) -> list[Vocable]:
    """Return the values that a field has in one version and not in the one before, in their order."""
    return [value for value in new.vocabulary if value not in old.vocabulary]


def same_meaning(old: Field, new: Field, before: str, after: str) -> bool:
    """Say whether a value of one field is the same value of the other, whatever it is."""
    same = all(getattr(old, key) == getattr(new, key) for key in EXTENT)
    return same and not redefined(old, new, before, after)


def inferred_otherwise(
    old: Consensus, new: Consensus, renamed: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the fields of which another model infers the values than before, as the newer version calls them.

    *renamed* says what fields of the older version are called in the newer one, where that is another name.
    """
    before = {renamed.get(name, name): said for name, said in old.inference.items()}
    return tuple(n for n, said in new.inference.items() if n in before and before[n] != said)


def same_rules(old: Decision, new: Decision) -> bool:
    """Say whether two decisions give the same wherever what their rules speak of is the same.

    Rules may be called otherwise, and their prose may differ; one that nothing computes is known by its id alone.
    """
    rules_then, rules_now = (
        [(rule.id if rule.opaque else None, rule.scope, rule.then) for rule in decision.rules]
        for decision in (old, new)
    )
    ends = [(decision.by, decision.default, decision.choices[-1:]) for decision in (old, new)]
    return rules_then == rules_now and ends[0] == ends[1]


def renamed(old: Mapping[str, Field], new: Mapping[str, Field]) -> dict[str, str]:
    """Return, by old name, the fields that are gone and whose very definition came back under one other name."""
    gone = [name for name in old if name not in new]
    came = [name for name in new if name not in old]
    pairs = [(b, a) for b in gone for a in came if same_meaning(old[b], new[a], b, a)]
    befores, afters = ([pair[side] for pair in pairs] for side in (0, 1))
    return {b: a for b, a in pairs if befores.count(b) == 1 == afters.count(a)}


def effective_migrations(
    old: Guideline, new: Guideline, decision: str | None = None
) -> tuple[Migration, ...]:
    """Return the migrations that the step from one version to a later one makes, of one *decision* or of all.

    These are those that the newer version brings, from outcomes that the older one has. What it still lists from
    before was done then; and going back, nothing is carried over.
    """
    if version_key(new.version) < version_key(old.version):
        return ()
    outcomes = {name: frozenset(said.outcomes) for name, said in old.decisions.items()}
    return tuple(
        migration
        for migration in new.migrations
        if decision in {None, migration.decision}
        and migration not in old.migrations
        and migration.old in outcomes.get(migration.decision, frozenset())
    )
