"""Every way in which what is open may end for two who are scored, and what each of them then comes to.

What an open object turns out to be, it is for both. So the bounds of two scores say less of which is higher than the
endings do: an object that both missed counts against both, or against neither. Endings of one *piece*, open objects
that can change what becomes of one another for either of the two, do not depend on those of another.

Of a piece with too many endings, and of matchings that are equally good or of shapes that may be drawn anew, the two
turn out independently: that is more than can happen together, so it contains what will.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from groundkeeper.core.scoring.bounds.became import CODES, worth
from groundkeeper.core.scoring.bounds.taken_apart import TakenApart, taken_apart
from groundkeeper.core.scoring.bounds.turnouts import (
    Case,
    Component,
    There,
    of_a_unit_without_drawings,
    turnouts,
)
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import TableError
from schemas.enums import Outcome

MOST_ENDINGS: Final = 500
"""Ways in which the objects of one piece may turn out that are looked at one by one."""
ANY_OTHER: Final = -2
"""A class that neither of the two said of anything near."""

Sums: TypeAlias = tuple[int, int]
"""What something adds above and below the line."""
Worth: TypeAlias = Mapping[Outcome | None, Sums]


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """What two who are scored come to: above and below the line of the first, and then of the second.

    Attributes
    ----------
    settled
        What nothing open can change, int64 [units, 4].
    added
        What each of m endings adds, int64 [m, 4]. Each piece ends in one of its own.
    first
        Where the endings of each piece begin, int64 [pieces].
    unit
        The unit of each piece, int64 [pieces].
    """

    settled: Integers
    added: Integers
    first: Integers
    unit: Integers


def endings(
    both: tuple[Sides, Sides], settings: Settings, unsettled: Unsettled, scene: Scene, measure: str
) -> Endings:
    """Return the endings of two subjects by a *measure* that counts objects: accuracy, precision, recall or F1.

    Parameters
    ----------
    both : (Sides, Sides)
        One ground truth, its open objects among it, against what either of the two said.
    settings, unsettled, scene
        As in ``object_bounds``.
    measure : str
        What is measured, over all classes.

    Raises
    ------
    TableError
        If the two are not held against the same objects.

    Examples
    --------
    One object is pending, and may be dropped. The first of the two drew it, the second did not:

    >>> zero, no = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    >>> from groundkeeper.core.scoring.objects.sides import Near, Side
    >>> truth, one, none = Side.of(zero, zero), Near(zero, zero, np.array([0.9]), np.zeros(1, bool)), np.zeros(0, bool)
    >>> drawn = Sides(truth, Side.of(zero, zero), one)
    >>> missed = Sides(truth, Side.of(no, no), Near(no, no, np.zeros(0), none))
    >>> yes, scene = np.ones(1, bool), Scene(1, ("nodule",), np.ones(1, bool), zero)
    >>> found = endings((drawn, missed), Settings(), Unsettled.anything(yes, 1), scene, "f1")
    >>> found.added.tolist(), found.first.tolist(), found.unit.tolist()
    ([[0, 1, 0, 0], [2, 2, 0, 1]], [0], [0])
    """
    one, other = (sides.truth for sides in both)
    if not (np.array_equal(one.unit, other.unit) and np.array_equal(one.label, other.label)):
        msg = (
            f"found two ground truths, of {len(one)} and {len(other)} objects; allowed is one, of the same items for "
            "both; score both against it again"
        )
        raise TableError(msg)
    table, of_outcome = worth(measure), _worth(measure)
    apart = [taken_apart(sides, settings, unsettled, scene) for sides in both]
    settled = [_settled(one, sides, table) for one, sides in zip(apart, both, strict=True)]
    pieces = [_pieces(one) for one in apart]
    found: list[tuple[int, set[tuple[int, ...]]]] = []
    for of_first, of_second in _groups(*pieces):
        unit = (of_first + of_second)[0].unit
        together = _together(of_first, of_second, unsettled, len(scene.classes), of_outcome)
        found += [(unit, ends) for ends in together]
    return _as_columns(np.hstack(settled), found)


def value_endings(both: tuple[Integers, Integers], unsettled: Unsettled, measure: str) -> Endings:
    """Return the endings of n open values that two subjects said, each of which is a unit of its own.

    Parameters
    ----------
    both : (int64 [n], int64 [n])
        The class that either of the two said; one that nothing may be, such as ``NONE``, is wrong whatever happens.
    unsettled : Unsettled
        What each may be, all of them being open.
    measure : str
        What is measured, over all classes.

    Examples
    --------
    One value is pending, of three classes; the two said different ones:

    >>> one = np.zeros(1, dtype=np.int64)
    >>> found = value_endings((one, one + 1), Unsettled.anything(np.ones(1, bool), 3), "accuracy")
    >>> found.added.tolist()
    [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 1, 1], [1, 1, 0, 1]]
    """
    of_outcome = _worth(measure)
    right, wrong = of_outcome[Outcome.CORRECT], of_outcome[Outcome.MISMATCH]
    found: list[tuple[int, set[tuple[int, ...]]]] = []
    for place, said in enumerate(zip(*(side.tolist() for side in both), strict=True)):
        may_be = np.flatnonzero(unsettled.may_be[place]).tolist()
        ends = {
            tuple(n for one in said for n in (right if one == label else wrong)) for label in may_be
        }
        if unsettled.may_vanish[place] or unsettled.may_be_ignored[place]:
            ends.add((0, 0, 0, 0))
        found.append((place, ends))
    return _as_columns(np.zeros((len(unsettled), 4), dtype=np.int64), found)


def _worth(measure: str) -> Worth:
    table = worth(measure)
    return {outcome: (int(table[code, 0]), int(table[code, 1])) for outcome, code in CODES.items()}


def _as_columns(settled: Integers, pieces: Sequence[tuple[int, set[tuple[int, ...]]]]) -> Endings:
    """Return the *pieces*, each with its unit and its endings, beside what is *settled*."""
    ordered = [sorted(ends) for _, ends in pieces]
    rows = [row for ends in ordered for row in ends]
    return Endings(
        settled,
        np.array(rows, dtype=np.int64).reshape(-1, 4),
        np.cumsum([0, *map(len, ordered)], dtype=np.int64)[:-1],
        np.array([unit for unit, _ in pieces], dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Objects of one subject that turn out together: a component, or what may be in a unit without drawings.

    ``said``: the classes that were drawn there; ``open``: the objects of which it is open what they are, by place.
    """

    unit: int
    open: Mapping[int, There]
    said: frozenset[int]
    component: Component | None

    def ends(self, fixed: Mapping[int, There], worth: Worth) -> set[Sums]:
        """Return everything that it may add, its open objects being what is *fixed*."""
        if self.component is not None:
            there = {**self.component.there, **{p: fixed[p] for p in self.open}}
            cases = turnouts(replace(self.component, there=there)).cases
        else:
            cases = of_a_unit_without_drawings({place: fixed[place] for place in self.open})
        return {added for case in cases for added in _of_case(case, worth)}


def _of_case(case: Case, worth: Worth) -> set[Sums]:
    return _summed({worth[row.outcome] for row in slot} for slot in case)


def _summed(parts: Iterable[Collection[Sums]]) -> set[Sums]:
    """Return every sum of one of each of *parts*."""
    found = {(0, 0)}
    for part in parts:
        found = {(a + c, b + d) for a, b in found for c, d in part}
    return found


def _settled(apart: TakenApart, sides: Sides, table: Integers) -> Integers:
    """Return what is settled of one subject in each unit, int64 [units, 2]."""
    rows = apart.settled
    found = np.outer(apart.empty, table[CODES[Outcome.EMPTY]]).astype(np.int64)
    for place, side, chosen in (
        (rows.truth, sides.truth, rows.truth != NONE),
        (rows.said, sides.said, rows.truth == NONE),
    ):
        np.add.at(found, side.unit[place[chosen]], table[rows.became.outcome[chosen]])
    return found


def _pieces(apart: TakenApart) -> list[_Piece]:
    unit_of, is_open = apart.parts.truth_unit, apart.parts.is_open
    found = []
    for component in apart.components:
        unit = int(unit_of[next(iter(component.there))])
        open_ = {place: one for place, one in component.there.items() if is_open[place]}
        said = frozenset(one.label for one in component.drawn.values())
        found.append(_Piece(unit, open_, said, component))
    return found + [
        _Piece(int(unit_of[next(iter(o))]), o, frozenset(), None) for o in apart.undrawn
    ]


def _groups(
    first: Sequence[_Piece], second: Sequence[_Piece]
) -> Iterator[tuple[list[_Piece], list[_Piece]]]:
    """Yield the pieces of the one and of the other subject that have open objects in common, directly or not."""
    pieces = [*first, *second]
    holder: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        for place in piece.open:
            holder.setdefault(place, []).append(number)
    pairs = np.array([(n[0], n[-1]) for n in holder.values()], dtype=np.int64).reshape(-1, 2)
    groups: dict[int, tuple[list[_Piece], list[_Piece]]] = {}
    for number, name in enumerate(connected(len(pieces), pairs[:, 0], pairs[:, 1]).tolist()):
        groups.setdefault(name, ([], []))[number >= len(first)].append(pieces[number])
    yield from groups.values()


def _together(
    first: Sequence[_Piece],
    second: Sequence[_Piece],
    unsettled: Unsettled,
    classes: int,
    worth: Worth,
) -> list[set[tuple[int, ...]]]:
    """Return what two may add together: one set of endings, or one for each of both where there are too many."""
    objects = {place: one for piece in (*first, *second) for place, one in piece.open.items()}
    said = frozenset[int]().union(*(piece.said for piece in (*first, *second)))
    may_be = {
        place: list(_may_be(one, _labels(place, unsettled, classes), said))
        for place, one in objects.items()
    }
    if math.prod(map(len, may_be.values())) > MOST_ENDINGS:
        apart = [_summed(p.ends(p.open, worth) for p in pieces) for pieces in (first, second)]
        return [{(*ends, 0, 0) for ends in apart[0]}, {(0, 0, *ends) for ends in apart[1]}]
    found: set[tuple[int, ...]] = set()
    for chosen in itertools.product(*may_be.values()):
        fixed = dict(zip(may_be, chosen, strict=True))
        ends = [_summed(p.ends(fixed, worth) for p in pieces) for pieces in (first, second)]
        found |= {(*one, *other) for one in ends[0] for other in ends[1]}
    return [found]


def _labels(place: int, unsettled: Unsettled, classes: int) -> list[int]:
    """Return the classes that the object at *place* may have: all of them, if it is one that may come to light."""
    known = place < len(unsettled)
    return np.flatnonzero(unsettled.may_be[place]).tolist() if known else list(range(classes))


def _may_be(one: There, labels: Sequence[int], said: Collection[int]) -> Iterator[There]:
    """Yield what an open object may turn out to be; of the classes that nobody *said*, one stands for all."""
    named = [label for label in labels if label in said]
    others = [ANY_OTHER] * (len(named) < len(labels))
    for label in named + others:
        yield There((label,), redrawn=one.redrawn, is_area=one.is_area)
    if one.ignored:
        yield There((), ignored=True, redrawn=one.redrawn, is_area=one.is_area)
    if one.vanishes:
        yield There((), vanishes=True)
