"""Rounds of expectation maximisation, until one more would gain next to nothing."""

from collections.abc import Callable

from groundkeeper.core.truth.inferred import Fit
from groundkeeper.errors import RefusedError


def climb(
    round_: Callable[[], float],
    *,
    iterations: int,
    tolerance: float,
    objective: str,
    note: str = "",
) -> Fit:
    """Return how the fit went, after at most so many *iterations* of *round_*.

    Parameters
    ----------
    round_ : callable
        Does one iteration, and returns the objective.
    iterations : int
        From 1.
    tolerance : float
        It ends when a round has gained less than this; 0 ends after all iterations only.
    objective, note : str
        As in ``Fit``.

    Raises
    ------
    RefusedError
        If *iterations* or *tolerance* is out of range.

    Examples
    --------
    >>> gains = iter([-8.0, -4.0, -2.0, -1.0])
    >>> climb(lambda: next(gains), iterations=9, tolerance=3.0, objective="log-likelihood")
    Fit(iterations=3, converged=True, objective='log-likelihood', history=(-8.0, -4.0, -2.0), note='')
    """
    if iterations < 1 or not tolerance >= 0:
        message = (
            f"found {iterations} iterations and a tolerance of {tolerance}; allowed are at least 1 iteration and a "
            "tolerance from 0; change them"
        )
        raise RefusedError(message)
    history: list[float] = []
    converged = False
    while len(history) < iterations and not converged:
        history.append(round_())
        converged = len(history) > 1 and history[-1] - history[-2] < tolerance > 0
    return Fit(
        len(history), converged=converged, objective=objective, history=tuple(history), note=note
    )
