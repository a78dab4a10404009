"""JSON of anybody's as it was read, and the blocks by which it is checked: only what was checked is handed on."""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from groundkeeper.errors import FormatError

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
