"""Figures of CVAT's quality reports as the table ``measures``: 0 where nothing is defined, and without intervals."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.measures import ALL, row
from schemas.names import MEASURES

NOTE: Final = "as CVAT has it: no interval"
COUNTS: Final = ("conflict_count", "error_count", "warning_count")
OF_ALL: Final = ("accuracy", "precision", "recall")
OF_CLASS: Final = (*OF_ALL, "jaccard_index")


def cvat_measures(
    reports: Mapping[str, Mapping[str, Any]], groups: Mapping[str, int]
) -> pd.DataFrame:
    """Return the figures of each subject over all frames, and of each class.

    Parameters
    ----------
    reports : mapping
        The report of each subject, in the layout of CVAT's.
    groups : mapping
        In how many groups the frames of each subject are.
    """
    rows = [
        each
        for subject, report in reports.items()
        for each in _rows(subject, report, groups[subject])
    ]
    table = pd.DataFrame(rows, columns=list(MEASURES.columns))
    return table.sort_values(list(MEASURES.key)).reset_index(drop=True)


def _rows(subject: str, report: Mapping[str, Any], groups: int) -> Iterator[dict[str, object]]:
    summary = report["comparison_summary"]
    counts, components = summary["annotations"], summary["annotation_components"]
    shapes, labels = components["shape"], components["label"]
    frames = summary["frame_count"]
    told = [(name, summary[name], frames) for name in COUNTS]
    told += [("mean_conflict_count", summary["mean_conflict_count"], frames)]
    told += [
        (f"{kind}_count", often, frames) for kind, often in summary["conflicts_by_type"].items()
    ]
    told += [(name, counts[name], counts["total_count"]) for name in OF_ALL]
    told += [
        ("iou_mean", shapes["mean_iou"], shapes["total_count"]),
        ("shape_accuracy", shapes["accuracy"], shapes["total_count"]),
        ("label_accuracy", labels["accuracy"], labels["total_count"]),
    ]
    for measure, value, n in told:
        yield _row(measure, subject, value, int(n), groups)
    matrix = counts["confusion_matrix"]
    for place, label in enumerate(matrix["labels"][:-1]):
        for measure in OF_CLASS:
            value, n = matrix[measure][place], counts["total_count"]
            yield _row(measure, f"{subject}/{label}", value, int(n), groups)


def _row(measure: str, subject: str, value: float, n: int, groups: int) -> dict[str, object]:
    found = Estimate(float(value), math.nan, math.nan, n, groups, math.nan, NOTE)
    return row(measure, subject, ALL, ALL, found)
