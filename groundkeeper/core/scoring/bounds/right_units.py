"""In which share of units everything that can be judged is right, once all is settled: at least, and at most."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from groundkeeper.core.scoring.bounds.became import CODES, Placed
from groundkeeper.core.scoring.bounds.taken_apart import TakenApart
from groundkeeper.core.scoring.bounds.turnouts import Case
from groundkeeper.core.scoring.bounds.unsettled import Sides
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from schemas.enums import Outcome

WRONG: Final = (Outcome.MISMATCH, Outcome.MISSING, Outcome.EXTRA)
JUDGED: Final = (Outcome.CORRECT, Outcome.EMPTY, *WRONG)
"""What an outcome is that says something of its unit; in a unit of others nothing can be judged."""


class RightUnits(NamedTuple):
    """The share of right units among those in which anything can be judged, nan where there are none.

    Attributes
    ----------
    low, high
        The smallest and the largest that it can be in the end.
    alone
        That of what is settled alone.
    perhaps_undefined
        Whether it may be that in no unit anything can be judged in the end.
    """

    low: float
    high: float
    alone: float
    perhaps_undefined: bool


def right_units(
    apart: TakenApart, cases: Sequence[Sequence[Case]], alone: Placed, sides: Sides
) -> RightUnits:
    """Return in which share of units everything is right.

    Parameters
    ----------
    apart : TakenApart
        Two sides taken apart.
    cases : sequence of sequence of Case
        What may become of each of its components, and then of each of its undrawn units.
    alone : Placed
        What became of what is settled alone.
    sides : Sides
        The two sides.
    """
    units = len(apart.empty)
    wrong = _units(apart.settled, sides, units, WRONG)
    judged = _units(apart.settled, sides, units, JUDGED) | apart.empty
    # A unit turns out wrong if a piece of it does, and unjudged if all of them do.
    may_be_wrong, may_be_flawless = wrong.copy(), ~wrong
    may_be_judged, may_be_unjudged = judged.copy(), ~judged
    unit_of = apart.parts.truth_unit
    firsts = [next(iter(component.there)) for component in apart.components]
    firsts += [next(iter(there)) for there in apart.undrawn]
    for first, of_piece in zip(firsts, cases, strict=True):
        unit = unit_of[first]
        may_be_wrong[unit] |= any(_can(case, WRONG) for case in of_piece)
        may_be_flawless[unit] &= any(_can_be_without(case, WRONG) for case in of_piece)
        may_be_judged[unit] |= any(
            _can_be_without(case, WRONG) and _can(case, JUDGED[:2]) for case in of_piece
        )
        may_be_unjudged[unit] &= any(_can_be_without(case, JUDGED) for case in of_piece)
    may_be_right = may_be_flawless & may_be_judged
    wrong_at_most, right_then = _counted(may_be_wrong, may_be_unjudged, may_be_right)
    right_at_most, wrong_then = _counted(may_be_right, may_be_unjudged, may_be_wrong)
    told = _units(alone, sides, units, JUDGED) | apart.empty
    of_alone = told & ~_units(alone, sides, units, WRONG)
    return RightUnits(
        _share(right_then, wrong_at_most + right_then),
        _share(right_at_most, right_at_most + wrong_then),
        _share(int(of_alone.sum()), int(told.sum())),
        bool(may_be_unjudged.all()),
    )


def _counted(most: Booleans, out: Booleans, others: Booleans) -> tuple[int, int]:
    """Return how many units there are of a kind if there are as many as can be, and how many *others* beside them.

    Those that can be *out* instead are none of the *others*, but for one where nothing else would be counted.
    """
    beside = others & ~most & ~out
    if not (most | beside).any():
        return 0, int(others.any())
    return int(most.sum()), int(beside.sum())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _can(case: Case, outcomes: Sequence[Outcome]) -> bool:
    """Whether something of *case* may be one of *outcomes*."""
    return any(row.outcome in outcomes for slot in case for row in slot)


def _can_be_without(case: Case, outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing of *case* needs to be one of *outcomes*."""
    return all(any(row.outcome not in outcomes for row in slot) for slot in case)


def _units(rows: Placed, sides: Sides, units: int, outcomes: Sequence[Outcome]) -> Booleans:
    """Return in which units something became one of *outcomes*, bool [units]."""
    kept = np.isin(rows.became.outcome, [CODES[one] for one in outcomes])
    found = np.zeros(units, dtype=np.bool_)
    for place, side in ((rows.truth, sides.truth), (rows.said, sides.said)):
        found[side.unit[place[kept & (place != NONE)]]] = True
    return found
