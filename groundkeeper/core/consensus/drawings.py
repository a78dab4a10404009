"""What the experts of records drew, with what, and how alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.alike import AREA, LINE, POINTS, SKELETON, comparable
from groundkeeper.core.shapes.drawn import Floats, Integers, Pairs
from groundkeeper.core.shapes.points.keypoints import SIGMA
from schemas.enums import Shape

COMPARABLE: Final[Mapping[str, int]] = MappingProxyType(
    {
        Shape.BBOX: AREA,
        Shape.ELLIPSE: AREA,
        Shape.POLYGON: AREA,
        Shape.MASK: AREA,
        Shape.POLYLINE: LINE,
        Shape.POINTS: POINTS,
        Shape.SKELETON: SKELETON,
    }
)
"""What the shapes of a kind can be compared with."""

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Drawings:
    """What was drawn of g records, and how alike.

    Attributes
    ----------
    parts : DataFrame
        One row per record, annotation and frame: ``record`` (0 to g - 1), ``annotation_id, frame, geometry, kind``.
    votes : int64[g]
        How many people say that each record is there.
    alike : DataFrame
        How alike annotations are: ``left, right, iou``; a pair that is not here has nothing in common.
    image_area_px2 : float64[g]
        Of the item of each record; nan where it is not known.
    sigma : float
        How far apart people put the same point, in roots of the area of the thing.
    """

    parts: pd.DataFrame
    votes: Integers
    alike: pd.DataFrame
    image_area_px2: Floats
    sigma: float = SIGMA

    def of(self, records: Flags) -> "Drawings":
        """Return what was drawn of some of the records, bool [g]; they keep their numbers."""
        kept = records[self.parts["record"].to_numpy()]
        return replace(self, parts=self.parts[kept])


def drawn_as(parts: pd.DataFrame, records: int) -> pd.Series:
    """Return what most annotations of each record were drawn with; of as many the first of ``Shape``.

    Parameters
    ----------
    parts : DataFrame
        ``record, annotation_id, kind``.
    records : int
        How many records there are.

    Returns
    -------
    Series
        A ``Shape`` of each record, missing where nothing was drawn.
    """
    once = parts.drop_duplicates(["record", "annotation_id"])
    places = {str(shape): place for place, shape in enumerate(Shape)}
    counts = once.groupby(["record", "kind"]).size().rename("votes").reset_index()
    ranked = counts.assign(place=counts["kind"].map(places)).sort_values(
        ["record", "votes", "place"], ascending=[True, False, True]
    )
    chosen = ranked.drop_duplicates("record").set_index("record")["kind"]
    return chosen.reindex(range(records)).astype("str")


def fitting(drawings: Drawings) -> Drawings:
    """Return *drawings* without those that cannot be compared with what most drew, such as a line among areas."""
    named = drawn_as(drawings.parts, len(drawings.votes))
    wanted = drawings.parts["record"].map(named).map(COMPARABLE)
    fits = comparable(drawings.parts["geometry"].to_numpy(dtype=object)) == wanted.to_numpy()
    ordered = drawings.parts[fits].sort_values(["record", "annotation_id", "frame"])
    return replace(drawings, parts=ordered.reset_index(drop=True))


def all_boxes(drawings: Drawings) -> Flags:
    """Return of which records everything drawn is a box, bool [g]."""
    records = len(drawings.votes)
    record = drawings.parts["record"].to_numpy()
    of_boxes = drawings.parts["kind"].eq(Shape.BBOX).to_numpy(dtype=np.bool_)
    drawn, boxes = (
        np.bincount(record[rows], minlength=records) for rows in (slice(None), of_boxes)
    )
    return np.asarray((drawn > 0) & (drawn == boxes))


def alike_of_records(drawings: Drawings) -> tuple[pd.DataFrame, Pairs]:
    """Return the annotations of *drawings*, ``record, annotation_id``, and how alike those of one record are."""
    once = drawings.parts.drop_duplicates(["record", "annotation_id"])[["record", "annotation_id"]]
    once = once.sort_values("annotation_id", ignore_index=True)
    place = pd.Index(once["annotation_id"])
    one, other = (place.get_indexer(drawings.alike[side]) for side in ("left", "right"))
    left, right = np.minimum(one, other), np.maximum(one, other)
    both = left >= 0
    similarity = drawings.alike["iou"].to_numpy(dtype=np.float64)
    return once, Pairs(left[both], right[both], similarity[both])
