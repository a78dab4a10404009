"""What changed in which attributes an answer must state."""

from collections.abc import Iterator

from groundkeeper.core.diff.alignment import align
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.decisions import Attribute
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import Expression, render
from groundkeeper.core.guideline.regions import Regions, RuleList
from groundkeeper.errors import TooComplexError

_ALWAYS = "always"


def asking_changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield the attributes that are required in more cases, in fewer, or in words that mean the same.

    Raises
    ------
    TooComplexError
        If two conditions cannot be compared within bounds; the message names the attribute.
    """
    renamed = align(old, new).renamed
    before = {renamed.get(name, name): said for name, said in old.attributes.items()}
    for name in dict.fromkeys((*new.attributes, *before)):
        was, is_ = before.get(name), new.attributes.get(name)
        if was is None and is_ is not None:
            yield _change(Kind.ATTRIBUTE_REQUIRED, name, None, _said(is_), "asked for")
        elif is_ is None and was is not None:
            yield _change(Kind.ATTRIBUTE_OPTIONAL, name, _said(was), None, "no longer asked for")
        elif was is not None and is_ is not None and was.required_when != is_.required_when:
            yield from _condition(name, was, is_, old, new)


def _condition(
    name: str, was: Attribute, is_: Attribute, old: Guideline, new: Guideline
) -> Iterator[Change]:
    said = _said(was), _said(is_)
    more, fewer = _more_and_fewer(name, was.required_when, is_.required_when, old, new)
    if more:
        yield _change(Kind.ATTRIBUTE_REQUIRED, name, *said, "required in more cases")
    if fewer:
        yield _change(Kind.ATTRIBUTE_OPTIONAL, name, *said, "required in fewer cases")
    if not more and not fewer:
        yield _change(Kind.RULES_EDITED, name, *said, "required in the same cases, said otherwise")


def _more_and_fewer(
    name: str,
    was: Expression | None,
    is_: Expression | None,
    old: Guideline,
    new: Guideline,
) -> tuple[bool, bool]:
    """Say whether there are cases in which it is required anew, and in which it no longer is."""
    before = RuleList(_conditions(was), old.fields, align(old, new).axes)
    after = RuleList(_conditions(is_), new.fields, {})
    try:
        pairs = Regions.of(before, after).witnesses().rules
    except TooComplexError as error:
        message = f"attribute {name}: {error}"
        raise TooComplexError(message) from error
    required_before, required_after = pairs[:, 0] == 0, pairs[:, 1] == 0
    return bool((required_after & ~required_before).any()), bool(
        (required_before & ~required_after).any()
    )


def _conditions(required_when: Expression | None) -> tuple[Expression, ...]:
    """Return a list that is at place 0 where it is required: without a condition, everywhere."""
    return () if required_when is None else (required_when,)


def _said(attribute: Attribute) -> str:
    return _ALWAYS if attribute.required_when is None else render(attribute.required_when)


def _change(kind: Kind, name: str, old: str | None, new: str | None, text: str) -> Change:
    where = f"attributes.{name}"
    return Change(kind, where, old, new, f"{name} is {text}", (name, where))
