"""Annotators who are each right with one probability, and err to every other class alike.

References
----------
Zhang, Chen, Zhou and Jordan (2016), Spectral methods meet EM: a provably optimal algorithm for crowdsourcing, Journal
of Machine Learning Research 17(102), 1-44, arXiv:1406.3824, section 2: the one-coin model.
"""

from typing import Literal

import numpy as np

from groundkeeper.core.truth.climb import climb
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.said import Agreed, given_in
from groundkeeper.errors import UnknownNameError

FLOOR = 1e-10
"""No probability is below it, nor above 1 less it: nobody is certain to be right."""
LARGEST_LOG = 600.0
"""A product whose logarithm is within it neither overflows nor vanishes."""


def one_coin(
    labels: Labels,
    *,
    iterations: int = 100,
    tolerance: float = 1e-5,
    prior: Literal["estimated", "uniform"] = "estimated",
) -> Inferred:
    """Return how probable each class is, given how often each annotator is right, which is estimated along with it.

    Expectation maximisation from the shares of the votes; it climbs to a local maximum. Unanimity is not kept where the
    annotators who agree are found to be wrong mostly.

    Parameters
    ----------
    labels : Labels
    iterations : int
        At most so many.
    tolerance : float
        It has converged when a round gains less than this a label; 0 does all iterations.
    prior : {'estimated', 'uniform'}
        Whether the frequencies of the classes are estimated, or stay equal.

    Raises
    ------
    RefusedError
        If an option is out of range, or the posterior would not fit into memory.
    UnknownNameError
        If *prior* is neither.

    Examples
    --------
    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xxyyz", 2: "xxyyz", 3: "xyzxy"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = one_coin(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.best().label.tolist()
    [0, 0, 1, 1, 2]
    >>> found.skill.round(2).tolist()
    [1.0, 1.0, 0.2]
    """
    if prior not in {"estimated", "uniform"}:
        kind = "prior"
        raise UnknownNameError(kind, prior, ["estimated", "uniform"])
    refuse_too_large(labels, "one_coin")
    model = _Model(labels, uniform=prior == "uniform")
    scaled = tolerance * labels.weight
    fit = climb(model.round, iterations=iterations, tolerance=scaled, objective="log-likelihood")
    return model.inferred(fit)


class _Model:
    """The model while it is fitted.

    Attributes
    ----------
    given : Given
        The labels.
    several, skill : float64[n_annotators]
        How many labels each annotator gave, and which share is right.
    prevalence : float64[k]
        How probable each class is.
    agreed : Agreed
        The posterior, and what it says of annotators and classes.
    """

    def __init__(self, labels: Labels, *, uniform: bool) -> None:
        """Start from the shares of the votes."""
        from groundkeeper.core.truth.one_coin_kernels import (  # noqa: PLC0415 - numba, which majority does without
            agree_by_votes,
        )

        self.labels = labels
        self.given = given_in(labels)
        self.uniform = uniform
        times = np.repeat(labels.multiplicity, np.diff(labels.starts))
        self.several = np.bincount(labels.annotator, times, labels.n_annotators).astype(np.float64)
        self.agreed = Agreed(
            posterior=np.zeros((labels.n_tasks, labels.n_classes)),
            right=np.zeros(labels.n_annotators),
            totals=np.zeros(labels.n_classes),
        )
        agree_by_votes(self.given, self.agreed)
        self.prevalence = np.full(labels.n_classes, 1 / max(labels.n_classes, 1))
        self._maximise()

    def round(self) -> float:
        """Infer the tasks from the annotators and then the annotators from the tasks; return the objective between."""
        from groundkeeper.core.truth.one_coin_kernels import (  # noqa: PLC0415 - numba, which majority does without
            expect_and_agree,
        )

        right, wrong = self._probabilities()
        log_odds = np.log(right) - np.log(wrong)
        safe = int(LARGEST_LOG / max(np.abs(log_odds).max(initial=0.0), 1.0))
        objective = self.several @ np.log(wrong) + expect_and_agree(
            self.given, log_odds, self.prevalence, self.agreed, safe
        )
        self._maximise()
        return float(objective)

    def inferred(self, fit: Fit) -> Inferred:
        """Return what was found."""
        return Inferred(
            method="one_coin",
            labels=self.labels,
            posterior=Posterior.of_dense(self.agreed.posterior, self.labels.labelled),
            fit=fit,
            skill=self.skill,
            prevalence=self.prevalence,
        )

    def _maximise(self) -> None:
        self.skill = np.full(self.labels.n_annotators, np.nan)
        np.divide(self.agreed.right, self.several, out=self.skill, where=self.several > 0)
        if not self.uniform:
            tasks = self.labels.multiplicity[self.labels.labelled].sum()
            self.prevalence = np.maximum(self.agreed.totals / max(tasks, 1.0), FLOOR)

    def _probabilities(self) -> tuple[Floats, Floats]:
        """Return the probabilities with which each annotator says the right class, and a certain wrong one."""
        skill = np.nan_to_num(self.skill)
        several = max(self.labels.n_classes - 1, 1)
        return np.clip(skill, FLOOR, 1 - FLOOR), np.clip((1 - skill) / several, FLOOR, 1 - FLOOR)
