"""What an adjudicator should look at, the gravest first."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from groundkeeper.core.adjudication.expected_error import (
    COMPONENTS,
    EVEN,
    Floats,
    combined,
    method_error,
    presence_error,
    shape_error,
)
from groundkeeper.core.deciding import Rules, open_questions
from groundkeeper.core.edge_cases.cells import fields_read
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field
from schemas.adjudication import ADJUDICATION_QUEUE
from schemas.enums import RecordStatus

KEY = ["record_id", "era"]
UNDRAWN, DISPUTED, BORDERLINE = "no_region", "methods_differ", "borderline"
UNKNOWN = ("contradiction", "undecided")
"""Reasons for which whatever would be released is wrong."""


class Doubts(NamedTuple):
    """What else is known of how sure the values of records are.

    Attributes
    ----------
    disputes : DataFrame
        One row where a method infers another value than the chosen one: ``record_id, era, field, method``.
    posteriors : DataFrame
        How probable each value of an inferred field is: ``record_id, era, field, value, probability``.
    """

    disputes: pd.DataFrame
    posteriors: pd.DataFrame


def reasons_of(
    records: pd.DataFrame,
    states: pd.DataFrame,
    regions: pd.DataFrame,
    rules: Rules,
    disputes: pd.DataFrame,
) -> pd.Series:
    """Return why an adjudicator should look at each of *records*, empty where nobody has to; on their index.

    The reason is the first that applies of ``core.deciding.open_questions``, then ``methods_differ``: a method that a
    field is compared with says something else than the chosen one; then ``borderline``. What is retired, or was
    settled by an adjudicator, is on nobody's list.
    """
    reasons = open_questions(records, states, regions, rules)
    named = disputes[disputes["field"].isin(list(rules.fields))]
    disputed = pd.MultiIndex.from_frame(records[KEY]).isin(pd.MultiIndex.from_frame(named[KEY]))
    reasons[DISPUTED] = disputed & records["adjudication"].isna().to_numpy()
    reasons[BORDERLINE] = records["borderline"].to_numpy(dtype=bool)
    is_settled = records["status"].isin([RecordStatus.RETIRED, RecordStatus.ADJUDICATED])
    found = pd.Series(np.select(list(reasons.values()), list(reasons), ""), records.index)
    return found.mask(is_settled, "")


def adjudication_queue(
    records: pd.DataFrame,
    reasons: pd.Series,
    contested: pd.DataFrame,
    rules: Rules,
    doubts: Doubts,
) -> pd.DataFrame:
    """Return the records that an adjudicator should look at, that first which is most probably wrong as it stands.

    Parameters
    ----------
    records : DataFrame
        What ``core.deciding.decide_records`` returned.
    reasons : Series
        Why each should be looked at, as ``reasons_of`` says it.
    contested : DataFrame
        One row per decision and record, at least of those with a reason: ``decision, record_id, experts, otherwise``,
        as ``core.edge_cases.positions.contested`` makes it.
    rules : Rules
        Of the guideline in force.
    doubts : Doubts
        Of the values.

    Returns
    -------
    DataFrame
        The columns of ``schemas.adjudication.ADJUDICATION_QUEUE``, by ``expected_error`` and then ``record_id``:

        * ``presence_error``, ``method_error``, ``shape_error``: see ``core.adjudication.expected_error``;
        * ``value_error``: of the decision that is least sure, by the posteriors of the fields that it reads, if any
          is inferred, and else the share of the experts who saw the record and by whose own answers it would be decided
          otherwise; 1 where a decision is unknown, or what is stored is ruled out by its own guideline;
        * ``boundary_error``: one half where a boundary of a decision runs through the experts' values.
    """
    chosen = records[reasons != ""].reset_index(drop=True)
    reason = reasons[reasons != ""].reset_index(drop=True)
    is_told = chosen["adjudication"].notna().to_numpy()
    presence = presence_error(chosen["votes"], chosen["experts"], rules.consensus.quorum)
    compared = {
        name: len(how.compare)
        for name, how in rules.consensus.inference.items()
        if name in rules.fields
    }
    table = chosen[["record_id", "item_id", "votes", "experts"]].assign(
        reason=reason,
        # Whether it is there, and what a model makes of the experts, was not the question any more.
        presence_error=np.where(is_told, 0.0, presence),
        value_error=_value_error(chosen, reason, contested, rules, doubts.posteriors),
        method_error=method_error(chosen, doubts.disputes, compared),
        shape_error=shape_error(chosen["spread_iou"], (reason == UNDRAWN).to_numpy()),
        boundary_error=np.where(chosen["borderline"].to_numpy(dtype=bool), EVEN, 0.0),
    )
    table["expected_error"] = combined(table[list(COMPONENTS)])
    ordered = table[list(ADJUDICATION_QUEUE.columns)].sort_values(
        ["expected_error", "record_id"], ascending=[False, True]
    )
    return ordered.reset_index(drop=True)


def _value_error(
    chosen: pd.DataFrame,
    reason: pd.Series,
    contested: pd.DataFrame,
    rules: Rules,
    posteriors: pd.DataFrame,
) -> Floats:
    found = np.zeros(len(chosen))
    for name, decision in rules.decisions.items():
        inferred = sorted(_inferred(decision, rules.fields))
        own = (
            _unsure(chosen, posteriors, inferred)
            if inferred
            else _otherwise(chosen["record_id"], contested[contested["decision"] == name])
        )
        np.maximum(found, own, out=found)
    is_unknown = chosen[list(rules.decisions)].isna().any(axis=1) | reason.isin(UNKNOWN)
    return np.where(is_unknown, 1.0, found)


def _inferred(decision: Decision, fields: Mapping[str, Field]) -> frozenset[str]:
    read = fields_read(decision)
    return frozenset(n for n in read if n in fields and fields[n].fuse == "posterior")


def _unsure(chosen: pd.DataFrame, posteriors: pd.DataFrame, names: list[str]) -> Floats:
    """Return how probable it is that not all inferred fields have their most probable value; 0 without a posterior."""
    rows = posteriors[posteriors["field"].isin(names)]
    best = rows.groupby([*KEY, "field"])["probability"].max().groupby(KEY).prod()
    of_record = best.reindex(pd.MultiIndex.from_frame(chosen[KEY])).fillna(1.0)
    return 1 - of_record.to_numpy(dtype=np.float64)


def _otherwise(record_id: pd.Series, contested: pd.DataFrame) -> Floats:
    """Return the share of the experts who alone would decide otherwise; 0 where nobody's own decision is known."""
    share = contested["otherwise"] / contested["experts"].where(contested["experts"] > 0)
    by_record = pd.Series(share.to_numpy(), contested["record_id"])
    return record_id.map(by_record).fillna(0.0).to_numpy(dtype=np.float64)
