"""Objects that are likely wrong, and those that are likely missing, by the predictions of models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.label_errors.confident import ROUNDING
from groundkeeper.core.label_errors.objects import (
    ObjectError,
    Thresholds,
    object_errors,
    sure_from,
)
from groundkeeper.core.label_errors.pooled import softmin
from groundkeeper.core.label_errors.seen import seen
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.core.scoring.subjects.likeness import near_shapes
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.keypoints import SIGMA
from groundkeeper.reports.undefined import plain
from groundkeeper.suspects.agreed import THING, agreed, areas, looked, things
from groundkeeper.suspects.found import LIKELY, Suspects, ranked

TRUTH, SAID = "truth", "said"


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The objects of one side in items that both sides speak of.

    Attributes
    ----------
    rows : DataFrame
        One row an object: ``id, item, label`` (missing if none), ``ignored``; of predictions also ``confidence``.
    parts : DataFrame
        ``id, frame, geometry`` (shapely, px).
    """

    rows: pd.DataFrame
    parts: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The ground truth and the predictions of one model, on arrays.

    ``classes`` are the names of labels, ``items`` of units; ``truth_ids`` and ``said_ids`` of the objects. Of the
    predictions also ``parts`` (``id, frame, geometry``), and of each item ``image_area_px2``, by its name.
    """

    truth: Side
    said: Side
    near: Near
    confidence: Floats
    classes: list[str]
    items: list[str]
    truth_ids: list[str]
    said_ids: list[str]
    parts: pd.DataFrame
    image_area_px2: pd.Series


def held(truth: Drawn, said: Drawn, items: pd.DataFrame) -> Held:
    """Return both sides as arrays, with how alike every two of their objects are.

    Parameters
    ----------
    truth, said : Drawn
        Ids are those of their side alone.
    items : DataFrame
        ``item_id``, and as far as known ``width_px, height_px``: of everything that is held against one another.
    """
    names = sorted(items["item_id"])
    classes = sorted({*truth.rows["label"].dropna(), *said.rows["label"].dropna()})
    left = truth.rows.sort_values(["item", "id"], ignore_index=True)
    right = said.rows.sort_values(["item", "id"], ignore_index=True)
    units = tuple(_codes(side["item"], names) for side in (left, right))
    area = image_areas(items, *_everything(left, right, truth.parts, said.parts))
    near = near_shapes(
        (units[0], units[1]),
        (_placed(truth.parts, left), _placed(said.parts, right)),
        pd.Series(area[names].to_numpy(), range(len(names))),
        SIGMA,
    )
    return Held(
        _side(left, names, classes),
        _side(right, names, classes),
        near,
        right["confidence"].to_numpy(dtype=np.float64),
        classes,
        names,
        left["id"].tolist(),
        right["id"].tolist(),
        said.parts,
        area[names],
    )


def _side(rows: pd.DataFrame, items: Sequence[str], classes: Sequence[str]) -> Side:
    side = Side.of(_codes(rows["item"], items), _codes(rows["label"], classes))
    return replace(side, ignored=rows["ignored"].to_numpy(dtype=np.bool_))


def _codes(values: pd.Series, names: Sequence[str]) -> Integers:
    """Return the place of each value among *names*, ``NONE`` where it is missing."""
    return np.asarray(pd.Index(names).get_indexer(pd.Index(values)), dtype=np.int64)


def _placed(parts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``place, frame, geometry`` of the parts of *rows*."""
    place = pd.Series(range(len(rows)), rows["id"].to_numpy())
    told = parts[parts["id"].isin(rows["id"])]
    return told.assign(place=told["id"].map(place).astype("int64"))[["place", "frame", "geometry"]]


def _everything(
    left: pd.DataFrame, right: pd.DataFrame, *parts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what both sides drew as ``image_areas`` takes it: which object is in which item, and the shapes."""
    sides = list(zip((TRUTH, SAID), (left, right), parts, strict=True))
    marks = [
        pd.DataFrame({"annotation_id": name + "/" + rows["id"], "item_id": rows["item"]})
        for name, rows, _ in sides
    ]
    shapes = [
        drawn.assign(annotation_id=name + "/" + drawn["id"])[["annotation_id", "geometry"]]
        for name, _, drawn in sides
    ]
    return pd.concat(marks, ignore_index=True), pd.concat(shapes, ignore_index=True)


def claims(one: Held, thresholds: Thresholds, boxes: dict[str, str]) -> pd.DataFrame:
    """Return everything that the predictions claim is wrong, one row a claim, as ``found.COLUMNS`` names it.

    Parameters
    ----------
    one : Held
    thresholds : Thresholds
    boxes : dict
        The box around each object, by ``truth/<id>`` and ``said/<id>``, for people.
    """
    found = object_errors(one.truth, one.said, one.near, one.confidence, thresholds)
    kinds = np.array([kind.value for kind in ObjectError], dtype=object)[found.kind]
    record, prediction = _ids(one.truth_ids, found.truth), _ids(one.said_ids, found.said)
    label = _labels(one.truth.label, found.truth, one.classes)
    told = _labels(one.said.label, found.said, one.classes)
    told[np.isin(kinds, (ObjectError.BADLY_PLACED, ObjectError.UNSEEN))] = None
    places = [
        boxes.get(f"{SAID}/{said}" if truth is None else f"{TRUTH}/{truth}")
        for truth, said in zip(record, prediction, strict=True)
    ]
    return pd.DataFrame(
        {
            "item": np.array(one.items, dtype=object)[found.unit],
            "record": record,
            "prediction": prediction,
            "kind": kinds,
            "label": label,
            "instead": told,
            "quality": found.quality,
            "where": places,
        }
    )


def suspects(  # noqa: PLR0913 - the models, how they are held against the truth, and what was left out before
    models: dict[str, Held],
    thresholds: Thresholds,
    boxes: dict[str, str],
    counts: dict[str, int],
    *,
    groups: pd.Series | None = None,
    warnings: tuple[str, ...] = (),
) -> Suspects:
    """Return all claims of all models, that with the most disagreement first.

    How far models disagree with the ground truth is one less the quality. Of several models that predicted an item each
    has an equal part in it, and one that does not claim it has none; what they say of one thing is one claim (see
    ``agreed``). What is unseen has none: models overlook much that is there, and nothing tells how much of it is not.
    """
    told = [claims(one, thresholds, boxes).assign(model=name) for name, one in models.items()]
    made = pd.concat(told, ignore_index=True)
    drawn = pd.concat([one.parts for one in models.values()], ignore_index=True)
    area = areas([one.image_area_px2 for one in models.values()])
    made[THING] = things(made, drawn, area, thresholds.match)
    rows = agreed(made, looked([one.items for one in models.values()]))
    rows["disagreement"] = rows["doubt"].where(rows["kind"] != ObjectError.UNSEEN)
    items = sorted({item for one in models.values() for item in one.items})
    rows["likely"] = rows["disagreement"] >= LIKELY - ROUNDING
    by_kind = rows.loc[rows["likely"], "kind"].value_counts()
    likely = {
        f"likely_{kind.value}": int(by_kind.get(kind.value, 0))
        for kind in ObjectError
        if kind is not ObjectError.UNSEEN
    }
    likely["unseen"] = int((rows["kind"] == ObjectError.UNSEEN).sum())
    details = {
        "match": thresholds.match,
        "touching": thresholds.touching,
        "low_overlap": thresholds.low_overlap,
        "models": {name: _details(one, thresholds) for name, one in sorted(models.items())},
        "items": of_items(rows, items),
    }
    return Suspects(ranked(rows), items, groups, counts | likely, warnings, details)


def of_items(rows: pd.DataFrame, items: Sequence[str]) -> list[dict[str, Any]]:
    """Return the quality of each item, by kind and of all but what is unseen together, the worst first.

    1 where nothing is claimed.
    """
    place = pd.Index(items).get_indexer(pd.Index(rows["item"])).astype(np.int64)
    quality = rows["quality"].to_numpy(dtype=np.float64)
    told = (rows["kind"] != ObjectError.UNSEEN).to_numpy()
    pooled = {"all": _pooled(quality[told], place[told], len(items))}
    for kind in ObjectError:
        here = (rows["kind"] == kind.value).to_numpy()
        pooled[kind.value] = _pooled(quality[here], place[here], len(items))
    order = np.argsort(pooled["all"], kind="stable")
    return [
        {"item": items[one], "quality": {name: float(of[one]) for name, of in pooled.items()}}
        for one in order.tolist()
    ]


def _pooled(quality: Floats, place: Integers, n: int) -> Floats:
    return np.nan_to_num(softmin(quality, place, n), nan=1.0)


def around(name: str, parts: pd.DataFrame) -> dict[str, str]:
    """Return the box around each object of a side, such as ``frame 0: 1 2 30 40`` (left, top, right, bottom, px)."""
    bounds = shapely.bounds(parts["geometry"].to_numpy(dtype=object)).reshape(-1, 4)
    texts = [
        f"frame {frame}: " + " ".join(f"{edge:.6g}" for edge in box)
        for frame, box in zip(parts["frame"], bounds.tolist(), strict=True)
    ]
    told = pd.DataFrame({"id": name + "/" + parts["id"], "frame": parts["frame"], "text": texts})
    first = told.sort_values(["id", "frame"]).drop_duplicates("id")
    return dict(zip(first["id"], first["text"], strict=True))


def _details(one: Held, thresholds: Thresholds) -> dict[str, Any]:
    speaks = seen(
        one.truth, one.said, one.near, one.confidence, thresholds.touching, thresholds.match
    )
    sure = sure_from(one.truth, one.said, speaks, one.confidence, thresholds)
    return {
        "objects": int((~one.truth.ignored).sum()),
        "predictions": len(one.said),
        "sure_from": dict(zip(one.classes, map(plain, sure[:-1]), strict=True)),
        "seen_share": dict(zip(one.classes, map(plain, speaks.seen_share[:-1]), strict=True)),
    }


def _ids(names: Sequence[str], place: Integers) -> list[str | None]:
    return [None if one == NONE else names[one] for one in place.tolist()]


def _labels(label: Integers, place: Integers, classes: Sequence[str]) -> np.ndarray:
    codes = [NONE if one == NONE else int(label[one]) for one in place.tolist()]
    return np.array([None if code == NONE else classes[code] for code in codes], dtype=object)
