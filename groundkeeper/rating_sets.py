"""Ratings that are sets of classes: ``["a", "b"]`` as JSON, or ``a|b``; the order of members says nothing."""

import json
from dataclasses import replace

from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import TableError
from groundkeeper.rating_files import Ratings

SEPARATOR = "|"


def as_sets(ratings: Ratings) -> Ratings:
    """Return *ratings* with every set written in one way, as JSON of its members, ascending.

    Raises
    ------
    TableError
        If a rating starts as a list does, and is none of texts and numbers.
    """
    written = {text: canonical_json(sorted(_members(ratings, text))) for text in ratings.classes}
    rows = ratings.rows.assign(label=ratings.rows["label"].map(written).astype("str"))
    return replace(ratings, rows=rows, classes=tuple(sorted(set(written.values()))))


def members(written: str) -> tuple[str, ...]:
    """Return the members of a set as ``as_sets`` writes it.

    Examples
    --------
    >>> members('["a","b"]')
    ('a', 'b')
    """
    return tuple(json.loads(written))


def _members(ratings: Ratings, text: str) -> set[str]:
    if not text.startswith("["):
        return {part.strip() for part in text.split(SEPARATOR) if part.strip()}
    try:
        found = json.loads(text)
    except ValueError:
        found = [None]
    if not all(isinstance(one, str | int | float) for one in found):
        message = (
            f'{ratings.path}: found the rating {text!r}; allowed is a list of texts or numbers as JSON, ["a", "b"], '
            f"or members separated by {SEPARATOR!r}; correct it"
        )
        raise TableError(message)
    return {str(one) for one in found}
