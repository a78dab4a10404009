"""What an expression may say of the fields that are declared."""

from collections.abc import Mapping

from groundkeeper.core.guideline.expression import (
    Comparison,
    Constant,
    Expression,
    Flag,
    Membership,
    Test,
    leaves,
    render,
)
from groundkeeper.core.guideline.fields import CLOSED, LISTED, NUMERIC, ORDERED, Field
from groundkeeper.errors import ExpressionError, listing


def check(expression: Expression, fields: Mapping[str, Field]) -> None:
    """Return if *expression* speaks only of *fields*, and of each as its type allows.

    Raises
    ------
    ExpressionError
        Naming the first test that does not fit, what its field allows, and what to write.

    Examples
    --------
    >>> from groundkeeper.core.guideline.expression import parse
    >>> night = Field.model_validate({"type": "bool", "from": "metadata", "level": "item"})
    >>> check(parse("night > 1"), {"night": night})
    Traceback (most recent call last):
    groundkeeper.errors.ExpressionError: 'night > 1': night is a bool field; write night or ...
    """
    for test in leaves(expression):
        complaint = _complaint(test, fields)
        if complaint:
            msg = f"{render(test)!r}: {complaint}"
            raise ExpressionError(msg)


def _complaint(test: Test, fields: Mapping[str, Field]) -> str:
    name = test.field
    if name not in fields:
        return f"no field {name!r} is declared; there are: {listing(sorted(fields))}"
    field = fields[name]
    if field.type in LISTED:
        return (
            f"{name} is a {field.type} field, which rules cannot speak about; declare a bool field for each member "
            "that a rule must speak of, or make the rule opaque"
        )
    if field.type == "text":
        return f"{name} is a text field, which rules cannot speak about; make the rule opaque"
    if field.type == "bool":
        is_flag = isinstance(test, Flag)
        return "" if is_flag else f"{name} is a bool field; write {name} or not {name}"
    return _comparison_complaint(name, field, test)


def _comparison_complaint(name: str, field: Field, test: Test) -> str:
    match test:
        case Flag():
            return f"{name} is a field of type {field.type}; compare it with a constant"
        case Comparison(_, "<" | "<=" | ">" | ">=", _) if field.type not in ORDERED:
            return f"{name} is an enum field, which has no order; allowed are == != and in"
        case Comparison(_, _, constant):
            return _constant_complaint(name, field, constant)
        case Membership(_, constants):
            complaints = (_constant_complaint(name, field, constant) for constant in constants)
            return next(filter(None, complaints), "")


def _constant_complaint(name: str, field: Field, constant: Constant) -> str:
    if field.type in CLOSED and constant not in field.vocabulary:
        return f"{constant!r} is not a value of {name}; there are: {listing(field.vocabulary)}"
    if field.type in NUMERIC and isinstance(constant, str):
        return f"{name} is a field of type {field.type}; compare it with a number"
    if field.type == "integer" and not isinstance(constant, int):
        return f"{name} is an integer field; compare it with a whole number"
    return ""
