"""How well somebody finds, names and places the objects of the ground truth: figures of the table ``outcomes``.

Every matched pair is one thing, right or of the wrong class, and counts once. With c correct, w of the wrong class, m
missing, x extra, and e items in which both sides have nothing:

* ``accuracy = (c + e) / (c + w + m + x + e)``;
* ``precision = c / (c + w + x)``, ``recall = c / (c + w + m)``, ``f1 = 2 c / (2 (c + w) + x + m)``;
* ``iou_mean`` and ``dice_mean`` are over matched pairs that have a shape, ``dice_mean`` over those that are areas;
* ``unscored_share`` is the share of what was said that nobody can judge, which is in no other figure;
* ``items_without_error`` is the share of items in which all that can be judged is right, be it that both have nothing;
  items in which nothing can be judged are not in it.

Of one class everything is said once more, it against the rest: a pair of two classes is missing of the one and extra
of the other. ``accuracy`` of a class is the share of objects and empty items that are not taken wrongly for it or for
another. Macro means are over all classes that either side has and whose figure is defined. One that was never found has
recall and F1 of 0, and counts; so does one that is said and is nowhere in the ground truth: its precision and F1 are
0. One that was never said has no precision, one that is not there no recall, and is not in that mean, which then says
so. scikit-learn has the same classes in its means, and puts 0 for what is undefined.

References
----------
Sokolova and Lapalme (2009), A systematic analysis of performance measures for classification tasks, Inf Process Manag
45:427-437, https://doi.org/10.1016/j.ipm.2009.03.002: macro and micro means.
"""

import math
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.scoring.certainty.ratios import Ratios, ratio_of
from groundkeeper.core.scoring.conflicts import KINDS
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.scoring.outcomes import class_names
from schemas.enums import Outcome

NOTHING: Final = "there was nothing to judge"
NOTHING_SAID: Final = "nothing was said that can be judged"
NOTHING_THERE: Final = "the ground truth has nothing of it"
NO_PAIR: Final = "no shape that was said is in the ground truth"
NO_AREA: Final = "no area that was said is in the ground truth"
NO_CLASS: Final = "the ground truth has no object"
UNITS_ARE_ITEMS: Final = "n counts items"

SHARE: Final = ratio_of((1, 0), (0, 1))
"""A share of things, of what is right and of all."""
MEAN: Final = ratio_of((1, 0), (0, 1), counts=False)
"""The mean of amounts from 0 to 1, of their sum and their number."""
RATE: Final = Ratios(
    np.array([[1.0], [0.0]]),
    np.array([[0.0], [1.0]]),
    counts=False,
    highest=math.inf,
    without_interval="no interval: one item can have any number of them",
)
"""How many there are on an item, on average."""
MACRO: Final[tuple[Literal["precision", "recall", "f1"], ...]] = ("precision", "recall", "f1")
"""Of what there is a mean over classes."""
AMOUNTS: Final = frozenset({"iou_mean", "dice_mean"})

Places: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Sums: TypeAlias = tuple[Floats, Floats, str]
"""Numerator, denominator, and why the denominator may be zero."""


def object_figures(outcomes: pd.DataFrame, subject: str) -> list[Figure]:
    """Return every figure of *outcomes*: over all classes, of each class, and macro means.

    Parameters
    ----------
    outcomes : DataFrame
        Rows of the table ``outcomes``: those of one who is scored, or of several who are pooled.
    subject : str
        The subject of the figures over all classes; that of a class is ``subject/class``.

    Examples
    --------
    Two objects are found, one of them called something else; one is missed, and one item is rightly empty:

    >>> rows = [("i", "correct", "a", "a", 0.9), ("i", "mismatch", "a", "b", 0.5), ("i", "missing", "b", None, None)]
    >>> rows.append(("j", "empty", None, None, None))
    >>> outcomes = pd.DataFrame(rows, columns=["item_id", "outcome", "truth", "said", "similarity"]).assign(dice=np.nan)
    >>> figures = {(f.measure, f.subject): f for f in object_figures(outcomes, "ada")}
    >>> value = lambda *name: round(float(figures[name].statistic(figures[name].contributions.sum(axis=0)[None])[0]), 3)
    >>> value("accuracy", "ada"), value("precision", "ada"), value("recall", "ada"), value("f1", "ada")
    (0.5, 0.5, 0.333, 0.4)
    >>> value("recall", "ada/a"), value("recall", "ada/b"), value("macro_recall", "ada")
    (0.5, 0.0, 0.25)
    """
    figures = [*_over_all(outcomes, subject), *macro_figures(outcomes, subject)]
    for name in class_names(outcomes[["truth", "said"]].drop_duplicates()):
        of_class = f"{subject}/{name}"
        figures += class_figures(outcomes, name, of_class)
        figures += _ratios(outcomes["item_id"], _placed(outcomes, _of(outcomes, name)[2]), of_class)
    return figures


def conflict_figures(conflicts: pd.DataFrame, outcomes: pd.DataFrame, subject: str) -> list[Figure]:
    """Return in which share of the items of *outcomes* there are conflicts of each kind, and how many on average.

    The share has an interval. How many there are has none: an item can have any number of them, so nothing bounds what
    the items that were not seen add.

    Parameters
    ----------
    conflicts, outcomes : DataFrame
        Rows of these tables: those of one who is scored, or of several who are pooled.
    subject : str
        The subject of the figures; the measures are such as ``items_with_missing_annotation`` and
        ``missing_annotation_per_item``.
    """
    items = pd.Index(sorted(set(outcomes["item_id"])))
    figures = []
    for kind in KINDS:
        of_kind = conflicts["item_id"][conflicts["conflict"] == kind.value]
        place = items.get_indexer(pd.Index(of_kind))
        often = np.bincount(place[place >= 0], minlength=len(items))
        ids = items.to_numpy(dtype=object)
        for measure, counted, statistic in (
            (f"items_with_{kind.value}", often > 0, SHARE),
            (f"{kind.value}_per_item", often, RATE),
        ):
            sums = np.column_stack([counted, np.ones(len(items))]).astype(np.float64)
            figures.append(Figure(measure, subject, ids, sums, statistic, because(NOTHING)))
    return figures


def _over_all(outcomes: pd.DataFrame, subject: str) -> Iterator[Figure]:
    correct, mismatch, missing, extra, empty, excluded = (_is(outcomes, one) for one in Outcome)
    pair = correct + mismatch
    judged = pair + missing + extra + empty
    sums: dict[str, Sums] = {
        "accuracy": (correct + empty, judged, NOTHING),
        "precision": (correct, pair + extra, NOTHING_SAID),
        "recall": (correct, pair + missing, NOTHING_THERE),
        "f1": (2 * correct, 2 * pair + extra + missing, NOTHING),
        **_placed(outcomes, pair),
        "unscored_share": (excluded, pair + extra + excluded, "nothing was said"),
    }
    yield from _ratios(outcomes["item_id"], sums, subject)
    is_judged = judged > 0
    ids = outcomes["item_id"].to_numpy(dtype=object)[is_judged]
    items, of_item = np.unique(ids, return_inverse=True)
    wrong = np.bincount(of_item, (mismatch + missing + extra)[is_judged], len(items)) > 0
    part = np.column_stack([~wrong, np.ones(len(items))]).astype(np.float64)
    yield Figure("items_without_error", subject, items, part, SHARE, because(NOTHING))


def class_figures(outcomes: pd.DataFrame, name: str, subject: str) -> Iterator[Figure]:
    """Yield accuracy, precision, recall and F1 of the class *name* against the rest."""
    there, said, both = _of(outcomes, name)
    counted = _counted(outcomes)
    sums: dict[str, Sums] = {
        "accuracy": (counted - np.abs(there - said), counted, NOTHING),
        "precision": (both, said, NOTHING_SAID),
        "recall": (both, there, NOTHING_THERE),
        "f1": (2 * both, there + said, NOTHING),
    }
    yield from _ratios(outcomes["item_id"], sums, subject)


def _of(outcomes: pd.DataFrame, name: str) -> tuple[Floats, Floats, Floats]:
    """Return which rows have the class *name* in the ground truth, which in what was said, and which in both."""
    counted = _counted(outcomes)
    there = np.asarray(outcomes["truth"] == name, dtype=np.float64) * counted
    said = np.asarray(outcomes["said"] == name, dtype=np.float64) * counted
    return there, said, there * said


def _counted(outcomes: pd.DataFrame) -> Floats:
    return np.asarray(outcomes["outcome"] != Outcome.EXCLUDED.value, dtype=np.float64)


def _placed(outcomes: pd.DataFrame, pair: Floats) -> dict[str, Sums]:
    alike = outcomes["similarity"].to_numpy(dtype=np.float64)
    dice = outcomes["dice"].to_numpy(dtype=np.float64)
    shape, area = pair * ~np.isnan(alike), pair * ~np.isnan(dice)
    return {
        "iou_mean": (shape * np.nan_to_num(alike), shape, NO_PAIR),
        "dice_mean": (area * np.nan_to_num(dice), area, NO_AREA),
    }


def _ratios(item_ids: pd.Series, sums: dict[str, Sums], subject: str) -> Iterator[Figure]:
    ids = item_ids.to_numpy(dtype=object)
    for measure, (part, whole, reason) in sums.items():
        contributions = np.column_stack([part, whole])
        statistic = MEAN if measure in AMOUNTS else SHARE
        yield Figure(measure, subject, ids, contributions, statistic, because(reason))


def macro_figures(outcomes: pd.DataFrame, subject: str) -> Iterator[Figure]:
    """Yield the means of precision, recall and F1 over the classes of which each is defined.

    Units are items, as a column for each class of every object would be too many numbers.
    """
    counted = outcomes[outcomes["outcome"] != Outcome.EXCLUDED]
    items, of_item = np.unique(counted["item_id"].to_numpy(dtype=object), return_inverse=True)
    names = pd.Index(class_names(counted))
    there = names.get_indexer(pd.Index(counted["truth"]))
    said = names.get_indexer(pd.Index(counted["said"]))
    cells = [
        _tally(of_item, there, there == said, len(items), len(names)),
        _tally(of_item, said, said >= 0, len(items), len(names)),
        _tally(of_item, there, there >= 0, len(items), len(names)),
    ]
    never, nowhere = (int((side.sum(axis=0) == 0).sum()) for side in cells[1:])
    unsaid = f"{never} of {len(names)} classes were never said: their precision is not in the mean"
    strange = f"{nowhere} of {len(names)} classes are not in the ground truth"
    notes = {
        "precision": [unsaid] * bool(never) + [f"{strange}: their precision is 0"] * bool(nowhere),
        "recall": [f"{strange}: their recall is not in the mean"] * bool(nowhere),
        "f1": [f"{strange}: their F1 is 0"] * bool(nowhere),
    }
    reasons = {"precision": NOTHING_SAID if len(names) else NO_CLASS, "f1": NOTHING}
    for of in MACRO:
        note = "; ".join([UNITS_ARE_ITEMS, *notes[of]])
        why = because(reasons.get(of, NO_CLASS))
        yield Figure(
            f"macro_{of}", subject, items, np.hstack(cells), macro_mean(len(names), of), why, note
        )


def macro_mean(classes: int, of: Literal["precision", "recall", "f1"]) -> Ratios:
    """Return the statistic that is the mean over classes of precision, recall or F1, one against the rest.

    Its sums are, of k classes, how many were right, were said, and are there: k columns of each. Classes of which it is
    undefined are not in the mean.

    Examples
    --------
    Of three classes the second is there twice and never said, the third said once and never there:

    >>> sums = np.array([[3.0, 0.0, 0.0, 4.0, 0.0, 1.0, 3.0, 2.0, 0.0]])
    >>> [macro_mean(3, of)(sums).round(3).tolist() for of in ("precision", "recall", "f1")]
    [[0.375], [0.5], [0.286]]
    """
    one, none = np.eye(classes), np.zeros((classes, classes))
    right, said, there = (
        np.vstack(rows) for rows in ((one, none, none), (none, one, none), (none, none, one))
    )
    above, below = {
        "precision": (right, said),
        "recall": (right, there),
        "f1": (2 * right, said + there),
    }[of]
    return Ratios(above, below)


def _tally(item: Places, code: Places, chosen: Booleans, items: int, classes: int) -> Floats:
    """Return ``[items, classes]``: how many of the rows *chosen* each item has of each class."""
    counted = chosen & (code >= 0)
    cell = item[counted] * classes + code[counted]
    return np.bincount(cell, minlength=items * classes).reshape(items, classes).astype(np.float64)


def _is(outcomes: pd.DataFrame, outcome: Outcome) -> Floats:
    return np.asarray(outcomes["outcome"] == outcome.value, dtype=np.float64)
