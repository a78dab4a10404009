"""What each item adds to one figure of several who are scored, or of one against several ground truths.

Figures are those that are a statistic of sums over items. Others, such as average precision, are of all items at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats, Statistic
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.foreign_values import told_apart, with_foreign
from groundkeeper.core.scoring.object_figures import (
    AMOUNTS,
    class_figures,
    conflict_figures,
    macro_figures,
    object_figures,
)
from groundkeeper.core.scoring.outcomes import class_names
from groundkeeper.core.scoring.values import Paired, ordinal_figures
from groundkeeper.errors import SHOWN, RefusedError, UnknownNameError
from groundkeeper.reports.score_words import ITEMS_WITH, LOWER_IS_BETTER, PER_ITEM
from groundkeeper.scores.place import near

_ANYBODY = "anybody"
"""Subject of figures of which the name does not matter."""
_OF_CONFLICTS: Final = (f"{ITEMS_WITH}CONFLICT", f"CONFLICT{PER_ITEM}")
"""How the measures of conflicts are called, of which there are two of each kind."""


@dataclass(frozen=True)
class Measured:
    """The figure by which is compared: a measure, and the class that it is of, if it is of one.

    Attributes
    ----------
    measure, label
        What is measured, of which class.
    by_item
        Whether every item is one thing of a class, so that there are the figures of values, too.
    grades
        All classes in their order, where they are grades.
    """

    measure: str
    label: str | None = None
    by_item: bool = False
    grades: tuple[str, ...] = ()

    @property
    def higher_is_better(self) -> bool | None:
        """Whether more of it is better; None of what is best in the middle.

        Examples
        --------
        >>> [Measured(name).higher_is_better for name in ("f1", "extra_annotation_per_item", "bias")]
        [True, False, None]
        """
        if self.measure == "bias":
            return None
        return not (self.measure in LOWER_IS_BETTER or self.is_of_conflicts)

    @property
    def is_of_conflicts(self) -> bool:
        """Whether it says how often there are conflicts of a kind."""
        return self.measure.startswith(ITEMS_WITH) or self.measure.endswith(PER_ITEM)


@dataclass(frozen=True)
class Summed:
    """Sums that make a figure.

    Attributes
    ----------
    sums
        What each item adds in each table, float64 [tables, items, k].
    statistic
        From sums ``[rounds, k]`` to figures ``[rounds]``.
    """

    sums: Floats
    statistic: Statistic


def contributions(
    tables: Sequence[pd.DataFrame],
    item_ids: Sequence[str],
    measured: Measured,
    conflicts: Sequence[pd.DataFrame] | None = None,
) -> Summed:
    """Return what each of *item_ids* adds to what is *measured* in each of *tables*, in this order.

    Parameters
    ----------
    tables : sequence of DataFrame
        Rows of the table ``outcomes``: of one subject against one ground truth each.
    item_ids : sequence of str
        The items that count; others are left out.
    measured : Measured
        What is measured.
    conflicts : sequence of DataFrame, optional
        Rows of the table ``conflicts`` that belong to each of *tables*; without it nothing is known of them.

    Raises
    ------
    UnknownNameError
        If there is no such measure that adds up over items, or no such class.
    RefusedError
        If it is of conflicts, and nothing is known of them.

    Examples
    --------
    Of two items one calls both right, and another only the first:

    >>> rows = [("i", "correct", "a", "a"), ("j", "correct", "b", "b")]
    >>> one = pd.DataFrame(rows, columns=["item_id", "outcome", "truth", "said"]).assign(similarity=1.0, dice=1.0)
    >>> other = one.assign(outcome=["correct", "mismatch"], said=["a", "a"])
    >>> found = contributions([one, other], ["i", "j"], Measured("f1"))
    >>> found.sums.tolist(), found.statistic(found.sums.sum(axis=1)).tolist()
    ([[[2.0, 2.0], [2.0, 2.0]], [[2.0, 2.0], [0.0, 2.0]]], [1.0, 0.5])
    """
    wanted = pd.Index(item_ids)
    stacked = _stacked(tables, wanted)
    of_conflicts = None if conflicts is None else _stacked(conflicts, wanted)
    figure, statistic = _figure(stacked, of_conflicts, measured)
    places = pd.Index(
        [tag for number in range(len(tables)) for tag in _tagged(number, pd.Series(wanted))]
    )
    place = places.get_indexer(pd.Index(figure.item_ids))
    columns = [np.bincount(place, column, len(places)) for column in figure.contributions.T]
    sums = np.column_stack(columns).astype(np.float64).reshape(len(tables), len(wanted), -1)
    return Summed(sums, statistic)


def _figure(
    outcomes: pd.DataFrame, conflicts: pd.DataFrame | None, measured: Measured
) -> tuple[Figure, Statistic]:
    """Return the figure that is wanted, and its statistic; only those of its own kind are made."""
    names: list[str] = []
    for figure in _candidates(outcomes, conflicts, measured):
        if figure.measure == measured.measure and figure.statistic is not None:
            return figure, figure.statistic
        names.append(figure.measure)
    raise _unknown(measured, set(names), are_conflicts_known=conflicts is not None)


def _unknown(
    measured: Measured, names: set[str], *, are_conflicts_known: bool
) -> UnknownNameError | RefusedError:
    """Return why there is nothing to be *measured* when *names* are what there is."""
    kind = "measure that adds up over items"
    of_conflicts = {name for name in names if Measured(name).is_of_conflicts}
    if measured.is_of_conflicts and measured.label is None:
        if not are_conflicts_known:
            message = (
                f"{measured.measure}: the table of conflicts is missing, as older code scored it; allowed "
                "is a measure of outcomes, such as f1, or a snapshot that was scored since"
            )
            return RefusedError(message)
        return UnknownNameError(kind, measured.measure, near(measured.measure, of_conflicts))
    others = near(measured.measure, names - of_conflicts)
    patterns = _OF_CONFLICTS if of_conflicts else ()
    return UnknownNameError(
        kind, measured.measure, [*others[: SHOWN - len(_OF_CONFLICTS)], *patterns]
    )


def _candidates(
    outcomes: pd.DataFrame, conflicts: pd.DataFrame | None, measured: Measured
) -> Iterator[Figure]:
    if measured.label is not None:
        yield from _of_class(outcomes, measured.label)
        return
    # Without classes there are no figures of classes, of which there may be thousands.
    blank = outcomes.assign(truth=None, said=None)
    yield from (f for f in object_figures(blank, _ANYBODY) if not f.measure.startswith("macro_"))
    yield from macro_figures(outcomes, _ANYBODY)
    if measured.by_item:
        yield from _of_values(outcomes, measured.grades)
    if conflicts is not None:
        yield from conflict_figures(conflicts, outcomes, _ANYBODY)


def _of_class(outcomes: pd.DataFrame, label: str) -> Iterator[Figure]:
    known = class_names(outcomes)
    if label not in known:
        kind = "class"
        raise UnknownNameError(kind, label, near(label, set(known)))
    yield from class_figures(outcomes, label, _ANYBODY)
    own = outcomes[(outcomes["truth"] == label) & (outcomes["said"] == label)]
    whole = object_figures(own.assign(truth=None, said=None), _ANYBODY)
    yield from (figure for figure in whole if figure.measure in AMOUNTS)


def _of_values(outcomes: pd.DataFrame, grades: Sequence[str]) -> Iterator[Figure]:
    """Yield figures of items that are one thing each, those of steps if classes are grades."""
    both = outcomes.dropna(subset=["truth", "said"])
    items, truth, said = (
        both[name].to_numpy(dtype=object) for name in ("item_id", "truth", "said")
    )
    pairs = Paired(items, truth, said, unanswered=0, unusable=0, not_in_truth=0)
    names = tuple(grades) or tuple(class_names(outcomes))
    readable, foreign = told_apart(pairs, names)
    found = with_foreign(ordinal_figures(readable, names, _ANYBODY), foreign) if names else []
    if grades:
        yield from found
        return
    yield from (figure for figure in found if figure.measure == "cohen_kappa")
    for figure in macro_figures(outcomes, _ANYBODY):
        if figure.measure == "macro_recall":
            yield replace(figure, measure="balanced_accuracy")


def _stacked(tables: Sequence[pd.DataFrame], wanted: "pd.Index[str]") -> pd.DataFrame:
    """Return the rows of the items *wanted* of all tables, the items of one told from those of another."""
    kept = (table[table["item_id"].isin(wanted)] for table in tables)
    tagged = (
        table.assign(item_id=_tagged(number, table["item_id"])) for number, table in enumerate(kept)
    )
    return pd.concat(tagged, ignore_index=True)


def _tagged(number: int, item_ids: pd.Series) -> pd.Series:
    """Return *item_ids* so that those of one table differ from those of another."""
    return f"{number}/" + item_ids.astype(str)
