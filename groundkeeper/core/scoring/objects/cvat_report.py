"""A quality report with the numbers of CVAT, its known errors included: of frames, of a job, of a task of several jobs.

Known errors are: figures are 0 where nothing is defined; the mean IoU takes what has no partner with the IoU of the
nearest object, be it matched or not, and the one of a task is always 0; shapes of one group and class that are matched
with several are counted as often as there are pairs of them; and with ``empty_is_annotated`` a frame is taken for empty
in the sum where no entry lies above, or below, the diagonal of its confusion matrix.

References
----------
CVAT 2.64, quality_control/quality_reports.py, ``DatasetComparator`` and ``TaskQualityCalculator``.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.objects.compared import Conflicts
from groundkeeper.core.scoring.objects.cvat_counts import (
    NO_COUNTS,
    NO_LABELS,
    Counts,
    Figures,
    LabelCounts,
    annotation_figures,
    counts_of,
)
from groundkeeper.core.scoring.objects.cvat_shapes import (
    confusions,
    means_of,
    shape_counts,
    shapes_compared,
)
from groundkeeper.core.scoring.objects.frames import Scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import ERRORS, Conflict

_CONFLICTS = tuple(Conflict)


class Told(NamedTuple):
    """One conflict: its frame, what it is, and who it is about, as they were named, what was said first."""

    frame: int
    kind: Conflict
    objects: tuple[int, ...]

    @property
    def severity(self) -> str:
        """``error`` if it counts against the score, ``warning`` if not."""
        return "error" if self.kind in ERRORS else "warning"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a report says of one frame, or of all that it is about.

    Attributes
    ----------
    conflicts
        By (frame, name, objects).
    confusion
        How often each class was said to be which, the last one being unmatched; rows are what was said. int64
        [l + 1, l + 1].
    annotations
        Of all annotations.
    shapes
        Of all but statements, whatever their labels.
    labels
        Of pairs.
    mean_iou
        Of pairs, and of what has no partner with what is nearest.
    """

    conflicts: tuple[Told, ...]
    confusion: Integers
    annotations: Counts
    shapes: Counts
    labels: LabelCounts
    mean_iou: float


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What was compared in which frames; *total_frames* are in the job or task."""

    frames: dict[int, Part]
    total_frames: int
    whole: Part


def job_report(  # noqa: PLR0913 - what is compared, and how those it is about are called
    found: Scene,
    is_statement: tuple[Booleans, Booleans],
    n_labels: int,
    settings: Settings,
    *,
    frames: Sequence[int],
    total_frames: int,
    names: tuple[Sequence[int], Sequence[int]],
) -> Report:
    """Return the report of a job.

    Parameters
    ----------
    found
        What was drawn in the frames that are compared.
    is_statement
        Of each shape of the ground truth, and of what is scored, whether it is none, bool [n] each.
    n_labels
        How many classes there are.
    settings
        Those of the comparison.
    frames
        The numbers of the frames that are compared, by code.
    total_frames
        How many frames the job has.
    names
        What the shapes of the ground truth, and of what is scored, are called in conflicts.
    """
    drawn = shapes_compared(found, settings)
    conflicts = _told(drawn.conflicts, frames, names)
    confusion = confusions(found, drawn, n_labels, len(frames))
    shapes = shape_counts(found, drawn, is_statement, len(frames))
    means = means_of(found, drawn, is_statement, len(frames))
    any_truth, any_said = (
        np.bincount(side.unit, minlength=len(frames)) > 0
        for side in (found.truth_drawn, found.said_drawn)
    )
    parts = {}
    for code, frame in enumerate(frames):
        same = int(np.trace(confusion[code, :-1, :-1]))
        other = int(confusion[code, :-1, :-1].sum()) - same
        part = Part(
            tuple(told for told in conflicts.get(frame, ())),
            confusion[code],
            counts_of(confusion[code]),
            shapes[code],
            LabelCounts(same, other, same + other),
            float(means[code]),
        )
        if settings.empty_is_annotated:
            part = _with_virtual(part, truth=bool(any_truth[code]), said=bool(any_said[code]))
        parts[frame] = part
    return Report(parts, total_frames, _summed(parts, n_labels, settings))


def task_report(jobs: Sequence[Report], n_labels: int, total_frames: int) -> Report:
    """Return the report of a task, which adds up those of its jobs; a frame may be in several."""
    parts: dict[int, Part] = {}
    times: Counter[int] = Counter()
    for job in jobs:
        for frame, part in job.frames.items():
            before = parts.get(frame)
            if before is not None:
                n = times[frame]
                mean = (before.mean_iou * n + part.mean_iou) / (n + 1)
                part = replace(_added(before, part), mean_iou=mean)  # noqa: PLW2901 - the sum so far
            parts[frame] = part
            times[frame] += 1
    whole = _nothing(n_labels)
    for job in jobs:
        whole = _added(whole, job.whole)
    return Report(dict(sorted(parts.items())), total_frames, whole)


def report_figures(report: Report, labels: list[str]) -> Figures:
    """Return a report in the layout of CVAT's, with what conflicts are about as it was named."""
    whole, frames = report.whole, list(report.frames)
    summary = {
        "frames": frames,
        "frame_count": len(frames),
        "total_frames": report.total_frames,
        "frame_share": len(frames) / (report.total_frames or 1),
        "mean_conflict_count": len(whole.conflicts) / (len(frames) or 1),
    }
    return {
        "comparison_summary": summary | _part_figures(whole, labels),
        "frame_results": {
            str(frame): _part_figures(part, labels)
            | {"conflicts": [_told_figures(told) for told in part.conflicts]}
            for frame, part in report.frames.items()
        },
    }


def _part_figures(part: Part, labels: list[str]) -> Figures:
    errors = sum(told.severity == "error" for told in part.conflicts)
    return {
        "conflict_count": len(part.conflicts),
        "error_count": errors,
        "warning_count": len(part.conflicts) - errors,
        "conflicts_by_type": dict(Counter(told.kind.value for told in part.conflicts)),
        "annotations": annotation_figures(part.annotations, part.confusion, labels),
        "annotation_components": {
            "shape": part.shapes.figures() | {"mean_iou": part.mean_iou},
            "label": part.labels.figures(),
        },
    }


def _told_figures(told: Told) -> Figures:
    return {
        "frame_id": told.frame,
        "type": told.kind.value,
        "severity": told.severity,
        "annotation_ids": list(told.objects),
    }


def _told(
    conflicts: Conflicts, frames: Sequence[int], names: tuple[Sequence[int], Sequence[int]]
) -> dict[int, list[Told]]:
    """Return the conflicts of each frame that has any, by (name, objects)."""
    told: dict[int, list[Told]] = {}
    columns = (conflicts.unit, conflicts.kind, conflicts.truth, conflicts.said)
    for unit, kind, ours, theirs in zip(*(column.tolist() for column in columns), strict=True):
        about = [names[side][place] for side, place in ((1, theirs), (0, ours)) if place != NONE]
        one = Told(frames[unit], _CONFLICTS[kind], tuple(about))
        told.setdefault(one.frame, []).append(one)
    return {
        frame: sorted(those, key=lambda one: (one.kind.value, one.objects))
        for frame, those in told.items()
    }


def _with_virtual(part: Part, *, truth: bool, said: bool) -> Part:
    """Return a frame with an annotation "nothing" on each side that has none."""
    counts, shapes, labels = part.annotations, part.shapes, part.labels
    if not truth and not said:
        labels = replace(labels, valid=1, total=1)
        shapes = replace(shapes, valid=1, total=1)
    if not counts.total:
        counts = replace(counts, valid=1, total=1)
    shapes = replace(shapes, ds=shapes.ds if said else 1, gt=shapes.gt if truth else 1)
    counts = replace(counts, ds=counts.ds or 1, gt=counts.gt or 1)
    return replace(part, annotations=counts, shapes=shapes, labels=labels)


def _summed(parts: dict[int, Part], n_labels: int, settings: Settings) -> Part:
    """Return what a job says of all its frames."""
    whole = _nothing(n_labels)
    for part in parts.values():
        whole = _added(whole, part)
    counts = counts_of(whole.confusion)
    if settings.empty_is_annotated:
        no_said = [not np.triu(part.confusion).any() for part in parts.values()]
        no_truth = [not np.tril(part.confusion).any() for part in parts.values()]
        both = list(zip(no_said, no_truth, strict=True))
        counts += Counts(
            valid=sum(one and other for one, other in both),
            missing=0,
            extra=0,
            total=sum(one or other for one, other in both),
            ds=sum(no_said),
            gt=sum(no_truth),
        )
    means = [part.mean_iou for part in parts.values()]
    mean = float(np.mean(means)) if means else float("nan")
    return replace(whole, annotations=counts, mean_iou=mean)


def _nothing(n_labels: int) -> Part:
    confusion = np.zeros((n_labels + 1, n_labels + 1), dtype=np.int64)
    return Part((), confusion, NO_COUNTS, NO_COUNTS, NO_LABELS, 0.0)


def _added(one: Part, other: Part) -> Part:
    """Return the sum of both; the mean IoU stays that of the first."""
    return Part(
        one.conflicts + other.conflicts,
        one.confusion + other.confusion,
        one.annotations + other.annotations,
        one.shapes + other.shapes,
        one.labels + other.labels,
        one.mean_iou,
    )
