"""Measures as lines of a table with a picture in it: an estimate, its interval, what they stand on."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from groundkeeper.core.measures import ALL
from groundkeeper.reports import pictures
from groundkeeper.reports.page import words
from groundkeeper.reports.scales import Scale
from groundkeeper.reports.undefined import as_number
from schemas.names import MEASURES

HEADLINE = (
    ("dice_mean", "frame"),
    ("presence_positive_agreement", "record"),
    ("krippendorff_alpha_ordinal", ""),
    ("pairs_within_one", ""),
)
"""The measures to be said first; without a subject, of the field on which they are lowest."""
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Answers beyond chance, from the least alike", ("krippendorff_alpha",)),
    ("Pairs of answers", ("pairs_",)),
)
"""Titles of the groups of measures whose names begin alike; the others come before them."""
IN_DETAIL: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Answers beyond chance, by other coefficients",
        ("percent_agreement", "fleiss_", "gwet_", "brennan_"),
    ),
    ("Agreement on each value", ("specific_agreement",)),
)
"""Titles of the groups that are folded away, by how the names of their measures begin."""
ROUND_GROUPS = (
    ("What came back", "round_"),
    ("What audits show of records that nobody was asked about", "audit_"),
    ("Who has read the guideline, and who answers by it", ""),
)
"""Titles of the groups of measures of rounds, by how their names begin; the last has the others."""
FACET_FIRST = "stratum"
"""The facet by which scores are shown at once."""
NOTES = "; "
"""Between the notes of a measure."""


@dataclass(frozen=True)
class Row:
    """One line of a table with a picture in it: what it is about, its numbers, a mark on a common scale."""

    name: str
    about: str
    value: float
    low: float
    high: float
    n: int
    groups: int
    effective_n: float
    note: str
    picture: Markup


@dataclass(frozen=True)
class Rows:
    """Lines that share a scale."""

    title: str
    axis: Markup
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    """What the notes of all rows say; said once instead of on every row."""


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *table* that are about everything, by measure and subject."""
    return table[table["facet"] == ALL].sort_values(["measure", "subject", "level"])


def headline(table: pd.DataFrame) -> tuple[Row, ...]:
    """Return the measures to be said first: of shapes, of presence, of answers, as far as there are."""
    rows = overall(table)
    found = []
    for measure, subject in HEADLINE:
        of_measure = rows[rows["measure"] == measure]
        wanted = of_measure[of_measure["subject"] == subject] if subject else of_measure
        lowest = wanted.sort_values(["value", "subject"]).head(1)
        if len(wanted) > 1:
            lowest = lowest.assign(subject=lowest["subject"] + f", lowest of {len(wanted)}")
        found.append(lowest)
    return _rows(pd.concat(found), pictures.interval_scale(()))


def measures(table: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the measures about everything in groups, each on one scale; none without measures."""
    rows = overall(table)
    elsewhere = tuple(prefix for _, prefixes in (*GROUPS, *IN_DETAIL) for prefix in prefixes)
    rest = rows[~rows["measure"].str.startswith(elsewhere)]
    first = (_on_one_scale("Shapes and presence", rest),) if len(rest) else ()
    return (*first, *_by_prefix(rows, GROUPS))


def measures_in_detail(table: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the measures about everything that are folded away, in groups, each on one scale."""
    return _by_prefix(overall(table), IN_DETAIL)


def _by_prefix(
    rows: pd.DataFrame, groups: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[Rows, ...]:
    """Return the rows of each of *groups*, the lowest first."""
    grouped = [
        (title, rows[rows["measure"].str.startswith(prefixes)]) for title, prefixes in groups
    ]
    return tuple(
        _on_one_scale(title, group.sort_values(["value", "measure", "subject"]))
        for title, group in grouped
        if len(group)
    )


def measures_by_facet(table: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the measures about a part of the data: one group of rows a facet, the strata first."""
    parts = table[table["facet"] != ALL].sort_values(["measure", "subject", "level"])
    facets = sorted(parts["facet"].unique(), key=lambda facet: (facet != FACET_FIRST, facet))
    return tuple(
        _on_one_scale(
            f"by {facet}".replace("_", " "), parts[parts["facet"] == facet], by_level=True
        )
        for facet in facets
    )


def of_rounds(table: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the measures of rounds, of audits and of people, each on one scale; none without measures."""
    ordered = table.sort_values(list(MEASURES.key))
    rest = np.ones(len(ordered), dtype=np.bool_)
    grouped = []
    for title, prefix in ROUND_GROUPS:
        here = rest & ordered["measure"].str.startswith(prefix).to_numpy(dtype=np.bool_)
        rest &= ~here
        grouped.append((title, ordered[here]))
    return tuple(
        _on_one_scale(title, group, by_level=True) for title, group in grouped if len(group)
    )


def grouped_as(title: str, table: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the measures of *table* about everything as one group, on one scale; none without measures."""
    rows = overall(table)
    return (_on_one_scale(title, rows),) if len(rows) else ()


def _on_one_scale(title: str, table: pd.DataFrame, *, by_level: bool = False) -> Rows:
    scale = pictures.interval_scale([*table["value"], *table["low"], *table["high"]])
    rows = _rows(table, scale, by_level=by_level)
    warnings = said_by_all(row.note for row in rows)
    return Rows(
        title,
        pictures.interval_axis(scale),
        tuple(replace(row, note=without(row.note, warnings)) for row in rows),
        warnings,
    )


def said_by_all(notes: Iterable[str]) -> tuple[str, ...]:
    """Return what all of *notes* say, to be said once.

    Examples
    --------
    >>> said_by_all(["few groups; not blind", "not blind"])
    ('not blind',)
    """
    split = [set(note.split(NOTES)) for note in notes]
    return tuple(sorted(set.intersection(*split) - {""})) if split else ()


def without(note: str, warnings: Sequence[str]) -> str:
    """Return *note* without what was said once for all."""
    return NOTES.join(part for part in note.split(NOTES) if part not in warnings)


def _rows(table: pd.DataFrame, scale: Scale, *, by_level: bool = False) -> tuple[Row, ...]:
    return tuple(
        _row(row, scale, by_level=by_level) for row in table.astype(object).to_dict("records")
    )


def _row(row: Mapping[Hashable, Any], scale: Scale, *, by_level: bool) -> Row:
    value, low, high = as_number(row["value"]), as_number(row["low"]), as_number(row["high"])
    measure, subject = words(row["measure"]), str(row["subject"])
    return Row(
        name=f"{measure} {subject}".strip() if by_level else measure,
        about=row["level"] if by_level else subject,
        value=value,
        low=low,
        high=high,
        n=row["n"],
        groups=row["groups"],
        effective_n=as_number(row["effective_n"]),
        note=row["note"],
        picture=pictures.interval_row(value, low, high, scale),
    )
