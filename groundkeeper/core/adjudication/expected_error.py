"""How probable it is that what would be released of a record is wrong, by what may be wrong about it.

Each component is a probability, or the nearest thing to one that the evidence has, from 0 to 1. They are combined as if
they were independent, ``1 - prod(1 - e)``, which they are not: experts who disagree about a shape tend to disagree
about its size as well. So the result orders a queue, and is no estimate of how many of its records are wrong.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EVEN: Final = 0.5
"""How probable it is that a decision is another one, where one of its boundaries runs through the experts' values."""
COMPONENTS: Final = (
    "presence_error",
    "value_error",
    "method_error",
    "shape_error",
    "boundary_error",
)


def presence_error(votes: pd.Series, experts: pd.Series, quorum: int) -> Floats:
    """Return how probable it is that the votes alone get it wrong whether each of n records is there, float64 [n].

    A record *is there* if most experts of their kind would mark it: if the share p of these is above one half. With
    every p equally probable beforehand, v of n votes leave p distributed as Beta(v + 1, n - v + 1), and::

        P(p < 1/2) = P(X > v), X ~ Binomial(n + 1, 1/2)

    By votes, a record with a quorum is released as there, and one without is not: the error is P(p < 1/2) of the first
    and P(p > 1/2) of the second.

    Parameters
    ----------
    votes, experts : Series
        How many of how many marked it.
    quorum : int
        Fewest votes that settle anything.

    Examples
    --------
    >>> votes, experts = pd.Series([4, 2, 1, 3]), pd.Series([4, 4, 4, 10])
    >>> presence_error(votes, experts, 2).round(3).tolist()
    [0.031, 0.5, 0.188, 0.887]
    """
    pairs = list(zip(votes.tolist(), experts.tolist(), strict=True))
    absent = {pair: _below_half(*pair) for pair in set(pairs)}
    below = np.array([absent[pair] for pair in pairs], dtype=np.float64)
    return np.where(votes.to_numpy() >= quorum, below, 1 - below)


def _below_half(votes: int, experts: int) -> float:
    """Return the probability that fewer than half of all experts would mark what *votes* of *experts* did."""
    more = sum(math.comb(experts + 1, successes) for successes in range(votes + 1, experts + 2))
    return float(more / 2 ** (experts + 1))


def method_error(
    records: pd.DataFrame, disputes: pd.DataFrame, compared: Mapping[str, int]
) -> Floats:
    """Return which share of the methods that a field is compared with says otherwise, of the worst field, float64 [n].

    Parameters
    ----------
    records : DataFrame
        One row per record, n rows: ``record_id, era``.
    disputes : DataFrame
        One row where a method says otherwise: ``record_id, era, field, method``.
    compared : mapping
        By field, with how many methods it is compared; missing, nan, where that is none.

    Examples
    --------
    >>> records = pd.DataFrame({"record_id": ["rc_1", "rc_2"], "era": "1.0.0"})
    >>> disputes = records[:1].assign(field="kind", method="mace")
    >>> method_error(records, disputes, {"kind": 2}).tolist()
    [0.5, 0.0]
    """
    if not any(compared.values()):
        return np.full(len(records), np.nan)
    keys = ["record_id", "era"]
    named = disputes[disputes["field"].isin([name for name, count in compared.items() if count])]
    by_field = named.groupby([*keys, "field"])["method"].nunique().reset_index(name="methods")
    share = by_field.assign(
        share=by_field["methods"] / by_field["field"].map(dict(compared)).astype("float64")
    )
    worst = share.groupby(keys)["share"].max()
    found = worst.reindex(pd.MultiIndex.from_frame(records[keys])).fillna(0.0)
    shares: Floats = np.minimum(found.to_numpy(dtype=np.float64), 1.0)
    return shares


def shape_error(spread_iou: pd.Series, undrawn: Flags) -> Floats:
    """Return how far the experts stood apart in shape, float64 [n]: one less their mean IoU, nan where that is unknown.

    It is 1 where they drew no shape in common.
    """
    return np.where(undrawn, 1.0, 1 - spread_iou.to_numpy(dtype=np.float64))


def combined(components: pd.DataFrame) -> Floats:
    """Return the probability that anything is wrong, as if the *components* were independent, float64 [n].

    A component that is not known, nan, is left out.

    Examples
    --------
    >>> combined(pd.DataFrame({"presence_error": [0.5, 0.5], "shape_error": [0.2, np.nan]})).tolist()
    [0.6, 0.5]
    """
    right: Floats = np.nanprod(1 - components.to_numpy(dtype=np.float64), axis=1)
    return 1 - right
