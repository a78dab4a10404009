"""Labels and boxes with errors that are known, beside the predictions of a model that was kept from them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.label_errors.objects import ObjectError
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.boxes.boxes import Boxes, box_ious
from groundkeeper.core.shapes.drawn import Floats, Integers

Flags = npt.NDArray[np.bool_]

SIDE_PX = 640.0
SHARE = 0.03
"""Of the objects each, that are dropped, given another class, or shifted."""
SEEN, EXTRA, CLASS_RIGHT = 0.88, 0.15, 0.93
"""Share of objects that the model predicts, predictions of nothing for each object, share of right classes."""


def class_conditional(
    n: int, classes: int, share: float, sharpness: float, seed: int
) -> tuple[Predicted, Flags]:
    """Return labels of which about a *share* is wrong, by a noise that depends on the class, and which these are.

    The model is as sure as it should be where its *sharpness*, the distance of classes in standard deviations, is what
    it takes it for.
    """
    rng = np.random.default_rng(seed)
    true = rng.integers(classes, size=n)
    rate = share * rng.uniform(0.2, 1.8, classes)
    away = 1 + (rng.random(n) ** 2 * (classes - 1)).astype(np.int64)
    wrong = rng.random(n) < rate[true]
    label = np.where(wrong, (true + away) % classes, true)
    seen = rng.normal(size=(n, classes))
    seen[np.arange(n), true] += sharpness
    odds = np.exp(sharpness * (seen - seen.max(axis=1, keepdims=True)))
    return Predicted(label, odds / odds.sum(axis=1, keepdims=True)), wrong


@dataclass(frozen=True, slots=True, eq=False)
class Spoilt:
    """Boxes of a ground truth in which errors were made, and predictions.

    Attributes
    ----------
    truth, said : Side
    near : Near
    confidence : float64[said]
    items : int
    error : int64[truth]
        The place of the ``ObjectError`` that was made of each object, -1 where none was.
    dropped : bool[said]
        Whether each prediction is of an object that was dropped.
    wrong_items : bool[items]
        Whether any error was made in an item.
    """

    truth: Side
    said: Side
    near: Near
    confidence: Floats
    items: int
    error: Integers
    dropped: Flags
    wrong_items: Flags


def spoilt_boxes(items: int, classes: int, seed: int) -> Spoilt:
    """Return boxes of which some were dropped, given another class or shifted by 40 % of their width."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(items), rng.integers(0, 9, items))
    n = len(unit)
    size = rng.uniform(30, 150, (n, 2))
    corner = rng.uniform(0, SIDE_PX - 150, (n, 2))
    boxes = np.hstack([corner, corner + size])
    label = rng.integers(classes, size=n)
    fate = rng.random(n)
    dropped, swapped = fate < SHARE, (fate >= SHARE) & (fate < 2 * SHARE)
    shifted = (fate >= 2 * SHARE) & (fate < 3 * SHARE)
    given = np.where(swapped, (label + rng.integers(1, classes, n)) % classes, label)
    moved = boxes + np.where(shifted, 0.4 * size[:, 0], 0.0)[:, None] * np.array([1, 0, 1, 0])
    wrong = np.zeros(items, dtype=np.bool_)
    wrong[unit[dropped | swapped | shifted]] = True
    kinds = list(ObjectError)
    error = np.full(n, -1)
    error[swapped] = kinds.index(ObjectError.SWAPPED)
    error[shifted] = kinds.index(ObjectError.BADLY_PLACED)
    kept = ~dropped
    said, of, confidence = _predicted(boxes, unit, label, classes, rng)
    truth = Side.of(unit[kept], given[kept])
    near = near_boxes((truth.unit, moved[kept]), (said[0].unit, said[1]))
    return Spoilt(
        truth, said[0], near, confidence, items, error[kept], (of >= 0) & dropped[of], wrong
    )


def _predicted(
    boxes: Floats, unit: Integers, label: Integers, classes: int, rng: np.random.Generator
) -> tuple[tuple[Side, Floats], Integers, Floats]:
    """Return predictions as a side and boxes, the object that each is of or -1, and how sure the model is."""
    n = len(unit)
    seen = np.flatnonzero(rng.random(n) < SEEN)
    right = rng.random(len(seen)) < CLASS_RIGHT
    named = np.where(right, label[seen], (label[seen] + 1) % classes)
    drawn = boxes[seen] + rng.normal(0, 4, (len(seen), 4))
    more = rng.integers(n, size=int(EXTRA * n))
    corner = rng.uniform(0, SIDE_PX - 150, (len(more), 2))
    false = np.hstack([corner, corner + rng.uniform(30, 150, (len(more), 2))])
    where = np.concatenate([unit[seen], unit[more]])
    order = np.argsort(where, kind="stable")
    labels = np.concatenate([named, rng.integers(classes, size=len(more))])
    sure = np.concatenate(
        [
            np.where(right, rng.beta(8, 2, len(seen)), rng.beta(4, 3, len(seen))),
            rng.beta(2, 5, len(more)),
        ]
    )
    of = np.concatenate([seen, np.full(len(more), -1)])
    corners = np.concatenate([drawn, false])
    return (Side.of(where[order], labels[order]), corners[order]), of[order], sure[order]


def near_boxes(truth: tuple[Integers, Floats], said: tuple[Integers, Floats]) -> Near:
    """Return how alike every two boxes of two sides are, given where each is and its corners."""
    unit, corners = (np.concatenate(column) for column in zip(truth, said, strict=True))
    side = np.repeat([0, 1], [len(truth[0]), len(said[0])])
    order = np.argsort(unit, kind="stable")
    left, right = meeting(unit[order], corners[order], side[order])
    alike = box_ious(Boxes(corners[order]), left, right)
    ends = np.sort(np.column_stack([order[left], order[right]]), axis=1)
    ends, alike = ends[alike > 0], alike[alike > 0]
    first, second = ends[:, 0], ends[:, 1] - len(truth[0])
    rank = np.lexsort((second, first))
    return Near(first[rank], second[rank], alike[rank], np.zeros(len(rank), dtype=np.bool_))
