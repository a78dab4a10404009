"""Conflicts drawn over the item: the ground truth and what was said, in two colours and two kinds of line."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import shapely
from markupsafe import Markup

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.reports import outlines
from groundkeeper.reports.found import Found
from groundkeeper.reports.outlines import PANEL, Reading, Regions, Subject, Window
from groundkeeper.reports.ranked_conflicts import by_gravity, facts, how_grave
from groundkeeper.reports.score_words import CONFLICTS
from groundkeeper.reports.svg import bar, drawing, number, tag, text
from groundkeeper.reports.undefined import plain
from schemas.enums import SETTLED

TRUTH, SAID = "ground truth", "what was said"
FRAMES: Final = 3
"""How many frames of a conflict are drawn, beside the picture of the whole item."""


@dataclass(frozen=True)
class DrawnConflict:
    """One conflict: what it is, of whom, where, and its pictures, the whole item first.

    ``index`` is that of its row among the conflicts.
    """

    index: Hashable
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

    @property
    def anchors(self) -> dict[Hashable, str]:
        """Where on the page each conflict is drawn, by its index."""
        return {one.index: f"drawn-{place}" for place, one in enumerate(self.shown, start=1)}


def drawn_conflicts(
    found: Found, conflicts: pd.DataFrame, most: int, *, say_who: bool
) -> DrawnConflicts:
    """Return at most *most* of *conflicts* as pictures: each kind in turn, the gravest of a kind first.

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
    distinct = by_gravity(conflicts[has_outline], found)
    turn = distinct.groupby("place").cumcount()
    in_turn = distinct.assign(turn=turn).sort_values(["turn", "place"], kind="stable")
    chosen = in_turn.head(most)
    drawn = tuple(
        _drawn(index, row, found, told, say_who=say_who)
        for index, row in zip(chosen.index, chosen.to_dict("records"), strict=True)
    )
    return DrawnConflicts(drawn, len(distinct) - len(chosen), int((~has_outline).sum()))


def _drawn(
    index: Hashable, row: Mapping[Hashable, Any], found: Found, told: Evidence, *, say_who: bool
) -> DrawnConflict:
    item = found.items[found.items["item_id"] == row["item_id"]].iloc[0]
    subject = _subject(row, item, found, told)
    frames = outlines.spread_out(subject.frames(), FRAMES)
    pictures = outlines.panels(subject, FRAMES)
    whole = _whole_item(subject, frames[len(frames) // 2], item)
    conflict = str(row["conflict"])
    alone = pd.isna(row["record_id"]) or pd.isna(row["annotation_id"])
    is_model = row["annotator"] in set(found.predictions["annotator"])
    near = _nearest(row, found, told) if alone and is_model else ""
    return DrawnConflict(
        index,
        conflict,
        str(row["severity"]),
        CONFLICTS.get(conflict, ""),
        str(item["item_key"]),
        "; ".join(filter(None, [facts(row, say_who=say_who), how_grave(row, found), near])),
        (whole, *pictures),
    )


def _subject(row: Mapping[Hashable, Any], item: pd.Series, found: Found, told: Evidence) -> Subject:
    """Return the pair of a conflict, and around it what else both sides have in the item."""
    others, beside = _of_item(row, found, told)
    record, annotation = row["record_id"], row["annotation_id"]
    truth = found.record_parts[found.record_parts["record_id"] == record]
    said = told.parts[told.parts["annotation_id"] == annotation]
    readings = (Reading(TRUTH, _regions(truth)), Reading(SAID, _regions(said)))
    return Subject(
        title=f"{row['conflict']} in {item['item_key']}".replace("_", " "),
        readings=readings,
        consensus={},
        spacing_mm=plain(item.get("pixel_spacing_mm")),
        around=(
            Reading(f"{TRUTH}, other objects", _regions(others[others["record_id"] != record])),
            Reading(
                f"{SAID}, other objects",
                _regions(beside[beside["annotation_id"] != annotation]),
            ),
        ),
        captions=_captions(readings, several=int(item["frames"]) > 1),
    )


def _of_item(
    row: Mapping[Hashable, Any], found: Found, told: Evidence
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the parts of all settled records of the item of a conflict, and of all that its subject drew there."""
    here = found.records["item_id"] == row["item_id"]
    settled = found.records.loc[here & found.records["status"].isin(SETTLED), "record_id"]
    of_item = told.answers[told.answers["item_id"] == row["item_id"]]
    of_answers = of_item.loc[of_item["annotator"] == row["annotator"], "answer_id"]
    of_subject = told.annotations["answer_id"].isin(of_answers)
    drawn = told.annotations.loc[of_subject, "annotation_id"]
    return (
        found.record_parts[found.record_parts["record_id"].isin(settled)],
        told.parts[told.parts["annotation_id"].isin(drawn)],
    )


def _nearest(row: Mapping[Hashable, Any], found: Found, told: Evidence) -> str:
    """Return how alike that is which comes nearest to an area without a partner, '' where nothing shares any of it."""
    truth, said = _of_item(row, found, told)
    if pd.isna(row["record_id"]):
        own, others, name = said[said["annotation_id"] == row["annotation_id"]], truth, "record_id"
    else:
        own, others, name = truth[truth["record_id"] == row["record_id"]], said, "annotation_id"
    both = own[["frame", "geometry"]].merge(others[["frame", "geometry", name]], on="frame")
    shared = shapely.area(shapely.intersection(both["geometry_x"], both["geometry_y"]))
    inside = pd.Series(shared).groupby(both[name]).sum()
    whole = pd.Series(shapely.area(others["geometry"]), others.index).groupby(others[name]).sum()
    alike = inside / (whole.reindex(inside.index) + shapely.area(own["geometry"]).sum() - inside)
    nearest = float(alike.max()) if len(alike) else 0.0
    side = "in the ground truth" if name == "record_id" else "that was said"
    return f"the nearest {side}: similarity {nearest:.2f}" if nearest > 0 else ""


def _captions(readings: tuple[Reading, ...], *, several: bool) -> dict[int, tuple[str, str]]:
    truth, said = (reading.regions for reading in readings)
    words = {(True, True): "both", (True, False): "ground truth alone", (False, True): "said alone"}
    if not truth or not said:
        # Of what has no partner the conflict says it, and something else may well lie there.
        words = dict.fromkeys(words, "")
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
    width = plain(item.get("width_px")) or max(right, 1.0)
    height = plain(item.get("height_px")) or max(bottom, 1.0)
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
