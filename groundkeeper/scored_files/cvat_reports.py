"""Quality reports of CVAT: of what one annotator says of items, or of the jobs of a task and the task itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.objects.cvat_report import (
    Report,
    job_report,
    report_figures,
    task_report,
)
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.scored_files.cvat_task import SHAPES, WHOLE
from groundkeeper.scored_files.objects import Held
from schemas.enums import Shape

FORMS = {shape: form for form, shape in SHAPES.items()}


def subject_report(one: Held, settings: Settings) -> dict[str, Any]:
    """Return the report of what one annotator says, with the names of items and objects in place of numbers."""
    truth, said = one.tables
    places = [f"{item} frame {frame}" for item, frame in one.units.itertuples(index=False)]
    report = _report(one, settings, range(len(places)), len(places))
    names = [*said["object"], *truth["object"]]
    return _named(report_figures(report, list(one.named.classes)), places, names)


def task_reports(
    held: Sequence[Held], settings: Settings, frames: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Return the reports of all jobs and that of the task, as CVAT has them.

    Parameters
    ----------
    held : sequence of Held
        What became of each job; its items are the numbers of frames.
    settings : Settings
        Those of the comparison.
    frames : mapping
        How many frames there are in each job and, under ``task``, in the whole.
    """
    reports: dict[str, Report] = {}
    about: list[dict[str, object]] = []
    for one in held:
        numbers = [int(item) for item in one.units["item"]]
        reports[one.subject] = _report(one, settings, numbers, frames[one.subject], len(about))
        about += [each for table in reversed(one.tables) for each in _about(table)]
    classes = list(held[0].named.classes)
    reports[WHOLE] = task_report(list(reports.values()), len(classes), frames[WHOLE])
    return {
        name: _named(report_figures(report, classes), None, about)
        for name, report in reports.items()
    }


def _report(
    one: Held, settings: Settings, frames: Sequence[int], total: int, begin: int = 0
) -> Report:
    """Return the report of a job; what is said has the numbers from *begin*, and the ground truth those after it."""
    truth, said = one.tables
    numbers = range(begin, begin + len(said) + len(truth))
    return job_report(
        one.scene,
        (_statements(truth), _statements(said)),
        len(one.named.classes),
        settings,
        frames=frames,
        total_frames=total,
        names=(numbers[len(said) :], numbers[: len(said)]),
    )


def _statements(table: pd.DataFrame) -> Booleans:
    return np.asarray(table["shape"] == Shape.STATEMENT.value, dtype=np.bool_)


def _about(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return what CVAT says of each object that a conflict is about."""
    found = []
    for name, job, shape in zip(table["object"], table["annotator"], table["shape"], strict=True):
        kind, number = name.split()
        form = None if shape == Shape.STATEMENT else FORMS[shape]
        told = {"obj_id": int(number), "job_id": int(job.split()[1])}
        found.append({**told, "type": kind, "shape_type": form})
    return found


def _named(
    figures: dict[str, Any], places: Sequence[str] | None, names: Sequence[object]
) -> dict[str, Any]:
    """Return figures with what conflicts are about by name, and frames by *places* if they are told."""
    parts = figures["frame_results"]
    for part in parts.values():
        for conflict in part["conflicts"]:
            conflict["annotation_ids"] = [names[one] for one in conflict["annotation_ids"]]
            if places is not None:
                conflict["frame_id"] = places[conflict["frame_id"]]
    if places is not None:
        figures["comparison_summary"]["frames"] = list(places)
        figures["frame_results"] = dict(zip(places, parts.values(), strict=True))
    return figures
