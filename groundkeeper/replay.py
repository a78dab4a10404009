"""Make the history of a set: one snapshot for each guideline version on the way to the one in force.

Each is built from the inbox as it is now, in a work tree of its own, out of what a refresh would take: the last commit
and, over it, the parameters, guidelines and batches as they are here, committed or not. Nothing of the user's
work tree, index or branch is touched; a version is a tag on a commit of its own that follows the last commit.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from groundkeeper import (
    batches,
    files,
    guideline_files,
    guideline_versions,
    pipeline,
    refresh,
    tables,
)
from groundkeeper.core.guideline.lineage import line
from groundkeeper.core.release_changes import Moved, moved
from groundkeeper.errors import ParamsError, PipelineError, StorageError, UnknownNameError
from groundkeeper.guideline_yaml import ProblemError
from groundkeeper.guideline_yaml import read as read_yaml
from groundkeeper.layout import Layout
from groundkeeper.pipeline import Event
from groundkeeper.snapshots import Snapshot, history, snapshots
from groundkeeper.snapshots.scratch import differs, put_back, scratch
from schemas.names import RECORD_PARTS, RECORDS

COMPARED = tuple(
    replace(table, columns={name: table.columns[name] for name in needed}, open=True)
    for table, needed in (
        (RECORDS, ("record_id", "status")),
        (RECORD_PARTS, ("record_id", "frame", "geometry")),
    )
)
"""What is compared of a release, whatever further columns it has, which are those of the code that made it."""

Release = Mapping[str, pd.DataFrame]
"""The compared tables of one release, by name."""


@dataclass(frozen=True)
class Stop:
    """One version on the way; *moved* is against the snapshot before, None if there is none to hold it against.

    Where the version could not be released, *refusal* says why, and *snapshot* is one from before, if any.
    """

    version: str
    snapshot: Snapshot | None
    is_new: bool = False
    moved: Moved | None = None
    seconds: float = 0.0
    refusal: str = ""


@dataclass(frozen=True)
class Replayed:
    """What a replay did, the oldest version first."""

    set: str
    stops: tuple[Stop, ...]
    notes: tuple[str, ...] = ()

    @property
    def new(self) -> tuple[Snapshot, ...]:
        """The snapshots that were made; of the other versions there was one already, with the same content."""
        return tuple(stop.snapshot for stop in self.stops if stop.snapshot and stop.is_new)

    def require_success(self) -> None:
        """Raise what the stages said of the versions that could not be released.

        Raises
        ------
        PipelineError
            If there is such a version.
        """
        refused = [f"{stop.version}: {stop.refusal}" for stop in self.stops if stop.refusal]
        if refused:
            raise PipelineError("\n".join(refused))


def way(root: Path, set_name: str) -> tuple[str, ...]:
    """Return the published versions along ``supersedes`` to the one in force, the oldest first.

    Versions that were published as next, beyond the one in force, are not on it.

    Raises
    ------
    GuidelineError
        If a file of the set is no guideline.
    UnknownNameError
        If the set has no version that is in force.
    """
    guidelines = guideline_files.load_all(Layout(root, set_name).guidelines)
    version = guideline_versions.in_force(root, set_name)
    if version not in guidelines:
        raise UnknownNameError("version", f"{set_name}@{version}", guidelines)
    found = [v for v in line(guidelines, version) if guidelines[v].guideline.status == "published"]
    return tuple(reversed(found))


def replay(
    root: Path,
    set_name: str,
    *,
    earlier: bool = False,
    on_stage: Callable[[Event], None] | None = None,
) -> Replayed:
    """Return the snapshots of *set_name*, one per version on the way, those made that were not there.

    A version whose latest snapshot was made from the same inputs is not built again, and one whose
    content turns out to be that of its latest snapshot gets no second one. Stopped at any moment and
    called again, it ends as if it had not been stopped. A version that cannot be released is in the
    answer with the reason, and the others are made.

    Parameters
    ----------
    root
        Root of the repository.
    set_name
        Name of the set.
    earlier
        Leave out the version in force, which a refresh releases on the branch.
    on_stage
        Called when a stage starts and when it ends; its name is given with the version before it.

    Raises
    ------
    GroundkeeperError
        What ``refresh.prepare`` raises, or if another replay is at work.
    """
    refresh.prepare(root, [set_name], no_branch=True)
    versions = way(root, set_name)[: -1 if earlier else None]
    if not versions:
        return Replayed(set_name, ())
    with scratch(root, [set_name]) as place:
        pipeline.share(root, place.root)
        _bring_batches(Layout(root, set_name).inbox, Layout(place.root, set_name).inbox)
        notes = [f"{path}: edited and not committed; built as committed" for path in place.left_out]
        stops: list[Stop] = []
        last: Release | None = None
        for version in versions:
            began = time.perf_counter()
            stop, release, said = _stop(Layout(place.root, set_name), version, on_stage)
            between = moved(last, release) if last and release else None
            stops.append(replace(stop, moved=between, seconds=time.perf_counter() - began))
            notes.extend(said)
            last = release or last
    return Replayed(set_name, tuple(stops), tuple(dict.fromkeys(notes)))


def put_in_force(root: Path, set_name: str, version: str) -> None:
    """Make *version* the guideline of *set_name* in params.yaml; everything else stays as it is, comments too.

    Raises
    ------
    ParamsError
        If the version does not stand there as a plain text.
    """
    path, before = Layout(root, set_name).params, guideline_versions.in_force(root, set_name)
    text = path.read_bytes().decode()
    key = ("sets", set_name, "guideline", "version")
    try:
        start, end = read_yaml(text).spans[key]
    except (ProblemError, KeyError) as error:
        message = (
            f"{path.name}: {'.'.join(key)}: cannot be replaced where it stands ({error}); write the "
            "version itself there, and no anchors or tags in the file"
        )
        raise ParamsError(message) from error
    now = text[start:end].replace(before, version)
    files.write_bytes(path, f"{text[:start]}{now}{text[end:]}".encode())


def _bring_batches(inbox: Path, scratch_inbox: Path) -> None:
    """Copy the batches, which were found to be as they were taken in; a clone may have them here and in no cache."""
    try:
        for key in batches.keys(inbox):
            shutil.copytree(inbox / key, scratch_inbox / key)
    except OSError as error:
        message = f"the inbox cannot be copied to {scratch_inbox} ({error}); free space, then run this again"
        raise StorageError(message) from error


def _stop(
    layout: Layout, version: str, on_stage: Callable[[Event], None] | None
) -> tuple[Stop, Release | None, tuple[str, ...]]:
    """Return what became of *version* in the scratch tree of *layout*, its release and what is to be noted."""
    root, set_name = layout.root, layout.set_name
    put_in_force(root, set_name, version)
    latest = history.latest(snapshots(root), set_name, version)
    if latest and not differs(root, latest):
        return Stop(version, latest), _kept(layout, latest), ()

    def watch(event: Event) -> None:
        if on_stage:
            on_stage(replace(event, stage=f"{version} {event.stage}"))

    done = refresh.run(root, [set_name], no_branch=True, on_stage=watch)
    failures = done.outcome.failures
    if failures:
        refusal = "\n".join(f"{stage}: {said}" for stage, said in failures.items())
        return Stop(version, latest, refusal=refusal), None, done.notes
    made = next(iter(done.new), latest)
    return Stop(version, made, is_new=bool(done.new)), _tables(layout), done.notes


def _kept(layout: Layout, snapshot: Snapshot) -> Release | None:
    """Return the release of a *snapshot* that was there before; None if the cache has lost it."""
    put_back(layout.root, snapshot)
    try:
        pipeline.restore_outputs(layout.root, f"{refresh.RELEASE}@{layout.set_name}")
    except PipelineError:
        return None
    return _tables(layout)


def _tables(layout: Layout) -> Release:
    return {one.name: tables.read(layout.table(refresh.RELEASE, one), one) for one in COMPARED}
