"""Take a batch out of an inbox, for a reason that stays: see ``groundkeeper.withdrawn``."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from groundkeeper import batches, files, params, pipeline
from groundkeeper.errors import InboxError, UnknownNameError
from groundkeeper.inbox.exclusive import alone
from groundkeeper.inbox.recording import POINTER, pointer_of, record
from groundkeeper.layout import Layout
from groundkeeper.withdrawn import RECORD, Withdrawal, withdrawals

_DATA = re.compile(r"\bmd5: ([0-9a-f]{32}\.dir)\s")


def remove(root: Path, set_name: str, key: str, *, reason: str) -> Withdrawal:
    """Return the withdrawal of the batch *key*: its evidence is kept, its folder is gone.

    The files stay in DVC's cache, and in the remote if they were ever sent. Killed half way, the same call
    finishes it. A batch that was only half taken in is recorded first, so that its evidence is kept as well.

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
        known = sorted({*batches.keys(inbox), *(path.stem for path in inbox.glob(f"*{POINTER}"))})
        if key not in known:
            kind = f"batch of {set_name}"
            raise UnknownNameError(kind, key, known)
        _require_reason(inbox / key, reason)
        record(root, inbox, key)
        pointer = pointer_of(inbox, key)
        data = data_of(pointer.read_text(encoding="utf-8"), str(pointer))
        past = withdrawals(inbox)
        done = next((one for one in past if one.data == data), None)
        if done is None:
            done = _declare(root, pointer, data, reason)
            _write(inbox, (*past, done))
        shutil.rmtree(inbox / key, ignore_errors=True)
        pointer.unlink()
    return done


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


def _require_reason(folder: Path, reason: str) -> None:
    if not reason.strip():
        message = f"{folder}: a batch is taken out for a reason, and none was given; say why"
        raise InboxError(message)


def _declare(root: Path, pointer: Path, data: str, reason: str) -> Withdrawal:
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
