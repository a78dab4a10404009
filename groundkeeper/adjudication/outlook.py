"""What each position of a case would lead to under the guideline in force, beside what is released now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper import guideline_files
from groundkeeper.adjudication.cases import Opened
from groundkeeper.adjudication.statement import values_of
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.layout import Layout


@dataclass(frozen=True)
class Outlook:
    """What follows from the positions of a case.

    Attributes
    ----------
    measured
        Field that is measured from a shape to its value by each position, in their order; missing is None.
    outcomes
        Decision to its outcome by each position; one that stays open is None.
    status
        Of the record as it is built.
    now
        Decision to its outcome in the record as it is built; one that is open is None.
    is_borderline
        Whether a boundary of a decision runs between the experts' lowest and highest values.
    """

    measured: Mapping[str, tuple[object, ...]]
    outcomes: Mapping[str, tuple[str | None, ...]]
    status: str
    now: Mapping[str, str | None]
    is_borderline: bool

    @property
    def disputed(self) -> tuple[str, ...]:
        """The decisions that are open, or on which the positions differ."""
        return tuple(
            name
            for name, found in self.outcomes.items()
            if self.now[name] is None or len(set(found)) > 1
        )

    def as_json(self) -> dict[str, object]:
        """Return what holds of the record now as one JSON object."""
        return {
            "status": self.status,
            "decisions": dict(self.now),
            "borderline": self.is_borderline,
            "disputed": list(self.disputed),
        }


def outlook(layout: Layout, case: Opened) -> Outlook:
    """Return what each position of *case* would lead to."""
    guideline = guideline_files.load_in_place(layout.guidelines / f"{case.version}.yaml")
    fields = guideline.fields
    rows = [values_of(case, one.statement, fields) for one in case.case.positions]
    drawn = [name for name, one in fields.items() if one.source == "geometry"]
    return Outlook(
        {name: tuple(_plain(row[name].iloc[0]) for row in rows) for name in drawn},
        {
            name: tuple(_text(decide(decision, row, fields).outcome[0]) for row in rows)
            for name, decision in guideline.decisions.items()
        },
        str(case.record["status"]),
        {name: _text(case.record.get(name)) for name in guideline.decisions},
        bool(case.record["borderline"]),
    )


def _plain(value: Any) -> object:  # noqa: ANN401 - a cell of a table
    """Return a measure with as many digits as a person reads; None where it is missing."""
    if pd.isna(value):
        return None
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _text(value: Any) -> str | None:  # noqa: ANN401 - a cell of a table
    return None if pd.isna(value) else str(value)
