"""Which labels are likely wrong, and what the items are instead: five ways to draw the line.

References
----------
Northcutt, Jiang and Chuang (2021), JAIR 70:1373-1411, doi:10.1613/jair.1.12125, section 3.2: methods 1 to 5.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from groundkeeper.core.label_errors.confident import Confident, true_given_label
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers


class Pruning(StrEnum):
    """How labels are found to be likely wrong.

    ``argmax``: another class is more probable. ``confident``: it is confidently of another class. ``class``: of each
    class as many as the joint says are wrong, those with the least probable labels. ``noise_rate``: of each label and
    other class as many as the joint says are of that one, those by which it is more probable. ``both``: both of these.
    """

    ARGMAX = "argmax"
    CONFIDENT = "confident"
    CLASS = "class"
    NOISE_RATE = "noise_rate"
    BOTH = "both"


@dataclass(frozen=True, slots=True, eq=False)
class Suspected:
    """Which labels are likely wrong.

    Attributes
    ----------
    wrong
        bool [n].
    instead
        What each item most likely is if its label is wrong, int64 [n].
    """

    wrong: Booleans
    instead: Integers


def suspected(predicted: Predicted, found: Confident, how: Pruning = Pruning.BOTH) -> Suspected:
    """Return which labels are likely wrong, and what the items are instead.

    A label that is the most probable class is never found wrong, however many the joint says there are.

    Examples
    --------
    >>> from groundkeeper.core.label_errors.confident import confident
    >>> dog = np.array([0.9, 0.8, 0.9, 0.2, 0.3, 0.1])
    >>> one = Predicted(np.array([0, 0, 0, 0, 1, 1]), np.column_stack([dog, 1 - dog]))
    >>> sure = confident(one, fewest=2)
    >>> {how.value: np.flatnonzero(suspected(one, sure, how).wrong).tolist() for how in Pruning}
    {'argmax': [3], 'confident': [3], 'class': [3], 'noise_rate': [3], 'both': [3]}
    """
    other = predicted.best_other
    instead = np.where((found.guess != NONE) & (found.guess != predicted.label), found.guess, other)
    match how:
        case Pruning.ARGMAX:
            wrong = np.ones(len(predicted), dtype=np.bool_)
        case Pruning.CONFIDENT:
            wrong = (found.guess != NONE) & (found.guess != predicted.label)
        case Pruning.CLASS:
            wrong = _by_class(predicted, expected_counts(found))
        case Pruning.NOISE_RATE:
            wrong = _by_noise_rate(predicted, expected_counts(found))
        case Pruning.BOTH:
            counts = expected_counts(found)
            wrong = _by_class(predicted, counts) & _by_noise_rate(predicted, counts)
    return Suspected(wrong & (predicted.best != predicted.label), instead.astype(np.int64))


def expected_counts(found: Confident) -> Integers:
    """Return how many items with the label of each row the joint says are of each column, int64 [k, k].

    Rows sum to the number of labels: what is left over by rounding down goes to the largest remainders, of equal ones
    to the label itself, and then to the first. Where nothing is known of a label all are taken to be right.

    Examples
    --------
    >>> counts = np.array([[1, 1, 1], [0, 2, 0], [0, 0, 0]])
    >>> found = Confident(np.zeros(3), np.zeros(7, np.int64), counts, np.array([4, 2, 1]))
    >>> expected_counts(found).tolist()
    [[2, 1, 1], [0, 2, 0], [0, 0, 1]]
    """
    shares = true_given_label(found)
    unknown = np.isnan(shares).any(axis=1)
    shares[unknown] = np.eye(len(shares))[unknown]
    exact = shares * found.label_counts[:, None]
    whole = np.floor(exact + 1e-9).astype(np.int64)
    missing = found.label_counts - whole.sum(axis=1)
    # Remainders that differ by rounding alone are equal.
    remainder = np.round(exact - whole, 9) + 1e-10 * np.eye(len(exact))
    order = np.argsort(-remainder, axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    counts: Integers = whole + (place < missing[:, None])
    return counts


def _by_class(predicted: Predicted, counts: Integers) -> Booleans:
    wrong = np.zeros(len(predicted), dtype=np.bool_)
    own = predicted.of_label
    for name, members in enumerate(_members(predicted)):
        most = int(counts[name].sum() - counts[name, name])
        wrong[members[_lowest(own[members], most)]] = True
    return wrong


def _by_noise_rate(predicted: Predicted, counts: Integers) -> Booleans:
    wrong = np.zeros(len(predicted), dtype=np.bool_)
    for name, members in enumerate(_members(predicted)):
        # A class at a time, with its columns side by side: each is then read in one go.
        of_class = np.ascontiguousarray(predicted.probability[members].T)
        for other in np.flatnonzero(counts[name]):
            if other != name:
                margin = of_class[name] - of_class[other]
                wrong[members[_lowest(margin, int(counts[name, other]))]] = True
    return wrong


def _members(predicted: Predicted) -> list[Integers]:
    """Return the places of the items with each label, ascending."""
    order = np.argsort(predicted.label, kind="stable")
    return np.split(order, np.cumsum(predicted.label_counts)[:-1])


def _lowest(value: Floats, most: int) -> Integers:
    """Return the places of the *most* lowest values, of equal ones the first, in any order."""
    if most >= len(value):
        return np.arange(len(value))
    if not most:
        return np.zeros(0, dtype=np.int64)
    last = np.partition(value, most - 1)[most - 1]
    below, at = np.flatnonzero(value < last), np.flatnonzero(value == last)
    return np.concatenate([below, at[: most - len(below)]])
