"""Predictions of a model as a batch in the inbox of a set, without DVC."""

import json
import shutil
from pathlib import Path

from builders.declared_batch import declared

from groundkeeper import batches, files


def predict(
    root: Path, set_name: str, rows: list[dict[str, object]], sequence: int = 9, **changed: object
) -> None:
    """Take *rows* in as the predictions that a model made, with what is *changed* in their declaration."""
    file = root / "predictions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said: dict[str, object] = {"origin": "model", "identity": "known", "round": f"run-{sequence}"}
    batch = declared(
        file.name, batches.sha256_of(file), format="answers", sequence=sequence, **(said | changed)
    )
    folder = root / "data" / "inbox" / set_name / batch.key
    folder.mkdir(parents=True)
    shutil.move(file, folder / file.name)
    files.write_json(folder / batches.DECLARATION, batch.model_dump(mode="json"))
