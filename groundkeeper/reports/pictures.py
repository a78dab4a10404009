"""Charts as SVG: counts, shares, intervals and who-said-what matrices.

Colours are classes that the page's stylesheet fills: ``fill-<name>`` for a named series, such as a
status, and ``shade`` with an opacity for a quantity.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from groundkeeper.reports.scales import Scale, bin_edges, rounded_up, ticks
from groundkeeper.reports.svg import bar, drawing, line, tag, text

WIDTH, HEIGHT = 460.0, 236.0
LEFT, RIGHT, TOP, BOTTOM = 42.0, 8.0, 12.0, 42.0
ROW_WIDTH, ROW_HEIGHT, ROW_MARGIN = 240.0, 22.0, 10.0
CELL = 46.0
DARK = 0.5
"""The share of a row from which a cell is so dark that its number turns light."""


def histogram(series: Mapping[str, Sequence[float]], axis: str, label: str) -> Markup:
    """Return how often values fall into equal round bins, the *series* stacked in their order.

    Values that are not finite are left out; whoever calls says how many.

    Parameters
    ----------
    series
        The values of each series; its name is the class that colours it.
    axis
        What the values are, with their unit.
    label
        What a screen reader says.
    """
    finite = {name: [v for v in values if math.isfinite(v)] for name, values in series.items()}
    edges = bin_edges(tuple(v for values in finite.values() for v in values))
    bins = list(pairwise(edges))
    counts = {
        name: [sum(low <= v < high for v in values) for low, high in bins]
        for name, values in finite.items()
    }
    names = [f"{low:g} to {high:g}" for low, high in bins]
    across = Scale(0, len(bins), LEFT, WIDTH - RIGHT)
    every = max(1, math.ceil(len(edges) / 9))
    marks = [
        text(across(k), HEIGHT - BOTTOM + 16, f"{edge:g}", "tick", "middle")
        for k, edge in enumerate(edges)
        if k % every == 0
    ]
    return _stacked(names, counts, axis, label, marks)


def columns(
    names: Sequence[str], series: Mapping[str, Sequence[int]], axis: str, label: str
) -> Markup:
    """Return one column for each of *names*, the counts of the *series* stacked in their order."""
    across = Scale(0, len(names), LEFT, WIDTH - RIGHT)
    marks = [
        text(across(k + 0.5), HEIGHT - BOTTOM + 16, name, "tick", "middle")
        for k, name in enumerate(names)
    ]
    return _stacked(names, series, axis, label, marks)


def _stacked(
    names: Sequence[str],
    counts: Mapping[str, Sequence[int]],
    axis: str,
    label: str,
    marks: Sequence[Markup],
) -> Markup:
    totals = [sum(values[k] for values in counts.values()) for k in range(len(names))]
    top = rounded_up(max(totals, default=0))
    across = Scale(0, max(len(names), 1), LEFT, WIDTH - RIGHT)
    up = Scale(0, top, HEIGHT - BOTTOM, TOP)
    gap = min(3.0, 0.15 * (across(1) - across(0)))
    shapes: list[Markup] = [*_grid(up, top)]
    for k, name in enumerate(names):
        below = 0
        for series, values in counts.items():
            above = below + values[k]
            height = up(below) - up(above)
            if height > 0:
                hint = f"{name}: {values[k]} {series}"
                width = across(1) - across(0) - 2 * gap
                shapes.append(
                    bar(across(k) + gap, up(above), width, height, f"fill-{series}", hint=hint)
                )
            below = above
    floor = line(LEFT, up(0), WIDTH - RIGHT, up(0), "axis")
    title = text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, axis, "axis-title", "middle")
    return drawing(WIDTH, HEIGHT, *shapes, floor, *marks, title, label=label)


def _grid(up: Scale, top: float) -> list[Markup]:
    whole = [value for value in ticks(0, top, 4) if float(value).is_integer()]
    return [
        shape
        for value in whole
        for shape in (
            line(LEFT, up(value), WIDTH - RIGHT, up(value), "grid"),
            text(LEFT - 7, up(value) + 4, f"{value:g}", "tick", "end"),
        )
    ]


def proportions(counts: Mapping[str, int], label: str) -> Markup:
    """Return one bar cut into the shares of *counts*; an empty bar if there is nothing to share."""
    total = sum(counts.values())
    along = Scale(0, max(total, 1), 0, 1000)
    shapes = [bar(0, 0, 1000, 20, "empty")]
    done = 0
    for name, count in counts.items():
        hint = f"{name}: {count} of {total}"
        width = along(done + count) - along(done)
        if count:
            shapes.append(bar(along(done), 0, width, 20, f"fill-{name}", hint=hint))
        done += count
    return tag(
        "svg",
        tag("title", label),
        *shapes,
        viewBox="0 0 1000 20",
        preserveAspectRatio="none",
        role="img",
        class_="proportions",
    )


def interval_scale(values: Sequence[float]) -> Scale:
    """Return a scale for rows of intervals: 0 to 1 where the *values* allow it, else a round range.

    Examples
    --------
    >>> interval_scale([0.4, 0.9]).low, interval_scale([-0.2, 0.9]).low
    (0.0, -0.2)
    """
    finite = [value for value in values if math.isfinite(value)]
    lowest, highest = min(finite, default=0.0), max(finite, default=1.0)
    low = min(0.0, -rounded_up(-lowest, 1) if lowest < 0 else 0.0)
    high = 1.0 if highest <= 1 else rounded_up(highest)
    return Scale(low + 0.0, high, ROW_MARGIN, ROW_WIDTH - ROW_MARGIN)


def interval_axis(scale: Scale) -> Markup:
    """Return the numbers above rows of intervals."""
    marks = [
        text(scale(value), 14, f"{value:g}", "tick", "middle")
        for value in ticks(scale.low, scale.high, 4)
    ]
    return drawing(ROW_WIDTH, 20, *marks, label=f"axis from {scale.low:g} to {scale.high:g}")


def interval_row(value: float, low: float, high: float, scale: Scale) -> Markup:
    """Return a dot with its whisker; nothing but the grid where *value* is undefined."""
    middle = ROW_HEIGHT / 2
    shapes = [
        line(scale(at), 0, scale(at), ROW_HEIGHT, "grid") for at in ticks(scale.low, scale.high, 4)
    ]
    if math.isfinite(low) and math.isfinite(high):
        shapes.append(line(scale(low), middle, scale(high), middle, "whisker"))
    if math.isfinite(value):
        shapes.append(tag("circle", cx=scale(value), cy=middle, r=3.6, class_="dot"))
        known = math.isfinite(low) and math.isfinite(high)
        label = f"{value:.2f}, " + (f"from {low:.2f} to {high:.2f}" if known else "no interval")
    else:
        label = "undefined"
    return drawing(ROW_WIDTH, ROW_HEIGHT, *shapes, label=label)


def pair_row(first: float, second: float, scale: Scale) -> Markup:
    """Return two dots on one line: hollow where the first value is, filled where the second is."""
    middle = ROW_HEIGHT / 2
    shapes = [
        line(scale(at), 0, scale(at), ROW_HEIGHT, "grid") for at in ticks(scale.low, scale.high, 4)
    ]
    if math.isfinite(first) and math.isfinite(second):
        shapes.append(line(scale(first), middle, scale(second), middle, "between"))
    if math.isfinite(first):
        shapes.append(tag("circle", cx=scale(first), cy=middle, r=5, class_="hollow"))
    if math.isfinite(second):
        shapes.append(tag("circle", cx=scale(second), cy=middle, r=3.6, class_="dot"))
    return drawing(ROW_WIDTH, ROW_HEIGHT, *shapes, label=f"{first:.2f} and {second:.2f}")


def matrix(
    counts: Sequence[Sequence[float]], names: Sequence[str], axis: str, label: str
) -> Markup:
    """Return a square table of counts, shaded by each cell's share of its row.

    Parameters
    ----------
    counts
        One row and one column for each of *names*.
    """
    side, gutter, head = CELL * len(names), 40.0, 38.0
    shapes: list[Markup] = []
    for i, row in enumerate(counts):
        y, total = head + i * CELL, sum(row)
        shapes.append(text(gutter - 8, y + CELL / 2 + 4, names[i], "tick", "end"))
        shapes.append(text(gutter + (i + 0.5) * CELL, head - 7, names[i], "tick", "middle"))
        for j, count in enumerate(row):
            share = count / total if total else 0.0
            shapes.append(_cell(gutter + j * CELL, y, count, share, f"{names[i]} and {names[j]}"))
    title = text(gutter + side / 2, 13, axis, "axis-title", "middle")
    return drawing(gutter + side + 2, head + side + 2, title, *shapes, label=label)


def _cell(x: float, y: float, count: float, share: float, hint: str) -> Markup:
    return tag(
        "g",
        tag("title", f"{hint}: {count:g}, {share:.0%} of the row"),
        tag("rect", x=x + 1, y=y + 1, width=CELL - 2, height=CELL - 2, rx=3, class_="cell"),
        tag(
            "rect",
            x=x + 1,
            y=y + 1,
            width=CELL - 2,
            height=CELL - 2,
            rx=3,
            class_="shade",
            fill_opacity=share,
        ),
        text(
            x + CELL / 2,
            y + CELL / 2 + 4,
            f"{count:g}",
            "on-shade" if share > DARK else "in-cell",
            "middle",
        ),
    )
