"""What n shapes of several experts make together: one row for every thing that somebody drew."""

from dataclasses import dataclass

import numpy as np

from groundkeeper.core.shapes.drawn import Clusters, Drawn, Floats, Integers, Pairs
from groundkeeper.core.shapes.label_votes import LabelVotes, label_votes
from groundkeeper.core.shapes.stacks import pairs_in_stacks


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """What is known of each of g records, whatever was drawn.

    Attributes
    ----------
    item : int64[g]
        Ascending.
    votes : int64[g]
        How many annotators drew it.
    experts : int64[g]
        How many looked at its item, those who drew nothing there among them.
    said : LabelVotes
        What it is said to be.
    exact : bool[g]
        Whether it is known that nothing around it could be put together better.
    """

    item: Integers
    votes: Integers
    experts: Integers
    said: LabelVotes
    exact: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.item)

    @property
    def support(self) -> Floats:
        """The share of those who looked that drew it, 0 to 1, float64 [g]."""
        return self.votes / self.experts


def merge(drawn: Drawn, clusters: Clusters) -> Merged:
    """Return what the annotators say together of each cluster of shapes.

    Examples
    --------
    Two of three people mark the same thing, and one of them a second one:

    >>> drawn = Drawn(*(np.array(c) for c in ([0, 0, 0], [0, 1, 1], [4, 4, 4])), *np.array([[0], [2]]))
    >>> merged = merge(drawn, Clusters(np.array([0, 0, 1]), np.array([True, True])))
    >>> merged.votes, merged.experts
    (array([2, 1]), array([3, 3]))
    """
    record, n_records = clusters.record, len(clusters)
    item = clusters.items(drawn)
    return Merged(
        item,
        np.bincount(record, minlength=n_records),
        looked_at(drawn)[item],
        label_votes(drawn.label, record, n_records),
        clusters.exact,
    )


def lookers(drawn: Drawn) -> tuple[Integers, Integers]:
    """Return who looked at what, each once: items and annotators, ascending, int64 [l] each."""
    item = np.concatenate([drawn.item, drawn.empty_item])
    annotator = np.concatenate([drawn.annotator, drawn.empty_annotator])
    width = int(annotator.max(initial=0)) + 1
    key = np.unique(item * width + annotator)
    return key // width, key % width


def looked_at(drawn: Drawn) -> Integers:
    """Return how many annotators looked at each item, int64 [last item + 1]."""
    item, _ = lookers(drawn)
    return np.bincount(item)


def within(record: Integers, n_records: int) -> tuple[Integers, Integers]:
    """Return every two members of one record, ``left < right``, sorted by both, int64 [p] each.

    Examples
    --------
    >>> within(np.array([0, 1, 0, 0]), 2)
    (array([0, 0, 2]), array([2, 3, 3]))
    """
    left, right = pairs_in_stacks(record, n_records)
    order = np.lexsort((right, left))
    return left[order], right[order]


def mean_similarity(pairs: Pairs, record: Integers, n_records: int) -> Floats:
    """Return the mean similarity of all pairs of members of each record, nan where there is one member, float64 [g].

    Parameters
    ----------
    pairs : Pairs
        How alike shapes are; a pair that is not here has nothing in common.
    record : int64[n]
        The record of each shape.
    n_records : int
        How many records there are.
    """
    same = record[pairs.left] == record[pairs.right]
    of_pair = record[pairs.left[same]]
    alike = pairs.similarity[same]
    order = np.lexsort((alike, of_pair))
    summed = np.bincount(of_pair[order], alike[order], minlength=n_records)
    members = np.bincount(record, minlength=n_records)
    possible = members * (members - 1) / 2
    return summed / np.where(possible > 0, possible, np.nan)
