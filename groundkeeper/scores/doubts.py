"""What the ground truth may be where a model inferred it: a settled record is of its class with a probability."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.certainty.paired import Possible
from groundkeeper.core.scoring.subjects.guide import as_text
from groundkeeper.scores.contributions import Measured, Summed, contributions
from groundkeeper.scores.extremes import COUNTED
from schemas.enums import Outcome


def doubts_of(soft_labels: pd.DataFrame, outcomes: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return ``record_id, value, probability`` of the classes that records may have, as text; none if nobody doubts.

    Soft labels may be of several fields. Those count whose field is the class: among whose values is what *outcomes*
    have as the truth, for every record of both; with none such, or several, nothing is known of the class.

    Examples
    --------
    >>> soft = pd.DataFrame({"record_id": "r", "field": "kind", "value": ['"cat"', '"dog"'], "probability": [0.9, 0.1]})
    >>> doubts_of(soft, [pd.DataFrame({"record_id": ["r"], "truth": ["cat"]})]).to_numpy().tolist()
    [['r', 'cat', 0.9], ['r', 'dog', 0.1]]
    """
    named = soft_labels.assign(value=as_text(soft_labels["value"].map(json.loads)))
    truth = (
        pd.concat([rows[["record_id", "truth"]] for rows in outcomes]).dropna().drop_duplicates()
    )
    known = truth[truth["record_id"].isin(set(named["record_id"]))]
    fitting = []
    for _, rows in named.groupby("field"):
        pairs = pd.MultiIndex.from_frame(rows[["record_id", "value"]])
        if len(known) and pd.MultiIndex.from_frame(known).isin(pairs).all():
            fitting.append(rows)
    found = fitting[0] if len(fitting) == 1 else named[:0]
    chosen = found.loc[
        found["record_id"].isin(set(known["record_id"])) & (found["probability"] > 0)
    ]
    chosen = chosen[chosen["record_id"].duplicated(keep=False)]
    return chosen[["record_id", "value", "probability"]].reset_index(drop=True)


def possible(
    outcomes: tuple[pd.DataFrame, pd.DataFrame],
    items: pd.DataFrame,
    doubts: pd.DataFrame,
    measured: Measured,
    conflicts: Sequence[pd.DataFrame] | None = None,
) -> tuple[Possible, Summed]:
    """Return what each unit adds for two who are scored under each truth, and the sums of which it is made.

    A record in doubt is a unit, as its class is one thing or another whatever other records are; the rest of an item
    is one more. What is said stays as it is, and what matched what.

    Parameters
    ----------
    outcomes
        Of each of the two, rows of the table ``outcomes``.
    items : DataFrame
        ``item_id, group_id`` of the items that count.
    doubts : DataFrame
        As ``doubts_of`` returns it; taken into account for measures that count objects.
    measured
        What is measured.
    conflicts
        Of each of the two, rows of the table ``conflicts``.
    """
    kept = [rows[rows["item_id"].isin(set(items["item_id"]))] for rows in outcomes]
    place_of = pd.concat(kept)[["record_id", "item_id"]].dropna().drop_duplicates("record_id")
    open_ = doubts.merge(place_of, on="record_id") if measured.measure in COUNTED else doubts[:0]
    open_ = open_.assign(unit=[f"{row.record_id}={row.value}" for row in open_.itertuples()])
    tables = [_told(rows, open_) for rows in kept]
    ids = [*items["item_id"], *open_["unit"]]
    found = contributions(tables, ids, measured, conflicts)
    codes, records = pd.factorize(open_["record_id"])
    sure = len(items)
    total = open_["probability"].groupby(codes).transform("sum").to_numpy(dtype=np.float64)
    group = items.set_index("item_id")["group_id"]
    at = place_of.set_index("record_id")["item_id"]
    groups = [*items["group_id"], *(group[at[record]] for record in records)]
    order = np.concatenate([np.arange(sure), sure + np.argsort(codes, kind="stable")])
    share = np.concatenate([np.ones(sure), open_["probability"].to_numpy(dtype=np.float64) / total])
    unit = np.concatenate([np.arange(sure), sure + codes])[order].astype(np.intp)
    a, b = found.sums[0][order], found.sums[1][order]
    return Possible(unit, share[order], a, b, np.array(groups, dtype=object)), found


def _told(rows: pd.DataFrame, open_: pd.DataFrame) -> pd.DataFrame:
    """Return *rows* with those of a record in doubt once for each class that it may be of, as of an item of its own."""
    doubted = rows["record_id"].isin(set(open_["record_id"])) & rows["truth"].notna()
    each = rows[doubted].merge(open_[["record_id", "unit", "value"]], on="record_id")
    same = np.where(each["said"] == each["value"], Outcome.CORRECT.value, Outcome.MISMATCH.value)
    judged = each["outcome"].isin([Outcome.CORRECT, Outcome.MISMATCH])
    turned = each.assign(
        item_id=each["unit"],
        truth=each["value"],
        outcome=np.where(judged, same, each["outcome"]),
    )
    return pd.concat([rows[~doubted], turned[rows.columns]], ignore_index=True)
