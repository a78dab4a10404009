"""Tables of values of items, CSV or Parquet: what is true, and what somebody says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.box_files import ITEM, LABEL
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
from groundkeeper.scored_files.sides import foreign

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
    warnings : list of str
        What somebody has to know.
    """

    kind: str
    items: list[str]
    outcomes: pd.DataFrame
    figures: list[Figure]
    excluded: dict[str, int]
    warnings: list[str] = field(default_factory=list)


def is_of_values(file: ColumnFile) -> bool:
    """Say whether a table has a value, a class or the probabilities of classes for each item."""
    return any(
        name == NUMBER or name in LABEL or name.startswith(PROBABILITY) for name in file.names
    )


def score_values(
    truth: ColumnFile, said: ColumnFile, subject: str, grades: Sequence[str] | None
) -> Scored:
    """Return what became of the value of each item.

    Values are numbers where both files have the column ``value``, unless *grades* are stated; else they are classes.

    Raises
    ------
    TableError
        If a column is missing, an item is there twice, or a value is none; the message has the places.
    """
    numbers = NUMBER in truth.names and NUMBER in said.names and grades is None
    if numbers:
        pairs = paired(_number(truth), _number(said), numbers=True)
        kind, outcomes = "numbers", value_outcomes(pairs, subject).iloc[:0]
        warnings: list[str] = []
        figures = list(number_figures(pairs, subject))
    else:
        ours, theirs = _classes(truth), _classes(said)
        pairs = paired(ours, theirs)
        warnings = [] if grades else foreign(theirs[theirs.index.isin(ours.index)], ours, said.path)
        outcomes = value_outcomes(pairs, subject)
        kind = "classes" if grades is None else "grades"
        figures = (
            classification_figures(pairs, subject)
            if grades is None
            else ordinal_figures(pairs, grades, subject)
        )
    items = [str(one) for one in pairs.item_ids]
    return Scored(kind, items, outcomes, figures, _excluded(pairs), warnings)


def _excluded(pairs: Paired) -> dict[str, int]:
    counts = {
        "items of the truth of which nothing was said": pairs.unanswered,
        "items with a number that is not finite": pairs.unusable,
        "items that the truth does not have": pairs.not_in_truth,
    }
    return {why: count for why, count in counts.items() if count}


def item_column(file: ColumnFile, called: Sequence[str] = ITEM) -> str:
    """Return the name of the column of the item, which is *called* one of these.

    Raises
    ------
    TableError
        If there is none.
    """
    name = next((name for name in called if name in file.names), None)
    if name is None:
        found = listing(file.names)
        message = f"{file.path}: found the columns {found}; needed is the item, called one of {listing(called)}"
        raise TableError(message)
    return name


def _by_item(file: ColumnFile, table: pd.DataFrame, name: str) -> pd.Series:
    item = table[name]
    file.refuse(item, item.isna(), "the item of every row", "name it")
    file.refuse(item, item.duplicated(), "each item once", "leave the others out")
    return item.astype(str)


def _number(file: ColumnFile) -> pd.Series:
    name = item_column(file)
    table = file.read([name, NUMBER])
    item, column = _by_item(file, table, name), table[NUMBER]
    found = pd.to_numeric(column, errors="coerce").astype("float64")
    # What is written as nan or inf is a number that cannot be used; what is no number at all is a slip.
    written = column.astype(str).str.strip().str.lower().isin(["nan", "inf", "-inf", "infinity"])
    file.refuse(column, column.notna() & found.isna() & ~written, "a number, or nothing")
    beyond = (found.abs() > LARGEST) & (found.abs() < np.inf)
    file.refuse(column, beyond, f"a number from {-LARGEST:g} to {LARGEST:g}")
    found = found.mask(column.notna() & found.isna(), np.inf)
    return pd.Series(found.to_numpy(), pd.Index(item))


def _classes(file: ColumnFile) -> pd.Series:
    name = item_column(file)
    stated = next((one for one in (*LABEL, NUMBER) if one in file.names), None)
    likely = [one for one in file.names if one.startswith(PROBABILITY)]
    if stated is not None:
        table = file.read([name, stated])
        item = _by_item(file, table, name)
        said = table[stated].astype(object).where(table[stated].notna(), None)
        texts = [None if one is None else str(one) for one in said]
        return pd.Series(texts, pd.Index(item), dtype=object)
    if not likely:
        needed = f"{', '.join(LABEL)}, {NUMBER}, or {PROBABILITY}<class>"
        message = f"{file.path}: found the columns {listing(file.names)}; needed is one of {needed}"
        raise TableError(message)
    table = file.read([name, *likely])
    item = _by_item(file, table, name)
    shares = np.column_stack([_share(file, table[one]) for one in sorted(likely)])
    names = [one.removeprefix(PROBABILITY) for one in sorted(likely)]
    known = np.asarray(np.isfinite(shares).all(axis=1), dtype=np.bool_)
    # Of classes that are equally probable the first by name is taken.
    best = np.where(known[:, None], shares, 0.0).argmax(axis=1)
    chosen = [
        names[place] if is_known else None for place, is_known in zip(best, known, strict=True)
    ]
    return pd.Series(chosen, pd.Index(item), dtype=object)


def _share(file: ColumnFile, column: pd.Series) -> Floats:
    found = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = column.notna() & ~((found >= 0) & (found <= 1))
    file.refuse(column, wrong, "a number from 0 to 1")
    return np.array(found, dtype=np.float64)
