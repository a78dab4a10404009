"""How many objects everybody missed, of drawn shapes; refused where experts may have seen one another's marks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.completeness.found import Found, found_by_how_many
from groundkeeper.core.completeness.unseen import (
    FOUND,
    log_normal_interval,
    slopes,
    unseen,
    variance,
)
from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate, Floats
from groundkeeper.core.shapes.drawn import Clusters, Drawn
from groundkeeper.errors import RefusedError, listing
from schemas.enums import Independence

NOTHING_FOUND = "nothing was found in items that two experts read"
READ_ONCE = "no item was read by two experts"
NO_SINGLE = "no interval: no two experts each found something that nobody else did"
NOT_TOLD_APART = (
    "experts are not told apart: if some find much less than others, more is complete than this"
)
REFUSED = "refused: experts who may see one another's marks miss the same objects; have some items read again, blind"
SHOWN = "refused: experts who are shown the same prediction miss what it misses; have some items read again without it"


@dataclass(frozen=True, slots=True)
class Missed:
    """How many objects were found, and how many at least were missed by everybody.

    Attributes
    ----------
    found : int
        Objects that somebody found, in items that at least two experts read.
    missed : float
        Objects in these items that nobody found, at least; nan where that cannot be said.
    low, high : float
        The interval of *missed*, whole numbers; nan where there is none.
    groups : int
        In how many groups of items something was found.
    effective_n : float
        How many objects that are found independently would say as much; nan where nothing was found by few.
    read_once : int
        Objects that are not counted, because one expert alone read their item.
    note : str
        What has to be known of it.
    """

    found: int
    missed: float
    low: float
    high: float
    groups: int
    effective_n: float
    read_once: int
    note: str

    @property
    def completeness(self) -> float:
        """The share of the objects that somebody found, at most."""
        return self.found / (self.found + self.missed) if self.found else math.nan

    @property
    def as_completeness(self) -> Estimate:
        """The share of the objects that somebody found, at most, with its interval."""
        low, high = math.nan, math.nan
        if self.found:
            low, high = (self.found / (self.found + bound) for bound in (self.high, self.low))
        return Estimate(
            self.completeness, low, high, self.found, self.groups, self.effective_n, self.note
        )


def why_refused(independence: Iterable[str], *, shown_prediction: bool = False) -> str:
    """Return why completeness is not estimated of such reads, or '' if it is.

    Parameters
    ----------
    independence : iterable of str
        Of the reads, values of ``schemas.enums.Independence``.
    shown_prediction : bool
        Whether any expert was shown what a model had found.

    Examples
    --------
    >>> why_refused(["blind"]), why_refused(["blind", "unknown"])[:30]
    ('', 'refused: experts who may see o')
    """
    if set(independence) - {Independence.BLIND}:
        return REFUSED
    return SHOWN if shown_prediction else ""


def missed(  # noqa: PLR0913 - three of the seven have a good default
    drawn: Drawn,
    clusters: Clusters,
    independence: Iterable[str],
    *,
    known: bool,
    shown_prediction: bool = False,
    groups: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Missed:
    """Return how many objects everybody missed, at least, with an interval.

    Parameters
    ----------
    drawn : Drawn
        Who drew what, and who read an item and drew nothing.
    clusters : Clusters
        Which shapes are one object.
    independence : iterable of str
        Of the reads, values of ``schemas.enums.Independence``.
    known : bool
        Whether an annotator is the same person on every item.
    shown_prediction : bool
        Whether any expert was shown what a model had found; such reads are not blind to one another.
    groups : array[items], optional
        The group of each item, such as its patient; what is found in one group is not taken for independent.
    confidence : float
        Of the interval. It is log-normal (``unseen.log_normal_interval``), and of whole objects: its bounds are rounded
        outwards.

    Raises
    ------
    RefusedError
        If a read is not known to be blind, or somebody was shown a prediction.

    Examples
    --------
    Two experts read 95 items. On 30 of them the first alone found something, on 6 the second, on 59 both.

    >>> item = np.r_[np.arange(36), np.repeat(np.arange(36, 95), 2)]
    >>> who = np.r_[np.repeat([0, 1], [30, 6]), np.tile([0, 1], 59)]
    >>> drawn = Drawn(item, who, np.zeros(154, int), np.arange(36), np.repeat([1, 0], [30, 6]))
    >>> by_item = Clusters(item, np.ones(95, bool))
    >>> shown = missed(drawn, by_item, ["blind"], known=True)
    >>> shown.missed, shown.low, shown.high, round(shown.completeness, 3)
    (3.0, 0, 11, 0.969)
    """
    said = sorted(set(independence))
    refused = why_refused(said, shown_prediction=shown_prediction)
    if refused == SHOWN:
        message = (
            "completeness: found reads where a prediction was shown; allowed is none, because who is shown the "
            "same prediction misses what it misses; have some items read again without it"
        )
        raise RefusedError(message)
    if refused:
        message = (
            f"completeness: found reads that are {listing(said)}; allowed is {Independence.BLIND} alone, because "
            "experts who see one another's marks miss the same objects; have some items read again, blind"
        )
        raise RefusedError(message)
    found = found_by_how_many(drawn, clusters, known=known)
    return missed_of(found, groups, confidence=confidence)


def missed_of(
    found: Found,
    groups: npt.ArrayLike | None = None,
    chosen: npt.ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> Missed:
    """Return how many objects everybody missed, of reads that are known to be blind.

    Parameters
    ----------
    found : Found
        What ``found_by_how_many`` returned.
    groups : array[items], optional
        The group of each item; each is its own if left out.
    chosen : bool[objects], optional
        The objects that are spoken of; all if left out.
    confidence : float
        Of the interval. With fewer than ``FEWEST_GROUPS`` groups there is none.
    """
    objects, item = found.contributions, found.item
    if chosen is not None:
        objects, item = objects[np.asarray(chosen)], item[np.asarray(chosen)]
    counted = objects[:, FOUND] > 0
    read_once = int((~counted).sum())
    objects, item = objects[counted], item[counted]
    if not len(objects):
        reason = NOTHING_FOUND if found.strata else READ_ONCE
        return Missed(0, math.nan, math.nan, math.nan, 0, math.nan, read_once, reason)
    by_group = _by_group(objects, item if groups is None else np.asarray(groups)[item])
    sums = objects.sum(axis=0)
    estimate = float(unseen(sums[None], found.strata)[0])
    low, high, why = math.nan, math.nan, ""
    if not estimate > 0:
        why = NO_SINGLE
    elif len(by_group) < FEWEST_GROUPS:
        why = f"no interval: {len(by_group)} groups, fewer than {FEWEST_GROUPS}"
    else:
        spread = variance(by_group, found.strata)
        low, high = log_normal_interval(estimate, spread, confidence)
        low, high = math.floor(low), math.ceil(high)
    slope = slopes(sums, found.strata)
    return Missed(
        len(objects),
        estimate,
        low,
        high,
        len(by_group),
        _effective_n(objects @ slope, by_group @ slope),
        read_once,
        "; ".join(part for part in (_note(found, read_once), why) if part),
    )


def _by_group(objects: Floats, group: npt.ArrayLike) -> Floats:
    names, place = np.unique(np.asarray(group), return_inverse=True)
    return np.column_stack([np.bincount(place, column, len(names)) for column in objects.T])


def _effective_n(of_object: Floats, of_group: Floats) -> float:
    """Return how many objects are worth as much, by what each and each group of them does to the number missed."""
    apart, together = float(np.square(of_object).sum()), float(np.square(of_group).sum())
    if not together > 0:
        return math.nan
    return len(of_object) * min(1.0, apart / together)


def _note(found: Found, read_once: int) -> str:
    parts = []
    if any(not stratum.told_apart for stratum in found.strata):
        parts.append(NOT_TOLD_APART)
    if read_once:
        parts.append(f"without {read_once} objects in items that one expert read")
    return "; ".join(parts)
