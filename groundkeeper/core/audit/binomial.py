"""Exact binomial limits, also of numbers of trials that are not whole, as effective sample sizes are.

References
----------
Clopper and Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial,
Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.
Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
estimated from survey data, Survey Methodology 24:193-201: the limits at an effective number of trials.
Press et al. (2007), Numerical Recipes, 3rd edition, section 6.4: the continued fraction of the incomplete beta
function.
"""

import math
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Floats

TOLERANCE: Final = 1e-12
"""Width to which a limit is found."""
_ROUNDING: Final = 1e-9
"""Trials without an event that are fewer are none: their limit is nearer to 1 than the tolerance."""
_TINY: Final = 1e-300
_EPSILON: Final = 1e-14
_BELOW_ONE: Final = 1 - 2.0**-53
_MOST_TERMS: Final = 10_000
_MOST_STEPS: Final = 200

_log_gamma: Final = np.vectorize(math.lgamma, otypes=[np.float64])


def upper_limit(events: npt.ArrayLike, trials: npt.ArrayLike, confidence: float) -> Floats:
    """Return the one-sided upper confidence limits of the shares behind *events* in *trials*, in (0, 1].

    Parameters
    ----------
    events, trials : float[n]
        Events from 0 to the trials; neither has to be whole. Nothing is known from 0 trials: the limit is 1.
    confidence : float
        In (0, 1).

    Examples
    --------
    No event in 59 trials bounds the share by 5 %, the smallest number that does; without events the limit is
    ``1 - (1 - confidence) ** (1 / trials)``.

    >>> upper_limit([0, 0, 2, 5], [59, 58, 10, 5], 0.95).round(4).tolist()
    [0.0495, 0.0503, 0.5069, 1.0]
    """
    events, trials = _pairs(events, trials)
    limit = np.ones(events.shape)
    inside = trials - events > _ROUNDING
    limit[inside] = _beta_quantile(confidence, events[inside] + 1, (trials - events)[inside])
    return limit


def lower_limit(events: npt.ArrayLike, trials: npt.ArrayLike, confidence: float) -> Floats:
    """Return the one-sided lower confidence limits of the shares behind *events* in *trials*, in [0, 1).

    Examples
    --------
    >>> lower_limit([0, 2, 5], [59, 10, 5], 0.975).round(4).tolist()
    [0.0, 0.0252, 0.4782]
    """
    events, trials = _pairs(events, trials)
    return 1 - upper_limit(trials - events, trials, confidence)


def fewest_trials(events: int, share: float, confidence: float) -> int:
    """Return the smallest number of trials in which *events* still show that the share is at most *share*.

    Examples
    --------
    >>> [fewest_trials(events, 0.05, 0.95) for events in (0, 1, 2, 3)]
    [59, 93, 124, 153]
    """
    low, high = events, events + 1
    while upper_limit(events, high, confidence) > share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if upper_limit(events, middle, confidence) > share:
            low = middle
        else:
            high = middle
    return high


def incomplete_beta(x: Floats, a: Floats, b: Floats) -> Floats:
    """Return the regularised incomplete beta function at *x* in (0, 1), with *a* and *b* above 0, all [n].

    Examples
    --------
    Of five trials with probability 0.3, at least two are events with probability 0.47178:

    >>> incomplete_beta(np.array([0.3]), np.array([2.0]), np.array([4.0])).round(5).tolist()
    [0.47178]
    """
    swapped = x > (a + 1) / (a + b + 2)
    x, y = np.where(swapped, 1 - x, x), np.where(swapped, x, 1 - x)
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    log_front = _log_gamma(a + b) - _log_gamma(a) - _log_gamma(b) + a * np.log(x) + b * np.log(y)
    found = np.exp(log_front) / (a * _continued_fraction(x, a, b))
    both: Floats = np.where(swapped, 1 - found, found)
    return both


def _continued_fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Return the continued fraction below the incomplete beta function by the method of Lentz, [n]."""
    value = np.ones_like(x)
    above, below = np.ones_like(x), np.zeros_like(x)
    for term in range(1, _MOST_TERMS):
        half = term // 2
        size = -(a + half) * (a + b + half) if term % 2 else half * (b - half)
        coefficient = size * x / ((a + term - 1) * (a + term))
        below = 1 / _away_from_zero(1 + coefficient * below)
        above = _away_from_zero(1 + coefficient / above)
        value = value * above * below
        if (np.abs(above * below - 1) < _EPSILON).all():
            break
    return value


def _away_from_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < _TINY, _TINY, values)


def _beta_quantile(share: float, a: Floats, b: Floats) -> Floats:
    """Return where the incomplete beta function is *share*, [n]: steps of Newton, kept within a shrinking bracket."""
    mean, low, high = a / (a + b), np.zeros_like(a), np.ones_like(a)
    deviation = np.sqrt(mean * (1 - mean) / (a + b + 1))
    x = mean + NormalDist().inv_cdf(share) * deviation
    x = np.clip(x, mean / 2, (1 + mean) / 2)
    if not x.size:
        return x
    log_beta = _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)
    for _ in range(_MOST_STEPS):
        beyond = incomplete_beta(x, a, b) - share
        low, high = np.where(beyond < 0, x, low), np.where(beyond < 0, high, x)
        slope = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - log_beta)
        with np.errstate(over="ignore", invalid="ignore"):
            step = x - beyond / np.maximum(slope, _TINY)
        following = np.where((step > low) & (step < high), step, (low + high) / 2)
        following = np.clip(following, _TINY, _BELOW_ONE)
        settled = np.abs(following - x).max() < TOLERANCE
        x = following
        if settled:
            break
    return x


def _pairs(events: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    return first, second
