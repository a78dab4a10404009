"""What a guideline asks of people, whatever the tool: what to draw, which labels to use, what to state."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import CLOSED, LISTED, Field, FieldType
from groundkeeper.core.guideline.sections import GeometryKind
from groundkeeper.errors import GuidelineError, listing
from groundkeeper.reports.field_words import field_name, field_values
from groundkeeper.reports.guideline_entries import Entries, required

Medium: TypeAlias = Literal["image", "text"]

TEXT_KINDS: Final[frozenset[GeometryKind]] = frozenset({"span"})
"""What is drawn on a text; everything else is drawn on an image."""
_YES_OR_NO: Final = ("true", "false")


@dataclass(frozen=True)
class Tool:
    """What a labelling tool is called, what it can show, and what can be drawn on it.

    Attributes
    ----------
    lists_of_object, lists_of_item
        The types of fields with several values at once that it can ask for, of each object and once of the item.
    """

    name: str
    media: frozenset[Medium]
    kinds: frozenset[GeometryKind]
    lists_of_object: frozenset[FieldType] = frozenset()
    lists_of_item: frozenset[FieldType] = frozenset()


@dataclass(frozen=True)
class Question:
    """One thing that people state: of each object, or once of the item.

    Attributes
    ----------
    key
        What the answer is called in the tool and in its exports: the source name of the field.
    name, values
        What it is called and what may be answered, in words.
    choices
        The values to choose from; none where a number or a text is stated.
    required
        When it must be stated, in words; empty if it never must.
    is_always_required
        Whether every answer must state it.
    """

    key: str
    name: str
    values: str
    field: Field
    choices: tuple[str, ...]
    required: str
    is_always_required: bool


@dataclass(frozen=True)
class Labelling:
    """What one version of a guideline asks of people.

    Attributes
    ----------
    medium
        What an item is shown as.
    kinds
        What is drawn on it, in the order of the guideline.
    left_out
        Kinds of geometry that do not go with the medium, or that the tool cannot draw.
    labels
        What an object, or without objects the item, is called; none where there is nothing to call.
    label_key
        What the answer is called that labels are; empty where no field is read from them.
    of_object, of_item
        What is stated of each object that is drawn, and what once of the item.
    """

    tool: Tool
    entries: Entries
    medium: Medium
    kinds: tuple[GeometryKind, ...]
    left_out: tuple[GeometryKind, ...]
    labels: tuple[str, ...]
    label_key: str
    of_object: tuple[Question, ...]
    of_item: tuple[Question, ...]


def labelling(
    guideline: Guideline, entries: Entries, tool: Tool, medium: Medium | None = None
) -> Labelling:
    """Return what *guideline* asks of people in *tool*.

    Fields are asked where people answer them, from labels or attributes; fields that are read from
    the same label or attribute are one question. The labels are the values of the field that is read
    from the label, else, where something is drawn, the classes, else the name of the set.

    Parameters
    ----------
    entries
        *guideline* in words.
    medium
        What items are shown as if nothing is drawn; an image unless said otherwise.

    Raises
    ------
    GuidelineError
        If *medium* is not what the guideline draws on, if the tool cannot show it, can draw none of
        the shapes that are asked for or cannot ask for a list, or if people have nothing to answer.
    """
    drawn_on = _medium(guideline, medium)
    if drawn_on not in tool.media:
        msg = (
            f"{guideline.set_name}@{guideline.version}: found items that are shown as {drawn_on}; "
            f"{tool.name} shows: {listing(sorted(tool.media))}; use another tool"
        )
        raise GuidelineError(msg)
    kinds = tuple(_kinds(guideline, tool, drawn_on))
    naming = _naming(guideline, are_drawn=bool(kinds))
    labels = tuple(_labels(guideline, naming, are_drawn=bool(kinds)))
    keys = _keys(guideline)
    asked = {name: key for name, key in keys.items() if name not in naming}
    questions = tuple(_questions(guideline, asked))
    if not (labels or questions) or (kinds and not labels):
        found = (
            "labels that have no value in common" if kinds else "no field from label or attribute"
        )
        msg = (
            f"{guideline.set_name}@{guideline.version}: fields: found {found}; a tool needs something "
            "to answer; declare it"
        )
        raise GuidelineError(msg)
    of_object = tuple(q for q in questions if kinds and q.field.level == "object")
    of_item = tuple(q for q in questions if not kinds or q.field.level == "item")
    _require_lists(guideline, of_object, tool.lists_of_object, f"{tool.name} of an object")
    _require_lists(guideline, of_item, tool.lists_of_item, f"{tool.name} of an item")
    return Labelling(
        tool=tool,
        entries=entries,
        medium=drawn_on,
        kinds=kinds,
        left_out=tuple(kind for kind in guideline.precision if kind not in kinds),
        labels=labels,
        label_key=next((keys[name] for name in naming), ""),
        of_object=of_object,
        of_item=of_item,
    )


def unused(name: str, taken: Iterable[str]) -> str:
    """Return *name*, with as many underscores at its end as make it none of *taken*.

    Examples
    --------
    >>> unused("item", ["item", "item_"])
    'item__'
    """
    names = frozenset(taken)
    while name in names:
        name += "_"
    return name


def _medium(guideline: Guideline, wanted: Medium | None) -> Medium:
    kinds = tuple(guideline.precision)
    if not kinds:
        return wanted or "image"
    found: Medium = "text" if TEXT_KINDS.issuperset(kinds) else "image"
    if wanted not in {None, found}:
        msg = (
            f"{guideline.set_name}@{guideline.version}: found {wanted} as the medium of "
            f"{listing(kinds)}; allowed is {found}; leave the medium out"
        )
        raise GuidelineError(msg)
    return found


def _kinds(guideline: Guideline, tool: Tool, medium: Medium) -> Iterator[GeometryKind]:
    fitting = {kind for kind in tool.kinds if (kind in TEXT_KINDS) == (medium == "text")}
    yield from (kind for kind in guideline.precision if kind in fitting)
    measured = any(field.source == "geometry" for field in guideline.fields.values())
    is_drawn = guideline.precision or measured or guideline.consensus.match.by != "item"
    if is_drawn and fitting.isdisjoint(guideline.precision):
        msg = (
            f"{guideline.set_name}@{guideline.version}: precision: found {listing(guideline.precision)}, "
            f"where shapes are asked for; {tool.name} can draw: {listing(sorted(fitting))}; add a kind"
        )
        raise GuidelineError(msg)


def _require_lists(
    guideline: Guideline, questions: Iterable[Question], able: frozenset[FieldType], where: str
) -> None:
    """Make sure that the lists which *questions* ask for are of types that the tool is *able* to ask for."""
    unable = [q for q in questions if q.field.type in LISTED - able]
    if unable:
        msg = (
            f"{guideline.set_name}@{guideline.version}: fields: found "
            f"{listing(f'{q.name} ({q.field.type})' for q in unable)}; the lists that can be asked for in {where} are: "
            f"{listing(sorted(able))}; declare a field of another type for each value, or use another tool"
        )
        raise GuidelineError(msg)


def _naming(guideline: Guideline, *, are_drawn: bool) -> dict[str, Field]:
    """Return the fields that are read from what an object, or without objects the item, is called."""
    fields = {name: field for name, field in guideline.fields.items() if field.source == "label"}
    if are_drawn:
        return {name: field for name, field in fields.items() if field.level == "object"}
    return {name: field for name, field in fields.items() if field.type in CLOSED}


def _labels(guideline: Guideline, naming: Mapping[str, Field], *, are_drawn: bool) -> Iterator[str]:
    closed = [field for field in naming.values() if field.type in CLOSED]
    if closed:
        shared = (v for v in closed[0].vocabulary if all(v in f.vocabulary for f in closed))
        yield from map(str, shared)
    elif are_drawn:
        yield from guideline.classes or (guideline.set_name,)


def _keys(guideline: Guideline) -> dict[str, str]:
    """Return what the answer to each field that is answered is called; the same if it is the same."""
    sources = {
        name: field.source_name(name)
        for name, field in guideline.fields.items()
        if field.source == "attribute"
    }
    labels = [name for name, field in guideline.fields.items() if field.source == "label"]
    label = unused(labels[0], sources.values()) if labels else ""
    return sources | dict.fromkeys(labels, label)


def _questions(guideline: Guideline, asked: Mapping[str, str]) -> Iterator[Question]:
    """Yield a question for each key of *asked*, which has the names of the fields."""
    always = {
        asked[name]
        for name, attribute in guideline.attributes.items()
        if attribute.required_when is None
    }
    seen: set[str] = set()
    for name, field in guideline.fields.items():
        key = asked.get(name)
        if key is not None and key not in seen:
            seen.add(key)
            yield Question(
                key=key,
                name=field_name(name, field),
                values=field_values(field),
                field=field,
                choices=_YES_OR_NO if field.type == "bool" else tuple(map(str, field.vocabulary)),
                required=required(name, guideline),
                is_always_required=key in always,
            )
