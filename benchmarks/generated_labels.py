"""Labels as a crowd gives them, made up with a seed: whoever measures something on them measures the same."""

from pathlib import Path

import numpy as np

LABELS_PER_TASK = 5
CLASSES = 4
SKILLS = (0.45, 0.95)
"""The worst and the best share of right answers."""
HABIT = 0.6
"""How often a rating is the typical one of its unit."""


def write_labels(path: Path, tasks: int, *, classes: int = CLASSES, seed: int = 0) -> int:
    """Write ``task, annotator, label, truth`` of that many *tasks* to *path* as .npz, and return how many labels.

    Each task has ``LABELS_PER_TASK`` labels by different annotators, of whom there are 20 in the smallest crowd and
    1,000 in the largest. An annotator is right as often as their skill says, and else says one of the other classes,
    nearer ones more often. Rows are in random order.
    """
    rng = np.random.default_rng(seed)
    annotators = min(1000, max(20, tasks // 20))
    skill = rng.uniform(*SKILLS, annotators)
    truth = rng.choice(classes, tasks, p=np.arange(classes, 0, -1) / np.arange(classes + 1).sum())
    task = np.repeat(np.arange(tasks), LABELS_PER_TASK)
    first, step = rng.integers(annotators, size=tasks), rng.integers(1, 4, tasks)
    turn = np.tile(np.arange(LABELS_PER_TASK), tasks)
    annotator = (first[task] + turn * step[task]) % annotators
    is_right = rng.random(len(task)) < skill[annotator]
    away = 1 + (rng.random(len(task)) ** 2 * (classes - 1)).astype(np.int64)
    label = np.where(is_right, truth[task], (truth[task] + away) % classes)
    order = rng.permutation(len(task))
    np.savez(path, task=task[order], annotator=annotator[order], label=label[order], truth=truth)
    return len(task)


def write_ratings(
    path: Path, units: int, *, gaps: bool, classes: int = CLASSES, seed: int = 0
) -> None:
    """Write ``ratings`` [raters, units], nan a gap, ``counts`` [units, classes] and ``values`` to *path* as .npz.

    There are six raters and every unit has two to six ratings; without *gaps*, five raters who rate all.
    """
    rng = np.random.default_rng(seed)
    raters = 6 if gaps else 5
    typical = rng.integers(1, classes + 1, units)
    agrees = rng.random((raters, units)) < HABIT
    ratings = np.where(agrees, typical, rng.integers(1, classes + 1, (raters, units))).astype(float)
    if gaps:
        order = rng.permuted(np.tile(np.arange(raters), (units, 1)), axis=1).T
        ratings[order >= rng.integers(2, raters + 1, units)] = np.nan
    values = np.arange(1.0, classes + 1)
    counts = np.stack([(ratings == value).sum(axis=0) for value in values], axis=1)
    np.savez(path, ratings=ratings, counts=counts, values=values)
