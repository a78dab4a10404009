"""The closed grammar of ``when``: text to a small tree and back, in one spelling.

::

    any      = all {"or" all}
    all      = not {"and" not}
    not      = "not" not | "(" any ")" | test
    test     = field | field operator constant | field "in" "{" constant {"," constant} "}"
    operator = "<" | "<=" | ">" | ">=" | "==" | "!="
    constant = number | word | quoted text

A field standing alone is a bool field that is true. A comparison is always between a field and a
constant, in this order, and there is no arithmetic: the constants of a guideline cut every field
into finitely many cells, which is what lets two versions be compared exactly.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, cast

from groundkeeper.core.guideline.tree import (
    RESERVED,
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
    canonical_number,
    conjunction,
    constants,
    disjunction,
    fields_used,
    leaves,
    membership,
    render,
    spelled,
)
from groundkeeper.errors import ExpressionError

__all__ = [
    "And",
    "Comparison",
    "Constant",
    "Expression",
    "Flag",
    "Membership",
    "Not",
    "Operator",
    "Or",
    "Test",
    "conjunction",
    "constants",
    "disjunction",
    "fields_used",
    "leaves",
    "membership",
    "parse",
    "render",
]

MAX_LENGTH: Final = 10_000
"""The longest expression that is read, in characters."""
MAX_DEPTH: Final = 32
"""How deeply parentheses and ``not`` may be nested."""
MAX_MAGNITUDE: Final = 2**53
"""Numbers beyond it are not exact in double precision, so they are refused."""

_WHOLE: Final = re.compile(r"-?\d+")
_OPERATORS: Final = ("<", "<=", ">", ">=", "==", "!=")
_VOCABULARY: Final = "a field name, a constant, 'and', 'or', 'not', 'in' or one of < <= > >= == !="
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
          | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
          | (?P<quoted>"[^"\n]*"|'[^'\n]*')
          | (?P<symbol><=|>=|==|!=|[<>(){},]))""",
    re.ASCII | re.VERBOSE,
)


def parse(text: str) -> Expression:
    """Return the tree that *text* says.

    Raises
    ------
    ExpressionError
        If *text* is not in the grammar; the message names the column, counted from 1.

    Examples
    --------
    >>> parse("diameter_mm < 6 and not contrast") == And(
    ...     (Comparison("diameter_mm", "<", 6), Not(Flag("contrast")))
    ... )
    True
    >>> parse("diameter_mm = 6")
    Traceback (most recent call last):
    groundkeeper.errors.ExpressionError: column 13: found '='; expected a field name, ...
    """
    if len(text) > MAX_LENGTH:
        msg = (
            f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read; "
            "split the rule in two"
        )
        raise ExpressionError(msg)
    parser = _Parser(tuple(_tokens(text)))
    tree = parser.any_of(depth=0)
    parser.expect_end()
    return tree


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def _tokens(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise _refusal(start + 1, text[start], _VOCABULARY)
        kind = match.lastgroup
        yield _Token(kind, match[kind], match.start(kind) + 1)
        position = match.end()
    yield _Token("end", "", end + 1)


def _refusal(column: int, found: str, expected: str, advice: str = "") -> ExpressionError:
    shown = ascii(found) if found else "the end of the expression"
    return ExpressionError(f"column {column}: found {shown}; expected {expected}{advice}")


class _Parser:
    """One method a line of the grammar; *depth* counts the open parentheses and ``not``."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens, self._next = tokens, 0

    def any_of(self, depth: int) -> Expression:
        return disjunction(*self._joined("or", self.all_of, depth))

    def all_of(self, depth: int) -> Expression:
        return conjunction(*self._joined("and", self.negated, depth))

    def negated(self, depth: int) -> Expression:
        token = self._peek()
        if depth > MAX_DEPTH:
            nesting = f"at most {MAX_DEPTH} nested parentheses and 'not'"
            raise _refusal(token.column, token.text, nesting, "; write the rule as several rules")
        if self._accept("not"):
            return Not(self.negated(depth + 1))
        if self._accept("("):
            inside = self.any_of(depth + 1)
            self._expect(")", "'and', 'or' or ')'")
            return inside
        return self._test()

    def expect_end(self) -> None:
        token = self._peek()
        if token.kind != "end":
            raise _refusal(
                token.column,
                token.text,
                "a comparison, 'and', 'or' or the end",
                f"; comparisons are {' '.join(_OPERATORS)}",
            )

    def _joined(
        self, word: str, operand: Callable[[int], Expression], depth: int
    ) -> list[Expression]:
        operands = [operand(depth)]
        while self._accept(word):
            operands.append(operand(depth))
        return operands

    def _test(self) -> Expression:
        token = self._take()
        if token.kind != "word" or token.text in RESERVED:
            raise _refusal(token.column, token.text, "a field name, 'not' or '('")
        if self._accept("in"):
            return self._membership(token.text)
        if self._peek().text in _OPERATORS:
            operator = cast("Operator", self._take().text)
            return Comparison(token.text, operator, self._constant())
        return Flag(token.text)

    def _membership(self, field: str) -> Expression:
        self._expect("{", "'{'")
        found = [self._constant()]
        while self._accept(","):
            column = self._peek().column
            found.append(self._constant())
            if found[-1] in found[:-1]:
                raise _refusal(column, spelled(found[-1]), "each constant once")
        self._expect("}", "',' or '}'")
        return membership(field, tuple(found))

    def _constant(self) -> Constant:
        token = self._take()
        if token.kind == "number":
            return _number(token)
        if token.kind == "quoted":
            return token.text[1:-1]
        if token.kind == "word" and token.text in {"true", "false"}:
            advice = "; for a bool field write the field alone, or 'not' and the field"
            raise _refusal(token.column, token.text, "a constant", advice)
        if token.kind == "word" and token.text.lower() not in RESERVED:
            return token.text
        raise _refusal(token.column, token.text, "a number, a word or a quoted text")

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek()
        self._next += token.kind != "end"
        return token

    def _accept(self, text: str) -> bool:
        token = self._peek()
        accepted = token.text == text and token.kind != "quoted"
        self._next += accepted
        return accepted

    def _expect(self, text: str, expected: str) -> None:
        if not self._accept(text):
            token = self._peek()
            raise _refusal(token.column, token.text, expected)


def _number(token: _Token) -> int | float:
    value = float(token.text)
    is_small = math.isfinite(value) and abs(value) <= MAX_MAGNITUDE
    if not is_small or (_WHOLE.fullmatch(token.text) and int(token.text) != value):
        raise _refusal(token.column, token.text, "a finite number of at most 2**53")
    return canonical_number(value)
