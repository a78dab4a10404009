"""How near the areas of two sides are: by the pixels that they cover, or exactly where no size of a frame is known."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes, polygonal
from groundkeeper.core.runs import offsets_of
from groundkeeper.core.scoring.objects.coco_pixels import coco_columns
from groundkeeper.core.scoring.objects.pixels import (
    Runs,
    ious,
    pixel_counts,
    run_lengths,
    shared_pixels,
    shared_visible,
    visible,
)
from groundkeeper.core.scoring.objects.sides import Booleans, Near
from groundkeeper.core.shapes.areas.regions import Regions, region_ious
from groundkeeper.core.shapes.boxes.box_pairs import meeting
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.mask_polygons import masks_of

Sizes: TypeAlias = Integers | None
"""Height and width of each frame, px, int64 [f, 2]; None if nobody says."""

_Found: TypeAlias = tuple[Integers, Integers, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """n areas of one side, which are parts of objects.

    Attributes
    ----------
    frame
        Where each is, ascending, int64 [n].
    geometry
        ``Polygon`` or ``MultiPolygon``, px, object [n].
    is_mask
        Whether it is made of whole pixels; all others are outlines. bool [n].
    owner
        The object of each, int64 [n]; several areas of one frame may be of one object.
    rank
        Areas of a higher one lie over the others, no two of a frame have the same, int64 [n].
    """

    frame: Integers
    geometry: Geometries
    is_mask: Booleans
    owner: Integers
    rank: Integers

    def __len__(self) -> int:
        """How many areas there are."""
        return len(self.frame)

    def take(self, places: Integers) -> "Areas":
        """Return some of them."""
        return Areas(
            self.frame[places],
            self.geometry[places],
            self.is_mask[places],
            self.owner[places],
            self.rank[places],
        )


def area_near(truth: Areas, said: Areas, sizes: Sizes, *, panoptic: bool) -> Near:
    """Return the pairs of objects that share anything, by object, and the IoU of their areas.

    Parameters
    ----------
    truth, said
        The areas of both sides.
    sizes
        Of all frames; with None areas are compared exactly as they were drawn.
    panoptic
        Whether only what can be seen of an area is compared.
    """
    if not len(truth) or not len(said):
        return Near.joined([])
    if sizes is None:
        left, right, similarity = _exactly(truth, said, panoptic=panoptic)
    else:
        left, right, similarity = _by_pixels(truth, said, sizes, panoptic=panoptic)
    return Near.straight(left, right, similarity)


def runs_of(areas: Areas, sizes: Integers) -> Runs:
    """Return the pixels of areas, owned by the areas themselves, frames being counted column by column."""
    size = sizes[areas.frame]
    outlined, masked = np.flatnonzero(~areas.is_mask), np.flatnonzero(areas.is_mask)
    drawn = shapely.get_parts(areas.geometry[outlined], return_index=True)
    rings, ring_of = shapely.get_rings(drawn[0], return_index=True)
    # A ring ends where it begins; that corner is told once.
    count = np.maximum(shapely.get_num_coordinates(rings) - 1, 0)
    corners, of = shapely.get_coordinates(rings, return_index=True)
    closing = np.ones(len(of), dtype=np.bool_)
    closing[:-1] = of[1:] != of[:-1]
    owner = drawn[1][ring_of]
    height, width = size[outlined].T
    outlines = coco_columns(corners[~closing], offsets_of(count), owner, height, width)
    height, width = size[masked].T
    masks = masks_of(_on_their_sides(areas.geometry[masked]), width, height)
    parts = [
        Runs.of(some, which, areas.frame[which], sizes)
        for some, which in ((outlines, outlined), (masks, masked))
    ]
    return Runs(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("owner", "start", "end")
        )
    )


def _on_their_sides(geometry: Geometries) -> Geometries:
    """Return areas with x and y exchanged."""
    turned: Geometries = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    return turned


def _by_pixels(truth: Areas, said: Areas, sizes: Integers, *, panoptic: bool) -> _Found:
    sides = []
    for areas in (truth, said):
        runs = runs_of(areas, sizes)
        if panoptic:
            runs = visible(runs, areas.rank)
        sides.append(Runs(areas.owner[runs.owner], runs.start, runs.end))
    sizes_of = [int(areas.owner.max()) + 1 for areas in (truth, said)]
    # What can be seen of a side lies side by side: no pixel is of two areas.
    of_both, counted = (shared_visible, run_lengths) if panoptic else (shared_pixels, pixel_counts)
    left, right, shared = of_both(sides[0], sides[1], sizes_of[1])
    counts = [counted(runs, n) for runs, n in zip(sides, sizes_of, strict=True)]
    return left, right, ious((counts[0], counts[1]), (left, right), shared)


def _exactly(truth: Areas, said: Areas, *, panoptic: bool) -> _Found:
    sides = [_objects(areas, panoptic=panoptic) for areas in (truth, said)]
    frame, owner, geometry = (
        np.concatenate([side[column] for side in sides]) for column in range(3)
    )
    which = np.repeat([0, 1], [len(side[0]) for side in sides])
    order = np.argsort(frame, kind="stable")
    left, right = meeting(frame[order], bounding_boxes(geometry[order]), which[order])
    left, right = order[left], order[right]
    similarity = region_ious(Regions.of(geometry), left, right)
    shared = np.flatnonzero(similarity > 0)
    left, right = owner[left[shared]], owner[right[shared]]
    by_object = np.lexsort((right, left))
    return left[by_object], right[by_object], similarity[shared][by_object]


def _objects(areas: Areas, *, panoptic: bool) -> tuple[Integers, Integers, Geometries]:
    """Return the frame, the number and the area of each object that has one."""
    seen = visible_parts(areas) if panoptic else areas.geometry
    owner, first, of = np.unique(areas.owner, return_index=True, return_inverse=True)
    whole = seen[first]
    for place in np.flatnonzero(np.bincount(of) > 1).tolist():
        whole[place] = shapely.union_all(seen[of == place])
    kept = np.flatnonzero(~shapely.is_empty(whole))
    return areas.frame[first][kept], owner[kept], whole[kept]


def visible_parts(areas: Areas) -> Geometries:
    """Return each area without what lies over it, object [n]; empty where nothing can be seen."""
    below, above = over(areas)
    seen = areas.geometry.copy()
    for place in np.unique(below).tolist():
        cover = shapely.union_all(areas.geometry[above[below == place]])
        seen[place] = shapely.difference(seen[place], cover)
    return polygonal(seen)


def over(areas: Areas) -> tuple[Integers, Integers]:
    """Return the pairs of areas of which the second lies higher, and whose boxes meet, int64 [p] each."""
    left, right = meeting(areas.frame, bounding_boxes(areas.geometry))
    higher = areas.rank[left] < areas.rank[right]
    return np.where(higher, left, right), np.where(higher, right, left)
