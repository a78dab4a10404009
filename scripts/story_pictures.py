"""Draw the pictures of docs/story.md from a built repository: ``python scripts/story_pictures.py`` in its root.

Three files in ``docs/pictures``: what each version of the guideline of ``lung-nodules`` does with the records, a nodule
whose readers stand on either side of 6 mm, and where the two conventions run its outline.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry
from story_figures import Built, fates, on_either_side, read, size_mm

from groundkeeper import files
from groundkeeper.core.conventions import eroded_by_one_pixel
from groundkeeper.core.guideline.decisions import DEFAULT_RULE
from groundkeeper.reports.outlines import GAP, LINE, PANEL, STYLE, Subject, Window, path, strip
from groundkeeper.reports.scales import Scale
from groundkeeper.reports.svg import bar, drawing, number, tag, text

FOLDER: Final = Path("docs/pictures")
VERSIONS: Final = {
    "1.0.0": "as the readers worked",
    "1.0.1": "wording",
    "1.1.0": "a class from malignancy",
    "2.0.0": "6 mm or more, in force",
    "3.0.0": "on the boundary, next",
}
LOOKS: Final = {
    "found": "has to be found",
    "small": "ignored: not actionable",
    "mass": "ignored: a mass",
    "out": "left out",
}
FATES: Final = {
    DEFAULT_RULE: "found",
    "inc.actionable": "small",
    "inc.mass": "mass",
    "inc.thick": "out",
    "inc.small": "out",
}
"""Rule of ``include`` to how the records that it decides are drawn."""
LINES: Final = {
    "outside": "2.0.0: through the first pixels outside",
    "boundary": "3.0.0: through the outermost pixels of the nodule",
}
PAPER: Final = "A plain canvas: the data carry outlines and no pixels."
SOURCE: Final = "LIDC-IDRI (Armato et al., Med Phys 38:915, 2011), CC BY 3.0."
LABELS, WIDTH, ROW, BAR = 216.0, 736.0, 34.0, 24.0
"""Of the bars, in units of the picture: where they start and end, from one to the next, how high one is."""
ENLARGED: Final = 1.8
ROOM_PX: Final = 2
"""Pixels around an outline that is shown pixel by pixel."""


def main(root: Path) -> None:
    """Write the pictures of the repository at *root*."""
    for name, picture in pictures(read(root)).items():
        files.write_text(root / FOLDER / name, picture)


def pictures(built: Built) -> dict[str, str]:
    """Return the text of each picture by the name of its file."""
    nodule = on_either_side(built)
    counted = {version: by_looks(rules) for version, rules in fates(built).items()}
    drawn = {
        "versions": versions_picture(counted),
        "near-the-limit": limit_picture(nodule),
        "conventions": conventions_picture(nodule),
    }
    return {f"{name}.svg": f"{picture}\n" for name, picture in drawn.items()}


def by_looks(rules: Mapping[str, int]) -> dict[str, int]:
    """Return how many records are drawn in each of the looks, from how many each rule decides."""
    of_look = {look: [rule for rule, drawn in FATES.items() if drawn == look] for look in LOOKS}
    return {look: sum(rules.get(rule, 0) for rule in of) for look, of in of_look.items()}


def versions_picture(counted: Mapping[str, Mapping[str, int]]) -> Markup:
    """Return a bar for each version: its records, by what becomes of them."""
    most = max(sum(counts.values()) for counts in counted.values())
    across = Scale(0, most, LABELS, WIDTH - GAP)
    shapes = list(_key())
    for row, (version, counts) in enumerate(counted.items(), start=1):
        shapes.append(text(GAP, row * ROW + 17, version, "slice"))
        shapes.append(text(GAP + 44, row * ROW + 17, VERSIONS[version], "tick"))
        shapes += _stack(counts, across, row * ROW)
    below = (len(counted) + 1) * ROW + 14
    said = f"The {most} records of the sample under each version. {SOURCE}"
    return _page(
        WIDTH,
        below + 14,
        *shapes,
        text(GAP, below, said, "tick"),
        label="What each version of the guideline does with the records",
    )


def _key() -> Iterator[Markup]:
    x = LABELS
    for look, said in LOOKS.items():
        yield bar(x, 9, 13, 13, look)
        yield text(x + 18, 20, said, "tick")
        x += 38 + 6 * len(said)


def _stack(counts: Mapping[str, int], across: Scale, y: float) -> Iterator[Markup]:
    """Yield the pieces of one bar, with a number in those that have room for it."""
    before = 0
    for look, count in counts.items():
        start, end = across(before), across(before + count)
        before += count
        if count:
            yield bar(start, y, end - start, BAR, look, hint=f"{LOOKS[look]}: {count}")
        if end - start >= BAR:
            yield text((start + end) / 2, y + 17, str(count), f"on-{look}", "middle")


def limit_picture(nodule: Subject) -> Markup:
    """Return *nodule* with the outlines of its readers, and how large it is to each of them."""
    sizes = (f"{r.name} {size_mm(r.regions, nodule):.1f} mm" for r in nodule.readings if r.regions)
    said = f"One nodule near 6 mm, as each reader's outline measures it: {', '.join(sizes)}."
    return strip(nodule, (said, PAPER, SOURCE))


def conventions_picture(nodule: Subject) -> Markup:
    """Return the slice on which the first reader drew *nodule* largest, pixel by pixel, with both lines."""
    reading = next(reading for reading in nodule.readings if reading.regions)
    frame = max(reading.regions, key=lambda at: (size_mm({at: reading.regions[at]}, nodule), -at))
    drawn = {"outside": reading.regions[frame]}
    (drawn["boundary"],) = eroded_by_one_pixel(np.array([drawn["outside"]], dtype=object))
    shown = around(drawn["outside"])
    lines = [tag("path", d=path(line, shown), class_=name) for name, line in drawn.items()]
    side = PANEL * ENLARGED
    right = GAP + side + 20
    said = [
        piece
        for row, (name, line) in enumerate(drawn.items())
        for piece in _line_key(right, 30 + row * 50, name, size_mm({frame: line}, nodule))
    ]
    said += [bar(right, 128, 24, 14, "inside"), text(right + 32, 140, "pixels of the nodule")]
    said += [
        text(right, 172 + row * LINE, line, "tick")
        for row, line in enumerate(
            (f"{nodule.title}, slice {frame}, reader {reading.name}.", PAPER, SOURCE)
        )
    ]
    return _page(
        WIDTH,
        side + 2 * GAP,
        tag(
            "g",
            bar(0, 0, PANEL, PANEL, "canvas"),
            *pixels(drawn["outside"], shown),
            *lines,
            transform=f"translate({number(GAP)} {number(GAP)}) scale({number(ENLARGED)})",
        ),
        *said,
        label="One outline under two conventions, pixel by pixel",
    )


def around(outline: BaseGeometry) -> Window:
    """Return the square of whole pixels around *outline*.

    Examples
    --------
    >>> around(shapely.box(10, 20, 14, 22))
    Window(left=7.5, top=16.5, side=9.0)
    """
    left, top, right, bottom = (round(edge) for edge in outline.bounds)
    side = max(right - left, bottom - top) + 1 + 2 * ROOM_PX
    return Window(
        (left + right) // 2 - side // 2 - 0.5 + (side % 2 == 0),
        (top + bottom) // 2 - side // 2 - 0.5 + (side % 2 == 0),
        float(side),
    )


def pixels(outline: BaseGeometry, shown: Window) -> Iterator[Markup]:
    """Yield the pixels that are *shown*; those whose centres lie strictly within *outline* are the nodule."""
    steps = np.arange(int(shown.side))
    columns, rows = (grid.ravel() for grid in np.meshgrid(steps, steps))
    x, y = columns + shown.left + 0.5, rows + shown.top + 0.5
    inside = shapely.contains_xy(outline, x, y)
    for column, row, is_inside in zip(columns, rows, inside, strict=True):
        look = "inside" if is_inside else "pixel"
        yield bar(column * shown.zoom, row * shown.zoom, shown.zoom, shown.zoom, look)


def _line_key(x: float, y: float, name: str, size: float) -> Iterator[Markup]:
    yield tag("path", d=f"M{number(x)} {number(y - 4)}h24", class_=name)
    yield text(x + 32, y, LINES[name])
    yield text(x + 32, y + LINE, f"largest diameter {size:.1f} mm", "tick")


def _page(width: float, height: float, *shapes: Markup, label: str) -> Markup:
    style, paper = tag("style", STYLE + LOOK), bar(0, 0, width, height, "paper")
    return drawing(width, height, style, paper, *shapes, label=label, standalone=True)


LOOK: Final = (
    ".found{fill:#0072b2}.small{fill:#9fd0ee}.mass{fill:#c9cdd2}.out{fill:#fff;stroke:#d55e00}"
    ".on-found{fill:#fff}.on-small,.on-mass,.on-out{fill:#1f2328}"
    ".pixel,.inside{fill:none;stroke:#d0d4d9;stroke-width:.3}.inside{fill:#1f2328;fill-opacity:.18}"
    ".outside,.boundary{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".outside{stroke:#0072b2}.boundary{stroke:#d55e00;stroke-dasharray:5 2}"
)
"""Looks of bars, pixels and lines; the colours are those of the outlines of readers."""


if __name__ == "__main__":
    main(Path())
