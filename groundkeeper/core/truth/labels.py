"""Who said what of which task, as codes in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.runs import offsets_of
from groundkeeper.core.truth.coding import (
    Places,
    code_ascending,
    code_distinct,
    code_names,
    recode,
    written_alike,
)
from groundkeeper.errors import RefusedError, TableError, listing

Codes: TypeAlias = npt.NDArray[np.int32]
Starts: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Whole: TypeAlias = npt.NDArray[np.integer]

COLUMNS = ("task", "annotator", "label")
"""What ``code_labels`` reads of a table."""
NEEDS = "every label needs a task and an annotator"


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels of tasks, sorted by task, annotator and class, so that no result depends on the order of rows.

    Attributes
    ----------
    tasks, annotators, classes : Index
        The names behind the codes. Tasks and annotators ascend; classes are in the order of the vocabulary, or
        ascend. Tasks that nobody labelled are among the tasks; classes that nobody named are left out.
    starts : int64[n_tasks + 1]
        The labels of task t are those from ``starts[t]`` to ``starts[t + 1]``.
    annotator, label : int32[n]
        Codes of the annotator and the class of each label.
    multiplicity : float64[n_tasks]
        For how many tasks that were labelled alike each one stands; 1 unless tasks were put together.
    repeated : int
        How many labels were given by an annotator who had already labelled the task. Each of them counts.
    unsaid : int
        How many rows had no label.
    """

    tasks: pd.Index
    annotators: pd.Index
    classes: pd.Index
    starts: Starts
    annotator: Codes
    label: Codes
    multiplicity: Floats
    repeated: int
    unsaid: int

    @property
    def n_tasks(self) -> int:
        """How many tasks there are, with or without labels."""
        return len(self.tasks)

    @property
    def n_annotators(self) -> int:
        """How many annotators there are."""
        return len(self.annotators)

    @property
    def n_classes(self) -> int:
        """How many different classes were named."""
        return len(self.classes)

    @property
    def weight(self) -> float:
        """How many labels there are, each as often as its task stands; at least 1, to be a scale."""
        return max(float(self.multiplicity @ np.diff(self.starts)), 1.0)

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Whether each task has a label."""
        return np.asarray(np.diff(self.starts) > 0)

    @property
    def task(self) -> npt.NDArray[np.intp]:
        """Code of the task of each label."""
        return np.repeat(np.arange(self.n_tasks), np.diff(self.starts))


def code_labels(
    table: pd.DataFrame,
    *,
    classes: Sequence[object] | None = None,
    tasks: Sequence[object] | None = None,
) -> Labels:
    """Return the labels of *table* as codes.

    Parameters
    ----------
    table : DataFrame
        One row per label: ``task, annotator, label``. A missing label says nothing; it keeps its task and its
        annotator known. An annotator who labels a task twice counts twice; ``Labels.repeated`` says how often.
        Whole numbers and categories are coded fastest.
    classes : sequence, optional
        The vocabulary in its order; without it the classes are those found, ascending.
    tasks : sequence, optional
        Further tasks, which nobody may have labelled.

    Raises
    ------
    TableError
        If *table* lacks a column.
    RefusedError
        If a task or an annotator is missing, a label is none of *classes*, or values differ in type in such a way
        that they have no order or could be taken for one another.

    Examples
    --------
    >>> table = pd.DataFrame({"task": ["b", "a", "a"], "annotator": [1, 2, 1], "label": ["x", "y", "x"]})
    >>> labels = code_labels(table)
    >>> labels.tasks.tolist(), labels.starts.tolist()
    (['a', 'b'], [0, 2, 3])
    >>> labels.annotator.tolist(), labels.label.tolist()
    ([0, 1, 0], [0, 1, 0])
    """
    lacking = [column for column in COLUMNS if column not in table.columns]
    if lacking:
        message = f"a table of labels lacks the columns {listing(lacking)}; it needs {listing(COLUMNS)}; add them"
        raise TableError(message)
    task, task_names = code_names(table["task"], "task", "labels", NEEDS, tasks)
    annotator, annotators = code_names(table["annotator"], "annotator", "labels", NEEDS)
    label, named = _code_classes(table["label"], classes)
    said = label >= 0
    if not said.all():
        task, annotator, label = task[said], annotator[said], label[said]
    of_task, by, given = _in_order(task, annotator, label, len(annotators), len(named))
    again = (of_task[1:] == of_task[:-1]) & (by[1:] == by[:-1])
    counts = np.bincount(of_task, minlength=len(task_names))
    return Labels(
        tasks=task_names,
        annotators=annotators,
        classes=named,
        starts=offsets_of(counts),
        annotator=by.astype(np.int32),
        label=given.astype(np.int32),
        multiplicity=np.ones(len(task_names)),
        repeated=int(np.count_nonzero(again)),
        unsaid=len(table) - len(label),
    )


def _code_classes(column: pd.Series, classes: Sequence[object] | None) -> tuple[Places, pd.Index]:
    """Return the code of each label, -1 where it is missing, and the classes that are named."""
    if classes is None:
        return code_ascending(column, "label")
    vocabulary = _vocabulary(classes)
    codes, found = code_distinct(column, "label")
    place = vocabulary.get_indexer(found)
    if (place < 0).any():
        raise RefusedError(_foreign(found[place < 0], vocabulary))
    order = np.argsort(place)
    return recode(codes, order, len(order)), vocabulary[place[order]]


def _vocabulary(classes: Sequence[object]) -> pd.Index:
    """Return *classes*, which must differ."""
    vocabulary = pd.Index(list(classes), tupleize_cols=False)
    alike = written_alike(vocabulary.tolist())
    if alike or vocabulary.hasnans:
        message = (
            f"found among the classes {listing(alike or ['a missing one'])}; allowed are classes that differ when "
            "they are written; write each once"
        )
        raise RefusedError(message)
    return vocabulary


def _foreign(found: pd.Index, vocabulary: pd.Index) -> str:
    """Return what to say of labels that are none of the *vocabulary*."""
    alike = written_alike([*vocabulary.tolist(), *found.tolist()])
    if alike:
        return (
            f"found labels that differ from classes in their type only: {listing(alike)}; "
            "allowed are the classes as they are; write both in one type"
        )
    return (
        f"found the labels {listing(map(repr, found.tolist()))}; allowed are "
        f"{listing(map(repr, vocabulary.tolist()))}; correct them, or name them as classes"
    )


def _in_order(
    task: Places, annotator: Places, label: Places, n_annotators: int, n_classes: int
) -> tuple[Whole, Whole, Whole]:
    """Return the labels by task, annotator and class."""
    several = int(task.max(initial=0)) + 1, max(n_annotators, 1), max(n_classes, 1)
    if prod(several) > np.iinfo(np.int64).max:
        order = np.lexsort((label, annotator, task))
        return task[order], annotator[order], label[order]
    # One number for the three sorts several times as fast as three, and a short one twice as fast as a long one.
    key = (task * several[1] + annotator) * several[2] + label
    if (key[1:] >= key[:-1]).all():
        return task, annotator, label
    short = prod(several) <= np.iinfo(np.uint32).max
    ordered: Whole = np.sort(key.astype(np.uint32) if short else key)
    by_annotator = ordered // several[2]
    by_task = by_annotator // several[1]
    return by_task, by_annotator - by_task * several[1], ordered - by_annotator * several[2]
