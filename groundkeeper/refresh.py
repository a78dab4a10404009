"""Bring sets up to date and release them: look first, build, keep what failed as it was, snapshot.

The command line calls ``run``. A flow that has its own idea of *when* calls the same three pieces:
``prepare``, one ``pipeline.reproduce`` per stage, ``finish``.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundkeeper import guideline_files, guideline_ledger, inbox, params, pipeline, snapshots
from groundkeeper.errors import GuidelineError, PipelineError, UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.pipeline import Event, Outcome, State
from groundkeeper.snapshots import Snapshot, published
from groundkeeper.standing import guideline_version

RELEASE = "release"
PUSH = "push"
"""Name under which sending files to the remote is reported, beside the stages."""


@dataclass(frozen=True)
class Plan:
    """The sets to refresh and their stages, each after all it depends on."""

    root: Path
    sets: tuple[str, ...]
    stages: tuple[str, ...]
    no_branch: bool = False


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: the stages, the files sent to the remote, the snapshots."""

    sets: tuple[str, ...]
    outcome: Outcome
    pushed: int = 0
    commit: str | None = None
    new: tuple[Snapshot, ...] = ()
    notes: tuple[str, ...] = ()

    def require_success(self) -> None:
        """Raise what the stages that failed said.

        Raises
        ------
        PipelineError
            If a stage failed.
        """
        failures = self.outcome.failures
        if failures:
            lines = [f"{stage}: {message}" for stage, message in failures.items()]
            raise PipelineError("\n".join(lines))


def choose(root: Path, sets: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return *sets* once each, or all sets of params.yaml in its order.

    Raises
    ------
    UnknownNameError
        If params.yaml has no set of this name.
    """
    known = params.load_sets(root / "params.yaml")
    for name in sets or ():
        if name not in known:
            raise UnknownNameError("set", name, known)
    return tuple(dict.fromkeys(sets or known))


def prepare(root: Path, sets: Sequence[str] | None = None, *, no_branch: bool = False) -> Plan:
    """Return what a refresh would do, after everything that can be refused early has been looked at.

    Raises
    ------
    UnknownNameError
        If there is no such set.
    SnapshotError
        If git could not take the snapshot that the refresh ends with.
    InboxError
        If an inbox does not hold what was taken in.
    GuidelineError
        If a guideline version was edited after it was published or after its first snapshot, or the one in force is a
        draft.
    PipelineError
        If DVC cannot read the pipeline.
    """
    chosen = choose(root, sets)
    snapshots.position(root, no_branch=no_branch)
    for set_name in chosen:
        inbox.verify(root, set_name)
        published.require_guidelines(root, set_name)
        guideline_ledger.require_unchanged(Layout(root, set_name).guidelines)
        _require_published(root, set_name)
    return Plan(root, chosen, tuple(pipeline.stages_in_order(root, chosen)), no_branch)


def _require_published(root: Path, set_name: str) -> None:
    """Refuse a draft as the guideline in force; what else is wrong with the file is its stage's to say."""
    path = Layout(root, set_name).guidelines / f"{guideline_version(root, set_name)}.yaml"
    try:
        status = guideline_files.load(path).guideline.status
    except GuidelineError:
        return
    if status != "published":
        message = (
            f"{path}: guideline.status: found {status}; a release needs a published version; publish "
            f"it, or name a published one in params.yaml (sets.{set_name}.guideline.version)"
        )
        raise GuidelineError(message)


def finish(
    plan: Plan, outcome: Outcome, on_stage: Callable[[Event], None] | None = None
) -> Refreshed:
    """Return the refresh whose stages ended in *outcome*: pushed, and snapshots of what was released.

    A set whose release failed or was skipped keeps the GT of its last snapshot and gets no new one; nothing is
    committed then unless another set has new content.

    Raises
    ------
    PipelineError
        If the remote cannot be written.
    SnapshotError
        If git refuses.
    """
    unreleased = outcome.names(State.FAILED, State.SKIPPED)
    for stage in unreleased:
        if stage in outcome.failures or not _is_whole(plan.root, stage):
            restore(plan.root, stage)
    released = tuple(name for name in plan.sets if f"{RELEASE}@{name}" not in unreleased)
    if not released:
        return Refreshed(plan.sets, outcome)
    report = on_stage or (lambda _: None)
    report(Event(PUSH, State.STARTED))
    began = time.perf_counter()
    pushed = pipeline.push(plan.root)
    state = State.RAN if pushed else State.UNCHANGED
    report(Event(PUSH, state, time.perf_counter() - began))
    broken = bool(outcome.failures)
    taken = snapshots.take(plan.root, released, no_branch=plan.no_branch, only_new=broken)
    return Refreshed(plan.sets, outcome, pushed, taken.commit, taken.new, taken.notes)


def _is_whole(root: Path, stage: str) -> bool:
    """Return whether the release was left whole; a run that was killed may have left it half removed."""
    return Layout(root, stage.partition("@")[2]).manifest.is_file()


def restore(root: Path, stage: str) -> None:
    """Put the released GT back if *stage*, which failed or was stopped, is the one that makes it."""
    name, _, set_name = stage.partition("@")
    if name == RELEASE:
        snapshots.restore(root, set_name, pipeline.restore_outputs(root, stage))


def run(
    root: Path,
    sets: Sequence[str] | None = None,
    *,
    no_branch: bool = False,
    on_stage: Callable[[Event], None] | None = None,
) -> Refreshed:
    """Bring *sets* (all by default) up to date, release and snapshot them; return what was done.

    A stage that fails does not raise here: the other sets are finished first, and
    ``Refreshed.require_success`` tells. Stopped half way (Ctrl-C), the released GT is put back.

    Raises
    ------
    GroundkeeperError
        What ``prepare``, ``pipeline.reproduce`` and ``finish`` raise.
    """
    plan = prepare(root, sets, no_branch=no_branch)
    running: set[str] = set()

    def watch(event: Event) -> None:
        if event.state is State.STARTED:
            running.add(event.stage)
        else:
            running.discard(event.stage)
        if on_stage:
            on_stage(event)

    try:
        outcome = pipeline.reproduce(root, plan.stages, watch)
    except BaseException:
        for stage in running:
            restore(root, stage)
        raise
    return finish(plan, outcome, on_stage)
