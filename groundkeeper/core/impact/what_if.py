"""What it would cost to move one threshold: the guideline as it is, but for one constant of one rule."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import (
    And,
    Comparison,
    Expression,
    Membership,
    Not,
    Or,
    leaves,
    render,
)
from groundkeeper.core.guideline.fields import NUMERIC
from groundkeeper.errors import ExpressionError, UnknownNameError, listing

MOST_VALUES: Final = 1000
"""So many values are tried at once."""

_RANGE: Final = re.compile(r"(?P<start>[^:]+?)\.\.(?P<end>[^:]+?)(?::(?P<step>.+))?")


@dataclass(frozen=True)
class Threshold:
    """One comparison of one rule of a guideline, whose constant can be moved."""

    guideline: Guideline
    decision: str
    place: int
    comparison: Comparison

    @property
    def rule_id(self) -> str:
        """The id of the rule."""
        return self.guideline.decisions[self.decision].rules[self.place].id

    def at(self, value: float) -> Guideline:
        """Return the guideline with the threshold at *value*."""
        decision = self.guideline.decisions[self.decision]
        rule = decision.rules[self.place]
        moved = Comparison(self.comparison.field, self.comparison.operator, value)
        when = None if rule.when is None else _replaced(rule.when, self.comparison, moved)
        changed = rule.model_copy(update={"when": when})
        rules = (*decision.rules[: self.place], changed, *decision.rules[self.place + 1 :])
        decisions = self.guideline.decisions | {
            self.decision: decision.model_copy(update={"rules": rules})
        }
        return self.guideline.model_copy(update={"decisions": decisions})


def threshold(guideline: Guideline, rule_id: str, field: str | None = None) -> Threshold:
    """Return the threshold of a rule: its only comparison with a number, or the only one of *field*.

    Raises
    ------
    UnknownNameError
        If there is no such rule.
    ExpressionError
        If it has no comparison with a number, or several.
    """
    placed = {
        rule.id: (name, place)
        for name, decision in guideline.decisions.items()
        for place, rule in enumerate(decision.rules)
    }
    if rule_id not in placed:
        raise UnknownNameError("rule", rule_id, placed)
    name, place = placed[rule_id]
    when = guideline.decisions[name].rules[place].when
    found = [] if when is None else list(dict.fromkeys(_thresholds(when, guideline)))
    chosen = [test for test in found if field is None or test.field == field]
    if len(chosen) != 1:
        said = listing(render(test) for test in found)
        wanted = "one comparison of a number" + (f" field {field}" if field else "")
        advice = "name its field with --field" if len(found) > 1 else "choose another rule"
        message = f"{rule_id}: found the thresholds {said}; allowed is {wanted}; {advice}"
        raise ExpressionError(message)
    return Threshold(guideline, name, place, chosen[0])


def _thresholds(when: Expression, guideline: Guideline) -> Iterator[Comparison]:
    for test in leaves(when):
        if isinstance(test, Comparison) and guideline.fields[test.field].type in NUMERIC:
            yield test


def _replaced(expression: Expression, old: Comparison, new: Comparison) -> Expression:
    match expression:
        case Not(operand):
            return Not(_replaced(operand, old, new))
        case And(operands):
            return And(tuple(_replaced(operand, old, new) for operand in operands))
        case Or(operands):
            return Or(tuple(_replaced(operand, old, new) for operand in operands))
        case Comparison() | Membership():
            return new if expression == old else expression
        case _:
            return expression


def values(text: str) -> tuple[float, ...]:
    """Return the values that a range names: ``3..8``, by ones, or ``3..8:0.5``; or several, ``3,4.5,6``.

    Raises
    ------
    ExpressionError
        If *text* is none of these, or names too many.

    Examples
    --------
    >>> values("3..5"), values("3..4:0.5"), values("6,3")
    ((3.0, 4.0, 5.0), (3.0, 3.5, 4.0), (6.0, 3.0))
    """
    try:
        found = _in_range(text) if ".." in text else [Decimal(part) for part in text.split(",")]
        numbers = tuple(map(float, found))
        if numbers and all(map(math.isfinite, numbers)) and len(numbers) <= MOST_VALUES:
            return numbers
    except InvalidOperation:
        pass
    message = (
        f"{text!r}: allowed is a range such as 3..8 or 3..8:0.5, or values such as 3,4.5,6, "
        f"at most {MOST_VALUES}; change it"
    )
    raise ExpressionError(message)


def _in_range(text: str) -> list[Decimal]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return []
    start, end, step = (Decimal(match[name] or "1") for name in ("start", "end", "step"))
    if not (start.is_finite() and end.is_finite() and step > 0 and start <= end):
        return []
    if (end - start) / step > MOST_VALUES:
        return []
    return [start + step * number for number in range(int((end - start) / step) + 1)]
