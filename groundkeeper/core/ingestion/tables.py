"""The tables that ingestion hands on, and the one form of a refused row."""

from dataclasses import dataclass

import pandas as pd

from schemas.enums import Scope


@dataclass(frozen=True)
class Source:
    """What a batch says of every answer in it, and what they speak of as long as no task says it."""

    name: str
    sequence: int
    round: str
    era: str
    origin: str
    independence: str
    identity: str
    scope: str = Scope.ITEM.value


@dataclass(frozen=True)
class Tables:
    """The canonical tables: answers, their annotations and parts, and the rows that were refused.

    Until they are settled, annotations and parts carry the name of their ``batch``.
    """

    answers: pd.DataFrame
    annotations: pd.DataFrame
    parts: pd.DataFrame
    rejects: pd.DataFrame


def refuse(path: pd.Series, rule: str, value: pd.Series, allowed: str) -> pd.DataFrame:
    """Return one row of rejects per entry of *path*, on its index; the name of the batch is not in it yet.

    Parameters
    ----------
    path : Series
        Where in the batch the row is: a line, a key, an id.
    rule : str
        What must hold, as a name.
    value : Series
        What was found instead; ``nothing`` where it is missing.
    allowed : str
        What would have been taken.

    Examples
    --------
    >>> refuse(pd.Series(["row 7"]), "state_is_known", pd.Series(["gone"]), "draft").iloc[0].tolist()
    ['row 7', 'state_is_known', 'gone', 'draft']
    """
    columns = {"path": path, "rule": rule, "value": value, "allowed": allowed}
    return pd.DataFrame(columns, index=path.index).astype("str").fillna("nothing")
