"""Masks as polygons along the edges of their pixels, exactly, and back: masks and polygons compare as areas."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.runs import members
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.masks.masks import Masks, mask_line
from groundkeeper.errors import TableError

UP, DOWN = 0, 1
"""Ways of an upright edge: down where pixels inside begin and up where they end, so that inside is to its left."""


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Upright edges between inside and outside, as long as they go on, ascending by mask, x and top, int64 [e] each.

    ``beside`` is of an edge that goes up the edge at the other end of the pixels that end at its first pixel.
    """

    mask: Integers
    x: Integers
    top: Integers
    bottom: Integers
    way: Integers
    beside: Integers


def polygons_of(masks: Masks) -> Geometries:
    """Return the union of the pixel squares of each mask, px: exactly its area, corners only where an edge turns.

    Pixels that touch at a corner only are not connected there: they are two polygons, or one with rings that touch.

    Returns
    -------
    object[n]
        Valid ``Polygon`` or ``MultiPolygon`` with holes, in normal form; an empty ``Polygon`` of an empty mask.

    Examples
    --------
    >>> masks = Masks.of_dense(np.array([[[1, 0], [0, 1]], [[1, 1], [1, 0]]], dtype=bool))
    >>> for polygon in polygons_of(masks):
    ...     print(polygon)
    MULTIPOLYGON (((1 1, 1 2, 2 2, 2 1, 1 1)), ((0 0, 0 1, 1 1, 1 0, 0 0)))
    POLYGON ((0 0, 0 2, 1 2, 1 1, 2 1, 2 0, 0 0))
    """
    edges = _upright_edges(masks)
    following = _following(masks, edges)
    # Edges of a ring are told by the first of them, which is the leftmost: of a shell it goes down, of a hole up.
    ring = _first_of_ring(following)
    order = _in_turn(following, ring)
    begins = np.flatnonzero(ring[order] == order)
    leader = order[begins]
    down = edges.way[order] == DOWN
    ends = np.stack([edges.top[order], edges.bottom[order]], axis=1)
    along = np.where(down[:, np.newaxis], ends, ends[:, ::-1])
    corners = np.stack([np.repeat(edges.x[order], 2), along.reshape(-1)], axis=1).astype(np.float64)
    number = np.repeat(np.arange(len(begins)), 2 * np.diff(begins, append=len(order)))
    rings = shapely.linearrings(corners, indices=number)
    shell = _shell_of_ring(edges, ring, leader)
    is_hole = edges.way[leader] == UP
    by_shell = np.lexsort([leader, is_hole, shell])
    shells, polygon = np.unique(shell, return_inverse=True)
    polygons = shapely.polygons(rings[by_shell], indices=polygon[by_shell])
    return _gathered(polygons, edges.mask[shells], len(masks))


def masks_of(geometries: Geometries, height: Integers, width: Integers) -> Masks:
    """Return the pixels whose centres lie inside each area; the inverse of ``polygons_of``.

    A centre on the left or upper boundary of an area is inside, one on the right or lower boundary is not: areas that
    share a boundary share no pixel and leave none out. What lies beyond the picture is cut off. A ring that crosses
    itself is inside where it goes round an odd number of times.

    Parameters
    ----------
    geometries : object[n]
        ``Polygon`` or ``MultiPolygon``, px; may be empty.
    height, width : int64[n]
        Sizes of the pictures, px.

    Raises
    ------
    TableError
        If a geometry is no area.

    Examples
    --------
    >>> square = np.array([shapely.box(0.5, 0.5, 2.5, 1.5)], dtype=object)
    >>> masks_of(square, np.array([2]), np.array([4])).dense(0).astype(int).tolist()
    [[1, 1, 0, 0], [0, 0, 0, 0]]
    """
    _refuse_others(geometries)
    parts, part_of = shapely.get_parts(geometries, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points, point_of = shapely.get_coordinates(rings, return_index=True)
    same = np.flatnonzero(point_of[1:] == point_of[:-1])
    mask = part_of[ring_of[point_of[same]]]
    ends = np.stack([points[same], points[same + 1]], axis=1)
    # From the upper end to the lower one, so that an edge of two areas is computed the same way for both.
    upside = ends[:, 0, 1] > ends[:, 1, 1]
    ends[upside] = ends[upside, ::-1]
    (x0, y0), (x1, y1) = ends[:, 0].T, ends[:, 1].T
    top = np.clip(np.ceil(y0 - 0.5), 0, height[mask]).astype(np.int64)
    bottom = np.clip(np.ceil(y1 - 0.5), 0, height[mask]).astype(np.int64)
    rows = np.maximum(bottom - top, 0)
    edge, row = members(top, rows)
    slope = np.divide(x1 - x0, y1 - y0, out=np.zeros(len(x0)), where=y1 > y0)
    crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope[edge]
    column = np.clip(np.ceil(crossing - 0.5), 0, width[mask[edge]]).astype(np.int64)
    places = mask_line(height, width)[mask[edge]] + row * width[mask[edge]] + column
    return Masks.of_changes(np.sort(places), height, width)


def _upright_edges(masks: Masks) -> _Edges:
    mask, row, left, right = masks.in_rows()
    n_runs = len(mask)
    mask, row = np.tile(mask, 2), np.tile(row, 2)
    x = np.concatenate([left, right])
    way = np.repeat([DOWN, UP], n_runs)
    # A row more than there is, so that the end of a column and the beginning of the next are no neighbours.
    lines = mask_line(masks.width + 1, masks.height + 1)
    key = lines[mask] + x * (masks.height[mask] + 1) + row
    order = np.argsort(key, kind="stable")
    key, way = key[order], way[order]
    goes_on = (key[1:] == key[:-1] + 1) & (way[1:] == way[:-1])
    first = np.flatnonzero(np.concatenate([np.ones(min(len(key), 1), np.bool_), ~goes_on]))
    length = np.diff(first, append=len(key))
    edge_of = np.empty(len(order), np.int64)
    edge_of[order] = np.repeat(np.arange(len(first)), length)
    run = order[first] % max(n_runs, 1)
    top = row[order[first]]
    return _Edges(mask[order[first]], x[order[first]], top, top + length, way[first], edge_of[run])


def _following(masks: Masks, edges: _Edges) -> Integers:
    """Return which upright edge comes next on the way around, int64 [e].

    Along each line between two rows, ends of upright edges are joined two by two. Where pixels touch at a corner only,
    two edges end: each stays with its own pixel, which keeps apart what is not connected by sides. If a ring then comes
    by twice, it is cut there: a ring of a valid polygon does not touch itself.
    """
    n_edges = len(edges.x)
    width = masks.width[edges.mask] + 1
    begins = mask_line(masks.height + 1, masks.width + 1)[edges.mask]
    ends = np.stack([edges.top, edges.bottom], axis=1)
    point = (begins + edges.x)[:, np.newaxis] + ends * width[:, np.newaxis]
    key = (2 * point + edges.way[:, np.newaxis]).reshape(-1)
    order = np.argsort(key)
    # The head of an edge that goes up is its upper end, which has the even number.
    head = 2 * np.arange(n_edges) + edges.way
    following: Integers = _joined(order)[head] // 2
    twice = np.flatnonzero(np.diff(key[order] // 2) == 0)
    if len(twice):
        ring = _first_of_ring(following)
        one, other = order[twice], order[twice + 1]
        same = ring[one // 2] == ring[other // 2]
        order[twice[same]], order[twice[same] + 1] = other[same], one[same]
        following = _joined(order)[head] // 2
    return following


def _joined(order: npt.NDArray[np.intp]) -> Integers:
    """Return the end that each end is joined with; *order* has the joined ones side by side."""
    partner = np.empty(len(order), np.int64)
    partner[order[::2]], partner[order[1::2]] = order[1::2], order[::2]
    return partner


def _first_of_ring(following: Integers) -> Integers:
    """Return the lowest edge of the ring of each edge; steps double until none finds a lower one."""
    lowest, step = np.arange(len(following)), following
    while True:
        ahead = lowest[step]
        if (ahead == lowest).all():
            return lowest
        lowest, step = np.minimum(lowest, ahead), step[step]


def _in_turn(following: Integers, ring: Integers) -> npt.NDArray[np.intp]:
    """Return the edges ring by ring, each from its first edge on, in the order of the way around."""
    n_edges = len(following)
    numbers = np.arange(n_edges)
    step = np.where(ring == numbers, numbers, following)
    left = (ring != numbers).astype(np.int64)
    while True:
        ahead = left[step]
        if not ahead.any():
            break
        left, step = left + ahead, step[step]
    # Of an edge, `left` says how many steps it is from there to the first edge.
    place = np.where(left > 0, n_edges - left, 0)
    return np.argsort(ring * n_edges + place, kind="stable")


def _shell_of_ring(edges: _Edges, ring: Integers, leader: Integers) -> Integers:
    """Return the first edge of the shell around each ring, of a shell its own.

    The pixels that end at the leftmost edge of a hole begin at an edge further left, of the shell or of another hole.
    """
    is_hole = edges.way[leader] == UP
    outer = leader.copy()
    outer[is_hole] = ring[edges.beside[leader[is_hole]]]
    while True:
        is_hole = edges.way[outer] == UP
        if not is_hole.any():
            return outer
        outer[is_hole] = ring[edges.beside[outer[is_hole]]]


def _gathered(polygons: Geometries, mask: Integers, n_masks: int) -> Geometries:
    """Return the polygons of each mask as one geometry in normal form; *mask* of each polygon ascends."""
    found = np.full(n_masks, shapely.Polygon(), dtype=object)
    counts = np.bincount(mask, minlength=n_masks)
    single = counts[mask] == 1
    found[mask[single]] = polygons[single]
    several, place = np.unique(mask[~single], return_inverse=True)
    found[several] = shapely.multipolygons(polygons[~single], indices=place)
    normal: Geometries = shapely.normalize(found)
    return normal


def _refuse_others(geometries: Geometries) -> None:
    types = shapely.get_type_id(geometries)
    areas = [int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON)]
    strange = np.flatnonzero(~np.isin(types, areas))
    if len(strange):
        name = shapely.GeometryType(types[strange[0]]).name
        msg = f"geometry {strange[0]}: found {name}; allowed are POLYGON and MULTIPOLYGON"
        raise TableError(msg)
