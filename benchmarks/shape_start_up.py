"""How long it takes to merge the boxes of a file, from the shell to the records: what a user waits for.

    python benchmarks/shape_start_up.py                     1,000 images
    python benchmarks/shape_start_up.py --images 100 1000 10000

`gk shapes merge` and Datumaro read the same CSV, of five annotators who draw eight objects an image, and write the
records. The *first* run of `gk` is one as after an installation: nothing is compiled or kept from before. Both run with
one thread, in turn; the best of several runs is told, for what is slower is the machine.
"""

import argparse
import csv
import sys
import sysconfig
import tempfile
from pathlib import Path

from generated_shapes import drawn_boxes
from paired_runs import HERE, PEERS, peer_python, print_rows
from start_up import once

HEADS = (
    "process",
    "images",
    "boxes",
    "first s",
    "later s",
    "peer s",
    "peer / first",
    "peer / later",
)
ANNOTATORS, OBJECTS = 5, 8


def main() -> int:
    """Print how long the processes take."""
    asked = _asked()
    python = peer_python("datumaro", asked.peers)
    gk = Path(sysconfig.get_path("scripts")) / "gk"
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for images in asked.images:
            source = folder / f"{images}.csv"
            boxes = write_boxes(source, images)
            ours = [str(gk), "shapes", "merge", str(source), "--out", str(folder / "ours.csv")]
            theirs = [str(python), "-W", "ignore", str(HERE / "datumaro_process.py")]
            theirs += [str(source), str(folder / "theirs.csv")]
            cache = folder / f"cache-{images}"
            first = once(ours, cache)
            later, peer = [], []
            for _ in range(asked.rounds):
                later.append(once(ours, cache))
                peer.append(once(theirs, cache))
            seconds = (first, min(later), min(peer))
            ratios = (min(peer) / first, min(peer) / min(later))
            cells = [*(f"{s:.2f}" for s in seconds), *(f"{ratio:.1f}" for ratio in ratios)]
            rows.append(("gk shapes merge", f"{images:,}", f"{boxes:,}", *cells))
    print_rows(HEADS, rows)
    return 0


def write_boxes(path: Path, images: int) -> int:
    """Write the boxes of *images* as CSV; return how many there are."""
    drawn = drawn_boxes(images, objects=OBJECTS, annotators=ANNOTATORS)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("item", "annotator", "label", "xmin", "ymin", "xmax", "ymax"))
        named = zip(drawn.image, drawn.annotator, drawn.label, drawn.corners.tolist(), strict=True)
        rows.writerows((f"i{i}", f"a{a}", f"c{label}", *box) for i, a, label, box in named)
    return len(drawn.image)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
