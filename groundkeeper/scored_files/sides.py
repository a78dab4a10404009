"""Objects that a file states, whatever kind of file it is, and what of them is left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.geometry import Geometries, bounding_boxes
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.errors import TableError, listing

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
    "confidence",
    "ignored",
    *EDGES,
)
"""Of an object in one frame: its name in the file, where it is, who drew it, what it is, and what is said of it.

A plain box may be its edges alone, px, without a geometry; all others have a geometry, and no edges.
"""
LOOKED: Final = ("annotator", "item")


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
        Who looked at which item: ``annotator, item``, also if they found nothing. Sorted.
    classes : tuple of str, optional
        All classes that there may be, where the file says so.
    excluded : dict of str to int
        How much was left out, and why.
    warnings : list of str
        What somebody has to know of the file.
    nobody : str, optional
        Who says nothing of any item, and is scored all the same.
    """

    path: Path
    shapes: pd.DataFrame
    looked: pd.DataFrame
    classes: tuple[str, ...] | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    nobody: str | None = None

    @property
    def annotators(self) -> list[str]:
        """Who says something."""
        return sorted({*self.looked["annotator"], *([] if self.nobody is None else [self.nobody])})

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


def side_of(  # noqa: PLR0913 - the facts of a file, each by its name
    path: Path,
    shapes: pd.DataFrame,
    looked: pd.DataFrame,
    *,
    classes: tuple[str, ...] | None = None,
    excluded: Mapping[str, int] | None = None,
    warnings: Sequence[str] = (),
) -> Side:
    """Return a side with rows in order; columns of *shapes* that are missing say nothing."""
    nothing = {
        "frame": 0,
        "label": None,
        "attributes": "{}",
        "group": None,
        "layer": 0,
        "confidence": np.nan,
        "ignored": False,
        **dict.fromkeys(EDGES, np.nan),
    }
    whole = shapes.assign(**{name: value for name, value in nothing.items() if name not in shapes})
    types = {
        "frame": "int64",
        "layer": "int64",
        "confidence": "float64",
        "ignored": "bool",
        "label": "str",
        "group": "str",
        "object": "str",
        "item": "str",
        "annotator": "str",
    }
    whole = whole[list(COLUMNS)].astype(types)
    # A stable sort: what stands later in the file lies over what stands before it.
    in_order = whole.sort_values(["annotator", "item", "frame"], kind="stable", ignore_index=True)
    return Side(
        path,
        in_order,
        looked[list(LOOKED)].drop_duplicates().sort_values(list(LOOKED), ignore_index=True),
        classes,
        dict(excluded or {}),
        list(warnings),
    )


def require_one_answer(truth: Side) -> None:
    """Make sure that no item of the ground truth has two answers.

    Raises
    ------
    TableError
        If one has, or there is none at all.
    """
    if truth.looked.empty:
        message = f"{truth.path}: holds nothing; needed is a ground truth with one item at least"
        raise TableError(message)
    often = truth.looked["item"].value_counts()
    several = sorted(often.index[often > 1])
    if several:
        message = (
            f"{truth.path}: found answers of several annotators to {listing(several)}; allowed is one ground truth of "
            "an item; put them together first: gk shapes merge"
        )
        raise TableError(message)


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


def require_pixels(side: Side) -> None:
    """Make sure that coordinates are of pixels, and not shares of the image.

    Raises
    ------
    TableError
        If every shape lies within one pixel.
    """
    reach = np.abs(bounds_of(side.shapes))
    drawn = np.isfinite(reach).all(axis=1)
    if drawn.any() and (reach[drawn] <= 1).all():
        message = (
            f"{side.path}: found no coordinate beyond 1; allowed are pixels of the image, not shares of its sides; "
            "multiply them by width and height"
        )
        raise TableError(message)


def of_items(said: Side, truth: Side) -> Side:
    """Return what was *said* of items that *truth* has; the rest is counted."""
    known = set(truth.items)
    strange = sorted(set(said.items) - known)
    if not strange:
        return said
    unknown = pd.Series(~within(said.shapes["item"], known))
    kept = said.without(unknown, "objects in items that the truth does not have")
    excluded = {**kept.excluded, "items that the truth does not have": len(strange)}
    looked = said.looked[within(said.looked["item"], known)].reset_index(drop=True)
    return replace(kept, looked=looked, excluded=excluded)


def of_classes(said: Side, classes: Sequence[str]) -> Side:
    """Return what was *said* to be of one of *classes*, or of none; the rest is counted, class by class."""
    label = said.shapes["label"]
    for name in sorted(set(label.dropna()) - set(classes)):
        said = said.without(said.shapes["label"] == name, f"objects of a foreign class: {name}")
    return said


def foreign(said: pd.Series, truth: pd.Series, path: Path) -> list[str]:
    """Return what to say of classes that are *said*, missing ones aside, and are not in the *truth*."""
    known = set(truth.dropna().unique())
    often = {str(name): count for name, count in said.value_counts().items() if name not in known}
    if not often:
        return []
    told = listing(f"{name} ({count:,})" for name, count in sorted(often.items()))
    message = (
        f"{path.name}: found classes that the truth does not have: {told}; they are scored as they are: with --labels, "
        "which names all classes, what is of another one is left out"
    )
    return [message]


def with_foreign_told(said: Side, truth: Side) -> Side:
    """Return what was *said* with a warning of classes that the *truth* does not have, and how often they were said."""
    unknown = said.shapes[~within(said.shapes["label"], truth.shapes["label"].dropna().unique())]
    objects = unknown.drop_duplicates(["annotator", "object"])["label"]
    told = foreign(objects, truth.shapes["label"], said.path)
    return replace(said, warnings=[*said.warnings, *told]) if told else said


def with_somebody(said: Side, absent: Literal["empty", "unanswered"] | None) -> Side:
    """Return a file that says nothing at all as that of one who found nothing, if that is what nothing means.

    Who it is says the name of the file; the items are filled in later on, and none is one of its own.
    """
    if absent != "empty" or len(said.looked):
        return said
    return replace(said, nobody=said.path.stem)


def inside(side: Side, sizes: pd.DataFrame) -> Side:
    """Return what is in its image at least in part, where the size of that is known; the rest is counted.

    Parameters
    ----------
    side : Side
        Objects.
    sizes : DataFrame
        ``width, height`` in px, indexed by item; nan where they are not known.
    """
    left, top, right, bottom = bounds_of(side.shapes).T
    code, distinct = pd.factorize(side.shapes["item"])
    known = sizes.reindex(distinct)
    width, height = (known[name].to_numpy(dtype=np.float64)[code] for name in ("width", "height"))
    outside = (right <= 0) | (bottom <= 0) | (left >= width) | (top >= height)
    beyond = (left < 0) | (top < 0) | (right > width) | (bottom > height)
    found = side.without(pd.Series(outside), "objects that are outside their image")
    count = int((beyond & ~outside).sum())
    if not count:
        return found
    told = f"{side.path.name}: objects that reach beyond their image, and are scored as they are: {count:,}"
    return replace(found, warnings=[*found.warnings, told])


def once(side: Side) -> Side:
    """Return each object once: the same shape of the same class, of the same annotator, said again, is counted."""
    whole = side.shapes
    # Only what lies where another one of its item and frame does can be the same again.
    place = np.column_stack([pd.factorize(whole["item"])[0], whole["frame"], bounds_of(whole)])
    again = pd.Series(pd.DataFrame(place).duplicated(keep=False).to_numpy())
    shapes = whole[again]
    drawn = geometry_of(shapes)
    told = shapes[["annotator", "item", "frame", "label", "confidence", "attributes", "group"]]
    told = told.assign(shape=shapes["shape"].astype(str), drawn=shapely.to_wkb(drawn, hex=True))
    # What is of several frames is one object, and the same again only if all of it is.
    told = told.fillna({"label": "", "group": "", "drawn": ""})
    alone = ~whole.duplicated(["annotator", "object"], keep=False)[again]
    again[again] = (told.duplicated() & alone).to_numpy()
    return side.without(again, "objects that were said once more")
