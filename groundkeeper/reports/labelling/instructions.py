"""The instructions beside a labelling tool: what to do in it, then what the guideline says."""

from collections.abc import Iterable, Iterator

from groundkeeper.errors import listing
from groundkeeper.reports.blocks import Block, Heading, Item, Items, Paragraph
from groundkeeper.reports.guideline_blocks import body
from groundkeeper.reports.guideline_entries import upper
from groundkeeper.reports.labelling.questions import Labelling, Question


def instructions(asked: Labelling, notes: Iterable[str]) -> Iterator[Block]:
    """Yield the instructions; *notes* are sentences about the tool."""
    yield Heading(1, f"Guideline {asked.entries.set} {asked.entries.version}")
    yield Paragraph(asked.entries.lead)
    yield Heading(2, f"In {asked.tool.name}")
    yield Items(tuple(map(Item, (*_drawing(asked), *notes))))
    yield from body(asked.entries)


def named(questions: Iterable[Question]) -> str:
    """Return *questions* by name, in one line."""
    return ", ".join(question.name for question in questions)


def unchecked(questions: Iterable[Question], tool: str) -> Iterator[str]:
    """Yield when answers must state *questions*, which *tool* does not see to by itself."""
    together: dict[str, list[Question]] = {}
    for question in questions:
        if question.required:
            together.setdefault(question.required, []).append(question)
    for when, alike in together.items():
        yield f"{upper(when)}, which {tool} does not check: {named(alike)}."


def _drawing(asked: Labelling) -> Iterator[str]:
    if asked.kinds:
        yield f"Draw each object as {_either(asked.kinds)}, and label it as {_one_of(asked.labels)}."
    if asked.left_out:
        left_out = ", ".join(asked.left_out)
        yield (
            f"{asked.tool.name} is not set up for geometry of these kinds, which the guideline asks for: "
            f"{left_out}."
        )
    if asked.labels and not asked.kinds:
        yield f"Say what the {asked.medium} is: {_one_of(asked.labels)}."
    if asked.of_object:
        yield f"Of each object, state: {named(asked.of_object)}."


def _either(kinds: Iterable[str]) -> str:
    return " or ".join(f"a {kind}" if kind != "keypoints" else kind for kind in kinds)


def _one_of(labels: tuple[str, ...]) -> str:
    return labels[0] if len(labels) == 1 else f"one of: {listing(labels)}"
