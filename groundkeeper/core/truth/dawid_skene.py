"""Annotators who each confuse the classes in their own way: the model of Dawid and Skene.

References
----------
Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm, Applied
Statistics 28(1), 20-28, doi:10.2307/2346806, equations 2.3 to 2.5.
Zheng, Li, Li, Shan and Cheng (2017), Truth inference in crowdsourcing: is the problem solved?, PVLDB 10(5), 541-552,
doi:10.14778/3055540.3055547: the comparison behind ``PVLDB_2017``.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np

from groundkeeper.core.truth.climb import climb
from groundkeeper.core.truth.confusions import (
    Beforehand,
    Belief,
    beforehand,
    confusion_with,
    skill_of,
)
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.core.truth.said import Sums, said_in
from groundkeeper.errors import RefusedError, UnknownNameError

Start: TypeAlias = Literal["votes", "diagonal"]
Prior: TypeAlias = Literal["estimated", "uniform"]

NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"start": get_args(Start), "prior": get_args(Prior), "belief": get_args(Belief)}
)
"""What may be chosen of each option that has names."""
PVLDB_2017: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "start": "diagonal",
        "diagonal": 0.7,
        "belief": "diagonal",
        "iterations": 20,
        "tolerance": 0.0,
    }
)
"""Options of the D&S in Table 6 of Zheng et al. (2017): classes start equally frequent, and are estimated then; an
annotator who has met none of a class is believed to be as at the start."""
CROWD_KIT: Final[Mapping[str, Any]] = MappingProxyType({"floor": 1e-10})
"""Options that give the posterior of Crowd-Kit 1.4 after as many iterations."""


def dawid_skene(  # noqa: PLR0913 - options of the model, by name
    labels: Labels,
    *,
    iterations: int = 100,
    tolerance: float = 1e-5,
    smoothing: float = 0.0,
    floor: float = 0.0,
    start: Start = "votes",
    diagonal: float = 0.7,
    prior: Prior = "estimated",
    belief: Belief = "used",
) -> Inferred:
    """Return how probable each class is, given how each annotator confuses classes, which is estimated along with it.

    Expectation maximisation: it climbs to a local maximum, which depends on where it starts. Unanimity is not kept
    where the annotators who agree are found to be wrong mostly. An annotator with few labels is believed as they
    happened to agree; ``ibcc`` is more careful.

    Parameters
    ----------
    labels : Labels
    iterations : int
        At most so many.
    tolerance : float
        It has converged when a round gains less than this a label; 0 does all iterations.
    smoothing : float
        How many labels each cell of a confusion is thought to hold beforehand, on average; 0 maximises the likelihood.
    floor : float
        A cell of a label that the annotator uses holds at least so many labels, and a class is at least so frequent;
        0 leaves impossible what has not happened. With more, the objective may fall by as little.
    start : {'votes', 'diagonal'}
        From the shares of the votes, or from confusions with *diagonal* in the diagonal, the rest shared equally, and
        classes that are equally frequent.
    diagonal : float
        Between 0 and 1.
    prior : {'estimated', 'uniform'}
        Whether the frequencies of the classes are estimated, or stay equal.
    belief : {'used', 'uniform', 'diagonal'}
        What *smoothing* draws to, and what is believed of an annotator and a class that none of their tasks has:
        that they give all labels that they have given anywhere equally often, or all labels, or are right with
        the probability *diagonal*.

    Raises
    ------
    RefusedError
        If an option is out of range, or the confusions would not fit into memory.
    UnknownNameError
        If *start*, *prior* or *belief* is none of those named.

    Examples
    --------
    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xxyyx", 2: "xxyyy", 3: "yyxxy"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = dawid_skene(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.dense(2)[:4].round(3).tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    >>> found.skill.round(1).tolist()
    [1.0, 0.8, 0.0]
    """
    _refuse_options(smoothing, floor, diagonal)
    _refuse_names(start=start, prior=prior, belief=belief)
    refuse_too_large(labels, "dawid_skene", cells_of_annotator=3 * labels.n_classes**2)
    thought = beforehand(labels, belief, diagonal=diagonal, smoothing=smoothing, floor=floor)
    model = _Model(labels, thought, rarest=None if prior == "uniform" else floor)
    if start == "votes":
        model.start_from_votes()
    else:
        model.confusion[:] = confusion_with(diagonal, labels.n_classes)
    fit = climb(
        model.round,
        iterations=iterations,
        tolerance=tolerance * labels.weight,
        objective="log posterior" if smoothing else "log-likelihood",
    )
    return model.inferred(fit)


class _Model:
    """The model while it is fitted.

    Attributes
    ----------
    said : Said
        The labels.
    confusion : float64[n_annotators, k, k]
        As in ``confusions``.
    prevalence : float64[k]
        How probable each class is.
    sums : Sums
        The posterior, and what it says of annotators and classes.
    """

    def __init__(self, labels: Labels, thought: Beforehand, *, rarest: float | None) -> None:
        """Let classes be equally probable, and stay so if *rarest* is None; else it is the least probability."""
        n_classes = labels.n_classes
        self.labels = labels
        self.said = said_in(labels)
        self.thought = thought
        self.rarest = rarest
        self.confusion = np.empty((labels.n_annotators, n_classes, n_classes))
        self.prevalence = np.full(n_classes, 1 / max(n_classes, 1))
        self.sums = Sums(
            posterior=np.zeros((labels.n_tasks, n_classes)),
            counts=np.zeros((labels.n_annotators * n_classes, n_classes)),
            totals=np.zeros(n_classes),
        )

    def start_from_votes(self) -> None:
        """Take the shares of the votes for the posterior."""
        from groundkeeper.core.truth.dawid_skene_kernels import (  # noqa: PLC0415 - numba, which majority does without
            count,
        )

        votes = majority(self.labels).posterior
        self.sums.posterior[:] = votes.dense(self.labels.n_classes)
        count(self.said, self.sums)
        self._maximise()

    def round(self) -> float:
        """Infer the tasks from the annotators and then the annotators from the tasks; return the objective between."""
        from groundkeeper.core.truth.dawid_skene_kernels import (  # noqa: PLC0415 - numba, which majority does without
            expect_and_count,
        )

        confusion = self.confusion.reshape(self.sums.counts.shape)
        log_likelihood = expect_and_count(self.said, confusion, self.prevalence, self.sums)
        objective = log_likelihood + self.thought.log_density(self.confusion)
        self._maximise()
        return objective

    def inferred(self, fit: Fit) -> Inferred:
        """Return what was found."""
        silent = np.bincount(self.labels.annotator, minlength=self.labels.n_annotators) == 0
        self.confusion[silent] = np.nan
        skill = skill_of(self.confusion, self._frequency())
        return Inferred(
            method="dawid_skene",
            labels=self.labels,
            posterior=Posterior.of_dense(self.sums.posterior, self.labels.labelled),
            fit=fit,
            skill=skill,
            confusion=self.confusion.transpose(0, 2, 1),
            prevalence=self.prevalence,
        )

    def _maximise(self) -> None:
        self.confusion = self.thought.confusion(self.sums.counts.reshape(self.confusion.shape))
        if self.rarest is not None:
            self.prevalence = np.maximum(self._frequency(), self.rarest)

    def _frequency(self) -> Floats:
        """Return ``[k]``: which share of the tasks is of each class."""
        tasks = self.labels.multiplicity[self.labels.labelled].sum()
        return np.asarray(self.sums.totals / max(tasks, 1.0))


def _refuse_options(smoothing: float, floor: float, diagonal: float) -> None:
    if not (0 <= smoothing < np.inf and 0 <= floor < 1 and 0 < diagonal < 1):
        message = (
            f"found a smoothing of {smoothing}, a floor of {floor} and a diagonal of {diagonal}; allowed are a "
            "smoothing from 0, a floor from 0 to below 1 and a diagonal between 0 and 1; change them"
        )
        raise RefusedError(message)


def _refuse_names(**chosen: str) -> None:
    """Refuse an option that is none of its names."""
    for option, name in chosen.items():
        if name not in NAMES[option]:
            raise UnknownNameError(option, name, NAMES[option])
