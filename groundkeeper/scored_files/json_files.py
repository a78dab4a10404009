"""JSON of anybody's as it was read and checked: what is handed on is what was checked, never the text of the file."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from groundkeeper.errors import FormatError

SHOWN_CHARACTERS: Final = 80
LARGEST_ID: Final = 2**53
"""Whole numbers up to it are told apart."""
LONGEST_SIDE_PX: Final = 999_999
"""As ``--image`` allows."""


class Block(BaseModel):
    """An object of JSON, whose other keys say nothing: a number in quotes or ``true`` for a number is refused."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)


def told_in(path: Path, needed: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return what stands in the file *path*; *needed* is what it should be, for messages.

    Raises
    ------
    FormatError
        If it is not there, or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        message = f"{path}: no such file; needed is {needed}; check the path"
        raise FormatError(message) from error
    except OSError as error:
        found = "a folder" if path.is_dir() else f"what cannot be read ({error.strerror})"
        message = f"{path}: found {found}; needed is {needed}; check the path"
        raise FormatError(message) from error
    except ValueError as error:
        message = f"{path}: not JSON ({error}); needed is {needed}; correct the file"
        raise FormatError(message) from error
    except RecursionError as error:
        message = (
            f"{path}: found lists within lists, hundreds deep; needed is {needed}; correct the file"
        )
        raise FormatError(message) from error


def checked(path: Path, adapter: TypeAdapter[Any], told: object, tags: Collection[str] = ()) -> Any:  # noqa: ANN401 - of whatever type the adapter is
    """Return *told* as the *adapter* has it; *tags* are words of the adapter that are no part of a place in the file.

    Raises
    ------
    FormatError
        If something is missing or of another kind; the message has the first place.
    """
    try:
        return adapter.validate_python(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(
            f"[{one}]" if isinstance(one, int) else f".{one}"
            for one in first["loc"]
            if one not in tags
        )
        found = repr(first["input"])[:SHOWN_CHARACTERS]
        allowed = "input should be an object" if first["type"] == "model_type" else first["msg"]
        message = f"{path}: {place.lstrip('.') or 'file'}: found {found}; {allowed[0].lower()}{allowed[1:]}; correct it"
        raise FormatError(message) from error
