"""Krippendorff's alpha: agreement of ratings beyond chance, with any number of raters and gaps.

Alpha is ``1 - observed disagreement / expected disagreement``: 1 is perfect agreement, 0 what chance
pairing of all ratings would give, below 0 systematic disagreement. A unit with a single rating cannot
be paired and is left out. All of it is made of sums over units (``alpha_sums``), so alpha of a
resample is ``alpha_of_sums`` of the resampled sums.

How far two values are apart is a scale of measurement, or any table of differences: ``distances`` has those of sets and
of every other kind of answer. Where every rating is the same there is nothing to tell agreement from chance: alpha is
undefined, though percent agreement is 1.

References
----------
Krippendorff (2011), Computing Krippendorff's Alpha-Reliability,
https://repository.upenn.edu/asc_papers/43: coincidences and difference functions, sections B to D.
"""

from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.coefficient import ALL_THE_SAME, NO_PAIR
from groundkeeper.core.agreement.patterns import (
    Patterns,
    RatingTable,
    patterns_of_counts,
    patterns_of_ratings,
)
from groundkeeper.core.estimates import (
    Estimate,
    Floats,
    Resampling,
    divide,
    estimate_alike,
    undefined,
)
from groundkeeper.core.magnitude import moderate

Level: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]
Difference: TypeAlias = Level | Floats
"""A scale of measurement, or ``[k, k]``: how far any two values are apart; symmetric, 0 on the diagonal."""
Counts: TypeAlias = npt.NDArray[np.integer]


MANY_VALUES = 1000
"""Values from which on a difference of every two of them is avoided where it can be."""


def krippendorff_alpha(
    counts: npt.NDArray[np.number], difference: Difference, values: Floats | None = None
) -> float:
    """Return alpha of the ratings counted in *counts*; nan where undefined (``reason_undefined``).

    Parameters
    ----------
    counts : int or float[n_units, k]
        How many raters gave each of the k values to each unit; the values in ascending order.
    difference : {"nominal", "ordinal", "interval", "ratio"} or float[k, k]
        Scale of measurement, that is how far two different values are apart; or how far they are.
    values : float[k], optional
        The values themselves, for interval and ratio; 0, 1, 2, ... if left out.

    Examples
    --------
    Twelve units, four raters, values 1 to 5, 7 of 48 ratings missing (Krippendorff 2011, example C;
    the published values are 0.743, 0.815, 0.849 and 0.797):

    >>> counts = np.array([
    ...     [3, 0, 0, 0, 0], [0, 3, 1, 0, 0], [0, 0, 4, 0, 0], [0, 0, 4, 0, 0],
    ...     [0, 4, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 4, 0], [3, 1, 0, 0, 0],
    ...     [0, 4, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0], [0, 0, 1, 0, 0],
    ... ])
    >>> levels = ("nominal", "ordinal", "interval", "ratio")
    >>> [round(krippendorff_alpha(counts, level, np.arange(1.0, 6)), 3) for level in levels]
    [0.743, 0.815, 0.849, 0.797]
    """
    return alpha_of_patterns(patterns_of_counts(counts), difference, values)


def alpha_of_ratings(
    ratings: RatingTable, level: Level, values: npt.ArrayLike | None = None
) -> float:
    """Return alpha of reliability data, one row a rater and one column a unit; nan where undefined.

    Parameters
    ----------
    ratings : float or object[n_raters, n_units]
        nan or None where a rater did not rate.
    level : {"nominal", "ordinal", "interval", "ratio"}
        Scale of measurement. Texts on an ordinal scale need *values*.
    values : array, optional
        All values in their order; those that occur, ascending, if left out.

    Examples
    --------
    Two raters and four units; they differ on the last.

    >>> round(alpha_of_ratings([[1, 2, 3, 3], [1, 2, 3, 4]], "nominal"), 4)
    0.6957
    """
    patterns = patterns_of_ratings(ratings, values)
    is_number = np.issubdtype(patterns.values.dtype, np.number)
    points = patterns.values.astype(np.float64) if is_number else None
    return alpha_of_patterns(patterns, level, points)


def alpha_of_patterns(
    patterns: Patterns, difference: Difference, values: Floats | None = None
) -> float:
    """Return alpha of units put together by their pattern of ratings; nan where undefined."""
    if isinstance(difference, str) and difference == "ordinal":
        # With all ratings at hand an ordinal scale is an interval scale of their ranks.
        of_value = patterns.multiplicity @ _pairable(patterns.counts)[0]
        difference, values = "interval", of_value.cumsum() - of_value / 2
    sums = patterns.multiplicity @ alpha_sums(patterns.counts, difference, values)
    return float(alpha_of_sums(sums[None], difference, values)[0])


def estimate_alpha(
    patterns: Patterns,
    difference: Difference,
    how: Resampling,
    rng: np.random.Generator,
    values: Floats | None = None,
) -> Estimate:
    """Return alpha with a bootstrap interval over units that are each a group of its own.

    For units that come in groups hand ``alpha_sums`` of the units and their groups to ``estimates.estimate``.

    Examples
    --------
    >>> often = np.array([40, 40, 20])
    >>> patterns = Patterns(np.array([[2, 0], [0, 2], [1, 1]]), often, np.arange(2))
    >>> how = Resampling(rounds=200, seed=0, confidence=0.95)
    >>> found = estimate_alpha(patterns, "nominal", how, how.generator("alpha"))
    >>> round(found.value, 3), found.low < found.value < found.high, found.groups
    (0.602, True, 100)
    """
    sums = alpha_sums(patterns.counts, difference, values)
    counted = sums.any(axis=1)
    found = estimate_alike(
        sums[counted],
        patterns.multiplicity[counted],
        partial(alpha_of_sums, difference=difference, values=values),
        how,
        rng,
    )
    if np.isnan(found.value):
        of_value = patterns.multiplicity @ sums[:, : patterns.counts.shape[1]]
        return undefined(reason_undefined(of_value) or ALL_THE_SAME, found.n, found.groups)
    return found


def reason_undefined(of_value: Floats) -> str:
    """Return why alpha of pairable ratings *of_value* ``[k]`` does not exist, or '' if it does.

    Examples
    --------
    >>> reason_undefined(alpha_sums(np.array([[1, 0], [0, 1]]), "nominal").sum(axis=0)[:2])
    'no unit has two ratings'
    >>> reason_undefined(alpha_sums(np.array([[2, 0], [3, 0]]), "nominal").sum(axis=0)[:2])
    'every rating is the same, so agreement cannot be told from chance'
    """
    if not of_value.any():
        return NO_PAIR
    return ALL_THE_SAME if np.count_nonzero(of_value) == 1 else ""


def count_ratings(
    units: npt.NDArray[np.integer], places: npt.NDArray[np.integer], n_units: int, k: int
) -> Counts:
    """Return ``[n_units, k]``: how often each of k values was given to each unit.

    Parameters
    ----------
    units, places : int[n]
        Code of the unit of each rating, and the place of its value in the vocabulary.
    """
    cells = np.asarray(units, dtype=np.int64) * k + places
    return np.bincount(cells, minlength=n_units * k).reshape(n_units, k)


def alpha_sums(
    counts: npt.NDArray[np.number], difference: Difference, values: Floats | None = None
) -> Floats:
    """Return ``[n_units, k + 1]``, ordinal ``[n_units, k + k (k - 1) / 2]``: what each unit adds to alpha.

    First the k pairable ratings of the unit. Then its disagreement, over every two different values c < l the sum of
    ``n_c n_l d_cl / (m - 1)`` with m ratings in the unit and d_cl the difference (Krippendorff 2011, section C). What
    the differences of an ordinal scale are depends on all ratings: there it is each ``n_c n_l / (m - 1)`` by itself.
    A unit with fewer than two ratings adds nothing.
    """
    pairable, others = _pairable(counts)
    if isinstance(difference, str) and difference == "ordinal":
        lower, upper = np.triu_indices(pairable.shape[1], 1)
        return np.hstack([pairable, pairable[:, lower] * pairable[:, upper] / others])
    return np.hstack([pairable, _apart(pairable, difference, values)[:, None] / others])


def alpha_of_sums(sums: Floats, difference: Difference, values: Floats | None = None) -> Floats:
    """Return ``[rounds]``: alpha of each row of *sums* ``[rounds, ...]`` of ``alpha_sums``.

    With n ratings in all, n_c of value c, o_cl coincidences and differences d_cl,
    ``alpha = 1 - (n - 1) sum o_cl d_cl / sum n_c n_l d_cl`` over c < l.
    """
    if isinstance(difference, str) and difference == "ordinal":
        return _ordinal_alpha(sums)
    of_value, observed = sums[:, :-1], sums[:, -1]
    expected = _apart(of_value, difference, values)
    return 1 - divide((of_value.sum(axis=1) - 1) * observed, expected)


def squared_differences(
    of_value: Floats, difference: Difference, values: Floats | None = None
) -> Floats:
    """Return ``[k, k]``: how far any two values are apart (Krippendorff 2011, section D).

    Between values that are all huge or tiny in a unit of their size, which alpha does not depend on.

    Parameters
    ----------
    of_value : float[k]
        How many pairable ratings there are of each value, on which an ordinal scale rests.
    """
    if not isinstance(difference, str):
        return difference
    points = np.arange(len(of_value), dtype=np.float64) if values is None else values
    if difference == "nominal":
        return 1 - np.eye(len(of_value))
    if difference == "ordinal":
        points = of_value.cumsum() - of_value / 2
    # Of a quarter no sum overflows, and quotients stay as they are.
    points = points / 4 if difference == "ratio" else moderate(points)[0]
    apart = points[:, None] - points[None]
    if difference == "ratio":
        apart = np.nan_to_num(divide(apart, points[:, None] + points[None]))
    return np.square(apart)


def interval_coincidences(values: Floats, units: npt.ArrayLike) -> Floats:
    """Return ``[n_units, 4]``: what each unit adds to alpha of measurements on an interval scale.

    For numbers that hardly repeat, where a column per value would be absurd. The columns are the
    number of ratings, their sum, their sum of squares, and the coincident squared differences
    ``2 (m sum x^2 - (sum x)^2) / (m - 1)``, over values centred on their mean; units ascend.
    Values that are all huge or tiny count in a unit of their size, which alpha does not depend on.

    Parameters
    ----------
    values : float[n]
        The measurements, none missing.
    units : int or str[n]
        The unit each was taken of.
    """
    _, codes = np.unique(np.asarray(units), return_inverse=True)
    ratings = np.bincount(codes).astype(np.float64)
    paired = ratings > 1
    values, _ = moderate(values)
    in_pairs = values[paired[codes]]
    centred = values - (in_pairs.mean() if len(in_pairs) else 0.0)
    total = np.bincount(codes, centred)
    squares = np.bincount(codes, centred * centred)
    within = np.bincount(codes, np.square(centred - (total / np.maximum(ratings, 1))[codes]))
    differences = 2 * ratings * within / np.maximum(ratings - 1, 1)
    return np.column_stack([ratings, total, squares, differences]) * paired[:, None]


def interval_alpha_of_sums(sums: Floats) -> Floats:
    """Return ``[rounds]``: alpha of each row of *sums* ``[rounds, 4]`` of ``interval_coincidences``.

    Examples
    --------
    The same as alpha from counts, here of two units rated 1, 2 and 4, 5:

    >>> units = interval_coincidences(np.array([1.0, 2.0, 4.0, 5.0]), ["a", "a", "b", "b"])
    >>> counts = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
    >>> of_counts = krippendorff_alpha(counts, "interval", np.array([1.0, 2.0, 4.0, 5.0]))
    >>> round(of_counts, 6), interval_alpha_of_sums(units.sum(axis=0)[None]).round(6)
    (0.85, array([0.85]))
    """
    ratings, total, squares, observed = sums.T
    expected = 2 * (ratings * squares - np.square(total))
    return 1 - divide((ratings - 1) * observed, expected)


def _apart(of_value: Floats, difference: Difference, values: Floats | None) -> Floats:
    """Return ``[rows]``: the sum of ``n_c n_l d_cl`` over c < l, for each row of *of_value* ``[rows, k]``."""
    if isinstance(difference, str) and difference == "nominal":
        squares = np.square(of_value).sum(axis=1)
        return np.asarray((np.square(of_value.sum(axis=1)) - squares) / 2)
    if isinstance(difference, str) and difference == "interval" and of_value.shape[1] > MANY_VALUES:
        return _apart_by_moments(of_value, values)
    apart = squared_differences(of_value.sum(axis=0), difference, values)
    return np.asarray(((of_value @ apart) * of_value).sum(axis=1) / 2)


def _apart_by_moments(of_value: Floats, values: Floats | None) -> Floats:
    """Return what ``_apart`` does on an interval scale, without a difference of every two values."""
    points = np.arange(of_value.shape[1], dtype=np.float64) if values is None else values
    # About a value that occurs, so that ratings that are all the same are exactly 0 apart.
    points, _ = moderate(points)
    centred = points - points[np.argmax(of_value.sum(axis=0))]
    squares = of_value.sum(axis=1) * (of_value @ np.square(centred))
    return np.asarray(np.maximum(squares - np.square(of_value @ centred), 0.0))


def _pairable(counts: npt.NDArray[np.number]) -> tuple[Floats, Floats]:
    """Return the ratings ``[n_units, k]`` of units with two or more, and how many others each has, ``[n_units, 1]``."""
    table = counts.astype(np.float64)
    ratings = table.sum(axis=1, keepdims=True)
    is_paired = ratings >= 2  # noqa: PLR2004 - a pair
    return np.where(is_paired, table, 0), np.where(is_paired, ratings - 1, 1)


def _ordinal_alpha(sums: Floats) -> Floats:
    k = int((np.sqrt(8 * sums.shape[1] + 1) - 1) / 2)
    of_value, observed = sums[:, :k], sums[:, k:]
    lower, upper = np.triu_indices(k, 1)
    ranks = of_value.cumsum(axis=1) - of_value / 2
    apart = np.square(ranks[:, upper] - ranks[:, lower])
    expected = (of_value[:, lower] * of_value[:, upper] * apart).sum(axis=1)
    return 1 - divide((of_value.sum(axis=1) - 1) * (observed * apart).sum(axis=1), expected)
