"""Who is scored where records are items: every field that somebody rates is a value of its own."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.guideline.fields import LISTED, NUMERIC, Field
from groundkeeper.core.measures import Figure, noted
from groundkeeper.core.scoring.bounds.object_bounds import Bound, bounds_table
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.bounds.value_bounds import (
    classification_bounds,
    grade_bounds,
    kappa_bounds,
    number_bounds,
)
from groundkeeper.core.scoring.foreign_values import SHARES, left_out, told_apart, with_foreign
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.scoring.outcomes import typed
from groundkeeper.core.scoring.subjects.guide import Guide, vocabulary_of
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.said import Said
from groundkeeper.core.scoring.values import (
    Paired,
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
    value_outcomes,
)
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import Conflict, Outcome, Severity
from schemas.scoring import BOUNDS, CONFLICTS

UNREADABLE = "no value of the field"
"""What stands for every value that the guideline does not know."""
NO_GOLD = "no gold: nothing is settled in the items that were answered"
"""How the note of a score begins that has nothing that it could be held against."""


@dataclass(frozen=True)
class Scores:
    """What one subject comes to: rows of the tables, and figures that are still to be computed."""

    outcomes: pd.DataFrame
    conflicts: pd.DataFrame
    bounds: pd.DataFrame
    figures: list[Figure]


def of_values(said: Said, known: Known, guide: Guide, subject: str) -> Scores:
    """Return what a *subject* comes to: figures and bounds of each field, outcomes of the class.

    An item with several records is left out, as nobody can tell which of them is meant. Who says nothing of an item is
    not judged there. Who says a value that the guideline does not know is wrong; how far, nobody can say, so it is in
    no mean error.
    """
    alone = known.objects[~known.objects["item_id"].duplicated(keep=False)]
    counted = alone[alone["open"] | ~alone["ignored"]].set_index("item_id")
    truth = known.rated.reindex(counted["record_id"]).set_axis(counted.index)
    is_open = counted["open"]
    own = said.objects[~said.objects["item_id"].duplicated(keep=False)].set_index("item_id")
    ours = said.rated.reindex(own["annotation_id"]).set_axis(own.index)
    settled = truth[~is_open]
    # Bounds speak of every open value, in whichever item it is.
    unscored = known.items.loc[~known.items["scored"], "item_id"]
    unknown = int((~unscored.isin(truth.index[is_open])).sum())
    figures: list[Figure] = []
    bounds = [pd.DataFrame(columns=list(BOUNDS.columns))]
    outcomes = typed(pd.DataFrame())
    for name in guide.rated:
        field = guide.fields[name]
        foreign = _foreign(said, own, name, field)
        of_field = f"{subject}/{name}"
        if field.type in NUMERIC:
            pairs = paired(settled[name], ours[name], numbers=True)
            note = left_out(int(settled[name].dropna().index.isin(foreign.index).sum()))
            figures += noted(list(number_figures(pairs, of_field, _ends(field))), note)
            told = ours[name]
        else:
            told = foreign.reindex(ours.index).fillna(ours[name])
            pairs = paired(settled[name], told)
            figures += _figures(pairs, field, of_field, foreign)
        if name == guide.class_by:
            outcomes = value_outcomes(pairs, subject)
        both = truth.index.intersection(ours.index).sort_values()
        found = _bounds(field, truth.loc[both, name], told[both], is_open[both])
        bounds.append(bounds_table(of_field, found, unknown))
    note = "" if len(settled.index.intersection(ours.index)) else no_gold(said, known)
    of_all = pd.concat(bounds[1:] or bounds, ignore_index=True)
    return Scores(outcomes, _conflicts(outcomes, own, counted), of_all, noted(figures, note))


def no_gold(said: Said, known: Known) -> str:
    """Return that nothing *said* can be held against what is *known*, and how many items were left out for what."""
    counts = {
        "the set": len(said.unknown),
        "the ground truth": said.not_among(known.items["item_id"]),
    }
    left_out = [f"{n:,} that {of} does not have" for of, n in counts.items() if n]
    return f"{NO_GOLD} (left out: {', '.join(left_out)})" if left_out else NO_GOLD


def _figures(pairs: Paired, field: Field, of_field: str, foreign: pd.Series) -> list[Figure]:
    """Return the figures of a field of classes or grades; what is *foreign* is a class that nothing is."""
    if field.type == "ordinal":
        names = [*vocabulary_of(field)]
        readable, wrong = told_apart(pairs, names)
        return with_foreign(ordinal_figures(readable, names, of_field), wrong)
    classes = {f"{of_field}/{value}" for value in foreign}
    found = classification_figures(pairs, of_field)
    return [figure for figure in found if figure.subject not in classes]


def _foreign(said: Said, own: pd.DataFrame, name: str, field: Field) -> pd.Series:
    """Return what was said of a field and is no value of it, as text by ``item_id``."""
    refused = said.refused[said.refused["field"] == name].drop_duplicates("annotation_id")
    value = own["annotation_id"].map(refused.set_index("annotation_id")["value"])
    if field.source == "label":
        value = value.fillna(own["foreign"])
    return value.dropna().astype("str")


def _bounds(field: Field, truth: pd.Series, said: pd.Series, is_open: pd.Series) -> list[Bound]:
    """Return between which values the scores of one field will be; of lists nothing is known."""
    opened = is_open.to_numpy(dtype=np.bool_)
    if field.type in LISTED:
        return []
    if field.type in NUMERIC:
        between = np.tile(np.array(_ends(field), dtype=np.float64), (len(truth), 1))
        ours, theirs = (side.to_numpy(dtype=np.float64) for side in (said, truth))
        return number_bounds(ours, theirs, opened, opened, between)
    names = vocabulary_of(field)
    places = _places(said, names), _places(truth, names)
    unsettled = Unsettled.anything(opened, len(names))
    # What is no value is of no class, and is more than a step away from every grade.
    foreign = (said.notna() & ~said.isin(names)).to_numpy(dtype=np.bool_)
    further = np.where(foreign, len(names) + 1, places[0]), places[1]
    if field.type == "ordinal":
        errors = grade_bounds(*places, unsettled)
        shares = grade_bounds(*further, unsettled)
        both = zip(errors, shares, strict=True)
        found = [share if share.measure in SHARES else error for error, share in both]
        squares = agreement_weights("quadratic", np.arange(len(names)))
        weights = {"cohen_kappa": np.eye(len(names)), "quadratic_kappa": squares}
        return found + kappa_bounds(*places, unsettled, weights)
    foreign_class = np.where(foreign, len(names), places[0]), places[1]
    unsettled = replace(unsettled, may_be=np.pad(unsettled.may_be, ((0, 0), (0, 1))))
    found = classification_bounds(*foreign_class, unsettled, (*names, UNREADABLE))
    kappas = kappa_bounds(*foreign_class, unsettled, {"cohen_kappa": np.eye(len(names) + 1)})
    return [each for each in found if each.label != UNREADABLE] + kappas


def _ends(field: Field) -> tuple[float, float]:
    """Return the smallest and the largest number of a field, infinite where nothing bounds it."""
    least = -math.inf if field.min is None else float(field.min)
    return least, math.inf if field.max is None else float(field.max)


def _places(values: pd.Series, names: tuple[str, ...]) -> Integers:
    place = {name: code for code, name in enumerate(names)}
    return np.array([place.get(name, NONE) for name in values], dtype=np.int64)


def _conflicts(outcomes: pd.DataFrame, said: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the items whose class was said to be another, as the table ``conflicts``."""
    wrong = outcomes[outcomes["outcome"] == Outcome.MISMATCH]
    found = pd.DataFrame(
        {
            "item_id": wrong["item_id"],
            "annotator": wrong["subject"],
            "annotation_id": wrong["item_id"].map(said["annotation_id"]),
            "record_id": wrong["item_id"].map(known["record_id"]),
            "conflict": Conflict.MISMATCH.value,
            "severity": Severity.ERROR.value,
            "detail": wrong["truth"] + ", said to be " + wrong["said"],
            "iou": np.nan,
        }
    )
    return found.sort_values(list(CONFLICTS.key), ignore_index=True)
