"""How much two different ratings agree: a weight from 0, as far apart as can be, to 1, the same.

Weights turn a coefficient for classes into one for grades or numbers: ``quadratic`` makes alpha that of the interval
scale and Cohen's kappa close to the intraclass correlation.

References
----------
Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, section 3.5: all of these.
Cohen (1968), Weighted kappa, Psychol Bull 70:213-220, https://doi.org/10.1037/h0026256.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Floats, divide
from groundkeeper.core.magnitude import moderate
from groundkeeper.errors import RefusedError, UnknownNameError, listing

Weighting: TypeAlias = Literal[
    "identity", "linear", "quadratic", "radical", "ordinal", "ratio", "circular", "bipolar"
]


def agreement_weights(weighting: Weighting, values: npt.ArrayLike) -> Floats:
    """Return ``[k, k]``: how much any two of *values* agree; symmetric, 1 on the diagonal.

    Parameters
    ----------
    weighting : str
        ``identity``: only the same agree. ``linear``, ``quadratic``, ``radical``: by the first, second and half power
        of the difference. ``ordinal``: by the number of pairs of grades that lie between, whatever the values.
        ``ratio``: by the squared difference over the sum. ``circular``: the last is next to the first.
        ``bipolar``: differences weigh more towards the ends.
    values : float[k] or str[k]
        The values in their order; of texts their places 1 to k count.

    Raises
    ------
    UnknownNameError
        If there is no such weighting.
    RefusedError
        If a value is infinite, or none.

    Examples
    --------
    >>> agreement_weights("quadratic", [1, 2, 3])[0].tolist()
    [1.0, 0.75, 0.0]
    >>> agreement_weights("ordinal", ["low", "middling", "high"])[0].round(3).tolist()
    [1.0, 0.667, 0.0]
    """
    if weighting not in get_args(Weighting):
        raise UnknownNameError("weighting", str(weighting), get_args(Weighting))
    places = _numbers(values)
    if len(places) <= 1:
        return np.ones((len(places), len(places)))
    apart = np.ones((len(places), len(places))) - np.eye(len(places))
    if weighting != "identity":
        apart = _APART[weighting](places)
    # Values that are all the same to the weighting agree.
    return np.asarray(1 - np.nan_to_num(divide(apart, np.asarray(apart.max()))))


def _numbers(values: npt.ArrayLike) -> Floats:
    given = np.asarray(values)
    if np.issubdtype(given.dtype, np.number) or given.dtype == np.bool_:
        numbers = given.astype(np.float64)
        if not np.isfinite(numbers).all():
            message = (
                f"found the values {listing(numbers)}; weights need finite numbers; correct them"
            )
            raise RefusedError(message)
        return numbers
    return np.arange(len(given), dtype=np.float64) + 1


def _differences(values: Floats) -> Floats:
    return np.abs(values[:, None] - values[None])


def _ordinal(values: Floats) -> Floats:
    steps = _differences(np.arange(1.0, len(values) + 1))
    return steps * (steps + 1) / 2


def _ratio(values: Floats) -> Floats:
    quarter = values / 4  # so that neither a sum nor a difference overflows
    quotient = divide(_differences(quarter), quarter[:, None] + quarter[None])
    return np.asarray(np.square(np.nan_to_num(quotient)))


def _circular(values: Floats) -> Floats:
    quarter = values / 4
    around = quarter.max() - quarter.min() + 0.25
    sines = np.sin(np.pi * _differences(quarter) / around)
    # Squares of tiny sines would vanish.
    return np.square(moderate(sines)[0])


def _bipolar(values: Floats) -> Floats:
    points, _ = moderate(values)
    sums = points[:, None] + points[None]
    ends = (sums - 2 * points.min()) * (2 * points.max() - sums)
    return np.nan_to_num(divide(np.square(_differences(points)), ends))


_APART: Final[Mapping[str, Callable[[Floats], Floats]]] = MappingProxyType(
    {
        "linear": lambda values: _differences(moderate(values)[0]),
        "quadratic": lambda values: np.square(_differences(moderate(values)[0])),
        "radical": lambda values: np.sqrt(_differences(moderate(values)[0])),
        "ordinal": _ordinal,
        "ratio": _ratio,
        "circular": _circular,
        "bipolar": _bipolar,
    }
)
