"""Facets: what is known of an item before anybody labels it, cut into levels for tables by facet."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from schemas.names import ITEMS

MISSING = "(missing)"
OTHER = "(other)"
MOST_LEVELS = 20
"""Levels of a text facet that are told apart; the rarer ones are ``OTHER``."""
BINS = 4
"""Bins of a numeric facet with more values than that, cut at the pool's quartiles."""


def facet_names(items: pd.DataFrame) -> list[str]:
    """Return the columns of *items* that are facets: all that the table does not declare itself."""
    return sorted(set(items.columns) - set(ITEMS.columns))


def levels(values: pd.Series) -> pd.Series:
    """Return the level of each value, as text: the value itself, or the bin that it falls into.

    Examples
    --------
    >>> levels(pd.Series(["ct", None, "mr"])).tolist()
    ['ct', '(missing)', 'mr']
    >>> levels(pd.Series([0, 1, 2, 3, 4, 5, 6, 7, 8])).unique().tolist()
    ['1: 0 to 2', '2: above 2 to 4', '3: above 4 to 6', '4: above 6 to 8']
    """
    known = values.dropna()
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return _named(known.astype(str), values.index)
    if known.nunique() <= BINS:
        return _named(known.map("{:g}".format), values.index)
    numbers = known.to_numpy(dtype=np.float64)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)))
    names = np.array(_bin_names(edges.tolist()), dtype=object)
    bins = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(names) - 1)
    return pd.Series(names[bins], known.index, dtype=str).reindex(values.index).fillna(MISSING)


def _named(known: pd.Series, index: pd.Index) -> pd.Series:
    """Return *known* on the whole *index*; all but the most frequent levels as one, ties by name."""
    counts = known.groupby(known).size().rename("n").rename_axis("level").reset_index()
    ranked = counts.sort_values(["n", "level"], ascending=[False, True])["level"]
    kept = known.where(known.isin(ranked.head(MOST_LEVELS)), OTHER)
    return kept.astype(str).reindex(index).fillna(MISSING)


def _bin_names(edges: Sequence[float]) -> list[str]:
    """Return the bins between *edges*, each without its lower edge except the first."""
    return [
        f"{place}: {'' if place == 1 else 'above '}{low:g} to {high:g}"
        for place, (low, high) in enumerate(pairwise(edges), start=1)
    ]
