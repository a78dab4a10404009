"""Which annotations of an item mean the same thing."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import POLYGON_TYPES, Geometries, bounding_boxes, total_area
from groundkeeper.core.shapes.areas.regions import Regions, intersection_areas
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Drawn, Floats, Integers, Pairs

PAIR_COLUMNS = ["left", "right", "intersection_px2", "union_px2", "iou"]

MANY_PAIRS = 100_000
"""From so many pairs of shapes on, kernels are faster than GEOS though they have to be loaded first.

Both agree to 1e-9 of an area.
"""


def overlaps(parts: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of annotations of one item that share some area, with their IoU over all frames.

    Two annotations of the same annotator in the same round are not compared: they cannot mean the same thing.

    Parameters
    ----------
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry`` (valid shapely polygons, px; what has
        no area is passed over).
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
    of_areas = np.isin(shapely.get_type_id(parts["geometry"].to_numpy(dtype=object)), POLYGON_TYPES)
    drawn = parts[parts["annotation_id"].isin(ids) & of_areas]
    if drawn.empty:
        return pd.DataFrame({name: [] for name in PAIR_COLUMNS}).astype({"left": str, "right": str})
    owner = pd.Index(ids).get_indexer(drawn["annotation_id"])
    shapes = drawn["geometry"].to_numpy(dtype=object)
    first, second = _touching(known["item_id"].to_numpy()[owner], drawn["frame"].to_numpy(), shapes)
    left, right = np.minimum(owner[first], owner[second]), np.maximum(owner[first], owner[second])
    voter = pd.factorize(pd.MultiIndex.from_frame(known[["annotator", "round"]]))[0]
    keep = voter[left] != voter[right]
    pairs = pd.DataFrame({"left": left[keep], "right": right[keep]})
    pairs["intersection_px2"] = _shared(shapes, first[keep], second[keep])
    pairs = pairs.groupby(["left", "right"], as_index=False).sum()
    pairs = pairs[pairs["intersection_px2"] > 0].reset_index(drop=True)
    area = total_area(shapes, owner, len(ids))
    both = area[pairs["left"]] + area[pairs["right"]]
    pairs["union_px2"] = both - pairs["intersection_px2"]
    pairs["iou"] = pairs["intersection_px2"] / pairs["union_px2"]
    return pairs.assign(left=ids[pairs["left"]], right=ids[pairs["right"]])[PAIR_COLUMNS]


def same_item(annotations: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of annotations that are one record where the items are the records, as alike as can be.

    The first annotation that each annotator makes in a round is about
    one record, the second about another, and so on.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, item_id, annotator, round, order``.
    """
    ordered = annotations.sort_values("order")
    nth = ordered.groupby(["item_id", "annotator", "round"]).cumcount()
    known = ordered.assign(nth=nth)[["annotation_id", "item_id", "nth"]]
    pairs = known.merge(known, on=["item_id", "nth"], suffixes=("_left", "_right"))
    pairs = pairs[pairs["annotation_id_left"] < pairs["annotation_id_right"]]
    named = pairs.rename(columns={"annotation_id_left": "left", "annotation_id_right": "right"})
    found = named.assign(iou=1.0)[["left", "right", "iou"]]
    return found.sort_values(["left", "right"], ignore_index=True)


def cluster(annotations: pd.DataFrame, pairs: pd.DataFrame, at_least: float) -> pd.Series:
    """Return the anchor of the cluster of each annotation: the earliest annotation that means the same.

    A cluster holds at most one annotation of each annotator in a round. Of all ways to put annotations together that
    one is taken in which the clusters agree most (``core.shapes.clustering.components.cluster_pairs``). Where two are
    equally good, that with more agreement of labels is, then that of the lower ``order``, so the rows may come in any
    order.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, annotator, round, order`` (unique rank, the earliest lowest), and
        ``label`` if there is one.
    pairs : DataFrame
        Pairs that have anything in common: ``left, right, iou`` (similarity, 0 to 1), at most one row a pair.
    at_least : float
        Smallest similarity at which two annotations may mean the same thing.

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
    drawn = Drawn(
        # Pairs are of one item, so that it does not matter here of which.
        item=np.zeros(len(known), dtype=np.int64),
        annotator=_codes(pd.MultiIndex.from_frame(known[["annotator", "round"]])),
        label=_codes(known.get("label", pd.Series(None, known.index, dtype="str"))),
    )
    one, other = ids.get_indexer(pairs["left"]), ids.get_indexer(pairs["right"])
    left, right = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((right, left))
    order = order[drawn.annotator[left[order]] != drawn.annotator[right[order]]]
    alike = Pairs(left[order], right[order], pairs["iou"].to_numpy(dtype=np.float64)[order])
    found = cluster_pairs(drawn, alike, at_least)
    first = np.unique(found.record, return_index=True)[1]
    return pd.Series(ids.to_numpy()[first[found.record]], index=ids, name="anchor").sort_index()


def _codes(values: pd.Series | pd.MultiIndex) -> Integers:
    """Return a number for each different value, -1 where it is missing, int64 [n]."""
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _shared(shapes: Geometries, first: Integers, second: Integers) -> Floats:
    """Return the area that the shapes of each pair have in common, px2 [p]."""
    if len(first) < MANY_PAIRS:
        areas: Floats = shapely.area(shapely.intersection(shapes[first], shapes[second]))
        return areas
    return intersection_areas(Regions.of(shapes), first, second)


def _touching(
    items: npt.NDArray[np.object_], frames: Integers, shapes: Geometries
) -> tuple[Integers, Integers]:
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
