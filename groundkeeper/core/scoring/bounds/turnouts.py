"""What may become of the objects around an open record: every way of settling it, and every matching that follows.

Objects that can be matched with one another, directly or through others, are a *component*. A new object can make all
pairs of its component change hands, and none beyond; so components turn out independently of each other. A case of a
component says which of its open objects are there and count, which redrawn one covers what was said, and who is matched
with whom. In a case the class of every open object is still free, and nothing but its own row depends on it.

Whatever a redrawn object ends up matched with, the others are matched as well as they can be with the rest: were there
something better for them, there would be for all together. So it is enough to try everything that it may be matched
with, wherever it is drawn.

Where there would be too many cases, one case stands for all of them: every object by itself becomes anything that it
could. That is more than can happen together, so it contains what will.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from groundkeeper.core.scoring.bounds.best_matchings import Pairs, best_matchings
from groundkeeper.core.scoring.objects.sides import NONE
from schemas.enums import Outcome

MOST_CASES: Final = 4_000
"""Ways of settling and matching one component that are looked at one by one."""


class Row(NamedTuple):
    """One thing that may become of one object or pair; ``outcome`` None: nothing that anybody counts."""

    outcome: Outcome | None
    truth: int = NONE
    said: int = NONE
    similarity: float = 0.0
    is_area: bool = False


Slot = tuple[Row, ...]
"""What one object or pair may become, whatever becomes of the others."""
Case = tuple[Slot, ...]

NOTHING: Final = Row(None)


@dataclass(frozen=True, slots=True)
class There:
    """An object of the ground truth: what it may turn out to be. A settled one may be one thing.

    Attributes
    ----------
    labels
        The classes that it may count as, or codes that stand for several (``label_sets``).
    ignored, vanishes
        Whether it may count for nobody; whether it may not be there.
    redrawn
        Whether its shape may be another.
    is_area
        Whether it is one.
    """

    labels: tuple[int, ...]
    ignored: bool = False
    vanishes: bool = False
    redrawn: bool = False
    is_area: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """An object that is scored: its class, and whether it is out of scope."""

    label: int
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """Objects that may change what becomes of one another.

    Attributes
    ----------
    there, drawn
        The objects of both sides, by place.
    near
        Of each object of the ground truth, those drawn that it has anything in common with, and how alike they are.
    least
        From when on two are one thing.
    """

    there: Mapping[int, There]
    drawn: Mapping[int, Drawn]
    near: Mapping[int, Sequence[tuple[int, float]]]
    least: float

    def alike(self, place: int) -> list[tuple[int, float]]:
        """Return what the object at *place* can be matched with as it stands."""
        return [pair for pair in self.near.get(place, ()) if 1 - pair[1] <= 1 - self.least]

    def touched(self, places: frozenset[int]) -> frozenset[int]:
        """Return what was drawn that has anything in common with the objects at *places*."""
        return frozenset(said for place in places for said, _ in self.near.get(place, ()))


@dataclass(slots=True)
class Turnouts:
    """The cases of a component, and whether each of them can happen."""

    cases: list[Case] = field(default_factory=list)
    exact: bool = True


class State(NamedTuple):
    """Which objects of the ground truth count, and which are there and count for nobody."""

    counted: frozenset[int]
    ignored: frozenset[int]


def turnouts(component: Component) -> Turnouts:
    """Return what may become of *component*.

    Examples
    --------
    A record is pending, of class 0 or nothing, and somebody drew it as class 0:

    >>> one = Component({5: There((0,), vanishes=True)}, {7: Drawn(0)}, {5: [(7, 0.9)]}, 0.5)
    >>> for case in turnouts(one).cases:
    ...     print([(str(row.outcome), row.truth, row.said) for slot in case for row in slot])
    [('extra', -1, 0)]
    [('correct', 0, 0)]
    """
    if _size(component) > MOST_CASES:
        return Turnouts([_anything(component)], exact=False)
    found = Turnouts(exact=not any(each.redrawn for each in component.there.values()))
    for state in _states(component.there):
        for fixed in _placements(component, state):
            cases = set(_cases(component, state, fixed))
            found.exact &= len(cases) == 1
            found.cases += sorted(cases, key=repr)
    found.cases = list(dict.fromkeys(found.cases))
    return found


def of_a_unit_without_drawings(there: Mapping[int, There]) -> list[Case]:
    """Return the cases of a unit in which nobody drew anything, and all that may count is open.

    Examples
    --------
    >>> for case in of_a_unit_without_drawings({5: There((0,), vanishes=True)}):
    ...     print([str(row.outcome) for slot in case for row in slot])
    ['empty']
    ['missing']
    """
    may_be_out = {place: each.vanishes or each.ignored for place, each in there.items()}
    cases: list[Case] = []
    if all(may_be_out.values()):
        cases.append(((Row(Outcome.EMPTY),),))
    for counted, one in there.items():
        if one.labels:
            rest = [place for place in there if place != counted]
            others = (_alone(there[place], nothing=may_be_out[place]) for place in rest)
            cases.append((_alone(one), *others))
    return cases


def _size(component: Component) -> int:
    """Return at most how many ways of settling and matching there are."""
    ways = 1
    for place, each in component.there.items():
        reach = len(component.drawn) if each.redrawn else len(component.alike(place))
        ways *= each.vanishes + bool(each.labels) * (1 + reach) + each.ignored * (1 + reach)
    return ways


def _states(there: Mapping[int, There]) -> Iterator[State]:
    """Yield every way in which the objects may be there, and count."""
    may = [
        [
            *(["vanished"] if each.vanishes else []),
            *(["counted"] if each.labels else []),
            *(["ignored"] if each.ignored else []),
        ]
        for each in there.values()
    ]
    for choice in itertools.product(*may):
        named = list(zip(there, choice, strict=True))
        yield State(
            frozenset(place for place, what in named if what == "counted"),
            frozenset(place for place, what in named if what == "ignored"),
        )


def _placements(component: Component, state: State) -> Iterator[Mapping[int, int]]:
    """Yield which redrawn objects are matched with what: given these, the others are matched best as they stand."""
    free = sorted(place for place in state.counted if component.there[place].redrawn)
    for chosen in itertools.product((NONE, *sorted(component.drawn)), repeat=len(free)):
        taken = [said for said in chosen if said != NONE]
        if len(taken) == len(set(taken)):
            yield dict(zip(free, chosen, strict=True))


def _cases(component: Component, state: State, fixed: Mapping[int, int]) -> Iterator[Case]:
    """Yield what may become of *component*: of all matchings that are equally good, whichever is chosen."""
    taken = frozenset(fixed.values())
    for pairs in _matchings(component, state.counted - set(fixed), taken):
        matched = taken | {said for _, said in pairs}
        for lost in _matchings(component, state.ignored, matched):
            excluded = frozenset(said for _, said in lost)
            yield _case(component, state, fixed, pairs, excluded)


def _matchings(component: Component, places: frozenset[int], taken: frozenset[int]) -> list[Pairs]:
    return best_matchings(
        {
            place: [pair for pair in component.alike(place) if pair[0] not in taken]
            for place in places
        }
    )


def _case(
    component: Component,
    state: State,
    fixed: Mapping[int, int],
    pairs: Pairs,
    excluded: frozenset[int],
) -> Case:
    there, drawn = component.there, component.drawn
    slots: list[Slot] = []
    for place, said in pairs:
        similarity = dict(component.near[place])[said]
        slots.append(_pair(there[place], drawn[said], (similarity,)))
    redrawn = [(place, said) for place, said in fixed.items() if said != NONE]
    slots += [_pair(there[place], drawn[said], (component.least, 1.0)) for place, said in redrawn]
    partners = {**dict(pairs), **dict(redrawn)}
    slots += [_alone(there[place]) for place in sorted(state.counted - set(partners))]
    fates = _Fates.of(component, state, excluded)
    for said in sorted(set(drawn) - set(partners.values())):
        slots.append(fates.of_unmatched(said, drawn[said]))
    return tuple(slots) or ((NOTHING,),)


@dataclass(frozen=True, slots=True)
class _Fates:
    """What was drawn that is excluded, that is near what counts for nobody, that is near what counts.

    ``roaming``: whether something redrawn counts for nobody; ``moving``: whether anything that is there is redrawn.
    """

    excluded: frozenset[int]
    with_ignored: frozenset[int]
    with_counted: frozenset[int]
    roaming: bool
    moving: bool

    @classmethod
    def of(cls, component: Component, state: State, excluded: frozenset[int]) -> "_Fates":
        redrawn = frozenset(place for place, each in component.there.items() if each.redrawn)
        return cls(
            excluded,
            component.touched(state.ignored - redrawn),
            component.touched(state.counted - redrawn),
            bool(redrawn & state.ignored),
            bool(redrawn & (state.ignored | state.counted)),
        )

    def of_unmatched(self, said: int, one: Drawn) -> Slot:
        gone, extra = Row(Outcome.EXCLUDED), Row(Outcome.EXTRA, said=one.label)
        if one.ignored:
            return (gone,)
        if self.roaming or (self.moving and said in self.with_ignored):
            return extra, gone
        alone = said in self.with_ignored and said not in self.with_counted
        return (gone,) if said in self.excluded or alone else (extra,)


def _pair(one: There, other: Drawn, similarities: Sequence[float]) -> Slot:
    rows = []
    for label in one.labels:
        outcome = Outcome.CORRECT if label == other.label else Outcome.MISMATCH
        rows += [Row(outcome, label, other.label, each, one.is_area) for each in similarities]
    return tuple(rows)


def _alone(one: There, *, nothing: bool = False) -> Slot:
    rows = [Row(Outcome.MISSING, label) for label in one.labels]
    return tuple(rows + [NOTHING] * nothing)


def _anything(component: Component) -> Case:
    """Return one case in which every object by itself becomes anything that it could."""
    slots: list[Slot] = []
    for place, each in component.there.items():
        rows: list[Row] = [NOTHING] * (each.vanishes or each.ignored)
        rows += _alone(each)
        if each.redrawn:
            ends = (component.least, 1.0)
            rows += [row for other in component.drawn.values() for row in _pair(each, other, ends)]
        for said, similarity in component.alike(place):
            rows += _pair(each, component.drawn[said], (similarity,))
        slots.append(tuple(dict.fromkeys(rows)))
    for one in component.drawn.values():
        excluded = Row(Outcome.EXCLUDED)
        slots.append(
            (excluded, NOTHING, *([] if one.ignored else [Row(Outcome.EXTRA, said=one.label)]))
        )
    return tuple(slots)
