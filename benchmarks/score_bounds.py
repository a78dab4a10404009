"""Whether final scores are within their bounds, how wide these are, and what they cost.

    python benchmarks/score_bounds.py
    python benchmarks/score_bounds.py --scenes 300 --endings 20 --growth 1000 10000

A scene has boxes of a truth, some of them open, and boxes that somebody drew near them. Its *ending* settles every
open one: dropped, or confirmed with any class, where it stands or drawn anew. The final score is that of the engine;
*inside* is the share of endings in which all figures, those of classes and means over them among them, are within
their bounds.
*Width* is the mean of high less low of F1 over all classes. *Growth* is the time for bounds of items of ten objects.

Exit status 1: a final score was outside its bounds.
"""

import argparse
import math
import sys
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from paired_runs import print_rows

from groundkeeper.core.scoring.bounds.object_bounds import Bound, object_bounds
from groundkeeper.core.scoring.bounds.unsettled import Scene, Unsettled
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.scoring.outcomes import Named, outcomes_of

CLASSES = ("car", "person", "sign")
SHARES = (0.0, 0.05, 0.1, 0.2, 0.4)
SETTINGS = Settings(match_iou=0.5)
SIDE_PX = 100.0
IMAGE_PX = 400.0
ROUNDING = 1e-9
WRONG = 0.1
"""Share of what is drawn that is given any class."""
FOUND = 0.9
CONFIRMED = 0.6
OPEN = 0.1
"""Shares of what is drawn of the truth, of what is open and stays, and, where time is taken, of what is open."""
WIDTHS = ("open", "shapes", "scenes", "endings", "inside", "F1 width", "exact", "ms a scene")
GROWTH = ("items", "objects", "open", "seconds", "us an object")

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Boxes of one side: the unit and class of each, and its corners in px, float64 [n, 4]."""

    unit: Integers
    label: Integers
    box: Floats

    def side(self) -> Side:
        """Return them as the engine takes them."""
        return Side.of(self.unit, self.label)

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Drawing":
        """Return the *chosen* ones."""
        return Drawing(self.unit[chosen], self.label[chosen], self.box[chosen])


def main() -> int:
    """Print the simulation and the growth; return 1 if a score was outside its bounds."""
    asked = _asked()
    rng = np.random.default_rng(asked.seed)
    rows = []
    outside = 0
    for share in SHARES:
        for redrawn in (False, True):
            row, missed = _simulated(rng, share, asked, redrawn=redrawn)
            rows.append(row)
            outside += missed
    print_rows(WIDTHS, rows)
    print_rows(GROWTH, [_growth(rng, items) for items in asked.growth])
    if outside:
        print(f"failed: {outside} endings had a score outside its bounds")
    return int(bool(outside))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--endings", type=int, default=10)
    parser.add_argument("--growth", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _simulated(
    rng: np.random.Generator, share: float, asked: argparse.Namespace, *, redrawn: bool
) -> tuple[tuple[str, ...], int]:
    inside, widths, exact, seconds = 0, [], [], 0.0
    for _ in range(asked.scenes):
        truth, said = scene(rng, units=8, each=5)
        is_open = rng.random(len(truth.unit)) < share
        unsettled = Unsettled.anything(is_open, len(CLASSES), redrawn=is_open & np.bool_(redrawn))
        started = time.perf_counter()
        bounds = bounds_of(truth, said, unsettled, 8)
        seconds += time.perf_counter() - started
        f1 = bounds["f1", ""]
        widths.append(f1.high - f1.low)
        exact.append(f1.exact)
        for _ in range(asked.endings):
            final = ended(rng, truth, is_open, redrawn=redrawn)
            inside += _within(bounds, figures(final, said, 8))
    endings = asked.scenes * asked.endings
    row = (
        f"{share:.0%}",
        "any" if redrawn else "as drawn",
        f"{asked.scenes}",
        f"{endings}",
        f"{inside / endings:.1%}",
        f"{np.mean(widths):.3f}",
        f"{np.mean(exact):.0%}",
        f"{1000 * seconds / asked.scenes:.1f}",
    )
    return row, endings - inside


def scene(rng: np.random.Generator, units: int, each: int) -> tuple[Drawing, Drawing]:
    """Return the boxes of a truth and those that somebody drew: most of them again, some missed, some too many."""
    unit = np.sort(rng.integers(0, units, units * each))
    corner = rng.uniform(0, IMAGE_PX - SIDE_PX, (len(unit), 2))
    size = rng.uniform(SIDE_PX / 2, SIDE_PX, (len(unit), 2))
    box = np.hstack([corner, corner + size])
    label = rng.integers(0, len(CLASSES), len(unit))
    truth = Drawing(unit, label, box)
    other = rng.random(len(unit)) < WRONG
    drawn = Drawing(
        unit,
        np.where(other, rng.integers(0, len(CLASSES), len(unit)), label),
        box + rng.normal(0, SIDE_PX / 16, box.shape),
    )
    return truth, drawn.where(rng.random(len(unit)) < FOUND)


def ended(
    rng: np.random.Generator, truth: Drawing, is_open: npt.NDArray[np.bool_], *, redrawn: bool
) -> Drawing:
    """Return the truth once everything open is settled in some way."""
    n = len(truth.unit)
    label = np.where(is_open, rng.integers(0, len(CLASSES), n), truth.label)
    moved = truth.box + rng.normal(0, SIDE_PX, (n, 2))[:, [0, 1, 0, 1]]
    box = np.where((is_open & np.bool_(redrawn))[:, None], moved, truth.box)
    return Drawing(truth.unit, label, box).where(~is_open | (rng.random(n) < CONFIRMED))


def near_of(truth: Drawing, said: Drawing) -> Near:
    """Return the pairs of boxes of one unit that overlap, with their IoU."""
    first = np.searchsorted(said.unit, truth.unit, side="left")
    count = np.searchsorted(said.unit, truth.unit, side="right") - first
    ours = np.repeat(np.arange(len(truth.unit)), count)
    theirs = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    left, right = truth.box[ours], said.box[theirs]
    shared = np.minimum(left[:, 2:], right[:, 2:]) - np.maximum(left[:, :2], right[:, :2])
    overlap = shared.clip(0).prod(axis=1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (left, right)]
    iou = overlap / (areas[0] + areas[1] - overlap)
    kept = iou > 0
    return Near(ours[kept], theirs[kept], iou[kept], np.zeros(kept.sum(), dtype=np.bool_))


def bounds_of(
    truth: Drawing, said: Drawing, unsettled: Unsettled, units: int
) -> dict[tuple[str, str], Bound]:
    """Return the bounds by measure and class."""
    area, new = np.ones(len(truth.unit), dtype=np.bool_), np.zeros(units, dtype=np.int64)
    where = Scene(units, CLASSES, area, new)
    sides = (truth.side(), said.side(), near_of(truth, said))
    found = object_bounds(*sides, SETTINGS, unsettled, where)
    return {(bound.measure, bound.label): bound for bound in found}


def figures(truth: Drawing, said: Drawing, units: int) -> dict[tuple[str, str], float]:
    """Return the final figures by measure and class, as they are reported."""
    sides = truth.side(), said.side()
    found = compare(*sides, near_of(truth, said), SETTINGS)
    named = Named(
        _names("", units, "it"),
        _names("i", units),
        _names("r", len(truth.unit)),
        _names("a", len(said.unit)),
        CLASSES,
        np.ones(len(truth.unit), dtype=np.bool_),
        np.full(len(said.unit), np.nan),
    )
    rows = outcomes_of(found, *sides, named)
    values = {}
    for each in object_figures(rows, "it"):
        if each.statistic is not None:
            label = each.subject.removeprefix("it").removeprefix("/")
            values[each.measure, label] = float(
                each.statistic(each.contributions.sum(axis=0)[None])[0]
            )
    return values


def _names(prefix: str, n: int, always: str = "") -> npt.NDArray[np.object_]:
    return np.array([always or f"{prefix}{number}" for number in range(n)], dtype=object)


def _within(bounds: dict[tuple[str, str], Bound], values: dict[tuple[str, str], float]) -> bool:
    """Whether all *values* that are defined are within their bounds."""
    both = [(bounds[name], value) for name, value in values.items() if name in bounds]
    return all(
        math.isnan(value) or bound.low - ROUNDING <= value <= bound.high + ROUNDING
        for bound, value in both
    )


def _growth(rng: np.random.Generator, items: int) -> tuple[str, ...]:
    truth, said = scene(rng, units=items, each=10)
    is_open = rng.random(len(truth.unit)) < OPEN
    started = time.perf_counter()
    as_drawn = np.zeros(len(truth.unit), dtype=np.bool_)
    bounds_of(truth, said, Unsettled.anything(is_open, len(CLASSES), redrawn=as_drawn), items)
    seconds = time.perf_counter() - started
    n = len(truth.unit)
    return f"{items}", f"{n}", f"{is_open.sum()}", f"{seconds:.2f}", f"{1e6 * seconds / n:.1f}"


if __name__ == "__main__":
    sys.exit(main())
