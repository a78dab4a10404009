"""Objects of which some are open, what one who is scored or several say of them, and every way in which it can end."""

import copy

import numpy as np

from groundkeeper.core.scoring.bounds.object_bounds import object_bounds
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.scoring.outcomes import Named, outcomes_of

CLASSES = ("cat", "dog", "owl")
LEAST = 0.5
SETTINGS = Settings(match_iou=LEAST)


class World:
    """Objects on both sides, of which some are open, and everything that they may turn out to be."""

    def __init__(
        self,
        rng,
        *,
        units=3,
        most=3,
        ignorable=False,
        redrawn=False,
        share=0.5,
        ties=True,
        classes=3,
    ):
        self.units = units
        self.most = most
        self.ignorable = ignorable
        self.truth = sorted(rng.integers(0, units, rng.integers(0, units * most)).tolist())
        n = len(self.truth)
        self.classes = tuple(f"{n:02}" for n in range(classes)) if classes > 3 else CLASSES
        self.labels = rng.integers(0, classes, n)
        self.ignored = rng.random(n) < (0.2 if ignorable else 0)
        self.open = (rng.random(n) < share) & ~self.ignored
        self.steps = 1 if ties else 9
        self.draw(rng)
        self.may_be = rng.random((n, classes)) < 0.6
        self.vanish = rng.random(n) < 0.7
        self.may_be_ignored = (rng.random(n) < 0.4) & ignorable
        self.redrawn = self.open & (rng.random(n) < 0.4) & redrawn
        nothing = ~(self.vanish | self.may_be_ignored | self.may_be.any(axis=1))
        self.vanish |= nothing

    def draw(self, rng):
        """What one subject says, near the objects and beside them."""
        units, classes = self.units, len(self.classes)
        self.said = sorted(rng.integers(0, units, rng.integers(0, units * self.most)).tolist())
        shape = len(self.truth), len(self.said)
        self.said_labels = rng.integers(0, classes, shape[1])
        self.said_ignored = rng.random(shape[1]) < (0.15 if self.ignorable else 0)
        self.alike = self.similarities(rng, shape)
        self.alike *= np.equal.outer(np.array(self.truth, int), np.array(self.said, int))

    def of_another(self, rng):
        """The same ground truth, and what another subject says of it."""
        other = copy.copy(self)
        other.draw(rng)
        return other

    def similarities(self, rng, shape):
        """How alike objects are: of a quarter there is nothing in common."""
        return np.round(rng.random(shape) * 1.4 - 0.4, self.steps).clip(0, 1)

    def sides(self):
        truth = side(self.truth, self.labels, self.ignored)
        said = side(self.said, self.said_labels, self.said_ignored)
        return Sides(truth, said, near(self.alike))

    def unsettled(self):
        return Unsettled(self.open, self.vanish, self.may_be_ignored, self.may_be, self.redrawn)

    def scene(self):
        is_area = np.ones(len(self.truth), dtype=bool)
        return Scene(self.units, self.classes, is_area, np.zeros(self.units, dtype=np.int64))

    def bounds(self):
        return object_bounds(*self.sides(), SETTINGS, self.unsettled(), self.scene())

    def options(self, place):
        """What an object may turn out to be: nothing, ignored, or a class."""
        if not self.open[place]:
            return ["ignored"] if self.ignored[place] else [int(self.labels[place])]
        found = [int(label) for label in np.flatnonzero(self.may_be[place])]
        out = {"ignored": self.may_be_ignored[place], "gone": self.vanish[place]}
        return found + [name for name, possible in out.items() if possible]

    def settled(self, choice, rng):
        """The rows of the ground truth once *choice* is what came out, and how alike they are then."""
        kept = [place for place, what in enumerate(choice) if what != "gone"]
        ignored = np.array([choice[place] == "ignored" for place in kept], dtype=bool)
        labels = [
            self.labels[place] if choice[place] == "ignored" else choice[place] for place in kept
        ]
        alike = self.alike[kept]
        same_unit = np.equal.outer(
            np.array([self.truth[p] for p in kept], int), np.array(self.said, int)
        )
        for row, place in enumerate(kept):
            if self.redrawn[place]:
                alike[row] = self.similarities(rng, len(self.said))
                alike[row] *= same_unit[row]
        return [self.truth[p] for p in kept], np.array(labels, dtype=np.int64), ignored, alike


def side(unit, label, ignored):
    plain = Side.of(np.array(unit, dtype=np.int64), np.asarray(label, dtype=np.int64))
    return Side(
        plain.unit,
        plain.label,
        plain.attributes,
        plain.group,
        np.asarray(ignored, dtype=bool),
        plain.covered,
    )


def near(alike):
    rows, columns = np.nonzero(alike)
    return Near(
        rows.astype(np.int64),
        columns.astype(np.int64),
        alike[rows, columns],
        np.zeros(len(rows), dtype=bool),
    )


def outcomes(world, unit, labels, ignored, alike):
    """What became of everything once it is settled, as the product finds it."""
    truth, said = (
        side(unit, labels, ignored),
        side(world.said, world.said_labels, world.said_ignored),
    )
    found = compare(truth, said, near(alike), SETTINGS)
    named = Named(
        np.full(world.units, "ada", dtype=object),
        np.array([f"i{n}" for n in range(world.units)], dtype=object),
        np.array([f"r{n}" for n in range(len(truth))], dtype=object),
        np.array([f"a{n}" for n in range(len(said))], dtype=object),
        CLASSES,
        np.ones(len(truth), dtype=bool),
        np.full(len(said), np.nan),
    )
    return outcomes_of(found, truth, said, named)
