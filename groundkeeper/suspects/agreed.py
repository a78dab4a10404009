"""Claims of several models, of which those that say the same of one thing are one.

The more models agree, the more speaks against an object, and a model that never looked at an item says nothing of it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.alike import pointwise
from groundkeeper.core.consensus.cluster import overlaps
from groundkeeper.core.label_errors.confident import ROUNDING
from groundkeeper.core.label_errors.objects import ObjectError
from groundkeeper.core.shapes.points.keypoints import SIGMA

THING = "thing"
"""Column of what a claim is of."""


def agreed(told: pd.DataFrame, models: pd.Series) -> pd.DataFrame:
    """Return the claims, one row each thing and kind, with the mean of what the models that saw the item say.

    Of what the models would have it be instead, that with most behind it holds, and with it the prediction that says so
    most loudly; of equal ones the first by name.

    Parameters
    ----------
    told : DataFrame
        One row a model's claim: ``item, record, prediction, kind, label, instead, where, thing``, and ``quality``, 0 to
        1. A model claims a thing of one kind at most once.
    models : Series
        How many models predicted each item, by item; one that does not claim a thing speaks for it.

    Returns
    -------
    DataFrame
        The same columns, and ``doubt``, 1 less the mean quality.

    Examples
    --------
    Two models say dog, one says bird, a fourth nothing:

    >>> told = pd.DataFrame({"prediction": ["p", "q", "r"], "instead": ["dog", "bird", "dog"], "quality": 0.2})
    >>> told = told.assign(item="i", record="o", kind="swapped", label="cat", where=None, thing="o")
    >>> agreed(told, pd.Series({"i": 4}))[["prediction", "instead", "doubt"]].round(2).to_dict("records")
    [{'prediction': 'p', 'instead': 'dog', 'doubt': 0.6}]
    """
    one = ["item", "kind", THING]
    said = told.assign(
        doubt=(1 - told["quality"].astype("float64")) / told["item"].map(models).astype("float64")
    )
    # By one key, so that the sums do not depend on the order of rows.
    said = said.sort_values([*one, "doubt", "prediction"], ignore_index=True)
    said["support"] = said.groupby([*one, "instead"], dropna=False)["doubt"].transform("sum")
    rises = {"support": False, "doubt": False, "instead": True, "prediction": True}
    first = said.sort_values(
        [*one, *rises], ascending=[True] * len(one) + [*rises.values()], ignore_index=True
    ).drop_duplicates(one)
    # Thirds of 1 may sum to a little more.
    total = said.groupby(one, as_index=False)["doubt"].sum()
    found = first.drop(columns=["doubt", "support"]).merge(total, on=one)
    found["doubt"] = found["doubt"].clip(0.0, 1.0)
    return found.assign(quality=1 - found["doubt"])


def things(
    told: pd.DataFrame, parts: pd.DataFrame, image_area_px2: pd.Series, match: float
) -> pd.Series:
    """Return what each claim is of: the record, or where there is none the loudest of predictions that are alike.

    The loudest prediction of something overlooked takes with it of each other model the one that is most alike, of
    equal ones that of its class, if it is alike enough; then the loudest of the rest.

    Parameters
    ----------
    told : DataFrame
        ``model, item, record, prediction, kind, instead, quality``, with an index of its own.
    parts : DataFrame
        ``id, frame, geometry`` of predictions, shapely, px; an id is that of one model.
    image_area_px2 : Series
        Of each item, by item.
    match : float
        Similarity from which on two predictions are one thing.
    """
    found = told["record"].astype("object").copy()
    alone = told[told["kind"] == ObjectError.OVERLOOKED.value]
    if alone.empty:
        return found
    near = _near(alone, parts, image_area_px2, match)
    of = alone.set_index("prediction")
    model, label = of["model"].to_dict(), of["instead"].to_dict()
    thing: dict[str, str] = {}
    for loudest in alone.sort_values(["quality", "prediction"])["prediction"]:
        if loudest in thing:
            continue
        thing[loudest] = loudest
        taken = {model[loudest]}
        beside = [
            (-alike, label[other] != label[loudest], other)
            for other, alike in near.get(loudest, ())
            if other not in thing
        ]
        for *_, other in sorted(beside):
            if model[other] not in taken:
                thing[other] = loudest
                taken.add(model[other])
    found.loc[alone.index] = alone["prediction"].map(thing)
    return found


def _near(
    alone: pd.DataFrame, parts: pd.DataFrame, image_area_px2: pd.Series, match: float
) -> dict[str, list[tuple[str, float]]]:
    """Return of each prediction those of other models that are alike at *match*, and how much."""
    marks = pd.DataFrame(
        {
            "annotation_id": alone["prediction"],
            "item_id": alone["item"],
            "annotator": alone["model"],
            "round": "",
        }
    )
    drawn = parts[parts["id"].isin(alone["prediction"])].rename(columns={"id": "annotation_id"})
    near: dict[str, list[tuple[str, float]]] = {}
    for pairs in (overlaps(drawn, marks), pointwise(drawn, marks, image_area_px2, SIGMA)):
        close = pairs[pairs["iou"] >= match - ROUNDING]
        for left, right, alike in close[["left", "right", "iou"]].itertuples(index=False):
            near.setdefault(left, []).append((right, alike))
            near.setdefault(right, []).append((left, alike))
    return near


def areas(of_models: Sequence[pd.Series]) -> pd.Series:
    """Return the area of the image of each item, px2: the largest that is known by any model's predictions."""
    largest: pd.Series = pd.concat([*of_models]).groupby(level=0).max()
    return largest


def looked(of_models: Sequence[Sequence[str]]) -> pd.Series:
    """Return how many models predicted each item, by item.

    Examples
    --------
    >>> looked([["a", "b"], ["b"]]).to_dict()
    {'a': 1, 'b': 2}
    """
    names, counts = np.unique([item for items in of_models for item in items], return_counts=True)
    return pd.Series(counts, names.tolist())
