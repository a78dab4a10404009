"""How alike objects of two sides are, over all frames of either: what an engine matches."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.alike import pointwise
from groundkeeper.core.consensus.cluster import overlaps
from groundkeeper.core.scoring.objects.sides import Near
from groundkeeper.core.shapes.drawn import Integers


def near_shapes(
    units: tuple[Integers, Integers],
    parts: tuple[pd.DataFrame, pd.DataFrame],
    image_area_px2: pd.Series,
    sigma: float,
) -> Near:
    """Return which objects of two sides are alike at all, and how much: IoU of areas, else as their kind has it.

    Parameters
    ----------
    units : (int64[t], int64[s])
        Where each object of the ground truth is, and each of those that are scored.
    parts : (DataFrame, DataFrame)
        One row per object and frame, of the ground truth and of what is scored: ``place`` (of the object on its side),
        ``frame, geometry`` (shapely, px).
    image_area_px2 : Series
        Of each unit, indexed by it; nan where it is not known.
    sigma : float
        How far apart people put the same point, in roots of the area of the thing.

    Examples
    --------
    >>> from shapely import box
    >>> zero = np.zeros(1, dtype=np.int64)
    >>> one, other = (
    ...     pd.DataFrame({"place": [0], "frame": [0], "geometry": [area]})
    ...     for area in (box(0, 0, 4, 1), box(1, 0, 4, 1))
    ... )
    >>> near_shapes((zero, zero), (one, other), pd.Series({0: 100.0}), 0.09).similarity.tolist()
    [0.75]
    """
    first = len(units[0])
    marks = pd.DataFrame(
        {
            "annotation_id": np.arange(first + len(units[1]), dtype=np.int64),
            "item_id": np.concatenate(units),
            "annotator": np.repeat(["truth", "said"], [first, len(units[1])]),
            "round": "",
        }
    )
    drawn = pd.concat(
        [
            of_side.assign(annotation_id=of_side["place"] + start)
            for start, of_side in zip((0, first), parts, strict=True)
            if len(of_side)
        ]
        or [parts[0].assign(annotation_id=parts[0]["place"])],
        ignore_index=True,
    )
    if drawn.empty:
        return near_of([])
    found = [overlaps(drawn, marks), pointwise(drawn, marks, image_area_px2, sigma)]
    return near_of([table for table in found if len(table)], first)


def near_items(units: tuple[Integers, Integers]) -> Near:
    """Return that all objects of one unit are alike, as where a record is an item."""
    left, right = (
        pd.DataFrame({"unit": unit, side: np.arange(len(unit), dtype=np.int64)})
        for side, unit in zip(("left", "right"), units, strict=True)
    )
    return near_of([left.merge(right, on="unit").assign(iou=1.0)])


def near_of(pairs: Sequence[pd.DataFrame], first: int = 0) -> Near:
    """Return tables of pairs, ``left, right, iou``, as an engine takes them; *right* counts on from *first*."""
    if not pairs:
        none = np.zeros(0, dtype=np.int64)
        return Near(none, none, np.zeros(0), np.zeros(0, dtype=np.bool_))
    found = pd.concat(pairs, ignore_index=True).sort_values(["left", "right"])
    return Near(
        found["left"].to_numpy(dtype=np.int64),
        found["right"].to_numpy(dtype=np.int64) - first,
        np.minimum(found["iou"].to_numpy(dtype=np.float64), 1.0),
        np.zeros(len(found), dtype=np.bool_),
    )
