"""What annotators said, each counted by a weight.

References
----------
Without weights: worker agreement with aggregate (Wawa), one round: the weight of an annotator is the share of their
labels that the majority gave, too. As in Ustalov, Pavlichenko and Tseitlin (2024), Learning from crowds with
Crowd-Kit, Journal of Open Source Software 9(96), 6227, doi:10.21105/joss.06227.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.truth.inferred import TIE, Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.majority import cell_of_label, cells_named, shares
from groundkeeper.errors import RefusedError, listing


def weighted(labels: Labels, *, weights: pd.Series | None = None) -> Inferred:
    """Return the share of the weighted votes of each class as its probability; classes that nobody named are left out.

    Where everybody who labelled a task has the weight 0, their votes count alike.

    Parameters
    ----------
    labels : Labels
    weights : Series, optional
        Of each annotator, 0 or more, indexed by their names. Without them an annotator weighs as much as they agree
        with the majority, which is then their ``skill``; agreeing with one of m tied classes counts 1 / m.

    Raises
    ------
    RefusedError
        If an annotator has no weight or several, or a weight is negative or not finite.

    Examples
    --------
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xxy", 2: "xxx", 3: "yyx"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = weighted(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.skill.round(2).tolist()
    [0.67, 1.0, 0.33]
    >>> found.posterior.dense(2).round(2).tolist()
    [[0.83, 0.17], [0.83, 0.17], [0.67, 0.33]]
    """
    cells, votes = cells_named(labels)
    row = np.searchsorted(cells, cell_of_label(labels))
    plain = shares(labels, cells, votes.astype(np.float64))
    skill: Floats | None = None
    if weights is None:
        skill = _agreement(labels, plain, row)
        weight = np.nan_to_num(skill)
    else:
        weight = _of_annotators(labels, weights)
    counted = np.bincount(row, weights=weight[labels.annotator], minlength=len(cells))
    task = cells // max(labels.n_classes, 1)
    heard = np.bincount(task, weights=counted, minlength=labels.n_tasks)[task] > 0
    posterior = shares(labels, cells, np.where(heard, counted, votes))
    return Inferred("weighted", labels, posterior, Fit(int(weights is None), converged=True), skill)


def _agreement(labels: Labels, votes: Posterior, row: npt.NDArray[np.intp]) -> Floats:
    """Return the share of the labels of each annotator that the majority gave; nan without labels.

    Parameters
    ----------
    votes : Posterior
        Shares of the votes.
    row : intp[n]
        Where among the shares that of the class of each label is.
    """
    best = votes.best()
    task = labels.task
    agrees = votes.probability[row] >= best.probability[task] - TIE
    times = labels.multiplicity[task]
    agreed = np.bincount(labels.annotator, times * agrees / best.ties[task], labels.n_annotators)
    given = np.bincount(labels.annotator, times, labels.n_annotators)
    skill = np.full(labels.n_annotators, np.nan)
    np.divide(agreed, given, out=skill, where=given > 0)
    return skill


def _of_annotators(labels: Labels, weights: pd.Series) -> Floats:
    """Return the weight of each annotator."""
    repeated = weights.index[weights.index.duplicated()].unique()
    if len(repeated):
        message = (
            f"found several weights of {listing(repeated)}; allowed is one; leave out the others"
        )
        raise RefusedError(message)
    weight = weights.reindex(labels.annotators).to_numpy(np.float64)
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        found = (
            f"{who} {what}"
            for who, what in zip(labels.annotators[wrong], weight[wrong], strict=True)
        )
        message = (
            f"found the weights {listing(found)} (nan: none is given); allowed are numbers from 0; name a weight of "
            "every annotator"
        )
        raise RefusedError(message)
    return weight
