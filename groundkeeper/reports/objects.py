"""How far experts agree on objects that they had to find, and how complete these are, for the page of a set."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper.core.agreement.object_names import (
    AT_LEAST,
    BOUNDARIES,
    COMPLETENESS,
    OBJECT,
    OF_OBJECTS,
)
from groundkeeper.core.measures import ALL
from groundkeeper.reports import measure_rows
from groundkeeper.reports.measure_rows import Rows
from groundkeeper.reports.undefined import as_number

BY_THRESHOLD = (
    ("alpha", "localised_alpha"),
    ("alpha of the class", "localised_class_alpha"),
    ("F1", "localised_f1"),
    ("IoU of matches", "matched_iou_mean"),
    ("Dice of matches", "matched_dice_mean"),
)
"""The columns of the table by threshold, and their measures; what is undefined at every threshold has none."""
BOUNDARY_WORDS = dict(
    zip(
        BOUNDARIES,
        (
            "Distance of two boundaries, mean, px",
            "Distance of two boundaries, 95th percentile, px",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Value:
    """A figure in a cell: nan is undefined, and *note* says why."""

    value: float
    low: float
    high: float
    note: str
    name: str = ""


@dataclass(frozen=True)
class Threshold:
    """What holds if shapes are put together that are at least so much alike."""

    at_least: str
    figures: tuple[Value, ...]


@dataclass(frozen=True)
class Objects:
    """What is said of the objects of a set.

    Attributes
    ----------
    heads : tuple of str
        Of the columns of the table by threshold.
    warnings : tuple of str
        What has to be known of all of its rows.
    thresholds : tuple of Threshold
        Its rows, from the lowest.
    boundaries : tuple of Value
        How far boundaries are apart, px.
    completeness : tuple of Value
        The share of the objects that somebody found: of all, and of each label.
    records : tuple of Rows
        Agreement on the records.
    parts : tuple of Rows
        The same by part of the data.
    """

    heads: tuple[str, ...]
    warnings: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    boundaries: tuple[Value, ...]
    completeness: tuple[Value, ...]
    records: tuple[Rows, ...]
    parts: tuple[Rows, ...]


def without_objects(measures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *measures* that are not about objects that had to be found."""
    return measures[~measures["measure"].str.startswith(OF_OBJECTS)]


def of_objects(measures: pd.DataFrame) -> Objects | None:
    """Return what the table ``measures`` of the stage ``agreement`` says of objects; None of a set without any."""
    rows = measures[measures["measure"].str.startswith(OF_OBJECTS)]
    if rows.empty:
        return None
    of_all = rows[rows["facet"] == ALL].sort_values(["measure", "subject"])
    elsewhere = (COMPLETENESS, *BOUNDARIES)
    agreement = rows[~rows["measure"].str.startswith(elsewhere)]
    by_threshold = rows[(rows["facet"] == AT_LEAST) & (rows["subject"] == OBJECT)]
    known = set(by_threshold.dropna(subset="value")["measure"])
    columns = {head: measure for head, measure in BY_THRESHOLD if measure in known}
    return Objects(
        tuple(columns),
        _said_of_all(by_threshold),
        _thresholds(by_threshold, tuple(columns.values())),
        _values(of_all[of_all["measure"].isin(BOUNDARIES)], "measure", BOUNDARY_WORDS),
        _values(of_all[of_all["measure"] == COMPLETENESS], "subject", {OBJECT: "Completeness"}),
        measure_rows.grouped_as("Objects, as they are in the records", agreement),
        measure_rows.measures_by_facet(agreement[agreement["facet"] != AT_LEAST]),
    )


def _said_of_all(rows: pd.DataFrame) -> tuple[str, ...]:
    notes = [set(note.split(measure_rows.NOTES)) for note in rows["note"]]
    return tuple(sorted(set.intersection(*notes) - {""})) if notes else ()


def _thresholds(rows: pd.DataFrame, measures: Sequence[str]) -> tuple[Threshold, ...]:
    found = {(row["level"], row["measure"]): _value(row, "") for row in rows.to_dict("records")}
    unsaid = Value(math.nan, math.nan, math.nan, "")
    return tuple(
        Threshold(level, tuple(found.get((level, measure), unsaid) for measure in measures))
        for level in sorted(set(rows["level"]), key=float)
    )


def _values(rows: pd.DataFrame, column: str, words: Mapping[str, str]) -> tuple[Value, ...]:
    return tuple(
        _value(row, words.get(row[column], f"Completeness, {row[column]}"))
        for row in rows.to_dict("records")
    )


def _value(row: Mapping[Hashable, Any], name: str) -> Value:
    return Value(
        as_number(row["value"]), as_number(row["low"]), as_number(row["high"]), row["note"], name
    )
