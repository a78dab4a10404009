"""The pack for a consensus meeting as Markdown: whatever people wrote, it stays text."""

from collections.abc import Iterator, Sequence
from typing import Final

from groundkeeper.reports.blocks import escaped_markdown as escaped
from groundkeeper.reports.guideline_entries import DecisionEntry
from groundkeeper.reports.meeting.cases import Case, Question, Row
from groundkeeper.reports.meeting.drafts import Draft
from groundkeeper.reports.meeting.pack import NOTHING, ORDER, Pack, TopicPage
from groundkeeper.reports.page import count

DECISION: Final = (
    "Decision: ",
    "Reasons: ",
    "Decided by: ",
    "On: ",
)
"""What is to be filled in, a line each."""


def markdown(made: Pack, page: str) -> str:
    """Return the pack as Markdown, as GitHub and CommonMark read it; *page* has the pictures."""
    return "\n".join(_lines(made, page)).rstrip() + "\n"


def _lines(made: Pack, page: str) -> Iterator[str]:
    yield f"# Consensus meeting: {escaped(made.set)} {escaped(made.version)}"
    yield ""
    yield (
        f"{_number(made.questions, 'question')}, {_number(len(made.topics), 'topic')}; "
        f"of {count(made.records)} records {count(made.contested)} are contested in "
        "one of them."
    )
    for note in (*made.warnings, made.searched):
        yield ""
        yield escaped(note)
    yield ""
    if not made.topics:
        yield escaped(NOTHING)
        return
    yield "## Agenda"
    yield ""
    yield escaped(ORDER)
    yield ""
    yield "| topic | about | questions | records | contested |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for topic in made.topics:
        about = f"{topic.title}: {topic.where}"
        yield (
            f"| {topic.number} | {escaped(about)} | {topic.asked} | {count(topic.records)} | "
            f"{count(topic.contested)} |"
        )
    for topic in made.topics:
        yield from _topic(topic, page)


def _topic(topic: TopicPage, page: str) -> Iterator[str]:
    yield ""
    yield f"## {topic.number}. {escaped(topic.title)}"
    yield ""
    yield f"{escaped(topic.where)}: {_number(topic.records, 'record')}, {count(topic.contested)} contested."
    if topic.why:
        yield ""
        yield escaped(topic.why)
    for decision in topic.decisions:
        yield from _decision(decision, topic.rule_id)
    for case in topic.cases:
        yield from _case(case, page)
    yield from _further(topic)
    yield ""
    yield "### Drafts"
    for draft in topic.drafts:
        yield from _draft(draft)
    if not topic.drafts:
        yield ""
        yield "None: say first which rule it is about."
    yield ""
    yield "### What was decided"
    yield ""
    yield from (f"* {line}" for line in DECISION)


def _decision(decision: DecisionEntry, rule_id: str) -> Iterator[str]:
    yield ""
    yield f"### The rules: {escaped(decision.name)}"
    if decision.text:
        yield ""
        yield escaped(decision.text)
    yield ""
    for place, rule in enumerate(decision.rules, start=1):
        said = f"{escaped(rule.condition)}: {escaped(rule.outcome)}."
        text = f" {escaped(rule.text)}" if rule.text else ""
        name = f" ({escaped(rule.id)})" if rule.id else ""
        yield f"{place}. {f'**{said}**' if rule.id and rule.id == rule_id else said}{name}{text}"
        yield from (f"   * Example: {escaped(example)}" for example in rule.examples)


def _case(case: Case, page: str) -> Iterator[str]:
    yield ""
    yield f"### Case {escaped(case.title)}"
    if case.facts:
        yield ""
        yield f"{escaped(case.facts)}."
    yield ""
    yield from (_question(question) for question in case.questions)
    if case.note:
        yield ""
        yield escaped(case.note)
    if case.rows:
        yield ""
        yield from _positions(case.experts, case.rows)
    if case.alike:
        yield ""
        yield f"All who marked it agree on: {escaped(case.alike)}."
    if case.panels:
        yield ""
        yield f"Outlines: [{page}]({page}#{case.anchor})"


def _positions(experts: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    heads = ["", "ground truth", *experts]
    yield f"| {' | '.join(escaped(head) for head in heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        name = f"**{escaped(row.name)}**" if row.is_outcome else escaped(row.name)
        said = [
            f"**{escaped(value)}**" if differs and row.is_outcome else escaped(value)
            for value, differs in zip(row.experts, row.differs, strict=True)
        ]
        yield f"| {' | '.join([name, escaped(row.record), *said])} |"


def _further(topic: TopicPage) -> Iterator[str]:
    if topic.further:
        yield ""
        yield "### Asked as well"
        yield ""
        yield from (
            f"{_question(question)}: {escaped(question.item)}" for question in topic.further
        )
    if topic.unlisted:
        yield ""
        yield f"and {_number(topic.unlisted, 'more question')}."


def _question(question: Question) -> str:
    return f"* {escaped(question.text)} ({escaped(question.asker)}, {escaped(question.asked)}; {escaped(question.id)})"


def _draft(draft: Draft) -> Iterator[str]:
    yield ""
    yield f"**{escaped(draft.title)}.** {escaped(draft.text)}"
    yield ""
    yield "```yaml"
    yield draft.yaml
    yield "```"
    yield ""
    yield "```sh"
    yield draft.command
    yield "```"


def _number(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"
