"""Attributes that the objects of two sides state, in codes and with their names."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.attributes import NOT_COMPARED, Stated, attribute_codes
from groundkeeper.core.scoring.objects.sides import NONE


def stated(
    columns: Sequence[pd.Series], ignored: Sequence[str]
) -> tuple[list[Stated], dict[str, list[str]]]:
    """Return what is said in each of the *columns* of JSON in codes, and the text of each code of each attribute.

    Parameters
    ----------
    columns : sequence of Series
        One object of JSON an object.
    ignored : sequence of str
        Attributes that are left out.

    Examples
    --------
    >>> ours, theirs = pd.Series(['{"colour": "red"}', "{}"]), pd.Series(['{"colour": "blue"}'])
    >>> (one, other), texts = stated([ours, theirs], ())
    >>> one.codes.tolist(), other.codes.tolist(), texts
    ([[0], [-1]], [[1]], {'colour': ['red', 'blue']})
    """
    # Most of many objects state the same.
    code, distinct = pd.factorize(pd.concat(columns))
    said = [json.loads(text) for text in distinct]
    names = sorted({name for one in said for name in one} - NOT_COMPARED - set(ignored))
    (codes,) = attribute_codes([said], ignored)
    texts = {
        name: _texts([one.get(name) for one in said], codes[:, column].tolist())
        for column, name in enumerate(names)
    }
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return [Stated(names, codes[part]) for part in np.split(code, ends)], texts


def _texts(values: Sequence[object], codes: Sequence[int]) -> list[str]:
    """Return the text of each code, by code."""
    first: dict[int, str] = {}
    for value, code in zip(values, codes, strict=True):
        if code != NONE:
            first.setdefault(code, value if isinstance(value, str) else canonical_json(value))
    return [first[code] for code in sorted(first)]
