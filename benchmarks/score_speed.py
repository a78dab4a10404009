"""How long it takes to hold objects against the ground truth, beside CVAT's way; and how it grows.

    python benchmarks/score_speed.py
    python benchmarks/score_speed.py --items 100 --growth 1000 10000 --rounds 5 --peers DIRECTORY

`make peers` installs Datumaro first; without it ours alone is measured. A hundred boxes an item on either side, of
which one in ten is left out, one in ten has another label, other attributes or another group, edges are 3 px apart and
boxes lie over one another in three layers. What is timed is all of it, from what was drawn to pairs, what is left over
and conflicts of all eight kinds. *Boxes* are columns of numbers, *shapes* the same as polygons and dictionaries,
*polygons* circles of 32 corners, compared by the pixels that can be seen of them, and *masks* of whole pixels. It is
the time of the processor, the best of many runs in turn, so that it matters little what else the machine does. CVAT's
own figure for a hundred items is 15.1 s, measured on its server code elsewhere. Last come tables of the same boxes: the
whole of `gk score files`, with its start, figures and intervals, in a process of its own, once.

Exit status 1: a target was missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from paired_runs import PEERS, Worker, peer_python, print_rows, worker

PER_ITEM, LABELS, SIZE = 100, 5, 1000
RARELY = 0.1
OFTEN, AGAIN = 10, 3
"""How often ours is run for each run of the peer, and for each size of the growth."""
CVAT_SECONDS = 15.1
TIMES = 1000.0
GK = "from groundkeeper.cli import app; app()"
MILLION_SECONDS = 10.0
BESIDE = ("who", "boxes a side", "ms", "wall ms", "times", "pairs", "conflicts")
FILES = ("ending", "boxes a side", "seconds", "wall s", "MB in all")
GROWTH = ("what", "objects a side", "seconds", "us each", "added MB", "pairs", "conflicts")


def main() -> int:
    """Print the comparisons; return 1 if a target was missed."""
    asked = _asked()
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = write(folder / "small.npz", 2)
        with worker("own_objects.py") as own:
            failed += beside(asked, own, folder, small)
            failed += growth(asked, own, folder, small)
        files(asked, folder)
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def beside(asked: argparse.Namespace, own: Worker, folder: Path, small: str) -> list[str]:
    """Print what a hundred items take on either side, and return what failed."""
    request = {"work": "boxes", "file": write(folder / "boxes.npz", asked.items)}
    own.ask(work="boxes", file=small)
    ours, theirs = [own.ask(**request)], []
    if asked.peers is not None:
        with worker("peer_objects.py", peer_python("datumaro", asked.peers)) as peer:
            peer.ask(work="boxes", file=small)
            for _ in range(asked.rounds):
                ours += [own.ask(**request) for _ in range(OFTEN)]
                theirs.append(peer.ask(**request))
    ours += [own.ask(**request) for _ in range(asked.rounds * OFTEN)]
    seconds, wall = (min(run[name] for run in ours) for name in ("cpu_seconds", "seconds"))
    count = f"{asked.items * PER_ITEM:,}"
    took = f"{1e3 * seconds:.2f}", f"{1e3 * wall:.2f}"
    rows: list[tuple[str, ...]] = [("ours", count, *took, "", *_told(ours[0]))]
    if theirs:
        peer_seconds, peer_wall = (
            min(run[name] for run in theirs) for name in ("cpu_seconds", "seconds")
        )
        took = f"{1e3 * peer_seconds:.0f}", f"{1e3 * peer_wall:.0f}"
        rows.append(
            ("CVAT's way", count, *took, f"{peer_seconds / seconds:.0f}", *_told(theirs[0]))
        )
    print_rows(BESIDE, rows)
    theirs_in_all = CVAT_SECONDS * asked.items / 100
    times = theirs_in_all / seconds
    print(
        f"the comparison alone, without reading files: {1e3 * seconds:.2f} ms of the processor, the best of "
        f"{len(ours)} runs; {1e3 * wall:.2f} ms by the clock\n"
        f"CVAT's {theirs_in_all:g} s are {times:.0f} times that, and {theirs_in_all / wall:.0f} times our time by the "
        "clock; they were not measured in this run but elsewhere, on its server code"
    )
    return [f"{times:.0f} times, the target is {TIMES:g}"] if times < TIMES else []


def _told(run: Mapping[str, Any]) -> tuple[str, str]:
    return f"{run['pairs']:,}", f"{run['conflicts']:,}"


def growth(asked: argparse.Namespace, own: Worker, folder: Path, small: str) -> list[str]:
    """Print what ever more objects take; return what took too long."""
    rows: list[tuple[str, ...]] = []
    failed = []
    for work, most in (("boxes", 0), ("shapes", 1), ("polygons", 2), ("masks", 2)):
        own.ask(work=work, file=small)
        for items in sorted(asked.growth)[: len(asked.growth) - most]:
            file = write(folder / "growth.npz", items)
            runs = [own.ask(work=work, file=file) for _ in range(AGAIN)]
            found, seconds = runs[0], min(run["cpu_seconds"] for run in runs)
            count = items * PER_ITEM
            took = f"{seconds:.3f}", f"{1e6 * seconds / count:.2f}", f"{found['added_mb']:.0f}"
            rows.append((work, f"{count:,}", *took, *_told(found)))
            limit = MILLION_SECONDS * count / 1_000_000
            if work == "boxes" and seconds > max(limit, 1):
                failed.append(f"{count:,} boxes: {seconds:.1f} s, the target is {limit:g}")
    print_rows(GROWTH, rows)
    return failed


def files(asked: argparse.Namespace, folder: Path) -> None:
    """Print what the command takes for tables of ever more boxes."""
    rows: list[tuple[str, ...]] = []
    for items in sorted(asked.growth):
        boxes = np.load(write(folder / "files.npz", items))
        for ending in (".csv", ".parquet"):
            sides = [table(boxes, side, (folder / side).with_suffix(ending)) for side in "ts"]
            command = [
                sys.executable,
                "-c",
                GK,
                "score",
                "files",
                *sides,
                "--image",
                f"{SIZE}x{SIZE}",
            ]
            began = time.perf_counter()
            with (folder / "printed.txt").open("w", encoding="utf-8") as printed:
                process = subprocess.Popen(command, stdout=printed, stderr=printed)  # noqa: S603 - our own command
                _, status, usage = os.wait4(process.pid, 0)
            if os.waitstatus_to_exitcode(status):
                raise RuntimeError((folder / "printed.txt").read_text(encoding="utf-8"))
            took = f"{usage.ru_utime + usage.ru_stime:.1f}", f"{time.perf_counter() - began:.1f}"
            rows.append((ending, f"{items * PER_ITEM:,}", *took, f"{usage.ru_maxrss / 1024:.0f}"))
    print_rows(FILES, rows)


def table(boxes: Mapping[str, Any], side: str, path: Path) -> str:
    """Write the boxes of a side as a table, and return its name."""
    corners = boxes[f"{side}_corners"]
    sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).round(2)
    columns = dict(zip(("x", "y", "width", "height"), sized.T, strict=True))
    columns |= {name: boxes[f"{side}_{name}"].astype(str) for name in ("unit", "label")}
    written = pa.table(columns).rename_columns({"unit": "item"})
    if path.suffix == ".csv":
        pa_csv.write_csv(written, path)
    else:
        pq.write_table(written, path)
    return str(path)


def write(file: Path, items: int) -> str:
    """Write boxes of two sides to *file*, and return its name."""
    random = np.random.default_rng(7)
    n = items * PER_ITEM
    unit = np.repeat(np.arange(items), PER_ITEM)
    xy = random.uniform(0, SIZE - 100, (n, 2))
    corners = np.hstack([xy, xy + random.uniform(20, 80, (n, 2))])
    # Of those that belong with others, two that follow one another do.
    pair = np.arange(n) % PER_ITEM // 2
    truth = {
        "unit": unit,
        "corners": corners,
        "label": random.integers(0, LABELS, n),
        "attributes": random.integers(0, [2, 3], (n, 2)),
        "group": np.where(random.uniform(size=n // 2) < RARELY, pair[::2], -1).repeat(2),
        "layer": random.integers(0, 3, n),
    }
    said = truth | {"corners": corners + random.normal(0, 3, (n, 4))}
    changed = {name: random.uniform(size=n) < RARELY for name in ("label", "attributes", "group")}
    others = np.where(truth["group"] < 0, PER_ITEM, -1)
    said["label"] = np.where(changed["label"], random.integers(0, LABELS, n), truth["label"])
    said["attributes"] = truth["attributes"] ^ changed["attributes"][:, np.newaxis]
    said["group"] = np.where(changed["group"], others, truth["group"])
    kept = random.uniform(size=n) > RARELY
    columns: dict[str, Any] = {f"t_{name}": column for name, column in truth.items()}
    columns |= {f"s_{name}": column[kept] for name, column in said.items()}
    np.savez(file, size=SIZE, **columns)
    return str(file)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--growth", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=PEERS if PEERS.is_dir() else None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
