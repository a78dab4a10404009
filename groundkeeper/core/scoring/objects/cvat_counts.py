"""Counts of CVAT's quality reports and the figures that it makes of them, 0 where nothing is defined."""

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers

Figures: TypeAlias = dict[str, Any]
"""Names and numbers, in the layout of CVAT's reports."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects fit, are missing and are extra; *total* counts a pair once, *ds* were said, *gt* are true."""

    valid: int
    missing: int
    extra: int
    total: int
    ds: int
    gt: int

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            *(getattr(self, field.name) + getattr(other, field.name) for field in fields(Counts))
        )

    def figures(self) -> Figures:
        """Return the counts and the accuracy, 0 of nothing."""
        named = {f"{field.name}_count": getattr(self, field.name) for field in fields(Counts)}
        return named | {"accuracy": self.valid / (self.total or 1)}


NO_COUNTS = Counts(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How many pairs are of one label."""

    valid: int
    invalid: int
    total: int

    def __add__(self, other: "LabelCounts") -> "LabelCounts":
        """Return the counts of both."""
        return LabelCounts(
            self.valid + other.valid, self.invalid + other.invalid, self.total + other.total
        )

    def figures(self) -> Figures:
        """Return the counts and the accuracy, 0 of nothing."""
        return {
            "valid_count": self.valid,
            "invalid_count": self.invalid,
            "total_count": self.total,
            "accuracy": self.valid / (self.total or 1),
        }


NO_LABELS = LabelCounts(0, 0, 0)


def counts_of(confusion: Integers) -> Counts:
    """Return the counts of a confusion matrix, int64 [l + 1, l + 1]: rows are what was said, columns the ground truth.

    Examples
    --------
    >>> counts_of(np.array([[1, 0, 1], [0, 0, 0], [0, 2, 0]]))
    Counts(valid=1, missing=2, extra=1, total=4, ds=2, gt=3)
    """
    return Counts(
        valid=int(np.trace(confusion)),
        missing=int(confusion[-1].sum()),
        extra=int(confusion[:, -1].sum()),
        total=int(confusion.sum()),
        ds=int(confusion[:-1].sum()),
        gt=int(confusion[:, :-1].sum()),
    )


def annotation_figures(counts: Counts, confusion: Integers, labels: list[str]) -> Figures:
    """Return the counts of annotations, accuracy, precision and recall, and the confusion matrix with its figures."""
    return counts.figures() | {
        "precision": counts.valid / (counts.ds or 1),
        "recall": counts.valid / (counts.gt or 1),
        "confusion_matrix": {
            "labels": [*labels, "unmatched"],
            "rows": confusion.tolist(),
            "axes": {"cols": "gt", "rows": "ds"},
        }
        | {name: values.tolist() for name, values in class_figures(confusion).items()},
    }


def class_figures(confusion: Integers) -> dict[str, Floats]:
    """Return precision, recall, accuracy and Jaccard index of each class against the rest, float64 [l + 1] each.

    The last is that of what is unmatched.

    Examples
    --------
    >>> {name: found.round(2).tolist() for name, found in class_figures(np.array([[1, 0], [3, 0]])).items()}
    {'precision': [1.0, 0.0], 'recall': [0.25, 0.0], 'accuracy': [0.25, 0.25], 'jaccard_index': [0.25, 0.0]}
    """
    fit, said, true = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    total = int(confusion.sum())
    return {
        "precision": _share(fit, said),
        "recall": _share(fit, true),
        "accuracy": (total - (said - fit) - (true - fit)) / (total or 1),
        "jaccard_index": _share(fit, said + true - fit),
    }


def _share(part: Integers, whole: Integers) -> Floats:
    found: npt.NDArray[np.float64] = part / np.where(whole == 0, 1, whole)
    return found
