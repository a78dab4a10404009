"""What every method of truth inference returns."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from groundkeeper.core.runs import offsets_of
from groundkeeper.core.truth.labels import Codes, Floats, Labels, Starts

TIE = 1e-9
"""Probabilities that differ by no more are equal: they differ by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """How probable each class is for each task: soft labels.

    Attributes
    ----------
    starts : int64[n_tasks + 1]
        The classes of task t are those from ``starts[t]`` to ``starts[t + 1]``; none for a task without labels.
    classes : int32[m]
        Codes of the classes that have a probability, ascending within a task; the others have 0.
    probability : float64[m]
        Sums to 1 over each task that has labels.
    """

    starts: Starts
    classes: Codes
    probability: Floats

    @classmethod
    def of_dense(cls, probability: Floats, labelled: npt.NDArray[np.bool_]) -> "Posterior":
        """Return the posterior ``[n_tasks, k]`` in rows; tasks that are not *labelled* have none."""
        k = probability.shape[1]
        starts = offsets_of(labelled * k)
        rows = probability if labelled.all() else probability[labelled]
        return cls(starts, np.tile(np.arange(k, dtype=np.int32), len(rows)), rows.ravel())

    def dense(self, k: int) -> Floats:
        """Return ``[n_tasks, k]``; nan for a task without labels."""
        listed = np.diff(self.starts)
        table = np.zeros((len(listed), k))
        table[np.repeat(np.arange(len(listed)), listed), self.classes] = self.probability
        table[listed == 0] = np.nan
        return table

    def best(self) -> "Best":
        """Return the most probable class of each task; of equally probable ones the first, and that they tie."""
        listed = np.diff(self.starts)
        known = listed > 0
        label = np.full(len(listed), -1, np.int32)
        probability = np.full(len(listed), np.nan)
        ties = np.zeros(len(listed), np.int32)
        width = listed[known]
        if len(width) and (width == width[0]).all():
            # As many classes for every task, as of all models, are a table, which is several times as fast.
            columns = np.ascontiguousarray(self.probability.reshape(len(width), -1).T)
            most = columns.max(axis=0)
            tied = columns >= most - TIE
            classes = self.classes.reshape(len(width), -1)
            label[known] = classes[np.arange(len(width)), tied.argmax(axis=0)]
            probability[known] = most
            ties[known] = np.add.reduce(tied, axis=0, dtype=np.int32)
        elif len(width):
            first = self.starts[:-1][known]
            most = np.maximum.reduceat(self.probability, first)
            leading = self.probability >= np.repeat(most, width) - TIE
            place = np.where(leading, np.arange(len(leading)), len(leading))
            label[known] = self.classes[np.minimum.reduceat(place, first)]
            probability[known] = most
            ties[known] = np.add.reduceat(leading, first, dtype=np.int32)
        return Best(label, probability, ties)


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The most probable class of each task.

    Attributes
    ----------
    label : int32[n_tasks]
        Its code; -1 for a task without labels.
    probability : float64[n_tasks]
        nan for a task without labels.
    ties : int32[n_tasks]
        How many classes are as probable as the best, to ``TIE``: 1 where it stands alone, 0 without labels.
    """

    label: Codes
    probability: Floats
    ties: Codes


@dataclass(frozen=True, slots=True)
class Fit:
    """How a fit went.

    Attributes
    ----------
    iterations : int
        0 for a method that does not iterate.
    converged : bool
        Whether it stopped because another iteration would have changed next to nothing.
    objective : str
        What it maximised: ``log-likelihood``, ``log posterior``, ``evidence lower bound``; empty without one.
    history : tuple of float
        The objective after each iteration, over all tasks; never falls, but for rounding.
    note : str
        What a reader of the result has to know.
    """

    iterations: int
    converged: bool
    objective: str = ""
    history: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """The answer of one method.

    Attributes
    ----------
    method : str
        Its name in ``methods.METHODS``.
    labels : Labels
        What it was inferred from.
    posterior : Posterior
    fit : Fit
    skill : float64[n_annotators], optional
        The probability that the annotator is right, as the model has it, over the classes as frequent as inferred;
        nan for who labelled nothing. None for a method without a model of annotators.
    confusion : float64[n_annotators, k, k], optional
        Probability that the annotator says the second class when the first is true.
    prevalence : float64[k], optional
        How frequent each class is, where the model has it.
    difficulty : float64[n_tasks], optional
        How hard each task is, where the model has it; higher is harder.
    """

    method: str
    labels: Labels
    posterior: Posterior
    fit: Fit = field(default=Fit(0, converged=True))
    skill: Floats | None = None
    confusion: Floats | None = None
    prevalence: Floats | None = None
    difficulty: Floats | None = None
