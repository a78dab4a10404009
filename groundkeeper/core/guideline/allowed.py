"""Which values a field allows."""

import math

from groundkeeper.core.guideline.fields import LISTED, NUMERIC, Field
from groundkeeper.core.guideline.lists import members
from groundkeeper.errors import listing


def fits(value: object, field: Field) -> bool:
    """Say whether *value* is one that *field* allows.

    Examples
    --------
    >>> rating = Field.model_validate(
    ...     {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
    ... )
    >>> fits(3, rating), fits(4, rating), fits(True, rating)
    (True, False, False)
    """
    if field.type in LISTED:
        return members(value, field) is not None
    if isinstance(value, bool) or field.type == "bool":
        return isinstance(value, bool) and field.type == "bool"
    if field.vocabulary:
        return isinstance(value, int | float | str) and value in field.vocabulary
    if field.type not in NUMERIC:
        return isinstance(value, str)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return False
    whole = field.type == "number" or float(value).is_integer()
    low = -math.inf if field.min is None else field.min
    high = math.inf if field.max is None else field.max
    return whole and low <= value <= high


def vocabulary_text(field: Field) -> str:
    """Return in words what *field* allows.

    Examples
    --------
    >>> vocabulary_text(
    ...     Field.model_validate({"type": "number", "min": 0, "from": "attribute", "fuse": "mean"})
    ... )
    'number from 0 upwards'
    """
    if field.type == "set":
        return f"a list of none, some or all of {listing(field.vocabulary)}, each once"
    if field.type == "ranking":
        return (
            f"a list of some or all of {listing(field.vocabulary)}, each once, the best first; those that share a "
            "place are a list in it"
        )
    if field.vocabulary:
        return listing(field.vocabulary)
    if field.type not in NUMERIC:
        return field.type
    low = "" if field.min is None else f" from {field.min:g}"
    high = "" if field.max is None else f" to {field.max:g}"
    return f"{field.type}{low}{high}" + (" upwards" if low and not high else "")
