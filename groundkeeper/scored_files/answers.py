"""A file of answers, ``.jsonl``, as one side of objects: shapes and tags, tracks frame by frame."""

import json
from pathlib import Path
from typing import Final

import pandas as pd

from groundkeeper import merged_answers
from groundkeeper.core.consensus.arrangement import GROUP, Z_ORDER
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import FormatError, listing
from groundkeeper.scored_files.sides import Side, side_of
from schemas.enums import Shape

ARRANGED: Final = frozenset({GROUP, Z_ORDER})
"""Attributes that say how shapes lie and belong together, and are compared apart from the others."""


def read(path: Path) -> Side:
    """Return the objects that the file *path* states.

    Raises
    ------
    FormatError
        If it is no file of answers, or an annotation has two parts in one frame; the message has the place.
    """
    heard = merged_answers.read(path)
    answers = heard.evidence.answers[["answer_id", "item_id", "annotator", "submitted_at"]]
    shapes = _shapes(path, heard.evidence)
    several = shapes.groupby("annotation_id")["frame"].transform("size") > 1
    frame = shapes["frame"].fillna(0).astype("int64")
    name = [
        f"{one}/frame {number}" if is_one_of_several else one
        for one, number, is_one_of_several in zip(
            shapes["annotation_id"], frame, several, strict=True
        )
    ]
    stated = [json.loads(text) for text in shapes["attributes"]]
    rows = pd.DataFrame(
        {
            "object": name,
            "item": shapes["item_id"],
            "frame": frame,
            "annotator": shapes["annotator"],
            "label": shapes["label"],
            "shape": [Shape(kind) for kind in shapes["kind"]],
            "geometry": shapes["geometry"].where(shapes["geometry"].notna(), None),
            "attributes": [
                canonical_json({name: one[name] for name in one if name not in ARRANGED})
                for one in stated
            ],
            "group": pd.Series(map(_group, stated), shapes.index, dtype=object),
            "layer": [_layer(one) for one in stated],
            "rotation": shapes["rotation"],
            "confidence": shapes["confidence"],
        }
    )
    looked = answers.rename(columns={"item_id": "item"})
    return side_of(path, rows, looked, warnings=[f"{path.name}: {one}" for one in heard.warnings])


def _shapes(path: Path, evidence: Evidence) -> pd.DataFrame:
    """Return annotations in the order of their answers, one row for each frame that they are in."""
    told = evidence.annotations.merge(evidence.answers[["answer_id", "annotator"]], on="answer_id")
    order = ["answer_id", "ordinal", "annotation_id"]
    told = told.sort_values(order, ignore_index=True)
    drawn = evidence.parts[["annotation_id", "frame", "geometry", "rotation"]]
    drawn = drawn.astype({"annotation_id": told["annotation_id"].dtype})
    shapes = told.merge(drawn, "left", "annotation_id")
    again = shapes[shapes.duplicated(["annotation_id", "frame"])]
    if len(again):
        columns = again[["annotator", "item_id", "ordinal", "frame"]].itertuples(index=False)
        places = listing(
            f"annotation {ordinal + 1} of {item} by {who}, frame {int(frame)}"
            for who, item, ordinal, frame in columns
        )
        message = (
            f"{path}: found two parts in one frame ({places}); allowed is one of an annotation in each frame; make "
            "them two annotations, or one shape"
        )
        raise FormatError(message)
    return shapes


def _group(stated: dict[str, object]) -> str | None:
    return canonical_json(stated[GROUP]) if GROUP in stated else None


def _layer(stated: dict[str, object]) -> int:
    layer = stated.get(Z_ORDER)
    return layer if isinstance(layer, int) and not isinstance(layer, bool) else 0
