"""What models inferred, and of whom, for the page of a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

SHOWN = 12
"""How many annotators are on the page; the table ``skills`` has all."""


@dataclass(frozen=True)
class FieldInference:
    """How one field was inferred from the answers of the eras up to one.

    Attributes
    ----------
    field, era : str
    records, answers, annotators : int
        What it rests on.
    methods : sequence of mapping
        The chosen method, and those it is compared with: a row of the table ``fits`` each.
    people : sequence of mapping
        The annotators of whom is least thought, per measure: a row of the table ``skills`` each.
    not_shown : int
        How many annotators are left out.
    """

    field: str
    era: str
    records: int
    answers: int
    annotators: int
    methods: Sequence[Mapping[Any, Any]]
    people: Sequence[Mapping[Any, Any]]
    not_shown: int


def inferences(fits: pd.DataFrame, skills: pd.DataFrame) -> list[FieldInference]:
    """Return how each field was inferred: none where no field is.

    Parameters
    ----------
    fits, skills : DataFrame
        As in ``schemas.inference``.
    """
    return [
        _inference(str(field), str(era), rows, skills)
        for (field, era), rows in fits.groupby(["field", "era"], sort=True)
    ]


def _inference(field: str, era: str, rows: pd.DataFrame, skills: pd.DataFrame) -> FieldInference:
    methods = rows.sort_values(["chosen", "method"], ascending=[False, True])
    people = skills[(skills["field"] == field) & (skills["era"] == era)]
    known = people.sort_values(["measure", "value", "annotator"])
    shown = known.groupby("measure").head(SHOWN)
    first = methods.iloc[0]
    return FieldInference(
        field,
        era,
        int(first["records"]),
        int(first["answers"]),
        int(first["annotators"]),
        [*methods.to_dict("records")],
        [*shown.to_dict("records")],
        known["annotator"].nunique() - shown["annotator"].nunique(),
    )
