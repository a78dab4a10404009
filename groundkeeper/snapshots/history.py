"""What the tags of a repository say: every snapshot ever made, read in one call of git."""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from groundkeeper.errors import SnapshotError
from groundkeeper.snapshots.git import Git
from groundkeeper.snapshots.manifest import Manifest

log = logging.getLogger(__name__)

TAG = re.compile(r"gt/(?P<set>[a-z0-9_-]+)/(?P<guideline>\d+\.\d+\.\d+)/(?P<n>[1-9]\d*)")
"""The name of a snapshot: set, guideline version, and the how-manieth under that version."""

_FIELDS = ("refname:strip=2", "*objectname", "taggerdate:iso-strict", "contents")
_FORMAT = "%00".join(f"%({name})" for name in _FIELDS) + "%00%00"


@dataclass(frozen=True)
class Snapshot:
    """One released GT of a set, as its tag tells it. *created* is ISO 8601 with a UTC offset."""

    tag: str
    set: str
    guideline: str
    n: int
    commit: str
    created: str
    records: int
    content_digest: str

    def as_json(self) -> dict[str, str | int]:
        """Return the fields as one JSON object."""
        return asdict(self)


def snapshots(
    root: Path, set_name: str | None = None, guideline: str | None = None
) -> list[Snapshot]:
    """Return the snapshots, newest first; ties break by tag, the higher number first.

    Raises
    ------
    SnapshotError
        If *root* is not in a git repository.
    """
    found = list(_read(root, f"refs/tags/gt/{set_name}" if set_name else "refs/tags/gt"))
    chosen = [s for s in found if guideline in {None, s.guideline}]
    return sorted(
        chosen, key=lambda s: (datetime.fromisoformat(s.created), s.set, s.n), reverse=True
    )


def latest(history: Iterable[Snapshot], set_name: str, guideline: str) -> Snapshot | None:
    """Return the snapshot with the highest number of one set and guideline version."""
    of_version = [s for s in history if (s.set, s.guideline) == (set_name, guideline)]
    return max(of_version, key=lambda s: s.n, default=None)


def of_release(history: Iterable[Snapshot], manifest: Manifest) -> Snapshot | None:
    """Return the first snapshot in *history* that holds the release that *manifest* describes."""
    release = (manifest.set, manifest.guideline.version, manifest.content_digest)
    same = (s for s in history if (s.set, s.guideline, s.content_digest) == release)
    return next(same, None)


def highest_numbers(root: Path) -> dict[tuple[str, str], int]:
    """Return for each set and guideline version the highest number in use, by tags of any kind."""
    names = Git(root).do("for-each-ref", "--format=%(refname:strip=2)", "refs/tags/gt")
    highest: dict[tuple[str, str], int] = {}
    for name in names.splitlines():
        if parts := TAG.fullmatch(name):
            key = (parts["set"], parts["guideline"])
            highest[key] = max(highest.get(key, 0), int(parts["n"]))
    return highest


def _read(root: Path, prefix: str) -> Iterator[Snapshot]:
    done = Git(root).ask("for-each-ref", f"--format={_FORMAT}", prefix)
    if done.returncode:
        message = f"{root}: {done.stderr.strip().removeprefix('fatal: ')}"
        raise SnapshotError(message)
    for entry in done.stdout.split("\0\0\n"):
        if not entry.strip():
            continue
        tag, commit, created, body = entry.split("\0", 3)
        name, said = TAG.fullmatch(tag), _body(body)
        if name is None or not commit or said is None:
            log.warning("tag %s was not made by a refresh; it is left out", tag)
            continue
        yield Snapshot(tag, name["set"], name["guideline"], int(name["n"]), commit, created, *said)


def _body(text: str) -> tuple[int, str] | None:
    """Return records and content digest as the body of a tag says them; None if it does not."""
    try:
        body = json.loads(text)
        return int(body["records"]), str(body["content_digest"])
    except (ValueError, TypeError, KeyError):
        return None
