"""The records that may turn out otherwise than they stand, and what everybody who is scored makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Counts, Floats
from groundkeeper.core.scoring.flips import ANOTHER, UNANSWERED, UNMATCHED, VANISHED, WORTH, Doubts
from groundkeeper.core.scoring.objects.sides import Booleans
from schemas.enums import SETTLED, RecordStatus

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Doubtful:
    """What a ranking rests on, and what could still change it.

    Attributes
    ----------
    names : list of str
        Who is scored, sorted.
    records : DataFrame
        One row per record in doubt, sorted by id: ``record_id, item_id, status``; ``doubt``, how probable it is that
        it does not stay as it stands, as far as known; and ``action, priority`` of its most urgent task in the plan.
    doubts : Doubts
        What everybody makes of them.
    settled : int64 [s, 2]
        What is above and below the line of everybody, of all that is in no doubt.
    """

    names: list[str]
    records: pd.DataFrame
    doubts: Doubts
    settled: Counts


def doubtful(
    outcomes: pd.DataFrame,
    records: pd.DataFrame,
    plan: pd.DataFrame,
    measure: str,
    below: float | None = None,
) -> Doubtful:
    """Return the open records of the items that were scored, and what everybody makes of them.

    A record that is not seen by half of those who looked rather is nothing.

    Parameters
    ----------
    outcomes, records, plan : DataFrame
        The tables of these names.
    measure : str
        One of ``flips.WORTH``.
    below : float, optional
        Doubt settled records too whose confidence is less.
    """
    names = sorted(set(outcomes["subject"]))
    chosen = _chosen(records, set(outcomes["item_id"]), below)
    found = chosen.assign(doubt=_doubt(chosen)).merge(_urgent(plan), on="record_id", how="left")
    kept = ["record_id", "item_id", "status", "doubt", "action", "priority"]
    place = pd.Index(found["record_id"])
    of_doubt = place.get_indexer(pd.Index(outcomes["record_id"]))
    classes = pd.Index(sorted({*outcomes["truth"].dropna(), *outcomes["said"].dropna()}))
    is_open = ~found["status"].isin(SETTLED).to_numpy(dtype=np.bool_)
    doubts = Doubts(
        _said(outcomes, names, found["item_id"], of_doubt, classes),
        _stands(outcomes, chosen, of_doubt, classes, is_open),
        is_open,
    )
    return Doubtful(names, found[kept], doubts, _sums(outcomes[of_doubt < 0], names, measure))


def _chosen(records: pd.DataFrame, items: set[str], below: float | None) -> pd.DataFrame:
    alive = records[(records["status"] != RecordStatus.RETIRED) & records["item_id"].isin(items)]
    doubted = ~alive["status"].isin(SETTLED)
    if below is not None:
        doubted |= alive["confidence"] < below
    return alive[doubted].sort_values("record_id", ignore_index=True)


def _doubt(records: pd.DataFrame) -> Floats:
    """Return how probable it is that each record does not stay as it stands, float64 [n]."""
    share = _seen_by(records)
    by_votes = 1 - np.maximum(share, 1 - share)
    confidence = records["confidence"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(confidence), by_votes, 1 - confidence)


def _seen_by(records: pd.DataFrame) -> Floats:
    """Return by which share of those who looked each record was seen, nan where nobody did."""
    experts = records["experts"].to_numpy(dtype=np.float64)
    votes = records["votes"].to_numpy(dtype=np.float64)
    return np.where(experts > 0, votes / np.where(experts > 0, experts, 1), np.nan)


def _urgent(plan: pd.DataFrame) -> pd.DataFrame:
    """Return the most urgent task of each record of the plan: ``record_id, action, priority``."""
    about = plan.dropna(subset="record_id").sort_values(
        ["priority", "plan_id"], ascending=[False, True]
    )
    return about.drop_duplicates("record_id")[["record_id", "action", "priority"]]


def _said(
    outcomes: pd.DataFrame,
    names: Sequence[str],
    item_ids: pd.Series,
    of_doubt: Counts,
    classes: pd.Index,
) -> Counts:
    """Return the class that everybody says each record in doubt is, int64 [n, s]."""
    subject = pd.Index(names).get_indexer(pd.Index(outcomes["subject"]))
    items = pd.Index(sorted(set(item_ids)))
    item = items.get_indexer(pd.Index(outcomes["item_id"]))
    answered = np.zeros((len(items), len(names)), dtype=np.bool_)
    answered[item[item >= 0], subject[item >= 0]] = True
    there = answered[items.get_indexer(pd.Index(item_ids))]
    said = np.where(there, UNMATCHED, UNANSWERED).astype(np.int64)
    matched = (of_doubt >= 0) & outcomes["annotation_id"].notna().to_numpy()
    code = classes.get_indexer(pd.Index(outcomes["said"]))
    said[of_doubt[matched], subject[matched]] = code[matched]
    return said


def _stands(
    outcomes: pd.DataFrame,
    records: pd.DataFrame,
    of_doubt: Counts,
    classes: pd.Index,
    is_open: Booleans,
) -> Counts:
    """Return the class of each record as it stands, ``VANISHED`` if fewer than half saw it, int64 [n]."""
    stands = np.full(len(records), ANOTHER, dtype=np.int64)
    code = classes.get_indexer(pd.Index(outcomes["truth"]))
    known = (of_doubt >= 0) & (code >= 0)
    stands[of_doubt[known]] = code[known]
    stands[is_open & (_seen_by(records) < HALF)] = VANISHED
    return stands


def _sums(outcomes: pd.DataFrame, names: Sequence[str], measure: str) -> Counts:
    """Return what is above and below the line of everybody, int64 [s, 2]."""
    subject = pd.Index(names).get_indexer(pd.Index(outcomes["subject"]))
    sums = np.zeros((len(names), 2), dtype=np.int64)
    for outcome, worth in WORTH[measure].items():
        of = outcomes["outcome"].to_numpy() == outcome
        count = np.bincount(subject[of], minlength=len(names))
        sums += count[:, None] * np.array(worth)
    return sums
