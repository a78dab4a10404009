"""COCO's JSON as it was read and checked: a dataset, which is the truth, or results, which are what a model says.

A number in quotes, ``true`` or 1.0 for an id is refused, and not taken for another one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import pandas as pd
from pydantic import BaseModel, Discriminator, Field, Tag

from groundkeeper.checked import checked
from groundkeeper.core.scoring.detection.average_precision import By
from groundkeeper.errors import FormatError, listing
from groundkeeper.formats.drawing import Pixels
from groundkeeper.scored_files.coco_areas import COCO_JOINTS, geometry_of
from groundkeeper.scored_files.json_files import (
    LARGEST_ID,
    LONGEST_SIDE_PX,
    Block,
    told_in,
)

NEEDED: Final = "COCO's JSON"
KINDS: Final = ("polygons", "run lengths", "numbers", "text")
"""What a value may be one of; it is no part of its place in the file."""

Id: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Side: TypeAlias = Annotated[int, Field(gt=0, le=LONGEST_SIDE_PX)]
Ring: TypeAlias = Annotated[list[Pixels], Field(min_length=6)]


class _Image(Block):
    id: Id
    width: Side | None = None
    height: Side | None = None


class _Category(Block):
    id: Id
    name: str


class _Runs(Block):
    size: Annotated[list[Side], Field(min_length=2, max_length=2)]
    counts: (
        Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_ID)]], Tag(KINDS[2])]
        | Annotated[str, Tag(KINDS[3])]
    ) = Field(
        discriminator=Discriminator(lambda told: KINDS[3] if isinstance(told, str) else KINDS[2])
    )


Segmentation: TypeAlias = Annotated[
    Annotated[list[Ring], Tag(KINDS[0])] | Annotated[_Runs, Tag(KINDS[1])],
    Discriminator(lambda told: KINDS[0] if isinstance(told, list) else KINDS[1]),
]


class _Object(Block):
    image_id: Id
    category_id: Id
    bbox: Annotated[list[Pixels], Field(min_length=4, max_length=4)] | None = None
    segmentation: Segmentation | None = None
    keypoints: list[Pixels] | None = None


class _Annotation(_Object):
    id: Id
    iscrowd: int = Field(default=0, ge=0, le=1)
    area: Annotated[float, Field(ge=0)] | None = None
    num_keypoints: Annotated[int, Field(ge=0)] | None = None


class _Dataset(Block):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Annotation]


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
    told = told_in(path, NEEDED)
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
        If something is missing or no number, an id is there twice, an annotation is of no image or category, or run
        lengths are of another size than their image.
    """
    found = checked(_Dataset, told_in(path, NEEDED), str(path))
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
    dataset = {
        "images": _plain(found.images),
        "categories": _plain(found.categories),
        "annotations": [_with_area(path, one) for one in _plain(found.annotations)],
    }
    made = Dataset(path, dataset, classes)
    numbers = [one.id for one in found.annotations]
    require_sizes(path, "annotation", zip(numbers, dataset["annotations"], strict=True), made)
    return made


def read_results(path: Path) -> Results:
    """Return the results in *path*.

    Raises
    ------
    FormatError
        If one has no image, category, finite score or shape, or they have shapes of several kinds.
    """
    found = checked(list[_Result], told_in(path, NEEDED), str(path))
    kinds: dict[By, bool] = {
        "keypoints": all(one.keypoints for one in found),
        "segm": all(one.segmentation for one in found),
        "bbox": all(one.bbox for one in found),
    }
    by = next((kind for kind, whole in kinds.items() if whole), None)
    if by is None:
        message = (
            f"{path}: found results without a shape, or of several kinds; allowed is a bbox, a segmentation or "
            "keypoints of all; make them all of one kind"
        )
        raise FormatError(message)
    other = {len(one.keypoints or ()) for one in found} - {3 * COCO_JOINTS}
    if found and by == "keypoints" and other:
        message = (
            f"{path}: found {listing(str(n) for n in sorted(other))} numbers of key points; allowed are x, y and "
            f"visibility of the {COCO_JOINTS} of a person, whose tolerances COCO knows"
        )
        raise FormatError(message)
    return Results(path, _plain(found), "bbox" if not found else by)


def require_sizes(
    path: Path, what: str, objects: Iterable[tuple[int, Mapping[str, Any]]], dataset: Dataset
) -> None:
    """Make sure that run lengths are of pictures as large as their images.

    Parameters
    ----------
    path, what
        The file of the *objects*, and what it calls one.
    objects
        The number of each, and what COCO has of it.
    dataset
        With the images that say how large they are.

    Raises
    ------
    FormatError
        If one is of another size; the message has both.
    """
    sizes = {
        one["id"]: [one["height"], one["width"]]
        for one in dataset.dataset["images"]
        if "height" in one and "width" in one
    }
    for number, one in objects:
        drawn, image = one.get("segmentation"), one["image_id"]
        if isinstance(drawn, Mapping) and drawn["size"] != sizes.get(image, drawn["size"]):
            found, allowed = drawn["size"], sizes[image]
            message = (
                f"{path}: {what} {number}: segmentation: found run lengths of {found[0]} x {found[1]} pixels (height x "
                f"width); image {image} has {allowed[0]} x {allowed[1]}; write them anew at the size of the image"
            )
            raise FormatError(message)


def _plain(found: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """Return what was checked as COCO writes it, without what is not said."""
    return [one.model_dump(exclude_none=True) for one in found]


def _with_area(path: Path, one: dict[str, Any]) -> dict[str, Any]:
    """Return an annotation with what COCO asks for and may be left out: its area."""
    if "area" in one:
        return one
    by: By = "segm" if one.get("segmentation") else "bbox"
    return {**one, "area": geometry_of(one, by, f"{path}: annotation {one['id']}").area}
