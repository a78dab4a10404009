"""Agreement on one class at a time.

References
----------
Cicchetti and Feinstein (1990), https://doi.org/10.1016/0895-4356(90)90159-M: specific agreement.
Fleiss (1971), https://doi.org/10.1037/h0031619: agreement on one category, and kappa of it.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.presence import specific_agreement_pairs
from groundkeeper.core.estimates import Floats


def specific_agreement_sums(counts: npt.NDArray[np.number]) -> Floats:
    """Return ``[n_units, k, 2]``: what each unit adds to the specific agreement on each class.

    Summed and divided it is the probability that, if one rater says the class, another says it too.

    Parameters
    ----------
    counts : int[n_units, k]
        How many raters gave each of the k values to each unit.

    Examples
    --------
    One unit with the ratings a, a, b: of the four chances of another rater on the two who said a, two agree.

    >>> specific_agreement_sums(np.array([[2, 1]]))[0].tolist()
    [[2.0, 4.0], [0.0, 2.0]]
    """
    if not counts.shape[1]:
        return np.zeros((len(counts), 0, 2))
    ratings = counts.sum(axis=1)
    of_class = [specific_agreement_pairs(column, ratings) for column in counts.T]
    return np.stack(of_class, axis=1)


def one_against_rest(counts: npt.NDArray[np.number], place: int) -> npt.NDArray[np.number]:
    """Return ``[n_units, 2]``: how many ratings are of the class at *place*, and how many are not.

    Every coefficient can be had of it. Fleiss' kappa of it is his kappa of a category.

    Examples
    --------
    >>> one_against_rest(np.array([[2, 1, 1], [0, 4, 0]]), 1).tolist()
    [[1, 3], [4, 0]]
    """
    of_class = counts[:, place]
    return np.column_stack([of_class, counts.sum(axis=1) - of_class])
