"""Objects of a ground truth and predictions of models, in files of answers (``formats.answers``) of anybody's."""

from pathlib import Path
from typing import Final

import pandas as pd

from groundkeeper.core.label_errors.objects import Thresholds
from groundkeeper.errors import TableError, listing
from groundkeeper.formats import Reading, reader
from groundkeeper.suspects.drawn import SAID, TRUTH, Drawn, around, held, suspects
from groundkeeper.suspects.found import Suspects
from schemas.enums import LOOKED

ENDING: Final = ".jsonl"
"""How a file of objects is called."""


def of_files(
    labels: Path, predictions: list[Path], thresholds: Thresholds, model: str | None = None
) -> Suspects:
    """Return what the predictions claim is wrong with the objects in the file *labels*.

    Parameters
    ----------
    labels : Path
        One answer an item.
    predictions : list of Path
        Answers whose ``annotator`` is the model; each annotation has a ``confidence``.
    thresholds : Thresholds
    model : str, optional
        Only this one's.

    Raises
    ------
    FormatError
        If a file is not what its format says.
    TableError
        If an item has several answers in *labels* or by a model, a prediction has no confidence, or no item is in
        both.
    """
    truth = reader("answers").read(labels, {}, ())
    given = _looked(labels, truth, "one answer of the ground truth an item", ["item_key"])
    told = [(path, reader("answers").read(path, {}, ())) for path in predictions]
    models: dict[str, tuple[set[str], Drawn]] = {}
    for path, reading in told:
        said = _looked(path, reading, "one answer of a model an item", ["item_key", "annotator"])
        for name, of_model in said.groupby("annotator"):
            if str(name) in models:
                message = (
                    f"{path}: found the model {name} again; allowed is one file a model; rename it"
                )
                raise TableError(message)
            drawn = _drawn(reading, of_model)
            _require_confidence(path, drawn)
            models[str(name)] = set(of_model["item_key"]), drawn
    if model is not None:
        if model not in models:
            message = (
                f"found no model {model!r}; there are: {listing(sorted(models))}; name one of them"
            )
            raise TableError(message)
        models = {model: models[model]}
    return _found(labels, _drawn(truth, given), set(given["item_key"]), models, thresholds)


def _found(
    labels: Path,
    truth: Drawn,
    given: set[str],
    models: dict[str, tuple[set[str], Drawn]],
    thresholds: Thresholds,
) -> Suspects:
    predicted = set().union(*(items for items, _ in models.values()))
    common = given & predicted
    if not common:
        message = f"{labels}: none of its {len(given)} items has a prediction; name items alike in all files"
        raise TableError(message)
    counts = {
        "items": len(common),
        "without_prediction": len(given - predicted),
        "predictions_not_in_gt": len(predicted - given),
        "models": len(models),
    }
    boxes = around(TRUTH, truth.parts)
    sides = {}
    for name, (items, drawn) in models.items():
        both = sorted(items & common)
        boxes |= around(SAID, drawn.parts)
        frame = pd.DataFrame({"item_id": both}, dtype="str")
        sides[name] = held(_within(truth, both), _within(drawn, both), frame)
    return suspects(sides, thresholds, boxes, counts)


def _looked(path: Path, reading: Reading, allowed: str, key: list[str]) -> pd.DataFrame:
    """Return the answers of who looked; no two have the same *key*."""
    answers = reading.answers[reading.answers["state"].isin(LOOKED)]
    again = answers[answers.duplicated(key)]
    if len(again):
        found = listing(sorted(set(again["item_key"])))
        message = (
            f"{path}: found several answers to {found}; allowed is {allowed}; leave the others out"
        )
        raise TableError(message)
    return answers


def _drawn(reading: Reading, answers: pd.DataFrame) -> Drawn:
    """Return the objects of *answers* that have a shape."""
    marks = reading.annotations.merge(answers[["answer_key", "item_key"]], on="answer_key")
    marks = marks[marks["annotation_key"].isin(reading.parts["annotation_key"])]
    rows = marks[["annotation_key", "item_key", "label", "confidence"]].set_axis(
        ["id", "item", "label", "confidence"], axis=1
    )
    parts = reading.parts[reading.parts["annotation_key"].isin(rows["id"])]
    shapes = parts[["annotation_key", "frame", "geometry"]].rename(columns={"annotation_key": "id"})
    return Drawn(rows.assign(ignored=False), shapes)


def _require_confidence(path: Path, drawn: Drawn) -> None:
    unsure = drawn.rows[drawn.rows["confidence"].isna()]
    if len(unsure):
        found = listing(sorted(set(unsure["item"])))
        message = (
            f"{path}: found {len(unsure)} predictions without confidence, in the items {found}; needed is one of each, "
            "from 0 to 1, as what a model is not sure of speaks against nothing; add it"
        )
        raise TableError(message)


def _within(drawn: Drawn, items: list[str]) -> Drawn:
    rows = drawn.rows[drawn.rows["item"].isin(items)]
    return Drawn(rows, drawn.parts[drawn.parts["id"].isin(rows["id"])])
