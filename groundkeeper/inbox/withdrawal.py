"""Take a batch out of an inbox, for a reason that stays.

``data/inbox/<set>/withdrawn.json``, which git keeps, has the declaration of every batch that was taken
out, the reason, and the digest under which DVC still has its files.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from groundkeeper import batches, files, params, pipeline
from groundkeeper.batches import Batch
from groundkeeper.errors import InboxError, UnknownNameError
from groundkeeper.inbox.exclusive import alone
from groundkeeper.layout import Layout

RECORD = "withdrawn.json"
"""Name of the file that says which batches were taken out."""

POINTER = ".dvc"
"""Suffix of the file beside the folder of a batch, by which DVC knows it."""

_DATA = re.compile(r"\bmd5: ([0-9a-f]{32}\.dir)\s")


class Withdrawal(BaseModel):
    """One batch that was taken out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: Batch
    data: str = Field(
        pattern=r"^[0-9a-f]{32}\.dir$", description="digest by which DVC knows the folder"
    )
    reason: str = Field(min_length=1, description="why it was taken out, for people")


_LIST = TypeAdapter(tuple[Withdrawal, ...])


def remove(root: Path, set_name: str, key: str, *, reason: str) -> Withdrawal:
    """Return the withdrawal of the batch *key*: its evidence is kept, its folder is gone.

    The files stay in DVC's cache, and in the remote if they were ever sent. Killed half way, the same call
    finishes it.

    Raises
    ------
    UnknownNameError
        If there is no such set, or the set has no such batch.
    InboxError
        If there is no reason, or the batch is not what was taken in.
    """
    params.set_sections(root / "params.yaml", set_name)
    inbox = Layout(root, set_name).inbox
    with alone(inbox):
        known = sorted(path.stem for path in inbox.glob(f"*{POINTER}"))
        if key not in known:
            kind = f"batch of {set_name}"
            raise UnknownNameError(kind, key, known)
        pointer = inbox / f"{key}{POINTER}"
        data = data_of(pointer.read_text(encoding="utf-8"), str(pointer))
        past = withdrawals(inbox)
        done = next((one for one in past if one.data == data), None)
        if done is None:
            done = _declare(root, pointer, data, reason)
            _write(inbox, (*past, done))
        shutil.rmtree(inbox / key, ignore_errors=True)
        pointer.unlink()
    return done


def withdrawals(inbox: Path) -> tuple[Withdrawal, ...]:
    """Return what was taken out of *inbox*, in the order of arrival.

    Raises
    ------
    InboxError
        If the record cannot be read.
    """
    path = inbox / RECORD
    return parse(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else ()


def parse(text: str, where: str) -> tuple[Withdrawal, ...]:
    """Return the withdrawals that *text*, found at *where*, holds.

    Raises
    ------
    InboxError
        If it holds something else.
    """
    try:
        return _LIST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "document"
        message = f"{where}: {key}: {first['msg']}; restore it with `git restore`"
        raise InboxError(message) from error


def data_of(text: str, where: str) -> str:
    """Return the digest of the folder that a ``.dvc`` file names, given its text, found at *where*.

    Raises
    ------
    InboxError
        If it names none.
    """
    found = _DATA.search(text)
    if found is None:
        message = f"{where}: names no folder by its md5; restore it with `git restore`"
        raise InboxError(message)
    return found[1]


def _declare(root: Path, pointer: Path, data: str, reason: str) -> Withdrawal:
    if not reason.strip():
        message = f"{pointer}: a batch is taken out for a reason, and none was given; say why"
        raise InboxError(message)
    folder = pointer.with_suffix("")
    if pipeline.changed(root, [pointer]):
        message = (
            f"{folder}: is not what was taken in, so the evidence would be wrong; restore it first: "
            f"`dvc checkout --force {pointer.relative_to(root).as_posix()}`"
        )
        raise InboxError(message)
    return Withdrawal(batch=batches.declaration(folder), data=data, reason=reason.strip())


def _write(inbox: Path, entries: Sequence[Withdrawal]) -> None:
    ordered = sorted(entries, key=lambda one: one.batch.sequence)
    files.write_json(inbox / RECORD, [one.model_dump(mode="json") for one in ordered])
