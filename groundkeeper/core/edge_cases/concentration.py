"""The cells in which experts decide otherwise than their record more often than elsewhere in the set.

Many cells are looked at, so each is held to more than one alone would be: the intervals are wide enough that all of
them together hold with the stated confidence (Bonferroni). Which cells are looked at depends on their size alone.

References
----------
Dunn (1961), Multiple comparisons among means, Journal of the American Statistical Association 56:52-64.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.edge_cases.cells import Cell, axes_of, fields_read, locate
from groundkeeper.core.estimates import (
    ALL_THE_SAME,
    FEWEST_GROUPS,
    Estimate,
    Floats,
    Resampling,
    divide,
    estimate,
)
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field

FEWEST_RECORDS: Final = 10
"""Of a cell with fewer, or with fewer groups than an interval needs, nothing is said."""
MOST_CELLS: Final = 40
"""So many are looked at, the largest: beyond it the interval of one would rest on the last few resamples."""


@dataclass(frozen=True)
class Concentration:
    """How often experts decide otherwise in one cell, and how much more often than in the rest of the set.

    Attributes
    ----------
    decision, cell
        Where.
    record_ids
        The records that lie there, sorted.
    experts, otherwise
        Of how many positions it is known what they decide, and how many differ from their record.
    borderline
        How many of the records are borderline.
    groups
        Independent groups among the records.
    more
        The share of experts there minus the share in the rest, from -1 to 1; its n and groups are those of the set.
    """

    decision: str
    cell: Cell
    record_ids: tuple[str, ...]
    experts: int
    otherwise: int
    borderline: int
    groups: int
    more: Estimate

    @property
    def share(self) -> float:
        """The share of the experts who decide otherwise."""
        return self.otherwise / self.experts

    @property
    def is_sure(self) -> bool:
        """Whether the share is above that of the rest, at the confidence of all cells together."""
        never_less = self.more.note == ALL_THE_SAME and self.more.value > 0
        return never_less or self.more.low > 0


@dataclass(frozen=True)
class Searched:
    """What a search for disagreement found.

    Attributes
    ----------
    found
        The cells where it surely concentrates, the largest difference first.
    looked_at
        How many cells were held against the rest.
    too_small, beyond
        How many were not: they had too few records or groups, or were more than can be looked at.
    confidence
        That of all intervals together.
    """

    found: tuple[Concentration, ...]
    looked_at: int
    too_small: int
    beyond: int
    confidence: float


def search(
    standing: pd.DataFrame,
    observed: pd.DataFrame,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
    how: Resampling,
) -> Searched:
    """Return the cells of all *decisions* in which disagreement concentrates.

    Parameters
    ----------
    standing : DataFrame
        One row per decision and record, as ``core.edge_cases.positions.contested`` makes it.
    observed : DataFrame
        One row per record: ``record_id, group_id`` and the fused fields.
    decisions, fields
        Of the guideline in force.
    how : Resampling
        Rounds, seed, and the confidence that all intervals together have.
    """
    candidates: list[_Candidate] = []
    for name, decision in sorted(decisions.items()):
        rows = standing[standing["decision"] == name].set_index("record_id")
        candidates += _candidates(name, decision, rows, observed, fields)
    large = [one for one in candidates if one.is_large]
    ranked = sorted(large, key=lambda one: (-len(one.inside), one.decision, repr(one.cell)))
    chosen = ranked[:MOST_CELLS]
    together = replace(how, confidence=1 - (1 - how.confidence) / max(1, len(chosen)))
    measured = [one.measured(together) for one in chosen]
    sure = [one for one in measured if one.is_sure]
    return Searched(
        tuple(sorted(sure, key=lambda one: (-one.more.value, one.decision, repr(one.cell)))),
        looked_at=len(chosen),
        too_small=len(candidates) - len(large),
        beyond=len(ranked) - len(chosen),
        confidence=how.confidence,
    )


@dataclass(frozen=True)
class _Candidate:
    """A cell, and the records of the decision: ``group_id, experts, otherwise, borderline``, indexed by id."""

    decision: str
    cell: Cell
    records: pd.DataFrame
    within: npt.NDArray[np.bool_]

    @property
    def inside(self) -> pd.DataFrame:
        return self.records[self.within]

    @property
    def is_large(self) -> bool:
        asked = self.inside[self.inside["experts"] > 0]
        enough = len(asked) >= FEWEST_RECORDS and asked["group_id"].nunique() >= FEWEST_GROUPS
        return enough and bool((self.records["experts"][~self.within] > 0).any())

    def measured(self, how: Resampling) -> Concentration:
        counts = self.records[["otherwise", "experts"]].to_numpy(dtype=np.float64)
        contributions = np.hstack([counts * self.within[:, None], counts * ~self.within[:, None]])
        rng = how.generator("concentration", self.decision, repr(self.cell))
        groups = self.records["group_id"].to_numpy(dtype=object)
        inside = self.inside
        return Concentration(
            self.decision,
            self.cell,
            tuple(inside.index),
            experts=int(inside["experts"].sum()),
            otherwise=int(inside["otherwise"].sum()),
            borderline=int(inside["borderline"].sum()),
            groups=int(inside["group_id"].nunique()),
            more=estimate(contributions, groups, _difference, how, rng),
        )


def _candidates(
    name: str,
    decision: Decision,
    standing: pd.DataFrame,
    observed: pd.DataFrame,
    fields: Mapping[str, Field],
) -> list[_Candidate]:
    ordered = observed.sort_values("record_id").reset_index(drop=True)
    axes = axes_of([decision], fields, fields_read(decision))
    located = locate(axes, [decision], ordered)
    records = ordered.set_index("record_id")[["group_id"]].join(
        standing[["experts", "otherwise", "borderline"]]
    )
    return [
        _Candidate(name, cell, records, located.of_row == place)
        for place, cell in enumerate(located.cells)
    ]


def _difference(sums: Floats) -> Floats:
    """Return the share inside minus the share outside, of ``[rounds, 4]``."""
    shares: Floats = divide(sums[:, 0], sums[:, 1]) - divide(sums[:, 2], sums[:, 3])
    return shares
