"""An order of options, the best first.

An answer is a list of options; those that share a place are a list in it: ``("a", ("b", "c"), "d")``. Options that an
answer leaves out share the place after its last. Those that nobody names still follow all others: as many as the
vocabulary has more, or one if there is no vocabulary, which tells ``("a",)`` from ``("a", "b")``.

References
----------
Kendall (1945), The treatment of ties in ranking problems, Biometrika 33:239-251, doi:10.2307/2332303: tau-b.
Fagin, Kumar, Mahdian, Sivakumar and Vee (2006), Comparing partial rankings, SIAM J. Discrete Math. 20:628-648,
doi:10.1137/05063088X: lists of the best few as rankings with ties.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.kinds.lists import (
    Rows,
    as_objects,
    different_pairs,
    members_of,
    refuse_foreign,
)
from groundkeeper.core.kinds.pairs import disagreement
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.core.runs import numbered
from groundkeeper.core.truth.rankings import borda_scores, count_preferences, kemeny_orders


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """The answers of units as places of options, each unit with columns of its own.

    Attributes
    ----------
    places : float[n, width]
        The place of each option in each answer, from 0.
    options : int[n_units, width]
        Code of the option of each column; -1 for the last, the options that nobody names, and for padding.
    weight : float[n_units, width]
        For how many options a column stands.
    names : tuple
        The options behind the codes.
    """

    places: Floats
    options: npt.NDArray[np.intp]
    weight: Floats
    names: tuple[object, ...]


class Ranking:
    """Orders of options, possibly partial or with ties."""

    name = "ranking"
    fusions = ("borda", "kemeny")

    def similarity(self, left: pd.Series, right: pd.Series, scale: Scale) -> Floats:
        """Return ``[n]``: ``(1 + tau) / 2`` with Kendall's tau-b of both; a half if one places all options alike.

        Raises
        ------
        RefusedError
            If an answer is no list, names an option twice, or one that is not on the scale.

        Examples
        --------
        >>> left, right = pd.Series([("a", "b", "c")] * 3), pd.Series([("a", "b"), ("a", "c", "b"), ("c", "b", "a")])
        >>> RANKING.similarity(left, right, Scale(("a", "b", "c"))).round(3)
        array([1.   , 0.667, 0.   ])
        """
        answers, of_row = different_pairs(left, right)
        n = len(answers) // 2
        ranked = _ranked(answers, np.tile(np.arange(n), 2), n, scale)
        alike = (1 + _tau_b(ranked.places[:n], ranked.places[n:], ranked.weight)) / 2
        return alike[of_row]

    def fuse(self, values: pd.Series, units: pd.Series, how: str, scale: Scale) -> pd.Series:
        """Return the one ranking of each unit, of all options that one of its answers names.

        ``borda`` orders options by the share of comparisons that they win; equal shares share a place. ``kemeny`` is
        the order that contradicts the fewest preferences, exactly, and of several such orders the first by the
        vocabulary; options that follow one another and all win equally often against one another share a place.

        Raises
        ------
        RefusedError
            As ``similarity``; and by ``kemeny`` if the answers of a unit name too many options.

        Examples
        --------
        >>> said, of = pd.Series([("a", "b", "c"), ("a", "c", "b"), ("b", "a", "c")]), pd.Series(["x", "x", "y"])
        >>> RANKING.fuse(said, of, "borda", Scale()).to_dict()
        {'x': ('a', ('b', 'c')), 'y': ('b', 'a', 'c')}
        """
        names = pd.Index(np.sort(units.unique()), name=units.name)
        unit = names.get_indexer(units)
        ranked = _ranked(values, unit, len(names), scale)
        before = count_preferences(ranked.places, unit, len(names), ranked.weight)
        fused = _by_borda(before, ranked) if how == "borda" else _by_kemeny(before, ranked)
        return as_objects(fused, names)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement``, by unit: 1 less the mean similarity of pairs of answers."""
        return disagreement(self, values, units, scale)


def _place_of(options: tuple[Hashable, ...]) -> Hashable:
    """Return what stands in a ranking for *options* that share a place."""
    return options if len(options) > 1 else options[0]


def _read(value: object, scale: Scale) -> Rows:
    places = value if isinstance(value, tuple) else ()
    groups = [place if isinstance(place, tuple) else (place,) for place in places]
    rows = tuple((option, place) for place, group in enumerate(groups) for option in group)
    refuse_foreign((option for option, _ in rows), value, scale)
    return rows


def _ranked(
    values: Iterable[object], units: npt.NDArray[np.intp], n_units: int, scale: Scale
) -> _Ranked:
    """Return *values* as places, given the code of the unit of each, ``[n]``."""
    members = members_of(values, scale, _read)
    count = max(len(members.names), 1)
    named, column_of = np.unique(
        units[members.answer] * count + members.member, return_inverse=True
    )
    unit = named // count
    sizes = np.bincount(unit, minlength=n_units)
    column = numbered(sizes)
    width = int(sizes.max(initial=0)) + 1
    options = np.full((n_units, width), -1)
    options[unit, column] = named % count
    weight = (options >= 0).astype(np.float64)
    weight[:, -1] = len(scale.places) - sizes if scale.places else 1
    places = np.full((members.n, width), float(width + members.place.max(initial=0)))
    places[members.answer, column[column_of]] = members.place
    return _Ranked(places, options, weight, members.names)


def _tau_b(left: Floats, right: Floats, weight: Floats) -> Floats:
    """Return ``[n]``: Kendall's tau-b of two rankings each, as places ``[n, k]``.

    Two rankings that both place all options alike are the same: 1. If only one does, nothing is alike or opposite: 0.
    """
    n, k = left.shape
    both, of_left, of_right = np.zeros(n), np.zeros(n), np.zeros(n)
    for first in range(k - 1):
        others = slice(first + 1, k)
        pairs = weight[:, [first]] * weight[:, others]
        here = np.sign(left[:, others] - left[:, [first]])
        there = np.sign(right[:, others] - right[:, [first]])
        both += (pairs * here * there).sum(axis=1)
        of_left += (pairs * np.abs(here)).sum(axis=1)
        of_right += (pairs * np.abs(there)).sum(axis=1)
    possible = np.sqrt(of_left * of_right)
    alone = np.where((of_left == 0) & (of_right == 0), 1.0, 0.0)
    return np.asarray(np.where(possible > 0, both / np.where(possible > 0, possible, 1), alone))


def _by_borda(before: Floats, ranked: _Ranked) -> list[tuple[object, ...]]:
    """Return the ranking of each unit by the share of comparisons that its options win."""
    # Shares of few comparisons are told apart by far more than they are rounded.
    scores = np.nan_to_num(borda_scores(before).round(9))
    scores[ranked.options < 0] = -np.inf
    orders = np.argsort(-scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, orders, axis=1)
    return _rankings(orders, ordered[:, 1:] == ordered[:, :-1], ranked)


def _by_kemeny(before: Floats, ranked: _Ranked) -> list[tuple[object, ...]]:
    """Return the ranking of each unit that contradicts the fewest preferences."""
    # Padding is compared with nothing; its columns are the last, so of equally good orders the first has it last.
    named = before[:, :-1, :-1]
    orders = kemeny_orders(named)
    return _rankings(orders, _even(named, orders), ranked)


def _even(before: Floats, orders: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return ``[n_units, k - 1]``: whether each option but the first of *orders* shares the place of the one before.

    It does if it wins as often against every option of that place as it loses.
    """
    n_units, k = orders.shape
    every = np.arange(n_units)
    first_of_place = np.zeros(n_units, dtype=np.intp)
    joins = np.zeros((n_units, max(k - 1, 0)), dtype=np.bool_)
    for here in range(1, k):
        option, even = orders[:, here], np.ones(n_units, dtype=np.bool_)
        for earlier in range(here):
            other = orders[:, earlier]
            balanced = before[every, option, other] == before[every, other, option]
            even &= balanced | (earlier < first_of_place)
        joins[:, here - 1] = even
        first_of_place = np.where(even, first_of_place, here)
    return joins


def _rankings(
    orders: npt.NDArray[np.intp], tied: npt.NDArray[np.bool_], ranked: _Ranked
) -> list[tuple[object, ...]]:
    """Return the rankings with columns in these *orders*, each *tied* with the next or not."""
    codes = np.take_along_axis(ranked.options, orders, axis=1).tolist()
    found = []
    for of_unit, shares in zip(codes, tied.tolist(), strict=True):
        groups: list[list[int]] = []
        for option, joins in zip(of_unit, [False, *shares], strict=False):
            if option < 0:
                continue
            if joins:
                groups[-1].append(option)
            else:
                groups.append([option])
        found.append(
            tuple(_place_of(tuple(ranked.names[o] for o in sorted(group))) for group in groups)
        )
    return found


RANKING = Ranking()
