"""The two sides taken apart: what is settled whatever happens, and what everything else may become."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundkeeper.core.scoring.bounds.became import Became, Placed, joined, of_compared, of_rows
from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.open_parts import Parts
from groundkeeper.core.scoring.bounds.ratio_range import Choices
from groundkeeper.core.scoring.bounds.turnouts import (
    NOTHING,
    Case,
    Row,
    of_a_unit_without_drawings,
    turnouts,
)
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class StillOpen:
    """What became of two sides, as far as it is known.

    Attributes
    ----------
    alone
        Rows of what is settled, nothing that is open being held against anybody.
    settled
        Rows that nothing open can change.
    rows, choices
        What everything else may become.
    exact
        Whether each choice can happen.
    components
        Among how many components the open objects are.
    """

    alone: Became
    settled: Became
    rows: Became
    choices: Choices
    exact: bool
    components: int


def still_open(sides: Sides, settings: Settings, unsettled: Unsettled, scene: Scene) -> StillOpen:
    """Return what is settled and what is open of *sides*: the ground truth, what was said, and what is near."""
    truth, said, near = sides
    parts = Parts.of(sides, settings.match_iou, unsettled, scene)
    units = _Units.of(truth, said, parts, scene)
    as_ignored = replace(truth, ignored=truth.ignored | unsettled.is_open)
    alone = of_compared(compare(as_ignored, said, near, settings), truth, said, scene.is_area)
    closed = _without_open(sides, settings, unsettled.is_open, scene.is_area)
    kept = ~_is_in(closed.truth, parts.open_part[parts.truth_part]) & ~_is_in(
        closed.said, parts.open_part[parts.said_part]
    )
    cases, exact = [], True
    whole = np.zeros(len(parts.open_part), dtype=np.bool_)
    whole[parts.truth_part[units.undrawn[parts.truth_unit]]] = True
    for component in parts.components(parts.open_part & ~whole):
        found = turnouts(component)
        cases.append(found.cases)
        exact &= found.exact
    cases += _of_units(parts, units.undrawn)
    components = len(cases)
    # Whether such a unit turns out to be empty is open, and is no component of objects.
    cases += [[((Row(Outcome.EMPTY), NOTHING),)]] * int(units.vague.sum())
    rows, choices = _as_columns(cases, parts.sets)
    return StillOpen(
        joined(alone.became, empty=int(units.empty.sum())),
        joined(closed.became.where(kept), empty=int(units.empty.sum())),
        rows,
        choices,
        exact and not units.vague.any(),
        components,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Units in which nothing that counts is settled or said, bool [units] each.

    ``empty``: those in which nothing can come to count, which alone are an agreement already. Of the others,
    ``undrawn`` are those in which nothing was drawn; in ``vague`` ones something was that is out of scope.
    """

    empty: Booleans
    undrawn: Booleans
    vague: Booleans

    @classmethod
    def of(cls, truth: Side, said: Side, parts: Parts, scene: Scene) -> "_Units":
        counted, drawn, may_count = (np.zeros(scene.units, dtype=np.bool_) for _ in range(3))
        settled = ~parts.is_open[: len(truth)] & ~truth.ignored
        counted[truth.unit[settled]] = True
        counted[said.unit[~said.ignored]] = True
        drawn[said.unit] = True
        may_count[parts.truth_unit[parts.is_open]] = True
        return cls(
            ~counted & ~may_count,
            ~counted & may_count & ~drawn,
            ~counted & may_count & drawn,
        )


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


def _of_units(parts: Parts, undrawn: Booleans) -> Iterator[list[Case]]:
    """Yield the cases of every unit in which nothing was drawn and something may come to count."""
    places = np.flatnonzero(parts.is_open & undrawn[parts.truth_unit])
    there = parts.there_of(places, {})
    unit_of = parts.truth_unit.tolist()
    for _, group in itertools.groupby(
        sorted(there, key=lambda p: (unit_of[p], p)), unit_of.__getitem__
    ):
        yield of_a_unit_without_drawings({place: there[place] for place in group})


def _as_columns(
    components_cases: Sequence[Sequence[Case]], sets: LabelSets
) -> tuple[Became, Choices]:
    rows: list[Row] = []
    first_row: list[int] = []
    first_slot: list[int] = []
    first_case: list[int] = []
    for cases in components_cases:
        first_case.append(len(first_slot))
        for case in cases:
            first_slot.append(len(first_row))
            for slot in case:
                first_row.append(len(rows))
                rows += slot
    firsts = (np.array(each, dtype=np.int64) for each in (first_row, first_slot, first_case))
    return of_rows(rows, sets), Choices(*firsts)
