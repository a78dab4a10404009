"""Whether fields are used, can be worked out and have a second opinion, and whether rules have examples."""

from collections.abc import Iterator

from groundkeeper.core.guideline import consistency
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import fields_used
from groundkeeper.core.guideline.fields import FUNCTIONS
from groundkeeper.core.lint.finding import Finding, Severity


def not_derivable(guideline: Guideline) -> Iterator[Finding]:
    """Yield the fields that cannot be worked out from answers."""
    for path, message in consistency.not_derivable(guideline):
        yield Finding("error", "field-not-derivable", path, "", message)


def never_used(guideline: Guideline) -> Iterator[Finding]:
    """Yield the fields that nothing speaks of.

    What people answer and what is known of an item may be kept for later; what is computed and then
    not used is most likely forgotten.
    """
    used = used_fields(guideline)
    for name, field in guideline.fields.items():
        if name not in used:
            is_computed = field.source in FUNCTIONS
            severity: Severity = "warning" if is_computed else "note"
            advice = "use it or remove it" if is_computed else "keep it if it is to be recorded"
            message = f"found a field that no rule, attribute, migration or prose uses; {advice}"
            yield Finding(severity, "field-unused", ("fields", name), "", message)


def used_fields(guideline: Guideline) -> frozenset[str]:
    """Return the names of the fields that rules, attributes, migrations or prose speak of, or that keep a decision.

    And of the one that is the class of a record when it is scored.
    """
    decisions = guideline.decisions.values()
    expressions = (
        *(rule.scope for decision in decisions for rule in decision.rules),
        *(attribute.required_when for attribute in guideline.attributes.values()),
        *(migration.when for migration in guideline.migrations),
        *(block.scope for block in guideline.prose),
    )
    spoken = {name for e in expressions if e is not None for name in fields_used(e)}
    kept = {decision.field for decision in decisions if decision.field is not None}
    if guideline.scoring.class_by in guideline.fields:
        kept.add(guideline.scoring.class_by)
    return frozenset(spoken | kept | set(guideline.attributes))


def inferred_alone(guideline: Guideline) -> Iterator[Finding]:
    """Yield the fields that one method infers, and no other beside it."""
    for name, said in guideline.consensus.inference.items():
        if not said.compare:
            message = (
                f"found that {said.method} alone infers this field, and on other data another method is better; "
                "name others under compare, so that people look where they disagree"
            )
            path = ("consensus", "inference", name)
            yield Finding("note", "inferred-alone", path, "", message)


def without_examples(guideline: Guideline) -> Iterator[Finding]:
    """Yield the rules and classes of which no example is given."""
    for name, decision in guideline.decisions.items():
        for place, rule in enumerate(decision.rules):
            if not rule.examples:
                message = "found no examples; people need one on either side of it; add them"
                path = ("decisions", name, "rules", place)
                yield Finding("warning", "no-examples", path, rule.id, message)
    for name, described in guideline.classes.items():
        if not described.positive:
            message = "found no positive examples; name records or pictures that show it"
            yield Finding("note", "no-examples", ("classes", name), "", message)
