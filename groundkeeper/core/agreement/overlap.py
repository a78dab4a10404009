"""How far the shapes that experts drew around the same thing agree.

Intersection over union (IoU) and Dice, on each frame that both experts drew on, and over the whole
object, where a frame that only one of them drew on counts against them.

References
----------
Dice (1945), Measures of the Amount of Ecologic Association Between Species,
https://doi.org/10.2307/1932409. Jaccard (1912), The Distribution of the Flora in the Alpine Zone,
https://doi.org/10.1111/j.1469-8137.1912.tb05611.x.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.estimates import Floats, divide


def pairs_within(annotations: pd.DataFrame, units: Sequence[str]) -> pd.DataFrame:
    """Return every two annotations of one unit by different annotators, each pair once.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, annotator`` and the columns *units*.
    units : sequence of str
        Columns that say what the annotations are of, for example ``record_id, era``.

    Returns
    -------
    DataFrame
        ``left, right`` (annotation ids, ``left < right``) and *units*, sorted by ``left, right``.
    """
    sides = annotations[["annotation_id", "annotator", *units]]
    pairs = sides.merge(sides, on=list(units), suffixes=("_left", "_right"))
    once = pairs["annotation_id_left"] < pairs["annotation_id_right"]
    pairs = pairs[once & (pairs["annotator_left"] != pairs["annotator_right"])]
    named = pairs.rename(columns={"annotation_id_left": "left", "annotation_id_right": "right"})
    ordered = named[["left", "right", *units]].sort_values(["left", "right"])
    return ordered.reset_index(drop=True)


def frame_overlap(
    pairs: pd.DataFrame, left_parts: pd.DataFrame, right_parts: pd.DataFrame
) -> pd.DataFrame:
    """Return IoU and Dice of each pair on each frame that both drew on.

    Parameters
    ----------
    pairs : DataFrame
        One row per pair of things: ``left, right``.
    left_parts, right_parts : DataFrame
        One row per thing and frame: ``id, frame, geometry`` (valid shapely polygons, px).

    Returns
    -------
    DataFrame
        The columns of *pairs* and ``frame, intersection_px2, iou, dice``, sorted by
        ``left, right, frame``.
    """
    both = pairs.merge(_renamed(left_parts, "left"), on="left").merge(
        _renamed(right_parts, "right"), on=["right", "frame"]
    )
    both = both.sort_values(["left", "right", "frame"]).reset_index(drop=True)
    ours = both["geometry_left"].to_numpy(dtype=object)
    theirs = both["geometry_right"].to_numpy(dtype=object)
    common = shapely.area(shapely.intersection(ours, theirs))
    iou, dice = _iou_and_dice(common, shapely.area(ours), shapely.area(theirs))
    measured = both.assign(intersection_px2=common, iou=iou, dice=dice)
    return measured[[*pairs.columns, "frame", "intersection_px2", "iou", "dice"]]


def object_overlap(
    pairs: pd.DataFrame,
    left_parts: pd.DataFrame,
    right_parts: pd.DataFrame,
    on_frames: pd.DataFrame,
) -> pd.DataFrame:
    """Return IoU and Dice of each pair over all frames of either, from what ``frame_overlap`` returned.

    Returns
    -------
    DataFrame
        *pairs*, in their order, with ``iou, dice``; nan where neither has an area, and where one of the
        two was not drawn at all.
    """
    common = on_frames.groupby(["left", "right"])["intersection_px2"].sum()
    index = pd.MultiIndex.from_frame(pairs[["left", "right"]])
    intersection = common.reindex(index, fill_value=0.0).to_numpy()
    areas = [
        pairs[side].map(_areas(parts)).to_numpy(dtype=np.float64)
        for side, parts in (("left", left_parts), ("right", right_parts))
    ]
    iou, dice = _iou_and_dice(intersection, *areas)
    return pairs.assign(iou=iou, dice=dice)


def _iou_and_dice(common: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    return divide(common, left + right - common), divide(2 * common, left + right)


def _renamed(parts: pd.DataFrame, side: str) -> pd.DataFrame:
    return parts[["id", "frame", "geometry"]].rename(
        columns={"id": side, "geometry": f"geometry_{side}"}
    )


def _areas(parts: pd.DataFrame) -> pd.Series:
    """Return the area of each thing over all frames in px2, indexed by id."""
    ordered = parts.sort_values(["id", "frame"])
    areas = shapely.area(ordered["geometry"].to_numpy(dtype=object))
    return pd.Series(areas, ordered["id"].to_numpy()).groupby(level=0).sum()
