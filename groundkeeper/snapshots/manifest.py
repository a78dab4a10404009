"""The manifest of a released GT, as far as a snapshot and the command line read it."""

import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from groundkeeper.checked import Version, checked
from groundkeeper.errors import SnapshotError

_RELEASE: Final = "release the set again (`gk refresh`)"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Guideline(_Part):
    """Which guideline the GT was built under."""

    version: Version
    digest: str = Field(min_length=1)
    document_digest: str | None = None


class Headline(_Part):
    """One figure of agreement, with its interval and what it rests on; undefined is None."""

    measure: str
    subject: str = ""
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    groups: int | None = None
    note: str = ""


class Counts(BaseModel):
    """How many of what; further counts are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow")

    records: int = Field(ge=0)


class Manifest(_Part):
    """``data/gt/<set>/manifest.json``. Keys that nobody here reads are left alone."""

    set: str = Field(min_length=1)
    guideline: Guideline
    content_digest: str = Field(min_length=1)
    counts: Counts
    headline: tuple[Headline, ...] = ()

    def count(self, name: str) -> int | None:
        """Return the count called *name*, None where the manifest has none."""
        found = self.counts.model_dump().get(name)
        return found if isinstance(found, int) else None


def read(path: Path) -> Manifest | None:
    """Return the manifest at *path*, None if there is no such file.

    Raises
    ------
    SnapshotError
        If it is not JSON or lacks what a snapshot needs.
    """
    return parse(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None


def parse(text: str, where: str) -> Manifest:
    """Return the manifest that *text*, found at *where*, holds.

    Raises
    ------
    SnapshotError
        If it is not JSON or lacks what a snapshot needs.
    """
    try:
        told = json.loads(text)
    except ValueError as error:
        message = f"{where}: not JSON ({error}); {_RELEASE}"
        raise SnapshotError(message) from error
    return checked(Manifest, told, where, _RELEASE, SnapshotError)
