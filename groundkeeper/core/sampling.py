"""Which items are labelled: Poisson sampling in strata, by permanent random numbers.

An item owns a number in [0, 1), hashed from its id, and is sampled if the number is below the share of
its stratum. So its inclusion probability is exactly that share; the size of the sample varies a little;
items that join the pool drop nobody from the sample; and a higher share only adds items.

References
----------
Ohlsson (1995), Coordination of Samples Using Permanent Random Numbers, in: Business Survey Methods.
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 3.5: Poisson sampling.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.facets import facet_names, levels
from groundkeeper.core.guideline.evaluate import TRUE, truth
from groundkeeper.core.guideline.expression import Expression, constants, fields_used
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.typecheck import check
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import SamplingError, listing
from schemas.enums import Split
from schemas.names import COVERAGE, SAMPLE

Purpose: TypeAlias = Literal["sample", "split", "audit", "quiz", "honeypot"]
"""What a random number is for: an item owns one for each, and they are independent."""

DEFAULT_STRATUM = "routine"
"""Stratum of the items that no declared stratum claims."""
LEAST_SHARE, MOST_SHARE = 0.05, 0.15
"""Share of the pool that a sample may expect to hold; 1 is a census."""
MANTISSA_BITS = 53


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items for which *when* holds, with a *share* of their own and the fewest items it must give."""

    name: str
    when: Expression
    share: float | None = None
    min_items: int | None = None


def permanent_random_numbers(
    ids: Iterable[str], seed: int, purpose: Purpose
) -> npt.NDArray[np.float64]:
    """Return the number in [0, 1) that each id owns for a purpose, whatever other ids there are.

    Examples
    --------
    >>> permanent_random_numbers(["it_a", "it_b"], 1, "sample").round(6).tolist()
    [0.08457, 0.222517]
    """
    start = hashlib.blake2b(canonical_json([seed, purpose]).encode(), digest_size=8)
    numbers = [_first_bits(start, name) for name in ids]
    return np.array(numbers, dtype=np.float64) / 2.0**MANTISSA_BITS


def plan(items: pd.DataFrame, strata: Sequence[Stratum], share: float) -> pd.DataFrame:
    """Return the stratum and inclusion probability of every item of the pool, sorted by item_id.

    An item belongs to the first stratum whose expression holds for its facets. What is said of a
    missing facet is unknown and does not hold. Items of no stratum are ``DEFAULT_STRATUM``.

    Parameters
    ----------
    items : DataFrame
        One row per item: ``item_id, group_id`` and its facets.
    strata : sequence of Stratum
        In the order in which they are asked.
    share : float
        Inclusion probability where a stratum names none, in (0, 1].

    Returns
    -------
    DataFrame
        ``item_id, group_id, stratum, inclusion_probability``.

    Raises
    ------
    SamplingError
        If a target cannot be met by this pool, or a stratum's name or facet is not usable.
    ExpressionError
        If an expression says of a facet what its type does not allow.
    """
    if items.empty:
        message = "sample: the pool has no items; add a batch with `gk inbox add`"
        raise SamplingError(message)
    _require_names(strata)
    pool = items.sort_values("item_id").reset_index(drop=True)
    holds = [_holds(pool, stratum) for stratum in strata]
    names = [stratum.name for stratum in strata]
    shares = [share if stratum.share is None else stratum.share for stratum in strata]
    planned = pool[["item_id", "group_id"]].assign(
        stratum=np.select(holds, names, DEFAULT_STRATUM) if strata else DEFAULT_STRATUM,
        inclusion_probability=np.select(holds, shares, share) if strata else float(share),
    )
    _require_possible(planned, strata)
    return planned


def draw(planned: pd.DataFrame, seed: int, sealed_share: float) -> pd.DataFrame:
    """Return the sampled items of a plan, as the table ``sample``.

    A group is sealed if the number hashed from its id is below *sealed_share*, so all items of a
    patient are in one split, and stay there.

    Parameters
    ----------
    planned : DataFrame
        What ``plan`` returned.
    seed : int
        Seed of the permanent random numbers.
    sealed_share : float
        Expected share of groups in the split ``sealed``, 0 to 1.

    Raises
    ------
    SamplingError
        If no item is drawn.
    """
    prn = permanent_random_numbers(planned["item_id"], seed, "sample")
    of_group = permanent_random_numbers(planned["group_id"], seed, "split")
    split = np.where(of_group < sealed_share, Split.SEALED.value, Split.DEV.value)
    sampled = prn < planned["inclusion_probability"].to_numpy()
    drawn = planned.assign(prn=prn, split=split)[sampled]
    if drawn.empty:
        message = (
            f"sample: seed {seed} draws none of the {len(planned)} items of the pool; "
            "so small a pool needs a census (share 1) or more items"
        )
        raise SamplingError(message)
    return drawn[list(SAMPLE.columns)].reset_index(drop=True)


def coverage(
    items: pd.DataFrame, planned: pd.DataFrame, sample: pd.DataFrame, facets: Sequence[str]
) -> pd.DataFrame:
    """Return how the sample covers each level of each facet, as the table ``coverage``.

    Numeric facets are cut at the quartiles of the pool. ``expected_items`` sums the inclusion
    probabilities of the level.

    Parameters
    ----------
    items, planned, sample : DataFrame
        The pool, its plan, and what was drawn.
    facets : sequence of str
        Columns of *items*; the stratum is always added.
    """
    pool = planned.merge(items[["item_id", *facets]], on="item_id", validate="one_to_one")
    pool["sampled"] = pool["item_id"].isin(sample["item_id"])
    tables = [_facet_coverage(pool, facet) for facet in ("stratum", *facets)]
    table = pd.concat(tables, ignore_index=True)[list(COVERAGE.columns)]
    return table.sort_values(list(COVERAGE.key)).reset_index(drop=True)


def _facet_coverage(pool: pd.DataFrame, facet: str) -> pd.DataFrame:
    by_level = pool.assign(level=levels(pool[facet])).groupby("level")
    table = by_level.agg(
        pool_items=("item_id", "size"),
        sample_items=("sampled", "sum"),
        expected_items=("inclusion_probability", "sum"),
    ).reset_index()
    return table.assign(
        facet=facet,
        pool_share=table["pool_items"] / len(pool),
        sample_share=table["sample_items"] / pool["sampled"].sum(),
    )


def _first_bits(start: "hashlib.blake2b", name: str) -> int:
    digest = start.copy()
    digest.update(name.encode())
    return int.from_bytes(digest.digest()) >> (64 - MANTISSA_BITS)


def _holds(pool: pd.DataFrame, stratum: Stratum) -> npt.NDArray[np.bool_]:
    used = sorted(fields_used(stratum.when))
    missing = [name for name in used if name not in pool.columns]
    if missing:
        message = (
            f"stratum {stratum.name!r}: items have no facet {listing(missing)}; "
            f"their facets are {listing(facet_names(pool))}. Correct its `when`."
        )
        raise SamplingError(message)
    fields = {name: _facet_field(pool[name], stratum.when, name) for name in used}
    check(stratum.when, fields)
    holds: npt.NDArray[np.bool_] = truth(stratum.when, pool, fields) == TRUE
    return holds


def _facet_field(values: pd.Series, when: Expression, name: str) -> Field:
    """Return the field that a facet's values amount to, so that the guideline's grammar can ask it."""
    known = values.dropna()
    facet: dict[str, object] = {"from": "metadata", "level": "item"}
    if pd.api.types.is_bool_dtype(known.infer_objects().dtype):
        return Field.model_validate(facet | {"type": "bool"})
    if pd.api.types.is_numeric_dtype(known.dtype):
        return Field.model_validate(facet | {"type": "number"})
    asked = {constant for constant in constants(when)[name] if isinstance(constant, str)}
    vocabulary = sorted(asked | set(known.astype(str))) or [""]
    return Field.model_validate(facet | {"type": "enum", "values": vocabulary})


def _require_names(strata: Sequence[Stratum]) -> None:
    names = [stratum.name for stratum in strata]
    if len({*names, DEFAULT_STRATUM}) == len(names) + 1:
        return
    message = (
        f"sample: strata {listing(names)}: each needs a name of its own, and {DEFAULT_STRATUM!r} is "
        "kept for the items that no stratum claims; rename"
    )
    raise SamplingError(message)


def _require_possible(planned: pd.DataFrame, strata: Sequence[Stratum]) -> None:
    probability = planned["inclusion_probability"]
    for stratum in strata:
        of_stratum = probability[planned["stratum"] == stratum.name]
        _require_min_items(stratum, len(of_stratum), float(of_stratum.sum()))
    expected = float(probability.mean())
    if (probability == 1).all() or LEAST_SHARE <= round(expected, 12) <= MOST_SHARE:
        return
    sizes = planned.groupby("stratum")["inclusion_probability"].agg(["size", "sum"])
    found = listing(
        f"{name} {expects:.1f} of {size}" for name, size, expects in sizes.itertuples(name=None)
    )
    message = (
        f"sample: expects {expected:.1%} of the pool ({found}); allowed is {LEAST_SHARE:.0%} to "
        f"{MOST_SHARE:.0%}, or a census with share 1 in every stratum. Change `share` of the strata."
    )
    raise SamplingError(message)


def _require_min_items(stratum: Stratum, pool: int, expected: float) -> None:
    needed = stratum.min_items or 0
    if needed > pool:
        message = (
            f"stratum {stratum.name!r}: min_items is {needed}, but the pool has {pool} such items; "
            "lower min_items, widen `when`, or add items"
        )
        raise SamplingError(message)
    if needed > expected:
        enough = math.ceil(1000 * needed / pool) / 1000
        message = (
            f"stratum {stratum.name!r}: min_items is {needed}, but its share of {pool} items gives "
            f"{expected:.1f} on average; raise its share to {enough:.3f} or lower min_items"
        )
        raise SamplingError(message)
