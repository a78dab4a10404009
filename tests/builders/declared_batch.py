"""The declaration of a batch of made-up readings."""

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
