"""Sums over the answers of each annotator, by group, and how much evidence they are.

Kept apart from ``quality``, which says what they mean: here are the weights, the groups and the linear algebra.

References
----------
Agresti and Coull (1998), Approximate is better than "exact" for interval estimation of binomial proportions, The
American Statistician 52:119-126, doi:10.1080/00031305.1998.10480550.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import FEWEST_GROUPS, divide
from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.labels import Codes, Floats, Labels
from groundkeeper.core.truth.shares import groups_of, share_limits, total_by

LARGEST_CROWD = 1_500
"""With more annotators the skills of the others are taken as known: what they share is quadratic in annotators."""
MOST_MISSING = 0.98
"""A direction in which less is known is taken as known so far: one would hide what is known of the whole crowd."""
DECIMALS = 6
"""Of a number of answers that is a piece of evidence."""
_PARTS = 10.0**DECIMALS
"""Limits are so many parts of 1."""
_ADDED = 2.0
"""Answers right and answers wrong that are added, so that nobody is taken for flawless (Agresti and Coull 1998)."""
_NONE = 0.5
"""Fewer errors than that are none."""
_LEAST_TRIALS = 1e-3


@dataclass(frozen=True, eq=False)  # no slots: its sums are kept
class AnswerSums:
    """Answers that are counted, and what they add up to for each annotator.

    Attributes
    ----------
    crowd : int
        How many annotators there are.
    task, annotator, label : int[n]
        Of each answer.
    weight : float64[n]
        The multiplicity of its task.
    group : int[n], optional
        The group of its task; without it tasks are independent.
    """

    crowd: int
    task: Places
    annotator: Codes
    label: Codes
    weight: Floats
    group: Places | None

    @cached_property
    def answers(self) -> Floats:
        """Answers of each annotator, with multiplicities, ``[crowd]``."""
        return self._per_annotator(self.weight)

    @cached_property
    def tasks(self) -> Floats:
        """Different tasks of each annotator, with multiplicities, ``[crowd]``."""
        cell, annotator = _cells(self.annotator, self.task)
        first = np.unique(cell, return_index=True)[1]
        return total_by(annotator, self.weight[first], self.crowd)

    @cached_property
    def groups(self) -> npt.NDArray[np.int64]:
        """Groups of the tasks of each annotator; a task on its own is one for each that it stands for."""
        if self.group is None:
            return self.tasks.round().astype(np.int64)
        return np.bincount(self._cells[1], minlength=self.crowd).astype(np.int64)

    @cached_property
    def _cells(self) -> tuple[Places, Places]:
        """The cell of each answer, of one annotator and one group, and the annotator of each cell."""
        return _cells(self.annotator, self.task if self.group is None else self.group)

    @classmethod
    def of(cls, labels: Labels, groups: pd.Series | None) -> Self:
        """Return the sums over all *labels*."""
        task = labels.task
        named = np.flatnonzero(np.diff(labels.starts))
        of_named = groups_of(labels.tasks[named], groups)
        of_answer = None if of_named is None else of_named[np.searchsorted(named, task)]
        return cls(
            crowd=labels.n_annotators,
            task=task,
            annotator=labels.annotator,
            label=labels.label,
            weight=labels.multiplicity[task],
            group=of_answer,
        )

    def chosen(self, which: npt.NDArray[np.bool_]) -> "AnswerSums":
        """Return the sums over the answers *which*."""
        group = None if self.group is None else self.group[which]
        return AnswerSums(
            crowd=self.crowd,
            task=self.task[which],
            annotator=self.annotator[which],
            label=self.label[which],
            weight=self.weight[which],
            group=group,
        )

    def mean(self, values: Floats) -> Floats:
        """Return ``[crowd]``: the mean of *values* ``[n]``; nan for an annotator without answers."""
        return divide(self._per_annotator(values * self.weight), self.answers)

    def evidence(self, values: Floats, comparisons: Floats) -> Floats:
        """Return ``[crowd]``: of how many independent comparisons the mean of *values* ``[n]`` is the share.

        Parameters
        ----------
        values : float64[n]
            Each the share of a number of *comparisons* ``[n]``, which are at most all independent.
        """
        centre = self.mean(values)
        squares = self._squares(values - centre[self.annotator])
        variance = divide(squares, np.square(self.answers)) * self._correction()
        by_variance = divide(centre * (1 - centre), variance)
        most = self._per_annotator(self.weight * comparisons)
        return np.minimum(np.where(variance > 0, by_variance, self._if_alike()), most)

    def evidence_of_skill(self, probability: Floats) -> Floats:
        """Return ``[crowd]``: how many answers held against a known truth say as much as these of an inferred one.

        Parameters
        ----------
        probability : float64[n]
            That each answer is right.
        """
        accuracy = self.mean(probability)
        plausible = self.within_reach(accuracy)
        answered = self.answers > 0
        scale = np.zeros(self.crowd)
        scale[answered] = 1 / np.sqrt((self.answers * plausible * (1 - plausible))[answered])
        apart = probability - accuracy[self.annotator]
        variance_over_known = self._alone if self.crowd > LARGEST_CROWD else self._together
        inflation = variance_over_known(probability, apart, scale)
        found = np.minimum(divide(self.answers, inflation), self.tasks)
        alike = np.minimum(accuracy, 1 - accuracy) * self.answers < _NONE
        found = np.where(alike, np.fmin(found, self._if_alike()), found)
        # The last bits of a product of matrices depend on how many threads share it.
        return found.round(DECIMALS)

    def within_reach(self, accuracy: Floats) -> Floats:
        """Return *accuracy* ``[crowd]``, but no nearer to 0 and 1 than that of two errors more than none would be.

        At 0 and 1 itself the information, of answers and of what is missing of it, is no finite number: an annotator
        without errors would be known less well than one with a few.
        """
        least = _ADDED / (self.answers + 2 * _ADDED)
        return np.clip(accuracy, least, 1 - least)

    def limits(self, shares: Floats, evidence: Floats, confidence: float) -> tuple[Floats, Floats]:
        """Return the limits ``[crowd]`` of *shares*; nan without *evidence* and with answers in too few groups."""
        low, high = np.full((2, self.crowd), np.nan)
        some = (self.groups >= FEWEST_GROUPS) & ~np.isnan(evidence)
        trials = np.maximum(evidence[some], _LEAST_TRIALS)
        low[some], high[some] = share_limits(shares[some], trials, self.groups[some], confidence)
        # Outwards, as a share that is 1 but for rounding has the limit 1.
        return np.floor(low * _PARTS) / _PARTS, np.ceil(high * _PARTS) / _PARTS

    def _correction(self) -> Floats:
        groups: Floats = self.groups.astype(np.float64)
        return divide(groups, groups - 1)

    def _if_alike(self) -> Floats:
        """Return the evidence if the answers of one group were always alike."""
        return divide(np.square(self.answers), self._squares(np.ones(len(self.task))))

    def _per_annotator(self, values: Floats) -> Floats:
        return total_by(self.annotator, values, self.crowd)

    def _score_weight(self) -> Floats:
        """Return what a score counts in its group: a task of multiplicity m is m tasks, not one m times as large."""
        return np.sqrt(self.weight) if self.group is None else self.weight

    def _squares(self, scores: Floats) -> Floats:
        """Return the squares of *scores* summed by group and annotator, summed by annotator."""
        cell, annotator = self._cells
        by_cell = total_by(cell, scores * self._score_weight(), len(annotator))
        return total_by(annotator, np.square(by_cell), self.crowd)

    def _alone(self, probability: Floats, apart: Floats, scale: Floats) -> Floats:
        """Return the variance of each accuracy in units of that with known truth, if the others' skills are known."""
        missing = self._per_annotator(self.weight * probability * (1 - probability))
        informed = 1 - np.minimum(missing * np.square(scale), MOST_MISSING)
        by_scores: Floats = self._squares(apart) * np.square(scale / informed) * self._correction()
        found: Floats = np.maximum(by_scores, (scale > 0) / informed)
        return found

    def _together(self, probability: Floats, apart: Floats, scale: Floats) -> Floats:
        """Return the same if all skills are learnt together, with ``(1 - M)^-1`` as the matrix of what is known."""
        own, root = scale[self.annotator], np.sqrt(self.weight)
        claim, _ = _cells(self.label, self.task)
        both_right = self._gram(np.sqrt(probability) * root * own, claim)
        missing = both_right - self._gram(probability * root * own, self.task)
        group = self.task if self.group is None else self.group
        scores = self._gram(apart * own * self._score_weight(), group)
        fractions, directions = np.linalg.eigh(missing)
        informed = 1 / (1 - np.clip(fractions, 0, MOST_MISSING))
        inverse = (directions * informed) @ directions.T
        by_scores: Floats = np.einsum("wv,vw->w", inverse @ scores, inverse) * self._correction()
        found: Floats = np.maximum(by_scores, (scale > 0) * inverse.diagonal())
        return found

    def _gram(self, values: Floats, row: Places) -> Floats:
        """Return ``[crowd, crowd]``: the products of the columns of *values* put at *row* and annotator."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - who asks for no interval does without

        rows = int(row.max(initial=-1)) + 1
        table = csr_array((values, (row, self.annotator)), shape=(rows, self.crowd))
        product: Floats = (table.T @ table).toarray()
        return product


def _cells(code: npt.NDArray[np.integer], group: Places) -> tuple[Places, Places]:
    """Return the cell of each answer, of one *code* and one *group*, and the code of each cell."""
    width = int(group.max(initial=0)) + 1
    keys, cell = np.unique(code.astype(np.int64) * width + group, return_inverse=True)
    return cell, keys // width
