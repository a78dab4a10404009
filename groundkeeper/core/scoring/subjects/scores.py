"""Models scored against the ground truth: what became of what each said, its figures, and what these rest on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.core.measures import Figure, noted
from groundkeeper.core.scoring.bounds.object_bounds import bounds_table, object_bounds
from groundkeeper.core.scoring.bounds.unsettled import Scene, Unsettled
from groundkeeper.core.scoring.object_figures import conflict_figures, object_figures
from groundkeeper.core.scoring.objects.sides import Side
from groundkeeper.core.scoring.subjects.against_records import Sides, held
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.item_values import NO_GOLD, Scores, of_values
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.said import Said
from schemas.enums import Outcome


def scores_of(
    said: Said, known: Known, image_area_px2: pd.Series, guide: Guide, subject: str
) -> Scores:
    """Return what one *subject* comes to, all that it said being *said*."""
    if guide.by_item:
        return of_values(said, known, guide, subject)
    one = held(said, known, image_area_px2, guide)
    figures = of_classes(object_figures(one.outcomes, subject), guide)
    figures += conflict_figures(one.conflicts, one.outcomes, subject)
    note = "" if (one.outcomes["outcome"] != Outcome.EXCLUDED).any() else NO_GOLD
    return Scores(
        one.outcomes, one.conflicts, _bounds(one.sides, known, guide, subject), noted(figures, note)
    )


def of_classes(figures: Sequence[Figure], guide: Guide) -> list[Figure]:
    """Return *figures*, those of classes left out where everything is of one."""
    if guide.class_by is not None:
        return list(figures)
    return [
        figure
        for figure in figures
        if not (
            figure.measure.startswith("macro_") or figure.subject.endswith(f"/{guide.only_class}")
        )
    ]


def rests_on(said: Said, known: Known, *, by_item: bool) -> dict[str, object]:
    """Return on how much of the ground truth the score of one subject rests, as a row of ``scored``.

    Where records are items, *by_item*, an answer without a value is none, and open values are in the bounds in
    whichever item they are.
    """
    answered = known.items["item_id"].isin(
        _items_with_values(said) if by_item else said.answers["item_id"]
    )
    scored = known.items["scored"] & answered
    judged = answered if by_item else scored
    records = known.objects[known.objects["item_id"].isin(known.items.loc[judged, "item_id"])]
    settled = records[~records["open"]]
    foreign = said.objects["foreign"].dropna().value_counts()
    return {
        "gt_items": len(known.items),
        "items": int(scored.sum()),
        "items_open": int((~known.items["scored"]).sum()),
        "items_without_answer": int((known.items["scored"] & ~answered).sum()),
        "items_not_in_gt": int((~said.answers["item_id"].isin(known.items["item_id"])).sum()),
        "records": int((~settled["ignored"]).sum()),
        "records_open": int(records["open"].sum()),
        "records_ignored": int(settled["ignored"].sum()),
        "foreign_classes": canonical_json({str(name): int(n) for name, n in foreign.items()}),
        "shapes_outside": int(said.objects["outside"].sum()),
        "values_refused": len(said.refused),
        "groups": int(known.items.loc[scored, "group_id"].nunique()),
    }


def _items_with_values(said: Said) -> set[str]:
    """Return the items of which something is said of a field, be it a value that the guideline does not know."""
    rated = said.rated.index[said.rated.notna().any(axis=1)]
    told = said.objects["annotation_id"].isin({*rated, *said.refused["annotation_id"]})
    return set(said.objects.loc[told | said.objects["foreign"].notna(), "item_id"])


def _bounds(sides: Sides, known: Known, guide: Guide, subject: str) -> pd.DataFrame:
    """Return between which values the scores of one subject will be once what is open is settled."""
    status = known.objects.set_index("record_id")[["open", "redrawn"]]
    is_open, redrawn = (
        status[name].reindex(sides.named.record_id).to_numpy(dtype=np.bool_) for name in status
    )
    there = sides.truth
    closed = Side(
        there.unit,
        there.label,
        there.attributes,
        there.group,
        there.ignored & ~is_open,
        there.covered,
    )
    classes = tuple(sides.named.classes)
    ignorable = any(guide.scoring.ignore.values())
    scene = Scene(
        len(sides.units),
        classes,
        sides.named.is_area,
        np.zeros(len(sides.units), dtype=np.int64),
        ignorable=ignorable,
    )
    unsettled = Unsettled.anything(is_open, len(classes), ignorable=ignorable, redrawn=redrawn)
    found = object_bounds(closed, sides.said, sides.near, guide.settings, unsettled, scene)
    if guide.class_by is None:
        found = [each for each in found if not each.label and not each.measure.startswith("macro_")]
    return bounds_table(subject, found, int((~known.items["scored"]).sum()))
