"""What two scores may be compared on.

Two scores may be subtracted if they are over the same ground truth, guideline and settings. If they are not, both
contenders are scored on a bridge of items against four ground truths: the answers of each of the two snapshots,
decided under the guideline of each. So the difference is split into what the model, the answers and the guideline did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from groundkeeper import params
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.scoring.certainty.effects import FACTORS
from groundkeeper.errors import RefusedError, TableError
from groundkeeper.params import ResamplingParams
from groundkeeper.pipeline import Event
from groundkeeper.scores.bridge import Bridge, bridge_of
from groundkeeper.scores.cells import (
    RELEASED,
    Cell,
    Contender,
    Square,
    of_cell,
    of_place,
    of_shop,
    require_there,
)
from groundkeeper.scores.place import UNRELEASED, Place, released
from groundkeeper.scores.rebuilding import SCORE, workshop
from groundkeeper.standing import require_built
from schemas.scoring import SCORED

if TYPE_CHECKING:
    import pandas as pd


class _Intervals(ResamplingParams):
    """What the stage that scores has besides is its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")


COMMON = ("content_digest", "guideline", "settings_digest")
"""What two scores have in common that may be subtracted."""

WITHOUT_THEM = (
    "each annotator is held against what the others make of an item without them: the ground truths of the two are not "
    "quite the same, and the first helps to make that of the second; a difference is not one of skill alone"
)
"""What has to be known of the scores of two annotators."""


@dataclass(frozen=True)
class Rests:
    """What the score of one contender rests on; what is not known, as older code made its tables, is None."""

    subject: str
    at: str
    guideline: str
    content_digest: str
    settings_digest: str | None


@dataclass(frozen=True)
class Ground:
    """What two contenders are compared on.

    Attributes
    ----------
    rests
        What the score of each rests on.
    apart
        What is not common to both, so that they may not be subtracted.
    bridge
        The items.
    cells
        By answers and guideline, 0 or 1, what became of everything; the hybrids are missing where nothing is apart.
    notes
        What a reader has to know.
    read_from
        Those of whose tables the only cell is; None if it was built again, or there are several.
    """

    rests: tuple[Rests, Rests]
    apart: tuple[str, ...]
    bridge: Bridge
    cells: Square
    notes: tuple[str, ...] = ()
    read_from: tuple[Contender, Contender] | None = None

    @property
    def same(self) -> tuple[str, ...]:
        """The factors, of ``effects.FACTORS``, that are one thing on both sides: what they move is nothing.

        A model is the same if it has the same name and the same fate everywhere; answers and guidelines are if they
        were built once for both.
        """
        cells = self.cells
        names = {one.subject for one in self.rests}
        alike = {
            "model": len(names) == 1 and all(_is_alike(cell) for cell in cells.values()),
            "gt": all(cells.get((0, of)) is cells.get((1, of)) for of in (0, 1)),
            "guideline": all(cells.get((of, 0)) is cells.get((of, 1)) for of in (0, 1)),
        }
        return tuple(name for name in FACTORS if alike[name])


def ground(one: Contender, other: Contender, on_stage: Callable[[Event], None]) -> Ground:
    """Return what *one* and *other*, of one set, are compared on; built in a second work tree where it has to be.

    Raises
    ------
    UnknownNameError
        If a contender was not scored where it is said to be.
    RefusedError
        If there is no item by which they could be compared; or if the ground truths differ and one is an annotator,
        whose answers are part of them; or if one is an annotator and the other a model; or if the work tree was not
        built under the guideline in force.
    TableError
        If nothing was scored in the work tree.
    GroundkeeperError
        What building raises.
    """
    rests = (_rests(one), _rests(other))
    apart = tuple(name for name in COMMON if _differ(*(getattr(side, name) for side in rests)))
    read_from = None
    if apart:
        cells, notes = _split(one, other, on_stage)
    else:
        cells, notes, is_read = _common(one, other, on_stage)
        read_from = (one, other) if is_read else None
    bridge = bridge_of(cells, (one.name, other.name))
    if not len(bridge.items):
        why = "; ".join(f"{n} {reason}" for reason, n in bridge.left_out.items() if n)
        message = (
            f"{one.name} and {other.name}: no item is left by which they could be compared ({why or 'there is none'}); "
            "let both predict the same items, or settle more of them"
        )
        raise RefusedError(message)
    return Ground(rests, apart, bridge, cells, notes, read_from)


def resampling(root: Path, set_name: str) -> Resampling:
    """Return how the stage that scores makes its intervals, by params.yaml."""
    p = params.load(_Intervals, root / "params.yaml", set_name, SCORE)
    return Resampling(p.rounds, p.seed, p.confidence)


def _rests(contender: Contender) -> Rests:
    place = contender.place
    if place.snapshot is None:
        require_built(place.layout, "the scores are of version")
    scored = _scored(place)
    row = None if scored is None else scored[scored["subject"] == contender.subject]
    settings = None if row is None or not len(row) else str(row["settings_digest"].iloc[0])
    digest = place.snapshot.content_digest if place.snapshot else _digest(scored)
    return Rests(contender.subject, _named(place, digest), place.guideline, digest, settings)


def _named(place: Place, content_digest: str) -> str:
    """Return the snapshot of *place*, or the one whose ground truth the work tree has."""
    layout = place.layout
    same = place.snapshot or released(layout.root, layout.set_name, place.guideline, content_digest)
    return same.tag if same else UNRELEASED


def _scored(place: Place) -> "pd.DataFrame | None":
    """Return the table ``scored`` of *place*; None of a snapshot whose tables older code made."""
    try:
        return place.tables(SCORE, (SCORED,))["scored"]
    except TableError:
        if place.snapshot is None:
            raise
        return None


def _digest(scored: "pd.DataFrame | None") -> str:
    digests = () if scored is None else tuple(scored["content_digest"])
    return str(digests[0]) if digests else ""


def _differ(old: str | None, new: str | None) -> bool:
    return None not in {old, new} and old != new


def _is_alike(cell: Cell) -> bool:
    """Return whether the tables of both contenders are the same."""
    return all(
        two[0].reset_index(drop=True).equals(two[1].reset_index(drop=True))
        for two in (cell.outcomes, cell.conflicts)
        if two is not None
    )


def _common(
    one: Contender, other: Contender, on_stage: Callable[[Event], None]
) -> tuple[Square, tuple[str, ...], bool]:
    """Return the one ground truth of both, and whether it was read: it is built again if older code made it."""
    layout = one.place.layout
    notes: tuple[str, ...] = ()
    is_read = True
    try:
        cell = of_place(one, other)
    except TableError:
        with workshop(layout.root, layout.set_name, on_stage) as shop:
            cell, notes = of_cell(shop, one.place, one.place.next_guideline, (one, other))
        is_read = False
    if cell.of_people and one.subject != other.subject:
        notes = (*notes, WITHOUT_THEM)
    return dict.fromkeys(RELEASED, cell), notes, is_read


def _split(
    one: Contender, other: Contender, on_stage: Callable[[Event], None]
) -> tuple[Square, tuple[str, ...]]:
    layout = one.place.layout
    for contender in (one, other):
        require_there(contender)
    with workshop(layout.root, layout.set_name, on_stage) as shop:
        cells, notes = of_shop(shop, one, other)
        later = [
            f"{contender.name}: nothing of it was there yet; taken is what is predicted in the work tree now"
            for contender in (one, other)
            if contender.predictions
        ]
        return cells, tuple(dict.fromkeys((*shop.notes, *later, *notes)))
