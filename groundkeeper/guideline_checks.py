"""Guideline files checked: what lint finds, with the file and the line of each finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from groundkeeper import guideline_ledger
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.lint import SEVERITIES, Asked, Finding, lint
from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_files import (
    Placed,
    UnreadableError,
    load,
    load_placed,
    require_in_place,
)
from groundkeeper.layout import Layout
from schemas.names import EDGE_CASES

GUIDELINES: Final = "guidelines"
"""The folder of a repository in which every set has one of its own."""


@dataclass(frozen=True)
class Located:
    """A finding, the file that it is about, and the line."""

    path: Path
    line: int
    finding: Finding

    def as_json(self) -> dict[str, object]:
        """Return the finding as one JSON object."""
        found = self.finding
        return {
            "file": self.path.as_posix(),
            "line": self.line,
            "severity": found.severity,
            "check": found.check,
            "rule_id": found.rule_id or None,
            "path": ".".join(map(str, found.path)),
            "message": found.message,
        }

    def as_line(self) -> str:
        """Return ``file:line: severity: rule id: message``, as compilers say it."""
        found = self.finding
        subject = found.rule_id or ".".join(map(str, found.path)) or "guideline"
        return f"{self.path.as_posix()}:{self.line}: {found.severity}: {subject}: {found.message}"


def check(path: Path) -> tuple[Located, ...]:
    """Return what is found in the guideline file *path*, by line, the gravest first.

    It is compared with the version that it supersedes if that lies beside it. A file in the folder of its set, named
    as its version, is held against the ledger of what was published and, in a repository that was built, against the
    questions of the annotators.

    Raises
    ------
    GuidelineError
        If the file is no guideline, if it lies among those of a repository and not in its place, or if the one that it
        supersedes is none.
    """
    placed = load_placed(path)
    if path.absolute().parent.parent.name == GUIDELINES:
        require_in_place(placed.guideline, path)
    in_place = is_in_place(placed)
    before, missing = _superseded(placed.guideline, path)
    versions = [p.stem for p in path.parent.glob("*.*.*.yaml")] if in_place else []
    found = (
        *(_frozen(placed) if in_place else ()),
        *missing,
        *lint(
            placed.guideline,
            before,
            [v for v in versions if _is_version(v)],
            _asked(placed) if in_place else None,
        ),
    )
    located = [Located(path, placed.line(finding.path), finding) for finding in found]
    return tuple(sorted(located, key=_order))


def check_folder(folder: Path) -> tuple[Located, ...]:
    """Return what is found in every version in *folder*, and in the ledger of what was published there.

    A file that is no guideline is an error like others.
    """
    found = [located for path in sorted(folder.glob("*.yaml")) for located in check_or_refuse(path)]
    found += [_misnamed(path) for path in sorted(folder.glob("*.yml"))]
    gone = {
        version: message
        for version, message in guideline_ledger.complaints(folder).items()
        if not (folder / f"{version}.yaml").is_file()
    }
    ledger = folder / guideline_ledger.LEDGER
    return (*found, *(Located(ledger, 1, _changed(v, message)) for v, message in gone.items()))


def check_or_refuse(path: Path) -> tuple[Located, ...]:
    """Return what ``check`` does; what makes a file no guideline are findings like others."""
    try:
        return check(path)
    except UnreadableError as error:
        return tuple(
            Located(error.path, line, Finding("error", "unreadable", location, "", message))
            for line, location, message in error.problems
        )
    except GuidelineError as error:
        return (Located(path, 1, Finding("error", "unreadable", (), "", str(error))),)


def is_in_place(placed: Placed) -> bool:
    """Return whether the file lies in the folder of its set, named as its version."""
    folder = placed.path.absolute().parent
    guideline = placed.guideline
    return placed.path.stem == guideline.version and folder.name == guideline.set_name


def count(found: Sequence[Located]) -> dict[str, int]:
    """Return how many findings of each severity there are."""
    return {s: sum(located.finding.severity == s for located in found) for s in SEVERITIES}


def _superseded(guideline: Guideline, path: Path) -> tuple[Guideline | None, list[Finding]]:
    version = guideline.guideline.supersedes
    if version is None:
        return None, []
    beside = path.parent / f"{version}.yaml"
    if beside.is_file():
        return load(beside), []
    message = (
        f"found no {beside.name} beside it, so what changed was not checked; put it there or name "
        "another version"
    )
    at = ("guideline", "supersedes")
    return None, [Finding("warning", "supersedes-not-found", at, "", message)]


def _asked(placed: Placed) -> Mapping[str, Asked] | None:
    """Return the edge cases of the set as it was last built; None where it was not."""
    folder = placed.path.absolute().parent
    if folder.parent.name != GUIDELINES:
        return None
    path = Layout(folder.parent.parent, folder.name).table("ingest", EDGE_CASES)
    if not path.is_file():
        return None
    from groundkeeper import tables  # noqa: PLC0415 - pandas, which a guideline without data does without

    asked = tables.read(path, EDGE_CASES)
    rules = asked["rule_id"].where(asked["rule_id"].notna(), None)
    return {
        name: Asked(rule, era)
        for name, rule, era in zip(asked["edge_case_id"], rules, asked["era"], strict=True)
    }


def _frozen(placed: Placed) -> list[Finding]:
    folder, guideline = placed.path.parent, placed.guideline
    published = guideline_ledger.complaints(folder).get(guideline.version)
    if published is not None:
        return [_changed(guideline.version, published)]
    is_frozen = guideline.version in guideline_ledger.read(folder)
    if guideline.guideline.status != "published" or is_frozen:
        return []
    message = (
        f"found a published version that can still be edited; freeze it: "
        f"`gk guideline publish {guideline.set_name}@{guideline.version}`"
    )
    return [Finding("warning", "not-frozen", ("guideline", "status"), "", message)]


def _misnamed(path: Path) -> Located:
    message = "found the ending .yml, with which it is not read; rename it to .yaml"
    return Located(path, 1, Finding("error", "unreadable", (), "", message))


def _changed(version: str, message: str) -> Finding:
    return Finding("error", "published-changed", ("guideline",), "", f"{version}: {message}")


def _is_version(text: str) -> bool:
    return all(part.isdecimal() and part.isascii() for part in text.split("."))


def _order(located: Located) -> tuple[int, int, str, str]:
    finding = located.finding
    return (located.line, SEVERITIES.index(finding.severity), finding.check, finding.message)
