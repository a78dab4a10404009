"""Batches of made-up answers, as ``gk inbox add`` would put them into an inbox."""

import shutil
from pathlib import Path

from groundkeeper import batches, files
from groundkeeper.batches import Batch


def declared(file: str, sha256: str, **changed: object) -> Batch:
    """Return the declaration of *file*, first of its inbox, with what is *changed*."""
    facts: dict[str, object] = {
        "format": "lidc",
        "file": file,
        "sha256": sha256,
        "round": "first",
        "era": "1.0.0",
        "sequence": 1,
        "source": "Made up for a test.",
        "licence": "CC0-1.0",
        "independence": "unblinded",
        "identity": "anonymous",
        "origin": "expert",
    }
    return Batch.model_validate(facts | changed)


def put(root: Path, set_name: str, file: Path, **changed: object) -> Batch:
    """Put *file* into the inbox without DVC, and return its batch, with what is *changed* in its declaration."""
    batch = declared(file.name, batches.sha256_of(file), **changed)
    folder = root / "data" / "inbox" / set_name / batch.key
    folder.mkdir(parents=True)
    shutil.copyfile(file, folder / file.name)
    files.write_json(folder / batches.DECLARATION, batch.model_dump(mode="json"))
    return batch
