"""COCO's JSON as two sides of objects: a dataset is the truth, a list of results is what a model says."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.detection.average_precision import By
from groundkeeper.scored_files.coco_areas import geometry_of, joints_in
from groundkeeper.scored_files.coco_files import Dataset, Results, require_sizes
from groundkeeper.scored_files.sides import Side, side_of
from schemas.enums import Shape


def truth_of(dataset: Dataset, by: By) -> Side:
    """Return the objects of a dataset; those of a crowd need not be found, and are matched with nobody's fault."""
    told = dataset.dataset
    numbers = [one["id"] for one in told["annotations"]]
    rows = _rows(dataset.path, told["annotations"], dataset, by, "annotation", numbers)
    crowd = [bool(one["iscrowd"]) for one in told["annotations"]]
    shapes = rows.assign(annotator="truth", ignored=np.array(crowd, dtype=np.bool_))
    if by == "keypoints":
        nobody = np.array([item is None for item in shapes["geometry"]], dtype=np.bool_)
        shapes = shapes[~nobody]
    looked = pd.DataFrame(
        {"annotator": "truth", "item": [str(one["id"]) for one in told["images"]]}
    )
    return side_of(dataset.path, shapes, looked, classes=tuple(sorted(dataset.classes.values())))


def said_of(results: Results, dataset: Dataset, annotator: str) -> Side:
    """Return the objects of results; of an image without a result the model says that there is nothing.

    Raises
    ------
    FormatError
        If one has no area, or run lengths of another size than its image.
    """
    numbers = list(range(1, len(results.results) + 1))
    require_sizes(results.path, "result", zip(numbers, results.results, strict=True), dataset)
    rows = _rows(results.path, results.results, dataset, results.by, "result", numbers)
    shapes = rows.assign(
        annotator=annotator, confidence=[float(one["score"]) for one in results.results]
    )
    items = {*(str(one["id"]) for one in dataset.dataset["images"]), *shapes["item"]}
    looked = pd.DataFrame({"annotator": annotator, "item": sorted(items)})
    return side_of(results.path, shapes, looked)


def kept_dataset(dataset: Dataset, before: Side, after: Side) -> Mapping[str, Any]:
    """Return the dataset without what *after* lacks of *before*: what counts for nobody is no ground truth.

    Annotations are numbered anew from 1, as COCO's way takes an object with the number 0 for none.
    """
    gone = set(before.shapes["object"]) - set(after.shapes["object"])
    kept = [one for one in dataset.dataset["annotations"] if f"annotation {one['id']}" not in gone]
    return {**dataset.dataset, "annotations": [one | {"id": n} for n, one in enumerate(kept, 1)]}


def kept_results(results: Results, said: Side) -> list[Mapping[str, Any]]:
    """Return the results that are left of a side that was made of them."""
    kept = {int(name.removeprefix("result ")) - 1 for name in said.shapes["object"]}
    return [one for place, one in enumerate(results.results) if place in kept]


def _rows(  # noqa: PLR0913, PLR0917 - what is read, and how it is called
    path: Path,
    objects: Sequence[Mapping[str, Any]],
    dataset: Dataset,
    by: By,
    what: str,
    names: Sequence[int],
) -> pd.DataFrame:
    geometry = np.full(len(objects), None, dtype=object)
    drawn = joints_in if by == "keypoints" else partial(geometry_of, by=by)
    for place, (one, name) in enumerate(zip(objects, names, strict=True)):
        geometry[place] = drawn(one, where=f"{path}: {what} {name}")
    return pd.DataFrame(
        {
            "object": [f"{what} {name}" for name in names],
            "item": [str(one["image_id"]) for one in objects],
            "label": [
                dataset.classes.get(one["category_id"], f"category {one['category_id']}")
                for one in objects
            ],
            "shape": [_kind(one, by) for one in objects],
            "geometry": geometry,
        }
    )


def _kind(one: Mapping[str, Any], by: By) -> Shape:
    if by == "keypoints":
        return Shape.SKELETON
    if by == "bbox" or not one.get("segmentation"):
        return Shape.BBOX
    return Shape.MASK if isinstance(one["segmentation"], Mapping) else Shape.POLYGON
