"""What the cells of a row must be: rows of which it does not hold are refused one by one, with their line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import pandas as pd

from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.formats import frames

TOLD: Final = 200
"""So many characters of a refused value are told."""


class Demand(NamedTuple):
    """What must hold of a *column*, by name, and what is *allowed*, for people."""

    column: str
    rule: str
    holds: Callable[[str], bool]
    allowed: str


class Sorted(NamedTuple):
    """The rows of which every demand holds, and the rejects of the others, one for each demand that does not."""

    kept: pd.DataFrame
    rejects: pd.DataFrame


def sort_out(rows: Mapping[int, Mapping[str, str]], demands: Sequence[Demand]) -> Sorted:
    """Return the *rows*, given by their line, as those that are taken and those that are refused.

    Examples
    --------
    >>> rows = {2: {"who": "ada"}, 3: {"who": ""}}
    >>> found = sort_out(rows, [Demand("who", "somebody_is_named", bool, "a name")])
    >>> found.kept["who"].tolist(), found.rejects.to_numpy().tolist()
    (['ada'], [['line 3', 'somebody_is_named', 'nothing', 'a name']])
    """
    table = pd.DataFrame(list(rows.values()), index=list(rows), dtype="str")
    rejects = pd.concat([_refused(table, demand) for demand in demands])
    kept = table[~table.index.isin(rejects.index)]
    ordered = rejects.sort_index(kind="stable").reset_index(drop=True)
    return Sorted(kept, ordered.astype(frames.REJECT_TYPES))


def is_time_or_nothing(text: str) -> bool:
    """Say whether *text* is a moment in ISO 8601, which it is not without a time zone; or empty.

    Examples
    --------
    >>> [is_time_or_nothing(text) for text in ("2026-03-02T10:00:00Z", "2026-03-02T10:00", "")]
    [True, False, True]
    """
    try:
        return not text or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def times(texts: pd.Series) -> pd.Series:
    """Return *texts* of which ``is_time_or_nothing`` holds as moments in UTC; they may be spelled in several ways."""
    read = [datetime.fromisoformat(text) if text else None for text in texts]
    return pd.to_datetime(pd.Series(read, texts.index, dtype=object), utc=True)


def _refused(table: pd.DataFrame, demand: Demand) -> pd.DataFrame:
    """Return a reject of each row, on its line, of which the demand does not hold."""
    column = table[demand.column]
    wrong = column[[not demand.holds(value) for value in column]]
    lines = pd.Series([f"line {line}" for line in wrong.index], wrong.index, dtype="str")
    found = wrong.where(wrong != "", None).str.slice(0, TOLD)
    return refuse(lines, demand.rule, found, demand.allowed)
