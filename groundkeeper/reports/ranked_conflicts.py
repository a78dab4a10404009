"""Conflicts by how grave they are, and those of each kind as a list: where each is, and what makes it grave."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.reports.found import Found
from schemas.enums import Conflict

ORDER: Final = tuple(str(one) for one in Conflict)
"""The conflicts in the order in which they are shown: errors first."""
SAME: Final = ["item_id", "conflict", "annotation_id", "record_id"]
"""What makes two conflicts of several readers one."""
LISTED: Final = 10
"""How many of a kind are listed."""


@dataclass(frozen=True)
class ListedConflict:
    """One conflict: its item, its frames where there are several, what it is, how grave, and where it is drawn."""

    item: str
    frames: str
    facts: str
    gravity: str
    anchor: str


@dataclass(frozen=True)
class ConflictList:
    """The gravest conflicts of a kind; ``more`` are not listed."""

    conflict: str
    rows: tuple[ListedConflict, ...]
    more: int


def by_gravity(conflicts: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Return different *conflicts*, errors first, the gravest of a kind first; their index is kept.

    The gravest: what most experts found and was missed, what a model was surest of and is not there, what overlaps
    least. Added are ``place``, that of the kind in ``ORDER``; ``votes`` of the record and ``confidence`` of the
    prediction; and ``people``, how many have the same conflict.
    """
    votes = conflicts["record_id"].map(found.records.set_index("record_id")["votes"])
    surest = found.outcomes.dropna(subset=["annotation_id", "confidence"])
    confidence = conflicts["annotation_id"].map(surest.groupby("annotation_id")["confidence"].max())
    kind, alike = conflicts["conflict"], conflicts["iou"].to_numpy(dtype=np.float64, na_value=0)
    gravity = np.select(
        [kind == Conflict.MISSING, kind == Conflict.EXTRA, kind == Conflict.LOW_OVERLAP],
        [
            votes.to_numpy(dtype=np.float64, na_value=0),
            confidence.to_numpy(dtype=np.float64, na_value=0),
            -alike,
        ],
        alike,
    )
    table = conflicts.assign(
        gravity=-gravity,
        place=kind.map(ORDER.index).astype("int64"),
        votes=votes,
        confidence=confidence,
        people=conflicts.groupby(SAME, dropna=False)["annotator"].transform("nunique"),
    )
    keys = ["place", "gravity", "item_id", "annotation_id", "record_id", "annotator"]
    return table.sort_values(keys, na_position="first").drop_duplicates(SAME)


def conflict_lists(
    ranked: pd.DataFrame, found: Found, anchors: Mapping[Hashable, str], *, say_who: bool
) -> tuple[ConflictList, ...]:
    """Return the gravest of each kind of *ranked* conflicts, as ``by_gravity`` returns them.

    Parameters
    ----------
    ranked : DataFrame
        Conflicts that may be shown.
    found : Found
        What they are about.
    anchors : mapping
        By the index of a conflict that is drawn: where on the page.
    say_who : bool
        Whether it is said whose each conflict is.
    """
    chosen = ranked.groupby("place").head(LISTED)
    frames = _frames(chosen, found)
    items = found.items.set_index("item_id")
    lists = []
    for place, of_kind in chosen.groupby("place"):
        rows = tuple(
            ListedConflict(
                str(items.loc[str(row["item_id"]), "item_key"]),
                frames.get(index, ""),
                facts(row, say_who=say_who),
                how_grave(row, found),
                anchors.get(index, ""),
            )
            for index, row in zip(of_kind.index, of_kind.to_dict("records"), strict=True)
        )
        more = int((ranked["place"] == place).sum()) - len(rows)
        lists.append(ConflictList(str(of_kind["conflict"].iloc[0]), rows, more))
    return tuple(lists)


def facts(row: Mapping[Hashable, Any], *, say_who: bool) -> str:
    """Return what a conflict is about: whose it is, the classes, and what else differs."""
    others = int(row["people"]) - 1
    whose = f"{row['annotator']} and {others} more" if others else str(row["annotator"])
    who = whose if say_who else ""
    return "; ".join(part for part in (who, str(row["detail"])) if part)


def how_grave(row: Mapping[Hashable, Any], found: Found) -> str:
    """Return how alike a pair is, how many experts see what was missed, or how sure a model was of what is extra."""
    if pd.notna(row["iou"]):
        return f"similarity {row['iou']:.2f}"
    if row["conflict"] == Conflict.MISSING and pd.notna(row["votes"]):
        experts = found.records.set_index("record_id")["experts"]
        return f"seen by {int(row['votes'])} of {int(experts[row['record_id']])}"
    if row["conflict"] == Conflict.EXTRA and pd.notna(row["confidence"]):
        return f"confidence {row['confidence']:.2f}"
    return ""


def _frames(conflicts: pd.DataFrame, found: Found) -> dict[Hashable, str]:
    """Return the frames of each of *conflicts* by its index; none where the item has one alone."""
    ours = found.record_parts[["record_id", "frame"]].set_axis(["part", "frame"], axis=1)
    parts = found.scored_evidence.parts[["annotation_id", "frame"]]
    drawn = pd.concat([ours, parts.set_axis(["part", "frame"], axis=1)])
    several = conflicts["item_id"].map(found.items.set_index("item_id")["frames"]) > 1
    sides = conflicts[several].rename_axis("at").reset_index()
    sides = sides.melt("at", ["record_id", "annotation_id"], value_name="part")
    frames = sides.merge(drawn, on="part").groupby("at")["frame"]
    ends = zip(frames.min().items(), frames.max(), strict=True)
    return {at: str(low) if low == high else f"{low} to {high}" for (at, low), high in ends}
