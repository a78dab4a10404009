"""From fused observations to ground truth: decide once a record, then say how settled it is."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.observe import experts_of
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.evaluate import Possible, decide, possible_between
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import canonical_json
from schemas.enums import Action, RecordStatus

NEWER_ANSWERS_NEEDED = (Action.REVALIDATE, Action.REANNOTATE)

LEAST_SETTLED = [
    RecordStatus.PENDING,
    RecordStatus.STALE,
    RecordStatus.AGREED,
    RecordStatus.ADJUDICATED,
]
"""Statuses from the worst to the best; an item is as settled as the worst of its records."""


def newest_era(observations: pd.DataFrame, quorum: int) -> pd.DataFrame:
    """Return one row per record: of the newest era that reaches the quorum, else of the newest.

    Parameters
    ----------
    observations : DataFrame
        One row per record and era: ``record_id, era, votes`` and more.
    quorum : int
        Fewest votes that make a record.
    """
    rank = {
        era: place for place, era in enumerate(sorted(set(observations["era"]), key=version_key))
    }
    ordered = observations.assign(
        _enough=observations["votes"] >= quorum, _rank=observations["era"].map(rank)
    ).sort_values(["record_id", "_enough", "_rank"])
    newest = ordered.drop_duplicates("record_id", keep="last")
    return newest[list(observations.columns)].reset_index(drop=True)


def decide_records(
    observations: pd.DataFrame,
    states: pd.DataFrame,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
    quorum: int,
) -> pd.DataFrame:
    """Return the records: each observation under the current decisions, and how settled it is.

    Records with an invisible outcome are left out: they leave no trace in the GT. A record is *pending* when it
    misses the quorum, when a decision cannot be made from what is stored, or when its stored outcome contradicts
    its guideline; *stale* when newer answers are needed; else *agreed*. It is *borderline* when a decision is
    known, but would be another somewhere between the experts' lowest and highest values.

    Parameters
    ----------
    observations : DataFrame
        One row per record, as ``newest_era`` leaves them.
    states : DataFrame
        One row per record and era: ``record_id, era, action``.
    decisions, fields : mapping
        The current guideline's.
    quorum : int
        Fewest votes that make a record.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.RECORDS``, one column per decision, the fields with their extents. Sorted
        by ``record_id``.
    """
    columns = observations.sort_values("record_id").reset_index(drop=True)
    made = {name: decide(decision, columns, fields) for name, decision in decisions.items()}
    unknown, borderline, hidden = (np.zeros(len(columns), bool) for _ in range(3))
    low, high = _ends(columns, "_low"), _ends(columns, "_high")
    for name, decision in decisions.items():
        missing = pd.isna(made[name].outcome)
        unknown |= missing
        hidden |= np.isin(made[name].outcome.astype(str), list(decision.invisible))
        if decision.by == "derived":
            between: Possible = possible_between(decision, low, high, columns, fields)
            borderline |= ~missing & (between.sum(axis=1) > 1)
    action = columns.merge(states, on=["record_id", "era"], how="left")["action"]
    status = _status(columns, unknown, action, quorum)
    rules = {name: decided.rule_id for name, decided in made.items()}
    records = columns.assign(
        status=status,
        **{name: pd.Series(decided.outcome, dtype="str") for name, decided in made.items()},
        confidence=columns["votes"] / columns["experts"].where(columns["experts"] > 0),
        borderline=borderline,
        decided_by=np.where(status == RecordStatus.AGREED, "consensus", "none"),
        rule_ids=_rule_ids(rules, len(columns)),
    )
    return records[~hidden].reset_index(drop=True)


def _ends(columns: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Return the columns that end in *suffix*, under the names of their fields."""
    ends = [name for name in columns.columns if name.endswith(suffix)]
    return columns[ends].rename(columns=lambda name: name.removesuffix(suffix))


def _status(
    columns: pd.DataFrame, unknown: npt.NDArray[np.bool_], action: pd.Series, quorum: int
) -> npt.NDArray[np.object_]:
    contradicted = (action == Action.CONTRADICTION).to_numpy()
    pending = (columns["votes"] < quorum).to_numpy() | unknown | contradicted
    stale = action.isin(NEWER_ANSWERS_NEEDED).to_numpy()
    return np.select(
        [pending, stale],
        [str(RecordStatus.PENDING), str(RecordStatus.STALE)],
        str(RecordStatus.AGREED),
    ).astype(object)


def _rule_ids(rules: Mapping[str, npt.NDArray[np.object_]], rows: int) -> list[str]:
    """Return, for each row, the rule that decided each decision, as canonical JSON."""
    table = pd.DataFrame(rules, index=range(rows), dtype=object)
    group = table.groupby(list(table.columns), dropna=False, sort=False).ngroup().to_numpy()
    distinct = table.assign(group=group).drop_duplicates("group").set_index("group")
    text = {
        place: canonical_json({name: None if pd.isna(rule) else rule for name, rule in row.items()})
        for place, row in zip(distinct.index, distinct.to_dict("records"), strict=True)
    }
    return [text[place] for place in group]


def decide_items(
    sample: pd.DataFrame,
    answers: pd.DataFrame,
    records: pd.DataFrame,
    quorum: int,
) -> pd.DataFrame:
    """Return how settled every sampled item is.

    An item is *agreed empty* when a quorum looked and found nothing, and none of its records has a quorum. Else it
    is as settled as the worst of its records; without records it is pending.

    Parameters
    ----------
    sample : DataFrame
        One row per sampled item: ``item_id, group_id, stratum, inclusion_probability, split``.
    answers : DataFrame
        One row per answer: ``item_id, annotator, era, state``.
    records : DataFrame
        One row per record: ``item_id, status, votes``.
    quorum : int
        Fewest voices that settle anything.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.GT_ITEMS``, sorted by ``item_id``. ``experts`` and ``empty_answers`` count
        those of the newest era in which the item was looked at.
    """
    looked = experts_of(answers)
    looked = looked.assign(rank=looked["era"].map(version_key)).sort_values(["item_id", "rank"])
    looked = looked.drop_duplicates("item_id", keep="last").set_index("item_id")
    table = sample[["item_id", "group_id", "stratum", "inclusion_probability", "split"]]
    table = table.sort_values("item_id").reset_index(drop=True)
    of_item = records.assign(
        badness=records["status"].map({status: n for n, status in enumerate(LEAST_SETTLED)})
    ).groupby("item_id")
    worst = table["item_id"].map(of_item["badness"].min())
    votes = table["item_id"].map(of_item["votes"].max()).fillna(0)
    table["records"] = table["item_id"].map(of_item.size()).fillna(0).astype("int64")
    for name in ("experts", "empty_answers"):
        table[name] = table["item_id"].map(looked[name]).fillna(0).astype("int64")
    table["empty"] = (table["empty_answers"] >= quorum) & (votes < quorum)
    status = worst.map(dict(enumerate(map(str, LEAST_SETTLED)))).fillna(str(RecordStatus.PENDING))
    table["status"] = status.where(~table["empty"], str(RecordStatus.AGREED))
    return table


def adjudication_queue(
    records: pd.DataFrame, decisions: Mapping[str, Decision], states: pd.DataFrame, quorum: int
) -> pd.DataFrame:
    """Return the records that an adjudicator should look at, the most contested first.

    Returns
    -------
    DataFrame
        One row per record: ``record_id, item_id, reason, votes, experts, priority``. Reasons, the first that
        applies: ``contradiction``, ``undecided`` (a decision is unknown), ``below_quorum``, ``borderline``. The
        priority, 0 to 2, adds how open it is that the record is there, the binary entropy of its share of votes
        in bits, and 1 where it is open what it is, which is any reason but ``below_quorum``.
    """
    action = records.merge(states, on=["record_id", "era"], how="left")["action"]
    outcomes = records[list(decisions)]
    reasons = {
        "contradiction": (action == Action.CONTRADICTION).to_numpy(),
        "undecided": outcomes.isna().any(axis=1).to_numpy(),
        "below_quorum": (records["votes"] < quorum).to_numpy(),
        "borderline": records["borderline"].to_numpy(dtype=bool),
    }
    reason = np.select(list(reasons.values()), list(reasons), "")
    is_open = np.logical_or.reduce([reasons[name] for name in reasons if name != "below_quorum"])
    presence = _entropy(records["confidence"].to_numpy(dtype=np.float64))
    queue = records[["record_id", "item_id", "votes", "experts"]].assign(
        reason=reason, priority=presence + is_open
    )
    ordered: pd.DataFrame = queue[reason != ""].sort_values(
        ["priority", "record_id"], ascending=[False, True]
    )
    return ordered.reset_index(drop=True)


def _entropy(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the binary entropy of each share in bits; 0 where all or nobody voted."""
    contested = (share > 0) & (share < 1)
    inside = np.where(contested, share, 0.5)
    bits = -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
    return np.where(contested, bits, 0.0)
