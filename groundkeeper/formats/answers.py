"""Answers in a file of one's own: JSON Lines with everything, or CSV where an answer is a row of plain values.

A line of ``.jsonl`` is one answer: ``item`` and ``annotator``; ``task``, if it answers one; ``state``; ``submitted_at``
with its time zone; ``lead_time_s``; ``tool``; ``annotations``, each with ``label``, ``attributes`` and ``parts``, each
of which has a ``frame`` and a ``wkt`` in pixels of the image.

A row of ``.csv`` has the columns ``item, annotator`` and, if wanted, ``task, state, submitted_at, lead_time_s, tool,
label``; columns that begin with ``task_`` are passed over, and every other one is an attribute. A cell is read as JSON
where it is JSON, with true and false in any case, and as text where it is not; an empty one says nothing. A row that
names a task and has neither a state, a label nor an attribute was not filled in, and is passed over: a sheet may come
in half done.

A file that is not so is refused as a whole, with the line: whoever wrote it can still mend it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd
import shapely
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from groundkeeper.core.geometry import polygonal
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import Name, value_of
from groundkeeper.formats.texts import json_of, lines_of, refuse_options, rows_of
from schemas.enums import AnswerState

TOOL: Final = "file"
"""The tool of an answer that names none."""

NAMED: Final = frozenset(
    {"item", "annotator", "task", "state", "submitted_at", "lead_time_s", "tool", "label"}
)
"""Columns of a CSV file that are no attributes."""

TOLD: Final = "task_"
"""How columns begin that told people what to do; they are passed over."""

LAST_FRAME: Final = 10**9
"""No image has more frames; a greater number is a slip."""

FARTHEST_PX: Final = 10**9
"""No image is larger."""

SHOWN_CHARACTERS: Final = 200
"""How much of a wrong value a message shows."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Part(_Model):
    frame: int = Field(ge=0, le=LAST_FRAME)
    wkt: str


class _Annotation(_Model):
    label: str | None = None
    attributes: dict[str, JsonValue] = Field(default_factory=dict)
    parts: tuple[_Part, ...] = ()


class _Answer(_Model):
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
    drawn: list[shapely.Geometry] = []
    used: Counter[str] = Counter()
    for line, told in _told(path):
        key = _key(told, used)
        answers.append(_row(told, key))
        for number, annotation in enumerate(told.annotations, start=1):
            name = f"{key}/{number}"
            annotations.append(_annotation_row(annotation, key, name) | {"ordinal": number - 1})
            for part in annotation.parts:
                parts.append({"annotation_key": name, "frame": part.frame})
                drawn.append(_shape(path, line, part))
    if not answers:
        message = f"{path}: holds no answer; needed is at least one, and a row that is filled in"
        raise FormatError(message)
    whole, repaired = _repaired(drawn)
    drawn_parts = pd.DataFrame(parts, columns=["annotation_key", "frame"])
    table = drawn_parts.assign(geometry=pd.Series(whole, dtype=object), repaired=repaired)
    types = {**frames.ANNOTATION_TYPES, "ordinal": "int64"}
    found = pd.DataFrame(annotations, columns=list(types))
    return Reading(
        answers=frames.typed(pd.DataFrame(answers), frames.ANSWER_TYPES, ["answer_key"]),
        annotations=frames.typed(found, types, ["annotation_key"]),
        parts=frames.typed(table, frames.PART_TYPES, ["annotation_key", "frame"]),
    )


def _told(path: Path) -> Iterator[tuple[int, _Answer]]:
    """Yield each answer with its line."""
    rows = _of_csv(path) if path.suffix.lower() == ".csv" else _of_json_lines(path)
    for line, told in rows:
        try:
            yield line, _Answer.model_validate(told)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "answer"
            found = repr(first["input"])[:SHOWN_CHARACTERS]
            message = f"{path}: line {line}: {place}: {first['msg']} (found {found}); correct it"
            raise FormatError(message) from error


def _of_json_lines(path: Path) -> Iterator[tuple[int, object]]:
    for line, text in lines_of(path):
        try:
            yield line, json_of(text)
        except ValueError as error:
            message = f"{path}: line {line}: not JSON ({error}); one answer a line, each key once"
            raise FormatError(message) from error


def _of_csv(path: Path) -> Iterator[tuple[int, object]]:
    for line, row in rows_of(path, needed=("item", "annotator"), reserved=NAMED):
        said = {name: text for name, text in row.items() if text and not name.startswith(TOLD)}
        attributes = {name: value_of(text) for name, text in said.items() if name not in NAMED}
        if "task" in said and not attributes and not said.keys() & {"state", "label"}:
            continue
        told: dict[str, Any] = {name: said[name] for name in said if name in NAMED - {"label"}}
        if attributes or "label" in said:
            told["annotations"] = [{"label": said.get("label"), "attributes": attributes}]
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


def _annotation_row(told: _Annotation, answer: str, key: str) -> dict[str, object]:
    stated = {name: value for name, value in told.attributes.items() if value is not None}
    return {
        "annotation_key": key,
        "answer_key": answer,
        "kind": "polygon" if told.parts else "statement",
        "label": told.label,
        "value": None,
        "start": None,
        "end": None,
        "attributes": canonical_json(stated),
    }


def _shape(path: Path, line: int, part: _Part) -> shapely.Geometry:
    with np.errstate(invalid="ignore", over="ignore"):
        drawn = shapely.from_wkt(part.wkt, on_invalid="ignore")
    if drawn is None or drawn.geom_type not in {"Polygon", "MultiPolygon"} or drawn.is_empty:
        found = (
            "no WKT"
            if drawn is None
            else f"an empty {drawn.geom_type}"
            if drawn.is_empty
            else drawn.geom_type
        )
        message = (
            f"{path}: line {line}: frame {part.frame}: found {found}; allowed are POLYGON and "
            "MULTIPOLYGON in pixels of the image; correct it"
        )
        raise FormatError(message)
    if not (np.abs(shapely.get_coordinates(drawn)) <= FARTHEST_PX).all():
        message = (
            f"{path}: line {line}: frame {part.frame}: found a coordinate that is no number, or beyond "
            f"{FARTHEST_PX} pixels; correct it"
        )
        raise FormatError(message)
    return drawn


def _repaired(drawn: list[shapely.Geometry]) -> tuple[list[shapely.Geometry], list[bool]]:
    shapes = np.array(drawn, dtype=object)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return list(polygonal(shapes)), broken.tolist()
