"""What most annotators said.

References
----------
Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm, Applied Statistics
28(1), 20-28, doi:10.2307/2346806, equation 3.1: the shares of the votes, from which their model starts.
"""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import offsets_of
from groundkeeper.core.truth.inferred import Inferred, Posterior
from groundkeeper.core.truth.labels import Labels

SPARE = 4
"""Votes are counted in a table if it has at most so many places a label."""

Cells = npt.NDArray[np.int64]


def majority(labels: Labels) -> Inferred:
    """Return the share of the votes of each class as its probability; classes that nobody named are left out.

    Nothing is learnt about annotators or tasks, so identity does not matter. Ties stay ties: ``Posterior.best`` takes
    the first class in the order of the vocabulary, and says how many are as frequent.

    Examples
    --------
    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> rows = [("a", 1, "x"), ("a", 2, "y"), ("a", 3, "y"), ("b", 1, "x"), ("b", 2, "y")]
    >>> found = majority(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.dense(2).round(2).tolist()
    [[0.33, 0.67], [0.5, 0.5]]
    >>> best = found.posterior.best()
    >>> best.label.tolist(), best.ties.tolist()
    ([1, 0], [1, 2])
    """
    cells, votes = cells_named(labels)
    return Inferred("majority", labels, shares(labels, cells, votes.astype(np.float64)))


def cells_named(labels: Labels) -> tuple[Cells, Cells]:
    """Return where some task was given some class, ``task * n_classes + class`` ascending, and how often."""
    cell = cell_of_label(labels)
    if labels.n_tasks * labels.n_classes > SPARE * len(cell):
        return np.unique(cell, return_counts=True)
    votes = np.bincount(cell, minlength=labels.n_tasks * labels.n_classes)
    cells = np.flatnonzero(votes > 0)  # of truths, which is found in a fifth of the time
    return cells, votes[cells]


def cell_of_label(labels: Labels) -> Cells:
    """Return ``task * n_classes + class`` of each label."""
    return labels.task * labels.n_classes + labels.label


def shares(labels: Labels, cells: Cells, votes: npt.NDArray[np.float64]) -> Posterior:
    """Return the posterior in which each of the *cells* has its share of the *votes* of its task."""
    k = max(labels.n_classes, 1)
    task = cells // k
    classes = cells - task * k
    starts = offsets_of(np.bincount(task, minlength=labels.n_tasks))
    total = np.bincount(task, weights=votes, minlength=labels.n_tasks)
    return Posterior(starts, classes.astype(np.int32), votes / total[task])
