"""Where the tables of a set are read: in the work tree, or as a commit keeps them that holds a snapshot."""

import difflib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from groundkeeper import files, guideline_versions, params, pipeline, tables
from groundkeeper.errors import SHOWN, RefusedError, TableError, UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.snapshots import Snapshot, published, snapshots
from groundkeeper.snapshots.content import LOCK
from schemas.table import Table

NOW = "now"
"""How the work tree is asked for where a tag could stand."""

UNRELEASED = "working tree, not released"
"""What the ground truth of the work tree is called that is in no snapshot."""


@dataclass(frozen=True)
class Place:
    """One state of a set.

    Attributes
    ----------
    layout
        Where the set is in the work tree.
    snapshot
        The snapshot that is asked for, None in the work tree.
    revision
        The commit whose products are read, None in the work tree.
    """

    layout: Layout
    snapshot: Snapshot | None = None
    revision: str | None = None

    @property
    def name(self) -> str:
        """What people call it: the tag, or the work tree."""
        return self.snapshot.tag if self.snapshot else "the work tree"

    @property
    def short(self) -> str:
        """The end of the tag, which tells it from others of its set, or ``now``."""
        return "/".join(self.snapshot.tag.split("/")[2:]) if self.snapshot else NOW

    @property
    def guideline(self) -> str:
        """The version of the guideline under which its ground truth was decided."""
        if self.snapshot:
            return self.snapshot.guideline
        return str(files.read_json(self.layout.concern("version"))["version"])

    @property
    def next_guideline(self) -> str:
        """The version under which it would be decided now: in the work tree the one in force."""
        if self.snapshot:
            return self.snapshot.guideline
        return guideline_versions.in_force(self.layout.root, self.layout.set_name)

    def tables(self, stage: str, wanted: Iterable[Table]) -> dict[str, pd.DataFrame]:
        """Return the tables of *stage* by name, as they were written here.

        Raises
        ------
        TableError
            If there is none: the stage did not run, or older code made what is here.
        PipelineError
            If the cache and the remote have lost it.
        """
        if self.revision is None:
            return {t.name: tables.read(self.layout.table(stage, t), t) for t in wanted}
        digests = self._digests(stage, tuple(wanted))
        held = pipeline.stored(self.layout.root, tuple(digests.values()))
        try:
            return {t.name: tables.read(held[digests[t.name]], t) for t in wanted}
        except TableError as error:
            raise TableError(self._older(stage)) from error

    def _digests(self, stage: str, wanted: tuple[Table, ...]) -> dict[str, str]:
        """Return the md5 of each table of *wanted*, by its name."""
        root, set_name = self.layout.root, self.layout.set_name
        lock = published.text(root, str(self.revision), LOCK)
        known = pipeline.outputs(lock, f"{stage}@{set_name}")
        paths = {t.name: self.layout.table(stage, t).relative_to(root).as_posix() for t in wanted}
        if any(path not in known for path in paths.values()):
            raise TableError(self._older(stage))
        return {name: known[path] for name, path in paths.items()}

    def _older(self, stage: str) -> str:
        set_name = self.layout.set_name
        return (
            f"{self.name}: the tables of the stage {stage} there were made by older code, or never; "
            f"`gk score show {set_name} --at {self.name} --afresh` scores against it anew"
        )


def here(root: Path, set_name: str) -> Place:
    """Return the set as the work tree has it.

    Raises
    ------
    UnknownNameError
        If params.yaml has no such set.
    """
    layout = Layout(root, set_name)
    params.set_sections(layout.params, set_name)
    return Place(layout)


def at(root: Path, set_name: str, tag: str) -> Place:
    """Return the set as it was at the snapshot *tag*, which may be given without ``gt/`` and the set.

    Read is the newest commit in the history of ``HEAD`` that holds the same release, so that what was predicted
    after the snapshot is in it too, and the tagged commit where there is none.

    Raises
    ------
    UnknownNameError
        If there is no such snapshot.
    SnapshotError
        If *root* is not in a git repository.
    """
    known = {snapshot.tag: snapshot for snapshot in snapshots(root, set_name)}
    found = known.get(tag) or known.get(f"gt/{set_name}/{tag}")
    if found is None:
        require_set(root, set_name, known)
        raise UnknownNameError("snapshot", tag, near(tag, known))
    return of(root, found)


def require_set(root: Path, set_name: str, known: Collection[object]) -> None:
    """Make sure that params.yaml has the set, if there are no snapshots of it: *known* are those there are."""
    if not known:
        params.set_sections(Layout(root, set_name).params, set_name)


def of(root: Path, snapshot: Snapshot) -> Place:
    """Return the set as it was at *snapshot*, as ``at`` does."""
    return Place(Layout(root, snapshot.set), snapshot, published.holder(root, snapshot))


def place(root: Path, set_name: str, tag: str | None) -> Place:
    """Return the set at the snapshot *tag*, or in the work tree if none is named, or ``now``."""
    return here(root, set_name) if tag in {None, NOW} else at(root, set_name, str(tag))


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return what somebody may have meant by *name*: the most alike of many names, and all of a few.

    Examples
    --------
    >>> near("modelb", ["model-a", "model-b"])
    ['model-a', 'model-b']
    >>> near("modelb", [f"model-{letter}" for letter in "abcdefghijklmnop"])[0]
    'model-b'
    """
    names = sorted(known)
    if len(names) <= SHOWN:
        return names
    return difflib.get_close_matches(name, names, n=SHOWN, cutoff=0.0)


def released(root: Path, set_name: str, guideline: str, content_digest: str) -> Snapshot | None:
    """Return the first snapshot that holds what was decided under *guideline*, by its digest; None if none does."""
    same = [
        s
        for s in snapshots(root, set_name)
        if (s.guideline, s.content_digest) == (guideline, content_digest)
    ]
    return min(same, key=lambda s: s.n, default=None)


def require_scored(scored: pd.DataFrame, subject: str, where: Place) -> pd.Series:
    """Return the row of *subject* in the table ``scored``.

    Raises
    ------
    UnknownNameError
        If nobody of this name was scored there.
    """
    known = set(scored["subject"])
    if subject not in known:
        what = f"subject scored at {where.name}"
        raise UnknownNameError(what, subject, near(subject, known))
    return scored[scored["subject"] == subject].iloc[0]


def foreign(text: object) -> dict[str, int]:
    """Return the foreign classes of a row of ``scored`` with how often each was said."""
    told = json.loads(str(text))
    return {str(name): int(n) for name, n in told.items()} if isinstance(told, dict) else {}


def require_models(scored: pd.DataFrame, subject: str, where: Place) -> None:
    """Make sure that *subject* is a model, whose predictions the ground truth does not rest on.

    Raises
    ------
    RefusedError
        If it is an annotator.
    """
    if require_scored(scored, subject, where)["origin"] != "model":
        message = (
            f"{subject} is an annotator, whose answers are part of the ground truth at {where.name}; what moved "
            "their score cannot be split, compare annotators over one snapshot"
        )
        raise RefusedError(message)
