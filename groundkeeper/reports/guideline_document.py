"""A guideline as annotators read it: its prose, and its rules as sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.guideline.sections import Consensus, Tolerance
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.reports.page import render


@dataclass(frozen=True)
class FieldEntry:
    """A field in words: what is asked for, what may be answered, and how answers become one."""

    name: str
    text: str
    values: str
    level: str
    source: str
    fusion: str
    required: str


@dataclass(frozen=True)
class RuleEntry:
    """A rule as a sentence; *condition* is empty for what holds if no rule does."""

    id: str
    condition: str
    outcome: str
    text: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class DecisionEntry:
    """A question that the guideline answers, in words."""

    name: str
    text: str
    by: str
    outcomes: tuple[str, ...]
    invisible: tuple[str, ...]
    rules: tuple[RuleEntry, ...]


def document(guideline: Guideline) -> str:
    """Return *guideline* as one HTML page for annotators, which opens offline and prints well."""
    fields = guideline.fields
    return render(
        "guideline.html.j2",
        header=guideline.guideline,
        scope=[
            (block.text, sentence(block.scope, fields) if block.scope else "")
            for block in guideline.prose
        ],
        classes=guideline.classes,
        asked=list(_entries(guideline, answered=True)),
        known=list(_entries(guideline, answered=False)),
        conventions=guideline.conventions,
        precision=[tolerance(kind, said) for kind, said in guideline.precision.items()],
        decisions=[decision(name, said, fields) for name, said in guideline.decisions.items()],
        coverage=guideline.coverage,
        consensus=reconciliation(guideline.consensus),
        changelog=guideline.changelog,
    )


def field_values(field: Field) -> str:
    """Return what may be answered.

    Examples
    --------
    >>> age = {"type": "integer", "unit": "years", "min": 0, "from": "metadata", "level": "item"}
    >>> field_values(Field.model_validate(age))
    'a whole number in years, at least 0'
    >>> grade = {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
    >>> field_values(Field.model_validate(grade))
    'one of 1, 2, 3, in this order'
    """
    if field.values is not None:
        listed = ", ".join(map(str, field.values))
        return f"one of {listed}, in this order" if field.type == "ordinal" else f"one of {listed}"
    if field.type in {"bool", "text"}:
        return "yes or no" if field.type == "bool" else "free text"
    kind = "a whole number" if field.type == "integer" else "a number"
    unit = f" in {field.unit}" if field.unit else ""
    least = f", at least {field.min:g}" if field.min is not None else ""
    most = f", at most {field.max:g}" if field.max is not None else ""
    return f"{kind}{unit}{least}{most}"


def decision(name: str, said: Decision, fields: Mapping[str, Field]) -> DecisionEntry:
    """Return a decision in words, its rules in their order and what holds otherwise at the end."""
    rules = [rule_entry(rule, fields) for rule in said.rules]
    if said.default is not None:
        rules.append(RuleEntry("", "", said.default, "", ()))
    noun = said.field.replace("_", " ") if said.field else ""
    by = f"You choose it; your answer is kept as {noun}." if said.field else "It is computed."
    return DecisionEntry(name, said.text, by, said.outcomes, said.invisible, tuple(rules))


def rule_entry(rule: Rule, fields: Mapping[str, Field]) -> RuleEntry:
    """Return a rule in words; what only a person can judge says so."""
    if rule.when is not None:
        condition = sentence(rule.when, fields)
    elif rule.scope is not None:
        condition = f"{sentence(rule.scope, fields)}, and a person judges that what follows is so"
    else:
        condition = "a person judges that what follows is so"
    return RuleEntry(rule.id, condition, rule.then, rule.text, rule.examples)


def reconciliation(consensus: Consensus) -> str:
    """Return how the answers of several experts become one record.

    Examples
    --------
    >>> print(reconciliation(Consensus.model_validate(
    ...     {"experts": 4, "quorum": 2, "match": {"by": "item"}, "shape": "none"})))
    4 experts look at each item, and 2 of them have to say so for a record to be settled. All answers about \
one item are about the same thing.
    """
    quorum = (
        f"{consensus.experts} experts look at each item, and {consensus.quorum} of them have to say so "
        "for a record to be settled."
    )
    if consensus.match.at_least is None:
        match = "All answers about one item are about the same thing."
    else:
        match = (
            f"Annotations that overlap by at least {100 * consensus.match.at_least:g} % "
            "(intersection over union) are about the same thing."
        )
    shape = (
        " The shape of the record is what at least half of those who marked it drew."
        if consensus.shape == "majority_region"
        else ""
    )
    return f"{quorum} {match}{shape}"


def tolerance(kind: str, said: Tolerance) -> str:
    """Return how precisely a geometry is to be drawn.

    Examples
    --------
    >>> tolerance("polygon", Tolerance(tol_px=2, measure="boundary_p95"))
    'polygon: within 2 px, measured as the 95th percentile of the distance between boundaries'
    """
    return f"{kind}: within {said.tol_px:g} px, measured as {_MEASURES[said.measure]}"


def _entries(guideline: Guideline, *, answered: bool) -> Iterator[FieldEntry]:
    for name, field in guideline.fields.items():
        if (field.source in ANSWERED) != answered:
            continue
        unit = f"_{field.unit}" if field.unit else ""
        yield FieldEntry(
            name=name.removesuffix(unit).replace("_", " "),
            text=field.text,
            values=field_values(field),
            level="each item" if field.level == "item" else "each object",
            source=_SOURCES[field.source],
            fusion=_FUSIONS.get(field.fuse or "", ""),
            required=_required(name, guideline),
        )


def _required(name: str, guideline: Guideline) -> str:
    if name not in guideline.attributes:
        return ""
    asked = guideline.attributes[name]
    when = asked.required_when
    condition = f"required when {sentence(when, guideline.fields)}" if when else "always required"
    return f"{condition}. {asked.text}".strip()


_MEASURES: Final[Mapping[str, str]] = {
    "boundary_p95": "the 95th percentile of the distance between boundaries",
    "boundary_max": "the largest distance between boundaries",
    "edge_max": "the largest distance between edges",
    "iou": "intersection over union",
    "point_distance": "the distance between points",
}
_SOURCES: Final[Mapping[str, str]] = {
    "label": "you choose it",
    "attribute": "you state it",
    "geometry": "measured from what you draw",
    "metadata": "known of the item beforehand",
    "derived": "counted from the answers",
}
_FUSIONS: Final[Mapping[str, str]] = {
    "median": "the middle of the experts' values",
    "mean": "the mean of the experts' values",
    "mode": "what most experts say",
    "max": "the highest of the experts' values",
    "min": "the lowest of the experts' values",
    "any": "yes if any expert says so",
    "all": "yes if every expert says so",
    "posterior": "the most probable value, given how reliable each expert is",
}
