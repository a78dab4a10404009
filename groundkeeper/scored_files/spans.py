"""Tables of spans of text, CSV or Parquet: what is true, and what somebody says, document by document."""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.box_files import ITEM, LABEL
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.scoring.spans import span_figures, span_outcomes, spans_of
from groundkeeper.errors import TableError, listing
from groundkeeper.scored_files.sides import foreign
from groundkeeper.scored_files.values import Scored, item_column

DOCUMENT: Final = (*ITEM, "document", "text")
REACH: Final = ("start", "end")
FARTHEST: Final = 10**12
"""No text has as many characters: what is beyond is a slip."""


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
) -> Scored:
    """Return what became of the spans of each document, held exactly and by overlap.

    A document is scored if both files have a row of it; a row without a span says that there is none. The table of
    outcomes is that by overlap.

    Parameters
    ----------
    truth, said : ColumnFile
        The tables.
    subject : str
        Who says what is *said*.
    at_least : float
        The share of characters in common from which on two spans are one thing, by overlap.
    absent_is_empty : bool
        Whether a document of which nothing is said was found empty; else nobody looked, and it is left out.

    Raises
    ------
    TableError
        If a column is missing, or a span is none; the message has the places.
    """
    ours, documents = _spans(truth)
    theirs, answered = _spans(said)
    strange = sorted(set(answered) - set(documents))
    excluded, warnings = {}, []
    if strange:
        excluded["items that the truth does not have"] = len(strange)
        of_strange = int(theirs["document"].isin(strange).sum())
        excluded["spans in items that the truth does not have"] = of_strange
    again = int(theirs.duplicated().sum())
    if again:
        excluded["spans that were said once more"] = again
    theirs = theirs[~theirs["document"].isin(strange)]
    silent = sorted(set(documents) - set(answered))
    if silent and absent_is_empty:
        told = f"items of which nothing is said, taken to be found empty: {len(silent):,}"
        warnings.append(f"{said.path.name}: {told}")
    elif silent:
        excluded[f"items without an answer of {subject}"] = len(silent)
        documents = [one for one in documents if one not in set(silent)]
        ours = ours[~ours["document"].isin(silent)]
    warnings += foreign(theirs["label"], ours["label"], said.path)
    spans = spans_of(ours, theirs, documents, subject)
    exact, overlap = (span_outcomes(spans, held, at_least) for held in ("exact", "overlap"))
    figures = [
        *span_figures(exact, "exact", subject),
        *span_figures(overlap, "overlap", subject),
    ]
    return Scored("spans", documents, overlap, figures, excluded, warnings)


def _spans(file: ColumnFile) -> tuple[pd.DataFrame, list[str]]:
    """Return the spans, and all documents that have a row."""
    name = item_column(file, DOCUMENT)
    label = next((one for one in LABEL if one in file.names), None)
    if label is None:
        found = listing(file.names)
        message = f"{file.path}: found the columns {found}; needed is the class of a span, one of {listing(LABEL)}"
        raise TableError(message)
    table = file.read([name, *REACH, label])
    file.refuse(table[name], table[name].isna(), "the item of every row", "name it")
    documents = sorted(set(table[name].astype(str)))
    bare = table[[*REACH, label]].isna().all(axis=1)
    for column in (*REACH, label):
        half = table[column].isna() & ~bare
        file.refuse(table[column], half, "start, end and class of a span, or none", "complete it")
    for column in REACH:
        number = pd.to_numeric(table[column], errors="coerce")
        fits = (number == np.floor(number)) & number.between(0, FARTHEST)
        allowed = f"a whole number of characters from 0, at most {FARTHEST:,}"
        file.refuse(table[column], table[column].notna() & ~fits, allowed, "correct it")
    spans = table[~bare]
    start, end = (pd.to_numeric(spans[column]) for column in REACH)
    file.refuse(spans["end"], end <= start, "an end after the start", "correct it")
    made = pd.DataFrame(
        {
            "document": spans[name].astype(str),
            "start": pd.to_numeric(spans["start"]).astype("int64"),
            "end": pd.to_numeric(spans["end"]).astype("int64"),
            "label": spans[label].astype(str),
        }
    )
    return made, documents
