"""Answers that are lists of members of a vocabulary: sets, and rankings from the best member down.

In an answer such a value is a list; members that share a place of a ranking are a list in it. A column has it as JSON
text in one canonical form, so that two texts are equal where the answers are: the members of a set, and those that
share a place, are in the order of the vocabulary.
"""

import json
from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import pandas as pd

from groundkeeper.core.guideline.fields import LISTED, Field
from groundkeeper.core.guideline.values import Vocable
from groundkeeper.core.ids import canonical_json

Members: TypeAlias = tuple[Vocable | tuple[Vocable, ...], ...]
"""The members of a set, or the places of a ranking; a place that several members share is a tuple."""


def is_listed(field: Field) -> bool:
    """Say whether answers to *field* are lists."""
    return field.type in LISTED


def members(value: object, field: Field) -> Members | None:
    """Return the members that *value*, a list, names, in canonical form; None where *field* does not allow it.

    Every member is one of the vocabulary and is named once. Of a set no member at all is an answer, too: none of
    them; a ranking names at least one.

    Examples
    --------
    >>> declared = {"values": ["cat", "dog", "bird"], "from": "attribute"}
    >>> seen = Field.model_validate(declared | {"type": "set", "fuse": "majority"})
    >>> members(["bird", "cat"], seen), members([], seen), members(["cow"], seen)
    (('cat', 'bird'), (), None)
    >>> best = Field.model_validate(declared | {"type": "ranking", "fuse": "borda"})
    >>> members(["bird", "cat"], best), members(["bird", ["dog", "cat"]], best), members([], best)
    (('bird', 'cat'), ('bird', ('cat', 'dog')), None)
    """
    if not isinstance(value, list | tuple):
        return None
    if field.type == "set":
        return _in_order(value, field)
    places = [_in_order(one if isinstance(one, list | tuple) else [one], field) for one in value]
    whole = [place for place in places if place]
    named = list(chain.from_iterable(whole))
    if not whole or len(whole) < len(places) or len(set(named)) < len(named):
        return None
    return tuple(place if len(place) > 1 else place[0] for place in whole)


def stored(value: object, field: Field) -> str | None:
    """Return the text that a column has for *value*, a list; None where *field* does not allow it.

    Examples
    --------
    >>> said = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "any"}
    >>> stored(["dog", "cat"], Field.model_validate(said))
    '["cat","dog"]'
    """
    named = members(value, field)
    return None if named is None else canonical_json(list(named))


def told(text: str) -> Members:
    """Return the members that the *text* of a column names.

    Examples
    --------
    >>> told('["bird",["cat","dog"]]')
    ('bird', ('cat', 'dog'))
    """
    return tuple(tuple(one) if isinstance(one, list) else one for one in json.loads(text))


def restored(texts: pd.Series, field: Field) -> pd.Series:
    """Return the *texts* of a column as *field* has them; missing where it does not allow what they say.

    The vocabulary of the field may be another than the one that the texts were stored by: what has a member that is
    not in it is missing, and members in no order of their own are in its order.

    Examples
    --------
    >>> said = {"type": "set", "values": ["dog", "cat"], "from": "attribute", "fuse": "any"}
    >>> restored(pd.Series(['["cat","dog"]', '["cow"]', None]), Field.model_validate(said)).tolist()
    ['["dog","cat"]', nan, nan]
    """
    distinct = {text: stored(_read(text), field) for text in texts.dropna().unique()}
    return texts.astype(object).map(distinct).astype("str")


def _in_order(named: Sequence[object], field: Field) -> tuple[Vocable, ...] | None:
    """Return members in the order of the vocabulary; None where one is none of it, or is named twice."""
    found = [_place(one, field) for one in named]
    places = sorted(place for place in found if place is not None)
    if len(set(places)) < len(found):
        return None
    return tuple(field.choices[place] for place in places)


def _place(value: object, field: Field) -> int | None:
    """Return the place of a member in the vocabulary, None if it is none of it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return field.vocabulary.get(value)


def _read(text: str) -> object:
    """Return what *text* says, None where it is no JSON."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found
