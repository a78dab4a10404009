"""Whoever is no part of the ground truth, held against it: what became of all that was said and all that is known."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near, Side
from groundkeeper.core.scoring.outcomes import Named, outcomes_of, with_left_out
from groundkeeper.core.scoring.subjects.arranged import covered_areas, turned_lines
from groundkeeper.core.scoring.subjects.guide import Guide, codes_of
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.likeness import near_items, near_shapes
from groundkeeper.core.scoring.subjects.said import Said
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import AREAS


@dataclass(frozen=True)
class Sides:
    """Two sides of which an engine can say what is one thing, and what their places stand for.

    Attributes
    ----------
    units : DataFrame
        One row per answer that is scored: ``annotator, item_id``; its number is its unit.
    truth, said : Side
        As an engine takes them.
    near : Near
        How alike their objects are.
    named : Named
        Who and what they are.
    left_out : bool[units], optional
        In which units something was said that takes no part; None: in none.
    """

    units: pd.DataFrame
    truth: Side
    said: Side
    near: Near
    named: Named
    left_out: Booleans | None = None

    def compared(self, guide: Guide) -> Compared:
        """Return what the engine finds under the settings of *guide*."""
        return compare(self.truth, self.said, self.near, guide.settings)


@dataclass(frozen=True)
class Held:
    """The tables ``outcomes`` and ``conflicts``, and the sides that they were made of."""

    outcomes: pd.DataFrame
    conflicts: pd.DataFrame
    sides: Sides


def held(said: Said, known: Known, image_area_px2: pd.Series, guide: Guide) -> Held:
    """Return what became of all that was *said* of items that are scored, and of all that is *known* of these.

    What is of a class that the guideline does not know, or lies where the item has nothing, is excluded before anything
    is matched: what it lies on was not found by it, and an item in which nothing else was said is no agreement.

    Parameters
    ----------
    said, known
        Of one guideline.
    image_area_px2 : Series
        Of each item, indexed by ``item_id``.
    guide : Guide
        The guideline.
    """
    sides = sides_of(said, known, image_area_px2, guide)
    compared = sides.compared(guide)
    outcomes = outcomes_of(compared, sides.truth, sides.said, sides.named)
    return Held(
        with_left_out(outcomes, _takes_no_part(said, sides.units)),
        conflicts_of(compared, sides.truth, sides.said, sides.named),
        sides,
    )


def sides_of(said: Said, known: Known, image_area_px2: pd.Series, guide: Guide) -> Sides:
    """Return the two sides as an engine takes them: a unit is one item of one who is scored."""
    scored = known.items.loc[known.items["scored"], "item_id"]
    units = said.answers.loc[said.answers["item_id"].isin(scored), ["annotator", "item_id"]]
    units = units.sort_values(["annotator", "item_id"], ignore_index=True)
    numbered = units.assign(unit=np.arange(len(units), dtype=np.int64))
    truth = numbered.merge(known.objects, on="item_id").sort_values(
        ["unit", "record_id"], ignore_index=True
    )
    is_out = _left_out(said.objects)
    beside = numbered.merge(said.objects[is_out], on=["annotator", "item_id"])
    ours = said.objects[~is_out]
    ours = numbered.merge(ours, on=["annotator", "item_id"]).sort_values(
        ["unit", "annotation_id"], ignore_index=True
    )
    (of_truth, of_said), classes = codes_of(truth["class"], ours["class"], also=guide.class_names)
    attributes, texts = _attributes(
        known.rated.reindex(truth["record_id"]), said.rated.reindex(ours["annotation_id"]), guide
    )
    named = Named(
        units["annotator"].to_numpy(dtype=object),
        units["item_id"].to_numpy(dtype=object),
        truth["record_id"].to_numpy(dtype=object),
        ours["annotation_id"].to_numpy(dtype=object),
        classes,
        truth["drawn_as"].isin(list(AREAS)).to_numpy(dtype=np.bool_),
        ours["confidence"].to_numpy(dtype=np.float64),
        truth["open"].to_numpy(dtype=np.bool_),
        texts,
    )
    drawn = _placed(truth, known.parts, "record_id"), _placed(ours, said.parts, "annotation_id")
    areas = image_area_px2.reindex(units["item_id"]).set_axis(range(len(units)))
    return Sides(
        units,
        _side(truth, of_truth, attributes[0]),
        replace(
            _side(ours, of_said, attributes[1]), covered=_covered(ours, drawn[1], guide.settings)
        ),
        _near(truth, ours, drawn, areas, guide),
        named,
        numbered["unit"].isin(beside["unit"]).to_numpy(dtype=np.bool_),
    )


def _side(objects: pd.DataFrame, label: Integers, attributes: Integers) -> Side:
    together = pd.MultiIndex.from_frame(objects[["unit", "group"]])
    group = pd.factorize(together)[0].astype(np.int64)
    alone = objects["group"].isna().to_numpy(dtype=np.bool_)
    return Side(
        objects["unit"].to_numpy(dtype=np.int64),
        label,
        attributes,
        np.where(alone, NONE, group),
        objects["ignored"].to_numpy(dtype=np.bool_),
        np.zeros(len(objects), dtype=np.bool_),
    )


def _attributes(
    truth: pd.DataFrame, said: pd.DataFrame, guide: Guide
) -> tuple[tuple[Integers, Integers], dict[str, list[str]]]:
    """Return the codes of the attributes of both sides, int64 [n, a] each, and of each attribute what codes stand for.

    Who never says anything of an attribute was not asked for it, and is not wrong in it.
    """
    compared = [name for name in guide.attributes if said[name].notna().any()]
    coded = {name: codes_of(truth[name], said[name]) for name in compared}
    ours, theirs = (
        np.column_stack(
            [np.zeros((len(side), 0), dtype=np.int64)] + [c[at] for c, _ in coded.values()]
        )
        for at, side in enumerate((truth, said))
    )
    return (ours, theirs), {name: texts for name, (_, texts) in coded.items()}


def _near(
    truth: pd.DataFrame,
    said: pd.DataFrame,
    drawn: tuple[pd.DataFrame, pd.DataFrame],
    image_area_px2: pd.Series,
    guide: Guide,
) -> Near:
    units = truth["unit"].to_numpy(dtype=np.int64), said["unit"].to_numpy(dtype=np.int64)
    if guide.by_item:
        return near_items(units)
    near = near_shapes(units, drawn, image_area_px2, guide.sigma)
    area_px2 = image_area_px2.to_numpy(dtype=np.float64)[units[0]]
    return replace(near, turned=turned_lines(near, drawn, area_px2, guide.settings))


def _placed(objects: pd.DataFrame, parts: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return ``place, frame, geometry``: what was drawn of *objects*, by their places."""
    place = objects[[name]].assign(place=np.arange(len(objects), dtype=np.int64))
    return place.merge(parts, on=name)[["place", "frame", "geometry"]]


def _covered(said: pd.DataFrame, drawn: pd.DataFrame, settings: Settings) -> Booleans:
    """Return which of the areas that were *said* are hidden by others of the same answer, bool [n]."""
    is_area = said["drawn_as"].isin(list(AREAS)).to_numpy(dtype=np.bool_)
    unit, layer = (said[name].to_numpy(dtype=np.int64) for name in ("unit", "layer"))
    return covered_areas(drawn[is_area[drawn["place"]]], unit, layer, settings.visible)


def _left_out(objects: pd.DataFrame) -> Booleans:
    """Return which objects that were said take no part: of a foreign class, or nowhere in their item, bool [n]."""
    return np.asarray(objects["foreign"].notna() | objects["outside"], dtype=np.bool_)


def _takes_no_part(said: Said, units: pd.DataFrame) -> pd.DataFrame:
    """Return everything of the *units* that takes no part, as ``outcomes.with_left_out`` takes it."""
    alone = said.objects[_left_out(said.objects)].merge(units, on=["annotator", "item_id"])
    named = alone.assign(said=alone["foreign"].fillna(alone["class"]))
    return named.rename(columns={"annotator": "subject"})
