"""Which fields of two versions are one and the same, so that their rules can be held against each other."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from groundkeeper.core.guideline.correspondence import renamed
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import CLOSED, NUMERIC, Field

BEFORE: Final = " (old)"
"""Ends the axis of a field of the older version that stands for itself; no name of a field has it."""


class Alignment(NamedTuple):
    """How the fields of two versions go together.

    Attributes
    ----------
    renamed
        Older to newer name of fields that are called otherwise and have not changed.
    axes
        The axis on which a field of the older version is laid, where that is not its name; fields of
        the newer version are laid on axes of their names.
    """

    renamed: Mapping[str, str]
    axes: Mapping[str, str]


def align(old: Guideline, new: Guideline) -> Alignment:
    """Return how the fields of two versions go together.

    A field is on one axis in both versions if its type is the same and there are values that it can
    have in both; else nothing that one version says of it can be held against the other.
    """
    renames = renamed(old.fields, new.fields)
    apart = {
        name: f"{name}{BEFORE}"
        for name, field in old.fields.items()
        if name in new.fields and not _comparable(field, new.fields[name])
    }
    return Alignment(renames, {**renames, **apart})


def _comparable(old: Field, new: Field) -> bool:
    if old.type != new.type:
        return False
    if old.type in CLOSED:
        return any(value in new.vocabulary for value in old.vocabulary)
    if old.type in NUMERIC:
        least = [field.min for field in (old, new) if field.min is not None]
        most = [field.max for field in (old, new) if field.max is not None]
        return not least or not most or max(least) <= min(most)
    return True
