"""What Groundkeeper, and beside it GEOS, is asked to do with polygons; the counterpart of ``peer_polygons``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from answering import answer

from groundkeeper.core.shapes.areas.regions import Regions, region_ious, weighed_regions
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Drawn
from groundkeeper.core.shapes.medoid import medoids

Timed = Callable[[], Mapping[str, Any]]


def merge(file: str, at_least: float) -> Timed:
    """Prepare to put the polygons in *file* into records and to choose a shape for each."""
    with np.load(file) as columns:
        drawn = Drawn(columns["image"], columns["annotator"], columns["label"])
        xy, offsets = columns["xy"], columns["offsets"]

    def timed() -> Mapping[str, Any]:
        pairs = weighed_regions(drawn, Regions.of_rings(xy, offsets), at_least)
        clusters = cluster_pairs(drawn, pairs, at_least)
        chosen = medoids(clusters.record, len(clusters), pairs)
        return {"records": len(chosen), "exact": int(clusters.exact.sum())}

    return timed


def ious(file: str, at_least: float) -> Timed:
    """Prepare the IoU of the pairs in *file*."""
    with np.load(file) as columns:
        regions = Regions.of_rings(columns["xy"], columns["offsets"])
        left, right = columns["left"], columns["right"]
    del at_least

    def timed() -> Mapping[str, Any]:
        found = region_ious(regions, left, right)
        return {"iou": lambda: found}

    return timed


def geos(file: str, at_least: float) -> Timed:
    """Prepare the IoU of the pairs in *file*, by GEOS; the overlay of all pairs is one call of shapely."""
    with np.load(file) as columns:
        owner = np.repeat(np.arange(len(columns["offsets"]) - 1), np.diff(columns["offsets"]))
        shapes = shapely.polygons(shapely.linearrings(columns["xy"], indices=owner))
        left, right = columns["left"], columns["right"]
    del at_least

    def timed() -> Mapping[str, Any]:
        shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        areas = shapely.area(shapes)
        found = shared / (areas[left] + areas[right] - shared)
        return {"iou": lambda: found}

    return timed


if __name__ == "__main__":
    answer({"merge": merge, "ious": ious, "geos": geos})
