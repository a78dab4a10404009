"""Predictions of a model as a batch in the inbox of a set, without DVC."""

import json
from pathlib import Path

from builders.declared_batch import put


def predict(
    root: Path, set_name: str, rows: list[dict[str, object]], sequence: int = 9, **changed: object
) -> None:
    """Take *rows* in as the predictions that a model made, with what is *changed* in their declaration."""
    file = root / "predictions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said: dict[str, object] = {"origin": "model", "identity": "known", "round": f"run-{sequence}"}
    put(root, set_name, file, format="answers", sequence=sequence, **(said | changed))
    file.unlink()
