"""What one decision says of records under two versions, by cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.columns import MISSING, Places
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, Decision
from groundkeeper.core.guideline.grouping import each, group
from groundkeeper.core.guideline.regions import Regions
from groundkeeper.core.impact.meaning import THEN
from schemas.enums import Action

Flags: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.intp]

GRAVITY: Final = tuple(Action)
"""Actions from the lightest to the gravest; a verdict holds their place."""
UNTOUCHED, AUTO, REVALIDATE, REANNOTATE, CONTRADICTION = (np.int8(n) for n in range(len(GRAVITY)))
UNKNOWN: Final = -1


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
    rule_ids: npt.NDArray[np.object_]
    asks: npt.NDArray[np.object_]
    outcomes: tuple[str, ...]
    is_exact: Flags

    def outcome(self, place: int) -> str | None:
        """Return the outcome at a place, None where it is unknown."""
        return None if place == UNKNOWN else self.outcomes[int(place)]


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


def open_fields(cells: Cells, rows: Codes, of: Sequence[int]) -> npt.NDArray[np.object_]:
    """Return for each of the cells *rows* the missing fields on which the lists *of* rest there, tuples of text."""
    regions, places = cells.regions, cells.places[rows]
    asked = regions.matters(*regions.bounds(places), of) & (places == MISSING)
    names = [axis.name.removesuffix(THEN).removesuffix("?") for axis in regions.axes]
    found = nothing(len(rows))
    for place, matters in enumerate(asked):
        found[place] = tuple(dict.fromkeys(compress(names, matters)))
    return found
