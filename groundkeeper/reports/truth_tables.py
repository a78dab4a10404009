"""What a method of truth inference found, as tables and as JSON."""

from typing import Any

import numpy as np
import pandas as pd

from groundkeeper.core.truth.against_gold import AgainstGold
from groundkeeper.core.truth.calibration import Calibration
from groundkeeper.core.truth.inferred import Fit, Inferred
from groundkeeper.core.truth.labels import Labels
from groundkeeper.core.truth.numbers import InferredNumbers, Measurements
from groundkeeper.reports.undefined import estimate, plain, rows

UNLABELLED = "nobody labelled it"
"""Why a task has no answer."""


def soft_labels(inferred: Inferred) -> pd.DataFrame:
    """Return one row per task and class that is possible: ``task, label, probability``.

    The probabilities of a task sum to 1: they are the weights with which the rows train a model.
    """
    posterior, labels = inferred.posterior, inferred.labels
    listed = np.diff(posterior.starts)
    table = pd.DataFrame(
        {
            "task": labels.tasks.repeat(listed),
            "label": labels.classes[posterior.classes],
            "probability": posterior.probability,
        }
    )
    return table[table["probability"] > 0].reset_index(drop=True)


def truths(inferred: Inferred) -> pd.DataFrame:
    """Return one row per task: ``task, label, probability, ties, answers, note``; no label where nobody gave one.

    ``label`` is the most probable class; of ``ties`` equally probable ones the first.
    """
    labels, best = inferred.labels, inferred.posterior.best()
    known = best.label >= 0
    said = pd.Series(labels.classes[np.maximum(best.label, 0)]) if len(labels.classes) else None
    answer = pd.Series(None, range(labels.n_tasks), dtype="str") if said is None else said
    table = pd.DataFrame(
        {
            "task": labels.tasks,
            "label": answer.where(known).to_numpy(),
            "probability": best.probability,
            "ties": best.ties,
            "answers": np.diff(labels.starts),
        }
    )
    if inferred.difficulty is not None:
        table["difficulty"] = inferred.difficulty
    return table.assign(note=np.where(known, "", UNLABELLED))


def annotators(inferred: Inferred, quality: pd.DataFrame) -> pd.DataFrame:
    """Return one row per annotator: *quality*, and the ``skill`` that the model itself has, where it has one."""
    if inferred.skill is None:
        return quality
    place = list(quality.columns).index("agreement")
    found = quality.copy()
    found.insert(place, "skill", inferred.skill)
    return found


def values(found: InferredNumbers) -> pd.DataFrame:
    """Return one row per task: ``task, value, sd, low, high, answers, note``."""
    answers = np.diff(found.measured.starts)
    return pd.DataFrame(
        {
            "task": found.measured.tasks,
            "value": found.value,
            "sd": found.sd,
            "low": found.low,
            "high": found.high,
            "answers": answers,
            "note": np.where(answers > 0, "", UNLABELLED),
        }
    )


def instruments(found: InferredNumbers) -> pd.DataFrame:
    """Return one row per annotator: ``annotator, answers``, and bias and noise where the method has them."""
    measured = found.measured
    counted = np.bincount(measured.annotator, minlength=measured.n_annotators)
    table = pd.DataFrame({"annotator": measured.annotators, "answers": counted})
    for name, bounded in (("bias", found.bias), ("noise", found.noise)):
        if bounded is not None:
            table[name] = bounded.value
            table[f"{name}_low"], table[f"{name}_high"] = bounded.low, bounded.high
    return table


def counts(read: Labels | Measurements) -> dict[str, int]:
    """Return how much was read."""
    labelled = int((np.diff(read.starts) > 0).sum())
    return {
        "tasks": read.n_tasks,
        "labelled": labelled,
        "labels": len(read.annotator),
        "annotators": read.n_annotators,
        "repeated": read.repeated,
        "unsaid": read.unsaid,
    }


def fit(found: Fit) -> dict[str, Any]:
    """Return how a fit went."""
    return {
        "iterations": found.iterations,
        "converged": found.converged,
        "objective": found.objective or None,
        "value": plain(found.history[-1]) if found.history else None,
        "history": plain(found.history),
        "note": found.note,
    }


def gold(against: AgainstGold, held: Calibration) -> dict[str, Any]:
    """Return what gold says of a method: accuracy with its coverage, and whether its probabilities hold."""
    return {
        "tasks": against.gold_tasks,
        "labelled": against.labelled,
        "coverage": plain(against.coverage),
        "tied": against.tied,
        "accuracy": estimate(against.accuracy),
        "accuracy_first_of_ties": estimate(against.first_wins),
        "accuracy_over_all_gold": {
            "if_guessed": plain(against.if_guessed),
            "if_wrong": plain(against.if_wrong),
            "if_right": plain(against.if_right),
        },
        "by_class": rows(against.by_class),
        "calibration": {
            "curve": rows(held.curve),
            "levels": rows(held.levels),
            "ruled_out": held.ruled_out,
        }
        | {name: estimate(one) for name, one in held.summary.items()},
    }


def answers(inferred: Inferred) -> list[dict[str, Any]]:
    """Return one object per task: as ``truths``, with the probability of each possible class as ``soft``."""
    soft = soft_labels(inferred)
    ends = np.searchsorted(
        inferred.labels.tasks.get_indexer(pd.Index(soft["task"])),
        np.arange(inferred.labels.n_tasks + 1),
    )
    listed = rows(soft.drop(columns="task"))
    return [
        one | {"soft": listed[start:end]}
        for one, start, end in zip(rows(truths(inferred)), ends, ends[1:], strict=False)
    ]
