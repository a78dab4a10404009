"""How large images are, to which points and lines are held that have no size of their own."""

from typing import Final

import numpy as np
import pandas as pd
import shapely

LEAST_PX2: Final = 100.0 * 100.0
"""What an image covers at least that nobody says the size of, px2."""


def image_areas(items: pd.DataFrame, annotations: pd.DataFrame, parts: pd.DataFrame) -> pd.Series:
    """Return the area of the images of each item, px2, indexed by ``item_id``; never missing.

    Where nobody says how large an image is, it is taken for as large as the bounding box of everything that anybody
    drew in the item, and for ``LEAST_PX2`` at least, so that two clicks beside one another are alike.

    Parameters
    ----------
    items : DataFrame
        ``item_id``, and as far as it is known ``width_px, height_px``.
    annotations : DataFrame
        ``annotation_id, item_id``.
    parts : DataFrame
        ``annotation_id, geometry`` (shapely, px).

    Examples
    --------
    >>> shapes = [shapely.Point(1, 1), shapely.box(9, 0, 401, 50)]
    >>> drawn = pd.DataFrame({"annotation_id": ["x", "y"], "geometry": shapes})
    >>> marks = pd.DataFrame({"annotation_id": ["x", "y"], "item_id": "b"})
    >>> items = pd.DataFrame({"item_id": ["a", "b", "c"], "width_px": [20, None, None], "height_px": [9, None, None]})
    >>> image_areas(items, marks, drawn).to_dict()
    {'a': 180.0, 'b': 20000.0, 'c': 10000.0}
    """
    sides = [
        items[name].astype("float64") if name in items else pd.Series(np.nan, items.index)
        for name in ("width_px", "height_px")
    ]
    stated = pd.Series((sides[0] * sides[1]).to_numpy(), items["item_id"].to_numpy())
    if stated.notna().all():
        return stated
    bounds = shapely.bounds(parts["geometry"].to_numpy(dtype=object)).reshape(-1, 4)
    names = parts["annotation_id"].map(annotations.set_index("annotation_id")["item_id"])
    by_item = pd.DataFrame(bounds).groupby(names.to_numpy())
    low, high = by_item[[0, 1]].min().to_numpy(), by_item[[2, 3]].max().to_numpy()
    drawn = pd.Series((high - low).prod(axis=1), list(by_item.groups), dtype="float64")
    return stated.fillna(drawn.reindex(stated.index).clip(lower=LEAST_PX2).fillna(LEAST_PX2))
