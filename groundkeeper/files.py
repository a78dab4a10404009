"""Write a file whole or not at all: a reader, a crash or a full disk sees the old file or the new one."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundkeeper.errors import StorageError, TableError

TABLE_ENDINGS = (".parquet", ".csv")
"""How the names of tables end that anybody hands in or takes away."""

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES})
"""Refusals of the disk that a user can mend."""


def replace(path: Path, write: Callable[[Path], None]) -> None:
    """Let *write* make a temporary file beside *path*, then put it at *path* in one step.

    Raises
    ------
    StorageError
        If the disk is full, over quota, or refuses the write. What was at *path* is still there.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        message = (
            f"{path}: cannot be written ({os.strerror(error.errno)}); nothing was changed. "
            "Free space or check the permissions of the folder, then run the same command again."
        )
        raise StorageError(message) from error
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Put *text* at *path*: UTF-8, line feeds as they are."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Put *data* at *path*."""
    replace(path, lambda partial: _save(partial, data))


def write_json(path: Path, value: object) -> None:
    """Put *value* at *path* as JSON with sorted keys, one entry a line.

    Raises
    ------
    ValueError
        If *value* holds NaN or an infinity: an undefined figure is written as null by whoever knows why.
    """
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return the JSON document at *path*.

    Raises
    ------
    TableError
        If the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path}: no such file; run the stage that writes it (`dvc repro`)"
        raise TableError(message) from None
    except ValueError as error:
        message = f"{path}: not JSON ({error}); restore it with `dvc checkout` or `git restore`"
        raise TableError(message) from error


def _save(partial: Path, data: bytes) -> None:
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
