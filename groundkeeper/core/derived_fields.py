"""Registered functions that compute a field from geometry or from the facts of a record.

A guideline names them (``function: largest_diameter``); the names it may use are listed in
``core.guideline.fields``, which imports none of this. Undefined is nan: an annotation without
geometry has no area, and one without a known pixel spacing has no size in mm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import POLYGON_TYPES, Geometries, bounding_boxes
from groundkeeper.errors import TableError, UnknownNameError

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationParts:
    """The parts of n annotations: m geometries, sorted by annotation.

    Attributes
    ----------
    geometry
        Shapely geometries in pixels, object [m]; one part holds all an annotation has in a frame.
    annotation
        Row of the annotation that each part belongs to, 0 to n - 1, ascending, int64 [m].
    frame
        Frame of each part, int64 [m].
    """

    geometry: npt.NDArray[np.object_]
    annotation: Integers
    frame: Integers

    def __post_init__(self) -> None:
        """Refuse parts that are out of order, which the reductions would take for sorted."""
        lengths = {len(self.geometry), len(self.annotation), len(self.frame)}
        if len(lengths) > 1:
            msg = f"found parts of several lengths: {sorted(lengths)}; allowed is one length"
            raise TableError(msg)
        if (np.diff(self.annotation) < 0).any():
            msg = "found parts out of order; allowed is ascending by annotation; sort them"
            raise TableError(msg)


GeometryFunction: TypeAlias = Callable[[AnnotationParts, pd.DataFrame], Floats]
RecordFunction: TypeAlias = Callable[[pd.DataFrame], Floats]


class DerivedFromGeometry(NamedTuple):
    """A function of parts and annotations (one row each, n rows), float64 [n], and what it says."""

    compute: GeometryFunction
    description: str


class DerivedFromRecord(NamedTuple):
    """A function of records (one row each, n rows), float64 [n], and what it says."""

    compute: RecordFunction
    description: str


def from_geometry(
    name: str, parts: pd.DataFrame, annotations: pd.DataFrame, items: pd.DataFrame
) -> Floats:
    """Return what the registered geometry function *name* says of each of n annotations, [n].

    Parameters
    ----------
    name : str
        Key of ``GEOMETRY_FUNCTIONS``.
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry`` (shapely, px).
    annotations : DataFrame
        One row per annotation, n rows: ``annotation_id, item_id``.
    items : DataFrame
        One row per item: ``item_id`` and facets such as ``pixel_spacing_mm``.

    Raises
    ------
    UnknownNameError
        If no function has this name.
    """
    if name not in GEOMETRY_FUNCTIONS:
        raise UnknownNameError("function", name, GEOMETRY_FUNCTIONS)
    row = pd.Index(annotations["annotation_id"]).get_indexer(pd.Index(parts["annotation_id"]))
    order = np.argsort(row, kind="stable")
    order = order[row[order] >= 0]
    geometries = AnnotationParts(
        _labelled(parts["geometry"].to_numpy(dtype=object)[order]),
        row[order].astype(np.int64),
        parts["frame"].to_numpy(dtype=np.int64)[order],
    )
    described = annotations[["item_id"]].merge(items, on="item_id", how="left", validate="m:1")
    return GEOMETRY_FUNCTIONS[name].compute(geometries, described)


def from_record(name: str, records: pd.DataFrame) -> Floats:
    """Return what the registered record function *name* says of each of n records, [n].

    Raises
    ------
    UnknownNameError
        If no function has this name.
    """
    if name not in RECORD_FUNCTIONS:
        raise UnknownNameError("function", name, RECORD_FUNCTIONS)
    return RECORD_FUNCTIONS[name].compute(records)


def largest_diameter(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return the largest distance between two points of an annotation in one frame, mm [n].

    Distances are taken within each frame; the largest over the frames, times the column
    ``pixel_spacing_mm`` of *annotations*, is the answer.

    Examples
    --------
    >>> square = shapely.box(0, 0, 3, 4)
    >>> parts = AnnotationParts(np.array([square]), np.array([0]), np.array([7]))
    >>> largest_diameter(parts, pd.DataFrame({"pixel_spacing_mm": [0.5]}))
    array([2.5])
    """
    largest = _grouped(np.fmax, _diameters_px(parts.geometry), parts, len(annotations))
    return largest * _metadata(annotations, "pixel_spacing_mm")


def area(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return the area of each annotation summed over its frames, px2 [n]; nan of lines and points, which have none.

    Examples
    --------
    >>> drawn = np.array([shapely.box(0, 0, 3, 4), shapely.LineString([(0, 0), (3, 4)])])
    >>> area(AnnotationParts(drawn, np.array([0, 1]), np.array([7, 7])), pd.DataFrame(index=[0, 1]))
    array([12., nan])
    """
    drawn = _present(parts)
    covers = np.isin(shapely.get_type_id(drawn.geometry), POLYGON_TYPES)
    areas = np.where(covers, shapely.area(drawn.geometry), np.nan)
    return _grouped(np.add, areas, drawn, len(annotations))


def frames(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return in how many frames each annotation has a geometry, [n]; 0 if it has none."""
    drawn = _present(parts)
    pairs = np.unique(np.stack([drawn.annotation, drawn.frame]), axis=1)
    return np.bincount(pairs[0], minlength=len(annotations)).astype(np.float64)


def width(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return the width of the bounds of each annotation over all its frames, px [n]."""
    return _extent(parts, len(annotations), axis=0)


def height(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return the height of the bounds of each annotation over all its frames, px [n]."""
    return _extent(parts, len(annotations), axis=1)


def volume(parts: AnnotationParts, annotations: pd.DataFrame) -> Floats:
    """Return the area over all frames times the distance of the frames, mm3 [n].

    The columns ``pixel_spacing_mm`` and ``slice_spacing_mm`` of *annotations* give the size of a
    pixel and the distance between frames.
    """
    pixel_area_mm2 = _metadata(annotations, "pixel_spacing_mm") ** 2
    return area(parts, annotations) * pixel_area_mm2 * _metadata(annotations, "slice_spacing_mm")


def votes(records: pd.DataFrame) -> Floats:
    """Return how many experts gave the record, from the column ``votes``, [n]."""
    return _metadata(records, "votes")


def experts(records: pd.DataFrame) -> Floats:
    """Return how many experts answered the item of the record, from the column ``experts``, [n]."""
    return _metadata(records, "experts")


def vote_share(records: pd.DataFrame) -> Floats:
    """Return votes per expert, 0 to 1, [n]; nan where nobody answered.

    Examples
    --------
    >>> vote_share(pd.DataFrame({"votes": [3, 0], "experts": [4, 0]}))
    array([0.75,  nan])
    """
    asked = experts(records)
    return votes(records) / np.where(asked > 0, asked, np.nan)


GEOMETRY_FUNCTIONS: Final[Mapping[str, DerivedFromGeometry]] = MappingProxyType(
    {
        "area": DerivedFromGeometry(area, "area summed over the frames, px2"),
        "frames": DerivedFromGeometry(frames, "number of frames with a geometry"),
        "height": DerivedFromGeometry(height, "height of the bounds over all frames, px"),
        "largest_diameter": DerivedFromGeometry(
            largest_diameter, "largest distance between two points in one frame, mm"
        ),
        "volume": DerivedFromGeometry(volume, "area over all frames times their distance, mm3"),
        "width": DerivedFromGeometry(width, "width of the bounds over all frames, px"),
    }
)
RECORD_FUNCTIONS: Final[Mapping[str, DerivedFromRecord]] = MappingProxyType(
    {
        "experts": DerivedFromRecord(experts, "experts who answered the item"),
        "vote_share": DerivedFromRecord(vote_share, "votes per expert who answered the item"),
        "votes": DerivedFromRecord(votes, "experts who gave the record"),
    }
)


def _metadata(table: pd.DataFrame, name: str) -> Floats:
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _labelled(geometries: Geometries) -> Geometries:
    """Return shapes without the joints of skeletons that are not labelled: where these stand means nothing."""
    skeletons = np.flatnonzero(shapely.has_z(geometries))
    if not len(skeletons):
        return geometries
    found = geometries.copy()
    joints, of = shapely.get_parts(geometries[skeletons], return_index=True)
    kept = shapely.get_z(joints) > 0
    shapes = np.full(len(skeletons), shapely.MultiPoint(), dtype=object)
    shapely.multipoints(joints[kept], indices=of[kept], out=shapes)
    found[skeletons] = shapes
    return found


def _present(parts: AnnotationParts) -> AnnotationParts:
    drawn = ~(shapely.is_missing(parts.geometry) | shapely.is_empty(parts.geometry))
    if drawn.all():
        return parts
    return AnnotationParts(parts.geometry[drawn], parts.annotation[drawn], parts.frame[drawn])


def _grouped(function: np.ufunc, values: Floats, parts: AnnotationParts, count: int) -> Floats:
    """Reduce the *values* of the parts, [m], to one an annotation, [count]; nan without parts."""
    reduced = np.full(count, np.nan)
    present, starts = np.unique(parts.annotation, return_index=True)
    if present.size:
        reduced[present] = function.reduceat(values, starts)
    return reduced


def _extent(parts: AnnotationParts, count: int, axis: int) -> Floats:
    drawn = _present(parts)
    bounds = bounding_boxes(drawn.geometry)
    low = _grouped(np.fmin, bounds[:, axis], drawn, count)
    high = _grouped(np.fmax, bounds[:, axis + 2], drawn, count)
    return high - low


def _diameters_px(geometries: npt.NDArray[np.object_]) -> Floats:
    """Return the largest distance between two points of each geometry, [m]; nan of nothing.

    The two points lie on the convex hull. Hulls of equally many corners are stacked, and the
    distances of corners 1, 2, ... steps apart taken for the whole stack at once.
    """
    corners, part = shapely.get_coordinates(shapely.convex_hull(geometries), return_index=True)
    present, starts, counts = np.unique(part, return_index=True, return_counts=True)
    diameters = np.full(len(geometries), np.nan)
    for count in np.unique(counts):
        here = counts == count
        stack = corners[starts[here][:, np.newaxis] + np.arange(count)]
        squared = np.zeros(len(stack))
        for step in range(1, count // 2 + 1):
            apart = ((stack - np.roll(stack, step, axis=1)) ** 2).sum(axis=2)
            squared = np.maximum(squared, apart.max(axis=1))
        diameters[present[here]] = np.sqrt(squared)
    return diameters
