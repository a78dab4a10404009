"""The batches of an inbox: what was taken in, when, and under which declaration. Reads, never writes.

``data/inbox/<set>/<first 16 hex digits of sha256>/`` holds the untouched file and ``batch.json``.
"""

import hashlib
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from groundkeeper import files
from groundkeeper.checked import Version, checked, spelt
from groundkeeper.errors import InboxError, TableError, listing
from schemas.enums import Identity, Independence, Origin

KEY_DIGITS = 16
"""How many hex digits of the sha256 name the folder of a batch."""

DECLARATION = "batch.json"
"""Name of the file that says what the file beside it is."""

_KEY = re.compile(rf"[0-9a-f]{{{KEY_DIGITS}}}")
_RESTORE = "restore it with `dvc checkout --force`, or `dvc pull` if the cache does not have it"

Name = Annotated[str, Field(min_length=1)]
Digest = Annotated[str, spelt("[0-9a-f]{64}", "64 hex digits")]
FileName = Annotated[
    str,
    spelt(
        r"[^/\\.][^/\\]*", "a name without slashes and backslashes that does not begin with a dot"
    ),
]

OF_ANSWERS = frozenset({"answers", "lidc"})
"""The formats whose answers are predictions where a model gave them."""


class Batch(BaseModel):
    """One file taken in, with everything that is true of all its answers.

    Examples
    --------
    >>> batch = Batch(
    ...     format="csv", file="a.csv", sha256=hashlib.sha256(b"").hexdigest(), round="r1",
    ...     era="1.0.0", sequence=1, source="made up", licence="CC0-1.0",
    ... )
    >>> batch.key
    'e3b0c44298fc1c14'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Name = Field(description="name of the reader, a key of formats.FORMATS")
    file: FileName = Field(description="name of the untouched file")
    sha256: Digest = Field(description="digest of the file")
    round: Name = Field(description="the pass of labelling the answers belong to")
    era: Version = Field(description="guideline version answered under")
    sequence: int = Field(ge=1, description="position in the order of arrival, from 1")
    source: Name = Field(description="where the file comes from, for people")
    licence: Name = Field(description="under which terms it may be used")
    independence: Independence = Independence.UNKNOWN
    identity: Identity = Identity.ANONYMOUS
    origin: Origin = Origin.HUMAN
    options: dict[str, str] = Field(default_factory=dict, description="settings of the reader")

    @property
    def key(self) -> str:
        """Name of the batch's folder."""
        return self.sha256[:KEY_DIGITS]

    @property
    def is_predicted(self) -> bool:
        """Whether it holds what a model says of items: that is scored, and no ground truth rests on it."""
        return self.origin is Origin.MODEL and self.format in OF_ANSWERS

    def path(self, inbox: Path) -> Path:
        """Return the untouched file, given the folder of the set's inbox."""
        return inbox / self.key / self.file


def load_all(folder: Path) -> tuple[Batch, ...]:
    """Return the batches below *folder* in the order they arrived; none if there is no such folder.

    Raises
    ------
    InboxError
        If a batch is missing, half written, changed since it was taken in, or two have one sequence.
    """
    present = set(keys(folder))
    recorded = {path.stem for path in folder.glob("*.dvc") if _KEY.fullmatch(path.stem)}
    absent = sorted(recorded - present)
    if absent:
        message = (
            f"{folder}: the batches {listing(absent)} are recorded (.dvc) but not here; {_RESTORE}"
        )
        raise InboxError(message)
    batches = sorted((load_one(folder / key) for key in present), key=lambda b: b.sequence)
    for earlier, later in pairwise(batches):
        if earlier.sequence == later.sequence:
            message = (
                f"{folder}: the batches {earlier.key} and {later.key} both have sequence "
                f"{earlier.sequence}, so their order is unknown; take the one that came later out "
                "(`gk inbox remove`) and add its file again (`gk inbox add`)"
            )
            raise InboxError(message)
    return tuple(batches)


def keys(folder: Path) -> tuple[str, ...]:
    """Return the names of the batches' folders below *folder*, sorted; nothing is read."""
    entries = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(e.name for e in entries if _KEY.fullmatch(e.name) and e.is_dir()))


def taken_in(folder: Path) -> tuple[Batch, ...]:
    """Return the batches below *folder* as ``load_all`` does; there is at least one.

    Raises
    ------
    InboxError
        If nothing was taken in yet, or ``load_all`` refuses.
    """
    found = load_all(folder)
    if not found:
        message = f"{folder}: no batch was taken in; add one with `gk inbox add {folder.name} FILE`"
        raise InboxError(message)
    return found


def load_one(folder: Path) -> Batch:
    """Return the batch in *folder*, its file checked against the digest it was taken in with.

    Raises
    ------
    InboxError
        If the declaration or the file is missing, unreadable or changed.
    """
    batch = declaration(folder)
    path = folder / batch.file
    if not path.is_file():
        message = f"{path}: missing, but {DECLARATION} declares it; {_RESTORE}"
        raise InboxError(message)
    found = sha256_of(path)
    if found != batch.sha256:
        message = (
            f"{path}: sha256 is {found}, but the batch was taken in with {batch.sha256}. "
            f"Batches are never edited: {_RESTORE}; add new content as a new batch (`gk inbox add`)"
        )
        raise InboxError(message)
    return batch


def declaration(folder: Path) -> Batch:
    """Return what ``batch.json`` in *folder* declares, without reading the file it speaks of."""
    path = folder / DECLARATION
    try:
        told = files.read_json(path)
    except TableError as error:
        message = (
            f"{path}: missing or not JSON, so the batch is half written or damaged; {_RESTORE}"
        )
        raise InboxError(message) from error
    batch = checked(Batch, told, str(path), _RESTORE, InboxError)
    if batch.key != folder.name:
        message = (
            f"{path}: declares the sha256 {batch.sha256}, but lies in {folder.name}; {_RESTORE}"
        )
        raise InboxError(message)
    return batch


def sha256_of(path: Path) -> str:
    """Return the sha256 of the file at *path* as 64 hex digits.

    Raises
    ------
    InboxError
        If there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give the path of one readable file"
        raise InboxError(message) from error
