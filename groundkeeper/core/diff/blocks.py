"""What changed in the blocks of a guideline, other than the outcomes that move and the prose."""

from collections.abc import Iterator

from groundkeeper.core.diff.alignment import align
from groundkeeper.core.diff.asking_changes import asking_changes
from groundkeeper.core.diff.decision_changes import class_changes, decision_changes
from groundkeeper.core.diff.drawing_changes import drawing_changes
from groundkeeper.core.diff.field_changes import field_changes
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.sections import Inference
from groundkeeper.core.guideline.values import Strictly
from groundkeeper.core.ids import canonical_json


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
    yield from _keys("consensus", Kind.CONSENSUS_CHANGED, old.consensus, new.consensus)
    yield from _inference(old, new)
    yield from _keys("scoring", Kind.SCORING_CHANGED, old.scoring, new.scoring)


def _keys(block: str, kind: Kind, old: Strictly, new: Strictly) -> Iterator[Change]:
    """Yield the keys of a block that differ, without knowing what they mean; models are told apart field by field."""
    before, after = (model.model_dump(mode="json", exclude={"inference"}) for model in (old, new))
    for key in before:
        if before[key] != after[key]:
            said = [canonical_json(values[key]) for values in (before, after)]
            where, text = f"{block}.{key}", f"{block} {key}: {said[0]} became {said[1]}"
            yield Change(kind, where, said[0], said[1], text, (block, where, key))


def _inference(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield the fields of which the value is inferred by another model, or by one at all in one version alone."""
    renamed = align(old, new).renamed
    before = {renamed.get(name, name): said for name, said in old.consensus.inference.items()}
    after = new.consensus.inference
    for name in dict.fromkeys((*after, *before)):
        was, is_ = (_said(models.get(name)) for models in (before, after))
        if was != is_:
            block = "consensus.inference"
            where = f"{block}.{name}"
            text = f"{name} is inferred by {is_ or 'nothing'}, no longer by {was or 'nothing'}"
            targets = ("consensus", block, where, "inference", name, f"fields.{name}")
            yield Change(Kind.CONSENSUS_CHANGED, where, was, is_, text, targets)


def _said(model: Inference | None) -> str | None:
    """Return a model as JSON, None where there is none."""
    return (
        None if model is None else canonical_json(model.model_dump(mode="json", exclude_none=True))
    )
