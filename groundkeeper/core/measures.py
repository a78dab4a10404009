"""Figures as rows of the table ``measures``: one for all items, one for each level of each facet."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import (
    Estimate,
    Floats,
    Resampling,
    Statistic,
    any_of,
    estimate,
    estimate_median,
    group_codes,
    undefined,
)
from schemas.names import MEASURES

_ItemIds: TypeAlias = npt.NDArray[np.object_]

ALL = "all"
"""Facet and level of the figure over everything."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure before it is computed: what its units add up, and how the sums make the figure.

    Attributes
    ----------
    measure, subject : str
        What is measured, of what: ``iou_mean`` of ``object``.
    item_ids : object[n]
        The item of each unit; it leads to the unit's group and facets.
    contributions : float[n, k]
        What each unit adds. Units that add nothing are not counted.
    statistic : callable, optional
        From sums ``[rounds, k]`` to figures ``[rounds]``; without it the figure is the median of the
        only column.
    reason : callable
        From the summed contributions ``[k]`` of a figure that is undefined to why it is.
    note : str
        What a reader of the figure has to know.
    drawn_with : (str, str), optional
        Measure and subject of another figure, whose random numbers this one has: figures of the same
        units are compared in the same resamples, and equal ones have equal intervals.
    weights : float[n], optional
        What each unit stands for: 1 / inclusion probability, for a statement about the pool. They are not
        in *contributions*, and the effective n tells what their spread costs. A median has none.
    """

    measure: str
    subject: str
    item_ids: npt.NDArray[np.object_]
    contributions: Floats
    statistic: Statistic | None
    reason: Callable[[Floats], str]
    note: str = ""
    drawn_with: tuple[str, str] | None = None
    weights: Floats | None = None


def because(reason: str) -> Callable[[Floats], str]:
    """Return a ``Figure.reason`` that is the same whatever was summed."""
    return lambda _: reason


def tabulate(
    figures: Sequence[Figure], items: pd.DataFrame, facets: Sequence[str], how: Resampling
) -> pd.DataFrame:
    """Return every figure over all items and for each level of each facet, as the table ``measures``.

    Parameters
    ----------
    figures : sequence of Figure
        With items that *items* has.
    items : DataFrame
        One row per item: ``item_id, group_id`` and the facets as text.
    facets : sequence of str
        Columns of *items* to break the figures down by.
    how : Resampling
        Every interval has random numbers of its own, unless the figure names another one: no figure
        moves another. If it names an interval of its own, medians are resampled all the same.
    """
    known = _Known(items.set_index("item_id"))
    rows = [each for figure in figures for each in _rows(figure, known, facets, how)]
    return table_of(rows)


def table_of(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return *rows* as the table ``measures``, in its order."""
    table = pd.DataFrame(rows, columns=list(MEASURES.columns))
    return table.sort_values(list(MEASURES.key), ignore_index=True)


class _Known:
    """Items, among which those of the units are looked up once for all figures whose units share one array.

    Attributes
    ----------
    items : DataFrame
        Indexed by item.
    group : int[items]
        The place of the group of each item among the different ones, ascending.
    """

    def __init__(self, items: pd.DataFrame) -> None:
        self.items = items
        self.group = group_codes(items["group_id"].to_numpy(dtype=object))[0]
        self._looked_up: dict[int, tuple[_ItemIds, npt.NDArray[np.intp]]] = {}

    def places_of(self, item_ids: _ItemIds) -> npt.NDArray[np.intp]:
        """Return the place of the item of each unit."""
        # The array is kept, so that no other one gets its id.
        if id(item_ids) not in self._looked_up:
            places = self.items.index.get_indexer(pd.Index(item_ids))
            self._looked_up[id(item_ids)] = item_ids, places
        return self._looked_up[id(item_ids)][1]


def row(measure: str, subject: str, facet: str, level: str, found: Estimate) -> dict[str, object]:
    """Return *found* as a row of ``schemas.names.MEASURES``.

    Examples
    --------
    >>> row("quiz_right", "ada", "version", "2.0.0", undefined("nothing was answered"))["note"]
    'nothing was answered'
    """
    return {
        "measure": measure,
        "subject": subject,
        "facet": facet,
        "level": level,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "groups": found.groups,
        "effective_n": found.effective_n,
        "note": found.note,
    }


def noted(figures: Sequence[Figure], *notes: str) -> list[Figure]:
    """Return *figures* with *notes* put before their own, empty ones left out."""
    return [
        replace(figure, note="; ".join(note for note in (*notes, figure.note) if note))
        for figure in figures
    ]


def metrics(measures: pd.DataFrame) -> dict[str, float | None]:
    """Return ``measure.subject`` to value for the figures over everything; an undefined one is None."""
    overall = measures[measures["facet"] == ALL]
    named = zip(overall["measure"], overall["subject"], overall["value"], strict=True)
    return {
        f"{measure}.{subject}": None if math.isnan(value) else float(value)
        for measure, subject, value in named
    }


def defined(figures: Mapping[str, float | None]) -> dict[str, float]:
    """Return the figures that are defined."""
    return {name: value for name, value in figures.items() if value is not None}


def _rows(
    figure: Figure, known: _Known, facets: Sequence[str], how: Resampling
) -> Iterator[dict[str, object]]:
    places = known.places_of(figure.item_ids)
    groups = known.group[places]
    for facet, level, chosen in _slices(known.items, facets, places):
        weights = None if figure.weights is None else figure.weights[chosen]
        part = replace(figure, contributions=figure.contributions[chosen], weights=weights)
        drawn_with = figure.drawn_with or (figure.measure, figure.subject)
        rng = how.generator(*drawn_with, facet, level)
        found = _compute(part, groups[chosen], how, rng)
        yield row(figure.measure, figure.subject, facet, level, found.noted(figure.note))


def _slices(
    items: pd.DataFrame, facets: Sequence[str], places: npt.NDArray[np.intp]
) -> Iterator[tuple[str, str, npt.NDArray[np.bool_] | slice]]:
    """Yield every facet and level of *items* with the units, by place of their item, that are in it."""
    yield ALL, ALL, slice(None)
    for facet in facets:
        of_item = items[facet].to_numpy(dtype=object)
        for level in sorted(set(of_item)):
            yield facet, level, of_item[places] == level


def _compute(
    figure: Figure, groups: npt.NDArray[np.intp], how: Resampling, rng: np.random.Generator
) -> Estimate:
    contributions = figure.contributions
    if figure.statistic is None:
        found = estimate_median(contributions[:, 0], groups, how, rng)
    else:
        weights = figure.weights
        counted = any_of(contributions)
        if not counted.all():
            contributions, groups = contributions[counted], groups[counted]
            weights = None if weights is None else weights[counted]
        if how.interval is not None:
            found = how.interval(contributions, groups, figure.statistic, how.confidence, weights)
        else:
            weighed = contributions if weights is None else contributions * weights[:, None]
            found = estimate(weighed, groups, figure.statistic, how, rng)
        if weights is not None:
            found = replace(found, effective_n=found.effective_n * _evenness(weights))
    if math.isnan(found.value):
        return undefined(figure.reason(contributions.sum(axis=0)), found.n, found.groups)
    return found


def _evenness(weights: Floats) -> float:
    """Return as how many units of equal weight each counts on average, at most 1 (Kish 1965, section 11.7)."""
    squares = len(weights) * np.square(weights).sum()
    return float(weights.sum() ** 2 / squares) if squares else math.nan
