"""Boxes of several annotators in a file of anybody's: Parquet or CSV, one row a box. Without pandas it starts at once.

A row has an item, an annotator and the box in pixels: ``x, y, width, height``, or its corners. A row without a box says
that the annotator looked at the item and found nothing: that is evidence, and a missing row is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

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
BLOCK_BYTES: Final = 2**24
"""A CSV file is parsed in blocks of this size; a row has to fit into one."""

Names: TypeAlias = list[str]


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


def read(path: Path) -> BoxFile:
    """Return the boxes in the file *path*.

    Raises
    ------
    TableError
        If the file cannot be read, a column is missing, a row names no item or no annotator, a box is half given, no
        finite number or has a negative size, or an item is in two groups.
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
    used = {name for name in (*roles.values(), *edges) if name}
    table = _table(path, {name: name in edges for name in names if name in used})
    numbers = [_numbers(path, table, name) for name in edges]
    codes = {role: _codes(path, table, name, role) for role, name in roles.items() if name}
    given = np.isfinite(np.column_stack(numbers)).sum(axis=1)
    _refuse(
        path,
        (given != 0) & (given != len(edges)),
        "half a box",
        "all four numbers of a box, or none",
    )
    corners = np.column_stack(numbers)
    if edges in SIZED:
        _refuse(path, (corners[:, 2:] < 0).any(axis=1), "a negative size", "at least 0")
        corners[:, 2:] += corners[:, :2]
    _refuse(
        path,
        (corners[:, 2:] < corners[:, :2]).any(axis=1),
        "a right edge left of the left one, or a lower edge above the upper one",
        "corners in order",
    )
    return _sorted(path, codes, corners, tuple(name for name in names if name not in used))


def _sorted(
    path: Path,
    codes: dict[str, tuple[Integers, Names]],
    corners: Floats,
    passed_over: tuple[str, ...],
) -> BoxFile:
    item, items = codes["item"]
    annotator, annotators = codes["annotator"]
    label, labels = codes.get("label", (np.full(len(item), NO_LABEL, dtype=np.int64), []))
    groups = _groups(path, item, codes["group"]) if "group" in codes else None
    frames = None
    if "frame" in codes:
        number = np.array([_frame(path, name) for name in codes["frame"][1]], dtype=np.int64)
        places, unit = np.unique(
            np.column_stack([item, number[codes["frame"][0]]]), axis=0, return_inverse=True
        )
        item, frames = unit.reshape(-1).astype(np.int64), places[:, 1]
        items = [items[place] for place in places[:, 0]]
        groups = None if groups is None else [groups[place] for place in places[:, 0]]
    empty = np.isnan(corners[:, 0])
    order = np.lexsort((*corners.T[::-1], label, annotator, item))
    order = order[~empty[order]]
    drawn = Drawn(item[order], annotator[order], label[order], item[empty], annotator[empty])
    return BoxFile(
        items, annotators, labels, frames, groups, drawn, corners[order], order + 1, passed_over
    )


def _header(path: Path) -> Names:
    if path.suffix.lower() not in TABLE_ENDINGS:
        message = f"{path}: found the ending {path.suffix or 'none'}; allowed are {listing(TABLE_ENDINGS)}"
        raise TableError(message)
    try:
        if path.suffix.lower() == ".parquet":
            return list(pq.read_schema(path).names)
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        message = f"{path}: cannot be read: {error}; needed is Parquet, or CSV in UTF-8"
        raise TableError(message) from error
    names = [name.strip().strip('"') for name in first.split(",")] if first.strip() else []
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"{path}: found the columns {listing(repeated)} more than once; allowed is once"
        raise TableError(message)
    return names


def _optional(names: Names, called: Sequence[str]) -> str | None:
    return next((name for name in called if name in names), None)


def _one_of(path: Path, names: Names, called: Sequence[str], what: str) -> str:
    found = [name for name in called if name in names]
    if len(found) == 1:
        return found[0]
    seen = listing(found or names)
    message = f"{path}: found the columns {seen}; needed is one for {what}, called one of {listing(called)}"
    raise TableError(message)


def _edges(path: Path, names: Names) -> tuple[str, str, str, str]:
    for edges in (*SIZED, *CORNERS):
        if set(edges) <= set(names):
            return edges
    ways = "; ".join(", ".join(edges) for edges in (*SIZED, *CORNERS))
    message = f"{path}: found the columns {listing(names)}; needed are those of a box in pixels, one of: {ways}"
    raise TableError(message)


def _table(path: Path, wanted: dict[str, bool]) -> pa.Table:
    """Return the columns *wanted*, of which some are numbers."""
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path, columns=list(wanted))
        return pa_csv.read_csv(
            path,
            # One thread: so that a message has the number of the row.
            pa_csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
            pa_csv.ParseOptions(newlines_in_values=True),
            pa_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types={
                    n: pa.float64() if is_number else pa.string() for n, is_number in wanted.items()
                },
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowException, ValueError, OSError) as error:
        message = f"{path}: {error}; correct the file"
        raise TableError(message) from error


def _numbers(path: Path, table: pa.Table, name: str) -> Floats:
    """Return a column of numbers, nan where nothing is said."""
    column = table.column(name)
    try:
        found: Floats = column.cast(pa.float64()).to_numpy().copy()
    except pa.ArrowException as error:
        message = f"{path}: {name}: {error}; allowed are numbers; correct the file"
        raise TableError(message) from error
    said = column.is_valid().to_numpy()
    _refuse(
        path, said & ~np.isfinite(found), f"{name} that is no finite number", "a number, or nothing"
    )
    return found


def _codes(path: Path, table: pa.Table, name: str, role: str) -> tuple[Integers, Names]:
    """Return the code of each row and the names behind the codes, ascending; ``NO_LABEL`` where nothing is said."""
    column = table.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
    missing = ~column.is_valid().to_numpy(zero_copy_only=False)
    if role != "label":
        _refuse(path, missing, f"no {role}", f"the {role} of every box")
    names = column.dictionary.to_pylist()
    place = np.empty(len(names) + 1, dtype=np.int64)
    ascending = sorted(range(len(names)), key=names.__getitem__)
    place[ascending] = np.arange(len(names))
    place[-1] = NO_LABEL
    codes = pc.fill_null(column.indices, len(names)).to_numpy()
    return place[codes], [names[code] for code in ascending]


def _frame(path: Path, text: str) -> int:
    if text.isdecimal():
        return int(text)
    message = f"{path}: frame: found {text!r}; allowed is a whole number from 0"
    raise TableError(message)


def _groups(path: Path, item: Integers, group: tuple[Integers, Names]) -> Names:
    codes, names = group
    of_item = np.full(int(item.max(initial=-1)) + 1, -1, dtype=np.int64)
    of_item[item] = codes
    _refuse(
        path,
        of_item[item] != codes,
        "another group of an item",
        "one group for all rows of an item",
    )
    return [names[code] for code in of_item]


def _refuse(path: Path, of_rows: npt.ArrayLike, found: str, allowed: str) -> None:
    wrong = np.asarray(of_rows, dtype=np.bool_)
    if wrong.any():
        rows = listing(f"row {row + 1}" for row in np.flatnonzero(wrong)[:3])
        more = f" and {wrong.sum() - 3} more" if wrong.sum() > 3 else ""  # noqa: PLR2004 - as many as are shown
        message = f"{path}: found {found} ({rows}{more}); allowed is {allowed}; correct the file"
        raise TableError(message)
