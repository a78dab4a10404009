"""Whether probabilities hold: that answers to which a method gives 0.9 are right in nine of ten tasks.

Everything is about the most probable class of each gold task, ties split evenly, but for the Brier score and the log
loss, which look at the whole posterior. Tasks of one probability are never told apart: they lie in one bin, and where
a cut goes through them each counts in part, so that nothing depends on an order.

References
----------
Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78:1-3,
doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
Bröcker (2012), Estimating reliability and resolution of probability forecasts, Climate Dynamics 39:655-667,
doi:10.1007/s00382-011-1191-1: that the distance within bins is not 0 where probabilities hold exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Estimate, undefined
from groundkeeper.core.truth.against_gold import (
    CONFIDENCE,
    Judged,
    code_gold,
    judge,
    probability_of,
)
from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.inferred import Inferred, Posterior
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.shares import Units, mean, share

FLOOR = 1e-15
"""Probability that a class ruled out is taken to have in the log loss, which would be infinite."""
DECIMALS = 9
"""Probabilities that are the same to so many decimals are equal."""
COLUMNS = ("said", "held", "low", "high", "holds", "n", "groups", "effective_n", "note")


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the probabilities are cut.

    Attributes
    ----------
    bins : int
        Of the curve, at most so many, at least 1; fewer where many probabilities are equal.
    levels : tuple of float
        Probabilities of which it is asked whether answers with at least that are as often right.
    least_certain : float
        Part of the tasks that would be looked at again, in (0, 1].
    """

    bins: int = 10
    levels: tuple[float, ...] = (0.8, 0.9, 0.95, 0.99)
    least_certain: float = 0.2


DEFAULT = Cuts()


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How far the probabilities of one method hold.

    Attributes
    ----------
    curve : DataFrame
        One row per bin of about as many tasks, by probability: ``bin, least, most`` (probabilities in it), ``said``
        (their mean), ``held`` (share that is right) with ``low, high``, ``holds`` (whether what was said is within
        the interval; missing without one), ``n, groups, effective_n, note``.
    levels : DataFrame
        One row per level: ``level`` and, of the tasks whose probability is at least that, the same columns.
    summary : dict of str to Estimate
        ``accuracy``; ``expected_calibration_error``, the mean distance of said and held over the tasks, by bin;
        ``expected_if_calibrated``, about what that would be by chance if every probability held; ``brier``, the squared
        distance of the posterior from gold over all classes, 0 to 2; ``log_loss``, in nats; ``error``, and
        ``error_least_certain``, that of the least certain part of the tasks; ``errors_least_certain``, how much of all
        error lies there.
    ruled_out : int
        Gold tasks whose gold class has probability 0; ``log_loss`` takes it for ``FLOOR``.
    """

    curve: pd.DataFrame
    levels: pd.DataFrame
    summary: dict[str, Estimate]
    ruled_out: int


def calibration(
    inferred: Inferred,
    gold: pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    cuts: Cuts = DEFAULT,
    confidence: float = CONFIDENCE,
) -> Calibration:
    """Return how far the probabilities of *inferred* hold on the tasks of *gold*.

    Parameters
    ----------
    inferred : Inferred
    gold : DataFrame
        One row per gold task: ``task, label``. Only tasks with labels are looked at.
    groups : Series, optional
        The group of each task, by task; without it tasks are independent.
    cuts : Cuts
        Where the probabilities are cut.
    confidence : float
        Of the intervals.
    """
    judged = judge(inferred, code_gold(gold, inferred.labels), groups)
    curve = _curve(judged, cuts.bins, confidence)
    of_gold = probability_of(inferred.posterior, judged.task, judged.label)
    ruled_out = round(float(judged.units.weight[of_gold <= 0].sum()))
    return Calibration(
        curve=curve,
        levels=_levels(judged, cuts.levels, confidence),
        summary=_distances(curve, judged)
        | _losses(inferred.posterior, judged, of_gold, confidence)
        | _errors(judged, cuts.least_certain, confidence),
        ruled_out=ruled_out,
    )


def least_certain_part(probability: Floats, weight: Floats, part: float) -> Floats:
    """Return ``[n]``: how much of each task is in the least certain *part* of them, from 0 to 1.

    Examples
    --------
    Two fifths of five tasks: one is the least certain, and three share the second place.

    >>> least_certain_part(np.array([0.9, 0.7, 0.7, 0.6, 0.7]), np.ones(5), 0.4).round(3).tolist()
    [0.0, 0.333, 0.333, 1.0, 0.333]
    """
    _, alike = np.unique(probability.round(DECIMALS), return_inverse=True)
    mass = np.bincount(alike, weight)
    before = np.cumsum(mass) - mass
    within = np.clip((part * mass.sum() - before) / mass, 0.0, 1.0)
    found: Floats = within[alike]
    return found


def _bins(probability: Floats, weight: Floats, bins: int) -> Places:
    """Return ``[n]``: the bin of each task, by the middle rank of the tasks that are as probable."""
    _, alike = np.unique(probability.round(DECIMALS), return_inverse=True)
    mass = np.bincount(alike, weight)
    middle = (np.cumsum(mass) - mass / 2) / max(mass.sum(), 1)
    found: Places = np.minimum((middle * bins).astype(np.intp), bins - 1)[alike]
    return found


def _curve(judged: Judged, bins: int, confidence: float) -> pd.DataFrame:
    place = _bins(judged.probability, judged.units.weight, bins)
    rows = []
    for number in np.unique(place):
        inside = place == number
        probability = judged.probability[inside]
        rows.append(
            {"least": probability.min(), "most": probability.max()}
            | _said_and_held(judged, inside, confidence)
        )
    curve = pd.DataFrame(rows, columns=["least", "most", *COLUMNS])
    curve.insert(0, "bin", np.arange(1, len(curve) + 1))
    return curve.astype({"holds": "boolean"})


def _levels(judged: Judged, levels: Sequence[float], confidence: float) -> pd.DataFrame:
    rounded = judged.probability.round(DECIMALS)
    rows = [
        {"level": level} | _said_and_held(judged, rounded >= round(level, DECIMALS), confidence)
        for level in sorted(levels)
    ]
    return pd.DataFrame(rows, columns=["level", *COLUMNS]).astype({"holds": "boolean"})


def _said_and_held(
    judged: Judged, inside: npt.NDArray[np.bool_], confidence: float
) -> dict[str, object]:
    units = judged.units.chosen(inside)
    held = share(judged.right[inside], units, confidence)
    if not inside.any():
        return dict(zip(COLUMNS, _row(held, np.nan), strict=True))
    said = float(judged.probability[inside] @ units.weight / units.weight.sum())
    return dict(zip(COLUMNS, _row(held, said), strict=True))


def _row(held: Estimate, said: float) -> tuple[object, ...]:
    holds = pd.NA if np.isnan(held.low) else bool(held.low <= said <= held.high)
    counts = (held.n, held.groups, held.effective_n, held.note)
    return said, held.value, held.low, held.high, holds, *counts


def _distances(curve: pd.DataFrame, judged: Judged) -> dict[str, Estimate]:
    n = round(float(judged.units.weight.sum()))
    if not n:
        none = undefined("no gold task has a label")
        return {"expected_calibration_error": none, "expected_if_calibrated": none}
    part = curve["n"].to_numpy(np.float64) / curve["n"].sum()
    said = curve["said"].to_numpy(np.float64)
    apart = np.abs(said - curve["held"].to_numpy(np.float64))
    by_chance = np.sqrt(2 / np.pi * said * (1 - said) / curve["effective_n"].to_numpy(np.float64))
    groups = _groups(judged.units)
    note = "no interval: chance alone keeps it above 0, see expected_if_calibrated"
    return {
        "expected_calibration_error": Estimate(
            float(part @ apart), np.nan, np.nan, n, groups, np.nan, note
        ),
        "expected_if_calibrated": Estimate(
            float(part @ by_chance),
            np.nan,
            np.nan,
            n,
            groups,
            np.nan,
            "no interval: an approximation",
        ),
    }


def _losses(
    posterior: Posterior, judged: Judged, of_gold: Floats, confidence: float
) -> dict[str, Estimate]:
    listed = np.diff(posterior.starts)
    task = np.repeat(np.arange(len(listed)), listed)
    squares = np.bincount(task, np.square(posterior.probability), len(listed))[judged.task]
    return {
        "brier": mean(squares - 2 * of_gold + 1, judged.units, confidence),
        "log_loss": mean(-np.log(np.maximum(of_gold, FLOOR)), judged.units, confidence),
    }


def _errors(judged: Judged, part: float, confidence: float) -> dict[str, Estimate]:
    wrong = 1 - judged.right
    inside = least_certain_part(judged.probability, judged.units.weight, part)
    some = inside > 0
    of_part = Units((judged.units.weight * inside)[some], judged.units.chosen(some).group)
    errors = float(wrong @ judged.units.weight)
    if len(wrong) and not errors:
        caught = undefined("there is no error", len(wrong), _groups(judged.units))
    else:
        among = Units(
            (judged.units.weight * wrong)[wrong > 0], judged.units.chosen(wrong > 0).group
        )
        caught = share(inside[wrong > 0], among, confidence)
    return {
        "accuracy": share(judged.right, judged.units, confidence),
        "error": share(wrong, judged.units, confidence),
        "error_least_certain": share(wrong[some], of_part, confidence),
        "errors_least_certain": caught,
    }


def _groups(units: Units) -> int:
    return round(float(units.weight.sum())) if units.group is None else len(np.unique(units.group))
