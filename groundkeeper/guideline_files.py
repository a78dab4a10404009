"""Guideline files: one YAML document a version, read with the line of every mistake."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from groundkeeper.core.guideline.consistency import InconsistentError
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import SHOWN, GuidelineError, UnknownNameError, listing
from groundkeeper.guideline_yaml import (
    MAX_SHOWN_LENGTH,
    Location,
    Problem,
    ProblemError,
    line_of,
    read,
)

MAX_BYTES: Final = 2**20
"""The largest guideline file that is read."""


class UnreadableError(GuidelineError):
    """The file *path* is not a guideline; ``problems`` says where and why."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path, self.problems = path, tuple(problems)
        lines = [
            f"{path.as_posix()}:{line}: {_dotted(location)}{message}"
            for line, location, message in self.problems[:SHOWN]
        ]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more problems")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Placed:
    """A guideline, the file it stands in, and the line of every key and list entry of it."""

    guideline: Guideline
    path: Path
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int:
        """Return the line of what lies at *location*, or of the nearest block around it."""
        return line_of(location, self.lines)


def load(path: Path) -> Guideline:
    """Return the guideline in the file *path*, which may lie anywhere and have any name.

    Raises
    ------
    GuidelineError
        If the file cannot be read or is not a guideline. Each problem is a line of the message,
        ``file:line: key.path: what was found; what is allowed; what to do``; at most ten are
        listed and the rest counted.
    """
    return load_placed(path).guideline


def load_placed(path: Path) -> Placed:
    """Return the guideline in the file *path* with the line of everything in it.

    Raises
    ------
    GuidelineError
        As ``load`` does.
    """
    try:
        tree, lines, _ = read(text_of(path))
    except ProblemError as error:
        raise UnreadableError(path, [error.problem]) from error
    try:
        return Placed(Guideline.model_validate(tree), path, lines)
    except ValidationError as error:
        raise UnreadableError(path, sorted(_problems(error, lines))) from error


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
    found = [load_in_place(path) for path in paths]
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


def load_in_place(path: Path) -> Guideline:
    """Return the guideline in *path*, whose name and folder say the version and the set.

    Raises
    ------
    GuidelineError
        If the file is not a guideline, or says another version or set than its place.
    """
    guideline = load(path)
    require_in_place(guideline, path)
    return guideline


def require_in_place(guideline: Guideline, path: Path) -> None:
    """Make sure that *guideline* is of the set and the version that the place of its file says.

    Raises
    ------
    GuidelineError
        If it is of another.
    """
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


def text_of(path: Path) -> str:
    """Return the text of the guideline file *path*, without a byte order mark.

    Raises
    ------
    GuidelineError
        If it cannot be read, is too large or is not UTF-8.
    """
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


def _dotted(location: Location) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    dotted = "".join(parts).removeprefix(".")
    return f"{dotted}: " if dotted else ""


def _problems(error: ValidationError, lines: Mapping[Location, int]) -> Iterator[Problem]:
    for details in error.errors(include_url=False):
        location = tuple(part for part in details["loc"] if part != "[key]")
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, InconsistentError):
            for path, message in cause.found:
                yield Problem(line_of(path, lines), path, message)
        else:
            yield Problem(line_of(location, lines), location, _message(details, location))


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
