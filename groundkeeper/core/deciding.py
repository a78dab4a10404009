"""From fused observations to ground truth: decide once a record, then say how settled it is."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.columns import with_ending
from groundkeeper.core.guideline.decisions import DEFAULT_RULE, Decision
from groundkeeper.core.guideline.evaluate import Decided, Possible, decide, possible_between
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import canonical_json
from schemas.enums import Action, RecordStatus, Verdict
from schemas.names import SPREAD_ENDINGS

NEWER_ANSWERS_NEEDED = (Action.REVALIDATE, Action.REANNOTATE)

DECIDED = (RecordStatus.AGREED, RecordStatus.ADJUDICATED, RecordStatus.RETIRED)
"""Statuses that somebody's answers brought about."""

SAMPLED = ["item_id", "item_key", "uri", "group_id", "stratum", "inclusion_probability", "split"]
"""What an item of the GT carries over from the pool and the sample."""

LEAST_SETTLED = [
    RecordStatus.PENDING,
    RecordStatus.STALE,
    RecordStatus.AGREED,
    RecordStatus.ADJUDICATED,
]
"""Statuses from the worst to the best; an item is as settled as the worst of its records."""


@dataclass(frozen=True)
class Rules:
    """What the guideline in force says of records."""

    decisions: Mapping[str, Decision]
    fields: Mapping[str, Field]
    consensus: Consensus


def decide_records(
    observations: pd.DataFrame, states: pd.DataFrame, regions: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Return the records: each observation under the current decisions, and how settled it is.

    Records with an invisible outcome are left out: they leave no trace in the GT, unless they were in it under the
    version that they were answered under. A record is

    * *retired* where enough people looked and nobody sees it any more, where an adjudicator said that it is not there,
      or where the guideline took it out: a tombstone;
    * *pending* where it misses the quorum, a decision cannot be made from what is stored and nobody is asked for more,
      what is stored contradicts its guideline, or its voters drew no region in common;
    * *stale* where newer answers are needed;
    * *adjudicated* where an adjudicator decided, however many voted;
    * else *agreed*.

    It is *borderline* when a decision is known, but would be another somewhere between the experts' lowest and
    highest values, and no adjudicator decided.

    Parameters
    ----------
    observations : DataFrame
        One row per record, of the era that decides it (``core.consensus.voices.decided_in``).
    states : DataFrame
        One row per record and era: ``record_id, era, action, tombstone, lost``.
    regions : DataFrame
        One row per record, era and frame in which there is a consensus region: ``record_id, era``.
    rules : Rules
        Of the guideline in force.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.RECORDS``, one column per decision, the fields with their extents. Sorted
        by ``record_id``.
    """
    columns = observations.sort_values("record_id").reset_index(drop=True)
    state = _states_of(columns, states)
    made = {
        name: _unless_lost(name, decide(decision, columns, rules.fields), state["lost"])
        for name, decision in rules.decisions.items()
    }
    borderline, hidden = (np.zeros(len(columns), bool) for _ in range(2))
    low, high = (with_ending(columns, end) for end in SPREAD_ENDINGS)
    for name, decision in rules.decisions.items():
        hidden |= np.isin(made[name].outcome.astype(str), list(decision.invisible))
        if decision.by == "derived":
            between: Possible = possible_between(decision, low, high, columns, rules.fields)
            borderline |= pd.notna(made[name].outcome) & (between.sum(axis=1) > 1)
    outcomes = {n: pd.Series(decided.outcome, dtype="str") for n, decided in made.items()}
    reasons = open_questions(columns.assign(**outcomes), states, regions, rules)
    is_told = columns["verdict"].notna().to_numpy()
    unseen = ((columns["votes"] == 0) & (columns["experts"] >= rules.consensus.quorum)).to_numpy()
    absent = columns["verdict"].eq(Verdict.ABSENT).to_numpy(dtype=bool)
    tombstone = state["tombstone"].to_numpy(dtype=bool)
    retired = np.where(is_told, absent, unseen) | tombstone
    stale = state["action"].isin(NEWER_ANSWERS_NEEDED).to_numpy()
    cases = {
        RecordStatus.RETIRED: retired,
        RecordStatus.PENDING: np.logical_or.reduce(list(reasons.values())),
        RecordStatus.STALE: stale,
        RecordStatus.ADJUDICATED: is_told,
    }
    status = np.select(list(cases.values()), [str(s) for s in cases], str(RecordStatus.AGREED))
    records = columns.assign(
        status=status,
        **outcomes,
        confidence=columns["votes"] / columns["experts"].where(columns["experts"] > 0),
        borderline=borderline & ~retired & ~is_told,
        decided_by=np.select(
            [~np.isin(status, DECIDED), is_told], ["none", "adjudicator"], "consensus"
        ),
        rule_ids=_rule_ids({n: decided.rule_id for n, decided in made.items()}, len(columns)),
    ).drop(columns="verdict")
    kept: pd.DataFrame = records[~hidden | tombstone].reset_index(drop=True)
    return kept


def open_questions(
    records: pd.DataFrame, states: pd.DataFrame, regions: pd.DataFrame, rules: Rules
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return, by reason and from the gravest, which of *records* an adjudicator has to settle.

    ``contradiction``: what is stored is ruled out by its own guideline. ``undecided``: a decision is unknown, and no
    newer answer is waited for that may make it known. ``no_region``: the voters drew no region that half of them share.
    ``below_quorum``: too few votes, and no adjudicator decided. What an adjudicator said is held against the others,
    too.

    Parameters
    ----------
    records : DataFrame
        One row per record, n rows: ``record_id, era, votes, adjudication`` and one column per decision.
    states, regions, rules
        As of ``decide_records``.

    Returns
    -------
    dict of str to bool[n]
    """
    keys = pd.MultiIndex.from_frame(records[["record_id", "era"]])
    undrawn = ~keys.isin(pd.MultiIndex.from_frame(regions[["record_id", "era"]]))
    action = _states_of(records, states)["action"]
    unknown = records[list(rules.decisions)].isna().any(axis=1)
    return {
        "contradiction": (action == Action.CONTRADICTION).to_numpy(),
        "undecided": unknown.to_numpy() & ~action.isin(NEWER_ANSWERS_NEEDED).to_numpy(),
        "no_region": undrawn if rules.consensus.shape != "none" else np.zeros(len(records), bool),
        "below_quorum": (records["votes"] < rules.consensus.quorum).to_numpy()
        & records["adjudication"].isna().to_numpy(),
    }


def _states_of(records: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return action, tombstone and lost of each record, in their order; nothing happens to one without a state."""
    keys = ["record_id", "era"]
    found = records[keys].merge(states[[*keys, "action", "tombstone", "lost"]], on=keys, how="left")
    gone = found["tombstone"].eq(True)  # noqa: FBT003 - missing is no tombstone
    return found.assign(tombstone=gone, lost=found["lost"].fillna("[]"))


def _unless_lost(name: str, made: Decided, lost: pd.Series) -> Decided:
    """Return what was decided, but for records whose judgement is lost: a default is for where nobody ever chose."""
    again = lost.map({text: name in json.loads(text) for text in lost.unique()}).to_numpy(
        dtype=bool
    )
    again = again & (made.rule_id == DEFAULT_RULE)
    outcome, rule_id = made.outcome.copy(), made.rule_id.copy()
    outcome[again] = rule_id[again] = None
    return Decided(outcome, rule_id)


def _rule_ids(rules: Mapping[str, npt.NDArray[np.object_]], rows: int) -> list[str]:
    """Return, for each row, the rule that decided each decision, as canonical JSON."""
    table = pd.DataFrame(rules, index=range(rows), dtype=object)
    group = table.groupby(list(table.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1]
    texts = [
        canonical_json({name: None if pd.isna(rule) else rule for name, rule in row.items()})
        for row in table.iloc[first].to_dict("records")
    ]
    return [texts[place] for place in group]


def decide_items(
    sample: pd.DataFrame,
    looked: pd.DataFrame,
    found: tuple[pd.DataFrame, pd.DataFrame],
    to_search: Collection[str],
    quorum: int,
) -> pd.DataFrame:
    """Return how settled every sampled item is.

    An item is *agreed empty* when a quorum looked and found nothing, and none of its records has a quorum or was
    settled by an adjudicator; or when a quorum looked, and all that was seen is out of the GT. Else it is as settled as
    the worst of its records; without records it is pending. An item that has to be searched is at best *stale*, and
    never agreed empty.

    Parameters
    ----------
    sample : DataFrame
        One row per sampled item: ``item_id, item_key, uri, group_id, stratum, inclusion_probability, split``.
    looked : DataFrame
        One row per item, of the era that decides it: ``item_id, experts, empty_answers``.
    found : (DataFrame, DataFrame)
        One row per record, visible or not: ``item_id``; and one per visible record: ``item_id, status, votes``.
    to_search : collection of str
        Items that have to be searched under the guideline in force.
    quorum : int
        Fewest voices that settle anything.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.GT_ITEMS``, sorted by ``item_id``.
    """
    observed, records = found
    table = sample[SAMPLED].sort_values("item_id").reset_index(drop=True)
    item = table["item_id"]
    alive = records[records["status"] != RecordStatus.RETIRED]
    badness = alive["status"].map({status: n for n, status in enumerate(LEAST_SETTLED)})
    worst = item.map(badness.groupby(alive["item_id"]).min())
    is_settled = alive["status"].eq(RecordStatus.ADJUDICATED)
    counted = alive.assign(votes=alive["votes"].mask(is_settled, quorum))
    votes = item.map(counted.groupby("item_id")["votes"].max()).fillna(0)
    table["records"] = item.map(alive.groupby("item_id").size()).fillna(0).astype("int64")
    for name in ("experts", "empty_answers"):
        table[name] = item.map(looked.set_index("item_id")[name]).fillna(0).astype("int64")
    found_nothing = (table["empty_answers"] >= quorum) & (votes < quorum)
    # Who found nothing was not asked for what came to light under a later version.
    found_nothing &= ~item.isin(_seen_since(alive, looked))
    all_out = item.isin(observed["item_id"]) & (table["records"] == 0)
    unsearched = item.isin(list(to_search))
    table["empty"] = (found_nothing | (all_out & (table["experts"] >= quorum))) & ~unsearched
    stale = float(LEAST_SETTLED.index(RecordStatus.STALE))
    looked_at = unsearched & (table["experts"] >= quorum)
    rank = worst.astype("float64").mask(looked_at & ~(worst < stale), stale)
    status = rank.map(dict(enumerate(map(str, LEAST_SETTLED)))).fillna(str(RecordStatus.PENDING))
    table["status"] = status.where(~table["empty"], str(RecordStatus.AGREED))
    return table


def _seen_since(alive: pd.DataFrame, looked: pd.DataFrame) -> pd.Series:
    """Return the items with a record that was seen in a later era than the one in which all of them was looked at."""
    both = alive[["item_id", "era"]].merge(looked[["item_id", "era"]], on="item_id")
    eras = sorted({*both["era_x"], *both["era_y"]}, key=version_key)
    age = {era: place for place, era in enumerate(eras)}
    seen, looked_at = (both[name].map(age).astype("float64") for name in ("era_x", "era_y"))
    found: pd.Series = both.loc[seen > looked_at, "item_id"]
    return found
