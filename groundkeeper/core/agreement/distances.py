"""How far apart two answers of any kind are, such as sets of classes.

A table of differences between the different answers is all that Krippendorff's alpha needs.
"""

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.errors import RefusedError

MOST_DIFFERENT = 3000
"""Different answers of which every two are compared: 4.5 million pairs, and 72 MB of differences."""


def differences_of_kind(answers: pd.Series, kind: Kind, scale: Scale) -> Floats:
    """Return ``[k, k]``: 1 less how alike any two of *answers*, all different, are to their kind.

    Raises
    ------
    RefusedError
        If there are more than ``MOST_DIFFERENT``.

    Examples
    --------
    >>> from groundkeeper.core.kinds.classes import CLASSES
    >>> differences_of_kind(pd.Series([("a",), ("a", "b"), ("c",)]), CLASSES, Scale()).tolist()
    [[0.0, 0.5, 1.0], [0.5, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    _refuse_too_many(len(answers))
    left, right = np.triu_indices(len(answers), 1)
    apart = np.zeros((len(answers), len(answers)))
    alike = kind.similarity(
        answers.iloc[left].reset_index(drop=True), answers.iloc[right].reset_index(drop=True), scale
    )
    apart[left, right] = apart[right, left] = 1 - alike
    return apart


def _refuse_too_many(found: int) -> None:
    if found > MOST_DIFFERENT:
        message = (
            f"found {found} different answers; every two are compared, of {MOST_DIFFERENT} at most; "
            "group or sample them"
        )
        raise RefusedError(message)
