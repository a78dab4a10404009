"""What became of the objects of two sides when they were held against one another."""

from dataclasses import dataclass

from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Conflicts:
    """c differences, in the order of (unit, kind, places).

    Attributes
    ----------
    unit
        Where it is, int64 [c].
    kind
        The place of its ``schemas.enums.Conflict`` in that vocabulary, int64 [c].
    truth, said
        Places of the objects that it is about, ``NONE`` if there is none on a side, int64 [c].
    """

    unit: Integers
    kind: Integers
    truth: Integers
    said: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Which objects of two sides are one thing, and the others. All places ascend.

    Attributes
    ----------
    truth, said
        Places of the m matched pairs, by *truth*, int64 [m] each. A pair may hold an object that is ignored.
    similarity
        Of each pair, nan of statements, which have no shape, float64 [m].
    same_label
        Whether both are of one class, bool [m].
    missing
        Places of objects of the ground truth that nobody drew and that count, int64.
    extra
        Places of objects that are in nothing of the ground truth and that count, int64.
    excluded
        Places of scored objects that nobody can judge, matched ones among them, int64.
    conflicts
        What to look at, of all kinds.
    """

    truth: Integers
    said: Integers
    similarity: Floats
    same_label: Booleans
    missing: Integers
    extra: Integers
    excluded: Integers
    conflicts: Conflicts
