"""How surely one model is better than another, over every ending of what is open in the ground truth of both."""

from dataclasses import dataclass
from typing import Any, Final

from groundkeeper.core.estimates import Floats, Resampling
from groundkeeper.core.scoring.certainty.whatever import Whatever, beats_whatever
from groundkeeper.errors import TableError, UnknownNameError
from groundkeeper.reports.undefined import plain
from groundkeeper.scores.contributions import Measured
from groundkeeper.scores.extremes import COUNTED
from groundkeeper.scores.grounds import Ground
from groundkeeper.scores.undecided import Undecided, undecided
from groundkeeper.scores.undecided_values import UndecidedValues, undecided_values

NOT_FOLLOWED: Final = "what is open is followed for two models, by accuracy, precision, recall and f1 over all classes"
"""Why nothing is said of what is open, for other contenders and measures."""
BUILT_AGAIN: Final = "older code scored it, and what was built again is gone; run `gk refresh`"
"""Why nothing is said of what is open in a ground truth that was built again for this comparison."""


@dataclass(frozen=True)
class Followed:
    """How surely the first of two is better, over every ending of what is open.

    Attributes
    ----------
    whatever
        Over all of them; None if nothing could be followed.
    as_drawn
        Over those in which every shape stays as it is; None if that is no other question.
    records, redrawn
        How many records are followed, and how many of them may get another shape.
    note
        Why nothing could be followed.
    """

    whatever: Whatever | None
    as_drawn: Whatever | None = None
    records: int = 0
    redrawn: int = 0
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object; what is undefined is null."""
        return {
            "whatever": _told(self.whatever),
            "as_drawn": _told(self.as_drawn),
            "records": self.records,
            "records_redrawn": self.redrawn,
            "note": self.note,
        }


def followed(ground: Ground, measured: Measured, sums: Floats, how: Resampling) -> Followed:
    """Return how surely the first of two is better, whatever the records are that are open in *ground*.

    Where records are items, open ones are no items of the bridge: those count that both said something of.

    Parameters
    ----------
    ground : Ground
        One ground truth, in which something is open.
    measured : Measured
        By what they are compared.
    sums : float64 [2, items, 2]
        What each item adds above and below the line of both, as far as it is settled.
    how : Resampling
        How groups are drawn.
    """
    if (
        ground.cells[0, 0].of_people
        or measured.measure not in COUNTED
        or measured.label is not None
    ):
        return Followed(None, note=NOT_FOLLOWED)
    if ground.read_from is None:
        return Followed(None, note=BUILT_AGAIN)
    open_records, items = ground.cells[0, 0].open_records, ground.bridge.items
    try:
        if measured.by_item:
            found: Undecided | UndecidedValues = undecided_values(ground.read_from)
        else:
            still = set(open_records["item_id"]) & set(items["item_id"])
            found = undecided(ground.read_from, still)
    except (TableError, UnknownNameError) as error:
        return Followed(None, note=str(error))

    def chance(of: Undecided | UndecidedValues) -> Whatever:
        ends, groups = of.endings(measured.measure, items, sums)
        return beats_whatever(ends, groups, how.rounds, how.generator("whatever", measured.measure))

    redrawn = found.redrawn if isinstance(found, Undecided) else 0
    as_drawn = chance(found.as_drawn()) if isinstance(found, Undecided) and redrawn else None
    return Followed(chance(found), as_drawn, found.records, redrawn)


def _told(found: Whatever | None) -> dict[str, Any] | None:
    if found is None:
        return None
    ahead = {1: "first", -1: "second", 0: None}[found.ahead]
    return {"low": plain(found.low), "high": plain(found.high), "ahead": ahead}
