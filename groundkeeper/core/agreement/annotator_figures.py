"""Agreement without each annotator, as rows of the table ``measures``."""

from collections.abc import Iterable, Sequence

import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.answer_figures import Rated
from groundkeeper.core.agreement.krippendorff import Level, count_ratings
from groundkeeper.core.agreement.vitality import estimate_without
from groundkeeper.core.estimates import Estimate, Resampling, undefined
from groundkeeper.core.measures import row
from schemas.names import MEASURES

FACET = "annotator"
WITHOUT = "krippendorff_alpha_without"
CHANGE = "krippendorff_alpha_change_without"
NOBODY = "nobody"
"""The level of the row that says why there is none of an annotator."""


def vitality_measures(
    closed: Iterable[tuple[Rated, Level]],
    groups: pd.Series,
    annotators: tuple[Sequence[str], str],
    how: Resampling,
    note: str = "",
) -> pd.DataFrame:
    """Return alpha without each annotator, and how much it is above alpha with all, of every field.

    Parameters
    ----------
    closed : iterable
        What ``figures.closed_fields`` returned.
    groups : Series
        The group of each item, indexed by ``item_id``.
    annotators : tuple
        What ``scoring.figures.known_annotators`` returned: who is the same person on every item, and why others have
        no figures. Where that is nobody, it is the note of the only row.
    how : Resampling
        How intervals are made.
    note : str
        What a reader of every figure has to know.

    Returns
    -------
    DataFrame
        Rows of ``schemas.names.MEASURES``: the subject is the field, the facet ``annotator``, the level their name.
    """
    known, unknown = annotators
    rows = []
    if not known and unknown:
        rows.append(row(WITHOUT, "every field", FACET, NOBODY, undefined(unknown)))
    for rated, level in closed if known else ():
        of_unit = groups.reindex(rated.item_ids).to_numpy(dtype=object)
        for annotator in sorted(set(known) & set(rated.annotators)):
            without, change = _without(rated, level, of_unit, annotator, how)
            rows.append(row(WITHOUT, rated.name, FACET, annotator, without.noted(note, unknown)))
            rows.append(row(CHANGE, rated.name, FACET, annotator, change.noted(note, unknown)))
    return pd.DataFrame(rows, columns=list(MEASURES.columns))


def _without(
    rated: Rated, level: Level, groups: npt.ArrayLike, annotator: str, how: Resampling
) -> tuple[Estimate, Estimate]:
    counts, theirs = rated.counts, rated.annotators == annotator
    own = count_ratings(rated.units[theirs], rated.places[theirs], *counts.shape)
    return estimate_without(counts, own, groups, level, how, WITHOUT, rated.name, annotator)
