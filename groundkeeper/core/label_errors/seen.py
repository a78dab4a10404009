"""What each prediction speaks of, and which objects of the ground truth are seen by any."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from groundkeeper.core.label_errors.confident import FEWEST, ROUNDING
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Floats, Integers

NOTHING_KNOWN: Final = 0.5
"""Share of objects that a model sees, where there are too few to tell."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the predictions say of the objects.

    Attributes
    ----------
    truth
        The object that each prediction is most alike, ``NONE`` if it touches none, int64 [said]. Of equally similar
        ones that of its own class, then the first.
    similarity
        To that one, 0 if there is none, float64 [said].
    of_ignored
        Whether a prediction touches an object that counts for nobody, bool [said].
    touched
        Whether a prediction touches each object, bool [truth].
    own_support
        The largest confidence times similarity of a prediction of the object's class, 0 if there is none, float64
        [truth].
    seen_share
        Which share of the objects of each class a prediction of any class matches, float64 [classes + 1]; the last is
        that of objects without a class.
    """

    truth: Integers
    similarity: Floats
    of_ignored: Booleans
    touched: Booleans
    own_support: Floats
    seen_share: Floats


def seen(  # noqa: PLR0913, PLR0917 - both sides, what lies between them, and from when on it counts
    truth: Side, said: Side, near: Near, confidence: Floats, touching: float, match: float
) -> Seen:
    """Return what the predictions say of the objects; see ``objects.object_errors`` for the parameters."""
    touch = np.flatnonzero(near.similarity >= touching - ROUNDING)
    left, right, alike = near.truth[touch], near.said[touch], near.similarity[touch]
    same = truth.label[left] == said.label[right]
    order = np.lexsort((left, ~same, -alike, right))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = np.diff(right[order]) > 0
    chosen = order[first]
    speaks = np.full(len(said), NONE, dtype=np.int64)
    similarity = np.zeros(len(said))
    speaks[right[chosen]], similarity[right[chosen]] = left[chosen], alike[chosen]
    of_ignored = np.zeros(len(said), dtype=np.bool_)
    of_ignored[right[truth.ignored[left]]] = True
    touched = np.zeros(len(truth), dtype=np.bool_)
    touched[left] = True
    own = np.zeros(len(truth))
    np.maximum.at(own, left[same], (confidence[right] * alike)[same])
    matched = np.zeros(len(truth), dtype=np.bool_)
    matched[left[alike >= match - ROUNDING]] = True
    classes = 1 + int(max(truth.label.max(initial=NONE), said.label.max(initial=NONE)))
    share = _seen_share(truth, matched, classes)
    return Seen(speaks, similarity, of_ignored, touched, own, share)


def _seen_share(truth: Side, matched: Booleans, classes: int) -> Floats:
    """Return the share of *matched* objects of each class; of a class with few, of all; of few in all, one half."""
    counts = np.flatnonzero(~truth.ignored)
    of_class = truth.label[counts]
    number = np.bincount(of_class[of_class != NONE], minlength=classes)
    found = np.bincount(
        of_class[of_class != NONE], matched[counts][of_class != NONE], minlength=classes
    )
    usual = float(matched[counts].mean()) if len(counts) >= FEWEST else NOTHING_KNOWN
    share = np.divide(found, number, out=np.full(classes, usual), where=number >= FEWEST)
    return np.append(share, usual)
