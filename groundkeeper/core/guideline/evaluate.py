"""Three-valued evaluation of expressions and decisions on whole columns.

A truth value is an int8: ``FALSE`` 0, ``UNKNOWN`` 1, ``TRUE`` 2. What is said of a missing value is
unknown, and the connectives are Kleene's: *and* is the minimum, *or* the maximum, *not* the
difference from 2. An answer is therefore never wrong for want of data: it is known only if every
value that the missing ones could have gives the same.

The reverse does not hold. Tests are evaluated one by one, so that ``x < 3 or x >= 3`` is unknown
where x is missing, and the outcomes called possible may be too many, never too few.

References
----------
Kleene, Introduction to Metamathematics (1952), section 64: the strong three-valued connectives.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.guideline.columns import (
    Codes,
    Columns,
    column_codes,
    constant_code,
    row_count,
)
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, JUDGED_RULE, Decision, Rule
from groundkeeper.core.guideline.expression import (
    And,
    Comparison,
    Constant,
    Expression,
    Flag,
    Membership,
    Not,
    Or,
    Test,
)
from groundkeeper.core.guideline.fields import Field
from groundkeeper.errors import TableError

FALSE: Final = np.int8(0)
UNKNOWN: Final = np.int8(1)
TRUE: Final = np.int8(2)

Truth: TypeAlias = npt.NDArray[np.int8]
Possible: TypeAlias = npt.NDArray[np.bool_]

_ORDERINGS: Final[Mapping[str, Callable[[Codes, float], npt.NDArray[np.bool_]]]] = MappingProxyType(
    {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
)


class Decided(NamedTuple):
    """Outcome of each row and the rule that gave it, both None where unknown; object arrays [n].

    The outcome can be known while the rule is not: when two rules may apply that agree.
    """

    outcome: npt.NDArray[np.object_]
    rule_id: npt.NDArray[np.object_]


def truth(expression: Expression, columns: Columns, fields: Mapping[str, Field]) -> Truth:
    """Return the truth value of *expression* in each of n rows, int8 [n].

    *expression* must have passed ``typecheck.check`` against *fields*.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare.

    Examples
    --------
    >>> from groundkeeper.core.guideline.expression import parse
    >>> field = {"type": "number", "from": "attribute", "fuse": "median"}
    >>> fields = {"size": Field.model_validate(field)}
    >>> truth(parse("size < 3"), {"size": [2.0, 3.0, np.nan]}, fields)
    array([2, 0, 1], dtype=int8)
    """
    return _Evaluation(fields, columns).truth(expression)


def possible(decision: Decision, columns: Columns, fields: Mapping[str, Field]) -> Possible:
    """Return which outcomes *decision* can have in each of n rows, bool [n, outcomes].

    A rule is possible if it is not false and no earlier rule is surely true; the default is if no
    rule is surely true. An opaque rule is unknown within its scope and false outside of it. Without
    a default every outcome is possible where no rule is surely true.

    Of a judged decision these are the outcomes that its rules leave open, whatever is stored.
    """
    return _possible(decision, _Evaluation(fields, columns))


def possible_between(
    decision: Decision,
    low: Columns,
    high: Columns,
    point: Columns,
    fields: Mapping[str, Field],
) -> Possible:
    """Return which outcomes are possible while fields range over [low, high], bool [n, outcomes].

    A record is borderline where *point* has one outcome and more than one is possible here. A
    comparison is known only if it is the same for every value of the interval. Where *low* or
    *high* is absent or missing, the value of *point* stands in; where *point* is missing the
    field is unknown.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare, or low is above high.
    """
    return _possible(decision, _Evaluation(fields, point, low, high))


def decide(decision: Decision, columns: Columns, fields: Mapping[str, Field]) -> Decided:
    """Return the outcome of *decision* in each of n rows, and the rule that gave it.

    A derived decision is known where one outcome alone is possible; the rule id is ``default``
    where no rule holds. A judged decision is what its stored field says, with rule id ``judged``.

    Examples
    --------
    >>> field = {"type": "number", "from": "attribute", "fuse": "median"}
    >>> fields = {"size": Field.model_validate(field)}
    >>> include = Decision.model_validate(
    ...     {
    ...         "by": "derived",
    ...         "outcomes": ["keep", "skip"],
    ...         "default": "keep",
    ...         "rules": [{"id": "small", "when": "size < 3", "then": "skip"}],
    ...     }
    ... )
    >>> decided = decide(include, {"size": [2.0, 3.0, np.nan]}, fields)
    >>> decided.outcome.tolist(), decided.rule_id.tolist()
    (['skip', 'keep', None], ['small', 'default', None])
    """
    evaluation = _Evaluation(fields, columns)
    if decision.field is not None:
        return _stored(decision.field, evaluation)
    choices = _possible(decision, evaluation)
    outcomes = np.array([*decision.outcomes, None], dtype=np.object_)
    known = choices.sum(axis=1) == 1
    outcome = outcomes[np.where(known, choices.argmax(axis=1), len(decision.outcomes))]
    return Decided(outcome, _deciding_rule(decision, evaluation))


def _stored(name: str, evaluation: "_Evaluation") -> Decided:
    codes = evaluation.codes(name)[0]
    values = np.array([*evaluation.fields[name].vocabulary, None], dtype=np.object_)
    missing = np.isnan(codes)
    outcome = values[np.where(missing, len(values) - 1, codes).astype(np.intp)]
    rule_id = np.array([JUDGED_RULE, None], dtype=np.object_)[missing.astype(np.intp)]
    return Decided(outcome, rule_id)


def _possible(decision: Decision, evaluation: "_Evaluation") -> Possible:
    places = {outcome: place for place, outcome in enumerate(decision.outcomes)}
    found = np.zeros((evaluation.rows, len(places)), dtype=np.bool_)
    undecided = np.ones(evaluation.rows, dtype=np.bool_)
    for rule in decision.rules:
        holds = evaluation.rule(rule)
        found[:, places[rule.then]] |= undecided & (holds != FALSE)
        undecided &= holds != TRUE
    if decision.default is None:
        found |= undecided[:, np.newaxis]
    else:
        found[:, places[decision.default]] |= undecided
    return found


def _deciding_rule(decision: Decision, evaluation: "_Evaluation") -> npt.NDArray[np.object_]:
    ids = np.array([*(rule.id for rule in decision.rules), DEFAULT_RULE, None], dtype=np.object_)
    place = np.full(evaluation.rows, len(ids) - 2, dtype=np.intp)
    unsettled = np.ones(evaluation.rows, dtype=np.bool_)
    for index, rule in enumerate(decision.rules):
        holds = evaluation.rule(rule)
        place[unsettled & (holds == TRUE)] = index
        place[unsettled & (holds == UNKNOWN)] = len(ids) - 1
        unsettled &= holds == FALSE
    return ids[place]


class _Evaluation:
    """Truth values over one set of columns; each expression and column is worked out once."""

    def __init__(
        self,
        fields: Mapping[str, Field],
        point: Columns,
        low: Columns | None = None,
        high: Columns | None = None,
    ) -> None:
        self.fields, self._point, self._low, self._high = fields, point, low, high
        self.rows = row_count(point)
        self._codes: dict[str, tuple[Codes, Codes]] = {}
        self._truths: dict[Expression, Truth] = {}

    def rule(self, rule: Rule) -> Truth:
        scope = rule.scope
        holds = np.full(self.rows, TRUE) if scope is None else self.truth(scope)
        return holds if rule.opaque is None else np.minimum(holds, UNKNOWN)

    def truth(self, expression: Expression) -> Truth:
        if expression not in self._truths:
            self._truths[expression] = self._worked_out(expression)
        return self._truths[expression]

    def codes(self, name: str) -> tuple[Codes, Codes]:
        """Return the lowest and the highest value of a field in each row, as numbers."""
        if name not in self._codes:
            self._codes[name] = self._encoded(name)
        return self._codes[name]

    def _worked_out(self, expression: Expression) -> Truth:
        match expression:
            case Not(operand):
                return _negated(self.truth(operand))
            case And(operands):
                return _folded(np.minimum, [self.truth(operand) for operand in operands])
            case Or(operands):
                return _folded(np.maximum, [self.truth(operand) for operand in operands])
            case _:
                return self._tested(expression)

    def _tested(self, test: Test) -> Truth:
        match test:
            case Flag(name):
                low, high = self.codes(name)
                return _three_valued(low == 1, high == 1, low)
            case Membership(name, constants):
                return self._is_one_of(name, constants)
            case Comparison(name, "==", constant):
                return self._is_one_of(name, (constant,))
            case Comparison(name, "!=", constant):
                return _negated(self._is_one_of(name, (constant,)))
            case Comparison(name, operator, constant):
                low, high = self.codes(name)
                compare, threshold = (
                    _ORDERINGS[operator],
                    constant_code(constant, self.fields[name]),
                )
                at_low, at_high = compare(low, threshold), compare(high, threshold)
                return _three_valued(at_low & at_high, at_low | at_high, low)

    def _is_one_of(self, name: str, constants: tuple[Constant, ...]) -> Truth:
        low, high = self.codes(name)
        field = self.fields[name]
        members = np.sort(np.array([constant_code(constant, field) for constant in constants]))
        first = np.searchsorted(members, low, side="left")
        inside = np.searchsorted(members, high, side="right") - first
        # Whole-valued fields take high - low + 1 values in the interval, the others only one value
        # where its ends meet.
        stepwise = field.type != "number"
        every = inside == high - low + 1 if stepwise else (low == high) & (inside == 1)
        return _three_valued(every, inside > 0, low)

    def _encoded(self, name: str) -> tuple[Codes, Codes]:
        field = self.fields[name]
        point = column_codes(name, field, self._point, self.rows)
        if self._low is None or self._high is None:
            return point, point
        low, high = (
            np.where(np.isnan(end) | np.isnan(point), point, end)
            for end in (column_codes(name, field, c, self.rows) for c in (self._low, self._high))
        )
        if (low > high).any():
            row = int(np.argmax(low > high))
            msg = f"{name}: found low above high in row {row}; allowed is low <= high"
            raise TableError(msg)
        return low, high


def _negated(holds: Truth) -> Truth:
    return np.subtract(TRUE, holds, dtype=np.int8)


def _folded(connective: np.ufunc, operands: Sequence[Truth]) -> Truth:
    holds: Truth = connective.reduce(operands)
    return holds


def _three_valued(
    always: npt.NDArray[np.bool_], sometimes: npt.NDArray[np.bool_], codes: Codes
) -> Truth:
    holds = always.astype(np.int8) + sometimes.astype(np.int8)
    holds[np.isnan(codes)] = UNKNOWN
    return holds
