"""YAML 1.2 as guidelines are written in: plain values and the line of each, and nothing that can hide.

What can make a document larger or other than it looks is refused: anchors, aliases, tags, directives, repeated keys, a
second document, deep nesting, numbers that are not finite.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

MAX_DEPTH: Final = 20
"""How deeply blocks may be nested; the grammar needs 6."""
MAX_SHOWN_LENGTH: Final = 60
"""How much of a wrong value a message shows."""

Location: TypeAlias = tuple[str | int, ...]
"""The keys and places in lists that lead to a value."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_NUMBER: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


class Problem(NamedTuple):
    """What is wrong at a place of a document."""

    line: int
    location: Location
    message: str


class ProblemError(Exception):
    """A mistake at which reading stops."""

    def __init__(self, line: int, location: Location, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(line, location, message)


class Document(NamedTuple):
    """The values of a document and where they stand.

    Attributes
    ----------
    tree
        Mappings, lists and scalars.
    lines
        The line of every key and list entry, counted from 1.
    spans
        Of every scalar where it starts and ends in the text, in characters.
    """

    tree: object
    lines: Mapping[Location, int]
    spans: Mapping[Location, tuple[int, int]]


def read(text: str) -> Document:
    r"""Return the one document in *text*, which is a mapping.

    Raises
    ------
    ProblemError
        If it is not YAML 1.2, or has what guidelines may not have.

    Examples
    --------
    >>> document = read("size:\n  values: [1, 2]")
    >>> document.tree, document.lines["size", "values", 1]
    ({'size': {'values': [1, 2]}}, 2)
    """
    reader = _Reader(text)
    try:
        return Document(reader.read(), reader.lines, reader.spans)
    except YAMLError as error:
        raise _syntax_error(error, text) from error


def line_of(location: Location, lines: Mapping[Location, int]) -> int:
    """Return the line of what lies at *location*, or of the nearest block around it."""
    while location not in lines:
        location = location[:-1]
    return lines[location]


def _syntax_error(error: YAMLError, text: str) -> ProblemError:
    line, found = 1, "found what cannot be read"
    if isinstance(error, MarkedYAMLError):
        found = error.problem or error.context or found
        line = error.problem_mark.line + 1 if error.problem_mark else line
    elif isinstance(error, ReaderError):
        found = f"found the character U+{error.character:04X}"
        line = text.count("\n", 0, error.position) + 1
    return ProblemError(line, (), f"not YAML 1.2: {found}; correct the syntax")


class _Reader:
    """Plain values read from YAML events."""

    def __init__(self, text: str) -> None:
        # The pure reader is the one that is there on every machine: the same file, the same words.
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self.lines: dict[Location, int] = {}
        self.spans: dict[Location, tuple[int, int]] = {}

    def read(self) -> object:
        next(self._events)
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            raise ProblemError(1, (), "found nothing; allowed is a guideline; write one")
        if start.version is not None or start.tags:
            raise ProblemError(1, (), "found a directive; allowed is none; remove the % line")
        root = self._value(next(self._events), ())
        if not isinstance(root, dict):
            message = "found no mapping; allowed are the blocks of a guideline; see guidelines/"
            raise ProblemError(1, (), message)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            message = "found a second document; allowed is one a file; move it to its own file"
            raise ProblemError(after.start_mark.line + 1, (), message)
        return root

    def _value(self, event: Event, location: Location) -> object:
        line = event.start_mark.line + 1
        self.lines.setdefault(location, line)
        if not isinstance(event, ScalarEvent | CollectionStartEvent) or event.anchor is not None:
            message = "found an anchor or alias; allowed is none; write the value out"
            raise ProblemError(line, location, message)
        if event.tag is not None:
            message = f"found the tag {event.tag}; allowed is none; remove it"
            raise ProblemError(line, location, message)
        if len(location) >= MAX_DEPTH:
            message = f"found blocks nested more than {MAX_DEPTH} deep; check the brackets"
            raise ProblemError(line, location[:3], message)
        if isinstance(event, ScalarEvent):
            self.spans[location] = (event.start_mark.index, event.end_mark.index)
            return _scalar(event, location)
        is_mapping = isinstance(event, MappingStartEvent)
        return self._mapping(location) if is_mapping else self._sequence(location)

    def _mapping(self, location: Location) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(key := next(self._events), MappingEndEvent):
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarEvent):
                raise ProblemError(line, location, "found a key that is no word; write a word")
            here = (*location, key.value)
            if key.value in found:
                first = self.lines[here]
                message = f"found the key twice, first in line {first}; keep one of them"
                raise ProblemError(line, here, message)
            self.lines[here] = line
            found[key.value] = self._value(next(self._events), here)
        return found

    def _sequence(self, location: Location) -> list[object]:
        found: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._value(event, (*location, len(found))))
        return found


def _scalar(event: ScalarEvent, location: Location) -> object:
    """Return the value of a scalar in the core schema of YAML 1.2, where ``no`` is a text."""
    text: str = event.value
    is_plain = event.implicit[0]
    if not is_plain:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    return _number(text, event, location) if _NUMBER.fullmatch(text) else text


def _number(text: str, event: ScalarEvent, location: Location) -> int | float:
    number = float(re.sub(r"\.(?=[iInN])", "", text))
    if not math.isfinite(number):
        message = f"found {text[:MAX_SHOWN_LENGTH]}; allowed are finite numbers; change it"
        raise ProblemError(event.start_mark.line + 1, location, message)
    return int(text) if _INTEGER.fullmatch(text) else number
