"""COCO's JSON as two sides of objects: a dataset is the truth, a list of results is what a model says."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from groundkeeper.core.geometry import polygonal
from groundkeeper.core.scoring.detection.average_precision import By
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.rle import masks_of_coco
from groundkeeper.errors import FormatError, TableError, listing
from groundkeeper.scored_files.sides import Side, side_of
from schemas.enums import Shape

COCO_JOINTS: Final = 17
"""Key points of a person: the tolerances of average precision are known for these alone."""
SHOWN_CHARACTERS: Final = 80


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Image(_Block):
    id: int
    width: int | None = Field(default=None, ge=0)
    height: int | None = Field(default=None, ge=0)


class _Category(_Block):
    id: int
    name: str


class _Object(_Block):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float] | None = None
    segmentation: Any = None
    keypoints: tuple[float, ...] | None = None


class _Annotation(_Object):
    id: int
    iscrowd: int = Field(default=0, ge=0, le=1)
    area: float | None = None


class _Dataset(_Block):
    images: tuple[_Image, ...]
    categories: tuple[_Category, ...]
    annotations: tuple[_Annotation, ...]


class _Result(_Object):
    score: float


@dataclass(frozen=True)
class Dataset:
    """A dataset as it was read: the names of its categories, by id, and as COCO has it."""

    path: Path
    dataset: Mapping[str, Any]
    classes: Mapping[int, str]

    @property
    def sizes(self) -> pd.DataFrame:
        """Width and height of each image, px, indexed by item; nan where they are not said."""
        rows = [
            (str(one["id"]), one.get("width"), one.get("height")) for one in self.dataset["images"]
        ]
        table = pd.DataFrame(rows, columns=["item", "width", "height"]).set_index("item")
        return table.astype("float64")


@dataclass(frozen=True)
class Results:
    """Results as they were read, and how their objects are held against those of the truth."""

    path: Path
    results: Sequence[Mapping[str, Any]]
    by: By


def is_dataset(path: Path) -> bool:
    """Say whether a JSON file is a dataset, and not a list of results.

    Raises
    ------
    FormatError
        If it is not JSON, or neither.
    """
    told = _json(path)
    if isinstance(told, dict) and "annotations" in told:
        return True
    if isinstance(told, list):
        return False
    message = f"{path}: found JSON that is no COCO; allowed is a dataset, or a list of results"
    raise FormatError(message)


def read_dataset(path: Path) -> Dataset:
    """Return the dataset in *path*.

    Raises
    ------
    FormatError
        If something is missing or no number, an id is there twice, or an annotation is of no image or category.
    """
    told = _json(path)
    found = _checked(path, TypeAdapter(_Dataset), told)
    classes = {one.id: one.name for one in found.categories}
    for what, ids in (
        ("images", [one.id for one in found.images]),
        ("categories", [one.id for one in found.categories]),
        ("annotations", [one.id for one in found.annotations]),
        ("category names", [one.name for one in found.categories]),
    ):
        again = sorted(str(one) for one, often in Counter(ids).items() if often > 1)
        if again:
            message = f"{path}: {what}: found {listing(again)} twice; allowed is each once; correct the file"
            raise FormatError(message)
    images = {one.id for one in found.images}
    strange = [
        str(one.id)
        for one in found.annotations
        if one.image_id not in images or one.category_id not in classes
    ]
    if strange:
        message = f"{path}: found annotations of no image or category (ids {listing(strange)}); correct them"
        raise FormatError(message)
    whole = [_with_area(path, one) for one in told["annotations"]]
    return Dataset(path, {**told, "annotations": whole}, classes)


def _with_area(path: Path, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation with what COCO asks for and may be left out: its area, and that it is no crowd."""
    area = one.get("area")
    if area is None:
        by: By = "segm" if one.get("segmentation") else "bbox"
        area = _geometry(one, by, f"{path}: annotation {one['id']}").area
    return {**one, "area": area, "iscrowd": one.get("iscrowd", 0)}


def read_results(path: Path) -> Results:
    """Return the results in *path*.

    Raises
    ------
    FormatError
        If one has no image, category, finite score or shape, or they have shapes of several kinds.
    """
    told = _json(path)
    found = _checked(path, TypeAdapter(tuple[_Result, ...]), told)
    kinds: dict[By, bool] = {
        "keypoints": all(one.keypoints for one in found),
        "segm": all(one.segmentation for one in found),
        "bbox": all(one.bbox for one in found),
    }
    by = next((kind for kind, whole in kinds.items() if whole), None)
    if by is None:
        message = (
            f"{path}: found results without a shape, or of several kinds; allowed is a bbox, a segmentation or "
            "keypoints of all"
        )
        raise FormatError(message)
    other = {len(one.keypoints or ()) for one in found} - {3 * COCO_JOINTS}
    if found and by == "keypoints" and other:
        message = (
            f"{path}: found {listing(str(n) for n in sorted(other))} numbers of key points; allowed are x, y and "
            f"visibility of the {COCO_JOINTS} of a person, whose tolerances COCO knows"
        )
        raise FormatError(message)
    return Results(path, told, "bbox" if not found else by)


def truth_of(dataset: Dataset, by: By) -> Side:
    """Return the objects of a dataset; those of a crowd need not be found, and are matched with nobody's fault."""
    told = dataset.dataset
    crowd = [bool(one.get("iscrowd")) for one in told["annotations"]]
    rows = _rows(
        dataset.path,
        told["annotations"],
        dataset,
        by,
        "annotation",
        [one["id"] for one in told["annotations"]],
    )
    shapes = rows.assign(annotator="truth", ignored=np.array(crowd, dtype=np.bool_))
    if by == "keypoints":
        nobody = np.array([item is None for item in shapes["geometry"]], dtype=np.bool_)
        shapes = shapes[~nobody]
    looked = pd.DataFrame(
        {"annotator": "truth", "item": [str(one["id"]) for one in told["images"]]}
    )
    return side_of(dataset.path, shapes, looked, classes=tuple(sorted(dataset.classes.values())))


def said_of(results: Results, dataset: Dataset, annotator: str) -> Side:
    """Return the objects of results; of an image without a result the model says that there is nothing."""
    numbers = list(range(1, len(results.results) + 1))
    rows = _rows(results.path, results.results, dataset, results.by, "result", numbers)
    shapes = rows.assign(
        annotator=annotator, confidence=[float(one["score"]) for one in results.results]
    )
    items = {*(str(one["id"]) for one in dataset.dataset["images"]), *shapes["item"]}
    looked = pd.DataFrame({"annotator": annotator, "item": sorted(items)})
    return side_of(results.path, shapes, looked)


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
    for place, (one, name) in enumerate(zip(objects, names, strict=True)):
        where = f"{path}: {what} {name}"
        drawn = _joints if by == "keypoints" else partial(_geometry, by=by)
        geometry[place] = drawn(one, where=where)
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


def _geometry(one: Mapping[str, Any], by: By, where: str) -> shapely.Geometry:
    if by == "segm" and one.get("segmentation"):
        return _area(one["segmentation"], where)
    if one.get("bbox") is None:
        message = f"{where}: found no bbox; needed is [x, y, width, height]; add it"
        raise FormatError(message)
    left, top, width, height = one["bbox"]
    if not (width > 0 and height > 0):
        message = f"{where}: found a box of {width} x {height}; allowed is above 0; correct it, or leave it out"
        raise FormatError(message)
    return shapely.box(left, top, left + width, top + height)


def _joints(one: Mapping[str, Any], where: str) -> shapely.Geometry | None:
    flat = one.get("keypoints") or []
    if len(flat) % 3:
        message = f"{where}: found {len(flat)} numbers of key points; allowed is x, y and visibility of each"
        raise FormatError(message)
    joints = np.array(flat, dtype=np.float64).reshape(-1, 3)
    if "score" in one:
        # What stands for the visibility of a joint in results is whatever the model wrote there.
        joints[:, 2] = 2
    return shapely.MultiPoint(joints) if (joints[:, 2] > 0).any() else None


def _area(told: object, where: str) -> shapely.Geometry:
    try:
        if isinstance(told, Mapping):
            masks = masks_of_coco([told["counts"]], [told["size"][0]], [told["size"][1]])
            return polygons_of(masks)[0]
        rings = [np.array(ring, dtype=np.float64).reshape(-1, 2) for ring in told]  # type: ignore[attr-defined] # ValueError and TypeError say so
        whole = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
    except (KeyError, IndexError, TypeError, ValueError, FormatError, TableError) as error:
        message = f"{where}: segmentation: found what is neither polygons nor run lengths ({error}); correct it"
        raise FormatError(message) from error
    area: shapely.Geometry = polygonal(np.array([whole], dtype=object))[0]
    return area


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON has no narrower type
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: no such file; needed is COCO's JSON; check the path"
        raise FormatError(message) from error
    except ValueError as error:
        message = f"{path}: not JSON ({error}); needed is COCO's JSON; correct the file"
        raise FormatError(message) from error


def _checked(path: Path, adapter: TypeAdapter[Any], told: object) -> Any:  # noqa: ANN401 - of whatever type the adapter is
    try:
        return adapter.validate_python(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "file"
        found = repr(first["input"])[:SHOWN_CHARACTERS]
        message = f"{path}: {place}: {first['msg']} (found {found}); correct it"
        raise FormatError(message) from error
