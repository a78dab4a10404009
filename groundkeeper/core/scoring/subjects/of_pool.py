"""The same figures about the pool: each item counts for as many as it was drawn to stand for."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.measures import Figure

ABOUT_THE_POOL: Final = ("accuracy", "precision", "recall", "f1")
"""Measures that are told of the pool as well."""
OF_POOL: Final = "_of_pool"
WEIGHTED: Final = "items weigh 1 / inclusion probability"


def figures_of_pool(
    figures: Sequence[Figure], subjects: Collection[str], probability: pd.Series
) -> list[Figure]:
    """Return the headlines among *figures* as estimates of what they would be over the pool.

    The estimator is that of Hajek, a ratio of weighted sums. Where all items of a figure were drawn with the same
    probability it would be the same figure again, and there is none.

    Parameters
    ----------
    figures : sequence of Figure
        About the sample.
    subjects : collection of str
        Whose figures are headlines.
    probability : Series
        The inclusion probability of each item, indexed by ``item_id``.

    Examples
    --------
    Both items of a rare stratum were drawn and one of ten of the common one, so that this stands for ten:

    >>> from groundkeeper.core.measures import because
    >>> from groundkeeper.core.scoring.object_figures import SHARE
    >>> right = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    >>> figure = Figure("recall", "ada", np.array(["a", "b", "c"], dtype=object), right, SHARE, because(""))
    >>> (found,) = figures_of_pool([figure], {"ada"}, pd.Series([1.0, 1.0, 0.1], ["a", "b", "c"]))
    >>> found.measure, found.weights.tolist()
    ('recall_of_pool', [1.0, 1.0, 10.0])
    >>> figures_of_pool([figure], {"ada"}, pd.Series(0.1, ["a", "b", "c"]))
    []
    """
    found = []
    for figure in figures:
        if figure.measure not in ABOUT_THE_POOL or figure.subject not in subjects:
            continue
        chance = probability.reindex(figure.item_ids).to_numpy(dtype=np.float64)
        if len(np.unique(chance)) > 1:
            note = "; ".join(filter(None, [WEIGHTED, figure.note]))
            name = f"{figure.measure}{OF_POOL}"
            found.append(replace(figure, measure=name, note=note, weights=1 / chance))
    return found
