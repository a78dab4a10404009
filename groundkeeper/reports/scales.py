"""From values to positions in a picture, and the round numbers that an axis shows."""

import math
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
NEGLIGIBLE = 1e-6
"""Values that differ by less are drawn in one bin."""


@dataclass(frozen=True)
class Scale:
    """A straight map of the values *low* to *high* onto the positions *start* to *end*.

    Examples
    --------
    >>> Scale(0, 10, 100, 200)(2.5)
    125.0
    >>> Scale(3, 3, 0, 100)(3)
    50.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of *value*; the middle if the scale has no width."""
        if self.high <= self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def step(span: float, about: int) -> float:
    """Return the round step that cuts *span* into at most *about* pieces; 1 if there is no span.

    Examples
    --------
    >>> step(1, 5), step(37, 4), step(0, 5)
    (0.2, 10.0, 1.0)
    """
    if not span > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / about))
    return next(s * power for s in STEPS if s * power * about >= span * (1 - 1e-9))


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Return the multiples of a round step from *low* to *high*, both included where they are one.

    Examples
    --------
    >>> ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    >>> ticks(-0.3, 0.9, 3)
    (0.0, 0.5)
    """
    size = step(high - low, about)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return tuple(round(k * size, 10) + 0.0 for k in range(first, last + 1))


def rounded_up(value: float, about: int = 4) -> float:
    """Return the smallest multiple of a round step that is not below *value*; 1 if it is not positive.

    Examples
    --------
    >>> rounded_up(37), rounded_up(0)
    (40.0, 1.0)
    """
    if not value > 0:
        return 1.0
    size = step(value, about)
    return round(math.ceil(value / size - 1e-9) * size, 10)


def bin_edges(values: tuple[float, ...], about: int = 24) -> tuple[float, ...]:
    """Return round edges of equal bins that hold every one of *values*; none without values.

    Examples
    --------
    >>> bin_edges((3.1, 8.0, 9.7), 4)
    (2.0, 4.0, 6.0, 8.0, 10.0)
    """
    if not values:
        return ()
    span = max(values) - min(values)
    size = step(span if span > NEGLIGIBLE else 0.0, about)
    first = math.floor(min(values) / size + 1e-9)
    last = math.floor(max(values) / size + 1e-9) + 1
    return tuple(round(k * size, 10) for k in range(first, last + 1))
