"""What looking taught: how good the order was, how many errors there are, how probable the rest are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper import column_files
from groundkeeper.core.estimates import FEWEST_GROUPS, Estimate, Resampling
from groundkeeper.core.label_errors.calibrated import (
    FEWEST_LOOKS,
    Calibration,
    calibrate,
    error_rate,
    stands_for,
)
from groundkeeper.core.label_errors.found import area
from groundkeeper.reports.undefined import estimate
from groundkeeper.suspects.found import Suspects, ranked
from groundkeeper.suspects.looked_at import RANDOM, WRONG, looked_at

ROUNDS: Final = 1000
CONFIDENCE: Final = 0.95
FEWEST_AT_RANDOM: Final = FEWEST_GROUPS
"""With claims about fewer items looked at at random nothing is said of how probable errors are where nobody looked."""


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What looking taught.

    Attributes
    ----------
    suspects : Suspects
        With the probabilities that follow from it, where they are known; items that were looked at are left out.
    looks, at_random : int
        Items that were looked at, and how many of them at random.
    claims, wrong : int
        What was claimed of them, and how much of it holds; of labels of items these are all labels.
    rate : Estimate
        Share of all claims that hold, by the looks at random.
    area : Estimate
        Under the curve of errors found over claims looked at, by the looks at random; nothing but chance is 0.5.
    """

    suspects: Suspects
    looks: int
    at_random: int
    claims: int
    wrong: int
    rate: Estimate
    area: Estimate

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "looks": self.looks,
            "claims": self.claims,
            "wrong": self.wrong,
            "looks_at_random": self.at_random,
            "error_rate": estimate(self.rate),
            "area": estimate(self.area),
            "calibrated": self.suspects.is_calibrated,
        }


def read(path: Path, suspects: Suspects, seed: int) -> Checked:
    """Return what the file *path* teaches, which says what people found; ``looked_at`` says what may be in it.

    Raises
    ------
    TableError
        If the file cannot be read, or does not say what was found of these suspects.
    """
    looked = looked_at(column_files.find(path), suspects)
    claims = looked.dropna(subset="disagreement").reset_index(drop=True)
    quality, wrong = 1 - claims["disagreement"].to_numpy(), claims[WRONG].to_numpy(dtype=np.bool_)
    drawn = claims[RANDOM].to_numpy(dtype=np.bool_)
    group = _groups(claims["item"], suspects)
    how = Resampling(ROUNDS, seed, CONFIDENCE)
    of_drawn = None if group is None else group[drawn]
    known = _calibrations(claims, _weights(claims, suspects.rows), group, _kinds(suspects.rows))
    by_item = looked.groupby("item")[RANDOM].any()
    return Checked(
        _with_probabilities(suspects, known, by_item.index),
        len(by_item),
        int(by_item.sum()),
        len(claims),
        int(wrong.sum()),
        error_rate(wrong[drawn], of_drawn, CONFIDENCE),
        area(quality[drawn], wrong[drawn], of_drawn, how),
    )


def _groups(item: pd.Series, suspects: Suspects) -> np.ndarray[tuple[int], np.dtype[Any]] | None:
    """Return the group of each claim: that of its item, or the item itself; None where each is its own."""
    if suspects.groups is None:
        return None if item.is_unique else item.to_numpy(dtype=object)
    return item.map(suspects.groups).fillna(item).to_numpy(dtype=object)


def _weights(claims: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return how many items with claims that of each of *claims* stands for.

    Items were chosen by how much disagreement there is with all that is in them.
    """
    total = rows.dropna(subset="disagreement").groupby("item")["disagreement"].sum()
    of_looked = claims.groupby("item")["disagreement"].sum()
    total = of_looked.combine_first(total)
    looked = total.index.isin(claims["item"])
    drawn = total.index.isin(claims.loc[claims[RANDOM], "item"])
    stands = stands_for(-total.to_numpy(dtype=np.float64), looked, drawn)
    return claims["item"].map(pd.Series(stands, total.index))


def _kinds(rows: pd.DataFrame) -> list[str]:
    """Return the kinds of claims that have a disagreement, and can have a probability."""
    return sorted(rows.loc[rows["disagreement"].notna(), "kind"].unique())


def _calibrations(
    claims: pd.DataFrame,
    weights: pd.Series,
    group: np.ndarray[tuple[int], np.dtype[Any]] | None,
    kinds: list[str],
) -> Mapping[str, Calibration]:
    """Return how probable errors of each kind are, empty if that is not known.

    Each kind has a curve of its own once all have enough looks, until then one curve is that of all together.
    """

    def fitted(of: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Calibration | None:
        part = claims[of]
        few = part.loc[part[RANDOM], "item"].nunique() < FEWEST_AT_RANDOM
        if few or len(part) < FEWEST_LOOKS:
            return None
        return calibrate(
            1 - part["disagreement"].to_numpy(),
            part[WRONG].to_numpy(dtype=np.bool_),
            None if group is None else group[of],
            weights[of].to_numpy(),
        )

    own = {kind: fitted(claims["kind"].eq(kind).to_numpy(dtype=np.bool_)) for kind in kinds}
    known = {kind: one for kind, one in own.items() if one is not None}
    if len(known) == len(kinds):
        return known
    whole = fitted(np.ones(len(claims), dtype=np.bool_))
    return {} if whole is None else dict.fromkeys(kinds, whole)


def _with_probabilities(
    suspects: Suspects, known: Mapping[str, Calibration], looked: pd.Index
) -> Suspects:
    # Nothing is found by looking again at what was looked at.
    rows = suspects.rows[~suspects.rows["item"].isin(looked)]
    chance = np.full(len(rows), np.nan)
    for kind, one in known.items():
        of = rows["kind"].eq(kind).to_numpy()
        chance[of] = one.probability(1 - rows["disagreement"].to_numpy(dtype=np.float64)[of])
    items = [item for item in suspects.items if item not in looked]
    return replace(
        suspects, rows=ranked(rows.assign(probability=chance)), items=items, calibrations=known
    )
