"""One round of Dawid-Skene, compiled.

Probabilities are multiplied, not their logarithms added: no factor exceeds 1, so a class that is lost on the way to the
smallest number would have ended below it, too, and matters only where every class ends near it. Such a task is done
again in logarithms. The likelihoods of tasks are multiplied as well, as long as their product can be told from 0.

Four classes at a time stay in registers while the labels of a task go by.
"""

import numpy as np

from groundkeeper.core.compiled import compiled, inlined
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.said import Places, Said, Sums, Table

SAFE = 1e-290
"""A likelihood above this has lost at most 1e-17 of itself in products that fell below the smallest number, 1e-308."""


@inlined
def multiply(
    row: Places, confusion: Table, prevalence: Floats, posterior: Table, task: int
) -> float:
    """Return the likelihood of a task, and write those of its classes for its posterior; *row* is of its labels."""
    n_classes = len(prevalence)
    likelihood = 0.0
    true = 0
    while true + 4 <= n_classes:
        one, two = prevalence[true], prevalence[true + 1]
        three, four = prevalence[true + 2], prevalence[true + 3]
        for place in range(len(row)):
            said = row[place]
            one *= confusion[said, true]
            two *= confusion[said, true + 1]
            three *= confusion[said, true + 2]
            four *= confusion[said, true + 3]
        posterior[task, true] = one
        posterior[task, true + 1] = two
        posterior[task, true + 2] = three
        posterior[task, true + 3] = four
        likelihood += one + two + three + four
        true += 4
    while true < n_classes:
        one = prevalence[true]
        for place in range(len(row)):
            one *= confusion[row[place], true]
        posterior[task, true] = one
        likelihood += one
        true += 1
    return likelihood


@inlined
def add(row: Places, times: float, posterior: Table, task: int, counts: Table) -> None:
    """Add the posterior of a task, which counts so many *times*, to the counts of its labels, of which *row* is."""
    n_classes = posterior.shape[1]
    true = 0
    while true + 4 <= n_classes:
        one, two = times * posterior[task, true], times * posterior[task, true + 1]
        three, four = times * posterior[task, true + 2], times * posterior[task, true + 3]
        for place in range(len(row)):
            said = row[place]
            counts[said, true] += one
            counts[said, true + 1] += two
            counts[said, true + 2] += three
            counts[said, true + 3] += four
        true += 4
    while true < n_classes:
        one = times * posterior[task, true]
        for place in range(len(row)):
            counts[row[place], true] += one
        true += 1


@compiled
def expect_and_count(said: Said, confusion: Table, prevalence: Floats, sums: Sums) -> float:
    """Return the log-likelihood; write the posterior that it rests on, and add up what the next round rests on.

    Parameters
    ----------
    said : Said
    confusion : float64[n_annotators * k, k]
        In row ``annotator * k + label``: probability that the annotator says so of a task of each class; at most 1.
    prevalence : float64[k]
        At most 1.
    sums : Sums
        Overwritten.
    """
    starts, rows, multiplicity = said
    posterior, counts, totals = sums
    counts[:] = 0.0
    totals[:] = 0.0
    log_likelihood, product = 0.0, 1.0
    for task in range(len(starts) - 1):
        if starts[task] == starts[task + 1]:
            continue
        row = rows[starts[task] : starts[task + 1]]
        times = multiplicity[task]
        likelihood = multiply(row, confusion, prevalence, posterior, task)
        if likelihood <= SAFE:
            log_likelihood += times * add_logarithms(row, confusion, prevalence, posterior[task])
            likelihood = 1.0
        elif times == 1.0 and product * likelihood > SAFE:
            product *= likelihood
        else:
            log_likelihood += times * np.log(likelihood)
        scale = 1.0 / likelihood
        for true in range(len(totals)):
            posterior[task, true] *= scale
            totals[true] += times * posterior[task, true]
        add(row, times, posterior, task, counts)
    return float(log_likelihood + np.log(product))


@compiled
def add_logarithms(row: Places, confusion: Table, prevalence: Floats, of_task: Floats) -> float:
    """Return the log-likelihood of a task, and write its posterior ``[k]``; *row* is of its labels."""
    of_task[:] = np.log(prevalence)
    for place in range(len(row)):
        of_task += np.log(confusion[row[place]])
    most = of_task.max()
    of_task[:] = np.exp(of_task - most)
    likelihood = of_task.sum()
    of_task /= likelihood
    return float(most + np.log(likelihood))


@compiled
def count(said: Said, sums: Sums) -> None:
    """Add up what the posterior in *sums* says of annotators and classes."""
    starts, rows, multiplicity = said
    posterior, counts, totals = sums
    counts[:] = 0.0
    totals[:] = 0.0
    for task in range(len(starts) - 1):
        if starts[task] == starts[task + 1]:
            continue
        row = rows[starts[task] : starts[task + 1]]
        times = multiplicity[task]
        for true in range(len(totals)):
            totals[true] += times * posterior[task, true]
        add(row, times, posterior, task, counts)
