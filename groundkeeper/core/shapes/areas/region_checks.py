"""What is no area, or lies beyond the end, is refused before anything compiled reads it."""

import numpy as np
import shapely

from groundkeeper.core.geometry import POLYGON_TYPES, Geometries
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import TableError, listing


def refuse_shapes(geometries: Geometries) -> None:
    """Refuse what is no area, naming it."""
    types = shapely.get_type_id(geometries)
    wrong = ~np.isin(types, POLYGON_TYPES) | ~shapely.is_valid(geometries)
    if wrong.any():
        found = listing(
            f"{place}: {'nothing' if shape is None else shape.geom_type}"
            f"{' that is not valid' if types[place] in POLYGON_TYPES else ''}"
            for place, shape in ((place, geometries[place]) for place in np.flatnonzero(wrong))
        )
        msg = (
            f"found shapes {found}; allowed is a valid Polygon or MultiPolygon; "
            "leave others out, and of what is not valid keep the areas that shapely.make_valid makes of it"
        )
        raise TableError(msg)


def refuse_offsets(xy: Floats, offsets: Integers) -> None:
    """Refuse offsets that do not cut all corners into rings."""
    if offsets[0] != 0 or offsets[-1] != len(xy) or (np.diff(offsets) < 0).any():
        msg = (
            f"found offsets from {offsets[0]} to {offsets[-1]} for {len(xy)} corners; "
            "allowed is ascending, from 0 to the number of corners"
        )
        raise TableError(msg)


def refuse_places(places: Integers, count: int) -> None:
    """Refuse places at which there is nothing: what is compiled would read on beyond the end."""
    if len(places) and not 0 <= places.min() <= places.max() < count:
        msg = f"found places from {places.min()} to {places.max()}; allowed is from 0 to before {count}"
        raise TableError(msg)
