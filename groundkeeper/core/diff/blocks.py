"""What changed in the blocks of a guideline, other than the outcomes that move and the prose."""

from collections.abc import Iterator
from typing import Final

from groundkeeper.core.diff.asking_changes import asking_changes
from groundkeeper.core.diff.decision_changes import class_changes, decision_changes
from groundkeeper.core.diff.drawing_changes import drawing_changes
from groundkeeper.core.diff.field_changes import field_changes
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.values import Strictly
from groundkeeper.core.ids import canonical_json

_COUNTED: Final = (("consensus", Kind.CONSENSUS_CHANGED), ("scoring", Kind.SCORING_CHANGED))
"""Blocks that are compared key by key, without knowing what the keys mean."""


def block_changes(old: Guideline, new: Guideline) -> tuple[Change, ...]:
    """Return every change of a block, in the order of the document.

    Raises
    ------
    TooComplexError
        If conditions cannot be compared within bounds.
    """
    return tuple(_changes(old, new))


def _changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    if old.set_name != new.set_name:
        text = f"{new.set_name} and {old.set_name} are two sets; compare versions of one"
        targets = ("guideline",)
        yield Change(Kind.SET_RENAMED, "guideline.set", old.set_name, new.set_name, text, targets)
    yield from field_changes(old, new)
    yield from class_changes(old, new)
    yield from decision_changes(old, new)
    yield from asking_changes(old, new)
    yield from drawing_changes(old, new)
    for block, kind in _COUNTED:
        yield from _keys(block, kind, getattr(old, block), getattr(new, block))


def _keys(block: str, kind: Kind, old: Strictly, new: Strictly) -> Iterator[Change]:
    before, after = (model.model_dump(mode="json") for model in (old, new))
    for key in before:
        if before[key] != after[key]:
            said = [canonical_json(values[key]) for values in (before, after)]
            where, text = f"{block}.{key}", f"{block} {key}: {said[0]} became {said[1]}"
            yield Change(kind, where, said[0], said[1], text, (block, where, key))
