"""Intraclass correlation: how much of the spread of measurements is between units and not between raters.

Six forms. *One-way*: every unit has raters of its own. *Two-way random*: the same raters rate all units, and stand for
others, so that a rater who is always higher counts against agreement. *Two-way fixed*: these raters alone matter, and
being always higher does not count. Each of one rater, or of the mean of all k.

References
----------
Shrout and Fleiss (1979), Intraclass correlations: uses in assessing rater reliability, Psychol Bull 86:420-428,
https://doi.org/10.1037/0033-2909.86.2.420: the forms, and their intervals from F distributions.
McGraw and Wong (1996), Forming inferences about some intraclass correlation coefficients,
https://doi.org/10.1037/1082-989X.1.1.30.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from groundkeeper.core.agreement.coefficient import Coefficient, undefined_coefficient
from groundkeeper.core.estimates import Floats
from groundkeeper.core.magnitude import moderate
from groundkeeper.errors import UnknownNameError

Form: TypeAlias = Literal["icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"]
"""``icc_2_1``: two-way random, of one rater."""
ROUNDING: Final = 1e-12
"""A share of all squares that rounding alone leaves."""
FEWEST: Final = 2
"""Units, and raters, below which there is no variance."""
TOO_FEW = "fewer than two units that two raters or more have all measured"
NO_SPREAD = (
    "units do not differ, nor ratings of one unit but for their rater: no variance to share out"
)
NO_UNITS = "the mean square of units is 0: units do not differ, though ratings of one unit do"
TOO_LOW = "agreement of single raters is so low that that of means does not exist"
NO_INTERVAL = "an end of the interval does not exist for these mean squares"


@dataclass(frozen=True, slots=True)
class _Squares:
    """Mean squares of n units and k raters: between units, within, between raters, and what is left.

    Of measurements that are all huge or tiny in a unit of their size, which no coefficient depends on.
    """

    n: int
    k: int
    units: float
    within: float
    raters: float
    rest: float


def intraclass_correlation(
    form: Form, measurements: npt.ArrayLike, *, confidence: float = 0.95
) -> Coefficient:
    """Return one form of the intraclass correlation with its interval from F distributions.

    Units that any rater did not measure are left out, and the note says how many: the intervals are of balanced
    designs. For measurements with many gaps there is alpha on the interval scale, which takes them all. The test is of
    the ratio of mean squares, so ``statistic`` is an F; there is no standard error.

    Parameters
    ----------
    form : str
        ``icc_1_1`` one-way, ``icc_2_1`` two-way random, ``icc_3_1`` two-way fixed, of one rater; ``icc_1_k`` ... of
        the mean of all.
    measurements : float[n_raters, n_units]
        nan where a rater did not measure.
    confidence : float
        Of the interval, in (0, 1).

    Raises
    ------
    UnknownNameError
        If there is no such form.

    Examples
    --------
    Shrout and Fleiss (1979), table 2: six units, four raters; table 4 prints .17, .29 and .71.

    >>> ratings = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]
    >>> forms = ("icc_1_1", "icc_2_1", "icc_3_1")
    >>> [round(intraclass_correlation(form, ratings).value, 2) for form in forms]
    [0.17, 0.29, 0.71]
    """
    if form not in get_args(Form):
        raise UnknownNameError("form", str(form), get_args(Form))
    table = np.asarray(measurements, dtype=np.float64)
    table = table[~np.isnan(table).all(axis=1)]
    whole = ~np.isnan(table).any(axis=0)
    k, n = len(table), int(whole.sum())
    left_out = int((~np.isnan(table)).any(axis=0).sum()) - n
    note = f"{left_out} units with gaps left out" if left_out else ""
    if min(n, k) < FEWEST:
        return undefined_coefficient(TOO_FEW, n, k).noted(note)
    squares = _mean_squares(table[:, whole])
    of_form, of_mean = form[:-2], form.endswith("k")
    make = {"icc_1": _one_way, "icc_2": _random_raters, "icc_3": _fixed_raters}[of_form]
    value, low, high = make(squares, (1 + confidence) / 2)
    if of_mean:
        value, low, high = (_of_the_mean(one, k) for one in (value, low, high))
    if math.isnan(value):
        return undefined_coefficient(_why_undefined(squares, of_form), n, k).noted(note)
    if math.isnan(low) or math.isnan(high):
        note = "; ".join(filter(None, (note, NO_INTERVAL)))
    noise, degrees = (
        (squares.within, n * (k - 1)) if of_form == "icc_1" else (squares.rest, (n - 1) * (k - 1))
    )
    ratio = _over(squares.units, noise)
    p_value = float(special.fdtrc(n - 1, degrees, ratio)) if not math.isnan(ratio) else math.nan
    nan = math.nan
    return Coefficient(value, nan, low, high, nan, nan, ratio, p_value, n, k, note)


def _mean_squares(table: Floats) -> _Squares:
    k, n = table.shape
    table, _ = moderate(table)
    centred = table - table.mean()
    between = k * float(np.square(centred.mean(axis=0)).sum())
    of_raters = n * float(np.square(centred.mean(axis=1)).sum())
    within = float(np.square(centred - centred.mean(axis=0)).sum())
    rounding = ROUNDING * float(np.square(centred).sum())
    between, within, of_raters, rest = (
        part if part > rounding else 0.0
        for part in (between, within, of_raters, within - of_raters)
    )
    return _Squares(
        n,
        k,
        units=between / (n - 1),
        within=within / (n * (k - 1)),
        raters=of_raters / (k - 1),
        rest=rest / ((n - 1) * (k - 1)),
    )


def _why_undefined(squares: _Squares, of_form: str) -> str:
    """Return why a coefficient ``icc_1``, ``icc_2`` or ``icc_3``, or that of the mean, does not exist."""
    noise = squares.within if of_form == "icc_1" else squares.rest
    if not max(squares.units, noise, squares.raters if of_form == "icc_2" else 0.0) > 0:
        return NO_SPREAD
    return TOO_LOW if squares.units > 0 else NO_UNITS


def _one_way(of: _Squares, upper: float) -> tuple[float, float, float]:
    return _of_ratio(of.units, of.within, of.k, (of.n - 1, of.n * (of.k - 1)), upper)


def _fixed_raters(of: _Squares, upper: float) -> tuple[float, float, float]:
    return _of_ratio(of.units, of.rest, of.k, (of.n - 1, (of.n - 1) * (of.k - 1)), upper)


def _of_ratio(
    signal: float, noise: float, k: int, degrees: tuple[int, int], upper: float
) -> tuple[float, float, float]:
    """Return ``(F - 1) / (F + k - 1)`` of F = signal / noise, and of the ends of its interval."""
    one, other = degrees
    ends = (1 / special.fdtri(one, other, upper), special.fdtri(other, one, upper))
    value, low, high = (
        _over(signal * end - noise, signal * end + (k - 1) * noise) for end in (1.0, *ends)
    )
    return value, low, high


def _random_raters(of: _Squares, upper: float) -> tuple[float, float, float]:
    n, k = of.n, of.k
    value = _over(of.units - of.rest, of.units + (k - 1) * of.rest + k * (of.raters - of.rest) / n)
    # Satterthwaite's degrees of freedom of a mix of mean squares.
    of_raters = k * value * _over(of.raters, of.rest)
    of_rest = n * (1 + (k - 1) * value) - k * value
    degrees = _over(
        (k - 1) * (n - 1) * (of_raters + of_rest) ** 2, (n - 1) * of_raters**2 + of_rest**2
    )
    if not degrees > 0:
        return value, math.nan, math.nan
    both = k * of.raters + (k * n - k - n) * of.rest
    below = float(special.fdtri(n - 1, degrees, upper))
    above = float(special.fdtri(degrees, n - 1, upper))
    low = _over(n * (of.units - below * of.rest), below * both + n * of.units)
    high = _over(n * (above * of.units - of.rest), both + n * above * of.units)
    return value, low, high


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else math.nan


def _of_the_mean(one: float, k: int) -> float:
    """Return the reliability of the mean of *k* raters from that of *one* (Spearman and Brown).

    It has a pole where *one* is -1 / (k - 1), the least that a correlation of k raters can be; beyond it the formula
    gives more than 1, which no reliability is.
    """
    below = 1 + (k - 1) * one
    return k * one / below if below > ROUNDING else math.nan
