"""Names of those who are scored, told apart from the names of their classes and fields.

A figure is about ``name`` or about ``name/part``, a class or a field. Names and classes may have a slash in them, so
that ``net/b/car`` could be ``b/car`` of ``net`` or ``car`` of ``net/b``. Where no name of *meant_twice* is there, it is
about the longest name that begins it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import pandas as pd

from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.errors import RefusedError, listing

PART: Final = "/"
"""Between who is scored and the class or field that a figure is about."""


def meant_twice(names: Collection[str], parts: Collection[str]) -> list[tuple[str, str]]:
    """Return each of *names* that another one makes of one of *parts*, or of how one of these begins, with that other.

    Parameters
    ----------
    names : collection of str
        All who are scored.
    parts : collection of str
        The classes and fields that figures are about.

    Examples
    --------
    >>> meant_twice(["net", "net/b"], ["b/car"]), meant_twice(["net", "net/b"], ["car"])
    ([('net/b', 'net')], [])
    """
    begins = {part[:cut] for part in parts for cut in _ends(part)}
    known = set(names)
    return [
        (name, name[:cut])
        for name in sorted(known)
        for cut in _ends(name)[:-1]
        if name[:cut] in known and name[cut + 1 :] in begins
    ]


def batches_of(*said: pd.DataFrame) -> dict[str, list[str]]:
    """Return the batches with something of each of those who said something, by name.

    Parameters
    ----------
    said : DataFrame
        ``annotator, batch``.

    Examples
    --------
    >>> batches_of(pd.DataFrame({"annotator": ["net", "net", "ada"], "batch": ["b2", "b1", "b3"]}))
    {'ada': ['b3'], 'net': ['b1', 'b2']}
    """
    rows = pd.concat([one[["annotator", "batch"]] for one in said]).dropna().drop_duplicates()
    of_names = rows.sort_values("batch").groupby("annotator")["batch"]
    return {str(name): batches.tolist() for name, batches in of_names}


def refuse_namesakes(
    set_name: str,
    people: Collection[str],
    known: Collection[str],
    models: Collection[str],
    batches: Mapping[str, Sequence[str]],
) -> None:
    """Refuse *models* that are called as one of *people* is, and who is *known* or a model and called as all readers.

    Raises
    ------
    RefusedError
        With the names, and the batches that they are in.
    """
    if POOLED in {*known, *models}:
        message = (
            f"set {set_name}: found somebody called {POOLED!r}, which is all annotators together; allowed is another "
            f"name, as a score is told by it. {_rename(set_name, [POOLED], batches)}"
        )
        raise RefusedError(message)
    if both := sorted(set(people) & set(models)):
        message = (
            f"set {set_name}: found models called {listing(both)}, as annotators are; allowed is another name, as a "
            f"score is told by it. {_rename(set_name, both, batches)}"
        )
        raise RefusedError(message)


def refuse_meant_twice(
    set_name: str,
    names: Collection[str],
    parts: Collection[str],
    fields: Collection[str],
    batches: Mapping[str, Sequence[str]],
) -> None:
    """Refuse *names* that could as well be a class or a field of somebody else, *parts* being all of these.

    Figures of a field over all readers have no name before it, so that nobody may be called as one of *fields*.

    Raises
    ------
    RefusedError
        With the names, whose part each could be, and the batches that they are in.
    """
    everybody = {*names, POOLED}
    both = meant_twice(everybody, parts)
    if both := [*both, *((name, POOLED) for name in sorted(everybody & set(fields)))]:
        told = listing(f"{name} (which could be a part of {of})" for name, of in both)
        message = (
            f"set {set_name}: found names that a class or field of another name could have as well: {told}; allowed "
            f"is a name by which a figure has one owner. {_rename(set_name, [name for name, _ in both], batches)}"
        )
        raise RefusedError(message)


def _rename(set_name: str, names: Sequence[str], batches: Mapping[str, Sequence[str]]) -> str:
    """Return what to do with what was said under *names*."""
    where = (f"{name} in {listing(batches.get(name, ()))}" for name in dict.fromkeys(names))
    command = f"`gk inbox remove {set_name} BATCH`"
    return f"Take their batches out ({command}: {listing(where)}) and add them under other names"


def _ends(text: str) -> list[int]:
    """Return where *text* may be cut: before each slash, and at its end."""
    return [*(place for place, letter in enumerate(text) if letter == PART), len(text)]
