"""Answers in a file of one's own: JSON Lines with everything, or CSV where an answer is a row of plain values.

A line of ``.jsonl`` is one answer: ``item`` and ``annotator``; ``task``, if it answers one; ``state``;
``submitted_at`` with its time zone; ``lead_time_s``; ``tool``; ``annotations``, each with ``label``, ``attributes`` and
``parts``, each of which has a ``frame`` and a shape in pixels of the image (``formats.drawing``). Whoever is not sure
says so by ``confidence``, from 0 to 1, and a model by ``probabilities``, one for each class, which add up to 1. In
place of parts there may be a ``track``: key frames with shapes, between which the object moves; it is there from the
first to the last of them, but for where a key frame says ``outside``. ``kind`` says what it was drawn with where the
shapes do not.

A row of ``.csv`` has the columns ``item, annotator`` and, if wanted, ``task, state, submitted_at, lead_time_s, tool,
label, confidence`` and ``probability_<class>``; columns that begin with ``task_`` are passed over, and every other one
is an attribute. A cell is read as JSON
where it is JSON, with true and false in any case, and as text where it is not; an empty one says nothing. A row that
names a task and has neither a state, a label nor an attribute was not filled in, and is passed over: a sheet may come
in half done.

A file that is not so is refused as a whole, with the line: whoever wrote it can still mend it.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

import numpy as np
import pandas as pd
import shapely
from pydantic import AwareDatetime, Field, JsonValue, field_validator, model_validator

from groundkeeper.checked import checked
from groundkeeper.core.geometry import polygonal
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.shapes.tracks import KeyFrames, interpolate
from groundkeeper.errors import FormatError, listing
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import Name, value_of
from groundkeeper.formats.drawing import Drawing, Model, drawn
from groundkeeper.formats.texts import json_lines, refuse_options, rows_of
from schemas.enums import AnswerState, Shape

TOOL: Final = "file"
"""The tool of an answer that names none."""

NAMED: Final = frozenset(
    {
        "item",
        "annotator",
        "task",
        "state",
        "submitted_at",
        "lead_time_s",
        "tool",
        "label",
        "confidence",
    }
)
"""Columns of a CSV file that are no attributes."""

OF_ANNOTATION: Final = frozenset({"label", "confidence"})
"""Those of them that speak of what is there."""

PROBABILITY: Final = "probability_"
"""How columns of a CSV file begin that say how probable a class is, whose name follows."""

SUM_OFF: Final = 0.01
"""How far from 1 the sum of probabilities may be, which are written with few digits."""

TOLD: Final = "task_"
"""How columns begin that told people what to do; they are passed over."""

NOTHING_DRAWN: Final = frozenset({None, Shape.STATEMENT})
"""What an annotation without shapes may be said to be."""


Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _KeyFrame(Drawing):
    outside: bool = False


class _Annotation(Model):
    label: str | None = None
    attributes: dict[str, JsonValue] = Field(default_factory=dict)
    kind: Shape | None = None
    parts: tuple[Drawing, ...] = ()
    track: tuple[_KeyFrame, ...] = ()
    confidence: Probability | None = None
    probabilities: dict[Name, Probability] | None = None

    @field_validator("probabilities")
    @classmethod
    def add_up(cls, said: dict[str, float] | None) -> dict[str, float] | None:
        """Refuse probabilities that do not add up to 1."""
        if said is not None and abs(math.fsum(said.values()) - 1) > SUM_OFF:
            message = (
                f"the probabilities add up to {math.fsum(said.values()):.6g}; allowed is 1, within {SUM_OFF}; state "
                "all classes, or the confidence alone"
            )
            raise ValueError(message)
        return said

    @model_validator(mode="after")
    def speaks_of_one_list_of_classes(self) -> Self:
        """Refuse a label that is none of the classes with a probability."""
        if self.probabilities and self.label is not None and self.label not in self.probabilities:
            message = (
                f"label {self.label!r} is none of the classes with a probability, {listing(self.probabilities)}; "
                "correct one of them"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def is_drawn_once(self) -> Self:
        """Refuse parts beside a track, a kind of nothing, and two key frames of one frame."""
        if self.parts and self.track:
            message = "found parts and track; allowed is one of them; leave out the other"
            raise ValueError(message)
        if (self.kind is Shape.STATEMENT) if self.shapes else (self.kind not in NOTHING_DRAWN):
            message = f"found kind {self.kind} with {len(self.shapes)} shapes; correct one of them"
            raise ValueError(message)
        if len({key.frame for key in self.track}) < len(self.track):
            message = "found two key frames of one frame; allowed is one; leave the others out"
            raise ValueError(message)
        return self

    @property
    def shapes(self) -> tuple[Drawing, ...]:
        """What was drawn: the parts, or the key frames in their order."""
        return self.parts or tuple(sorted(self.track, key=lambda key: key.frame))


class _Answer(Model):
    item: Name
    annotator: Name
    task: Name | None = None
    state: AnswerState = AnswerState.SUBMITTED
    submitted_at: AwareDatetime | None = None
    lead_time_s: float | None = Field(default=None, ge=0)
    tool: str = TOOL
    shown_prediction: bool = False
    annotations: tuple[_Annotation, ...] = ()

    @model_validator(mode="after")
    def says_what_it_is(self) -> Self:
        """Refuse a submitted answer that holds nothing, and one that is empty or skipped and holds something."""
        if self.state is AnswerState.SUBMITTED and not self.annotations:
            message = "state is submitted, but there is no annotation; who found nothing says empty"
            raise ValueError(message)
        if self.state in {AnswerState.EMPTY, AnswerState.SKIPPED} and self.annotations:
            message = f"state is {self.state}, but there are annotations; leave one of them out"
            raise ValueError(message)
        return self


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every answer of the file.

    Raises
    ------
    FormatError
        If there is an option, or the file is not what its format says.
    """
    refuse_options(path, options)
    answers: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    parts: list[dict[str, object]] = []
    used: Counter[str] = Counter()
    for line, told in _told(path):
        key = _key(told, used)
        answers.append(_row(told, key))
        for number, annotation in enumerate(told.annotations, start=1):
            name = f"{key}/{number}"
            kind, shapes = _drawn(f"{path}: line {line}: annotation {number}", annotation)
            annotations.append(
                _annotation_row(annotation, kind, key, name) | {"ordinal": number - 1}
            )
            parts += [{"annotation_key": name, **shape} for shape in shapes]
    if not answers:
        message = f"{path}: holds no answer; needed is at least one, and a row that is filled in"
        raise FormatError(message)
    part_types = {**frames.PART_TYPES, "rotation": "float64"}
    table = pd.DataFrame(parts, columns=list(part_types))
    types = {**frames.ANNOTATION_TYPES, "ordinal": "int64"}
    found = pd.DataFrame(annotations, columns=list(types))
    return Reading(
        answers=frames.typed(pd.DataFrame(answers), frames.ANSWER_TYPES, ["answer_key"]),
        annotations=frames.typed(found, types, ["annotation_key"]),
        parts=frames.typed(table, part_types, ["annotation_key", "frame"]),
    )


def _told(path: Path) -> Iterator[tuple[int, _Answer]]:
    """Yield each answer with its line."""
    is_table = path.suffix.lower() == ".csv"
    for line, told in _of_csv(path) if is_table else json_lines(path, "one answer"):
        yield line, checked(_Answer, told, f"{path}: line {line}")


def _of_csv(path: Path) -> Iterator[tuple[int, object]]:
    for line, row in rows_of(path, needed=("item", "annotator"), reserved=NAMED):
        said = {name: text for name, text in row.items() if text and not name.startswith(TOLD)}
        likely = {
            name.removeprefix(PROBABILITY): said.pop(name)
            for name in list(said)
            if name.startswith(PROBABILITY)
        }
        stated = {name: said[name] for name in said if name in OF_ANNOTATION}
        attributes = {name: value_of(text) for name, text in said.items() if name not in NAMED}
        if "task" in said and not (attributes or stated or likely or "state" in said):
            continue
        told: dict[str, Any] = {name: said[name] for name in said if name in NAMED - OF_ANNOTATION}
        if attributes or stated or likely:
            told["annotations"] = [
                stated | {"attributes": attributes, "probabilities": likely or None}
            ]
        yield line, told


def _key(told: _Answer, used: Counter[str]) -> str:
    """Return what names the answer, also when the same file comes again with more lines."""
    when = told.submitted_at.isoformat() if told.submitted_at else ""
    key = "/".join([told.annotator, told.item, told.task or "", when])
    used[key] += 1
    return key if used[key] == 1 else f"{key}/{used[key]}"


def _row(told: _Answer, key: str) -> dict[str, object]:
    return {
        "answer_key": key,
        "item_key": told.item,
        "annotator": told.annotator,
        "state": told.state.value,
        "submitted_at": told.submitted_at,
        "lead_time_s": told.lead_time_s,
        "tool": told.tool,
        "shown_prediction": told.shown_prediction,
        "task_id": told.task,
    }


def _annotation_row(told: _Annotation, kind: Shape, answer: str, key: str) -> dict[str, object]:
    stated = {name: value for name, value in told.attributes.items() if value is not None}
    return {
        "annotation_key": key,
        "answer_key": answer,
        "kind": kind.value,
        "label": told.label,
        "value": None,
        "start": None,
        "end": None,
        "attributes": canonical_json(stated),
        "confidence": told.confidence,
        "probabilities": None if told.probabilities is None else canonical_json(told.probabilities),
    }


def _drawn(where: str, told: _Annotation) -> tuple[Shape, list[dict[str, object]]]:
    """Return what an annotation was drawn with, and its parts: ``frame, geometry, repaired, rotation`` as stated."""
    found = [drawn(shape, told.kind, f"{where}: frame {shape.frame}") for shape in told.shapes]
    if not found:
        return Shape.STATEMENT, []
    kinds = list(dict.fromkeys(kind for _, kind, _ in found))
    if len(kinds) > 1:
        message = (
            f"{where}: found {listing(kinds)} in one annotation; allowed is one kind; make them several "
            "annotations, or state the kind"
        )
        raise FormatError(message)
    numbers = [shape.frame for shape in told.shapes]
    if told.track:
        return kinds[0], _tracked(told, [shape for shape, _, _ in found], kinds[0], numbers)
    return kinds[0], [
        {
            "frame": stated.frame,
            "geometry": shape,
            "repaired": is_repaired,
            "rotation": stated.rotation,
        }
        for stated, (shape, _, is_repaired) in zip(told.shapes, found, strict=True)
    ]


def _tracked(
    told: _Annotation, shapes: list[shapely.Geometry], kind: Shape, numbers: list[int]
) -> list[dict[str, object]]:
    """Return the parts of a track: every frame from the first key frame to the last in which the object is seen."""
    outside = {key.frame: key.outside for key in told.track}
    keys = KeyFrames(
        np.zeros(len(shapes), dtype=np.int64),
        np.array(numbers, dtype=np.int64),
        np.array(shapes, dtype=object),
        np.array([outside[frame] for frame in numbers], dtype=np.bool_),
    )
    found = interpolate(keys, kind, numbers[-1] + 1)
    whole, repaired = found.geometry, np.zeros(len(found.frame), dtype=np.bool_)
    if kind in {Shape.POLYGON, Shape.MASK}:
        repaired = ~shapely.is_valid(whole)
        whole = polygonal(np.where(repaired, shapely.make_valid(whole), whole))
    return [
        {"frame": int(frame), "geometry": shape, "repaired": bool(is_repaired)}
        for frame, shape, is_repaired in zip(found.frame, whole, repaired, strict=True)
        if not shape.is_empty
    ]
