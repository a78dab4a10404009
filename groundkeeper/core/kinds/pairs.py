"""Answers of one unit, two by two."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.kinds.protocol import Kind, Scale

Places = npt.NDArray[np.intp]


def pairs_of(units: pd.Series) -> tuple[Places, Places]:
    """Return the places of the two answers of every pair within a unit, each pair once.

    Parameters
    ----------
    units : Series
        Of which unit each of n answers is.

    Returns
    -------
    left, right : int[m]

    Examples
    --------
    >>> left, right = pairs_of(pd.Series(["a", "b", "a", "a"]))
    >>> list(zip(left.tolist(), right.tolist()))
    [(0, 2), (0, 3), (2, 3)]
    """
    codes, _ = pd.factorize(units)
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    after = np.repeat(sizes, sizes) - _place_within(sizes) - 1
    left = np.repeat(np.arange(len(order)), after)
    right = left + 1 + _place_within(after)
    return order[left], order[right]


def disagreement(kind: Kind, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
    """Return the frame ``disagreement``, by unit: 1 less the mean similarity of its pairs; nan without a pair."""
    left, right = pairs_of(units)
    alike = kind.similarity(values.iloc[left], values.iloc[right], scale)
    of_pairs = pd.Series(1 - alike).groupby(units.iloc[left].to_numpy()).mean()
    names = pd.Index(np.sort(units.unique()), name=units.name)
    return pd.DataFrame({"disagreement": of_pairs.reindex(names).astype("float64")}, index=names)


def _place_within(sizes: npt.NDArray[np.integer]) -> Places:
    """Return 0, 1, ... anew for each of the blocks of *sizes* that follow one another."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    found: Places = np.arange(total) - np.repeat(ends - sizes, sizes)
    return found
