"""Several rankings of the same options, and the one they come to.

Rankings are places: the lower the better, equal places are ties. All orders are made from how often each option was
placed before each other one; a tie is half of either.

References
----------
Kendall and Babington Smith (1939), The problem of m rankings, Ann. Math. Stat. 10:275-287,
doi:10.1214/aoms/1177732186; Kendall (1948), Rank correlation methods, chapter 6: the coefficient W and its correction
for ties.
Young and Levenglick (1978), A consistent extension of Condorcet's election principle, SIAM J. Appl. Math. 35:285-300,
doi:10.1137/0135023: Kemeny's rule; it alone is neutral, consistent, and elects who beats everyone.
Davenport and Kalagnanam (2004), A computational study of the Kemeny rule for preference aggregation, AAAI 2004,
697-702.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import divide
from groundkeeper.core.truth.labels import Floats
from groundkeeper.errors import RefusedError

MOST_OPTIONS: Final = 14
"""Of so many options, at most, the best of all orders is found; the work doubles with each further one."""
CHUNK_CELLS: Final = 4_000_000
"""Numbers held in memory at once: 32 MB."""


def count_preferences(
    places: Floats, units: npt.NDArray[np.intp], n_units: int, weight: Floats | None = None
) -> Floats:
    """Return ``[n_units, k, k]``: how many rankings of each unit place the first option before the second.

    Parameters
    ----------
    places : float[n, k]
        The place of each option in each ranking. A nan is not compared with anything.
    units : int[n]
        Code of the unit of each ranking.
    n_units : int
    weight : float[n_units, k], optional
        For how many options each one stands; 1 if left out. Every pair counts with both weights.

    Examples
    --------
    >>> count_preferences(np.array([[1.0, 2.0, 2.0], [2.0, 1.0, np.nan]]), np.array([0, 0]), 1)[0]
    array([[0. , 1. , 1. ],
           [1. , 0. , 0.5],
           [0. , 0.5, 0. ]])
    """
    k = places.shape[1]
    before = np.zeros((n_units, k, k))
    for first in range(k):
        for second in range(first + 1, k):
            apart = places[:, second] - places[:, first]
            compared = ~np.isnan(apart)
            wins = np.where(compared, (1 + np.sign(apart)) / 2, 0.0)
            won = np.bincount(units, wins, minlength=n_units)
            before[:, first, second] = won
            before[:, second, first] = np.bincount(units, compared, minlength=n_units) - won
    if weight is not None:
        before *= weight[:, :, None] * weight[:, None, :]
    return before


def borda_scores(before: Floats) -> Floats:
    """Return ``[n_units, k]``: the share of its comparisons with other options that each option wins.

    For complete rankings this is Borda's count over the most that is possible. It is nan for an option that was not
    compared.

    Examples
    --------
    >>> places = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]])
    >>> borda_scores(count_preferences(places, np.array([0, 0]), 1))
    array([[1.  , 0.25, 0.25]])
    """
    won, lost = before.sum(axis=2), before.sum(axis=1)
    return divide(won, won + lost)


def kemeny_orders(before: Floats) -> npt.NDArray[np.intp]:
    """Return ``[n_units, k]``: the options in the order that contradicts the fewest preferences, best first.

    Of several such orders it is the first, by the order of the options: the one with the earliest option in front, and
    so on.

    Parameters
    ----------
    before : float[n_units, k, k]
        As of ``count_preferences``.

    Raises
    ------
    RefusedError
        If there are more than ``MOST_OPTIONS`` options.

    Examples
    --------
    Three rankings that go in a circle, and one more that breaks it:

    >>> places = np.array([[1.0, 2, 3], [3.0, 1, 2], [2.0, 3, 1], [3.0, 1, 2]])
    >>> kemeny_orders(count_preferences(places, np.zeros(4, dtype=int), 1))
    array([[1, 2, 0]])
    """
    n_units, k, _ = before.shape
    if k > MOST_OPTIONS:
        message = (
            f"kemeny: a unit has {k} options, and the best order is looked for among all; at most {MOST_OPTIONS} are "
            "allowed; fuse by borda"
        )
        raise RefusedError(message)
    orders = np.empty((n_units, k), dtype=np.intp)
    size = max(1, CHUNK_CELLS // ((k + 1) << k))
    for begin in range(0, n_units, size):
        orders[begin : begin + size] = _best_orders(before[begin : begin + size])
    return orders


def kendall_w(places: Floats) -> float:
    """Return Kendall's coefficient of concordance of complete rankings, corrected for ties.

    Parameters
    ----------
    places : float[m, k]
        The place, or any score, that each of m rankers gives each of k options; only their order counts.

    Returns
    -------
    float
        From 0, none, to 1, the same rankings; nan with fewer than two rankers or options, where a place is missing, or
        if every ranker places all options alike.

    Examples
    --------
    Three rankers of ten options, with ties (Kendall 1948, as in Siegel 1956, chapter 9: 0.828):

    >>> round(kendall_w(np.array([
    ...     [1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10],
    ...     [2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5],
    ...     [2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10],
    ... ])), 3)
    0.828
    """
    m, k = places.shape
    if m < 2 or k < 2 or np.isnan(places).any():  # noqa: PLR2004 - concordance is of two, of two options
        return float("nan")
    signs = np.sign(places[:, :, None] - places[:, None, :])
    ranks = signs.sum(axis=2) / 2
    spread = np.square(ranks.sum(axis=0)).sum()
    # Without ties the sum of squared ranks around their mean is (k^3 - k) / 12; each tie takes its part off.
    possible = m * np.square(ranks).sum()
    return float(divide(np.asarray(spread), np.asarray(possible)))


def _best_orders(before: Floats) -> npt.NDArray[np.intp]:
    """Return ``[n_units, k]``: the best order of each unit, by dynamic programming over sets of options.

    ``against[s, i]`` is how many preferences it contradicts to place option i before the others of the set s, and
    ``least[s]`` how many the best order of s contradicts.
    """
    n_units, k, _ = before.shape
    against = np.zeros((1 << k, k, n_units))
    least = np.zeros((1 << k, n_units))
    others = before.transpose(1, 2, 0)
    for chosen in range(1, 1 << k):
        lowest = (chosen & -chosen).bit_length() - 1
        against[chosen] = against[chosen & (chosen - 1)] + others[lowest]
        members = [option for option in range(k) if chosen >> option & 1]
        rest = [chosen ^ (1 << option) for option in members]
        least[chosen] = (against[chosen, members] + least[rest]).min(axis=0)
    return _unrolled(against, least)


def _unrolled(against: Floats, least: Floats) -> npt.NDArray[np.intp]:
    """Return ``[n_units, k]``: the first of the orders that reach *least*, from the whole set on."""
    _, k, n_units = against.shape
    every = np.arange(n_units)
    left = np.full(n_units, (1 << k) - 1)
    orders = np.zeros((n_units, k), dtype=np.intp)
    for position in range(k):
        chosen = np.full(n_units, -1)
        for option in reversed(range(k)):
            without = left & ~(1 << option)
            cost = against[left, option, every] + least[without, every]
            reaches = (without != left) & (cost <= least[left, every])
            chosen = np.where(reaches, option, chosen)
        orders[:, position] = chosen
        left = left & ~(1 << chosen)
    return orders
