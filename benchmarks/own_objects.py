"""What Groundkeeper is asked to compare: drawn objects of two sides; the counterpart of ``peer_objects``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from answering import answer

from groundkeeper.core.scoring.objects.attributes import Stated
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import Conflict, Shape

ATTRIBUTES = ("occluded", "colour")
Timed = Callable[[], Mapping[str, Any]]


def boxes(file: str) -> Timed:
    """Prepare to compare the boxes in *file*, columns of numbers, with everything that CVAT looks at."""
    columns, sizes = _columns(file)

    def timed() -> Mapping[str, Any]:
        sides = [_of_columns(columns, side) for side in "ts"]
        return _compared(sides, sizes)

    return timed


def shapes(file: str) -> Timed:
    """Prepare to compare the same as shapes with a dictionary each, one for all that are said the same of."""
    columns, sizes = _columns(file)
    sides = []
    for side in "ts":
        stated, said = np.unique(columns[f"{side}_attributes"], axis=0, return_inverse=True)
        dictionaries = [dict(zip(ATTRIBUTES, codes, strict=True)) for codes in stated.tolist()]
        drawn = _of_columns(columns, side)
        sides.append(
            replace(
                drawn,
                edges=None,
                geometry=shapely.box(*columns[f"{side}_corners"].T),
                attributes=[dictionaries[one] for one in said.reshape(-1).tolist()],
            )
        )
    return lambda: _compared(sides, sizes)


def polygons(file: str) -> Timed:
    """Prepare to compare outlines by the pixels that can be seen of them."""
    return _scene(file, Shape.POLYGON)


def masks(file: str) -> Timed:
    """Prepare to compare what is made of whole pixels."""
    return _scene(file, Shape.MASK)


def _scene(file: str, shape: Shape) -> Timed:
    columns, sizes = _columns(file)
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
    return lambda: _compared(sides, sizes)


def _of_columns(columns: Mapping[str, Any], side: str) -> Drawings:
    n = len(columns[f"{side}_unit"])
    return Drawings(
        frame=columns[f"{side}_unit"],
        label=columns[f"{side}_label"],
        shape=Shape.BBOX,
        geometry=np.full(n, None),
        attributes=Stated(ATTRIBUTES, columns[f"{side}_attributes"]),
        group=columns[f"{side}_group"],
        layer=columns[f"{side}_layer"],
        rotation=np.zeros(n),
        edges=columns[f"{side}_corners"],
    )


def _compared(sides: Sequence[Drawings], sizes: Integers) -> Mapping[str, Any]:
    made = scene(sides[0], sides[1], sizes, Settings())
    found = compare(made.truth, made.said, made.near, Settings())
    counts = np.bincount(found.conflicts.kind, minlength=len(Conflict)).tolist()
    kinds = dict(zip(Conflict, counts, strict=True))
    return {"pairs": len(found.truth), "conflicts": sum(counts), "kinds": kinds}


def _columns(file: str) -> tuple[dict[str, Any], Integers]:
    """Return what is stored in *file*, and the size of each frame."""
    with np.load(file) as stored:
        columns = dict(stored)
    frames = int(columns["t_unit"].max()) + 1
    return columns, np.full((frames, 2), int(columns["size"]))


if __name__ == "__main__":
    answer({"boxes": boxes, "shapes": shapes, "polygons": polygons, "masks": masks})
