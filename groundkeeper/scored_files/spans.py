"""Tables of spans of text, CSV or Parquet: what is true, and what somebody says, document by document."""

from typing import Final, NamedTuple

import pandas as pd

from groundkeeper.box_files import ITEM, LABEL
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.scoring.spans import span_figures, span_outcomes, spans_of
from groundkeeper.errors import TableError, listing
from groundkeeper.scored_files.admitted import foreign
from groundkeeper.scored_files.columns import called, item_column, told
from groundkeeper.scored_files.values import Scored
from groundkeeper.typed_columns import numbers

DOCUMENT: Final = (*ITEM, "document", "text")
REACH: Final = ("start", "end")
SPAN: Final = ["document", "start", "end", "label"]
FARTHEST: Final = 10**12
"""No text has as many characters: what is beyond is a slip."""


class _Documents(NamedTuple):
    """The spans of the truth, and all documents that it has."""

    spans: pd.DataFrame
    documents: list[str]


def is_of_spans(file: ColumnFile) -> bool:
    """Say whether a table has the columns of a span."""
    return set(REACH) <= set(file.names)


def score_spans(
    truth: ColumnFile,
    said: ColumnFile,
    subject: str,
    at_least: float,
    *,
    absent_is_empty: bool = False,
) -> list[Scored]:
    """Return what became of the spans of each document, held exactly and by overlap, of each annotator by name.

    A document is scored if both files have a row of it; a row without a span says that there is none. The table of
    outcomes is that by overlap.

    Parameters
    ----------
    truth, said : ColumnFile
        The tables.
    subject : str
        Who says what is *said*, where the table does not say who.
    at_least : float
        The share of characters in common from which on two spans are one thing, by overlap.
    absent_is_empty : bool
        Whether a document of which nothing is said was found empty; else nobody looked, and it is left out.

    Raises
    ------
    TableError
        If a column is missing, or a span is none; the message has the places.
    """
    ours, looked = _spans(truth, subject)
    theirs, answered = _spans(said, subject)
    return [
        _held(
            said,
            _Documents(ours, sorted(set(looked["item"]))),
            theirs[theirs["annotator"] == who],
            rows.groupby("item")["submitted_at"].max(),
            str(who),
            at_least,
            absent_is_empty=absent_is_empty,
        )
        for who, rows in answered.groupby("annotator")
    ]


def _held(  # noqa: PLR0913, PLR0917 - two sides, of whom, and how they are compared
    file: ColumnFile,
    truth: _Documents,
    theirs: pd.DataFrame,
    submitted_at: pd.Series,
    subject: str,
    at_least: float,
    *,
    absent_is_empty: bool,
) -> Scored:
    ours, documents = truth
    strange = sorted(set(submitted_at.index) - set(documents))
    excluded, warnings = {}, []
    if strange:
        excluded["items that the truth does not have"] = len(strange)
        of_strange = int(theirs["document"].isin(strange).sum())
        excluded["spans in items that the truth does not have"] = of_strange
    for side, whose in ((ours, ", of the truth"), (theirs, "")):
        if again := int(side[SPAN].duplicated().sum()):
            excluded[f"spans that were said once more{whose}"] = again
    theirs = theirs[~theirs["document"].isin(strange)]
    silent = sorted(set(documents) - set(submitted_at.index))
    if silent and absent_is_empty:
        told_of = f"items of which nothing is said, taken to be found empty: {len(silent):,}"
        warnings.append(f"{file.path.name}: {told_of}")
    elif silent:
        excluded[f"items without an answer of {subject}"] = len(silent)
        documents = [one for one in documents if one not in set(silent)]
        ours = ours[~ours["document"].isin(silent)]
    warnings += foreign(theirs["label"], ours["label"], file.path)
    spans = spans_of(ours[SPAN], theirs[SPAN], documents, subject)
    exact, overlap = (span_outcomes(spans, held, at_least) for held in ("exact", "overlap"))
    figures = [
        *span_figures(exact, "exact", subject),
        *span_figures(overlap, "overlap", subject),
    ]
    return Scored(subject, "spans", documents, overlap, figures, excluded, submitted_at, warnings)


def _spans(file: ColumnFile, subject: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the spans with who stated them, and all rows of the table."""
    label = called(file, LABEL)
    item_column(file, DOCUMENT)
    if label is None:
        found = listing(file.names)
        message = f"{file.path}: found the columns {found}; needed is the class of a span, one of {listing(LABEL)}"
        raise TableError(message)
    table = told(file, [*REACH, label], subject, DOCUMENT)
    bare = table[[*REACH, label]].isna().all(axis=1)
    for column in (*REACH, label):
        half = table[column].isna() & ~bare
        file.refuse(table[column], half, "start, end and class of a span, or none", "complete it")
    places = {
        column: numbers(file, table[column], 0, FARTHEST, is_whole=True)[~bare] for column in REACH
    }
    spans = table[~bare]
    after = places["end"] <= places["start"]
    file.refuse(spans["end"], after, "an end after the start", "correct it")
    made = pd.DataFrame(
        {
            "annotator": spans["annotator"],
            "document": spans["item"],
            **{column: place.astype("int64") for column, place in places.items()},
            "label": spans[label].astype(str),
        }
    )
    return made, table
