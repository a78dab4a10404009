"""What a kind of answer has to offer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.shapes.points.keypoints import SIGMA
from groundkeeper.core.shapes.points.lines import THICKNESS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """What the answers are measured on.

    Attributes
    ----------
    values : tuple
        The vocabulary in its order; empty for an open kind.
    sigma : tuple of float
        Standard deviation of those who mark joints or points, in roots of the area of the thing: one for all, or one
        for each joint of a skeleton.
    image_area_px2 : float, optional
        Of the image that shapes were drawn in; single points and lines have no size of their own to compare them by.
    thickness : float
        Half the width of a line, in roots of the area of the image.
    directed : bool
        Whether a line that runs the other way is another line.
    """

    values: tuple[object, ...] = ()
    sigma: tuple[float, ...] = (SIGMA,)
    image_area_px2: float | None = None
    thickness: float = THICKNESS
    directed: bool = False

    @cached_property
    def places(self) -> dict[object, int]:
        """Each value with its place in the vocabulary."""
        return {value: place for place, value in enumerate(self.values)}


class Kind(Protocol):
    """One kind of answer. What it gets is never missing; who calls it leaves missing answers out."""

    @property
    def name(self) -> str:
        """Its name in the registry."""
        ...

    @property
    def fusions(self) -> tuple[str, ...]:
        """The ways in which ``fuse`` makes one answer of several; the first where nothing else was said."""
        ...

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale, /) -> Floats:
        """Return ``[n]``: how alike each pair is, from 0 to 1, which is the same; symmetric."""
        ...

    def fuse(self, values: pd.Series, units: pd.Series, how: str, scale: Scale, /) -> pd.Series:
        """Return the one answer of each unit, indexed by unit, ascending; missing where *how* leaves it open.

        Parameters
        ----------
        values, units : Series
            An answer, and of which unit it is, on the same index.
        how : str
            One of ``fusions``.
        """
        ...

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale, /) -> pd.DataFrame:
        """Return how far the answers of each unit stand apart, indexed by unit, ascending.

        ``disagreement`` for every kind: 1 less the mean similarity of all pairs of the unit, nan with fewer than two
        answers; ``low, high`` for a kind with an order, in its own values; and columns in px for a shape.
        """
        ...
