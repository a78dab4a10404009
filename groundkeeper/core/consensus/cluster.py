"""Which annotations of an item mean the same thing."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import bounding_boxes, total_area

PAIR_COLUMNS = ["left", "right", "intersection_px2", "union_px2", "iou"]


def overlaps(parts: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of annotations of one item that share some area, with their IoU over all frames.

    Two annotations of the same annotator in the same round are not compared: they cannot mean the same thing.

    Parameters
    ----------
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry`` (shapely polygons, px).
    annotations : DataFrame
        One row per annotation: ``annotation_id, item_id, annotator, round``.

    Returns
    -------
    DataFrame
        One row per pair with ``left < right``: ``left, right, intersection_px2, union_px2, iou``, where
        intersection and union are summed over all frames of either annotation. Sorted by ``left, right``.

    Examples
    --------
    >>> marks = pd.DataFrame(
    ...     {"annotation_id": ["a", "b"], "item_id": "scan", "annotator": ["r1", "r2"], "round": "1"}
    ... )
    >>> drawn = pd.DataFrame({"annotation_id": ["a", "a", "b"], "frame": [0, 1, 0]})
    >>> drawn["geometry"] = [shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]
    >>> overlaps(drawn, marks)[["intersection_px2", "union_px2", "iou"]].to_dict("records")
    [{'intersection_px2': 2.0, 'union_px2': 10.0, 'iou': 0.2}]
    """
    known = annotations.sort_values("annotation_id").reset_index(drop=True)
    ids = known["annotation_id"].to_numpy()
    drawn = parts[parts["annotation_id"].isin(ids)]
    if drawn.empty:
        return pd.DataFrame({name: [] for name in PAIR_COLUMNS}).astype({"left": str, "right": str})
    owner = pd.Index(ids).get_indexer(drawn["annotation_id"])
    shapes = drawn["geometry"].to_numpy(dtype=object)
    first, second = _touching(known["item_id"].to_numpy()[owner], drawn["frame"].to_numpy(), shapes)
    left, right = np.minimum(owner[first], owner[second]), np.maximum(owner[first], owner[second])
    voter = pd.factorize(pd.MultiIndex.from_frame(known[["annotator", "round"]]))[0]
    keep = voter[left] != voter[right]
    pairs = pd.DataFrame({"left": left[keep], "right": right[keep]})
    pairs["intersection_px2"] = shapely.area(
        shapely.intersection(shapes[first[keep]], shapes[second[keep]])
    )
    pairs = pairs.groupby(["left", "right"], as_index=False).sum()
    pairs = pairs[pairs["intersection_px2"] > 0].reset_index(drop=True)
    area = total_area(shapes, owner, len(ids))
    both = area[pairs["left"]] + area[pairs["right"]]
    pairs["union_px2"] = both - pairs["intersection_px2"]
    pairs["iou"] = pairs["intersection_px2"] / pairs["union_px2"]
    return pairs.assign(left=ids[pairs["left"]], right=ids[pairs["right"]])[PAIR_COLUMNS]


def same_item(annotations: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of annotations of one item as if they were the same shape (IoU 1).

    For sets whose records are the items themselves: clustering these pairs gives one record an item, into which
    each annotator's first annotation goes.
    """
    known = annotations.sort_values("annotation_id")[["annotation_id", "item_id"]]
    pairs = known.merge(known, on="item_id", suffixes=("_left", "_right"))
    pairs = pairs[pairs["annotation_id_left"] < pairs["annotation_id_right"]]
    named = pairs.rename(columns={"annotation_id_left": "left", "annotation_id_right": "right"})
    return named.assign(iou=1.0)[["left", "right", "iou"]].reset_index(drop=True)


def cluster(annotations: pd.DataFrame, pairs: pd.DataFrame, at_least: float) -> pd.Series:
    """Return the anchor of the cluster of each annotation: the earliest annotation that means the same.

    Pairs are joined from the most alike to the least, unless the joined cluster would hold two annotations of
    one annotator in one round. Pairs equally alike are taken in ``order``, so the rows may come in any order.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, annotator, round, order`` (unique rank, the earliest lowest).
    pairs : DataFrame
        Pairs that may be joined: ``left, right, iou`` (0 to 1), at most one row a pair.
    at_least : float
        Smallest IoU at which two annotations may mean the same thing.

    Returns
    -------
    Series
        Anchor ``annotation_id``, indexed by ``annotation_id``, sorted by index.

    Examples
    --------
    >>> marks = pd.DataFrame(
    ...     {
    ...         "annotation_id": ["a", "b", "c"],
    ...         "annotator": ["r1", "r2", "r2"],
    ...         "round": "1",
    ...         "order": [0, 1, 2],
    ...     }
    ... )
    >>> alike = pd.DataFrame({"left": ["a", "a"], "right": ["b", "c"], "iou": [0.6, 0.7]})
    >>> cluster(marks, alike, at_least=0.5).to_dict()
    {'a': 'a', 'b': 'b', 'c': 'a'}
    """
    known = annotations.sort_values("order").reset_index(drop=True)
    ids = pd.Index(known["annotation_id"])
    voter = pd.factorize(pd.MultiIndex.from_frame(known[["annotator", "round"]]))[0]
    near = pairs[pairs["iou"] >= at_least]
    left, right = ids.get_indexer(near["left"]), ids.get_indexer(near["right"])
    first, second = np.minimum(left, right), np.maximum(left, right)
    sequence = np.lexsort((second, first, -near["iou"].to_numpy()))
    parent = _join(first[sequence], second[sequence], voter)
    anchors = ids.to_numpy()[parent]
    return pd.Series(anchors, index=ids, name="anchor").sort_index()


def _join(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], voter: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the lowest member of each annotation's cluster after joining the pairs in turn, shape (n,)."""
    members = {index: [index] for index in range(len(voter))}
    root = list(range(len(voter)))
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        low, high = sorted((root[one], root[other]))
        if low == high or not {voter[m] for m in members[low]}.isdisjoint(
            voter[m] for m in members[high]
        ):
            continue
        for member in members[high]:
            root[member] = low
        members[low] += members.pop(high)
    return np.array(root, dtype=np.int64)


def _touching(
    items: npt.NDArray[np.object_], frames: npt.NDArray[np.int64], shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return positions of parts of one item and frame whose bounding boxes meet, each pair once.

    One tree serves all frames: every frame's boxes are moved to a strip of their own.
    """
    boxes = bounding_boxes(shapes)
    strip = pd.factorize(pd.MultiIndex.from_arrays([items, frames]))[0]
    width = np.nanmax(boxes[:, 2]) - np.nanmin(boxes[:, 0]) + 1.0
    shift = strip * width
    moved = shapely.box(boxes[:, 0] + shift, boxes[:, 1], boxes[:, 2] + shift, boxes[:, 3])
    first, second = shapely.STRtree(moved).query(moved)
    once = (first < second) & (strip[first] == strip[second])
    return first[once], second[once]
