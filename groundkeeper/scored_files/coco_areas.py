"""Shapes as COCO writes them: boxes, polygons, run lengths and key points."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely

from groundkeeper.core.geometry import polygonal
from groundkeeper.core.scoring.detection.average_precision import By
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.rle import masks_of_coco
from groundkeeper.errors import FormatError, TableError

COCO_JOINTS: Final = 17
"""Key points of a person: the tolerances of average precision are known for these alone."""


def geometry_of(one: Mapping[str, Any], by: By, where: str) -> shapely.Geometry:
    """Return the area of an annotation or a result, by its segmentation if that is wanted and there, else by its box.

    Raises
    ------
    FormatError
        If it has no area, or none that can be read; *where* is the place.

    Examples
    --------
    >>> geometry_of({"bbox": [1, 2, 3, 4]}, "bbox", "result 1").bounds
    (1.0, 2.0, 4.0, 6.0)
    """
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


def joints_in(one: Mapping[str, Any], where: str) -> shapely.Geometry | None:
    """Return the key points of an annotation or a result, None if none of them is visible.

    Raises
    ------
    FormatError
        If they are not three numbers each.
    """
    flat = one.get("keypoints") or []
    if len(flat) % 3:
        message = f"{where}: found {len(flat)} numbers of key points; allowed are x, y and visibility; complete them"
        raise FormatError(message)
    joints = np.array(flat, dtype=np.float64).reshape(-1, 3)
    if "score" in one:
        # What stands for the visibility of a joint in results is whatever the model wrote there.
        joints[:, 2] = 2
    return shapely.MultiPoint(joints) if (joints[:, 2] > 0).any() else None


def _area(told: Any, where: str) -> shapely.Geometry:  # noqa: ANN401 - polygons or run lengths
    if isinstance(told, Mapping):
        height, width = told["size"]
        try:
            return polygons_of(masks_of_coco([told["counts"]], [height], [width]))[0]
        except (FormatError, TableError) as error:
            message = f"{where}: segmentation: {str(error).removeprefix('mask 0: ')}; correct it"
            raise FormatError(message) from error
    odd = sorted({len(ring) for ring in told if len(ring) % 2})
    if odd:
        message = f"{where}: segmentation: found a polygon of {odd[0]} numbers; allowed are pairs of x and y"
        raise FormatError(message)
    rings = [np.array(ring, dtype=np.float64).reshape(-1, 2) for ring in told]
    whole = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
    area: shapely.Geometry = polygonal(np.array([whole], dtype=object))[0]
    return area
