"""Bring stages up to date. The only module that speaks to DVC, in process and without its chatter.

DVC is imported when it is first needed. Its locks are per process and the working directory belongs
to the whole process, so everything here runs one thread at a time.
"""

import contextlib
import importlib
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundkeeper.errors import PipelineError, UnknownNameError
from groundkeeper.pipeline import commands, kept, locks
from groundkeeper.pipeline.kept import outputs
from groundkeeper.pipeline.outcome import Event, Outcome, State
from groundkeeper.pipeline.sharing import share

__all__ = [
    "Event",
    "Outcome",
    "State",
    "add",
    "bring",
    "changed",
    "dependents",
    "needed",
    "outputs",
    "push",
    "reproduce",
    "restore_outputs",
    "share",
    "stages_in_order",
    "status",
    "stored",
]

ENVIRONMENT = {
    "DVC_NO_ANALYTICS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""What every stage is started with: small linear algebra is slower on several threads."""

_STAGE = "stage in dvc.yaml"
_SET = "set in dvc.yaml"

_FREE = "free space or check the remote and its permissions, then run again"

_one_at_a_time = threading.RLock()


def stages_in_order(root: Path, sets: Collection[str] | None = None) -> list[str]:
    """Return the stages of *sets* (all by default), each after all it depends on, as DVC orders them.

    Stages without a set belong to every choice.
    """
    with _session(root) as repo:
        return _order(repo, sets)


def dependents(root: Path, stage: str) -> frozenset[str]:
    """Return the stages that need, directly or not, what *stage* writes."""
    with _session(root) as repo:
        nodes = {node.addressing: node for node in repo.index.stages}
        if stage not in nodes:
            raise UnknownNameError(_STAGE, stage, nodes)
        return _dependents(repo.index.graph, nodes[stage])


def needed(root: Path, stage: str) -> list[str]:
    """Return the stages that *stage* needs, directly or not, each after all it depends on, and *stage* last."""
    with _session(root) as repo:
        nodes = {node.addressing: node for node in repo.index.stages}
        if stage not in nodes:
            raise UnknownNameError(_STAGE, stage, nodes)
        networkx = importlib.import_module("networkx")
        before = {n.addressing for n in networkx.descendants(repo.index.graph, nodes[stage])}
        return [*(name for name in _order(repo, None) if name in before), stage]


def reproduce(
    root: Path,
    targets: Sequence[str] | None = None,
    on_stage: Callable[[Event], None] = lambda _: None,
    *,
    keep_going: bool = True,
) -> Outcome:
    """Bring *targets* (every stage by default) up to date, one after the other as given.

    Parameters
    ----------
    root
        Root of the repository.
    targets
        Names as ``stages_in_order`` gives them; nothing they depend on is added.
    on_stage
        Called when a stage starts and when it ends.
    keep_going
        After a failure go on with the stages that do not depend on the failed one.

    Raises
    ------
    PipelineError
        If there is no DVC repository, another process works in it, or dvc.yaml cannot be read. A
        stage that fails does not raise: it is in the outcome, with its own words.
    """
    events: list[Event] = []
    with _session(root) as repo:
        # Collected once: DVC reads its files anew each time that it is given a name.
        graph, nodes = repo.index.graph, {node.addressing: node for node in repo.index.stages}
        waiting = list(targets) if targets is not None else _order(repo, None)
        reasons: dict[str, str] = {}
        for stage in waiting:
            if stage not in nodes:
                raise UnknownNameError(_STAGE, stage, nodes)
            if stage in reasons:
                event = Event(stage, State.SKIPPED, message=reasons[stage])
            else:
                on_stage(Event(stage, State.STARTED))
                event = _one(repo, nodes[stage])
            if event.state is State.FAILED:
                hit = _dependents(graph, nodes[stage]) if keep_going else frozenset(waiting)
                reasons |= dict.fromkeys(hit - reasons.keys(), f"needs {stage}, which failed")
            events.append(event)
            on_stage(event)
    return Outcome(tuple(events))


def status(root: Path) -> dict[str, tuple[str, ...]]:
    """Return for each stage that is out of date why, such as ``modified data/items/a``."""
    with _session(root) as repo:
        found = repo.status(check_updates=False)
    return {name: tuple(_reasons(changes)) for name, changes in sorted(found.items())}


def push(root: Path) -> int:
    """Return how many files went to the default remote; what is there already is not sent again.

    Raises
    ------
    PipelineError
        If no remote is configured, or it cannot be written.
    """
    with _session(root) as repo, _disk_refusals():
        return int(repo.push())


def add(root: Path, path: Path) -> None:
    """Put the file or folder at *path* under DVC's care: ``<path>.dvc`` is written beside it."""
    relative = path.resolve().relative_to(root.resolve())
    with _session(root) as repo, _disk_refusals():
        repo.add([relative.as_posix()])


def changed(root: Path, pointers: Iterable[Path]) -> tuple[Path, ...]:
    """Return those ``.dvc`` files among *pointers* that do not describe what lies beside them.

    DVC remembers what it has read, so data that were not touched are not read again.

    Raises
    ------
    PipelineError
        If a pointer cannot be read.
    """
    with _session(root) as repo:
        return tuple(
            pointer
            for pointer in pointers
            for node in repo.stage.collect(pointer.relative_to(root).as_posix())
            if any(out.workspace_status() for out in node.outs)
        )


def restore_outputs(root: Path, stage: str) -> dict[str, str]:
    """Put the cached products of *stage* back as dvc.lock has them; return path to md5 of the others.

    DVC removes the products of a stage before it runs; after a failure they are brought back here.
    A stage that never succeeded has nothing to bring back.

    Raises
    ------
    PipelineError
        If the cache has lost them.
    """
    with _session(root) as repo, _disk_refusals():
        outs = [out for node in repo.stage.collect(stage) for out in node.outs if out.hash_info]
        if outs:
            repo.checkout([stage], force=True, allow_missing=False)
        return {out.def_path: str(out.hash_info.value) for out in outs if not out.use_cache}


def stored(root: Path, digests: Collection[str]) -> dict[str, Path]:
    """Return for each md5 of *digests* the file in the cache that has it; it is DVC's own, and only to be read.

    Raises
    ------
    PipelineError
        If neither the cache nor the remote has it.
    """
    with _session(root) as repo, _disk_refusals():
        return kept.places(repo, digests)


def bring(root: Path, pointers: Iterable[Path]) -> None:
    """Put what the ``.dvc`` files *pointers* speak of beside them, from the cache, or else from the remote.

    Raises
    ------
    PipelineError
        If neither has it.
    """
    targets = [pointer.relative_to(root).as_posix() for pointer in pointers]
    lost = importlib.import_module("dvc.exceptions").CheckoutError
    with _session(root) as repo, _disk_refusals():
        for target in targets:
            try:
                repo.checkout([target], force=True)
            except lost:
                repo.pull([target], force=True)


def _one(repo: Any, node: Any) -> Event:  # noqa: ANN401 - DVC's Repo and Stage, which have no types
    """Do with one stage what ``dvc repro`` does: run it if it changed, then note it in dvc.lock."""
    refusal = importlib.import_module("dvc.exceptions").DvcException
    busy = importlib.import_module("dvc.lock").LockError
    began = time.perf_counter()
    message, state = "", State.UNCHANGED
    with commands.recorded() as record:
        try:
            with repo.scm_context(quiet=True):
                if node.reproduce(run_env=_environment()):
                    node.dump(update_pipeline=False)
                    state = State.RAN if record.commands else State.RESTORED
        except busy:
            raise
        except (refusal, OSError) as error:
            state, message = State.FAILED, record.message() or _refusal(error)
    return Event(node.addressing, state, time.perf_counter() - began, message)


def _environment() -> dict[str, str]:
    """Return what a stage is started with: ``python`` is the interpreter that runs this."""
    folder = str(Path(sys.executable).parent)
    return {**ENVIRONMENT, "PATH": os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])}


def _order(repo: Any, sets: Collection[str] | None) -> list[str]:  # noqa: ANN401 - see _one
    """Return stages in the order of ``dvc repro``, so that both write the same dvc.lock, byte for byte."""
    planned = importlib.import_module("dvc.repo.reproduce").plan_repro(repo.index.graph)
    stages = [node.addressing for node in planned if node.cmd]
    known = {stage.partition("@")[2] for stage in stages}
    for name in sets or ():
        if name not in known:
            raise UnknownNameError(_SET, name, known - {""})
    wanted = known if sets is None else {*sets, ""}
    return [stage for stage in stages if stage.partition("@")[2] in wanted]


def _dependents(graph: Any, node: Any) -> frozenset[str]:  # noqa: ANN401 - see _one
    networkx = importlib.import_module("networkx")
    return frozenset(found.addressing for found in networkx.ancestors(graph, node))


def _reasons(changes: Sequence[str | Mapping[str, Any]]) -> Iterator[str]:
    """Give the lines that ``Repo.status`` nests: a word, or kind to path to state, or params deeper."""
    for change in changes:
        if isinstance(change, str):
            yield change
            continue
        for paths in change.values():
            for path, state in paths.items():
                if isinstance(state, str):
                    yield f"{state} {path}"
                else:
                    yield from (f"{how} {path}:{key}" for key, how in state.items())


@contextlib.contextmanager
def _session(root: Path) -> Iterator[Any]:
    """Give DVC's repository at *root*, locked and quiet, its errors turned into ours."""
    dvc = importlib.import_module("dvc.repo")
    exceptions = importlib.import_module("dvc.exceptions")
    busy = importlib.import_module("dvc.lock").LockError
    with _one_at_a_time, contextlib.chdir(root), _quiet():
        try:
            with dvc.Repo(str(Path.cwd())) as repo:
                locks.release_dead(Path(repo.tmp_dir))
                with dvc.lock_repo(repo):
                    yield repo
        except busy as error:
            raise PipelineError(locks.busy_message(Path(".dvc/tmp"), str(error))) from error
        except sqlite3.OperationalError as error:
            message = f"DVC: its own database cannot be written ({error}); {_FREE}"
            raise PipelineError(message) from error
        except exceptions.NotDvcRepoError as error:
            message = (
                f"{Path.cwd()}: not a DVC repository; go to its root (-C), or make one: `dvc init`"
            )
            raise PipelineError(message) from error
        except exceptions.DvcException as error:
            message = f"DVC: {_words(error)}"
            raise PipelineError(message) from error


@contextlib.contextmanager
def _disk_refusals() -> Iterator[None]:
    """Turn what the disk refuses to DVC, which lets it through as it is, into our error."""
    try:
        yield
    except OSError as error:
        message = f"DVC: {error}; {_FREE}"
        raise PipelineError(message) from error


def _refusal(error: Exception) -> str:
    """Return why DVC did not run a stage."""
    if isinstance(error, FileNotFoundError) and error.filename:
        path = Path(error.filename)
        missing = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return (
            f"{missing.as_posix()}: missing, and the stage reads it; take a file in (`gk inbox add`), "
            "or restore it (`git restore`, `dvc checkout`)"
        )
    return _words(error)


def _words(error: BaseException) -> str:
    """Return what *error* and its causes say, each once."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause).strip()
        if text and text not in said:
            said.append(text)
        cause = cause.__cause__
    return ": ".join(said)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence DVC's own log, progress bars and usage reports; its errors arrive as exceptions."""
    loggers = [logging.getLogger(name) for name in ("dvc", "dvc_data", "dvc_objects")]
    levels = [logger.level for logger in loggers]
    os.environ.setdefault("DVC_NO_ANALYTICS", "1")
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
