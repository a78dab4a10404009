"""What Groundkeeper is asked to compare: drawn objects of two sides; the counterpart of ``peer_objects``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from answering import answer

from groundkeeper.core.scoring.objects.boxes import box_near
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Side
from schemas.enums import Shape

Timed = Callable[[], Mapping[str, Any]]


def boxes(file: str) -> Timed:
    """Prepare to compare the boxes in *file*, columns of numbers: pairs, what is left over and conflicts."""
    columns = _columns(file)

    def timed() -> Mapping[str, Any]:
        truth, said = (Side.of(columns[f"{side}_unit"], columns[f"{side}_label"]) for side in "ts")
        near = box_near(truth.unit, columns["t_corners"], said.unit, columns["s_corners"])
        return _told(compare(truth, said, near, Settings()))

    return timed


def shapes(file: str) -> Timed:
    """Prepare to compare the same, with everything that CVAT looks at."""
    return _scene(file, Shape.BBOX)


def polygons(file: str) -> Timed:
    """Prepare to compare outlines by the pixels that can be seen of them."""
    return _scene(file, Shape.POLYGON)


def masks(file: str) -> Timed:
    """Prepare to compare what is made of whole pixels."""
    return _scene(file, Shape.MASK)


def _scene(file: str, shape: Shape) -> Timed:
    columns = _columns(file)
    sides = []
    for side in "ts":
        corners = columns[f"{side}_corners"]
        geometry = shapely.box(*(np.rint(corners) if shape is Shape.MASK else corners).T)
        if shape is Shape.POLYGON:
            middle = shapely.points((corners[:, :2] + corners[:, 2:]) / 2)
            geometry = shapely.buffer(middle, (corners[:, 2] - corners[:, 0]) / 2, quad_segs=8)
        sides.append(
            Drawings.plain(columns[f"{side}_unit"], columns[f"{side}_label"], shape, geometry)
        )
    frames = int(columns["t_unit"].max()) + 1
    sizes = np.full((frames, 2), int(columns["size"]))

    def timed() -> Mapping[str, Any]:
        found = scene(sides[0], sides[1], sizes, Settings())
        return _told(compare(found.truth, found.said, found.near, Settings()))

    return timed


def _columns(file: str) -> dict[str, Any]:
    with np.load(file) as columns:
        return dict(columns)


def _told(found: Compared) -> Mapping[str, Any]:
    return {"pairs": len(found.truth), "conflicts": len(found.conflicts.unit)}


if __name__ == "__main__":
    answer({"boxes": boxes, "shapes": shapes, "polygons": polygons, "masks": masks})
