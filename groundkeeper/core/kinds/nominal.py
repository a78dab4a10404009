"""One value of a closed vocabulary without an order: a class, or a tag that is there or not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.kinds.pairs import disagreement
from groundkeeper.core.kinds.protocol import Floats, Scale


@dataclass(frozen=True)
class Nominal:
    """Answers that are the same or not."""

    name: str
    fusions: tuple[str, ...]

    def similarity(self, left: pd.Series, right: pd.Series, _scale: Scale) -> Floats:
        """Return ``[n]``: 1 where both are the same, else 0.

        Examples
        --------
        >>> CLASS.similarity(pd.Series(["a", "a"]), pd.Series(["a", "b"]), Scale())
        array([1., 0.])
        """
        same = left.to_numpy(dtype=object) == right.to_numpy(dtype=object)
        return np.asarray(same, dtype=np.float64)

    def fuse(self, values: pd.Series, units: pd.Series, how: str, _scale: Scale) -> pd.Series:
        """Return the one answer of each unit.

        ``mode`` is missing where the most frequent values tie: the experts have not said one thing, and no rule can
        say it for them. ``any`` and ``all`` are of tags.

        Examples
        --------
        >>> said, of = pd.Series(["x", "y", "y", "x", "y"]), pd.Series(["a", "a", "a", "b", "b"])
        >>> CLASS.fuse(said, of, "mode", Scale()).tolist()
        ['y', None]
        """
        if how in {"any", "all"}:
            return values.astype(bool).groupby(units).agg(how).astype(object)
        return mode(values, units)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement``: the share of pairs of answers that differ, by unit."""
        return disagreement(self, values, units, scale)


def mode(values: pd.Series, units: pd.Series) -> pd.Series:
    """Return the most frequent value of each unit; missing where several are equally frequent."""
    counts = values.groupby([units.rename("unit"), values.rename("value")]).size().rename("n")
    table = counts.reset_index()
    table = table[table["n"] == table.groupby("unit")["n"].transform("max")]
    tied = table.duplicated("unit", keep=False)
    of_unit = table.set_index("unit")["value"].astype(object)
    return of_unit.where(~tied.to_numpy()).groupby(level=0).first()


CLASS = Nominal("class", ("mode",))
TAG = Nominal("tag", ("mode", "any", "all"))
