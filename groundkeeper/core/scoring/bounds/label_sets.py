"""The classes that an open object may have, told without naming each of them.

For the figure of one class all others are one and the same, but that in which something near was drawn: being right is
a matter of that one. So of an object that may be of a hundred classes there are rows for those that were drawn near it,
one for any other, and one for whichever class is asked about.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Integers

OTHER: Final = -2
"""A class that nobody asks about and nobody said."""
ASKED: Final = -3
"""The class that is asked about, if it is in the first set of classes; below it those of the sets that follow."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelSets:
    """Sets of classes, bool [sets, classes]: ``among[s, c]`` is whether class c is in set s."""

    among: Booleans = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))

    def codes(self, number: int, named: Collection[int]) -> tuple[int, ...]:
        """Return the classes of the set *number*: those *named* by themselves, the others as two codes.

        Examples
        --------
        >>> sets = LabelSets(np.array([[True, True, True, False], [True, True, False, False]]))
        >>> sets.codes(0, {1, 3}), sets.codes(1, {1})
        ((1, -2, -3), (0, 1))
        """
        among = self.among[number]
        apart = [label for label in sorted(named) if label >= 0 and among[label]]
        others = int(among.sum()) - len(apart)
        if others <= 1:
            return tuple(np.flatnonzero(among).tolist())
        return (*apart, OTHER, ASKED - number)

    def asked(self, codes: Integers, label: int) -> Integers:
        """Return *codes* where *label* is asked about: it stands wherever it is in the set of a code.

        Examples
        --------
        >>> sets = LabelSets(np.array([[True, False, True]]))
        >>> sets.asked(np.array([1, OTHER, ASKED]), 2).tolist(), sets.asked(np.array([ASKED]), 1).tolist()
        ([1, -2, 2], [-2])
        """
        places = np.flatnonzero(codes <= ASKED)
        if not len(places):
            return codes
        found = codes.copy()
        inside = self.among[ASKED - codes[places], label] if label >= 0 else False
        found[places] = np.where(inside, label, OTHER)
        return found

    def labels(self, codes: Integers) -> set[int]:
        """Return every class that is among *codes*, or in the set of one of them."""
        numbers = np.unique(ASKED - codes[codes <= ASKED])
        spelled = np.unique(codes[codes > OTHER]).tolist()
        return {*spelled, *np.flatnonzero(self.among[numbers].any(axis=0)).tolist()}
