"""One writer of the inbox at a time."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Held(threading.local):
    """The locks that this thread holds: the system would let it wait for itself for ever."""

    def __init__(self) -> None:
        self.locks: set[Path] = set()


_held = _Held()


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Wait for every other call on this repository; the system frees the lock of a dead process.

    Who is alone may ask to be alone again, so that what is found and what is then written are one step.
    """
    inbox.parent.mkdir(parents=True, exist_ok=True)
    lock = inbox.parent.resolve() / ".lock"
    if lock in _held.locks:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _held.locks.add(lock)
        try:
            yield
        finally:
            _held.locks.remove(lock)
