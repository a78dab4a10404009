"""LIDC-IDRI with scans as items: every reader answers, an annotation is a mark with its outlines."""

from collections.abc import Collection

import pandas as pd

from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.formats import Reading, frames, lidc_frames, lidc_outlines, lidc_readings
from groundkeeper.formats.lidc_database import Database
from schemas.enums import AnswerState


def items(database: Database) -> pd.DataFrame:
    """Return one row per scan, by ``item_key``."""
    return frames.typed(lidc_frames.scan_items(database), lidc_frames.ITEM_TYPES, ["item_key"])


def read(database: Database, counts: pd.Series, wanted: Collection[str]) -> Reading:
    """Return what the readers answered on the scans whose keys are *wanted*.

    Parameters
    ----------
    database : Database
        The whole file.
    counts : Series
        Number of sessions by ``scan_id``.
    wanted : collection of str
        Item keys, such as ``LIDC-IDRI-0078/scan-1``.
    """
    scans = lidc_frames.scan_items(database)
    scans = scans[scans["item_key"].isin(wanted)]
    database = database.only(scans["scan_id"])
    drawing = lidc_outlines.draw(database)
    parts, refused = lidc_outlines.parts(drawing)
    slots = lidc_readings.slots(database.marks, lidc_readings.nodules(database, drawing), counts)
    marks = database.marks.merge(slots, on=["mark_id", "scan_id"]).merge(
        scans[["scan_id", "item_key"]], on="scan_id"
    )
    marks["annotation_key"] = marks["item_key"] + "/mark-" + marks["mark_id"].astype("str")
    shown = marks["mark_id"].isin(parts["mark_id"])
    rejects = [drawing.rejects, refused, _without_parts(marks[~shown])]
    return Reading(
        items=frames.typed(scans, lidc_frames.ITEM_TYPES, ["item_key"]),
        answers=_answers(scans, counts, slots),
        annotations=lidc_frames.annotations(marks[shown], "polygon", "nodule"),
        parts=frames.typed(
            parts.merge(marks[["mark_id", "annotation_key"]], on="mark_id"),
            frames.PART_TYPES,
            ["annotation_key", "frame"],
        ),
        rejects=frames.typed(pd.concat(rejects), frames.REJECT_TYPES, ["path", "rule"]),
    )


def _answers(scans: pd.DataFrame, counts: pd.Series, slots: pd.DataFrame) -> pd.DataFrame:
    """Return one row per scan and session; a session without marks looked and found nothing of 3 mm or more."""
    sessions = scans["scan_id"].map(counts)
    table = scans.loc[scans.index.repeat(sessions), ["scan_id", "item_key"]]
    table = table.assign(slot=table.groupby("scan_id").cumcount() + 1)
    marked = pd.MultiIndex.from_frame(slots[["scan_id", "slot"]])
    submitted = pd.MultiIndex.from_frame(table[["scan_id", "slot"]]).isin(marked)
    table["state"] = AnswerState.EMPTY.value
    table.loc[submitted, "state"] = AnswerState.SUBMITTED.value
    return lidc_frames.answers(table)


def _without_parts(marks: pd.DataFrame) -> pd.DataFrame:
    """Return one refusal per mark of which no outline is left; its answer stays, for its reader saw something."""
    return refuse(
        marks["mark_id"].map("annotations/{}".format),
        "mark_has_an_area",
        pd.Series("no part left", index=marks.index),
        "at least one part",
    )
