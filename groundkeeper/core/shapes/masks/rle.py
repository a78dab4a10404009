"""Run lengths of masks as formats write them: COCO's counts and strings, and CVAT's counts in a box.

Every one of them is a list of counts, of pixels outside, inside, outside and so on, and begins with those outside,
which may be none. COCO counts down the columns of the whole picture, and may write the counts as a string; CVAT counts
along the rows of the smallest box, whose edges follow the counts.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import members, numbered, offsets_of
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.errors import FormatError, listing

Counts: TypeAlias = Sequence[int] | npt.NDArray[np.int64]

LOWEST = 48
"""The character of 0; that of 63 is the last."""
BITS, SIGN, MORE = 5, 16, 32
"""Of a character's six bits, five are of the number, the fifth is its sign, the sixth says that another one follows."""
LONGEST = 12
"""Characters of a number: 60 bits."""
BOX = 4
"""Numbers behind CVAT's counts: left, top, right and bottom, the last column and row included."""


def masks_of_coco(counts: Sequence[str | bytes | Counts], height: Counts, width: Counts) -> Masks:
    """Return the masks of COCO's ``counts``, strings or numbers, and ``size``, which is height and width in px.

    Raises
    ------
    FormatError
        If a string has another character than ``0`` to ``o`` or ends within a number, a count is no whole number from
        0, or counts are of another number of pixels than the picture has; it says of which mask.

    Examples
    --------
    >>> masks = masks_of_coco(["033NN", [0, 3, 2, 1]], [2, 3], [4, 2])
    >>> masks.dense(0).astype(int).tolist(), masks.dense(1).astype(int).tolist()
    ([[1, 1, 0, 1], [1, 0, 0, 0]], [[1, 0], [1, 0], [1, 1]])
    """
    texts = [isinstance(some, str | bytes) for some in counts]
    spelled = [text for text in counts if isinstance(text, str | bytes)]
    read = iter(coco_counts(spelled, [place for place, is_text in enumerate(texts) if is_text]))
    numbers = [
        next(read) if isinstance(some, str | bytes) else _numbers(some, f"mask {place}")
        for place, some in enumerate(counts)
    ]
    tall, wide = np.asarray(height, np.int64), np.asarray(width, np.int64)
    return _of_counts(numbers, wide, tall).transposed()


def coco_of(masks: Masks) -> list[list[int]]:
    """Return COCO's counts of each mask, as ``pycocotools`` counts them.

    Examples
    --------
    >>> coco_of(Masks.of_dense(np.array([[[1, 1, 0, 1], [1, 0, 0, 0]]], dtype=bool)))
    [[0, 3, 3, 1, 1]]
    """
    return [counts.tolist() for counts in _counts(masks.transposed())]


def coco_strings(masks: Masks) -> list[str]:
    """Return COCO's strings of each mask, the same as ``pycocotools`` writes.

    Examples
    --------
    >>> coco_strings(Masks.of_dense(np.array([[[1, 1, 0, 1], [1, 0, 0, 0]]], dtype=bool)))
    ['033NN']
    """
    counts = _counts(masks.transposed())
    sizes = np.array([len(some) for some in counts], dtype=np.int64)
    values = np.concatenate([np.zeros(0, np.int64), *counts])
    nth = numbered(sizes)
    # From the fourth on, a count is told by how much it differs from the one before the one before.
    told = values.copy()
    later = np.flatnonzero(nth > 2)  # noqa: PLR2004 - the fourth
    told[later] -= values[later - 2]
    shifted = told[:, np.newaxis] >> (BITS * np.arange(LONGEST))
    # A number ends with the first character behind which there is only its sign.
    rest = shifted >> BITS
    sign = (shifted & SIGN) > 0
    lengths = 1 + np.argmax(rest == -sign.astype(np.int64), axis=1)
    number = np.repeat(np.arange(len(told)), lengths)
    place = numbered(lengths)
    characters = shifted[number, place] & (MORE - 1)
    characters += MORE * (place + 1 < lengths[number]) + LOWEST
    text = characters.astype(np.uint8).tobytes().decode("ascii")
    ends = np.cumsum(np.bincount(np.repeat(np.arange(len(sizes)), sizes), lengths, len(sizes)))
    edges = [0, *ends.astype(np.int64).tolist()]
    return [text[begin:end] for begin, end in pairwise(edges)]


def coco_counts(
    texts: Sequence[str | bytes], places: Sequence[int] | None = None
) -> list[Integers]:
    """Return the counts that each of COCO's strings writes; *places* are the numbers of the masks for messages.

    Examples
    --------
    >>> [counts.tolist() for counts in coco_counts(["033NN"])]
    [[0, 3, 3, 1, 1]]
    """
    named = range(len(texts)) if places is None else places
    spelled = [_ascii(text, place) for text, place in zip(texts, named, strict=True)]
    sizes = np.array([len(text) for text in spelled], dtype=np.int64)
    codes = np.frombuffer(b"".join(spelled), dtype=np.uint8).astype(np.int64) - LOWEST
    text_of = np.repeat(np.arange(len(sizes)), sizes)
    more = codes >= MORE
    _refuse_text(spelled, named, codes, more, sizes)
    ends = np.flatnonzero(~more)
    lengths = np.diff(ends, prepend=-1)
    if len(lengths) and lengths.max() > LONGEST:
        wrong = named[int(text_of[ends[lengths.argmax()]])]
        msg = f"mask {wrong}: found a number of {lengths.max()} characters; allowed are up to {LONGEST}"
        raise FormatError(msg)
    digits = (codes & (MORE - 1)) << (BITS * numbered(lengths))
    starts = ends - lengths + 1
    values = np.add.reduceat(digits, starts) if len(ends) else np.zeros(0, np.int64)
    values -= np.where(codes[ends] & SIGN, 1 << (BITS * lengths), 0)
    per_text = np.bincount(text_of[ends], minlength=len(sizes))
    counts = _summed(values, per_text)
    below = np.flatnonzero(counts < 0)
    if len(below):
        wrong = named[int(text_of[ends[below[0]]])]
        msg = f"mask {wrong}: found {counts[below[0]]} in run lengths; allowed are whole numbers from 0"
        raise FormatError(msg)
    return np.split(counts, np.cumsum(per_text)[:-1])[: len(sizes)]


def masks_of_cvat(values: Sequence[Counts], height: Counts, width: Counts) -> Masks:
    """Return the masks of CVAT's points: counts within a box, then left, top, right and bottom of the box in px.

    The last column and the last row of the box are ``right`` and ``bottom`` themselves.

    Raises
    ------
    FormatError
        If there is no box, it leaves the picture, a number is not whole and from 0, or the counts are of another number
        of pixels than the box has; it says of which mask.

    Examples
    --------
    >>> masks_of_cvat([[1, 3, 1, 0, 2, 1]], [3], [4]).dense(0).astype(int).tolist()
    [[0, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    """
    numbers = [_numbers(some, f"mask {place}") for place, some in enumerate(values)]
    tall, wide = np.asarray(height, np.int64), np.asarray(width, np.int64)
    boxes = np.zeros((len(numbers), BOX), np.int64)
    for place, some in enumerate(numbers):
        boxes[place] = some[-BOX:] if len(some) >= BOX else (0, 0, -1, -1)
        left, top, right, bottom = boxes[place].tolist()
        area = (right - left + 1) * (bottom - top + 1)
        fits = left <= right < wide[place] and top <= bottom < tall[place]
        if not fits or some[:-BOX].sum() != area:
            msg = (
                f"mask {place}: found {max(len(some) - BOX, 0)} counts of {some[:-BOX].sum()} pixels in a box from "
                f"({left}, {top}) to ({right}, {bottom}); allowed are counts of as many pixels as the box has, and a "
                f"box within the {wide[place]} x {tall[place]} px of the picture"
            )
            raise FormatError(msg)
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    tight = _of_counts([some[:-BOX] for some in numbers], sides[:, 1], sides[:, 0])
    mask, row, start, end = tight.in_rows()
    begins = mask_line(tall, wide)[mask] + (row + boxes[mask, 1]) * wide[mask] + boxes[mask, 0]
    changes = np.stack([begins + start, begins + end], axis=1).reshape(-1)
    return Masks.of_changes(changes, tall, wide)


def _of_counts(counts: Sequence[Integers], height: Integers, width: Integers) -> Masks:
    """Return the masks of counts along the rows, which are as many pixels as each picture has."""
    sizes = np.array([len(some) for some in counts], dtype=np.int64)
    for place, some in enumerate(counts):
        if some.sum() != height[place] * width[place]:
            msg = (
                f"mask {place}: found counts of {some.sum()} pixels; allowed are {height[place] * width[place]}, as "
                "many as the size says"
            )
            raise FormatError(msg)
    values = np.concatenate([np.zeros(0, np.int64), *counts])
    mask = np.repeat(np.arange(len(sizes)), sizes)
    # A picture takes a place more on the line than it has pixels.
    places = np.cumsum(values) + mask
    # The last count ends a run if it is one of pixels inside, and otherwise nothing.
    changes = places[(numbered(sizes) + 1 < sizes[mask]) | (sizes[mask] % 2 == 0)]
    return Masks.of_changes(changes, height, width)


def _counts(masks: Masks) -> list[Integers]:
    """Return the counts of each mask along its rows; behind the last run only if pixels follow."""
    pixels = masks.height * masks.width
    runs = np.diff(masks.first)
    ends = np.where(
        runs > 0, masks.end[np.maximum(masks.first[1:] - 1, 0)] if len(masks.end) else 0, 0
    )
    sizes = 2 * runs + ((ends < pixels) | (runs == 0))
    line = offsets_of(sizes)
    _, at = members(line[:-1], 2 * runs)
    edges = np.repeat(pixels, sizes)
    edges[at] = np.stack([masks.start, masks.end], axis=1).reshape(-1)
    before = np.concatenate([[0], edges[:-1]])
    before[line[:-1][sizes > 0]] = 0
    return np.split(edges - before, line[1:-1])[: len(masks)]


def _summed(told: Integers, sizes: Integers) -> Integers:
    """Return the counts of strings; from the fourth on one is told by how much it differs from the last but one."""
    nth = numbered(sizes)
    counts = told.copy()
    for parity in (0, 1):
        # Those that build on one another, the second or the third of each string being the first of them.
        chain = np.flatnonzero((nth % 2 == parity) & (nth > 0))
        sums = np.cumsum(told[chain])
        begins = nth[chain] <= 2  # noqa: PLR2004 - the third
        before = np.where(begins, sums - told[chain], 0)
        counts[chain] = sums - np.repeat(
            before[begins], np.diff(np.flatnonzero(begins), append=len(chain))
        )
    return counts


def _numbers(values: Counts, where: str) -> Integers:
    """Return *values* as whole numbers from 0; refuse others."""
    found = np.asarray(values)
    if not found.size:
        return np.zeros(0, np.int64)
    is_number = found.ndim == 1 and found.dtype.kind in "iuf"
    wrong = (found[(found < 0) | (found != np.floor(found))] if is_number else found).reshape(-1)
    if len(wrong):
        msg = f"{where}: found {wrong[0].item()!r} in run lengths; allowed are whole numbers from 0"
        raise FormatError(msg)
    return found.astype(np.int64)


def _ascii(text: str | bytes, place: int) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise FormatError(_bad_character(place, text[error.start], error.start)) from error


def _bad_character(place: int, character: str, where: int) -> str:
    return f"mask {place}: found {character!r} at character {where + 1} of the counts; allowed are '0' to 'o'"


def _refuse_text(
    texts: Sequence[bytes],
    places: Sequence[int],
    codes: Integers,
    more: npt.NDArray[np.bool_],
    sizes: Integers,
) -> None:
    ends = np.cumsum(sizes)
    strange = np.flatnonzero((codes < 0) | (codes >= 2 * MORE))
    if len(strange):
        text = int(np.searchsorted(ends, strange[0], side="right"))
        where = int(strange[0] - ends[text] + sizes[text])
        raise FormatError(_bad_character(places[text], chr(texts[text][where]), where))
    some = np.flatnonzero(sizes)
    open_ended = some[more[ends[some] - 1]]
    if len(open_ended):
        named = listing([places[text] for text in open_ended.tolist()])
        msg = f"masks {named}: found counts that end within a number; allowed are whole strings; was one cut off?"
        raise FormatError(msg)
