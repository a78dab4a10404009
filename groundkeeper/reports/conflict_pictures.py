"""Conflicts drawn over the item: the ground truth and what was said, in two colours and two kinds of line."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.reports import outlines
from groundkeeper.reports.found import Found
from groundkeeper.reports.outlines import PANEL, Reading, Regions, Subject, Window
from groundkeeper.reports.score_words import CONFLICTS
from groundkeeper.reports.svg import bar, drawing, number, tag, text
from schemas.enums import SETTLED, Conflict

TRUTH, SAID = "ground truth", "what was said"
ORDER: Final = tuple(str(one) for one in Conflict)
"""The conflicts in the order in which they are drawn: errors first."""
FRAMES: Final = 3
"""How many frames of a conflict are drawn, beside the picture of the whole item."""
SAME: Final = ["item_id", "conflict", "annotation_id", "record_id"]
"""What makes two conflicts of several readers one picture."""


@dataclass(frozen=True)
class DrawnConflict:
    """One conflict: what it is, of whom, where, and its pictures, the whole item first."""

    conflict: str
    severity: str
    meaning: str
    item: str
    facts: str
    panels: tuple[Markup, ...]


@dataclass(frozen=True)
class DrawnConflicts:
    """Some conflicts as pictures; ``more`` could be drawn as well, ``without_outline`` could not."""

    shown: tuple[DrawnConflict, ...]
    more: int
    without_outline: int


def drawn_conflicts(
    found: Found, conflicts: pd.DataFrame, most: int, *, say_who: bool
) -> DrawnConflicts:
    """Return at most *most* of *conflicts* as pictures: each kind in turn, the gravest of a kind first.

    The gravest: what most experts found and was missed, what a model was surest of and is not there, what
    overlaps least.

    Parameters
    ----------
    found : Found
        What was drawn.
    conflicts : DataFrame
        As ``schemas.scoring.CONFLICTS``, of one subject or of all readers.
    most : int
        How many are drawn.
    say_who : bool
        Whether it is said whose each conflict is.
    """
    told = found.scored_evidence
    has_outline = conflicts["annotation_id"].isin(told.parts["annotation_id"])
    has_outline |= conflicts["record_id"].isin(found.record_parts["record_id"])
    distinct = _ranked(conflicts[has_outline], found)
    chosen = distinct.head(most)
    drawn = tuple(_drawn(row, found, told, say_who=say_who) for row in chosen.to_dict("records"))
    return DrawnConflicts(drawn, len(distinct) - len(chosen), int((~has_outline).sum()))


def _ranked(conflicts: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Return different *conflicts* in the order of showing, with ``people``, how many have the same one."""
    votes = found.records.set_index("record_id")["votes"]
    surest = found.outcomes.dropna(subset=["annotation_id", "confidence"])
    confidence = surest.groupby("annotation_id")["confidence"].max()
    kind = conflicts["conflict"]
    gravity = np.select(
        [kind == Conflict.MISSING, kind == Conflict.EXTRA, kind == Conflict.LOW_OVERLAP],
        [
            conflicts["record_id"].map(votes).to_numpy(dtype=np.float64, na_value=0),
            conflicts["annotation_id"].map(confidence).to_numpy(dtype=np.float64, na_value=0),
            -conflicts["iou"].to_numpy(dtype=np.float64, na_value=0),
        ],
        conflicts["iou"].to_numpy(dtype=np.float64, na_value=0),
    )
    people = conflicts.groupby(SAME, dropna=False)["annotator"].transform("nunique")
    table = conflicts.assign(
        gravity=-gravity, place=kind.map(ORDER.index).astype("int64"), people=people
    )
    keys = ["place", "gravity", "item_id", "annotation_id", "record_id", "annotator"]
    ordered = table.sort_values(keys, na_position="first").drop_duplicates(SAME)
    turn = ordered.groupby("place").cumcount()
    return ordered.assign(turn=turn).sort_values(["turn", "place"], kind="stable")


def _drawn(
    row: Mapping[Hashable, Any], found: Found, told: Evidence, *, say_who: bool
) -> DrawnConflict:
    item = found.items[found.items["item_id"] == row["item_id"]].iloc[0]
    subject = _subject(row, item, found, told)
    frames = outlines.spread_out(subject.frames(), FRAMES)
    pictures = outlines.panels(subject, FRAMES)
    whole = _whole_item(subject, frames[len(frames) // 2], item)
    conflict = str(row["conflict"])
    return DrawnConflict(
        conflict,
        str(row["severity"]),
        CONFLICTS.get(conflict, ""),
        str(item["item_key"]),
        _facts(row, say_who=say_who),
        (whole, *pictures),
    )


def _facts(row: Mapping[Hashable, Any], *, say_who: bool) -> str:
    others = int(row["people"]) - 1
    whose = f"{row['annotator']} and {others} more" if others else str(row["annotator"])
    who = whose if say_who else ""
    iou = "" if pd.isna(row["iou"]) else f"similarity {row['iou']:.2f}"
    return "; ".join(part for part in (who, str(row["detail"]), iou) if part)


def _subject(row: Mapping[Hashable, Any], item: pd.Series, found: Found, told: Evidence) -> Subject:
    """Return the pair of a conflict, and around it what else both sides have in the item."""
    here = found.records["item_id"] == row["item_id"]
    settled = found.records.loc[here & found.records["status"].isin(SETTLED), "record_id"]
    others = found.record_parts[found.record_parts["record_id"].isin(settled)]
    of_item = told.answers[told.answers["item_id"] == row["item_id"]]
    of_answers = of_item.loc[of_item["annotator"] == row["annotator"], "answer_id"]
    of_subject = told.annotations["answer_id"].isin(of_answers)
    drawn = told.annotations.loc[of_subject, "annotation_id"]
    beside = told.parts[told.parts["annotation_id"].isin(drawn)]
    record, annotation = row["record_id"], row["annotation_id"]
    truth = found.record_parts[found.record_parts["record_id"] == record]
    said = told.parts[told.parts["annotation_id"] == annotation]
    readings = (Reading(TRUTH, _regions(truth)), Reading(SAID, _regions(said)))
    return Subject(
        title=f"{row['conflict']} in {item['item_key']}".replace("_", " "),
        readings=readings,
        consensus={},
        spacing_mm=_number(item.get("pixel_spacing_mm")),
        around=(
            Reading(f"{TRUTH}, other objects", _regions(others[others["record_id"] != record])),
            Reading(
                f"{SAID}, other objects",
                _regions(beside[beside["annotation_id"] != annotation]),
            ),
        ),
        captions=_captions(readings, several=int(item["frames"]) > 1),
    )


def _captions(readings: tuple[Reading, ...], *, several: bool) -> dict[int, tuple[str, str]]:
    truth, said = (reading.regions for reading in readings)
    words = {(True, True): "both", (True, False): "ground truth alone", (False, True): "said alone"}
    return {
        frame: (f"frame {frame}" if several else "", words[frame in truth, frame in said])
        for frame in {*truth, *said}
    }


def _regions(rows: pd.DataFrame) -> Regions:
    """Return all that *rows* have in each frame, as one geometry a frame."""
    return {
        int(str(frame)): _together(of_frame["geometry"].to_numpy())
        for frame, of_frame in rows.groupby("frame", sort=True)
    }


def _together(geometries: Any) -> Any:  # noqa: ANN401 - shapely has no types
    """Return one geometry that has the parts of all, in an order of their own."""
    ordered = sorted(geometries, key=lambda one: bytes(one.wkb))
    return ordered[0] if len(ordered) == 1 else shapely.GeometryCollection(_parts(ordered))


def _parts(geometries: list[Any]) -> list[Any]:
    return [part for one in geometries for part in shapely.get_parts(one)]


def _whole_item(subject: Subject, frame: int, item: pd.Series) -> Markup:
    """Return the item in the middle frame of a conflict, with a square around what the other pictures show."""
    shown = outlines.window(subject, outlines.spread_out(subject.frames(), FRAMES))
    layers = (*subject.around, *subject.readings)
    inside = [one.regions[frame] for one in layers if frame in one.regions]
    *_, right, bottom = shapely.total_bounds(shapely.GeometryCollection(_parts(inside)))
    width = _number(item.get("width_px")) or max(right, 1.0)
    height = _number(item.get("height_px")) or max(bottom, 1.0)
    whole = Window(0.0, 0.0, max(width, height))
    zoom = whole.zoom
    paths = [
        outlines.plain_path(k % len(subject.readings), one.regions[frame], whole)
        for k, one in enumerate(layers)
        if frame in one.regions
    ]
    square = tag(
        "rect",
        x=(shown.left) * zoom,
        y=(shown.top) * zoom,
        width=shown.side * zoom,
        height=shown.side * zoom,
        class_="square",
    )
    caption = f"the whole item, {number(width)} x {number(height)} px"
    return drawing(
        PANEL,
        PANEL + outlines.CAPTION,
        bar(0, 0, width * zoom, height * zoom, "canvas"),
        *paths,
        square,
        text(2, PANEL + 14, caption, "tick"),
        label=f"{subject.title}: {caption}, frame {frame}; the square is what is shown beside it",
    )


def _number(value: Any) -> float | None:  # noqa: ANN401 - a cell of a table, which may be missing
    return None if value is None or pd.isna(value) else float(value)
