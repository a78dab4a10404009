"""What every expert said of every record, and how often two of them said the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.fields import CLOSED, Field


@dataclass(frozen=True)
class PairCounts:
    """How often a pair of experts gave two values to one record.

    Attributes
    ----------
    counts
        Shape (values, values), symmetric: an unordered pair is counted half in each of its cells,
        so that the sum is the number of pairs.
    """

    counts: np.ndarray

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return round(float(self.counts.sum()))

    @property
    def exact(self) -> float:
        """Share of the pairs that said the same; nan without pairs."""
        return self.within(0)

    def within(self, steps: int) -> float:
        """Return the share of the pairs at most *steps* values apart; nan without pairs."""
        if not self.pairs:
            return float("nan")
        apart = np.abs(np.subtract.outer(*(2 * [np.arange(len(self.counts))])))
        return float(self.counts[apart <= steps].sum() / self.counts.sum())


def rated_fields(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields in which an expert chooses from a closed vocabulary, in their order."""
    return {
        name: field
        for name, field in fields.items()
        if field.type in CLOSED and field.source in {"attribute", "label"}
    }


def said(evidence: Evidence, clusters: pd.DataFrame, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return one row per annotation of a record: ``record_id`` and one column for each of *fields*.

    Sorted by record and annotation.
    """
    known = clusters[["annotation_id", "record_id"]].merge(
        answered_values(evidence, fields), left_on="annotation_id", right_index=True
    )
    return known.sort_values(["record_id", "annotation_id"]).reset_index(drop=True)


def pair_counts(
    values: pd.Series, records: pd.Series, vocabulary: tuple[object, ...]
) -> PairCounts:
    """Return how often two experts gave each two values of *vocabulary* to one record.

    Parameters
    ----------
    values : Series
        One value an annotation; missing where nothing was said.
    records : Series
        The record of each annotation, same index.
    vocabulary : tuple
        The values in their order.

    Examples
    --------
    >>> counted = pair_counts(pd.Series([1, 2, 1]), pd.Series(["a", "a", "a"]), (1, 2))
    >>> counted.counts.tolist(), counted.pairs, round(counted.exact, 2)
    ([[1.0, 1.0], [1.0, 0.0]], 3, 0.33)
    """
    place = {value: k for k, value in enumerate(vocabulary)}
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    ranks = values.map(place).dropna().astype(int)
    for _, group in ranks.groupby(records[ranks.index]):
        for left, right in combinations(group.to_numpy(), 2):
            counts[left, right] += 0.5
            counts[right, left] += 0.5
    return PairCounts(counts)
