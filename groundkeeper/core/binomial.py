"""Exact binomial limits, also of numbers of trials that are not whole, as effective sample sizes are.

References
----------
Clopper and Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial,
Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.
Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
estimated from survey data, Survey Methodology 24:193-201: the limits at an effective number of trials, which is less
by the quantiles of t.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

from groundkeeper.core.estimates import Floats

_ROUNDING: Final = 1e-9
"""Fewer events are none."""


def lower_limit(
    events: npt.ArrayLike, trials: npt.ArrayLike, confidence: float, more: Floats | float = 1.0
) -> Floats:
    """Return the one-sided lower confidence limits of the shares behind *events* in *trials*, in [0, 1).

    Parameters
    ----------
    events, trials : float[n]
        Events from 0 to the trials; neither has to be whole.
    confidence : float
        In (0, 1).
    more : float[n]
        How many trials more turn out otherwise: the one that makes limits exact, or what it counts for.

    Examples
    --------
    >>> lower_limit([0, 2, 5], [59, 10, 5], 0.975).round(4).tolist()
    [0.0, 0.0252, 0.4782]
    """
    happened = np.asarray(events, dtype=np.float64)
    others = np.asarray(trials, dtype=np.float64) - happened + more
    some = happened > _ROUNDING
    limits: Floats = betaincinv(np.where(some, happened, 1.0), others, 1 - confidence)
    return np.where(some, limits, 0.0)


def upper_limit(
    events: npt.ArrayLike, trials: npt.ArrayLike, confidence: float, more: Floats | float = 1.0
) -> Floats:
    """Return the one-sided upper confidence limits, in (0, 1]; nothing is known from 0 trials: the limit is 1.

    Parameters
    ----------
    events, trials, confidence, more
        As of ``lower_limit``.

    Examples
    --------
    No event in 59 trials bounds the share by 5 %, the smallest number that does; without events the limit is
    ``1 - (1 - confidence) ** (1 / trials)``.

    >>> upper_limit([0, 0, 2, 5], [59, 58, 10, 5], 0.95).round(4).tolist()
    [0.0495, 0.0503, 0.5069, 1.0]
    """
    return 1 - lower_limit(np.subtract(trials, events), trials, confidence, more)


def share_limits(
    shares: Floats, trials: Floats, confidence: float, more: Floats | float = 1.0
) -> tuple[Floats, Floats]:
    """Return the limits, *confidence* being that of both together, of *shares* met in so many independent *trials*.

    Examples
    --------
    >>> low, high = share_limits(np.array([0.9]), np.array([10.0]), 0.95)
    >>> low.round(4).item(), high.round(4).item()
    (0.555, 0.9975)
    """
    one_sided = (1 + confidence) / 2
    events = shares * trials
    return (
        lower_limit(events, trials, one_sided, more),
        upper_limit(events, trials, one_sided, more),
    )


def worth_of(freedom: npt.ArrayLike, confidence: float) -> Floats:
    """Return the share of an effective number of trials that counts, if its variance has so many degrees of *freedom*.

    The square of the normal quantile over that of t: the fewer, the less it is known how many trials there are.

    Examples
    --------
    >>> worth_of(np.array([1.0, 10.0, 1e6]), 0.95).round(3).tolist()
    [0.024, 0.774, 1.0]
    """
    tail = (1 + confidence) / 2
    worth: Floats = np.square(ndtri(tail) / stdtrit(freedom, tail))
    return worth
