"""Krippendorff's alpha: agreement of ratings beyond chance, with any number of raters and gaps.

Alpha is ``1 - observed disagreement / expected disagreement``: 1 is perfect agreement, 0 what chance
pairing of all ratings would give, below 0 systematic disagreement. A unit with a single rating cannot
be paired and is left out. All of it is made of sums over units (``coincidences``), so alpha of a
resample is ``alpha_of_sums`` of the resampled sums.

References
----------
Krippendorff (2011), Computing Krippendorff's Alpha-Reliability,
https://repository.upenn.edu/asc_papers/43: coincidences and difference functions, sections B to D.
"""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Floats, divide

Level: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]
Counts: TypeAlias = npt.NDArray[np.integer]


def krippendorff_alpha(counts: Counts, level: Level, values: Floats | None = None) -> float:
    """Return alpha of the ratings counted in *counts*; nan where undefined (``reason_undefined``).

    Parameters
    ----------
    counts : int[n_units, k]
        How many raters gave each of the k values to each unit; the values in ascending order.
    level : {"nominal", "ordinal", "interval", "ratio"}
        Scale of measurement, that is how far two different values are apart.
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
    return float(alpha_of_sums(coincidences(counts).sum(axis=0)[None], level, values)[0])


def reason_undefined(of_value: Floats) -> str:
    """Return why alpha of pairable ratings *of_value* ``[k]`` does not exist, or '' if it does.

    Examples
    --------
    >>> reason_undefined(coincidences(np.array([[1, 0], [0, 1]])).sum(axis=0)[:2])
    'no unit has two ratings'
    >>> reason_undefined(coincidences(np.array([[2, 0], [3, 0]])).sum(axis=0)[:2])
    'every rating is the same, so agreement cannot be told from chance'
    """
    if not of_value.any():
        return "no unit has two ratings"
    if np.count_nonzero(of_value) == 1:
        return "every rating is the same, so agreement cannot be told from chance"
    return ""


def count_ratings(
    units: npt.NDArray[np.intp], places: npt.NDArray[np.intp], n_units: int, k: int
) -> Counts:
    """Return ``[n_units, k]``: how often each of k values was given to each unit.

    Parameters
    ----------
    units, places : int[n]
        Code of the unit of each rating, and the place of its value in the vocabulary.
    """
    return np.bincount(units * k + places, minlength=n_units * k).reshape(n_units, k)


def coincidences(counts: Counts) -> Floats:
    """Return ``[n_units, k + k (k - 1) / 2]``: what each unit adds to the coincidence matrix.

    First the k pairable ratings of the unit, then the coincidences of every two different values c < l,
    ``n_c n_l / (m - 1)`` with m ratings in the unit (Krippendorff 2011, section C). The diagonal is not
    needed: equal values do not disagree. A unit with fewer than two ratings adds nothing.
    """
    ratings = counts.sum(axis=1)
    pairable = np.where(ratings[:, None] > 1, counts, 0).astype(np.float64)
    lower, upper = np.triu_indices(counts.shape[1], 1)
    others = np.maximum(ratings - 1, 1)[:, None]
    return np.hstack([pairable, pairable[:, lower] * pairable[:, upper] / others])


def alpha_of_sums(sums: Floats, level: Level, values: Floats | None = None) -> Floats:
    """Return ``[rounds]``: alpha of each row of *sums* ``[rounds, k + k (k - 1) / 2]``.

    The rows are sums of ``coincidences``. With n ratings in all, n_c of value c, o_cl coincidences and
    squared differences d_cl, ``alpha = 1 - (n - 1) sum o_cl d_cl / sum n_c n_l d_cl`` over c < l.
    """
    k = _values_in(sums.shape[1])
    of_value, observed = sums[:, :k], sums[:, k:]
    lower, upper = np.triu_indices(k, 1)
    points = np.arange(k, dtype=np.float64) if values is None else values
    apart = _squared_differences(of_value, level, points)
    expected = of_value[:, lower] * of_value[:, upper]
    ratings = of_value.sum(axis=1)
    return 1 - divide(
        (ratings - 1) * (observed * apart).sum(axis=1), (expected * apart).sum(axis=1)
    )


def interval_coincidences(values: Floats, units: npt.ArrayLike) -> Floats:
    """Return ``[n_units, 4]``: what each unit adds to alpha of measurements on an interval scale.

    For numbers that hardly repeat, where a column per value would be absurd. The columns are the
    number of ratings, their sum, their sum of squares, and the coincident squared differences
    ``2 (m sum x^2 - (sum x)^2) / (m - 1)``, over values centred on their mean; units ascend.

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


def _values_in(columns: int) -> int:
    """Return k from the ``k + k (k - 1) / 2`` columns of coincidences."""
    return int((np.sqrt(8 * columns + 1) - 1) / 2)


def _squared_differences(of_value: Floats, level: Level, values: Floats) -> Floats:
    """Return ``[rounds or 1, k (k - 1) / 2]``: d_cl for every c < l (Krippendorff 2011, section D)."""
    lower, upper = np.triu_indices(len(values), 1)
    low, high = values[lower], values[upper]
    if level == "nominal":
        return np.ones((1, len(lower)))
    if level == "ordinal":
        up_to = of_value.cumsum(axis=1)
        between = up_to[:, upper] - up_to[:, lower] + of_value[:, lower]
        ranks: Floats = between - (of_value[:, lower] + of_value[:, upper]) / 2
        return np.square(ranks)
    if level == "interval":
        return np.square(low - high)[None]
    return np.square(divide(low - high, low + high))[None]
