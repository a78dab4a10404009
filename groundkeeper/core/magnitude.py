"""Numbers whose squares would overflow, or vanish, over a power of two, so that no digit changes."""

from typing import Final

import numpy as np

from groundkeeper.core.estimates import Floats

ORDINARY: Final = 200
"""Numbers within two to this power, and one over it, are left as they are: even their fourth powers can be summed."""


def moderate(values: Floats) -> tuple[Floats, int]:
    """Return *values* over a power of two, and its exponent: 0, and as they are, where they are ordinary.

    Parameters
    ----------
    values : float64[...]
        nan stays nan.

    Examples
    --------
    >>> moderate(np.array([1.0, 3.0]))
    (array([1., 3.]), 0)
    >>> scaled, exponent = moderate(np.array([1e300, 3e300]))
    >>> scaled.round(3), np.ldexp(scaled, exponent)
    (array([0.187, 0.56 ]), array([1.e+300, 3.e+300]))
    """
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    exponent = int(np.frexp(largest)[1])
    if abs(exponent) <= ORDINARY or not np.isfinite(largest):
        return values, 0
    return np.ldexp(values, -exponent), exponent
