import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.guidelines import (
    FIELDS,
    OUTCOMES,
    columns_of,
    decisions,
    expressions,
    filled,
    rows,
    slow_truth,
    used_by,
    values,
)

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import (
    FALSE,
    TRUE,
    UNKNOWN,
    decide,
    possible,
    possible_between,
    truth,
)
from groundkeeper.core.guideline.expression import Not, parse
from groundkeeper.core.guideline.fields import CLOSED, ORDERED, Field
from groundkeeper.errors import TableError

CODES = {False: FALSE, None: UNKNOWN, True: TRUE}


def exact_truth(expression, row):
    """True or False if it is so whatever the missing values are, else None."""
    held = {slow_truth(expression, full) for full in filled(row, used_by([expression]))}
    return held.pop() if len(held) == 1 else None


def slow_first(decision, row):
    """The rules that can come first: over all missing values, and whatever a person judges of opaque ones."""
    scopes = [rule.scope for rule in decision.rules if rule.scope is not None]
    opaque = [rule.id for rule in decision.rules if rule.opaque is not None]
    found = set()
    for full in filled(row, used_by(scopes)):
        for judged in itertools.product([False, True], repeat=len(opaque)):
            holding = dict(zip(opaque, judged, strict=True))
            found.add(
                next(
                    (
                        place
                        for place, rule in enumerate(decision.rules)
                        if (rule.scope is None or slow_truth(rule.scope, full))
                        and holding.get(rule.id, True)
                    ),
                    None,
                )
            )
    return found


def slow_possible(decision, row):
    return {
        decision.default if place is None else decision.rules[place].then
        for place in slow_first(decision, row)
    }


def slow_rule(decision, row):
    found = slow_first(decision, row)
    if len(found) > 1:
        return None
    (place,) = found
    return "default" if place is None else decision.rules[place].id


@given(expressions(), rows())
def test_columns_give_what_rows_give(expression, table):
    expected = [CODES[exact_truth(expression, row)] for row in table]
    assert truth(expression, columns_of(table), FIELDS).tolist() == expected


@given(expressions(), rows())
def test_the_negation_is_known_exactly_where_the_expression_is(expression, table):
    columns = columns_of(table)
    held, negated = truth(expression, columns, FIELDS), truth(Not(expression), columns, FIELDS)
    assert (held.astype(int) + negated == TRUE).all()
    assert held.dtype == negated.dtype == np.int8


@given(expressions(), rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(expression, table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    straight = truth(expression, columns_of(table), FIELDS)
    shuffled = truth(expression, columns_of([table[place] for place in order]), FIELDS)
    assert shuffled.tolist() == straight[order].tolist()


@given(expressions(), rows(max_size=1), st.data())
def test_what_is_known_stays_so_whatever_the_missing_values_are(expression, table, data):
    held = truth(expression, columns_of(table), FIELDS)[0]
    filled = {
        name: data.draw(values(name)) if value is None else value
        for name, value in table[0].items()
    }
    assert held in {UNKNOWN, CODES[slow_truth(expression, filled)]}


@given(decisions(), rows())
def test_possible_outcomes_are_those_of_the_rules_one_by_one(decision, table):
    found = possible(decision, columns_of(table), FIELDS)
    assert found.shape == (len(table), len(OUTCOMES))
    for row, choices in zip(table, found, strict=True):
        assert set(itertools.compress(OUTCOMES, choices)) == slow_possible(decision, row)


@given(decisions(), rows())
def test_an_outcome_is_decided_exactly_where_one_is_possible(decision, table):
    decided = decide(decision, columns_of(table), FIELDS)
    for row, outcome, rule_id in zip(table, *decided, strict=True):
        choices = slow_possible(decision, row)
        assert outcome == (choices.pop() if len(choices) == 1 else None)
        assert rule_id == slow_rule(decision, row)


@given(decisions(), rows(), st.data())
def test_every_outcome_within_the_experts_spread_is_possible_between(decision, table, data):
    corners = [data.draw(rows(max_size=1))[0] for _ in table]
    low, high, inside = [], [], []
    for point, corner in zip(table, corners, strict=True):
        ends = {name: _ends(name, point[name], corner[name]) for name in FIELDS}
        low.append({name: end[0] for name, end in ends.items()})
        high.append({name: end[1] for name, end in ends.items()})
        inside.append({n: data.draw(_between(n, *ends[n])) for n in FIELDS})
    found = possible_between(decision, *map(columns_of, (low, high, table)), FIELDS)
    for row, point, choices in zip(inside, table, found, strict=True):
        outcomes = set(itertools.compress(OUTCOMES, choices))
        assert slow_possible(decision, row) <= outcomes
        assert slow_possible(decision, point) <= outcomes


def _ends(name, point, other):
    if point is None or other is None or FIELDS[name].type not in ORDERED:
        return point, point
    return tuple(sorted((point, other), key=_rank(name)))


def _rank(name):
    field = FIELDS[name]
    return field.vocabulary.__getitem__ if field.type in CLOSED else float


def _between(name, low, high):
    if low is None or low == high:
        return st.just(low)
    rank = _rank(name)
    return values(name).filter(lambda value: rank(low) <= rank(value) <= rank(high)) | st.just(low)


@given(decisions(), rows())
def test_without_spread_between_is_possible(decision, table):
    columns = columns_of(table)
    expected = possible(decision, columns, FIELDS)
    assert (possible_between(decision, columns, columns, columns, FIELDS) == expected).all()
    assert (possible_between(decision, {}, {}, columns, FIELDS) == expected).all()


SMALL = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": OUTCOMES,
        "default": "keep",
        "rules": [
            {"id": "small", "when": "size < 3", "then": "skip"},
            {"id": "large", "when": "size > 30", "then": "ignore"},
        ],
    }
)


def test_a_spread_over_a_boundary_is_borderline():
    found = possible_between(
        SMALL,
        {"size": [2.0, 3.0, 4.0]},
        {"size": [3.5, 3.5, 31.0]},
        {"size": [2.5, 3.2, 9]},
        FIELDS,
    )
    assert found.tolist() == [[True, False, True], [True, False, False], [True, True, False]]


def test_membership_of_a_whole_interval_of_steps_is_known():
    decision = Decision.model_validate(
        {
            "by": "derived",
            "outcomes": ["in", "out"],
            "default": "out",
            "rules": [{"id": "r", "when": "rating in {2, 3, 5}", "then": "in"}],
        }
    )
    found = possible_between(
        decision, {"rating": [2, 1]}, {"rating": [5, 2]}, {"rating": [3, 2]}, FIELDS
    )
    assert found.tolist() == [[True, False], [True, True]]


def test_membership_of_an_interval_of_numbers_is_open_between_its_members():
    decision = Decision.model_validate(
        {
            "by": "derived",
            "outcomes": ["in", "out"],
            "default": "out",
            "rules": [{"id": "r", "when": "size in {2, 3}", "then": "in"}],
        }
    )
    ends = {"size": [2, 2, 4]}, {"size": [3, 2, 5]}, {"size": [2, 2, 4]}
    found = possible_between(decision, *ends, FIELDS)
    assert found.tolist() == [[True, True], [True, False], [False, True]]


def test_low_above_high_is_refused():
    with pytest.raises(TableError, match="size: found low above high in row 1"):
        possible_between(SMALL, {"size": [1, 3]}, {"size": [2, 2]}, {"size": [1, 2]}, FIELDS)


def test_a_missing_column_is_unknown_in_every_row():
    assert truth(parse("size < 3 and night"), {"night": [True, False]}, FIELDS).tolist() == [1, 0]


@pytest.mark.parametrize(
    "column",
    [
        np.array([1.0, np.nan, 4.0]),
        pd.Series([1, None, 4], dtype="Int64", index=[7, 8, 9]),
        pd.Series([1, None, 4], dtype="float64[pyarrow]"),
        [1, None, 4],
        np.array([1, pd.NA, 4], dtype=object),
    ],
)
def test_numbers_are_read_from_any_column(column):
    assert truth(parse("size < 3"), {"size": column}, FIELDS).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["low", None, "high"], dtype="str"),
        pd.Series(["low", None, "high"], dtype="string[pyarrow]"),
        pd.Categorical(["low", None, "high"], categories=["high", "low"]),
        np.array(["low", None, "high"], dtype=object),
    ],
)
def test_an_ordinal_of_texts_is_ordered_as_declared(column):
    assert truth(parse("grade <= mid"), {"grade": column}, FIELDS).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    "column",
    [
        np.array([True, False]),
        pd.Series([True, False], dtype="boolean"),
        np.array([1.0, 0.0]),
        np.array([True, False], dtype=object),
    ],
)
def test_a_bool_is_read_from_any_column(column):
    assert truth(parse("night"), {"night": column}, FIELDS).tolist() == [2, 0]


def test_a_frame_serves_as_columns():
    frame = pd.DataFrame({"size": [1.0, 9.0]}, index=["x", "y"])
    assert decide(SMALL, frame, FIELDS).outcome.tolist() == ["skip", "keep"]


def test_no_rows_give_no_outcomes():
    assert decide(SMALL, pd.DataFrame({"size": []}), FIELDS).outcome.shape == (0,)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("grade < mid", ["low", "top"], "grade: found top; allowed is: low, mid, high"),
        ("rating < 3", [1, 4, 2.5], "rating: found 2.5, 4; allowed is: 1, 2, 3, 5"),
        ("rating < 3", ["1"], "rating: found values of kind string"),
        ("size < 3", ["1"], "size: found values of kind string"),
        ("size < 3", [True], "size: found values of kind boolean"),
        ("count < 3", [1.5], "count: found 1.5; allowed is: whole numbers"),
        ("night", [2], "night: found 2; allowed is: true, false"),
        ("night", ["yes"], "night: found values of kind string"),
    ],
)
def test_a_value_that_the_field_does_not_declare_is_refused(text, column, message):
    with pytest.raises(TableError, match=message):
        truth(parse(text), {text.split()[0]: column}, FIELDS)


def test_columns_of_several_lengths_are_refused():
    with pytest.raises(TableError, match="size 1, night 2"):
        truth(parse("night"), {"size": [1], "night": [True, False]}, FIELDS)


def test_ends_of_another_length_than_the_points_are_refused():
    with pytest.raises(TableError, match="size: found 1 rows; allowed is 2"):
        possible_between(SMALL, {"size": [1]}, {"size": [2]}, {"size": [1, 2]}, FIELDS)


def test_nothing_that_was_handed_in_is_changed():
    column = np.array([1.0, np.nan])
    column.flags.writeable = False
    possible_between(SMALL, {"size": column}, {"size": column}, {"size": column}, FIELDS)


def test_two_rules_that_agree_give_an_outcome_without_a_rule():
    decision = Decision.model_validate(
        {
            "by": "derived",
            "outcomes": ["a", "b"],
            "default": "b",
            "rules": [
                {"id": "one", "when": "size < 3", "then": "a"},
                {"id": "two", "when": "night", "then": "a"},
            ],
        }
    )
    decided = decide(decision, {"size": [None], "night": [True]}, FIELDS)
    assert (decided.outcome.tolist(), decided.rule_id.tolist()) == (["a"], [None])


def test_an_opaque_rule_is_unknown_within_its_scope_alone():
    decision = Decision.model_validate(
        {
            "by": "derived",
            "outcomes": ["a", "b"],
            "default": "b",
            "rules": [{"id": "looks-odd", "opaque": {"scope": "size < 3"}, "then": "a"}],
        }
    )
    assert possible(decision, {"size": [1, 5]}, FIELDS).tolist() == [[True, True], [False, True]]


def test_a_judged_decision_is_what_was_stored_and_its_rules_say_what_may_be():
    colour = Field.model_validate(
        {"type": "enum", "values": ["red", "blue"], "from": "label", "fuse": "mode"}
    )
    decision = Decision.model_validate(
        {
            "by": "judged",
            "field": "colour",
            "outcomes": ["blue", "red"],
            "rules": [{"id": "big", "when": "size > 3", "then": "red"}],
        }
    )
    fields = {**FIELDS, "colour": colour}
    columns = {"colour": ["blue", None, "red"], "size": [9, 1, None]}
    decided = decide(decision, columns, fields)
    assert decided.outcome.tolist() == ["blue", None, "red"]
    assert decided.rule_id.tolist() == ["judged", None, "judged"]
    assert possible(decision, columns, fields).tolist() == [
        [False, True],
        [True, True],
        [True, True],
    ]
