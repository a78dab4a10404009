"""Answers with an order: numbers, and grades of a closed vocabulary."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.kinds.nominal import mode
from groundkeeper.core.kinds.pairs import disagreement
from groundkeeper.core.kinds.protocol import Floats, Scale


@dataclass(frozen=True)
class Number:
    """Measurements, or whole numbers; these are never between two answers."""

    name: str
    fusions: tuple[str, ...]
    whole: bool

    def similarity(self, left: pd.Series, right: pd.Series, _scale: Scale) -> Floats:
        """Return ``[n]``: ``1 / (1 + distance)``, so that only the same number is fully alike, in the unit it has.

        Examples
        --------
        >>> NUMBER.similarity(pd.Series([2.0, 2.0]), pd.Series([2.0, 5.0]), Scale())
        array([1.  , 0.25])
        """
        apart = left.to_numpy(dtype=np.float64) - right.to_numpy(dtype=np.float64)
        return np.asarray(1 / (1 + np.abs(apart)), dtype=np.float64)

    def fuse(self, values: pd.Series, units: pd.Series, how: str, _scale: Scale) -> pd.Series:
        """Return the one number of each unit.

        The median of an even number of measurements is the mean of the middle two, of whole numbers the lower one.
        """
        if how == "mode":
            return mode(values, units)
        if how == "median" and self.whole:
            return lower_median(values.astype("float64"), units)
        return values.astype("float64").groupby(units).agg(how)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``low, high, disagreement`` of each unit."""
        numbers = values.astype("float64").groupby(units)
        apart = disagreement(self, values, units, scale)
        return apart.assign(low=numbers.min(), high=numbers.max())[["low", "high", "disagreement"]]


class Ordinal:
    """Grades: values of a vocabulary that has an order."""

    name = "ordinal"
    fusions = ("median", "mode", "max", "min")

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale) -> Floats:
        """Return ``[n]``: 1 less the steps between both over the steps from the lowest to the highest grade.

        Examples
        --------
        >>> scale = Scale(("low", "middling", "high"))
        >>> ORDINAL.similarity(pd.Series(["low", "low"]), pd.Series(["middling", "high"]), scale)
        array([0.5, 0. ])
        """
        steps = np.abs(_ranks(left, scale).to_numpy() - _ranks(right, scale).to_numpy())
        return np.asarray(1 - steps / max(1, len(scale.values) - 1), dtype=np.float64)

    def fuse(self, values: pd.Series, units: pd.Series, how: str, scale: Scale) -> pd.Series:
        """Return the one grade of each unit; the median is the lower of the middle two, one that somebody gave.

        Examples
        --------
        >>> said, of = pd.Series([1, 4, 5, 2]), pd.Series(["a", "a", "a", "b"])
        >>> ORDINAL.fuse(said, of, "median", Scale((1, 2, 3, 4, 5))).to_dict()
        {'a': 4, 'b': 2}
        """
        ranks = _ranks(values, scale)
        named = {"median": lower_median, "mode": mode}
        fused: pd.Series = (
            named[how](ranks, units) if how in named else ranks.groupby(units).agg(how)
        )
        return fused.map(dict(enumerate(scale.values)))

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``low, high, disagreement`` of each unit, the first two as grades."""
        ranks, grades = _ranks(values, scale).groupby(units), dict(enumerate(scale.values))
        apart = disagreement(self, values, units, scale)
        ends = apart.assign(low=ranks.min().map(grades), high=ranks.max().map(grades))
        return ends[["low", "high", "disagreement"]]


def lower_median(values: pd.Series, units: pd.Series) -> pd.Series:
    """Return of each unit the middle value, or the lower of the middle two."""
    ordered = values.to_frame("value").assign(unit=units).sort_values(["unit", "value"])
    place = ordered.groupby("unit").cumcount()
    size = ordered.groupby("unit")["value"].transform("size")
    return ordered[place == (size - 1) // 2].set_index("unit")["value"]


def _ranks(values: pd.Series, scale: Scale) -> pd.Series:
    ranks: pd.Series = values.map(scale.places).astype("float64")
    return ranks


NUMBER = Number("number", ("median", "mean", "max", "min"), whole=False)
INTEGER = Number("integer", ("median", "mode", "max", "min"), whole=True)
ORDINAL = Ordinal()
