"""Random fields, expressions, decisions and rows, all of which fit one another."""

import itertools

from hypothesis import strategies as st

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.expression import (
    And,
    Comparison,
    Flag,
    Membership,
    Not,
    Or,
    conjunction,
    constants,
    disjunction,
    membership,
    render,
)
from groundkeeper.core.guideline.fields import NUMERIC, ORDERED, Field

_ANSWERED = {"from": "attribute", "level": "object"}
FIELDS = {
    name: Field.model_validate(_ANSWERED | declared)
    for name, declared in {
        "size": {"type": "number", "fuse": "median", "unit": "mm"},
        "count": {"type": "integer", "fuse": "median"},
        "night": {"type": "bool", "fuse": "any"},
        "kind": {"type": "enum", "fuse": "mode", "values": ["car", "not", 'a "van"', "étage 1"]},
        "grade": {"type": "ordinal", "fuse": "median", "values": ["low", "mid", "high"]},
        "rating": {"type": "ordinal", "fuse": "median", "values": [1, 2, 3, 5]},
    }.items()
}
"""One field of every type that rules can speak about."""

OUTCOMES = ("keep", "ignore", "skip")
_NUMBERS = st.sampled_from([-2, 0, 1, 1.5, 2, 2.5, 3, 1e-7, 123456.75])
_WHOLE = st.integers(-2, 4)


def values(name):
    """Return values that the field *name* can have, none of them missing."""
    field = FIELDS[name]
    if field.type == "bool":
        return st.booleans()
    if field.vocabulary:
        return st.sampled_from(list(field.vocabulary))
    return _WHOLE if field.type == "integer" else _NUMBERS


def _comparisons(name):
    operators = ["==", "!="]
    if FIELDS[name].type in ORDERED:
        operators += ["<", "<=", ">", ">="]
    return st.builds(Comparison, st.just(name), st.sampled_from(operators), values(name))


def _memberships(name):
    chosen = st.lists(values(name), min_size=1, max_size=3, unique=True).map(tuple)
    return chosen.map(lambda constants: membership(name, constants))


def single_tests():
    """Return expressions that are one test of one field."""
    others = [name for name, field in FIELDS.items() if field.type != "bool"]
    return st.one_of(
        st.just(Flag("night")),
        st.sampled_from(others).flatmap(_comparisons),
        st.sampled_from(others).flatmap(_memberships),
    )


def expressions(max_leaves=8):
    """Return expressions over FIELDS that pass the type check."""

    def larger(inner):
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            inner.map(Not),
            several.map(lambda operands: conjunction(*operands)),
            several.map(lambda operands: disjunction(*operands)),
        )

    return st.recursive(single_tests(), larger, max_leaves=max_leaves)


@st.composite
def decisions(draw):
    """Return derived decisions of up to five rules, some of them opaque."""
    rules = []
    for index in range(draw(st.integers(0, 5))):
        condition = render(draw(expressions(max_leaves=3)))
        kind = draw(st.sampled_from(["when", "when", "when", "opaque"]))
        said = {"when": condition} if kind == "when" else {"opaque": {"scope": condition}}
        rules.append({"id": f"r{index}", "then": draw(st.sampled_from(OUTCOMES)), **said})
    return Decision.model_validate(
        {
            "by": "derived",
            "outcomes": OUTCOMES,
            "default": draw(st.sampled_from(OUTCOMES)),
            "rules": rules,
        }
    )


def rows(max_size=6):
    """Return lists of rows: field name to value, None where missing."""
    row = st.fixed_dictionaries({name: st.none() | values(name) for name in FIELDS})
    return st.lists(row, min_size=1, max_size=max_size)


def columns_of(table):
    """Return a list of rows as one list a field."""
    return {name: [row[name] for row in table] for name in FIELDS}


def filled(row, used):
    """Yield *row* with every missing field of *used*, name to constants, at each value a test could tell apart."""
    missing = {name: _told_apart(name, held) for name, held in used.items() if row[name] is None}
    for chosen in itertools.product(*missing.values()):
        yield row | dict(zip(missing, chosen, strict=True))


def _told_apart(name, held):
    field = FIELDS[name]
    if field.type == "bool":
        return [False, True]
    if field.vocabulary:
        return list(field.vocabulary)
    if field.type == "integer":
        return sorted({value + step for value in held for step in (-1, 0, 1)})
    between = [(low + high) / 2 for low, high in itertools.pairwise(held)]
    return [*held, *between, held[0] - 1, held[-1] + 1]


def used_by(conditions):
    """Return the fields that any of *conditions* speaks of, with the constants they are held against, sorted."""
    used = {}
    for condition in conditions:
        for name, held in constants(condition).items():
            used[name] = used.get(name, frozenset()) | frozenset(held)
    return {
        name: sorted(held) if FIELDS[name].type in NUMERIC else held for name, held in used.items()
    }


def slow_truth(expression, row):
    """Return True, False or None (unknown) for one row; a reference that is plainly right."""
    match expression:
        case Not(operand):
            held = slow_truth(operand, row)
            return None if held is None else not held
        case And(operands):
            held = [slow_truth(operand, row) for operand in operands]
            return False if False in held else (None if None in held else True)
        case Or(operands):
            held = [slow_truth(operand, row) for operand in operands]
            return True if True in held else (None if None in held else False)
        case _:
            value = row[expression.field]
            return None if value is None else _tested(expression, value)


def _tested(test, value):
    match test:
        case Flag():
            return value
        case Membership():
            return value in test.constants
        case Comparison():
            return _compared(test, value)


def _compared(comparison, value):
    constant = comparison.constant
    field = FIELDS[comparison.field]
    if field.type not in NUMERIC:
        order = list(field.vocabulary)
        value, constant = order.index(value), order.index(constant)
    return {
        "<": value < constant,
        "<=": value <= constant,
        ">": value > constant,
        ">=": value >= constant,
        "==": value == constant,
        "!=": value != constant,
    }[comparison.operator]
