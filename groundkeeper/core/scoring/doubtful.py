"""The records that may turn out otherwise than they stand, and what everybody who is scored makes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Counts, Floats
from groundkeeper.core.scoring.flips import (
    ANOTHER,
    UNMATCHED,
    VANISHED,
    WORTH,
    Doubts,
    standing,
)
from groundkeeper.core.scoring.objects.sides import Booleans
from schemas.enums import SETTLED, Outcome, RecordStatus

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
    now : int64 [s, 2]
        The same as it stands: with settled records that are doubted, without open ones.
    """

    names: list[str]
    records: pd.DataFrame
    doubts: Doubts
    settled: Counts
    now: Counts


def doubtful(  # noqa: PLR0913 - three tables, and what of them is looked at
    outcomes: pd.DataFrame,
    records: pd.DataFrame,
    plan: pd.DataFrame,
    measure: str,
    *,
    names: Collection[str],
    item_ids: Collection[str],
    below: float | None = None,
) -> Doubtful:
    """Return the open records of some items that all answered, and what everybody makes of them.

    A record that is not seen by half of those who looked rather is nothing.

    Parameters
    ----------
    outcomes, records, plan : DataFrame
        The tables of these names.
    measure : str
        One of ``flips.WORTH``.
    names : collection of str
        Who is looked at.
    item_ids : collection of str
        Items that each of them answered: nothing else is counted.
    below : float, optional
        Doubt settled records too whose confidence is less.
    """
    names = sorted(names)
    scored = outcomes[outcomes["subject"].isin(names) & outcomes["item_id"].isin(item_ids)]
    chosen = _chosen(records, item_ids, below)
    found = chosen.assign(doubt=_doubt(chosen)).merge(_urgent(plan), on="record_id", how="left")
    kept = ["record_id", "item_id", "status", "doubt", "action", "priority"]
    is_open = ~found["status"].isin(SETTLED).to_numpy(dtype=np.bool_)
    one_each = _first_of_each(scored[scored["record_id"].isin(found["record_id"])])
    place = pd.Index(found["record_id"]).get_indexer(pd.Index(one_each["record_id"]))
    classes = pd.Index(sorted({*one_each["truth"].dropna(), *one_each["said"].dropna()}))
    doubts = Doubts(
        _said(one_each, names, place, (len(found), len(names)), classes),
        _stands(one_each, chosen, place, classes, is_open),
        is_open,
    )
    settled = _sums(scored[~scored["record_id"].isin(found["record_id"])], names, measure)
    return Doubtful(names, found[kept], doubts, settled, standing(settled, doubts, measure))


def _chosen(records: pd.DataFrame, item_ids: Collection[str], below: float | None) -> pd.DataFrame:
    alive = records[(records["status"] != RecordStatus.RETIRED) & records["item_id"].isin(item_ids)]
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


def _first_of_each(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return one row per subject and record: a pair that counts before one that does not, then by ``annotation_id``.

    A row without an annotation is last, as it says that there is none.
    """
    excluded = outcomes["outcome"].eq(Outcome.EXCLUDED)
    order = ["record_id", "subject", "nothing", "excluded", "annotation_id"]
    ranked = outcomes.assign(nothing=outcomes["annotation_id"].isna(), excluded=excluded)
    return ranked.sort_values(order).drop_duplicates(["subject", "record_id"])


def _said(
    outcomes: pd.DataFrame,
    names: Sequence[str],
    place: Counts,
    shape: tuple[int, int],
    classes: pd.Index,
) -> Counts:
    """Return the class that everybody says each record in doubt is, int64 [n, s]; *place* is that of the record."""
    subject = pd.Index(names).get_indexer(pd.Index(outcomes["subject"]))
    said = np.full(shape, UNMATCHED, dtype=np.int64)
    matched = outcomes["annotation_id"].notna().to_numpy()
    code = classes.get_indexer(pd.Index(outcomes["said"]))
    said[place[matched], subject[matched]] = code[matched]
    return said


def _stands(
    outcomes: pd.DataFrame,
    records: pd.DataFrame,
    place: Counts,
    classes: pd.Index,
    is_open: Booleans,
) -> Counts:
    """Return the class of each record as it stands, ``VANISHED`` if fewer than half saw it, int64 [n]."""
    stands = np.full(len(records), ANOTHER, dtype=np.int64)
    code = classes.get_indexer(pd.Index(outcomes["truth"]))
    known = code >= 0
    stands[place[known]] = code[known]
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
