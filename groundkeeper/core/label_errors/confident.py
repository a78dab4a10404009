"""Confident learning of classes: how often a label of one class stands where another is meant.

An item is confidently of a class if the model finds it at least as probable as it does, on average, where that class
was given: a model that is sure of itself in one class and doubtful in another is held to its own measure in each.

References
----------
Northcutt, Jiang and Chuang (2021), Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70:1373-1411,
doi:10.1613/jair.1.12125: equation 2 (thresholds), 1 (confident joint), 3 (calibrated joint).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from groundkeeper.core.estimates import divide
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.shapes.drawn import Floats, Integers

FEWEST: Final = 5
"""With fewer labels of a class, what a model usually gives to it is not known."""
ROUNDING: Final = 1e-9
"""Probabilities that differ by less are equal: the mean of equal numbers is not always that number."""


@dataclass(frozen=True, slots=True, eq=False)
class Confident:
    """What a model is sure of.

    Attributes
    ----------
    threshold
        From which probability on an item is confidently of each class, float64 [k]; nan where too few were given it.
    guess
        The class that each item confidently is of, ``NONE`` if of none, int64 [n].
    counts
        The confident joint: how many items that were given the class of the row are confidently of that of the
        column, int64 [k, k].
    label_counts
        How many items were given each class, int64 [k].
    """

    threshold: Floats
    guess: Integers
    counts: Integers
    label_counts: Integers


def confident(predicted: Predicted, fewest: int = FEWEST) -> Confident:
    """Return what the model is sure of, and the confident joint.

    Of several classes that an item is confidently of, the most probable holds. Nothing is confidently of a class that
    fewer than *fewest* items were given.

    Examples
    --------
    Three of four dogs are seen as dogs, with 0.7 on average; the other is as surely a cat as cats are:

    >>> dog = np.array([0.9, 0.8, 0.9, 0.2, 0.3, 0.1])
    >>> label = np.array([0, 0, 0, 0, 1, 1])
    >>> found = confident(Predicted(label, np.column_stack([dog, 1 - dog])), fewest=2)
    >>> found.threshold.round(6).tolist(), found.counts.tolist()
    ([0.7, 0.8], [[3, 1], [0, 1]])
    """
    counts = predicted.label_counts
    threshold = np.full(predicted.classes, np.nan)
    for name in np.flatnonzero(counts >= max(fewest, 1)):
        # Sorted, so that the sum does not depend on the order of rows.
        threshold[name] = np.sort(predicted.probability[predicted.label == name, name]).mean()
    sure = predicted.probability >= threshold - ROUNDING
    number, guess = sure.sum(axis=1), sure.argmax(axis=1).astype(np.int64)
    # Few items are confidently of several classes, and only of these the probabilities are looked at again.
    several = np.flatnonzero(number > 1)
    guess[several] = np.where(sure[several], predicted.probability[several], -1.0).argmax(axis=1)
    guess[number == 0] = NONE
    known = guess != NONE
    cells = predicted.label[known] * predicted.classes + guess[known]
    joint = np.bincount(cells, minlength=predicted.classes**2).reshape(-1, predicted.classes)
    return Confident(threshold, guess, joint.astype(np.int64), counts)


def joint(found: Confident) -> Floats:
    """Return the estimated share of all items with the label of each row that are of each column, float64 [k, k].

    Rows sum to the share of items with that label. A row is nan if labels of its class were given and the model is
    sure of none of these items, and 0 if none were.

    Examples
    --------
    >>> counts = np.array([[3, 1], [0, 1]])
    >>> found = Confident(np.zeros(2), np.zeros(6, np.int64), counts, np.array([4, 2]))
    >>> joint(found).round(4).tolist()
    [[0.5, 0.1667], [0.0, 0.3333]]
    """
    in_row = found.counts.sum(axis=1, keepdims=True)
    given = found.label_counts[:, None] / max(int(found.label_counts.sum()), 1)
    shares = divide(found.counts.astype(np.float64), in_row.astype(np.float64)) * given
    shares[found.label_counts == 0] = 0.0
    return shares


def noise_matrix(found: Confident) -> Floats:
    """Return how often an item of the class of each column is given the label of each row, float64 [k, k].

    Columns sum to 1 over the rows that are known; a row of unknown ones is nan, as is a column of a class that nothing
    is found to be of.

    Examples
    --------
    >>> counts = np.array([[3, 1], [0, 1]])
    >>> found = Confident(np.zeros(2), np.zeros(6, np.int64), counts, np.array([4, 2]))
    >>> noise_matrix(found).round(4).tolist()
    [[1.0, 0.3333], [0.0, 0.6667]]
    """
    shares = joint(found)
    return divide(shares, np.nansum(shares, axis=0, keepdims=True))


def true_given_label(found: Confident) -> Floats:
    """Return how often what was given the label of each row is of the class of each column, float64 [k, k].

    Rows sum to 1; nan where the joint is, or a label was never given.
    """
    shares = joint(found)
    return divide(shares, shares.sum(axis=1, keepdims=True))


def off_diagonal(found: Confident) -> float:
    """Return the share of labels that the joint has off its diagonal, among those whose row is known; nan if none is.

    It is the share of wrong labels only where the model is confidently of another class than the true one for no item:
    errors of the model count in it as those of labels do.

    Examples
    --------
    >>> counts = np.array([[3, 1], [0, 1]])
    >>> found = Confident(np.zeros(2), np.zeros(6, np.int64), counts, np.array([4, 2]))
    >>> round(off_diagonal(found), 4)
    0.1667
    """
    shares = joint(found)
    known = np.flatnonzero(~np.isnan(shares).any(axis=1))
    total = float(shares[known].sum())
    return 1 - float(np.diag(shares)[known].sum()) / total if total else float("nan")


def disagreement(predicted: Predicted, found: Confident) -> Floats:
    """Return how far the model disagrees with each label, by Bayes' rule with the noise matrix, 0 to 1, float64 [n].

    The model says which class an item is of, and the noise matrix how often what is of it is given this label. For each
    class one right label is counted, so that none is known never to be given. Where the model is sure of no item with a
    label, nothing is known of that label, and the model alone speaks.

    It orders labels, and is no probability that they are wrong. It would be one if three things held, which seldom do:
    the model states P(true class | x), and states it right; how a label goes wrong depends on the true class alone,
    not on x; and the noise matrix is that of the labels. A model that was trained on noisy labels states P(label | x),
    and the noise is counted twice; and where classes overlap, items of which the model is confidently wrong make up a
    noise matrix where no label is. Only looks at random (``calibrated``) say how probable an error is.

    Examples
    --------
    What is of class 0 is never given label 1, so an item with it is of class 1, whatever the model says:

    >>> counts = np.array([[4, 2], [0, 5]])
    >>> found = Confident(np.zeros(2), np.zeros(11, np.int64), counts, np.array([6, 5]))
    >>> one = Predicted(np.array([0, 1]), np.array([[0.4, 0.6], [0.6, 0.4]]))
    >>> disagreement(one, found).round(3).tolist()
    [0.3, 0.0]
    """
    at_least_one = found.counts.copy()
    np.fill_diagonal(at_least_one, np.maximum(np.diag(at_least_one), 1))
    counted = Confident(
        found.threshold, found.guess, at_least_one, np.maximum(found.label_counts, 1)
    )
    likelihood = noise_matrix(counted)[predicted.label]
    weight = likelihood * predicted.probability
    right = weight[np.arange(len(predicted)), predicted.label]
    total = weight.sum(axis=1)
    # Where nothing that the model thinks possible is ever given this label, it is surely none of that.
    chance = np.where(total > 0, 1 - divide(right, total), 1.0)
    unknown = (found.counts.sum(axis=1) == 0)[predicted.label]
    return np.where(unknown, 1 - predicted.of_label, chance)
