"""How long boxes of several annotators take beside Datumaro: one core, warm, in turn; polygon_speed.py has polygons.

    python benchmarks/shape_speed.py                         merging, growth to 28 million boxes, one crowded image
    python benchmarks/shape_speed.py --images 100 1000 --growth 10000 100000
    python benchmarks/shape_speed.py --rounds 5 --peers DIRECTORY

`make peers` installs Datumaro first. Five objects an image, looked at by three annotators, and a threshold of 0.5.
*Merging* is from columns in memory to records with a box each: ours by the best partition, with the median of every
edge; Datumaro's by IntersectMerge, with the member nearest to the mean. The two do not put the same boxes together
where labels differ or several are near, so numbers of records differ. CVAT's own figure is about 100 microseconds.
*Growth* and *one image* are ours alone, each size in a process of its own; memory is what came on top of the input.

Exit status 1: a target was missed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from generated_shapes import drawn_boxes, write_boxes
from paired_runs import PEERS, Worker, peer_python, print_rows, side_by_side, worker

AT_LEAST = 0.5
SMALL = 2_000
"""Images of the run before the first: so many boxes that all which is compiled is called."""
TIMES = 1000.0
MICROSECONDS = 0.2
CROWD = 100_000
CROWD_PX = (20_000, 20_000)
MERGING = ("boxes", "ours s", "us each", "Datumaro s", "us each", "times", "records", "theirs")
GROWTH = ("boxes", "images", "seconds", "us each", "added MB", "bytes each", "records", "not exact")


def main() -> int:
    """Print the comparisons; return 1 if a target was missed."""
    asked = _asked()
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_boxes(folder / "small.npz", drawn_boxes(SMALL))
        if asked.images:
            failed += merging(asked, folder)
        failed += growth(asked, folder)
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def merging(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Print what merging takes on either side, and return what failed."""
    python = peer_python("datumaro", asked.peers)
    write_boxes(folder / "tiny.npz", drawn_boxes(3))
    rows: list[tuple[str, ...]] = []
    failed = []
    with worker("own_boxes.py") as own, worker("peer_boxes.py", python) as peer:
        own.ask(work="merge", file=str(folder / "small.npz"), at_least=AT_LEAST)
        for images in asked.images:
            file = folder / "boxes.npz"
            count = write_boxes(file, drawn_boxes(images))
            request = {"work": "merge", "file": str(file), "at_least": AT_LEAST}
            one, other = side_by_side(own, peer, asked.rounds, str(folder / "tiny.npz"), **request)
            times = other.seconds / one.seconds
            each = [1e6 * side.seconds / count for side in (one, other)]
            records = [f"{side.answer['records']:,}" for side in (one, other)]
            took = (
                f"{one.seconds:.4f}",
                f"{each[0]:.3f}",
                f"{other.seconds:.2f}",
                f"{each[1]:.0f}",
            )
            rows.append((f"{count:,}", *took, f"{times:.0f}", *records))
            if images == max(asked.images) and times < TIMES:
                failed.append(f"{count:,} boxes: {times:.0f} times, the target is {TIMES:g}")
    print_rows(MERGING, rows)
    return failed


def growth(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Print what merging ever more boxes takes, and so many in one image; return what took too long."""
    rows: list[tuple[str, ...]] = []
    failed = []
    for images in [*asked.growth, 1]:
        file = folder / "growth.npz"
        crowd = drawn_boxes(1, objects=CROWD / 3, size_px=CROWD_PX)
        count = write_boxes(file, drawn_boxes(images) if images > 1 else crowd)
        with worker("own_boxes.py") as own:
            took, added, answer = _alone(own, file, folder / "small.npz", asked.rounds)
        each = 1e6 * took / count
        memory = (f"{added:.0f}", f"{added * 2**20 / count:.0f}")
        said = (f"{answer['records']:,}", f"{answer['not_exact']:,}")
        rows.append((f"{count:,}", f"{images:,}", f"{took:.3f}", f"{each:.3f}", *memory, *said))
        if images > 1 and each > MICROSECONDS:
            failed.append(f"{count:,}: {each:.3f} us a box, the target is {MICROSECONDS:g}")
        file.unlink()
    print_rows(GROWTH, rows)
    return failed


def _alone(
    own: Worker, file: Path, small: Path, rounds: int
) -> tuple[float, float, dict[str, int]]:
    """Return the median seconds of our side, the memory that the first run added in MB, and what it answered."""
    request = {"work": "merge", "at_least": AT_LEAST}
    own.ask(**request, file=str(small))
    first = own.ask(**request, file=str(file))
    runs = [own.ask(**request, file=str(file))["seconds"] for _ in range(rounds)]
    return float(np.median(runs)), first["added_mb"], first


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="*", default=[1_000, 20_000])
    parser.add_argument("--growth", type=int, nargs="*", default=[20_000, 200_000, 1_870_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
