"""Votes and patterns of votes of dense masks, where pictures come in and pictures go out.

Everything else here works on runs; to make them of pictures takes longer than to count the votes of pictures.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.mask_votes import refuse_more_than_voters, votes_needed
from groundkeeper.core.shapes.masks.masks import Dense
from groundkeeper.core.shapes.masks.vote_patterns import NOT_ASKED, Votes
from groundkeeper.errors import TableError, listing

Inference: TypeAlias = Callable[[Votes, Floats, Integers], npt.NDArray[np.bool_]]
"""Of the votes, the weight and the group of patterns, which are inside."""

MOST_VOTES = 127
"""How many votes a byte counts if its highest bit is to say that there are enough."""
MOST_BITS = 8
"""How many annotators a byte tells apart."""


def dense_majorities(
    records: Sequence[Dense], voters: Integers | None = None, at_least: float = 0.5
) -> list[npt.NDArray[np.bool_]]:
    """Return of each record the pixels that at least so large a share of its voters drew, from and as pictures.

    The same as ``majority_masks``, for who has pictures and wants pictures: a compiled kernel reads each once.

    Parameters
    ----------
    records : sequence of (bool[n, height, width] or n of bool[height, width])
        What was drawn, 1 to 127 masks of one size in each record.
    voters : int64[records], optional
        Who could have drawn something; default: who has drawn.
    at_least : float
        Share of the voters, above 0 up to 1.

    Returns
    -------
    list of bool[height, width]

    Raises
    ------
    RefusedError
        If ``at_least`` is not a share.
    TableError
        If a record has no mask, more than voters or than 127, or masks of several sizes.

    Examples
    --------
    >>> drawn = np.array([[[1, 1, 0]], [[0, 1, 1]], [[0, 1, 0]]], dtype=bool)
    >>> dense_majorities([drawn])[0].astype(int).tolist()
    [[0, 1, 0]]
    """
    from groundkeeper.core.shapes.masks.mask_kernels import (  # noqa: PLC0415 - numba, which runs do without
        reach,
    )

    drawn = np.array([len(dense) for dense in records], dtype=np.int64)
    asked = drawn if voters is None else voters
    refuse_more_than_voters(drawn, asked)
    needed = np.minimum(votes_needed(asked, at_least), MOST_VOTES + 1)
    totals = totals_of_dense(records, MOST_VOTES, shift=0)
    for total, votes in zip(totals, needed.tolist(), strict=True):
        reach(total, MOST_VOTES + 1 - votes)
    return pictures_of_words(totals, records)


def dense_inferred(records: Sequence[Dense], infer: Inference) -> list[npt.NDArray[np.bool_]]:
    """Return of each record what *infer* makes of its patterns of votes; what nobody drew is outside.

    The domain is the whole picture: the pattern of nobody has the weight of all that is left.

    Parameters
    ----------
    records : sequence of (bool[n, height, width] or n of bool[height, width])
        What was drawn, 1 to 8 masks of one size in each record.
    infer : function of (votes, weight, group)
        See ``staple.staple``; the records are the groups, and their masks the columns of the votes.

    Raises
    ------
    TableError
        If a record has no mask, more than 8 or masks of several sizes.

    Examples
    --------
    >>> drawn = np.array([[[1, 1, 0]], [[0, 1, 1]], [[0, 1, 0]]], dtype=bool)
    >>> dense_inferred([drawn], lambda votes, weight, group: votes.sum(axis=1) > 2)[0].astype(int).tolist()
    [[0, 1, 0]]
    """
    from groundkeeper.core.shapes.masks.mask_kernels import (  # noqa: PLC0415 - numba, which runs do without
        count_bytes,
        look_up,
    )

    totals = totals_of_dense(records, MOST_BITS, shift=1)
    counts = np.zeros((len(records), 1 << MOST_BITS), np.int64)
    for total, row in zip(totals, counts, strict=True):
        count_bytes(total, row)
    counts[:, 0] = [dense[0].size for dense in records]
    counts[:, 0] -= counts[:, 1:].sum(axis=1)
    group, code = np.nonzero(counts)
    drawn = np.array([len(dense) for dense in records], dtype=np.int64)
    column = np.arange(drawn.max(initial=0))
    votes = (code[:, np.newaxis] >> column & 1).astype(np.int8)
    votes[column >= drawn[group, np.newaxis]] = NOT_ASKED
    inside = np.zeros(counts.shape, np.bool_)
    inside[group, code] = infer(votes, counts[group, code].astype(np.float64), group)
    for total, answers in zip(totals, inside, strict=True):
        look_up(total, answers)
    return pictures_of_words(totals, records)


def totals_of_dense(
    records: Sequence[Dense], most: int, *, shift: int
) -> list[npt.NDArray[np.uint64]]:
    """Return of each record a byte a pixel, eight in a word: its masks added, the i-th times ``2 ** (i * shift)``."""
    from groundkeeper.core.shapes.masks.mask_kernels import (  # noqa: PLC0415 - numba, which runs do without
        add_votes,
    )

    for place, dense in enumerate(records):
        found = sorted({f"{picture.dtype}{list(picture.shape)}" for picture in dense})
        if not (0 < len(dense) <= most and len(found) == 1 and found[0].startswith("bool")):
            msg = (
                f"record {place}: found {len(dense)} dense masks of {listing(found)}; allowed are 1 to {most} of bool "
                "and of one size; make Masks of what is more"
            )
            raise TableError(msg)
    # One buffer for all: that pages come from the system one by one would take longer than all the rest.
    ends = np.cumsum([-(-dense[0].size // 8) for dense in records])
    totals = np.split(np.zeros(ends[-1] if len(ends) else 0, np.uint64), ends[:-1])
    for dense, total in zip(records, totals, strict=False):
        for place, picture in enumerate(dense):
            pixels = np.ascontiguousarray(picture).reshape(-1)
            if len(pixels) % 8:
                pixels = np.concatenate([pixels, np.zeros(-len(pixels) % 8, np.bool_)])
            add_votes(pixels.view(np.uint64), place * shift, total)
    return totals[: len(records)]


def pictures_of_words(
    words: Sequence[npt.NDArray[np.uint64]], records: Sequence[Dense]
) -> list[npt.NDArray[np.bool_]]:
    """Return the pictures, of the sizes of *records*, whose pixels are the bytes of *words*."""
    return [
        some.view(np.bool_)[: dense[0].size].reshape(dense[0].shape)
        for some, dense in zip(words, records, strict=True)
    ]
