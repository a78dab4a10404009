"""Rating errors of the readers, pooled or of one of them, and who of them is the same person everywhere."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.scoring.certainty.ratios import Ratios, ratio_of

POOLED = "readers"
"""Subject of the figures over all readers."""
_SHARE: Final = ratio_of((1, 0), (0, 1))
_DISTANCE: Final = replace(_SHARE, counts=False, highest=math.inf, fails_wholly=False)
"""The mean of how far apart ratings are."""


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
        distance = of_field["distance"].to_numpy(dtype=np.float64)
        subject = f"{annotator}/{name}" if annotator else str(name)
        item_ids = of_field["item_id"].to_numpy(dtype=object)
        figures += [
            Figure(
                measure,
                subject,
                item_ids,
                np.column_stack([part, np.ones(len(distance))]),
                statistic,
                because("no rating could be compared"),
            )
            for measure, part, statistic in _sums(distance, fields[str(name)])
        ]
    return figures


def _sums(distance: Floats, field: Field) -> Iterator[tuple[str, Floats, Ratios]]:
    """Yield each measure of a field, what a rating adds to it, and its statistic; *distance* is float[n]."""
    yield "rating_exact", (distance == 0).astype(np.float64), _SHARE
    if field.type == "ordinal":
        steps = replace(_DISTANCE, highest=max(1.0, len(field.values or ()) - 1.0))  # noqa: PD011 - a field of the guideline, no frame
        yield "rating_within_one", (distance <= 1).astype(np.float64), _SHARE
        yield "rating_absolute_error_mean", distance, steps
    elif field.type in NUMERIC:
        yield "rating_absolute_error_mean", distance, _DISTANCE
