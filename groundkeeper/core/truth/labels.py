"""Who said what of which task, as codes in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.errors import RefusedError, listing

Codes: TypeAlias = npt.NDArray[np.int32]
Starts: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


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
    classes : sequence, optional
        The vocabulary in its order; without it the classes are those found, ascending.
    tasks : sequence, optional
        Further tasks, which nobody may have labelled.

    Raises
    ------
    RefusedError
        If a task or an annotator is missing, or a label is none of *classes*.
    """
    _refuse_unnamed(table)
    task_names = pd.Index(pd.unique(pd.Series(table["task"]))).union(pd.Index(tasks or []))
    said = table["label"].notna().to_numpy()
    annotators = pd.Index(pd.unique(table["annotator"])).sort_values()
    given = table[said]
    named = _named(given["label"], classes)
    task = task_names.get_indexer(pd.Index(given["task"]))
    annotator = annotators.get_indexer(pd.Index(given["annotator"]))
    label = named.get_indexer(pd.Index(given["label"]))
    order = np.lexsort((label, annotator, task))
    task, annotator, label = task[order], annotator[order], label[order]
    again = (task[1:] == task[:-1]) & (annotator[1:] == annotator[:-1])
    counts = np.bincount(task, minlength=len(task_names))
    return Labels(
        tasks=task_names,
        annotators=annotators,
        classes=named,
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        annotator=annotator.astype(np.int32),
        label=label.astype(np.int32),
        multiplicity=np.ones(len(task_names)),
        repeated=int(again.sum()),
        unsaid=int((~said).sum()),
    )


def _refuse_unnamed(table: pd.DataFrame) -> None:
    for column in ("task", "annotator"):
        missing = int(table[column].isna().sum())
        if missing:
            message = (
                f"{missing} of {len(table)} labels name no {column}; every label needs a task and an annotator; "
                "leave out the rows or name them"
            )
            raise RefusedError(message)


def _named(labels: pd.Series, classes: Sequence[object] | None) -> pd.Index:
    """Return the classes that *labels* name, in the order of *classes* or ascending."""
    found = pd.Index(labels.unique())
    if classes is None:
        return found.sort_values()
    vocabulary = pd.Index(classes)
    foreign = found.difference(vocabulary)
    if len(foreign):
        message = f"found the labels {listing(map(str, foreign))}; allowed are {listing(map(str, vocabulary))}; correct them, or name them as classes"
        raise RefusedError(message)
    return vocabulary[vocabulary.isin(found)]
