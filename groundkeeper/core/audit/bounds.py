"""What two arms of readings bound: how many records the impact of a change missed.

A reading *differs* if the guideline in force gives another outcome for it than the ground truth has. Some do for no
other reason than that nobody reads the same thing twice alike: that is the noise q, and the OLD arm has it alone.
A record that was missed differs in the NEW arm unless noise hides it, so among m missed ones

    share in NEW - share in OLD = m (1 - 2 q)

at most: noise cancels in the difference, but dims it. What is bounded is m, in every stratum with its own noise.

All arrays are [audits, strata] or broadcast to it, and limits are combined from those of single shares, which hold in
small samples and are never without width (the method of variance estimates recovery).

References
----------
Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
17:873-890. Zou and Donner (2008), Construction of confidence limits about effect measures: a general approach,
Statistics in Medicine 27:1693-1702, equation 3.
Rogan and Gladen (1978), Estimating prevalence from the results of a screening test, American Journal of Epidemiology
107:71-76: the share behind a noisy one.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from groundkeeper.core.binomial import lower_limit, upper_limit
from groundkeeper.core.estimates import Floats, divide

HALF: Final = 0.5
"""Noise of so much says as often what is not as what is."""
_HALVINGS: Final = 40


class Arm(NamedTuple):
    """The share of readings that differ, and on how many independent readings it rests, [audits, strata]."""

    share: Floats
    effective: Floats

    def upper(self, confidence: float) -> Floats:
        """Return the one-sided upper limits; 1 where there are no readings."""
        return upper_limit(self._events(), self.effective, confidence)

    def lower(self, confidence: float) -> Floats:
        """Return the one-sided lower limits; 0 where there are no readings."""
        return lower_limit(self._events(), self.effective, confidence)

    def _events(self) -> Floats:
        return np.nan_to_num(self.share) * self.effective


class Bound(NamedTuple):
    """An estimate [audits], nan where it is undefined, and its one-sided limits, which always say something."""

    value: Floats
    low: Floats
    high: Floats


def share_of(arm: Arm, weight: Floats, confidence: float) -> Bound:
    """Return the share of all records, given that of each stratum; *weight* are shares of the pool, [strata].

    Examples
    --------
    >>> found = share_of(Arm(np.array([[0.0]]), np.array([[59.0]])), np.array([[1.0]]), 0.95)
    >>> found.value.item(), found.low.item(), round(found.high.item(), 4)
    (0.0, 0.0, 0.0495)
    """
    low, high = arm.lower(confidence), arm.upper(confidence)
    return _together(arm.share, low, high, weight, least=0.0)


def difference(new: Arm, old: Arm, weight: Floats, confidence: float) -> Bound:
    """Return NEW - OLD over all records; the readings of both arms count as independent, which is on the safe side.

    Examples
    --------
    Newcombe's example, 56 of 70 against 48 of 80, has the limits 0.0524 and 0.3339 from those of Wilson; from exact
    limits of each share they are a little wider:

    >>> arms = [Arm(np.array([[k / n]]), np.array([[n]])) for k, n in ((56, 70.0), (48, 80.0))]
    >>> found = difference(*arms, np.array([[1.0]]), 0.975)
    >>> [round(limit.item(), 2) for limit in found]
    [0.2, 0.04, 0.34]
    """
    middle = new.share - old.share
    rise = np.hypot(new.upper(confidence) - new.share, old.share - old.lower(confidence))
    fall = np.hypot(new.share - new.lower(confidence), old.upper(confidence) - old.share)
    return _together(middle, middle - fall, middle + rise, weight, least=-1.0)


def missed(new: Arm, old: Arm, weight: Floats, confidence: float) -> Bound:
    """Return the share of records whose impact was missed, the noise of each stratum taken out.

    In a stratum the limit is the largest m at which ``new - old - m (1 - 2 old)`` is not surely below zero. Where NEW
    allows a half or more, nothing is excluded.

    Examples
    --------
    Nothing differs in 59 readings of each arm; a tenth differs in each, and it takes 400 to say as much:

    >>> quiet, noisy = (Arm(np.array([[p]]), np.array([[n]])) for p, n in ((0.0, 59.0), (0.1, 400.0)))
    >>> one = np.array([[1.0]])
    >>> [round(missed(arm, arm, one, 0.95).high.item(), 4) for arm in (quiet, noisy)]
    [0.0495, 0.0443]
    """
    dimming = np.where(old.share < HALF, 1 - 2 * old.share, np.nan)
    middle = divide(new.share - old.share, dimming)
    most = new.upper(confidence)
    above, below = most - new.share, old.share - old.lower(confidence)

    def is_possible(m: Floats) -> Floats:
        return (new.share - old.share) - m * dimming + np.hypot(above, (1 - 2 * m) * below)

    high = np.where(most < HALF, _last(is_possible, np.minimum(middle, HALF), HALF), 1.0)
    return _together(middle, np.full_like(high, np.nan), high, weight, least=0.0)


def traced(found: Arm, old: Arm, weight: Floats, confidence: float) -> Bound:
    """Return the share of records whose impact was missed, from the changes that an adjudicator *found* in NEW.

    A change shows in a reading unless noise hides it, so in a stratum the limit is the largest m at which
    ``found - m (1 - old)`` is not surely below zero.

    Examples
    --------
    >>> none, noisy = (Arm(np.array([[p]]), np.array([[100.0]])) for p in (0.0, 0.2))
    >>> [round(traced(none, q, np.array([[1.0]]), 0.95).high.item(), 4) for q in (none, noisy)]
    [0.0295, 0.0371]
    """
    showing = 1 - old.share
    middle = divide(found.share, showing)
    above = found.upper(confidence) - found.share
    beyond = old.upper(confidence) - old.share

    def is_possible(m: Floats) -> Floats:
        return found.share - m * showing + np.hypot(above, m * beyond)

    high = _last(is_possible, np.minimum(middle, 1.0), 1.0)
    return _together(middle, np.full_like(high, np.nan), high, weight, least=0.0)


def _last(is_possible: Callable[[Floats], Floats], start: Floats, end: float) -> Floats:
    """Return up to where the convex *is_possible* is not negative, from *start* on; 1 if it is so at *end*."""
    low, high = start, np.full_like(start, end)
    everywhere = ~(is_possible(high) < 0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        holds = is_possible(middle) >= 0
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return np.where(everywhere, 1.0, high)


def _together(value: Floats, low: Floats, high: Floats, weight: Floats, least: float) -> Bound:
    """Return estimate and limits over all strata; a stratum that says nothing counts with all that it might be."""
    silent = np.isnan(value)
    centre_low, centre_high = np.where(silent, least, value), np.where(silent, 1.0, value)
    fall = np.where(silent, 0.0, value - low)
    rise = np.where(silent, 0.0, high - value)
    middle = (weight * value).sum(axis=-1)
    bottom = (weight * centre_low).sum(axis=-1) - np.sqrt(np.square(weight * fall).sum(axis=-1))
    top = (weight * centre_high).sum(axis=-1) + np.sqrt(np.square(weight * rise).sum(axis=-1))
    return Bound(middle, np.maximum(bottom, least), np.clip(top, least, 1.0))
