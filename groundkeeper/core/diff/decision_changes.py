"""What changed in the decisions and classes of a guideline, other than the outcomes that move."""

from collections.abc import Iterator

from groundkeeper.core.diff.moves import renames
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.correspondence import effective_migrations
from groundkeeper.core.guideline.decisions import Decision, Migration, Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import render
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.errors import TooComplexError, listing


def decision_changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield every change of decisions and migrations, in the order of the newer version, and then those removed.

    Raises
    ------
    TooComplexError
        If it cannot be found out within bounds whether a decision hides records.
    """
    for name, decision in new.decisions.items():
        if name in old.decisions:
            yield from _decision(name, old, new)
        else:
            yield _added(name, decision, new)
    for name, decision in old.decisions.items():
        if name not in new.decisions:
            hides = can_hide(name, decision, old)
            kind = Kind.WIDENED if hides else Kind.DECISION_REMOVED
            consequence = "; records that it hid come back" if hides else ""
            text = f"{name} is no longer decided{consequence}"
            yield Change(kind, f"decisions.{name}", decision.by, None, text, _targets(name))
    yield from _idle_migrations(old, new)


def class_changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield the classes that were added, in the order of the newer version, and then those removed."""
    for kind, names, others, text in (
        (Kind.CLASS_ADDED, new.classes, old.classes, "is to be found"),
        (Kind.CLASS_REMOVED, old.classes, new.classes, "is no longer to be found"),
    ):
        for name in names:
            if name not in others:
                before, after = (None, name) if kind is Kind.CLASS_ADDED else (name, None)
                targets = (name, f"classes.{name}")
                yield Change(kind, f"classes.{name}", before, after, f"{name} {text}", targets)


def can_hide(name: str, decision: Decision, guideline: Guideline) -> bool:
    """Return whether some case of *decision* can have an outcome that leaves no trace.

    Raises
    ------
    TooComplexError
        If that cannot be found out within bounds.
    """
    if not decision.invisible:
        return False
    try:
        reached = Regions.of(rule_list(decision.rules, guideline.fields)).witnesses().rules[:, 0]
    except TooComplexError as error:
        message = f"decision {name}: {error}"
        raise TooComplexError(message) from error
    return any(
        outcome in decision.invisible
        for place in reached.tolist()
        for outcome in decision.choices[place]
    )


def _targets(name: str, *more: str) -> tuple[str, ...]:
    return (name, f"decisions.{name}", *more)


def _added(name: str, decision: Decision, new: Guideline) -> Change:
    where, targets = f"decisions.{name}", _targets(name, *(rule.id for rule in decision.rules))
    if can_hide(name, decision, new):
        text = f"{name} is decided, and can hide records"
        return Change(Kind.NARROWED, where, None, decision.by, text, targets)
    kind = Kind.QUESTION_ADDED if decision.by == "judged" else Kind.DECISION_ADDED
    return Change(kind, where, None, decision.by, f"{name} is decided", targets)


def _decision(name: str, old: Guideline, new: Guideline) -> Iterator[Change]:
    before, after = old.decisions[name], new.decisions[name]
    where, becomes = f"decisions.{name}", renames(effective_migrations(old, new, name))
    if before.by != after.by:
        asked = after.by == "judged"
        kind = Kind.DECISION_ASKED if asked else Kind.DECISION_COMPUTED
        text = f"{name} is {after.by}, no longer {before.by}"
        yield Change(kind, f"{where}.by", before.by, after.by, text, _targets(name))
    elif before.field != after.field:
        text = f"{name} is stored as {after.field}, no longer as {before.field}"
        yield Change(
            Kind.RULES_EDITED, f"{where}.field", before.field, after.field, text, _targets(name)
        )
    yield from _outcomes(name, before, after, dict(becomes))
    yield from _visibility(name, before, after)
    yield from _rules(name, before, after)
    if before.default != after.default:
        nobody = " and nobody chooses" if after.by == "judged" else ""
        text = f"where no rule of {name} holds{nobody}, {after.default or 'the outcome is open'}"
        yield Change(
            Kind.RULES_EDITED,
            f"{where}.default",
            before.default,
            after.default,
            text,
            _targets(name),
        )
    for migration in effective_migrations(old, new, name):
        yield _migration(name, migration, after)


def _outcomes(
    name: str, before: Decision, after: Decision, becomes: dict[str, str]
) -> Iterator[Change]:
    where = f"decisions.{name}.outcomes"
    was, is_ = frozenset(before.outcomes), frozenset((*after.outcomes, *becomes))
    for outcome in before.outcomes:
        if outcome not in is_:
            text = f"{outcome} is no longer an outcome of {name}"
            targets = _targets(name, outcome)
            yield Change(Kind.OUTCOME_REMOVED, where, outcome, None, text, targets)
    explained = was | frozenset(becomes.values())
    for outcome in after.outcomes:
        if outcome not in explained:
            text = f"{outcome} is an outcome of {name}"
            yield Change(Kind.OUTCOME_ADDED, where, None, outcome, text, _targets(name, outcome))


def _visibility(name: str, before: Decision, after: Decision) -> Iterator[Change]:
    both = frozenset(before.outcomes) & frozenset(after.outcomes)
    hidden = frozenset(before.invisible), frozenset(after.invisible)
    for outcome in sorted(both & (hidden[0] ^ hidden[1])):
        said = ["invisible" if outcome in one else "visible" for one in hidden]
        yield Change(
            Kind.NARROWED if outcome in hidden[1] else Kind.WIDENED,
            f"decisions.{name}.invisible",
            said[0],
            said[1],
            f"a record of which {name} is {outcome} is {said[1]}, no longer {said[0]}",
            _targets(name, outcome),
        )


def _rules(name: str, before: Decision, after: Decision) -> Iterator[Change]:
    old, new = ({rule.id: rule for rule in decision.rules} for decision in (before, after))
    where = f"decisions.{name}.rules"
    for rule in dict.fromkeys((*new, *old)):
        said = [_said(rules[rule]) if rule in rules else None for rules in (old, new)]
        if said[0] != said[1]:
            targets = (rule, f"rules.{rule}", name)
            text = _edited(f"rule {rule} of {name}", *said)
            yield Change(Kind.RULES_EDITED, f"{where}.{rule}", said[0], said[1], text, targets)
    orders = [[r for r in rules if r in other] for rules, other in ((old, new), (new, old))]
    if orders[0] != orders[1]:
        moved = [r for r, was in zip(orders[1], orders[0], strict=True) if r != was]
        yield Change(
            Kind.RULES_EDITED,
            where,
            listing(orders[0]),
            listing(orders[1]),
            f"the rules of {name} are tried in another order: {listing(orders[1])}",
            _targets(name, *moved),
        )


def _edited(rule: str, old: str | None, new: str | None) -> str:
    if old is None:
        return f"{rule} is new: {new}"
    return f"{rule} is gone: {old}" if new is None else f"{rule}: {new}; before: {old}"


def _said(rule: Rule) -> str:
    """Return a rule in its one spelling, without prose."""
    condition = "" if rule.scope is None else render(rule.scope)
    if rule.opaque is None:
        return f"{rule.then} if {condition}"
    where = f", where {condition}" if condition else ""
    return f"{rule.then} if a person judges so{where}"


def _migration(name: str, migration: Migration, after: Decision) -> Change:
    old, new = migration.old, migration.new
    where, targets = f"migrations.{name}.{old}", _targets(name, old, new)
    if migration.when is None:
        return Change(Kind.RENAMED, where, old, new, f"{old} of {name} is called {new}", targets)
    text = f"{old} of {name} becomes {new} where {render(migration.when)}"
    if after.by == "judged":
        return Change(Kind.JUDGED_MIGRATED, where, old, new, text, targets)
    text = f"{name} is computed, so no migration says where {old} becomes {new}"
    return Change(Kind.MIGRATION_IDLE, where, old, new, text, targets)


def _idle_migrations(old: Guideline, new: Guideline) -> Iterator[Change]:
    outcomes = {(name, o) for name, decision in old.decisions.items() for o in decision.outcomes}
    known = frozenset(old.migrations)
    for migration in new.migrations:
        name, before, after = migration.decision, migration.old, migration.new
        if (name, before) not in outcomes and migration not in known:
            text = f"{before} of {name} becomes {after}, but no old outcome is called so"
            where, targets = f"migrations.{name}.{before}", _targets(name, before)
            yield Change(Kind.MIGRATION_IDLE, where, before, after, text, targets)
