"""Two sides taken apart: what is settled whatever happens, and the pieces that turn out independently of each other."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from groundkeeper.core.scoring.bounds.became import Placed, of_compared
from groundkeeper.core.scoring.bounds.open_parts import Parts
from groundkeeper.core.scoring.bounds.turnouts import Component, There
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Integers


@dataclass(frozen=True, slots=True, eq=False)
class TakenApart:
    """What of two sides is settled, and the pieces of which something is open.

    Attributes
    ----------
    parts
        Which objects can change what becomes of one another.
    settled
        Rows that nothing open can change, but for units that are empty.
    components
        The pieces that have objects on both sides, or of which all that is open lies where something else was drawn.
    undrawn
        Of each unit in which nothing was drawn and all that may count is open: the objects that there may be, by place.
    empty
        Units in which nothing can come to count and nothing was said, bool [units].
    """

    parts: Parts
    settled: Placed
    components: list[Component]
    undrawn: list[Mapping[int, There]]
    empty: Booleans


def taken_apart(sides: Sides, settings: Settings, unsettled: Unsettled, scene: Scene) -> TakenApart:
    """Return what is settled and what is open of *sides*: the ground truth, what was said, and what is near."""
    truth, said, _ = sides
    parts = Parts.of(sides, settings.match_iou, unsettled, scene)
    units = _Units.of(truth, said, parts, scene)
    closed = _without_open(sides, settings, unsettled.is_open, scene.is_area)
    kept = ~_is_in(closed.truth, parts.open_part[parts.truth_part]) & ~_is_in(
        closed.said, parts.open_part[parts.said_part]
    )
    whole = np.zeros(len(parts.open_part), dtype=np.bool_)
    whole[parts.truth_part[units.undrawn[parts.truth_unit]]] = True
    return TakenApart(
        parts,
        Placed(closed.became.where(kept), closed.truth[kept], closed.said[kept]),
        list(parts.components(parts.open_part & ~whole)),
        list(_of_units(parts, units.undrawn)),
        units.empty,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Units in which nothing was said and all that may count is open, bool [units] each.

    ``empty``: those in which nothing can come to count, which alone are an agreement already; ``undrawn``: the others.
    """

    empty: Booleans
    undrawn: Booleans

    @classmethod
    def of(cls, truth: Side, said: Side, parts: Parts, scene: Scene) -> "_Units":
        filled, may_count = (np.zeros(scene.units, dtype=np.bool_) for _ in range(2))
        settled = ~parts.is_open[: len(truth)] & ~truth.ignored
        filled[truth.unit[settled]] = True
        filled[said.unit] = True
        may_count[parts.truth_unit[parts.is_open]] = True
        if scene.left_out is not None:
            filled |= scene.left_out
        return cls(~filled & ~may_count, ~filled & may_count)


def _without_open(sides: Sides, settings: Settings, is_open: Booleans, is_area: Booleans) -> Placed:
    """Return what becomes of the objects if nothing is there but what is settled; places are those of *sides*."""
    truth, said, near = sides
    kept = np.flatnonzero(~is_open)
    place = np.cumsum(~is_open) - 1
    settled = Side(
        truth.unit[kept],
        truth.label[kept],
        truth.attributes[kept],
        truth.group[kept],
        truth.ignored[kept],
        truth.covered[kept],
    )
    among = ~is_open[near.truth]
    pairs = Near(
        place[near.truth[among]], near.said[among], near.similarity[among], near.turned[among]
    )
    found = of_compared(compare(settled, said, pairs, settings), settled, said, is_area[kept])
    known = found.truth != NONE
    of_truth = found.truth.copy()
    of_truth[known] = kept[found.truth[known]]
    return Placed(found.became, of_truth, found.said)


def _is_in(place: Integers, chosen: Booleans) -> Booleans:
    found = np.zeros(len(place), dtype=np.bool_)
    found[place != NONE] = chosen[place[place != NONE]]
    return found


def _of_units(parts: Parts, undrawn: Booleans) -> Iterator[Mapping[int, There]]:
    """Yield what there may be in every unit in which nothing was drawn and something may come to count."""
    places = np.flatnonzero(parts.is_open & undrawn[parts.truth_unit])
    there = parts.there_of(places, {})
    unit_of = parts.truth_unit.tolist()
    for _, group in itertools.groupby(
        sorted(there, key=lambda p: (unit_of[p], p)), unit_of.__getitem__
    ):
        yield {place: there[place] for place in group}
