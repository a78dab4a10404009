"""How annotators confuse classes, as estimated from counts and from what is thought of them beforehand.

A confusion is ``[said, true]`` here, so that what one label says of all classes lies together.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from groundkeeper.core.truth.labels import Floats, Labels

Belief: TypeAlias = Literal["used", "uniform", "diagonal"]
Cube: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Beforehand:
    """What is thought of annotators before their labels are looked at.

    Attributes
    ----------
    belief : float64[n_annotators or 1, k, k or 1]
        The confusion of an annotator of whom nothing else is known; sums to 1 over what is said. One column stands
        for all.
    smoothing : float
        How many labels each cell is thought to hold, on average.
    least : float64[n_annotators, k, 1]
        How many labels a cell holds at least.
    """

    belief: Cube
    smoothing: float
    least: Cube

    def confusion(self, counts: Cube) -> Cube:
        """Return ``[n_annotators, k, k]``: the most probable confusions, given the *counts* of labels.

        What is believed stands where nothing was counted.
        """
        confusion: Cube = np.maximum(counts, self.least)
        if self.smoothing:
            confusion += self._cells()
        sums = confusion.sum(axis=1, keepdims=True)
        np.divide(confusion, sums, out=confusion, where=sums > 0)
        np.copyto(confusion, self.belief, where=sums == 0)
        return confusion

    def log_density(self, confusion: Cube) -> float:
        """Return the logarithm of how probable the confusions are beforehand, but for a constant."""
        return float(xlogy(self._cells(), confusion).sum()) if self.smoothing else 0.0

    def _cells(self) -> Cube:
        """Return how many labels each cell is thought to hold."""
        cells: Cube = self.smoothing * self.belief.shape[1] * self.belief
        return cells


def beforehand(
    labels: Labels, belief: Belief, *, diagonal: float, smoothing: float, floor: float
) -> Beforehand:
    """Return what is thought of the annotators of *labels*, as the options of ``dawid_skene`` have it."""
    used = np.zeros((labels.n_annotators, labels.n_classes, 1))
    used[labels.annotator, labels.label] = 1.0
    if belief == "diagonal":
        believed = confusion_with(diagonal, labels.n_classes)
    else:
        given = used if belief == "used" else np.ones((1, labels.n_classes, 1))
        believed = given / np.maximum(given.sum(axis=1, keepdims=True), 1.0)
    return Beforehand(believed, smoothing, floor * used)


def confusion_with(diagonal: float, n_classes: int) -> Cube:
    """Return ``[1, k, k]``: right with the probability *diagonal*, and every error equally probable.

    Examples
    --------
    >>> confusion_with(0.7, 4)[0, 0].round(2).tolist()
    [0.7, 0.1, 0.1, 0.1]
    >>> confusion_with(0.7, 1).tolist()
    [[[1.0]]]
    """
    if n_classes == 1:
        return np.ones((1, 1, 1))
    confusion = np.full((n_classes, n_classes), (1 - diagonal) / max(n_classes - 1, 1))
    np.fill_diagonal(confusion, diagonal)
    return confusion[np.newaxis]


def skill_of(confusion: Cube, prevalence: Floats) -> Floats:
    """Return ``[n_annotators]``: how probably each is right; nan of an unknown confusion, and where there is no class.

    Examples
    --------
    >>> skill_of(confusion_with(0.7, 2), np.array([0.5, 0.5])).round(2).tolist()
    [0.7]
    >>> skill_of(np.empty((1, 0, 0)), np.empty(0)).tolist()
    [nan]
    """
    if not len(prevalence):
        return np.full(len(confusion), np.nan)
    return np.asarray(np.einsum("akk,k->a", confusion, prevalence))
