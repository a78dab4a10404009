"""Which of several assignments that are as good CVAT has: the one that its solver finds first in its matrices.

References
----------
CVAT, quality_control/quality_reports.py, ``_match_segments``: a square matrix of distances for each frame and kind of
shape, 1 where two are too little alike or one of them is not there, is handed to SciPy's ``linear_sum_assignment``.
"""

from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.objects.places import Places
from groundkeeper.core.scoring.objects.sides import NONE, Near, Rows
from groundkeeper.core.shapes.drawn import Floats, Integers


def solved(
    truth: Places, said: Places, near: Near, alike: Integers, unsettled: Integers
) -> Integers:
    """Return those of the pairs *unsettled* that CVAT's solver matches, in their order, int64 [m].

    Parameters
    ----------
    truth, said
        All that is in the matrices, with ``rows``: where nothing is like anything, rows and columns count too.
    near
        Pairs of them.
    alike
        Places among *near* of all pairs that may be matched, ascending, int64.
    unsettled
        Those of which it is asked; only matrices that hold any are solved.

    Examples
    --------
    Both are as alike, and the second one comes first:

    >>> zero, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    >>> near = Near(two, np.arange(2), np.array([0.9, 0.9]), np.zeros(2, bool))
    >>> places = [Places(unit, unit, Rows(unit, rank)) for unit, rank in ((zero, zero), (two, np.array([1, 0])))]
    >>> solved(*places, near, np.arange(2), np.arange(2))
    array([1])
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - half a second, which most frames do without

    kinds = 1 + max(int(side.rows.kind.max(initial=NONE)) for side in (truth, said) if side.rows)
    ours, theirs = (_Ordered.of(side, kinds) for side in (truth, said))
    matrix = ours.matrix[near.truth[alike]]
    by_matrix = np.argsort(matrix, kind="stable")
    alike, matrix = alike[by_matrix], matrix[by_matrix]
    found = np.zeros(len(near.truth), dtype=np.bool_)
    for one in np.unique(ours.matrix[near.truth[unsettled]]).tolist():
        pairs = alike[slice(*np.searchsorted(matrix, [one, one + 1]))]
        row, column = ours.line[near.truth[pairs]], theirs.line[near.said[pairs]]
        size = max(ours.size(one), theirs.size(one))
        distance = np.ones((size, size))
        distance[row, column] = 1 - _similarity(truth, said, near, pairs)
        found[pairs] = linear_sum_assignment(distance)[1][row] == column
    return unsettled[found[unsettled]]


def _similarity(truth: Places, said: Places, near: Near, pairs: Integers) -> Floats:
    """Return how alike the *pairs* of one matrix are; statements are half alike whatever their labels, float64 [p]."""
    if truth.rows is None or truth.rows.kind[near.truth[pairs[0]]] != NONE:
        return near.similarity[pairs]
    same = truth.label[near.truth[pairs]] == said.label[near.said[pairs]]
    return np.where(same, 1.0, 0.5)


class _Ordered(NamedTuple):
    """The matrix of each thing of a side, its own row or column of that, and all matrices in order, int64 [n] each."""

    matrix: Integers
    line: Integers
    in_order: Integers

    @classmethod
    def of(cls, side: Places, kinds: int) -> "_Ordered":
        kind, rank = side.rows or Rows(side.label, side.label)
        matrix = side.unit * (kinds + 1) + kind - NONE
        order = np.lexsort((rank, matrix))
        in_order = matrix[order]
        line = np.empty(len(order), dtype=np.int64)
        line[order] = np.arange(len(order)) - np.searchsorted(in_order, in_order)
        return cls(matrix, line, in_order)

    def size(self, matrix: int) -> int:
        """Return how many things are in a matrix."""
        first, last = np.searchsorted(self.in_order, [matrix, matrix + 1])
        return int(last - first)
