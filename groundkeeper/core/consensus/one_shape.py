"""The one shape of each record, by the rule of the guideline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.alike import AREA, LINE, POINTS, SKELETON
from groundkeeper.core.consensus.drawings import (
    COMPARABLE,
    Drawings,
    Flags,
    alike_of_records,
    all_boxes,
    drawn_as,
)
from groundkeeper.core.consensus.probable_region import probable_region
from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.geometry import Geometries, polygonal
from groundkeeper.core.guideline.sections import ShapeRule
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import OF_SHAPE
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.medoid import medoids
from schemas.enums import Shape

OF_BOXES: Final[frozenset[ShapeRule]] = frozenset({"by_kind", "edge_median", "weighted_boxes"})
"""Rules that make a box of boxes."""


def one_shape(drawings: Drawings, rule: ShapeRule) -> pd.DataFrame:
    """Return the one shape of each record in each frame in which it has one.

    The majority region and the probable region are made frame by frame; who drew nothing in a frame votes against every
    point of it. The medoid is one annotation, in all of its frames. Of edges, joints and points there is a median
    in the frames in which at least half of those who drew the record drew it.

    Parameters
    ----------
    drawings : Drawings
        As ``fitting`` returns them.
    rule : str
        Of the guideline; a record of a kind that it says nothing of goes by its kind.

    Returns
    -------
    DataFrame
        ``record, frame, geometry``, sorted.
    """
    made = [
        MAKERS[name](drawings.of(records))
        for name, records in _ways(drawings, rule).items()
        if records.any()
    ]
    nothing = drawings.parts[["record", "frame", "geometry"]].iloc[:0]
    found = pd.concat([nothing, *(table for table in made if len(table))])
    return found.sort_values(["record", "frame"], ignore_index=True)


def _ways(drawings: Drawings, rule: ShapeRule) -> dict[str, Flags]:
    """Return by which maker each record gets its shape: one of them, or none, bool [g] each."""
    named = drawn_as(drawings.parts, len(drawings.votes))
    family = named.map(COMPARABLE).to_numpy(dtype=np.float64, na_value=0)
    if rule == "none":
        return {}
    if rule == "medoid":
        return {"medoid": family > 0}
    boxes = all_boxes(drawings) & np.full(len(family), rule in OF_BOXES)
    of_boxes = "weighted_boxes" if rule == "weighted_boxes" else "edge_median"
    of_areas = "staple" if rule == "staple" else "majority_region"
    return {
        of_boxes: boxes,
        of_areas: (family == AREA) & ~boxes,
        "medoid": family == LINE,
        "points": family == POINTS,
        "joints": family == SKELETON,
    }


def _majority_region(drawings: Drawings) -> pd.DataFrame:
    parts = drawings.parts.rename(columns={"record": "record_id"})
    found = majority_region(parts, pd.Series(drawings.votes))
    return found.rename(columns={"record_id": "record"}).astype({"record": "int64"})


def _medoid(drawings: Drawings) -> pd.DataFrame:
    once, pairs = alike_of_records(drawings)
    chosen = medoids(once["record"].to_numpy(), len(drawings.votes), pairs)
    names = once["annotation_id"].to_numpy()[chosen[chosen >= 0]]
    chosen_parts: pd.DataFrame = drawings.parts[drawings.parts["annotation_id"].isin(names)]
    return chosen_parts[["record", "frame", "geometry"]]


@dataclass(frozen=True)
class _Frames:
    """The frames in which at least half of those who drew a record drew it.

    ``keys`` are ``record, frame`` of g frames, ``parts`` the n drawings, ``group`` the frame of each, int64 [n].
    """

    keys: pd.DataFrame
    parts: pd.DataFrame
    group: Integers

    @classmethod
    def of(cls, drawings: Drawings) -> "_Frames":
        keys = ["record", "frame"]
        many = drawings.parts.groupby(keys)["geometry"].transform("size").to_numpy()
        needed = drawings.votes[drawings.parts["record"].to_numpy()]
        parts = drawings.parts[2 * many >= needed].sort_values([*keys, "annotation_id"])
        frames = parts[keys].drop_duplicates().reset_index(drop=True)
        group = parts.groupby(keys).ngroup().to_numpy(dtype=np.int64)
        return cls(frames, parts, group)

    @property
    def geometry(self) -> Geometries:
        """What was drawn, object [n]."""
        return self.parts["geometry"].to_numpy(dtype=object)

    def with_shapes(self, shapes: Geometries) -> pd.DataFrame:
        """Return ``record, frame, geometry`` of the frames that have a shape."""
        made = self.keys.assign(geometry=pd.Series(shapes, self.keys.index, dtype=object))
        shown: pd.DataFrame = made[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        return shown


def _of_kind(kind: Shape, how: str) -> Callable[[Drawings], pd.DataFrame]:
    """Return what makes one shape of each frame as *kind* does it, by the way called *how*."""

    def fuse(drawings: Drawings) -> pd.DataFrame:
        frames = _Frames.of(drawings)
        image = drawings.image_area_px2[frames.keys["record"].to_numpy()]
        # Where nobody knows how large the image is, single points are paired however far apart they are.
        size = np.where(np.isnan(image), np.inf, image)
        shapes = np.full(len(frames.keys), None, dtype=object)
        for area in np.unique(size).tolist():
            here = size[frames.group] == area
            values = pd.Series(frames.geometry[here], dtype=object)
            scale = Scale(sigma=(drawings.sigma,), image_area_px2=area)
            made = OF_SHAPE[kind].fuse(values, pd.Series(frames.group[here]), how, scale)
            shapes[made.index.to_numpy()] = made.to_numpy(dtype=object)
        return frames.with_shapes(shapes)

    return fuse


def _staple(drawings: Drawings) -> pd.DataFrame:
    found = []
    for record, drawn in drawings.parts.groupby("record"):
        frames, frame = np.unique(drawn["frame"].to_numpy(), return_inverse=True)
        voter = pd.factorize(drawn["annotation_id"], sort=True)[0]
        votes = max(int(drawings.votes[int(str(record))]), int(voter.max()) + 1)
        shapes = drawn["geometry"].to_numpy(dtype=object)
        regions = polygonal(probable_region(shapes, voter, frame, votes))
        made = pd.DataFrame({"record": record, "frame": frames})
        made["geometry"] = pd.Series(regions, made.index, dtype=object)
        found.append(made[~shapely.is_empty(regions)])
    together: pd.DataFrame = pd.concat(found)
    return together


MAKERS: Final[Mapping[str, Callable[[Drawings], pd.DataFrame]]] = MappingProxyType(
    {
        "majority_region": _majority_region,
        "staple": _staple,
        "medoid": _medoid,
        "edge_median": _of_kind(Shape.BBOX, "edge_median"),
        "weighted_boxes": _of_kind(Shape.BBOX, "weighted_boxes"),
        "joints": _of_kind(Shape.SKELETON, "joint_median"),
        "points": _of_kind(Shape.POINTS, "joint_median"),
    }
)
"""What makes one shape of several, by name."""
