"""Between which values a score can be where records are items: classes, grades and numbers that are not settled yet.

Items do not depend on one another, so these bounds are exact, but for means over classes and kappas. An item of which
nothing was said is not judged, whatever it turns out to be.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from groundkeeper.core.scoring.bounds.became import CODES, Became, of_rows
from groundkeeper.core.scoring.bounds.kappa_range import kappa_range
from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.object_bounds import (
    NEVER_DEFINED,
    PERHAPS_UNDEFINED,
    Bound,
    bounds_of,
)
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
    """Return the bounds of accuracy, of being within one step, of the mean error in steps, and of the bias.

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
    [('accuracy', 0.0, 0.0), ('within_one', 0.5, 1.0), ('mean_absolute_error', 1.0, 1.5), ('bias', 0.0, 0.5)]
    """
    judged = said != NONE
    settled = judged & ~unsettled.is_open & (truth != NONE)
    places = np.flatnonzero(judged & unsettled.is_open)
    signed = said[settled] - truth[settled]
    owner, grade = np.nonzero(unsettled.may_be[places])
    signed_open = said[places][owner] - grade
    steps, errors = np.abs(signed), np.abs(signed_open)
    gone = np.flatnonzero((unsettled.may_vanish | unsettled.may_be_ignored)[places])
    measures = {
        "accuracy": (steps == 0, errors == 0),
        "within_one": (steps <= 1, errors <= 1),
        "mean_absolute_error": (steps, errors),
        "bias": (signed, signed_open),
    }
    return [
        _mean(name, known.astype(np.int64), (owner, of_open.astype(np.int64)), gone)
        for name, (known, of_open) in measures.items()
    ]


def kappa_bounds(
    said: Integers, truth: Integers, unsettled: Unsettled, weights: Mapping[str, Floats]
) -> list[Bound]:
    """Return the bounds of each kappa, by how much values agree in it: outer ones, which no ending leaves.

    Parameters
    ----------
    said, truth, unsettled
        As in ``classification_bounds``.
    weights : mapping of str to float64 [k, k]
        By measure, how much two values agree: from 0 to 1.

    Examples
    --------
    >>> said, truth = np.array([0, 1, 1, 0]), np.array([0, 1, 1, NONE])
    >>> is_open = np.array([False, False, False, True])
    >>> (found,) = kappa_bounds(said, truth, Unsettled.anything(is_open, 2), {"cohen_kappa": np.eye(2)})
    >>> round(found.low, 3), found.high, found.score, found.exact
    (0.429, 1.0, 1.0, False)
    """
    judged = said != NONE
    is_open = judged & unsettled.is_open
    n = int(is_open.sum())
    none = replace(unsettled, is_open=np.zeros_like(is_open))
    told = np.where(unsettled.is_open, NONE, said)
    found = []
    for measure, agreement in weights.items():
        low, high, perhaps = kappa_range(said, truth, unsettled, agreement)
        score = kappa_range(told, truth, none, agreement).low
        notes = [f"{n} values open"] * bool(n)
        notes += [NEVER_DEFINED if math.isnan(low) else PERHAPS_UNDEFINED] * perhaps
        note = "; ".join(notes)
        found.append(Bound(measure, "", low, high, score, not n, n, n, note))
    return found


def number_bounds(
    said: Floats, truth: Floats, is_open: Booleans, may_vanish: Booleans, between: Floats
) -> list[Bound]:
    """Return the bounds of the mean absolute error of numbers, of the root of the mean square, and of the bias.

    Where nothing bounds a number, there is no largest error, and nothing is said of the bias.

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
    >>> [(each.measure, round(each.low, 3), round(each.high, 3)) for each in found]
    [('mean_absolute_error', 0.5, 3.5), ('root_mean_squared_error', 0.707, 4.301), ('bias', -3.5, 1.5)]
    """
    judged = np.isfinite(said)
    settled = judged & ~is_open & np.isfinite(truth)
    places = np.flatnonzero(judged & is_open)
    low, high = between[places].T
    nearest = np.clip(said[places], low, high)
    errors = (said[places] - np.stack([nearest, low, high])).ravel()
    owner = np.tile(np.arange(len(places)), 3)
    known = np.isfinite(errors)
    steps = said[settled] - truth[settled]
    gone = np.flatnonzero(may_vanish[places])
    of_open = owner[known], errors[known]
    squares = _mean(
        "root_mean_squared_error", np.square(steps), (of_open[0], np.square(of_open[1])), gone
    )
    low_root, high_root, score = map(math.sqrt, (squares.low, squares.high, squares.score))
    root = replace(squares, low=low_root, high=high_root, score=score)
    absolute = _mean("mean_absolute_error", np.abs(steps), (of_open[0], np.abs(of_open[1])), gone)
    if known.all():
        return [absolute, root, _mean("bias", steps, of_open, gone)]
    return [absolute.without_high(NO_RANGE), root.without_high(NO_RANGE)]


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
    # Ratios are of amounts: from the smallest of all on.
    least = np.concatenate([settled, of_open[1]]).min(initial=0).item()
    values = of_open[1] - least
    part = np.concatenate([values, np.zeros(len(gone), values.dtype)])[order]
    counted = [np.ones(len(values), np.int64), np.zeros(len(gone), np.int64)]
    whole = np.concatenate(counted)[order]
    first = np.flatnonzero(np.diff(owner[order], prepend=-1)).astype(np.int64)
    n = len(settled)
    known = ((settled - least).sum().item(), n)
    low, high = ratio_range(part, whole, _each_alone(first), known, largest=math.inf)
    score = settled.sum().item() / n if n else math.nan
    note = f"{len(first)} values open" if len(first) else ""
    return Bound(
        measure,
        "",
        low + least,
        high + least,
        score,
        exact=True,
        records_open=len(first),
        components=len(first),
        note=note,
    )
