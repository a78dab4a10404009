"""Which of two is better: the first, the second, or neither."""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.kinds.nominal import mode
from groundkeeper.core.kinds.pairs import disagreement
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.errors import RefusedError, listing

FIRST: Final = "a"
SECOND: Final = "b"
TIE: Final = "tie"
OUTCOMES: Final = (FIRST, SECOND, TIE)
"""What is said of a pair where a guideline has no words of its own for it."""
_PLACES: Final = (0.0, 1.0, 0.5)
"""Where the three are between the first and the second."""


class Preference:
    """Preferences on one pair. A scale has the words for the first, the second and, where it is allowed, a tie."""

    name = "preference"
    fusions = ("mode",)

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale) -> Floats:
        """Return ``[n]``: 1 for the same, 0 for opposite ones; a tie is half-way between both.

        Raises
        ------
        RefusedError
            If an answer is not one of the words, or the scale has not two or three.

        Examples
        --------
        >>> PREFERENCE.similarity(pd.Series(["a", "a", "tie"]), pd.Series(["b", "tie", "tie"]), Scale())
        array([0. , 0.5, 1. ])
        """
        return np.asarray(1 - np.abs(_places(left, scale) - _places(right, scale)))

    def fuse(self, values: pd.Series, units: pd.Series, _how: str, _scale: Scale) -> pd.Series:
        """Return the most frequent preference of each unit; missing where several are equally frequent.

        Two who prefer the first and two who prefer the second have not said that both are equally good.

        Examples
        --------
        >>> said, of = pd.Series(["a", "a", "b", "a", "b"]), pd.Series(["x", "x", "x", "y", "y"])
        >>> PREFERENCE.fuse(said, of, "mode", Scale()).tolist()
        ['a', None]
        """
        return mode(values, units)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement``, by unit: 1 less the mean similarity of pairs of answers."""
        return disagreement(self, values, units, scale)


def _places(values: pd.Series, scale: Scale) -> Floats:
    words = tuple(scale.places) or OUTCOMES
    if len(words) not in {2, 3}:
        message = (
            f"a preference has {len(words)} words, {listing(words)}; it needs one for the first, one for the second "
            "and, if it is allowed, one for a tie, in this order; correct the values"
        )
        raise RefusedError(message)
    places = values.map(dict(zip(words, _PLACES, strict=False))).astype("float64")
    if places.isna().any():
        foreign = listing(sorted(map(str, values[places.isna()].unique())))
        message = f"found the preferences {foreign}; allowed are {listing(words)}; correct them"
        raise RefusedError(message)
    return np.asarray(places, dtype=np.float64)


PREFERENCE = Preference()
