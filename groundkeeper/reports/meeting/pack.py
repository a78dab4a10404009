"""The pack for a consensus meeting: its agenda and its topics, each with rule, cases and drafts, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from groundkeeper.core.consensus.voices import of_experts
from groundkeeper.core.edge_cases.agenda import Topic
from groundkeeper.core.edge_cases.concentration import FEWEST_RECORDS, Concentration, Searched
from groundkeeper.core.estimates import FEWEST_GROUPS
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.reports.guideline_entries import DecisionEntry, decision
from groundkeeper.reports.meeting.cases import LISTED, Case, Question, cases, questions
from groundkeeper.reports.meeting.drafts import Draft, drafts
from groundkeeper.reports.meeting.material import Material
from groundkeeper.reports.page import count, share, words
from schemas.enums import Independence

ORDER: Final = (
    "Topics come in the order of how much ground truth hangs on them: first by the records whose decision rests on "
    "whom one asks (experts whose own values decide otherwise, or a spread across a boundary), then by all records "
    "that lie there, then by the questions."
)
NOTHING: Final = "There is nothing to discuss: nobody asked, and disagreement concentrates nowhere."


@dataclass(frozen=True)
class TopicPage:
    """One topic in words.

    Attributes
    ----------
    anchor, number, title
        Its place on the agenda and what it is about.
    where
        The cell, and what it holds.
    why
        Why it is a topic.
    asked, records, contested, askers, items
        How many questions there are, by how many people on how many items, how many records lie there, and of how many
        the decision rests on whom one asks.
    decisions
        The decisions as annotators read them, each with its rules.
    rule_id
        The rule that it is about; empty if it is about none.
    cases
        Those shown.
    further
        Questions about other cases, those not listed being counted in *unlisted*.
    drafts
        How it may be resolved.
    """

    anchor: str
    number: int
    title: str
    where: str
    why: str
    asked: int
    askers: int
    items: int
    records: int
    contested: int
    decisions: tuple[DecisionEntry, ...]
    rule_id: str
    cases: tuple[Case, ...]
    further: tuple[Question, ...]
    unlisted: int
    drafts: tuple[Draft, ...]


@dataclass(frozen=True)
class Pack:
    """Everything that is handed out before a meeting."""

    set: str
    version: str
    warnings: tuple[str, ...]
    searched: str
    topics: tuple[TopicPage, ...]
    questions: int
    records: int
    contested: int


def pack(material: Material) -> Pack:
    """Return the pack of *material*."""
    guideline = material.guideline
    hot = {name for topic in material.topics for name in topic.contested_ids}
    return Pack(
        set=guideline.set_name,
        version=guideline.version,
        warnings=tuple(_warnings(material)),
        searched=searched(material.searched),
        topics=tuple(
            _topic(topic, number, material) for number, topic in enumerate(material.topics, start=1)
        ),
        questions=len(material.questions),
        records=len(material.observed),
        contested=len(hot),
    )


def searched(found: Searched) -> str:
    """Return in words where disagreement was looked for, and how surely what is said holds.

    Examples
    --------
    >>> print(searched(Searched((), looked_at=0, too_small=2, beyond=0, confidence=0.95)))
    Disagreement: no cell could be held against the rest of the set; 2 cells had fewer than 10 records or 10 groups.
    """
    small = (
        f"{_number(found.too_small, 'cell')} had fewer than {FEWEST_RECORDS} records or {FEWEST_GROUPS} groups"
        if found.too_small
        else ""
    )
    if not found.looked_at:
        said = "Disagreement: no cell could be held against the rest of the set"
        return f"{'; '.join(filter(None, (said, small)))}."
    beyond = f"{_number(found.beyond, 'smaller cell')} were not looked at" if found.beyond else ""
    said = (
        f"Disagreement: {_number(found.looked_at, 'cell')} held against the rest of the set, "
        f"{len(found.found)} with more of it; all intervals together hold at {100 * found.confidence:g} % (Bonferroni)"
    )
    return f"{'; '.join(filter(None, (said, small, beyond)))}."


def _warnings(material: Material) -> Iterator[str]:
    if material.in_force != material.guideline.version:
        yield (
            f"The tables were built under {material.guideline.version}, in force is {material.in_force}: "
            "run `gk refresh` first, or talk about the older version."
        )
    told = of_experts(material.evidence.answers)
    if (told["independence"] != Independence.BLIND).any():
        yield "Not all answers were given blind: experts who saw one another's marks disagree less."


def _topic(topic: Topic, number: int, material: Material) -> TopicPage:
    guideline = material.guideline
    asked = material.questions.set_index("edge_case_id").loc[list(topic.edge_case_ids)]
    shown = cases(topic, number, material)
    told = {question.id for case in shown for question in case.questions}
    further = questions(asked[~asked.index.isin(told)])
    return TopicPage(
        anchor=f"topic-{number}",
        number=number,
        title=_title(topic, guideline),
        where=_where(topic, guideline),
        why=_why(topic),
        asked=len(asked),
        askers=asked["annotator"].nunique(),
        items=asked["item_id"].nunique(),
        records=len(topic.record_ids),
        contested=len(topic.contested_ids),
        decisions=tuple(
            decision(name, guideline.decisions[name], guideline.fields) for name in topic.decisions
        ),
        rule_id=topic.rule_id,
        cases=shown,
        further=further[:LISTED],
        unlisted=max(0, len(further) - LISTED),
        drafts=drafts(topic, number, guideline, material.observed),
    )


def _title(topic: Topic, guideline: Guideline) -> str:
    if topic.rule_id and topic.rule_id not in guideline.decisions:
        known = any(
            rule.id == topic.rule_id for one in guideline.decisions.values() for rule in one.rules
        )
        return f"Rule {topic.rule_id}{'' if known else ', which this version does not have'}"
    if topic.edge_case_ids and not topic.rule_id:
        return "No rule was named"
    return f"Decision {words(topic.decisions[0])}"


def _where(topic: Topic, guideline: Guideline) -> str:
    if topic.cell is not None:
        return f"Where {topic.cell.in_words(guideline.fields)}"
    named = topic.rule_id and any(
        rule.id == topic.rule_id for one in guideline.decisions.values() for rule in one.rules
    )
    return "Wherever the rule decides" if named else "On the items that were named"


def _why(topic: Topic) -> str:
    found = topic.concentration
    return "" if found is None else concentrated(found)


def concentrated(found: Concentration) -> str:
    """Return in words how much more often experts disagree in a cell."""
    more = found.more
    known = more.low <= more.high
    between = f"{100 * more.low:.1f} to {100 * more.high:.1f}" if known else more.note
    return (
        f"Nobody asked, and {found.otherwise} of {found.experts} answers decide {words(found.decision)} otherwise than "
        f"their record ({share(found.share)}), {100 * more.value:.1f} percentage points more than in the rest of the "
        f"set ({between}; n {count(more.n)} records, {count(more.groups)} groups; "
        f"here {count(len(found.record_ids))} records, {count(found.groups)} groups). "
        f"{count(found.borderline)} of the records are borderline."
    )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
