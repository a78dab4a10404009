"""What one cell of a sheet says, and what a name may be."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field, JsonValue

from groundkeeper.checked import spelt
from groundkeeper.core.ids import DIGITS
from groundkeeper.formats.texts import json_of

BOOLEANS: Final = frozenset({"true", "false"})
"""What spreadsheets and data frames write in capitals."""

CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that no name has: control characters, halves of characters, ends of lines."""


def value_of(cell: str) -> JsonValue:
    """Return what a *cell* says: its value where it is JSON, with true and false in any case, else its text.

    Examples
    --------
    >>> [value_of(cell) for cell in ("4", "TRUE", "two", '"4"', "007")]
    [4, True, 'two', '4', '007']
    """
    plain = cell.lower() if cell.lower() in BOOLEANS else cell
    try:
        return json_of(plain)
    except ValueError:
        return cell


def control_characters(text: str) -> list[str]:
    r"""Return the characters of *text* that no name has, in their order.

    Examples
    --------
    >>> control_characters("a\tb\n"), control_characters("a b")
    (['\t', '\n'], [])
    """
    return [character for character in text if unicodedata.category(character) in CONTROL]


def _without_control(text: str) -> str:
    if wrong := control_characters(text):
        message = f"it holds {wrong[0]!r}, which no name has; leave it out"
        raise ValueError(message)
    return text


def id_of(prefix: str) -> AfterValidator:
    """Return what refuses a text that is no id with this *prefix*."""
    return spelt(f"{prefix}_[0-9a-f]{{{DIGITS}}}", f"{prefix}_ and {DIGITS} hex digits")


Name = Annotated[str, Field(min_length=1), AfterValidator(_without_control)]
"""What somebody or something is called: at least one character, and none that cannot be seen."""
