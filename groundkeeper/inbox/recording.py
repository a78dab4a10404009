"""The last step of taking a batch in: DVC knows it by a ``.dvc`` file beside its folder."""

from pathlib import Path
from typing import Final

from groundkeeper import batches, pipeline

POINTER: Final = ".dvc"
"""Suffix of the file beside the folder of a batch, by which DVC knows it."""


def pointer_of(inbox: Path, key: str) -> Path:
    """Return where the ``.dvc`` file of the batch *key* is, or will be."""
    return inbox / f"{key}{POINTER}"


def is_half_taken(inbox: Path, key: str) -> bool:
    """Say whether the batch *key* is here and DVC does not know it, as when it was killed before the last step."""
    return (inbox / key).is_dir() and not pointer_of(inbox, key).is_file()


def record(root: Path, inbox: Path, key: str) -> None:
    """Make the ``.dvc`` file of the batch *key*, if it is half taken.

    Raises
    ------
    InboxError
        If its folder does not hold what it declares.
    """
    if is_half_taken(inbox, key):
        batches.load_one(inbox / key)
        pipeline.add(root, inbox / key)
