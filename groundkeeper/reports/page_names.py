"""Names of files for pages about people and models, whose own names may hold anything."""

import hashlib
import re
from typing import Final

READABLE: Final = 40
"""How many characters of a name are kept."""
DIGITS: Final = 10
"""Of the digest that keeps names apart: 40 bits."""

_OTHERS: Final = re.compile(r"[^a-z0-9]+")


def file_name(name: str) -> str:
    """Return the name of the page about *name*: safe on every file system, the same whoever else has a page.

    What is kept of the name is for people; the digest keeps names apart that differ in what is not kept.

    Examples
    --------
    >>> file_name("Ada Lovelace"), file_name("../../ada lovelace")
    ('ada-lovelace-7674021617.html', 'ada-lovelace-20d5bf25e0.html')
    """
    kept = _OTHERS.sub("-", name.lower()).strip("-")[:READABLE].strip("-")
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
    return f"{kept}-{digest}.html" if kept else f"{digest}.html"
