"""Whether what is stored of a field under one guideline version can be read under another."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import pandas as pd

from groundkeeper.core.era_rows import allowed_values
from groundkeeper.core.guideline.correspondence import redefined, renamed, same_meaning
from groundkeeper.core.guideline.eras import SAID, can_hold
from groundkeeper.core.guideline.fields import Field
from schemas.names import THEN

CONFIRMED: Final = "@confirmed"
"""Column with how many steps of the way came after people said that what is stored of a record is still right."""
NEWER: Final = "@newer"
"""Ends the names of columns with what people answered since, in the words of the version in force."""


def same_values(left: pd.Series, right: pd.Series) -> pd.Series:
    """Return where two columns are equal, or both missing."""
    return (left.isna() & right.isna()) | (left == right)


class Stored(Enum):
    """Where the values of a table come from.

    *Answered*: a file of records or observations, fused as the older version says.
    *Rebuilt*: the answers, fused and measured anew as the version in force says.
    *Looked for*: nowhere; what might be in an item is the same to both versions where they ask the same.
    """

    ANSWERED = "answered"
    REBUILT = "rebuilt"
    LOOKED_FOR = "looked for"


@dataclass(frozen=True)
class Readings:
    """Under which axes the fields of two versions are laid, and from which columns these are read.

    A field that means the same in both has one axis. Else there are two, and what is known on one says nothing of the
    other.

    Attributes
    ----------
    old, new
        The fields that each version declares.
    then
        The axis of each field of the older version; those of the newer one are called as the field is.
    columns
        Axis to the columns that it may be read from, the first that is there; without one it is unknown in every row.
    narrowed
        Axis to the field whose values it can have; other values of its column are unknown.
    """

    old: Mapping[str, Field]
    new: Mapping[str, Field]
    then: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    narrowed: Mapping[str, Field]

    def of(self, table: pd.DataFrame) -> dict[str, pd.Series]:
        """Return the columns of *table* under the names of their axes."""
        found = {}
        for axis, names in self.columns.items():
            name = next((name for name in names if name in table), None)
            if name is not None:
                found[axis] = table[name]
        for axis, field in self.narrowed.items():
            if axis in found:
                found[axis] = allowed_values(found[axis], field)
        return found


def readings(
    old: Mapping[str, Field],
    new: Mapping[str, Field],
    stored: Stored,
    altered: frozenset[str] = frozenset(),
    remade: frozenset[str] = frozenset(),
) -> Readings:
    """Return how the fields of two versions are laid on axes and read from one table.

    Parameters
    ----------
    old, new
        The fields that each version declares.
    stored
        Where the values of the table come from.
    altered
        Fields of *new* of which the table has what the values became, under the name of the field, and what they
        were, under ``<field>@then``.
    remade
        Fields of *new* of which the table has what the newer version makes of the answers: what the older one made is
        unknown.
    """
    before = {after: name for name, after in renamed(old, new).items()}
    before |= {name: name for name in new if name in old}
    then = {name: f"{name}{THEN}" for name in old}
    columns: dict[str, tuple[str, ...]] = {
        then[name]: (name,) for name in old if name not in before.values()
    }
    narrowed: dict[str, Field] = {}
    for after, field in new.items():
        name = before.get(after)
        if name is None:
            columns[after] = (after,)
            continue
        was = old[name]
        if after in altered:
            columns |= {then[name]: (f"{after}{THEN}",), after: (after,)}
        elif after not in remade and _is_shared(was, field, name, after, stored):
            then[name] = after
            columns[after] = (after, name)
        else:
            if after not in remade and _readable_then(was, field, name, after, stored):
                columns[then[name]] = (name, after)
            if _readable_now(was, field, name, after, stored):
                columns[after] = (after, name)
                narrowed[after] = field
    return Readings(old, new, then, columns, narrowed)


def _is_shared(old: Field, new: Field, before: str, after: str, stored: Stored) -> bool:
    """Say whether what is known of one is known of the other."""
    if stored is Stored.LOOKED_FOR:
        same_vocabulary = list(old.vocabulary) == list(new.vocabulary)
        return same_vocabulary and not redefined(old, new, before, after)
    if stored is Stored.ANSWERED:
        # How values are fused cannot be made undone without the answers.
        return same_meaning(old, new.model_copy(update={"fuse": old.fuse}), before, after)
    return same_meaning(old, new, before, after)


def _readable_then(old: Field, new: Field, before: str, after: str, stored: Stored) -> bool:
    if stored is Stored.ANSWERED:
        return True
    if redefined(old, new, before, after):
        return old.source in SAID and new.source in SAID and can_hold(new, old)
    return old.fuse == new.fuse


def _readable_now(old: Field, new: Field, before: str, after: str, stored: Stored) -> bool:
    if not redefined(old, new, before, after):
        return True
    return stored is not Stored.ANSWERED and new.source not in SAID
