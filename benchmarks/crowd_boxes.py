"""How well the boxes of a crowd come out, simulated: against gold boxes, beside a simple vote.

    python benchmarks/crowd_boxes.py                   five crowds, five seeds each
    python benchmarks/crowd_boxes.py --seeds 20

200 images with one to six objects, 196 workers. Each worker has a care of their own: how often they miss an object,
also by how hard it is, how far their edges are off, how often they mark what is not there; some mark anything at all.
F1 is of boxes that match a gold box with an IoU of at least 0.5, one to one. The simple vote joins each box to the
group whose mean it overlaps most, by 0.4 at least, and keeps groups that half of those who looked drew.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from paired_runs import print_rows
from scipy.optimize import linear_sum_assignment

from groundkeeper import box_files, written_tables
from groundkeeper.merged_boxes import Asked, merged_boxes

Boxes = npt.NDArray[np.float64]

IMAGES, WORKERS, SIDE_PX = 200, 196, 640.0
MATCH_IOU, VOTE_IOU, KEEP = 0.5, 0.4, 0.5


@dataclass(frozen=True)
class Crowd:
    """How many workers look at an image, how sloppy they are, and which share of them marks anything."""

    per_image: int
    sloppiness: tuple[float, float] = (0.03, 0.25)
    anything: float = 0.1


CROWDS: Final[Mapping[str, Crowd]] = MappingProxyType(
    {
        "6 an image": Crowd(6),
        "5, a fifth mark anything": Crowd(5, anything=0.2),
        "9, sloppy": Crowd(9, (0.05, 0.35)),
        "3": Crowd(3),
        "15, sloppy, a third mark anything": Crowd(15, (0.05, 0.4), 0.3),
    }
)
WAYS: Final[Mapping[str, Asked]] = MappingProxyType(
    {
        "default": Asked(0.4),
        "dawid_skene": Asked(0.4, presence="dawid_skene"),
        "dawid_skene at 0.2": Asked(0.2, presence="dawid_skene"),
    }
)


def main() -> int:
    """Print the mean F1 of every crowd and way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, crowd in CROWDS.items():
            found = np.array([scores(crowd, seed, Path(folder)) for seed in range(seeds)])
            rows.append((name, *(f"{value:.2f}" for value in found.mean(axis=0))))
    print_rows(("workers", "simple vote", *WAYS), rows)
    return 0


def scores(crowd: Crowd, seed: int, folder: Path) -> list[float]:
    """Return F1 of the simple vote and of every way, for one simulated crowd."""
    gold, drawn = simulated(crowd, np.random.default_rng(seed))
    path = folder / "boxes.csv"
    names = ("item", "annotator", "xmin", "ymin", "xmax", "ymax")
    columns = dict(zip(names, map(list, zip(*drawn, strict=True)), strict=True))
    written_tables.write({path: columns})
    file = box_files.read(path)
    found = [f1(gold, voted(drawn))]
    for asked in WAYS.values():
        merged = merged_boxes(file, asked)
        kept = merged.presence >= KEEP
        images = [int(file.items[item]) for item in merged.merged.item[kept]]
        found.append(f1(gold, list(zip(images, merged.corners[kept], strict=True))))
    return found


def simulated(
    crowd: Crowd, random: np.random.Generator
) -> tuple[list[Boxes], list[tuple[object, ...]]]:
    """Return the gold boxes of each image, and rows of what workers drew, or that they drew nothing."""
    misses = random.beta(1.5, 5, WORKERS)
    loose = random.uniform(*crowd.sloppiness, WORKERS)
    invents = random.gamma(0.5, 0.6, WORKERS)
    marks_anything = random.random(WORKERS) < crowd.anything
    gold, rows = [], list[tuple[object, ...]]()
    for image in range(IMAGES):
        there = boxes(random, int(random.integers(1, 7)))
        hardness = random.beta(0.8, 3, len(there))
        gold.append(there)
        for worker in random.choice(WORKERS, crowd.per_image, replace=False).tolist():
            if marks_anything[worker]:
                drawn = boxes(random, int(random.integers(0, 5)))
            else:
                seen = random.random(len(there)) < (1 - misses[worker]) * (1 - hardness)
                sides = np.tile(there[seen, 2:] - there[seen, :2], 2)
                off = there[seen] + random.normal(0, loose[worker], sides.shape) * sides
                low, high = np.minimum(off[:, :2], off[:, 2:]), np.maximum(off[:, :2], off[:, 2:])
                more = boxes(random, int(random.poisson(invents[worker])))
                drawn = np.vstack([np.hstack([low, high]), more])
            marks = drawn.tolist() or [(None, None, None, None)]
            rows += [(str(image), f"w{worker}", *box) for box in marks]
    return gold, rows


def boxes(random: np.random.Generator, count: int) -> Boxes:
    """Return so many boxes anywhere, px [count, 4]."""
    centre = random.uniform(50, SIDE_PX - 50, (count, 2))
    half = np.exp(random.normal(4, 0.6, (count, 2))) / 2
    return np.hstack([centre - half, centre + half])


def voted(rows: list[tuple[object, ...]]) -> list[tuple[int, Boxes]]:
    """Return the boxes of a simple vote, with their images."""
    groups: dict[int, list[tuple[set[object], list[Boxes]]]] = {}
    looked: dict[int, set[object]] = {}
    for image, worker, *box in rows:
        place = int(str(image))
        looked.setdefault(place, set()).add(worker)
        if box[0] is None:
            continue
        edges = np.array(box, dtype=np.float64)
        open_ = [g for g in groups.setdefault(place, []) if worker not in g[0]]
        alike = [ious(edges[None], np.mean(drawn, axis=0)[None])[0, 0] for _, drawn in open_]
        if alike and max(alike) >= VOTE_IOU:
            who, drawn = open_[int(np.argmax(alike))]
            who.add(worker)
            drawn.append(edges)
        else:
            groups[place].append(({worker}, [edges]))
    return [
        (image, np.mean(drawn, axis=0))
        for image, found in groups.items()
        for who, drawn in found
        if len(who) >= KEEP * len(looked[image])
    ]


def f1(gold: list[Boxes], found: list[tuple[int, Boxes]]) -> float:
    """Return F1 of *found* boxes, matched with the *gold* ones of their image one to one."""
    matched = 0
    for image, there in enumerate(gold):
        here = np.array([box for place, box in found if place == image]).reshape(-1, 4)
        near = ious(there, here) >= MATCH_IOU
        matched += int(near[linear_sum_assignment(~near)].sum())
    return 2 * matched / (len(found) + sum(map(len, gold)))


def ious(left: Boxes, right: Boxes) -> Boxes:
    """Return the IoU of every box of the one with every box of the other."""
    low = np.maximum(left[:, None, :2], right[None, :, :2])
    high = np.minimum(left[:, None, 2:], right[None, :, 2:])
    common: Boxes = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(side[:, 2:] - side[:, :2]).prod(axis=-1) for side in (left, right)]
    found: Boxes = common / (areas[0][:, None] + areas[1][None] - common)
    return found


if __name__ == "__main__":
    sys.exit(main())
