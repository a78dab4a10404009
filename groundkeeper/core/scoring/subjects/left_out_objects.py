"""Readers who are left out, and what the others make without them, as two sides that are held against one another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.drawings import Drawings, fitting
from groundkeeper.core.consensus.fuse import counted, fuse
from groundkeeper.core.consensus.observe import answered_values, typed
from groundkeeper.core.consensus.one_shape import one_shape
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.derived_fields import from_record
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.core.guideline.fields import ANSWERED, LISTED
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.core.scoring.outcomes import Named
from groundkeeper.core.scoring.subjects.against_records import Sides
from groundkeeper.core.scoring.subjects.guide import Guide, codes_of
from groundkeeper.core.scoring.subjects.leave_one_out import LeftOut
from groundkeeper.core.scoring.subjects.likeness import near_of, near_shapes
from schemas.enums import AREAS

TOUCHING = 1e-9
"""How alike two things are that touch, where nothing more can be said: enough to be seen, too little to match."""


def left_out_sides(
    left_out: LeftOut,
    evidence: Evidence,
    pairs: pd.DataFrame,
    image_area_px2: pd.Series,
    guide: Guide,
) -> Sides:
    """Return the records of the others as the ground truth of each reader who is left out; a unit is one reading.

    A record that is not scorable, or of which the others drew no common shape or say no class, is ignored: it need not
    be found, and nobody can say that what shares anything with it alone is wrong. A mark whose ground-truth record
    counts for nobody is out of scope.

    Parameters
    ----------
    left_out : LeftOut
        The readers left out and what the others make.
    evidence : Evidence
        What was said.
    pairs : DataFrame
        Every pair of annotations of one item that has anything in common: ``left, right, iou``.
    image_area_px2 : Series
        Of each item, indexed by ``item_id``.
    guide : Guide
        The guideline.
    """
    truth = left_out.references.sort_values(["fold", "reference"], ignore_index=True)
    said = left_out.marks.sort_values(["fold", "annotation_id"], ignore_index=True)
    sizes = image_area_px2.reindex(truth["item_id"]).to_numpy(dtype=np.float64)
    units = truth["fold"].to_numpy(dtype=np.int64), said["fold"].to_numpy(dtype=np.int64)
    judged = truth["scorable"].to_numpy(dtype=np.bool_)
    if guide.by_item:
        near = _of_one_record(truth, said)
    else:
        regions = _regions(truth, left_out.evidence, evidence, pairs, sizes, guide)
        judged = judged & truth.index.isin(regions["place"])
        drawn = said[["annotation_id"]].assign(place=said.index)
        drawn = drawn.merge(evidence.parts, on="annotation_id")[["place", "frame", "geometry"]]
        of_fold = image_area_px2.reindex(left_out.folds["item_id"]).set_axis(left_out.folds["fold"])
        measured = near_shapes(units, (regions, drawn), of_fold, guide.sigma)
        near = _with_touching(measured, _touched(left_out, pairs, truth, said))
    classes = _classes(truth, left_out.evidence, evidence, guide)
    (of_truth, of_said), names = codes_of(
        classes[0], classes[1].reindex(said["annotation_id"]), also=guide.class_names
    )
    judged = judged & (of_truth != NONE)
    kinds = evidence.annotations.set_index("annotation_id")["kind"]
    is_area = left_out.evidence.assign(
        area=left_out.evidence["annotation_id"].map(kinds).isin(AREAS)
    )
    areas = is_area.groupby("reference")["area"].all().reindex(truth["reference"])
    named = Named(
        left_out.folds["annotator"].to_numpy(dtype=object),
        left_out.folds["item_id"].to_numpy(dtype=object),
        truth["record_id"].to_numpy(dtype=object),
        said["annotation_id"].to_numpy(dtype=object),
        names,
        areas.to_numpy(dtype=np.bool_),
        np.full(len(said), np.nan),
    )
    return Sides(
        left_out.folds[["annotator", "item_id"]],
        replace(Side.of(units[0], of_truth), ignored=~judged),
        replace(Side.of(units[1], of_said), ignored=~said["judged"].to_numpy(dtype=np.bool_)),
        near,
        named,
    )


def _regions(  # noqa: PLR0913, PLR0917 - what was drawn, of what, and what makes one shape of it
    truth: pd.DataFrame,
    members: pd.DataFrame,
    evidence: Evidence,
    pairs: pd.DataFrame,
    image_area_px2: np.ndarray[tuple[int], np.dtype[np.float64]],
    guide: Guide,
) -> pd.DataFrame:
    """Return ``place, frame, geometry``: the one shape of each scorable record of the others, by the consensus rule."""
    place = truth[["reference"]].assign(record=truth.index)[truth["scorable"]]
    own = members.merge(place, on="reference")
    # An annotation is evidence of several readings, and has a name of its own in each.
    own = own.assign(mark=own["record"].astype("str") + "/" + own["annotation_id"])
    ends = own[["record", "annotation_id", "mark"]]
    alike = (
        pairs[["left", "right", "iou"]]
        .merge(ends, left_on="left", right_on="annotation_id")
        .merge(
            ends,
            left_on=["record", "right"],
            right_on=["record", "annotation_id"],
            suffixes=("", "_right"),
        )
    )
    kinds = evidence.annotations.set_index("annotation_id")["kind"]
    drawn = own.merge(evidence.parts, on="annotation_id")
    parts = pd.DataFrame(
        {
            "record": drawn["record"].astype("int64"),
            "annotation_id": drawn["mark"],
            "frame": drawn["frame"],
            "geometry": drawn["geometry"],
            "kind": drawn["annotation_id"].map(kinds),
        }
    )
    votes = truth["votes"].to_numpy(dtype=np.int64)
    named = alike[["mark", "mark_right", "iou"]].set_axis(["left", "right", "iou"], axis=1)
    shape = guide.consensus.shape
    rule = "majority_region" if shape == "none" else shape
    drawings = fitting(Drawings(parts, votes, named, image_area_px2, guide.sigma))
    return one_shape(drawings, rule).rename(columns={"record": "place"})


def _classes(
    truth: pd.DataFrame, members: pd.DataFrame, evidence: Evidence, guide: Guide
) -> tuple[pd.Series, pd.Series]:
    """Return the class of every record of the others, and of every annotation, indexed by its id."""
    if guide.class_by is None:
        everything = evidence.annotations.set_index("annotation_id")
        return guide.classes_of(truth), guide.classes_of(everything)
    values = answered_values(evidence, guide.fields)
    own = evidence.annotations.set_index("annotation_id")[["item_id"]].reindex(values.index)
    single = pd.Series(values.index, values.index)
    together = pd.Series(members["reference"].to_numpy(), members.index)
    table = truth.set_index("reference").assign(experts=np.nan)
    fused = _decided(
        table,
        values.reindex(members["annotation_id"]).set_axis(members.index),
        together,
        (evidence, guide),
    )
    mine = _decided(own, values, single, (evidence, guide))
    return guide.classes_of(fused.reset_index(drop=True)), guide.classes_of(mine)


def _decided(
    table: pd.DataFrame, values: pd.DataFrame, group: pd.Series, of: tuple[Evidence, Guide]
) -> pd.DataFrame:
    """Return fields and decisions of the rows of *table*, what is said of each being fused: *values* by *group*."""
    evidence, guide = of
    facts = evidence.items.set_index("item_id").reindex(table["item_id"]).set_axis(table.index)
    found = pd.DataFrame(index=table.index)
    for name, field in guide.fields.items():
        if field.type == "text":
            found[name] = None
        elif field.source in ANSWERED:
            one = fuse(values[name], group, counted(field), field.type, field.vocabulary)
            listed = one.map(_stored, na_action="ignore") if field.type in LISTED else one
            found[name] = typed(listed.reindex(table.index), field)
        elif field.source == "derived":
            found[name] = from_record(str(field.function), table)
        else:
            found[name] = facts.get(field.source_name(name))
    for name, decision in guide.decisions.items():
        found[name] = pd.Series(decide(decision, found, guide.fields).outcome, table.index)
    return found


def _stored(members: Sequence[object]) -> str:
    return canonical_json(list(members))


def _of_one_record(truth: pd.DataFrame, said: pd.DataFrame) -> Near:
    """Return that a mark is what the others make of its record, as where a record is an item."""
    left, right = (
        side[["fold", "record_id"]].assign(**{name: side.index})
        for name, side in (("left", truth), ("right", said))
    )
    return near_of([left.merge(right, on=["fold", "record_id"]).assign(iou=1.0)])


def _touched(
    left_out: LeftOut, pairs: pd.DataFrame, truth: pd.DataFrame, said: pd.DataFrame
) -> pd.DataFrame:
    """Return ``left, right``: the records of whose evidence each mark has anything in common with some, by place."""
    both_ways = pd.concat(
        [
            pairs[["left", "right"]].set_axis(["annotation_id", "other"], axis=1),
            pairs[["right", "left"]].set_axis(["annotation_id", "other"], axis=1),
        ]
    )
    evidence = left_out.evidence.rename(columns={"annotation_id": "other"})
    marks = said[["fold", "annotation_id"]].assign(right=said.index)
    found = marks.merge(both_ways, on="annotation_id").merge(evidence, on=["fold", "other"])
    place = pd.Series(truth.index, truth["reference"])
    touched = found.assign(left=found["reference"].map(place))[["left", "right"]]
    return touched.drop_duplicates()


def _with_touching(near: Near, touched: pd.DataFrame) -> Near:
    """Return *near* and, as next to nothing alike, what only shares something with the evidence of a record."""
    measured = pd.DataFrame({"left": near.truth, "right": near.said, "iou": near.similarity})
    both = pd.concat([measured, touched.assign(iou=TOUCHING)], ignore_index=True)
    return near_of([both.drop_duplicates(["left", "right"])])
