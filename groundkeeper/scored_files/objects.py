"""What became of the objects of two files: the tables ``outcomes`` and ``conflicts``, and the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.object_figures import conflict_figures, object_figures
from groundkeeper.core.scoring.objects.attributes import Stated
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import Scene, scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.scoring.outcomes import UNLABELLED, Named, outcomes_of, with_left_out
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters
from groundkeeper.core.shapes.areas.rotated import box_parameters
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.scored_files.attributes import stated
from groundkeeper.scored_files.sides import EDGES, Side, geometry_of, within
from schemas.enums import AREAS, Shape

LONGEST_NUMBER: Final = 18
"""Digits of a group that is taken for a number."""
TURN_DIGITS: Final = 6
"""Of a rotation in degrees that is computed from corners."""


_SHAPES: Final = {shape.value: shape for shape in Shape}


@dataclass(frozen=True)
class Held:
    """What became of everything that one annotator or model says.

    Attributes
    ----------
    subject : str
        Who it is.
    scene : Scene
        The two sides as they were compared.
    compared : Compared
        What the engine found.
    named : Named
        Who and what the places are.
    units : DataFrame
        ``item, frame`` of each unit.
    tables : (DataFrame, DataFrame)
        The shapes of the truth, and of what is scored, in the order in which they were compared.
    left_out : DataFrame
        What was said and took no part: the columns ``sides.LEFT_OUT``.
    """

    subject: str
    scene: Scene
    compared: Compared
    named: Named
    units: pd.DataFrame
    tables: Sequence[pd.DataFrame]
    left_out: pd.DataFrame

    @property
    def outcomes(self) -> pd.DataFrame:
        """The table ``outcomes``."""
        found = outcomes_of(self.compared, self.scene.truth, self.scene.said, self.named)
        rows = self.left_out.set_axis(
            ["subject", "item_id", "annotation_id", "said", "confidence"], axis=1
        )
        return with_left_out(found, rows.fillna({"said": UNLABELLED}))

    @property
    def conflicts(self) -> pd.DataFrame:
        """The table ``conflicts``."""
        return conflicts_of(self.compared, self.scene.truth, self.scene.said, self.named)


def held(  # noqa: PLR0913, PLR0917 - two sides, of whom, and how they are compared
    truth: Side,
    said: Side,
    subject: str,
    sizes: pd.DataFrame | None,
    settings: Settings,
    labels: Sequence[str] | None = None,
) -> Held:
    """Return what became of what *subject* says, and of the truth of the items that they looked at.

    A unit is a frame of an item, or an item in which both sides have nothing.

    Parameters
    ----------
    truth, said : Side
        Of the same items.
    subject : str
        One of the annotators of *said*.
    sizes : DataFrame, optional
        ``width, height`` of every item, px, indexed by item; without it areas are compared as they were drawn.
    settings : Settings
        How objects are held against one another.
    labels : sequence of str, optional
        All classes in their order, which some of CVAT's figures depend on; without it those that there are by name.
    """
    items = sorted(said.looked.loc[said.looked["annotator"] == subject, "item"])
    tables = [
        truth.shapes[within(truth.shapes["item"], items)],
        said.shapes[said.shapes["annotator"] == subject],
    ]
    units = units_of(items, tables)
    tables = [table.sort_values(["item", "frame"], kind="stable") for table in tables]
    classes = list(
        labels or sorted({name for table in tables for name in table["label"].dropna().unique()})
    )
    ours, theirs, texts = _both_drawn(tables, units, classes, settings)
    wanted = None
    if sizes is not None:
        wanted = sizes.loc[units["item"], ["height", "width"]].to_numpy(dtype=np.int64)
    made, objects = _with_ignored(scene(ours, theirs, wanted, settings), tables)
    named = _named(subject, units, objects, classes, texts)
    compared = compare(made.truth, made.said, made.near, settings)
    unjudged = said.left_out[said.left_out["annotator"] == subject]
    return Held(subject, made, compared, named, units, tables, unjudged)


def _both_drawn(
    tables: Sequence[pd.DataFrame],
    units: pd.DataFrame,
    classes: Sequence[str],
    settings: Settings,
) -> tuple[Drawings, Drawings, dict[str, list[str]]]:
    """Return the shapes of both sides in codes that are the same for both, and the texts of those of attributes."""
    belonging = {name for table in tables for name in table["group"].dropna().unique()}
    groups = pd.Index(sorted(belonging, key=_by_number))
    said_of, texts = stated([table["attributes"] for table in tables], settings.ignored_attributes)
    ours, theirs = (
        _drawings(table, units, classes, groups, attributes)
        for table, attributes in zip(tables, said_of, strict=True)
    )
    return ours, theirs, texts


def _with_ignored(made: Scene, tables: Sequence[pd.DataFrame]) -> tuple[Scene, list[pd.DataFrame]]:
    """Return the scene with what counts for nobody, and of both sides the first shape of each object."""
    objects = [
        table.iloc[_first(of)]
        for table, of in zip(tables, (made.truth_object, made.said_object), strict=True)
    ]
    sides = [
        replace(side, ignored=of["ignored"].to_numpy(dtype=np.bool_))
        for side, of in zip((made.truth, made.said), objects, strict=True)
    ]
    return made._replace(truth=sides[0], said=sides[1]), objects


def _named(
    subject: str,
    units: pd.DataFrame,
    objects: Sequence[pd.DataFrame],
    classes: Sequence[str],
    texts: Mapping[str, Sequence[str]],
) -> Named:
    """Return who and what stands behind the places of two sides."""
    ours, theirs = objects
    return Named(
        np.full(len(units), subject, dtype=object),
        units["item"].to_numpy(dtype=object),
        ours["object"].to_numpy(dtype=object),
        theirs["object"].to_numpy(dtype=object),
        classes,
        ours["shape"].isin(list(AREAS)).to_numpy(dtype=np.bool_),
        theirs["confidence"].to_numpy(dtype=np.float64),
        attributes=texts,
    )


def figures_of(subject: str, outcomes: pd.DataFrame, conflicts: pd.DataFrame) -> list[Figure]:
    """Return all figures of *subject*, by its rows of the tables, or of all who are pooled under that name."""
    # Every figure looks at all rows, and looks up their items: categories are fast, and texts that are one object each.
    code, distinct = pd.factorize(outcomes["item_id"])
    ids = np.asarray(distinct, dtype=object)[code]
    words = outcomes[["outcome", "truth", "said"]].astype("category")
    outcomes = outcomes.assign(item_id=pd.Series(ids, outcomes.index, dtype=object), **words)
    return object_figures(outcomes, subject) + conflict_figures(conflicts, outcomes, subject)


def _by_number(group: str) -> tuple[int, int, str]:
    """Return what groups are put in order by: whole numbers as numbers, then the others as texts."""
    is_number = group.isdecimal() and len(group) <= LONGEST_NUMBER
    return (0, int(group), group) if is_number else (1, 0, group)


def units_of(items: Sequence[str], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return ``item, frame``, one row a unit, sorted; its number is its unit."""
    drawn = pd.concat([table[["item", "frame"]] for table in tables]).drop_duplicates()
    bare = sorted(set(items) - set(drawn["item"]))
    empty = pd.DataFrame({"item": pd.Series(bare, dtype="str"), "frame": 0}).astype(
        {"frame": "int64"}
    )
    return pd.concat([drawn, empty]).sort_values(["item", "frame"], ignore_index=True)


def _drawings(
    table: pd.DataFrame,
    units: pd.DataFrame,
    classes: Sequence[str],
    groups: pd.Index,
    attributes: Stated,
) -> Drawings:
    # Both are sorted by item and frame, and every row of the table has its unit.
    item, frame = (
        pd.factorize(pd.concat([units[name], table[name]]))[0] for name in ("item", "frame")
    )
    # Units come first and are distinct, so that each is numbered by its place.
    unit = pd.factorize(item * (frame.max(initial=0) + 1) + frame)[0][len(units) :]
    edges = table[list(EDGES)].to_numpy(dtype=np.float64)
    plain = bool(len(table)) and not np.isnan(edges[:, 0]).any()
    shapes = [] if plain else [_SHAPES[name] for name in table["shape"]]
    geometry = table["geometry"].to_numpy(dtype=object) if plain else geometry_of(table)
    return Drawings(
        unit.astype(np.int64),
        pd.Index(classes).get_indexer(pd.Index(table["label"])).astype(np.int64),
        Shape.BBOX if plain else shapes,
        geometry,
        attributes,
        groups.get_indexer(pd.Index(table["group"])).astype(np.int64),
        table["layer"].to_numpy(dtype=np.int64),
        np.zeros(len(table)) if plain else _rotations(table["rotation"], shapes, geometry),
        edges if plain else None,
    )


def _rotations(stated: pd.Series, shapes: Sequence[Shape], geometry: Geometries) -> Floats:
    """Return how far each is turned, degrees: as it is *stated*, else as it was drawn."""
    found = stated.to_numpy(dtype=np.float64, copy=True)
    unknown = np.isnan(found)
    for kind, parameters in ((Shape.BBOX, box_parameters), (Shape.ELLIPSE, ellipse_parameters)):
        is_one = np.array([shape is kind for shape in shapes], dtype=np.bool_)
        places = np.flatnonzero(unknown & is_one)
        # Two that were turned by one angle have the same one.
        found[places] = np.around(parameters(geometry[places])[:, 4], TURN_DIGITS) % 360
    turns: Floats = np.nan_to_num(found)
    return turns


def _first(objects: Integers) -> Integers:
    """Return the place of the first shape of each object."""
    numbers, first = np.unique(objects, return_index=True)
    return np.asarray(first[numbers != NONE], dtype=np.int64)
