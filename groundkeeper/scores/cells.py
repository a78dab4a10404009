"""Two who are scored against the ground truths that two sets of answers make under two guidelines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

import pandas as pd

from groundkeeper.errors import PipelineError, TableError, UnknownNameError
from groundkeeper.scores.place import Place, require_models, require_scored
from groundkeeper.scores.rebuilding import SCORE, Workshop, differs
from schemas.enums import SETTLED, RecordStatus
from schemas.inference import SOFT_LABELS
from schemas.names import GT_ITEMS, RECORDS
from schemas.scoring import OUTCOMES, SCORED
from schemas.table import Table

DECIDE = "decide"
DECIDED = Table(
    RECORDS.name,
    RECORDS.key,
    {name: RECORDS.columns[name] for name in ("record_id", "item_id", "status")},
    open=True,
)
"""What is read of records: which there are, and whether they are settled."""


@dataclass(frozen=True)
class Contender:
    """One who is compared: a *subject* as scored at a *place*."""

    subject: str
    place: Place

    @property
    def name(self) -> str:
        """What people call the two together."""
        return f"{self.subject} at {self.place.name}"


@dataclass(frozen=True)
class Cell:
    """Both contenders against one ground truth.

    Attributes
    ----------
    outcomes
        Of each of the two, rows of ``schemas.scoring.OUTCOMES``.
    items
        ``item_id, group_id``, one row per item of the ground truth.
    open_records
        ``record_id, item_id`` of those that are pending or stale.
    soft_labels
        Of settled records, what their values are with which probability; as in ``schemas.inference``.
    """

    outcomes: tuple[pd.DataFrame, pd.DataFrame]
    items: pd.DataFrame
    open_records: pd.DataFrame
    soft_labels: pd.DataFrame


RELEASED: Final = ((0, 0), (1, 1))
"""The ground truths that were released; the others are hybrids of the answers of one and the guideline of the other."""

Square: TypeAlias = dict[tuple[int, int], Cell]
"""The cell of each answers and each guideline: those of the first contender's snapshot are 0, of the second's 1.

A hybrid that could not be built is missing.
"""


def require_there(contender: Contender) -> None:
    """Make sure that a model was scored where it is said to be, as far as the tables there tell, before work begins.

    Raises
    ------
    UnknownNameError
        If nothing of the contender was scored there.
    RefusedError
        If it is no model.
    """
    try:
        scored = contender.place.tables(SCORE, (SCORED,))["scored"]
    except TableError:
        return
    require_models(scored, contender.subject, contender.place)


def outcomes_at(contender: Contender, where: Place) -> pd.DataFrame:
    """Return the outcomes of *contender* in the tables of *where*.

    Raises
    ------
    UnknownNameError
        If nothing of the contender was scored there.
    TableError
        If nothing was scored, or older code did it.
    """
    found = where.tables(SCORE, (OUTCOMES, SCORED))
    require_scored(found["scored"], contender.subject, contender.place)
    outcomes = found["outcomes"]
    return outcomes[outcomes["subject"] == contender.subject]


def of_place(one: Contender, other: Contender) -> Cell:
    """Return the cell of the one ground truth that both contenders were scored against.

    Raises
    ------
    UnknownNameError
        If one of them was not scored there.
    TableError
        If older code made the tables.
    """
    outcomes = (outcomes_at(one, one.place), outcomes_at(other, other.place))
    return Cell(outcomes, *_truth(one.place))


def of_shop(shop: Workshop, one: Contender, other: Contender) -> tuple[Square, tuple[str, ...]]:
    """Return the cell of each answers and each guideline, and what is to be noted.

    Answers that are the same, guidelines that are the same, and predictions that are the same are built once. A
    hybrid that cannot be built is missing, and a note says why.

    Raises
    ------
    GroundkeeperError
        What ``of_cell`` raises, of the ground truths that were released.
    """
    places = (one.place, other.place)
    versions = [place.next_guideline for place in places]
    same_answers = shop.says_the_same(*places)
    found: dict[tuple[int, str], Cell | None] = {}
    notes: list[str] = []
    square: Square = {}
    for answers, guideline in product((0, 1), (0, 1)):
        key = (0 if same_answers else answers, versions[guideline])
        if key not in found:
            try:
                found[key], said = of_cell(shop, places[key[0]], key[1], (one, other))
            except (PipelineError, UnknownNameError) as error:
                if (answers, guideline) in RELEASED:
                    raise
                found[key], said = None, (str(error),)
            notes += said
        cell = found[key]
        if cell is not None:
            square[answers, guideline] = cell
    return square, tuple(notes)


def of_cell(
    shop: Workshop, answers: Place, guideline: str, contenders: tuple[Contender, Contender]
) -> tuple[Cell, tuple[str, ...]]:
    """Return the cell of some answers under a guideline, built, and a note where it is not what was released.

    Raises
    ------
    GroundkeeperError
        What ``Workshop.build`` and ``outcomes_at`` raise.
    """
    one, other = contenders
    place = shop.build(answers, guideline, one.place)
    first = outcomes_at(one, place)
    truth = _truth(place)
    released = answers.snapshot is not None and answers.snapshot.guideline == guideline
    notes = differs(place, answers) if released else ()
    if not shop.predicts_the_same(one.place, other.place):
        place = shop.build(answers, guideline, other.place)
    return Cell((first, outcomes_at(other, place)), *truth), notes


def _truth(where: Place) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what a cell has of the ground truth of *where*: its items, the records that are open, its soft labels."""
    found = where.tables(DECIDE, (GT_ITEMS, DECIDED, SOFT_LABELS))
    records = found["records"]
    is_open = ~records["status"].isin([*SETTLED, RecordStatus.RETIRED])
    return (
        found["gt_items"][["item_id", "group_id"]],
        records.loc[is_open, ["record_id", "item_id"]].reset_index(drop=True),
        found["soft_labels"],
    )


def each(
    cells: Mapping[tuple[int, int], Cell],
) -> Iterator[tuple[tuple[int, int, int], pd.DataFrame]]:
    """Yield for each contender, answers and guideline, 0 or 1, the outcomes; nothing of a cell that is missing."""
    for contender, answers, guideline in product((0, 1), repeat=3):
        if (answers, guideline) in cells:
            place = (contender, answers, guideline)
            yield place, cells[answers, guideline].outcomes[contender]
