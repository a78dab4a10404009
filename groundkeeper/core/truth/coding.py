"""The values of a column as codes."""

from collections.abc import Iterable, Sequence
from datetime import date
from numbers import Real
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.errors import RefusedError, listing

Places: TypeAlias = npt.NDArray[np.intp]

SPARE = 4
"""Whole numbers are looked up in a table if it has at most so many places a row."""
ORDERED = (str, bytes, bool, Real, date, tuple)
"""Types whose values have one order; that of others, such as sets, may depend on where a sort begins."""
MISSING = (type(None), type(pd.NA), type(pd.NaT))
"""Types of what stands for a missing value; nan is a float as others are."""
OR_CLASSES = ", or name the classes in their order"


def code_ascending(column: pd.Series, name: str) -> tuple[Places, pd.Index]:
    """Return the code of each value, -1 where it is missing, and the distinct values that they stand for, ascending.

    Parameters
    ----------
    column : Series
        Of any type; categories that no row has are left out.
    name : str
        What the column holds, for messages.

    Raises
    ------
    RefusedError
        If the values have no common order, such as numbers and text.

    Examples
    --------
    >>> code_ascending(pd.Series(["no", "yes", None, "no"]), "label")
    (array([ 0,  1, -1,  0]), Index(['no', 'yes'], dtype='str'))
    """
    codes, values = code_distinct(column, name)
    _refuse_unordered(values, name)
    if values.is_monotonic_increasing:
        return codes, values
    order = np.asarray(values.argsort())
    return recode(codes, order, len(order)), values[order]


def code_names(
    column: pd.Series,
    name: str,
    rows: str,
    needs: str,
    further: Sequence[object] | None = None,
) -> tuple[Places, pd.Index]:
    """Return the code of each row of *column*, and its values and the *further* ones, ascending; none may be missing.

    Parameters
    ----------
    column : Series
        Of any type.
    name : str
        What the column names, for messages.
    rows, needs : str
        What its rows are, and what each of them needs, for messages.
    further : sequence, optional
        Values that no row may have.

    Raises
    ------
    RefusedError
        If a value is missing, or the values have no common order.

    Examples
    --------
    >>> code_names(pd.Series(["b", "d", "b"]), "task", "labels", "every label needs a task", ["a"])
    (array([1, 2, 1]), Index(['a', 'b', 'd'], dtype='str'))
    """
    n = len(column)
    if further is not None and len(further):
        column = pd.concat([column, pd.Series(list(further))], ignore_index=True).infer_objects()
    codes, names = code_ascending(column, name)
    missing = int(np.count_nonzero(codes < 0))
    if missing:
        message = f"{missing} of {len(column)} {rows} name no {name}; {needs}; leave out the rows or name them"
        raise RefusedError(message)
    return codes[:n], names


def code_distinct(column: pd.Series, name: str) -> tuple[Places, pd.Index]:
    """Return the code of each value, -1 where it is missing, and the distinct values, in some order.

    Raises
    ------
    RefusedError
        If values cannot be told apart, such as lists, or could be taken for one another, as ``1`` and ``True``.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        _refuse_mixtures(column.cat.categories, name)
        return _without_gaps(column.cat.codes.to_numpy().astype(np.intp), column.cat.categories)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return _code_whole_numbers(column.to_numpy())
    _refuse_mixtures(column, name)
    codes, values = pd.factorize(column)
    return codes, _plain(values)


def recode(codes: Places, order: Places, several: int) -> Places:
    """Return the *codes* when of *several* values those at *order* are listed, in this order; -1 stays -1."""
    place = np.full(several + 1, -1)
    place[order] = np.arange(len(order))
    return np.asarray(place[codes])


def _code_whole_numbers(numbers: npt.NDArray[np.integer]) -> tuple[Places, pd.Index]:
    """Return codes and values, ascending where a table of all numbers in the range is small."""
    if len(numbers) == 0:
        return np.empty(0, np.intp), pd.Index(numbers)
    lowest = int(numbers.min())
    width = int(numbers.max()) - lowest + 1
    if width > SPARE * len(numbers):
        codes, values = pd.factorize(numbers)
        return codes, pd.Index(values)
    # Differences of short numbers would not fit into their type, nor numbers of 64 bits without a sign into int64.
    wide = numbers if numbers.dtype.kind == "u" else numbers.astype(np.int64, copy=False)
    first = wide.dtype.type(lowest)
    values = np.arange(width).astype(wide.dtype) + first
    return _without_gaps((wide - first).astype(np.intp), pd.Index(values.astype(numbers.dtype)))


def _without_gaps(codes: Places, values: pd.Index) -> tuple[Places, pd.Index]:
    """Return codes of those *values* only that some code stands for."""
    found = np.zeros(len(values) + 1, np.bool_)
    found[codes] = True  # that of a missing value, -1, is the last
    found = found[:-1]
    if found.all():
        return codes, pd.Index(values)
    return recode(codes, np.flatnonzero(found), len(found)), pd.Index(values[found])


def _plain(values: pd.Index) -> pd.Index:
    """Return numbers without the extension type that would mark missing ones: none is missing any more."""
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    plain = values.to_numpy() if numeric else values
    return pd.Index(plain, tupleize_cols=False)


def _refuse_mixtures(values: pd.Series | pd.Index, name: str) -> None:
    """Refuse values that cannot be told apart by what they are equal to."""
    if values.dtype != object:
        return
    types = {kind for kind in set(map(type, values)) if kind not in MISSING}
    unhashable = [kind for kind in types if getattr(kind, "__hash__", None) is None]
    if unhashable:
        message = (
            f"found a {name} that is a {listing(sorted(kind.__name__ for kind in unhashable))}; "
            "allowed are values that cannot change, such as text and numbers; write each as one of these"
        )
        raise RefusedError(message)
    if any(issubclass(kind, (bool, np.bool_)) for kind in types) and any(map(_is_number, types)):
        message = (
            f"found a {name} that is true or false and another that is a number; 1 and True would be the same; "
            "write all in one type"
        )
        raise RefusedError(message)


def _refuse_unordered(values: pd.Index, name: str) -> None:
    """Refuse values that cannot all be compared with one another."""
    if values.dtype != object:
        return
    examples = {_family(type(value)): value for value in reversed(values.tolist())}
    if len(examples) <= 1 and all(isinstance(value, ORDERED) for value in examples.values()):
        return
    shown = [f"{value!r} ({type(value).__name__})" for _, value in sorted(examples.items())]
    message = (
        f"found a {name} of types that have no order: {listing(written_alike(values) or shown)}; allowed is one type "
        f"that has, such as text or numbers; write all in one type{OR_CLASSES if name == 'label' else ''}"
    )
    raise RefusedError(message)


def written_alike(values: Iterable[object]) -> list[str]:
    """Return the texts that stand for several of *values*, with their types.

    Examples
    --------
    >>> written_alike([1, "1", "2"])
    ["1 (int) and '1' (str)"]
    """
    spelled: dict[str, list[str]] = {}
    for value in values:
        spelled.setdefault(str(value), []).append(f"{value!r} ({type(value).__name__})")
    return [" and ".join(several) for several in spelled.values() if len(several) > 1]


def _family(kind: type) -> str:
    """Return the name of what values of a type can be compared with."""
    return "number" if _is_number(kind) else kind.__name__


def _is_number(kind: type) -> bool:
    return issubclass(kind, (Real, np.number)) and not issubclass(kind, bool)
