"""Shapes as several annotators draw them, made up with a seed: whoever measures something on them measures the same."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

IMAGE_PX = (1920, 1080)
OBJECTS = 5
"""How many objects an image has on average."""
ANNOTATORS = 3
LABELS = 10
SIDE_PX = (20.0, 400.0)
MISSED = 0.1
"""How often an annotator does not see an object, or draws one that is none."""
MISNAMED = 0.05
LOOSE = 0.04
"""How far an edge is off, as a share of the side: the standard deviation."""


class Drawings(NamedTuple):
    """Boxes, sorted by image and annotator.

    Attributes
    ----------
    image, annotator, label : int64[n]
    corners : float64[n, 4]
        Left, top, right and bottom edge, px.
    """

    image: Integers
    annotator: Integers
    label: Integers
    corners: Floats


def drawn_boxes(
    images: int,
    *,
    objects: float = OBJECTS,
    annotators: int = ANNOTATORS,
    size_px: tuple[int, int] = IMAGE_PX,
    seed: int = 0,
) -> Drawings:
    """Return boxes of that many *images*, each looked at by all *annotators*.

    Sides are spread evenly in their logarithm over ``SIDE_PX``. One annotator's edges are off by ``LOOSE`` of the side;
    ``MISSED`` of the objects are left out, and as many drawn that nobody else sees.
    """
    rng = np.random.default_rng(seed)
    image = np.repeat(np.arange(images), rng.poisson(objects, images))
    shortest, longest = np.log(SIDE_PX)
    sides = np.exp(rng.uniform(shortest, longest, (len(image), 2)))
    start = rng.uniform(0, 1, (len(image), 2)) * np.maximum(np.array(size_px) - sides, 1)
    label = rng.integers(LABELS, size=len(image))
    seen = rng.random((annotators, len(image))) >= MISSED
    alone = rng.random((annotators, len(image))) < MISSED
    by, which = np.nonzero(np.concatenate([seen, alone]))
    own = by >= annotators
    corners = np.hstack([start, start + sides])[which]
    corners += rng.normal(0, LOOSE, corners.shape) * np.tile(sides[which], 2)
    corners[own] += rng.uniform(-1, 1, (int(own.sum()), 1)) * np.tile(sides[which[own]], 2)
    corners = np.hstack(
        [
            np.minimum(corners[:, :2], corners[:, 2:]),
            np.maximum(corners[:, :2], corners[:, 2:]),
        ]
    )
    said = np.where(
        rng.random(len(which)) < MISNAMED, rng.integers(LABELS, size=len(which)), label[which]
    )
    order = np.lexsort((which, by % annotators, image[which]))
    return Drawings(
        image[which][order], (by % annotators)[order], said[order], corners[order].round(2)
    )


def write_boxes(path: Path, boxes: Drawings) -> int:
    """Write *boxes* to *path* as .npz, and return how many."""
    np.savez(path, **boxes._asdict())
    return len(boxes.image)
