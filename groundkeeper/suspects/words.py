"""Suspects in words, as tables and as JSON."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.label_errors.calibrated import FEWEST_LOOKS
from groundkeeper.reports.undefined import rows
from groundkeeper.suspects.budget import NONE_LEFT, Spent
from groundkeeper.suspects.corrections import FEWEST_AT_RANDOM, Checked
from groundkeeper.suspects.found import (
    AT_RANDOM,
    COLUMNS,
    LOOK,
    UNCALIBRATED,
    Suspects,
)

HEADS: Final = (
    "item",
    "record",
    "kind",
    "label",
    "instead",
    "quality",
    "disagreement",
    "probability",
    "where",
)
TOLD: Final = {
    "items": "items held against predictions",
    "items_open": "items that are not settled, left out",
    "without_label": "items without a label, left out",
    "without_prediction": "items without a prediction, left out",
    "predictions_without_label": "predictions of items without a label, left out",
    "predictions_not_in_gt": "predictions of items that are not in the ground truth, left out",
    "predictions_not_sure": "predictions without probabilities or confidence, left out",
    "records_ignored": "records that count for nobody",
    "unseen": "objects that no prediction touches (how many of them are not there, predictions cannot tell)",
    "models": "models",
}
"""What the counts are of."""


def headline(found: Suspects) -> Iterator[str]:
    """Yield what was read, what was left out, and how many labels are likely wrong."""
    for name, text in TOLD.items():
        if found.counts.get(name):
            yield f"{text}: {found.counts[name]:,}"
    for name, count in found.counts.items():
        if name.startswith("likely_"):
            yield f"{name.replace('_', ' ')}: {count:,}"
    rate = found.details.get("joint_disagreement")
    if rate is not None:
        yield (
            f"labels that the model is confidently against, as the joint has it: {100 * rate:.1f} %, of which errors "
            "of the model are a part: looks at random tell how many labels are wrong"
        )


def suspects(found: Suspects, limit: int) -> tuple[Sequence[str], list[list[object]]]:
    """Return heads and rows of the first suspects, the likely ones alone; 0 is all of these."""
    likely = found.rows[found.rows["likely"]]
    shown = likely.head(limit) if limit else likely
    heads = [name for name in HEADS if shown[name].notna().any() or name in {"item", "kind"}]
    rows = [
        [f"{cell:.3f}" if isinstance(cell, float) else cell for cell in row]
        for row in shown[heads].astype(object).where(shown[heads].notna(), None).to_numpy().tolist()
    ]
    return heads, rows


def budget(found: Suspects, spent: Spent, wanted: int | None) -> Iterator[str]:
    """Yield what the budget goes to, and once that is known, what it is expected to find."""
    looks = len(spent.looks)
    drawn = int((spent.looks["why"] == AT_RANDOM).sum())
    if wanted is not None and wanted > len(found.items):
        yield f"a budget of {wanted:,} looks is more than the {looks:,} items that there are"
    if spent.is_calibrated:
        errors = "errors" if found.is_of_labels else "of the claimed errors"
        yield (
            f"{looks:,} looks, {drawn:,} of them at random, are expected to find {spent.expected:.1f} {errors} "
            f"({spent.low:.1f} to {spent.high:.1f}, as far as looks so far tell and if errors do not depend on one "
            f"another), against {spent.at_random:.1f} at random"
        )
    elif spent.note == NONE_LEFT:
        yield f"{looks:,} looks, {drawn:,} of them at random: {NONE_LEFT}"
    else:
        yield (
            f"{looks:,} looks, {drawn:,} of them at random, take {_percent(spent.suspicion)} of all disagreement, "
            f"against {_percent(spent.suspicion_at_random)} at random; how many errors they find is not known"
        )
    if spent.hours is not None:
        low, high = spent.hours.low, spent.hours.high
        span = "" if math.isnan(low) else f" ({low:.1f} to {high:.1f})"
        yield f"they take one person about {spent.hours.value:.1f} hours{span}, as long as items took before"


def checked(found: Checked | None) -> Iterator[str]:
    """Yield what people found."""
    if found is None:
        yield f"{UNCALIBRATED}; looks at random, handed in with --corrected, make probabilities of it"
        return
    if found.suspects.is_of_labels:
        yield f"looked at: {found.looks:,}, wrong: {found.wrong:,}, at random: {found.at_random:,}"
        yield f"wrong of all labels, by those at random: {_figure(found.rate)}"
    else:
        yield (
            f"looked at: {found.looks:,} items, {found.at_random:,} of them at random; claims about them: "
            f"{found.claims:,}, which hold: {found.wrong:,}"
        )
        yield (
            f"claims that hold, by looks at random: {_figure(found.rate)}; errors that no model claims are not in it"
        )
    yield f"area under the curve of errors found, by those at random: {_figure(found.area)}, 0.5 is chance"
    if not found.suspects.is_calibrated:
        yield (
            f"too few looks to say how probable an error is; needed are {FEWEST_LOOKS}, {FEWEST_AT_RANDOM} of them at "
            f"random: {UNCALIBRATED}"
        )
    elif len(found.suspects.calibrations) > len(set(found.suspects.calibrations.values())):
        yield (
            f"probabilities are those of all kinds of claims together: of some fewer than {FEWEST_LOOKS} were looked "
            f"at, or fewer than {FEWEST_AT_RANDOM} at random"
        )


def curve(spent: Spent) -> tuple[Sequence[str], list[list[object]]]:
    """Return heads and rows of the curve: how many looks find how many errors, or before that is known, how suspect."""
    if not spent.is_calibrated:
        shares = spent.curve[["looks", "suspicion", "suspicion_at_random"]].to_numpy().tolist()
        return ("looks", "share of disagreement", "at random"), [
            [int(row[0]), *map(_percent, row[1:])] for row in shares
        ]
    heads = ("looks", "expected errors", "low", "high", "at random")
    names = ("looks", "expected", "low", "high", "at_random")
    rows = [
        [int(row[0]), *(f"{value:.1f}" for value in row[1:])]
        for row in spent.curve[list(names)].to_numpy().tolist()
    ]
    return heads, rows


def what_next(set_name: str | None, written: Path | None) -> Iterator[str]:
    """Yield what to do with suspects."""
    if written is not None:
        yield f"wrote {written}"
    yield (
        "have the listed items looked at, fill in `wrong` (true, false) of every claim about them in the table of "
        "--csv, and hand it in with --corrected"
    )
    if set_name is None:
        return
    yield (
        f"records in the queue: `gk adjudicate next {set_name} RECORD`; settled ones are in none: have their items "
        f"answered again by experts who do not see the prediction (`gk inbox add {set_name} FILE --round NAME`); where "
        f"they then differ, `gk adjudicate list {set_name}` has the record"
    )


def table(found: Suspects, spent: Spent) -> pd.DataFrame:
    """Return all suspects, and items to look at that nothing is claimed of, each with why it is looked at, if it is."""
    why = spent.looks.set_index("item")["why"]
    silent = pd.DataFrame({"item": why.index[~why.index.isin(found.rows["item"])]})
    silent = silent.reindex(columns=list(COLUMNS)).assign(likely=False).astype(found.rows.dtypes)
    rows = pd.concat([found.rows, silent], ignore_index=True)
    return rows.assign(**{LOOK: rows["item"].map(why).astype("str")})


def document(
    found: Suspects, spent: Spent, looked: Checked | None, set_name: str | None
) -> dict[str, Any]:
    """Return everything as one JSON document."""
    return {
        "set": set_name,
        "counts": dict(found.counts),
        "warnings": list(found.warnings),
        "details": dict(found.details),
        "checked": None if looked is None else looked.as_json(),
        "budget": spent.as_json(),
        "curve": rows(spent.curve),
        "suspects": rows(found.rows),
    }


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def _figure(found: Estimate) -> str:
    if math.isnan(found.value):
        return f"undefined ({found.note})"
    if math.isnan(found.low):
        return f"{found.value:.3f} ({found.note})"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] (n {found.n}, groups {found.groups})"
