"""Whether experts agree that there is something, and how often two ratings are alike.

Where objects are searched for, agreement on their absence cannot be counted: there is no list of the
things that nobody marked. Positive-specific agreement leaves it out. Of whole items it can be counted:
two experts who both found nothing agree.

References
----------
Cicchetti and Feinstein (1990), High agreement but low kappa: II. Resolving the paradoxes,
J Clin Epidemiol 43:551-558, https://doi.org/10.1016/0895-4356(90)90159-M: the indices p_pos and p_neg.
Fleiss (1971), Measuring nominal scale agreement among many raters,
https://doi.org/10.1037/h0031619: agreeing pairs of many raters.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.krippendorff import Counts
from groundkeeper.core.estimates import Floats


def specific_agreement_pairs(positive: npt.ArrayLike, experts: npt.ArrayLike) -> Floats:
    """Return ``[n, 2]`` of each unit; their summed columns divide to positive-specific agreement.

    Over all pairs of experts who looked at a unit, with a pairs both positive and b + c split,
    positive-specific agreement is ``2a / (2a + b + c)``. A unit with v of m experts positive has
    ``2a = v (v - 1)`` and ``2a + b + c = v (m - 1)``. Negative-specific agreement is the same of the
    m - v others.

    Parameters
    ----------
    positive : int[n]
        How many experts found something.
    experts : int[n]
        How many looked.

    Examples
    --------
    Two experts and ten units; on four both find something, on two only one does: 8 / (8 + 2).

    >>> pairs = specific_agreement_pairs([2, 2, 2, 2, 1, 1, 0, 0, 0, 0], np.full(10, 2))
    >>> pairs.sum(axis=0)
    array([ 8., 10.])
    """
    votes, looked = np.asarray(positive, np.float64), np.asarray(experts, np.float64)
    return np.column_stack([votes * (votes - 1), votes * (looked - 1)])


def overall_agreement_pairs(positive: npt.ArrayLike, experts: npt.ArrayLike) -> Floats:
    """Return ``[n, 2]`` of each unit: pairs of experts who agree that there is something or nothing, all pairs.

    Parameters
    ----------
    positive : int[n]
        How many experts found something.
    experts : int[n]
        How many looked.

    Examples
    --------
    Of four experts three found something: 3 of the 6 pairs agree.

    >>> overall_agreement_pairs([3], [4])
    array([[3., 6.]])
    """
    votes, looked = np.asarray(positive, np.float64), np.asarray(experts, np.float64)
    agreeing = _pairs(votes) + _pairs(looked - votes)
    return np.column_stack([agreeing, _pairs(looked)])


def rating_pairs(counts: Counts, within: int) -> Floats:
    """Return ``[n, 2]`` of each unit: pairs of its ratings at most *within* steps apart, all pairs.

    Parameters
    ----------
    counts : int[n, k]
        How many experts gave each of the k values, in their order.
    within : int
        Steps that two ratings may be apart; 0 is exact agreement.

    Examples
    --------
    Ratings 1, 1, 2 and 4 of one unit: 1 pair is equal, 3 of 6 are within one step.

    >>> counts = np.array([[2, 1, 0, 1]])
    >>> rating_pairs(counts, 0), rating_pairs(counts, 1)
    (array([[1., 6.]]), array([[3., 6.]]))
    """
    ratings = counts.astype(np.float64)
    alike = _pairs(ratings).sum(axis=1)
    for step in range(1, within + 1):
        alike += (ratings[:, :-step] * ratings[:, step:]).sum(axis=1)
    return np.column_stack([alike, _pairs(ratings.sum(axis=1))])


def _pairs(count: Floats) -> Floats:
    return count * (count - 1) / 2
