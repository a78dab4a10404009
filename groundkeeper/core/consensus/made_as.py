"""With what the one shape of a record counts as drawn."""

from typing import Final

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.drawings import Drawings, Flags, drawn_as
from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.areas.rotated import (
    CORNERS,
    box_parameters,
    corner_parameters,
    is_upright,
    rotated_boxes,
)
from schemas.enums import AREAS, Shape

NEARLY: Final = 1e-9
"""How far a corner of a turned box may be off, in parts of its largest coordinate: what turning it loses."""


def made_as(made: pd.DataFrame, drawings: Drawings) -> pd.Series:
    """Return what the one shape of each record is.

    That of areas is what those drew it with who drew exactly it, in all of its frames; else a mask if everybody drew a
    mask, a box if most drew boxes and it is one in every frame, and a polygon in all other cases. Of other shapes, and
    where nothing was made, it is what most drew it with.

    Parameters
    ----------
    made : DataFrame
        The one shapes: ``record, frame, geometry``.
    drawings : Drawings
        What they were made of.

    Returns
    -------
    Series
        A ``Shape`` of each record, missing where nothing was drawn.
    """
    records = len(drawings.votes)
    most = drawn_as(drawings.parts, records)
    record = made["record"].to_numpy(dtype=np.int64)
    of_areas = most.isin([str(kind) for kind in AREAS]).to_numpy(dtype=np.bool_)
    of_areas = of_areas & (np.bincount(record, minlength=records) > 0)
    kinds = drawings.parts.groupby("record")["kind"].agg(set).reindex(range(records))
    masks = kinds.map(lambda told: told == {Shape.MASK}, na_action="ignore").eq(True)  # noqa: FBT003 - a value
    boxes = most.eq(Shape.BBOX).to_numpy(dtype=np.bool_, copy=True)
    boxes[record[~are_boxes(made["geometry"].to_numpy(dtype=object))]] = False
    as_drawn = drawn_as(_exactly(made, drawings.parts), records)
    otherwise = np.select([masks, boxes], [Shape.MASK.value, Shape.BBOX.value], Shape.POLYGON.value)
    of_area = as_drawn.where(as_drawn.notna(), pd.Series(otherwise, as_drawn.index))
    return most.mask(of_areas, of_area).astype("str")


def are_boxes(geometries: Geometries) -> Flags:
    """Return which shapes are boxes, turned or not, bool [n].

    Examples
    --------
    >>> slanted = shapely.Polygon([(0, 0), (4, 0), (5, 2), (1, 2)])
    >>> are_boxes(np.array([shapely.box(0, 0, 4, 2), slanted])).tolist()
    [True, False]
    """
    found: Flags = ~np.isnan(box_parameters(geometries)[:, 0])
    here = geometries[found]
    corners = shapely.get_coordinates(here).reshape(-1, CORNERS + 1, 2)
    boxes = rotated_boxes(*corner_parameters(here).T)
    again = shapely.get_coordinates(boxes).reshape(-1, CORNERS + 1, 2)
    far = np.abs(corners).max(axis=(1, 2), initial=0.0)
    off = np.abs(corners - again).max(axis=(1, 2), initial=0.0)
    found[found] = (off <= NEARLY * far) | is_upright(here)
    return found


def _exactly(made: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the *parts* of those annotations that are the shape of their record in every frame, and in no other."""
    keys = ["record", "frame"]
    wanted = pd.Series(
        shapely.to_wkb(made["geometry"].to_numpy(dtype=object)),
        pd.MultiIndex.from_frame(made[keys].astype("int64")),
    )
    drawn = parts[parts["record"].isin(made["record"])]
    place = wanted.index.get_indexer(pd.MultiIndex.from_frame(drawn[keys].astype("int64")))
    texts = shapely.to_wkb(drawn["geometry"].to_numpy(dtype=object))
    same = (place >= 0) & (wanted.to_numpy()[place] == texts)
    frames = drawn["record"].map(made["record"].value_counts())
    alike = pd.Series(same, drawn.index).groupby([drawn["record"], drawn["annotation_id"]])
    exact = alike.transform("sum").eq(frames) & alike.transform("size").eq(frames)
    found: pd.DataFrame = drawn[exact]
    return found
