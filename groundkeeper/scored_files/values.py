"""Tables of values of items, CSV or Parquet: what is true, and what somebody says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.box_files import LABEL
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.values import (
    Paired,
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
    value_outcomes,
)
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.errors import TableError, listing
from groundkeeper.scored_files.admitted import foreign
from groundkeeper.scored_files.columns import called, require_once, told

NUMBER: Final = "value"
"""The column of a number; of a class it is called otherwise."""
PROBABILITY: Final = "probability_"
"""How columns begin that say how probable a class is, whose name follows."""
LARGEST: Final = 1e50
"""Squares and products of numbers up to it are numbers as well."""


@dataclass(frozen=True)
class Scored:
    """What became of values or spans.

    Attributes
    ----------
    subject : str
        Who is scored.
    kind : str
        ``classes``, ``grades``, ``numbers`` or ``spans``.
    items : list of str
        Those that are scored.
    outcomes : DataFrame
        The table ``outcomes``; without rows for numbers.
    figures : list of Figure
        Ready to be tabulated.
    excluded : dict of str to int
        How much was left out, and why.
    submitted_at : Series
        When each item was answered, by item; missing where nobody says.
    warnings : list of str
        What somebody has to know.
    """

    subject: str
    kind: str
    items: list[str]
    outcomes: pd.DataFrame
    figures: list[Figure]
    excluded: dict[str, int]
    submitted_at: pd.Series
    warnings: list[str] = field(default_factory=list)


def is_of_values(file: ColumnFile) -> bool:
    """Say whether a table has a value, a class or the probabilities of classes for each item."""
    return any(
        name == NUMBER or name in LABEL or name.startswith(PROBABILITY) for name in file.names
    )


def score_values(
    truth: ColumnFile, said: ColumnFile, subject: str, grades: Sequence[str] | None
) -> list[Scored]:
    """Return what became of the value of each item, of each annotator of *said* by name.

    Values are numbers where both files have the column ``value``, unless *grades* are stated; else they are classes.
    A number that is not finite is refused in the truth, which has to be known; where it is said, its item is left out,
    and counted.

    Parameters
    ----------
    truth, said : ColumnFile
        The tables.
    subject : str
        Who says what is *said*, where the table does not say who.
    grades : sequence of str, optional
        Values in their order.

    Raises
    ------
    TableError
        If a column is missing, an item is there twice, or a value is none or no grade; the message has the places.
    """
    numbers = NUMBER in truth.names and NUMBER in said.names and grades is None
    read = _numbers if numbers else _classes
    ours, theirs = read(truth, subject), read(said, subject)
    require_once(truth, ours, ["item"])
    require_once(said, theirs, ["annotator", "item"])
    if numbers:
        _require_finite(truth, ours)
    if grades is not None:
        _require_grades(truth, ours, grades)
        _require_grades(said, theirs[theirs["item"].isin(ours["item"])], grades)
    known = ours.set_index("item")["value"]
    return [
        _held(said, known, rows.set_index("item"), str(who), grades, numbers=numbers)
        for who, rows in theirs.groupby("annotator")
    ]


def _held(  # noqa: PLR0913 - two sides, of whom, and how they are compared
    file: ColumnFile,
    ours: pd.Series,
    theirs: pd.DataFrame,
    subject: str,
    grades: Sequence[str] | None,
    *,
    numbers: bool,
) -> Scored:
    said = theirs["value"]
    pairs = paired(ours, said, numbers=numbers)
    outcomes = value_outcomes(pairs, subject)
    warnings: list[str] = []
    figures: Iterable[Figure]
    if numbers:
        kind, outcomes, figures = "numbers", outcomes.iloc[:0], number_figures(pairs, subject)
    elif grades is not None:
        kind, figures = "grades", ordinal_figures(pairs, grades, subject)
    else:
        kind, figures = "classes", classification_figures(pairs, subject)
        warnings = foreign(said[said.index.isin(ours.index)], ours, file.path)
    items = [str(one) for one in pairs.item_ids]
    times = theirs["submitted_at"]
    return Scored(subject, kind, items, outcomes, list(figures), _excluded(pairs), times, warnings)


def _excluded(pairs: Paired) -> dict[str, int]:
    counts = {
        "items of the truth of which nothing was said": pairs.unanswered,
        "items with a number that is not finite": pairs.unusable,
        "items that the truth does not have": pairs.not_in_truth,
    }
    return {why: count for why, count in counts.items() if count}


def _numbers(file: ColumnFile, subject: str) -> pd.DataFrame:
    table = told(file, [NUMBER], subject)
    column = table[NUMBER]
    found = pd.to_numeric(column, errors="coerce").astype("float64")
    # What is written as nan or inf is a number that cannot be used; what is no number at all is a slip.
    written = column.astype(str).str.strip().str.lower().isin(["nan", "inf", "-inf", "infinity"])
    file.refuse(column, column.notna() & found.isna() & ~written, "a number, or nothing")
    beyond = (found.abs() > LARGEST) & (found.abs() < np.inf)
    file.refuse(column, beyond, f"a number from {-LARGEST:g} to {LARGEST:g}")
    return table.assign(value=found.mask(column.notna() & found.isna(), np.inf), stated=column)


def _require_finite(file: ColumnFile, rows: pd.DataFrame) -> None:
    allowed = "a finite number in the ground truth, or nothing"
    file.refuse(rows["stated"].rename(NUMBER), np.isinf(rows["value"]), allowed)


def _require_grades(file: ColumnFile, rows: pd.DataFrame, grades: Sequence[str]) -> None:
    value = rows["value"].rename(called(file, (*LABEL, NUMBER)) or "the most probable grade")
    wrong = value.notna() & ~value.isin(grades)
    file.refuse(value, wrong, f"one of --grades: {listing(grades)}", "correct it, or name it there")


def _classes(file: ColumnFile, subject: str) -> pd.DataFrame:
    stated = called(file, (*LABEL, NUMBER))
    if stated is not None:
        table = told(file, [stated], subject)
        said = table[stated].astype(object).where(table[stated].notna(), None)
        texts = [None if one is None else str(one) for one in said]
        return table.assign(value=pd.Series(texts, table.index, dtype=object))
    likely = sorted(name for name in file.names if name.startswith(PROBABILITY))
    if not likely:
        needed = f"{', '.join(LABEL)}, {NUMBER}, or {PROBABILITY}<class>"
        message = f"{file.path}: found the columns {listing(file.names)}; needed is one of {needed}"
        raise TableError(message)
    table = told(file, likely, subject)
    shares = np.column_stack([_share(file, table[one]) for one in likely])
    names = [one.removeprefix(PROBABILITY) for one in likely]
    known = np.asarray(np.isfinite(shares).all(axis=1), dtype=np.bool_)
    # Of classes that are equally probable the first by name is taken.
    best = np.where(known[:, None], shares, 0.0).argmax(axis=1)
    chosen = [
        names[place] if is_known else None for place, is_known in zip(best, known, strict=True)
    ]
    return table.assign(value=pd.Series(chosen, table.index, dtype=object))


def _share(file: ColumnFile, column: pd.Series) -> Floats:
    found = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = column.notna() & ~((found >= 0) & (found <= 1))
    file.refuse(column, wrong, "a number from 0 to 1")
    return np.array(found, dtype=np.float64)
