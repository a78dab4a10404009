"""Votes of dense masks, eight pixels at a time, and what runs share, compiled.

A word is eight pixels of one byte each; what is added to a byte stays in it, so one addition is eight. Most of a
picture is nobody's: it is read once for each annotator, and never written.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled
from groundkeeper.core.shapes.drawn import Integers

Words = npt.NDArray[np.uint64]

BLOCK = 64
"""Words that are passed over together where they are all 0: 512 pixels."""


@compiled
def add_votes(votes: Words, shift: int, total: Words) -> None:
    """Add *votes*, each times ``2 ** shift``, to *total*."""
    for begin in range(0, len(votes), BLOCK):
        block = votes[begin : begin + BLOCK]
        some = np.uint64(0)
        for place in range(len(block)):
            some |= block[place]
        if some:
            sums = total[begin : begin + BLOCK]
            for place in range(len(block)):
                sums[place] += block[place] << np.uint64(shift)


@compiled
def reach(total: Words, missing: int) -> None:
    """Make of *total*, up to 127 votes in each byte, 1 where there are enough and 0 elsewhere.

    *missing* is 128 less as many as are enough, which is at least 1: so many votes set the highest bit of a byte.
    """
    lacking = np.uint64(missing) * np.uint64(0x0101010101010101)
    for begin in range(0, len(total), BLOCK):
        block = total[begin : begin + BLOCK]
        some = np.uint64(0)
        for place in range(len(block)):
            some |= block[place]
        if some:
            for place in range(len(block)):
                enough = (block[place] + lacking) >> np.uint64(7)
                block[place] = enough & np.uint64(0x0101010101010101)


@compiled
def count_bytes(total: Words, counts: npt.NDArray[np.int64]) -> None:
    """Add to *counts*, int64 [256], how often each byte but 0 is in *total*."""
    for begin in range(0, len(total), BLOCK):
        block = total[begin : begin + BLOCK]
        some = np.uint64(0)
        for place in range(len(block)):
            some |= block[place]
        if not some:
            continue
        for place in range(len(block)):
            word = block[place]
            low = word & np.uint64(0xFF)
            if word == low * np.uint64(0x0101010101010101):
                counts[low] += 8
                continue
            for _ in range(8):
                counts[word & np.uint64(0xFF)] += 1
                word >>= np.uint64(8)
    counts[0] = 0


@compiled
def look_up(total: Words, inside_of: npt.NDArray[np.bool_]) -> None:
    """Make of *total* 1 where ``inside_of`` its byte, which it is not of 0, and 0 elsewhere."""
    for begin in range(0, len(total), BLOCK):
        block = total[begin : begin + BLOCK]
        some = np.uint64(0)
        for place in range(len(block)):
            some |= block[place]
        if not some:
            continue
        for place in range(len(block)):
            word, answer = block[place], np.uint64(0)
            low = word & np.uint64(0xFF)
            if word == low * np.uint64(0x0101010101010101):
                block[place] = np.uint64(0x0101010101010101) if inside_of[low] else np.uint64(0)
                continue
            for byte in range(8):
                if inside_of[word & np.uint64(0xFF)]:
                    answer |= np.uint64(1) << np.uint64(8 * byte)
                word >>= np.uint64(8)
            block[place] = answer


@compiled
def shared_pixels(
    first: Integers, start: Integers, end: Integers, left: Integers, right: Integers
) -> Integers:
    """Return how many pixels each pair of masks shares, int64 [p]; see ``masks.Masks`` for the columns."""
    shared = np.zeros(len(left), np.int64)
    for pair in range(len(left)):
        one, other = first[left[pair]], first[right[pair]]
        one_end, other_end = first[left[pair] + 1], first[right[pair] + 1]
        total = 0
        while one < one_end and other < other_end:
            low, high = max(start[one], start[other]), min(end[one], end[other])
            total += max(high - low, 0)
            # Which of the two ends first is a matter of chance: no branch guesses it.
            one_ends, other_ends = end[one] == high, end[other] == high
            one += one_ends
            other += other_ends
        shared[pair] = total
    return shared
