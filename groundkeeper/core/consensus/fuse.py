"""One value out of several experts' values of a field."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import OF_FIELD
from groundkeeper.errors import RefusedError, listing


def fuse(
    values: pd.Series, groups: pd.Series, how: str, kind: str, vocabulary: Iterable[object] = ()
) -> pd.Series:
    """Return the one value that each group's values come to; missing values are left out.

    Parameters
    ----------
    values : Series
        One value an annotation; None or nan where the expert gave none.
    groups : Series
        Label of the group of each value, same index.
    how : str
        One of the ``fusions`` of the kind of answer that the field asks for.
    kind : str
        Type of the field, such as ``number`` or ``enum``.
    vocabulary : iterable
        Values of a closed field; of an ordinal from the lowest to the highest.

    Returns
    -------
    Series
        Indexed by group, sorted; a group without any value is missing.

    Raises
    ------
    RefusedError
        If answers of this kind are not fused like that; ``posterior`` is for ``core.consensus.posterior``.

    Examples
    --------
    >>> ratings, who = pd.Series([1, 4, 5, 2]), pd.Series(["a", "a", "a", "b"])
    >>> fuse(ratings, who, "median", "ordinal", [1, 2, 3, 4, 5]).to_dict()
    {'a': 4, 'b': 2}
    """
    known = values.notna()
    labels = pd.Index(np.sort(groups.unique()), name=groups.name)
    scale, answers = Scale(tuple(vocabulary)), OF_FIELD[kind]
    if how not in answers.fusions:
        message = (
            f"found fuse: {how} of a field of type {kind}; allowed is {listing(answers.fusions)}"
        )
        raise RefusedError(message)
    return answers.fuse(values[known], groups[known], how, scale).reindex(labels)


def counted(field: Field) -> str:
    """Return how answers to *field* become one where they are counted, whatever a model would infer from all of them.

    Examples
    --------
    >>> declared = {"type": "enum", "values": ["a", "b"], "from": "label", "fuse": "posterior"}
    >>> counted(Field.model_validate(declared))
    'mode'
    """
    return OF_FIELD[field.type].fusions[0] if field.fuse == "posterior" else str(field.fuse)


def extent(
    values: pd.Series, groups: pd.Series, kind: str, vocabulary: Iterable[object] = ()
) -> pd.DataFrame:
    """Return the lowest and the highest value of each group: how far its experts stood apart.

    Returns
    -------
    DataFrame
        ``low, high``, indexed by group; missing where a group has no value.

    Examples
    --------
    >>> extent(pd.Series([3.0, 7.5]), pd.Series(["a", "a"]), "number").to_dict("index")
    {'a': {'low': 3.0, 'high': 7.5}}
    """
    low = fuse(values, groups, "min", kind, vocabulary)
    high = fuse(values, groups, "max", kind, vocabulary)
    return pd.DataFrame({"low": low, "high": high})
