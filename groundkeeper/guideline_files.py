"""Guideline files: one YAML document a version, read with the line of every mistake."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from groundkeeper.checked import located, slips
from groundkeeper.core.guideline.consistency import InconsistentError
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import SHOWN, GuidelineError, UnknownNameError, listing
from groundkeeper.guideline_yaml import Location, Problem, ProblemError, line_of, read

MAX_BYTES: Final = 2**20
"""The largest guideline file that is read."""


class UnreadableError(GuidelineError):
    """The file *path* is not a guideline; ``problems`` says where and why."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path, self.problems = path, tuple(problems)
        lines = [
            f"{path.as_posix()}:{line}: {located(location, message)}"
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


def _problems(error: ValidationError, lines: Mapping[Location, int]) -> Iterator[Problem]:
    for slip in slips(error, Guideline):
        if isinstance(slip.cause, InconsistentError):
            for place, message in slip.cause.found:
                yield Problem(line_of(place, lines), place, message)
        else:
            yield Problem(line_of(slip.place, lines), slip.place, slip.sentence())
