"""What a guideline says of whole columns, exactly, also where values are missing.

A truth value is an int8: ``FALSE`` 0, ``UNKNOWN`` 1, ``TRUE`` 2. What rests on a missing value is known if every value
that the field can have there gives the same, and unknown otherwise; so is an outcome. Rows are grouped by cell, and
each cell is looked at once.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.columns import MISSING, Columns, Places, row_count, value_places
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, JUDGED_RULE, Decision
from groundkeeper.core.guideline.expression import Expression
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.grouping import group, the_only
from groundkeeper.core.guideline.regions import Reached, Regions, RuleList, rule_list
from groundkeeper.errors import TableError

FALSE: Final = np.int8(0)
UNKNOWN: Final = np.int8(1)
TRUE: Final = np.int8(2)

Truth: TypeAlias = npt.NDArray[np.int8]
Possible: TypeAlias = npt.NDArray[np.bool_]


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
    regions = Regions.of(RuleList((expression,), fields, {}))
    reached, of_row = _within(regions, columns, columns, columns)
    fails = reached.rules[:, 0].astype(np.int8)
    may_fail, may_hold = (np.zeros(len(reached.is_exact), np.int8) for _ in range(2))
    np.maximum.at(may_fail, reached.row, fails)
    np.maximum.at(may_hold, reached.row, 1 - fails)
    return (1 + may_hold - may_fail)[of_row]


def possible(decision: Decision, columns: Columns, fields: Mapping[str, Field]) -> Possible:
    """Return which outcomes *decision* can have in each of n rows, bool [n, outcomes].

    An opaque rule may hold or not within its scope, and does not outside of it. Of a judged decision these are the
    outcomes that its rules leave open, whatever is stored: all where no rule holds.
    """
    return possible_between(decision, columns, columns, columns, fields)


def possible_between(
    decision: Decision,
    low: Columns,
    high: Columns,
    point: Columns,
    fields: Mapping[str, Field],
) -> Possible:
    """Return which outcomes are possible while fields range over [low, high], bool [n, outcomes].

    A record is borderline where *point* has one outcome and more than one is possible here. Where *low* or *high* is
    absent or missing, the value of *point* stands in; where *point* is missing the field is unknown.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare, or low is above high.
    """
    regions = Regions.of(rule_list(decision.rules, fields))
    reached, of_row = _within(regions, low, high, point)
    places = {outcome: place for place, outcome in enumerate(decision.outcomes)}
    found = np.zeros((len(reached.is_exact), len(places)), dtype=np.bool_)
    named = [places[rule.then] for rule in decision.rules]
    otherwise = (
        -1 if decision.default is None or decision.by == "judged" else places[decision.default]
    )
    given = np.array([*named, otherwise])[reached.rules[:, 0]]
    found[reached.row[given >= 0], given[given >= 0]] = True
    found[reached.row[given < 0]] = True
    return found[of_row]


def decide(decision: Decision, columns: Columns, fields: Mapping[str, Field]) -> Decided:
    """Return the outcome of *decision* in each of n rows, and the rule that gave it.

    A derived decision is known where one outcome alone is possible; the rule id is ``default``
    where no rule holds. A judged decision is what its stored field says, with rule id ``judged``; where
    nobody said anything, it is what a rule says, or the default if it has one.

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
    ruled = _ruled(decision, columns, fields)
    if decision.field is None:
        return ruled
    judged = _stored(decision.field, columns, fields)
    unsaid = pd.isna(judged.outcome)
    return Decided(*(np.where(unsaid, *pair) for pair in zip(ruled, judged, strict=True)))


def _ruled(decision: Decision, columns: Columns, fields: Mapping[str, Field]) -> Decided:
    """Return what the rules alone say, or the default after them."""
    regions = Regions.of(rule_list(decision.rules, fields))
    reached, of_row = _within(regions, columns, columns, columns)
    last = None if decision.default is None else DEFAULT_RULE
    ids = np.array([*(rule.id for rule in decision.rules), last, None], dtype=np.object_)
    outcomes = np.array([*decision.outcomes, None], dtype=np.object_)
    places = {outcome: place for place, outcome in enumerate(outcomes)}
    then = np.array([places[o] for o in (*(r.then for r in decision.rules), decision.default)])
    rule, known = (
        the_only(reached.row, codes, len(reached.is_exact), otherwise)
        for codes, otherwise in (
            (reached.rules[:, 0], len(ids) - 1),
            (then[reached.rules[:, 0]], len(outcomes) - 1),
        )
    )
    return Decided(outcomes[known][of_row], ids[rule][of_row])


def _stored(name: str, columns: Columns, fields: Mapping[str, Field]) -> Decided:
    said = value_places(name, fields[name], columns, row_count(columns))
    outcome = np.array([*fields[name].vocabulary, None], dtype=np.object_)[said]
    missing = said == MISSING
    rule_id = np.array([JUDGED_RULE, None], dtype=np.object_)[missing.astype(np.intp)]
    return Decided(outcome, rule_id)


def _within(
    regions: Regions, low: Columns, high: Columns, point: Columns
) -> tuple[Reached, npt.NDArray[np.intp]]:
    """Return what is reached in the distinct cells, and which of them each row lies in, intp [n]."""
    rows = row_count(point)
    places = regions.locate(point)
    ends = [places] if low is point and high is point else _ends(regions, low, high, places)
    columns = [
        (end[:, number], len(axis)) for end in ends for number, axis in enumerate(regions.axes)
    ]
    of_row, first = group(rows, columns)
    bounds = [regions.bounds(end[first]) for end in ends]
    return regions.reached(bounds[0][0], bounds[-1][1]), of_row


def _ends(regions: Regions, low: Columns, high: Columns, places: Places) -> list[Places]:
    found = []
    for number, axis in enumerate(regions.axes):
        point = places[:, number]
        ends = [axis.locate(columns, len(point)) for columns in (low, high)]
        known = [np.where((end == MISSING) | (point == MISSING), point, end) for end in ends]
        if (known[0] > known[1]).any():
            row = int(np.argmax(known[0] > known[1]))
            msg = f"{axis.name}: found low above high in row {row}; allowed is low <= high"
            raise TableError(msg)
        found.append(known)
    shape = (len(places), len(regions.axes))
    return [
        np.array([known[side] for known in found], dtype=np.int32).reshape(shape[::-1]).T
        for side in range(2)
    ]
