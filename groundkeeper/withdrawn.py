"""What was taken out of an inbox, and why. Reads, never writes.

``data/inbox/<set>/withdrawn.json``, which git keeps, has the declaration of every batch that was taken
out, the reason, and the digest under which DVC still has its files.
"""

import json
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from groundkeeper.batches import Batch
from groundkeeper.checked import checked, spelt
from groundkeeper.errors import InboxError

RECORD: Final = "withdrawn.json"
"""Name of the file that says which batches were taken out."""
_RESTORE: Final = "restore it with `git restore`"


class Withdrawal(BaseModel):
    """One batch that was taken out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: Batch
    data: Annotated[str, spelt("[0-9a-f]{32}[.]dir", "32 hex digits and .dir")] = Field(
        description="digest by which DVC knows the folder"
    )
    reason: str = Field(min_length=1, description="why it was taken out, for people")


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
        told = json.loads(text)
    except ValueError as error:
        message = f"{where}: not JSON ({error}); {_RESTORE}"
        raise InboxError(message) from error
    return checked(tuple[Withdrawal, ...], told, where, _RESTORE, InboxError)
