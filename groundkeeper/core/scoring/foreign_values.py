"""Values that a guideline does not know, said of items whose value is known: answers that are wrong."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.measures import Figure, noted
from groundkeeper.core.scoring.values import Paired

SHARES: Final = frozenset({"accuracy", "within_one"})
"""Figures of grades that say how many are right: what cannot be read is not."""


def told_apart(pairs: Paired, values: Iterable[str]) -> tuple[Paired, Paired]:
    """Return *pairs* in which one of *values* is said, and those in which something else is.

    Examples
    --------
    >>> ids, truth, said = (np.array(each, dtype=object) for each in (["a", "b"], ["1", "2"], ["1", "9"]))
    >>> readable, foreign = told_apart(Paired(ids, truth, said, 0, 0, 0), ["1", "2"])
    >>> readable.item_ids.tolist(), foreign.said.tolist()
    (['a'], ['9'])
    """
    known = pd.Index(pairs.said.astype(str)).isin(list(values))
    readable, foreign = (
        replace(pairs, item_ids=pairs.item_ids[one], truth=pairs.truth[one], said=pairs.said[one])
        for one in (known, ~known)
    )
    return readable, foreign


def with_foreign(figures: Iterable[Figure], foreign: Paired) -> list[Figure]:
    """Return *figures* of grades with what is *foreign*: wrong where shares of what is right are meant, in no error.

    How far off it is nobody can say, so errors and kappas are of the others, and say so.
    """
    more = len(foreign.item_ids)
    if not more:
        return list(figures)
    ids = foreign.item_ids
    return [
        replace(
            figure,
            item_ids=np.concatenate([figure.item_ids, ids]),
            contributions=np.vstack([figure.contributions, np.tile([0.0, 1.0], (more, 1))]),
        )
        if figure.measure in SHARES
        else noted([figure], left_out(more))[0]
        for figure in figures
    ]


def left_out(more: int) -> str:
    """Return the note of a figure that is without *more* values; '' if it is of all.

    Examples
    --------
    >>> left_out(1)
    'without 1 value that the guideline does not know'
    """
    values = "1 value" if more == 1 else f"{more:,} values"
    return f"without {values} that the guideline does not know" if more else ""
