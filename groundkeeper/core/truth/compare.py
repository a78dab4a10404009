"""Several methods on the same labels: where they say the same, and where somebody has to look.

No method is best on all data, so none is called so here. What can be said without gold is how far they differ and on
which tasks; with gold, how far one is more often right than another, on the same tasks.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.binomial import upper_limit
from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate, undefined
from groundkeeper.core.truth.against_gold import CONFIDENCE, Gold, Judged, code_gold, judge
from groundkeeper.core.truth.disputes import disputed, leading, unlike
from groundkeeper.core.truth.inferred import Best, Inferred
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.shares import Units, groups_of, mean, share, total_by
from groundkeeper.errors import RefusedError, listing

METHOD_COLUMNS = (
    *("method", "iterations", "converged", "objective", "objective_value", "tied"),
    *("accuracy", "low", "high", "gold_tasks", "note"),
)
PAIR_COLUMNS = (
    *("left", "right", "tasks", "differ", "differ_low", "differ_high", "differ_by_group"),
    *("gold_tasks", "accuracy_left", "accuracy_right", "difference", "low", "high", "note"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How several methods differ.

    Attributes
    ----------
    methods : DataFrame
        One row per method, as they were handed over: ``method, iterations, converged, objective`` with its last
        ``objective_value``, ``tied`` (tasks whose most probable classes tie), ``accuracy`` on the ``gold_tasks`` that
        have labels with ``low, high``, ``note``. Accuracies are nan without gold.
    pairs : DataFrame
        One row per two methods: ``left, right``; ``differ``, the share of the ``tasks`` with labels of which their most
        probable classes are not the same, with ``differ_low, differ_high``; ``differ_by_group``, where every group
        counts alike; on ``gold_tasks``: ``accuracy_left, accuracy_right`` and ``difference``, left less right, with the
        interval ``low, high`` of paired tasks; ``note``.
    disputed : DataFrame
        One row per method for each task on which methods differ, or one is undecided: ``task``; ``doubt``, 1 less the
        highest mean probability of a class over the methods; ``method``, ``label`` (of ``ties`` equally probable
        classes the first) and its ``probability``. The most doubtful task comes first, then by task.
    """

    methods: pd.DataFrame
    pairs: pd.DataFrame
    disputed: pd.DataFrame


def compare(
    found: Mapping[str, Inferred],
    *,
    gold: pd.DataFrame | None = None,
    groups: pd.Series | None = None,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """Return how far the methods *found* differ, and on which tasks.

    Parameters
    ----------
    found : mapping of str to Inferred
        By a name for each, all of the same tasks and classes.
    gold : DataFrame, optional
        One row per gold task: ``task, label``.
    groups : Series, optional
        The group of each task with labels, by task; without it tasks are independent.
    confidence : float
        Of the intervals.

    Raises
    ------
    RefusedError
        If there is no method, or they are not of the same tasks and classes; if gold contradicts itself, or a task has
        no group.

    Examples
    --------
    >>> from groundkeeper.core.truth.inferred import Posterior
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> rows = [(1, "ann", "x"), (1, "bob", "x"), (2, "ann", "x"), (2, "bob", "y")]
    >>> labels = code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))
    >>> sure = Inferred("a", labels, Posterior.of_dense(np.array([[0.9, 0.1], [0.8, 0.2]]), np.ones(2, bool)))
    >>> torn = Inferred("b", labels, Posterior.of_dense(np.array([[0.9, 0.1], [0.5, 0.5]]), np.ones(2, bool)))
    >>> found = compare({"a": sure, "b": torn})
    >>> found.pairs[["left", "right", "differ"]].to_numpy().tolist()
    [['a', 'b', 0.5]]
    >>> found.disputed.round(2).to_numpy().tolist()
    [[2, 0.35, 'a', 'x', 0.8, 1], [2, 0.35, 'b', 'x', 0.5, 2]]
    """
    labels = _same_labels(found)
    best = {name: inferred.posterior.best() for name, inferred in found.items()}
    coded = None if gold is None else code_gold(gold, labels)
    judged = {
        name: None if coded is None else judge(inferred, coded, groups)
        for name, inferred in found.items()
    }
    named = np.flatnonzero(np.diff(labels.starts))
    units = Units(labels.multiplicity[named], groups_of(labels.tasks[named], groups))
    methods = [
        _method(name, inferred, best[name], judged[name], confidence)
        for name, inferred in found.items()
    ]
    leaders = {name: leading(one.posterior, best[name], labels) for name, one in found.items()}
    pairs = [
        {"left": left, "right": right}
        | _differ(unlike(leaders[left], leaders[right])[named], units, confidence)
        | _accuracies(judged[left], judged[right], coded, confidence)
        for left, right in combinations(found, 2)
    ]
    return Comparison(
        methods=pd.DataFrame(methods, columns=list(METHOD_COLUMNS)),
        pairs=pd.DataFrame(pairs, columns=list(PAIR_COLUMNS)),
        disputed=disputed(found, best, leaders, labels),
    )


def _same_labels(found: Mapping[str, Inferred]) -> Labels:
    every = [inferred.labels for inferred in found.values()]
    if not every:
        message = "comparison: found no method; at least one has to be inferred; name some"
        raise RefusedError(message)
    first = every[0]
    for name, inferred in found.items():
        labels = inferred.labels
        if not (labels.tasks.equals(first.tasks) and labels.classes.equals(first.classes)):
            message = (
                f"comparison: found {listing(found)}, of which {name} was inferred from other tasks or classes than "
                "the first; only answers to the same can be compared; infer them from the same labels"
            )
            raise RefusedError(message)
    return first


def _method(
    name: str, inferred: Inferred, best: Best, judged: Judged | None, confidence: float
) -> dict[str, object]:
    fit = inferred.fit
    accuracy = _accuracy(judged, confidence)
    tied = float(inferred.labels.multiplicity[best.ties > 1].sum())
    notes = (fit.note, accuracy.note if judged is not None else "")
    return {
        "method": name,
        "iterations": fit.iterations,
        "converged": fit.converged,
        "objective": fit.objective,
        "objective_value": fit.history[-1] if fit.history else math.nan,
        "tied": round(tied),
        "accuracy": accuracy.value,
        "low": accuracy.low,
        "high": accuracy.high,
        "gold_tasks": accuracy.n,
        "note": "; ".join(note for note in notes if note),
    }


def _accuracy(judged: Judged | None, confidence: float) -> Estimate:
    if judged is None or not len(judged.right):
        return undefined("no gold task has a label")
    return share(judged.right, judged.units, confidence)


def _differ(unlike: npt.NDArray[np.bool_], units: Units, confidence: float) -> dict[str, object]:
    found = share(unlike.astype(np.float64), units, confidence)
    by_group = found.value
    if units.group is not None and len(unlike):
        count = int(units.group.max()) + 1
        weight = total_by(units.group, units.weight, count)
        by_group = float((total_by(units.group, units.weight * unlike, count) / weight).mean())
    return {
        "tasks": found.n,
        "differ": found.value,
        "differ_low": found.low,
        "differ_high": found.high,
        "differ_by_group": by_group,
        "note": found.note,
    }


def _accuracies(
    left: Judged | None, right: Judged | None, gold: Gold | None, confidence: float
) -> dict[str, object]:
    """Return the accuracies side by side; both are judged on the same tasks, as these are the ones with labels."""
    figures = ("accuracy_left", "accuracy_right", "difference", "low", "high")
    if left is None or right is None or gold is None or not len(left.right):
        return {"gold_tasks": 0} | dict.fromkeys(figures, math.nan)
    found = _difference(left.right - right.right, left.units, confidence)
    return {
        "gold_tasks": found.n,
        "accuracy_left": _accuracy(left, confidence).value,
        "accuracy_right": _accuracy(right, confidence).value,
        "difference": found.value,
        "low": found.low,
        "high": found.high,
    }


def _difference(apart: Floats, units: Units, confidence: float) -> Estimate:
    """Return the mean of *apart*, with bounds also where two methods are never apart on the tasks that were seen."""
    found = mean(apart, units, confidence)
    if apart.any() or found.groups < FEWEST_GROUPS:
        return found
    unseen = float(upper_limit(0, found.effective_n, (1 + confidence) / 2))
    return Estimate(0.0, -unseen, unseen, found.n, found.groups, found.effective_n)
