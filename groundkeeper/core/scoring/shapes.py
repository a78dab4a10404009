"""What became of every shape of a reader who was left out, and of every record it could have found."""

from enum import StrEnum

import pandas as pd

from groundkeeper.core.agreement.overlap import frame_overlap, object_overlap
from groundkeeper.core.consensus.fuse import fuse
from groundkeeper.core.consensus.shape import majority_region
from groundkeeper.core.scoring.leave_one_out import LeftOut
from groundkeeper.core.scoring.matching import match
from schemas.enums import Conflict
from schemas.scoring import CONFLICTS


class Outcome(StrEnum):
    """What became of it: found, extra, missed, or not judged."""

    TRUE_POSITIVE = "tp"
    FALSE_POSITIVE = "fp"
    FALSE_NEGATIVE = "fn"
    EXCLUDED = "excluded"


COLUMNS = [
    "item_id",
    "annotator",
    "annotation_id",
    "record_id",
    "outcome",
    "conflict",
    "iou",
    "dice",
]


def shape_outcomes(
    left_out: LeftOut,
    annotations: pd.DataFrame,
    parts: pd.DataFrame,
    pairs: pd.DataFrame,
    match_iou: float,
) -> pd.DataFrame:
    """Return the outcome of every shape of the readers left out, and of every record they missed.

    A shape and a scorable record of the others match one-to-one by IoU over all frames, at least
    *match_iou*. Matched: true positive. A scorable record without a match: false negative. A shape
    without a match is a false positive, unless it shares area with records of the others of which none
    is scorable (below the quorum, out of scope, or not settled), or belongs to a ground-truth record
    that counts for nobody: then nobody can say that it is wrong, and it is excluded, and counted. A
    record that is not scorable is never missed.

    Parameters
    ----------
    left_out : LeftOut
        The readers left out and what the others make.
    annotations : DataFrame
        One row per annotation: ``annotation_id, kind``.
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry``.
    pairs : DataFrame
        Every pair of annotations of one item that shares area: ``left, right, iou``.
    match_iou : float
        Smallest IoU of a match.

    Returns
    -------
    DataFrame
        ``item_id, annotator, annotation_id`` (none if missed), ``record_id`` (none if extra or excluded),
        ``outcome``, ``conflict`` (none if there is none), ``iou, dice`` (nan without a record). Sorted
        by item, annotator, annotation and record.
    """
    regions = _regions(left_out, parts)
    drawn = regions["id"].unique()
    references = left_out.references
    references = references.assign(
        scorable=references["scorable"] & references["reference"].isin(drawn)
    )
    touched = _touched(left_out, pairs).merge(references[["reference", "scorable"]], on="reference")
    candidates = _measured(touched[touched["scorable"]], parts, regions)
    matches = match(candidates, match_iou)
    free = candidates[
        ~candidates["left"].isin(matches["left"]) & ~candidates["right"].isin(matches["right"])
    ]
    near = match(free[free["iou"] > 0], 0.0)
    kinds = _kinds(left_out, annotations)
    rows = [
        _true_positives(matches, kinds),
        _unmatched(left_out, matches, near, touched, candidates),
        _missed(references[references["scorable"]], matches, near),
    ]
    return _named(pd.concat(rows, ignore_index=True), left_out)


def conflicts(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *outcomes* that differ from the ground truth, as the table ``conflicts``.

    Where the others alone make two records of one ground-truth record, it is missed once.
    """
    found = outcomes[outcomes["conflict"].notna()]
    overlap_said = found["conflict"].eq(Conflict.LOW_OVERLAP) & found["annotation_id"].isna()
    ordered = found[~overlap_said].sort_values([*CONFLICTS.key, "iou"], na_position="first")
    distinct = ordered.drop_duplicates(list(CONFLICTS.key), keep="last")
    return distinct[list(CONFLICTS.columns)].reset_index(drop=True)


def _regions(left_out: LeftOut, parts: pd.DataFrame) -> pd.DataFrame:
    """Return ``id, frame, geometry``: the majority region of every scorable record of the others."""
    scorable = left_out.references[left_out.references["scorable"]]
    votes = scorable.set_index("reference")["votes"]
    drawn = left_out.evidence[left_out.evidence["reference"].isin(votes.index)]
    drawn = drawn.merge(parts, on="annotation_id").rename(columns={"reference": "record_id"})
    if drawn.empty:
        return pd.DataFrame({"id": [], "frame": [], "geometry": []}).astype(
            {"id": "str", "frame": "int64"}
        )
    return majority_region(drawn, votes).rename(columns={"record_id": "id"})


def _touched(left_out: LeftOut, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return ``fold, annotation_id, reference``: whose evidence each shape left out shares area with."""
    both_ways = pd.concat(
        [
            pairs[["left", "right"]].set_axis(["annotation_id", "other"], axis=1),
            pairs[["right", "left"]].set_axis(["annotation_id", "other"], axis=1),
        ]
    )
    evidence = left_out.evidence.rename(columns={"annotation_id": "other"})
    near = left_out.marks[["fold", "annotation_id"]].merge(both_ways, on="annotation_id")
    found = near.merge(evidence, on=["fold", "other"])
    return found[["fold", "annotation_id", "reference"]].drop_duplicates()


def _measured(touched: pd.DataFrame, parts: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Return ``left`` (annotation), ``right`` (reference), ``iou, dice`` of the pairs that may match."""
    pairs = touched[["annotation_id", "reference"]].set_axis(["left", "right"], axis=1)
    drawn = parts.rename(columns={"annotation_id": "id"})
    return object_overlap(pairs, drawn, regions, frame_overlap(pairs, drawn, regions))


def _kinds(left_out: LeftOut, annotations: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the kind of each annotation, and of each record of the others (none where they tie)."""
    of_annotation = annotations.set_index("annotation_id")["kind"]
    said = left_out.evidence["annotation_id"].map(of_annotation)
    return of_annotation, fuse(said, left_out.evidence["reference"], "mode", "enum")


def _true_positives(matches: pd.DataFrame, kinds: tuple[pd.Series, pd.Series]) -> pd.DataFrame:
    ours, theirs = matches["left"].map(kinds[0]), matches["right"].map(kinds[1])
    differs = theirs.notna() & (ours != theirs)
    return pd.DataFrame(
        {
            "annotation_id": matches["left"],
            "reference": matches["right"],
            "outcome": Outcome.TRUE_POSITIVE.value,
            "conflict": pd.Series(None, matches.index, object).mask(
                differs, Conflict.MISMATCH.value
            ),
            "iou": matches["iou"],
            "dice": matches["dice"],
        }
    )


def _unmatched(
    left_out: LeftOut,
    matches: pd.DataFrame,
    near: pd.DataFrame,
    touched: pd.DataFrame,
    candidates: pd.DataFrame,
) -> pd.DataFrame:
    """Return the shapes without a match: extra ones, and those that nobody can judge."""
    marks = left_out.marks
    unmatched = marks[~marks["annotation_id"].isin(matches["left"])]
    alone = unmatched["annotation_id"]
    scorable = touched[touched["scorable"]]["annotation_id"]
    beside = alone.isin(touched["annotation_id"]) & ~alone.isin(scorable)
    excluded = beside | ~unmatched["judged"]
    partner = near.set_index("left")
    low = alone.isin(partner.index)
    best = candidates.groupby("left")[["iou", "dice"]].max()
    extra = pd.Series(Conflict.EXTRA.value, alone.index, dtype=object)
    return pd.DataFrame(
        {
            "annotation_id": alone,
            "reference": alone.map(partner["right"]),
            "outcome": excluded.map(
                {True: Outcome.EXCLUDED.value, False: Outcome.FALSE_POSITIVE.value}
            ),
            "conflict": extra.mask(low, Conflict.LOW_OVERLAP.value).mask(excluded, None),
            "iou": alone.map(partner["iou"]).fillna(alone.map(best["iou"])),
            "dice": alone.map(partner["dice"]).fillna(alone.map(best["dice"])),
        }
    )


def _missed(scorable: pd.DataFrame, matches: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    missed = scorable[~scorable["reference"].isin(matches["right"])]["reference"]
    low = missed.isin(near["right"])
    return pd.DataFrame(
        {
            "annotation_id": pd.Series(None, missed.index, object),
            "reference": missed,
            "outcome": Outcome.FALSE_NEGATIVE.value,
            "conflict": pd.Series(Conflict.MISSING.value, missed.index, object).mask(
                low, Conflict.LOW_OVERLAP.value
            ),
        }
    ).assign(iou=float("nan"), dice=float("nan"))


def _named(rows: pd.DataFrame, left_out: LeftOut) -> pd.DataFrame:
    """Return *rows* with item, reader and ground-truth record in place of the reference."""
    facts = left_out.references.set_index("reference")
    marks = left_out.marks.set_index("annotation_id")
    missed = rows["annotation_id"].isna()
    named = rows.assign(record_id=rows["reference"].map(facts["record_id"]))
    for column in ("item_id", "annotator"):
        of_mark = rows["annotation_id"].map(marks[column])
        named[column] = of_mark.where(~missed, rows["reference"].map(facts[column]))
    ordered = named.sort_values(["item_id", "annotator", "annotation_id", "record_id", "reference"])
    return ordered[COLUMNS].reset_index(drop=True)
