r"""Measurements by annotators of whom each has a bias and a noise of their own.

What annotator w measures of task t is :math:`x_{tw} = \mu_t + b_w + s_w \varepsilon`, with a standard normal
:math:`\varepsilon`. Nothing is believed of the truths :math:`\mu_t` beforehand, so that none is drawn towards the
others; they are integrated out. Each annotator starts from ``prior_answers`` measurements: as many with the noise of
all annotators together, biases removed; and as many whose mean is a bias of 0, with as much variance as the
measurements of a task have. So the first measurement of somebody proves neither a large bias nor a noise of 0. The
maximum of the posterior density is found by expectation and conditional maximisation.

A shift of all biases can be taken up by the truths. They are told apart by convention: over the measurements of
annotators who are connected by common tasks, each weighted by the precision of its annotator, the mean bias is 0. The
truth is what they measure on average.

Noise is a maximum-likelihood estimate: with n tasks that all annotators measured its square is about ``(n - 1) / n`` of
the unbiased one. The intervals of the truths take biases and noises for known; that of a bias takes the biases of the
others and the noises for known.

References
----------
Grubbs (1948), On Estimating Precision of Measuring Instruments and Product Variability, J. Am. Stat. Assoc. 43:243-264,
doi:10.1080/01621459.1948.10483261: instruments with a bias and a noise each; as priors vanish, the estimates for three
instruments become these but for ``(n - 1) / n``.
Raykar et al. (2010), Learning From Crowds, J. Mach. Learn. Res. 11:1297-1322, section 5: annotators as instruments of
different precision.
Meng and Rubin (1993), Maximum likelihood estimation via the ECM algorithm, Biometrika 80:267-278,
doi:10.1093/biomet/80.2.267.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, ndtri

from groundkeeper.core.estimates import divide
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.numbers import (
    NOT_TWICE,
    PRIOR_ANSWERS,
    Bounded,
    InferredNumbers,
    Measurements,
    mean,
    moderated,
    pooled_variance,
    totals,
)
from groundkeeper.core.truth.shares import total_by

LEAST_VARIANCE: Final = 1e-12
"""Least variance of an annotator, as a share of how the measurements of a task vary; two who never differ have more."""
ROUNDS: Final = 20
"""How often biases and truths are fitted in turn to find the noise of all together."""


@dataclass(frozen=True, slots=True, eq=False)
class _Annotators:
    """What is believed of each annotator: bias and variance, each ``[n_annotators]``."""

    bias: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class _Prior:
    """What is believed beforehand: a *noise* variance from so many *answers*, and the *precision* of a bias of 0."""

    noise: float
    answers: float
    precision: float
    least: float


@dataclass(frozen=True, slots=True, eq=False)
class _Truths:
    """What the annotators make of the tasks: ``value, precision`` [n_tasks], and the log density of what they said."""

    value: Floats
    precision: Floats
    log_likelihood: float


def gaussian_model(
    measured: Measurements,
    *,
    prior_answers: float = PRIOR_ANSWERS,
    confidence: float = 0.95,
    max_iterations: int = 1000,
    tolerance: float = 1e-9,
) -> InferredNumbers:
    """Return the truths, and bias and noise of each annotator.

    Where all measurements of every task agree, there is neither bias nor noise. A task whose measurements agree keeps
    them only if the weighted biases of its annotators come to 0. Of measurements that are all huge or tiny the log
    posterior is that in a unit of their size.

    Parameters
    ----------
    measured : Measurements
    prior_answers : float
        How many measurements each annotator starts from; at least 0, which leaves all to the data.
    confidence : float
        In (0, 1).
    max_iterations : int
    tolerance : float
        It has converged when an iteration gains less than this per measurement in the log posterior.

    Examples
    --------
    The third measures 3 too much:

    >>> import pandas as pd
    >>> rows = [(t, w, 10.0 * t + 3 * (w == "z") + 0.1 * ((t + ord(w)) % 3 - 1)) for t in range(9) for w in "xyz"]
    >>> table = pd.DataFrame(rows, columns=["task", "annotator", "value"])
    >>> from groundkeeper.core.truth.numbers import code_numbers
    >>> found = gaussian_model(code_numbers(table))
    >>> (found.bias.value - found.bias.value.min()).round(1), found.noise.value.round(1)
    (array([0., 0., 3.]), array([0.1, 0.1, 0.1]))
    """
    given, (measured, exponent) = measured, moderated(measured)
    variance, _ = pooled_variance(measured)
    if not variance > 0:
        return _without_noise(measured, variance).of(given, exponent)
    centre = float(np.median(measured.value))
    centred = replace(measured, value=measured.value - centre)
    connected = _connected(measured)
    least = LEAST_VARIANCE * variance
    noise_of_all = max(_noise_of_all(centred, connected, variance), least)
    prior = _Prior(noise_of_all, prior_answers, prior_answers / variance, least)
    n = measured.n_annotators
    annotators = _Annotators(np.zeros(n), np.full(n, variance))
    history: list[float] = []
    converged = False
    truths = _expect(centred, annotators)
    while not converged and len(history) < max_iterations:
        annotators = _maximise(centred, truths, annotators, prior)
        annotators = _shifted(annotators, connected, np.ones(n))
        truths = _expect(centred, annotators)
        objective = truths.log_likelihood + _log_prior(annotators, prior)
        gain = objective - history[-1] if history else math.inf
        converged = gain < tolerance * len(measured.value)
        history.append(objective)
    weight = np.bincount(measured.annotator, minlength=n) / annotators.variance
    annotators = _shifted(annotators, connected, weight)
    truths = _expect(centred, annotators)
    fit = Fit(len(history), converged, "log posterior", tuple(history))
    away = float(ndtri((1 + confidence) / 2))
    sd = np.sqrt(divide(np.ones(measured.n_tasks), truths.precision))
    value = truths.value + centre
    bias, noise = _bounds(measured, annotators, truths, prior, confidence)
    found = InferredNumbers(
        "gaussian_model",
        measured,
        value,
        sd,
        value - away * sd,
        value + away * sd,
        bias,
        noise,
        fit,
    )
    return found.of(given, exponent)


def _noise_of_all(measured: Measurements, connected: npt.NDArray[np.int32], pooled: float) -> float:
    """Return the variance of measurements around truth and bias, were it the same for all annotators.

    Truths and biases are fitted in turn by least squares. Where there are as many of them as measurements, it is the
    *pooled* variance around the truths alone.
    """
    said = np.bincount(measured.annotator, minlength=measured.n_annotators)
    answers = np.diff(measured.starts)
    bias = np.zeros(measured.n_annotators)
    for _ in range(ROUNDS):
        corrected = measured.value - bias[measured.annotator]
        truth = divide(totals(measured, corrected), answers)
        apart = measured.value - truth[measured.task]
        bias = np.bincount(measured.annotator, apart, minlength=len(said)) / np.maximum(said, 1)
    squares = float(np.square(apart - bias[measured.annotator]).sum())
    sets = len(np.unique(connected[said > 0]))
    freedom = len(measured.value) - (answers > 0).sum() - ((said > 0).sum() - sets)
    return squares / float(freedom) if freedom > 0 else pooled


def _expect(measured: Measurements, annotators: _Annotators) -> _Truths:
    """Return the truths, given the annotators."""
    precision = (1 / annotators.variance)[measured.annotator]
    corrected = measured.value - annotators.bias[measured.annotator]
    of_task = totals(measured, precision)
    value = divide(totals(measured, precision * corrected), of_task)
    apart = np.square(corrected - value[measured.task])
    known = of_task > 0
    log_likelihood = (
        (np.log(precision) - precision * apart).sum()
        - np.log(of_task[known]).sum()
        - (len(apart) - known.sum()) * math.log(2 * math.pi)
    ) / 2
    return _Truths(value, of_task, float(log_likelihood))


def _maximise(
    measured: Measurements, truths: _Truths, annotators: _Annotators, prior: _Prior
) -> _Annotators:
    """Return the biases, and then the variances, that make the expected log posterior largest, given the truths."""
    n = measured.n_annotators
    said = np.bincount(measured.annotator, minlength=n)
    apart = measured.value - truths.value[measured.task]
    # Each measurement has the precision 1 / variance, and a bias of 0 that of the prior.
    evidence = said + annotators.variance * prior.precision
    bias = total_by(measured.annotator, apart, n) / np.where(evidence > 0, evidence, 1)
    squares = np.square(apart - bias[measured.annotator]) + (1 / truths.precision)[measured.task]
    squares = total_by(measured.annotator, squares, n)
    answers = (said + prior.answers).astype(np.float64)
    variance = divide(squares + prior.answers * prior.noise, answers)
    variance = np.where(answers > 0, variance, prior.noise)
    return _Annotators(bias, variance.clip(prior.least))


def _shifted(
    annotators: _Annotators, connected: npt.NDArray[np.int32], weight: Floats
) -> _Annotators:
    """Return the annotators with the biases of each connected set moved to the mean 0, by *weight* [n_annotators].

    The truths move along, so that the likelihood stays as it is; with equal weights the prior density is highest.
    """
    total = np.bincount(connected, weight)
    middle = np.bincount(connected, weight * annotators.bias) / np.where(total > 0, total, 1)
    return replace(annotators, bias=annotators.bias - middle[connected])


def _log_prior(annotators: _Annotators, prior: _Prior) -> float:
    noise = prior.answers * (np.log(annotators.variance) + prior.noise / annotators.variance)
    return float(-(noise + np.square(annotators.bias) * prior.precision).sum() / 2)


def _connected(measured: Measurements) -> npt.NDArray[np.int32]:
    """Return ``[n_annotators]``: a number for each set of annotators that common tasks connect, over any detour."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - a fifth of a second, which the other methods do without
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    size = measured.n_annotators + measured.n_tasks
    places = (measured.annotator, measured.n_annotators + measured.task)
    graph = coo_array((np.ones(len(measured.value)), places), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, codes = np.unique(component[: measured.n_annotators], return_inverse=True)
    return codes.astype(np.int32)


def _bounds(
    measured: Measurements,
    annotators: _Annotators,
    truths: _Truths,
    prior: _Prior,
    confidence: float,
) -> tuple[Bounded, Bounded]:
    """Return bias and noise with their intervals.

    A measurement whose annotator has the share g in the precision of its task tells ``1 - g`` as much of the bias as
    one with a known truth, and ``(1 - g) ** 2`` as much of the log variance: the interval of the noise is that of as
    many degrees of freedom.
    """
    n = measured.n_annotators
    said = np.bincount(measured.annotator, minlength=n) > 0
    share = 1 / (annotators.variance[measured.annotator] * truths.precision[measured.task])
    others = (1 - share).clip(min=0)
    known = total_by(measured.annotator, others, n)
    freedom = total_by(measured.annotator, np.square(others), n) + prior.answers
    variance = np.where(said, annotators.variance, np.nan)
    bias = np.where(said, annotators.bias, np.nan)
    tail = (1 - confidence) / 2
    away = float(ndtri(1 - tail)) / np.sqrt(known / variance + prior.precision)
    low, high = (
        np.sqrt(divide(freedom * variance, chdtri(freedom, each))) for each in (tail, 1 - tail)
    )
    return Bounded(bias, bias - away, bias + away), Bounded(np.sqrt(variance), low, high)


def _without_noise(measured: Measurements, variance: float) -> InferredNumbers:
    """Return the mean of measurements that all agree, or of which no two are of one task."""
    plain = mean(measured)
    said = np.bincount(measured.annotator, minlength=measured.n_annotators) > 0
    unknown = np.where(said, variance, np.nan)
    exact = Bounded(unknown, unknown, unknown)
    at = plain.value + variance
    note = NOT_TWICE if math.isnan(variance) else "the measurements of every task agree"
    return InferredNumbers(
        "gaussian_model",
        measured,
        plain.value,
        plain.sd,
        at,
        at,
        exact,
        exact,
        Fit(0, converged=True, note=note),
    )
