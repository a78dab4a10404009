"""What people found when they looked: which of the claims of the items that were looked at hold.

It comes back in one of two files. One is the table of suspects that was written, with a column ``wrong``: whether each
claim about an item that was looked at holds; of an item without a claim, whether anything is wrong with it all the
same. The other, of labels of items alone, has the ``label`` that was found, which is held against the one that is
there.
"""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.column_files import ColumnFile
from groundkeeper.errors import TableError, listing
from groundkeeper.label_files import column
from groundkeeper.label_words import spelled_as
from groundkeeper.suspects.found import AT_RANDOM, KEY, LOOK, Suspects
from groundkeeper.typed_columns import names, numbers, truths

WRONG: Final = "wrong"
"""The column that says whether a claim holds."""
RANDOM: Final = "random"
"""The column that says whether an item was looked at at random; without it ``look`` says so."""
CLAIM: Final = ("item", "kind", "disagreement", WRONG, RANDOM)
"""The columns of what was looked at."""
SAME: Final = 1e-6
"""Disagreements that differ by less are equal: they were written as texts."""


def looked_at(file: ColumnFile, suspects: Suspects) -> pd.DataFrame:
    """Return the claims about items that were looked at, one row each: ``CLAIM``, sorted by item, kind, disagreement.

    ``wrong`` is whether it holds, ``random`` whether its item was looked at at random; both are truth values. An item
    that nothing is claimed of has a row without disagreement.

    Parameters
    ----------
    file : ColumnFile
        What people handed in.
    suspects : Suspects
        What is suspected now.

    Raises
    ------
    TableError
        If the file cannot be read, does not say of every claim about an item whether it holds, has labels where those
        are not enough, none of its items is held against predictions, or it is of other predictions.
    """
    told = _claims(file, suspects) if WRONG in file.names else _labels(file, suspects)
    if not told["item"].isin(suspects.items).any():
        message = f"{file.path}: found none of the {len(suspects.items)} items; name items alike in all files"
        raise TableError(message)
    return told.sort_values(["item", "kind", "disagreement"], ignore_index=True)


def _claims(file: ColumnFile, suspects: Suspects) -> pd.DataFrame:
    """Return what a table of suspects says with a column ``wrong``."""
    by = RANDOM if RANDOM in file.names else LOOK
    drawn_if = truths if by == RANDOM else _is_drawn
    needed = ("item", "kind", "disagreement", WRONG, by)
    if lacking := [name for name in needed if name not in file.names]:
        message = (
            f"{file.path}: found no column {listing(lacking)}; needed are those of the table that --csv wrote, and "
            f"`{WRONG}`; add it to that"
        )
        raise TableError(message)
    of_claim = [name for name in KEY if name in file.names and name not in needed]
    raw = file.read([*needed, *of_claim])
    item = names(raw["item"])
    file.refuse(item, item.isna(), "the item of every row")
    disagreement = numbers(file, raw["disagreement"], 0, 1)
    said = truths(file, raw[WRONG])
    was_looked = item.isin(item[said.notna()])
    silent = was_looked & said.isna() & disagreement.notna()
    file.refuse(
        raw[WRONG], silent, "true or false of every claim about an item that has one", "fill it in"
    )
    table = pd.DataFrame(
        {
            "item": item,
            "kind": names(raw["kind"]),
            "disagreement": disagreement,
            WRONG: said.fillna(value=False).astype(bool),
            RANDOM: drawn_if(file, raw[by]).fillna(value=False).astype(bool),
        }
    )
    keys = table.assign(**{name: names(raw[name]) for name in of_claim})[was_looked]
    if set(KEY) <= set(keys.columns):
        twice = keys.duplicated(KEY).reindex(item.index, fill_value=False)
        file.refuse(item, twice, "every claim once", "leave out the others")
        _require_same(file, keys, suspects.rows)
    return table[was_looked & (said.notna() | disagreement.notna())]


def _is_drawn(_: ColumnFile, look: pd.Series) -> pd.Series:
    """Return which items are looked at at random, by why they are looked at."""
    return names(look) == AT_RANDOM


def _require_same(file: ColumnFile, looked: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Refuse what was *looked* at if a claim that is still made is made otherwise now."""
    both = looked.fillna(dict.fromkeys(KEY, "")).merge(
        rows.fillna(dict.fromkeys(KEY, "")), on=KEY, suffixes=("", "_now")
    )
    moved = (both["disagreement"] - both["disagreement_now"]).abs() > SAME
    if moved.any():
        message = (
            f"{file.path}: found {int(moved.sum())} claims with another disagreement than now, of the items "
            f"{listing(sorted(set(both.loc[moved, 'item'])))}; allowed is what was found of the same predictions; look "
            "with those again, or hand in what was found of these"
        )
        raise TableError(message)


def _labels(file: ColumnFile, suspects: Suspects) -> pd.DataFrame:
    """Return what labels say that were found: those of items, each of which has one."""
    rows = suspects.rows
    if not suspects.is_of_labels or rows["item"].duplicated().any():
        message = (
            f"{file.path}: found no column `{WRONG}`; labels alone say what was found where each item has one label; "
            f"hand in the table that --csv wrote, with a column `{WRONG}`"
        )
        raise TableError(message)
    item_name, label_name = column(file, "task"), column(file, "label")
    has_random = RANDOM in file.names
    raw = file.read([item_name, label_name, *([RANDOM] if has_random else [])])
    item, label = names(raw[item_name]), names(raw[label_name])
    file.refuse(item, item.isna() | item.duplicated(), "every item once", "correct the rows")
    file.refuse(label, label.isna(), "the label that was found", "add it, or leave out the row")
    drawn = np.zeros(len(raw), dtype=np.bool_)
    if has_random:
        said = truths(file, raw[RANDOM])
        file.refuse(raw[RANDOM], said.isna(), "true or false")
        drawn = said.to_numpy(dtype=np.bool_)
    spelled = spelled_as(label, [str(name) for name in rows["label"].unique()])
    found = pd.DataFrame({"item": item, "found": spelled.to_numpy(), RANDOM: drawn})
    both = found.merge(rows[["item", "kind", "label", "disagreement"]], on="item")
    return both.assign(**{WRONG: both["found"] != both["label"]})[list(CLAIM)]
