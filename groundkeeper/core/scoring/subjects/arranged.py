"""How things were drawn: lines that run the other way, and areas that next to nothing can be seen of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.geometry import bounding_boxes
from groundkeeper.core.scoring.objects.areas import Areas, over
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans, Near
from groundkeeper.core.scoring.objects.strokes import Strokes, line_pairs
from groundkeeper.core.shapes.drawn import Floats, Integers

MOST = 0.5
"""Two things run opposite ways that do so on more than this share of the frames that both are on."""


def turned_lines(
    near: Near, drawn: Sequence[pd.DataFrame], image_area_px2: Floats, settings: Settings
) -> Booleans:
    """Return which pairs are lines that run in opposite directions on most of the frames that both are on, bool [p].

    Parameters
    ----------
    near : Near
        The pairs.
    drawn : sequence of DataFrame
        Of the ground truth and of what is scored, one row per object and frame: ``place, frame, geometry``.
    image_area_px2 : float64 [truth]
        Of the image of each object of the ground truth; nan where it is not known.
    settings : Settings
        How much more alike a line must be when it is turned.

    Examples
    --------
    >>> line = shapely.LineString([(0, 0), (10, 0), (10, 10)])
    >>> one, other = (pd.DataFrame({"place": [0], "frame": [0], "geometry": [each]}) for each in (line, line.reverse()))
    >>> zero = np.zeros(1, dtype=np.int64)
    >>> near = Near(zero, zero, np.ones(1), np.zeros(1, dtype=bool))
    >>> turned_lines(near, (one, other), np.array([10_000.0]), Settings())
    array([ True])
    """
    found = np.zeros(len(near.truth), dtype=np.bool_)
    pairs = pd.DataFrame({"truth": near.truth, "said": near.said, "pair": np.arange(len(found))})
    ours, theirs = (_lines(side, name) for side, name in zip(drawn, ("truth", "said"), strict=True))
    both = pairs.merge(ours, on="truth").merge(theirs, on=["said", "frame"])
    if both.empty or settings.line_orientation is None:
        return found
    sides = (both[name].to_numpy(dtype=object) for name in ("geometry_truth", "geometry_said"))
    strokes = [Strokes(lines, bounding_boxes(lines)) for lines in sides]
    area = image_area_px2[both["truth"].to_numpy(dtype=np.int64)]
    _, opposite = line_pairs(strokes[0], strokes[1], area, settings)
    share = pd.Series(opposite, index=both["pair"]).groupby(level=0).mean()
    found[share.index[share > MOST].to_numpy(dtype=np.int64)] = True
    return found


def covered_areas(
    drawn: pd.DataFrame, unit: Integers, layer: Integers, visible_from: float | None
) -> Booleans:
    """Return of which objects less than a share can be seen over all their frames, bool [n].

    What has a higher layer lies over the others of its unit and frame; of two in one layer nobody says which is on top,
    and neither covers the other. What nothing lies over is not covered, however small it is.

    Parameters
    ----------
    drawn : DataFrame
        One row per object and frame: ``place`` (of the object), ``frame, geometry`` (shapely, px).
    unit, layer : int64 [n]
        Of each object: where it is, and how high.
    visible_from : float, optional
        The share of its area from which on an object can be seen; without it none is covered.

    Examples
    --------
    >>> areas = [shapely.box(0, 0, 4, 4), shapely.box(0, 0, 5, 5)]
    >>> drawn = pd.DataFrame({"place": [0, 1], "frame": 0, "geometry": areas})
    >>> zero = np.zeros(2, dtype=np.int64)
    >>> covered_areas(drawn, zero, np.array([0, 1]), 0.05).tolist()
    [True, False]
    >>> covered_areas(drawn, zero, zero, 0.05).tolist()
    [False, False]
    """
    found = np.zeros(len(unit), dtype=np.bool_)
    if visible_from is None or len(np.unique(layer)) <= 1:
        return found
    table = drawn.assign(unit=unit[drawn["place"]], area=shapely.area(drawn["geometry"]))
    table = table[table["area"] > 0].sort_values(["unit", "frame", "place"], ignore_index=True)
    place = table["place"].to_numpy(dtype=np.int64)
    frame = np.asarray(table.groupby(["unit", "frame"]).ngroup(), dtype=np.int64)
    geometry = table["geometry"].to_numpy(dtype=object)
    areas = Areas(frame, geometry, np.zeros(len(table), dtype=np.bool_), place, layer[place])
    below, above = over(areas)
    higher = areas.rank[below] < areas.rank[above]
    seen = table["area"].to_numpy(dtype=np.float64, copy=True)
    below, above = below[higher], above[higher]
    for one in np.unique(below).tolist():
        cover = shapely.union_all(geometry[above[below == one]])
        seen[one] = shapely.area(shapely.difference(geometry[one], cover))
    whole, left = (np.bincount(place, size, len(unit)) for size in (table["area"], seen))
    return np.asarray((left < whole) & (left < visible_from * whole), dtype=np.bool_)


def _lines(drawn: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the lines among what was *drawn*: *name*, ``frame, geometry_*name*``."""
    kinds = shapely.get_type_id(drawn["geometry"].to_numpy(dtype=object))
    lines: pd.DataFrame = drawn.loc[kinds == shapely.GeometryType.LINESTRING]
    return lines.rename(columns={"place": name, "geometry": f"geometry_{name}"})
