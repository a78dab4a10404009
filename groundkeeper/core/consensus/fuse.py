"""One value out of several experts' values of a field."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from groundkeeper.errors import RefusedError


def fuse(
    values: pd.Series, groups: pd.Series, how: str, kind: str, vocabulary: Iterable[object] = ()
) -> pd.Series:
    """Return the one value that each group's values come to; missing values are left out.

    ``median`` of a number is the middle, or the mean of the two middle values. Of an ordinal or an integer it is
    the *lower* of the two, so that the result is itself an answer somebody gave. ``mode`` is missing where the
    most frequent values tie: the experts have not said one thing, and no rule can say it for them.

    Parameters
    ----------
    values : Series
        One value an annotation; None or nan where the expert gave none.
    groups : Series
        Label of the group of each value, same index.
    how : str
        ``median``, ``mean``, ``mode``, ``max``, ``min``, ``any`` or ``all``.
    kind : str
        Type of the field: ``number``, ``integer``, ``bool``, ``enum``, ``ordinal`` or ``text``.
    vocabulary : iterable
        Values of an ordinal, from the lowest to the highest.

    Returns
    -------
    Series
        Indexed by group, sorted; a group without any value is missing.

    Raises
    ------
    RefusedError
        If *how* is ``posterior``: it needs a model of the annotators.

    Examples
    --------
    >>> ratings, who = pd.Series([1, 4, 5, 2]), pd.Series(["a", "a", "a", "b"])
    >>> fuse(ratings, who, "median", "ordinal", [1, 2, 3, 4, 5]).to_dict()
    {'a': 4, 'b': 2}
    >>> fuse(pd.Series(["x", "y"]), pd.Series(["a", "a"]), "mode", "enum").isna().to_dict()
    {'a': True}
    """
    present = values.notna()
    known, who = values[present], groups[present]
    labels = pd.Index(np.sort(groups.unique()), name=groups.name)
    if how == "posterior":
        message = "fuse: posterior needs a model of the annotators; choose mode, median, any or all"
        raise RefusedError(message)
    if kind == "ordinal":
        ranks = _ranks(known, vocabulary)
        fused = _lower_median(ranks, who) if how == "median" else _aggregate(ranks, who, how)
        return fused.map(dict(enumerate(vocabulary))).reindex(labels)
    if kind == "integer" and how == "median":
        return _lower_median(known.astype("float64"), who).reindex(labels)
    return _aggregate(known, who, how).reindex(labels)


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


def _ranks(values: pd.Series, vocabulary: Iterable[object]) -> pd.Series:
    position = {value: rank for rank, value in enumerate(vocabulary)}
    return values.map(position).astype("float64")


def _lower_median(values: pd.Series, groups: pd.Series) -> pd.Series:
    ordered = values.to_frame("value").assign(group=groups).sort_values(["group", "value"])
    place = ordered.groupby("group").cumcount()
    size = ordered.groupby("group")["value"].transform("size")
    return ordered[place == (size - 1) // 2].set_index("group")["value"]


def _aggregate(values: pd.Series, groups: pd.Series, how: str) -> pd.Series:
    if how == "mode":
        return _mode(values, groups)
    if how in {"any", "all"}:
        return values.astype(bool).groupby(groups).agg(how).astype(object)
    return values.astype("float64").groupby(groups).agg(how)


def _mode(values: pd.Series, groups: pd.Series) -> pd.Series:
    counts = values.groupby([groups.rename("group"), values.rename("value")]).size().rename("n")
    table = counts.reset_index()
    table = table[table["n"] == table.groupby("group")["n"].transform("max")]
    tied = table.duplicated("group", keep=False)
    return (
        table.set_index("group")["value"]
        .astype(object)
        .where(~tied.to_numpy())
        .groupby(level=0)
        .first()
    )
