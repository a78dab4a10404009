"""Who is scored where records are items: every field that somebody rates is a value of its own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.fields import LISTED, NUMERIC, Field
from groundkeeper.core.measures import Figure, noted
from groundkeeper.core.scoring.bounds.object_bounds import Bound, bounds_table
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.bounds.value_bounds import (
    classification_bounds,
    grade_bounds,
    number_bounds,
)
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.scoring.outcomes import typed
from groundkeeper.core.scoring.subjects.guide import Guide, as_text
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.said import Said
from groundkeeper.core.scoring.values import (
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
    value_outcomes,
)
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import Conflict, Outcome, Severity
from schemas.scoring import BOUNDS, CONFLICTS

NO_GOLD = "no gold: nothing is settled in the items that were answered"
"""The note of a score without anything that it could be held against."""


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
    not judged there.
    """
    alone = known.objects[~known.objects["item_id"].duplicated(keep=False)]
    counted = alone[alone["open"] | ~alone["ignored"]].set_index("item_id")
    truth = known.rated.reindex(counted["record_id"]).set_axis(counted.index)
    is_open = counted["open"]
    own = said.objects[~said.objects["item_id"].duplicated(keep=False)].set_index("item_id")
    ours = said.rated.reindex(own["annotation_id"]).set_axis(own.index)
    settled = truth[~is_open]
    figures: list[Figure] = []
    bounds = [pd.DataFrame(columns=list(BOUNDS.columns))]
    outcomes = typed(pd.DataFrame())
    for name in guide.rated:
        field = guide.fields[name]
        pairs = paired(settled[name], ours[name], numbers=field.type in NUMERIC)
        of_field = f"{subject}/{name}"
        if field.type in NUMERIC:
            figures += number_figures(pairs, of_field)
        elif field.type == "ordinal":
            figures += ordinal_figures(pairs, [*_vocabulary(field)], of_field)
        else:
            figures += classification_figures(pairs, of_field)
        if name == guide.class_by:
            outcomes = value_outcomes(pairs, subject)
        both = truth.index.intersection(ours.index).sort_values()
        found = _bounds(field, truth.loc[both, name], ours.loc[both, name], is_open[both])
        bounds.append(bounds_table(of_field, found, int((~known.items["scored"]).sum())))
    note = "" if len(settled.index.intersection(ours.index)) else NO_GOLD
    told = pd.concat(bounds[1:] or bounds, ignore_index=True)
    return Scores(outcomes, _conflicts(outcomes, own, counted), told, noted(figures, note))


def _vocabulary(field: Field) -> tuple[str, ...]:
    """Return the values of a closed field as texts, in their order."""
    values = [False, True] if field.type == "bool" else list(field.vocabulary)
    return tuple(as_text(pd.Series(values, dtype=object)))


def _bounds(field: Field, truth: pd.Series, said: pd.Series, is_open: pd.Series) -> list[Bound]:
    """Return between which values the scores of one field will be; of lists nothing is known."""
    opened = is_open.to_numpy(dtype=np.bool_)
    if field.type in LISTED:
        return []
    if field.type in NUMERIC:
        ends = [
            -np.inf if field.min is None else field.min,
            np.inf if field.max is None else field.max,
        ]
        between = np.tile(np.array(ends, dtype=np.float64), (len(truth), 1))
        ours, theirs = (side.to_numpy(dtype=np.float64) for side in (said, truth))
        return [number_bounds(ours, theirs, opened, opened, between)]
    names = _vocabulary(field)
    places = _places(said, names), _places(truth, names)
    unsettled = Unsettled.anything(opened, len(names))
    if field.type == "ordinal":
        return grade_bounds(*places, unsettled)
    return classification_bounds(*places, unsettled, names)


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
