"""Marked spans of text against those of the ground truth, by the engine that compares objects.

Two spans are the more alike the more characters they share, of those that either has. Characters decide which spans are
one thing, and only then labels whether it is called the same. Held *exactly*, only the same characters are one thing;
held by *overlap*, from a share on that somebody chooses.

References
----------
Segura-Bedmar, Martinez and Herrero-Zazo (2013), SemEval-2013 Task 9, https://aclanthology.org/S13-2056: exact and
partial matches.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from groundkeeper.core.ids import make_id
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.span import SPAN
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.scoring.outcomes import Named, outcomes_of
from groundkeeper.errors import TableError, listing

Held: TypeAlias = Literal["exact", "overlap"]
"""From when on two spans are one thing: the same characters, or as many as somebody chooses."""
COLUMNS: Final = ("document", "start", "end", "label")
OVERLAP: Final = 0.5
"""The share of characters in common from which on two spans are one thing, if nobody says otherwise."""
NOT_OF_SPANS: Final = ("iou_mean", "dice_mean", "unscored_share")


class Spans(NamedTuple):
    """Two sides, how near their spans are, and who and what they are."""

    truth: Side
    said: Side
    near: Near
    named: Named


def spans_of(
    truth: pd.DataFrame, said: pd.DataFrame, documents: Sequence[str], subject: str
) -> Spans:
    """Return the spans of both sides as they are compared.

    Parameters
    ----------
    truth, said : DataFrame
        One row per span: ``document, start, end, label``, positions in characters. The same span twice is one.
    documents : sequence of str
        Those that are scored; one without spans on either side is empty.
    subject : str
        Who is scored.

    Raises
    ------
    TableError
        If something is missing, a span starts before the text or holds nothing, or is of no document.
    """
    names = sorted(set(documents))
    left, right = (
        _checked(side, names, what) for side, what in ((truth, "ground truth"), (said, subject))
    )
    classes = sorted({*left["label"], *right["label"]})
    sides = [_side(spans, names, classes) for spans in (left, right)]
    named = Named(
        np.full(len(names), subject, dtype=object),
        np.array(names, dtype=object),
        _ids("rc", left),
        _ids("an", right),
        classes,
        np.zeros(len(left), dtype=np.bool_),
        np.full(len(right), np.nan),
    )
    return Spans(sides[0], sides[1], _near(left, right), named)


def span_outcomes(spans: Spans, held: Held, at_least: float = OVERLAP) -> pd.DataFrame:
    """Return what became of every span, as the table ``outcomes``.

    Examples
    --------
    >>> truth = pd.DataFrame([("d", 0, 4, "name"), ("d", 9, 12, "name")], columns=COLUMNS)
    >>> said = pd.DataFrame([("d", 0, 5, "name"), ("d", 9, 12, "place")], columns=COLUMNS)
    >>> spans = spans_of(truth, said, ["d"], "ada")
    >>> for held in ("exact", "overlap"):
    ...     print(sorted(span_outcomes(spans, held)["outcome"]))
    ['extra', 'mismatch', 'missing']
    ['correct', 'mismatch']
    """
    least = 1.0 if held == "exact" else at_least
    found = compare(spans.truth, spans.said, spans.near, replace(Settings(), match_iou=least))
    return outcomes_of(found, spans.truth, spans.said, spans.named)


def span_figures(outcomes: pd.DataFrame, held: Held, subject: str) -> list[Figure]:
    """Return the figures of spans, such as ``exact_precision``, ``overlap_f1`` and, of pairs, ``overlap_mean``."""
    found = []
    for figure in object_figures(outcomes, subject):
        if figure.measure == "iou_mean" and held == "overlap":
            found.append(replace(figure, measure="overlap_mean"))
        elif figure.measure not in NOT_OF_SPANS:
            found.append(replace(figure, measure=f"{held}_{figure.measure}"))
    return found


def _checked(spans: pd.DataFrame, documents: Sequence[str], what: str) -> pd.DataFrame:
    rows = spans[list(COLUMNS)]
    if rows.isna().any(axis=None):
        message = f"{what}: found spans in which something is missing; a span has {', '.join(COLUMNS)}; correct them"
        raise TableError(message)
    rows = rows.astype({"document": "str", "start": "int64", "end": "int64", "label": "str"})
    rows = rows.drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)
    wrong = (rows["start"] < 0) | (rows["end"] <= rows["start"])
    if wrong.any():
        places = [f"{one.document}: {one.start} to {one.end}" for one in rows[wrong].itertuples()]
        message = f"{what}: found {listing(places)}; a span starts at 0 or later and ends after it; correct them"
        raise TableError(message)
    foreign = sorted(set(rows["document"]) - set(documents))
    if foreign:
        message = f"{what}: found spans of {listing(foreign)}, which is not scored; leave them out"
        raise TableError(message)
    return rows


def _side(spans: pd.DataFrame, documents: Sequence[str], classes: Sequence[str]) -> Side:
    unit = pd.Index(documents).get_indexer(pd.Index(spans["document"]))
    label = pd.Index(classes).get_indexer(pd.Index(spans["label"]))
    return Side.of(unit.astype(np.int64), label.astype(np.int64))


def _ids(prefix: str, spans: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    rows = zip(*(spans[column].tolist() for column in COLUMNS), strict=True)
    return np.array([make_id(prefix, *row) for row in rows], dtype=object)


def _near(truth: pd.DataFrame, said: pd.DataFrame) -> Near:
    """Return the pairs of spans that share a character, whatever their labels."""
    left = truth[["document", "start", "end"]].assign(left=range(len(truth)))
    right = said[["document", "start", "end"]].assign(right=range(len(said)))
    pairs = left.merge(right, on="document")
    pairs = pairs[(pairs["start_x"] < pairs["end_y"]) & (pairs["start_y"] < pairs["end_x"])]
    pairs = pairs.sort_values(["left", "right"], ignore_index=True)
    ours, theirs = (
        pd.Series(
            list(zip(pairs[f"start_{side}"], pairs[f"end_{side}"], [""] * len(pairs), strict=True)),
            dtype=object,
        )
        for side in ("x", "y")
    )
    alike = SPAN.similarity(ours, theirs, Scale())
    of_truth, of_said = (pairs[side].to_numpy(dtype=np.int64) for side in ("left", "right"))
    return Near.straight(of_truth, of_said, alike)
