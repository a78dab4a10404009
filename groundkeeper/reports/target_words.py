"""Whether a figure reaches what it should, in words: reached, missed, too little gold, or open records decide."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.scoring.certainty.verdict import Said, verdict
from groundkeeper.reports.score_words import LOWER_IS_BETTER

_TOO_LITTLE: Final = "too little gold to say"


class Between(NamedTuple):
    """The lowest and the highest value that open records leave possible; nan where nobody computed them."""

    least: float = math.nan
    most: float = math.nan


@dataclass(frozen=True)
class TargetWords:
    """What can be said of a target: *tone* is the look of it, *why* a sentence."""

    brief: str
    why: str
    tone: Literal["good", "warn", "bad"]


def target_words(found: Estimate, between: Between, measure: str, target: float) -> TargetWords:
    """Return whether *found* reaches *target*, as far as interval and bounds allow to say.

    Examples
    --------
    >>> score = Estimate(0.9, 0.85, 0.94, 400, 50, 120.0)
    >>> target_words(score, Between(), "f1", 0.8).brief, target_words(score, Between(), "f1", 0.95).brief
    ('reached', 'missed')
    >>> target_words(score, Between(0.7, 0.95), "f1", 0.8).brief
    'open records decide'
    """
    is_better_high = measure not in LOWER_IS_BETTER
    by_sample = verdict(found, target, higher_is_better=is_better_high)
    if by_sample.said not in {Said.REACHED, Said.MISSED}:
        return TargetWords(_TOO_LITTLE, by_sample.note or "there is no interval", "warn")
    if not math.isnan(between.least):
        ends = replace(found, low=between.least, high=between.most)
        if verdict(ends, target, higher_is_better=is_better_high).said is not by_sample.said:
            why = "the interval clears the target, but records that are still open could carry the figure across it"
            return TargetWords("open records decide", why, "warn")
    if by_sample.said is Said.REACHED:
        return TargetWords(
            "reached", "the whole interval is on the right side of the target", "good"
        )
    return TargetWords("missed", "the whole interval is on the wrong side of the target", "bad")
