"""What one decision says of records under two versions, by cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.columns import MISSING, Places
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, Decision
from groundkeeper.core.guideline.grouping import each, group
from groundkeeper.core.guideline.regions import Combinations, Regions
from schemas.enums import Action
from schemas.names import THEN

Flags: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.intp]

Meaning: TypeAlias = Callable[[Combinations, Codes], Codes]
"""What becomes of combinations of rules, [p, lists], in cells, [p]: the place of an outcome, or another code, [p]."""

GRAVITY: Final = tuple(Action)
"""Actions from the lightest to the gravest; a verdict holds their place."""
UNTOUCHED, AUTO, REVALIDATE, REANNOTATE, CONTRADICTION = (np.int8(n) for n in range(len(GRAVITY)))
UNKNOWN: Final = -1
_FEW_CELLS: Final = 64


@dataclass(frozen=True)
class Verdicts:
    """What a decision says of n records, which lie in m cells.

    Attributes
    ----------
    decision
        Its name.
    cell
        The cell of each record, [n]; the other arrays have one entry a cell, [m].
    action
        Place in ``GRAVITY``, int8.
    then, now
        Place of the outcome in ``outcomes`` under each version, -1 where it is unknown.
    hidden_then, hidden_now
        Whether the record surely leaves no trace in the GT.
    shown_then
        Whether it surely was in the GT, as far as this decision goes.
    rule_ids
        The rules by which the outcome moves; object, tuples of text.
    asks
        The fields that have to be asked for; object, tuples of text.
    outcomes
        Of both versions.
    is_exact
        Whether every case that the missing values leave was looked at; else more may be asked than must.
    """

    decision: str
    cell: Codes
    action: npt.NDArray[np.int8]
    then: Codes
    now: Codes
    hidden_then: Flags
    hidden_now: Flags
    shown_then: Flags
    rule_ids: npt.NDArray[np.object_]
    asks: npt.NDArray[np.object_]
    outcomes: tuple[str, ...]
    is_exact: Flags

    def outcome(self, place: int) -> str | None:
        """Return the outcome at a place, None where it is unknown."""
        return None if place == UNKNOWN else self.outcomes[int(place)]


def joined(parts: Sequence[tuple[Flags | Codes, Verdicts]], count: int) -> Verdicts:
    """Return the verdicts on parts of *count* records as one; each part comes with its rows."""
    cell, filled = np.zeros(count, dtype=np.intp), 0
    for rows, part in parts:
        cell[rows] = part.cell + filled
        filled += len(part.action)
    arrays = (
        "action",
        "then",
        "now",
        "hidden_then",
        "hidden_now",
        "shown_then",
        "rule_ids",
        "asks",
        "is_exact",
    )
    whole: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for _, part in parts]) for name in arrays
    }
    return replace(parts[0][1], cell=cell, **whole)


@dataclass(frozen=True)
class Cells:
    """The distinct cells of some records: places on the axes of *regions*, int32 [m, axes], and further codes."""

    regions: Regions
    of_row: Codes
    places: Places
    first: Codes


def cells_of(
    regions: Regions, columns: Mapping[str, pd.Series], rows: int, *further: tuple[Codes, int]
) -> Cells:
    """Return the distinct cells of n rows; rows of one cell are also equal in every *further* column of codes."""
    located = each(lambda axis: (axis.locate(columns, rows), len(axis)), regions.axes, rows)
    of_row, first = group(rows, [*located, *further])
    some = {axis: column.iloc[first] for axis, column in columns.items()}
    places = [axis.locate(some, len(first)) for axis in regions.axes]
    table = np.array(places, dtype=np.int32).reshape(len(regions.axes), len(first)).T
    return Cells(regions, of_row, table, first)


def nothing(count: int) -> npt.NDArray[np.object_]:
    """Return *count* empty tuples, object [count]."""
    found = np.empty(count, dtype=np.object_)
    found[:] = [()] * count
    return found


def union(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the tuples of both, entry by entry, each name once."""
    found = nothing(len(left))
    for place, (before, after) in enumerate(zip(left, right, strict=True)):
        found[place] = tuple(dict.fromkeys((*before, *after)))
    return found


def places_of(values: pd.Series, outcomes: tuple[str, ...]) -> Codes:
    """Return the place of each value among *outcomes*, -1 if missing, that after the last if it is none of them."""
    codes, texts = pd.factorize(values)
    places = pd.Index(outcomes).get_indexer(pd.Index(texts, dtype=object))
    found: Codes = np.append(np.where(places < 0, len(outcomes), places), UNKNOWN)[codes]
    return found


def moved_by(
    versions: tuple[Decision, Decision], row: Codes, rules: Combinations, moves: Flags, count: int
) -> npt.NDArray[np.object_]:
    """Return of each of *count* cells the rules of the first entry of it that *moves*, tuples of text."""
    found = nothing(count)
    moving = np.flatnonzero(moves)
    for entry in moving[np.unique(row[moving], return_index=True)[1]]:
        ids = (rule_name(d, int(n)) for d, n in zip(versions, rules[entry], strict=False))
        found[row[entry]] = rules_involved(*ids)
    return found


def rule_name(decision: Decision, place: int) -> str:
    """Return the id of the rule at *place*; beyond the last it is the default."""
    return decision.rules[place].id if place < len(decision.rules) else DEFAULT_RULE


def rules_involved(*ids: str) -> tuple[str, ...]:
    """Return the rules among *ids*, each once; defaults only if there is nothing else.

    Examples
    --------
    >>> rules_involved("inc.small", "default"), rules_involved("default", "default")
    (('inc.small',), ('default',))
    """
    distinct = tuple(dict.fromkeys(ids))
    return tuple(name for name in distinct if name != DEFAULT_RULE) or distinct


def open_fields(
    cells: Cells, rows: Codes, of: Sequence[int], meant: Meaning
) -> npt.NDArray[np.object_]:
    """Return for each of the cells *rows* the missing fields on which its outcome rests there, tuples of text.

    These are fields on which a rule rests that is still open. Where few values are missing, only those are asked for of
    which some value leaves fewer outcomes open.

    Parameters
    ----------
    of
        The lists of rules that the outcome comes from.
    meant
        What becomes of what is reached.
    """
    regions, places = cells.regions, cells.places[rows]
    low, high = regions.bounds(places)
    asked = regions.matters(low, high, of) & (places == MISSING)
    high = np.where(asked, high, low)
    is_small = np.prod((high - low + 1).astype(np.float64), axis=1) <= _FEW_CELLS
    several = np.flatnonzero(is_small & (asked.sum(axis=1) > 1))
    before = _open_outcomes(regions, (low[several], high[several]), rows[several], meant)
    helps = np.zeros(asked.shape, dtype=np.bool_)
    for number, axis in enumerate(regions.axes):
        here = np.flatnonzero(asked[several, number])
        for place in range(axis.first, axis.last + 1) if len(here) else ():
            ends = low[several[here]].copy(), high[several[here]].copy()
            for end in ends:
                end[:, number] = place
            left = _open_outcomes(regions, ends, rows[several[here]], meant)
            helps[several[here], number] |= left < before[here]
    asked = np.where(helps.any(axis=1, keepdims=True), helps, asked)
    names = [axis.name.removesuffix(THEN).removesuffix("?") for axis in regions.axes]
    found = nothing(len(rows))
    for place, matters in enumerate(asked):
        found[place] = tuple(dict.fromkeys(compress(names, matters)))
    return found


def _open_outcomes(
    regions: Regions, ends: tuple[Places, Places], cell: Codes, meant: Meaning
) -> Codes:
    """Return how many outcomes are open in each row."""
    reached = regions.reached(*ends)
    codes = meant(reached.rules, cell[reached.row])
    keys = np.unique(np.stack([reached.row, codes], axis=1), axis=0)
    return np.bincount(keys[:, 0], minlength=len(cell))
