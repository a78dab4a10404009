"""What each annotator does to agreement: alpha without them, against alpha with all.

An annotator without whom alpha rises by more than chance disagrees with the others in a way of their own. That is no
proof of being wrong.
"""

from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.krippendorff import (
    Counts,
    Difference,
    alpha_of_sums,
    alpha_sums,
    count_ratings,
    reason_undefined,
)
from groundkeeper.core.agreement.ratings import counts_of_labels
from groundkeeper.core.distinct import row_codes
from groundkeeper.core.estimates import Estimate, Floats, Resampling, estimate, undefined
from groundkeeper.core.truth.labels import Labels


def alpha_without_each(
    labels: Labels, difference: Difference, values: Floats | None = None
) -> pd.DataFrame:
    """Return alpha without each annotator, of all annotators at once.

    Every annotator takes away what the units they rated add, and puts back what these add without them. That is
    worked out once for units that were rated alike.

    Parameters
    ----------
    labels : Labels
        Who said what; every task is one unit, whatever its multiplicity.
    difference : {"nominal", "ordinal", "interval", "ratio"} or float[k, k]
        How far two classes are apart.
    values : float[k], optional
        The classes as numbers, for interval and ratio.

    Returns
    -------
    DataFrame
        One row per annotator, in their order: ``annotator, units`` (that they rated), ``alpha, without, change``.

    Examples
    --------
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> said = {"ann": "aabbab", "ben": "aabbab", "cid": "bbbbaa"}
    >>> rows = [(who, task, label) for who, all_ in said.items() for task, label in enumerate(all_)]
    >>> table = pd.DataFrame(rows, columns=["annotator", "task", "label"])
    >>> found = alpha_without_each(code_labels(table), "nominal")
    >>> found[["annotator", "without", "change"]].round(3).values.tolist()
    [['ann', 0.057, -0.305], ['ben', 0.057, -0.305], ['cid', 1.0, 0.638]]
    """
    k, annotators = labels.n_classes, labels.n_annotators
    counts = counts_of_labels(labels)
    whole = alpha_sums(counts, difference, values).sum(axis=0)
    own, unit, who = _own_counts(labels)
    together = np.hstack([counts[unit], own])
    kinds, kind = row_codes(together)
    without = kinds[:, :k] - kinds[:, k:]
    moved = alpha_sums(without, difference, values) - alpha_sums(kinds[:, :k], difference, values)
    change = [np.bincount(who, column[kind], annotators) for column in moved.T]
    alpha = alpha_of_sums(whole[None], difference, values)
    left = _rounded(whole + np.column_stack(change), whole)
    alphas = alpha_of_sums(left, difference, values)
    return pd.DataFrame(
        {
            "annotator": labels.annotators,
            "units": np.bincount(who, minlength=annotators),
            "alpha": np.repeat(alpha, annotators),
            "without": alphas,
            "change": alphas - alpha,
        }
    )


def estimate_without(
    counts: Counts,
    own: Counts,
    groups: npt.ArrayLike,
    difference: Difference,
    how: Resampling,
    *name: str,
) -> tuple[Estimate, Estimate]:
    """Return alpha without an annotator, and by how much it is above alpha with all, both resampled by group.

    Parameters
    ----------
    counts, own : int[n_units, k]
        Ratings of each value of each unit, by all and by the annotator.
    groups : str or int[n_units]
        The group of each unit.
    difference : {"nominal", "ordinal"} or float[k, k]
        How far two values are apart.
    how : Resampling
        How intervals are made.
    *name : str
        What the figures are called; they have random numbers of their own.
    """
    k = counts.shape[1]
    whole, without = (alpha_sums(table, difference) for table in (counts, counts - own))
    counted = whole.any(axis=1)
    units = np.asarray(groups)[counted]
    whole, without = whole[counted], without[counted]
    statistic = partial(alpha_of_sums, difference=difference)
    paired = without.any(axis=1)
    alpha = estimate(without[paired], units[paired], statistic, how, how.generator(*name))
    if np.isnan(alpha.value):
        reason = reason_undefined(without.sum(axis=0)[:k])
        none = undefined(f"without them {reason}", alpha.n, alpha.groups)
        return none, none
    columns = whole.shape[1]
    change = estimate(
        np.hstack([without, whole]),
        units,
        lambda sums: statistic(sums[:, :columns]) - statistic(sums[:, columns:]),
        how,
        how.generator(*name, "change"),
    )
    return alpha, change


def _own_counts(labels: Labels) -> tuple[Counts, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return what each annotator said of each unit that they rated, ``[m, k]``, the unit and the annotator."""
    visits = labels.task * labels.n_annotators + labels.annotator
    # Labels are sorted by task and annotator, so those of one visit follow one another.
    first = np.append(True, visits[1:] != visits[:-1])[: len(visits)]
    visit = np.cumsum(first) - 1
    own = count_ratings(visit, labels.label, int(first.sum()), labels.n_classes)
    return own, labels.task[first], labels.annotator[first].astype(np.intp)


def _rounded(sums: Floats, whole: Floats) -> Floats:
    """Return *sums* with 0 where rounding alone left something of *whole*, so that nothing is not taken for little."""
    return np.where(np.abs(sums) > 1e-12 * np.maximum(np.abs(whole), 1), sums, 0.0)
