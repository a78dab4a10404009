"""Whether final scores are within their bounds, how wide these are, and what they cost.

    python benchmarks/score_bounds.py
    python benchmarks/score_bounds.py --scenes 300 --endings 20 --growth 1000 10000 --classes 3 80

A scene has boxes of a truth, some of them open, and boxes that somebody drew near them. Its *ending* settles every
open one: dropped, or confirmed with any class, where it stands or drawn anew. In *restricted* scenes it may also count
for nobody, only some classes are possible, and similarities are rounded to tenths, so that several matchings are
equally good. The final score is that of the engine;
*inside* is the share of endings in which all figures, those of classes and means over them among them, are within
their bounds.
*Width* is the mean of high less low of F1 over all classes. *Growth* is the time
for bounds of items of ten objects, by how many classes there are. *Two* are two who are scored on such items, of three
classes; the second has a tenth less than the first. How far their F1 are apart on what is settled stands beside how far
their bounds overlap, and between what the probability is that the first is better, whatever is open turns out to be.

Exit status 1: a final score was outside its bounds.
"""

import argparse
import math
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from paired_runs import print_rows

from groundkeeper.core.scoring.bounds.endings import endings
from groundkeeper.core.scoring.bounds.object_bounds import Bound, object_bounds
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.certainty.whatever import beats_whatever
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
ROUNDS = 1000
WRONG = 0.1
"""Share of what is drawn that is given any class."""
FOUND = 0.9
OPEN = 0.1
"""Shares of what is drawn of the truth and, where time is taken, of what is open."""
WIDTHS = ("open", "shapes", "scenes", "endings", "inside", "F1 width", "exact", "ms a scene")
TWO = ("items", "open", "apart", "overlap", "P", "seconds for endings", "and for draws")
GROWTH = ("items", "objects", "open", "classes", "seconds", "us an object")
SHAPES = ("as drawn", "any", "restricted")
POSSIBLE = 0.5
IGNORABLE = 0.4
"""Shares of the classes that are possible, and of open objects that may count for nobody, in restricted scenes."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Boxes of one side: unit and class of each, corners in px, float64 [n, 4], and whether it counts for nobody."""

    unit: Integers
    label: Integers
    box: Floats
    ignored: npt.NDArray[np.bool_]

    def side(self) -> Side:
        """Return them as the engine takes them."""
        return replace(Side.of(self.unit, self.label), ignored=self.ignored)

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Drawing":
        """Return the *chosen* ones."""
        return Drawing(
            self.unit[chosen], self.label[chosen], self.box[chosen], self.ignored[chosen]
        )


def main() -> int:
    """Print the simulation and the growth; return 1 if a score was outside its bounds."""
    asked = _asked()
    rng = np.random.default_rng(asked.seed)
    rows = []
    outside = 0
    for share in SHARES:
        for shapes in SHAPES:
            row, missed = _simulated(rng, share, asked, shapes)
            rows.append(row)
            outside += missed
    print_rows(WIDTHS, rows)
    print_rows(GROWTH, [_growth(rng, items, of) for items in asked.growth for of in asked.classes])
    print_rows(TWO, [_two(rng, items) for items in asked.growth])
    if outside:
        print(f"failed: {outside} endings had a score outside its bounds")
    return int(bool(outside))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--endings", type=int, default=10)
    parser.add_argument("--growth", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--classes", type=int, nargs="*", default=[3, 20, 80])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _simulated(
    rng: np.random.Generator, share: float, asked: argparse.Namespace, shapes: str
) -> tuple[tuple[str, ...], int]:
    inside, widths, exact, seconds = 0, [], [], 0.0
    for _ in range(asked.scenes):
        truth, said = scene(rng, units=8, each=5)
        unsettled = opened(rng, len(truth.unit), share, shapes)
        started = time.perf_counter()
        near = near_of(truth, said, shapes)
        bounds = bounds_of((truth, said, near), unsettled, 8, CLASSES)
        seconds += time.perf_counter() - started
        f1 = bounds["f1", ""]
        widths.append(f1.high - f1.low)
        exact.append(f1.exact)
        for _ in range(asked.endings):
            final = ended(rng, truth, unsettled)
            near = near_of(final, said, shapes)
            inside += _within(bounds, figures(final, said, near, 8))
    endings = asked.scenes * asked.endings
    row = (
        f"{share:.0%}",
        shapes,
        f"{asked.scenes}",
        f"{endings}",
        f"{inside / endings:.1%}",
        f"{np.mean(widths):.3f}",
        f"{np.mean(exact):.0%}",
        f"{1000 * seconds / asked.scenes:.1f}",
    )
    return row, endings - inside


def scene(
    rng: np.random.Generator, units: int, each: int, classes: int = len(CLASSES)
) -> tuple[Drawing, Drawing]:
    """Return the boxes of a truth and those that somebody drew: most of them again, some missed, some too many."""
    unit = np.sort(rng.integers(0, units, units * each))
    corner = rng.uniform(0, IMAGE_PX - SIDE_PX, (len(unit), 2))
    size = rng.uniform(SIDE_PX / 2, SIDE_PX, (len(unit), 2))
    box = np.hstack([corner, corner + size])
    label = rng.integers(0, classes, len(unit))
    no = np.zeros(len(unit), dtype=np.bool_)
    truth = Drawing(unit, label, box, no)
    other = rng.random(len(unit)) < WRONG
    drawn = Drawing(
        unit,
        np.where(other, rng.integers(0, classes, len(unit)), label),
        box + rng.normal(0, SIDE_PX / 16, box.shape),
        no,
    )
    return truth, drawn.where(rng.random(len(unit)) < FOUND)


def opened(rng: np.random.Generator, n: int, share: float, shapes: str) -> Unsettled:
    """Return a *share* of n objects as open, and what they may turn out to be."""
    is_open = rng.random(n) < share
    if shapes != "restricted":
        redrawn = is_open & np.bool_(shapes == "any")
        return Unsettled.anything(is_open, len(CLASSES), redrawn=redrawn)
    may_be = rng.random((n, len(CLASSES))) < POSSIBLE
    ignorable = is_open & (rng.random(n) < IGNORABLE)
    may_vanish = is_open & ((rng.random(n) < POSSIBLE) | ~(may_be.any(axis=1) | ignorable))
    return Unsettled(is_open, may_vanish, ignorable, may_be, np.zeros(n, dtype=np.bool_))


def ended(rng: np.random.Generator, truth: Drawing, unsettled: Unsettled) -> Drawing:
    """Return the truth once everything open is settled in some way that is possible, all kinds of ways as likely."""
    n = len(truth.unit)
    label, ignored, stays = truth.label.copy(), truth.ignored.copy(), np.ones(n, dtype=np.bool_)
    for place in np.flatnonzero(unsettled.is_open):
        classes = np.flatnonzero(unsettled.may_be[place])
        possible = {
            "vanishes": unsettled.may_vanish[place],
            "ignored": unsettled.may_be_ignored[place],
            "class": len(classes) > 0,
        }
        what = rng.choice([name for name, can_be in possible.items() if can_be])
        stays[place], ignored[place] = what != "vanishes", what == "ignored"
        if what == "class":
            label[place] = rng.choice(classes)
    moved = truth.box + rng.normal(0, SIDE_PX, (n, 2))[:, [0, 1, 0, 1]]
    box = np.where(unsettled.redrawn[:, None], moved, truth.box)
    return Drawing(truth.unit, label, box, ignored).where(stays)


def near_of(truth: Drawing, said: Drawing, shapes: str) -> Near:
    """Return the pairs of boxes of one unit that overlap, with their IoU: to tenths where *shapes* are restricted."""
    first = np.searchsorted(said.unit, truth.unit, side="left")
    count = np.searchsorted(said.unit, truth.unit, side="right") - first
    ours = np.repeat(np.arange(len(truth.unit)), count)
    theirs = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    left, right = truth.box[ours], said.box[theirs]
    shared = np.minimum(left[:, 2:], right[:, 2:]) - np.maximum(left[:, :2], right[:, :2])
    overlap = shared.clip(0).prod(axis=1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (left, right)]
    iou = overlap / (areas[0] + areas[1] - overlap)
    if shapes == "restricted":
        iou = iou.round(1)
    kept = iou > 0
    return Near(ours[kept], theirs[kept], iou[kept], np.zeros(kept.sum(), dtype=np.bool_))


def bounds_of(
    sides: tuple[Drawing, Drawing, Near],
    unsettled: Unsettled,
    units: int,
    classes: tuple[str, ...],
) -> dict[tuple[str, str], Bound]:
    """Return the bounds by measure and class."""
    truth, said, near = sides
    area, new = np.ones(len(truth.unit), dtype=np.bool_), np.zeros(units, dtype=np.int64)
    where = Scene(units, classes, area, new)
    found = object_bounds(truth.side(), said.side(), near, SETTINGS, unsettled, where)
    return {(bound.measure, bound.label): bound for bound in found}


def figures(truth: Drawing, said: Drawing, near: Near, units: int) -> dict[tuple[str, str], float]:
    """Return the final figures by measure and class, as they are reported."""
    sides = truth.side(), said.side()
    found = compare(*sides, near, SETTINGS)
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
    """Whether all *values* that are defined are within their bounds; a KeyError where there are none."""
    both = [(bounds[name], value) for name, value in values.items() if not math.isnan(value)]
    return all(bound.low - ROUNDING <= value <= bound.high + ROUNDING for bound, value in both)


def _growth(rng: np.random.Generator, items: int, classes: int) -> tuple[str, ...]:
    truth, said = scene(rng, items, 10, classes)
    is_open = rng.random(len(truth.unit)) < OPEN
    names = tuple(f"{number}" for number in range(classes))
    sides = (truth, said, near_of(truth, said, "as drawn"))
    started = time.perf_counter()
    bounds_of(sides, Unsettled.anything(is_open, classes), items, names)
    seconds = time.perf_counter() - started
    n = len(truth.unit)
    cost = f"{seconds:.2f}", f"{1e6 * seconds / n:.1f}"
    return f"{items}", f"{n}", f"{is_open.sum()}", f"{classes}", *cost


def _two(rng: np.random.Generator, items: int) -> tuple[str, ...]:
    truth, first = scene(rng, items, 10)
    second = first.where(rng.random(len(first.unit)) < FOUND)
    is_open = rng.random(len(truth.unit)) < OPEN
    unsettled = Unsettled.anything(is_open, len(CLASSES))
    where = Scene(items, CLASSES, np.ones(len(is_open), np.bool_), np.zeros(items, np.int64))
    sides = [
        Sides(truth.side(), one.side(), near_of(truth, one, "as drawn")) for one in (first, second)
    ]
    f1 = [
        next(one for one in object_bounds(*each, SETTINGS, unsettled, where) if one.measure == "f1")
        for each in sides
    ]
    started = time.perf_counter()
    ends = endings((sides[0], sides[1]), SETTINGS, unsettled, where, "f1")
    found = time.perf_counter()
    chance = beats_whatever(ends, np.arange(items), ROUNDS, rng)
    done = time.perf_counter()
    return (
        f"{items}",
        f"{is_open.sum()}",
        f"{f1[0].score - f1[1].score:.3f}",
        f"{f1[1].high - f1[0].low:.3f}",
        f"{chance.low:.3f} to {chance.high:.3f}",
        f"{found - started:.2f}",
        f"{done - found:.2f}",
    )


if __name__ == "__main__":
    sys.exit(main())
