"""Which areas of one side can hardly be seen, because others of it lie over them."""

from typing import Final

import numpy as np
import shapely

from groundkeeper.core.geometry import bounding_boxes
from groundkeeper.core.scoring.objects.areas import Areas, Sizes, over, runs_of
from groundkeeper.core.scoring.objects.pixels import hardly_seen, run_lengths, visible
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.boxes.corners import shared_areas
from groundkeeper.core.shapes.drawn import Floats, Integers

_EDGE_PX: Final = 1.0
"""How far pixels may reach beyond an outline, at most."""


def covered(areas: Areas, sizes: Sizes, visible_from: float) -> Booleans:
    """Return whether less than a share of each area can be seen under all that lie over it, bool [n].

    What nothing lies over is not covered, however small it is.

    Parameters
    ----------
    areas
        Each an object of its own.
    sizes
        Of all frames: pixels are counted; with None areas are taken exactly.
    visible_from
        The share from which on it can be seen, from 0 to 1.
    """
    found = np.zeros(len(areas), dtype=np.bool_)
    below, above = over(areas)
    suspects = _suspects(areas, below, above, sizes, visible_from)
    if not len(suspects):
        return found
    if sizes is None:
        parts = np.array(
            [
                shapely.difference(areas.geometry[place], shapely.union_all(higher))
                for place, higher in _covers(areas, below, above, suspects)
            ],
            dtype=object,
        )
        whole = shapely.area(areas.geometry[suspects])
        share = np.divide(shapely.area(parts), whole, out=np.ones(len(whole)), where=whole > 0)
        found[suspects] = share < visible_from
        return found
    needed = np.union1d(suspects, above[np.isin(below, suspects)])
    some = areas.take(needed)
    runs = runs_of(some, sizes)
    every = run_lengths(runs, len(needed))
    seen = run_lengths(visible(runs, some.rank), len(needed))
    at = np.searchsorted(needed, suspects)
    found[suspects] = hardly_seen(every - seen, every, visible_from)[at]
    return found


def _covers(
    areas: Areas, below: Integers, above: Integers, suspects: Integers
) -> list[tuple[int, list[shapely.Geometry]]]:
    """Return each of the *suspects* and what lies over it."""
    order = np.argsort(below, kind="stable")
    first, last = (np.searchsorted(below[order], suspects, side=side) for side in ("left", "right"))
    return [
        (place, list(areas.geometry[above[order[start:stop]]]))
        for place, start, stop in zip(suspects.tolist(), first.tolist(), last.tolist(), strict=True)
    ]


def _suspects(
    areas: Areas, below: Integers, above: Integers, sizes: Sizes, visible_from: float
) -> Integers:
    """Return the areas that may be covered: even if the boxes over them shared nothing, they could hide enough."""
    box = bounding_boxes(areas.geometry)
    wide = box + _EDGE_PX * np.array([-1, -1, 1, 1])
    hidden = np.bincount(below, shared_areas(wide[below], wide[above]), minlength=len(areas))
    least = shapely.area(areas.geometry) - _EDGE_PX * shapely.length(areas.geometry)
    may_be = (hidden > 0) & (hidden >= (1 - visible_from) * least)
    if sizes is not None:
        may_be |= (hidden > 0) & _outside(box, sizes[areas.frame])
    return np.flatnonzero(may_be)


def _outside(box: Floats, size: Integers) -> Booleans:
    """Return whether boxes leave their frames, where there is less of them than was drawn, bool [n]."""
    beyond = box[:, [3, 2]] > size
    return np.asarray((box[:, :2] < 0).any(axis=1) | beyond.any(axis=1))
