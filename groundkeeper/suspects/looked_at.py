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
        are not enough, none of its items is held against predictions, or it is of other claims than these.
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
    key = ["item", "kind"] if _has_one_label_each(suspects) else KEY
    needed = [*key, "disagreement", WRONG, by]
    if lacking := [name for name in needed if name not in file.names]:
        message = (
            f"{file.path}: found no column {listing(lacking)}; needed are those of the table that --csv wrote, and "
            f"`{WRONG}`; add it to that"
        )
        raise TableError(message)
    raw = file.read(needed)
    of_claim = {name: names(raw[name]) for name in key}
    item = of_claim["item"]
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
            **of_claim,
            "disagreement": disagreement,
            WRONG: said.fillna(value=False).astype(bool),
            RANDOM: drawn_if(file, raw[by]).fillna(value=False).astype(bool),
        }
    )
    looked = table[was_looked]
    twice = looked.duplicated(key).reindex(item.index, fill_value=False)
    file.refuse(item, twice, "every claim once", "leave out the others")
    _require_same(file, looked, suspects, key)
    return table.loc[was_looked & (said.notna() | disagreement.notna()), list(CLAIM)]


def _is_drawn(_: ColumnFile, look: pd.Series) -> pd.Series:
    """Return which items are looked at at random, by why they are looked at."""
    return names(look) == AT_RANDOM


def _require_same(
    file: ColumnFile, looked: pd.DataFrame, suspects: Suspects, key: list[str]
) -> None:
    """Refuse what was *looked* at if other claims are made now of those items, or the same otherwise.

    A claim that holds may be gone: the ground truth was corrected by it.
    """
    rows, blank = suspects.rows, dict.fromkeys(key, "")
    before = looked[looked["item"].isin(suspects.items)].dropna(subset="disagreement")
    now = rows[rows["item"].isin(looked["item"])].dropna(subset="disagreement")
    both = before.fillna(blank).merge(
        now[[*key, "disagreement"]].fillna(blank),
        on=key,
        how="outer",
        suffixes=("", "_now"),
        indicator="side",
    )
    moved = (both["disagreement"] - both["disagreement_now"]).abs() > SAME
    gone = both["side"].eq("left_only") & ~both[WRONG].astype("boolean").fillna(value=True)
    refused = {
        "claims with another disagreement than now": moved,
        "claims that do not hold and that nobody makes now": gone,
        f"claims without `{WRONG}` that are made now": both["side"].eq("right_only"),
    }
    for what, wrong in refused.items():
        if wrong.any():
            message = (
                f"{file.path}: found {int(wrong.sum())} {what}, of the items "
                f"{listing(sorted(set(both.loc[wrong, 'item'])))}; allowed is every claim about an item that was "
                "looked at, by the same predictions; hand in all rows of these items that --csv wrote, or look with "
                "these predictions"
            )
            raise TableError(message)


def _has_one_label_each(suspects: Suspects) -> bool:
    """Return whether items have one label each, and nothing else is claimed of them."""
    return suspects.is_of_labels and suspects.rows["item"].is_unique


def _labels(file: ColumnFile, suspects: Suspects) -> pd.DataFrame:
    """Return what labels say that were found: those of items, each of which has one."""
    rows = suspects.rows
    if not _has_one_label_each(suspects):
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
