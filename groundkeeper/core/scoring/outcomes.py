"""What became of every object and every item, as the table ``outcomes``: of what an engine compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.matched import dice_of_iou
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Side
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError
from schemas.enums import Outcome
from schemas.scoring import OUTCOMES

UNLABELLED: Final = "unlabelled"
"""The class of an object of which nobody says what it is."""
UNMATCHED: Final = "unmatched"
"""Nothing on that side: no class may be called so."""

Objects: TypeAlias = npt.NDArray[np.object_]
Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Who and what stands behind the codes and places of two sides.

    Attributes
    ----------
    subject, item_id
        Of each unit, from 0: who is scored, and the item, object [units]. A unit without objects is one in which both
        sides have nothing; so every unit stands here that is scored, and no other.
    record_id
        Of each object of the ground truth, object [truth].
    annotation_id
        Of each object that is scored, object [said].
    classes
        The name of each label.
    is_area
        Whether each object of the ground truth is an area, bool [truth]: then similarity is IoU, and Dice follows.
    confidence
        What a model said of its prediction, nan of who said nothing, float64 [said].
    is_open
        Whether each object of the ground truth is not settled, bool [truth]; None where all are. They are ignored, and
        nobody can say that a unit with one of them is empty.
    attributes
        The name of each attribute in order, and the text of each of its codes; empty where they are not told.
    """

    subject: Objects
    item_id: Objects
    record_id: Objects
    annotation_id: Objects
    classes: Sequence[str]
    is_area: Booleans
    confidence: Floats
    is_open: Booleans | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def outcomes_of(compared: Compared, truth: Side, said: Side, named: Named) -> pd.DataFrame:
    """Return what became of every object that counts and of every one that was said, as the table ``outcomes``.

    A pair with an object in ``compared.excluded`` is ``excluded``, with the record that it is in. A unit is ``empty``
    where the ground truth has nothing that counts or is open and nothing at all was said: where all that was said is
    out of scope, nobody can say that both found nothing. An ignored object of the ground truth that nobody drew has no
    row. What takes no part in the comparison is told by ``with_left_out``.

    Parameters
    ----------
    compared : Compared
        What the engine found.
    truth, said : Side
        What it was given. Units are places of *named*.
    named : Named
        Who and what they are.

    Raises
    ------
    TableError
        If a class is called ``unmatched``.

    Examples
    --------
    Somebody calls a cat a dog, and finds the second of two items as empty as it is:

    >>> zero, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    >>> truth, said = Side.of(zero, zero), Side.of(zero, one)
    >>> no = np.zeros(0, dtype=np.int64)
    >>> from groundkeeper.core.scoring.objects.compared import Conflicts
    >>> found = Compared(zero, zero, np.array([0.8]), np.zeros(1, bool), no, no, no, Conflicts(no, no, no, no))
    >>> who = np.array(["ada", "ada"], dtype=object)
    >>> named = Named(
    ...     who, np.array(["i1", "i2"], dtype=object), np.array(["r"], dtype=object), np.array(["a"], dtype=object),
    ...     ["cat", "dog"], np.ones(1, bool), np.array([np.nan]),
    ... )
    >>> outcomes_of(found, truth, said, named)[["item_id", "outcome", "truth", "said"]].to_numpy().tolist()
    [['i1', 'mismatch', 'cat', 'dog'], ['i2', 'empty', nan, nan]]
    """
    classes = _classes(named.classes)
    of_truth, of_said, outcome = _objects(compared)
    empty = _empty_units(truth, said, named)
    none = np.full(len(empty), NONE, dtype=np.int64)
    of_truth, of_said = np.concatenate([of_truth, none]), np.concatenate([of_said, none])
    similarity = np.full(len(of_truth), np.nan)
    similarity[: len(compared.similarity)] = compared.similarity
    unit = np.where(of_said == NONE, _at(truth.unit, of_truth), _at(said.unit, of_said))
    unit[len(unit) - len(empty) :] = empty
    both = (of_truth != NONE) & (of_said != NONE)
    dice = np.where(both & _at(named.is_area, of_truth), dice_of_iou(similarity), np.nan)
    rows = {
        "subject": named.subject[unit],
        "item_id": named.item_id[unit],
        "record_id": named_at(named.record_id, of_truth),
        "annotation_id": named_at(named.annotation_id, of_said),
        "outcome": outcome + [Outcome.EMPTY.value] * len(empty),
        "truth": _label(truth.label, of_truth, classes),
        "said": _label(said.label, of_said, classes),
        "similarity": similarity,
        "dice": dice,
        "confidence": np.where(of_said == NONE, np.nan, _at(named.confidence, of_said)),
    }
    return typed(pd.DataFrame(rows))


def with_left_out(outcomes: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """Return *outcomes* and a row ``excluded`` of everything that was said and took no part in the comparison.

    That is what is of a foreign class, or lies nowhere in its item. It was never held against anything, so it takes no
    object of the ground truth from anybody; but it was said, so it counts in ``unscored_share``, and its item is not
    ``empty`` any more: who says only what nobody can judge did not say that there is nothing.

    Parameters
    ----------
    outcomes : DataFrame
        The table ``outcomes``, of all that took part.
    left_out : DataFrame
        One row per object, or per frame of it: ``subject, item_id, annotation_id, said, confidence``. What took part in
        another frame is not told again.

    Examples
    --------
    >>> found = typed(pd.DataFrame({"subject": ["ada"], "item_id": ["i"], "outcome": ["empty"]}))
    >>> ship = {"subject": ["ada"], "item_id": ["i"], "annotation_id": ["a"], "said": ["spaceship"]}
    >>> with_left_out(found, pd.DataFrame(ship).assign(confidence=np.nan))[["outcome", "said"]].to_numpy().tolist()
    [['excluded', 'spaceship']]
    """
    if left_out.empty:
        return outcomes
    place = ["subject", "item_id"]
    there = _among(outcomes, left_out, place)
    kept = outcomes[~(there & outcomes["outcome"].eq(Outcome.EMPTY.value).to_numpy())]
    more = left_out[[*place, "annotation_id", "said", "confidence"]]
    more = more.drop_duplicates([*place, "annotation_id"])
    more = more[~_among(more, outcomes, [*place, "annotation_id"])]
    return typed(pd.concat([kept, more.assign(outcome=Outcome.EXCLUDED.value)], ignore_index=True))


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return *rows* with the columns and types of ``outcomes``, sorted by its key.

    Columns that *rows* do not have are missing throughout.
    """
    kinds = {"str": "str", "float": "float64"}
    types = {name: kinds[kind.removesuffix("?")] for name, kind in OUTCOMES.columns.items()}
    table = rows.reindex(columns=list(OUTCOMES.columns)).astype(types)
    return table.sort_values(list(OUTCOMES.key), na_position="first", ignore_index=True)


def class_names(outcomes: pd.DataFrame) -> list[str]:
    """Return the classes that either side has in *outcomes*, in their order as texts."""
    return sorted({*outcomes["truth"].dropna(), *outcomes["said"].dropna()})


def _among(rows: pd.DataFrame, others: pd.DataFrame, names: Sequence[str]) -> Booleans:
    """Return which *rows* have the same values of the columns *names* as one of the *others*, bool [n]."""
    found = pd.MultiIndex.from_frame(rows[[*names]]).isin(
        pd.MultiIndex.from_frame(others[[*names]])
    )
    return np.asarray(found, dtype=np.bool_)


def _classes(names: Sequence[str]) -> Mapping[int, str]:
    if UNMATCHED in names:
        message = (
            f"classes: found {UNMATCHED!r}; that stands for nothing on one side of a confusion matrix; allowed is any "
            "other name; rename the class"
        )
        raise TableError(message)
    return {NONE: UNLABELLED, **dict(enumerate(names))}


def _objects(compared: Compared) -> tuple[Integers, Integers, list[str]]:
    """Return the place on either side and the outcome of each object: pairs first, then those that are alone."""
    excluded = np.isin(compared.said, compared.excluded)
    alone = compared.excluded[~np.isin(compared.excluded, compared.said)]
    same = np.where(compared.same_label, Outcome.CORRECT.value, Outcome.MISMATCH.value)
    of_pair = np.where(excluded, Outcome.EXCLUDED.value, same).tolist()
    missed, more = len(compared.missing), len(compared.extra)
    no_truth = np.full(more + len(alone), NONE, dtype=np.int64)
    of_truth = np.concatenate([compared.truth, compared.missing, no_truth])
    not_said = np.full(missed, NONE, dtype=np.int64)
    of_said = np.concatenate([compared.said, not_said, compared.extra, alone])
    others = ((Outcome.MISSING, missed), (Outcome.EXTRA, more), (Outcome.EXCLUDED, len(alone)))
    return of_truth, of_said, of_pair + [one.value for one, n in others for _ in range(n)]


def _empty_units(truth: Side, said: Side, named: Named) -> Integers:
    filled = np.zeros(len(named.item_id), dtype=np.bool_)
    filled[truth.unit[~truth.ignored]] = True
    if named.is_open is not None:
        filled[truth.unit[named.is_open]] = True
    filled[said.unit] = True
    return np.flatnonzero(~filled).astype(np.int64)


def _at(values: npt.NDArray[Value], place: Integers) -> npt.NDArray[Value]:
    """Return the values at *place*, and any where that is ``NONE``."""
    if not len(values):
        return np.zeros(len(place), dtype=values.dtype)
    return values[np.maximum(place, 0)]


def named_at(ids: Objects, place: Integers) -> Objects:
    """Return the ids at *place*, None where that is ``NONE``."""
    found = np.full(len(place), None, dtype=object)
    known = place != NONE
    found[known] = ids[place[known]]
    return found


def _label(label: Integers, place: Integers, classes: Mapping[int, str]) -> Objects:
    found = np.full(len(place), None, dtype=object)
    known = place != NONE
    found[known] = [classes[code] for code in label[place[known]].tolist()]
    return found
