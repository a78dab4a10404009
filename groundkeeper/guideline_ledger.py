"""The ledger of the published versions of a guideline: ``published.json``, version to SHA-256 of its file.

What is in it never changes again: the version is what answers were given under and records were built by.
"""

import hashlib
import re
from pathlib import Path
from typing import Final

from groundkeeper import files
from groundkeeper.errors import GuidelineError, TableError

LEDGER: Final = "published.json"
"""The name of the ledger in the folder of a set's guidelines."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def read(folder: Path) -> dict[str, str]:
    """Return version to digest of what was published in *folder*; empty if nothing was.

    Raises
    ------
    GuidelineError
        If the ledger is not one.
    """
    path = folder / LEDGER
    if not path.is_file():
        return {}
    try:
        found = files.read_json(path)
    except TableError as error:
        raise GuidelineError(str(error)) from error
    if isinstance(found, dict) and all(_DIGEST.fullmatch(str(d)) for d in found.values()):
        return {str(version): str(digest) for version, digest in found.items()}
    message = (
        f"{path.as_posix()}: found no ledger; allowed is version to SHA-256 of its file; restore it "
        "(`git restore`), or remove it and publish the versions again"
    )
    raise GuidelineError(message)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of the bytes of *path*, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def complaints(folder: Path) -> dict[str, str]:
    """Return what became of each published version in *folder* that is not as it was.

    Raises
    ------
    GuidelineError
        If the ledger is not one.
    """
    found = {}
    for version, published in sorted(read(folder).items()):
        path = folder / f"{version}.yaml"
        now = digest_of(path) if path.is_file() else None
        if now != published:
            how = "is gone" if now is None else "was edited"
            found[version] = (
                f"found a published version that {how}; a published version never changes; restore it "
                f"(`git restore -- {path.name}` in its folder), and write what is new as a new version"
            )
    return found


def require_unchanged(folder: Path) -> None:
    """Make sure that every published version in *folder* is as it was published.

    Raises
    ------
    GuidelineError
        If one was edited or is gone.
    """
    found = complaints(folder)
    if found:
        lines = [f"{(folder / v).as_posix()}.yaml: {message}" for v, message in found.items()]
        raise GuidelineError("\n".join(lines))


def add(folder: Path, version: str, digest: str) -> None:
    """Put *version* into the ledger of *folder*, whole or not at all.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    files.write_json(folder / LEDGER, {**read(folder), version: digest})
