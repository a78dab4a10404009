"""What DVC's lock files say: who works in a repository, and which entries a dead process left."""

import importlib
import json
from pathlib import Path
from typing import Any

_RWLOCK = "rwlock"


def release_dead(folder: Path) -> int:
    """Return how many entries of dead processes were taken out of the rwlock in *folder*.

    An entry is dead if its process is gone, is no Python or DVC process, or started after the entry
    was written (its number was given to another). DVC itself looks only at the first.
    """
    path = folder / _RWLOCK
    document = _read(path)
    if not document:
        return 0
    written = path.stat().st_mtime
    pids = {int(entry["pid"]) for entry in _entries(document)}
    dead = {pid for pid in pids if not _alive(pid, written)}
    if not dead:
        return 0
    with _guard(folder):
        document = _read(path)
        before = len(_entries(document))
        kept = {
            "write": {p: e for p, e in document.get("write", {}).items() if e["pid"] not in dead},
            "read": {
                p: alive
                for p, entries in document.get("read", {}).items()
                if (alive := [e for e in entries if e["pid"] not in dead])
            },
        }
        path.write_text(json.dumps(kept), encoding="utf-8")
    return before - len(_entries(kept))


def busy_message(folder: Path, said: str) -> str:
    """Return who holds the locks in *folder* and what to do, for a user whose command had to wait."""
    holders = {(int(e["pid"]), str(e["cmd"])) for e in _entries(_read(folder / _RWLOCK))}
    lines = [f"  process {pid}: {command}" for pid, command in sorted(holders)]
    if not lines:
        lines = [f"  process {pid}" for pid in _holder(folder / "lock")]
    first = "another process works in this repository; nothing was done"
    last = "Wait until it ends, then run the same command again."
    return "\n".join([first, *(lines or [f"  {said}"]), last])


def _holder(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()[:1]
    except (OSError, UnicodeDecodeError):
        return []


def _read(path: Path) -> dict[str, Any]:
    """Return the document at *path*; an unreadable one is DVC's to complain about."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _entries(document: dict[str, Any]) -> list[dict[str, Any]]:
    readers = [entry for entries in document.get("read", {}).values() for entry in entries]
    return [*document.get("write", {}).values(), *readers]


def _alive(pid: int, written: float) -> bool:
    psutil = importlib.import_module("psutil")
    try:
        process = psutil.Process(pid)
        words = " ".join([process.name(), *process.cmdline()])
        return process.create_time() <= written and ("python" in words or "dvc" in words)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _guard(folder: Path) -> Any:  # noqa: ANN401 - dvc.lock.LockBase, which has no types
    """Return the lock under which DVC itself edits the file."""
    lock = importlib.import_module("dvc.lock")
    return lock.make_lock(str(folder / f"{_RWLOCK}.lock"), tmp_dir=str(folder))
