"""What Datumaro and pycocotools are asked to do with polygons, with the Python of their environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer
from datumaro_sources import merger, sources

Timed = Callable[[], Mapping[str, Any]]


def merge(file: str, at_least: float) -> Timed:
    """Prepare to merge the polygons in *file* with IntersectMerge, one dataset for each annotator."""
    annotation = import_module("datumaro.components.annotation")
    with np.load(file) as columns:
        image, annotator, label = (columns[name] for name in ("image", "annotator", "label"))
        rings = np.split(columns["xy"], columns["offsets"][1:-1])
    names = [str(code) for code in range(label.max() + 1)]
    drawn: dict[int, dict[int, list[Any]]] = {who: {} for who in range(annotator.max() + 1)}
    for who, where, what, ring in zip(annotator, image, label, rings, strict=True):
        polygon = annotation.Polygon(ring.ravel().tolist(), label=int(what))
        drawn[int(who)].setdefault(int(where), []).append(polygon)
    merged = merger(sources(drawn, range(image.max() + 1), names), at_least)

    def timed() -> Mapping[str, Any]:
        return {"records": sum(len(each.annotations) for each in merged())}

    return timed


def ious(file: str, at_least: float) -> Timed:
    """Prepare the IoU of the pairs in *file* as pycocotools has it, of pixels: drawn, then counted."""
    masks = import_module("pycocotools.mask")
    with np.load(file) as columns:
        rings = [
            ring.ravel().tolist() for ring in np.split(columns["xy"], columns["offsets"][1:-1])
        ]
        width, height = np.ceil(columns["xy"].max(axis=0)).astype(int).tolist()
        pairs = np.stack([columns["left"], columns["right"]], axis=1).tolist()
    del at_least

    def timed() -> Mapping[str, Any]:
        drawn = [masks.frPyObjects([ring], height, width) for ring in rings]
        found = [masks.iou(drawn[one], drawn[other], [0])[0, 0] for one, other in pairs]
        return {"iou": lambda: np.array(found)}

    return timed


if __name__ == "__main__":
    answer({"merge": merge, "ious": ious})
