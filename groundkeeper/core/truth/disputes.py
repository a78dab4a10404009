"""Tasks on which methods do not say the same: the queue for people who settle them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.inferred import TIE, Best, Inferred, Posterior
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.shares import total_by

DISPUTED_COLUMNS = ("task", "doubt", "method", "label", "probability", "ties")
DECIMALS = 9
"""Doubts that are the same to so many decimals are equal: they differ by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Leading:
    """The most probable classes of every task.

    Attributes
    ----------
    keys : int64[m]
        ``task * k + class``, ascending.
    task : int[m]
        Code of the task of each.
    count : int32[n_tasks]
        How many there are of each task.
    """

    keys: npt.NDArray[np.int64]
    task: Places
    count: npt.NDArray[np.int32]


def leading(posterior: Posterior, best: Best, labels: Labels) -> Leading:
    """Return the most probable classes of every task by *posterior*, whose *best* they are."""
    listed = np.diff(posterior.starts)
    task = np.repeat(np.arange(len(listed)), listed)
    leads = posterior.probability >= best.probability[task] - TIE
    keys = task[leads] * max(labels.n_classes, 1) + posterior.classes[leads]
    return Leading(keys.astype(np.int64), task[leads], best.ties)


def unlike(left: Leading, right: Leading) -> npt.NDArray[np.bool_]:
    """Return ``[n_tasks]``: whether the most probable classes are not the same."""
    place = np.minimum(np.searchsorted(right.keys, left.keys), max(len(right.keys) - 1, 0))
    both = right.keys[place] == left.keys if len(right.keys) else np.zeros(len(left.keys), bool)
    common = np.bincount(left.task[both], minlength=len(left.count))
    found: npt.NDArray[np.bool_] = (common != left.count) | (common != right.count)
    return found


def disputed(
    found: Mapping[str, Inferred],
    best: Mapping[str, Best],
    leading: Mapping[str, Leading],
    labels: Labels,
) -> pd.DataFrame:
    """Return the tasks on which methods differ, or one is undecided: ``DISPUTED_COLUMNS``, the most doubtful first.

    Parameters
    ----------
    found, best, leading : mapping
        By method: what it infers, and its most probable classes.
    labels : Labels
        Those of every method.
    """
    first = next(iter(found))
    unsettled = np.zeros(labels.n_tasks, np.bool_)
    for name in found:
        unsettled |= unlike(leading[first], leading[name]) | (best[name].ties > 1)
    tasks = np.flatnonzero(unsettled)
    doubt = _doubt(found, unsettled, labels)
    rows = [
        pd.DataFrame(
            {
                "task": labels.tasks[tasks],
                "doubt": doubt,
                "method": name,
                "label": labels.classes[best[name].label[tasks]],
                "probability": best[name].probability[tasks],
                "ties": best[name].ties[tasks],
                "place": tasks,
                "turn": turn,
            }
        )
        for turn, name in enumerate(found)
    ]
    table = pd.concat(rows, ignore_index=True)
    order = np.lexsort((table["turn"], table["place"], -table["doubt"].round(DECIMALS)))
    return table.iloc[order][list(DISPUTED_COLUMNS)].reset_index(drop=True)


def _doubt(found: Mapping[str, Inferred], chosen: npt.NDArray[np.bool_], labels: Labels) -> Floats:
    """Return, for each task *chosen*, 1 less the highest mean probability of a class over the methods."""
    k = max(labels.n_classes, 1)
    keys, probability = [], []
    for inferred in found.values():
        posterior = inferred.posterior
        listed = np.diff(posterior.starts)
        task = np.repeat(np.arange(len(listed)), listed)
        keys.append((task * k + posterior.classes)[chosen[task]])
        probability.append(posterior.probability[chosen[task]])
    different, cell = np.unique(np.concatenate(keys), return_inverse=True)
    if not len(different):
        return np.empty(0)
    sums = total_by(cell, np.concatenate(probability), len(different))
    first = np.unique(different // k, return_index=True)[1]
    highest: Floats = np.maximum.reduceat(sums, first) / len(found)
    return 1 - highest
