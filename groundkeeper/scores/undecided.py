"""Two models against the items of a ground truth in which something is open, and every way in which that may end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.estimates import Floats
from groundkeeper.core.scoring.bounds.endings import Endings, endings
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Side
from groundkeeper.core.scoring.subjects.against_records import Sides, sides_of
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import Known, known, with_frames_of
from groundkeeper.core.scoring.subjects.opened import Opened, opened
from groundkeeper.core.scoring.subjects.said import decided
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.scores.cells import Contender
from groundkeeper.scores.measuring import guide_at
from schemas.names import (
    GT_ITEMS,
    ITEMS,
    PREDICTED,
    PREDICTED_PARTS,
    PREDICTIONS,
    RECORD_PARTS,
    RECORDS,
)


@dataclass(frozen=True)
class Undecided:
    """What two models said of some items, by the id of each; *opened* has them one after the other."""

    item_ids: tuple[str, ...]
    opened: tuple[Opened, Opened]
    settings: Settings

    @property
    def records(self) -> int:
        """How many records are open."""
        return int(self.opened[0].unsettled.is_open.sum())

    @property
    def redrawn(self) -> int:
        """How many of them may get another shape."""
        return int(self.opened[0].unsettled.redrawn.sum())

    def as_drawn(self) -> "Undecided":
        """Return the same, were every shape to stay as it is."""
        one, other = self.opened
        nothing = np.zeros(len(one.unsettled), dtype=np.bool_)
        unsettled = replace(one.unsettled, redrawn=nothing)
        both = one._replace(unsettled=unsettled), other._replace(unsettled=unsettled)
        return replace(self, opened=both)

    def endings(
        self, measure: str, items: pd.DataFrame, sums: Floats
    ) -> tuple[Endings, npt.NDArray[np.object_]]:
        """Return what both come to in all *items*, by their places, and the group of each.

        Parameters
        ----------
        measure : str
            What is measured: one that counts objects.
        items : DataFrame
            ``item_id, group_id`` of those of this, and of others in which nothing is open.
        sums : float64 [2, items, 2]
            What each of *items* adds above and below the line of both, as far as it is settled; of those of this it is
            not read.
        """
        one, other = self.opened
        sides = one.sides, other.sides
        found = endings(sides, self.settings, one.unsettled, one.scene, measure)
        place = pd.Index(items["item_id"]).get_indexer(pd.Index(self.item_ids))
        settled = np.hstack([*sums]).astype(np.int64)
        settled[place] = found.settled
        unit = place[found.unit].astype(np.int64)
        return replace(found, settled=settled, unit=unit), items["group_id"].to_numpy(dtype=object)


def undecided(contenders: tuple[Contender, Contender], item_ids: Collection[str]) -> Undecided:
    """Return what two *contenders* said of the items with *item_ids*, in all of which both are scored.

    The ground truth is that of the place of the first, which is that of the second too.

    Raises
    ------
    TableError
        If something was not built there, or older code built it.
    UnknownNameError
        If the guideline is no more there.
    GuidelineError
        If it cannot be read.
    """
    guide, everything = known_at(contenders[0])
    chosen = everything.items["scored"] & everything.items["item_id"].isin(item_ids)
    here = replace(everything, items=everything.items.assign(scored=chosen))
    both = [_sides(contender, here, guide) for contender in contenders]
    names = sorted({name for sides in both for name in sides.named.classes})
    one, other = (opened(_named(sides, names), here, guide) for sides in both)
    return Undecided(tuple(both[0].units["item_id"]), (one, other), guide.settings)


def known_at(contender: Contender) -> tuple[Guide, Known]:
    """Return the guideline and the ground truth that a contender is scored against.

    Raises
    ------
    GroundkeeperError
        As ``undecided``.
    """
    guide = guide_at(contender.place)
    found = contender.place.tables("decide", (RECORDS, RECORD_PARTS, GT_ITEMS))
    return guide, known(found["records"], found["record_parts"], found["gt_items"], guide)


def predicted(contender: Contender) -> Evidence:
    """Return what models said where a contender said it.

    Raises
    ------
    TableError
        If it is not there, or older code took it in.
    """
    place = contender.said_at
    found = place.tables("ingest", (PREDICTIONS, PREDICTED, PREDICTED_PARTS))
    items = place.tables("items", (ITEMS,))["items"]
    return Evidence(found["predictions"], found["predicted"], found["predicted_parts"], items)


def _sides(contender: Contender, here: Known, guide: Guide) -> Sides:
    """Return what a contender said of the items that are scored *here*, beside what is known of them."""
    evidence = predicted(contender)
    sizes = image_areas(evidence.items, evidence.annotations, evidence.parts)
    scored = here.items.loc[here.items["scored"], "item_id"]
    answers = evidence.answers
    own = (answers["annotator"] == contender.subject) & answers["item_id"].isin(scored)
    seen = replace(evidence, items=with_frames_of(evidence.items, here))
    return sides_of(decided(seen.of(answers[own]), guide), here, sizes, guide)


def _named(sides: Sides, names: Sequence[str]) -> Sides:
    """Return *sides* with the places of classes in *names* as labels."""
    code = np.array([names.index(name) for name in sides.named.classes], dtype=np.int64)
    truth, said = (_labelled(side, code) for side in (sides.truth, sides.said))
    return replace(sides, truth=truth, said=said, named=replace(sides.named, classes=names))


def _labelled(side: Side, code: Integers) -> Side:
    label = np.full(len(side), NONE, dtype=np.int64)
    is_named = side.label != NONE
    label[is_named] = code[side.label[is_named]]
    return replace(side, label=label)
