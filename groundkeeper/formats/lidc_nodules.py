"""LIDC-IDRI with physical nodules as items: a reader who marked a nodule answers with nine ratings."""

from collections.abc import Collection

import pandas as pd

from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.formats import Reading, frames, lidc_frames, lidc_outlines, lidc_readings
from groundkeeper.formats.lidc_database import Database
from groundkeeper.formats.lidc_outlines import Drawing
from schemas.enums import AnswerState


def items(database: Database) -> pd.DataFrame:
    """Return one row per physical nodule, by ``item_key``; its frames are the slices its marks span."""
    scans = lidc_frames.scan_items(database)
    return _items(scans, _marks(database, lidc_outlines.draw(database), scans))


def read(database: Database, counts: pd.Series, wanted: Collection[str]) -> Reading:
    """Return how the readers rated the nodules whose keys are *wanted*.

    Where a reader marked one nodule twice, the mark that is on more slices rates it, the earlier one of two on equally
    many, and the other is refused.

    Parameters
    ----------
    database : Database
        The whole file.
    counts : Series
        Number of sessions by ``scan_id``.
    wanted : collection of str
        Item keys, such as ``LIDC-IDRI-0078/scan-1/nodule-3``.
    """
    scans = lidc_frames.scan_items(database)
    scans = scans[scans["item_key"].isin({key.rpartition("/nodule-")[0] for key in wanted})]
    database = database.only(scans["scan_id"])
    drawing = lidc_outlines.draw(database)
    marks = _marks(database, drawing, scans)
    placeless = database.marks[~database.marks["mark_id"].isin(marks["mark_id"])]
    slots = lidc_readings.slots(database.marks, marks, counts)
    marks = marks.merge(slots, on=["mark_id", "scan_id"])
    marks = marks[marks["item_key"].isin(wanted)].sort_values(
        ["item_key", "slot", "slices", "mark_id"], ascending=[True, True, False, True]
    )
    again = marks.duplicated(["item_key", "slot"])
    rejects = [drawing.rejects, _without_place(placeless), _repeated(marks[again])]
    return Reading(
        items=_items(scans, marks),
        answers=lidc_frames.answers(marks[~again].assign(state=AnswerState.SUBMITTED.value)),
        annotations=_annotations(marks[~again]),
        parts=frames.empty(frames.PART_TYPES),
        rejects=frames.typed(pd.concat(rejects), frames.REJECT_TYPES, ["path", "rule"]),
    )


def _marks(database: Database, drawing: Drawing, scans: pd.DataFrame) -> pd.DataFrame:
    """Return one row per mark that has a place: its columns, the ``item_key`` of its nodule, and its frames.

    The frames are ``first``, ``last`` and the number of ``slices`` that the mark has outlines on.
    """
    frames = drawing.outlines.groupby("mark_id")["frame"].agg(
        first="min", last="max", slices="nunique"
    )
    linked = lidc_readings.nodules(database, drawing)
    marks = database.marks.merge(linked, on=["mark_id", "scan_id"])
    marks = marks.merge(frames, left_on="mark_id", right_index=True)
    marks = marks.merge(scans[["scan_id", "item_key"]], on="scan_id")
    marks["item_key"] = marks["item_key"] + "/nodule-" + marks["nodule"].astype("str")
    return marks


def _items(scans: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Return one row per nodule of *marks*, with the facets of its scan."""
    spans = marks.groupby("item_key").agg(
        scan_id=("scan_id", "first"), first=("first", "min"), last=("last", "max")
    )
    spans["frames"] = spans["last"] - spans["first"] + 1
    table = spans.reset_index().merge(scans.drop(columns=["item_key", "frames"]), on="scan_id")
    return frames.typed(table, lidc_frames.ITEM_TYPES, ["item_key"])


def _annotations(marks: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rating: nine values and no outline."""
    answer_keys = marks["item_key"] + "/r" + marks["slot"].astype("str")
    keyed = marks.assign(annotation_key=answer_keys + "/mark-" + marks["mark_id"].astype("str"))
    return lidc_frames.annotations(keyed, "rating", None)


def _without_place(marks: pd.DataFrame) -> pd.DataFrame:
    """Return one refusal per mark of which no outline could be read and placed: it means no known nodule."""
    return refuse(
        marks["mark_id"].map("annotations/{}".format),
        "mark_has_an_outline",
        pd.Series("no outline left", index=marks.index),
        "at least one outline",
    )


def _repeated(marks: pd.DataFrame) -> pd.DataFrame:
    """Return one refusal per mark by which a reader rates a nodule again."""
    return refuse(
        marks["mark_id"].map("annotations/{}".format),
        "reader_rates_a_nodule_once",
        marks["item_key"] + " rated again",
        "the mark on the most slices",
    )
