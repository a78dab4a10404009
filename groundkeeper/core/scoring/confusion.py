"""What is taken for what: how often something of one class was said to be another, or was not found at all."""

import pandas as pd

from groundkeeper.core.scoring.outcomes import UNMATCHED
from schemas.enums import Outcome
from schemas.scoring import CONFUSION


def confusion_of(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``confusion`` of *outcomes*, of each subject; cells that are zero are left out.

    What is missing was said to be ``unmatched``, what is extra is in truth ``unmatched``, and an item in which both
    sides have nothing is both. What is excluded is in no cell.

    Examples
    --------
    >>> rows = [("ada", "correct", "cat", "cat"), ("ada", "missing", "cat", None), ("ada", "empty", None, None)]
    >>> outcomes = pd.DataFrame(rows, columns=["subject", "outcome", "truth", "said"])
    >>> confusion_of(outcomes).to_numpy().tolist()
    [['ada', 'cat', 'cat', 1], ['ada', 'unmatched', 'cat', 1], ['ada', 'unmatched', 'unmatched', 1]]
    """
    counted = outcomes[outcomes["outcome"] != Outcome.EXCLUDED]
    cells = pd.DataFrame(
        {
            "subject": counted["subject"],
            "said": counted["said"].astype(object).fillna(UNMATCHED),
            "truth": counted["truth"].astype(object).fillna(UNMATCHED),
        }
    )
    found = cells.groupby(list(CONFUSION.key)).size().rename("n").reset_index()
    types = {"str": "str", "int": "int64"}
    typed = found[list(CONFUSION.columns)].astype(
        {name: types[kind] for name, kind in CONFUSION.columns.items()}
    )
    return typed.sort_values(list(CONFUSION.key), ignore_index=True)
