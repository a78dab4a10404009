"""How long truth inference takes beside crowd-kit: same labels, same answers, one core, in turn.

    python benchmarks/truth_speed.py                       every method, up to the size its target is stated for
    python benchmarks/truth_speed.py dawid_skene --sizes 1000 100000 1000000
    python benchmarks/truth_speed.py --rounds 5 --peers DIRECTORY

`make peers` installs crowd-kit first. Both sides are given one table of labels in memory, five labels a task, and are
timed until they have the posterior of every task. Labels are coded and sorted once, and then any method is fitted to
them: `times`, which the targets are stated for, is crowd-kit's time over that of the fit; `with coding` over both. Both
sides are warm: nothing is compiled while the clock runs (`benchmarks/start_up.py` measures what a user waits for who
starts a process). Rounds alternate; medians and their ratio are told, and the memory that the work added to what the
process had, in a process that does nothing else. A million tasks take crowd-kit some minutes; who takes more than 30
seconds is run once.

Exit status 1: a target was missed, or answers differ by more than what is stated.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from generated_labels import write_labels
from paired_runs import PEERS, Side, peer_python, print_rows, side_by_side, worker

from groundkeeper.core.truth.dawid_skene import CROWD_KIT

HEADS = (
    "method",
    "tasks",
    "coding s",
    "fit s",
    "crowd-kit s",
    "times",
    "target",
    "with coding",
    "ours MB",
    "crowd-kit MB",
    "runs",
    "differ",
    "allowed",
)

SMALL = 100
"""Tasks of the run before the first."""


@dataclass(frozen=True)
class Comparison:
    """How a method is compared.

    Attributes
    ----------
    targets : mapping
        Number of tasks to how many times faster than crowd-kit it should be.
    sizes : tuple of int
        Numbers of tasks to run.
    ours, theirs : mapping
        Options of either side.
    allowed : float
        By how much posteriors may differ, at most over all tasks and classes; where ``by_label``, which share of tasks
        may have another most probable class, for methods that start or stop elsewhere.
    """

    targets: Mapping[int, float]
    sizes: tuple[int, ...]
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    allowed: float
    by_label: bool = False


TWENTY = {"iterations": 20, "tolerance": 0.0}
TWENTY_TOO = {"n_iter": 20, "tol": -1e300}
THOUSANDS = (1_000, 10_000, 100_000)
MILLION = (*THOUSANDS, 1_000_000)
COMPARISONS = {
    "majority": Comparison({100_000: 40}, MILLION, {}, {}, 1e-12),
    "dawid_skene": Comparison(
        {100_000: 30, 1_000_000: 30}, MILLION, {**TWENTY, **CROWD_KIT}, TWENTY_TOO, 1e-6
    ),
    "one_coin": Comparison({100_000: 200}, THOUSANDS, TWENTY, TWENTY_TOO, 1e-6),
    # Each until it has converged: one searches for abilities within every round, the other does not.
    "glad": Comparison({10_000: 150}, (1_000, 10_000), {}, {}, 0.01, by_label=True),
    # One start; guesses are next to even here, and crowd-kit's are exchanged among annotators.
    "mace": Comparison(
        {100_000: 50},
        THOUSANDS,
        {"restarts": 1, "iterations": 50, "tolerance": 0.0},
        {"n_restarts": 1, "n_iter": 50},
        0.01,
        by_label=True,
    ),
}


def main() -> int:
    """Print the comparison; return 1 if a target was missed or answers differ."""
    asked = _asked()
    python = peer_python("crowdkit", asked.peers)
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for method in asked.methods or COMPARISONS:
            comparison = COMPARISONS[method]
            for tasks in asked.sizes or comparison.sizes:
                row, wrong = compare(method, tasks, asked.rounds, python, Path(folder))
                rows.append(row)
                failed += wrong
                print(f"{method} {tasks:,}: {row[5]} times", file=sys.stderr, flush=True)
    print_rows(HEADS, rows)
    print(
        "differ: the largest difference of a probability; for glad and mace the share of tasks with another best class"
    )
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def compare(
    method: str, tasks: int, rounds: int, python: Path, folder: Path
) -> tuple[tuple[str, ...], list[str]]:
    """Return the row of one method at one size, and what of it failed."""
    comparison = COMPARISONS[method]
    labels, small = folder / f"{tasks}.npz", folder / f"{SMALL}.npz"
    for path, size in ((labels, tasks), (small, SMALL)):
        if not path.exists():
            write_labels(path, size)
    ours, theirs = (folder / f"{side}.npz" for side in ("ours", "theirs"))
    request: dict[str, Any] = {"work": "infer", "method": method, "file": str(labels)}
    request |= {"own_options": comparison.ours, "peer_options": comparison.theirs}
    with worker("own_worker.py") as own, worker("peer_worker.py", python) as peer:
        one, other = side_by_side(own, peer, rounds, str(small), **request)
        # The answers themselves are asked for once more, so that saving them is in nobody's time.
        own.ask(**request, out=str(ours))
        peer.ask(**request, out=str(theirs))
    differ = difference(ours, theirs, by_label=comparison.by_label)
    return _row(method, tasks, one, other, differ)


def difference(ours: Path, theirs: Path, *, by_label: bool) -> float:
    """Return how far two posteriors are apart, or which share of tasks has another best class."""
    with np.load(ours) as own, np.load(theirs) as peer:
        mine, other = own["posterior"], peer["posterior"]
    if by_label:
        return float((mine.argmax(axis=1) != other.argmax(axis=1)).mean())
    return float(np.abs(mine - other).max())


def _row(
    method: str, tasks: int, one: Side, other: Side, differ: float
) -> tuple[tuple[str, ...], list[str]]:
    comparison = COMPARISONS[method]
    fit, target = one.seconds - one.coding, comparison.targets.get(tasks)
    times = other.seconds / fit
    failed = []
    if target and times < target:
        failed.append(f"{method} {tasks:,}: {times:.0f} times, the target is {target:g}")
    if differ > comparison.allowed:
        failed.append(
            f"{method} {tasks:,}: answers differ by {differ:.3g}, allowed is {comparison.allowed:g}"
        )
    row = (
        method,
        f"{tasks:,}",
        f"{one.coding:.4f}",
        f"{fit:.4f}",
        f"{other.seconds:.3f}",
        f"{times:.0f}",
        f"{target:g}" if target else "-",
        f"{other.seconds / one.seconds:.0f}",
        f"{one.added_mb:.0f}",
        f"{other.added_mb:.0f}",
        f"{one.runs} and {other.runs}",
        f"{differ:.1e}",
        f"{comparison.allowed:g}",
    )
    return row, failed


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("methods", nargs="*", metavar="METHOD", help=", ".join(COMPARISONS))
    parser.add_argument("--sizes", type=int, nargs="+", metavar="TASKS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
