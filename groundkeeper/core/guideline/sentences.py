"""Expressions as the sentences that annotators read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundkeeper.core.guideline.expression import (
    And,
    Comparison,
    Constant,
    Expression,
    Flag,
    Membership,
    Not,
    Operator,
    Or,
    Test,
)
from groundkeeper.core.guideline.fields import Field

_VERBS: Final[Mapping[Operator, str]] = MappingProxyType(
    {
        "<": "is less than",
        "<=": "is at most",
        ">": "is more than",
        ">=": "is at least",
        "==": "is",
        "!=": "is not",
    }
)
_OPPOSITES: Final[Mapping[Operator, Operator]] = MappingProxyType(
    {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
)


def sentence(expression: Expression, fields: Mapping[str, Field]) -> str:
    """Return *expression* in English, with the names and units of *fields*.

    Examples
    --------
    >>> from groundkeeper.core.guideline.expression import parse
    >>> diameter = {"type": "number", "unit": "mm", "from": "attribute", "fuse": "median"}
    >>> contrast = {"type": "bool", "from": "metadata", "level": "item"}
    >>> fields = {
    ...     "diameter_mm": Field.model_validate(diameter),
    ...     "contrast": Field.model_validate(contrast),
    ... }
    >>> sentence(parse("diameter_mm < 6 and not contrast"), fields)
    'diameter is less than 6 mm and contrast is false'
    >>> sentence(parse("(diameter_mm in {3, 4} or contrast) and not diameter_mm > 9"), fields)
    '(diameter is 3 mm or 4 mm or contrast is true) and diameter is at most 9 mm'
    """
    match expression:
        case And(operands):
            return " and ".join(_grouped(operand, fields) for operand in operands)
        case Or(operands):
            return " or ".join(_grouped(operand, fields) for operand in operands)
        case Not(operand):
            return _negated(operand, fields)
        case _:
            return _stated(expression, fields)


def _negated(operand: Expression, fields: Mapping[str, Field]) -> str:
    match operand:
        case And() | Or():
            return f"it is not so that ({sentence(operand, fields)})"
        case Not(inner):
            return sentence(inner, fields)
        case Flag(name):
            return f"{_noun(name, fields)} is false"
        case Comparison(name, operator, constant):
            return _stated(Comparison(name, _OPPOSITES[operator], constant), fields)
        case Membership(name, constants):
            verb = "is neither" if len(constants) > 1 else "is not"
            return f"{_noun(name, fields)} {verb} {_listed(name, constants, fields, 'nor')}"


def _stated(test: Test, fields: Mapping[str, Field]) -> str:
    noun = _noun(test.field, fields)
    match test:
        case Flag():
            return f"{noun} is true"
        case Membership(name, constants):
            return f"{noun} is {_listed(name, constants, fields, 'or')}"
        case Comparison(name, operator, constant):
            return f"{noun} {_VERBS[operator]} {_amount(name, constant, fields)}"


def _grouped(operand: Expression, fields: Mapping[str, Field]) -> str:
    text = sentence(operand, fields)
    return f"({text})" if isinstance(operand, And | Or) else text


def _listed(
    name: str, constants: tuple[Constant, ...], fields: Mapping[str, Field], joint: str
) -> str:
    amounts = [_amount(name, constant, fields) for constant in constants]
    return f" {joint} ".join(filter(None, (", ".join(amounts[:-1]), amounts[-1])))


def _unit(name: str, fields: Mapping[str, Field]) -> str:
    return (fields[name].unit or "") if name in fields else ""


def _noun(name: str, fields: Mapping[str, Field]) -> str:
    unit = _unit(name, fields)
    return (name.removesuffix(f"_{unit}") if unit else name).replace("_", " ")


def _amount(name: str, constant: Constant, fields: Mapping[str, Field]) -> str:
    return f"{constant} {_unit(name, fields)}".rstrip()
