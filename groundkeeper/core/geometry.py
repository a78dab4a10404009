"""Areas of image frames as shapely polygons: keep what has an area, cut what has none."""

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]
"""Array of shapely geometries, image pixels."""

POLYGON_TYPES = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))


def polygonal(geometries: Geometries) -> Geometries:
    """Return each geometry's polygons alone; lines and points that an overlay leaves behind are cut.

    Parameters
    ----------
    geometries : object[n]
        Valid geometries of any type.

    Returns
    -------
    object[n]
        ``Polygon`` or ``MultiPolygon`` in normal form; an empty ``Polygon`` where nothing had an area.

    Examples
    --------
    >>> touching = shapely.intersection(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1))
    >>> touching.geom_type, polygonal(np.array([touching]))[0].is_empty
    ('LineString', True)
    """
    result = np.array(geometries, dtype=object)
    types = shapely.get_type_id(result)
    mixed = types == int(shapely.GeometryType.GEOMETRYCOLLECTION)
    for index in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapely.get_parts(result[index]))
        areas = [part for part in parts if part.geom_type == "Polygon"]
        result[index] = shapely.union_all(areas) if areas else shapely.Polygon()
    result[~np.isin(types, POLYGON_TYPES) & ~mixed] = shapely.Polygon()
    normal: Geometries = shapely.normalize(result)
    return normal


def bounding_boxes(geometries: Geometries) -> npt.NDArray[np.float64]:
    """Return ``x_min, y_min, x_max, y_max`` of each geometry, shape (n, 4), px; nan where it is empty."""
    bounds: npt.NDArray[np.float64] = shapely.bounds(geometries)
    return bounds.reshape(-1, 4)


def outside_images(
    bounds: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return whether each shape has nothing in its image, bool [n]; of what is not known, it is not.

    What lies in its image in part is in it. An area that only touches the edge has nothing in it, while a point or an
    upright line on the edge is there as a whole.

    Parameters
    ----------
    bounds : float64[n, 4]
        ``left, top, right, bottom`` of each, px.
    sizes : float64[n, 2]
        Width and height of its image, px; nan where nobody says.

    Examples
    --------
    >>> bounds = np.array([[-4.0, 0, 0, 9], [0, 0, 0, 9], [8, 0, 12, 9], [11, 0, 11, 9]])
    >>> outside_images(bounds, np.array([[10.0, 10.0]]).repeat(4, axis=0)).tolist()
    [True, False, False, True]
    """
    outside = np.zeros(len(bounds), dtype=np.bool_)
    for axis, size in enumerate(sizes.T):
        low, high = bounds[:, axis], bounds[:, axis + 2]
        touches = (low < high) & ((high == 0) | (low == size))
        outside |= (high < 0) | (low > size) | touches
    return outside


def total_area(
    geometries: Geometries, codes: npt.NDArray[np.int64], size: int
) -> npt.NDArray[np.float64]:
    """Return the summed area in px2 of the geometries with each code, shape (size,)."""
    areas: npt.NDArray[np.float64] = np.zeros(size)
    np.add.at(areas, codes, shapely.area(geometries))
    return areas
