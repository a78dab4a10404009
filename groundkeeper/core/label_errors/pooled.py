"""The quality of an item as a whole, from those of what is in it: led by the worst.

References
----------
Tkachenko, Thyagarajan and Mueller (2023), arXiv:2309.00832, section 3: pooling by softmin.
"""

from typing import Final

import numpy as np

from groundkeeper.core.estimates import divide
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError

TEMPERATURE: Final = 0.1
"""How much the worst leads: towards 0 it alone counts, the higher the more it is the mean."""


def softmin(quality: Floats, of: Integers, n: int, temperature: float = TEMPERATURE) -> Floats:
    """Return the mean of *quality* within each of n items, with weights exp(-quality / temperature), float64 [n].

    It lies between the lowest and the mean. An item in which nothing speaks against anything is nan: whether it was
    looked at and is in order, who calls it knows.

    Parameters
    ----------
    quality
        0 to 1, nan is left out, float64 [m].
    of
        The item of each, 0 to n - 1, int64 [m].
    n
        How many items there are.
    temperature
        Above 0.

    Examples
    --------
    >>> softmin(np.array([0.1, 0.9, 0.5]), np.array([0, 0, 1]), 3).round(4).tolist()
    [0.1003, 0.5, nan]
    """
    if not temperature > 0:
        msg = f"found the temperature {temperature}; allowed is any number above 0"
        raise TableError(msg)
    order = np.lexsort((quality, of))
    order = order[~np.isnan(quality[order])]
    value, item = quality[order], of[order]
    weight = np.exp(-value / temperature)
    total: Floats = np.bincount(item, weight * value, minlength=n).astype(np.float64)
    weights: Floats = np.bincount(item, weight, minlength=n).astype(np.float64)
    return divide(total, weights)
