"""What people found when they looked: how good the order was, how many errors there are, how probable the rest are."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper import column_files
from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate, Resampling
from groundkeeper.core.label_errors.calibrated import (
    Calibration,
    calibrate,
    error_rate,
    stands_for,
)
from groundkeeper.core.label_errors.found import area
from groundkeeper.errors import RefusedError, TableError
from groundkeeper.label_files import column
from groundkeeper.label_words import spelled_as
from groundkeeper.suspects.found import CLASS, Suspects, plain, ranked
from groundkeeper.typed_columns import names

RANDOM: Final = "random"
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")
ROUNDS: Final = 1000
CONFIDENCE: Final = 0.95
FEWEST_AT_RANDOM: Final = FEWEST_GROUPS
"""With fewer looks at random nothing is said of how probable errors are where nobody looked."""


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What looking taught.

    Attributes
    ----------
    suspects : Suspects
        With the probabilities that follow from it, where they are known; those that were looked at are left out.
    looks, wrong : int
        Labels that were looked at, and how many of them were wrong.
    at_random : int
        How many of these looks were at random.
    rate : Estimate
        Share of all labels that is wrong, by the looks at random.
    area : Estimate
        Under the curve of errors found over labels looked at, by the looks at random; nothing but chance is 0.5.
    calibration : Calibration
    """

    suspects: Suspects
    looks: int
    wrong: int
    at_random: int
    rate: Estimate
    area: Estimate
    calibration: Calibration

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "looks": self.looks,
            "wrong": self.wrong,
            "looks_at_random": self.at_random,
            "error_rate": _estimate(self.rate),
            "area": _estimate(self.area),
            "calibrated": self.calibration.is_known,
        }


def read(path: Path, suspects: Suspects, seed: int) -> Checked:
    """Return what the corrections in the file *path* say: ``item, label``, and ``random`` where that is known.

    Raises
    ------
    RefusedError
        If the suspects are objects.
    TableError
        If the file cannot be read, an item stands twice, or none was suspected.
    """
    if (suspects.rows["kind"] != CLASS).any() or suspects.rows["record"].notna().any():
        message = f"{path}: found corrections of a set or of objects; allowed are those of --labels of items"
        raise RefusedError(message)
    table = _read(path, suspects)
    rows = suspects.rows.set_index("item")
    here = table.index.intersection(rows.index, sort=True)
    if here.empty:
        message = f"{path}: found none of the {len(rows)} items; name items alike in all files"
        raise TableError(message)
    wrong = (table["label"][here] != rows["label"][here]).to_numpy(dtype=np.bool_)
    # That by which looks were chosen: fitted to anything else, what was chosen would bias it.
    of_all = 1 - rows["disagreement"].to_numpy(dtype=np.float64)
    place = rows.index.get_indexer(here)
    quality = of_all[place]
    drawn = table[RANDOM][here].to_numpy(dtype=np.bool_)
    groups = None if suspects.groups is None else suspects.groups[here].to_numpy()
    known = Calibration.unknown(len(here), int(wrong.sum()))
    if drawn.sum() >= FEWEST_AT_RANDOM:
        is_drawn = rows.index.isin(here[drawn])
        weights = stands_for(of_all, rows.index.isin(here), is_drawn)[place]
        known = calibrate(quality, wrong, groups, weights)
    how = Resampling(ROUNDS, seed, CONFIDENCE)
    of_drawn = None if groups is None else groups[drawn]
    return Checked(
        _with_probabilities(suspects, known, pd.Series(wrong, here)),
        len(here),
        int(wrong.sum()),
        int(drawn.sum()),
        error_rate(wrong[drawn], of_drawn, CONFIDENCE),
        area(quality[drawn], wrong[drawn], of_drawn, how),
        known,
    )


def _read(path: Path, suspects: Suspects) -> pd.DataFrame:
    """Return ``label, random``, by item."""
    file = column_files.find(path)
    item_name, label_name = column(file, "task"), column(file, "label")
    has_random = RANDOM in file.names
    raw = file.read([item_name, label_name, *([RANDOM] if has_random else [])])
    item, label = names(raw[item_name]), names(raw[label_name])
    file.refuse(item, item.isna() | item.duplicated(), "every item once", "correct the rows")
    file.refuse(label, label.isna(), "the label that was found", "add it, or leave out the row")
    drawn = pd.Series(data=False, index=raw.index)
    if has_random:
        said = names(raw[RANDOM]).str.lower()
        file.refuse(raw[RANDOM], ~said.isin([*_TRUE, *_FALSE]), "true or false")
        drawn = said.isin(_TRUE)
    spelled = spelled_as(label, [str(name) for name in suspects.rows["label"].unique()])
    return pd.DataFrame(
        {"label": spelled.to_numpy(), RANDOM: drawn.to_numpy()}, index=pd.Index(item)
    )


def _with_probabilities(suspects: Suspects, known: Calibration, wrong: pd.Series) -> Suspects:
    rows = suspects.rows
    chance = known.probability(1 - rows["disagreement"].to_numpy(dtype=np.float64))
    # Nothing is found by looking again at what was looked at.
    left = rows.assign(probability=chance)[~rows["item"].isin(wrong.index)]
    items = [item for item in suspects.items if item not in wrong.index]
    calibration = known if known.is_known else None
    return replace(suspects, rows=ranked(left), items=items, calibration=calibration)


def _estimate(found: Estimate) -> dict[str, Any]:
    names_of = ("value", "low", "high", "n", "groups", "effective_n", "note")
    return {name: plain(getattr(found, name)) for name in names_of}
