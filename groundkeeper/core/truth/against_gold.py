"""How often a method is right on tasks whose answer is known: gold.

A figure of accuracy is only as good as the tasks it is taken over. So every one comes with its coverage, how many gold
tasks anybody labelled, and with what it could be if those without labels were counted; and the rule for ties, which can
move it by several points, is stated: here they are split evenly, the accuracy to expect where ties are broken by lot.

References
----------
Zheng, Li, Li, Shan and Cheng (2017), Truth Inference in Crowdsourcing: Is the Problem Solved?, PVLDB 10(5):541-552,
doi:10.14778/3055540.3055547: counts a gold task without labels as a random guess.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, divide, undefined
from groundkeeper.core.runs import members
from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.inferred import TIE, Inferred, Posterior
from groundkeeper.core.truth.labels import Codes, Floats, Labels
from groundkeeper.core.truth.shares import Units, groups_of, share, total_by
from groundkeeper.errors import RefusedError, listing

CONFIDENCE = 0.95
"""Of every interval, unless another is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Gold:
    """Gold answers as codes, held against what was labelled.

    Attributes
    ----------
    classes : Index
        Those of the labels, and then those that only gold has, ascending.
    task : int[n]
        Code of each gold task among those of the labels, ascending; -1 for one that the labels do not have.
    label : int32[n]
        Code of its class.
    repeated : int
        How many rows said again what another had said.
    """

    classes: pd.Index
    task: Places
    label: Codes
    repeated: int


@dataclass(frozen=True, slots=True, eq=False)
class AgainstGold:
    """What gold says of one method.

    Attributes
    ----------
    accuracy : Estimate
        Share of the gold tasks with labels that are right; ties are split evenly.
    first_wins : Estimate
        The same where of tied classes the first one is taken.
    gold_tasks, labelled, tied : int
        Tasks with gold; those of them that anybody labelled; those of these whose most probable classes tie.
    coverage : float
        Share of the gold tasks that anybody labelled.
    if_guessed, if_wrong, if_right : float
        The accuracy over all gold tasks if those without labels were guessed at random among the classes, all
        wrong, or all right.
    by_class : DataFrame
        One row per class, in their order: ``label, gold, said, right`` (tasks; those said and right expected under
        even ties), ``precision, recall, f1`` and ``note``. nan where undefined, and the note says why.
    """

    accuracy: Estimate
    first_wins: Estimate
    gold_tasks: int
    labelled: int
    tied: int
    coverage: float
    if_guessed: float
    if_wrong: float
    if_right: float
    by_class: pd.DataFrame


def code_gold(gold: pd.DataFrame, labels: Labels) -> Gold:
    """Return *gold* as codes.

    Parameters
    ----------
    gold : DataFrame
        One row per gold task: ``task, label``. The same said twice counts once.
    labels : Labels
        Of which the tasks and classes are.

    Raises
    ------
    RefusedError
        If a task or a label is missing, or a task has two different labels.
    """
    unsaid = int(gold[["task", "label"]].isna().any(axis=1).sum())
    if unsaid:
        message = f"gold: found {unsaid} of {len(gold)} rows without task or label; gold names both; leave them out"
        raise RefusedError(message)
    once = gold[["task", "label"]].drop_duplicates()
    again = once["task"].duplicated(keep=False)
    if again.any():
        tasks = sorted(map(str, once.loc[again, "task"].unique()))
        message = f"gold: found different labels for one task: {listing(tasks)}; gold has one; settle them"
        raise RefusedError(message)
    foreign = pd.Index(once["label"].unique()).difference(labels.classes)
    classes = labels.classes.append(foreign) if len(foreign) else labels.classes
    task = labels.tasks.get_indexer(pd.Index(once["task"]))
    label = classes.get_indexer(pd.Index(once["label"])).astype(np.int32)
    order = np.lexsort((label, task))
    return Gold(classes, task[order], label[order], len(gold) - len(once))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Gold tasks that somebody labelled, and what a method makes of each.

    Attributes
    ----------
    task : int[n]
        Code of the task among those of the labels, ascending.
    label : int32[n]
        Code of the gold class.
    probability : float64[n]
        Of the most probable class, or of the most probable classes each.
    ties : int32[n]
        How many classes are as probable as the best.
    right, first_right : float64[n]
        1 where the method is right, 0 where it is wrong. Where classes tie and gold is among them: ``right`` is one
        over their number, ``first_right`` is 1 if gold is the first of them.
    units : Units
    """

    task: Places
    label: Codes
    probability: Floats
    ties: Codes
    right: Floats
    first_right: Floats
    units: Units


def judge(inferred: Inferred, gold: Gold, groups: pd.Series | None) -> Judged:
    """Return what *inferred* makes of each gold task that somebody labelled."""
    best = inferred.posterior.best()
    known = gold.task >= 0
    known[known] = best.ties[gold.task[known]] > 0
    task, label = gold.task[known], gold.label[known]
    ties = best.ties[task]
    of_gold = probability_of(inferred.posterior, task, label)
    among_best = of_gold >= best.probability[task] - TIE
    return Judged(
        task=task,
        label=label,
        probability=best.probability[task],
        ties=ties,
        right=np.where(among_best, 1 / np.maximum(ties, 1), 0.0),
        first_right=(best.label[task] == label).astype(np.float64),
        units=Units(
            inferred.labels.multiplicity[task], groups_of(inferred.labels.tasks[task], groups)
        ),
    )


def probability_of(posterior: Posterior, task: Places, label: Codes) -> Floats:
    """Return the probability of the class *label* ``[n]`` of each *task* ``[n]``; 0 where it is not listed."""
    listed = np.diff(posterior.starts)
    width = int(max(posterior.classes.max(initial=0), label.max(initial=0))) + 1
    keys = np.repeat(np.arange(len(listed)), listed) * width + posterior.classes
    wanted = task * width + label
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros(len(task))
    return np.where(keys[place] == wanted, posterior.probability[place], 0.0)


def against_gold(
    inferred: Inferred,
    gold: pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    confidence: float = CONFIDENCE,
) -> AgainstGold:
    """Return how often *inferred* is right on the tasks of *gold*.

    Parameters
    ----------
    inferred : Inferred
    gold : DataFrame
        One row per gold task: ``task, label``. Tasks that the labels do not have count as without labels; a class that
        nobody named is never hit.
    groups : Series, optional
        The group of each gold task with labels, by task; without it tasks are independent.
    confidence : float
        Of the intervals.

    Raises
    ------
    RefusedError
        If gold contradicts itself or is incomplete, or *groups* leaves out a task.
    """
    coded = code_gold(gold, inferred.labels)
    judged = judge(inferred, coded, groups)
    of_known = inferred.labels.multiplicity[coded.task[coded.task >= 0]]
    total = float(of_known.sum()) + int((coded.task < 0).sum())
    labelled = float(judged.units.weight.sum())
    reason = _reason(len(coded.task), len(judged.task))
    accuracy = _accuracy(judged.right, judged.units, confidence, reason)
    hits = float(judged.right @ judged.units.weight)
    return AgainstGold(
        accuracy=accuracy.noted(_foreign(coded, inferred.labels)),
        first_wins=_accuracy(judged.first_right, judged.units, confidence, reason),
        gold_tasks=round(total),
        labelled=round(labelled),
        tied=round(float(judged.units.weight[judged.ties > 1].sum())),
        coverage=_over(labelled, total),
        if_guessed=_over(hits + _over(total - labelled, len(coded.classes)), total),
        if_wrong=_over(hits, total),
        if_right=_over(hits + total - labelled, total),
        by_class=_by_class(inferred.posterior, judged, coded.classes),
    )


def _reason(gold_tasks: int, judged: int) -> str:
    if not gold_tasks:
        return "there is no gold"
    return "" if judged else f"none of {gold_tasks} gold tasks has a label"


def _foreign(gold: Gold, labels: Labels) -> str:
    foreign = gold.classes[labels.n_classes :]
    return f"nobody named {listing(foreign)}, which gold has" if len(foreign) else ""


def _accuracy(right: Floats, units: Units, confidence: float, reason: str) -> Estimate:
    return undefined(reason) if reason else share(right, units, confidence)


def _over(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _by_class(posterior: Posterior, judged: Judged, classes: pd.Index) -> pd.DataFrame:
    weight = judged.units.weight
    place, named = _said(posterior, judged)
    gold = total_by(judged.label, weight, len(classes))
    said = total_by(named, (weight / np.maximum(judged.ties, 1))[place], len(classes))
    right = total_by(judged.label, weight * judged.right, len(classes))
    reasons = np.select(
        [(gold == 0) & (said == 0), gold == 0, said == 0],
        ["neither gold nor said", "gold has none", "never said"],
        default="",
    )
    return pd.DataFrame(
        {
            "label": classes,
            "gold": gold,
            "said": said,
            "right": right,
            "precision": divide(right, said),
            "recall": divide(right, gold),
            "f1": divide(2 * right, gold + said),
            "note": reasons,
        }
    )


def _said(posterior: Posterior, judged: Judged) -> tuple[Places, Codes]:
    """Return each most probable class of each judged task: the place of the task, and the class."""
    listed = np.diff(posterior.starts)[judged.task]
    place, rows = members(posterior.starts[judged.task], listed)
    best = posterior.probability[rows] >= judged.probability[place] - TIE
    return place[best], posterior.classes[rows[best]]
