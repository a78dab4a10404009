"""Cohen's kappa of every two annotators who rated the same units.

References
----------
Cohen (1960), https://doi.org/10.1177/001316446002000104. Light (1971), Measures of response agreement for qualitative
data, https://doi.org/10.1037/h0031643: the mean over the pairs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Floats, divide
from groundkeeper.core.truth.labels import Labels

Codes = npt.NDArray[np.int64]

MOST_CELLS = 2**25
"""Annotators times annotators times classes that are counted in one array, 268 MB; more are sorted."""
WORTH_COMPILING = 2**16
"""Labels from which on a compiled pass is faster by more than anybody would notice."""
ROUNDING = 1e-12
"""Agreement by chance this close to 1 is 1, but for rounding."""


class _Pairs(NamedTuple):
    """Pairs of annotators, ``[n_pairs]``: who, how much they agreed, and what each said, ``[n_pairs, k]``."""

    left: Codes
    right: Codes
    agreed: Floats
    first: Floats
    second: Floats


def pairwise_kappa(
    labels: Labels, weights: Floats | None = None, *, fewest: int = 1
) -> pd.DataFrame:
    """Return Cohen's kappa of every two annotators with at least *fewest* units in common.

    It is undefined where both gave one and the same class to all of these units. An annotator is not compared with
    themselves, though they labelled a unit twice.

    Parameters
    ----------
    labels : Labels
        Who said what.
    weights : float[n_classes, n_classes], optional
        How much two classes agree; without it only equal ones do.
    fewest : int
        Units, or pairs of labels of one unit.

    Returns
    -------
    DataFrame
        One row per pair: ``left, right`` (annotators, in the order of ``labels.annotators``), ``n, observed, expected,
        kappa``, sorted by left and right.

    Examples
    --------
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {"ann": "aabbb", "ben": "aabba"}
    >>> rows = [(who, task, label) for who, all_ in said.items() for task, label in enumerate(all_)]
    >>> table = pd.DataFrame(rows, columns=["annotator", "task", "label"])
    >>> pairwise_kappa(code_labels(table)).round(4).values.tolist()
    [['ann', 'ben', 5, 0.8, 0.48, 0.6154]]
    """
    alike = np.eye(labels.n_classes) if weights is None else np.asarray(weights, np.float64)
    dense = labels.n_annotators**2 * labels.n_classes <= MOST_CELLS
    count = _compiled if dense and len(labels.label) >= WORTH_COMPILING else _sorted
    pairs = count(labels, alike)
    n = pairs.first.sum(axis=1)
    observed = divide(pairs.agreed, n)
    expected = divide(((pairs.first @ alike) * pairs.second).sum(axis=1), np.square(n))
    left_over = 1 - expected
    kappa = divide(observed - expected, np.where(left_over > ROUNDING, left_over, 0))
    table = pd.DataFrame(
        {
            "left": labels.annotators[pairs.left],
            "right": labels.annotators[pairs.right],
            "n": n.astype(np.int64),
            "observed": observed,
            "expected": expected,
            "kappa": kappa,
        }
    )
    return table[table["n"] >= fewest].reset_index(drop=True)


def _compiled(labels: Labels, alike: Floats) -> _Pairs:
    from groundkeeper.core.agreement.rater_pair_kernels import (  # noqa: PLC0415 - numba, which few labels do without
        pair_margins,
    )

    said, agreed = pair_margins(
        labels.starts, labels.annotator, labels.label, labels.multiplicity, alike
    )
    left, right = np.nonzero(np.triu(said.any(axis=2), 1))
    return _Pairs(left, right, agreed[left, right], said[left, right], said[right, left])


def _sorted(labels: Labels, alike: Floats) -> _Pairs:
    """Return the pairs by sorting what was said of each unit together; its memory is that of the pairs that exist."""
    n, k = labels.n_annotators, labels.n_classes
    parts = [_summed(*part) for part in _by_lag(labels)]
    cells, often = (
        _summed(*(np.concatenate(side) for side in zip(*parts, strict=True)))
        if parts
        else (np.zeros(0, dtype=np.int64), np.zeros(0))
    )
    pairs, of_pair = np.unique(cells // (k * k), return_inverse=True)
    one, other = cells // k % k, cells % k
    first, second = (
        _weighed(of_pair * k + said, often, len(pairs) * k).reshape(len(pairs), k)
        for said in (one, other)
    )
    agreed = _weighed(of_pair, often * alike[one, other], len(pairs))
    return _Pairs(pairs // n, pairs % n, agreed, first, second)


def _by_lag(labels: Labels) -> Iterator[tuple[Codes, Floats]]:
    """Yield what every two labels of one task that are 1, 2, ... apart in the order say, and for how many tasks.

    That annotator a said i and b said j is ``((a n + b) k + i) k + j`` of n annotators and k classes.
    """
    n, k = labels.n_annotators, labels.n_classes
    task, who, said = labels.task, labels.annotator.astype(np.int64), labels.label
    for lag in range(1, int(np.diff(labels.starts).max(initial=0))):
        both = (task[lag:] == task[:-lag]) & (who[lag:] != who[:-lag])
        earlier, later = np.flatnonzero(both), np.flatnonzero(both) + lag
        cells = ((who[earlier] * n + who[later]) * k + said[earlier]) * k + said[later]
        yield cells, labels.multiplicity[task[earlier]]


def _summed(cells: Codes, often: Floats) -> tuple[Codes, Floats]:
    found, places = np.unique(cells, return_inverse=True)
    return found, _weighed(places, often, len(found))


def _weighed(codes: npt.NDArray[np.integer], often: Floats, size: int) -> Floats:
    return np.bincount(codes, often, size).astype(np.float64)
