"""Two sets of shapes of the same items held against one another, one to one: what fits, and what is left over.

The shapes are matched first, as well as they fit in all; then their labels say whether what fits is the same, too. A
label does not decide what a shape is matched with, but where shapes fit equally well.
"""

from typing import NamedTuple

import numpy as np

from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers, Pairs
from groundkeeper.errors import TableError


class TwoSets(NamedTuple):
    """What of the one set fits what of the other; places among the shapes of both.

    Attributes
    ----------
    left, right : int64[m]
        The pairs that were matched, by ``left``: of the lower annotator's code, and of the higher one's.
    similarity : float64[m]
    same_label : bool[m]
        Whether the labels of a pair are the same, too.
    left_alone, right_alone : int64[]
        The others.
    """

    left: Integers
    right: Integers
    similarity: Floats
    same_label: np.ndarray[tuple[int], np.dtype[np.bool_]]
    left_alone: Integers
    right_alone: Integers


def match_two_sets(drawn: Drawn, pairs: Pairs, at_least: float) -> TwoSets:
    """Return the one-to-one matching of two annotators' shapes with the largest sum of similarity.

    Parameters
    ----------
    drawn : Drawn
        The shapes of both, each set an annotator.
    pairs : Pairs
        The pairs that have anything in common.
    at_least : float
        The similarity from which on two shapes may be matched, above 0, at most 1.

    Raises
    ------
    TableError
        If there are shapes of more than two annotators.

    Examples
    --------
    >>> drawn = Drawn(np.zeros(3, np.int64), np.array([0, 1, 1]), np.array([5, 5, 6]))
    >>> fits = match_two_sets(drawn, Pairs(np.array([0, 0]), np.array([1, 2]), np.array([0.6, 0.9])), 0.5)
    >>> fits.left, fits.right, fits.same_label, fits.right_alone
    (array([0]), array([2]), array([False]), array([1]))
    """
    sides = np.unique(drawn.annotator)
    if len(sides) > 2:  # noqa: PLR2004 - two sets
        msg = f"found shapes of {len(sides)} annotators; allowed are those of two sets"
        raise TableError(msg)
    record = cluster_pairs(drawn, pairs, at_least).record
    matched = record[pairs.left] == record[pairs.right]
    ends = np.column_stack([pairs.left[matched], pairs.right[matched]])
    similarity = pairs.similarity[matched]
    is_first = drawn.annotator == sides[:1]
    turned = ~is_first[ends[:, 0]]
    ends[turned] = ends[turned, ::-1]
    order = np.argsort(ends[:, 0])
    left, right = ends[order].T
    alone = np.ones(len(drawn), dtype=np.bool_)
    alone[ends] = False
    return TwoSets(
        left,
        right,
        similarity[order],
        drawn.label[left] == drawn.label[right],
        np.flatnonzero(alone & is_first),
        np.flatnonzero(alone & ~is_first),
    )
