"""What a score comes from, as tables: classes, what is taken for what, conflicts, the items with most errors."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.outcomes import UNMATCHED
from groundkeeper.reports.objects import Value
from groundkeeper.reports.score_words import CONFLICTS
from groundkeeper.reports.undefined import as_number
from schemas.enums import Conflict, Outcome

CLASSES_SHOWN: Final = 16
"""Classes in the matrix: a wider one cannot be read; the table ``confusion`` has all."""
ITEMS_SHOWN: Final = 10
OF_A_CLASS: Final = ("precision", "recall", "f1", "iou_mean")
"""The columns of the table of classes."""
ERRORS: Final = (Outcome.MISMATCH, Outcome.MISSING, Outcome.EXTRA)
OUTCOME_OF: Final[Mapping[str, str]] = {
    Conflict.MISMATCH: Outcome.MISMATCH,
    Conflict.MISSING: Outcome.MISSING,
    Conflict.EXTRA: Outcome.EXTRA,
}
"""What became of that which an error is about."""
DARK: Final = 0.5
"""Share of a column from which a cell is so dark that its number turns light."""


@dataclass(frozen=True)
class ClassRow:
    """A class: how often it is in the ground truth and was said, and its figures as in ``OF_A_CLASS``."""

    name: str
    in_truth: int
    said: int
    right: int
    figures: tuple[Value, ...]

    @property
    def is_missed_entirely(self) -> bool:
        """Whether it is in the ground truth and was never said rightly."""
        return self.in_truth > 0 and self.right == 0


@dataclass(frozen=True)
class Cell:
    """How often, and which share of its column that is."""

    n: int
    share: float
    is_right: bool

    @property
    def is_dark(self) -> bool:
        """Whether light letters are needed."""
        return self.share > DARK


@dataclass(frozen=True)
class Confusion:
    """What was said (rows) of what is in the ground truth (columns); the last of both stands for nothing.

    ``not_shown`` classes are left out, the rarest.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    not_shown: int


@dataclass(frozen=True)
class ConflictCount:
    """How often a conflict was met."""

    conflict: str
    severity: str
    n: int
    items: int
    meaning: str


@dataclass(frozen=True)
class WorstItem:
    """An item and what became of what is in it, in the order of ``score_words.OUTCOMES``."""

    name: str
    item_id: str
    counts: tuple[int, ...]


def classes(parts: pd.DataFrame, confusion: pd.DataFrame) -> tuple[ClassRow, ...]:
    """Return the classes, the most common in the ground truth first.

    Parameters
    ----------
    parts : DataFrame
        The rows of the table ``measures`` about the classes of one subject, with ``part``, the class.
    confusion : DataFrame
        The rows of the table ``confusion`` about it.
    """
    of_all = parts[(parts["facet"] == ALL) & parts["measure"].isin(OF_A_CLASS)]
    figures = {(row["part"], row["measure"]): row for row in of_all.to_dict("records")}
    in_truth = confusion.groupby("truth")["n"].sum()
    said = confusion.groupby("said")["n"].sum()
    right = confusion[confusion["truth"] == confusion["said"]].set_index("truth")["n"]
    names = (set(in_truth.index) | set(said.index)) - {UNMATCHED}
    rows = [
        ClassRow(
            str(name),
            int(in_truth.get(name, 0)),
            int(said.get(name, 0)),
            int(right.get(name, 0)),
            tuple(_value(figures.get((name, measure))) for measure in OF_A_CLASS),
        )
        for name in names
    ]
    return tuple(sorted(rows, key=lambda row: (-row.in_truth, natural(row.name))))


def confusion_matrix(confusion: pd.DataFrame) -> Confusion | None:
    """Return the matrix of one subject; None where nothing was held against anything.

    Shares are of the column: of what is in the ground truth as that class, what was it called.
    """
    if confusion.empty:
        return None
    met = pd.concat(
        [confusion.rename(columns={side: "class"})[["class", "n"]] for side in ("truth", "said")]
    )
    often = met[met["class"] != UNMATCHED].groupby("class")["n"].sum()
    by_rank = sorted(often.items(), key=lambda entry: (-entry[1], str(entry[0])))
    shown = sorted((str(name) for name, _ in by_rank[:CLASSES_SHOWN]), key=natural)
    names = (*shown, UNMATCHED)
    counts = (
        confusion.pivot_table(index="said", columns="truth", values="n", aggfunc="sum")
        .reindex(index=list(names), columns=list(names))
        .fillna(0)
        .to_numpy(dtype=np.int64)
    )
    totals = np.maximum(counts.sum(axis=0), 1)
    rows = tuple(
        (
            said,
            tuple(
                Cell(int(n), float(n / total), i == k)
                for k, (n, total) in enumerate(zip(counts[i], totals, strict=True))
            ),
        )
        for i, said in enumerate(names)
    )
    return Confusion(names, rows, len(by_rank) - len(shown))


def conflict_counts(conflicts: pd.DataFrame) -> tuple[ConflictCount, ...]:
    """Return how often each conflict was met, in how many items: errors first, then the most frequent."""
    if conflicts.empty:
        return ()
    found = [
        ConflictCount(
            str(conflict),
            str(severity),
            len(rows),
            int(rows["item_id"].nunique()),
            CONFLICTS.get(str(conflict), ""),
        )
        for (conflict, severity), rows in conflicts.groupby(["conflict", "severity"])
    ]
    return tuple(sorted(found, key=lambda one: (one.severity, -one.n, one.conflict)))


def errors_of(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Return ``item_id, outcome`` of the errors among *conflicts*: of readers without a name there is nothing else."""
    outcome = conflicts["conflict"].map(OUTCOME_OF)
    return conflicts[["item_id"]].assign(outcome=outcome).dropna()


def worst_items(
    outcomes: pd.DataFrame, items: pd.DataFrame, heads: Sequence[str]
) -> tuple[tuple[WorstItem, ...], int]:
    """Return the items with most errors, the worst first, and how many more have any.

    Parameters
    ----------
    outcomes : DataFrame
        What became of each object of one subject: ``item_id, outcome``.
    items : DataFrame
        ``item_id, item_key`` of the items that may be named.
    heads : sequence of str
        The outcomes that are counted.
    """
    known = outcomes[outcomes["item_id"].isin(items["item_id"])]
    table = pd.crosstab(known["item_id"], known["outcome"]).reindex(
        columns=[str(head) for head in heads], fill_value=0
    )
    errors = table[[str(error) for error in ERRORS]].sum(axis=1)
    ranked = table.assign(errors=errors)[errors > 0].reset_index()
    ranked = ranked.sort_values(["errors", "item_id"], ascending=[False, True])
    keys = items.set_index("item_id")["item_key"]
    shown = tuple(
        WorstItem(
            str(keys[row["item_id"]]),
            str(row["item_id"]),
            tuple(int(row[str(head)]) for head in heads),
        )
        for row in ranked.head(ITEMS_SHOWN).to_dict("records")
    )
    return shown, len(ranked) - len(shown)


def natural(name: str) -> tuple[bool, float, str]:
    """Return by what names are put in order: numbers as numbers, before texts.

    Examples
    --------
    >>> sorted(["b", "10", "9"], key=natural)
    ['9', '10', 'b']
    """
    number = float(name) if name.isdecimal() else 0.0
    return (not name.isdecimal(), number, name)


def _value(row: Mapping[Hashable, Any] | None) -> Value:
    if row is None:
        return Value(math.nan, math.nan, math.nan, "")
    return Value(
        as_number(row["value"]), as_number(row["low"]), as_number(row["high"]), str(row["note"])
    )
