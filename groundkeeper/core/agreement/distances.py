"""How far apart two answers are that are no grade or number: sets of classes, and answers of any kind.

A table of differences between the different answers is all that Krippendorff's alpha needs.

References
----------
Jaccard (1912), https://doi.org/10.1111/j.1469-8137.1912.tb05611.x. Passonneau (2006), Measuring agreement on set-valued
items (MASI) for semantic and pragmatic annotation, LREC, https://aclanthology.org/L06-1392/.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.errors import RefusedError

Labels: TypeAlias = Collection[object]

MOST_DIFFERENT = 3000
"""Different answers of which every two are compared: 4.5 million pairs, and 72 MB of differences."""


def jaccard_distance(left: Labels, right: Labels) -> float:
    """Return 1 less the share of labels that both have of those that either has; two empty sets are the same.

    Examples
    --------
    >>> jaccard_distance({"a", "b"}, {"b", "c", "d"})
    0.75
    """
    one, other = set(left), set(right)
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def masi_distance(left: Labels, right: Labels) -> float:
    """Return 1 less Jaccard's similarity times how the sets lie: the same 1, one in the other 2/3, crossing 1/3.

    Examples
    --------
    Passonneau (2006): a set of two within one of four.

    >>> round(masi_distance({1, 2}, {1, 2, 3, 4}), 4)
    0.6667
    """
    one, other = set(left), set(right)
    if one == other:
        return 0.0
    nested = one <= other or other <= one
    monotony = 2 / 3 if nested else 1 / 3
    return 1 - (1 - jaccard_distance(one, other)) * monotony


def differences(answers: Sequence[Labels], distance: Callable[[Labels, Labels], float]) -> Floats:
    """Return ``[k, k]``: the *distance* of any two of *answers*, all different.

    Raises
    ------
    RefusedError
        If there are more than ``MOST_DIFFERENT``.

    Examples
    --------
    >>> differences([{"a"}, {"a", "b"}, {"c"}], jaccard_distance).tolist()
    [[0.0, 0.5, 1.0], [0.5, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    _refuse_too_many(len(answers))
    apart = np.zeros((len(answers), len(answers)))
    for (row, left), (column, right) in combinations(enumerate(answers), 2):
        apart[row, column] = apart[column, row] = distance(left, right)
    return apart


def differences_of_kind(answers: pd.Series, kind: Kind, scale: Scale) -> Floats:
    """Return ``[k, k]``: 1 less how alike any two of *answers*, all different, are to their kind.

    Raises
    ------
    RefusedError
        If there are more than ``MOST_DIFFERENT``.
    """
    _refuse_too_many(len(answers))
    left, right = np.triu_indices(len(answers), 1)
    apart = np.zeros((len(answers), len(answers)))
    alike = kind.similarity(
        answers.iloc[left].reset_index(drop=True), answers.iloc[right].reset_index(drop=True), scale
    )
    apart[left, right] = apart[right, left] = 1 - alike
    return apart


def _refuse_too_many(found: int) -> None:
    if found > MOST_DIFFERENT:
        message = (
            f"found {found} different answers; every two are compared, of {MOST_DIFFERENT} at most; "
            "group or sample them"
        )
        raise RefusedError(message)
