"""Precision, recall, overlap and rating errors of the readers, pooled or of one of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats, ratio
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.scoring.shapes import Outcome

POOLED = "readers"
"""Subject of the figures over all readers."""


def known_annotators(answers: pd.DataFrame) -> tuple[list[str], str]:
    """Return the annotators who are the same person on every item, and why others are missing, or ''.

    Examples
    --------
    >>> known_annotators(pd.DataFrame({"annotator": ["a", "b"], "identity": "anonymous"}))
    ([], 'annotators are anonymous: no figures of one annotator')
    """
    by_annotator = answers.groupby("annotator")["identity"].agg(
        lambda found: set(found) == {"known"}
    )
    known = sorted(by_annotator.index[by_annotator.to_numpy(dtype=np.bool_)])
    if len(known) == len(by_annotator):
        return known, ""
    who = "some annotators" if known else "annotators"
    return known, f"{who} are anonymous: no figures of one annotator"


def shape_figures(outcomes: pd.DataFrame, *, annotator: str = POOLED) -> list[Figure]:
    """Return precision, recall, F1, mean IoU and Dice of the matches, and the share that is not judged.

    ``precision = tp / (tp + fp)``, ``recall = tp / (tp + fn)``, ``F1 = 2 tp / (2 tp + fp + fn)``.

    Parameters
    ----------
    outcomes : DataFrame
        What ``shapes.shape_outcomes`` returned, of one reader or of all.
    annotator : str
        The subject of the figures: the reader, if it is one.
    """
    found, extra, missed, excluded = (_is(outcomes, outcome) for outcome in Outcome)
    item_ids = outcomes["item_id"].to_numpy(dtype=object)
    iou, dice = _or_zero(outcomes["iou"]), _or_zero(outcomes["dice"])
    sums: dict[str, tuple[Floats, Floats, str]] = {
        "precision": (found, found + extra, "no shape could be judged"),
        "recall": (found, found + missed, "no record reached the quorum without the reader"),
        "f1": (2 * found, 2 * found + extra + missed, "no shape could be judged, no record missed"),
        "iou_mean": (found * iou, found, "no shape matched a record"),
        "dice_mean": (found * dice, found, "no shape matched a record"),
        "unscored_share": (excluded, found + extra + excluded, "nothing was drawn"),
    }
    return [
        Figure(name, annotator, item_ids, np.column_stack([part, whole]), ratio, because(reason))
        for name, (part, whole, reason) in sums.items()
    ]


def rating_figures(
    errors: pd.DataFrame, *, fields: Mapping[str, Field], annotator: str = ""
) -> list[Figure]:
    """Return how often a rating equals the others' (exact, within one step), and the mean absolute error.

    The last two are of ordinals and numbers alone; a number has no steps.

    Parameters
    ----------
    errors : DataFrame
        What ``ratings.rating_errors`` returned, of one reader or of all.
    annotator : str
        The reader, or an empty text for all of them.
    """
    figures = []
    for name, of_field in errors.groupby("field"):
        kind = fields[str(name)].type
        distance = of_field["distance"].to_numpy(dtype=np.float64)
        sums = {"rating_exact": distance == 0}
        if kind == "ordinal":
            sums["rating_within_one"] = distance <= 1
        if kind == "ordinal" or kind in NUMERIC:
            sums["rating_absolute_error_mean"] = distance
        subject = f"{annotator}/{name}" if annotator else str(name)
        item_ids = of_field["item_id"].to_numpy(dtype=object)
        figures += [
            Figure(
                measure,
                subject,
                item_ids,
                np.column_stack([part, np.ones(len(distance))]).astype(np.float64),
                ratio,
                because("no rating could be compared"),
            )
            for measure, part in sums.items()
        ]
    return figures


def _is(outcomes: pd.DataFrame, outcome: Outcome) -> Floats:
    return np.asarray(outcomes["outcome"] == outcome, dtype=np.float64)


def _or_zero(values: pd.Series) -> Floats:
    return np.nan_to_num(np.asarray(values, dtype=np.float64))
