"""Annotators who either know the answer or guess, with favourite classes of their own if wanted: MACE.

Of each label it is unknown whether the annotator knew; who guesses takes no notice of the task. Unless favourite
classes are asked for, all guess evenly. Fitted by variational Bayes with the prior of the paper on how often an
annotator knows, Beta(1/2, 1/2), and a Dirichlet distribution on what they guess: the paper's has the strategy 10, the
usual one here is ``EVEN``, which leaves no favourites.

References
----------
Hovy, Berg-Kirkpatrick, Vaswani and Hovy (2013), Learning whom to trust with MACE, NAACL-HLT, 1120-1130,
https://aclanthology.org/N13-1132: section 2.1, the model; 2.2, the restarts; 2.4, the priors.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.truth.climb import climb
from groundkeeper.core.truth.confusions import skill_of
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.dirichlet import Belief, believe
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.majority import cell_of_label, cells_named
from groundkeeper.errors import RefusedError, UnknownNameError

if TYPE_CHECKING:
    from groundkeeper.core.truth.mace_kernels import Right

Table: TypeAlias = npt.NDArray[np.float64]

KNOWS = np.array([0.5, 0.5])
"""How many labels an annotator is thought to have known and to have guessed beforehand."""
LEAST_STRATEGY = 0.01
"""Below it, guesses of classes that an annotator never guessed come out near 0, and odds out of range."""
DIGITS = 6
"""To which numbers of labels are compared: multiplicities may be fractions."""
EVEN: Final = 1e4
"""Strategy with which all guess evenly. It takes many answers of an annotator to tell a favourite from a class that is
frequent, so favourites are not looked for unless asked. So it comes within half a point of the accuracies of MACE in
Ustalov, Pavlichenko and Tseitlin, arXiv:2109.08584, too."""


def mace(  # noqa: PLR0913 - options of the model, by name
    labels: Labels,
    *,
    restarts: int = 10,
    iterations: int = 200,
    tolerance: float = 1e-6,
    prior: Literal["estimated", "uniform"] = "uniform",
    strategy: float = EVEN,
    seed: int = 0,
) -> Inferred:
    """Return how probable each class is, given who knows and who guesses, which is estimated along with it.

    Each start climbs to a local maximum, and the highest is taken; of those that are as high, to *tolerance*, the
    first. The first start takes everybody to know every second answer. The others draw how much each annotator knows,
    by how many labels they gave and how often others agree, so that the result does not depend on names and order; who
    is alike in these is drawn alike. Unanimity is kept with the *prior* 'uniform'; with 'estimated' a rare class may be
    held to be guessed.

    Parameters
    ----------
    labels : Labels
    restarts : int
        How many starts, from 1.
    iterations : int
        At most so many from each start.
    tolerance : float
        It has converged when a round gains less than this a label; 0 does all iterations.
    prior : {'uniform', 'estimated'}
        Whether the frequencies of the classes are equal as in the paper, or estimated.
    strategy : float
        How often an annotator is thought to have guessed each class beforehand, from 0.01. As it stands, all who guess
        guess evenly. Small numbers let everybody have favourites, 10 in the paper; then, with equal frequencies,
        those who name a very frequent class look as if they guessed, and it is better to have these estimated.
    seed : int
        Of the draws.

    Raises
    ------
    RefusedError
        If an option is out of range, or the confusions would not fit into memory.
    UnknownNameError
        If *prior* is neither.

    Examples
    --------
    The third annotator says y whatever the task:

    >>> import pandas as pd
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {1: "xyxzyxzx", 2: "xyxzyxzx", 3: "yyyyyyyy"}
    >>> rows = [(task, who, label) for who, word in said.items() for task, label in enumerate(word)]
    >>> found = mace(code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"])))
    >>> found.posterior.best().label.tolist()
    [0, 1, 0, 2, 1, 0, 2, 0]
    >>> found.skill.round(2).tolist()
    [0.96, 0.96, 0.39]
    """
    _refuse_options(restarts, strategy, prior)
    refuse_too_large(labels, "mace", cells_of_annotator=labels.n_classes * (labels.n_classes + 6))
    model = _Model(labels, strategy, estimated=prior == "estimated")
    near = tolerance * labels.weight
    fit = _highest(model, _starts(labels, restarts, seed), iterations, near)
    return model.inferred(fit)


class _Model:
    """The model while it is fitted.

    Attributes
    ----------
    heard : Heard
        The labels.
    counts : float64[n_annotators, k]
        How many labels of each class each annotator gave.
    share : float64[n_annotators, k]
        How much of a right label of the class the annotator knows, and does not guess.
    right : Right
        The posterior, and what it says of annotators and classes.
    """

    def __init__(self, labels: Labels, strategy: float, *, estimated: bool) -> None:
        """Read the labels."""
        from groundkeeper.core.truth.mace_kernels import Heard  # noqa: PLC0415 - numba, which majority does without

        k = labels.n_classes
        self.labels = labels
        self.estimated = estimated
        self.thought_of_guesses = np.full(k, strategy)
        row, times = labels.annotator * np.int32(k) + labels.label, labels.multiplicity
        label, starts = labels.label.view(np.uint32), labels.starts.view(np.uint64)
        self.heard = Heard(starts, row.view(np.uint32), label, times)
        counts = np.bincount(row, times[labels.task], labels.n_annotators * k)
        self.counts = counts.astype(np.float64).reshape(labels.n_annotators, k)
        self.share = np.ones_like(self.counts)
        self.right = self._nothing_right()

    def fit(self, knows: Floats, iterations: int, near: float) -> Fit:
        """Fit from how often each annotator is taken to know, ``knows[n_annotators]``, and return how that went."""
        self._start(knows)
        objective = "evidence lower bound"
        return climb(self._round, iterations=iterations, tolerance=near, objective=objective)

    def keep(self) -> None:
        """Let what was fitted last be what was found."""
        self.kept = self.right, self.share
        self.right = self._nothing_right()

    def inferred(self, fit: Fit) -> Inferred:
        """Return what was found."""
        self.right, self.share = self.kept
        knows, guesses, classes = self._beliefs()
        known, guessed = knows.mean()[:, :1, np.newaxis], knows.mean()[:, 1:, np.newaxis]
        confusion = known * np.eye(self.labels.n_classes) + guessed * guesses.mean()[:, np.newaxis]
        confusion[self.counts.sum(axis=1) == 0] = np.nan
        prevalence = classes.mean() if self.estimated else self._even()
        return Inferred(
            method="mace",
            labels=self.labels,
            posterior=Posterior.of_dense(self.right.posterior, self.labels.labelled),
            fit=fit,
            skill=skill_of(confusion, prevalence),
            confusion=confusion,
            prevalence=prevalence,
        )

    def _start(self, knows: Floats) -> None:
        """Infer the tasks where annotators know so often, and guess evenly."""
        k = self.labels.n_classes
        log_odds = np.log1p(knows * k / (1 - knows))[:, np.newaxis]
        self._expect(np.repeat(log_odds, k, axis=1), self._even())

    def _round(self) -> float:
        """Infer the annotators from the tasks and then the tasks from the annotators; return the objective."""
        knows, guesses, classes = self._beliefs()
        learnt = knows.divergence() + guesses.divergence()
        prevalence = self._even()
        if self.estimated:
            learnt += classes.divergence()
            prevalence = np.exp(classes.expected_log)
        log_known, log_guessed = knows.expected_log[:, :1], knows.expected_log[:, 1:]
        log_guess = log_guessed + guesses.expected_log
        log_likelihood = self._expect(np.logaddexp(0.0, log_known - log_guess), prevalence)
        return log_likelihood + float((self.counts * log_guess).sum()) - learnt

    def _expect(self, log_odds: Table, prevalence: Floats) -> float:
        """Infer the tasks by ``log_odds[n_annotators, k]``; return the log-likelihood but for the guesses."""
        from groundkeeper.core.truth.mace_kernels import (  # noqa: PLC0415 - numba, which majority does without
            expect_right,
        )

        self.share = -np.expm1(-log_odds)
        return expect_right(self.heard, log_odds.ravel(), prevalence, self.right)

    def _nothing_right(self) -> "Right":
        """Return where a round writes."""
        from groundkeeper.core.truth.mace_kernels import Right  # noqa: PLC0415 - numba, which majority does without

        k = self.labels.n_classes
        posterior = np.empty((self.labels.n_tasks, k))
        return Right(posterior, labels=np.empty(self.counts.size), classes=np.empty(k))

    def _beliefs(self) -> tuple[Belief, Belief, Belief]:
        """Return what is believed of knowing or guessing ``[n_annotators, 2]``, of guesses, and of the classes."""
        known = self.right.labels.reshape(self.counts.shape) * self.share
        guessed = self.counts - known
        either = np.stack([known.sum(axis=1), guessed.sum(axis=1)], axis=1)
        classes = believe(np.ones_like(self.right.classes), self.right.classes)
        return believe(KNOWS, either), believe(self.thought_of_guesses, guessed), classes

    def _even(self) -> Floats:
        """Return ``[k]``: all classes equally frequent."""
        k = self.labels.n_classes
        return np.full(k, 1 / max(k, 1))


def _highest(model: _Model, starts: Iterator[Floats], iterations: int, near: float) -> Fit:
    """Fit the *model* from each start; keep where it ends highest, and return how that fit went.

    Of starts that end within *near* of one another it is the first.
    """
    highest = model.fit(next(starts), iterations, near)
    model.keep()
    ends = [highest.history[-1]]
    for knows in starts:
        fit = model.fit(knows, iterations, near)
        ends.append(fit.history[-1])
        if ends[-1] > highest.history[-1] + near:
            highest = fit
            model.keep()
    note = f"the highest of {len(ends)} starts, which end from {min(ends):.1f} to {max(ends):.1f}"
    return replace(highest, note=note if len(ends) > 1 else "")


def _starts(labels: Labels, restarts: int, seed: int) -> Iterator[Floats]:
    """Yield how often each annotator is taken to know ``[n_annotators]``, for each start."""
    yield np.full(labels.n_annotators, 0.5)
    alike = _alike(labels) if restarts > 1 else np.empty(0, np.intp)
    generator = np.random.default_rng(seed)
    for _ in range(restarts - 1):
        yield generator.uniform(0.0, 1.0, alike.max(initial=-1) + 1)[alike]


def _alike(labels: Labels) -> npt.NDArray[np.intp]:
    """Return a code for each annotator; equal for those who gave as many labels, beside as many others, as many equal.

    The codes ascend with these numbers, so that names and order do not matter.
    """
    cells, votes = cells_named(labels)
    agreeing = votes[np.searchsorted(cells, cell_of_label(labels))] - 1.0
    beside = np.diff(labels.starts)[labels.task] - 1.0
    times = labels.multiplicity[labels.task]
    facts = [
        np.bincount(labels.annotator, times * fact, labels.n_annotators)
        for fact in (np.ones_like(times), beside, agreeing)
    ]
    _, alike = np.unique(np.stack(facts, axis=1).round(DIGITS), axis=0, return_inverse=True)
    return alike


def _refuse_options(restarts: int, strategy: float, prior: str) -> None:
    if not (restarts >= 1 and LEAST_STRATEGY <= strategy < np.inf):
        message = (
            f"found {restarts} restarts and a strategy of {strategy}; allowed are at least 1 restart and a strategy "
            f"from {LEAST_STRATEGY}; change them"
        )
        raise RefusedError(message)
    if prior not in {"estimated", "uniform"}:
        kind = "prior"
        raise UnknownNameError(kind, prior, ["estimated", "uniform"])
