"""One writer of the inbox at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Wait for every other call on this repository; the system frees the lock of a dead process."""
    lock = inbox.parent / ".lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
