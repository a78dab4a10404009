"""Labels beside the probabilities that models give to every class, and what several models say together.

The probabilities have to be out of sample: of a model that was not trained on these very labels, such as from
cross-validation. A model that has seen a wrong label has learned to repeat it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError, listing

SUM_TOLERANCE: Final = 1e-3
"""By how much the probabilities of an item may miss 1: they were written with few digits."""
TOO_PERFECT: Final = 50
"""So many items of which a model repeats every single label were hardly kept from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """n labels, and how probable a model finds each of the k classes for the same items.

    The place of an item among the n breaks ties, so who wants results that do not depend on the order of rows sorts.

    Attributes
    ----------
    label
        Class that each item was given, 0 to k - 1, int64 [n].
    probability
        From 0 to 1, a row sums to 1, float64 [n, k].
    """

    label: Integers
    probability: Floats

    def __post_init__(self) -> None:
        """Refuse what is no probability, and labels that are no class."""
        require_probabilities(self.probability)
        if len(self.label) != len(self.probability):
            msg = f"found {len(self.label)} labels and {len(self.probability)} rows of probabilities; allowed is one"
            raise TableError(msg)
        wrong = (self.label < 0) | (self.label >= self.classes)
        if wrong.any():
            found = listing(sorted(set(self.label[wrong].tolist())))
            msg = f"found labels {found}; allowed are the classes 0 to {self.classes - 1}; leave the items out"
            raise TableError(msg)

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.label)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.probability.shape[1])

    @property
    def label_counts(self) -> Integers:
        """How many items were given each class, int64 [k]."""
        return np.bincount(self.label, minlength=self.classes).astype(np.int64)

    @property
    def of_label(self) -> Floats:
        """How probable the label of each item is, float64 [n]."""
        found: Floats = self.probability[np.arange(len(self)), self.label]
        return found

    @property
    def best(self) -> Integers:
        """The most probable class of each item, the label itself where it is one of several, int64 [n]."""
        highest = self.probability.max(axis=1)
        first = self.probability.argmax(axis=1)
        return np.where(self.of_label >= highest, self.label, first).astype(np.int64)

    @property
    def best_other(self) -> Integers:
        """The most probable class of each item that is not its label, int64 [n]; with one class there is none."""
        if self.classes < 2:  # noqa: PLR2004 - another class is a second one
            msg = "found one class; needed are two at least, or no label can be wrong"
            raise TableError(msg)
        others = self.probability.copy()
        others[np.arange(len(self)), self.label] = -1.0
        best: Integers = others.argmax(axis=1).astype(np.int64)
        return best


def require_probabilities(probability: Floats) -> None:
    """Refuse rows that are no probabilities of classes.

    Raises
    ------
    TableError
        If a number is nan, below 0 or above 1, or a row does not sum to 1; the message has the rows.

    Examples
    --------
    >>> require_probabilities(np.array([[0.25, 0.75]]))
    """
    # Whatever is compared with nan is false, so that nan is found by what does not hold of it.
    held = (probability >= 0).all(axis=1) & (probability <= 1 + SUM_TOLERANCE).all(axis=1)
    held &= np.abs(probability.sum(axis=1) - 1) <= SUM_TOLERANCE
    wrong = np.flatnonzero(~held)
    if len(wrong):
        found = listing(f"{row}: {probability[row].tolist()}" for row in wrong.tolist())
        msg = f"found probabilities {found}; allowed are numbers from 0 to 1 that sum to 1 in each row"
        raise TableError(msg)


def is_too_perfect(predicted: Predicted) -> bool:
    """Return whether the model repeats every label of many items, as one does that was trained on them.

    Examples
    --------
    >>> is_too_perfect(Predicted(np.zeros(60, np.int64), np.tile([0.9, 0.1], (60, 1))))
    True
    """
    return len(predicted) >= TOO_PERFECT and bool((predicted.best == predicted.label).all())


def mean_probability(probability: Floats) -> Floats:
    """Return the mean over models of the probabilities of each item, float64 [n, k]; nan where no model has any.

    Parameters
    ----------
    probability
        Of m models, nan in the rows of items that a model says nothing of, float64 [m, n, k].

    Examples
    --------
    >>> nothing = [np.nan, np.nan]
    >>> mean_probability(np.array([[[0.5, 0.5], nothing], [[1.0, 0.0], nothing]])).tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    said = np.isfinite(probability).all(axis=2, keepdims=True).astype(np.int64)
    total = np.where(said > 0, probability, 0.0).sum(axis=0)
    count = said.sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
