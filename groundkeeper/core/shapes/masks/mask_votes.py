"""What most annotators drew, pixel by pixel, counted along runs."""

import numpy as np

from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.errors import RefusedError, TableError, listing

ROUNDING = 1e-9
"""A share of the votes that is missed by no more than this is reached: 0.7 of 10 is 7."""


def majority_masks(masks: Masks, group: Integers, voters: Integers, at_least: float = 0.5) -> Masks:
    """Return for each group the pixels that at least so large a share of its voters drew.

    Who drew nothing votes against every pixel. With 0.5 and an even number of voters a tie is inside, as it is in
    ``consensus.shape.majority_region``. The cost grows with the runs and not with the pixels.

    Parameters
    ----------
    masks : Masks
        What was drawn; an annotator has at most one mask in a group.
    group : int64[n]
        The group of each mask, 0 to the number of groups - 1; each has a mask, and all of a group are of one size.
    voters : int64[groups]
        Who could have drawn something, drawers included.
    at_least : float
        Share of the voters, above 0 up to 1.

    Returns
    -------
    Masks
        One for each group, empty where no pixel has so many votes.

    Raises
    ------
    RefusedError
        If ``at_least`` is not a share.
    TableError
        If a group has no mask, masks of several sizes or more masks than voters.

    Examples
    --------
    >>> three = Masks.of_dense(np.array([[[1, 1, 0]], [[0, 1, 1]], [[0, 1, 0]]], dtype=bool))
    >>> one_group = np.zeros(3, dtype=np.int64)
    >>> majority_masks(three, one_group, np.array([3])).dense(0).astype(int).tolist()
    [[0, 1, 0]]
    >>> majority_masks(three, one_group, np.array([3]), at_least=0.3).dense(0).astype(int).tolist()
    [[1, 1, 1]]
    """
    height, width = sizes_of_groups(masks, group, len(voters))
    needed = votes_needed(voters, at_least)
    refuse_more_than_voters(np.bincount(group, minlength=len(voters)), voters)
    line = mask_line(height, width)
    runs_of = np.repeat(group, np.diff(masks.first))
    begins = line[runs_of]
    # A place and whether it begins a run make one number; those of an annotator are in order already, and a stable sort
    # merges ordered stretches.
    ends = 2 * (masks.end + begins)
    starts = 2 * (masks.start + begins) + 1
    votes = np.sort(np.stack([starts, ends], axis=1).reshape(-1), kind="stable")
    depth = np.cumsum(2 * (votes & 1) - 1)
    place = votes >> 1
    # All that begins and ends at one place is counted before anybody asks how many are inside.
    last = np.diff(place, append=-1) != 0
    place, depth = place[last], depth[last]
    inside = depth >= np.repeat(needed, np.diff(np.searchsorted(place, line)))
    changed = np.diff(inside, prepend=False)
    return Masks.of_changes(place[changed], height, width)


def refuse_more_than_voters(drawn: Integers, voters: Integers) -> None:
    """Refuse groups with more masks than voters, int64 [groups] each."""
    many = np.flatnonzero(drawn > voters)
    if len(many):
        msg = f"groups {listing(many.tolist())}: found more masks than voters; allowed is one of each at most"
        raise TableError(msg)


def votes_needed(voters: Integers, at_least: float) -> Integers:
    """Return how many votes are at least so large a share of *voters*, one at least, int64 [groups]."""
    if not 0 < at_least <= 1:
        msg = (
            f"found {at_least} as the share of voters who drew a pixel; allowed is above 0 up to 1"
        )
        raise RefusedError(msg)
    needed: Integers = np.ceil(at_least * voters - ROUNDING).astype(np.int64)
    return np.maximum(needed, np.int64(1))


def sizes_of_groups(masks: Masks, group: Integers, n_groups: int) -> tuple[Integers, Integers]:
    """Return height and width of the pictures of each group; refuse a group without one size."""
    height, width = (np.zeros(n_groups, np.int64) for _ in range(2))
    height[group], width[group] = masks.height, masks.width
    strange = (height[group] != masks.height) | (width[group] != masks.width)
    without = np.flatnonzero(np.bincount(group, minlength=n_groups) == 0)
    if strange.any() or len(without):
        several = np.unique(group[strange]).tolist()
        msg = (
            f"groups {listing(several)}: found masks of several sizes; groups {listing(without.tolist())}: found no "
            "mask; allowed are one mask or more, all of one size"
        )
        raise TableError(msg)
    return height, width
