"""Exact tests of whether one annotator answers as the others do, and the correction for asking it of many."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def stratified_excess(
    own: npt.NDArray[np.bool_], events: npt.NDArray[np.int64], people: npt.NDArray[np.int64]
) -> float:
    """Return how probable it is that somebody who answers as the others do has at least as many events.

    Every record is a stratum: given that *events* of the *people* who answered it had the event, one of them who is
    like the others had it with the share of them as probability. The sum over records is a sum of independent trials,
    whose distribution is computed exactly. Records that all answered alike say nothing, and how hard a record is does
    not matter.

    Parameters
    ----------
    own : bool[n]
        Whether the annotator had the event on each record.
    events, people : int[n]
        How many had it, and how many answered, the annotator among them.

    Returns
    -------
    float
        In (0, 1]; nan where nobody else answered any of the records.

    References
    ----------
    Birch (1964), The Detection of Partial Association, I: The 2 x 2 Case, J. R. Stat. Soc. B 26:313-324: the exact
    conditional test over strata of which the test of Mantel and Haenszel is the normal approximation.

    Examples
    --------
    Of three records, each answered by four, she alone has the event on all:

    >>> alone = np.ones(3, dtype=np.int64)
    >>> stratified_excess(np.ones(3, dtype=bool), alone, 4 * alone)  # 1 / 4 ** 3
    0.015625
    >>> stratified_excess(np.ones(3, dtype=bool), alone, alone)
    nan
    """
    shared = people > 1
    if not shared.any():
        return math.nan
    certain = shared & (events == people)
    open_ = shared & (events > 0) & (events < people)
    distribution = np.ones(1)
    for chance in np.sort(events[open_] / people[open_]):
        distribution = np.convolve(distribution, [1 - chance, chance])
    excess = int(own[shared].sum()) - int(certain.sum())
    return min(1.0, float(distribution[excess:].sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return each p value so that none below a level is a false alarm with at least one minus the level.

    A p value that is nan was not asked for and stays so.

    References
    ----------
    Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statist. 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, math.nan, 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    asked = [place for place, p in enumerate(p_values) if not math.isnan(p)]
    ordered = sorted(asked, key=lambda place: p_values[place])
    adjusted, least = list(p_values), 0.0
    for done, place in enumerate(ordered):
        least = max(least, min(1.0, (len(ordered) - done) * p_values[place]))
        adjusted[place] = least
    return adjusted
