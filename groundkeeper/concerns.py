"""Read and write the normative form of a guideline: one JSON file per concern, which is what stages depend on."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from groundkeeper import files
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision
from groundkeeper.core.guideline.sections import Consensus, Scoring
from groundkeeper.errors import TableError
from groundkeeper.layout import Layout

Concern = TypeVar("Concern", Fields, Decisions, Consensus, Precision, Coverage, Scoring)

NAMES: Mapping[type, str] = {
    Fields: "fields",
    Decisions: "decisions",
    Consensus: "consensus",
    Precision: "precision",
    Coverage: "coverage",
    Scoring: "scoring",
}


def read(layout: Layout, concern: type[Concern]) -> Concern:
    """Return one concern of the current guideline of a set.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    path = layout.concern(NAMES[concern])
    return parse(files.read_json(path), concern, str(path))


def parse(value: JsonValue, concern: type[Concern], where: str) -> Concern:
    """Return the JSON *value* as a concern; *where* names its place in a message.

    Raises
    ------
    TableError
        If *value* is not of the form of the concern.
    """
    try:
        return concern.model_validate(value)
    except ValidationError as error:
        message = (
            f"{where}: {error.errors(include_url=False)[0]['msg']}; run the stage `guideline` again"
        )
        raise TableError(message) from error


def write(layout: Layout, normative: Mapping[str, JsonValue]) -> None:
    """Write every concern to its file; a file whose concern did not change keeps its bytes."""
    for name, value in normative.items():
        files.write_json(layout.concern(name), value)
