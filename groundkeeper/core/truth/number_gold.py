"""How far inferred numbers are from true ones, on the tasks whose true number is known."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, undefined
from groundkeeper.core.truth.against_gold import CONFIDENCE
from groundkeeper.core.truth.numbers import InferredNumbers
from groundkeeper.core.truth.shares import Units, groups_of, mean, share


@dataclass(frozen=True, slots=True)
class NumbersAgainstGold:
    """What gold says of one method.

    Attributes
    ----------
    gold_tasks, measured : int
        Tasks with gold, and those of them that anybody measured.
    mean_error : Estimate
        How far above the truth the numbers are on average.
    mean_absolute_error, root_mean_square_error : Estimate
        How far they are from it.
    within_interval : Estimate
        In which share of the tasks with an interval the truth lies in it.
    """

    gold_tasks: int
    measured: int
    mean_error: Estimate
    mean_absolute_error: Estimate
    root_mean_square_error: Estimate
    within_interval: Estimate


def numbers_against_gold(
    inferred: InferredNumbers,
    gold: pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    confidence: float = CONFIDENCE,
) -> NumbersAgainstGold:
    """Return how far *inferred* is from *gold*.

    Parameters
    ----------
    inferred : InferredNumbers
    gold : DataFrame
        One row per task, each once: ``task, label``, the true number.
    groups : Series, optional
        The group of each measured task, by task; without it tasks are independent.
    confidence : float
        Of the intervals of these figures, in (0, 1).

    Examples
    --------
    >>> from groundkeeper.core.truth.numbers import code_numbers, median
    >>> rows = [(f"t{t}", who, t + off) for t in range(12) for who, off in (("x", 0), ("y", 1))]
    >>> found = median(code_numbers(pd.DataFrame(rows, columns=["task", "annotator", "value"])))
    >>> gold = pd.DataFrame({"task": ["t1", "t2", "none"], "label": [1.0, 2.5, 0.0]})
    >>> against = numbers_against_gold(found, gold)
    >>> against.gold_tasks, against.measured, against.mean_absolute_error.value
    (3, 2, 0.25)
    """
    place = inferred.measured.tasks.get_indexer(pd.Index(gold["task"]))
    known = place >= 0
    known[known] = ~np.isnan(inferred.value[place[known]])
    order = np.argsort(place[known])
    task, truth = place[known][order], gold["label"].to_numpy(np.float64)[known][order]
    units = Units(np.ones(len(task)), groups_of(inferred.measured.tasks[task], groups))
    error = inferred.value[task] - truth
    low, high = inferred.low[task], inferred.high[task]
    bounded = ~np.isnan(low)
    within = ((low <= truth) & (truth <= high)).astype(np.float64)[bounded]
    return NumbersAgainstGold(
        gold_tasks=len(gold),
        measured=len(task),
        mean_error=mean(error, units, confidence),
        mean_absolute_error=mean(np.abs(error), units, confidence),
        root_mean_square_error=_root(mean(np.square(error), units, confidence)),
        within_interval=(
            share(within, units.chosen(bounded), confidence)
            if bounded.any()
            else undefined(f"{inferred.method} has no intervals")
        ),
    )


def _root(of: Estimate) -> Estimate:
    """Return the root of a mean of squares with its interval."""
    return replace(of, value=of.value**0.5, low=max(of.low, 0.0) ** 0.5, high=of.high**0.5)
