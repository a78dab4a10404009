"""The shape of an adjudicator's own: a JSON file with what was drawn in which frame."""

from pathlib import Path
from typing import Final, Self

import shapely
from pydantic import Field, model_validator

from groundkeeper.checked import checked
from groundkeeper.errors import FormatError
from groundkeeper.formats.drawing import OF_KEY, Drawing, Model, drawn
from groundkeeper.formats.texts import json_of, text_of
from schemas.enums import Shape

SHAPES: Final = ", ".join((*OF_KEY, "wkt"))
ALLOWED: Final = f"`parts`, each with `frame` and one of {SHAPES}; and `kind`, if it has to be said"
"""What such a file may hold."""


class _Shape(Model):
    kind: Shape | None = None
    parts: tuple[Drawing, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def has_one_part_a_frame(self) -> Self:
        """Refuse two parts of one frame."""
        if len({part.frame for part in self.parts}) < len(self.parts):
            message = "several parts are of one frame; draw them as one"
            raise ValueError(message)
        return self


def of_document(file: Path) -> tuple[Shape, dict[int, shapely.Geometry]]:
    """Return what a shape was drawn with, and the shape in each of its frames.

    Raises
    ------
    FormatError
        If the file is not such a document.
    """
    text = text_of(file)
    try:
        said = json_of(text)
    except ValueError as error:
        message = f"{file}: not JSON ({error}); allowed are {ALLOWED}"
        raise FormatError(message) from error
    told = checked(_Shape, said, str(file), f"correct it; allowed are {ALLOWED}")
    shapes = {
        part.frame: drawn(part, told.kind, f"{file}: frame {part.frame}") for part in told.parts
    }
    kinds = sorted({kind for _, kind, _ in shapes.values()})
    if len(kinds) > 1:
        message = (
            f"{file}: found {' and '.join(kinds)}; allowed is one kind in all frames; draw it so"
        )
        raise FormatError(message)
    return kinds[0], {frame: shape for frame, (shape, _, _) in shapes.items()}
