"""How long whole processes take, from the shell to the answer in a file: what a user waits for.

    python benchmarks/start_up.py                     10,000 and 100,000 tasks
    python benchmarks/start_up.py --sizes 1000 1000000 --methods dawid_skene

`gk truth infer` reads a CSV of five labels a task and writes the soft labels; the peer's process does the same with
pandas and crowd-kit. The *first* run of `gk` compiles its kernels, as after an installation; later ones find them in
the cache. Both run with one thread, in turn; the best of several runs is told, for what is slower is the machine.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from generated_labels import write_labels
from paired_runs import ONE_THREAD, PEERS, peer_python, print_rows

HEADS = ("process", "tasks", "first s", "later s", "peer s", "peer / later")
METHODS = ("majority", "dawid_skene")
THEIRS = {"majority": "MajorityVote()", "dawid_skene": "DawidSkene(n_iter=100)"}
PEER = """\
import pandas as pd
from crowdkit.aggregation import DawidSkene, MajorityVote
labels = pd.read_csv({labels!r}, dtype=str).rename(columns={{"annotator": "worker"}})
{model}.fit_predict_proba(labels).to_csv({out!r})
"""


def main() -> int:
    """Print how long processes take."""
    asked = _asked()
    python = peer_python("crowdkit", asked.peers)
    gk = Path(sysconfig.get_path("scripts")) / "gk"
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        light = [once([str(gk), "--help"], folder) for _ in range(asked.rounds)]
        rows.append(("gk --help", "-", "-", f"{min(light):.2f}", "-", "-"))
        for tasks in asked.sizes:
            labels = csv_of(folder, tasks)
            for method in asked.methods:
                ours = [str(gk), "truth", "infer", str(labels), "--method", method]
                ours += ["--out", str(folder / "ours.csv")]
                out = str(folder / "theirs.csv")
                code = PEER.format(labels=str(labels), model=THEIRS[method], out=out)
                rows.append(
                    compare(method, tasks, ours, [str(python), "-c", code], asked.rounds, folder)
                )
    print_rows(HEADS, rows)
    return 0


def compare(  # noqa: PLR0913, PLR0917 - two commands, and what to call them
    method: str, tasks: int, ours: list[str], theirs: list[str], rounds: int, folder: Path
) -> tuple[str, ...]:
    """Return the row of one method at one size."""
    cache = folder / f"cache-{method}-{tasks}"
    first = once(ours, cache)
    later, peer = [], []
    for _ in range(rounds):
        later.append(once(ours, cache))
        peer.append(once(theirs, cache))
    ratio = min(peer) / min(later)
    cells = (first, min(later), min(peer))
    return (f"gk truth infer, {method}", f"{tasks:,}", *(f"{s:.2f}" for s in cells), f"{ratio:.1f}")


def once(command: list[str], cache: Path) -> float:
    """Return how many seconds *command* takes, with compiled kernels kept in *cache*."""
    environment = {**os.environ, **ONE_THREAD, "NUMBA_CACHE_DIR": str(cache)}
    # Who keeps Python from storing what it compiles would measure that instead.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - every word is ours
        command, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"error: {' '.join(command[:3])} ended with status {done.returncode}")
    return seconds


def csv_of(folder: Path, tasks: int) -> Path:
    """Return the path of a CSV with labels of that many *tasks*."""
    arrays, path = folder / f"{tasks}.npz", folder / f"{tasks}.csv"
    if not path.exists():
        write_labels(arrays, tasks)
        with np.load(arrays) as found:
            columns = {name: found[name] for name in ("task", "annotator", "label")}
        pd.DataFrame(columns).to_csv(path, index=False)
    return path


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="TASKS", default=[10_000, 100_000])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
