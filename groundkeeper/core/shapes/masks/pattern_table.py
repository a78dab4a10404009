"""Patterns of votes in the order in which an inference adds them up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.vote_patterns import INSIDE, NOT_ASKED, OUTSIDE, Votes
from groundkeeper.errors import TableError


@dataclass(frozen=True, slots=True, eq=False)
class PatternTable:
    """Different patterns of votes, group by group, each group with some.

    Attributes
    ----------
    drew, left
        Whether an annotator drew a pattern or left it out, 1 or 0; neither of who was not asked, float64 [p, a].
    weight
        Pixels or area of each pattern, float64 [p].
    group, first
        The group of each pattern, numbered from 0, int64 [p], and the first pattern of each group, int64 [g].
    """

    drew: Floats
    left: Floats
    weight: Floats
    group: Integers
    first: Integers

    def of_pattern(self, of_group: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return to each pattern what its group has, [p, ...]."""
        found: npt.NDArray[Any] = of_group[self.group]
        return found

    def summed(self, of_pattern: Floats) -> Floats:
        """Return the sum over each group's patterns, [g, ...]."""
        found: Floats = np.add.reduceat(of_pattern, self.first, axis=0)
        return found

    def keep(self, groups: npt.NDArray[np.bool_]) -> "PatternTable":
        """Return the patterns of some of the groups."""
        patterns = groups[self.group]
        group = (np.cumsum(groups) - 1)[self.group[patterns]]
        first = np.flatnonzero(np.diff(group, prepend=-1))
        return PatternTable(
            self.drew[patterns], self.left[patterns], self.weight[patterns], group, first
        )


def pattern_table(
    votes: Votes, weight: Floats, group: Integers
) -> tuple[PatternTable, npt.NDArray[np.intp]]:
    """Return the different patterns of each group in ascending order, and for each row the place of its like.

    So sums do not depend on the order of the rows; see ``staple.staple`` for the columns.

    Raises
    ------
    TableError
        If columns do not belong together, or a group has no weight.
    """
    _refuse(votes, weight, group)
    rows = np.column_stack([group, votes.astype(np.int64)])
    order = np.lexsort([weight, *rows.T[::-1]])
    ordered = rows[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    code = np.empty(len(rows), np.intp)
    code[order] = np.cumsum(new) - 1
    different = ordered[new]
    merged: Floats = np.add.reduceat(weight[order], np.flatnonzero(new))
    first = np.flatnonzero(np.diff(different[:, 0], prepend=-1))
    said = different[:, 1:]
    drew, left = (said == INSIDE).astype(np.float64), (said == OUTSIDE).astype(np.float64)
    return PatternTable(drew, left, merged, different[:, 0], first), code


def _refuse(votes: Votes, weight: Floats, group: Integers) -> None:
    fits = len(votes) == len(weight) == len(group) and bool((weight >= 0).all())
    fits = fits and bool((group >= 0).all())
    if not fits or (np.bincount(group, weights=weight) <= 0).any():
        msg = (
            f"found {len(votes)} patterns, {len(weight)} weights and {len(group)} groups; allowed are as many of each, "
            "no weight below 0, groups numbered from 0, and none without weight"
        )
        raise TableError(msg)
    strange = ~np.isin(votes, (INSIDE, OUTSIDE, NOT_ASKED))
    if strange.any():
        msg = (
            f"found a vote of {votes[strange][0]}; allowed are 1 inside, 0 outside and -1 not asked"
        )
        raise TableError(msg)
