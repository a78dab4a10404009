r"""Many objects compared two at a time: the strength of each by the model of Bradley and Terry.

Object i is preferred to object j with the probability :math:`1 / (1 + e^{s_j - s_i})`. A tie is half a win of either.
The maximum of the likelihood is found by minorisation and maximisation, which raises the likelihood at every step.

Strengths exist only if no set of objects won all its comparisons with the rest, or had none: otherwise that set can be
made stronger for ever. ``prior`` removes the condition: every object is credited with so many wins and so many losses
against an object of the strength 0.

References
----------
Bradley and Terry (1952), Rank analysis of incomplete block designs: I, Biometrika 39:324-345, doi:10.2307/2334029.
Ford (1957), Solution of a ranking problem from binary comparisons, Am. Math. Mon. 64(8):28-33,
doi:10.2307/2308513: when strengths exist.
Hunter (2004), MM algorithms for generalized Bradley-Terry models, Ann. Stat. 32:384-406, doi:10.1214/aos/1079120141:
the iteration, equation 3.
Agresti (2002), Categorical Data Analysis, 2nd edition, section 10.6: standard errors, and an example (page 438).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit, log_expit

from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.comparisons import Comparisons, Strengths
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.core.truth.labels import Codes, Floats
from groundkeeper.core.truth.shares import total_by
from groundkeeper.errors import listing

MOST_OBJECTS: Final = 2000
"""Of how many objects, at most, the covariance is worked out; its work grows with their third power."""


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """Every two objects that were compared: ``first, second, n`` and ``of``, the meeting of each comparison [n]."""

    first: Codes
    second: Codes
    n: Floats
    of: Places


def bradley_terry(
    compared: Comparisons,
    *,
    prior: float = 0.0,
    max_iterations: int = 10_000,
    tolerance: float = 1e-10,
) -> Strengths:
    """Return the strengths of the objects, of whatever annotator; a tie is half a win of either.

    Parameters
    ----------
    compared : Comparisons
    prior : float
        How many wins, and how many losses, against an object of the strength 0 each starts from; at least 0.
    max_iterations : int
    tolerance : float
        It has converged when no strength moves by more in an iteration.

    Examples
    --------
    With two objects the difference is the logarithm of the odds, here of 3 to 1:

    >>> import pandas as pd
    >>> from groundkeeper.core.truth.comparisons import COLUMNS, code_comparisons
    >>> rows = [("w", "x", "y", "a")] * 3 + [("w", "y", "x", "a")]
    >>> found = bradley_terry(code_comparisons(pd.DataFrame(rows, columns=COLUMNS)))
    >>> round(found.difference("x", "y")[0], 4), round(found.probability("x", "y"), 4)
    (1.0986, 0.75)
    """
    meetings = meetings_of(compared)
    wins = total_by(meetings.of, compared.won, len(meetings.n))
    reason = "" if prior > 0 else _no_one_solution(compared, meetings, wins)
    if reason:
        unknown = np.full(compared.n_objects, np.nan)
        fit = Fit(0, converged=False, objective="log-likelihood", note=reason)
        return Strengths("bradley_terry", compared, unknown, unknown, None, fit)
    of_object = wins_of_objects(compared, meetings, wins)
    strength = np.zeros(compared.n_objects)
    history: list[float] = []
    converged = False
    while not converged and len(history) < max_iterations:
        moved = stronger(strength, of_object, meetings, prior)
        converged = bool(np.abs(moved - strength).max(initial=0) < tolerance)
        strength = moved
        history.append(_log_posterior(strength, meetings, wins, prior))
    objective = "log posterior" if prior > 0 else "log-likelihood"
    fit = Fit(len(history), converged, objective, tuple(history))
    chance = expit(strength[meetings.first] - strength[meetings.second])
    return with_errors(
        Strengths("bradley_terry", compared, strength, strength, None, fit),
        meetings,
        meetings.n * chance * (1 - chance),
        prior,
    )


def meetings_of(compared: Comparisons) -> Meetings:
    """Return every two objects that were compared."""
    key = compared.first.astype(np.int64) * max(compared.n_objects, 1) + compared.second
    _, begin, of, n = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return Meetings(compared.first[begin], compared.second[begin], n.astype(np.float64), of)


def wins_of_objects(compared: Comparisons, meetings: Meetings, wins: Floats) -> Floats:
    """Return ``[n_objects]``: the wins of each, from the *wins* of the first object in each of the *meetings*."""
    of_first = total_by(meetings.first, wins, compared.n_objects)
    return of_first + total_by(meetings.second, meetings.n - wins, compared.n_objects)


def stronger(strength: Floats, wins: Floats, meetings: Meetings, prior: float) -> Floats:
    """Return the strengths after one step of Hunter's iteration.

    With the worth ``w = exp(strength)``, the new one is the wins of each over the sum of ``n / (w + w_other)``. A shift
    of all strengths does not touch the likelihood; they are moved to the mean 0, or up the slope of the *prior*, by a
    step that cannot go too far: its curvature is at most half of the prior for each object.
    """
    if len(strength) < 2:  # noqa: PLR2004 - it takes two to be compared
        return np.zeros_like(strength)
    worth = np.exp(strength)
    share = meetings.n / (worth[meetings.first] + worth[meetings.second])
    size = len(strength)
    meant = total_by(meetings.first, share, size) + total_by(meetings.second, share, size)
    moved = np.log(wins + prior) - np.log(meant + 2 * prior / (worth + 1))
    if not prior:
        return np.asarray(moved - moved.mean())
    return np.asarray(moved - 4 * (expit(moved) - 0.5).mean())


def log_prior_of(strength: Floats, prior: float) -> float:
    """Return the log probability of *prior* wins and losses of each object against one of the strength 0."""
    return float(prior * (log_expit(strength) + log_expit(-strength)).sum())


def with_errors(
    found: Strengths, meetings: Meetings, information: Floats, prior: float
) -> Strengths:
    """Return *found* with strengths of the mean 0 and their standard errors.

    Parameters
    ----------
    found : Strengths
        As fitted.
    meetings : Meetings
    information : float[m]
        What each meeting tells of the difference of its strengths: less the second derivative of the log likelihood.
    prior : float
    """
    size = len(found.strength)
    centred = found.strength - found.strength.mean() if size else found.strength
    if not 0 < size <= MOST_OBJECTS:
        return replace(found, strength=centred, deviation=np.full(size, np.nan))
    first, second = meetings.first, meetings.second
    table = np.zeros((size, size))
    table[first, second] = table[second, first] = -information
    np.fill_diagonal(table, -table.sum(axis=1))
    chance = expit(found.strength)
    table[np.diag_indices(size)] += 2 * prior * chance * (1 - chance)
    if not prior:
        table += 1 / size  # what it does not tell is the sum of all strengths, which is 0
    middle = np.eye(size) - 1 / size
    covariance = middle @ np.linalg.inv(table) @ middle
    covariance = (covariance + covariance.T) / 2
    deviation = np.sqrt(np.diag(covariance).clip(min=0))
    return replace(found, strength=centred, deviation=deviation, covariance=covariance)


def _log_posterior(strength: Floats, meetings: Meetings, wins: Floats, prior: float) -> float:
    apart = strength[meetings.first] - strength[meetings.second]
    terms = wins * log_expit(apart) + (meetings.n - wins) * log_expit(-apart)
    return float(terms.sum()) + log_prior_of(strength, prior)


def _no_one_solution(compared: Comparisons, meetings: Meetings, wins: Floats) -> str:
    """Return why the strengths do not exist, or '' if they do: everyone has to have beaten everyone over detours."""
    if not compared.n_objects:
        return ""
    from scipy.sparse import coo_array  # noqa: PLC0415 - a fifth of a second, which coding does without
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    forth, back = wins > 0, wins < meetings.n
    beat = np.concatenate([meetings.first[forth], meetings.second[back]])
    beaten = np.concatenate([meetings.second[forth], meetings.first[back]])
    size = compared.n_objects
    graph = coo_array((np.ones(len(beat)), (beat, beaten)), shape=(size, size))
    count, component = connected_components(graph, directed=True, connection="strong")
    if count == 1:
        return ""
    sizes = np.bincount(component)
    smallest = component[np.argmin(sizes[component])]
    apart = listing(compared.objects[component == smallest])
    return (
        f"no one solution: the objects fall into {count} sets of which one won all comparisons with another, or had "
        f"none; one of the sets is {apart}; compare more, or give a prior above 0"
    )
