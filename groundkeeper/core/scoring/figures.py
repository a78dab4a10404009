"""Rating errors of the readers, pooled or of one of them, and who of them is the same person everywhere."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import ratio
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.measures import Figure, because

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
