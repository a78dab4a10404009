"""Objects of the ground truth that are likely wrong, and some that it likely lacks, by the predictions of one model.

Four kinds, each with a quality for every object that it can be asked of, from 0, surely wrong, to 1, nothing speaks
against it. A prediction speaks of the object of the ground truth that it is most alike, and of no other: what lies
beside an object says nothing of it.

References
----------
Tkachenko, Thyagarajan and Mueller (2023), ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection Data,
arXiv:2309.00832: overlooked, swapped and badly located boxes. How sure a prediction must be is taken from those of its
class, as in Northcutt, Jiang and Chuang (2021), doi:10.1613/jair.1.12125; but not from their mean, below which about
half of all that is right lies, and with it half of all errors.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from groundkeeper.core.label_errors.confident import FEWEST, ROUNDING
from groundkeeper.core.label_errors.seen import Seen, seen
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError

SURE: Final = 0.5
"""What a prediction of a class must be sure of where too few of its kind are right to take it from."""
UNSURE: Final = 0.1
"""Share of the right predictions of a class that are less sure than a claim has to be."""
TOUCHING: Final = 0.1
"""From this similarity on a prediction speaks of an object at all, unless something else is said."""
LOW_OVERLAP: Final = 0.8
"""Below this similarity an object is not where it should be, unless something else is said."""


class ObjectError(StrEnum):
    """What may be wrong with an object.

    ``overlooked``: a confident prediction where the ground truth has nothing. ``swapped``: predicted as of another
    class. ``badly_placed``: predicted as of the same class, and drawn otherwise. ``unseen``: nothing is predicted
    there, though objects of its class mostly are: it may not be there at all.
    """

    OVERLOOKED = "overlooked"
    SWAPPED = "swapped"
    BADLY_PLACED = "badly_placed"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on what counts.

    Attributes
    ----------
    match
        Similarity from which on a prediction and an object are one thing, in (0, 1].
    touching
        Similarity from which on a prediction speaks of an object at all, above 0, at most *match*.
    low_overlap
        Similarity below which an object is not where it should be, at least *match*, at most 1.
    sure
        Confidence of a prediction that counts as a claim; None: of each class, what nine of ten of its predictions that
        match an object of it have at least.
    """

    match: float = 0.5
    touching: float = TOUCHING
    low_overlap: float = LOW_OVERLAP
    sure: float | None = None

    def __post_init__(self) -> None:
        """Refuse thresholds that are no shares, or stand the wrong way round."""
        if not 0 < self.touching <= self.match <= self.low_overlap <= 1:
            msg = (
                f"found touching {self.touching}, match {self.match}, low_overlap {self.low_overlap}; allowed are "
                "shares above 0 in this order"
            )
            raise TableError(msg)
        if self.sure is not None and not 0 <= self.sure <= 1:
            msg = f"found sure {self.sure}; allowed is a confidence from 0 to 1"
            raise TableError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectErrors:
    """c claims that something is wrong, in the order of (unit, kind, truth, said).

    Attributes
    ----------
    unit
        Where it is, int64 [c].
    kind
        The place of its ``ObjectError`` in that vocabulary, int64 [c].
    truth, said
        Places of the object and of the prediction that speaks against it, ``NONE`` if there is none, int64 [c].
    quality
        From 0, surely wrong, to 1, float64 [c].
    """

    unit: Integers
    kind: Integers
    truth: Integers
    said: Integers
    quality: Floats

    def __len__(self) -> int:
        """How many claims there are."""
        return len(self.unit)


def object_errors(
    truth: Side, said: Side, near: Near, confidence: Floats, thresholds: Thresholds
) -> ObjectErrors:
    """Return everything that the predictions claim is wrong.

    With c the confidence of a prediction and s its similarity to the object that it speaks of:

    * overlooked, of each sure prediction that matches nothing, and does not say where an object would be better placed:
      1 - c (1 - s);
    * swapped, of each object that a sure prediction of another class matches: 1 - c s (1 - o), with o the largest c s
      of the predictions of its own class: two things of two classes may lie on one another;
    * badly placed, of each object that sure predictions of its own class speak of, and none is alike enough:
      1 - c (1 - s);
    * unseen, of each object that no prediction touches: 1 less the share of the objects of its class that are seen.

    Of several predictions the one that speaks loudest against it counts, but for what is badly placed: there it is the
    one that is most alike. What counts for nobody is never claimed to be wrong, and speaks against nothing.

    Parameters
    ----------
    truth, said
        The objects, and the predictions; units are items, or frames of them.
    near
        Every pair of them that has anything in common.
    confidence
        Of each prediction, 0 to 1, float64 [said].
    thresholds
        From when on what counts.

    Raises
    ------
    TableError
        If a confidence is no number from 0 to 1, or there is not one for each prediction.

    Examples
    --------
    Two objects; the first is predicted where it is as another class, beside the second something is:

    >>> truth = Side.of(np.array([0, 0]), np.array([0, 0]))
    >>> said = Side.of(np.array([0, 0]), np.array([1, 0]))
    >>> near = Near(np.array([0]), np.array([0]), np.array([0.9]), np.zeros(1, bool))
    >>> found = object_errors(truth, said, near, np.array([0.9, 0.8]), Thresholds(sure=0.5))
    >>> [list(ObjectError)[kind].value for kind in found.kind], found.quality.round(2).tolist()
    (['overlooked', 'swapped', 'unseen'], [0.2, 0.19, 0.5])
    """
    _require_confidence(confidence, len(said))
    speaks = seen(truth, said, near, confidence, thresholds.touching, thresholds.match)
    sure = (
        confidence >= sure_from(truth, said, speaks, confidence, thresholds)[said.label] - ROUNDING
    )
    told = _Told(truth, said, speaks, confidence, sure, thresholds)
    placed = _badly_placed(told)
    claims = [_overlooked(told, placed), _swapped(told), placed, _unseen(truth, speaks)]
    return _joined(claims, truth, said)


def sure_from(
    truth: Side, said: Side, speaks: Seen, confidence: Floats, thresholds: Thresholds
) -> Floats:
    """Return from which confidence on a prediction of each class is a claim, float64 [classes + 1].

    The last is that of predictions without a class. A class with fewer than five predictions that match an object of it
    is held to those of all classes, and with fewer than five of these to one half.
    """
    classes = 1 + int(max(truth.label.max(initial=NONE), said.label.max(initial=NONE)))
    if thresholds.sure is not None:
        return np.full(classes + 1, thresholds.sure)
    right = np.flatnonzero((speaks.similarity >= thresholds.match - ROUNDING) & ~said.ignored)
    right = right[truth.label[speaks.truth[right]] == said.label[right]]
    usual = _lowest_but_few(confidence[right], SURE)
    of_class = [confidence[right[said.label[right] == name]] for name in range(classes)]
    return np.array([*(_lowest_but_few(one, usual) for one in of_class), usual])


def _lowest_but_few(confidence: Floats, otherwise: float) -> float:
    """Return what nine of ten are at least as sure as; *otherwise* of fewer than five."""
    if len(confidence) < FEWEST:
        return otherwise
    return float(np.quantile(confidence, UNSURE, method="inverted_cdf"))


def _require_confidence(confidence: Floats, predictions: int) -> None:
    if len(confidence) != predictions:
        msg = f"found {len(confidence)} confidences of {predictions} predictions; allowed is one of each"
        raise TableError(msg)
    wrong = int((~((confidence >= 0) & (confidence <= 1))).sum())
    if wrong:
        msg = f"found {wrong} confidences that are no numbers from 0 to 1; leave these predictions out"
        raise TableError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Both sides, what they say of each other, which predictions are sure, and from when on what counts."""

    truth: Side
    said: Side
    speaks: Seen
    confidence: Floats
    sure: Booleans
    thresholds: Thresholds

    @property
    def of_objects(self) -> tuple[Integers, Integers]:
        """The sure predictions that speak of an object, and that object; both of what counts, int64 [p] each."""
        place = np.flatnonzero((self.speaks.truth != NONE) & self.sure & ~self.said.ignored)
        of = self.speaks.truth[place]
        counts = ~self.truth.ignored[of]
        return place[counts], of[counts]

    @property
    def matching(self) -> Booleans:
        """Which predictions match what they speak of, bool [said]."""
        return np.asarray(self.speaks.similarity >= self.thresholds.match - ROUNDING)


@dataclass(frozen=True, slots=True, eq=False)
class _Claims:
    kind: ObjectError
    truth: Integers
    said: Integers
    quality: Floats


def _overlooked(told: _Told, placed: _Claims) -> _Claims:
    alone = told.sure & ~told.said.ignored & ~told.matching & ~told.speaks.of_ignored
    alone[placed.said] = False
    place = np.flatnonzero(alone)
    quality = 1 - told.confidence[place] * (1 - told.speaks.similarity[place])
    nothing = np.full(len(place), NONE, dtype=np.int64)
    return _Claims(ObjectError.OVERLOOKED, nothing, place, quality)


def _swapped(told: _Told) -> _Claims:
    place, of = told.of_objects
    ours, theirs = told.truth.label[of], told.said.label[place]
    kept = (ours != theirs) & (ours != NONE) & (theirs != NONE) & told.matching[place]
    place, of = place[kept], of[kept]
    against = told.confidence[place] * told.speaks.similarity[place]
    against = against * (1 - told.speaks.own_support[of])
    chosen = _first_of_each(of, -against)
    return _Claims(ObjectError.SWAPPED, of[chosen], place[chosen], 1 - against[chosen])


def _badly_placed(told: _Told) -> _Claims:
    place, of = told.of_objects
    kept = told.truth.label[of] == told.said.label[place]
    place, of = place[kept], of[kept]
    chosen = _first_of_each(of, -told.speaks.similarity[place])
    place, of = place[chosen], of[chosen]
    alike = told.speaks.similarity[place]
    low = alike < told.thresholds.low_overlap - ROUNDING
    quality = 1 - told.confidence[place] * (1 - alike)
    return _Claims(ObjectError.BADLY_PLACED, of[low], place[low], quality[low])


def _unseen(truth: Side, speaks: Seen) -> _Claims:
    place = np.flatnonzero(~speaks.touched & ~truth.ignored)
    nothing = np.full(len(place), NONE, dtype=np.int64)
    return _Claims(ObjectError.UNSEEN, place, nothing, 1 - speaks.seen_share[truth.label[place]])


def _first_of_each(of: Integers, rank: Floats) -> Integers:
    """Return the place with the lowest *rank* of each value of *of*; of equal ones the first."""
    order = np.lexsort((np.arange(len(of)), rank, of))
    first = np.ones(len(of), dtype=np.bool_)
    first[1:] = np.diff(of[order]) > 0
    chosen: Integers = order[first]
    return chosen


def _joined(claims: list[_Claims], truth: Side, said: Side) -> ObjectErrors:
    names = list(ObjectError)
    kind = np.concatenate([np.full(len(one.truth), names.index(one.kind)) for one in claims])
    of_truth = np.concatenate([one.truth for one in claims])
    of_said = np.concatenate([one.said for one in claims])
    quality = np.concatenate([one.quality for one in claims])
    unit = np.zeros(len(kind), dtype=np.int64)
    drawn, alone = of_truth != NONE, of_truth == NONE
    unit[drawn], unit[alone] = truth.unit[of_truth[drawn]], said.unit[of_said[alone]]
    order = np.lexsort((of_said, of_truth, kind, unit))
    return ObjectErrors(
        unit[order],
        kind[order].astype(np.int64),
        of_truth[order],
        of_said[order],
        np.clip(quality[order], 0.0, 1.0),
    )
