"""One round of GLAD, compiled.

With x = ability * ease, the odds that a label is right are exp(x). So the likelihood of a task has a term for each
label, the log-probability that it is wrong, and one for each class, which adds x + log(k - 1) for every label that
names it: the sum over labels *and* classes is not needed.

The ease of a task touches its own labels only, and is moved by a step of Newton's method, halved until it gains. The
abilities are moved together, each by the quadratic bound of the logistic function of Jaakkola and Jordan, which does
not overshoot. So no step needs a search along a line through all the data.

References
----------
Jaakkola and Jordan (2000), Bayesian parameter estimation via variational methods, Statistics and Computing 10, 25-37,
doi:10.1023/A:1008932416310, equation 10.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled
from groundkeeper.core.truth.labels import Codes, Floats, Starts

Table: TypeAlias = npt.NDArray[np.float64]

FLAT = 1e-4
"""Up to this x, (logistic(x) - 1/2) / x is 1/4 to nine digits, and by the formula to no more."""
NEAR = 1e-5
"""A step in the logarithm of an ease that is not worth taking: it would gain less than 1e-9."""
LONGEST_STEP = 1.0
"""In the logarithm of an ease: where the curve is far from a parabola, Newton's step says only which way to go."""
LARGE = 1e150
"""A product is put into its logarithm before it grows out of range."""
PRIOR_MEAN = 1.0
"""Of an ability and of the logarithm of an ease; both have the variance 1."""


class Given(NamedTuple):
    """Labels as in ``Labels``."""

    starts: Starts
    annotator: Codes
    label: Codes
    multiplicity: Floats


class Learnt(NamedTuple):
    """What one round writes.

    Attributes
    ----------
    log_ease : float64[n_tasks]
        Moved from where it is, for tasks with labels.
    posterior : float64[n_tasks, k]
        Of tasks with labels.
    evidence, information : float64[n_annotators]
        At the top of the bound, an ability is their ratio.
    """

    log_ease: Floats
    posterior: Table
    evidence: Floats
    information: Floats


class Task(NamedTuple):
    """One task.

    Attributes
    ----------
    ability : float64[m]
        Of who gave each label.
    support : float64[k]
        The sum of the abilities that are behind each class.
    offset : float64[k]
        log(k - 1) times the number of labels that name it.
    weight : float64[k]
        To be written: the posterior.
    right : float64[m]
        To be written: the probability with which each annotator is right.
    """

    ability: Floats
    support: Floats
    offset: Floats
    weight: Floats
    right: Floats


@compiled
def ease_and_weigh(given: Given, ability: Floats, learnt: Learnt) -> float:
    """Return the log posterior after the eases have moved; add up what the abilities are to rest on.

    Constants of the prior are left out.

    Parameters
    ----------
    given : Given
    ability : float64[n_annotators]
    learnt : Learnt
        Overwritten.
    """
    starts, annotator, label, multiplicity = given
    log_ease, posterior, evidence, information = learnt
    n_classes = posterior.shape[1]
    per_vote = np.log(n_classes - 1)
    of_classes = np.empty((2, n_classes))
    of_labels = np.empty((2, most_labels(given)))
    evidence[:] = PRIOR_MEAN
    information[:] = 1.0
    log_posterior = -0.5 * np.square(ability - PRIOR_MEAN).sum()
    for number in range(len(starts) - 1):
        first, end = starts[number], starts[number + 1]
        if first == end:
            continue
        able, right = of_labels[0, : end - first], of_labels[1, : end - first]
        task = Task(able, of_classes[0], of_classes[1], posterior[number], right)
        take_up(task, ability, annotator[first:end], label[first:end], per_vote)
        log_ease[number], value = move_ease(log_ease[number], task)
        ease, times = np.exp(log_ease[number]), multiplicity[number]
        log_posterior += times * (value - (end - first) * per_vote - np.log(n_classes))
        for place in range(first, end):
            who = annotator[place]
            sure = right[place - first]
            curvature = bound_curvature(ability[who] * ease, sure)
            evidence[who] += times * ease * (posterior[number, label[place]] - 0.5)
            information[who] += times * ease * ease * curvature
    return float(log_posterior)


@compiled
def most_labels(given: Given) -> int:
    """Return how many labels the task with the most has."""
    most = 0
    for task in range(len(given.starts) - 1):
        most = max(most, given.starts[task + 1] - given.starts[task])
    return most


@compiled
def take_up(task: Task, ability: Floats, annotator: Codes, label: Codes, per_vote: float) -> None:
    """Write who labelled the *task*, and what is behind its classes.

    Parameters
    ----------
    task : Task
        ``ability``, ``support`` and ``offset`` are overwritten.
    ability : float64[n_annotators]
    annotator, label : int32[m]
        The labels of the task.
    per_vote : float
        log(k - 1).
    """
    task.support[:] = 0.0
    task.offset[:] = 0.0
    for place in range(len(label)):
        able = ability[annotator[place]]
        task.ability[place] = able
        task.support[label[place]] += able
        task.offset[label[place]] += per_vote


@compiled
def move_ease(log_ease: float, task: Task) -> tuple[float, float]:
    """Return the logarithm of an ease after a step up the log posterior of its task, and the log posterior there.

    ``weight`` and ``right`` of the task are written for where the step leads.
    """
    value, slope, curvature = climb_ease(log_ease, task)
    step = slope / max(-curvature, 1.0)
    step = min(max(step, -LONGEST_STEP), LONGEST_STEP)
    if abs(step) <= NEAR:
        return log_ease, value
    while abs(step) > NEAR:
        reached, _, _ = climb_ease(log_ease + step, task)
        if reached >= value:
            return log_ease + step, reached
        step *= 0.5
    climb_ease(log_ease, task)
    return log_ease, value


@compiled
def climb_ease(log_ease: float, task: Task) -> tuple[float, float, float]:
    """Return the log posterior of one task by its ease, its slope and its curvature, constants left out.

    Parameters
    ----------
    log_ease : float
    task : Task
        ``weight`` and ``right`` are overwritten.
    """
    ease = np.exp(log_ease)
    value = weigh_classes(ease, task)
    mean, square = 0.0, 0.0
    for known in range(len(task.weight)):
        x = task.support[known] * ease
        mean += task.weight[known] * x
        square += task.weight[known] * x * x
    slope = mean
    curvature = mean + square - mean * mean
    product = 1.0
    for place in range(len(task.ability)):
        x = task.ability[place] * ease
        tail = np.exp(-abs(x))
        right = (1.0 if x > 0.0 else tail) / (1.0 + tail)
        task.right[place] = right
        value -= max(x, 0.0)
        slope -= right * x
        curvature -= right * x + right * (1.0 - right) * x * x
        product *= 1.0 + tail
        if product > LARGE:
            value -= np.log(product)
            product = 1.0
    from_prior = log_ease - PRIOR_MEAN
    value -= np.log(product) + 0.5 * from_prior * from_prior
    return value, slope - from_prior, curvature - 1.0


@compiled
def weigh_classes(ease: float, task: Task) -> float:
    """Write the posterior of one task as its ``weight``; return the logarithm of the sum that it was divided by."""
    weight = task.weight
    for known in range(len(weight)):
        weight[known] = task.support[known] * ease + task.offset[known]
    most = weight.max()
    of_nothing = np.exp(-most)
    total = 0.0
    for known in range(len(weight)):
        evident = weight[known] != 0.0
        weight[known] = np.exp(weight[known] - most) if evident else of_nothing
        total += weight[known]
    weight /= total
    return float(most + np.log(total))


@compiled
def bound_curvature(x: float, right: float) -> float:
    """Return the curvature of the bound that touches the logistic function at *x*, where it is *right*."""
    return 0.25 if abs(x) < FLAT else (right - 0.5) / x


@compiled
def expect_right(
    given: Given, ability: Floats, log_ease: Floats, right: Floats, total: Floats
) -> None:
    """Write how many labels each annotator gave, and how many of them are right on average.

    Parameters
    ----------
    given : Given
    ability : float64[n_annotators]
    log_ease : float64[n_tasks]
    right, total : float64[n_annotators]
        Overwritten.
    """
    right[:] = 0.0
    total[:] = 0.0
    for task in range(len(given.starts) - 1):
        ease, times = np.exp(log_ease[task]), given.multiplicity[task]
        for place in range(given.starts[task], given.starts[task + 1]):
            who = given.annotator[place]
            right[who] += times / (1.0 + np.exp(-ability[who] * ease))
            total[who] += times
