"""From the tables to the figures of a set's report: which numbers are drawn, and how they are named."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from groundkeeper.core.guideline.fields import ANSWERED, NUMERIC, Field
from groundkeeper.reports import outlines, pictures
from groundkeeper.reports.found import Found
from groundkeeper.reports.overview import SHOWN_FIRST
from groundkeeper.reports.page import figure, words
from groundkeeper.reports.ratings import PairCounts, pair_counts, rated_fields, said
from groundkeeper.reports.selection import Choice, choose
from groundkeeper.reports.subjects import subjects
from groundkeeper.reports.undefined import as_number
from schemas.enums import SETTLED, Split

RATED_SHOWN = 4
"""Fields whose ratings are shown at once; the others are a click away."""


@dataclass(frozen=True)
class Figure:
    """A picture, what it is called, and what a reader should know about it."""

    title: str
    picture: Markup
    caption: str


@dataclass(frozen=True)
class CoverageRow:
    """A level of a facet: its share of the pool and of the sample."""

    facet: str
    level: str
    pool_items: int
    sample_items: int
    expected_items: float
    picture: Markup


@dataclass(frozen=True)
class Rated:
    """What became of one field, and how often two experts answered it alike."""

    name: str
    ordered: bool
    values: Figure
    pairs: PairCounts
    matrix: Markup


@dataclass(frozen=True)
class Slices:
    """The slices of one record, and why it is shown."""

    choice: Choice
    title: str
    facts: str
    status: str
    region: str
    panels: tuple[Markup, ...]
    legend: tuple[tuple[Markup, str, bool], ...]


def distributions(records: pd.DataFrame, fields: Mapping[str, Field]) -> tuple[Figure, ...]:
    """Return how the measured fields of the records are distributed, by status."""
    return tuple(
        _measured(records, name, field)
        for name, field in fields.items()
        if name in records and field.source in ANSWERED and field.type in NUMERIC
    )


def _measured(records: pd.DataFrame, name: str, field: Field) -> Figure:
    series = {
        status: [as_number(value) for value in rows] for status, rows in _by_status(records, name)
    }
    axis = f"{_noun(name, field)}, {field.unit}" if field.unit else _noun(name, field)
    return Figure(
        _noun(name, field),
        pictures.histogram(series, axis, f"{axis}, by status"),
        _missing(records, name),
    )


def _chosen(records: pd.DataFrame, name: str, field: Field) -> Figure:
    series = {
        status: [int((rows == value).sum()) for value in field.vocabulary]
        for status, rows in _by_status(records, name)
    }
    names = [str(value) for value in field.vocabulary]
    picture = pictures.columns(names, series, _noun(name, field), f"{name}, by status")
    return Figure(_noun(name, field), picture, _missing(records, name))


def _by_status(records: pd.DataFrame, name: str) -> Iterator[tuple[str, pd.Series]]:
    for status in SHOWN_FIRST:
        rows = records.loc[records["status"] == status, name]
        if len(rows):
            yield str(status), rows


def _noun(name: str, field: Field) -> str:
    return name.removesuffix(f"_{field.unit}").replace("_", " ")


def _missing(records: pd.DataFrame, name: str) -> str:
    missing = int(records[name].isna().sum())
    shown = f"{len(records) - missing:,} records"
    return f"{shown}; {missing:,} more have no such value." if missing else f"{shown}."


def votes(records: pd.DataFrame) -> Figure:
    """Return how many experts said each record, by status."""
    most = int(max(records["votes"].max(), records["experts"].median())) if len(records) else 0
    counts = range(1, most + 1)
    series = {
        status: [int((rows == k).sum()) for k in counts]
        for status, rows in _by_status(records, "votes")
    }
    picture = pictures.columns(
        [str(k) for k in counts], series, "experts who said so", "votes per record, by status"
    )
    return Figure("Votes", picture, "How many of an item's experts voted for the record.")


def coverage(table: pd.DataFrame) -> tuple[CoverageRow, ...]:
    """Return every level of every facet, its share of the pool against its share of the sample."""
    scale = pictures.interval_scale(())
    ordered = table.sort_values(["facet", "level"])
    return tuple(
        CoverageRow(
            facet=words(row["facet"]),
            level=str(row["level"]),
            pool_items=int(row["pool_items"]),
            sample_items=int(row["sample_items"]),
            expected_items=as_number(row["expected_items"]),
            picture=pictures.pair_row(
                as_number(row["pool_share"]), as_number(row["sample_share"]), scale
            ),
        )
        for row in ordered.to_dict("records")
    )


def coverage_axis() -> Markup:
    """Return the numbers above the rows of ``coverage``."""
    return pictures.interval_axis(pictures.interval_scale(()))


def rated(found: Found) -> tuple[Rated, ...]:
    """Return what became of each field with a vocabulary, and each pair of answers to one record.

    The fields on which two experts differ most often come first.
    """
    wanted = {
        name: field for name, field in rated_fields(found.fields).items() if name in found.records
    }
    if not wanted or found.annotations.empty:
        return ()
    answers = said(found.evidence, found.clusters, wanted)
    shown = [_rated(name, field, answers, found.alive) for name, field in wanted.items()]
    return tuple(sorted(shown, key=lambda one: (not one.pairs.pairs, one.pairs.exact, one.name)))


def _rated(name: str, field: Field, answers: pd.DataFrame, records: pd.DataFrame) -> Rated:
    names = [str(value) for value in field.vocabulary]
    pairs = pair_counts(answers[name], answers["record_id"], tuple(field.vocabulary))
    title = _noun(name, field)
    matrix = pictures.matrix(
        pairs.counts.tolist(), names, "one expert against another", f"{title}: pairs of experts"
    )
    return Rated(title, field.type == "ordinal", _chosen(records, name, field), pairs, matrix)


def slices(found: Found, most: int) -> tuple[Slices, ...]:
    """Return the outlines of at most *most* records of the split dev; none where nobody drew any.

    Whoever has seen what is sealed could tune for it.
    """
    visible = found.sample.loc[found.sample["split"] == Split.DEV, "item_id"]
    records = found.records[found.records["item_id"].isin(visible)]
    with_outlines = found.parts.merge(found.clusters, on="annotation_id")
    drawn = frozenset(with_outlines["record_id"]) | frozenset(found.record_parts["record_id"])
    choices = choose(records, drawn, most)
    chosen = records[records["record_id"].isin({c.record_id for c in choices})]
    shown = subjects(chosen, found.record_parts, found.clusters, found.evidence)
    rows = {row["record_id"]: row for row in chosen.to_dict("records")}
    return tuple(
        _slices(choice, shown[choice.record_id], rows[choice.record_id]) for choice in choices
    )


def _slices(choice: Choice, subject: outlines.Subject, record: Mapping[Hashable, Any]) -> Slices:
    overlap = figure(as_number(record["spread_iou"]))
    return Slices(
        choice=choice,
        title=subject.title,
        facts=f"{record['votes']} of {record['experts']} experts, mean IoU {overlap}",
        status=record["status"],
        region="consensus" if record["status"] in SETTLED else "what there is so far",
        panels=outlines.panels(subject),
        legend=_legend(subject.readings),
    )


def _legend(readings: Sequence[outlines.Reading]) -> tuple[tuple[Markup, str, bool], ...]:
    return tuple(
        (outlines.key(k), reading.name, bool(reading.regions)) for k, reading in enumerate(readings)
    )
