"""One version of a guideline, whole."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field as Key
from pydantic import model_validator

from groundkeeper.core.guideline.consistency import InconsistentError, inconsistencies
from groundkeeper.core.guideline.decisions import Attribute, Decision, Migration
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import (
    Change,
    ClassText,
    Consensus,
    CoverageKind,
    GeometryKind,
    Header,
    Prose,
    Scoring,
    Tolerance,
)
from groundkeeper.core.guideline.values import Identifier, Name, Strictly


class Guideline(Strictly):
    """Everything one version of a guideline says, to people and to the machine.

    A value of this class is consistent: expressions speak of declared fields as their types allow,
    outcomes are declared, ids are unique.

    Attributes
    ----------
    guideline
        Which guideline this is.
    fields
        The observations that rules may speak about, by name.
    classes
        What is looked for, by name.
    conventions
        How one draws, as words of yours; a change of one asks for drawing again.
    decisions
        The questions that it answers, by name.
    attributes
        When an answer must state an attribute, by the field.
    precision
        How precisely to draw, by the kind of geometry.
    coverage
        By class: ``exhaustive``, what is not marked is not there; ``sampled``, it may be.
    consensus
        How the answers of several experts become one record.
    scoring
        How predictions are scored against the records.
    migrations
        What becomes of outcomes that were chosen under the version before.
    changelog
        What was changed, why, and who decided; entries of older versions may be kept.
    prose
        Texts that belong to nothing else.
    """

    guideline: Header
    fields: Annotated[dict[Name, Field], Key(max_length=1000)]
    classes: dict[Identifier, ClassText] = Key(default_factory=dict)
    conventions: dict[Name, Identifier] = Key(default_factory=dict)
    decisions: Annotated[dict[Name, Decision], Key(min_length=1, max_length=100)]
    attributes: dict[Name, Attribute] = Key(default_factory=dict)
    precision: dict[GeometryKind, Tolerance] = Key(default_factory=dict)
    coverage: dict[Identifier, CoverageKind] = Key(default_factory=dict)
    consensus: Consensus
    scoring: Scoring = Scoring()
    migrations: tuple[Migration, ...] = ()
    changelog: tuple[Change, ...] = ()
    prose: tuple[Prose, ...] = ()

    @property
    def set_name(self) -> str:
        """The set that the guideline is for."""
        return self.guideline.set

    @property
    def version(self) -> str:
        """MAJOR.MINOR.PATCH."""
        return self.guideline.version

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        found = tuple(inconsistencies(self))
        if found:
            raise InconsistentError(found)
        return self


def prose_blocks(guideline: Guideline) -> tuple[Prose, ...]:
    """Return every block of text, its id taken from its place, in the order of the document.

    The scope of a rule's text is the scope of the rule; other texts are about every record unless
    they say otherwise.
    """
    return tuple(block for block in _blocks(guideline) if block.text)


def _blocks(guideline: Guideline) -> Iterator[Prose]:
    yield from guideline.prose
    for name, field in guideline.fields.items():
        yield Prose(id=f"fields.{name}.text", text=field.text)
    for name, described in guideline.classes.items():
        yield Prose(id=f"classes.{name}.text", text=described.text)
    for name, decision in guideline.decisions.items():
        yield Prose(id=f"decisions.{name}.text", text=decision.text)
        for rule in decision.rules:
            yield Prose(id=f"rules.{rule.id}.text", scope=rule.scope, text=rule.text)
    for name, attribute in guideline.attributes.items():
        scope = attribute.required_when
        yield Prose(id=f"attributes.{name}.text", scope=scope, text=attribute.text)
