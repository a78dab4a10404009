"""Areas with a confidence as COCO has them, for average precision: boxes as boxes, all other areas as masks."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.geometry import bounding_boxes
from groundkeeper.core.scoring.detection.average_precision import By
from groundkeeper.core.scoring.outcomes import UNLABELLED
from groundkeeper.core.shapes.areas.rotated import is_upright
from groundkeeper.core.shapes.masks.mask_polygons import masks_of
from groundkeeper.core.shapes.masks.rle import coco_of
from groundkeeper.errors import RefusedError
from schemas.enums import AREAS, Shape

NOT_AREAS: Final = "average precision is of areas; the objects are not all areas"
NOT_SURE: Final = "average precision needs a confidence of everything that is said"
NO_SIZE: Final = "average precision of masks needs the size of every image"


@dataclass(frozen=True)
class Detections:
    """A COCO dataset and results, how they are compared, and the item of each image, by its id."""

    truth: dict[str, Any]
    said: list[dict[str, Any]]
    by: By
    item_of: dict[int, str]


def detections(truth: pd.DataFrame, said: pd.DataFrame, images: pd.DataFrame) -> Detections:
    """Return objects of two sides as a COCO dataset and results.

    Boxes are compared by their edges if all objects of both sides are upright ones, and all objects by the pixels that
    they cover if not. A frame is an image.

    Parameters
    ----------
    truth : DataFrame
        One row per object and frame: ``item, frame, label, shape`` (a ``Shape``), ``geometry`` (px), ``ignored``:
        what is ignored is a crowd to COCO, which need not be found.
    said : DataFrame
        The same, with ``confidence`` in place of ``ignored``.
    images : DataFrame
        All frames that are scored: ``item, frame, width, height``, px, nan where they are not known.

    Raises
    ------
    RefusedError
        If an object is no area, something was said without a confidence, or a size is missing that is needed.

    Examples
    --------
    >>> from shapely import box
    >>> cat = pd.DataFrame({"item": ["i"], "frame": [0], "label": ["cat"], "shape": [Shape.BBOX]})
    >>> cat["geometry"] = [box(0, 0, 4, 2)]
    >>> images = pd.DataFrame({"item": ["i"], "frame": [0], "width": [np.nan], "height": [np.nan]})
    >>> found = detections(cat.assign(ignored=False), cat.assign(confidence=0.5), images)
    >>> found.by, found.said
    ('bbox', [{'image_id': 1, 'category_id': 1, 'bbox': [0.0, 0.0, 4.0, 2.0], 'score': 0.5}])
    """
    both = pd.concat([truth, said], ignore_index=True)
    if not both["shape"].isin(list(AREAS)).all():
        raise RefusedError(NOT_AREAS)
    if said["confidence"].isna().any():
        raise RefusedError(NOT_SURE)
    in_order = images.sort_values(["item", "frame"], ignore_index=True)
    classes = sorted(set(both["label"].fillna(UNLABELLED)))
    by = by_of(truth, said)
    if by == "segm" and in_order[["width", "height"]].isna().any(axis=None):
        raise RefusedError(NO_SIZE)
    ours = _objects(truth, in_order, classes, by)
    theirs = _objects(said, in_order, classes, by)
    area = _areas(ours, by)
    crowd = truth["ignored"].astype(int).tolist()
    annotations = [
        one | {"id": number, "area": size, "iscrowd": is_crowd}
        for number, (one, size, is_crowd) in enumerate(zip(ours, area, crowd, strict=True), start=1)
    ]
    scores = said["confidence"].tolist()
    return Detections(
        {
            "images": _images(in_order),
            "categories": [{"id": n, "name": name} for n, name in enumerate(classes, start=1)],
            "annotations": annotations,
        },
        [one | {"score": score} for one, score in zip(theirs, scores, strict=True)],
        by,
        dict(enumerate(in_order["item"], start=1)),
    )


def by_of(truth: pd.DataFrame, said: pd.DataFrame) -> By:
    """Return how areas of two sides are compared: as ``bbox`` if all of them are upright boxes, else as ``segm``."""
    both = pd.concat([truth[["shape", "geometry"]], said[["shape", "geometry"]]])
    boxes = both["shape"].eq(Shape.BBOX).all()
    upright = boxes and is_upright(both["geometry"].to_numpy(dtype=object)).all()
    return "bbox" if upright else "segm"


def _images(images: pd.DataFrame) -> list[dict[str, Any]]:
    sizes = images[["width", "height"]].fillna(0).astype(int).itertuples(index=False)
    return [
        {"id": number, "width": width, "height": height}
        for number, (width, height) in enumerate(sizes, start=1)
    ]


def _objects(
    table: pd.DataFrame, images: pd.DataFrame, classes: list[str], by: By
) -> list[dict[str, Any]]:
    place = pd.MultiIndex.from_frame(images[["item", "frame"]])
    image = place.get_indexer(pd.MultiIndex.from_frame(table[["item", "frame"]]))
    label = pd.Index(classes).get_indexer(pd.Index(table["label"].fillna(UNLABELLED)))
    drawn = table["geometry"].to_numpy(dtype=object)
    edges = bounding_boxes(drawn)
    corners = np.column_stack([edges[:, :2], edges[:, 2:] - edges[:, :2]]).tolist()
    named = zip((image + 1).tolist(), (label + 1).tolist(), corners, strict=True)
    objects: list[dict[str, Any]] = [
        {"image_id": one, "category_id": code, "bbox": box} for one, code, box in named
    ]
    if by == "bbox":
        return objects
    sizes = images[["height", "width"]].to_numpy(dtype=np.int64)[image]
    counts = coco_of(masks_of(drawn, sizes[:, 0], sizes[:, 1]))
    # Without a box: of results that have one, COCO takes the area of the box for theirs.
    return [
        {name: one[name] for name in ("image_id", "category_id")}
        | {"segmentation": {"size": size, "counts": runs}}
        for one, size, runs in zip(objects, sizes.tolist(), counts, strict=True)
    ]


def _areas(objects: list[dict[str, Any]], by: By) -> list[float]:
    """Return the area of each object, px2: of masks the number of their pixels."""
    if by == "bbox":
        return [float(one["bbox"][2] * one["bbox"][3]) for one in objects]
    return [float(sum(one["segmentation"]["counts"][1::2])) for one in objects]
