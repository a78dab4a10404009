"""What a score says of a target: reached, missed, or too little gold to say."""

import math
from enum import StrEnum
from typing import NamedTuple

from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate


class Said(StrEnum):
    """What a score says.

    ``REACHED``, ``MISSED``: the whole interval is on one side of the target. ``TOO_LITTLE_GOLD``: the target is in
    the interval, or there is none. ``KNOWN``: there is an interval, and no target. ``NOTHING``: there is no score.
    """

    REACHED = "reached"
    MISSED = "missed"
    TOO_LITTLE_GOLD = "too little gold"
    KNOWN = "known"
    NOTHING = "nothing"


class Verdict(NamedTuple):
    """What a score says, about how many *more_groups* would be needed to tell, if anyone can say, and a *note*."""

    said: Said
    more_groups: int | None = None
    note: str = ""


def verdict(
    found: Estimate, target: float | None = None, *, higher_is_better: bool = True
) -> Verdict:
    """Return what the interval of a score says of a *target*, which counts as reached if the score is equal to it.

    How many more groups are needed is what normal theory says, in which an interval shrinks with the root of the
    number of groups, if the score stays where it is. It is no promise.

    Examples
    --------
    >>> score = Estimate(value=0.9, low=0.84, high=0.94, n=400, groups=50, effective_n=120.0)
    >>> [verdict(score, target).said.value for target in (0.8, 0.95, 0.87, None)]
    ['reached', 'missed', 'too little gold', 'known']
    >>> verdict(score, 0.87).note
    'about 150 more groups like these would tell, if the score stays where it is'
    """
    if math.isnan(found.value):
        return Verdict(Said.NOTHING, note=found.note)
    if math.isnan(found.low) or math.isnan(found.high):
        missing = FEWEST_GROUPS - found.groups
        return Verdict(Said.TOO_LITTLE_GOLD, missing if missing > 0 else None, found.note)
    if target is None:
        return Verdict(Said.KNOWN)
    worst, best = (found.low, found.high) if higher_is_better else (-found.high, -found.low)
    aim = target if higher_is_better else -target
    if worst >= aim:
        return Verdict(Said.REACHED)
    return Verdict(Said.MISSED) if best < aim else _open(found, target)


def _open(found: Estimate, target: float) -> Verdict:
    apart = abs(found.value - target)
    half = found.value - found.low if target < found.value else found.high - found.value
    if not apart:
        note = "the score is on the target: no number of groups would tell"
        return Verdict(Said.TOO_LITTLE_GOLD, None, note)
    more = max(1, math.ceil(found.groups * ((half / apart) ** 2 - 1)))
    note = f"about {more} more groups like these would tell, if the score stays where it is"
    return Verdict(Said.TOO_LITTLE_GOLD, more, note)
