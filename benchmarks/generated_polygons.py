"""Polygons as several annotators draw them, made up with a seed: whoever measures on them measures the same."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

IMAGE_PX = (1920, 1080)
OBJECTS = 8
ANNOTATORS = 4
LABELS = 10
CORNERS = (10, 30)
RADIUS_PX = (10.0, 120.0)
WAVES = 3
"""Of which an outline is made: an oval, a triangle, a square."""
UNEVEN = 0.12
"""How much each wave adds to the radius, as a share of it: the standard deviation."""
LOOSE = 0.03
"""How far a corner is off, as a share of the radius: the standard deviation."""
MISSED = 0.1
"""How often an annotator does not see an object."""
AT_ONCE = 20_000
"""Images that are made up together."""


class Polygons(NamedTuple):
    """Polygons, sorted by image and annotator.

    Attributes
    ----------
    image, annotator, label : int64[n]
    offsets : int64[n + 1]
        Where the corners of each begin.
    xy : float64[v, 2]
        Corners, px.
    """

    image: Integers
    annotator: Integers
    label: Integers
    offsets: Integers
    xy: Floats


def drawn_polygons(images: int, *, seed: int = 0) -> Polygons:
    """Return the polygons of that many *images*, each looked at by all annotators."""
    rng = np.random.default_rng(seed)
    parts = [_some(rng, first, min(AT_ONCE, images - first)) for first in range(0, images, AT_ONCE)]
    corners = np.concatenate([np.diff(part.offsets) for part in parts])
    image, annotator, label = (
        np.concatenate([part[column] for part in parts]) for column in range(3)
    )
    offsets = np.concatenate([[0], np.cumsum(corners)])
    return Polygons(image, annotator, label, offsets, np.concatenate([part.xy for part in parts]))


def _some(rng: np.random.Generator, first: int, images: int) -> Polygons:
    count = images * OBJECTS
    radius = np.exp(rng.uniform(np.log(RADIUS_PX[0]), np.log(RADIUS_PX[1]), count))
    centre = rng.uniform(0, 1, (count, 2)) * np.array(IMAGE_PX)
    waves = rng.normal(0, UNEVEN, (count, 2, WAVES))
    label = rng.integers(LABELS, size=count)
    who, which = np.nonzero(rng.random((ANNOTATORS, count)) >= MISSED)
    order = np.lexsort((who, which // OBJECTS))
    who, which = who[order], which[order]
    corners = rng.integers(CORNERS[0], CORNERS[1] + 1, len(which))
    offsets = np.concatenate([[0], np.cumsum(corners)])
    shape = np.repeat(np.arange(len(which)), corners)
    place = np.arange(len(shape)) - offsets[shape] + rng.uniform(-0.3, 0.3, len(shape))
    angle = 2 * np.pi * place / corners[shape]
    reach = 1 + rng.normal(0, LOOSE, len(shape))
    for wave in range(WAVES):
        cosine, sine = waves[which[shape], :, wave].T
        reach += cosine * np.cos((wave + 2) * angle) + sine * np.sin((wave + 2) * angle)
    reach = reach.clip(0.2, 2.0) * radius[which[shape]]
    xy = np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None]
    xy += (centre[which] + rng.normal(0, 0.02, (len(which), 2)) * radius[which][:, None])[shape]
    return Polygons(first + which // OBJECTS, who, label[which], offsets, xy.round(2))


def write_polygons(path: Path, images: int) -> int:
    """Write the columns to *path*; return how many polygons there are."""
    polygons = drawn_polygons(images)
    np.savez(path, **polygons._asdict())
    return len(polygons.image)
