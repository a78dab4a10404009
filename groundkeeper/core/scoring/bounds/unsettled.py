"""What is not known yet of the ground truth: objects that are pending or stale, and what they may turn out to be."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.scoring.objects.sides import Booleans, Near, Side
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import TableError

TEN: Final = 10
"""How many places a message lists."""


class Sides(NamedTuple):
    """The ground truth, open objects among it; what one subject said; all pairs that have anything in common."""

    truth: Side
    said: Side
    near: Near


@dataclass(frozen=True, slots=True, eq=False)
class Unsettled:
    """What n objects of the ground truth may turn out to be. Of those that are settled, nothing but that is read.

    What is known stays known: an object whose class nobody doubts has one class in *may_be*. An object that must be
    there in some class has neither *may_vanish* nor *may_be_ignored*.

    Attributes
    ----------
    is_open
        Whether it is pending or stale, bool [n].
    may_vanish
        Whether it may turn out to be nothing: dropped, or decided to be invisible, bool [n].
    may_be_ignored
        Whether it may turn out to count for nobody, bool [n].
    may_be
        Which classes it may have, bool [n, classes].
    redrawn
        Whether it may get another shape, anywhere in its unit, bool [n]. Else its shape is as it stands. An object of
        which less is visible once another one is drawn over it is one of these.
    """

    is_open: Booleans
    may_vanish: Booleans
    may_be_ignored: Booleans
    may_be: Booleans
    redrawn: Booleans

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together, and open objects that can be nothing at all."""
        columns = (self.is_open, self.may_vanish, self.may_be_ignored, self.may_be, self.redrawn)
        lengths = sorted({len(column) for column in columns})
        if len(lengths) > 1:
            msg = f"found columns of several lengths: {lengths}; allowed is one length"
            raise TableError(msg)
        nothing = self.is_open & ~self.may_vanish & ~self.may_be_ignored & ~self.may_be.any(axis=1)
        if nothing.any():
            places = np.flatnonzero(nothing)
            msg = (
                f"found {len(places)} open objects that can turn out to be nothing at all (first at "
                f"{places[:TEN].tolist()}); allowed is a class, to vanish or to be ignored; say what is possible"
            )
            raise TableError(msg)

    def __len__(self) -> int:
        """How many objects there are."""
        return len(self.is_open)

    @classmethod
    def anything(
        cls,
        is_open: Booleans,
        classes: int,
        *,
        ignorable: bool = False,
        redrawn: Booleans | None = None,
    ) -> "Unsettled":
        """Return open objects of which nothing is known but where they were seen: each may be gone or of any class.

        Parameters
        ----------
        is_open
            Which objects are pending or stale, bool [n].
        classes
            How many classes the guideline has.
        ignorable
            Whether the guideline has outcomes that count for nobody.
        redrawn
            Which of them may get another shape, bool [n]: those that too few have drawn, or that are drawn again.
            None by default: a quorum has drawn each of them, and its class or its presence is what is asked.
        """
        may_be = np.repeat(is_open[:, None], classes, axis=1)
        ignored = is_open & np.bool_(ignorable)
        none = np.zeros(len(is_open), dtype=np.bool_)
        drawn_anew = none if redrawn is None else is_open & redrawn
        return cls(is_open, is_open, ignored, may_be, drawn_anew)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Where the objects are.

    Attributes
    ----------
    units
        How many there are, each scored: units of the two sides are below it. One without objects is rightly empty.
    classes
        The name of each label.
    is_area
        Whether each object of the ground truth is an area, bool [truth]: then similarity is IoU, and Dice follows.
    most_new
        How many objects may come to light in each unit of which nobody knows yet what is in it, int64 [units]; 0 where
        it is known which objects there may be.
    ignorable
        Whether what comes to light may count for nobody.
    left_out
        Units in which something was said that takes no part, so that they are empty never, bool [units]; None: in none.
    """

    units: int
    classes: tuple[str, ...]
    is_area: npt.NDArray[np.bool_]
    most_new: Integers
    ignorable: bool = False
    left_out: npt.NDArray[np.bool_] | None = None
