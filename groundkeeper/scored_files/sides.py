"""Objects that a file states, whatever kind of file it is, and what of them is left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.scored_files.columns import TIMES, undated

EDGES: Final = ("left", "top", "right", "bottom")
COLUMNS: Final = (
    "object",
    "item",
    "frame",
    "annotator",
    "label",
    "shape",
    "geometry",
    "attributes",
    "group",
    "layer",
    "rotation",
    "confidence",
    "ignored",
    *EDGES,
)
"""Of an object in one frame: its name in the file, where it is, who drew it, what it is, and what is said of it.

A plain box may be its edges alone, px, without a geometry; all others have a geometry, and no edges. How far a box or
an ellipse is turned is read from its geometry where ``rotation``, degrees clockwise, does not say it.
"""
LEFT_OUT: Final = ("annotator", "item", "object", "label", "confidence")
"""Of an object that nobody can judge."""
LOOKED: Final = ("annotator", "item")
WHEN: Final = "submitted_at"


@dataclass(frozen=True)
class Side:
    """The objects of one file.

    Attributes
    ----------
    path : Path
        The file.
    shapes : DataFrame
        One row per object and frame: ``COLUMNS``. By annotator, item and frame, then as in the file.
    looked : DataFrame
        Who looked at which item, also if they found nothing, and when they last did, if that is known: ``annotator,
        item, submitted_at``. Sorted.
    classes : tuple of str, optional
        All classes that there may be, where the file says so.
    excluded : dict of str to int
        How much was left out, and why.
    warnings : list of str
        What somebody has to know of the file.
    nobody : tuple of str
        Who say nothing of any item, and are scored all the same.
    left_out : DataFrame
        One row per object and frame that was said and that nobody can judge: ``LEFT_OUT``. They are in ``excluded``.
    """

    path: Path
    shapes: pd.DataFrame
    looked: pd.DataFrame
    classes: tuple[str, ...] | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    nobody: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LEFT_OUT)))

    @property
    def annotators(self) -> list[str]:
        """Who says something."""
        return sorted({*self.looked["annotator"], *self.nobody})

    @property
    def items(self) -> list[str]:
        """The items that somebody looked at."""
        return sorted(set(self.looked["item"]))

    def without(self, wrong: pd.Series, why: str) -> "Side":
        """Return the side without the objects that are *wrong*, bool on the index of ``shapes``, which are counted."""
        if not wrong.any():
            return self
        count = int(self.shapes.loc[wrong, ["annotator", "object"]].drop_duplicates().shape[0])
        excluded = {**self.excluded, why: self.excluded.get(why, 0) + count}
        return replace(self, shapes=self.shapes[~wrong].reset_index(drop=True), excluded=excluded)

    def without_unjudged(self, wrong: pd.Series, why: str) -> "Side":
        """Return the same as ``without``, of objects that were said and that nobody can judge: they stay known."""
        unjudged = self.shapes.loc[wrong, list(LEFT_OUT)]
        parts = [part for part in (self.left_out, unjudged) if len(part)]
        left_out = pd.concat(parts, ignore_index=True) if parts else self.left_out
        return replace(self.without(wrong, why), left_out=left_out)


def side_of(  # noqa: PLR0913 - the facts of a file, each by its name
    path: Path,
    shapes: pd.DataFrame,
    looked: pd.DataFrame,
    *,
    classes: tuple[str, ...] | None = None,
    excluded: Mapping[str, int] | None = None,
    warnings: Sequence[str] = (),
    nobody: tuple[str, ...] = (),
) -> Side:
    """Return a side with rows in order; columns of *shapes* that are missing say nothing."""
    nothing = {
        "frame": 0,
        "label": None,
        "attributes": "{}",
        "group": None,
        "layer": 0,
        "rotation": np.nan,
        "confidence": np.nan,
        "ignored": False,
        **dict.fromkeys(EDGES, np.nan),
    }
    whole = shapes.assign(**{name: value for name, value in nothing.items() if name not in shapes})
    types = {
        "frame": "int64",
        "layer": "int64",
        "rotation": "float64",
        "confidence": "float64",
        "ignored": "bool",
        "label": "str",
        "group": "str",
        "object": "str",
        "item": "str",
        "annotator": "str",
    }
    whole = whole[list(COLUMNS)].astype(types)
    in_order = _sorted(whole)
    return Side(
        path,
        in_order,
        last_looked(looked),
        classes,
        dict(excluded or {}),
        list(warnings),
        nobody,
    )


def last_looked(looked: pd.DataFrame) -> pd.DataFrame:
    """Return who looked at which item, and when they last did; ``submitted_at`` may be missing."""
    dated = looked if WHEN in looked else looked.assign(submitted_at=undated(looked))
    last = dated.groupby(list(LOOKED))[WHEN].max().reset_index()
    types = dict.fromkeys(LOOKED, "str") | {WHEN: TIMES}
    return last.astype(types)


def _sorted(shapes: pd.DataFrame) -> pd.DataFrame:
    """Return *shapes* by annotator, item and frame; what stands later in the file lies over what stands before it."""
    names = [pd.factorize(shapes[column], sort=True)[0] for column in ("annotator", "item")]
    # The last key counts most, and of equal ones the first stays first.
    order = np.lexsort((shapes["frame"].to_numpy(), *names[::-1]))
    is_sorted = bool((order[1:] > order[:-1]).all())
    return (shapes if is_sorted else shapes.take(order)).reset_index(drop=True)


def bounds_of(shapes: pd.DataFrame) -> Floats:
    """Return ``left, top, right, bottom`` of the box around each of *shapes*, px [n, 4]; nan of statements."""
    found = shapes[list(EDGES)].to_numpy(dtype=np.float64, copy=True)
    drawn = np.flatnonzero(np.isnan(found[:, 0]))
    found[drawn] = bounding_boxes(shapes["geometry"].to_numpy(dtype=object)[drawn])
    return found


def geometry_of(shapes: pd.DataFrame) -> Geometries:
    """Return the geometry of each of *shapes*, those that are edges alone made of them, object [n]."""
    geometry = shapes["geometry"].to_numpy(dtype=object).copy()
    edges = shapes[list(EDGES)].to_numpy(dtype=np.float64)
    alone = np.flatnonzero(~np.isnan(edges[:, 0]))
    geometry[alone] = shapely.box(*edges[alone].T)
    return geometry


def within(column: pd.Series, names: Iterable[str]) -> Booleans:
    """Return whether each text of *column* is among *names*, bool [n]; many of few texts are looked up once each."""
    code, distinct = pd.factorize(column)
    known = set(names)
    return np.array([*(one in known for one in distinct), False], dtype=np.bool_)[code]
