"""A guideline in words: what every document for annotators says, whatever it is written in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.guideline.sections import (
    Change,
    ClassText,
    Consensus,
    Header,
    Match,
    ShapeRule,
    Tolerance,
)
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.reports.field_words import field_name, field_values, fusion
from groundkeeper.reports.page import words

HEADINGS: Final[Mapping[str, str]] = {
    "scope": "Scope",
    "classes": "Classes",
    "fields": "What you record",
    "known": "What is known without you",
    "drawing": "How to draw",
    "decisions": "What is decided",
    "consensus": "From several experts to one record",
    "changes": "What has changed, up to this version",
}
"""What each part of the document is called."""
NOTHING_TO_RECORD: Final = "Nothing beyond the answer itself."
READ_FROM_THE_TOP: Final = (
    "The rules of a question are read from the top: the first that holds decides."
)
EMPTY_IS_EVIDENCE: Final = (
    "If you look and find nothing, say so: an empty answer is evidence, a missing one is not."
)


@dataclass(frozen=True)
class ScopeEntry:
    """A block of prose, and in *where* the records it is about; empty if that is all of them."""

    text: str
    where: str


@dataclass(frozen=True)
class ClassEntry:
    """What a class is."""

    name: str
    text: str
    notes: tuple[str, ...]


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
    """A rule as a sentence, without its full stop: *condition*, a colon, *outcome*."""

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
    outcomes: str
    rules: tuple[RuleEntry, ...]


@dataclass(frozen=True)
class ChangeEntry:
    """One entry of the changelog: what it is about, what it says, and who decided it."""

    title: str
    text: str
    decided_by: str


@dataclass(frozen=True)
class Entries:
    """Everything that one version of a guideline says to annotators, in the order of reading."""

    set: str
    version: str
    lead: str
    scope: tuple[ScopeEntry, ...]
    classes: tuple[ClassEntry, ...]
    asked: tuple[FieldEntry, ...]
    known: tuple[FieldEntry, ...]
    drawing: tuple[tuple[str, str], ...]
    decisions: tuple[DecisionEntry, ...]
    consensus: str
    changes: tuple[ChangeEntry, ...]


def entries(guideline: Guideline) -> Entries:
    """Return *guideline* in words."""
    fields = guideline.fields
    precision = [("Precision", tolerance(*item)) for item in guideline.precision.items()]
    conventions = [(upper(words(n)), words(v)) for n, v in guideline.conventions.items()]
    return Entries(
        set=guideline.set_name,
        version=guideline.version,
        lead=_lead(guideline.guideline),
        scope=tuple(
            ScopeEntry(b.text, f"where {sentence(b.scope, fields)}" if b.scope else "")
            for b in guideline.prose
        ),
        classes=tuple(
            ClassEntry(name, said.text, tuple(_class_notes(said, guideline.coverage.get(name))))
            for name, said in guideline.classes.items()
        ),
        asked=tuple(_field_entries(guideline, answered=True)),
        known=tuple(_field_entries(guideline, answered=False)),
        drawing=(*conventions, *precision),
        decisions=tuple(decision(n, said, fields) for n, said in guideline.decisions.items()),
        consensus=reconciliation(guideline.consensus),
        changes=tuple(map(_change, guideline.changelog)),
    )


def upper(text: str) -> str:
    """Return *text* with a capital, the rest as it is.

    Examples
    --------
    >>> upper("required when HU is less than 3")
    'Required when HU is less than 3'
    """
    return f"{text[:1].upper()}{text[1:]}"


def required(name: str, guideline: Guideline) -> str:
    """Return when an answer must state the field called *name*; empty if it never must."""
    if name not in guideline.attributes:
        return ""
    when = guideline.attributes[name].required_when
    return f"required when {sentence(when, guideline.fields)}" if when else "always required"


def decision(name: str, said: Decision, fields: Mapping[str, Field]) -> DecisionEntry:
    """Return a decision in words, its rules in their order and what holds otherwise at the end."""
    rules = [rule_entry(rule, fields) for rule in said.rules]
    if said.default is not None:
        condition = "Otherwise" if rules else "Always"
        rules.append(RuleEntry("", condition, words(said.default), "", ()))
    noun = said.field.replace("_", " ") if said.field else ""
    by = f"You choose it; your answer is kept as {noun}." if said.field else "It is computed."
    outcomes = f"Outcomes: {', '.join(said.outcomes)}."
    if said.invisible:
        traceless = " or ".join(said.invisible)
        outcomes += f" What is decided as {traceless} leaves no trace in the ground truth."
    return DecisionEntry(words(name), said.text, by, outcomes, tuple(rules))


def rule_entry(rule: Rule, fields: Mapping[str, Field]) -> RuleEntry:
    """Return a rule in words; what only a person can judge says so."""
    if rule.when is not None:
        condition = sentence(rule.when, fields)
    elif rule.scope is not None:
        condition = f"{sentence(rule.scope, fields)}, and a person judges that what follows is so"
    else:
        condition = "a person judges that what follows is so"
    return RuleEntry(rule.id, f"If {condition}", words(rule.then), rule.text, rule.examples)


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
    return f"{quorum} {_matched(consensus.match)}{_SHAPES[consensus.shape]}"


def _matched(match: Match) -> str:
    if match.at_least is None:
        return "All answers about one item are about the same thing."
    share = f"{100 * match.at_least:g} %"
    if match.by == "iou":
        return (
            f"Annotations that overlap by at least {share} (intersection over union) are about the "
            "same thing."
        )
    return (
        f"Annotations that are at least {share} alike are about the same thing: areas by how much they "
        "overlap, points by how near they are, lines by how near they run."
    )


def tolerance(kind: str, said: Tolerance) -> str:
    """Return how precisely a geometry is to be drawn.

    Examples
    --------
    >>> tolerance("polygon", Tolerance(tol_px=2, measure="boundary_p95"))
    'polygon: within 2 px, measured as the 95th percentile of the distance between boundaries'
    """
    return f"{kind}: within {said.tol_px:g} px, measured as {_MEASURES[said.measure]}"


def _lead(header: Header) -> str:
    status = "Published" if header.status == "published" else "Draft"
    before = f", in place of {header.supersedes}" if header.supersedes else ""
    owners = ", ".join(header.owners)
    return f"{status}, released {header.released.isoformat()}{before}. Questions go to {owners}."


def _class_notes(said: ClassText, coverage: str | None) -> Iterator[str]:
    for start, listed in (
        ("It is one", said.positive),
        ("It is none", said.negative),
        ("Often confused with", said.confused_with),
    ):
        if listed:
            yield f"{start}: {', '.join(listed)}."
    if coverage is not None:
        yield _COVERAGES[coverage]


def _field_entries(guideline: Guideline, *, answered: bool) -> Iterator[FieldEntry]:
    for name, field in guideline.fields.items():
        if (field.source in ANSWERED) != answered:
            continue
        when = required(name, guideline)
        asked = guideline.attributes[name].text if when else ""
        made = fusion(field, guideline.consensus.inference.get(name)) if field.fuse else ""
        yield FieldEntry(
            name=field_name(name, field),
            text=field.text,
            values=field_values(field),
            level="each item" if field.level == "item" else "each object",
            source=_SOURCES[field.source],
            fusion=f"Of several experts: {made}." if made else "",
            required=f"{upper(when)}. {asked}".strip() if when else "",
        )


def _change(change: Change) -> ChangeEntry:
    said = [change.rationale]
    if change.meaning:
        said.append(f"Meaning of the text: {change.meaning}.")
    if change.evidence:
        said.append(f"Evidence: {', '.join(change.evidence)}.")
    title = f"{change.id}: {words(change.kind)} of {change.target}"
    return ChangeEntry(title, " ".join(said), f"Decided by {change.decided_by}.")


_COVERAGES: Final[Mapping[str, str]] = {
    "exhaustive": "Find all of them: what is not marked is taken as absent.",
    "sampled": "Not all have to be found: what is not marked stays unknown.",
}
_MEASURES: Final[Mapping[str, str]] = {
    "boundary_p95": "the 95th percentile of the distance between boundaries",
    "boundary_max": "the largest distance between boundaries",
    "edge_max": "the largest distance between edges",
    "iou": "intersection over union",
    "point_distance": "the distance between points",
}
_SHAPES: Final[Mapping[ShapeRule, str]] = {
    "majority_region": " The shape of the record is what at least half of those who marked it drew.",
    "edge_median": " Each edge of the record's box is the median of those that were drawn.",
    "weighted_boxes": (
        " The record's box is the mean of those that were drawn, each counting as it is like the others."
    ),
    "staple": (
        " The shape of the record is the region that is probable, each of those who marked it counting "
        "as they are right."
    ),
    "medoid": " The shape of the record is the drawing that is most like the others.",
    "by_kind": (
        " The shape of the record is the median of edges and points that were drawn, the region that at "
        "least half drew, or the line that is most like the others."
    ),
    "none": "",
}
_SOURCES: Final[Mapping[str, str]] = {
    "label": "you choose it",
    "attribute": "you state it",
    "geometry": "measured from what you draw",
    "metadata": "known of the item beforehand",
    "derived": "counted from the answers",
}
