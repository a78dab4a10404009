"""What changed in the fields of a guideline."""

from collections.abc import Iterator

from groundkeeper.core.diff.alignment import align
from groundkeeper.core.diff.moves import renames
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.correspondence import effective_migrations, redefined
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import LISTED, Field
from groundkeeper.errors import listing


def field_changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield every change of the fields, in the order of the newer version, and then those removed."""
    renamed = align(old, new).renamed
    was = {new_name: old_name for old_name, new_name in renamed.items()}
    for name, field in new.fields.items():
        if name in was:
            yield _change(Kind.RENAMED, name, was[name], name, f"{was[name]} is called {name}")
        elif name in old.fields:
            yield from _field(name, old.fields[name], field, _renamed_values(name, old, new))
        else:
            yield _change(Kind.FIELD_ADDED, name, None, field.type, f"{name} is recorded")
    for name, field in old.fields.items():
        if name not in new.fields and name not in renamed:
            text = f"{name} is no longer recorded"
            yield _change(Kind.FIELD_REMOVED, name, field.type, None, text)


def _change(kind: Kind, name: str, old: str | None, new: str | None, text: str) -> Change:
    targets = tuple(dict.fromkeys((name, f"fields.{name}")))
    if kind is Kind.RENAMED and old is not None:
        targets = (*targets, old)
    return Change(kind, f"fields.{name}", old, new, text, targets)


def _field(name: str, old: Field, new: Field, renamed: dict[str, str]) -> Iterator[Change]:
    differing = [key for key in redefined(old, new, name, name) if key != "values"]
    if differing:
        said = [
            ", ".join(f"{key} {getattr(field, key)}" for key in differing) for field in (old, new)
        ]
        text = f"{name} has another meaning: {said[0]} became {said[1]}"
        yield _change(Kind.FIELD_REDEFINED, name, said[0], said[1], text)
    if old.fuse != new.fuse and old.type == new.type:
        text = f"the experts' values of {name} become one by {new.fuse}, no longer by {old.fuse}"
        yield _change(Kind.FUSION_CHANGED, name, old.fuse, new.fuse, text)
    if old.type == new.type:
        yield from _bounds(name, old, new)
        yield from _vocabulary(name, old, new, renamed)


def _bounds(name: str, old: Field, new: Field) -> Iterator[Change]:
    if (old.min, old.max) == (new.min, new.max):
        return
    said = [_interval(field) for field in (old, new)]
    narrower = _above(new.min, old.min) or _above(_opposite(new.max), _opposite(old.max))
    kind = Kind.VALUES_REMOVED if narrower else Kind.VALUES_ADDED
    text = f"{name} ranges {said[1]}, no longer {said[0]}"
    yield _change(kind, name, said[0], said[1], text)


def _above(least: float | None, other: float | None) -> bool:
    """Say whether the bound *least* refuses values that the lower bound *other* admits."""
    return least is not None and (other is None or least > other)


def _opposite(bound: float | None) -> float | None:
    return None if bound is None else -bound


def _interval(field: Field) -> str:
    least = "from any value" if field.min is None else f"from {field.min:g}"
    return f"{least} up" if field.max is None else f"{least} to {field.max:g}"


def _vocabulary(name: str, old: Field, new: Field, renamed: dict[str, str]) -> Iterator[Change]:
    before, after = list(old.vocabulary), list(new.vocabulary)
    gone = [v for v in before if v not in new.vocabulary]
    came = [v for v in after if v not in old.vocabulary]
    carried = [v for v in gone if str(v) in renamed]
    explained = {renamed[str(v)] for v in carried}
    lost, added = (
        [v for v in gone if str(v) not in renamed],
        [v for v in came if v not in explained],
    )
    for value in carried:
        text = f"{value} of {name} is called {renamed[str(value)]}"
        yield _change(Kind.RENAMED, name, str(value), renamed[str(value)], text)
    if lost:
        text = f"{listing(lost)} can no longer be a value of {name}"
        yield _change(Kind.VALUES_REMOVED, name, listing(lost), None, text)
    if added:
        text = f"{listing(added)} can be a value of {name}"
        kind = Kind.MEMBERS_ADDED if old.type in LISTED else Kind.VALUES_ADDED
        yield _change(kind, name, None, listing(added), text)
    kept = [
        [v for v in values if v not in some]
        for values, some in ((before, set(gone)), (after, set(came)))
    ]
    if old.type == "ordinal" and kept[0] != kept[1]:
        text = f"the values of {name} are in another order"
        yield _change(Kind.FIELD_REDEFINED, name, listing(before), listing(after), text)
    if old.type in LISTED and kept[0] != kept[1]:
        text = f"the values of {name} are written in another order"
        yield _change(Kind.MEMBERS_REORDERED, name, listing(before), listing(after), text)


def _renamed_values(name: str, old: Guideline, new: Guideline) -> dict[str, str]:
    """Return what becomes of the values of a field that stores a judged decision, by its migrations."""
    found: dict[str, str] = {}
    for decision, said in new.decisions.items():
        if said.field == name:
            found.update(renames(effective_migrations(old, new, decision)))
    return found
