"""Pixels that the same annotators drew, put together: a million pixels have a few dozen patterns of votes."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import numbered
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.mask_votes import sizes_of_groups
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.errors import TableError, listing

Votes: TypeAlias = npt.NDArray[np.int8]
"""One row a pattern, one column an annotator: ``INSIDE``, ``OUTSIDE`` or ``NOT_ASKED``."""

INSIDE, OUTSIDE, NOT_ASKED = 1, 0, -1
BITS = 62
"""Masks of one group that are told apart by the bits of one word."""
MOST_BITS, MOST_KEYS = 20, 1 << 22
"""Masks of one group, and groups with their possible patterns, that are counted in an array of their own size."""


@dataclass(frozen=True, slots=True, eq=False)
class VotePatterns:
    """The different patterns of votes in the domain of each group, and where they are.

    Attributes
    ----------
    votes
        Who drew the pixels of each pattern, int8 [p, annotators].
    weight
        How many pixels there are of each, float64 [p].
    group
        The group of each, ascending, int64 [p]; within a group they ascend by who drew.
    height, width
        Sizes of the pictures of the groups in px, int64 [groups].
    place
        Where pixels of a pattern begin on the ``mask_line`` of the groups, ascending, int64 [s].
    pattern
        Which pattern begins there, int64 [s].
    """

    votes: Votes
    weight: Floats
    group: Integers
    height: Integers
    width: Integers
    place: Integers
    pattern: Integers

    def masks(self, inside: npt.NDArray[np.bool_]) -> Masks:
        """Return of each group the pixels whose patterns are *inside*, bool [p]; what nobody drew is never."""
        drawn = inside & (self.votes == INSIDE).any(axis=1)
        changed = np.diff(drawn[self.pattern], prepend=False)
        return Masks.of_changes(self.place[changed], self.height, self.width)


def vote_patterns(
    masks: Masks,
    group: Integers,
    annotator: Integers,
    asked: npt.NDArray[np.bool_],
    margin: int = 1,
) -> VotePatterns:
    """Return the patterns of votes in the smallest box around all masks of each group, grown by *margin* pixels.

    Parameters
    ----------
    masks : Masks
        What was drawn; an annotator has at most one mask in a group.
    group : int64[n]
        The group of each mask, 0 to the number of groups - 1; each has a mask, and all of a group are of one size.
    annotator : int64[n]
        Who drew it: a column of *asked*.
    asked : bool[groups, annotators]
        Who could have drawn something in a group. Who did and has no mask votes against every pixel.
    margin : int
        How far the domain goes on beyond what was drawn, px; it ends with the picture.

    Raises
    ------
    TableError
        If a group has no mask or masks of several sizes, or a mask is of somebody not asked or has company.

    Examples
    --------
    >>> two = Masks.of_dense(np.array([[[1, 1, 0, 0, 0]], [[0, 1, 1, 0, 0]]], dtype=bool))
    >>> found = vote_patterns(two, np.zeros(2, np.int64), np.arange(2), np.ones((1, 2), dtype=bool))
    >>> found.votes.tolist(), found.weight.tolist()
    ([[0, 0], [1, 0], [0, 1], [1, 1]], [1.0, 1.0, 1.0, 1.0])
    """
    height, width = sizes_of_groups(masks, group, len(asked))
    _refuse_strangers(group, annotator, asked)
    line = mask_line(height, width)
    nth, drawers = _numbered(group, annotator, len(asked))
    place, bits = _stretches(masks, line[group], nth)
    first = np.searchsorted(place, line)
    owner = np.repeat(np.arange(len(asked)), np.diff(first))
    different, code = _different(owner, bits, drawers)
    lengths = np.diff(place, append=line[-1])
    weight = np.bincount(code, weights=lengths, minlength=len(different)).astype(np.float64)
    found = different[:, 0]
    nobody = ~different[:, 1:].any(axis=1)
    domain = _domains(masks, group, (height, width), margin)
    weight[nobody] = 0
    weight[nobody] = domain - np.bincount(found, weights=weight, minlength=len(asked))
    votes = _spelled(different[:, 1:], drawers[found], asked[found])
    return VotePatterns(votes, weight, found, height, width, place, code)


def _refuse_strangers(group: Integers, annotator: Integers, asked: npt.NDArray[np.bool_]) -> None:
    strange = ~asked[group, annotator]
    drawn = np.bincount(group * asked.shape[1] + annotator, minlength=asked.size)
    twice = np.flatnonzero(drawn > 1) // max(asked.shape[1], 1)
    if strange.any() or len(twice):
        msg = (
            f"groups {listing(np.unique(group[strange]).tolist())}: found masks of annotators who were not asked; "
            f"groups {listing(np.unique(twice).tolist())}: found two masks of one annotator; allowed is one mask of "
            "each who was asked"
        )
        raise TableError(msg)


def _numbered(group: Integers, annotator: Integers, n_groups: int) -> tuple[Integers, Integers]:
    """Return the number of each mask in its group, by annotator, and who drew those [groups, most], -1 nobody."""
    order = np.lexsort([annotator, group])
    size = np.bincount(group, minlength=n_groups)
    nth = np.empty(len(group), np.int64)
    nth[order] = numbered(size)
    drawers = np.full((n_groups, int(size.max(initial=0))), -1, np.int64)
    drawers[group, nth] = annotator
    return nth, drawers


def _stretches(masks: Masks, begins: Integers, nth: Integers) -> tuple[Integers, Integers]:
    """Return where votes change, ascending, and who has drawn from there on, as bits [s, words]."""
    runs = np.repeat(np.arange(len(masks)), 2 * np.diff(masks.first))
    places = np.stack([masks.start, masks.end], axis=1).reshape(-1) + begins[runs]
    order = np.argsort(places, kind="stable")
    place, who = places[order], runs[order]
    last = np.diff(place, append=-1) != 0
    word, bit = np.divmod(nth, BITS)
    words = [
        # Who begins or ends changes one bit; after the last end of a picture all are 0 again.
        np.bitwise_xor.accumulate(np.where(word == number, 1 << bit, 0)[who])[last]
        for number in range(int(nth.max(initial=0)) // BITS + 1)
    ]
    return place[last], np.stack(words, axis=1)


def _different(
    owner: Integers, bits: Integers, drawers: Integers
) -> tuple[Integers, npt.NDArray[np.intp]]:
    """Return the different groups and bits, ascending, that of nobody in every group among them, and which each is."""
    n_groups, most = drawers.shape
    if most <= MOST_BITS and n_groups << most <= MOST_KEYS:
        keys = owner << most | bits[:, 0]
        present = np.zeros(n_groups << most, np.bool_)
        present[keys] = True
        present[:: 1 << most] = True
        group, drew = np.divmod(np.flatnonzero(present), 1 << most)
        return np.column_stack([group, drew]), (np.cumsum(present) - 1)[keys]
    nobody = np.zeros((n_groups, bits.shape[1]), np.int64)
    rows = np.column_stack([np.append(np.arange(n_groups), owner), np.vstack([nobody, bits])])
    different, code = np.unique(rows, axis=0, return_inverse=True)
    return different, code.reshape(-1)[n_groups:]


def _domains(masks: Masks, group: Integers, size: tuple[Integers, Integers], margin: int) -> Floats:
    """Return how many pixels the domain of each group has; from the corner on if it is empty, float64 [groups]."""
    height, width = size
    n_groups = len(height)
    low, high = np.full((n_groups, 2), np.inf), np.full((n_groups, 2), -np.inf)
    bounds = masks.bounds
    some = ~np.isnan(bounds[:, 0])
    np.minimum.at(low, group[some], bounds[some, :2])
    np.maximum.at(high, group[some], bounds[some, 2:])
    picture = np.column_stack([width, height])
    empty = high < low
    low[empty], high[empty] = 0, 1
    sides = np.minimum(high + margin, picture) - np.maximum(low - margin, 0)
    found: Floats = sides.prod(axis=1)
    return found


def _spelled(bits: Integers, drawers: Integers, asked: npt.NDArray[np.bool_]) -> Votes:
    """Return the votes of patterns that are told by bits."""
    votes = np.where(asked, OUTSIDE, NOT_ASKED).astype(np.int8)
    for nth in range(drawers.shape[1]):
        drawn = np.flatnonzero(bits[:, nth // BITS] >> (nth % BITS) & 1)
        votes[drawn, drawers[drawn, nth]] = INSIDE
    return votes
