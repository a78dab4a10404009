"""The ground truth of a set as scores are held against it: which items, which records, and which of them count."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.scoring.subjects.guide import Guide
from schemas.enums import SETTLED, RecordStatus, Shape


@dataclass(frozen=True)
class Known:
    """What is known.

    Attributes
    ----------
    items : DataFrame
        One row per item of the ground truth: ``item_id, group_id``; and ``scored``, whether it is scored at all.
    objects : DataFrame
        One row per record that is not retired: ``record_id, item_id, drawn_as``; ``class``; ``group``, the first record
        that it belongs together with; ``open``, whether it is not settled; ``redrawn``, whether it may get another
        shape before it is, as what is drawn again or by too few so far; and ``ignored``, whether it need not be found,
        as what is open or of no class need not. Sorted by item and record.
    rated : DataFrame
        What is known of every field that somebody rates, indexed by ``record_id``.
    parts : DataFrame
        ``record_id, frame, geometry``.
    """

    items: pd.DataFrame
    objects: pd.DataFrame
    rated: pd.DataFrame
    parts: pd.DataFrame


def known(
    records: pd.DataFrame, parts: pd.DataFrame, gt_items: pd.DataFrame, guide: Guide
) -> Known:
    """Return the ground truth that the tables of ``decide`` hold.

    Parameters
    ----------
    records, parts, gt_items : DataFrame
        The tables ``records``, ``record_parts`` and ``gt_items``.
    guide : Guide
        The guideline that they were decided by.
    """
    alive = records[records["status"] != RecordStatus.RETIRED]
    alive = alive.sort_values(["item_id", "record_id"], ignore_index=True)
    # Where there is no record, the table has no columns of fields and decisions.
    asked = dict.fromkeys((*guide.rated, *guide.decisions, *guide.classes_from))
    alive = alive.reindex(columns=[*alive, *(name for name in asked if name not in alive)])
    is_open = ~alive["status"].isin(SETTLED).to_numpy(dtype=np.bool_)
    classes = guide.classes_of(alive)
    classless = classes.isna().to_numpy(dtype=np.bool_)
    objects = alive[["record_id", "item_id", "drawn_as"]].assign(
        **{"class": classes},
        group=alive["object_group"].astype("str"),
        open=is_open,
        redrawn=is_open & _may_be_redrawn(alive, guide),
        ignored=is_open | classless | guide.counts_for_nobody(alive),
    )
    items = gt_items[["item_id", "group_id"]].assign(
        scored=are_scored(gt_items, alive, guide.consensus.quorum)
    )
    return Known(
        items.sort_values("item_id", ignore_index=True),
        objects,
        guide.rated_values(alive).set_axis(objects["record_id"]),
        parts[["record_id", "frame", "geometry"]],
    )


def with_frames_of(items: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Return *items* with as many ``frames`` as the ground truth shows at least: who states none is taken to have one.

    Parameters
    ----------
    items : DataFrame
        ``item_id, frames``.
    known : Known
        The ground truth.
    """
    item = known.parts["record_id"].map(known.objects.set_index("record_id")["item_id"])
    last = known.parts["frame"].groupby(item).max()
    shown = items["item_id"].map(last).fillna(0).astype("int64") + 1
    return items.assign(frames=items["frames"].clip(lower=shown))


def _may_be_redrawn(records: pd.DataFrame, guide: Guide) -> Booleans:
    """Return which records have a shape that more answers can change: those that are stale, or drawn by too few."""
    is_drawn = records["drawn_as"].ne(Shape.STATEMENT) & (not guide.by_item)
    again = records["status"].eq(RecordStatus.STALE) | (records["votes"] < guide.consensus.quorum)
    return (is_drawn & again).to_numpy(dtype=np.bool_)


def are_scored(gt_items: pd.DataFrame, records: pd.DataFrame, quorum: int) -> Booleans:
    """Return in which items somebody can be wrong: those that were looked at as a whole by enough people, bool [n].

    One of them may have records that are still open: these count for nobody, and what else is there is known. An item
    that is open though none of its records explains it, as one that nobody looked at or one that has to be searched
    again, says nothing of what is extra, and nobody is scored in it.

    Parameters
    ----------
    gt_items : DataFrame
        ``item_id, status, experts``.
    records : DataFrame
        Those that are not retired: ``item_id, status``.
    quorum : int
        Fewest people whose answers settle anything.

    Examples
    --------
    >>> items = pd.DataFrame({"item_id": list("abc"), "status": ["agreed", "pending", "pending"], "experts": 2})
    >>> are_scored(items, pd.DataFrame({"item_id": ["b"], "status": ["pending"]}), 2).tolist()
    [True, True, False]
    """
    settled = gt_items["status"].isin(SETTLED).to_numpy(dtype=np.bool_)
    why = pd.MultiIndex.from_frame(records[["item_id", "status"]])
    explained = pd.MultiIndex.from_frame(gt_items[["item_id", "status"]]).isin(why)
    enough = (gt_items["experts"] >= quorum).to_numpy(dtype=np.bool_)
    return np.asarray(settled | (enough & explained), dtype=np.bool_)
