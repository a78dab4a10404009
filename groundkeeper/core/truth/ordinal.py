r"""Grades by annotators of whom each has a bias and a noise: a confusion of two parameters.

Full Dawid-Skene has ``k (k - 1)`` parameters an annotator, for which a scale of five grades wants hundreds of answers,
and it takes no notice of the order of the grades. Here the annotator places a task of the true grade c at
:math:`c + b + s \varepsilon`, with a bias b, a noise s and a standard normal :math:`\varepsilon`, and says the nearest
grade; beyond the ends of the scale that is the end. With the probability ``lapse`` the answer has nothing to do with
the task, and is any grade: so one slip of the pen proves no noise.

True grades and prevalence are inferred by mean-field variational Bayes. Bias and noise live on a fixed grid, whose
points have prior weights: normal for the bias, log-normal for the noise. So what is believed of an annotator is found
exactly, as weights of the grid points, by one product of matrices; there is no local search, and nothing depends on a
start. An annotator with one answer stays near the prior.

References
----------
Raykar et al. (2010), Learning From Crowds, J. Mach. Learn. Res. 11:1297-1322, sections 4 and 5: ordinal and continuous
answers of annotators of different quality.
Lakshminarayanan and Teh (2013), Inferring ground truth from multi-annotator ordinal data: a probabilistic approach,
arXiv:1305.0015: grades as a continuous answer with noise, cut at fixed places.
Wichmann and Hill (2001), The psychometric function: I, Percept. Psychophys. 63:1293-1313, doi:10.3758/BF03194544: why
a small rate of lapses keeps single slips from spoiling the fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import log_ndtr, logsumexp, softmax

from groundkeeper.core.truth.confusions import skill_of
from groundkeeper.core.truth.dense import refuse_too_large
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.errors import RefusedError, listing

Places: TypeAlias = npt.NDArray[np.float64]

BIASES: Final = np.linspace(-2, 2, 33)
"""Biases on the grid, in grades."""
NOISES: Final = np.geomspace(0.25, 4, 17)
"""Noises on the grid, in grades."""
BIAS_SD: Final = 0.5
"""A priori the bias is normal around 0 with this standard deviation, in grades."""
NOISE_MEDIAN: Final = 0.7
NOISE_LOG_SD: Final = 0.7
"""A priori the logarithm of the noise is normal with this standard deviation: nine in ten are from 0.2 to 2.2."""
LAPSE: Final = 0.01
"""How often an answer has nothing to do with the task."""
MOST_GRADES: Final = 100
"""More are measured rather than graded."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InferredGrades(Inferred):
    """The answer of ``ordinal_model``: that of every method, and two numbers an annotator.

    Attributes
    ----------
    bias, bias_sd : float64[n_annotators]
        How many grades above the truth the annotator is on average, and the standard deviation of that belief.
    noise, noise_sd : float64[n_annotators]
        The standard deviation of the annotator's placing, in grades, and the standard deviation of that belief.
        All are nan for who labelled nothing.
    """

    bias: Floats
    bias_sd: Floats
    noise: Floats
    noise_sd: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The points: ``bias, noise, log_prior`` [g], and ``log_mass`` [k * k, g] that the first is called the second."""

    bias: Floats
    noise: Floats
    log_prior: Floats
    log_mass: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """``truth`` [n_tasks, k], ``belief`` [n_annotators, g], log ``prevalence`` [k], and the ``bound`` they reach."""

    truth: Floats
    belief: Floats
    prevalence: Floats
    bound: float


def ordinal_model(
    labels: Labels,
    *,
    scale: Sequence[object] | None = None,
    lapse: float = LAPSE,
    max_iterations: int = 200,
    tolerance: float = 1e-7,
) -> InferredGrades:
    """Return how probable each named grade is the true one of each task, by a bias and a noise of each annotator.

    Labels that agree stay what they are unless their annotators are known to be biased: two who grade one too high
    and say 4 mean 3.

    Parameters
    ----------
    labels : Labels
    scale : sequence, optional
        All grades from the lowest to the highest; grades that nobody named count in between, but are not thought true.
        A row of ``confusion`` sums to what falls to grades that were named. Without it the classes are all there are.
    lapse : float
        The probability that an answer has nothing to do with the task, in (0, 1).
    max_iterations : int
    tolerance : float
        It has converged when an iteration gains less than this per task in the bound.

    Raises
    ------
    RefusedError
        If a class is not on the scale, or tables of tasks and annotators by grades would not fit into memory.

    Examples
    --------
    The third grades one too high; where only she and one other have graded, it is the other who is right:

    >>> from groundkeeper.core.truth.labels import code_labels
    >>> rows = [(t, w, 1 + t % 4 + (w == "z")) for t in range(20) for w in ("xyz" if t < 16 else "xz")]
    >>> table = pd.DataFrame(rows, columns=["task", "annotator", "label"])
    >>> found = ordinal_model(code_labels(table), scale=[1, 2, 3, 4, 5])
    >>> found.labels.classes[found.posterior.best().label][16:].tolist()
    [1, 2, 3, 4]
    >>> found.bias.round(1)
    array([-0., -0.,  1.])
    """
    places, grades = _places(labels, scale)
    k = labels.n_classes
    _refuse_too_many(k)
    points = len(BIASES) * len(NOISES)
    refuse_too_large(labels, "ordinal_model", cells_of_annotator=k * k + points)
    grid = _grid(places, grades, lapse)
    n_tasks = float(labels.multiplicity[labels.labelled].sum())
    state = _improved(labels, grid, _shares(labels))
    history = [state.bound]
    converged = False
    while not converged and len(history) < max_iterations:
        state = _improved(labels, grid, state.truth)
        converged = state.bound - history[-1] <= tolerance * n_tasks
        history.append(state.bound)
    fit = Fit(len(history), converged, "evidence lower bound", tuple(history))
    return _inferred(labels, grid, state, fit)


def _places(labels: Labels, scale: Sequence[object] | None) -> tuple[Places, int]:
    """Return ``[k]``: the place of each class on the scale, counted from 0; and of how many grades the scale is."""
    order = labels.classes if scale is None else pd.Index(list(scale), tupleize_cols=False)
    foreign = labels.classes[~labels.classes.isin(order)]
    if len(foreign) or order.has_duplicates:
        message = (
            f"the scale has the grades {listing(order)}; every label has to be one of them, each grade once; "
            f"not on it: {listing(foreign)}; name all grades from the lowest to the highest"
        )
        raise RefusedError(message)
    return order.get_indexer(labels.classes).astype(np.float64), len(order)


def _refuse_too_many(k: int) -> None:
    if k > MOST_GRADES:
        message = (
            f"the labels name {k} grades; allowed are {MOST_GRADES}, since every two are looked at; put grades "
            "together, or infer them as numbers"
        )
        raise RefusedError(message)


def _grid(places: Places, grades: int, lapse: float) -> _Grid:
    """Return the grid for classes at *places* of a scale of so many *grades*."""
    bias, noise = (points.ravel() for points in np.meshgrid(BIASES, NOISES, indexing="ij"))
    apart = places[None, :] - places[:, None]
    below = np.where(places > 0, apart - 0.5, -np.inf)
    above = np.where(places < grades - 1, apart + 0.5, np.inf)
    mass = _log_mass(
        (below.ravel()[:, None] - bias) / noise, (above.ravel()[:, None] - bias) / noise
    )
    log_mass = np.logaddexp(np.log1p(-lapse) + mass, np.log(lapse) - np.log(max(grades, 1)))
    log_prior = -0.5 * np.square(bias / BIAS_SD)
    log_prior -= 0.5 * np.square(np.log(noise / NOISE_MEDIAN) / NOISE_LOG_SD)
    return _Grid(bias, noise, log_prior - logsumexp(log_prior), log_mass)


def _log_mass(below: Floats, above: Floats) -> Floats:
    """Return the log probability of a standard normal between *below* and *above*, exact far from 0 as well."""
    right = below > 0
    low, high = np.where(right, -above, below), np.where(right, -below, above)
    upper, lower = log_ndtr(high), log_ndtr(low)
    return np.asarray(upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-300))))


def _shares(labels: Labels) -> Floats:
    """Return ``[n_tasks, k]``: the share of each class in the labels of each task, from which the fit starts."""
    size = labels.n_tasks * labels.n_classes
    counts = np.bincount(labels.task * labels.n_classes + labels.label, minlength=size)
    table = counts.reshape(labels.n_tasks, labels.n_classes)
    return table / np.maximum(np.diff(labels.starts), 1)[:, None]


def _expected_counts(labels: Labels, truth: Floats) -> Floats:
    """Return ``[n_annotators, k * k]``: how often each says the second class when the first is true."""
    k, n = labels.n_classes, labels.n_annotators
    said = labels.annotator.astype(np.int64) * k + labels.label
    counts = np.empty((n, k, k))
    for true in range(k):
        probability = (truth[:, true] * labels.multiplicity)[labels.task]
        counts[:, true] = np.bincount(said, probability, minlength=n * k).reshape(n, k)
    return counts.reshape(n, k * k)


def _log_prevalence(truth: Floats, weight: Floats) -> Floats:
    """Return ``[k]``: the log of how frequent each class is, one task of each added: the mode under Dirichlet(2)."""
    counts = weight @ truth + 1
    return np.asarray(np.log(counts / counts.sum()))


def _improved(labels: Labels, grid: _Grid, truth: Floats) -> _State:
    """Return what is believed of annotators and prevalence, given the *truth* ``[n_tasks, k]``; and the new truth."""
    counts = _expected_counts(labels, truth)
    belief = softmax(counts @ grid.log_mass + grid.log_prior, axis=1)
    labelled = labels.labelled
    prevalence = _log_prevalence(truth[labelled], labels.multiplicity[labelled])
    return _expect(labels, grid, belief, prevalence)


def _expect(labels: Labels, grid: _Grid, belief: Floats, prevalence: Floats) -> _State:
    """Return the true classes as the annotators and the prevalence have them, and the bound on the log evidence."""
    k, n = labels.n_classes, labels.n_annotators
    log_mass = (belief @ grid.log_mass.T).reshape(n, k, k)
    scores = np.empty((labels.n_tasks, k))
    for true in range(k):
        said = log_mass[labels.annotator, true, labels.label]
        scores[:, true] = prevalence[true] + np.bincount(
            labels.task, said, minlength=labels.n_tasks
        )
    labelled = labels.labelled
    evidence = logsumexp(scores, axis=1) if k else np.zeros(labels.n_tasks)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(belief > 0, belief * (np.log(belief) - grid.log_prior), 0.0)
    bound = labels.multiplicity[labelled] @ evidence[labelled] - distance.sum() + prevalence.sum()
    return _State(np.exp(scores - evidence[:, None]), belief, prevalence, float(bound))


def _inferred(labels: Labels, grid: _Grid, state: _State, fit: Fit) -> InferredGrades:
    k = labels.n_classes
    said = np.bincount(labels.annotator, minlength=labels.n_annotators) > 0
    belief = np.where(said[:, None], state.belief, np.nan)
    confusion = (belief @ np.exp(grid.log_mass).T).reshape(labels.n_annotators, k, k)
    prevalence = np.exp(state.prevalence)
    bias, noise = belief @ grid.bias, belief @ grid.noise
    return InferredGrades(
        method="ordinal_model",
        labels=labels,
        posterior=Posterior.of_dense(state.truth, labels.labelled),
        fit=fit,
        skill=skill_of(confusion, prevalence),
        confusion=confusion,
        prevalence=prevalence,
        bias=bias,
        bias_sd=_deviation(belief, grid.bias, bias),
        noise=noise,
        noise_sd=_deviation(belief, grid.noise, noise),
    )


def _deviation(belief: Floats, points: Floats, centre: Floats) -> Floats:
    """Return ``[n_annotators]``: the standard deviation of *points* [g] under each *belief* [n_annotators, g]."""
    variance = (belief * np.square(points - centre[:, None])).sum(axis=1)
    return np.asarray(np.sqrt(variance))
