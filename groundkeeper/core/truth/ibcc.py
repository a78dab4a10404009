"""Annotators who each confuse the classes in their own way, with a prior belief about how: IBCC.

The model of Dawid and Skene with Dirichlet priors, fitted by variational Bayes: what is believed of an annotator is a
distribution, which stays near the prior for who gave few labels.

References
----------
Kim and Ghahramani (2012), Bayesian classifier combination, AISTATS, PMLR 22, 619-627,
https://proceedings.mlr.press/v22/kim12.html, section 2.1.
Simpson, Roberts, Psorakis and Smith (2013), Dynamic Bayesian combination of multiple imperfect classifiers, in Decision
Making and Imperfection, 1-35, doi:10.1007/978-3-642-36406-8_1, section 2.2: the updates and the bound.
"""

import numpy as np

from groundkeeper.core.truth.climb import climb
from groundkeeper.core.truth.confusions import skill_of
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.dirichlet import Belief, believe
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.core.truth.said import Sums, Table, said_in
from groundkeeper.errors import RefusedError


def ibcc(
    labels: Labels, *, iterations: int = 500, tolerance: float = 1e-7, prior_skill: float = 0.6
) -> Inferred:
    """Return how probable each class is, given beliefs about how each annotator confuses classes.

    Beforehand every annotator is thought to have given each wrong class once for every true class, and the right one
    as often as makes ``prior_skill`` of these labels right; every class is thought to have been true once.
    ``confusion``, ``skill`` and ``prevalence`` are means of the beliefs afterwards. It starts from the shares of the
    votes, and climbs to a local maximum. Unanimity is not kept where the annotators who agree are found to be wrong
    mostly, or the class to be rare.

    Parameters
    ----------
    labels : Labels
    iterations : int
        At most so many.
    tolerance : float
        It has converged when a round gains less than this a label; 0 does all iterations.
    prior_skill : float
        Between 0 and 1; above 1 / k it says which class is which, as the annotators do.

    Raises
    ------
    RefusedError
        If an option is out of range, or the confusions would not fit into memory.

    Examples
    --------
    The last annotator gave one label, and is believed to be nearly what all are believed to be:

    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xxyyx", 2: "xxyyy", 3: "yyxxy", 4: "x"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = ibcc(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.dense(2)[:4].round(2).tolist()
    [[0.99, 0.01], [0.98, 0.02], [0.03, 0.97], [0.03, 0.97]]
    >>> found.skill.round(2).tolist()
    [0.78, 0.71, 0.32, 0.66]
    """
    if not 0 < prior_skill < 1:
        message = (
            f"found a prior_skill of {prior_skill}; allowed is a number between 0 and 1; change it"
        )
        raise RefusedError(message)
    refuse_too_large(labels, "ibcc", cells_of_annotator=4 * labels.n_classes**2)
    model = _Model(labels, prior_skill)
    scaled = tolerance * labels.weight
    fit = climb(
        model.round, iterations=iterations, tolerance=scaled, objective="evidence lower bound"
    )
    return model.inferred(fit)


class _Model:
    """The model while it is fitted.

    Attributes
    ----------
    thought : float64[k, k]
        How often an annotator is thought to have given a class beforehand, by the true one.
    sums : Sums
        The posterior, and what it says of annotators and classes.
    """

    def __init__(self, labels: Labels, prior_skill: float) -> None:
        """Start from the shares of the votes."""
        from groundkeeper.core.truth.dawid_skene_kernels import (  # noqa: PLC0415 - numba, which majority does without
            count,
        )

        k = labels.n_classes
        self.labels = labels
        self.said = said_in(labels)
        self.thought = _thought(k, prior_skill)
        self.sums = Sums(
            posterior=np.nan_to_num(majority(labels).posterior.dense(k)),
            counts=np.zeros((labels.n_annotators * k, k)),
            totals=np.zeros(k),
        )
        count(self.said, self.sums)

    def round(self) -> float:
        """Infer the annotators from the tasks and then the tasks from the annotators; return the objective."""
        from groundkeeper.core.truth.dawid_skene_kernels import (  # noqa: PLC0415 - numba, which majority does without
            expect_and_count,
        )

        annotators, classes = self._beliefs()
        confusion = np.exp(annotators.expected_log).swapaxes(1, 2).reshape(self.sums.counts.shape)
        prevalence = np.exp(classes.expected_log)
        log_likelihood = expect_and_count(self.said, confusion, prevalence, self.sums)
        return log_likelihood - annotators.divergence() - classes.divergence()

    def inferred(self, fit: Fit) -> Inferred:
        """Return what was found."""
        labels = self.labels
        annotators, classes = self._beliefs()
        confusion = annotators.mean()
        confusion[np.bincount(labels.annotator, minlength=labels.n_annotators) == 0] = np.nan
        prevalence = classes.mean()
        return Inferred(
            method="ibcc",
            labels=labels,
            posterior=Posterior.of_dense(self.sums.posterior, labels.labelled),
            fit=fit,
            skill=skill_of(confusion, prevalence),
            confusion=confusion,
            prevalence=prevalence,
        )

    def _beliefs(self) -> tuple[Belief, Belief]:
        """Return what is believed of confusions ``[n_annotators, k, k]``, the true class first, and of prevalence."""
        counts = self.sums.counts.reshape(self.labels.n_annotators, *self.thought.shape)
        classes = believe(np.ones_like(self.sums.totals), self.sums.totals)
        return believe(self.thought, counts.swapaxes(1, 2)), classes


def _thought(k: int, prior_skill: float) -> Table:
    """Return ``[k, k]``: how often an annotator is thought to have given a class beforehand, by the true one."""
    thought = np.ones((k, k))
    np.fill_diagonal(thought, max(k - 1, 1) * prior_skill / (1 - prior_skill))
    return thought
