"""Annotators of different ability, tasks of different difficulty: GLAD.

An annotator of ability a is right about a task of ease b with the probability ``1 / (1 + exp(-a b))``; errors go to
every other class alike, and all classes are equally frequent beforehand. An ability below 0 means wrong more often than
a coin. Abilities, and logarithms of eases, are thought to be normal around 1 with variance 1 beforehand, which also
settles that multiplying all abilities and dividing all eases by one number would change nothing else.

References
----------
Whitehill, Ruvolo, Wu, Bergsma and Movellan (2009), Whose vote should count more: optimal integration of labels from
labelers of unknown expertise, NeurIPS 22, 2035-2043,
https://papers.nips.cc/paper/2009/hash/f899139df5e1059396431415e770c6dd-Abstract.html, equations 1 to 4, and section 3
on more than two classes.
Salakhutdinov and Roweis (2003), Adaptive overrelaxed bound optimization methods, ICML, 664-671: steps longer than to
the top of a bound.
"""

import numpy as np

from groundkeeper.core.truth.climb import climb
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels

STRETCH = 1.5
"""How far abilities move, as a multiple of the way to the top of the bound: beyond it, as it is near the end too short
a way, and not beyond twice it, where the bound is as low as before."""
ONE_CLASS = "fewer than two classes were named, so nothing tells annotators or tasks apart"


def glad(labels: Labels, *, iterations: int = 500, tolerance: float = 1e-6) -> Inferred:
    """Return how probable each class is, given abilities and difficulties, which are estimated along with it.

    Expectation maximisation to a local maximum of the posterior of abilities and eases, from the prior means.
    ``skill`` is how many of the labels that an annotator gave are right on average, as the model has it: who was
    given hard tasks is not as skilled as who was given easy ones. ``difficulty`` is 1 / ease, above 0. Unanimity is
    not kept where the annotators who agree are found to be wrong mostly.

    Parameters
    ----------
    labels : Labels
    iterations : int
        At most so many.
    tolerance : float
        It has converged when a round gains less than this a label; 0 does all iterations.

    Raises
    ------
    RefusedError
        If an option is out of range, or the posterior would not fit into memory.

    Examples
    --------
    Everybody agrees on the first three tasks; on the last the third annotator does not:

    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xyxy", 2: "xyxy", 3: "xyxx"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = glad(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.best().label.tolist()
    [0, 1, 0, 1]
    >>> found.skill.round(2).tolist(), found.difficulty.round(2).tolist()
    ([0.96, 0.96, 0.88], [0.28, 0.28, 0.28, 0.62])
    """
    refuse_too_large(labels, "glad")
    if labels.n_classes < 2:  # noqa: PLR2004 - nobody can err where there is one class
        return _certain(labels)
    model = _Model(labels)
    scaled = tolerance * labels.weight
    fit = climb(model.round, iterations=iterations, tolerance=scaled, objective="log posterior")
    return model.inferred(fit)


class _Model:
    """The model while it is fitted.

    Attributes
    ----------
    ability : float64[n_annotators]
    learnt : Learnt
        Eases, the posterior, and what they say of abilities.
    """

    def __init__(self, labels: Labels) -> None:
        """Start from the means of the prior."""
        from groundkeeper.core.truth.glad_kernels import (  # noqa: PLC0415 - numba, which majority does without
            PRIOR_MEAN,
            Given,
            Learnt,
        )

        self.labels = labels
        self.given = Given(labels.starts, labels.annotator, labels.label, labels.multiplicity)
        self.ability = np.full(labels.n_annotators, PRIOR_MEAN)
        self.learnt = Learnt(
            log_ease=np.full(labels.n_tasks, PRIOR_MEAN),
            posterior=np.empty((labels.n_tasks, labels.n_classes)),
            evidence=self.ability.copy(),
            information=np.ones(labels.n_annotators),
        )

    def round(self) -> float:
        """Move the abilities, then the eases, then the posterior; return the objective."""
        from groundkeeper.core.truth.glad_kernels import (  # noqa: PLC0415 - numba, which majority does without
            ease_and_weigh,
        )

        top = self.learnt.evidence / self.learnt.information
        self.ability += STRETCH * (top - self.ability)
        return ease_and_weigh(self.given, self.ability, self.learnt)

    def inferred(self, fit: Fit) -> Inferred:
        """Return what was found."""
        k = self.labels.n_classes
        labelled = self.labels.labelled
        return Inferred(
            method="glad",
            labels=self.labels,
            posterior=Posterior.of_dense(self.learnt.posterior, labelled),
            fit=fit,
            skill=self._skill(),
            prevalence=np.full(k, 1 / k),
            difficulty=np.where(labelled, np.exp(-self.learnt.log_ease), np.nan),
        )

    def _skill(self) -> Floats:
        """Return which share of the labels of each annotator is right on average."""
        from groundkeeper.core.truth.glad_kernels import (  # noqa: PLC0415 - numba, which majority does without
            expect_right,
        )

        right, total = np.empty((2, self.labels.n_annotators))
        expect_right(self.given, self.ability, self.learnt.log_ease, right, total)
        return np.divide(right, total, out=np.full_like(right, np.nan), where=total > 0)


def _certain(labels: Labels) -> Inferred:
    """Return the answer where there is one class, or none."""
    given = np.bincount(labels.annotator, minlength=labels.n_annotators)
    return Inferred(
        "glad",
        labels,
        Posterior.of_dense(np.ones((labels.n_tasks, labels.n_classes)), labels.labelled),
        Fit(0, converged=True, note=ONE_CLASS),
        skill=np.where(given > 0, 1.0, np.nan),
        prevalence=np.ones(labels.n_classes),
        difficulty=np.full(labels.n_tasks, np.nan),
    )
