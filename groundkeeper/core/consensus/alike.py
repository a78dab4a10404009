"""How alike the annotations of an item are, whatever they were drawn with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import POLYGON_TYPES, Geometries
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import OF_SHAPE
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.points.keypoints import SIGMA
from groundkeeper.core.shapes.stacks import pairs_in_stacks
from schemas.enums import Shape

NOTHING, AREA, LINE, POINTS, SKELETON = range(5)
"""What can be compared with one another: areas with areas, and the others with their own kind."""

KINDS: Final[Mapping[int, Shape]] = MappingProxyType(
    {LINE: Shape.POLYLINE, POINTS: Shape.POINTS, SKELETON: Shape.SKELETON}
)
"""What is compared by its own kind alone."""

AT_ONCE: Final = 100_000
"""How many pairs are compared at once; it bounds the memory."""


def comparable(geometries: Geometries) -> npt.NDArray[np.int8]:
    """Return what each shape can be compared with, int8 [n]; a skeleton is told from points by its z.

    Examples
    --------
    >>> shapes = [shapely.box(0, 0, 1, 1), shapely.MultiPoint([(0, 0)]), shapely.MultiPoint([(0, 0, 2)])]
    >>> comparable(np.array(shapes, dtype=object)).tolist() == [AREA, POINTS, SKELETON]
    True
    """
    types = shapely.get_type_id(geometries)
    found = np.full(len(geometries), NOTHING, dtype=np.int8)
    found[np.isin(types, POLYGON_TYPES)] = AREA
    found[types == int(shapely.GeometryType.LINESTRING)] = LINE
    many = types == int(shapely.GeometryType.MULTIPOINT)
    found[many] = np.where(shapely.has_z(geometries[many]), SKELETON, POINTS)
    found[shapely.is_empty(geometries)] = NOTHING
    return found


def pointwise(
    parts: pd.DataFrame, annotations: pd.DataFrame, image_area_px2: pd.Series, sigma: float = SIGMA
) -> pd.DataFrame:
    """Return how alike every two annotations of one item are that were drawn as lines, points or skeletons.

    Lines are alike as they run near one another (``line_similarity``), points and skeletons by object keypoint
    similarity at the size of both (``oks``). Over several frames it is the mean over those of either, 0 in one that
    only one of them has. Two annotations of one annotator in one round are not compared.

    Parameters
    ----------
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry`` (shapely, px).
    annotations : DataFrame
        One row per annotation: ``annotation_id, item_id, annotator, round``.
    image_area_px2 : Series
        Of each item, indexed by ``item_id``; nan where it is not known.
    sigma : float
        How far apart people put the same point, in roots of the area of the thing.

    Returns
    -------
    DataFrame
        One row per pair with ``left < right`` that is alike at all: ``left, right, iou``, which is the similarity,
        from 0 to 1. Sorted by both.
    """
    known = annotations.sort_values("annotation_id").reset_index(drop=True)
    ids = known["annotation_id"].to_numpy()
    owner = pd.Index(ids).get_indexer(parts["annotation_id"])
    shapes = parts["geometry"].to_numpy(dtype=object)
    family = comparable(shapes)
    drawn = np.flatnonzero((owner >= 0) & (family > AREA))
    # Parts in the order of their annotations, so that no row order is seen.
    drawn = drawn[np.argsort(owner[drawn], kind="stable")]
    owner, shapes, family = owner[drawn], shapes[drawn], family[drawn]
    item = known["item_id"].to_numpy()[owner]
    frame = parts["frame"].to_numpy()[drawn]
    voter = pd.factorize(pd.MultiIndex.from_frame(known[["annotator", "round"]]))[0]
    area = image_area_px2.reindex(known["item_id"]).to_numpy(dtype=np.float64)
    first, second = _beside(pd.MultiIndex.from_arrays([item, frame, family]))
    apart = voter[owner[first]] != voter[owner[second]]
    first, second = first[apart], second[apart]
    alike = np.zeros(len(first))
    for number, kind in KINDS.items():
        here = np.flatnonzero(family[first] == number)
        one, other = first[here], second[here]
        alike[here] = _alike(shapes[one], shapes[other], kind, area[owner[one]], sigma)
    frames = np.bincount(owner, minlength=len(ids))
    pairs = pd.DataFrame({"left": owner[first], "right": owner[second], "iou": alike})
    found = pairs.groupby(["left", "right"], as_index=False).agg(
        iou=("iou", "sum"), both=("iou", "size")
    )
    left, right = found["left"].to_numpy(), found["right"].to_numpy()
    found["iou"] /= frames[left] + frames[right] - found["both"]
    found = found[found["iou"] > 0]
    named = found.assign(left=ids[found["left"]], right=ids[found["right"]])
    return named[["left", "right", "iou"]].reset_index(drop=True)


def _beside(place: pd.MultiIndex) -> tuple[Integers, Integers]:
    """Return every two rows of one *place*, the lower first, int64 [p] each."""
    code, places = pd.factorize(place)
    return pairs_in_stacks(code.astype(np.int64), len(places))


def _alike(left: Geometries, right: Geometries, kind: Shape, area: Floats, sigma: float) -> Floats:
    """Return how alike pairs of shapes of one *kind* are, in images of these areas, [p]; 0 where nobody can say."""
    found = np.zeros(len(left))
    sizes, of = np.unique(area, return_inverse=True)
    for place, size in enumerate(sizes.tolist()):
        scale = Scale(sigma=(sigma,), image_area_px2=None if np.isnan(size) else size)
        here = np.flatnonzero(of == place)
        for some in np.array_split(here, 1 + len(here) // AT_ONCE):
            found[some] = OF_SHAPE[kind].similarity(
                pd.Series(left[some]), pd.Series(right[some]), scale
            )
    return np.nan_to_num(found)
