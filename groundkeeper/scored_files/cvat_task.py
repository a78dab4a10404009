"""A task of CVAT as two sides of objects: the ground truth, and what is said in every job of annotation.

An item is a frame of the task, called by its number. A job is held against the frames of the ground truth that it has,
or whose placeholders it has.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.errors import FormatError, RefusedError
from groundkeeper.scored_files.cvat_files import (
    GROUND_TRUTH,
    Job,
    Label,
    Layout,
    Shape,
    Task,
    Track,
    read_task,
)
from groundkeeper.scored_files.cvat_shapes import attributes_of, geometry_of, label_of, tracked
from groundkeeper.scored_files.sides import LEFT_OUT, Side, side_of
from schemas.enums import Shape as Drawn

SHAPES: Final = {
    "rectangle": Drawn.BBOX,
    "ellipse": Drawn.ELLIPSE,
    "polygon": Drawn.POLYGON,
    "mask": Drawn.MASK,
    "polyline": Drawn.POLYLINE,
    "points": Drawn.POINTS,
    "skeleton": Drawn.SKELETON,
    "tag": Drawn.STATEMENT,
}
REPORTED: Final = {"rectangle": "bbox", "tag": "label"}
"""What reports call types that jobs call otherwise."""
COLUMNS: Final = (
    *("object", "item", "annotator", "label", "shape"),
    *("geometry", "group", "layer", "rotation", "attributes"),
)
ANNOTATION: Final = "annotation"
WHOLE: Final = "task"
"""Who all jobs are together."""
UNJUDGED: Final = "frames with nothing but objects of types that are not compared"


class Told(NamedTuple):
    """One shape in one frame of a job: what CVAT calls it, its label, and where it stands in the file."""

    kind: str
    shape: Shape
    label: Label
    where: str


class LeftOut(NamedTuple):
    """What is not compared: how much and why, and of each object the columns ``sides.LEFT_OUT``."""

    counts: Counter[str]
    objects: list[tuple[str, str, str, str, float]]


@dataclass(frozen=True)
class Read:
    """A task as two sides.

    Attributes
    ----------
    truth, said : Side
        Of the frames that are validated; the annotators of *said* are jobs.
    settings : Settings
        By what the task is compared.
    sizes : DataFrame
        ``width, height`` of each item, px, indexed by item.
    frames : dict of str to int
        How many frames there are in each job, and in the whole.
    """

    truth: Side
    said: Side
    settings: Settings
    sizes: pd.DataFrame
    frames: Mapping[str, int]


def settings_in(path: Path) -> Settings:
    """Return by what settings the task in *path* is compared."""
    return _settings(read_task(path))


def read(path: Path, profile: str) -> Read:
    """Return the task in *path*.

    To profile ``cvat`` a frame of whose ground truth nothing is compared is empty; else nobody can judge it.

    Raises
    ------
    FormatError
        If it is none, or something in it cannot be; the message has the place.
    RefusedError
        If no frame of the ground truth counts.
    """
    task = read_task(path)
    truth = next(job for job in task.jobs if job.type == GROUND_TRUTH)
    jobs = [job for job in task.jobs if job.type == ANNOTATION]
    real, unjudged = _shown(path, task, truth), Counter[str]()
    if profile != "cvat":
        real, unjudged = _judged(path, task, truth, real)
    held = [(job, {frame: [frame] for frame in job.frames if frame in real}) for job in jobs]
    shown: dict[int, list[int]] = {}
    for frame in sorted({frame for _, frames in held for frame in frames}):
        shown.setdefault(real[frame], []).append(frame)
    if not shown:
        message = (
            f"{path}: found no frame of a job with ground truth that counts; needed is one; see validation_layout, "
            "included_annotation_types and the frames of the jobs"
        )
        raise RefusedError(message)
    names = _names(task)
    size = [(names[one.frame], one.width, one.height) for one in task.frames]
    total = len(task.frames) if task.size is None else task.size
    compared = sum(map(len, shown.values()))
    if total < compared:
        message = f"{path}: size: found {total}; allowed is {compared}, the frames compared, or more; correct it"
        raise FormatError(message)
    said = _side(path, task, held, Counter())
    return Read(
        _side(path, task, [(truth, shown)], unjudged),
        replace(said, warnings=[*said.warnings, *_other_jobs(task)]),
        _settings(task),
        pd.DataFrame(size, columns=["item", "width", "height"]).set_index("item").astype("float64"),
        {WHOLE: total} | {named(job): len(job.frames) for job in jobs},
    )


def _names(task: Task) -> dict[int, str]:
    """Return what each frame is called as an item: its number, of as many digits as that of the last."""
    width = len(str(max(one.frame for one in task.frames)))
    return {one.frame: f"{one.frame:0{width}d}" for one in task.frames}


def named(job: Job) -> str:
    """Return what a job is called."""
    return f"job {job.job_id}"


def _settings(task: Task) -> Settings:
    return task.task_settings.settings if task.task_settings else Settings()


def _shown(path: Path, task: Task, truth: Job) -> dict[int, int]:
    """Return which frame of the ground truth each frame shows: itself, or what a placeholder of a pool stands for."""
    layout = task.validation_layout or Layout()
    told = layout.frames or layout.validation_frames or truth.frames
    valid = (set(told) & set(truth.frames)) - set(layout.disabled_frames)
    shown = {frame: frame for frame in truth.frames}
    if layout.mode == "gt_pool":
        if len(layout.honeypot_frames) != len(layout.honeypot_real_frames):
            found = f"{len(layout.honeypot_frames)} and {len(layout.honeypot_real_frames)}"
            message = (
                f"{path}: validation_layout: found {found} honeypot_frames and honeypot_real_frames; needed is one "
                "real frame each; complete them"
            )
            raise RefusedError(message)
        shown = dict(zip(layout.honeypot_frames, layout.honeypot_real_frames, strict=True))
        shown |= {
            one.frame: one.real_frame
            for one in task.frames
            if one.is_placeholder and one.real_frame is not None
        }
    return {frame: real for frame, real in shown.items() if real in valid}


def _other_jobs(task: Task) -> list[str]:
    """Return what to say of jobs that are neither of annotation nor the ground truth."""
    others = [job for job in task.jobs if job.type not in {ANNOTATION, GROUND_TRUTH}]
    told = ", ".join(f"{job.job_id} ({job.type})" for job in others)
    return [f"jobs of a type that is not compared: {told}"] if others else []


def _judged(
    path: Path, task: Task, truth: Job, real: Mapping[int, int]
) -> tuple[dict[int, int], Counter[str]]:
    """Return what is *real* without frames of nothing but what is not compared, and how much that leaves out."""
    there = set(real.values())
    shapes = [told.shape for told in _told(path, task, truth) if not told.shape.outside]
    compared = {shape.frame for shape in shapes if _is_compared(task, shape)}
    rest = [shape for shape in shapes if shape.frame in there - compared]
    unjudged = {shape.frame for shape in rest}
    counts = Counter(_not_compared(shape) for shape in rest)
    counts[UNJUDGED] += len(unjudged)
    return {frame: shows for frame, shows in real.items() if shows not in unjudged}, +counts


def _is_compared(task: Task, shape: Shape) -> bool:
    included = task.included
    return shape.type in SHAPES and (
        included is None or REPORTED.get(shape.type, shape.type) in included
    )


def _not_compared(shape: Shape) -> str:
    return f"objects of a type that is not compared: {shape.type}"


def _told(path: Path, task: Task, job: Job) -> Iterator[Told]:
    """Yield the shapes of a job, those of tracks after all others, and its tags."""
    labels = {one.name: one for one in task.labels}
    kinds: dict[str, Sequence[Shape | Track]] = {
        "shape": job.shapes,
        "track": job.tracks,
        "tag": job.tags,
    }
    for kind, those in kinds.items():
        for one in those:
            where = f"{path}: job {job.job_id}: {kind} {one.id}"
            label = labels[label_of(one, task.labels, where)]
            if isinstance(one, Track):
                for shape in tracked(one, label, job.frames, where):
                    yield Told(kind, shape, label, where)
            else:
                yield Told(kind, one, label, where)


def _rows(
    path: Path, task: Task, job: Job, shown: Mapping[int, Iterable[int]], left_out: LeftOut
) -> list[dict[str, Any]]:
    """Return what a job has in the frames that are *shown*, a row for each that shows it; the rest is *left_out*."""
    size = {one.frame: (one.width, one.height) for one in task.frames}
    names, rows, known = _names(task), [], set(job.frames)
    for told in _told(path, task, job):
        shape = told.shape
        if shape.frame not in known:
            left_out.counts["objects in frames that their job does not have"] += 1
        if shape.frame not in shown or shape.outside:
            continue
        if not _is_compared(task, shape):
            left_out.counts[_not_compared(shape)] += 1
            left_out.objects.extend(
                (named(job), names[frame], f"{told.kind} {shape.id}", told.label.name, np.nan)
                for frame in shown[shape.frame]
            )
            continue
        row = _row(told, size[shape.frame])
        rows += [
            {**row, "annotator": named(job), "item": names[frame]} for frame in shown[shape.frame]
        ]
    return rows


def _row(told: Told, size: tuple[int, int]) -> dict[str, Any]:
    """Return the columns of one shape."""
    shape, label, where = told.shape, told.label, told.where
    attributes = attributes_of(shape, label, where)
    geometry = None
    if shape.type != "tag":
        attributes["occluded"] = shape.occluded
        geometry = geometry_of(shape, size, label.joints, where)
    return {
        "object": f"{told.kind} {shape.id}",
        "label": label.name,
        "shape": SHAPES[shape.type],
        "geometry": geometry,
        "group": str(shape.group) if shape.group else None,
        "layer": shape.z_order,
        "rotation": shape.turn,
        "attributes": canonical_json(attributes),
    }


def _side(
    path: Path,
    task: Task,
    held: Sequence[tuple[Job, Mapping[int, Iterable[int]]]],
    unjudged: Counter[str],
) -> Side:
    """Return what jobs have in the frames that are held against one another, by the frames that show them."""
    names, left_out = _names(task), LeftOut(Counter(unjudged), [])
    rows = [row for job, shown in held for row in _rows(path, task, job, shown, left_out)]
    looked = [
        (named(job), names[frame])
        for job, shown in held
        for frames in shown.values()
        for frame in frames
    ]
    nobody = tuple(named(job) for job, shown in held if not shown)
    warnings = (
        [f"jobs without a frame that has ground truth: {', '.join(nobody)}"] if nobody else []
    )
    geometry = np.full(len(rows), None, dtype=object)
    geometry[:] = [row["geometry"] for row in rows]
    side = side_of(
        path,
        pd.DataFrame(rows, columns=COLUMNS).assign(geometry=geometry),
        pd.DataFrame(looked, columns=["annotator", "item"]),
        classes=tuple(one.name for one in task.labels),
        excluded=left_out.counts,
        warnings=warnings,
        nobody=nobody,
    )
    return replace(side, left_out=pd.DataFrame(left_out.objects, columns=list(LEFT_OUT)))
