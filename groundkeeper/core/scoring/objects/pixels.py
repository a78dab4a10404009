"""Areas of objects in pixels of their frames: what can be seen of each, and what those of two sides share."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from groundkeeper.core.runs import members
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Pixels of objects, as runs on one line of the pixels of all frames; those of an object may overlap.

    Attributes
    ----------
    owner
        The object of each run, int64 [r].
    start, end
        Its first pixel and the first one behind it, int64 [r].
    """

    owner: Integers
    start: Integers
    end: Integers

    @classmethod
    def of(cls, masks: Masks, owner: Integers, frame: Integers, sizes: Integers) -> "Runs":
        """Return the runs of masks.

        Parameters
        ----------
        masks
            n masks.
        owner, frame
            The object and the frame of each, int64 [n].
        sizes
            Height and width of all frames, px [f, 2].
        """
        begins = mask_line(sizes[:, 0], sizes[:, 1])[frame]
        of = np.repeat(np.arange(len(masks)), np.diff(masks.first))
        return cls(owner[of], masks.start + begins[of], masks.end + begins[of])


class _Stretches(NamedTuple):
    """Which stretches of the line between two ends of runs each run covers: the run and the stretch, int64 [m] each.

    ``length`` is that of each stretch, px.
    """

    run: Integers
    stretch: Integers
    length: Integers


def visible(runs: Runs, rank: Integers) -> Runs:
    """Return the runs as far as none of a higher *rank* lies over them.

    Parameters
    ----------
    runs
        Owned by shapes.
    rank
        Of each shape, int64 [n]; no two of one frame have the same.

    Examples
    --------
    >>> runs = Runs(np.array([0, 1]), np.array([0, 4]), np.array([6, 8]))
    >>> seen = visible(runs, np.array([0, 1]))
    >>> seen.owner.tolist(), seen.start.tolist(), seen.end.tolist()
    ([0, 1, 1], [0, 4, 6], [4, 6, 8])
    """
    ends = _ascending(np.concatenate([runs.start, runs.end]))
    run, stretch, length = _stretches(runs, ends)
    top = np.full(len(length), -1, dtype=np.int64)
    ranks = rank[runs.owner[run]]
    np.maximum.at(top, stretch, ranks)
    seen = ranks == top[stretch]
    run, stretch = run[seen], stretch[seen]
    return Runs(runs.owner[run], ends[stretch], ends[stretch + 1])


def run_lengths(runs: Runs, n_objects: int) -> Integers:
    """Return how many pixels the runs of each object have in sum, int64 [n]."""
    return _summed(runs.owner, runs.end - runs.start, n_objects)


def pixel_counts(runs: Runs, n_objects: int) -> Integers:
    """Return how many pixels each object has, those that several of its runs cover counting once, int64 [n]."""
    ends = _ascending(np.concatenate([runs.start, runs.end]))
    return run_lengths(_once(runs, ends), n_objects)


def shared_pixels(left: Runs, right: Runs, n_right: int) -> tuple[Integers, Integers, Integers]:
    """Return the pairs of objects of two sides that share pixels, by both, and how many, int64 [p] each.

    Examples
    --------
    >>> ours = Runs(np.array([0, 1]), np.array([0, 8]), np.array([6, 9]))
    >>> theirs = Runs(np.array([0, 1]), np.array([0, 2]), np.array([3, 20]))
    >>> [column.tolist() for column in shared_pixels(ours, theirs, 2)]
    [[0, 0, 1], [0, 1, 1], [3, 4, 1]]
    """
    ends = _ascending(np.concatenate([left.start, left.end, right.start, right.end]))
    ours, theirs = _once(left, ends), _once(right, ends)
    order = np.argsort(theirs.start, kind="stable")
    starts = theirs.start[order]
    first, last = (np.searchsorted(starts, ours.start, side=side) for side in ("left", "right"))
    mine, place = members(first, last - first)
    other = order[place]
    return _by_pair(ours.owner[mine], theirs.owner[other], (ours.end - ours.start)[mine], n_right)


def shared_visible(left: Runs, right: Runs, n_right: int) -> tuple[Integers, Integers, Integers]:
    """Return the same as ``shared_pixels`` of sides on each of which no pixel is in two runs.

    Examples
    --------
    >>> ours = Runs(np.array([0, 1]), np.array([0, 8]), np.array([6, 9]))
    >>> theirs = Runs(np.array([0, 1]), np.array([0, 3]), np.array([3, 20]))
    >>> [column.tolist() for column in shared_visible(ours, theirs, 2)]
    [[0, 0, 1], [0, 1, 1], [3, 3, 1]]
    """
    order = np.argsort(right.start)
    begin, end = right.start[order], right.end[order]
    first = np.searchsorted(end, left.start, side="right")
    last = np.searchsorted(begin, left.end)
    mine, other = members(first, last - first)
    length = np.minimum(left.end[mine], end[other]) - np.maximum(left.start[mine], begin[other])
    return _by_pair(left.owner[mine], right.owner[order[other]], length, n_right)


def hardly_seen(hidden: Integers, every: Integers, visible_from: float) -> Booleans:
    """Return whether so many *hidden* of *every* pixel of n things leave less than a share, bool [n]; not if none are.

    Examples
    --------
    >>> hardly_seen(np.array([96, 95, 0]), np.array([100, 100, 0]), 0.05).tolist()
    [True, False, False]
    """
    share = 1 - np.divide(hidden, every, out=np.zeros(len(every)), where=every > 0)
    return np.asarray((share < visible_from) & (hidden > 0))


def _by_pair(
    left: Integers, right: Integers, pixels: Integers, n_right: int
) -> tuple[Integers, Integers, Integers]:
    """Return each pair of owners once, by both, and the sum of its pixels, int64 [p] each."""
    key = left * max(n_right, 1) + right
    by_pair = np.argsort(key)
    key, pixels = key[by_pair], pixels[by_pair]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    shared = np.add.reduceat(pixels, first) if len(first) else pixels
    return *np.divmod(key[first], max(n_right, 1)), shared


def _once(runs: Runs, ends: Integers) -> Runs:
    """Return the runs of each object cut at all *ends*, each stretch once for an object."""
    run, stretch, _ = _stretches(runs, ends)
    key = _ascending(runs.owner[run] * len(ends) + stretch)
    owner, stretch = np.divmod(key, max(len(ends), 1))
    return Runs(owner, ends[stretch], ends[stretch + 1])


def _stretches(runs: Runs, ends: Integers) -> _Stretches:
    first, last = (np.searchsorted(ends, column) for column in (runs.start, runs.end))
    return _Stretches(*members(first, last - first), np.diff(ends))


def _summed(codes: Integers, values: Integers, size: int) -> Integers:
    """Return the sum of the values of each code, int64 [size]."""
    return np.bincount(codes, values, minlength=size).astype(np.int64)


def _ascending(values: Integers) -> Integers:
    """Return each of the values once, ascending; ``numpy.unique`` hashes, which takes longer than to sort."""
    in_order = np.sort(values)
    found: Integers = in_order[np.diff(in_order, prepend=-1) != 0]
    return found


def ious(
    counts: tuple[Integers, Integers], pairs: tuple[Integers, Integers], shared: Integers
) -> Floats:
    """Return the IoU of pairs of objects that share pixels, from how many each has, float64 [p]."""
    union = counts[0][pairs[0]] + counts[1][pairs[1]] - shared
    return np.asarray(shared / union)
