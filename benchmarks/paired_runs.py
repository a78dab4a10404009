"""Run the same work here and by a peer, in turn, on one core; what every comparison of speed shares.

Each side is a process that stays: it imports once, then does one work after another and says how long each took.
Runs alternate, so that whatever else the machine does falls on both; medians and their ratio are told.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE.parent / ".cache" / "peers"
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
LONG = 30.0
"""Who takes longer than this many seconds is run once."""


@dataclass(frozen=True)
class Side:
    """What one side took and answered.

    Attributes
    ----------
    seconds : float
        Median over *runs* runs.
    coding : float
        Of these, how many went into coding the input; 0 where that is not told apart.
    runs : int
    added_mb : float
        Memory that the first run added.
    answer : mapping
        What the first run told.
    """

    seconds: float
    coding: float
    runs: int
    added_mb: float
    answer: Mapping[str, Any]


class Worker:
    """A process that does what it is asked, one request a line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, **request: object) -> dict[str, Any]:
        """Return the answer to *request*; end the benchmark if there is none."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            message = "a worker is started with pipes"
            raise ValueError(message)
        pipe_in.write(json.dumps(request) + "\n")
        pipe_in.flush()
        line = pipe_out.readline()
        if not line:
            sys.exit(f"error: the worker ended at {request.get('work')}; what it said is above")
        found: dict[str, Any] = json.loads(line)
        return found


@contextlib.contextmanager
def worker(script: str, python: Path | str = sys.executable) -> Iterator[Worker]:
    """Give a process that runs *script* of this folder with *python*, on one core and one thread."""
    process = subprocess.Popen(  # noqa: S603 - every word is ours
        [str(python), "-W", "ignore", str(HERE / script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    try:
        yield Worker(process)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait()


def side_by_side(
    ours: Worker, theirs: Worker, rounds: int, small: str, **request: object
) -> tuple[Side, Side]:
    """Return how long both took for *request*, run in turn *rounds* times after one run that is not counted.

    Before, both do the same with the file *small*, so that what they import and compile is not taken for memory of the
    work. A peer that takes long is run once.
    """
    for one in (ours, theirs):
        one.ask(**request | {"file": small})
    own_first, peer_first = ours.ask(**request), theirs.ask(**request)
    own, peer = [], []
    is_long = peer_first["seconds"] > LONG
    for _ in range(rounds):
        own.append(ours.ask(**request))
        if not is_long:
            peer.append(theirs.ask(**request))
    return _side(own_first, own), _side(peer_first, peer or [peer_first])


def _side(first: Mapping[str, Any], runs: list[dict[str, Any]]) -> Side:
    seconds, coding = (
        statistics.median(run.get(name, 0.0) for run in runs) for name in ("seconds", "coding")
    )
    return Side(seconds, coding, len(runs), first["added_mb"], first)


def peer_python(name: str, folder: Path = PEERS) -> Path:
    """Return the interpreter of the environment *name* that ``make peers`` made; end if there is none."""
    python = folder / name / "bin" / "python"
    if not python.is_file():
        sys.exit(f"error: {python}: no such file; `make peers` installs the peers")
    return python


def print_rows(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = (c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))
        print("  ".join([row[0].ljust(widths[0]), *cells]))
