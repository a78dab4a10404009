"""How far annotators agree, in words, as tables for people and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.rated import PAIR, Line, Rated
from groundkeeper.reports.truth import count
from groundkeeper.reports.undefined import estimate, number, plain, rows

LITTLE_BEYOND_CHANCE: Final = 0.5
MUCH_AGREED: Final = 0.8
SHOWN: Final = 20
"""How many annotators or pairs a table shows."""

Table = tuple[Sequence[str], Sequence[Sequence[object]], str]
"""Heads, rows, and how many rows are not shown."""


def read(rated: Rated) -> dict[str, Any]:
    """Return what was read."""
    labels = rated.labels
    in_unit = rated.counts.sum(axis=1)
    return {
        "file": rated.ratings.path.name,
        "warnings": list(rated.ratings.warnings),
        "shape": str(rated.shape),
        "level": "set" if rated.are_sets else rated.level,
        "units": labels.n_tasks,
        "rated_twice": int((in_unit >= PAIR).sum()),
        "ratings": _whole_if_it_is(in_unit.sum().item()),
        "unsaid": rated.ratings.unsaid,
        "annotators": None if rated.unknown else labels.n_annotators,
        "groups": None if rated.groups is None else len(set(rated.groups)),
        "classes": list(rated.ratings.classes),
    }


def headline(rated: Rated) -> str:
    """Return what was read, in one line."""
    found = read(rated)
    who = f" by {count(found['annotators'], 'annotator')}" if found["annotators"] else ""
    text = (
        f"{found['file']}: {count(found['units'], 'unit')}, {found['rated_twice']:,} of them rated twice or more; "
        f"{count(found['ratings'], 'rating')}{who}; {count(len(found['classes']), 'class', 'classes')}, "
        f"level {found['level']}"
    )
    return f"{text}; {count(found['groups'], 'group')}" if found["groups"] else text


def coefficients(lines: Sequence[Line]) -> Table:
    """Return one row per coefficient that is defined."""
    by_group = any(line.by_group for line in lines)
    heads = ["coefficient", "weights", "value", "standard error", "interval", "n"]
    table = [_cells(line, by_group=by_group) for line in lines if not np.isnan(line.found.value)]
    return heads, table, ""


def undefined(lines: Sequence[Line]) -> Iterator[str]:
    """Give the coefficients that are not defined, and why."""
    reasons: dict[str, list[str]] = {}
    for line in lines:
        if np.isnan(line.found.value):
            reasons.setdefault(line.found.note, []).append(f"{line.name} ({line.weighting})")
    for reason, names in reasons.items():
        yield f"undefined: {', '.join(names)}: {reason}"


def warnings(lines: Sequence[Line]) -> Iterator[str]:
    """Give what has to be known before a coefficient is taken for a verdict."""
    found = {line.name: line.found for line in reversed(lines)}
    alpha, percent = found["krippendorff_alpha"], found["percent_agreement"]
    if alpha.value < LITTLE_BEYOND_CHANCE and percent.value >= MUCH_AGREED:
        yield (
            f"warning: {percent.value:.0%} of pairs agree and alpha is {alpha.value:.2f}: where nearly all ratings are "
            "of one class, chance agrees nearly as often; look at --by-class before judging"
        )
    notes = dict.fromkeys(
        line.found.note for line in lines if line.found.note and not np.isnan(line.found.value)
    )
    for note in notes:
        yield f"note: {note}"


def by_class(table: pd.DataFrame) -> Table:
    """Return agreement on each class."""
    heads = ["class", "ratings", "specific agreement", "Fleiss' kappa", "note"]
    cells = [
        [
            row["class"],
            row["ratings"],
            number(row["specific_agreement"], row["low"], row["high"]),
            number(row["fleiss_kappa"], row["kappa_low"], row["kappa_high"]),
            row["note"],
        ]
        for row in rows(table)
    ]
    return heads, cells, ""


def by_annotator(table: pd.DataFrame) -> Table:
    """Return what each annotator does to alpha, those without whom it is highest first."""
    ordered = table.sort_values(["change", "annotator"], ascending=[False, True], kind="stable")
    heads = ["annotator", "units", "alpha without", "change"]
    cells = [
        [row["annotator"], row["units"], _figure(row["without"]), _figure(row["change"])]
        for row in rows(ordered.head(SHOWN))
    ]
    return heads, cells, _more(len(table), "annotator")


def by_pair(table: pd.DataFrame) -> Table:
    """Return the kappa of pairs, those with the most units in common first."""
    ordered = table.sort_values(["n", "left", "right"], ascending=[False, True, True])
    heads = ["left", "right", "n", "agree", "kappa"]
    cells = [
        [row["left"], row["right"], row["n"], _figure(row["observed"]), _figure(row["kappa"])]
        for row in rows(ordered.head(SHOWN))
    ]
    return heads, cells, _more(len(table), "pair")


def as_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the coefficients, each with its reason where it is undefined."""
    return [
        {
            "coefficient": line.name,
            "weights": line.weighting,
            "value": plain(line.found.value),
            "se": plain(line.found.se),
            "low": plain(line.found.low),
            "high": plain(line.found.high),
            "observed": plain(line.found.observed),
            "expected": plain(line.found.expected),
            "statistic": plain(line.found.statistic),
            "p_value": plain(line.found.p_value),
            "n": plain(line.found.n),
            "by_group": line.by_group and estimate(line.by_group),
            "note": line.found.note,
        }
        for line in lines
    ]


def _cells(line: Line, *, by_group: bool) -> list[object]:
    found, resampled = line.found, line.by_group
    interval, n = f"[{found.low:.4f}, {found.high:.4f}]", f"{found.n:,.0f}"
    if np.isnan(found.low):
        interval = ""
    if resampled is not None:
        n = f"{resampled.n:,} in {count(resampled.groups, 'group')}"
        interval = f"[{resampled.low:.4f}, {resampled.high:.4f}] by group"
        if np.isnan(resampled.low):
            interval = resampled.note
    elif by_group and interval:
        interval += " if units are independent"
    return [
        line.name,
        line.weighting,
        f"{found.value:.4f}",
        "" if np.isnan(found.se) else f"{found.se:.4f}",
        interval,
        n,
    ]


def _whole_if_it_is(number: float) -> float:
    """Return how many ratings there are, which are counted in parts only where parts are left over."""
    return int(number) if number == int(number) else number


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _more(rows_in_all: int, what: str) -> str:
    rest = rows_in_all - SHOWN
    return f"and {count(rest, what)} more; --json has all" if rest > 0 else ""
