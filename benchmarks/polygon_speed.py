"""How long polygons of several annotators take beside Datumaro, pycocotools and GEOS: one core, warm, in turn.

    python benchmarks/polygon_speed.py                       merging, pairs, and growth to 3 million polygons
    python benchmarks/polygon_speed.py --images 100 --growth 10000 100000

`make peers` installs the peers first. Eight objects an image, drawn by four annotators with 10 to 30 corners each.
*Merging* is from corners in memory to records with a chosen shape each: ours by an exact IoU of every pair, Datumaro's
by IntersectMerge, whose IoU of polygons counts pixels and divides by the area of one of the two: records differ.
*Pairs* are the IoU alone: exact by us and by GEOS, of pixels by pycocotools, whose polygons are drawn once each.

Exit status 1: a target was missed, or an IoU differs from that of GEOS by more than 1e-9 of it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from generated_polygons import drawn_polygons, write_polygons
from paired_runs import PEERS, Worker, peer_python, print_rows, side_by_side, worker

AT_LEAST = 0.5
SMALL = 3
"""Images of the run before the first."""
TIMES = 450.0
MICROSECONDS = 2.6
ALLOWED = 1e-9
MERGING = ("polygons", "ours s", "us each", "Datumaro s", "us each", "times", "records", "theirs")
GROWTH = ("polygons", "corners", "seconds", "us each", "added MB", "bytes each")
PAIRS = ("IoU of pairs by", "us a pair", "times ours", "differs at most")


def main() -> int:
    """Print the comparisons; return 1 if a target was missed or answers differ."""
    asked = _asked()
    python = peer_python("datumaro", asked.peers)
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_polygons(folder / "small.npz", SMALL)
        with worker("own_polygons.py") as own, worker("peer_polygons.py", python) as peer:
            failed += merging(asked, folder, own, peer)
            failed += pairs(asked, folder, own, peer)
        failed += growth(asked, folder)
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def merging(asked: argparse.Namespace, folder: Path, own: Worker, peer: Worker) -> list[str]:
    """Print what merging takes on either side, and return what failed."""
    rows: list[tuple[str, ...]] = []
    failed = []
    for images in asked.images:
        file = folder / f"{images}.npz"
        count = write_polygons(file, images)
        request = {"work": "merge", "file": str(file), "at_least": AT_LEAST}
        one, other = side_by_side(own, peer, asked.rounds, str(folder / "small.npz"), **request)
        times = other.seconds / one.seconds
        each = [1e6 * side.seconds / count for side in (one, other)]
        records = [f"{side.answer['records']:,}" for side in (one, other)]
        took = (f"{one.seconds:.4f}", f"{each[0]:.2f}", f"{other.seconds:.2f}", f"{each[1]:.0f}")
        rows.append((f"{count:,}", *took, f"{times:.0f}", *records))
        if times < TIMES:
            failed.append(f"{count:,} polygons: {times:.0f} times, the target is {TIMES:g}")
    print_rows(MERGING, rows)
    return failed


def pairs(asked: argparse.Namespace, folder: Path, own: Worker, peer: Worker) -> list[str]:
    """Print what the IoU of a pair takes, and how far it is from that of GEOS; return what failed."""
    file = folder / "pairs.npz"
    count = write_pairs(file, max(asked.images))
    took, found = {}, {}
    for name, side, work in (
        ("ours", own, "ious"),
        ("GEOS", own, "geos"),
        ("pycocotools", peer, "ious"),
    ):
        out = folder / f"{name}.npz"
        request = {"work": work, "file": str(file), "at_least": AT_LEAST}
        side.ask(**request, out=str(out))
        runs = [side.ask(**request)["seconds"] for _ in range(asked.rounds)]
        took[name] = 1e6 * float(np.median(runs)) / count
        with np.load(out) as columns:
            found[name] = columns["iou"]
    exact = found["GEOS"]
    shared = exact > 0.0
    differ = {
        name: float((np.abs(iou - exact)[shared] / exact[shared]).max())
        for name, iou in found.items()
    }
    rows: list[tuple[str, ...]] = [
        (name, f"{took[name]:.2f}", f"{took[name] / took['ours']:.0f}", f"{differ[name]:.1e}")
        for name in took
    ]
    print_rows(PAIRS, rows)
    if not differ["ours"] <= ALLOWED:
        return [f"IoU differs from GEOS by {differ['ours']:.1e}, allowed is {ALLOWED:g}"]
    return []


def write_pairs(path: Path, images: int) -> int:
    """Write the polygons of *images* and all pairs of one image whose bounding boxes lie well over each other."""
    polygons = drawn_polygons(images)
    start = polygons.offsets[:-1]
    low = np.minimum.reduceat(polygons.xy, start)
    high = np.maximum.reduceat(polygons.xy, start)
    size = np.bincount(polygons.image)
    first = np.cumsum(size) - size
    left, right = np.concatenate(
        [np.stack(np.triu_indices(n, 1)) + at for n, at in zip(size, first, strict=True)], axis=1
    )
    both = np.minimum(high[left], high[right]) - np.maximum(low[left], low[right])
    over = (both > (high - low)[left] / 2).all(axis=1)
    over &= polygons.annotator[left] != polygons.annotator[right]
    np.savez(path, **polygons._asdict(), left=left[over], right=right[over])
    return int(over.sum())


def growth(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Print what merging ever more polygons takes, each in a process of its own; return what took too long."""
    rows: list[tuple[str, ...]] = []
    failed = []
    for images in asked.growth:
        file = folder / "growth.npz"
        count = write_polygons(file, images)
        with np.load(file) as columns:
            corners = int(columns["offsets"][-1])
        request = {"work": "merge", "at_least": AT_LEAST}
        with worker("own_polygons.py") as own:
            own.ask(**request, file=str(folder / "small.npz"))
            first = own.ask(**request, file=str(file))
            runs = [own.ask(**request, file=str(file))["seconds"] for _ in range(asked.rounds)]
        seconds = float(np.median(runs))
        each, added = 1e6 * seconds / count, first["added_mb"]
        memory = (f"{added:.0f}", f"{added * 2**20 / count:.0f}")
        rows.append((f"{count:,}", f"{corners:,}", f"{seconds:.3f}", f"{each:.2f}", *memory))
        if each > MICROSECONDS:
            failed.append(f"{count:,}: {each:.2f} us a polygon, the target is {MICROSECONDS:g}")
        file.unlink()
    print_rows(GROWTH, rows)
    return failed


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--growth", type=int, nargs="+", default=[1_000, 10_000, 105_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
