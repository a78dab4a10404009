"""What the block ``scoring`` of a guideline speaks of, and what must be there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from groundkeeper.core.guideline.fields import CLOSED
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from groundkeeper.core.guideline.document import Guideline

Found: TypeAlias = tuple[tuple[str | int, ...], str]
"""A place in the document, and what does not hold there."""

OF_OBJECTS: Final = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "iou_mean",
    "dice_mean",
    "items_without_error",
)
OF_VALUES: Final = (
    "accuracy",
    "balanced_accuracy",
    "cohen_kappa",
    "quadratic_kappa",
    "within_one",
    "concordance",
    "r_squared",
    "rating_exact",
    "rating_within_one",
)
"""Measures that are the better the larger they are, and so can have a target: of objects, and of values of items."""

RATED: Final = frozenset({"label", "attribute"})
"""Sources of a field in which somebody says the value; a measured shape is scored as a shape."""


def not_scorable(guideline: "Guideline") -> Iterator[Found]:
    """Yield what the block ``scoring`` of *guideline* speaks of and is not there, in the order of the document."""
    yield from _ignored(guideline)
    yield from _class(guideline)
    yield from _attributes(guideline)
    yield from _targets(guideline)


def _ignored(guideline: "Guideline") -> Iterator[Found]:
    for name, ignored in guideline.scoring.ignore.items():
        decision = guideline.decisions.get(name)
        if decision is None:
            message = f"found {name}; the decisions are: {listing(guideline.decisions)}; use one"
            yield ("scoring", "ignore", name), message
            continue
        for index, outcome in enumerate(ignored):
            if outcome not in decision.outcomes:
                declared = listing(decision.outcomes)
                message = f"found {outcome}; the outcomes are: {declared}; use one"
                yield ("scoring", "ignore", name, index), message


def _class(guideline: "Guideline") -> Iterator[Found]:
    name = guideline.scoring.class_by
    if name is None or name in guideline.decisions:
        return
    closed = [n for n, field in guideline.fields.items() if field.type in CLOSED | {"bool"}]
    if name not in closed:
        message = (
            f"found {name}; allowed is a decision ({listing(guideline.decisions)}) or a field with a vocabulary "
            f"({listing(closed)}); use one, or leave it out"
        )
        yield ("scoring", "class_by"), message


def _attributes(guideline: "Guideline") -> Iterator[Found]:
    rated = {name: field for name, field in guideline.fields.items() if field.source in RATED}
    known = {*rated, *(field.source_name(name) for name, field in rated.items())}
    for index, name in enumerate(guideline.scoring.ignored_attributes or ()):
        if name not in known:
            message = f"found {name}; the fields that somebody rates are: {listing(rated)}; use one"
            yield ("scoring", "ignored_attributes", index), message


def _targets(guideline: "Guideline") -> Iterator[Found]:
    by_item = guideline.consensus.match.by == "item"
    measures = OF_VALUES if by_item else OF_OBJECTS
    for name in guideline.scoring.target or {}:
        if name not in measures:
            kind = "items" if by_item else "objects"
            message = f"found {name}; the measures of {kind} that can have a target are: {', '.join(measures)}; use one"
            yield ("scoring", "target", name), message
