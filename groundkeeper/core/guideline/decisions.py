"""The questions that a guideline answers, as ordered lists of rules."""

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field as Key
from pydantic import model_validator

from groundkeeper.core.guideline.expression import Expression
from groundkeeper.core.guideline.values import (
    Identifier,
    Name,
    Outcomes,
    Strictly,
    Text,
    When,
)

DEFAULT_RULE: Final = "default"
"""The rule id of an outcome that no rule decided."""
JUDGED_RULE: Final = "judged"
"""The rule id of an outcome that a person chose."""

Examples: TypeAlias = Annotated[tuple[Text, ...], Key(max_length=1000)]


class Opaque(Strictly):
    """A rule that the grammar cannot say: only a person knows whether it holds.

    Attributes
    ----------
    scope
        Where it can hold; anywhere if nothing is said.
    """

    scope: When | None = None


class Rule(Strictly):
    """If *when* holds and no earlier rule did, the outcome is *then*.

    Attributes
    ----------
    id
        By which results, plans and the changelog speak of it.
    when
        The condition, an expression.
    opaque
        Instead of ``when``: the rule is for a person to judge.
    then
        The outcome.
    text
        What annotators read.
    examples
        Cases on either side of it.
    """

    id: Identifier
    when: When | None = None
    opaque: Opaque | None = None
    then: Identifier
    text: Text = ""
    examples: Examples = ()

    @property
    def scope(self) -> Expression | None:
        """Where the rule can hold; nothing if that is everywhere."""
        return self.when if self.opaque is None else self.opaque.scope

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.when is None) == (self.opaque is None):
            found = "neither" if self.when is None else "both"
            msg = f"found {found}; allowed is one of 'when' and 'opaque'; keep one of them"
            raise ValueError(msg)
        if self.id in {DEFAULT_RULE, JUDGED_RULE}:
            msg = f"found the id {self.id!r}, which is reserved; choose another"
            raise ValueError(msg)
        return self


class Decision(Strictly):
    """One question and its outcomes.

    A *derived* decision is computed: the first rule that holds wins, else the *default*. A *judged*
    decision is chosen by people and stored as *field*. Its rules take the choice from them: where one
    holds, only its outcome is right, else they may choose any. The *default* of a judged decision is
    what holds where nobody chose.

    Attributes
    ----------
    by
        Whether it is computed or chosen.
    outcomes
        The answers that it can have.
    invisible
        Outcomes of which no trace is left: who has one is no record.
    default
        What holds where no rule does, of a judged decision if nobody chose; a derived one needs it.
    field
        Of a judged decision, the enum field in which the choice is stored; its values are the outcomes.
    rules
        In the order in which they are tried.
    text
        What annotators read.
    """

    by: Literal["derived", "judged"]
    outcomes: Outcomes
    invisible: tuple[Identifier, ...] = ()
    default: Identifier | None = None
    field: Name | None = None
    rules: Annotated[tuple[Rule, ...], Key(max_length=10_000)] = ()
    text: Text = ""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The outcomes that each rule leaves open, and after them those that are open where no rule holds."""
        default = () if self.default is None else (self.default,)
        otherwise = self.outcomes if self.by == "judged" else default
        return (*((rule.then,) for rule in self.rules), otherwise)

    @model_validator(mode="after")
    def _kind_has_its_keys(self) -> Self:
        if self.by == "derived" and self.default is None:
            msg = "found no default; allowed is one of the outcomes; say what holds if no rule does"
            raise ValueError(msg)
        if (self.by == "judged") != (self.field is not None):
            found = "no field on a judged" if self.field is None else "field on a derived"
            msg = f"found {found} decision; allowed is a field where the answer of a person is kept"
            raise ValueError(msg)
        return self


class Migration(Strictly):
    """Stored outcome *old* of a judged decision becomes *new* where *when* holds.

    Attributes
    ----------
    decision
        The decision.
    old
        Written ``from``: what was chosen under the version before.
    new
        Written ``to``: what it is from now on.
    when
        Where; everywhere if nothing is said.
    """

    decision: Name
    old: Identifier = Key(validation_alias="from", serialization_alias="from")
    new: Identifier = Key(validation_alias="to", serialization_alias="to")
    when: When | None = None


class Attribute(Strictly):
    """When an answer must state this attribute.

    Attributes
    ----------
    required_when
        The condition, an expression; always if nothing is said.
    text
        What annotators read.
    """

    required_when: When | None = None
    text: Text = ""
