"""A round as it was opened: a CSV file with one task a row, written by ``groundkeeper.rounds`` and read for ever.

The columns are those of ``frames.TASK_TYPES``; ``asks`` and ``rule_ids`` are JSON arrays of names, and what is not
known is an empty cell.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter

from groundkeeper.checked import Version, checked
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import id_of
from groundkeeper.formats.drawing import Model
from groundkeeper.formats.texts import json_of, refuse_options, rows_of
from schemas.enums import Arm, Scope, Task, Unit

MOST_EXPERTS: Final = 1000
"""More people than any task needs; a greater number is a slip."""

_NAMES: Final = TypeAdapter(tuple[str, ...])


def _named(text: str) -> str:
    try:
        return canonical_json(list(_NAMES.validate_python(json_of(text))))
    except ValueError as error:
        message = 'needed is a JSON array of names, such as ["size_mm"]; correct it'
        raise ValueError(message) from error


def _none_if_empty(text: str) -> str | None:
    return text or None


Names = Annotated[str, AfterValidator(_named)]
Word = Annotated[str, Field(min_length=1)]
Maybe = Annotated[str | None, BeforeValidator(_none_if_empty)]


class _Task(Model):
    model_config = ConfigDict(use_enum_values=True)

    task_id: Annotated[str, id_of("tk")]
    plan_id: Annotated[str, id_of("pl")]
    era: Version
    scope: Scope
    unit: Unit
    action: Task
    item_key: Word
    record_id: Maybe
    asks: Names
    rule_ids: Names
    question: Word
    experts: Annotated[int, Field(ge=1, le=MOST_EXPERTS)]
    annotator: Maybe
    arm: Annotated[Arm | None, BeforeValidator(_none_if_empty)]
    stratum: Maybe
    inclusion_probability: Annotated[
        Annotated[float, Field(gt=0, le=1)] | None, BeforeValidator(_none_if_empty)
    ]
    priority: float
    hours: Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_none_if_empty)]


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every task of the file.

    Raises
    ------
    FormatError
        If there is an option, or the file is not what its format says.
    """
    refuse_options(path, options)
    tasks = [_task(path, line, row) for line, row in rows_of(path, list(frames.TASK_TYPES), ())]
    if not tasks:
        message = f"{path}: holds no task; a round needs at least one"
        raise FormatError(message)
    return Reading(tasks=frames.typed(pd.DataFrame(tasks), frames.TASK_TYPES, ["task_id"]))


def write(tasks: pd.DataFrame, path: Path) -> None:
    """Write *tasks*, with the columns of ``frames.TASK_TYPES`` and more, to *path*, the most urgent first."""
    ordered = tasks.sort_values(["priority", "task_id"], ascending=[False, True])
    ordered[list(frames.TASK_TYPES)].to_csv(path, index=False, lineterminator="\n")


def _task(path: Path, line: int, row: Mapping[str, str]) -> dict[str, object]:
    remedy = "a round is written by `gk round open`"
    return checked(_Task, row, f"{path}: line {line}", remedy).model_dump()
