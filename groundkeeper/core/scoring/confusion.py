"""What is taken for what: how often something of one class was said to be another, or was not found at all."""

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Counts
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


def matrix_of(confusion: pd.DataFrame) -> tuple[list[str], Counts]:
    """Return the classes and the matrix of one subject: rows are what was said, columns the truth, ``unmatched`` last.

    Examples
    --------
    >>> cells = pd.DataFrame([("cat", "cat", 3), ("unmatched", "cat", 1)], columns=["said", "truth", "n"])
    >>> matrix_of(cells)[0], matrix_of(cells)[1].tolist()
    (['cat', 'unmatched'], [[3, 0], [1, 0]])
    """
    classes = [*sorted({*confusion["said"], *confusion["truth"]} - {UNMATCHED}), UNMATCHED]
    place = pd.Index(classes)
    matrix = np.zeros((len(classes), len(classes)), dtype=np.int64)
    rows, columns = (place.get_indexer(pd.Index(confusion[side])) for side in ("said", "truth"))
    np.add.at(matrix, (rows, columns), confusion["n"].to_numpy())
    return classes, matrix
