r"""Many objects compared two at a time by annotators who are not equally reliable.

What annotator w sees follows the model of Bradley and Terry; with the probability :math:`\eta_w` they say it, otherwise
the opposite. So an annotator who answers at random, or has understood the question the other way round, does not spoil
the strengths. Who says a tie says one half of either.

All signs could be turned at once: the strengths, and who is reliable. The prior decides: every annotator is credited
with ``prior_right`` comparisons said as seen and ``prior_wrong`` turned round. The model is fitted by expectation and
maximisation, in which the strengths take one step of Hunter's iteration at a time.

References
----------
Chen, Bennett, Collins-Thompson and Horvitz (2013), Pairwise ranking aggregation in a crowdsourced setting, WSDM 2013,
193-202, doi:10.1145/2433396.2433420: the model, equation 4, and the virtual object, section 4.3.
Hunter (2004), MM algorithms for generalized Bradley-Terry models, Ann. Stat. 32:384-406, doi:10.1214/aos/1079120141.
"""

from typing import Final

import numpy as np
from scipy.special import expit, log_expit

from groundkeeper.core.truth.bradley_terry import (
    Meetings,
    log_prior_of,
    meetings_of,
    stronger,
    wins_of_objects,
    with_errors,
)
from groundkeeper.core.truth.comparisons import Comparisons, Strengths
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.shares import total_by
from groundkeeper.errors import RefusedError

PRIOR_RIGHT: Final = 4.0
PRIOR_WRONG: Final = 1.0
"""An unknown annotator says four of five comparisons as seen."""


def crowd_bradley_terry(  # noqa: PLR0913 - three priors, and when to stop
    compared: Comparisons,
    *,
    prior: float = 0.5,
    prior_right: float = PRIOR_RIGHT,
    prior_wrong: float = PRIOR_WRONG,
    max_iterations: int = 5000,
    tolerance: float = 1e-7,
) -> Strengths:
    """Return the strengths of the objects, and how reliable each annotator is.

    Parameters
    ----------
    compared : Comparisons
    prior : float
        How many wins, and how many losses, against an object of the strength 0 each starts from; above 0.
    prior_right, prior_wrong : float
        How many comparisons each annotator is credited with beforehand; above 0.
    max_iterations : int
    tolerance : float
        It has converged when no strength moves by more in an iteration.

    Returns
    -------
    Strengths
        ``reliability`` is nan for who compared nothing. The standard errors take reliabilities for known.

    Raises
    ------
    RefusedError
        If a prior is not above 0.

    Examples
    --------
    The last turns everything round, and is not believed:

    >>> import pandas as pd
    >>> from groundkeeper.core.truth.comparisons import COLUMNS, code_comparisons
    >>> rows = [(w, x, y, "b" if w == "z" else "a") for w in "vwz" for x, y in ("pq", "qr", "rs", "ps", "pr")]
    >>> found = crowd_bradley_terry(code_comparisons(pd.DataFrame(rows, columns=COLUMNS)))
    >>> found.order().tolist(), found.reliability.round(1)
    (['p', 'q', 'r', 's'], array([0.9, 0.9, 0.5]))
    """
    if min(prior, prior_right, prior_wrong) <= 0:
        message = (
            f"found the priors {prior}, {prior_right} and {prior_wrong}; each has to be above 0, since all strengths "
            "could be turned round together with who is reliable; give more"
        )
        raise RefusedError(message)
    meetings = meetings_of(compared)
    n_annotators = len(compared.annotators)
    said = np.bincount(compared.annotator, minlength=n_annotators)
    reliability = np.full(n_annotators, prior_right / (prior_right + prior_wrong))
    strength = np.zeros(compared.n_objects)
    history: list[float] = []
    converged = False
    while not converged and len(history) < max_iterations:
        as_seen, saw_first = _expect(compared, meetings, strength, reliability)
        reliability = (total_by(compared.annotator, as_seen, n_annotators) + prior_right) / (
            said + prior_right + prior_wrong
        )
        wins = total_by(meetings.of, saw_first, len(meetings.n))
        moved = stronger(strength, wins_of_objects(compared, meetings, wins), meetings, prior)
        converged = bool(np.abs(moved - strength).max(initial=0) < tolerance)
        strength = moved
        log_prior = log_prior_of(strength, prior) + float(
            (prior_right * np.log(reliability) + prior_wrong * np.log1p(-reliability)).sum()
        )
        history.append(_log_likelihood(compared, meetings, strength, reliability) + log_prior)
    found = Strengths(
        "crowd_bradley_terry",
        compared,
        strength,
        strength,
        None,
        Fit(len(history), converged, "log posterior", tuple(history)),
        np.where(said > 0, reliability, np.nan),
    )
    return with_errors(
        found, meetings, _information(compared, meetings, strength, reliability), prior
    )


def _chances(
    compared: Comparisons, meetings: Meetings, strength: Floats, reliability: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return ``[n]``: how reliable the annotator is, and how probable it is that the first is seen, and is said."""
    honest = reliability[compared.annotator]
    seen = expit(strength[meetings.first] - strength[meetings.second])[meetings.of]
    return honest, seen, honest * seen + (1 - honest) * (1 - seen)


def _expect(
    compared: Comparisons, meetings: Meetings, strength: Floats, reliability: Floats
) -> tuple[Floats, Floats]:
    """Return ``[n]``: how probable it is that the annotator said what they saw, and that they saw the first.

    Of a tie, the mean of both answers.
    """
    honest, seen, first_said = _chances(compared, meetings, strength, reliability)
    honest_if_first = honest * seen / first_said
    honest_if_second = honest * (1 - seen) / (1 - first_said)
    won = compared.won
    as_seen = won * honest_if_first + (1 - won) * honest_if_second
    saw_first = won * honest_if_first + (1 - won) * (1 - honest_if_second)
    return as_seen, saw_first


def _log_likelihood(
    compared: Comparisons, meetings: Meetings, strength: Floats, reliability: Floats
) -> float:
    apart = (strength[meetings.first] - strength[meetings.second])[meetings.of]
    with np.errstate(divide="ignore"):
        honest = np.log(reliability)[compared.annotator]
        turned = np.log1p(-reliability)[compared.annotator]
    first = np.logaddexp(honest + log_expit(apart), turned + log_expit(-apart))
    second = np.logaddexp(honest + log_expit(-apart), turned + log_expit(apart))
    return float((compared.won * first + (1 - compared.won) * second).sum())


def _information(
    compared: Comparisons, meetings: Meetings, strength: Floats, reliability: Floats
) -> Floats:
    """Return ``[m]``: less the second derivative of the log likelihood by the difference in each meeting."""
    honest, seen, first_said = _chances(compared, meetings, strength, reliability)
    slope = (2 * honest - 1) * seen * (1 - seen)
    bend = slope * (1 - 2 * seen)
    if_first = np.square(slope / first_said) - bend / first_said
    if_second = np.square(slope / (1 - first_said)) + bend / (1 - first_said)
    information = compared.won * if_first + (1 - compared.won) * if_second
    return total_by(meetings.of, information, len(meetings.n))
