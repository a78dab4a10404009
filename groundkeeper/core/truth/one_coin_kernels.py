"""One round of the one-coin model, compiled.

A label changes one class only: of its own it multiplies the odds, and all others stay. So a task costs as many steps as
it has labels and classes, and not their product.
"""

import numpy as np

from groundkeeper.core.compiled import compiled
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.said import Agreed, Given, Places

LEAST, MOST = 1e-100, 1e100
"""Between them likelihoods are multiplied, so that one logarithm does for many tasks."""


@compiled
def expect_and_agree(
    given: Given, log_odds: Floats, prevalence: Floats, agreed: Agreed, safe: int
) -> float:
    """Return the log-likelihood but for the errors of all annotators; write the posterior, and add up what it says.

    Parameters
    ----------
    given : Given
    log_odds : float64[n_annotators]
        Logarithm of how much more probable the right class is to be said than a certain wrong one.
    prevalence : float64[k]
        None is 0.
    agreed : Agreed
        Overwritten.
    safe : int
        The product of so many odds neither overflows nor vanishes; of more, logarithms are added.
    """
    starts, annotator, label, multiplicity = given
    posterior, right, totals = agreed
    right[:] = 0.0
    totals[:] = 0.0
    odds, log_prevalence = np.exp(log_odds), np.log(prevalence)
    log_likelihood, product = 0.0, 1.0
    n_classes = len(prevalence)
    end = starts[0]
    for task in range(len(starts) - 1):
        first, end = end, starts[task + 1]
        if first == end:
            continue
        if end - first <= safe:
            for true in range(n_classes):
                posterior[task, true] = prevalence[true]
            for place in range(first, end):
                posterior[task, label[place]] *= odds[annotator[place]]
        else:
            log_likelihood += multiplicity[task] * add_logarithms(
                annotator[first:end], label[first:end], log_odds, log_prevalence, posterior[task]
            )
        likelihood = posterior[task].sum()
        times = multiplicity[task]
        if times == 1.0 and LEAST < likelihood < MOST:
            product *= likelihood
        else:
            log_likelihood += times * np.log(likelihood)
        if not LEAST < product < MOST:
            log_likelihood += np.log(product)
            product = 1.0
        scale = 1.0 / likelihood
        for true in range(n_classes):
            probability = posterior[task, true] * scale
            posterior[task, true] = probability
            totals[true] += times * probability
        for place in range(first, end):
            right[annotator[place]] += times * posterior[task, label[place]]
    return float(log_likelihood + np.log(product))


@compiled
def agree_by_votes(given: Given, agreed: Agreed) -> None:
    """Write the shares of the votes for the posterior, and add up what it says; *agreed* is all 0 before."""
    starts, annotator, label, multiplicity = given
    posterior, right, totals = agreed
    for task in range(len(starts) - 1):
        first, end = starts[task], starts[task + 1]
        times = multiplicity[task]
        for place in range(first, end):
            posterior[task, label[place]] += 1.0 / (end - first)
        for true in range(len(totals)):
            totals[true] += times * posterior[task, true]
        for place in range(first, end):
            right[annotator[place]] += times * posterior[task, label[place]]


@compiled
def add_logarithms(
    annotator: Places, label: Places, log_odds: Floats, log_prevalence: Floats, of_task: Floats
) -> float:
    """Write the likelihoods ``[k]`` of a task, the largest as 1, and return the logarithm of what it is."""
    of_task[:] = log_prevalence
    for place in range(len(label)):
        of_task[label[place]] += log_odds[annotator[place]]
    most = of_task.max()
    of_task[:] = np.exp(of_task - most)
    return float(most)
