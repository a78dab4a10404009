"""One round of MACE, compiled.

A label that names a class is explained by knowing, if the class is true, or by guessing; one that names another class
by guessing alone. So a label changes one class only: it multiplies its odds by 1 + known / guessed. How much of a right
label is known depends on annotator and class alone, so that a round adds up right labels, and the rest is done outside.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled
from groundkeeper.core.truth.labels import Floats

Places: TypeAlias = npt.NDArray[np.uint32]
"""Without a sign, so that nobody asks whether a place is counted from the end."""
Table: TypeAlias = npt.NDArray[np.float64]

LARGE = 1e150
"""Products beyond it are done again in logarithms, or put into one before they are multiplied on."""


class Heard(NamedTuple):
    """Labels as MACE reads them.

    Attributes
    ----------
    starts, label, multiplicity
        As in ``Labels``, the first as uint64 and the second as uint32.
    row : uint32[n]
        ``annotator * k + label``.
    """

    starts: npt.NDArray[np.uint64]
    row: Places
    label: Places
    multiplicity: Floats


class Right(NamedTuple):
    """What one round writes.

    Attributes
    ----------
    posterior : float64[n_tasks, k]
        Of tasks with labels.
    labels : float64[n_annotators * k]
        How many labels of each annotator and class are right.
    classes : float64[k]
        How many tasks are of each class.
    """

    posterior: Table
    labels: Floats
    classes: Floats


@compiled
def expect_right(heard: Heard, log_odds: Floats, prevalence: Floats, right: Right) -> float:
    """Return the log-likelihood but for the guesses of all annotators; write the posterior, and add up what it says.

    Parameters
    ----------
    heard : Heard
    log_odds : float64[n_annotators * k]
        Logarithm of how much more probable a label of the class is if the class is true; from 0.
    prevalence : float64[k]
    right : Right
        Overwritten.
    """
    starts, row, label, multiplicity = heard
    posterior, right_labels, classes = right
    right_labels[:] = 0.0
    classes[:] = 0.0
    odds = np.exp(log_odds)
    log_likelihood = 0.0
    product = 1.0
    for task in range(len(starts) - 1):
        first, end = starts[task], starts[task + 1]
        if first == end:
            continue
        of_task = posterior[task]
        times = multiplicity[task]
        for true in range(len(of_task)):
            of_task[true] = prevalence[true]
        for place in range(first, end):
            of_task[label[place]] *= odds[row[place]]
        likelihood = 0.0
        for true in range(len(of_task)):
            likelihood += of_task[true]
        if likelihood > LARGE:
            log_likelihood += times * add_logarithms(
                row[first:end], label[first:end], log_odds, prevalence, of_task
            )
            likelihood = 1.0
        if times == 1.0 and 1.0 / LARGE < product * likelihood < LARGE:
            product *= likelihood
        else:
            log_likelihood += times * np.log(likelihood)
        share = 1.0 / likelihood
        for true in range(len(of_task)):
            of_task[true] *= share
            classes[true] += times * of_task[true]
        for place in range(first, end):
            right_labels[row[place]] += times * of_task[label[place]]
    return float(log_likelihood + np.log(product))


@compiled
def add_logarithms(
    row: Places, label: Places, log_odds: Floats, prevalence: Floats, of_task: Floats
) -> float:
    """Return the log-likelihood of one task whose odds multiply out of range; write its posterior ``of_task[k]``."""
    of_task[:] = np.log(prevalence)
    for place in range(len(row)):
        of_task[label[place]] += log_odds[row[place]]
    most = of_task.max()
    of_task[:] = np.exp(of_task - most)
    likelihood = of_task.sum()
    of_task /= likelihood
    return float(most + np.log(likelihood))
