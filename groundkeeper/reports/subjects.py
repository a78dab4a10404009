"""From the tables to what a slice picture shows: one record, its experts, what each of them drew."""

import pandas as pd

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.reports.outlines import Reading, Regions, Subject
from groundkeeper.reports.undefined import plain
from schemas.enums import LOOKED, Identity


def subjects(
    records: pd.DataFrame, record_parts: pd.DataFrame, clusters: pd.DataFrame, evidence: Evidence
) -> dict[str, Subject]:
    """Return what was drawn of each of *records*, by ``record_id``.

    Every expert who looked at the item is a reading, also one who drew nothing there. Experts
    known by name keep it; those known on one item only are numbered ``r1``, ``r2`` within it.
    Where an item was answered in more than one era, the readings are those of the record's era.
    """
    annotations, parts, answers = evidence.annotations, evidence.parts, evidence.answers
    members = clusters[clusters["record_id"].isin(records["record_id"])].merge(
        annotations[["annotation_id", "answer_id"]], on="annotation_id"
    )
    drawn = members.merge(parts[["annotation_id", "frame", "geometry"]], on="annotation_id")
    agreed = record_parts[record_parts["record_id"].isin(records["record_id"])]
    looked = answers[answers["state"].isin(LOOKED) & answers["item_id"].isin(records["item_id"])]
    items = evidence.items[evidence.items["item_id"].isin(records["item_id"])]
    named = {row["item_id"]: row for row in items.to_dict("records")}
    return {
        row["record_id"]: Subject(
            title=named[row["item_id"]]["item_key"],
            readings=_readings(
                looked[(looked["item_id"] == row["item_id"]) & (looked["era"] == row["era"])],
                drawn[drawn["record_id"] == row["record_id"]],
            ),
            consensus=_regions(agreed[agreed["record_id"] == row["record_id"]]),
            spacing_mm=plain(named[row["item_id"]].get("pixel_spacing_mm")),
        )
        for row in records.to_dict("records")
    }


def _readings(answers: pd.DataFrame, drawn: pd.DataFrame) -> tuple[Reading, ...]:
    ordered = answers.sort_values(["annotator", "round", "answer_id"])
    return tuple(
        Reading(
            name=f"r{k + 1}" if row.identity == Identity.ANONYMOUS else str(row.annotator),
            regions=_regions(drawn[drawn["answer_id"] == row.answer_id]),
        )
        for k, row in enumerate(ordered.itertuples())
    )


def _regions(rows: pd.DataFrame) -> Regions:
    ordered = rows.sort_values("frame")
    frames = (int(frame) for frame in ordered["frame"])
    return dict(zip(frames, ordered["geometry"], strict=True))
