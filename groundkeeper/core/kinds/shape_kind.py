"""What all kinds of shapes have in common: answers that are shapely geometries of one frame, in image px."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.kinds.pairs import disagreement, pairs_of
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.shapes.drawn import Integers, Pairs
from groundkeeper.core.shapes.medoid import likeness, medoids


@dataclass(frozen=True, slots=True, eq=False)
class Drawings:
    """The drawings of units, by unit and within it by their bytes: in whatever order they came, nothing changes.

    Attributes
    ----------
    geometry
        object [n].
    group
        Place of the unit of each among the *units*, ascending, int64 [n].
    units
        Ascending, [g].
    """

    geometry: Geometries
    group: Integers
    units: pd.Index

    @classmethod
    def of(cls, values: pd.Series, units: pd.Series) -> "Drawings":
        """Return the drawings of *units*; ``values`` and ``units`` as ``Kind.fuse`` has them."""
        names = pd.Index(np.sort(units.unique()), name=units.name)
        drawn, group = values.to_numpy(dtype=object), names.get_indexer(units)
        order = np.argsort(shapely.to_wkb(drawn), kind="stable")
        order = order[np.argsort(group[order], kind="stable")]
        return cls(drawn[order], group[order].astype(np.int64), names)

    @property
    def size(self) -> Integers:
        """How many drawings each unit has, [g]."""
        return np.bincount(self.group, minlength=len(self.units)).astype(np.int64)

    @property
    def first(self) -> Integers:
        """The place of the first drawing of each unit, [g]."""
        return np.searchsorted(self.group, np.arange(len(self.units))).astype(np.int64)

    def pairs(self, alike: "Alike", scale: Scale) -> Pairs:
        """Return how *alike* every two drawings of a unit are; 0 where nothing can be said."""
        left, right = pairs_of(pd.Series(self.group))
        similarity = np.nan_to_num(alike(self.geometry[left], self.geometry[right], scale))
        return Pairs(left.astype(np.int64), right.astype(np.int64), similarity)

    def medoids(self, alike: "Alike", scale: Scale) -> Integers:
        """Return the place of the drawing of each unit that is most like the others, [g]."""
        return medoids(self.group, len(self.units), self.pairs(alike, scale))

    def weights(self, alike: "Alike", scale: Scale) -> Floats:
        """Return how like each is to the others of its unit, [n]; 1 each where none is like another."""
        found = likeness(self.group, self.pairs(alike, scale))
        strangers = np.bincount(self.group, found, minlength=len(self.units)) == 0
        return np.where(strangers[self.group], 1.0, found)

    def unanimous(self) -> npt.NDArray[np.bool_]:
        """Return whether all of a unit drew the very same, bool [g]."""
        drawn = shapely.to_wkb(self.geometry)
        return np.asarray(drawn[self.first] == drawn[self.first + self.size - 1], dtype=np.bool_)

    def largest(self, values: Floats) -> Floats:
        """Return the largest of the *values* of each unit's drawings, [g]; nan where a unit has fewer than two."""
        found = np.fmax.reduceat(values, self.first) if len(values) else np.zeros(0)
        return np.where(self.size > 1, found, np.nan)


Alike: TypeAlias = Callable[[Geometries, Geometries, Scale], Floats]
"""How alike pairs of shapes are, [n]."""
Fuse: TypeAlias = Callable[[Drawings, Scale], Geometries]
"""One shape of each unit, object [g]."""
Apart: TypeAlias = Callable[[Drawings, Geometries, Scale], Mapping[str, Floats]]
"""How far the drawings of each unit stand from the shape that they made together, by column, [g] each."""

MEDOID = "medoid"


@dataclass(frozen=True)
class ShapeKind:
    """Answers that are shapes of one kind.

    Attributes
    ----------
    name : str
        As ``schemas.enums.Shape`` has it.
    alike : callable
        How alike two are.
    ways : mapping
        The ways to make one of several beside ``medoid``, which every kind has. The first is taken where nothing else
        was said, unless *medoid_first*.
    apart : callable
        How far they stand from what the first way makes of them, in px.
    medoid_first : bool
        Whether ``medoid`` is what is taken where nothing else was said.
    """

    name: str
    alike: Alike
    ways: Mapping[str, Fuse]
    apart: Apart
    medoid_first: bool = False

    @property
    def fusions(self) -> tuple[str, ...]:
        """The ways in which ``fuse`` makes one shape of several."""
        return (MEDOID, *self.ways) if self.medoid_first else (*self.ways, MEDOID)

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale) -> Floats:
        """Return ``[n]``: how alike the two shapes of each pair are, from 0 to 1; nan where nothing can be said."""
        return self.alike(left.to_numpy(dtype=object), right.to_numpy(dtype=object), scale)

    def fuse(self, values: pd.Series, units: pd.Series, how: str, scale: Scale) -> pd.Series:
        """Return the one shape of each unit; missing where its drawings have none together.

        What all drew alike stays as it was drawn.
        """
        drawings = Drawings.of(values, units)
        return pd.Series(self._fused(drawings, how, scale), drawings.units, dtype=object)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement`` of each unit, and columns in px.

        These are how far its drawings stand from the one shape that the first of ``fusions`` makes of them, the largest
        over the drawings; nan where there are fewer than two.
        """
        drawings = Drawings.of(values, units)
        fused = self._fused(drawings, self.fusions[0], scale)
        columns = self.apart(drawings, fused, scale)
        of = pd.Series(drawings.units[drawings.group], name=units.name)
        return disagreement(self, pd.Series(drawings.geometry), of, scale).assign(**columns)

    def _fused(self, drawings: Drawings, how: str, scale: Scale) -> Geometries:
        if how == MEDOID:
            return drawings.geometry[drawings.medoids(self.alike, scale)]
        fused = self.ways[how](drawings, scale)
        fused[shapely.is_empty(fused)] = None
        return np.where(drawings.unanimous(), drawings.geometry[drawings.first], fused)
