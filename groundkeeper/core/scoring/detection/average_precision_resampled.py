"""Average precision and recall with groups of images drawn anew, from matches made once.

A match is within an image, so in a resample the matches stay, and only how often each image counts changes. Images
drawn twice count twice: that is what evaluating the resample anew would give, but for the order of predictions that are
equally confident.

References
----------
Efron (1987), Better Bootstrap Confidence Intervals, J Am Stat Assoc 82:171-185,
https://doi.org/10.1080/01621459.1987.10478410, section 2: the bias-corrected percentile interval.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import (
    FEWEST_GROUPS,
    Floats,
    Resampling,
    interval_between,
    too_few,
)
from groundkeeper.core.shapes.drawn import Integers

IGNORED: Final = -1
"""The verdict on a prediction that counts for nothing."""
MOST_STEPS: Final = 20_000_000_000
"""Predictions times thresholds times rounds beyond which there is no interval: it would take a minute or more."""
PASSES: Final = 6
"""How often the predictions are gone through in a round: four sizes, and two more recalls of few predictions."""
NOT_ASKED: Final = "no interval was asked for"
TOO_MANY: Final = "no interval: too many predictions to resample"


class Metric(NamedTuple):
    """A figure: precision or recall, at which threshold (None: over all), of which size, of how many predictions."""

    name: str
    is_precision: bool
    threshold: float | None
    size: str
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The predictions of one class and its objects of one size, as they were matched.

    Attributes
    ----------
    image : int64[d]
        The place of the image of each prediction, the most confident first.
    rank : int64[d]
        How many predictions of the class in the same image are more confident.
    verdict : int8[thresholds, d]
        1 if it is right, 0 if it is wrong, -1 if it counts for nothing.
    there : int64[images]
        How many objects that count each image has.
    """

    image: Integers
    rank: Integers
    verdict: npt.NDArray[np.int8]
    there: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """How often each image is drawn in each round, ``[rounds, images]``, or why no round is drawn."""

    groups: Sequence[str]
    weights: Floats
    confidence: float
    note: str

    def interval(self, value: float, drawn: Floats, groups: int) -> tuple[float, float, str]:
        """Return the bias-corrected percentile interval of a figure that is *value*, nan and a note if there is none.

        Rare classes are in few resamples, so their mean over classes is not centred on that of the data.
        """
        if self.note or groups < FEWEST_GROUPS:
            return math.nan, math.nan, self.note or too_few(groups)
        return interval_between(drawn, partial(self._tails, value))

    def _tails(self, value: float, drawn: Floats) -> tuple[float, float]:
        """Return which shares of the rounds end the interval."""
        normal, n = NormalDist(), len(drawn)
        below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn <= value)) / (2 * n)
        shift = 2 * normal.inv_cdf(min(max(below, 1 / (2 * n)), 1 - 1 / (2 * n)))
        wide = normal.inv_cdf((1 + self.confidence) / 2)
        return normal.cdf(shift - wide), normal.cdf(shift + wide)


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """A figure in each round: of each class ``[classes, rounds]``, nan where it has no object, and over them."""

    classes: Floats

    def of_class(self, place: int) -> Floats:
        """Return the figure of one class in each round."""
        return np.asarray(self.classes[place])

    @property
    def over_all(self) -> Floats:
        """The mean over the classes that have an object, in each round."""
        defined = ~np.isnan(self.classes)
        total = np.where(defined, self.classes, 0.0).sum(axis=0)
        often = defined.sum(axis=0)
        return np.where(often > 0, total / np.maximum(often, 1), np.nan)


def rounds_of(
    groups: Sequence[str], how: Resampling | None, matches: Collection[Matches], thresholds: int
) -> Rounds:
    """Return how often each image is drawn when its groups are, or why nothing is drawn.

    Parameters
    ----------
    groups : sequence of str
        The group of each image.
    how : Resampling, optional
        Rounds, seed and confidence; without it nothing is drawn.
    matches : collection of Matches
        What will be resampled.
    thresholds : int
        At how many thresholds.
    """
    nothing = np.zeros((0, len(groups)))
    if how is None:
        return Rounds(groups, nothing, math.nan, NOT_ASKED)
    predictions = sum(len(one.image) for one in matches)
    if predictions * thresholds * how.rounds * PASSES / 4 > MOST_STEPS:
        return Rounds(groups, nothing, how.confidence, TOO_MANY)
    names, code = np.unique(np.array(groups, dtype=object), return_inverse=True)
    draws = how.generator("average_precision").integers(len(names), size=(how.rounds, len(names)))
    often = np.stack([np.bincount(draw, minlength=len(names)) for draw in draws])
    return Rounds(groups, often[:, code].astype(np.float64), how.confidence, "")


def resampled(
    metric: Metric,
    of_classes: Sequence[Matches | None],
    shown: npt.NDArray[np.bool_],
    steps: Floats,
    rounds: Rounds,
) -> Resampled:
    """Return *metric* in each round, of each class.

    Parameters
    ----------
    metric : Metric
        What is computed.
    of_classes : sequence of Matches
        Those of each class, of the size of the metric; None if there is neither an object nor a prediction.
    shown : bool[thresholds]
        The thresholds that it is averaged over.
    steps : float[s]
        The recalls at which precision is read.
    rounds : Rounds
        How often each image is drawn.
    """
    from groundkeeper.core.scoring.detection.average_precision_kernels import weighted_precision  # noqa: PLC0415 - numba

    found = np.full((len(of_classes), len(rounds.weights)), np.nan)
    for place, matches in enumerate(of_classes):
        if matches is None or not len(rounds.weights):
            continue
        kept = matches.rank < metric.most
        precision, recall = weighted_precision(
            rounds.weights,
            matches.image[kept],
            np.ascontiguousarray(matches.verdict[shown][:, kept]),
            matches.there,
            steps,
        )
        found[place] = (precision if metric.is_precision else recall).mean(axis=1)
    return Resampled(found)
