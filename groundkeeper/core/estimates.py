"""Figures with their uncertainty: an estimate, its interval, and how much evidence it stands on.

Units of one group (the annotations of one patient, the sentences of one document) are not independent
evidence. So the resampling unit is always the group: a bootstrap round draws as many groups as there
are, with replacement, and a figure is computed from what the drawn groups sum up to. Order and names of
units and groups do not matter, but for the last bits of sums of floats: who wants the same bytes hands
over units in one order.

References
----------
Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
Kish (1965), Survey Sampling, section 8.2: the design effect.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.distinct import distinct_rows
from groundkeeper.core.ids import canonical_json

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From sums ``[rounds, k]`` to one figure a round ``[rounds]``; nan where it is undefined."""

FEWEST_GROUPS = 10
"""Below it the spread between groups is not known well enough for any interval."""
MOST_UNDEFINED = 0.05
"""Share of rounds that may leave a figure undefined; beyond it, there is no interval."""
CHUNK_CELLS = 4_000_000
"""Weights held in memory at once: 32 MB."""
SPARSE = 8
"""A multinomial weight costs as much as this many single draws."""
UNDEFINED = "undefined on these data"
"""The note of a figure that does not exist, where nothing more is known."""
ALL_THE_SAME = "no interval: every resample gives the same"
"""The note of a figure that resampling cannot move, such as a share of 1: what was not seen is not drawn."""
ROUNDING = 1e-12
"""Resamples that differ by less, relative to the larger of them and 1, are the same."""
STEP = 1e-6
"""Relative step of the numerical derivative behind the design effect."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure: *value* with the interval *low* to *high*, nan where undefined and *note* says why.

    *n* units in *groups* groups carry as much evidence as *effective_n* independent units would.
    """

    value: float
    low: float
    high: float
    n: int
    groups: int
    effective_n: float
    note: str = ""

    def noted(self, *notes: str) -> "Estimate":
        """Return this estimate with *notes* put before its own, empty ones left out."""
        return replace(self, note="; ".join(note for note in (*notes, self.note) if note))


class Estimator(Protocol):
    """A way from units to a figure with its interval that needs no random numbers."""

    def __call__(
        self,
        contributions: Floats,
        groups: npt.ArrayLike | None,
        statistic: Statistic,
        confidence: float,
        weights: Floats | None = None,
    ) -> Estimate:
        """Return *statistic* of *contributions* ``[n, k]``, each unit standing for its weight ``[n]``."""
        ...


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made: bootstrap *rounds*, *seed*, and the *confidence* they should have.

    With another way to an *interval*, such as ``core.scoring.certainty.covering.covering``, that is taken instead of
    the bootstrap.
    """

    rounds: int
    seed: int
    confidence: float
    interval: "Estimator | None" = None

    def generator(self, *name: str) -> np.random.Generator:
        """Return the random numbers of the figure called *name*, its own whatever else is computed."""
        digest = hashlib.sha256(canonical_json([self.seed, *name]).encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16]))


def undefined(note: str, n: int = 0, groups: int = 0) -> Estimate:
    """Return the estimate of a figure that does not exist; *note* says why."""
    return Estimate(math.nan, math.nan, math.nan, n, groups, math.nan, note)


def ratio(sums: Floats) -> Floats:
    """Return the first column of *sums* ``[rounds, k]`` over the second, nan where that is zero.

    Examples
    --------
    >>> ratio(np.array([[1.0, 4.0], [0.0, 0.0]]))
    array([0.25,  nan])
    """
    return divide(sums[:, 0], sums[:, 1])


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotients, nan where the *denominator* is zero.

    Examples
    --------
    >>> divide(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    quotient = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def estimate(
    contributions: Floats,
    groups: npt.ArrayLike | None,
    statistic: Statistic,
    how: Resampling,
    rng: np.random.Generator,
) -> Estimate:
    """Return *statistic* of the summed *contributions*, resampled by group.

    Parameters
    ----------
    contributions : float[n, k]
        What each unit adds to the sums that the figure is made of, for example hits and trials.
    groups : str or int[n], optional
        The group of each unit; without it each is a group of its own.
    statistic : callable
        From sums ``[rounds, k]`` to figures ``[rounds]``.
    how : Resampling
        Rounds and confidence; its seed is not used here.
    rng : numpy.random.Generator
        Source of the bootstrap weights.

    Returns
    -------
    Estimate
        The effective n is n over the design effect, at most n. The design effect is the variance of
        the figure when groups are resampled over its variance when units are, both of the linearised
        figure: with ``z_i = gradient . c_i`` it is
        ``sum_g (z_g - mean z_g)^2 / sum_i (z_i - mean z_i)^2``, where ``z_g`` sums the units of g.

    Examples
    --------
    Forty groups of two units that always agree count for little more than forty units:

    >>> hits = np.repeat(np.arange(40) % 4 == 0, 2).astype(float)
    >>> units = np.column_stack([hits, np.ones(80)])
    >>> how = Resampling(rounds=500, seed=0, confidence=0.95)
    >>> e = estimate(units, np.repeat(np.arange(40), 2), ratio, how, how.generator("share"))
    >>> e.value, e.n, e.groups, round(e.effective_n, 6)
    (0.25, 80, 40, 40.0)
    """
    if groups is None:
        return estimate_alike(*distinct_rows(contributions), statistic, how, rng)
    codes, count = group_codes(groups)
    total = contributions.sum(axis=0)
    value = float(statistic(total[None])[0]) if len(codes) else math.nan
    if math.isnan(value):
        return undefined(UNDEFINED, len(codes), count)
    by_group = sum_by(contributions, codes, count)
    low, high, note = group_bootstrap(*distinct_rows(by_group), statistic, how, rng)
    gradient = gradient_at(statistic, total)
    effective = effective_n(contributions @ gradient, codes, count)
    return Estimate(value, low, high, len(codes), count, effective, note)


def estimate_alike(
    rows: Floats,
    multiplicity: Counts,
    statistic: Statistic,
    how: Resampling,
    rng: np.random.Generator,
) -> Estimate:
    """Return *statistic* of units that are each a group of its own, of which many are alike.

    It is what ``estimate`` gives of the units written out one by one, and costs what the different ones do.

    Parameters
    ----------
    rows : float[kinds, k]
        What a unit of each kind adds to the sums.
    multiplicity : int[kinds]
        How many units are of each kind.
    statistic, how, rng
        As for ``estimate``.

    Examples
    --------
    A hundred answers, 25 of them right:

    >>> how = Resampling(rounds=500, seed=0, confidence=0.95)
    >>> kinds = np.array([[1.0, 1.0], [0.0, 1.0]])
    >>> e = estimate_alike(kinds, np.array([25, 75]), ratio, how, how.generator("share"))
    >>> e.value, e.n, e.groups, e.effective_n
    (0.25, 100, 100, 100.0)
    """
    count = int(multiplicity.sum())
    total = multiplicity @ rows
    value = float(statistic(total[None])[0]) if count else math.nan
    if math.isnan(value):
        return undefined(UNDEFINED, count, count)
    low, high, note = group_bootstrap(rows, multiplicity, statistic, how, rng)
    influence = rows @ gradient_at(statistic, total)
    apart = float(multiplicity @ np.square(influence - (multiplicity @ influence) / count))
    noise = count * np.square(STEP * np.abs(influence).max())
    return Estimate(
        value, low, high, count, count, float(count) if apart > noise else math.nan, note
    )


def estimate_median(
    values: Floats, groups: npt.ArrayLike, how: Resampling, rng: np.random.Generator
) -> Estimate:
    """Return the median of *values* ``[n]``, resampled by *groups* ``[n]``; nan if there are none.

    In a round the median is the smallest value that at least half of the drawn units do not exceed.
    The design effect is that of the median's influence function, the sign of ``value - median``.
    """
    codes, count = group_codes(groups)
    if not len(codes):
        return undefined("undefined on these data")
    value = float(np.median(values))
    effective = effective_n(np.sign(values - value), codes, count)
    if count < FEWEST_GROUPS:
        return Estimate(value, math.nan, math.nan, len(codes), count, effective, too_few(count))
    order = np.lexsort((codes, values))
    in_order, codes_in_order = values[order], codes[order]
    medians = []
    for size in chunks(how.rounds, len(codes)):
        weights = _weights(np.ones(count, dtype=np.int64), size, rng)
        running = weights[:, codes_in_order].cumsum(axis=1)
        medians.append(in_order[np.argmax(running >= running[:, -1:] / 2, axis=1)])
    low, high, note = _interval(np.concatenate(medians), how.confidence)
    return Estimate(value, low, high, len(codes), count, effective, note)


def group_bootstrap(
    rows: Floats,
    multiplicity: Counts,
    statistic: Statistic,
    how: Resampling,
    rng: np.random.Generator,
) -> tuple[float, float, str]:
    """Return the percentile interval of *statistic* when groups are drawn anew, and a note.

    A draw of groups with replacement gives each group a multinomial weight. Groups that contribute
    the same are interchangeable, so one weight is drawn for all of them: this is exact, does not
    depend on the order or the names of the groups, and its cost is that of the *different* groups.

    Parameters
    ----------
    rows : float[kinds, k]
        What a group of each kind adds to the sums, all different.
    multiplicity : int[kinds]
        How many groups are of each kind.
    statistic : callable
        From sums ``[rounds, k]`` to figures ``[rounds]``.
    how : Resampling
        Rounds, and the share of them inside the interval; its seed is not used here.
    rng : numpy.random.Generator
        Source of the weights.

    Returns
    -------
    low, high : float
        nan with fewer than ``FEWEST_GROUPS`` groups, if more than ``MOST_UNDEFINED`` of the rounds
        leave the figure undefined, or if all of them give the same: that no round differs is no
        certainty.
    note : str
        Why the interval is missing, or empty.
    """
    count = int(multiplicity.sum())
    if count < FEWEST_GROUPS:
        return math.nan, math.nan, too_few(count)
    figures = [
        statistic(_weights(multiplicity, size, rng) @ rows)
        for size in chunks(how.rounds, len(rows))
    ]
    return _interval(np.concatenate(figures), how.confidence)


def _interval(figures: Floats, confidence: float) -> tuple[float, float, str]:
    tail = (1 - confidence) / 2
    return interval_between(figures, lambda _: (tail, 1 - tail))


def interval_between(
    figures: Floats, tails: Callable[[Floats], tuple[float, float]]
) -> tuple[float, float, str]:
    """Return the quantiles of the *figures* of all rounds that are defined, and why there are none, or ''.

    Parameters
    ----------
    figures : float[rounds]
    tails : callable
        From those that are defined to the two shares of them that end the interval.
    """
    defined = figures[~np.isnan(figures)]
    missing = len(figures) - len(defined)
    if missing > MOST_UNDEFINED * len(figures):
        note = f"no interval: undefined in {missing} of {len(figures)} resamples"
        return math.nan, math.nan, note
    if np.ptp(defined) <= ROUNDING * max(1.0, float(np.abs(defined).max())):
        return math.nan, math.nan, ALL_THE_SAME
    low, high = np.quantile(defined, tails(defined))
    return float(low), float(high), ""


def too_few(groups: int) -> str:
    """Return the note of a figure without an interval because there are so few *groups*."""
    counted = "1 group" if groups == 1 else f"{groups} groups"
    return f"no interval: {counted}, fewer than {FEWEST_GROUPS}"


def group_codes(groups: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], int]:
    """Return the place of each unit's group among the different ones, ascending, and how many these are."""
    codes, names = pd.factorize(np.asarray(groups), sort=True)
    return codes, len(names)


def any_of(contributions: Floats) -> npt.NDArray[np.bool_]:
    """Return whether each unit adds anything to *contributions* ``[n, k]``, bool[n]."""
    # Column by column: to go along the few columns of each of many rows takes several times as long.
    found = np.zeros(len(contributions), dtype=np.bool_)
    for column in contributions.T:
        found |= column != 0
    return found


def sum_by(contributions: Floats, codes: npt.NDArray[np.intp], count: int) -> Floats:
    """Return ``[count, k]``: the rows of *contributions* summed by group code."""
    columns = [np.bincount(codes, column, count) for column in contributions.T]
    return np.column_stack(columns)


def gradient_at(statistic: Statistic, total: Floats) -> Floats:
    """Return ``[k]``: the central difference quotient of *statistic* at the sums *total* ``[k]``."""
    step = np.diag(STEP * np.maximum(np.abs(total), 1.0))
    return (statistic(total + step) - statistic(total - step)) / (2 * step.diagonal())


def effective_n(influence: Floats, codes: npt.NDArray[np.intp], count: int) -> float:
    """Return n over the design effect of a figure whose linear part is the sum of *influence* ``[n]``."""
    by_group = np.bincount(codes, influence, count)
    of_units = float(np.square(influence - influence.mean()).sum())
    of_groups = float(np.square(by_group - by_group.mean()).sum())
    noise = len(codes) * np.square(STEP * np.abs(influence).max())
    if not (of_units > noise and of_groups > noise):
        return math.nan
    return min(float(len(codes)), len(codes) * of_units / of_groups)


def _weights(
    multiplicity: npt.NDArray[np.int64], rounds: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return ``[rounds, k]``: how often each of k kinds is drawn when ``sum(multiplicity)`` are.

    Both ways draw from the same distribution: one by kind, the other, faster where kinds are nearly
    as many as groups, by group.
    """
    count, kinds = int(multiplicity.sum()), len(multiplicity)
    if kinds * SPARSE < count:
        return rng.multinomial(count, multiplicity / count, rounds)
    kind_of_group = np.repeat(np.arange(kinds), multiplicity)
    draws = rng.integers(count, size=(rounds, count))
    return np.stack([np.bincount(kind_of_group[draw], minlength=kinds) for draw in draws])


def chunks(rounds: int, cells: int) -> Iterator[int]:
    """Yield how many rounds to do at once, so that rounds times *cells* stays within memory."""
    size = max(1, CHUNK_CELLS // max(1, cells))
    for start in range(0, rounds, size):
        yield min(size, rounds - start)
