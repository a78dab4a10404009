"""Two who are scored against the ground truths that two sets of answers make under two guidelines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, TypeAlias

import pandas as pd

from groundkeeper.errors import PipelineError, RefusedError, TableError, UnknownNameError
from groundkeeper.scores.place import Place, here, place, require_models, require_scored
from groundkeeper.scores.rebuilding import SCORE, Workshop, differs
from schemas.enums import SETTLED, RecordStatus
from schemas.inference import SOFT_LABELS
from schemas.names import GT_ITEMS, RECORDS
from schemas.scoring import CONFLICTS, OUTCOMES, SCORED
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
    """One who is compared: a *subject* as scored at a *place*, by what they said there or in *predictions*."""

    subject: str
    place: Place
    predictions: Place | None = None

    @property
    def said_at(self) -> Place:
        """Where what they said is kept."""
        return self.predictions or self.place

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
    conflicts
        Of each of the two, rows of ``schemas.scoring.CONFLICTS``; None where older code kept none.
    of_people
        Whether both are annotators, each of whom is held against what the others make without them.
    """

    outcomes: tuple[pd.DataFrame, pd.DataFrame]
    items: pd.DataFrame
    open_records: pd.DataFrame
    soft_labels: pd.DataFrame
    conflicts: tuple[pd.DataFrame, pd.DataFrame] | None = None
    of_people: bool = False


RELEASED: Final = ((0, 0), (1, 1))
"""The ground truths that were released; the others are hybrids of the answers of one and the guideline of the other."""

Square: TypeAlias = dict[tuple[int, int], Cell]
"""The cell of each answers and each guideline: those of the first contender's snapshot are 0, of the second's 1.

A hybrid that could not be built is missing.
"""


def contender_of(root: Path, set_name: str, subject: str, tag: str | None) -> Contender:
    """Return *subject* as scored at *tag*; by the predictions of now, where there were none of it at that time.

    Raises
    ------
    UnknownNameError
        If there is no such snapshot.
    """
    where = place(root, set_name, tag)
    if where.snapshot is None or _is_scored(subject, where):
        return Contender(subject, where)
    now = here(root, set_name)
    return Contender(subject, where, now if _is_scored(subject, now) else None)


def _is_scored(subject: str, where: Place) -> bool:
    try:
        return subject in set(where.tables(SCORE, (SCORED,))["scored"]["subject"])
    except TableError:
        return False


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
        scored = contender.said_at.tables(SCORE, (SCORED,))["scored"]
    except TableError:
        return
    require_models(scored, contender.subject, contender.said_at)


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


@dataclass(frozen=True)
class _Told:
    """What the tables of a place have of one contender."""

    outcomes: pd.DataFrame
    conflicts: pd.DataFrame | None
    is_model: bool


def _told(contender: Contender, where: Place) -> _Told:
    outcomes = outcomes_at(contender, where)
    scored = where.tables(SCORE, (SCORED,))["scored"]
    origin = require_scored(scored, contender.subject, contender.place)["origin"]
    try:
        conflicts = where.tables(SCORE, (CONFLICTS,))["conflicts"]
    except TableError:
        return _Told(outcomes, None, is_model=origin == "model")
    own = conflicts[conflicts["annotator"] == contender.subject]
    return _Told(outcomes, own, is_model=origin == "model")


def _cell(
    contenders: tuple[Contender, Contender],
    told: tuple[_Told, _Told],
    truth: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> Cell:
    """Return the cell of two contenders, of each of whom is *told* what became of what they said."""
    one, other = told
    require_one_truth(contenders, (one.is_model, other.is_model))
    conflicts = None
    if one.conflicts is not None and other.conflicts is not None:
        conflicts = (one.conflicts, other.conflicts)
    return Cell((one.outcomes, other.outcomes), *truth, conflicts, of_people=not one.is_model)


def require_one_truth(
    contenders: tuple[Contender, Contender], are_models: tuple[bool, bool]
) -> None:
    """Make sure that both are models, or both annotators, who are not scored against the same ground truth.

    Raises
    ------
    RefusedError
        If one is an annotator and the other a model.
    """
    if len(set(are_models)) == 1:
        return
    model, person = contenders if are_models[0] else contenders[::-1]
    message = (
        f"{person.subject} is an annotator and {model.subject} a model: an annotator is scored against the ground "
        "truth that the others make without them, a model against the whole one, so that their scores are not over one "
        "ground truth; allowed are two models or two annotators. See each alone with `gk score show`"
    )
    raise RefusedError(message)


def of_place(one: Contender, other: Contender) -> Cell:
    """Return the cell of the one ground truth that both contenders were scored against.

    Raises
    ------
    UnknownNameError
        If one of them was not scored there.
    TableError
        If older code made the tables.
    RefusedError
        If one is an annotator and the other a model.
    """
    told = (_told(one, one.place), _told(other, other.place))
    return _cell((one, other), told, _truth(one.place))


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
    built = shop.build(answers, guideline, one.said_at)
    first, truth = _told(one, built), _truth(built)
    released = answers.snapshot is not None and answers.snapshot.guideline == guideline
    notes = differs(built, answers) if released else ()
    if not shop.predicts_the_same(one.said_at, other.said_at):
        built = shop.build(answers, guideline, other.said_at)
    return _cell((one, other), (first, _told(other, built)), truth), notes


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
            yield (contender, answers, guideline), cells[answers, guideline].outcomes[contender]


def conflicts_of_each(cells: Mapping[tuple[int, int], Cell]) -> list[pd.DataFrame] | None:
    """Return the conflicts that belong to each of what ``each`` yields; None where those of a cell are not known."""
    found = []
    for contender, answers, guideline in product((0, 1), repeat=3):
        if (answers, guideline) in cells:
            conflicts = cells[answers, guideline].conflicts
            if conflicts is None:
                return None
            found.append(conflicts[contender])
    return found
