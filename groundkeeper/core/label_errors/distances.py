"""How far labels with an order are from what is predicted: a wrong label by one step is not one by four."""

import math
from typing import Final

import numpy as np

from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.errors import TableError

NORMAL_MAD: Final = 1.482602218505602
"""Standard deviation of a normal variable over its median absolute deviation."""
FEWEST_RESIDUALS: Final = 10
"""With fewer, how far predictions usually are off is not known."""

_tail: Final = np.vectorize(lambda z: math.erfc(z / math.sqrt(2)), otypes=[np.float64])


def expected_distance(predicted: Predicted, place: Floats | None = None) -> Floats:
    """Return how far each label is expected to be from the true one, over the length of the scale, float64 [n].

    From 0 to 1. One less it is a quality.

    Parameters
    ----------
    predicted
        Its classes in the order of the scale.
    place
        Where each class stands on the scale, ascending, float64 [k]; without it one step apart.

    Raises
    ------
    TableError
        If places do not ascend, or are fewer than two.

    Examples
    --------
    >>> one = Predicted(np.array([0, 0]), np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]))
    >>> expected_distance(one).tolist()
    [0.25, 0.5]
    """
    places = np.arange(predicted.classes, dtype=np.float64) if place is None else place
    if len(places) < 2 or not (np.diff(places) > 0).all():  # noqa: PLR2004 - a scale has two ends
        msg = f"found the places {places.tolist()} on a scale; allowed are two at least, ascending"
        raise TableError(msg)
    apart = np.abs(places[:, None] - places) / (places[-1] - places[0])
    found: Floats = (predicted.probability * apart[predicted.label]).sum(axis=1)
    return found


def residual_quality(given: Floats, predicted: Floats, spread: Floats | None = None) -> Floats:
    """Return how often a normal error would be larger than the one of each number *given*, 0 to 1, float64 [n].

    Parameters
    ----------
    given, predicted
        float64 [n]; nan is unknown.
    spread
        Standard deviation of each prediction, float64 [n]. Without it all share one, from the median absolute
        residual, which wrong labels hardly move; it needs ten at least.

    Returns
    -------
    Floats
        nan where a number, or the spread, is unknown or not above 0.

    Examples
    --------
    >>> residual_quality(np.array([1.96, 0.0]), np.zeros(2), np.ones(2)).round(3).tolist()
    [0.05, 1.0]
    """
    off = np.abs(given - predicted)
    usual = _usual(off) if spread is None else spread
    known = ~np.isnan(off) & (usual > 0)
    return np.where(
        known, _tail(np.divide(off, usual, out=np.zeros(len(off)), where=known)), np.nan
    )


def _usual(off: Floats) -> Floats:
    known = off[~np.isnan(off)]
    enough = len(known) >= FEWEST_RESIDUALS
    return np.full(len(off), NORMAL_MAD * float(np.median(known)) if enough else np.nan)
