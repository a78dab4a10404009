"""What CVAT needs for a guideline: the labels, for its constructor or its API, and the guide.

References
----------
CVAT, Labels constructor and ``LabelSerializer``: https://docs.cvat.ai. Names have at most 64
characters and are unique, a value at most 200, and all values of an attribute together 4096.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from groundkeeper.core.guideline.sections import GeometryKind
from groundkeeper.errors import GuidelineError
from groundkeeper.reports.blocks import as_markdown
from groundkeeper.reports.guideline_entries import EMPTY_IS_EVIDENCE
from groundkeeper.reports.labelling.instructions import instructions, named, unchecked
from groundkeeper.reports.labelling.questions import Labelling, Question, Tool, unused

UNSTATED: Final = "__undefined__"
"""What CVAT shows, and exports, of an attribute that nobody stated."""
ITEM_LABEL: Final = "item"
"""The tag that carries what is stated once of the item."""
MAX_NAME_LENGTH: Final = 64
MAX_VALUE_LENGTH: Final = 200
MAX_VALUES_LENGTH: Final = 4096
MAX_RADIO_VALUES: Final = 6
"""How many values are shown side by side; more are a list to choose from."""

_TYPES: Final[Mapping[GeometryKind, str]] = MappingProxyType(
    {
        "box": "rectangle",
        "keypoints": "points",
        "line": "polyline",
        "mask": "mask",
        "point": "points",
        "polygon": "polygon",
    }
)
"""Keypoints are points: a skeleton needs the names and the places of its joints."""
TOOL: Final = Tool("CVAT", frozenset({"image"}), frozenset(_TYPES))


def labels(asked: Labelling) -> list[dict[str, Any]]:
    """Return the labels as CVAT's constructor reads them, "Raw" in its pages.

    An object has one label; what is stated of it are attributes of every label. What is stated once of
    the item are attributes of a tag of its own. Nothing is answered beforehand, or nobody could tell
    what was stated from what was left as it came: choices begin at ``__undefined__``, yes and no
    are two choices and not a checkbox, and numbers are typed as text and not counted up from the least.

    Raises
    ------
    GuidelineError
        If a name is longer than CVAT takes.
    """
    types = {_TYPES[kind] for kind in asked.kinds}
    kind = "tag" if not types else types.pop() if len(types) == 1 else "any"
    found = [_label(name, kind, asked.of_object) for name in asked.labels]
    if asked.of_item:
        found.append(_label(_item_label(asked), "tag", asked.of_item))
    return found


def guide(asked: Labelling) -> str:
    """Return the guide that CVAT shows beside the task, in Markdown."""
    return as_markdown(instructions(asked, _notes(asked)))


def _item_label(asked: Labelling) -> str:
    return unused(ITEM_LABEL, asked.labels)


def _label(name: str, kind: str, questions: Iterable[Question]) -> dict[str, Any]:
    attributes = [_attribute(question) for question in questions]
    return {"name": _short(name), "type": kind, "attributes": attributes}


def _attribute(question: Question) -> dict[str, Any]:
    values = _offered(question)
    unstated = unused(UNSTATED, question.choices) if values else ""
    few = len(values) <= MAX_RADIO_VALUES
    return {
        "name": _short(question.key),
        "mutable": False,
        "input_type": ("radio" if few else "select") if values else "text",
        "default_value": unstated,
        "values": [unstated, *values],
    }


def _offered(question: Question) -> tuple[str, ...]:
    """Return the values to choose from; none where they are stated as text, or are too long for CVAT."""
    choices = question.choices
    length = len("\n".join((unused(UNSTATED, choices), *choices)))
    fit = length <= MAX_VALUES_LENGTH and all(len(c) <= MAX_VALUE_LENGTH for c in choices)
    return choices if fit else ()


def _short(name: str) -> str:
    if len(name) > MAX_NAME_LENGTH:
        msg = (
            f"found the name {name!r} of {len(name)} characters; {TOOL.name} takes at most "
            f"{MAX_NAME_LENGTH}; choose a shorter one"
        )
        raise GuidelineError(msg)
    return name


def _notes(asked: Labelling) -> Iterator[str]:
    """Yield in words what the labels do not say or do not hold people to."""
    questions = (*asked.of_object, *asked.of_item)
    if asked.of_item:
        yield f"Add the tag {_item_label(asked)} once, and state there: {named(asked.of_item)}."
    if any(map(_offered, questions)):
        yield f"{UNSTATED} stands for what you have not stated."
    yield from unchecked(questions, TOOL.name)
    for question in questions:
        if not _offered(question):
            yield f"Type {question.name}: {question.values}."
    yield EMPTY_IS_EVIDENCE
