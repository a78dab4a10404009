"""CVAT's own annotations, one dictionary a shape, and whole tasks of them, as drawings that can be compared."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from builders.cvat_converted import annotations

from groundkeeper.core.scoring.objects.cvat_report import Report, job_report, task_report
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import Scene, scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import rotated_boxes
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.rle import masks_of_cvat
from schemas.enums import Shape

SHAPES = {
    "rectangle": Shape.BBOX,
    "ellipse": Shape.ELLIPSE,
    "polygon": Shape.POLYGON,
    "mask": Shape.MASK,
    "polyline": Shape.POLYLINE,
    "points": Shape.POINTS,
    "skeleton": Shape.SKELETON,
    "tag": Shape.STATEMENT,
}
NAMED = {
    "iou_threshold": "match_iou",
    "low_overlap_threshold": "low_overlap",
    "oks_sigma": "oks_sigma",
    "line_thickness": "line_thickness",
    "panoptic_comparison": "panoptic",
    "compare_attributes": "attributes",
    "empty_is_annotated": "empty_is_annotated",
}
SWITCHED = {
    "compare_line_orientation": ("line_orientation", "line_orientation_threshold"),
    "compare_groups": ("groups", "group_match_threshold"),
    "check_covered_annotations": ("visible", "object_visibility_threshold"),
}

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """A job and the ground truth, and what is needed to report on it."""

    scene: Scene
    drawn: tuple[Drawings, Drawings]
    names: tuple[list[int], list[int]]


def settings_of(said: Said, profile: str = "cvat") -> Settings:
    """The settings of a task."""
    named = {ours: said[theirs] for theirs, ours in NAMED.items() if theirs in said}
    for switch, (ours, threshold) in SWITCHED.items():
        if not said.get(switch, True):
            named[ours] = None
        elif threshold in said:
            named[ours] = said[threshold]
    if "point_size_base" in said:
        named["point_size"] = {"group_bbox_size": "group", "image_size": "image"}[
            said["point_size_base"]
        ]
    named["ignored_attributes"] = tuple(said.get("ignored_attributes", ()))
    return dataclasses.replace(Settings(), profile=profile, **named)


def geometry(shape: Said, size: Sequence[int], sublabels: Sequence[str]) -> object:
    """A shape of CVAT in px, None of a tag; *size* is width and height."""
    points = shape.get("points", [])
    simple = {
        "polygon": shapely.Polygon,
        "polyline": shapely.LineString,
        "points": shapely.MultiPoint,
    }
    if shape["type"] in simple:
        return simple[shape["type"]](np.array(points, dtype=np.float64).reshape(-1, 2))
    if shape["type"] == "mask":
        return polygons_of(masks_of_cvat([points], [size[1]], [size[0]]))[0]
    if shape["type"] == "skeleton":
        return skeleton(shape, sublabels)
    return None if shape["type"] == "tag" else turned(shape)


def turned(shape: Said) -> object:
    """A rectangle or an ellipse."""
    one, two, three, four = shape["points"]
    turn = float(shape.get("rotation") or 0)
    if shape["type"] == "ellipse":
        return ellipses(*np.array([[one], [two], [three - one], [two - four], [turn]]))[0]
    if not turn:
        return shapely.box(one, two, three, four)
    centre = [(one + three) / 2, (two + four) / 2]
    return rotated_boxes(*np.array([*centre, three - one, four - two, turn])[:, np.newaxis])[0]


def skeleton(shape: Said, sublabels: Sequence[str]) -> shapely.MultiPoint:
    """The elements in the order of the sublabels; one that is not there is outside."""
    told = {element["label"]: element for element in shape["elements"]}
    order = sublabels or sorted(told)
    joints = []
    for name in order:
        element = told.get(name, {"points": [0, 0], "outside": True})
        seen = 0 if element["outside"] else 1 if element.get("occluded") else 2
        joints.append((*element["points"], seen))
    return shapely.MultiPoint(joints)


def drawings(
    shapes: Sequence[tuple[int, Said]],
    labels: Sequence[str],
    sizes: Sequence[Sequence[int]],
    sublabels: Mapping[str, Sequence[str]] | None = None,
) -> Drawings:
    """Shapes with the codes of their frames, ascending; *sizes* are width and height of each frame."""
    column = np.empty(len(shapes), dtype=object)
    attributes = []
    for place, (frame, shape) in enumerate(shapes):
        under = (sublabels or {}).get(shape["label"], ())
        column[place] = geometry(shape, sizes[frame], under)
        said = dict(shape.get("attributes") or {})
        if shape["type"] != "tag":
            said["occluded"] = bool(shape.get("occluded", False))
        attributes.append(said)
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


def task(golden: Said, profile: str = "cvat") -> tuple[Report, dict[int, Report]]:
    """The report of a task and those of its jobs, from CVAT's own layout of tasks."""
    settings = settings_of(golden["task_settings"], profile)
    labels = [label["name"] for label in golden["labels"]]
    under = {
        label["name"]: [
            sub["name"] if isinstance(sub, dict) else sub for sub in label.get("sublabels") or []
        ]
        for label in golden["labels"]
    }
    size = {frame["frame"]: (frame["width"], frame["height"]) for frame in golden["frames"]}
    jobs = {job["job_id"]: job for job in golden["jobs"]}
    truth = next(job for job in jobs.values() if job["type"] == "ground_truth")
    real = shown(golden, truth["frames"])
    valid = set(truth["frames"]) & validated(golden["validation_layout"], truth["frames"])
    everything = {
        number: annotations(job, golden["labels"], included(golden)) for number, job in jobs.items()
    }
    reports = {}
    for number, job in jobs.items():
        if job["type"] != "annotation":
            continue
        frames = sorted(frame for frame in job["frames"] if real.get(frame) in valid)
        truths = [
            (place, shape)
            for place, frame in enumerate(frames)
            for shape in everything[truth["job_id"]]
            if shape["frame"] == real[frame]
        ]
        code = {frame: place for place, frame in enumerate(frames)}
        said = [
            (code[shape["frame"]], shape) for shape in everything[number] if shape["frame"] in code
        ]
        sizes = [size[frame] for frame in frames]
        found = compared(truths, said, labels, sizes, settings, under)
        reports[number] = reported(found, len(labels), frames, len(job["frames"]), settings)
    return task_report(list(reports.values()), len(labels), golden["size"]), reports


def included(golden: Said) -> list[str] | None:
    """The types of annotations that are compared, by the settings or by the report that was stored; None if all."""
    for told in (
        golden["task_settings"],
        golden.get("expected_task_report", {}).get("parameters", {}),
    ):
        if "included_annotation_types" in told:
            return list(told["included_annotation_types"])
    return None


def shown(golden: Said, truth: Sequence[int]) -> dict[int, int]:
    """The frame of the ground truth that each shows: itself, or if there is a pool what a placeholder stands for."""
    layout = golden["validation_layout"]
    if layout.get("mode") != "gt_pool":
        return {frame: frame for frame in truth}
    pairs = zip(
        numbers(layout.get("honeypot_frames")),
        numbers(layout.get("honeypot_real_frames")),
        strict=True,
    )
    return dict(pairs) | {
        frame["frame"]: frame["real_frame"]
        for frame in golden["frames"]
        if frame.get("is_placeholder")
    }


def validated(layout: Said, otherwise: Sequence[int]) -> set[int]:
    """The frames with ground truth that counts."""
    told = layout.get("frames") or layout.get("validation_frames")
    return set(numbers(told) or otherwise) - set(numbers(layout.get("disabled_frames")))


def numbers(text: object) -> list[int]:
    """The numbers in "4,5,7" or "[4, 5]" or a list of them."""
    parts = text if isinstance(text, list) else str(text or "").strip("[]").split(",")
    return [int(part) for part in parts if str(part).strip()]
