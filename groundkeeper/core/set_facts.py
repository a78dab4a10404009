"""What is true of a set as a whole, as small frames: what expectations of the set are held against.

Pure: every function takes tables of the pipeline and returns a new frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.decisions import Attribute
from groundkeeper.core.guideline.evaluate import TRUE, truth
from groundkeeper.core.guideline.fields import ORDERED, Field
from groundkeeper.core.measures import ALL
from schemas.enums import SETTLED, RecordStatus

FEW_SIGMAS = 4.0
"""How far a Poisson sample may stand from its design: beyond it by chance once in 16,000 draws."""


@dataclass(frozen=True)
class Limits:
    """What a set may be and still be released; shares are in [0, 1].

    Attributes
    ----------
    max_pending_share, max_stale_share
        Of the records; *max_pending_share* also of the sampled items that nobody looked at.
    min_sample_share, max_sample_share
        Of the pool.
    min_expected_items
        A level of a facet that should have had so many sampled items must have at least one.
    warn_alpha_below
        Krippendorff's alpha below which agreement is worth a warning.
    warn_completeness_below
        Share of the objects found below which coverage that is declared exhaustive is worth a warning.
    """

    max_pending_share: float
    max_stale_share: float
    min_sample_share: float
    max_sample_share: float
    min_expected_items: float
    warn_alpha_below: float
    warn_completeness_below: float


def set_facts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row of figures about the whole set.

    Parameters
    ----------
    tables : mapping
        ``items, sample, records, gt_items`` by name.

    Returns
    -------
    DataFrame
        ``sample_share``: sampled items among the pool. ``pool_size_sigmas``: how many standard errors the pool
        size that the sample implies stands from the pool's. ``pending_share, stale_share``: of the records that
        are no tombstones.
        ``unanswered_share``: of the sampled items, those that nobody looked at. ``stale_items_share``: those that have
        to be searched, or have a stale record and none that is less settled. A share of nothing is nan.
    """
    gt_items = tables["gt_items"]
    alive = visible_records(tables["records"])
    probability = tables["sample"]["inclusion_probability"].to_numpy(dtype=np.float64)
    facts = {
        "sample_share": share(len(probability), len(tables["items"])),
        "pool_size_sigmas": pool_size_sigmas(probability, len(tables["items"])),
        "pending_share": share((alive["status"] == RecordStatus.PENDING).sum(), len(alive)),
        "stale_share": share((alive["status"] == RecordStatus.STALE).sum(), len(alive)),
        "unanswered_share": share((gt_items["experts"] == 0).sum(), len(gt_items)),
        "stale_items_share": share((gt_items["status"] == RecordStatus.STALE).sum(), len(gt_items)),
    }
    return pd.DataFrame([facts], dtype="float64")


def share(part: float, whole: float) -> float:
    """Return *part* of *whole*; of nothing it is nan.

    Examples
    --------
    >>> share(3, 20), share(0, 0)
    (0.15, nan)
    """
    return float(part / whole) if whole else float("nan")


def pool_size_sigmas(probability: np.ndarray, pool_size: int) -> float:
    """Return how far the pool size that a Poisson sample implies stands from *pool_size*, in standard errors.

    The estimate is the sum of 1 / p over the sampled items; a census must give the pool size itself.

    Parameters
    ----------
    probability : float64, shape (sampled items,)
        Inclusion probabilities p in (0, 1].
    pool_size : int
        Items in the pool.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, equation 3.5.3: the estimator of the
    variance under Poisson sampling.

    Examples
    --------
    >>> round(pool_size_sigmas(np.full(150, 0.15), 1018), 2)
    -0.24
    >>> pool_size_sigmas(np.ones(9), 10)
    -inf
    """
    distance = float(np.sum(1 / probability)) - pool_size
    deviation = float(np.sqrt(np.sum((1 - probability) / probability**2)))
    if abs(distance) < 1e-6:  # noqa: PLR2004 - rounding of the sum, far below one item
        return 0.0
    return distance / deviation if deviation else float(np.copysign(np.inf, distance))


def splits_of_groups(sample: pd.DataFrame) -> pd.DataFrame:
    """Return each group with each split it is in, ``group_id, split``: a clean sample has a group once."""
    pairs = sample[["group_id", "split"]].drop_duplicates()
    return pairs.sort_values(["group_id", "split"]).reset_index(drop=True)


def sampled_contents(items: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """Return ``item_id, sha256`` of the sampled items whose content is known by its hash."""
    sampled = items[items["item_id"].isin(sample["item_id"]) & items["sha256"].notna()]
    return sampled[["item_id", "sha256"]].sort_values("item_id").reset_index(drop=True)


def reachable_levels(coverage: pd.DataFrame, min_expected_items: float) -> pd.DataFrame:
    """Return the levels that should have sampled items: ``level_of_facet, expected_items, sample_items``."""
    large = coverage[coverage["expected_items"] >= min_expected_items]
    named = large.assign(level_of_facet=large["facet"] + " = " + large["level"])
    columns = ["level_of_facet", "expected_items", "sample_items"]
    return named[columns].sort_values("level_of_facet").reset_index(drop=True)


def visible_records(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records that are no tombstones, sorted by id."""
    alive = records[records["status"] != RecordStatus.RETIRED]
    return alive.sort_values("record_id").reset_index(drop=True)


def stated_where_required(
    records: pd.DataFrame, attributes: Mapping[str, Attribute], fields: Mapping[str, Field]
) -> pd.DataFrame:
    """Return the settled records with, per attribute, whether it is stated wherever it is required.

    Of a field with an order its lowest answer counts as well, so that somebody stated it; of another its value alone,
    which is also missing where the experts' most frequent answers tie. Of an adjudicated record the value alone counts.

    Returns
    -------
    DataFrame
        ``record_id`` and one bool column an attribute, sorted by ``record_id``.

    Raises
    ------
    TableError
        If a column holds a value that its field does not declare.
    """
    settled = records[records["status"].isin(SETTLED)].sort_values("record_id")
    settled = settled.reset_index(drop=True)
    stated = {"record_id": settled["record_id"]}
    for name, attribute in attributes.items():
        when = attribute.required_when
        required = np.full(len(settled), TRUE) if when is None else truth(when, settled, fields)
        columns = [name, f"{name}_low"] if is_ordered(fields[name]) else [name]
        present = settled.reindex(columns=columns).notna()
        # What an adjudicator left unsaid is not made up for by what the experts said.
        present.loc[settled["status"].eq(RecordStatus.ADJUDICATED), columns[1:]] = False
        stated[name] = (required != TRUE) | present.any(axis=1).to_numpy(dtype=bool)
    return pd.DataFrame(stated)


def is_ordered(field: Field) -> bool:
    """Return whether the lowest answer of a field is kept beside the fused one."""
    return field.type in ORDERED


def overall_alphas(measures: pd.DataFrame) -> pd.DataFrame:
    """Return Krippendorff's alpha of every rating over all items: ``subject, alpha``, sorted by subject."""
    rows = measures[
        measures["measure"].str.startswith("krippendorff_alpha") & (measures["facet"] == ALL)
    ]
    alphas = rows[["subject", "value"]].rename(columns={"value": "alpha"})
    return alphas.sort_values("subject").reset_index(drop=True)


def completeness_of_exhaustive(measures: pd.DataFrame, coverage: Mapping[str, str]) -> pd.DataFrame:
    """Return how complete the objects are of classes that are searched for exhaustively, as far as it was measured.

    Where the classes are no labels of what was drawn, it is that of all objects.

    Parameters
    ----------
    measures : DataFrame
        The figures of the stage ``agreement``.
    coverage : mapping
        By class, whether it is ``exhaustive`` or ``sampled``.

    Returns
    -------
    DataFrame
        ``subject, completeness``, sorted by subject; no rows where nothing is searched for exhaustively.
    """
    exhaustive = [f"label={name}" for name, kind in coverage.items() if kind == "exhaustive"]
    of_all = (measures["measure"] == "completeness") & (measures["facet"] == ALL)
    rows = measures[of_all & bool(exhaustive)]
    labelled = rows[rows["subject"].isin(exhaustive)]
    chosen = labelled if len(labelled) else rows[rows["subject"] == "object"]
    found = chosen[["subject", "value"]].rename(columns={"value": "completeness"})
    return found.sort_values("subject").reset_index(drop=True)
