"""CVAT's own annotations, one dictionary a shape, as drawings that can be compared."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundkeeper.core.scoring.objects.cvat_report import Report, job_report
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import Scene, scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.scored_files import cvat_files
from groundkeeper.scored_files.cvat_shapes import geometry_of
from groundkeeper.scored_files.cvat_task import SHAPES
from schemas.enums import Shape

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """A job and the ground truth, and what is needed to report on it."""

    scene: Scene
    drawn: tuple[Drawings, Drawings]
    names: tuple[list[int], list[int]]


def settings_of(said: Said, profile: str = "cvat") -> Settings:
    """The settings of a task."""
    told = cvat_files.Compared.model_validate(said).settings
    return dataclasses.replace(told, profile=profile)


def drawings(
    shapes: Sequence[tuple[int, Said]],
    labels: Sequence[str],
    sizes: Sequence[Sequence[int]],
    sublabels: Mapping[str, Sequence[str]] | None = None,
) -> Drawings:
    """Shapes with the codes of their frames, ascending; *sizes* are width and height of each frame."""
    column = np.full(len(shapes), None, dtype=object)
    attributes = []
    for place, (frame, said) in enumerate(shapes):
        shape = cvat_files.Shape.model_validate({**said, "frame": frame})
        under = [cvat_files.Joint(name=one) for one in (sublabels or {}).get(said["label"], ())]
        stated = dict(shape.attributes)
        if shape.type != "tag":
            column[place] = geometry_of(shape, sizes[frame], under, "")
            stated["occluded"] = shape.occluded
        attributes.append(stated)
    return Drawings(
        np.array([frame for frame, _ in shapes], dtype=np.int64),
        np.array([labels.index(shape["label"]) for _, shape in shapes], dtype=np.int64),
        [SHAPES[shape["type"]] for _, shape in shapes],
        column,
        attributes,
        np.array([shape.get("group") or NONE for _, shape in shapes], dtype=np.int64),
        np.array([shape.get("z_order") or 0 for _, shape in shapes], dtype=np.int64),
        np.array([float(shape.get("rotation") or 0) for _, shape in shapes]),
    )


def compared(
    truth: Sequence[tuple[int, Said]],
    said: Sequence[tuple[int, Said]],
    labels: Sequence[str],
    sizes: Sequence[Sequence[int]],
    settings: Settings,
    sublabels: Mapping[str, Sequence[str]] | None = None,
) -> Compared:
    """Two sides of shapes with the codes of their frames."""
    there = [[one for one in side if not one[1].get("outside")] for side in (truth, said)]
    sides = [sorted(side, key=lambda one: one[0]) for side in there]
    drawn = tuple(drawings(side, labels, sizes, sublabels) for side in sides)
    px = np.array([[height, width] for width, height in sizes], dtype=np.int64).reshape(-1, 2)
    found = scene(drawn[0], drawn[1], px, settings)
    names = tuple([shape["id"] for _, shape in side] for side in sides)
    return Compared(found, (drawn[0], drawn[1]), (names[0], names[1]))


def reported(
    one: Compared, n_labels: int, frames: Sequence[int], total: int, settings: Settings
) -> Report:
    """The report of a job."""
    statements = tuple(side.of(Shape.STATEMENT) for side in one.drawn)
    return job_report(
        one.scene,
        (statements[0], statements[1]),
        n_labels,
        settings,
        frames=frames,
        total_frames=total,
        names=one.names,
    )
