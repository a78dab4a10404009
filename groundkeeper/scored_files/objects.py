"""What became of the objects of two files: the tables ``outcomes`` and ``conflicts``, and the figures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.object_figures import conflict_figures, object_figures
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.cvat_report import job_report, report_figures
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import Scene, scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.scoring.outcomes import Named, outcomes_of
from groundkeeper.core.shapes.areas.ellipses import ellipse_parameters
from groundkeeper.core.shapes.areas.rotated import box_parameters
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.scored_files.sides import EDGES, Side, geometry_of, within
from schemas.enums import AREAS, Shape

LONGEST_NUMBER: Final = 18
"""Digits of a group that is taken for a number."""


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
    """

    subject: str
    scene: Scene
    compared: Compared
    named: Named
    units: pd.DataFrame
    tables: Sequence[pd.DataFrame]

    @property
    def outcomes(self) -> pd.DataFrame:
        """The table ``outcomes``."""
        return outcomes_of(self.compared, self.scene.truth, self.scene.said, self.named)

    @property
    def conflicts(self) -> pd.DataFrame:
        """The table ``conflicts``."""
        return conflicts_of(self.compared, self.scene.truth, self.scene.said, self.named)

    def report(self, settings: Settings) -> dict[str, Any]:
        """Return CVAT's quality report: its own formulas, its known errors included."""
        truth, said = self.tables
        called = [*said["object"], *truth["object"]]
        numbers = range(len(called))
        report = job_report(
            self.scene,
            (_statements(truth), _statements(said)),
            len(self.named.classes),
            settings,
            frames=range(len(self.units)),
            total_frames=len(self.units),
            names=(numbers[len(said) :], numbers[: len(said)]),
        )
        figures = report_figures(report, list(self.named.classes))
        places = [f"{item} frame {frame}" for item, frame in self.units.itertuples(index=False)]
        figures["comparison_summary"]["frames"] = places
        figures["frame_results"] = dict(zip(places, figures["frame_results"].values(), strict=True))
        for place, part in figures["frame_results"].items():
            for conflict in part["conflicts"]:
                conflict["frame_id"] = place
                conflict["annotation_ids"] = [called[one] for one in conflict["annotation_ids"]]
        return figures


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
    belonging = {name for table in tables for name in table["group"].dropna().unique()}
    groups = pd.Index(sorted(belonging, key=_by_number))
    drawings = [_drawings(table, units, classes, groups) for table in tables]
    wanted = None
    if sizes is not None:
        wanted = sizes.loc[units["item"], ["height", "width"]].to_numpy(dtype=np.int64)
    made = scene(drawings[0], drawings[1], wanted, settings)
    ours, theirs = (
        table.iloc[_first(of)]
        for table, of in zip(tables, (made.truth_object, made.said_object), strict=True)
    )
    made = made._replace(
        truth=replace(made.truth, ignored=ours["ignored"].to_numpy(dtype=np.bool_)),
        said=replace(made.said, ignored=theirs["ignored"].to_numpy(dtype=np.bool_)),
    )
    named = Named(
        np.full(len(units), subject, dtype=object),
        units["item"].to_numpy(dtype=object),
        ours["object"].to_numpy(dtype=object),
        theirs["object"].to_numpy(dtype=object),
        classes,
        ours["shape"].isin(list(AREAS)).to_numpy(dtype=np.bool_),
        theirs["confidence"].to_numpy(dtype=np.float64),
    )
    compared = compare(made.truth, made.said, made.near, settings)
    return Held(subject, made, compared, named, units, tables)


def figures_of(outcomes: pd.DataFrame, conflicts: pd.DataFrame, subject: str) -> list[Figure]:
    """Return all figures of *subject*, by the tables of all."""
    ours = outcomes[outcomes["subject"] == subject]
    # Each figure looks up the items of all rows: texts that are one object each are looked up far faster.
    code, distinct = pd.factorize(ours["item_id"])
    ids = np.asarray(distinct, dtype=object)[code]
    ours = ours.assign(item_id=pd.Series(ids, ours.index, dtype=object))
    found = object_figures(ours, subject)
    return found + conflict_figures(conflicts[conflicts["annotator"] == subject], ours, subject)


def _by_number(group: str) -> tuple[int, int, str]:
    """Return what groups are put in order by: whole numbers as numbers, then the others as texts."""
    is_number = group.isdecimal() and len(group) <= LONGEST_NUMBER
    return (0, int(group), group) if is_number else (1, 0, group)


def _statements(table: pd.DataFrame) -> Booleans:
    return np.array([shape is Shape.STATEMENT for shape in table["shape"]], dtype=np.bool_)


def units_of(items: Sequence[str], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return ``item, frame``, one row a unit, sorted; its number is its unit."""
    drawn = pd.concat([table[["item", "frame"]] for table in tables]).drop_duplicates()
    bare = sorted(set(items) - set(drawn["item"]))
    empty = pd.DataFrame({"item": pd.Series(bare, dtype="str"), "frame": 0}).astype(
        {"frame": "int64"}
    )
    return pd.concat([drawn, empty]).sort_values(["item", "frame"], ignore_index=True)


def _drawings(
    table: pd.DataFrame, units: pd.DataFrame, classes: Sequence[str], groups: pd.Index
) -> Drawings:
    # Both are sorted by item and frame, and every row of the table has its unit.
    item, frame = (
        pd.factorize(pd.concat([units[name], table[name]]))[0] for name in ("item", "frame")
    )
    # Units come first and are distinct, so that each is numbered by its place.
    unit = pd.factorize(item * (frame.max(initial=0) + 1) + frame)[0][len(units) :]
    edges = table[list(EDGES)].to_numpy(dtype=np.float64)
    plain = bool(len(table)) and not np.isnan(edges[:, 0]).any()
    shapes: list[Shape] = [] if plain else list(table["shape"])
    geometry = table["geometry"].to_numpy(dtype=object) if plain else geometry_of(table)
    return Drawings(
        unit.astype(np.int64),
        pd.Index(classes).get_indexer(pd.Index(table["label"])).astype(np.int64),
        Shape.BBOX if plain else shapes,
        geometry,
        _attributes(table["attributes"]),
        groups.get_indexer(pd.Index(table["group"])).astype(np.int64),
        table["layer"].to_numpy(dtype=np.int64),
        np.zeros(len(table)) if plain else _rotations(shapes, geometry),
        edges if plain else None,
    )


def _attributes(texts: pd.Series) -> list[dict[str, object]]:
    """Return what each text of JSON states; most of many objects state the same."""
    code, distinct = pd.factorize(texts)
    read = [json.loads(text) for text in distinct]
    return [read[one] for one in code.tolist()]


def _rotations(shapes: Sequence[Shape], geometry: Geometries) -> Floats:
    found = np.zeros(len(shapes))
    for kind, parameters in ((Shape.BBOX, box_parameters), (Shape.ELLIPSE, ellipse_parameters)):
        places = np.flatnonzero([shape is kind for shape in shapes])
        found[places] = np.nan_to_num(parameters(geometry[places])[:, 4])
    return found


def _first(objects: Integers) -> Integers:
    """Return the place of the first shape of each object."""
    numbers, first = np.unique(objects, return_index=True)
    return np.asarray(first[numbers != NONE], dtype=np.int64)
