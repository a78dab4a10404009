"""Which objects can change what becomes of one another, and whether anything of them is open."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.turnouts import Component, Drawn, There
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.assignment import near_enough
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.drawn import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The components of two sides. What may come to light stands behind the objects of the ground truth.

    Attributes
    ----------
    sides, match_iou, unsettled, scene
        What they are the components of.
    truth_unit
        Of each object of the ground truth and each that may come to light, int64 [n].
    is_open
        Whether it is open, bool [n].
    truth_part, said_part
        The component of each object, named by the first of its objects, int64 [n] and [said].
    open_part
        By name, whether anything of a component is open, bool [n + said].
    sets
        The sets of classes that open objects may have, each once.
    set_of
        That of each object that is open, -1 of others, int64 [n].
    """

    sides: Sides
    match_iou: float
    unsettled: Unsettled
    scene: Scene
    truth_unit: Integers
    is_open: Booleans
    truth_part: Integers
    said_part: Integers
    open_part: Booleans
    sets: LabelSets
    set_of: Integers

    @classmethod
    def of(cls, sides: Sides, match_iou: float, unsettled: Unsettled, scene: Scene) -> "Parts":
        """Return the components: who can be matched, or is near what may count for nobody, is in one with it."""
        truth, said, near = sides
        new = np.repeat(np.arange(scene.units), scene.most_new)
        truth_unit = np.concatenate([truth.unit, new])
        is_new = np.arange(len(truth_unit)) >= len(truth)
        is_open = _followed(unsettled.is_open, new, value=True)
        ignorable = np.where(unsettled.is_open, unsettled.may_be_ignored, truth.ignored)
        ignorable = _followed(ignorable, new, value=scene.ignorable)
        vague = np.zeros(len(said), dtype=np.bool_)
        vague[near.said[ignorable[near.truth]]] = True
        tied = near_enough(near.similarity, match_iou) | vague[near.said]
        redrawn = is_new | _followed(unsettled.is_open & unsettled.redrawn, new, value=True)
        ours, theirs = _all_of_units(truth_unit, np.flatnonzero(redrawn), said.unit)
        part = connected(
            len(truth_unit) + len(said),
            np.concatenate([near.truth[tied], ours]),
            np.concatenate([near.said[tied], theirs]) + len(truth_unit),
        )
        open_part = np.zeros(len(part), dtype=np.bool_)
        open_part[part[: len(truth_unit)][is_open]] = True
        truth_part, said_part = part[: len(truth_unit)], part[len(truth_unit) :]
        return cls(
            sides,
            match_iou,
            unsettled,
            scene,
            truth_unit,
            is_open,
            truth_part,
            said_part,
            open_part,
            *_label_sets(unsettled, len(new), len(scene.classes)),
        )

    def components(self, chosen: Booleans) -> Iterator[Component]:
        """Yield the components that are *chosen* (bool, by name), by the first of their objects."""
        said = self.sides.said
        of_part: dict[int, tuple[dict[int, There], dict[int, Drawn]]] = {}
        scored = np.flatnonzero(chosen[self.said_part])
        named: dict[int, set[int]] = {}
        columns = (self.said_part[scored], said.label[scored])
        for part, label in zip(*(each.tolist() for each in columns), strict=True):
            named.setdefault(part, set()).add(label)
        there = self.there_of(np.flatnonzero(chosen[self.truth_part]), named)
        for place, one in there.items():
            of_part.setdefault(int(self.truth_part[place]), ({}, {}))[0][place] = one
        for place in scored.tolist():
            other = Drawn(int(said.label[place]), bool(said.ignored[place]))
            of_part[int(self.said_part[place])][1][place] = other
        near = self._near(chosen)
        for objects, drawn in of_part.values():
            reach = {place: near[place] for place in objects if place in near}
            yield Component(objects, drawn, reach, self.match_iou)

    def _near(self, chosen: Booleans) -> dict[int, list[tuple[int, float]]]:
        """Return what is near each object of the ground truth in the same component, of those *chosen*."""
        near = self.sides.near
        ours, theirs = self.truth_part[near.truth], self.said_part[near.said]
        within = chosen[ours] & (ours == theirs)
        columns = (near.truth, near.said, near.similarity)
        found: dict[int, list[tuple[int, float]]] = {}
        for place, said, value in zip(*(each[within].tolist() for each in columns), strict=True):
            found.setdefault(place, []).append((said, value))
        return found

    def there_of(self, places: Integers, named: Mapping[int, Collection[int]]) -> dict[int, There]:
        """Return the objects at *places* of the ground truth, behind which stands what may come to light.

        By component, the classes that are *named* stand by themselves in what an open object may be.
        """
        parts = self.truth_part[places].tolist()
        return {
            place: self._there(place, named.get(part, ()))
            for place, part in zip(places.tolist(), parts, strict=True)
        }

    def _there(self, place: int, named: Collection[int]) -> There:
        truth, unsettled, scene = self.sides.truth, self.unsettled, self.scene
        if place >= len(truth):
            every = self.sets.codes(int(self.set_of[place]), named)
            return There(every, scene.ignorable, vanishes=True, redrawn=True)
        is_area = bool(scene.is_area[place])
        if unsettled.is_open[place]:
            return There(
                self.sets.codes(int(self.set_of[place]), named),
                bool(unsettled.may_be_ignored[place]),
                bool(unsettled.may_vanish[place]),
                bool(unsettled.redrawn[place]),
                is_area,
            )
        out = bool(truth.ignored[place])
        return There(() if out else (int(truth.label[place]),), out, is_area=is_area)


def _label_sets(unsettled: Unsettled, new: int, classes: int) -> tuple[LabelSets, Integers]:
    """Return the sets of classes of open objects and of *new* ones that may come to light, and which set each has."""
    places = np.flatnonzero(unsettled.is_open)
    may_be = np.concatenate([unsettled.may_be[places], np.ones((new, classes), dtype=np.bool_)])
    packed = np.packbits(may_be, axis=1)
    _, first, number = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    set_of = np.full(len(unsettled) + new, -1, dtype=np.int64)
    set_of[np.concatenate([places, np.arange(len(unsettled), len(set_of))])] = number.ravel()
    return LabelSets(may_be[first]), set_of


def _followed(values: Booleans, new: Integers, *, value: bool) -> Booleans:
    return np.concatenate([values, np.full(len(new), value, dtype=np.bool_)])


def _all_of_units(
    truth_unit: Integers, chosen: Integers, said_unit: Integers
) -> tuple[Integers, Integers]:
    """Return every pair of a *chosen* object of the ground truth and one that was drawn in its unit."""
    first = np.searchsorted(said_unit, truth_unit[chosen], side="left")
    count = np.searchsorted(said_unit, truth_unit[chosen], side="right") - first
    ours = np.repeat(chosen, count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return ours, np.repeat(first, count) + within
