"""Slices with every expert's outline and the consensus over each other, to scale.

The colours are those of Okabe and Ito, which stay apart for colour-blind readers; the dashes differ
too, so that a black and white print can be read.

References
----------
Okabe M, Ito K. Color Universal Design, 2008. https://jfly.uni-koeln.de/color/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from groundkeeper.reports.scales import step
from groundkeeper.reports.svg import bar, drawing, line, number, tag, text

PANEL = 176.0
CAPTION = 20.0
GAP = 10.0
LINE = 20.0
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Of the readers, in their order; a page may have lighter ones for a dark ground."""
DASHES = ("none", "7 2.5", "2.5 2", "8 2 2 2", "4 4", "1.5 3")
WIDTHS = (3.0, 2.5, 2.0, 1.6, 1.3, 1.1)
"""From wide to narrow in the order of drawing, so that outlines that coincide are all seen."""
THIN = 0.9
"""Of what lies near and is not meant."""
DOT = 3.0
"""By which a point is wider than a line."""
Regions = Mapping[int, BaseGeometry]
"""What was drawn in each frame."""


@dataclass(frozen=True)
class Reading:
    """The outlines of one expert around one object; without regions the expert marked nothing there."""

    name: str
    regions: Regions


@dataclass(frozen=True)
class Subject:
    """One object with what each expert drew and what became of it.

    Attributes
    ----------
    title
        What it is, in a few words.
    readings
        The experts, in a stable order.
    consensus
        The region of the record; empty if it has none.
    spacing_mm
        The side of a pixel in mm, or None if it is not known.
    around
        What else each of *readings* has near it, in their order: drawn thin.
    captions
        What stands below a frame, to the left and to the right; else its number and how many drew there.
    """

    title: str
    readings: tuple[Reading, ...]
    consensus: Regions
    spacing_mm: float | None = None
    around: tuple[Reading, ...] = ()
    captions: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def frames(self) -> tuple[int, ...]:
        """Return the frames in which anybody drew anything, ascending."""
        drawn = {frame for reading in self.readings for frame in reading.regions}
        return tuple(sorted(drawn | set(self.consensus)))

    def in_frame(self, frame: int) -> tuple[BaseGeometry, ...]:
        """Return everything drawn in *frame*."""
        layers = (self.consensus, *(reading.regions for reading in self.readings))
        return tuple(layer[frame] for layer in layers if frame in layer)


@dataclass(frozen=True)
class Window:
    """The square of an image that a panel shows: its corner and side, in px."""

    left: float
    top: float
    side: float

    @property
    def zoom(self) -> float:
        """Units of the picture for one px of the image."""
        return PANEL / self.side


def spread_out(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Return at most *most* of the *frames*, evenly spread and without the outermost where it can be.

    Examples
    --------
    >>> spread_out(range(10, 20), 3), spread_out([4, 5], 3)
    ((11, 15, 18), (4, 5))
    """
    if len(frames) <= most:
        return tuple(frames)
    return tuple(frames[int((k + 0.5) * len(frames) / most)] for k in range(most))


def window(subject: Subject, frames: Iterable[int]) -> Window:
    """Return the square around all that *subject* has in *frames*, with a margin of a sixth."""
    drawn = [region for frame in frames for region in subject.in_frame(frame)]
    left, top, right, bottom = shapely.total_bounds(shapely.GeometryCollection(drawn))
    side = 4 / 3 * max(right - left, bottom - top, 6.0)
    return Window((left + right - side) / 2, (top + bottom - side) / 2, side)


def panels(subject: Subject, most: int = 4) -> tuple[Markup, ...]:
    """Return at most *most* slices of *subject*, all of one scale, each a picture of its own."""
    chosen = spread_out(subject.frames(), most)
    if not chosen:
        return ()
    shown = window(subject, chosen)
    return tuple(
        drawing(
            PANEL,
            PANEL + CAPTION,
            _panel(subject, frame, shown, with_bar=frame == chosen[0]),
            label=_description(subject, frame),
        )
        for frame in chosen
    )


def strip(subject: Subject, caption: Sequence[str], most: int = 4) -> Markup:
    """Return slices of *subject* side by side with legend and *caption*, as a file of its own.

    It brings its own paper and colours, so that it can be read on a page of any colour.

    Parameters
    ----------
    subject : Subject
        What is drawn.
    caption : sequence of str
        The lines below the legend; who made the data belongs here.
    most : int
        How many slices at most.

    Raises
    ------
    ValueError
        If nobody drew anything.
    """
    chosen = spread_out(subject.frames(), most)
    if not chosen:
        message = f"{subject.title}: nothing was drawn; choose a record with outlines"
        raise ValueError(message)
    shown = window(subject, chosen)
    slices = [
        _moved(
            GAP + k * (PANEL + GAP), GAP, _panel(subject, frame, shown, with_bar=frame == chosen[0])
        )
        for k, frame in enumerate(chosen)
    ]
    below = GAP + PANEL + CAPTION + LINE
    lines = [text(0, k * LINE, said, "tick") for k, said in enumerate(caption)]
    width = GAP + len(chosen) * (PANEL + GAP)
    height = below + LINE * (len(lines) + 1)
    label = f"{subject.title}: {len(chosen)} slices, {len(subject.readings)} experts, consensus"
    return drawing(
        width,
        height,
        tag("style", STYLE),
        bar(0, 0, width, height, "paper"),
        *slices,
        _moved(GAP, below, *_legend(subject)),
        _moved(GAP, below + LINE + 4, *lines),
        label=label,
        standalone=True,
    )


def key(index: int) -> Markup:
    """Return the piece of line that stands for the reader at *index* in a legend."""
    return drawing(
        26, 10, tag("path", d="M1 5H25", **_stroke(index)), label=f"line of reader {index + 1}"
    )


def consensus_key() -> Markup:
    """Return the patch that stands for the consensus in a legend."""
    return drawing(26, 12, bar(1, 1, 24, 10, "consensus"), label="area of the consensus")


def plain_path(index: int, region: BaseGeometry, shown: Window) -> Markup:
    """Return *region* as a thin line of the reader at *index*."""
    return tag("path", d=path(region, shown), **_stroke(index, region, THIN))


def path(region: BaseGeometry, shown: Window) -> str:
    """Return the path data of *region* as *shown*: polygons closed, lines open, points as dots.

    Examples
    --------
    >>> path(shapely.box(0, 0, 2, 1), Window(0, 0, 176))
    'M2 0L2 1L0 1L0 0Z'
    >>> path(shapely.Point(3, 4), Window(0, 0, 176))
    'M3 4h0'
    """
    return "".join(_pieces(region, shown))


def _pieces(region: BaseGeometry, shown: Window) -> Iterator[str]:
    for simple in shapely.get_parts(region):
        if isinstance(simple, shapely.Polygon):
            for ring in (simple.exterior, *simple.interiors):
                yield _run(shapely.get_coordinates(ring)[:-1], shown) + "Z"
        else:
            points = shapely.get_coordinates(simple)
            yield _run(points, shown) + ("h0" if len(points) == 1 else "")


def _run(points: np.ndarray, shown: Window) -> str:
    placed = (points - (shown.left, shown.top)) * shown.zoom
    return "M" + "L".join(f"{_one_decimal(x)} {_one_decimal(y)}" for x, y in placed)


def _one_decimal(value: float) -> str:
    return number(round(float(value), 1))


def _panel(subject: Subject, frame: int, shown: Window, *, with_bar: bool) -> Markup:
    layers = [bar(0, 0, PANEL, PANEL, "canvas")]
    if frame in subject.consensus:
        layers.append(tag("path", d=path(subject.consensus[frame], shown), class_="consensus"))
    layers += [
        tag("path", tag("title", reading.name), d=path(region, shown), **_stroke(k, region, THIN))
        for k, reading in enumerate(subject.around)
        for region in _within(reading.regions.get(frame), shown)
    ]
    layers += [
        tag("path", tag("title", reading.name), d=path(region, shown), **_stroke(k, region))
        for k, reading in enumerate(subject.readings)
        for region in (reading.regions.get(frame),)
        if region is not None
    ]
    drawn = sum(frame in reading.regions for reading in subject.readings)
    usual = (f"slice {frame}", f"{drawn} of {len(subject.readings)} drew here")
    left, right = subject.captions.get(frame, usual)
    layers.append(text(2, PANEL + 14, left, "slice"))
    layers.append(text(PANEL - 2, PANEL + 14, right, "tick", "end"))
    if with_bar:
        layers += _scale_bar(shown, subject.spacing_mm)
    return tag("g", *layers)


def _scale_bar(shown: Window, spacing_mm: float | None) -> list[Markup]:
    size, unit = (spacing_mm, "mm") if spacing_mm else (1.0, "px")
    length = step(shown.side * size, 4)
    width = length / size * shown.zoom
    y = PANEL - 10
    return [
        line(10, y, 10 + width, y, "scale-bar"),
        text(10, y - 6, f"{length:g} {unit}", "scale-text"),
    ]


def _moved(x: float, y: float, *shapes: Markup) -> Markup:
    return tag("g", *shapes, transform=f"translate({number(x)} {number(y)})")


def _within(region: BaseGeometry | None, shown: Window) -> Iterator[BaseGeometry]:
    """Yield what of *region* lies within the window; nothing of what was not drawn or lies outside."""
    if region is None:
        return
    frame = shapely.box(shown.left, shown.top, shown.left + shown.side, shown.top + shown.side)
    for simple in shapely.get_parts(region):
        inside = shapely.intersection(simple.boundary if simple.area else simple, frame)
        if not inside.is_empty:
            yield inside


def _stroke(
    index: int, region: BaseGeometry | None = None, width: float | None = None
) -> dict[str, str | float]:
    """Return the looks of a line of the reader at *index*; points are round dots, since they have no length."""
    place = index % len(COLOURS)
    line_width = WIDTHS[place] if width is None else width
    looks: dict[str, str | float] = {
        "class_": f"reader reader-{place + 1}",
        "stroke_width": line_width,
        "stroke_dasharray": DASHES[place],
    }
    if region is None or region.length:
        return looks
    return looks | {
        "stroke_width": DOT + line_width,
        "stroke_dasharray": "none",
        "stroke_linecap": "round",
    }


def _description(subject: Subject, frame: int) -> str:
    drew = [reading.name for reading in subject.readings if frame in reading.regions]
    consensus = "with" if frame in subject.consensus else "without"
    return f"{subject.title}, slice {frame}: outlines of {', '.join(drew) or 'nobody'}, {consensus} consensus"


def _legend(subject: Subject) -> Iterator[Markup]:
    x = 2.0
    for index, reading in enumerate(subject.readings):
        yield tag("path", d=f"M{number(x)} -4h24", **_stroke(index))
        yield text(x + 30, 0, reading.name, "tick")
        x += 46 + 7 * len(reading.name)
    yield bar(x, -10, 24, 11, "consensus")
    yield text(x + 30, 0, "consensus", "tick")


STYLE = (
    "text{font:12px system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif;fill:#59636e}"
    ".slice,.scale-text{fill:#1f2328}.slice{font-weight:600}.paper{fill:#fff}"
    ".canvas{fill:#f3f4f6}.consensus{fill:#1f2328;fill-opacity:.13;fill-rule:evenodd}"
    ".scale-bar{stroke:#1f2328;stroke-width:2.5}"
    ".reader{fill:none;stroke-linejoin:round}"
    + "".join(f".reader-{k}{{stroke:{colour}}}" for k, colour in enumerate(COLOURS, start=1))
)
"""Looks of a picture that stands alone; within a page the page's stylesheet has them."""
