"""What each expert said of a record, and what the guideline would decide if that expert alone had been asked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.observe import answered_values, typed
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.columns import with_ending
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import decide, possible_between
from groundkeeper.core.guideline.fields import ANSWERED, Field
from schemas.names import SPREAD_ENDINGS


@dataclass(frozen=True)
class Positions:
    """One row per record and expert who saw it, on one index.

    Attributes
    ----------
    who : DataFrame
        ``record_id, answer_id, annotator``, indexed by ``annotation_id``.
    stated : DataFrame
        One column a field: what the expert said; of facts of the item or the record, what is known.
    outcomes : DataFrame
        One column a decision: what it would be by these values, None where they leave it open.
    """

    who: pd.DataFrame
    stated: pd.DataFrame
    outcomes: pd.DataFrame


def positions(
    evidence: Evidence,
    last: pd.DataFrame,
    observed: pd.DataFrame,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
) -> Positions:
    """Return what each expert said of each record in the era that decides it, in the words of the guideline in force.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion.
    last : DataFrame
        The last word of each person on each record in each era (``core.consensus.statements``): ``record_id, era,
        annotator, annotation_id``.
    observed : DataFrame
        One row per record: ``record_id``, the ``era`` that decides it, and the fused fields.
    decisions, fields
        Of the guideline in force.
    """
    spoken = last.dropna(subset="annotation_id").merge(
        observed[["record_id", "era"]], on=["record_id", "era"]
    )
    members = spoken.merge(
        evidence.annotations[["annotation_id", "answer_id"]], on="annotation_id"
    ).sort_values(["record_id", "annotator", "annotation_id"])
    who = members.set_index("annotation_id")[["record_id", "answer_id", "annotator"]]
    own = answered_values(evidence.of_annotations(who.index), fields)
    fused = observed.set_index("record_id").reindex(who["record_id"])
    values = pd.DataFrame(
        {
            name: typed(own[name].reindex(who.index), field)
            if field.source in ANSWERED
            else fused.get(name, pd.Series(None, fused.index, object)).set_axis(who.index)
            for name, field in fields.items()
        },
        index=who.index,
    )
    made = {name: decide(one, values, fields).outcome for name, one in decisions.items()}
    return Positions(who, values, pd.DataFrame(made, index=who.index, dtype=object))


def contested(
    held: Positions,
    observed: pd.DataFrame,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
) -> pd.DataFrame:
    """Return how far each record's decisions rest on whom one asks.

    Parameters
    ----------
    held : Positions
        Of the records.
    observed : DataFrame
        One row per record: ``record_id, item_id``, the fused fields and their extents.
    decisions, fields
        Of the guideline in force.

    Returns
    -------
    DataFrame
        One row per decision and record: ``decision, record_id, item_id, outcome, rule_id``, None where it is open;
        ``experts``, of how many experts it is known what they would decide where that of the record is known;
        ``otherwise``, how many of them decide otherwise; and ``borderline``, whether the decision would be another
        somewhere between the experts' lowest and highest values. Sorted by decision and record.
    """
    ordered = observed.sort_values("record_id").reset_index(drop=True)
    tables = [
        _contested(name, decision, held, ordered, fields)
        for name, decision in sorted(decisions.items())
    ]
    return pd.concat(tables, ignore_index=True)


def _contested(
    name: str,
    decision: Decision,
    held: Positions,
    observed: pd.DataFrame,
    fields: Mapping[str, Field],
) -> pd.DataFrame:
    made = decide(decision, observed, fields)
    fused = pd.Series(made.outcome, observed["record_id"], dtype=object)
    own = held.outcomes[name].to_numpy(dtype=object)
    theirs = held.who["record_id"].map(fused).to_numpy(dtype=object)
    known = pd.notna(own) & pd.notna(theirs)
    by_record = pd.DataFrame(
        {"experts": known, "otherwise": known & (own != theirs)}, index=held.who["record_id"]
    )
    counted = by_record.groupby(level=0).sum().reindex(observed["record_id"], fill_value=0)
    low, high = (with_ending(observed, end) for end in SPREAD_ENDINGS)
    between = possible_between(decision, low, high, observed, fields).sum(axis=1) > 1
    is_derived = decision.by == "derived"
    return observed[["record_id", "item_id"]].assign(
        decision=name,
        outcome=made.outcome,
        rule_id=made.rule_id,
        experts=counted["experts"].to_numpy(dtype=np.int64),
        otherwise=counted["otherwise"].to_numpy(dtype=np.int64),
        borderline=between & pd.notna(made.outcome) & is_derived,
    )
