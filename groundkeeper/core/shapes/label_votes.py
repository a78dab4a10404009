"""What several experts said one thing is, counted."""

from typing import NamedTuple

import numpy as np

from groundkeeper.core.shapes.drawn import NO_LABEL, Floats, Integers


class LabelVotes(NamedTuple):
    """The label of each of g groups, ``NO_LABEL`` where nobody named one or the most votes are tied, and its votes.

    Attributes
    ----------
    label : int64[g]
    votes : int64[g]
        How many members said it; of a tie, how many each side has.
    named : int64[g]
        How many members named a label.
    tied : bool[g]
    """

    label: Integers
    votes: Integers
    named: Integers
    tied: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @property
    def support(self) -> Floats:
        """The share of those who named a label, nan where nobody did, float64 [g]."""
        return self.votes / np.where(self.named > 0, self.named, np.nan)


def label_votes(label: Integers, group: Integers, n_groups: int) -> LabelVotes:
    """Return the label that most members of each group said.

    Parameters
    ----------
    label : int64[n]
        What each member said, ``NO_LABEL`` if nothing.
    group : int64[n]
        0 to ``n_groups - 1``.
    n_groups : int
        How many groups there are.

    Examples
    --------
    >>> label_votes(np.array([7, 7, 3, 3, 5]), np.array([0, 0, 0, 1, 1]), 2)[:2]
    (array([ 7, -1]), array([2, 1]))
    """
    said = label != NO_LABEL
    named = np.bincount(group[said], minlength=n_groups)
    best = np.full(n_groups, NO_LABEL, dtype=np.int64)
    most, ways = np.zeros(n_groups, dtype=np.int64), np.zeros(n_groups, dtype=np.int64)
    if said.any():
        order = np.lexsort((label[said], group[said]))
        labels, groups = label[said][order], group[said][order]
        first = np.flatnonzero(np.r_[True, (np.diff(groups) != 0) | (np.diff(labels) != 0)])
        counts = np.diff(np.r_[first, len(groups)])
        np.maximum.at(most, groups[first], counts)
        winning = counts == most[groups[first]]
        best[groups[first[winning]]] = labels[first[winning]]
        ways = np.bincount(groups[first[winning]], minlength=n_groups)
    tied = ways > 1
    best[tied] = NO_LABEL
    return LabelVotes(best, most, named, tied)
