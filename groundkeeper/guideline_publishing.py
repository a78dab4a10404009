"""Publish a guideline version: check it, say in the file that it is published, freeze it in the ledger."""

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from groundkeeper import files, guideline_checks, guideline_ledger
from groundkeeper.errors import SHOWN, GuidelineError
from groundkeeper.guideline_checks import Located
from groundkeeper.guideline_files import Placed, load, load_in_place, load_placed, text_of
from groundkeeper.guideline_yaml import read

_STATUS: Final = ("guideline", "status")


@dataclass(frozen=True)
class Published:
    """A version that is published: whether it was already, the digest of its file, what lint found."""

    set: str
    version: str
    path: Path
    sha256: str
    is_new: bool
    found: tuple[Located, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as one JSON object."""
        return {
            "set": self.set,
            "version": self.version,
            "file": self.path.as_posix(),
            "sha256": self.sha256,
            "new": self.is_new,
            "findings": [located.as_json() for located in self.found],
        }


def publish(path: Path) -> Published:
    """Publish the version in the file *path*, which lies in the folder of its set, and return what was done.

    The file is changed before the ledger: stopped in between, it is a published version that is not
    frozen, and publishing again freezes it.

    Raises
    ------
    GuidelineError
        If the file is no guideline or not in its place, if lint finds errors in it, if the version that it supersedes
        is not published, or if a version of the set was edited after it was published.
    StorageError
        If the disk refuses.
    """
    folder = path.parent
    guideline_ledger.require_unchanged(folder)
    guideline = load_in_place(path)
    version = guideline.version
    known = guideline_ledger.read(folder).get(version)
    if known is not None:
        return Published(guideline.set_name, version, path, known, is_new=False)
    _require_published_before(guideline.guideline.supersedes, path)
    found = _without_errors(path)
    data = _as_published(load_placed(path))
    if data != path.read_bytes():
        files.write_bytes(path, data)
    digest = hashlib.sha256(data).hexdigest()
    guideline_ledger.add(folder, version, digest)
    return Published(guideline.set_name, version, path, digest, is_new=True, found=found)


def _require_published_before(version: str | None, path: Path) -> None:
    """Refuse to build on a draft, which may still become anything."""
    if version is None:
        return
    before = path.parent / f"{version}.yaml"
    status = load(before).guideline.status
    if status != "published":
        message = (
            f"{path.as_posix()}: guideline.supersedes: found {version}, which is a {status}; allowed is a "
            "published version; publish it first"
        )
        raise GuidelineError(message)


def _without_errors(path: Path) -> tuple[Located, ...]:
    """Return what lint finds beside what publishing mends."""
    found = guideline_checks.check(path)
    errors = [located.as_line() for located in found if located.finding.severity == "error"]
    if errors:
        shown = [
            *errors[:SHOWN],
            *([f"and {rest} more"] if (rest := len(errors) - SHOWN) > 0 else []),
        ]
        message = "\n".join([*shown, "nothing was published; correct this and publish again"])
        raise GuidelineError(message)
    return tuple(located for located in found if located.finding.check != "not-frozen")


def _as_published(placed: Placed) -> bytes:
    """Return the bytes of the file with its status published, everything else as it is."""
    before = placed.path.read_bytes()
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    text = text_of(placed.path)
    start, end = read(text).spans[_STATUS]
    status = text[start:end].replace("draft", "published")
    return mark + f"{text[:start]}{status}{text[end:]}".encode()
