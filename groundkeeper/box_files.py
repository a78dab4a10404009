"""Boxes of several annotators in a file of anybody's: Parquet or CSV, one row a box. Without pandas it starts at once.

A row has an item, an annotator and the box in pixels: ``x, y, width, height``, or its corners. A row without a box says
that the annotator looked at the item and found nothing: that is evidence, and a missing row is none.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import NO_LABEL, Drawn, Floats, Integers
from groundkeeper.errors import TableError, listing
from groundkeeper.files import TABLE_ENDINGS

ITEM: Final = ("item", "item_id", "image", "image_id", "task", "task_id")
ANNOTATOR: Final = ("annotator", "annotator_id", "worker", "worker_id", "rater")
LABEL: Final = ("label", "class", "category")
FRAME: Final = ("frame",)
GROUP: Final = ("group", "group_id")
SIZED: Final = (("x", "y", "width", "height"), ("x", "y", "w", "h"))
CORNERS: Final = (
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("left", "top", "right", "bottom"),
)
TURNED: Final = ("rotation", "angle", "rotation_deg", "angle_deg", "theta")
"""Columns that say how far a box is turned, which a table of boxes cannot hold."""
SAME_PX: Final = 0.01
"""How far two statements of one edge may lie apart: one digit less or more was written."""
SHOWN: Final = 3
"""How many places a message names."""

Names: TypeAlias = list[str]
Cell: TypeAlias = str | float | None
Edges: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class BoxFile:
    """The boxes of a file, sorted by item, frame, annotator, label and corners.

    Attributes
    ----------
    items, annotators, labels : list of str
        The names behind the codes of ``drawn``, ascending. An item of several frames is one for each.
    frames : int64[items], optional
        The frame of each item, where the file has frames.
    groups : list of str, optional
        With what each item belongs together, where the file says so.
    drawn : Drawn
    corners : float64[n, 4]
        ``x0, y0, x1, y1`` of each box, px.
    row : int64[n]
        The row of the file that each box stands in, from 1, the header not counted.
    passed_over : tuple of str
        Columns of the file that say nothing here.
    repeated : int
        Rows that say once more what a row of the same annotator says.
    """

    items: Names
    annotators: Names
    labels: Names
    frames: Integers | None
    groups: Names | None
    drawn: Drawn
    corners: Floats
    row: Integers
    passed_over: tuple[str, ...]
    repeated: int

    @property
    def warnings(self) -> list[str]:
        """What somebody has to know of the file."""
        found = []
        if self.passed_over:
            names = ", ".join(self.passed_over)
            found.append(f"columns that say nothing here were passed over: {names}")
        if self.repeated:
            found.append(
                f"rows that repeat a row of the same annotator, each taken as a box of its own: {self.repeated}"
            )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of a file as they stand in it, and of CSV the line that each row ends on."""

    path: Path
    cells: Mapping[str, Sequence[Cell]]
    lines: Sequence[int] | None

    def numbers(self, name: str) -> Floats:
        """Return a column of numbers, nan where nothing is said."""
        cells = self.cells[name]
        try:
            found = np.array([np.nan if cell is None else float(cell) for cell in cells])
        except (TypeError, ValueError):
            wrong = np.array([cell is not None and not _is_number(cell) for cell in cells])
            self.refuse(wrong, f"{name} {cells[int(wrong.argmax())]!r}", "a number, or nothing")
            raise
        said = np.array([cell is not None for cell in cells], dtype=np.bool_)
        wrong = said & ~np.isfinite(found)
        self.refuse(wrong, f"{name} that is no finite number", "a number, or nothing")
        return found.astype(np.float64)

    def codes(self, name: str, role: str) -> tuple[Integers, Names]:
        """Return the code of each row and the names behind the codes, ascending; ``NO_LABEL`` where nothing is said."""
        cells = self.cells[name]
        texts = [None if cell is None else str(cell) for cell in cells]
        if role != "label":
            missing = np.array([text is None for text in texts], dtype=np.bool_)
            self.refuse(missing, f"no {role}", f"the {role} of every box")
        names = sorted({text for text in texts if text is not None})
        code: dict[str | None, int] = {text: place for place, text in enumerate(names)}
        code[None] = NO_LABEL
        return np.array([code[text] for text in texts], dtype=np.int64), names

    def refuse(self, wrong: npt.ArrayLike, found: str, allowed: str) -> None:
        """Make sure that no row is *wrong*, bool [rows]."""
        rows = np.flatnonzero(wrong).tolist()
        if not rows:
            return
        places = listing(
            f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
            for row in rows[:SHOWN]
        )
        more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
        message = (
            f"{self.path}: found {found} ({places}{more}); allowed is {allowed}; correct the file"
        )
        raise TableError(message)


def _said(cell: Cell) -> Cell:
    """Return what a cell of Parquet says: what is not a number, or has no letter, says nothing, as in CSV."""
    return None if cell == "" or cell != cell else cell  # noqa: PLR0124 - nan


def _is_number(cell: Cell) -> bool:
    try:
        float("" if cell is None else cell)
    except (TypeError, ValueError):
        return False
    return True


def read(path: Path) -> BoxFile:
    """Return the boxes in the file *path*.

    Raises
    ------
    TableError
        If the file cannot be read or has no row, a column is missing, a row names no item or no annotator, a box is
        half given, turned, no finite number, without an area or given in two ways that disagree, an annotator drew
        boxes on an item and says that there are none, or an item is in two groups.
    """
    names = _header(path)
    roles = {
        "item": _one_of(path, names, ITEM, "the item"),
        "annotator": _one_of(path, names, ANNOTATOR, "the annotator"),
        "label": _optional(names, LABEL),
        "frame": _optional(names, FRAME),
        "group": _optional(names, GROUP),
    }
    edges = _edges(path, names)
    turned = next((name for name in names if name.lower() in TURNED), None)
    used = {name for name in (*roles.values(), *chain(*edges), turned) if name}
    columns = _columns(path, names, used)
    if not columns.cells[edges[0][0]]:
        message = f"{path}: holds no row; needed is at least one, of a box or of who found none"
        raise TableError(message)
    corners = _corners(columns, edges)
    if turned:
        columns.refuse(
            np.nan_to_num(columns.numbers(turned)) != 0,
            f"a box that is turned by its {turned}",
            "an upright one in a table; turned ones come as answers, .jsonl, with rotation beside bbox",
        )
    codes = {role: columns.codes(name, role) for role, name in roles.items() if name}
    passed_over = tuple(name for name in names if name not in used)
    return _sorted(columns, codes, corners, passed_over)


def _corners(columns: Columns, edges: Sequence[Edges]) -> Floats:
    """Return ``x0, y0, x1, y1`` of each row, nan of a row without a box; all of *edges* have to say the same."""
    found = [_stated(columns, names) for names in edges]
    for names, other in zip(edges[1:], found[1:], strict=True):
        same = np.isclose(found[0], other, rtol=0.0, atol=SAME_PX, equal_nan=True)
        columns.refuse(
            ~same.all(axis=1),
            f"another box in {', '.join(names)} than in {', '.join(edges[0])}",
            "the same box in both, or one of them",
        )
    return found[0]


def _stated(columns: Columns, edges: Edges) -> Floats:
    """Return the corners that the columns *edges* state."""
    corners = np.column_stack([columns.numbers(name) for name in edges])
    given = np.isfinite(corners).sum(axis=1)
    half = (given != 0) & (given != len(edges))
    columns.refuse(half, "half a box", "all four numbers of a box, or none")
    if edges in SIZED:
        columns.refuse((corners[:, 2:] < 0).any(axis=1), "a negative size", "above 0")
        corners[:, 2:] += corners[:, :2]
    turned = (corners[:, 2:] < corners[:, :2]).any(axis=1)
    columns.refuse(turned, "a right or lower edge before the left or upper one", "corners in order")
    flat = (corners[:, 2:] == corners[:, :2]).any(axis=1)
    columns.refuse(flat, "a box without width or height", "above 0 for both")
    return corners


def _sorted(
    columns: Columns,
    codes: dict[str, tuple[Integers, Names]],
    corners: Floats,
    passed_over: tuple[str, ...],
) -> BoxFile:
    item, items = codes["item"]
    annotator, annotators = codes["annotator"]
    label, labels = codes.get("label", (np.full(len(item), NO_LABEL, dtype=np.int64), []))
    groups = _groups(columns, item, codes["group"]) if "group" in codes else None
    frames = None
    if "frame" in codes:
        number = _frames(columns, codes["frame"][1])
        places, unit = np.unique(
            np.column_stack([item, number[codes["frame"][0]]]), axis=0, return_inverse=True
        )
        item, frames = unit.reshape(-1).astype(np.int64), places[:, 1]
        items = [items[place] for place in places[:, 0]]
        groups = None if groups is None else [groups[place] for place in places[:, 0]]
    empty = np.isnan(corners[:, 0])
    looked = item * (annotator.max(initial=0) + 1) + annotator
    columns.refuse(
        empty & np.isin(looked, looked[~empty]),
        "a row without a box of an annotator who drew boxes on the item",
        "boxes, or one row without a box",
    )
    order = np.lexsort((*corners.T[::-1], label, annotator, item))
    order = order[~empty[order]]
    drawn = Drawn(item[order], annotator[order], label[order], item[empty], annotator[empty])
    said = np.column_stack([drawn.item, drawn.annotator, drawn.label, corners[order]])
    repeated = int((said[1:] == said[:-1]).all(axis=1).sum())
    return BoxFile(
        items,
        annotators,
        labels,
        frames,
        groups,
        drawn,
        corners[order],
        order + 1,
        passed_over,
        repeated,
    )


def _header(path: Path) -> Names:
    ending = path.suffix.lower()
    if ending not in TABLE_ENDINGS:
        message = f"{path}: found the ending {path.suffix or 'none'}; allowed are {listing(TABLE_ENDINGS)}"
        raise TableError(message)
    try:
        names = _parquet_names(path) if ending == ".parquet" else _csv_names(path)
    except (OSError, ValueError, csv.Error) as error:
        message = f"{path}: cannot be read: {error}; needed is Parquet, or CSV in UTF-8"
        raise TableError(message) from error
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"{path}: found the columns {listing(repeated)} more than once; allowed is once"
        raise TableError(message)
    return names


def _csv_names(path: Path) -> Names:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [name.strip() for name in next(csv.reader(file, strict=True), [])]


def _parquet_names(path: Path) -> Names:
    import pyarrow.parquet as pq  # noqa: PLC0415 - CSV does without

    return list(pq.read_schema(path).names)


def _optional(names: Names, called: Sequence[str]) -> str | None:
    return next((name for name in called if name in names), None)


def _one_of(path: Path, names: Names, called: Sequence[str], what: str) -> str:
    found = [name for name in called if name in names]
    if len(found) == 1:
        return found[0]
    seen = listing(found or names)
    message = f"{path}: found the columns {seen}; needed is one for {what}, called one of {listing(called)}"
    raise TableError(message)


def _edges(path: Path, names: Names) -> list[Edges]:
    """Return the columns of a box, in every way in which the file has them."""
    found = [edges for edges in (*SIZED, *CORNERS) if set(edges) <= set(names)]
    if found:
        return found
    ways = "; ".join(", ".join(edges) for edges in (*SIZED, *CORNERS))
    message = f"{path}: found the columns {listing(names)}; needed are those of a box in pixels, one of: {ways}"
    raise TableError(message)


def _columns(path: Path, names: Names, used: Collection[str]) -> Columns:
    """Return the columns *used*, as they stand: of CSV texts, of Parquet texts and numbers; nothing is None."""
    if path.suffix.lower() == ".parquet":
        return _of_parquet(path, [name for name in names if name in used])
    places = [place for place, name in enumerate(names) if name in used]
    columns: dict[str, list[Cell]] = {names[place]: [] for place in places}
    lines = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            next(rows, None)
            for row in rows:
                if not row:
                    continue
                if len(row) != len(names):
                    message = (
                        f"{path}: line {rows.line_num}: found {len(row)} cells; allowed are {len(names)}, as in the "
                        "header; correct the file"
                    )
                    raise TableError(message)
                lines.append(rows.line_num)
                for place in places:
                    columns[names[place]].append(row[place].strip() or None)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: cannot be read: {error}; needed is CSV in UTF-8; correct the file"
        raise TableError(message) from error
    return Columns(path, columns, lines)


def _of_parquet(path: Path, wanted: Names) -> Columns:
    import pyarrow as pa  # noqa: PLC0415 - CSV does without
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        table = pq.read_table(path, columns=wanted)
    except (pa.ArrowException, ValueError, OSError) as error:
        message = f"{path}: cannot be read: {error}; needed is Parquet"
        raise TableError(message) from error
    return Columns(
        path,
        {name: [_said(cell) for cell in table.column(name).to_pylist()] for name in wanted},
        None,
    )


def _groups(columns: Columns, item: Integers, group: tuple[Integers, Names]) -> Names:
    codes, names = group
    of_item = np.full(int(item.max(initial=-1)) + 1, -1, dtype=np.int64)
    of_item[item] = codes
    columns.refuse(
        of_item[item] != codes, "another group of an item", "one group for all rows of an item"
    )
    return [names[code] for code in of_item]


def _frames(columns: Columns, names: Names) -> Integers:
    wrong = [name for name in names if not name.isdecimal()]
    if wrong:
        message = f"{columns.path}: frame: found {listing(map(repr, wrong))}; allowed is a whole number from 0"
        raise TableError(message)
    return np.array([int(name) for name in names], dtype=np.int64)
