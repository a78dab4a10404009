"""What guideline models are made of: the strict base model and the scalars they share."""

import re
import unicodedata
from collections import Counter
from datetime import date
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
)

from groundkeeper.core.guideline.expression import Expression, parse, render
from groundkeeper.core.guideline.tree import canonical_number
from groundkeeper.errors import listing

MAX_VALUES: Final = 10_000
"""The largest vocabulary that a field or a decision may declare."""


class Strictly(BaseModel):
    """A frozen block of a guideline in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def version_key(version: str) -> tuple[int, int, int]:
    """Return the numbers of a MAJOR.MINOR.PATCH *version*, by which versions are ordered.

    Examples
    --------
    >>> sorted(["10.0.0", "9.0.1"], key=version_key)
    ['9.0.1', '10.0.0']
    """
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch


def _version(value: object) -> str:
    pattern = r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})"
    if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
        return value
    msg = f"found {value!r}; allowed is MAJOR.MINOR.PATCH such as 1.0.0"
    raise ValueError(msg)


def _vocable(value: object) -> int | float | str:
    if isinstance(value, str):
        printable = value.isprintable() and value == value.strip() != ""
        quotable = '"' not in value or "'" not in value
        if printable and quotable and unicodedata.is_normalized("NFC", value):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 2**53:
        return canonical_number(value)
    msg = (
        f"found {value!r}; allowed is a number or a printable text in Unicode normal form C, "
        "without spaces around it and without both kinds of quotes; quote true, false and null"
    )
    raise ValueError(msg)


def _expression(value: object) -> Any:  # noqa: ANN401 - pydantic types a plain validator as Any
    return parse(value) if isinstance(value, str) else _tree(value)


def _tree(value: object) -> object:
    if isinstance(value, Expression):
        return value
    msg = f"found {value!r}; allowed is an expression such as 'diameter_mm < 6'; put it in quotes"
    raise ValueError(msg)


def _day(value: object) -> object:
    if isinstance(value, str | date):
        return value
    msg = f"found {value!r}; allowed is a date such as 2026-03-02"
    raise ValueError(msg)


def _pairwise_different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    repeated = sorted(str(value) for value, times in Counter(values).items() if times > 1)
    if repeated:
        msg = f"found repeated values: {listing(repeated)}; allowed is each once; remove the others"
        raise ValueError(msg)
    return values


Text: TypeAlias = Annotated[str, Strict()]
"""Prose for people; no rule and no result depends on it."""
Name: TypeAlias = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""The name of a field, decision or convention; fields and decisions become columns."""
Identifier: TypeAlias = Annotated[
    str, Strict(), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
]
"""The id of a rule, a change or a prose block, or an outcome or class."""
SetName: TypeAlias = Annotated[str, Strict(), Field(pattern=r"^[a-z0-9_-]{1,63}$")]
Version: TypeAlias = Annotated[str, PlainValidator(_version)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
Number: TypeAlias = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Strict(), Field(gt=0, le=1, allow_inf_nan=False)]
Vocable: TypeAlias = Annotated[int | float | str, PlainValidator(_vocable)]
"""One value of an enum or an ordinal: a number or a text, never true or false."""
Vocabulary: TypeAlias = Annotated[
    tuple[Vocable, ...],
    Field(min_length=1, max_length=MAX_VALUES),
    AfterValidator(_pairwise_different),
]
Outcomes: TypeAlias = Annotated[
    tuple[Identifier, ...],
    Field(min_length=1, max_length=MAX_VALUES),
    AfterValidator(_pairwise_different),
]
When: TypeAlias = Annotated[
    Expression, PlainValidator(_expression), PlainSerializer(render, return_type=str)
]
"""An expression, written as text and kept as a tree."""
