"""What must hold in a table beyond the types of ``schemas.names``, as data. Imports only its neighbours.

A column rule looks at one column, a row rule at several of a row, a reference at another table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from schemas import enums
from schemas.columns import Rows, is_between
from schemas.drawn import SPREADS

PREFIXES = {
    "item_id": "it",
    "annotation_id": "an",
    "answer_id": "ao",
    "record_id": "rc",
    "alias_id": "rc",
    "plan_id": "pl",
    "task_id": "tk",
    "edge_case_id": "ec",
    "verdict_id": "ao",
    "reverses": "ao",
    "adjudication": "ao",
}
"""Prefix of the ids in a column, in whichever table it stands."""

SHA256 = "[0-9a-f]{64}"
VERSION = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
PATTERNS = {"sha256": SHA256, "era": VERSION, "completed_in": VERSION, "version": VERSION}
"""Pattern of the texts in a column, in whichever table it stands."""

VOCABULARIES: dict[tuple[str, str], type[StrEnum]] = {
    ("answers", "state"): enums.AnswerState,
    ("answers", "origin"): enums.Origin,
    ("answers", "independence"): enums.Independence,
    ("answers", "identity"): enums.Identity,
    ("answers", "scope"): enums.Scope,
    ("answers", "refusal"): enums.Refusal,
    ("predictions", "state"): enums.AnswerState,
    ("predictions", "origin"): enums.Origin,
    ("predictions", "independence"): enums.Independence,
    ("predictions", "identity"): enums.Identity,
    ("predictions", "scope"): enums.Scope,
    ("predictions", "refusal"): enums.Refusal,
    ("predicted", "kind"): enums.Shape,
    ("tasks", "scope"): enums.Scope,
    ("tasks", "unit"): enums.Unit,
    ("tasks", "action"): enums.Task,
    ("tasks", "arm"): enums.Arm,
    ("plan", "unit"): enums.Unit,
    ("annotations", "kind"): enums.Shape,
    ("observations", "drawn_as"): enums.Shape,
    ("records", "drawn_as"): enums.Shape,
    ("sample", "split"): enums.Split,
    ("gt_items", "split"): enums.Split,
    ("records", "status"): enums.RecordStatus,
    ("gt_items", "status"): enums.RecordStatus,
    ("states", "action"): enums.Action,
    ("plan", "action"): enums.Task,
    ("conflicts", "conflict"): enums.Conflict,
    ("conflicts", "severity"): enums.Severity,
    ("outcomes", "outcome"): enums.Outcome,
    ("scored", "origin"): enums.Origin,
    ("verdicts", "verdict"): enums.Verdict,
    ("verdicts", "refusal"): enums.Refusal,
    ("observations", "verdict"): enums.Verdict,
    ("carried", "verdict"): enums.Verdict,
}
"""Closed vocabulary of a column, by table and column."""

SMALLEST = float(np.nextafter(0.0, 1.0))
"""The bound of what must be above zero."""
BELOW_ONE = float(np.nextafter(1.0, 0.0))
"""The bound of what must be below one."""

RANGES: dict[str, tuple[float, float | None]] = {
    "width_px": (1, None),
    "height_px": (1, None),
    "frames": (1, None),
    "frame": (0, None),
    "prn": (0, BELOW_ONE),
    "inclusion_probability": (SMALLEST, 1),
    "pool_share": (0, 1),
    "sample_share": (0, 1),
    "pool_items": (0, None),
    "sample_items": (0, None),
    "expected_items": (0, None),
    "sequence": (0, None),
    "ordinal": (0, None),
    "lead_time_s": (0, None),
    "votes": (0, None),
    "experts": (0, None),
    "confidence": (0, 1),
    "spread_iou": (0, 1),
    **dict.fromkeys(SPREADS, (0, None)),
    "records": (0, None),
    "empty_answers": (0, None),
    "hours": (0, None),
    "n": (0, None),
    "groups": (0, None),
    "effective_n": (0, None),
    "iou": (0, 1),
    "dice": (0, 1),
    "similarity": (0, 1),
    "probability": (0, 1),
    "weight": (0, None),
    "iterations": (0, None),
    "annotators": (0, None),
    "answers": (0, None),
    "differing": (0, None),
    "gt_items": (0, None),
    "items": (0, None),
    "items_open": (0, None),
    "items_without_answer": (0, None),
    "items_not_in_gt": (0, None),
    "items_unknown": (0, None),
    "records_open": (0, None),
    "records_ignored": (0, None),
    "shapes_outside": (0, None),
    "values_refused": (0, None),
    "presence_error": (0, 1),
    "value_error": (0, 1),
    "method_error": (0, 1),
    "shape_error": (0, 1),
    "boundary_error": (0, 1),
    "expected_error": (0, 1),
}
"""Inclusive range of the numbers in a column, in whichever table it stands; None is no bound."""


class RowRule(NamedTuple):
    """What several columns of one row must say together."""

    title: str
    needs: tuple[str, ...]
    holds: Callable[[pd.DataFrame], Rows]
    allowed: str


class Reference(NamedTuple):
    """A column whose values must occur in a column of another table; nulls refer to nothing."""

    table: str
    column: str
    other: str
    other_column: str


@dataclass(frozen=True)
class Copy:
    """Columns that a row repeats from the row of another table with the same ``item_id``."""

    table: str
    other: str
    columns: tuple[str, ...]


def _at_most(low: str, high: str) -> RowRule:
    return RowRule(
        f"{low} <= {high}",
        (low, high),
        lambda rows: _not_above(rows[low], rows[high]),
        f"{low} at most {high}",
    )


def _not_above(low: pd.Series, high: pd.Series) -> Rows:
    first, second = low.to_numpy(dtype=np.float64), high.to_numpy(dtype=np.float64)
    return np.asarray((first <= second) | np.isnan(first) | np.isnan(second), dtype=np.bool_)


def _confidence_is_the_share(rows: pd.DataFrame) -> Rows:
    votes, experts = (rows[name].to_numpy(dtype=np.float64) for name in ("votes", "experts"))
    share = np.divide(votes, experts, out=np.full(len(rows), np.nan), where=experts > 0)
    stated = rows["confidence"].to_numpy(dtype=np.float64)
    return np.asarray(np.isclose(stated, share, rtol=0, atol=1e-9, equal_nan=True), dtype=np.bool_)


def _sum_to_one(*of: str) -> RowRule:
    """Return the rule that probabilities of the rows that are alike in the columns *of* sum to 1, but for rounding."""

    def hold(rows: pd.DataFrame) -> Rows:
        total = rows.groupby(list(of))["probability"].transform("sum")
        sums = total.to_numpy(dtype=np.float64)
        return np.asarray(np.isclose(sums, 1, rtol=0, atol=1e-6), dtype=np.bool_)

    return RowRule(
        f"probabilities of one {', '.join(of)} sum to 1",
        (*of, "probability"),
        hold,
        "probabilities that sum to 1",
    )


ROW_RULES: dict[str, tuple[RowRule, ...]] = {
    "sample": (
        RowRule(
            "prn < inclusion_probability",
            ("prn", "inclusion_probability"),
            lambda rows: np.asarray(rows["prn"] < rows["inclusion_probability"], dtype=np.bool_),
            "a permanent random number below the inclusion probability",
        ),
    ),
    "coverage": (_at_most("sample_items", "pool_items"),),
    "observations": (_at_most("votes", "experts"),),
    "records": (
        _at_most("votes", "experts"),
        RowRule(
            "confidence = votes / experts",
            ("confidence", "votes", "experts"),
            _confidence_is_the_share,
            "votes / experts, and null without experts",
        ),
    ),
    "gt_items": (_at_most("empty_answers", "experts"),),
    "posteriors": (_sum_to_one("record_id", "era", "field"),),
    "soft_labels": (_sum_to_one("record_id", "field"),),
    "skills": (_at_most("low", "high"),),
    "adjudication_queue": (_at_most("votes", "experts"),),
    "measures": (_at_most("low", "high"),),
    "bounds": (_at_most("low", "high"),),
}
"""Rules over several columns of a row, by table."""

REFERENCES = (
    Reference("sample", "item_id", "items", "item_id"),
    Reference("answers", "item_id", "items", "item_id"),
    Reference("annotations", "answer_id", "answers", "answer_id"),
    Reference("gold", "item_id", "items", "item_id"),
    Reference("verdicts", "verdict_id", "answers", "answer_id"),
    Reference("revalidations", "record_id", "observations", "record_id"),
    Reference("parts", "annotation_id", "annotations", "annotation_id"),
    Reference("predictions", "item_id", "items", "item_id"),
    Reference("predicted", "answer_id", "predictions", "answer_id"),
    Reference("predicted_parts", "annotation_id", "predicted", "annotation_id"),
    Reference("clusters", "annotation_id", "annotations", "annotation_id"),
    Reference("observation_parts", "record_id", "observations", "record_id"),
    Reference("sample", "item_id", "gt_items", "item_id"),
    Reference("gt_items", "item_id", "sample", "item_id"),
    Reference("records", "item_id", "gt_items", "item_id"),
    Reference("record_parts", "record_id", "records", "record_id"),
    Reference("soft_labels", "record_id", "records", "record_id"),
    Reference("posteriors", "record_id", "observations", "record_id"),
    Reference("disputes", "record_id", "observations", "record_id"),
    Reference("adjudication_queue", "record_id", "records", "record_id"),
)
"""Foreign keys. ``sample`` and ``gt_items`` refer to each other: they have the same items."""

COPIES = (
    Copy("sample", "items", ("group_id",)),
    Copy("gt_items", "items", ("item_key", "uri")),
    Copy("gt_items", "sample", ("group_id", "stratum", "inclusion_probability", "split")),
)
"""Columns carried along, which must not change on the way."""


def repeats(rows: pd.DataFrame, others: pd.DataFrame, column: str) -> Rows:
    """Return which rows have in *column* what *others* has for the same item; unknown items hold.

    Examples
    --------
    >>> mine = pd.DataFrame({"item_id": ["a", "b"], "split": ["dev", "dev"]})
    >>> theirs = pd.DataFrame({"item_id": ["b", "a"], "split": ["sealed", "dev"]})
    >>> repeats(mine, theirs, "split").tolist()
    [True, False]
    """
    there = others.drop_duplicates("item_id").set_index("item_id")[column]
    known = rows["item_id"].isin(there.index).to_numpy()
    theirs = there.reindex(rows["item_id"]).to_numpy(dtype=object)
    return np.asarray(~known | (rows[column].to_numpy(dtype=object) == theirs), dtype=np.bool_)


def lie_inside(parts: pd.DataFrame, records: pd.DataFrame, items: pd.DataFrame) -> Rows:
    """Return which parts of records lie on the canvas of their item; without a known canvas they do."""
    bounds = shapely.bounds(parts["geometry"].to_numpy(dtype=object))
    item = _items_of(parts, records, items)
    width, height = (item[name].to_numpy(dtype=np.float64) for name in ("width_px", "height_px"))
    with np.errstate(invalid="ignore"):
        outside = (
            (bounds[:, 0] < 0)
            | (bounds[:, 1] < 0)
            | (bounds[:, 2] > width)
            | (bounds[:, 3] > height)
        )
    return np.asarray(~outside, dtype=np.bool_)


def are_on_a_frame(parts: pd.DataFrame, records: pd.DataFrame, items: pd.DataFrame) -> Rows:
    """Return which parts of records are on a frame that their item has, counted from 0."""
    frames = _items_of(parts, records, items)["frames"].to_numpy(dtype=np.float64)
    return is_between(parts["frame"], 0, None) & ~(parts["frame"].to_numpy() >= frames)


def is_no_better(items: pd.DataFrame, records: pd.DataFrame) -> Rows:
    """Return which items have a status no better than that of the worst record on them.

    Retired records are tombstones and do not count; an item that a quorum found empty is settled, whatever the
    few marks on it are.
    """
    rank = {str(status): place for place, status in enumerate(enums.RecordStatus)}
    alive = _alive(records)
    worst = alive["status"].map(rank).groupby(alive["item_id"]).min()
    mine = items["status"].map(rank).to_numpy(dtype=np.float64)
    bound = worst.reindex(items["item_id"]).to_numpy(dtype=np.float64)
    return np.asarray(~(mine > bound) | items["empty"].to_numpy(dtype=bool), dtype=np.bool_)


def are_counted(items: pd.DataFrame, records: pd.DataFrame) -> Rows:
    """Return which items state the number of records that there are of them, tombstones apart."""
    found = _alive(records).groupby("item_id").size().reindex(items["item_id"], fill_value=0)
    return np.asarray(items["records"].to_numpy() == found.to_numpy(), dtype=np.bool_)


def _alive(records: pd.DataFrame) -> pd.DataFrame:
    return records[records["status"] != enums.RecordStatus.RETIRED]


def _items_of(parts: pd.DataFrame, records: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    item_ids = records.drop_duplicates("record_id").set_index("record_id")["item_id"]
    known = items.drop_duplicates("item_id").set_index("item_id")
    return known.reindex(item_ids.reindex(parts["record_id"]).to_numpy())
