"""Records of a set that are values of items, beside the probabilities that models give them."""

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper import tables
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.errors import RefusedError, listing
from groundkeeper.label_files import ascending
from groundkeeper.layout import Layout
from groundkeeper.suspects import classes
from groundkeeper.suspects.classes import Asked, Labelled
from groundkeeper.suspects.found import Suspects
from schemas.enums import SETTLED, Outcome
from schemas.names import GT_ITEMS, RECORDS

SPREAD: Final = (
    "predictions without a probability for each class: what the confidence leaves is spread evenly "
    "over the others"
)
ITS_OWN: Final = ""
"""The name of the class that a prediction states when it has a confidence alone; no class is called so."""
FEWEST_CLASSES: Final = 2


def of_labels(layout: Layout, said: Evidence, outcomes: pd.DataFrame, asked: Asked) -> Suspects:
    """Return what models say is wrong with the settled records of a set whose items are the records.

    Of several models the mean probability counts. A prediction with a confidence alone leaves the rest evenly to the
    other classes.

    Parameters
    ----------
    layout : Layout
    said : Evidence
        The predictions.
    outcomes : DataFrame
        What the stage ``score`` made of them, the table ``outcomes`` of the same models.
    asked : Asked

    Raises
    ------
    RefusedError
        If no settled record has a class that a model is more or less sure of, there is one class alone, or the scale
        lacks one.
    """
    gt_items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS).set_index("item_id")
    pairs = _pairs(said, outcomes, tables.read(layout.table("decide", RECORDS), RECORDS))
    sure = pairs[pairs["probabilities"].notna() | pairs["confidence"].notna()]
    # In one order, so that means over models do not depend on that of the rows.
    sure = sure.sort_values(["record_id", "annotator", "annotation_id"], ignore_index=True)
    if pairs.empty:
        message = (
            f"{layout.set_name}: no settled record has a class that a model speaks of; the guideline says which field "
            "is the class (scoring.class_by)"
        )
        raise RefusedError(message)
    if sure.empty:
        message = (
            f"{layout.set_name}: none of {len(pairs)} predictions of settled records says how sure the model is; "
            "needed are probabilities or a confidence; have the model state them"
        )
        raise RefusedError(message)
    stated = zip(sure["probabilities"], sure["confidence"], strict=True)
    spelled = [_probabilities(text, confidence) for text, confidence in stated]
    stated_of = {name for one in spelled for name in one} - {ITS_OWN}
    names = _classes(layout, stated_of.union(sure["truth"], sure["said"]), asked.scale)
    if len(names) < FEWEST_CLASSES:
        message = f"{layout.set_name}: found the class {names[0]} alone; needed are two, or no label can be wrong"
        raise RefusedError(message)
    rows = np.array(
        [_row(one, str(label), names) for one, label in zip(spelled, sure["said"], strict=True)]
    )
    table = pd.DataFrame(rows, index=pd.Index(sure["record_id"])).groupby(level=0).mean()
    first = sure.drop_duplicates("record_id").set_index("record_id").loc[table.index]
    label = pd.Index(names).get_indexer(pd.Index(first["truth"])).astype(np.int64)
    # Models state few digits.
    probability = table.div(table.sum(axis=1), axis=0).to_numpy(dtype=np.float64)
    scored = gt_items[gt_items["status"].isin(SETTLED)]
    items = first["item_id"].map(gt_items["item_key"]).tolist()
    counts = {
        "items": len(set(items)),
        "items_open": len(gt_items) - len(scored),
        "without_prediction": len(scored) - len(set(items) & set(scored["item_key"])),
        "predictions_not_sure": len(pairs) - len(sure),
        "models": int(sure["annotator"].nunique()),
    }
    labelled = Labelled(
        items,
        names,
        Predicted(label, probability),
        counts,
        gt_items.set_index("item_key")["group_id"],
        [str(name) for name in table.index],
        (SPREAD,) if sure["probabilities"].isna().any() else (),
    )
    return classes.suspects(labelled, asked)


def _classes(layout: Layout, found: set[str], scale: Sequence[str] | None) -> list[str]:
    """Return the classes in the order of *scale*, or as numbers ascending if all are, else as texts."""
    if scale is None:
        return ascending(found)
    if foreign := sorted(found - set(scale)):
        message = (
            f"{layout.set_name}: found the classes {listing(foreign)}; allowed is the scale {listing(scale)}; "
            "name them in it"
        )
        raise RefusedError(message)
    return list(dict.fromkeys(scale))


def _pairs(said: Evidence, outcomes: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return the settled records that have a class, and what each model says of it.

    Of values of items the outcomes name no record and no annotation: then it is the only settled record of the item,
    and the first annotation of the model.

    Returns
    -------
    DataFrame
        ``record_id, item_id, annotation_id, annotator, truth, said, confidence, probabilities``.
    """
    told = said.annotations.merge(said.answers[["answer_id", "annotator"]], on="answer_id")
    pairs = outcomes[outcomes["outcome"].isin([Outcome.CORRECT, Outcome.MISMATCH])]
    pairs = pairs.dropna(subset=["truth", "said"]).rename(columns={"subject": "annotator"})
    first = told.sort_values("annotation_id").drop_duplicates(["annotator", "item_id"])
    settled = records[records["status"].isin(SETTLED)].sort_values("record_id")
    only = settled.drop_duplicates("item_id").set_index("item_id")["record_id"]
    pairs = pairs.merge(
        first[["annotator", "item_id", "annotation_id"]].rename(columns={"annotation_id": "first"}),
        on=["annotator", "item_id"],
        how="left",
    )
    pairs["annotation_id"] = pairs["annotation_id"].fillna(pairs["first"])
    pairs["record_id"] = pairs["record_id"].fillna(pairs["item_id"].map(only))
    stated = told[["annotation_id", "confidence", "probabilities"]]
    return (
        pairs[["record_id", "item_id", "annotation_id", "annotator", "truth", "said"]]
        .dropna(subset=["record_id", "annotation_id"])
        .merge(stated, on="annotation_id")
    )


def _probabilities(text: object, confidence: float) -> dict[str, float]:
    """Return the probabilities that a prediction states, or of no name its confidence alone."""
    return dict(json.loads(text)) if isinstance(text, str) else {ITS_OWN: confidence}


def _row(stated: dict[str, float], said: str, names: list[str]) -> list[float]:
    if ITS_OWN not in stated:
        return [stated.get(name, 0.0) for name in names]
    rest = (1 - stated[ITS_OWN]) / (len(names) - 1)
    return [stated[ITS_OWN] if name == said else rest for name in names]
