"""A task of CVAT as one file of JSON: its jobs with their annotations, and by what settings they are compared.

The blocks are those of CVAT's API, with ``job_id, type, frames`` of each job beside its ``shapes, tracks, tags``.
Labels go by name or by id, attributes by name or as CVAT's list of ``spec_id`` and ``value``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, field_validator

from groundkeeper.checked import checked
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.errors import FormatError, listing
from groundkeeper.formats.drawing import Pixels
from groundkeeper.scored_files.json_files import (
    LARGEST_ID,
    LONGEST_SIDE_PX,
    Block,
    told_in,
)

NEEDED: Final = "a task of CVAT, with labels, frames and jobs"
GROUND_TRUTH: Final = "ground_truth"
NAMED: Final = {
    "iou_threshold": "match_iou",
    "low_overlap_threshold": "low_overlap",
    "oks_sigma": "oks_sigma",
    "line_thickness": "line_thickness",
    "panoptic_comparison": "panoptic",
    "compare_attributes": "attributes",
    "empty_is_annotated": "empty_is_annotated",
}
"""What CVAT calls settings."""
SWITCHED: Final = {
    "compare_line_orientation": ("line_orientation", "line_orientation_threshold"),
    "compare_groups": ("groups", "group_match_threshold"),
    "check_covered_annotations": ("visible", "object_visibility_threshold"),
}
"""What CVAT switches off with one setting, and sets with another."""
SIZED_BY: Final[Mapping[str, Literal["group", "image"]]] = {
    "group_bbox_size": "group",
    "image_size": "image",
}

Id: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Side: TypeAlias = Annotated[int, Field(gt=0, le=LONGEST_SIDE_PX)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Value: TypeAlias = str | float | bool | None
Form: TypeAlias = Literal[
    "rectangle", "ellipse", "polygon", "polyline", "points", "mask", "skeleton", "cuboid", "tag"
]
Included: TypeAlias = Literal[
    "bbox", "points", "mask", "polygon", "polyline", "skeleton", "label", "ellipse", "cuboid"
]
"""What settings and reports call types of annotations."""


class Stated(Block):
    """The value of an attribute, which is named or has the id of its specification."""

    spec_id: int | None = None
    name: str | None = None
    value: Value = None


class Labelled(Block):
    """What has a label, by name or by id, and attributes."""

    label: str | None = None
    label_id: Id | None = None
    attributes: dict[str, Value] | list[Stated] = Field(default_factory=dict)


class Drawn(Labelled):
    """What was drawn in one frame, or a joint of it, which alone need not say its type."""

    type: Form = "points"
    points: list[Pixels] = Field(default_factory=list)
    rotation: Annotated[float, Field(ge=-3600, le=3600)] | None = 0.0
    occluded: bool = False
    outside: bool = False
    z_order: Annotated[int, Field(ge=-LARGEST_ID, le=LARGEST_ID)] = 0

    @property
    def turn(self) -> float:
        """How far it is turned, degrees clockwise."""
        return self.rotation or 0.0


class Key(Drawn):
    """A key frame of a joint of a track."""

    frame: Id


class TrackKey(Key):
    """A key frame of a track."""

    type: Form


class Shape(TrackKey):
    """A shape of a job, or what a track is in one frame."""

    id: Id
    group: Id | None = None
    elements: list[Drawn] = Field(default_factory=list)


class Part(Labelled):
    """The key frames of a joint of a track."""

    shapes: Annotated[list[Key], Field(min_length=1)]


class Track(Labelled):
    """A track of a job; joints of a skeleton move on their own."""

    shapes: Annotated[list[TrackKey], Field(min_length=1)]
    id: Id
    group: Id | None = None
    elements: list[Part] = Field(default_factory=list)


class Tag(Shape):
    """What is said of a frame as a whole."""

    type: Literal["tag"] = "tag"


class Job(Block):
    """A part of the task: what one annotator said, or the ground truth."""

    job_id: Id
    type: str
    frames: list[Id]
    shapes: list[Shape] = Field(default_factory=list)
    tracks: list[Track] = Field(default_factory=list)
    tags: list[Tag] = Field(default_factory=list)


class Attribute(Block):
    """How an attribute is specified."""

    id: int | None = None
    name: str
    input_type: str = "text"
    default_value: str | None = ""


class Joint(Block):
    """A label of the joints of a skeleton."""

    id: Id | None = None
    name: str


class Label(Joint):
    """A label of the task."""

    attributes: list[Attribute] = Field(default_factory=list)
    sublabels: list[str | Joint] = Field(default_factory=list)

    @property
    def joints(self) -> list[Joint]:
        """The labels of its joints in their order."""
        return [Joint(name=one) if isinstance(one, str) else one for one in self.sublabels]


class Frame(Block):
    """A frame of the task; a placeholder shows another one, which the ground truth has."""

    frame: Id
    width: Side
    height: Side
    is_placeholder: bool = False
    real_frame: Id | None = None


class Compared(Block):
    """By what settings a task is compared; what is not said has CVAT's default."""

    iou_threshold: Share | None = None
    low_overlap_threshold: Share | None = None
    oks_sigma: Annotated[float, Field(gt=0, le=1)] | None = None
    line_thickness: Annotated[float, Field(gt=0, le=1)] | None = None
    line_orientation_threshold: Share | None = None
    group_match_threshold: Share | None = None
    object_visibility_threshold: Share | None = None
    compare_line_orientation: bool = True
    compare_groups: bool = True
    check_covered_annotations: bool = True
    panoptic_comparison: bool | None = None
    compare_attributes: bool | None = None
    empty_is_annotated: bool | None = None
    point_size_base: Literal["group_bbox_size", "image_size"] | None = None
    ignored_attributes: list[str] = Field(default_factory=list)
    included_annotation_types: list[Included] | None = None

    @property
    def settings(self) -> Settings:
        """The same in our words."""
        told = {ours: getattr(self, theirs) for theirs, ours in NAMED.items()}
        told |= {ours: getattr(self, theirs) for ours, theirs in SWITCHED.values()}
        if self.point_size_base:
            told["point_size"] = SIZED_BY[self.point_size_base]
        known: dict[str, Any] = {name: one for name, one in told.items() if one is not None}
        off = [ours for switch, (ours, _) in SWITCHED.items() if not getattr(self, switch)]
        ignored = tuple(sorted(self.ignored_attributes))
        return Settings(**(known | dict.fromkeys(off)), ignored_attributes=ignored)


class Report(Block):
    """A report that was stored; its parameters say which types of annotations were compared."""

    parameters: Compared = Field(default_factory=Compared)


class Layout(Block):
    """Which frames are validated; numbers are written as ``4,5,7``, ``[4,5,7]`` or a list of them."""

    mode: str | None = None
    frames: list[Id] = Field(default_factory=list)
    validation_frames: list[Id] = Field(default_factory=list)
    disabled_frames: list[Id] = Field(default_factory=list)
    honeypot_frames: list[Id] = Field(default_factory=list)
    honeypot_real_frames: list[Id] = Field(default_factory=list)

    @field_validator("*", mode="before")
    @classmethod
    def _as_list(cls, told: object, about: Any) -> object:  # noqa: ANN401 - pydantic's own
        if about.field_name == "mode":
            return told
        if not isinstance(told, str | None):
            return told
        parts = [part.strip() for part in (told or "").strip("[] ").split(",") if part.strip()]
        return [int(part) if part.isdecimal() else part for part in parts]


class Task(Block):
    """A task as it stands in the file."""

    labels: Annotated[list[Label], Field(min_length=1)]
    frames: Annotated[list[Frame], Field(min_length=1)]
    jobs: Annotated[list[Job], Field(min_length=1)]
    size: Id | None = None
    task_settings: Compared | None = None
    validation_layout: Layout | None = None
    expected_task_report: Report | None = None

    @property
    def included(self) -> Sequence[str] | None:
        """The types of annotations that are compared, by the settings or by a report that was stored; None if all."""
        stored = self.expected_task_report
        for told in (self.task_settings, stored.parameters if stored else None):
            if told and told.included_annotation_types is not None:
                return told.included_annotation_types
        return None


def is_task(told: object) -> bool:
    """Say whether what stands in a file of JSON is a task of CVAT, and not COCO's."""
    return isinstance(told, Mapping) and "jobs" in told


def read_task(path: Path) -> Task:
    """Return the task in *path*.

    Raises
    ------
    FormatError
        If something is missing or of another kind, something is there twice, a job has a frame that the task does not
        have, or not exactly one job is the ground truth.
    """
    task = checked(Task, told_in(path, NEEDED), str(path))
    _require_once(path, "labels", [one.name for one in task.labels])
    _require_once(path, "ids of labels", [one.id for one in task.labels if one.id is not None])
    _require_once(path, "frames", [one.frame for one in task.frames])
    _require_once(path, "jobs", [one.job_id for one in task.jobs])
    known = {one.frame for one in task.frames}
    for job in task.jobs:
        _require_once(path, f"frames of job {job.job_id}", job.frames)
        strange = sorted(set(job.frames) - known)
        if strange:
            found = listing(map(str, strange))
            message = f"{path}: job {job.job_id}: found the frames {found}; allowed are those under frames; add them"
            raise FormatError(message)
    often = sum(one.type == GROUND_TRUTH for one in task.jobs)
    if often != 1:
        message = f"{path}: found {often} jobs of type {GROUND_TRUTH}; needed is one; add it, or leave out the others"
        raise FormatError(message)
    return task


def _require_once(path: Path, what: str, names: Iterable[object]) -> None:
    again = sorted(str(one) for one, often in Counter(names).items() if often > 1)
    if again:
        message = (
            f"{path}: {what}: found {listing(again)} twice; allowed is each once; correct the file"
        )
        raise FormatError(message)
