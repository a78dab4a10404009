"""How near the number of objects that everybody missed is estimated, and how often its interval holds it.

    python benchmarks/completeness_coverage.py          a thousand readings of each design
    python benchmarks/completeness_coverage.py 100      as many as are named

Every reading is of another set of objects, three in an item on the mean. ``estimate`` should be ``missed`` where
objects are equally hard to find, and below it where they are not. ``alone`` is what is said where experts are not told
apart, ``f1^2/2f2`` the older form of it. ``interval`` is how often the number missed is in it; one that is missing,
because nothing seems to be missed, holds nothing. ``resampled`` is how often it is in that of items drawn anew, which
shows how sure the estimate is and not how far a count lies from its mean. The designs named last break what is assumed.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.completeness.found import found_by_how_many
from groundkeeper.core.completeness.missed import missed
from groundkeeper.core.completeness.unseen import unseen
from groundkeeper.core.estimates import Resampling, estimate
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn

HEADS = "design                                objects | missed estimate  alone f1^2/2f2 | interval resampled"
FEWEST = 0.93
"""How often an interval has to hold the number missed, where the assumptions do and one was missed on the mean."""
IN_ITEM = 3
"""Objects in an item, on the mean."""
TWICE = 2
BLIND = ("blind",)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Seen = npt.NDArray[np.bool_]
Read = Callable[[Integers, np.random.Generator], Seen]
"""From the item of each object to who finds which, ``[objects, experts]``, with marks of nothing behind the objects."""


@dataclass(frozen=True)
class Design:
    """How objects are found, how many there are, and whether that is as it is assumed to be."""

    name: str
    read: Read
    objects: int
    assumed: bool


def equal(*chances: float) -> Read:
    """Let every object be as hard to find as any other, for each of some experts."""
    return lambda item, rng: rng.random((len(item), len(chances))) < np.array(chances)


def overlooked(chance: float, share: float, experts: int) -> Read:
    """Let each expert overlook some items as a whole."""

    def read(item: Integers, rng: np.random.Generator) -> Seen:
        looked = rng.random((item.max() + 1, experts)) >= share
        return looked[item] & (rng.random((len(item), experts)) < chance)

    return read


def unequal(easy: float, hard: float, experts: int) -> Read:
    """Let objects differ in how often they are found, by a beta distribution."""
    return lambda item, rng: rng.random((len(item), experts)) < rng.beta(easy, hard, (len(item), 1))


def copied(chance: float, share: float, experts: int) -> Read:
    """Let all experts do some of what they do because the first did."""

    def read(item: Integers, rng: np.random.Generator) -> Seen:
        own = rng.random((len(item), experts)) < chance
        return np.where(rng.random((len(item), experts)) < share, own[:, :1], own)

    return read


def with_false_alarms(chance: float, alarms: float, experts: int) -> Read:
    """Let there be marks of nothing, each by one expert alone: so many for every object."""

    def read(item: Integers, rng: np.random.Generator) -> Seen:
        found = rng.random((len(item), experts)) < chance
        extra = np.zeros((rng.poisson(len(item) * alarms), experts), dtype=bool)
        extra[np.arange(len(extra)), rng.integers(experts, size=len(extra))] = True
        return np.vstack([found, extra])

    return read


DESIGNS = tuple(
    Design(name, read, objects, assumed)
    for name, read, assumed in (
        ("2 experts, 0.8", equal(0.8, 0.8), True),
        ("2 experts, 0.9 and 0.5", equal(0.9, 0.5), True),
        ("3 experts, 0.7", equal(0.7, 0.7, 0.7), True),
        ("4 experts, 0.8", equal(0.8, 0.8, 0.8, 0.8), True),
        ("4 experts, 0.9 to 0.5", equal(0.9, 0.8, 0.6, 0.5), True),
        ("4 experts, 0.5", equal(0.5, 0.5, 0.5, 0.5), True),
        ("4 experts, 0.8, a fifth of items", overlooked(0.8, 0.2, 4), True),
        ("4 experts, objects beta(4, 1)", unequal(4, 1, 4), False),
        ("4 experts, objects beta(2, 1)", unequal(2, 1, 4), False),
        ("4 experts, 0.7, a third copied", copied(0.7, 1 / 3, 4), False),
        ("4 experts, 0.8, a false alarm in 20", with_false_alarms(0.8, 0.05, 4), False),
    )
    for objects in (60, 200, 1000)
)


def reading(design: Design, rng: np.random.Generator) -> tuple[float, ...]:
    """Return one line of the table, of one reading of a design."""
    items = max(1, design.objects // IN_ITEM)
    item = rng.integers(items, size=design.objects)
    seen = design.read(item, rng)
    truly = int((~seen[: design.objects].any(axis=1)).sum())
    item = np.r_[item, rng.integers(items, size=len(seen) - design.objects)]
    order = np.argsort(item, kind="stable")
    drawn, clusters = drawn_from(seen[order], item[order], items)
    said = missed(drawn, clusters, BLIND, known=True, groups=np.arange(items))
    votes = seen.sum(axis=1)
    found = found_by_how_many(drawn, clusters, known=True)
    how = Resampling(rounds=200, seed=0, confidence=0.95)
    drawn_anew = estimate(
        found.contributions, found.item, lambda sums: unseen(sums, found.strata), how, rng
    )
    return (
        truly,
        said.missed,
        missed(drawn, clusters, BLIND, known=False).missed,
        _older(int((votes == 1).sum()), int((votes == TWICE).sum()), seen.shape[1]),
        said.low <= truly <= said.high,
        drawn_anew.low <= truly <= drawn_anew.high,
    )


def drawn_from(seen: Seen, item: Integers, items: int) -> tuple[Drawn, Clusters]:
    """Return who marked what in which item, where all experts read all items."""
    somebody = seen.any(axis=1)
    record, who = np.nonzero(seen[somebody])
    experts = seen.shape[1]
    drawn = Drawn(
        item[somebody][record],
        who,
        np.full(len(who), NO_LABEL),
        np.repeat(np.arange(items), experts),
        np.tile(np.arange(experts), items),
    )
    return drawn, Clusters(record, np.ones(int(somebody.sum()), dtype=bool))


def _older(once: int, twice: int, experts: int) -> float:
    share = (experts - 1) / experts
    return share * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)


def main() -> int:
    """Print the table; 1 if an interval held less often than it should where the assumptions hold."""
    parser = argparse.ArgumentParser(description="How often the interval of completeness holds.")
    parser.add_argument("readings", nargs="?", type=int, default=1000)
    count = parser.parse_args().readings
    print(HEADS)
    least = 1.0
    for number, design in enumerate(DESIGNS):
        rng = np.random.default_rng(number)
        rows = np.array([reading(design, rng) for _ in range(count)], dtype=np.float64)
        truly, estimated, alone, older, held, resampled = rows.mean(axis=0)
        if design.assumed and truly >= 1:
            least = min(least, held)
        print(
            f"{design.name:36} {design.objects:8} | {truly:6.2f} {estimated:8.2f} {alone:6.2f} {older:8.2f} | "
            f"{held:8.3f} {resampled:9.3f}"
        )
    error = 3 * np.sqrt(FEWEST * (1 - FEWEST) / count)
    return int(least < FEWEST - error)


if __name__ == "__main__":
    sys.exit(main())
