"""How many raters gave which value to which unit, counted as one would."""

import numpy as np


def counts_of_places(places, k):
    """Return ``[n_units, k]`` of the places ``[n_raters, n_units]`` that raters gave, -1 for none."""
    return (places[..., np.newaxis] == np.arange(k)).sum(axis=0)
