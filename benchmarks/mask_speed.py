"""How long masks of several people take beside crowd-kit and pycocotools: same masks, same answers, one core, in turn.

    python benchmarks/mask_speed.py                        everything
    python benchmarks/mask_speed.py majority --tasks 20 100
    python benchmarks/mask_speed.py --rounds 5 --peers DIRECTORY

`make peers` installs the peers first; pycocotools comes with Datumaro. A task is five masks of 512 x 512 px. Peers have
pictures in memory; ours is told in three ways. `runs`: masks are runs and stay so, which is how they are stored.
`pictures by runs`: pictures are made runs, these are worked on, and pictures made of them. `pictures`: a kernel reads
pictures and writes pictures. The targets are stated for `runs`. All are warm: nothing is compiled while the clock runs.
Rounds alternate; medians and their ratio are told. STAPLE, which crowd-kit has not, stands beside its EM; their models
differ, and so may answers.

Exit status 1: a target was missed, or answers differ where they should be the same.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from generated_masks import write_masks
from paired_runs import PEERS, peer_python, print_rows, side_by_side, worker

HEADS = ("work", "tasks", "ours ms", "theirs ms", "times", "target", "runs", "differ")
WAYS = ("runs", "pictures by runs", "pictures")
SMALL = 2
"""Tasks of the run before the first."""
THOUSAND = 1000.0


@dataclass(frozen=True)
class Comparison:
    """How a work is compared.

    Attributes
    ----------
    peer : str
        Environment of the peer.
    options : tuple of dict
        What is asked of ours, one row each.
    target : float
        How many times faster the first of them should be; 0 for none.
    same : tuple of bool
        Whether answers should be the same.
    """

    peer: str
    options: tuple[dict[str, str], ...]
    target: float
    same: tuple[bool, ...]


IN_WAYS = tuple({"way": way} for way in WAYS)
COMPARISONS = {
    "majority": Comparison("crowdkit", IN_WAYS, 200, (True, True, True)),
    "em": Comparison(
        "crowdkit",
        (*({"model": "one_coin"} | way for way in IN_WAYS), {"model": "staple", "way": "runs"}),
        2500,
        (True, True, True, False),
    ),
    "ious": Comparison("datumaro", ({},), 0, (True,)),
    "encode": Comparison("datumaro", ({},), 0, (True,)),
}


def main() -> int:
    """Print the comparison; return 1 if a target was missed or answers differ."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(COMPARISONS))
    parser.add_argument("--tasks", type=int, nargs="+", default=[50])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS)
    asked = parser.parse_args()
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for work in asked.works or COMPARISONS:
            python = peer_python(COMPARISONS[work].peer, asked.peers)
            for tasks in asked.tasks:
                found, wrong = compare(work, tasks, asked.rounds, python, Path(folder))
                rows += found
                failed += wrong
    print_rows(HEADS, rows)
    print("differ: share of the pixels, or of the numbers or strings, that are not the same")
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def compare(
    work: str, tasks: int, rounds: int, python: Path, folder: Path
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the rows of one work at one size, and what of it failed."""
    comparison = COMPARISONS[work]
    file, small = folder / f"{tasks}.npz", folder / f"{SMALL}.npz"
    for path, size in ((file, tasks), (small, SMALL)):
        if not path.exists():
            write_masks(path, size)
    ours, theirs = (folder / f"{side}.npz" for side in ("ours", "theirs"))
    rows, failed = [], []
    with worker("own_mask_worker.py") as own, worker("peer_mask_worker.py", python) as peer:
        for place, options in enumerate(comparison.options):
            request = {"work": work, "file": str(file), **options}
            one, other = side_by_side(own, peer, rounds, str(small), **request)
            # The answers are asked for once more, so that saving them is in nobody's time.
            own.ask(**request, out=str(ours))
            if not place:
                peer.ask(**request, out=str(theirs))
            with np.load(ours) as mine, np.load(theirs) as their:
                differ = float((mine["inside"] != their["inside"]).mean())
            name = ", ".join([work, *options.values()])
            target = comparison.target if place == 0 else 0
            times = other.seconds / one.seconds
            if times < target:
                failed.append(f"{name}, {tasks} tasks: {times:.0f} times, the target is {target:g}")
            if differ and comparison.same[place]:
                failed.append(f"{name}, {tasks} tasks: {differ:.2g} of the answers differ")
            millis = (f"{side.seconds * THOUSAND:.2f}" for side in (one, other))
            told = (f"{times:.1f}", f"{target:g}" if target else "-")
            rows.append(
                (name, str(tasks), *millis, *told, f"{one.runs} and {other.runs}", f"{differ:.1e}")
            )
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())
