"""The reliability curve as SVG: how often what was said with a probability is right."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from groundkeeper.reports.scales import Scale, ticks
from groundkeeper.reports.svg import drawing, line, tag, text

WIDTH, HEIGHT = 340.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 12.0, 12.0, 48.0
SMALLEST, LARGEST = 3.0, 9.0
"""Radii of the dots of the fewest and of the most items."""


class Bin(NamedTuple):
    """A dot of the curve: of *n* items a model was sure by *said*, on average, and right in the share *held*.

    *low* and *high* are the interval of the share, nan without one; *level* names the bin.
    """

    level: str
    said: float
    held: float
    low: float
    high: float
    n: int


def reliability_curve(bins: Sequence[Bin], label: str) -> Markup:
    """Return the dots of *bins* over what is said, with their intervals; where every probability holds is the diagonal.

    The area of a dot is its share of the items. *label* is what a screen reader says.
    """
    across = Scale(0, 1, LEFT, WIDTH - RIGHT)
    up = Scale(0, 1, HEIGHT - BOTTOM, TOP)
    most = max((one.n for one in bins), default=1)
    marks = [_dot(one, across, up, most) for one in sorted(bins)]
    diagonal = line(across(0), up(0), across(1), up(1), "between")
    return drawing(WIDTH, HEIGHT, *_frame(across, up), diagonal, *marks, label=label)


def _dot(one: Bin, across: Scale, up: Scale, most: int) -> Markup:
    shapes = [tag("title", f"{one.level}: {one.held:.2f} of {one.n} right, {one.said:.2f} said")]
    if math.isfinite(one.low) and math.isfinite(one.high):
        shapes.append(
            line(across(one.said), up(one.low), across(one.said), up(one.high), "whisker")
        )
    radius = max(SMALLEST, LARGEST * math.sqrt(one.n / most))
    shapes.append(tag("circle", cx=across(one.said), cy=up(one.held), r=radius, class_="dot"))
    return tag("g", *shapes)


def _frame(across: Scale, up: Scale) -> list[Markup]:
    shapes = []
    for value in ticks(0, 1):
        shapes += [
            line(across(value), up(0), across(value), up(1), "grid"),
            line(across(0), up(value), across(1), up(value), "grid"),
            text(across(value), up(0) + 16, f"{value:g}", "tick", "middle"),
            text(across(0) - 7, up(value) + 4, f"{value:g}", "tick", "end"),
        ]
    middle = (up(0) + up(1)) / 2
    upright = tag(
        "text",
        "share that is right",
        transform=f"translate(13 {middle:g}) rotate(-90)",
        class_="axis-title",
        text_anchor="middle",
    )
    below = text(
        (across(0) + across(1)) / 2,
        HEIGHT - 10,
        "probability that was said",
        "axis-title",
        "middle",
    )
    return [*shapes, upright, below]
