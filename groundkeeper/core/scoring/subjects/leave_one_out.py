"""The records that the readers of an item make without one of them."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.consensus.cluster import cluster


@dataclass(frozen=True, slots=True)
class Scope:
    """Ids of the ground-truth records that readers are scored against, and of those that count for nobody."""

    scored: Collection[str]
    ignored: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Readers left out of their items, one at a time, and what the others make without them.

    Attributes
    ----------
    folds : DataFrame
        One row per item and reader who is left out of it: ``fold, item_id, annotator``. Only where the
        others are enough for a quorum.
    skipped : int
        Readings that are not scored because the other readers are too few for a quorum.
    marks : DataFrame
        One row per annotation of a reader who is left out:
        ``fold, annotation_id, item_id, annotator, record_id, judged`` (False where the ground-truth record that it
        belongs to counts for nobody).
    evidence : DataFrame
        One row per annotation of the other readers in each fold: ``fold, annotation_id, reference``.
    references : DataFrame
        One row per record that the others make: ``reference, fold, item_id, annotator`` (who is left
        out), ``record_id`` (of the ground truth), ``votes, scorable``.
    """

    folds: pd.DataFrame
    skipped: int
    marks: pd.DataFrame
    evidence: pd.DataFrame
    references: pd.DataFrame


def leave_one_out(  # noqa: PLR0913 - what consensus needs, and what is scored
    marks: pd.DataFrame,
    answers: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    at_least: float,
    quorum: int,
    scope: Scope,
) -> LeftOut:
    """Return what the readers of each item make without each of them, by the same consensus.

    A record of the others is *scorable* if at least *quorum* of them vote for it and the ground-truth record that
    it belongs to is settled and in scope.

    Parameters
    ----------
    marks : DataFrame
        One row per annotation: ``annotation_id, item_id, annotator, round, order, record_id``, and ``label`` if there
        is one.
    answers : DataFrame
        One row per answer: ``item_id, annotator``. Of the voices of the era that decides each item alone, as the
        marks are: who read an item under an older guideline is not judged by the newer one.
    pairs : DataFrame
        Pairs of annotations that have anything in common: ``left, right, iou``.
    at_least : float
        Smallest similarity at which two may mean the same thing.
    quorum : int
        Fewest votes that make a record.
    scope : Scope
        Which ground-truth records are scored against.
    """
    readings = answers[["item_id", "annotator"]].sort_values(["item_id", "annotator"])
    others = readings.groupby("item_id")["annotator"].transform("size") - 1
    folds = readings[others >= quorum].reset_index(drop=True)
    folds.insert(0, "fold", range(len(folds)))
    record = marks.set_index("annotation_id")["record_id"]
    everything = folds.merge(marks, on="item_id", suffixes=("", "_of_mark"))
    own = everything["annotator"] == everything["annotator_of_mark"]
    evidence = _reclustered(everything[~own], pairs, at_least)
    references = evidence.groupby("reference", as_index=False).agg(
        fold=("fold", "first"),
        item_id=("item_id", "first"),
        annotator=("annotator", "first"),
        record_id=("anchor", "first"),
        votes=("annotator_of_mark", "nunique"),
    )
    references["record_id"] = references["record_id"].map(record).astype("str")
    enough = references["votes"] >= quorum
    references["scorable"] = enough & references["record_id"].isin(list(scope.scored))
    left_out = everything[own].sort_values(["fold", "annotation_id"]).reset_index(drop=True)
    left_out["record_id"] = left_out["record_id"].astype("str")
    left_out["judged"] = ~left_out["record_id"].isin(list(scope.ignored))
    return LeftOut(
        folds,
        len(readings) - len(folds),
        left_out[["fold", "annotation_id", "item_id", "annotator", "record_id", "judged"]],
        evidence[["fold", "annotation_id", "reference"]],
        references,
    )


def _reclustered(others: pd.DataFrame, pairs: pd.DataFrame, at_least: float) -> pd.DataFrame:
    """Return *others* with ``anchor`` and ``reference``: every fold clustered as if it were all there is.

    All folds are clustered in one call: an annotation stands once in each fold, under a name of its own.
    """
    named = others.assign(mark=_in_fold(others["fold"], others["annotation_id"]))
    owner = named[["fold", "annotation_id", "mark"]]
    joined = pairs.merge(owner, left_on="left", right_on="annotation_id").merge(
        owner,
        left_on=["fold", "right"],
        right_on=["fold", "annotation_id"],
        suffixes=("_left", "_right"),
    )
    alike = joined[["mark_left", "mark_right", "iou"]].set_axis(["left", "right", "iou"], axis=1)
    ranked = named.sort_values(["fold", "order"]).assign(order=range(len(named)))
    alone = ranked.drop(columns=["annotation_id", "annotator"]).rename(
        columns={"mark": "annotation_id", "annotator_of_mark": "annotator"}
    )
    clustered = cluster(alone, alike, at_least)
    named = named.assign(reference=named["mark"].map(clustered))
    anchor = named.set_index("mark")["annotation_id"]
    named = named.assign(anchor=named["reference"].map(anchor))
    return named.sort_values(["fold", "annotation_id"]).reset_index(drop=True)


def _in_fold(fold: pd.Series, annotation_id: pd.Series) -> pd.Series:
    return fold.astype(str).str.zfill(9) + "/" + annotation_id
