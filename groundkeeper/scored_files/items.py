"""What is known of items beside the answers: how large they are, and which belong together."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper import column_files
from groundkeeper.box_files import GROUP
from groundkeeper.errors import ParamsError
from groundkeeper.scored_files.columns import called, item_column
from groundkeeper.scored_files.json_files import LONGEST_SIDE_PX
from groundkeeper.typed_columns import names as texts

SIZE: Final = re.compile(r"(\d{1,6})[xX](\d{1,6})")
WIDTH: Final = ("width", "width_px")
HEIGHT: Final = ("height", "height_px")


def size_of(text: str) -> tuple[int, int]:
    """Return width and height, px, of such a text as ``640x480``.

    Raises
    ------
    ParamsError
        If it is none.

    Examples
    --------
    >>> size_of("640x480")
    (640, 480)
    """
    found = SIZE.fullmatch(text)
    if found is None or not all(int(part) for part in found.groups()):
        message = f"--image: found {text!r}; allowed is such as 640x480, width and height in pixels"
        raise ParamsError(message)
    return int(found[1]), int(found[2])


def read(path: Path) -> pd.DataFrame:
    """Return ``width, height`` (nan where nothing is said) and ``group_id`` of each item in *path*, indexed by item.

    Raises
    ------
    TableError
        If it is no table with a column for the item, an item is there twice, or a size is no whole number of pixels.
    """
    file = column_files.find(path)
    names = {
        role: called(file, words)
        for role, words in {"width": WIDTH, "height": HEIGHT, "group": GROUP}.items()
    }
    item_name = item_column(file)
    table = file.read([item_name, *(name for name in names.values() if name)])
    item = texts(table[item_name])
    file.refuse(item, item.isna() | item.duplicated(), "each item once", "correct the file")
    found_items = pd.DataFrame(index=pd.Index(item, name="item"))
    for side in ("width", "height"):
        found_items[side] = np.nan
        if name := names[side]:
            column = table[name]
            number = pd.to_numeric(column, errors="coerce")
            fits = (number == np.floor(number)) & number.between(1, LONGEST_SIDE_PX)
            allowed = f"a whole number of pixels from 1 to {LONGEST_SIDE_PX:,}"
            file.refuse(column, column.notna() & ~fits, allowed)
            found_items[side] = number.to_numpy(dtype=np.float64, na_value=np.nan)
    group = table[names["group"]].astype(object) if names["group"] else item.astype(object)
    found_items["group_id"] = group.where(group.notna(), item).astype(str).to_numpy(dtype=object)
    return found_items


def sizes_of(
    items: Sequence[str], one: tuple[int, int] | None, each: pd.DataFrame | None
) -> pd.DataFrame:
    """Return ``width, height`` of *items*, px, indexed by item; nan where nothing is said.

    Parameters
    ----------
    items : sequence of str
        Those that are scored.
    one : (int, int), optional
        Width and height of every item of which nothing else is said.
    each : DataFrame, optional
        What ``read`` returned.
    """
    found = pd.DataFrame({"width": np.nan, "height": np.nan}, index=pd.Index(items, name="item"))
    if each is not None:
        found = each.reindex(found.index)[["width", "height"]]
    if one is not None:
        found = found.fillna({"width": one[0], "height": one[1]})
    return found.astype("float64")


def groups_of(items: Sequence[str], each: pd.DataFrame | None) -> pd.DataFrame:
    """Return ``item_id, group_id`` of *items*; one of which nothing is said is a group of its own."""
    named = pd.Series(list(items), pd.Index(items), dtype=object)
    group = named if each is None else each["group_id"].reindex(named.index).astype(object)
    return pd.DataFrame(
        {"item_id": list(items), "group_id": group.where(group.notna(), named).to_numpy()}
    )
