"""One case for an adjudicator as a picture: all positions over one another, each by itself, and their values.

Nobody's name is in it. Colours and dashes are those of ``reports.outlines``; a letter says which position is which, so
that neither colour is needed.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from groundkeeper.core.adjudication.positions import Case, Position, differing
from groundkeeper.reports.outlines import (
    CAPTION,
    COLOURS,
    DASHES,
    GAP,
    PANEL,
    WIDTHS,
    Reading,
    Subject,
    Window,
    path,
    spread_out,
    window,
)
from groundkeeper.reports.scales import step
from groundkeeper.reports.svg import bar, drawing, line, number, tag, text
from schemas.enums import Shape

LINE = 20.0
COLUMNS = 4
"""Panels beside one another."""
POINT_WIDTH = 6.0
"""How thick a point is drawn, in units of the picture."""
LETTER_WIDTH, FIELD_WIDTH, VALUE_WIDTH = 30.0, 190.0, 132.0
MOST_CHARACTERS = 20
"""How much of a value a cell shows; all of it is there for the pointer."""
OTHER: dict[str, str | float] = {"class_": "other", "stroke_dasharray": "none"}
"""How a position is drawn that stands behind another."""
POINTS = frozenset({Shape.POINTS, Shape.SKELETON})


@dataclass(frozen=True)
class About:
    """What a picture says of a case beside its positions: the lines at its head, and the side of a pixel in mm."""

    title: str
    lines: tuple[str, ...]
    spacing_mm: float | None = None


def picture(case: Case, about: About) -> Markup:
    """Return the picture of a case as a file of its own; one without shapes is a table of values."""
    blocks = [block for block in (_head(about), *_shapes(case, about), _values(case)) if block]
    width = max(_panels_width(1), *(block.width for block in blocks)) + 2 * GAP
    shapes, below = [], GAP
    for block in blocks:
        shapes.append(_moved(GAP, below, *block.shapes))
        below += block.height + GAP
    label = f"{about.title}: {len(case.positions)} positions of {case.looked} experts"
    return drawing(
        width,
        below,
        tag("style", STYLE),
        bar(0, 0, width, below, "paper"),
        *shapes,
        label=label,
        standalone=True,
    )


@dataclass(frozen=True)
class _Block:
    """A part of the picture and the room it takes, drawn from its upper left corner."""

    width: float
    height: float
    shapes: tuple[Markup, ...]


def _head(about: About) -> _Block:
    lines = [text(0, 16, about.title, "title")]
    lines += [text(0, 16 + (k + 1) * LINE, said, "tick") for k, said in enumerate(about.lines)]
    longest = max(map(len, (about.title, *about.lines)))
    return _Block(longest * 6.6, 16 + LINE * len(about.lines) + 4, tuple(lines))


def _shapes(case: Case, about: About) -> Iterator[_Block]:
    subject = Subject(
        about.title,
        tuple(
            Reading(one.letter, {f: _seen(one, s) for f, s in one.statement.parts.items()})
            for one in case.positions
        ),
        {},
        about.spacing_mm,
    )
    chosen = spread_out(subject.frames(), COLUMNS)
    if not chosen:
        return
    shown = window(subject, chosen)
    panels = [
        _panel(case.positions, frame, shown, f"slice {frame}", _drew(case, frame))
        for frame in chosen
    ]
    panels[0] += _scale_bar(shown, about.spacing_mm)
    yield _row("All positions over one another", panels)
    best = _fullest(case, subject.frames())
    own = [
        _panel((one,), best, shown, f"{one.letter}: {_supporters(one, case)}", _extent(one), case)
        for one in case.positions
    ]
    if case.silent:
        marked = f"{case.silent} of {case.looked} marked nothing"
        own.append(
            [
                bar(0, 0, PANEL, PANEL, "canvas"),
                text(PANEL / 2, PANEL / 2, "absent", "letter none", "middle"),
                text(2, PANEL + 14, marked, "slice"),
            ]
        )
    yield _row(f"Each position by itself, slice {best}; the others in grey", own)


def _drew(case: Case, frame: int) -> str:
    drawn = sum(one.supporters for one in case.positions if frame in one.statement.parts)
    return f"{drawn} of {case.looked} drew here"


def _supporters(one: Position, case: Case) -> str:
    return f"{one.supporters} of {case.looked}"


def _extent(one: Position) -> str:
    frames = sorted(one.statement.parts)
    if not frames:
        return "no shape"
    if len(frames) == 1:
        return f"slice {frames[0]}"
    return f"slices {frames[0]} to {frames[-1]}"


def _fullest(case: Case, frames: Sequence[int]) -> int:
    """Return the frame in which most positions have a shape, of equal ones that in the middle."""
    drawn = {f: sum(f in one.statement.parts for one in case.positions) for f in frames}
    full = [frame for frame in frames if drawn[frame] == max(drawn.values())]
    return full[len(full) // 2]


def _row(heading: str, panels: Sequence[Sequence[Markup]]) -> _Block:
    shapes = [text(0, 12, heading, "heading")]
    for k, panel in enumerate(panels):
        x, y = k % COLUMNS, k // COLUMNS
        shapes.append(_moved(x * (PANEL + GAP), LINE + y * (PANEL + CAPTION + GAP), *panel))
    rows = math.ceil(len(panels) / COLUMNS)
    return _Block(
        _panels_width(min(len(panels), COLUMNS)),
        LINE + rows * (PANEL + CAPTION + GAP),
        tuple(shapes),
    )


def _panels_width(count: int) -> float:
    return count * (PANEL + GAP) - GAP


def _panel(  # noqa: PLR0913, PLR0917 - what a panel shows, and its two captions
    shown: Sequence[Position],
    frame: int,
    part: Window,
    left: str,
    right: str,
    case: Case | None = None,
) -> list[Markup]:
    """Return one panel: the positions *shown* with their letters, the others of *case* in grey."""
    everybody = case.positions if case else shown
    layers = [bar(0, 0, PANEL, PANEL, "canvas")]
    for one in everybody:
        if one not in shown and frame in one.statement.parts:
            region = _seen(one, one.statement.parts[frame])
            layers.append(tag("path", d=path(region, part), **_stroke(one) | OTHER))
    letters = []
    for one in shown:
        if frame not in one.statement.parts:
            continue
        place = _place(one)
        region = _seen(one, one.statement.parts[frame])
        layers.append(tag("path", tag("title", one.letter), d=path(region, part), **_stroke(one)))
        x, y = _outermost(region, place, max(len(everybody), 2), part)
        letters.append(text(x, y, one.letter, f"letter said-{place % len(COLOURS) + 1}", "middle"))
    captions = [
        text(2, PANEL + 14, left, "slice"),
        text(PANEL - 2, PANEL + 14, right, "tick", "end"),
    ]
    return [*layers, *letters, *captions]


def _outermost(region: BaseGeometry, place: int, count: int, part: Window) -> tuple[float, float]:
    """Return where in the panel the letter of a region stands: at its end in a direction of the position's own."""
    turn = 2 * math.pi * place / count - math.pi / 2
    direction = np.array([math.cos(turn), math.sin(turn)])
    points = shapely.get_coordinates(region)
    end = points[int(np.argmax(points @ direction))]
    x, y = (end - (part.left, part.top)) * part.zoom + 9 * direction
    return min(max(float(x), 8.0), PANEL - 8), min(max(float(y) + 4, 14.0), PANEL - 4)


def _seen(one: Position, shape: BaseGeometry) -> BaseGeometry:
    """Return what of a shape is drawn: of a skeleton, the joints that are labelled."""
    if one.statement.kind != Shape.SKELETON or not shape.has_z:
        return shape
    joints = shapely.get_coordinates(shape, include_z=True)
    labelled = joints[joints[:, 2] > 0, :2]
    return shapely.MultiPoint(labelled if len(labelled) else joints[:, :2])


def _stroke(one: Position) -> dict[str, str | float]:
    place = _place(one) % len(COLOURS)
    is_points = one.statement.kind in POINTS
    return {
        "class_": f"drawn drawn-{place + 1}",
        "stroke_width": POINT_WIDTH if is_points else WIDTHS[place],
        "stroke_dasharray": "none" if is_points else DASHES[place],
        "stroke_linecap": "round" if is_points else "butt",
    }


def _place(one: Position) -> int:
    """Return the place of a position among all of its case, from its letter."""
    place = 0
    for letter in one.letter:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _scale_bar(shown: Window, spacing_mm: float | None) -> list[Markup]:
    size, unit = (spacing_mm, "mm") if spacing_mm else (1.0, "px")
    length = step(shown.side * size, 4)
    y = PANEL - 10
    return [
        line(10, y, 10 + length / size * shown.zoom, y, "scale-bar"),
        text(10, y - 6, f"{length:g} {unit}", "slice"),
    ]


def _values(case: Case) -> _Block | None:
    """Return what each position says in words, and what the experts differ on."""
    rows = dict(stated(case.positions))
    if not rows:
        return None
    apart = differing(case.positions)
    shapes = [text(0, 12, "What each position says; a dot marks what they differ on", "heading")]
    y = LINE + 14
    for k, one in enumerate(case.positions):
        x = FIELD_WIDTH + k * VALUE_WIDTH
        place = k % len(COLOURS)
        shapes.append(tag("path", d=f"M{number(x)} {number(y - 4)}h22", **_stroke(one)))
        shapes.append(text(x + LETTER_WIDTH, y, one.letter, f"letter said-{place + 1}"))
        shapes.append(text(x + LETTER_WIDTH + 18, y, _supporters(one, case), "tick"))
    width = FIELD_WIDTH + len(case.positions) * VALUE_WIDTH
    shapes.append(line(0, y + 6, width, y + 6, "rule"))
    for name, values in rows.items():
        y += LINE
        is_apart = name in apart or (name == LABEL and len(set(values)) > 1)
        if is_apart:
            shapes.append(tag("circle", cx=4, cy=y - 4, r=3.5, class_="dot"))
        shapes.append(_cell(14, y, name, "value" if is_apart else "tick"))
        for k, value in enumerate(values):
            shapes.append(
                _cell(FIELD_WIDTH + k * VALUE_WIDTH, y, value, "value" if is_apart else "tick")
            )
    return _Block(width, y + 8, tuple(shapes))


LABEL = "label"
"""The row of the label, which is no attribute."""
NOTHING = "-"


def stated(found: Sequence[Position]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each thing that any position says in words, with what each of them says of it, in their order."""
    labels = tuple(one.statement.label or NOTHING for one in found)
    if any(one.statement.label for one in found):
        yield LABEL, labels
    names = sorted({name for one in found for name in one.statement.attributes})
    for name in names:
        yield name, tuple(_spelled(one.statement.attributes, name) for one in found)


def _spelled(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cell(x: float, y: float, content: str, class_: str) -> Markup:
    short = content if len(content) <= MOST_CHARACTERS else f"{content[: MOST_CHARACTERS - 1]}…"
    return tag("g", tag("title", content), text(x, y, short, class_))


def _moved(x: float, y: float, *shapes: Markup) -> Markup:
    return tag("g", *shapes, transform=f"translate({number(x)} {number(y)})")


STYLE = (
    "text{font:12px system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif;fill:#59636e}"
    ".title{font-size:15px;font-weight:600;fill:#1f2328}.heading{font-weight:600;fill:#1f2328}"
    ".slice{fill:#1f2328;font-weight:600}.value{fill:#1f2328;font-weight:600}"
    ".paper{fill:#fff}.canvas{fill:#f3f4f6}.dot{fill:#1f2328}.rule{stroke:#d0d7de}"
    ".scale-bar{stroke:#1f2328;stroke-width:2.5}"
    ".drawn,.other{fill:none;stroke-linejoin:round}.other{stroke:#b4bac2;stroke-opacity:.8}"
    ".letter{font-weight:700;font-size:13px;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".none{fill:#59636e;stroke:none}"
    + "".join(
        f".drawn-{k}{{stroke:{colour}}}.said-{k}{{fill:{colour}}}"
        for k, colour in enumerate(COLOURS, start=1)
    )
)
"""Looks of the picture, which stands alone."""
