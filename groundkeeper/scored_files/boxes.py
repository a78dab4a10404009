"""A table of boxes, CSV or Parquet, as one side of objects: ``item, label, x, y, width, height`` and more if wanted."""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pa_compute
import shapely

from groundkeeper.box_files import CORNERS, FRAME, GROUP, ITEM, LABEL, SIZED, TURNED
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.consensus.arrangement import Z_ORDER
from groundkeeper.core.geometry import Geometries
from groundkeeper.core.shapes.areas.rotated import rotated_boxes
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.formats.drawing import FARTHEST_PX
from groundkeeper.scored_files.columns import ANNOTATOR, WHEN, called, item_column, told
from groundkeeper.scored_files.sides import EDGES, LOOKED, Side, side_of
from schemas.enums import Shape

CONFIDENCE: Final = ("confidence", "score", "probability")
LAYER: Final = (Z_ORDER,)
NUMBER: Final = "a finite number"
LARGEST_WHOLE: Final = 2**53
"""Whole numbers up to it are told apart."""


def is_of_boxes(file: ColumnFile) -> bool:
    """Say whether a table has the columns of a box."""
    return any(set(edges) <= set(file.names) for edges in (*SIZED, *CORNERS))


def read(file: ColumnFile, annotator: str) -> Side:
    """Return the boxes of a table; a row without a box says that somebody looked and found nothing.

    Parameters
    ----------
    file : ColumnFile
        The table.
    annotator : str
        Who says it all, where the table does not say who.

    Raises
    ------
    TableError
        If a column is missing or a box is no box; the message has the places.
    """
    names = {
        role: called(file, words)
        for role, words in {
            "label": LABEL,
            "frame": FRAME,
            "group": GROUP,
            "confidence": CONFIDENCE,
            "layer": LAYER,
            "rotation": TURNED,
        }.items()
    }
    item_column(file)
    edges = next(one for one in (*SIZED, *CORNERS) if set(one) <= set(file.names))
    table = told(file, [*(name for name in names.values() if name), *edges], annotator)
    numbers = [_pixels(file, table[name]) for name in edges]
    given = np.isfinite(numbers).sum(axis=0)
    for name in edges:
        half = pd.Series((given > 0) & (given < len(edges)), table.index) & table[name].isna()
        file.refuse(table[name], half, "all four numbers of a box, or none", "complete it")
    is_box = given == len(edges)
    _require_nothing_beside(file, table, is_box)
    frame = _whole(file, table, names["frame"])
    rows = pd.DataFrame(
        {
            "object": _row_names(len(table)),
            "item": table["item"],
            "frame": frame,
            "annotator": table["annotator"],
            "label": table[names["label"]] if names["label"] else None,
            "shape": Shape.BBOX,
            **_boxes(file, table, edges, numbers, names["rotation"]),
            "group": table[names["group"]] if names["group"] else None,
            "layer": _whole(file, table, names["layer"], least=None),
            "confidence": _confidence(file, table, names["confidence"], is_box),
        }
    )
    read_as = {*names.values(), *edges, *(called(file, one) for one in (ITEM, ANNOTATOR, WHEN))}
    passed = [name for name in file.names if name not in read_as]
    warnings = (
        [f"{file.path.name}: columns that say nothing here: {', '.join(passed)}"] if passed else []
    )
    return side_of(file.path, rows[is_box], table[[*LOOKED, "submitted_at"]], warnings=warnings)


def _row_names(n: int) -> pd.Series:
    numbers = pa.array(np.arange(1, n + 1)).cast(pa.string())
    names: pd.Series = pa_compute.binary_join_element_wise("row", numbers, " ").to_pandas()
    return names


def _require_nothing_beside(
    file: ColumnFile, table: pd.DataFrame, is_box: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    """Refuse a row that says that there is nothing of who has a box in that item."""
    places = pd.MultiIndex.from_frame(table.loc[~is_box, list(LOOKED)])
    if not len(places):
        return
    beside = places.isin(pd.MultiIndex.from_frame(table.loc[is_box, list(LOOKED)]))
    wrong = pd.Series(~is_box, table.index)
    wrong[wrong] = beside
    file.refuse(table["item"], wrong, "boxes of an item, or one row without a box", "leave it out")


def _numbers(file: ColumnFile, column: pd.Series) -> Floats:
    found = _parsed(column)
    said = column.notna().to_numpy()
    file.refuse(column, pd.Series(said & ~np.isfinite(found), column.index), NUMBER, "correct it")
    return found


def _parsed(column: pd.Series) -> Floats:
    """Return the numbers of a column, nan of what is none."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return np.full(len(column), np.nan)
    if pd.api.types.is_string_dtype(column.dtype):
        try:
            return np.asarray(pa_compute.cast(pa.array(column), pa.float64()), dtype=np.float64)
        except pa.ArrowInvalid:
            # Something is no number, or has blanks around it: the slower way tells which.
            pass
    numbers = pd.to_numeric(column, errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _pixels(file: ColumnFile, column: pd.Series) -> Floats:
    found = _numbers(file, column)
    wrong = pd.Series(np.abs(found) > FARTHEST_PX, column.index)
    file.refuse(column, wrong, f"at most {FARTHEST_PX:,} pixels from the origin", "correct it")
    return found


def _whole(
    file: ColumnFile, table: pd.DataFrame, name: str | None, least: int | None = 0
) -> Floats:
    if name is None:
        return np.zeros(len(table), dtype=np.int64).astype(np.float64)
    found = np.nan_to_num(_numbers(file, table[name]))
    wrong = (found != np.floor(found)) | (np.abs(found) > LARGEST_WHOLE)
    if least is not None:
        wrong |= found < least
    reach = -LARGEST_WHOLE if least is None else least
    allowed = f"a whole number from {reach:,} to {LARGEST_WHOLE:,}"
    file.refuse(table[name], pd.Series(wrong, table.index), allowed, "correct it")
    return found


def _confidence(
    file: ColumnFile,
    table: pd.DataFrame,
    name: str | None,
    is_box: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Floats:
    if name is None:
        return np.full(len(table), np.nan)
    found = _numbers(file, table[name])
    wrong = (np.isnan(found) & is_box) | (found < 0) | (found > 1)
    allowed = "a number from 0 to 1 with every box"
    file.refuse(table[name], pd.Series(wrong, table.index), allowed, "correct it")
    return found


def _boxes(
    file: ColumnFile,
    table: pd.DataFrame,
    edges: tuple[str, str, str, str],
    numbers: list[Floats],
    rotation: str | None,
) -> dict[str, Floats | Geometries]:
    """Return the columns of boxes: their edges where none is turned, else their geometry."""
    left, top, *rest = numbers
    if edges in SIZED:
        right, bottom = left + rest[0], top + rest[1]
    else:
        right, bottom = rest
    for low, high, name in ((left, right, edges[2]), (top, bottom, edges[3])):
        file.refuse(
            table[name], pd.Series(high <= low, table.index), "a box with an area", "correct it"
        )
    made = np.full(len(table), None, dtype=object)
    if rotation is None:
        plain = (left, top, right, bottom)
        return {"geometry": made, **dict(zip(EDGES, plain, strict=True))}
    turn = np.nan_to_num(_numbers(file, table[rotation]))
    ring = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    corners = np.stack([np.stack(place, axis=-1) for place in ring], axis=1)
    is_box = np.isfinite(corners).all(axis=(1, 2))
    made[is_box] = shapely.polygons(corners[is_box])
    turned = is_box & (turn != 0)
    middle = ((left + right) / 2)[turned], ((top + bottom) / 2)[turned]
    size = (right - left)[turned], (bottom - top)[turned]
    made[turned] = rotated_boxes(*middle, *size, turn[turned])
    return {"geometry": made, "rotation": turn}
