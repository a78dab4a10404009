"""What Label Studio needs for a guideline: the labelling configuration and the instructions.

References
----------
Label Studio, Tags: https://labelstud.io/tags. A dollar sign and a word are read as a variable of the
task wherever a value holds them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil, floor
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import NUMERIC
from groundkeeper.core.guideline.sections import GeometryKind
from groundkeeper.core.guideline.tree import canonical_number
from groundkeeper.errors import GuidelineError
from groundkeeper.reports.blocks import as_html
from groundkeeper.reports.guideline_entries import EMPTY_IS_EVIDENCE, Entries, upper
from groundkeeper.reports.labelling.instructions import instructions, named, unchecked
from groundkeeper.reports.labelling.questions import (
    Labelling,
    Medium,
    Question,
    Tool,
    labelling,
    unused,
)

MAX_TITLE_LENGTH: Final = 50
"""The longest title of a project that Label Studio takes."""
MAX_INLINE: Final = 10
"""How many values are shown side by side; more are a list to choose from."""

_CONTROLS: Final[Mapping[GeometryKind, str]] = MappingProxyType(
    {
        "box": "RectangleLabels",
        "keypoints": "KeyPointLabels",
        "mask": "BrushLabels",
        "point": "KeyPointLabels",
        "polygon": "PolygonLabels",
        "span": "Labels",
    }
)
"""Lines are not there: the one tag for open lines, VectorLabels, is a beta."""
TOOL: Final = Tool(
    "Label Studio",
    frozenset({"image", "text"}),
    frozenset(_CONTROLS),
    lists_of_object=frozenset({"set"}),
    lists_of_item=frozenset({"set", "ranking"}),
)
"""A ranking is made once of the item: the control for it knows no objects."""
NONE_OF_THEM: Final = "none of these"
"""The choice that says that no member is in a set: where nothing is chosen, nothing is exported."""
RANKED: Final = "ranked"
"""How the columns begin into which people drag what they rank; what they leave out stays where it was."""

_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
"""Told apart by people who see few colours (Okabe and Ito, 2008); repeated after the last."""
_VARIABLE: Final = re.compile(r"\$[\w\[\].{}]")


@dataclass(frozen=True)
class Project:
    """What a project of Label Studio is made of, named as in the request that creates it.

    Attributes
    ----------
    task_data
        What the data of every task must have beside its item: the values of each ranking, which no configuration can
        hold.
    """

    title: str
    label_config: str
    expert_instruction: str
    task_data: Mapping[str, object]

    def as_json(self) -> dict[str, object]:
        """Return the body of ``POST /api/projects``."""
        body = {name: value for name, value in asdict(self).items() if name != "task_data"}
        return {**body, "show_instruction": True}


def project(guideline: Guideline, entries: Entries, medium: Medium | None = None) -> Project:
    """Return the project for *guideline*; for *medium* see ``labelling``.

    Raises
    ------
    GuidelineError
        As ``labelling`` does, or if a label or a value would be read as a variable.
    """
    room = MAX_TITLE_LENGTH - len(guideline.version) - 1
    asked = labelling(guideline, entries, TOOL, medium)
    return Project(
        title=f"{guideline.set_name[:room]} {guideline.version}",
        label_config=configuration(asked),
        expert_instruction=as_html(instructions(asked, _notes(asked))),
        task_data={
            _variable(number): [{"id": value, "title": value} for value in question.choices]
            for number, question in _rankings(asked)
        },
    )


def configuration(asked: Labelling) -> str:
    """Return the labelling configuration: the item, a control per kind of geometry, and the questions.

    What is stated of an object is asked while the object is selected. An answer is exported under the
    name of its control, which is the name that the guideline's field is read from.
    """
    view = Element("View")
    questions = (*asked.of_object, *asked.of_item)
    names = frozenset({question.key for question in questions} | {asked.label_key})
    shown = unused(asked.medium, names)
    zoom = {"zoom": "true", "zoomControl": "true"} if asked.medium == "image" else {}
    tag = asked.medium.capitalize()
    SubElement(view, tag, {"name": shown, "value": f"${asked.medium}", **zoom})
    for kind in asked.kinds:
        name = unused(kind, names | {shown})
        control = SubElement(view, _CONTROLS[kind], {"name": name, "toName": shown})
        for place, label in enumerate(asked.labels):
            colour = _COLOURS[place % len(_COLOURS)]
            SubElement(control, "Label", {"value": _value(label), "background": colour})
    if asked.labels and not asked.kinds:
        _heading(view, asked.label_key.replace("_", " "))
        _choices(view, {"name": asked.label_key, "toName": shown}, asked.labels)
    if asked.of_object:
        selected = SubElement(view, "View", {"visibleWhen": "region-selected"})
        for question in asked.of_object:
            _ask(selected, question, {"toName": shown, "perRegion": "true"})
    rankings = {question.key: number for number, question in _rankings(asked)}
    for question in asked.of_item:
        if question.key in rankings:
            _rank(view, question, rankings[question.key], names | {shown})
        else:
            _ask(view, question, {"toName": shown})
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def _rankings(asked: Labelling) -> Iterator[tuple[int, Question]]:
    """Yield every ranking and its number, from 1."""
    rankings = (question for question in asked.of_item if question.field.type == "ranking")
    yield from enumerate(rankings, start=1)


def _variable(number: int) -> str:
    """Return what the values of a ranking are called in the data of a task."""
    return f"values_{number}"


def _rank(view: Element, question: Question, number: int, names: frozenset[str]) -> None:
    _heading(view, question.name)
    shown = unused(_variable(number), names)
    SubElement(view, "List", {"name": shown, "value": f"${_variable(number)}"})
    control = SubElement(view, "Ranker", {"name": question.key, "toName": shown})
    bucket = unused(f"{RANKED}_{number}", names)
    SubElement(control, "Bucket", {"name": bucket, "title": "The best first"})


def _ask(view: Element, question: Question, where: Mapping[str, str]) -> None:
    _heading(view, question.name)
    attributes = {"name": question.key, **where}
    if question.is_always_required:
        attributes["required"] = "true"
    if question.field.type == "set":
        _choices(view, attributes, (*question.choices, _none_of(question)), several=True)
    elif question.choices:
        _choices(view, attributes, question.choices)
    elif question.field.type in NUMERIC:
        SubElement(view, "Number", attributes | _range(question))
    else:
        SubElement(view, "TextArea", attributes | {"maxSubmissions": "1", "editable": "true"})


def _heading(view: Element, text: str) -> None:
    SubElement(view, "Header", {"value": upper(text), "size": "5"})


def _none_of(question: Question) -> str:
    return unused(NONE_OF_THEM, question.choices)


def _choices(
    view: Element, attributes: Mapping[str, str], values: tuple[str, ...], *, several: bool = False
) -> None:
    layout = {"showInline": "true"} if len(values) <= MAX_INLINE else {"layout": "select"}
    choice = "multiple" if several else "single"
    control = SubElement(view, "Choices", {**attributes, "choice": choice, **layout})
    for value in values:
        SubElement(control, "Choice", {"value": _value(value)})


def _range(question: Question) -> dict[str, str]:
    """Return the bounds of a number; whole numbers are counted from the least one, in steps of one."""
    field = question.field
    is_whole = field.type == "integer"
    low = ceil(field.min) if is_whole and field.min is not None else field.min
    high = floor(field.max) if is_whole and field.max is not None else field.max
    found = {"min": low, "max": high, "step": 1 if is_whole else None}
    return {k: str(canonical_number(v)) for k, v in found.items() if v is not None}


def _value(text: str) -> str:
    found = _VARIABLE.search(text)
    if found:
        msg = (
            f"found the value {text!r}; Label Studio reads {text[found.start() :]!r} as a variable; "
            "write it without the dollar sign"
        )
        raise GuidelineError(msg)
    return text


def _is_held_to(question: Question) -> bool:
    """Say whether the tool sees to it that every answer states this; it cannot of a ranking."""
    return question.is_always_required and question.field.type != "ranking"


def _notes(asked: Labelling) -> Iterator[str]:
    """Yield in words what the configuration does not say or does not hold people to."""
    questions = (*asked.of_object, *asked.of_item)
    if asked.of_item:
        yield f"Once for the {asked.medium}, state: {named(asked.of_item)}."
    yield from unchecked((q for q in questions if not _is_held_to(q)), TOOL.name)
    for question in questions:
        if question.field.type in NUMERIC:
            yield f"{upper(question.name)} is {question.values}."
        if question.field.type == "set":
            yield f"Of {question.name}, choose all that apply, or {_none_of(question)!r} alone."
        if question.field.type == "ranking":
            yield f"Of {question.name}, drag what you rank to the right, the best on top; what you cannot rank stays."
    yield EMPTY_IS_EVIDENCE
