"""Models scored against the ground truth: what became of what each said, its figures, and what these rest on."""

from collections.abc import Sequence

import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.core.measures import Figure, noted
from groundkeeper.core.scoring.bounds.object_bounds import bounds_table, object_bounds
from groundkeeper.core.scoring.object_figures import conflict_figures, object_figures
from groundkeeper.core.scoring.subjects.against_records import Sides, held
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.item_values import Scores, no_gold, of_values
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.opened import opened
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
    has_gold = (one.outcomes["outcome"] != Outcome.EXCLUDED).any()
    return Scores(
        one.outcomes,
        one.conflicts,
        _bounds(one.sides, known, guide, subject),
        noted(figures, "" if has_gold else no_gold(said, known)),
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
        "items_not_in_gt": said.not_among(known.items["item_id"]),
        "items_unknown": len(said.unknown),
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
    (truth, ours, near), unsettled, scene = opened(sides, known, guide)
    found = object_bounds(truth, ours, near, guide.settings, unsettled, scene)
    if guide.class_by is None:
        found = [each for each in found if not each.label and not each.measure.startswith("macro_")]
    return bounds_table(subject, found, int((~known.items["scored"]).sum()))
