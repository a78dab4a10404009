"""Names of those who are scored, told apart from the names of their classes and fields.

A figure is about ``name`` or about ``name/part``, a class or a field. Names and classes may have a slash in them, so
that ``net/b/car`` could be ``b/car`` of ``net`` or ``car`` of ``net/b``. Where no name of *meant_twice* is there, it is
about the longest name that begins it.
"""

from collections.abc import Collection
from typing import Final

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


def _ends(text: str) -> list[int]:
    """Return where *text* may be cut: before each slash, and at its end."""
    return [*(place for place, letter in enumerate(text) if letter == PART), len(text)]
