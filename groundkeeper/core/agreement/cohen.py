"""Agreement of two raters from their table: how often one said this while the other said that.

References
----------
Cohen (1960), A coefficient of agreement for nominal scales, https://doi.org/10.1177/001316446002000104.
Cohen (1968), Weighted kappa, https://doi.org/10.1037/h0026256.
Fleiss, Cohen and Everitt (1969), Large sample standard errors of kappa and weighted kappa, Psychol Bull 72:323-327,
https://doi.org/10.1037/h0028106: equations 8, 9, 13 and 14.
"""

import math
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.chance_corrected import Chance, chance_corrected
from groundkeeper.core.agreement.coefficient import (
    ALL_THE_SAME,
    ASYMPTOTIC,
    NO_PAIR,
    Coefficient,
    Inference,
    Observed,
    undefined_coefficient,
    with_interval,
)
from groundkeeper.core.agreement.krippendorff_error import krippendorff
from groundkeeper.core.estimates import Floats
from groundkeeper.errors import RefusedError

RATERS = 2.0
OfTwo: TypeAlias = Chance | Literal["krippendorff_alpha"]


def cohen_kappa(
    table: npt.ArrayLike,
    weights: Floats | None = None,
    how: Inference = ASYMPTOTIC,
) -> Coefficient:
    """Return Cohen's kappa with its asymptotic standard error, and its test against no agreement beyond chance.

    Parameters
    ----------
    table : int or float[k, k]
        How many units the first rater gave the value of the row, and the second that of the column.
    weights : float[k, k], optional
        How much two values agree (``weights.agreement_weights``); without it only equal ones do.
    how : Inference
        How the interval is made. With the normal distribution, the test has the standard error under no agreement; with
        Student's it has that of the interval, as Gwet does.

    Examples
    --------
    A table of SAS, PROC FREQ, which prints 0.4842, 0.1380 and 3.2626:

    >>> found = cohen_kappa([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
    >>> round(found.value, 4), round(found.se, 4), round(found.statistic, 4)
    (0.4842, 0.138, 3.2626)
    """
    shares, n = _shares(table)
    alike = np.eye(len(shares)) if weights is None else weights
    if not n:
        return undefined_coefficient(NO_PAIR, n, RATERS)
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((alike * shares).sum()), float(first @ alike @ second)
    of = Observed(observed, expected, n, RATERS)
    if not expected < 1:
        return undefined_coefficient(ALL_THE_SAME, n, RATERS, observed, expected)
    # How much a rating agrees on average with what the other rater says.
    usual = (alike @ second)[:, None] + (first @ alike)[None]
    influence = alike * (1 - expected) - usual * (1 - observed)
    spread = float((shares * np.square(influence)).sum())
    mean = observed * expected - 2 * expected + observed
    variance = max(0.0, spread - mean**2) / (n * (1 - expected) ** 4)
    by_chance = float(first @ np.square(alike - usual) @ second) - expected**2
    null_se = math.sqrt(max(0.0, by_chance) / n) / (1 - expected)
    return with_interval(of, variance, how, null_se if how.reference == "normal" else None)


def of_two_raters(
    coefficient: OfTwo,
    table: npt.ArrayLike,
    weights: Floats | None = None,
    *,
    confidence: float = 0.95,
) -> Coefficient:
    """Return another coefficient of two raters, from their table; Fleiss' kappa is then Scott's pi.

    The variance is divided by the number of units, as is usual for a table of two raters, and not by one less.

    Parameters
    ----------
    coefficient : str
        A coefficient of ``chance_corrected``, or ``krippendorff_alpha``.
    table, weights
        As in ``cohen_kappa``.
    confidence : float
        Of the interval of Student's t, in (0, 1).

    Examples
    --------
    100 patients of two abstractors (Gwet, R package irrCAC 1.0, data cont3x3abstractors):

    >>> table = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
    >>> found = of_two_raters("gwet_ac", table)
    >>> round(found.value, 7), round(found.se, 8), round(found.low, 3), round(found.high, 3)
    (0.8493305, 0.04321747, 0.764, 0.935)
    """
    shares, n = _shares(table)
    k = len(shares)
    rows, columns = np.indices((k, k)).reshape(2, -1)
    counts = np.eye(k)[rows] + np.eye(k)[columns]
    often = shares.ravel() * n
    if coefficient == "krippendorff_alpha":
        apart = 1 - (np.eye(k) if weights is None else weights)
        return krippendorff(counts, apart, multiplicity=often, confidence=confidence, less=0)
    return chance_corrected(
        coefficient, counts, weights, multiplicity=often, confidence=confidence, less=0
    )


def _shares(table: npt.ArrayLike) -> tuple[Floats, float]:
    """Return the shares of the cells, and the number of units."""
    cells = np.asarray(table, dtype=np.float64)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1]:  # noqa: PLR2004 - rows and columns
        found = " x ".join(map(str, cells.shape))
        message = (
            f"found a table of {found}; both raters need the same values in the same order; "
            "add empty rows or columns"
        )
        raise RefusedError(message)
    n = float(cells.sum())
    return cells / max(n, 1e-300), n
