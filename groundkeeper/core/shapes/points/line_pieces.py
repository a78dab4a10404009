"""Lines cut where either of a pair has a vertex, so that both are straight from cut to cut."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.stacks import stacks

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line by its vertices, px [k, 2]."""

    xy: Floats

    @property
    def share(self) -> Floats:
        """At which share of the length each vertex is, [k], from 0 to 1."""
        return shares_of(self.xy, np.zeros(len(self.xy), dtype=np.int64), 1)

    def at(self, shares: Floats) -> Floats:
        """Return where the line is at these *shares*, px [m, 2]."""
        return np.column_stack([np.interp(shares, self.share, axis) for axis in self.xy.T])


def shares_of(xy: Floats, of: Integers, n_lines: int) -> Floats:
    """Return at which share of its line's length each vertex is, [v], the last one of each at 1."""
    found = np.zeros(len(xy))
    for _, vertices in stacks(of, n_lines):
        drawn = xy[vertices]
        run = np.cumsum(np.hypot(*np.moveaxis(np.diff(drawn, axis=1), 2, 0)), axis=1)
        whole = run[:, -1:] if run.shape[1] else np.zeros((len(run), 1))
        shares = np.divide(run, whole, out=np.zeros_like(run), where=whole > 0)
        found[vertices[:, 1:]] = shares
        found[vertices[:, -1]] = 1.0
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces on which both lines of a pair are straight.

    Attributes
    ----------
    of
        Of which pair, int64 [m].
    weight
        Share of the length, float64 [m].
    begin, end
        From the right line to the left one where the piece begins and ends, px [m, 2].
    """

    of: Integers
    weight: Floats
    begin: Floats
    end: Floats


def pieces_between(left: Geometries, right: Geometries) -> Pieces:
    """Return the pieces between every two neighbouring vertices of either line, in order along each pair."""
    sides = [shapely.get_coordinates(lines, return_index=True) for lines in (left, right)]
    shares = [shares_of(xy, of, len(left)) for xy, of in sides]
    of = np.concatenate([of for _, of in sides])
    side = np.repeat([0, 1], [len(of) for _, of in sides])
    order = np.lexsort((side, np.concatenate(shares), of))
    of, side, share = of[order], side[order], np.concatenate(shares)[order]
    at = [
        _reached(xy, lengths, of, share, side == which)
        for which, ((xy, _), lengths) in enumerate(zip(sides, shares, strict=True))
    ]
    apart = at[0] - at[1]
    follows = of[1:] == of[:-1]
    weight = (share[1:] - share[:-1])[follows]
    return Pieces(of[1:][follows], weight, apart[:-1][follows], apart[1:][follows])


def _reached(xy: Floats, shares: Floats, of: Integers, share: Floats, own: Flags) -> Floats:
    """Return where a pair's line is at every *share*, px [m, 2], from its own vertices among them."""
    seen = np.cumsum(own)
    before: Integers = seen - own
    opens, closes = np.diff(of, prepend=-1) != 0, np.diff(of, append=-1) != 0
    first, last = before[opens], seen[closes] - 1
    pair = np.cumsum(opens) - 1
    begin = np.clip(seen - 1, first[pair], np.maximum(last - 1, first)[pair])
    end = np.minimum(begin + 1, last[pair])
    length = shares[end] - shares[begin]
    part = np.divide(share - shares[begin], length, out=np.zeros(len(share)), where=length > 0)
    part = np.clip(part, 0, 1)[:, np.newaxis]
    reached: Floats = (1 - part) * xy[begin] + part * xy[end]
    return reached
