"""The tree of an expression: its nodes, its one spelling, and what it speaks of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]
Constant: TypeAlias = int | float | str

WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
RESERVED: Final = frozenset({"and", "or", "not", "in", "true", "false", "nan", "inf", "infinity"})
"""Words that are neither fields nor unquoted constants."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field held against one constant."""

    field: str
    operator: Operator
    constant: Constant


@dataclass(frozen=True, slots=True)
class Membership:
    """A field is one of several constants, which are kept sorted."""

    field: str
    constants: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A bool field is true."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """Every operand holds: two or more, none of them an ``And``."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand holds: two or more, none of them an ``Or``."""

    operands: tuple["Expression", ...]


Expression: TypeAlias = Comparison | Membership | Flag | Not | And | Or
Test: TypeAlias = Comparison | Membership | Flag


def conjunction(*operands: Expression) -> Expression:
    """Return the ``and`` of the *operands*, nested ones unfolded; of one operand, itself."""
    flat = [p for o in operands for p in (o.operands if isinstance(o, And) else (o,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(*operands: Expression) -> Expression:
    """Return the ``or`` of the *operands*, nested ones unfolded; of one operand, itself."""
    flat = [p for o in operands for p in (o.operands if isinstance(o, Or) else (o,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def membership(field: str, constants: tuple[Constant, ...]) -> Membership:
    """Return the test that *field* is one of *constants*, sorted: numbers first, then texts."""
    return Membership(field, tuple(sorted(constants, key=_constant_order)))


def canonical_number(value: float) -> int | float:
    """Return *value* as int if it is whole, so that 3 and 3.0 are spelled alike.

    Examples
    --------
    >>> canonical_number(3.0), canonical_number(0.5), canonical_number(-0.0)
    (3, 0.5, 0)
    """
    return int(value) if float(value).is_integer() else float(value)


def render(expression: Expression) -> str:
    """Return the one spelling of *expression*; ``parse`` reads it back to the same tree.

    Examples
    --------
    >>> either = disjunction(Flag("b"), membership("c", (2, 1)))
    >>> render(conjunction(Not(Comparison("a", "<", 3)), either))
    'not a < 3 and (b or c in {1, 2})'
    """
    match expression:
        case Comparison(field, operator, constant):
            return f"{field} {operator} {spelled(constant)}"
        case Membership(field, constants):
            return f"{field} in {{{', '.join(spelled(c) for c in constants)}}}"
        case Flag(field):
            return field
        case Not(operand):
            return f"not {_grouped(operand, (And, Or))}"
        case And(operands):
            return " and ".join(_grouped(operand, (Or,)) for operand in operands)
        case Or(operands):
            return " or ".join(render(operand) for operand in operands)


def spelled(constant: Constant) -> str:
    """Return *constant* as it is written in an expression: a text is quoted only if it must be.

    Examples
    --------
    >>> spelled(3), spelled("solid"), spelled("part solid"), spelled("not")
    ('3', 'solid', '"part solid"', '"not"')
    """
    if not isinstance(constant, str):
        return repr(canonical_number(constant))
    if WORD.fullmatch(constant) and constant.lower() not in RESERVED:
        return constant
    return f"'{constant}'" if '"' in constant else f'"{constant}"'


def leaves(expression: Expression) -> Iterator[Test]:
    """Yield the tests at the leaves of *expression*, from left to right."""
    match expression:
        case Not(operand):
            yield from leaves(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from leaves(operand)
        case _:
            yield expression


def fields_used(expression: Expression) -> frozenset[str]:
    """Return the names of the fields that *expression* speaks of.

    Examples
    --------
    >>> sorted(fields_used(disjunction(Comparison("a", "<", 3), Not(Flag("b")))))
    ['a', 'b']
    """
    return frozenset(test.field for test in leaves(expression))


def constants(expression: Expression) -> dict[str, tuple[Constant, ...]]:
    """Return the constants each field is held against, sorted; empty for a bool field.

    Examples
    --------
    >>> constants(conjunction(Comparison("a", "<", 6), Comparison("a", ">=", 3), Flag("b")))
    {'a': (3, 6), 'b': ()}
    """
    found: dict[str, set[Constant]] = {}
    for test in leaves(expression):
        here = found.setdefault(test.field, set())
        if isinstance(test, Comparison):
            here.add(test.constant)
        elif isinstance(test, Membership):
            here.update(test.constants)
    return {field: tuple(sorted(found[field], key=_constant_order)) for field in sorted(found)}


def _constant_order(constant: Constant) -> tuple[bool, float, str]:
    if isinstance(constant, str):
        return (True, 0.0, constant)
    return (False, float(constant), "")


def _grouped(expression: Expression, weaker: tuple[type, ...]) -> str:
    text = render(expression)
    return f"({text})" if isinstance(expression, weaker) else text
