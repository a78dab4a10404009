"""Between which values a score can be once everything is settled that is pending or stale, whatever it turns out to be.

What is settled stays as it is. An open object may vanish, count for nobody, or count as any class that is possible for
it; its shape is as it stands, unless it is said to be *redrawn*. The subject said what it said. Then the final score is
within the bounds, always. They are *exact* where some way of settling everything reaches them; they are not where a
shape is open, where several matchings are equally good, where too many open objects touch one another, and for means
over classes: there the final score is within all the same, and the bounds may be wider than they need to be.

The figures are those of ``object_figures``. A ratio is of sums over components of objects that can change one another's
match (``turnouts``), so its smallest and largest value are found component by component (``ratio_range``).
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pandas as pd

from groundkeeper.core.scoring.bounds.became import Columns
from groundkeeper.core.scoring.bounds.macro_range import ClassRange, mean_range
from groundkeeper.core.scoring.bounds.ratio_range import Numbers, ratio_range
from groundkeeper.core.scoring.bounds.still_open import StillOpen, still_open
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.objects.assignment import near_enough
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.core.scoring.outcomes import UNLABELLED
from schemas.scoring import BOUNDS

MACRO: Final = ("precision", "recall", "f1")
"""Measures of which there is a mean over classes."""
WITHOUT_ERROR: Final = "items_without_error"
"""The share of units in which everything is right."""
NEVER_DEFINED: Final = "undefined"
PERHAPS_UNDEFINED: Final = "it may come out undefined"


@dataclass(frozen=True, slots=True)
class Bound:
    """Between which values a measure can be in the end; ``label`` is the class, '' over all.

    Attributes
    ----------
    measure, label
        What of which class.
    low, high
        The smallest and the largest final score, nan if it is undefined whatever happens.
    score
        Of what is settled alone.
    exact
        Whether both ends can be reached.
    records_open, components
        How many objects are open, and among how many components they are; those count that could move anything.
    note
        What a reader has to know.
    """

    measure: str
    label: str
    low: float
    high: float
    score: float
    exact: bool
    records_open: int
    components: int
    note: str

    def called(self, measure: str) -> "Bound":
        """Return this bound under the name of another *measure*."""
        return replace(self, measure=measure)

    def without_high(self, reason: str) -> "Bound":
        """Return this bound with nothing above it, for a *reason*."""
        note = "; ".join(filter(None, [self.note, reason]))
        return replace(self, high=math.nan, exact=False, note=note)


def object_bounds(  # noqa: PLR0913, PLR0917 - what is compared as the engine has it, and what of it is open
    truth: Side, said: Side, near: Near, settings: Settings, unsettled: Unsettled, scene: Scene
) -> list[Bound]:
    """Return the bounds of each measure, over all classes, as means over classes, and of each class.

    Parameters
    ----------
    truth, said : Side
        The ground truth, its open objects among it, and what one subject said. Only settled ones may be ``ignored``.
    near : Near
        All pairs of one unit that have anything in common.
    settings : Settings
        From when on two objects are one thing.
    unsettled : Unsettled
        Which objects of the ground truth are open, and what they may be.
    scene : Scene
        How many units and classes there are.

    Examples
    --------
    Two of three were found; the third is pending, and may be dropped:

    >>> import numpy as np
    >>> truth = Side.of(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64))
    >>> said = Side.of(np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64))
    >>> near = Near(np.array([0, 1]), np.array([0, 1]), np.array([0.9, 0.8]), np.zeros(2, bool))
    >>> is_open = np.array([False, False, True])
    >>> nothing_new = np.zeros(1, dtype=np.int64)
    >>> scene = Scene(1, ("nodule",), np.ones(3, bool), nothing_new)
    >>> found = object_bounds(truth, said, near, Settings(), Unsettled.anything(is_open, 1), scene)
    >>> [(b.measure, round(b.low, 3), b.high, b.score) for b in found if b.measure == "recall"]
    [('recall', 0.667, 1.0, 1.0), ('recall', 0.667, 1.0, 1.0)]
    """
    found = still_open(Sides(truth, said, near), settings, unsettled, scene)
    records = int(unsettled.is_open.sum())
    note = _note(found, unsettled, scene)
    return bounds_of(found, records, scene.classes, note, _uncounted(truth, said, near, settings))


def bounds_of(
    found: StillOpen,
    records: int,
    classes: Sequence[str],
    note: str,
    labels: Collection[int] = (),
) -> list[Bound]:
    """Return the bounds of all that is *found*, *records* of which are open, with the *note* of each.

    There are some of every class that may count on either side, and of the *labels* too.
    """
    known = _Known(found, records, note)
    named = sorted({*known.labels(), *labels})
    of_class = {label: list(known.of_class(label)) for label in named}
    names = {label: classes[label] if label >= 0 else UNLABELLED for label in of_class}
    bounds = [known.bound(sums, "") for sums in known.over_all()]
    bounds += known.of_units()
    bounds += known.means(of_class)
    for label in sorted(of_class, key=names.__getitem__):
        bounds += [known.bound(sums, names[label]) for sums in of_class[label]]
    return bounds


def bounds_table(subject: str, bounds: Sequence[Bound], items_open: int) -> pd.DataFrame:
    """Return *bounds* of one *subject* as the table ``bounds``; the subject of a class is ``subject/class``.

    Parameters
    ----------
    subject : str
        Who is scored.
    bounds : sequence of Bound
        What ``object_bounds`` or ``value_bounds`` returned.
    items_open : int
        Items of which nobody knows yet what is in them.
    """
    rows = [
        {
            "measure": each.measure,
            "subject": f"{subject}/{each.label}" if each.label else subject,
            "low": each.low,
            "high": each.high,
            "score": each.score,
            "exact": each.exact,
            "records_open": each.records_open,
            "items_open": items_open,
            "note": each.note,
        }
        for each in bounds
    ]
    kinds = {"str": "str", "float": "float64", "int": "int64", "bool": "bool"}
    types = {name: kinds[kind.removesuffix("?")] for name, kind in BOUNDS.columns.items()}
    table = pd.DataFrame(rows, columns=list(BOUNDS.columns)).astype(types)
    return table.sort_values(list(BOUNDS.key), ignore_index=True)


class _Sums(NamedTuple):
    """What is above and below the line of one measure: of each row that is open, and in sum of what is known."""

    measure: str
    part: Numbers
    whole: Numbers
    settled: tuple[float, float]
    alone: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What is open, and what to say of every bound."""

    found: StillOpen
    records: int
    note: str

    def over_all(self) -> Iterator[_Sums]:
        """Yield the sums of every measure over all classes."""
        found = self.found
        yield from _together(found.rows.sums(), found.settled.sums(), found.alone.sums())

    def of_class(self, label: int) -> Iterator[_Sums]:
        """Yield the sums of every measure of one class."""
        found = self.found
        of = (found.rows, found.settled, found.alone)
        yield from _together(*(rows.sums_of_class(label) for rows in of))

    def labels(self) -> list[int]:
        """Return every class that either side has, or may have."""
        of = (self.found.rows, self.found.settled, self.found.alone)
        return sorted({label for rows in of for label in rows.labels()})

    def bound(self, sums: _Sums, label: str) -> Bound:
        """Return the bound of one measure."""
        choices = self.found.choices
        low, high = ratio_range(sums.part, sums.whole, choices, sums.settled)
        above, below = sums.alone
        score = above / below if below else math.nan
        notes = [self.note]
        if math.isnan(low):
            notes.append(NEVER_DEFINED)
        elif self.least(sums) == 0:
            notes.append(PERHAPS_UNDEFINED)
        return self._bound(sums.measure, label, (low, high, score), notes, exact=self.found.exact)

    def means(self, of_class: Mapping[int, Sequence[_Sums]]) -> Iterator[Bound]:
        """Yield the bounds of the means over classes."""
        for measure in MACRO:
            ranges, alone = [], []
            for sums in of_class.values():
                named = {each.measure: each for each in sums}
                one = named[measure]
                ends = ratio_range(one.part, one.whole, self.found.choices, one.settled)
                ranges.append(ClassRange(*ends, certain=self.least(one) > 0))
                if one.alone[1] > 0:
                    alone.append(one.alone[0] / one.alone[1])
            low, high = mean_range(ranges)
            score = math.fsum(alone) / len(alone) if alone else math.nan
            notes = [self.note] + [NEVER_DEFINED] * math.isnan(low)
            exact = not self.found.components
            yield self._bound(f"macro_{measure}", "", (low, high, score), notes, exact=exact)

    def of_units(self) -> Iterator[Bound]:
        """Yield the bound of the share of units without an error, where units are places of objects."""
        right = self.found.right
        if right is None:
            return
        notes = [self.note]
        if math.isnan(right.low):
            notes.append(NEVER_DEFINED)
        elif right.perhaps_undefined:
            notes.append(PERHAPS_UNDEFINED)
        values = (right.low, right.high, right.alone)
        yield self._bound(WITHOUT_ERROR, "", values, notes, exact=self.found.exact)

    def least(self, sums: _Sums) -> float:
        """Return the smallest that can be below the line."""
        return sums.settled[1] + self.found.choices.best(-sums.whole, sums.part, sums.whole)[1]

    def _bound(
        self,
        measure: str,
        label: str,
        values: tuple[float, float, float],
        notes: Sequence[str],
        *,
        exact: bool,
    ) -> Bound:
        note = "; ".join(filter(None, notes))
        parts = self.found.components
        return Bound(measure, label, *values, exact, self.records, parts, note)


def _together(
    rows: Iterable[Columns], settled: Iterable[Columns], alone: Iterable[Columns]
) -> Iterator[_Sums]:
    for (measure, part, whole), fixed, scored in zip(rows, settled, alone, strict=True):
        sums = [(above.sum().item(), below.sum().item()) for _, above, below in (fixed, scored)]
        yield _Sums(measure, part, whole, *sums)


def _uncounted(truth: Side, said: Side, near: Near, settings: Settings) -> set[int]:
    """Return classes that may be on no side but among what is excluded: their accuracy is defined all the same."""
    alike = near_enough(near.similarity, settings.match_iou)
    found = {*said.label.tolist(), *truth.label[near.truth[alike]].tolist()}
    return found - {NONE}


def _note(found: StillOpen, unsettled: Unsettled, scene: Scene) -> str:
    """Return on what the bounds rest, '' if nothing is open."""
    new = int((scene.most_new > 0).sum())
    if not (unsettled.is_open.any() or new):
        return ""
    redrawn = int((unsettled.is_open & unsettled.redrawn).sum())
    shapes = f"{redrawn} of them in any shape, others as drawn" if redrawn else "shapes as drawn"
    open_records = f"{int(unsettled.is_open.sum())} records open in {found.components} components"
    most = int(scene.most_new.max(initial=0))
    coming = f"up to {most} more objects in each of {new} units" if new else ""
    return ", ".join(filter(None, [open_records, shapes, coming]))
