"""A guideline as a row of blocks: the document for annotators where no page can be shown."""

from collections.abc import Iterator

from groundkeeper.reports import guideline_entries as said
from groundkeeper.reports.blocks import Block, Heading, Item, Items, Paragraph


def blocks(guideline: said.Entries) -> Iterator[Block]:
    """Yield what the page says, in its order: title, scope, classes, fields, drawing, rules, changes."""
    yield Heading(1, f"Guideline {guideline.set} {guideline.version}")
    yield Paragraph(guideline.lead)
    yield from body(guideline)


def body(guideline: said.Entries) -> Iterator[Block]:
    """Yield what comes after the title and the lead."""
    if guideline.scope:
        yield Heading(2, said.HEADINGS["scope"])
        for block in guideline.scope:
            yield Paragraph(f"{block.text} ({block.where})" if block.where else block.text)
    if guideline.classes:
        yield Heading(2, said.HEADINGS["classes"])
        yield Items(tuple(Item(c.text, c.name, c.notes) for c in guideline.classes))
    yield from _fields(guideline)
    if guideline.drawing:
        yield Heading(2, said.HEADINGS["drawing"])
        yield Items(tuple(Item(text, term) for term, text in guideline.drawing))
    yield Heading(2, said.HEADINGS["decisions"])
    yield Paragraph(said.READ_FROM_THE_TOP)
    for question in guideline.decisions:
        yield from _decision(question)
    yield Heading(2, said.HEADINGS["consensus"])
    yield Paragraph(guideline.consensus)
    yield Paragraph(said.EMPTY_IS_EVIDENCE)
    if guideline.changes:
        yield Heading(2, said.HEADINGS["changes"])
        yield Items(tuple(Item(c.text, c.title, (c.decided_by,)) for c in guideline.changes))


def _fields(guideline: said.Entries) -> Iterator[Block]:
    yield Heading(2, said.HEADINGS["fields"])
    if guideline.asked:
        yield Items(tuple(map(_field, guideline.asked)))
    else:
        yield Paragraph(said.NOTHING_TO_RECORD)
    if guideline.known:
        yield Heading(3, said.HEADINGS["known"])
        yield Items(tuple(map(_field, guideline.known)))


def _field(field: said.FieldEntry) -> Item:
    details = (field.text, field.required, field.fusion)
    text = f"{field.values}; for {field.level}; {field.source}"
    return Item(text, field.name, tuple(filter(None, details)))


def _decision(question: said.DecisionEntry) -> Iterator[Block]:
    yield Heading(3, said.upper(question.name))
    if question.text:
        yield Paragraph(question.text)
    yield Paragraph(f"{question.by} {question.outcomes}")
    if question.rules:
        yield Items(tuple(map(_rule, question.rules)), ordered=True)


def _rule(rule: said.RuleEntry) -> Item:
    named = f" ({rule.id})" if rule.id else ""
    examples = (f"Example: {example}" for example in rule.examples)
    details = tuple(filter(None, (rule.text, *examples)))
    return Item(f"{rule.condition}: {rule.outcome}.{named}", "", details)
