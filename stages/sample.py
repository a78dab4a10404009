"""Draw the items that are to be labelled, and show how they cover the pool.

reads   items
writes  sample, coverage, metrics
"""

from typing import Annotated

import pandas as pd
from pydantic import AfterValidator, Field

from groundkeeper import files, tables
from groundkeeper.core.facets import facet_names
from groundkeeper.core.guideline.values import When
from groundkeeper.core.sampling import LEAST_SHARE, MOST_SHARE, Stratum, coverage, draw, plan
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from schemas.enums import Split
from schemas.names import COVERAGE, ITEMS, SAMPLE


def _share_of_pool(share: float) -> float:
    if share == 1 or LEAST_SHARE <= share <= MOST_SHARE:
        return share
    message = f"allowed is {LEAST_SHARE} to {MOST_SHARE}, or exactly 1 for a census"
    raise ValueError(message)


class StratumParams(StageParams):
    """One stratum: which items, and how many of them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="name of the stratum")
    when: When = Field(description="expression over the facets of an item")
    share: float | None = Field(
        default=None, gt=0, le=1, description="share of these items; that of the pool if left out"
    )
    min_items: int | None = Field(
        default=None, ge=1, description="fewest items the share must give on average"
    )


class Params(StageParams):
    """How much of the pool is labelled, and what is over-drawn."""

    seed: int = Field(ge=0, description="seed of the permanent random numbers; never change it")
    share: Annotated[float, AfterValidator(_share_of_pool)] = Field(
        description="share of the items that no stratum claims, 0.05 to 0.15, or 1 for a census"
    )
    strata: tuple[StratumParams, ...] = Field(
        default=(), description="strata in order; an item is in the first that fits"
    )
    sealed_share: float = Field(
        ge=0, lt=1, description="share of the groups kept sealed for the final judgement"
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the sample, its coverage of the pool, and its size by stratum and split.

    Raises
    ------
    SamplingError
        If the pool cannot meet a target.
    """
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    strata = [Stratum(s.name, s.when, s.share, s.min_items) for s in p.strata]
    planned = plan(items, strata, p.share)
    sample = draw(planned, p.seed, p.sealed_share)
    covered = coverage(items, planned, sample, facet_names(items))
    tables.write(sample, layout.table("sample", SAMPLE), SAMPLE)
    tables.write(covered, layout.table("sample", COVERAGE), COVERAGE)
    figures = metrics(planned, sample)
    files.write_json(layout.metrics("sample"), figures)
    return figures


def metrics(planned: pd.DataFrame, sample: pd.DataFrame) -> dict[str, float]:
    """Return sizes of pool and sample: drawn and expected, by stratum, and what is sealed."""
    drawn = sample.groupby("stratum").size()
    expected = planned.groupby("stratum")["inclusion_probability"].sum()
    return {
        "pool_items": float(len(planned)),
        "items": float(len(sample)),
        "share": len(sample) / len(planned),
        "groups": float(sample["group_id"].nunique()),
        "sealed_items": float((sample["split"] == Split.SEALED).sum()),
        **{f"items.{name}": float(drawn.get(name, 0)) for name in expected.index},
        **{f"expected_items.{name}": float(total) for name, total in expected.items()},
    }
