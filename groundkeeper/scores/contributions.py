"""What each item adds to one figure of several who are scored, or of one against several ground truths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats, Statistic
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.errors import UnknownNameError
from groundkeeper.scores.place import near

_ANYBODY = "anybody"
"""Subject of figures of which the name does not matter."""


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
    tables: Sequence[pd.DataFrame], item_ids: Sequence[str], measure: str, label: str | None = None
) -> Summed:
    """Return what each of *item_ids* adds to *measure* in each of *tables*, in this order.

    Parameters
    ----------
    tables : sequence of DataFrame
        Rows of the table ``outcomes``: of one subject against one ground truth each.
    item_ids : sequence of str
        The items that count; others are left out.
    measure : str
        A measure of ``object_figures``.
    label : str, optional
        The class that it is of.

    Raises
    ------
    UnknownNameError
        If there is no such measure, or no such class.

    Examples
    --------
    Of two items one calls both right, and another only the first:

    >>> rows = [("i", "correct", "a", "a"), ("j", "correct", "b", "b")]
    >>> one = pd.DataFrame(rows, columns=["item_id", "outcome", "truth", "said"]).assign(similarity=1.0, dice=1.0)
    >>> other = one.assign(outcome=["correct", "mismatch"], said=["a", "a"])
    >>> found = contributions([one, other], ["i", "j"], "f1")
    >>> found.sums.tolist(), found.statistic(found.sums.sum(axis=1)).tolist()
    ([[[2.0, 2.0], [2.0, 2.0]], [[2.0, 2.0], [0.0, 2.0]]], [1.0, 0.5])
    """
    wanted = pd.Index(item_ids)
    kept = [table[table["item_id"].isin(wanted)] for table in tables]
    stacked = pd.concat(
        [
            table.assign(item_id=_tagged(number, table["item_id"]))
            for number, table in enumerate(kept)
        ],
        ignore_index=True,
    )
    figures = {(f.measure, f.subject): f for f in object_figures(stacked, _ANYBODY)}
    subject = _ANYBODY if label is None else f"{_ANYBODY}/{label}"
    if label is not None and all(name != subject for _, name in figures):
        classes = [name.removeprefix(f"{_ANYBODY}/") for _, name in figures if name != _ANYBODY]
        kind = "class"
        raise UnknownNameError(kind, label, near(label, set(classes)))
    if (measure, subject) not in figures:
        measures = {name for name, whose in figures if whose == subject}
        kind = "measure"
        raise UnknownNameError(kind, measure, near(measure, measures))
    figure = figures[measure, subject]
    places = pd.Index(
        [tag for number in range(len(kept)) for tag in _tagged(number, pd.Series(wanted))]
    )
    place = places.get_indexer(pd.Index(figure.item_ids))
    columns = [np.bincount(place, column, len(places)) for column in figure.contributions.T]
    sums = np.column_stack(columns).astype(np.float64).reshape(len(kept), len(wanted), -1)
    if figure.statistic is None:
        kind = "measure that adds up"
        raise UnknownNameError(kind, measure, [])
    return Summed(sums, figure.statistic)


def _tagged(number: int, item_ids: pd.Series) -> pd.Series:
    """Return *item_ids* so that those of one table differ from those of another."""
    return f"{number}/" + item_ids.astype(str)
