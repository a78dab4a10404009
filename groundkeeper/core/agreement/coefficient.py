"""A coefficient of agreement with its standard error, as a formula gives it for independent units."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from scipy import special

Reference: TypeAlias = Literal["t", "normal"]
"""The distribution behind an interval: Student's, with one degree of freedom less than units, or the normal one."""

NO_PAIR = "no unit has two ratings"
ALL_THE_SAME = "every rating is the same, so agreement cannot be told from chance"
ONE_VALUE = "with a single value nothing but agreement is possible"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient; nan where undefined, and *note* says why.

    Attributes
    ----------
    value : float
        At most 1, which is perfect agreement; 0 is what chance alone would give.
    se : float
        Standard error, if units are drawn independently of one another. 0 says that no unit differs from the others,
        not that nothing is uncertain.
    low, high : float
        The interval.
    observed, expected : float
        Observed agreement, and the agreement that chance would give; 0 where none is taken off.
    statistic, p_value : float
        The test of a value of 0, from two sides.
    n : float
        Units that the interval rests on.
    raters : float
        Ratings of the unit that has most.
    note : str
        Why there is no value, or what a reader has to know.
    """

    value: float
    se: float
    low: float
    high: float
    observed: float
    expected: float
    statistic: float
    p_value: float
    n: float
    raters: float
    note: str = ""

    def noted(self, *notes: str) -> "Coefficient":
        """Return this coefficient with *notes* put before its own, empty ones left out."""
        return replace(self, note="; ".join(note for note in (*notes, self.note) if note))


@dataclass(frozen=True, slots=True)
class Observed:
    """Agreement as it was observed and as chance would give it, of *n* units with up to *raters* ratings each."""

    observed: float
    expected: float
    n: float
    raters: float

    @property
    def value(self) -> float:
        """What is left of the way from chance to perfect agreement."""
        return (self.observed - self.expected) / (1 - self.expected)


@dataclass(frozen=True, slots=True)
class Inference:
    """How a standard error and an interval are made.

    Attributes
    ----------
    confidence : float
        Of the interval, in (0, 1).
    reference : {"t", "normal"}
        The interval of Student's distribution ends at 1.
    """

    confidence: float = 0.95
    reference: Reference = "t"


USUAL: Final = Inference()
"""As Gwet has it."""
ASYMPTOTIC: Final = Inference(reference="normal")
"""As Fleiss, Cohen and Everitt have it."""


def undefined_coefficient(
    note: str, n: float, raters: float, observed: float = math.nan, expected: float = math.nan
) -> Coefficient:
    """Return the coefficient that does not exist; *note* says why."""
    nan = math.nan
    return Coefficient(nan, nan, nan, nan, observed, expected, nan, nan, n, raters, note)


def with_interval(
    of: Observed, variance: float, how: Inference = USUAL, null_se: float | None = None
) -> Coefficient:
    """Return a coefficient with its interval and its test.

    Parameters
    ----------
    of : Observed
        The agreement.
    variance : float
        Of the coefficient; nan of a single unit.
    how : Inference
        How the interval is made.
    null_se : float, optional
        The standard error if there is no agreement beyond chance, for the test; otherwise it is that of the interval.

    Examples
    --------
    >>> of = Observed(observed=0.5511111, expected=0.1914815, n=15, raters=6)
    >>> found = with_interval(of, 0.08418757**2)
    >>> round(found.value, 6), round(found.low, 3), round(found.high, 3)
    (0.444801, 0.264, 0.625)
    """
    value, se = of.value, math.sqrt(variance)
    degrees = of.n - 1 if how.reference == "t" else math.inf
    reach = se * _quantile((1 + how.confidence) / 2, degrees)
    high = (
        value + reach if how.reference == "normal" or math.isnan(reach) else min(1.0, value + reach)
    )
    spread = se if null_se is None else null_se
    statistic = value / spread if spread > 0 else math.nan
    return Coefficient(
        value,
        se,
        value - reach,
        high,
        of.observed,
        of.expected,
        statistic,
        2 * _below(-abs(statistic), degrees),
        of.n,
        of.raters,
    )


def _quantile(probability: float, degrees: float) -> float:
    if math.isinf(degrees):
        return float(special.ndtri(probability))
    return float(special.stdtrit(degrees, probability)) if degrees > 0 else math.nan


def _below(statistic: float, degrees: float) -> float:
    if math.isinf(degrees):
        return float(special.ndtr(statistic))
    return float(special.stdtr(degrees, statistic)) if degrees > 0 else math.nan
