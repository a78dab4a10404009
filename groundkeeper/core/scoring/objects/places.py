"""What is assigned to one another: things of two sides, which units they are in and what they are."""

from typing import NamedTuple

from groundkeeper.core.scoring.objects.sides import Rows
from groundkeeper.core.shapes.drawn import Integers


class Places(NamedTuple):
    """n things of one side that are assigned.

    Attributes
    ----------
    unit, label : int64[n]
        The unit of each, ascending, and its label.
    rows : Rows or None
        As of ``Side``.
    """

    unit: Integers
    label: Integers
    rows: Rows | None = None
