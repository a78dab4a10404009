"""Guideline files: one YAML document a version, read with the line of every mistake.

``guidelines/<set>/<version>.yaml`` is YAML 1.2. What can make a document larger or other than it
looks is refused: anchors, aliases, tags, directives, repeated keys, a second document.
"""

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
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

from groundkeeper.core.guideline.consistency import InconsistentError
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import SHOWN, GuidelineError, UnknownNameError, listing

MAX_BYTES: Final = 2**20
"""The largest guideline file that is read."""
MAX_DEPTH: Final = 20
"""How deeply blocks may be nested; the grammar needs 6."""
MAX_SHOWN_LENGTH: Final = 60
"""How much of a wrong value a message shows."""

Location: TypeAlias = tuple[str | int, ...]

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_NUMBER: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


class _Problem(NamedTuple):
    line: int
    location: Location
    message: str


class _ProblemError(Exception):
    """A mistake at which reading stops."""

    def __init__(self, line: int, location: Location, message: str) -> None:
        super().__init__(message)
        self.problem = _Problem(line, location, message)


def load(path: Path) -> Guideline:
    """Return the guideline in the file *path*, which may lie anywhere and have any name.

    Raises
    ------
    GuidelineError
        If the file cannot be read or is not a guideline. Each problem is a line of the message,
        ``file:line: key.path: what was found; what is allowed; what to do``; at most ten are
        listed and the rest counted.
    """
    text = _text(path)
    document = _Document(text)
    try:
        tree = document.read()
    except _ProblemError as error:
        raise _refusal(path, [error.problem]) from error
    except YAMLError as error:
        raise _refusal(path, [_syntax_problem(error, text)]) from error
    try:
        return Guideline.model_validate(tree)
    except ValidationError as error:
        raise _refusal(path, sorted(_problems(error, document.lines))) from error


def load_all(folder: Path) -> dict[str, Guideline]:
    """Return the guidelines of the set in *folder* by version, the oldest first.

    Raises
    ------
    GuidelineError
        If a file is not a guideline, is not named as its version, belongs to another set than the
        folder's name says, or supersedes a version that is not there.
    UnknownNameError
        If there is no such folder.
    """
    if not folder.is_dir():
        siblings = folder.parent.iterdir() if folder.parent.is_dir() else ()
        known = [sibling.name for sibling in siblings if sibling.is_dir()]
        raise UnknownNameError("set", folder.name, known)
    for path in sorted(folder.glob("*.yml")):
        msg = f"{path.as_posix()}: found the ending .yml; allowed is .yaml; rename the file"
        raise GuidelineError(msg)
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        msg = f"{folder.as_posix()}: found no version; allowed is <version>.yaml; write 1.0.0.yaml"
        raise GuidelineError(msg)
    found = [_load_in_place(path) for path in paths]
    guidelines = {g.version: g for g in sorted(found, key=lambda g: version_key(g.version))}
    for version, guideline in guidelines.items():
        before = guideline.guideline.supersedes
        if before is not None and before not in guidelines:
            msg = (
                f"{(folder / version).as_posix()}.yaml: guideline.supersedes: found {before}; "
                f"the versions here are: {listing(guidelines)}; name one of them"
            )
            raise GuidelineError(msg)
    return guidelines


def _load_in_place(path: Path) -> Guideline:
    guideline = load(path)
    for key, said, named in (
        ("version", guideline.version, path.stem),
        ("set", guideline.set_name, path.absolute().parent.name),
    ):
        if said != named:
            msg = (
                f"{path.as_posix()}: guideline.{key}: found {said}; the place of the file says "
                f"{named}; make them agree"
            )
            raise GuidelineError(msg)
    return guideline


def _text(path: Path) -> str:
    shown = path.as_posix()
    try:
        if not path.is_file():
            msg = f"{shown}: found no such file; allowed is a guideline in YAML; check the path"
            raise GuidelineError(msg)
        size = path.stat().st_size
        if size > MAX_BYTES:
            msg = f"{shown}: found {size} bytes; allowed are {MAX_BYTES}; move prose out of it"
            raise GuidelineError(msg)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{shown}: found bytes that are not UTF-8 at {error.start}; save it as UTF-8"
        raise GuidelineError(msg) from error
    except OSError as error:
        msg = f"{shown}: cannot be read: {error.strerror}; check its permissions"
        raise GuidelineError(msg) from error


def _syntax_problem(error: YAMLError, text: str) -> _Problem:
    line, found = 1, "found what cannot be read"
    if isinstance(error, MarkedYAMLError):
        found = error.problem or error.context or found
        line = error.problem_mark.line + 1 if error.problem_mark else line
    elif isinstance(error, ReaderError):
        found = f"found the character U+{error.character:04X}"
        line = text.count("\n", 0, error.position) + 1
    return _Problem(line, (), f"not YAML 1.2: {found}; correct the syntax")


def _refusal(path: Path, problems: list[_Problem]) -> GuidelineError:
    lines = [
        f"{path.as_posix()}:{line}: {_dotted(location)}{message}"
        for line, location, message in problems[:SHOWN]
    ]
    if len(problems) > SHOWN:
        lines.append(f"and {len(problems) - SHOWN} more problems")
    return GuidelineError("\n".join(lines))


def _dotted(location: Location) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    dotted = "".join(parts).removeprefix(".")
    return f"{dotted}: " if dotted else ""


class _Document:
    """Plain values read from YAML events; ``lines`` has the line of every key and list entry."""

    def __init__(self, text: str) -> None:
        # The pure reader is the one that is there on every machine: the same file, the same words.
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self.lines: dict[Location, int] = {}

    def read(self) -> object:
        next(self._events)
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            raise _ProblemError(1, (), "found nothing; allowed is a guideline; write one")
        if start.version is not None or start.tags:
            raise _ProblemError(1, (), "found a directive; allowed is none; remove the % line")
        root = self._value(next(self._events), ())
        if not isinstance(root, dict):
            message = "found no mapping; allowed are the blocks of a guideline; see guidelines/"
            raise _ProblemError(1, (), message)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            message = "found a second document; allowed is one a file; move it to its own file"
            raise _ProblemError(after.start_mark.line + 1, (), message)
        return root

    def _value(self, event: Event, location: Location) -> object:
        line = event.start_mark.line + 1
        self.lines.setdefault(location, line)
        if not isinstance(event, ScalarEvent | CollectionStartEvent) or event.anchor is not None:
            message = "found an anchor or alias; allowed is none; write the value out"
            raise _ProblemError(line, location, message)
        if event.tag is not None:
            message = f"found the tag {event.tag}; allowed is none; remove it"
            raise _ProblemError(line, location, message)
        if len(location) >= MAX_DEPTH:
            message = f"found blocks nested more than {MAX_DEPTH} deep; check the brackets"
            raise _ProblemError(line, location[:3], message)
        if isinstance(event, ScalarEvent):
            return _scalar(event, location)
        is_mapping = isinstance(event, MappingStartEvent)
        return self._mapping(location) if is_mapping else self._sequence(location)

    def _mapping(self, location: Location) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(key := next(self._events), MappingEndEvent):
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarEvent):
                raise _ProblemError(line, location, "found a key that is no word; write a word")
            here = (*location, key.value)
            if key.value in found:
                first = self.lines[here]
                message = f"found the key twice, first in line {first}; keep one of them"
                raise _ProblemError(line, here, message)
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
        raise _ProblemError(event.start_mark.line + 1, location, message)
    return int(text) if _INTEGER.fullmatch(text) else number


def _problems(error: ValidationError, lines: Mapping[Location, int]) -> Iterator[_Problem]:
    for details in error.errors(include_url=False):
        location = tuple(part for part in details["loc"] if part != "[key]")
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, InconsistentError):
            for path, message in cause.found:
                yield _Problem(_line(path, lines), path, message)
        else:
            yield _Problem(_line(location, lines), location, _message(details, location))


def _line(location: Location, lines: Mapping[Location, int]) -> int:
    while location not in lines:
        location = location[:-1]
    return lines[location]


def _message(details: ErrorDetails, location: Location) -> str:
    context = details.get("ctx", {})
    found = repr(details["input"])
    if len(found) > MAX_SHOWN_LENGTH:
        found = f"{found[:MAX_SHOWN_LENGTH]}..."
    match details["type"]:
        case "missing":
            return "found nothing; the key is required; add it"
        case "extra_forbidden":
            return f"found an unknown key; {_known_keys(location)}"
        case "literal_error":
            return f"found {found}; allowed is {context['expected']}; choose one"
        case "string_pattern_mismatch":
            return f"found {found}; allowed is text that matches {context['pattern']}; change it"
        case "value_error":
            return str(context["error"])
        case _:
            expected = details["msg"].removeprefix("Input should be ")
            return f"found {found}; allowed is {expected[:1].lower()}{expected[1:]}; change it"


def _known_keys(location: Location) -> str:
    known = sorted(_annotations(_model_at(location[:-1])))
    wrong = str(location[-1])
    close = difflib.get_close_matches(wrong[:MAX_SHOWN_LENGTH], known, n=1)
    advice = f"write {close[0]}" if close else "remove it"
    return f"allowed are: {', '.join(known)}; {advice}"


def _model_at(location: Location) -> type[BaseModel]:
    model: type[BaseModel] = Guideline
    named_by_user = False
    for part in location:
        if named_by_user:
            named_by_user = False
            continue
        annotation = _annotations(model).get(str(part))
        model = _inner_model(annotation) or model
        named_by_user = get_origin(annotation) in {dict, tuple}
    return model


def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    return {
        str(info.validation_alias or name): info.annotation
        for name, info in model.model_fields.items()
    }


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner_model, get_args(annotation))), None)
