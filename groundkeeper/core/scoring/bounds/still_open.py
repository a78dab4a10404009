"""What became of two sides, as far as it is known, and what may still become of them, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundkeeper.core.scoring.bounds.became import Became, joined, of_compared, of_rows
from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.ratio_range import Choices
from groundkeeper.core.scoring.bounds.right_units import RightUnits, right_units
from groundkeeper.core.scoring.bounds.taken_apart import taken_apart
from groundkeeper.core.scoring.bounds.turnouts import (
    Case,
    Row,
    of_a_unit_without_drawings,
    turnouts,
)
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings


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
    right
        In how many units everything is right; None where units are no places of several objects.
    """

    alone: Became
    settled: Became
    rows: Became
    choices: Choices
    exact: bool
    components: int
    right: RightUnits | None = None


def still_open(sides: Sides, settings: Settings, unsettled: Unsettled, scene: Scene) -> StillOpen:
    """Return what is settled and what is open of *sides*: the ground truth, what was said, and what is near."""
    truth, said, near = sides
    as_ignored = replace(truth, ignored=truth.ignored | unsettled.is_open)
    alone = of_compared(compare(as_ignored, said, near, settings), truth, said, scene.is_area)
    apart = taken_apart(sides, settings, unsettled, scene)
    found = [turnouts(component) for component in apart.components]
    cases = [each.cases for each in found]
    cases += [of_a_unit_without_drawings(there) for there in apart.undrawn]
    components = len(cases)
    right = right_units(apart, cases, alone, sides)
    rows, choices = _as_columns(cases, apart.parts.sets)
    empty = int(apart.empty.sum())
    return StillOpen(
        joined(alone.became, empty=empty),
        joined(apart.settled.became, empty=empty),
        rows,
        choices,
        all(each.exact for each in found),
        components,
        right,
    )


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
