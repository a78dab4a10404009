"""Everybody who is scored, side by side, for the page of a set; and the figures of all readers together."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.reports import gold, measure_rows
from groundkeeper.reports.found import Found
from groundkeeper.reports.measure_rows import Rows
from groundkeeper.reports.score_words import BY_PART, IN_THE_TABLE, title
from groundkeeper.reports.scored_subjects import ScoredSubject, owned, with_pages
from groundkeeper.reports.target_words import Between, TargetWords, target_words
from groundkeeper.reports.undefined import as_number

COLUMNS: Final = 6
"""How many figures stand side by side where each is of one field."""


@dataclass(frozen=True)
class Standing:
    """One figure of somebody: between what it can be, and the target and what is said of it, where there is one."""

    measure: str
    part: str
    found: Estimate
    between: Between
    open_note: str
    target: float
    words: TargetWords | None

    @property
    def has_bounds(self) -> bool:
        """Whether it is known between which values open records can carry it."""
        return not math.isnan(self.between.least)


@dataclass(frozen=True)
class Line:
    """Somebody who is scored, with the figures of the table, in the order of its heads; None where there is none."""

    subject: ScoredSubject
    figures: tuple[Standing | None, ...]


@dataclass(frozen=True)
class SideBySide:
    """All who are scored, with the measures that any of them has."""

    heads: tuple[str, ...]
    lines: tuple[Line, ...]


def owned_scores(found: Found) -> pd.DataFrame:
    """Return the scores that do not rest on gold, each with who it is about."""
    names = {*found.scored["subject"], POOLED}
    return owned(gold.without_gold(found.scores), names)


def side_by_side(found: Found) -> SideBySide:
    """Return everybody who has a page, with the figures by which people compare, of everything or of each field."""
    scores = owned_scores(found)
    subjects = with_pages(found)
    of_all = {
        subject.name: {
            (one.measure, one.part): one
            for one in standings(scores, found, subject)
            if one.measure in IN_THE_TABLE and one.part in {"", *found.fields}
        }
        for subject in subjects
    }
    met = {key for figures in of_all.values() for key in figures}
    heads = sorted(met, key=lambda key: (key[1], IN_THE_TABLE.index(key[0])))
    shown = [key for key in heads if not key[1]] or heads[:COLUMNS]
    lines = (
        Line(subject, tuple(of_all[subject.name].get(key) for key in shown)) for subject in subjects
    )
    return SideBySide(tuple(headed(*key) for key in shown), tuple(lines))


def headed(measure: str, part: str) -> str:
    """Return how a figure is called that may be of one field.

    Examples
    --------
    >>> headed("accuracy", ""), headed("accuracy", "topic")
    ('Accuracy', 'Accuracy, topic')
    """
    return f"{title(measure)}, {part}" if part else title(measure)


def standings(scores: pd.DataFrame, found: Found, subject: ScoredSubject) -> tuple[Standing, ...]:
    """Return the figures of *subject* over everything, by measure and part.

    Parameters
    ----------
    scores : DataFrame
        As ``owned_scores`` returns them.
    found : Found
        Whose bounds and targets hold.
    subject : ScoredSubject
        Whose figures.
    """
    mine = scores[(scores["owner"] == subject.name) & (scores["facet"] == ALL)]
    bounds = {(row["measure"], row["subject"]): row for row in found.bounds.to_dict("records")}
    targets = found.scoring.target or {}
    return tuple(
        _standing(
            row,
            bounds.get((row["measure"], row["subject"])),
            targets if row["part"] in {"", *found.fields} else {},
        )
        for row in mine.sort_values(["measure", "part"]).to_dict("records")
    )


def of_readers(scores: pd.DataFrame) -> tuple[tuple[Rows, ...], tuple[Rows, ...]]:
    """Return the figures of all readers together over everything, and those of each class or field of theirs.

    Where there are none over everything, those of the fields stand first.
    """
    mine = scores[scores["owner"] == POOLED]
    first, second = mine[mine["part"] == ""], mine[mine["part"] != ""]
    if first.empty:
        return measure_rows.measures(second), ()
    return measure_rows.measures(first), measure_rows.measures(second)


def readers_by_facet(scores: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the figures of all readers together by part of the data; of classes where there is nothing else."""
    return by_facet(scores[scores["owner"] == POOLED])


def by_facet(mine: pd.DataFrame) -> tuple[Rows, ...]:
    """Return the figures of one subject by part of the data; those of its fields where it has no others.

    Parameters
    ----------
    mine : DataFrame
        Rows of ``owned_scores`` about one subject.
    """
    shown = mine[mine["measure"].isin(BY_PART)]
    first = shown[shown["part"] == ""]
    return measure_rows.measures_by_facet(shown if first.empty else first)


def _standing(
    row: Mapping[Hashable, Any],
    bounds: Mapping[Hashable, Any] | None,
    targets: Mapping[str, float],
) -> Standing:
    ends = bounds or {}
    found = Estimate(
        value=as_number(row["value"]),
        low=as_number(row["low"]),
        high=as_number(row["high"]),
        n=int(row["n"]),
        groups=int(row["groups"]),
        effective_n=as_number(row["effective_n"]),
        note=str(row["note"]),
    )
    between = Between(*(as_number(ends.get(name)) for name in ("low", "high")))
    measure = str(row["measure"])
    target = targets.get(measure, math.nan)
    return Standing(
        measure,
        str(row["part"]),
        found,
        between,
        str(ends.get("note", "")),
        target,
        None if math.isnan(target) else target_words(found, between, measure, target),
    )
