"""Pairs that are one another's favourites, and the proof that no other assignment is better, on arrays.

References
----------
D. P. Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem", Annals of
Operations Research 14, 105 (1988), doi:10.1007/BF02186476: prices for which everybody is content prove an assignment.
"""

from typing import Final

import numpy as np

from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.drawn import Floats, Integers

CLEARLY: Final = 1e-9
"""By how much an assignment must be better than any other to be taken as proved; less may be a tie."""

_ROUNDS: Final = 16
"""How often prices are raised before it is left open whether there are any."""


def favourites(left: Integers, right: Integers, similarity: Floats) -> Booleans:
    """Return which of p pairs are matched if mutual favourites are, and then those of who is left, bool [p].

    Parameters
    ----------
    left, right : int64[p]
        Both ends of each pair, each side numbered from 0.
    similarity : float64[p]
        Above 0.

    Examples
    --------
    >>> favourites(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.6, 0.7]))
    array([ True, False, False])
    """
    found = np.zeros(len(left), dtype=np.bool_)
    among = np.arange(len(left))
    n_left, n_right = _number(left), _number(right)
    while len(among):
        best = _best(left[among], similarity[among], n_left)
        best &= _best(right[among], similarity[among], n_right)
        both = among[best]
        # Of several that are as good the first one: one end may still have two.
        both = both[_first(left[both], n_left)]
        both = both[_first(right[both], n_right)]
        found[both] = True
        gone, taken = np.zeros(n_left, dtype=np.bool_), np.zeros(n_right, dtype=np.bool_)
        gone[left[both]] = True
        taken[right[both]] = True
        among = among[~(gone[left[among]] | taken[right[among]])]
    return found


def proved_best(left: Integers, right: Integers, similarity: Floats, matched: Booleans) -> Booleans:
    """Return of each pair whether what is matched is proved to be best for all that it is connected with, bool [p].

    Who is right has a price, and who is left would rather pay that of its partner than that of another. If there are
    such prices, 0 of who has no partner and at most what a pair is worth, no other assignment is as good.

    Examples
    --------
    >>> left, right, similarity = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.6, 0.7])
    >>> proved_best(left, right, similarity, np.array([True, False, False]))
    array([False, False, False])
    >>> proved_best(left, right, similarity, np.array([False, True, True]))
    array([ True,  True,  True])
    """
    n_left, n_right = _number(left), _number(right)
    worth, partner = np.zeros(n_left), np.full(n_left, NONE, dtype=np.int64)
    worth[left[matched]], partner[left[matched]] = similarity[matched], right[matched]
    most = np.zeros(n_right)
    most[right[matched]] = similarity[matched] - CLEARLY
    others = np.flatnonzero(~matched)
    if not len(others):
        return np.ones(len(left), dtype=np.bool_)
    one, other = left[others], right[others]
    gain = similarity[others] - worth[one] + CLEARLY
    # Who has no partner pays the price of nobody, which stays 0.
    price, payer = np.zeros(n_right + 1), partner[one]
    risen = np.zeros(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        asked = price[payer] + gain
        higher = asked > price[other]
        risen = other[higher]
        if not len(risen):
            break
        np.maximum.at(price, risen, asked[higher])
    wrong = price[:-1] > most
    wrong[risen] = True
    if not wrong.any():
        return np.ones(len(left), dtype=np.bool_)
    home = connected(n_left + n_right, left, n_left + right)
    bad = np.zeros(n_left + n_right, dtype=np.bool_)
    bad[home[n_left + np.flatnonzero(wrong)]] = True
    return np.asarray(~bad[home[left]])


def stars(
    left: Integers, right: Integers, similarity: Floats, same_label: Booleans
) -> tuple[Booleans, Booleans]:
    """Return the best pair of each end that alone all its partners have, and which pairs that says all about, bool [p].

    Best is the most alike, then one of the same label, then the lowest place. What is next to the best and hardly less
    alike is left open.

    Examples
    --------
    >>> left, right, no = np.array([0, 0, 1, 1, 2]), np.array([3, 5, 6, 7, 7]), np.zeros(5, dtype=bool)
    >>> best, known = stars(left, right, np.array([0.5, 0.5, 0.7, 0.6, 0.6]), no)
    >>> best.tolist(), known.tolist()
    ([True, False, False, False, False], [True, True, False, False, False])
    """
    best, known = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
    for centre, tip in ((left, right), (right, left)):
        branching = np.zeros(_number(centre), dtype=np.bool_)
        branching[centre[(np.bincount(tip) > 1)[tip]]] = True
        some = np.flatnonzero(~branching[centre] & ~known)
        order = some[np.lexsort((tip[some], ~same_label[some], -similarity[some], centre[some]))]
        first = np.flatnonzero(np.diff(centre[order], prepend=NONE))
        of = np.repeat(first, np.diff(first, append=len(order)))
        less = similarity[order[of]] - similarity[order]
        unclear = np.zeros(_number(centre), dtype=np.bool_)
        unclear[centre[order[(less > 0) & (less < CLEARLY)]]] = True
        known[order] = ~unclear[centre[order]]
        best[order[first]] = known[order[first]]
    return best, known


def _best(ends: Integers, similarity: Floats, n: int) -> Booleans:
    """Return which pairs are the best of one of their ends, bool [p]."""
    best = np.zeros(n)
    np.maximum.at(best, ends, similarity)
    return np.asarray(similarity == best[ends])


def _first(ends: Integers, n: int) -> Booleans:
    """Return which pairs are the first of their end, bool [p]."""
    first = np.empty(n, dtype=np.int64)
    places = np.arange(len(ends))
    # Of several that are assigned to one end the last stays.
    first[ends[::-1]] = places[::-1]
    return np.asarray(first[ends] == places)


def _number(ends: Integers) -> int:
    return int(ends.max(initial=-1)) + 1
