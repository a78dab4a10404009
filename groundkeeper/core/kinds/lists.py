"""Answers that are lists of members of a vocabulary: as rows of codes."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.runs import members, offsets_of
from groundkeeper.errors import RefusedError, listing

Places: TypeAlias = npt.NDArray[np.intp]
Rows: TypeAlias = tuple[tuple[Hashable, int], ...]
"""Members of one answer, each with its place in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The members of n answers, in the order of the answers.

    Attributes
    ----------
    answer, member, place : int[m]
        Of which answer each is, which member it is by its code, and its place in the answer.
    names : tuple
        The members behind the codes, in the order of the vocabulary, or ascending.
    n : int
        How many answers there are; some may have no member.
    """

    answer: Places
    member: Places
    place: Places
    names: tuple[object, ...]
    n: int


def members_of(
    values: Iterable[object], scale: Scale, read: Callable[[object, Scale], Rows]
) -> Members:
    """Return the members of *values*; each different answer is read once.

    Parameters
    ----------
    values : iterable
        Tuples or lists.
    scale : Scale
    read : callable
        From an answer and the scale to its members and their places.
    """
    codes, seen = different(values)
    rows = [read(value, scale) for value in seen]
    named = {name for row in rows for name, _ in row}
    names = tuple(scale.values) or tuple(sorted(named, key=by_name))
    place_of = {name: place for place, name in enumerate(names)}
    flat = list(chain.from_iterable(rows))
    member = np.fromiter((place_of[name] for name, _ in flat), np.intp, len(flat))
    place = np.fromiter((place for _, place in flat), np.intp, len(flat))
    sizes = np.fromiter(map(len, rows), np.intp, len(rows))
    answer, source = members(offsets_of(sizes)[codes], sizes[codes])
    return Members(answer, member[source], place[source], names, len(codes))


def different(values: Iterable[object]) -> tuple[Places, list[Hashable]]:
    """Return the code of each of the *values*, and the different ones that they stand for, as tuples."""
    listed = list(values)
    seen: dict[Hashable, int] = {}
    try:
        codes = [seen.setdefault(value, len(seen)) for value in listed]
    except TypeError:  # some are lists, or have lists in them
        seen.clear()
        codes = [seen.setdefault(frozen(value), len(seen)) for value in listed]
    return np.array(codes, dtype=np.intp), list(seen)


def different_pairs(left: pd.Series, right: pd.Series) -> tuple[list[Hashable], Places]:
    """Return the answers of the different pairs, all left ones before all right ones, and the pair of each row."""
    codes, answers = different(chain(left, right))
    width = max(len(answers), 1)
    pairs, of_row = np.unique(codes[: len(left)] * width + codes[len(left) :], return_inverse=True)
    sides = np.concatenate(np.divmod(pairs, width))
    return [answers[code] for code in sides.tolist()], of_row


def frozen(value: object) -> Hashable:
    """Return *value* with every list in it as a tuple."""
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    if isinstance(value, Hashable):
        return value
    message = (
        f"found the answer {value!r}; allowed is a list of members of the vocabulary; correct it"
    )
    raise RefusedError(message)


def refuse_foreign(members: Iterable[object], value: object, scale: Scale) -> None:
    """Refuse an answer that is no list, names a member twice, or one that is not on the *scale*."""
    if not isinstance(value, tuple):
        message = f"found the answer {value!r}; allowed is a list of members of the vocabulary; write it as one"
        raise RefusedError(message)
    named = list(members)
    if len(set(named)) < len(named):
        message = f"found the answer {listing(value)}; a member is named once at most; leave out the others"
        raise RefusedError(message)
    foreign = [name for name in named if scale.places and name not in scale.places]
    if foreign:
        message = f"found {listing(foreign)} in an answer; allowed are {listing(scale.values)}; correct it"
        raise RefusedError(message)


def by_name(member: object) -> tuple[str, str]:
    """Return by what members are sorted that have no vocabulary."""
    return str(member), type(member).__name__


def as_objects(values: Iterable[object], units: pd.Index) -> pd.Series:
    """Return *values*, of which each may be a tuple, as a series with the index *units*."""
    cells = np.empty(len(units), dtype=object)
    cells[:] = list(values) if len(units) else []
    return pd.Series(cells, index=units, dtype=object)
