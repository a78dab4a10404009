"""Between which values a score can be where records are items: classes, grades and numbers that are not settled yet.

Items do not depend on one another, so these bounds are exact, but for means over classes. An item of which nothing was
said is not judged, whatever it turns out to be.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from groundkeeper.core.scoring.bounds.became import CODES, Became, of_rows
from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.object_bounds import Bound, bounds_of
from groundkeeper.core.scoring.bounds.ratio_range import Choices, Numbers, ratio_range
from groundkeeper.core.scoring.bounds.still_open import StillOpen
from groundkeeper.core.scoring.bounds.turnouts import NOTHING, Row
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import Outcome

OF_CLASS: Final = ("accuracy", "precision", "recall", "f1")
"""Measures of one class against the rest."""
OVER_ALL: Final = {
    "accuracy": "accuracy",
    "macro_precision": "macro_precision",
    "macro_recall": "balanced_accuracy",
    "macro_f1": "macro_f1",
}
"""Measures over all classes, and how they are called where values of items are scored."""
NO_RANGE: Final = "no largest error: the number has no declared range"


def classification_bounds(
    said: Integers, truth: Integers, unsettled: Unsettled, classes: Sequence[str]
) -> list[Bound]:
    """Return the bounds of accuracy, of balanced accuracy and other means over classes, and of each class.

    Parameters
    ----------
    said, truth : int64 [n]
        The class of each item on either side, ``NONE`` where nothing is said; that of an open item is not read.
    unsettled : Unsettled
        Which items are open, and what they may be.
    classes : sequence of str
        The name of each class.

    Examples
    --------
    One of two is right; the third is pending, and said to be a dog:

    >>> said, truth = np.array([0, 1, 1]), np.array([0, 0, NONE])
    >>> is_open = np.array([False, False, True])
    >>> bounds = classification_bounds(said, truth, Unsettled.anything(is_open, 2), ("cat", "dog"))
    >>> [round(end, 3) for end in (bounds[0].low, bounds[0].high, bounds[0].score)]
    [0.333, 0.667, 0.5]
    """
    judged = said != NONE
    settled = judged & ~unsettled.is_open & (truth != NONE)
    same = said[settled] == truth[settled]
    n = int(settled.sum())
    alone = Became(
        np.where(same, CODES[Outcome.CORRECT], CODES[Outcome.MISMATCH]).astype(np.int64),
        truth[settled],
        said[settled],
        np.zeros(n),
        np.zeros(n, dtype=np.bool_),
    )
    places = np.flatnonzero(judged & unsettled.is_open).tolist()
    sets = LabelSets(unsettled.may_be[places])
    slots = [
        _slot(int(said[place]), unsettled, place, sets.codes(number, {int(said[place])}))
        for number, place in enumerate(places)
    ]
    firsts = np.cumsum([0, *map(len, slots)])[:-1].astype(np.int64)
    rows = of_rows([row for slot in slots for row in slot], sets)
    found = StillOpen(alone, alone, rows, _each_alone(firsts), exact=True, components=len(slots))
    note = f"{len(slots)} values open" if slots else ""
    bounds = []
    for each in bounds_of(found, len(slots), classes, note):
        if each.label and each.measure in OF_CLASS:
            bounds.append(each)
        elif not each.label and each.measure in OVER_ALL:
            bounds.append(each.called(OVER_ALL[each.measure]))
    return bounds


def grade_bounds(said: Integers, truth: Integers, unsettled: Unsettled) -> list[Bound]:
    """Return the bounds of accuracy, of being within one step, and of the mean error in steps.

    Parameters
    ----------
    said, truth : int64 [n]
        The place of each grade in the order of all, ``NONE`` where nothing is said.
    unsettled : Unsettled
        Which items are open, and which grades they may have.

    Examples
    --------
    >>> said, truth = np.array([0, 4]), np.array([1, NONE])
    >>> may_be = np.array([[False] * 5, [False, False, True, True, False]])
    >>> no, is_open = np.zeros(2, bool), np.array([False, True])
    >>> bounds = grade_bounds(said, truth, Unsettled(is_open, no, no, may_be, no))
    >>> [(each.measure, each.low, each.high) for each in bounds]
    [('accuracy', 0.0, 0.0), ('within_one', 0.5, 1.0), ('mean_absolute_error', 1.0, 1.5)]
    """
    judged = said != NONE
    settled = judged & ~unsettled.is_open & (truth != NONE)
    places = np.flatnonzero(judged & unsettled.is_open)
    steps = np.abs(said[settled] - truth[settled])
    owner, grade = np.nonzero(unsettled.may_be[places])
    errors = np.abs(said[places][owner] - grade)
    gone = np.flatnonzero((unsettled.may_vanish | unsettled.may_be_ignored)[places])
    measures = {
        "accuracy": (steps == 0, errors == 0),
        "within_one": (steps <= 1, errors <= 1),
        "mean_absolute_error": (steps, errors),
    }
    return [
        _mean(name, known.astype(np.int64), (owner, of_open.astype(np.int64)), gone)
        for name, (known, of_open) in measures.items()
    ]


def number_bounds(
    said: Floats, truth: Floats, is_open: Booleans, may_vanish: Booleans, between: Floats
) -> Bound:
    """Return the bounds of the mean absolute error of numbers.

    Parameters
    ----------
    said, truth : float64 [n]
        The number of each item on either side, nan where nothing is said; that of an open item is not read.
    is_open, may_vanish : bool [n]
        Which items are open, and which of them may turn out to have no number.
    between : float64 [n, 2]
        The smallest and the largest that each open item may have, infinite where nothing bounds it.

    Examples
    --------
    >>> no, is_open = np.zeros(2, bool), np.array([False, True])
    >>> between = np.array([[0.0, 10.0], [0.0, 10.0]])
    >>> found = number_bounds(np.array([2.0, 4.0]), np.array([3.0, np.nan]), is_open, no, between)
    >>> round(found.low, 6), round(found.high, 6), found.score
    (0.5, 3.5, 1.0)
    """
    judged = np.isfinite(said)
    settled = judged & ~is_open & np.isfinite(truth)
    places = np.flatnonzero(judged & is_open)
    low, high = between[places].T
    nearest = np.clip(said[places], low, high)
    ends = np.abs(np.stack([nearest, low, high]) - said[places])
    owner = np.tile(np.arange(len(places)), len(ends))
    errors = ends.ravel()
    known = np.isfinite(errors)
    steps = np.abs(said[settled] - truth[settled])
    gone = np.flatnonzero(may_vanish[places])
    found = _mean("mean_absolute_error", steps, (owner[known], errors[known]), gone)
    return found if known.all() else found.without_high(NO_RANGE)


def _slot(said: int, unsettled: Unsettled, place: int, labels: Sequence[int]) -> list[Row]:
    rows = [
        Row(Outcome.CORRECT if label == said else Outcome.MISMATCH, label, said) for label in labels
    ]
    gone = bool(unsettled.may_vanish[place] or unsettled.may_be_ignored[place])
    return rows + [NOTHING] * gone


def _each_alone(first_row: Integers) -> Choices:
    """Return choices that do not depend on one another, whose rows begin at *first_row*."""
    places = np.arange(len(first_row), dtype=np.int64)
    return Choices(first_row, places, places)


def _mean(
    measure: str, settled: Numbers, of_open: tuple[Integers, Numbers], gone: Integers
) -> Bound:
    """Return the bound of a mean of what is *settled* and one of the values of each open item, or none if *gone*."""
    owner = np.concatenate([of_open[0], gone]).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    values = of_open[1]
    part = np.concatenate([values, np.zeros(len(gone), values.dtype)])[order]
    counted = [np.ones(len(values), np.int64), np.zeros(len(gone), np.int64)]
    whole = np.concatenate(counted)[order]
    first = np.flatnonzero(np.diff(owner[order], prepend=-1)).astype(np.int64)
    known = (settled.sum().item(), len(settled))
    low, high = ratio_range(part, whole, _each_alone(first), known, largest=math.inf)
    score = known[0] / known[1] if known[1] else math.nan
    note = f"{len(first)} values open" if len(first) else ""
    return Bound(
        measure,
        "",
        low,
        high,
        score,
        exact=True,
        records_open=len(first),
        components=len(first),
        note=note,
    )
