"""Masks as runs of pixels: what each costs grows with its outline and not with its picture.

The pixels of a picture are numbered row by row, from 0 at its upper left corner. A mask is told by the pixels at which
being inside changes; ``mask_line`` puts many masks one after another on one line of such pixels, so that sorting a line
does for all masks at once what would otherwise be a loop over pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import members, numbered, offsets_of
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError, listing

Dense: TypeAlias = npt.NDArray[np.bool_] | Sequence[npt.NDArray[np.bool_]]
"""Pictures of masks: bool[n, height, width], or one bool[height, width] for each."""

PICTURE, STACK = 2, 3
"""Dimensions of one picture, and of many of one size."""
CHUNK = 1 << 20
"""Pixels of dense masks that are looked at together."""
ONES = np.uint64(0x0101010101010101)
"""Eight pixels that are all inside, as one word."""


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Sets of pixels of n pictures, each as its runs.

    Attributes
    ----------
    height, width
        Size of each picture in px, int64 [n].
    first
        The runs of mask i are those from ``first[i]`` to before ``first[i + 1]``, int64 [n + 1].
    start, end
        The first pixel of each run and the first one behind it, ascending within a mask; two runs of a mask do not
        touch, so that equal masks have equal columns. A run goes on from the end of a row into the next, int64 [runs].

    Examples
    --------
    >>> masks = Masks.of_dense(np.array([[[0, 1, 1], [1, 0, 0]]], dtype=bool))
    >>> masks.start.tolist(), masks.end.tolist(), masks.areas.tolist(), masks.bounds.tolist()
    ([1], [4], [3], [[0.0, 0.0, 3.0, 2.0]])
    """

    height: Integers
    width: Integers
    first: Integers
    start: Integers
    end: Integers

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together, and runs that leave their picture, touch or are out of order."""
        n = len(self.height)
        if len(self.width) != n or len(self.first) != n + 1 or len(self.start) != len(self.end):
            msg = (
                f"found columns of lengths {n}, {len(self.width)}, {len(self.first)}, {len(self.start)} and "
                f"{len(self.end)}; allowed are n, n, n + 1, runs and runs"
            )
            raise TableError(msg)
        line = mask_line(self.height, self.width)[:-1]
        begins, ends = self.start + line[self.owner], self.end + line[self.owner]
        wrong = begins >= ends
        wrong[1:] |= begins[1:] <= ends[:-1]
        wrong |= (self.start < 0) | (self.end > (self.height * self.width)[self.owner])
        if wrong.any():
            msg = (
                f"masks {listing(np.unique(self.owner[wrong]).tolist())}: found runs that leave the picture, touch or "
                "are out of order; allowed are ascending runs of pixels from 0 to before height * width with a pixel "
                "between them"
            )
            raise TableError(msg)

    def __len__(self) -> int:
        """How many masks there are."""
        return len(self.height)

    @classmethod
    def of_dense(cls, dense: Dense) -> Self:
        """Return the masks of the pictures *dense*; who has numbers says what is inside, as in ``dense > 0``."""
        if isinstance(dense, np.ndarray) and dense.ndim == STACK and dense.dtype == np.bool_:
            return cls._of_stack(dense)
        for place, picture in enumerate(dense):
            if picture.ndim != PICTURE or picture.dtype != np.bool_:
                msg = (
                    f"mask {place}: found an array of {picture.dtype} with {picture.ndim} dimensions; allowed is "
                    "bool[height, width]"
                )
                raise TableError(msg)
        shapes = np.array([picture.shape for picture in dense], dtype=np.int64).reshape(-1, 2)
        height, width = shapes.T.copy()
        line = mask_line(height, width)
        changes = [
            dense_changes(np.ascontiguousarray(picture).reshape(-1)) + begin
            for picture, begin in zip(dense, line[:-1].tolist(), strict=True)
        ]
        return cls.of_changes(np.concatenate([np.zeros(0, np.int64), *changes]), height, width)

    @classmethod
    def _of_stack(cls, dense: npt.NDArray[np.bool_]) -> Self:
        """Return the masks of bool [n, height, width]: a single picture with a row for each, as far as runs go."""
        n, height, width = dense.shape
        changes = dense_changes(np.ascontiguousarray(dense).reshape(-1))
        together = Masks.of_changes(changes, np.array([n]), np.array([height * width]))
        _, mask, start, end = together.in_rows()
        first = np.searchsorted(mask, np.arange(n + 1))
        return cls(np.full(n, height), np.full(n, width), first, start, end)

    @classmethod
    def of_changes(cls, changes: Integers, height: Integers, width: Integers) -> Self:
        """Return the masks that begin and end at *changes* in turn.

        Parameters
        ----------
        changes : int64[2 * runs]
            Places on the ``mask_line`` of these pictures, ascending, in each picture an even number. Places that stand
            there twice cancel: nothing changes there.
        height, width : int64[n]
            Sizes of the pictures, px.
        """
        kept = without_pairs(changes)
        line = mask_line(height, width)
        start, end = kept[::2], kept[1::2]
        first = np.searchsorted(start, line)
        begins = np.repeat(line[:-1], np.diff(first))
        return cls(height, width, first, start - begins, end - begins)

    @property
    def owner(self) -> Integers:
        """The mask of each run, int64 [runs]."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    @property
    def areas(self) -> Integers:
        """How many pixels each mask has, int64 [n]."""
        pixels = offsets_of(self.end - self.start)
        found: Integers = np.diff(pixels[self.first])
        return found

    @property
    def bounds(self) -> Floats:
        """Left, top, right and bottom edge of each mask in px, nan of an empty one, float64 [n, 4]."""
        found = np.full((len(self), 4), np.nan)
        some = np.flatnonzero(np.diff(self.first))
        if len(some):
            begins, width = self.first[some], self.width[self.owner]
            top, bottom = self.start // width, (self.end - 1) // width
            in_one = top == bottom
            left = np.where(in_one, self.start - top * width, 0)
            right = np.where(in_one, self.end - top * width, width)
            found[some, 0] = np.minimum.reduceat(left, begins)
            found[some, 1] = top[begins]
            found[some, 2] = np.maximum.reduceat(right, begins)
            found[some, 3] = bottom[self.first[some + 1] - 1] + 1
        return found

    def dense(self, place: int) -> npt.NDArray[np.bool_]:
        """Return the picture of the mask at *place*, bool [height, width]."""
        runs = slice(self.first[place], self.first[place + 1])
        height, width = int(self.height[place]), int(self.width[place])
        changes = np.stack([self.start[runs], self.end[runs]], axis=1).reshape(-1)
        lengths = np.diff(changes, prepend=0, append=height * width)
        inside = np.arange(len(lengths)) % 2 == 1
        return np.repeat(inside, lengths).reshape(height, width)

    def take(self, places: Integers) -> "Masks":
        """Return the masks at *places*, in their order; one may be taken more than once."""
        counts = np.diff(self.first)[places]
        _, runs = members(self.first[places], counts)
        first = offsets_of(counts)
        return Masks(
            self.height[places], self.width[places], first, self.start[runs], self.end[runs]
        )

    def changes(self) -> Integers:
        """Return the places on the ``mask_line`` at which being inside changes, ascending, int64 [2 * runs]."""
        begins = np.repeat(mask_line(self.height, self.width)[:-1], np.diff(self.first))
        return np.stack([self.start + begins, self.end + begins], axis=1).reshape(-1)

    def in_rows(self) -> tuple[Integers, Integers, Integers, Integers]:
        """Return the runs cut at the ends of rows: mask, row, first column and first column behind, int64 each."""
        width = self.width[self.owner]
        top, bottom = self.start // width, (self.end - 1) // width
        rows = bottom - top + 1
        run, nth = np.repeat(np.arange(len(rows)), rows), numbered(rows)
        row = top[run] + nth
        left = np.where(nth == 0, self.start[run] - row * width[run], 0)
        right = np.where(row == bottom[run], self.end[run] - row * width[run], width[run])
        return self.owner[run], row, left, right

    def transposed(self) -> "Masks":
        """Return the masks with rows and columns exchanged; formats that number pixels column by column need it.

        Examples
        --------
        >>> masks = Masks.of_dense(np.array([[[0, 1, 1], [1, 0, 0]]], dtype=bool))
        >>> masks.transposed().dense(0).astype(int).tolist()
        [[0, 1], [1, 0], [1, 0]]
        """
        # A pixel that differs from that above it is one at which a column changes: these pixels are the masks, and the
        # masks one row lower, where only one of both is inside.
        owner = np.repeat(np.arange(len(self)), 2 * np.diff(self.first))
        line = mask_line(self.height + 1, self.width)
        here = np.stack([self.start, self.end], axis=1).reshape(-1) + line[owner]
        differ = without_pairs(
            np.sort(np.concatenate([here, here + self.width[owner]]), kind="stable")
        )
        lengths = differ[1::2] - differ[::2]
        _, place = members(differ[::2], lengths)
        mask = np.searchsorted(line, place, side="right") - 1
        row, column = np.divmod(place - line[mask], self.width[mask])
        begins = mask_line(self.width, self.height)[mask]
        changes: Integers = np.sort(begins + column * self.height[mask] + row)
        return Masks.of_changes(changes, self.width, self.height)


def mask_line(height: Integers, width: Integers) -> Integers:
    """Return where each picture begins on a line of all of them, and where the line ends, int64 [n + 1].

    A picture takes a place more than it has pixels, so that its end and the beginning of the next are two places.
    """
    return offsets_of(height * width + 1)


def without_pairs(places: Integers) -> Integers:
    """Return each of *places*, ascending, that stands there an odd number of times, once.

    Examples
    --------
    >>> without_pairs(np.array([1, 4, 4, 6, 8, 8, 8])).tolist()
    [1, 6, 8]
    """
    new = np.ones(len(places), dtype=np.bool_)
    np.not_equal(places[1:], places[:-1], out=new[1:])
    if new.all():
        return places
    firsts = np.flatnonzero(new)
    odd = np.diff(firsts, append=len(places)) % 2 == 1
    found: Integers = places[firsts[odd]]
    return found


def dense_changes(pixels: npt.NDArray[np.bool_]) -> Integers:
    """Return the pixels that differ from the one before, outside being before the first and behind the last.

    Examples
    --------
    >>> dense_changes(np.array([True, True, False, False, True])).tolist()
    [0, 2, 4, 5]
    """
    found, last = [], np.zeros(1, np.bool_)
    for begin in range(0, len(pixels), CHUNK):
        chunk = pixels[begin : begin + CHUNK]
        found.append(_chunk_changes(chunk, last) + begin)
        last = chunk[-1:]
    return np.concatenate([*found, np.full(int(last[0]), len(pixels), np.int64)])


def _chunk_changes(pixels: npt.NDArray[np.bool_], before: npt.NDArray[np.bool_]) -> Integers:
    """Return the pixels that differ from the one before, of the first that is *before*.

    Eight pixels are looked at together: in most words they are all inside or all outside, as in the word before.
    """
    if len(pixels) % 8:
        pixels = np.concatenate([pixels, np.repeat(pixels[-1:], -len(pixels) % 8)])
    words = pixels.view(np.uint64)
    new = np.concatenate([[0], np.flatnonzero(words[1:] != words[:-1]) + 1])
    # Of words that repeat, those within which pixels differ are all looked at, of others the first.
    mixed = (words[new] != 0) & (words[new] != ONES)
    again = np.where(mixed, np.diff(new, append=len(words)), 1)
    _, word = members(new, again)
    previous = np.concatenate([before, pixels[8 * word[1:] - 1]])
    eight = np.column_stack([previous, pixels.reshape(-1, 8)[word]])
    row, place = np.nonzero(eight[:, 1:] != eight[:, :-1])
    found: Integers = 8 * word[row] + place
    return found
