"""What annotators marked in texts, of anybody's file of spans: the spans they share, and how far they agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from groundkeeper import column_files, written_tables
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.kinds.span import COLUMNS, LOOKED, pairwise_f1
from groundkeeper.core.truth.methods import refuse_anonymous
from groundkeeper.core.truth.spans import By, Text, span_consensus, span_counts
from groundkeeper.errors import TableError, listing
from groundkeeper.reports.undefined import plain, rows
from groundkeeper.typed_columns import names, numbers
from schemas.enums import Identity

DEFAULT: Final = "majority"
PLACES: Final = ("start", "end")


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What annotators marked.

    Attributes
    ----------
    path : Path
    method : str
    documents, annotators, spans : int
        How many documents were looked at, by how many annotators, and how many spans they marked.
    shared : DataFrame
        The spans that they share, as ``span_consensus`` returns them.
    pairs : DataFrame
        How far every two mark the same, as ``pairwise_f1`` returns it.
    alpha : mapping
        Krippendorff's alpha over characters, by label or of ``all``; nan where it is undefined.
    """

    path: Path
    method: str
    documents: int
    annotators: int
    spans: int
    shared: pd.DataFrame
    pairs: pd.DataFrame
    alpha: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one document."""
        return {
            "file": self.path.name,
            "method": self.method,
            "documents": self.documents,
            "annotators": self.annotators,
            "spans": self.spans,
            "shared": rows(self.shared),
            "pairs": rows(self.pairs),
            "alpha": plain(self.alpha),
        }

    def write(self, path: Path) -> None:
        """Write the spans that annotators share to *path*."""
        written_tables.write({path: self.shared}, keep=(self.path, None))


def read_spans(
    path: Path,
    looked: Path | None = None,
    *,
    method: str = DEFAULT,
    by: By = "label",
    identity: Identity = Identity.KNOWN,
) -> Marked:
    """Return what annotators marked according to the file *path*.

    Parameters
    ----------
    path : Path
        One row per span: ``document, annotator, start, end, label``; in code points, the end not included.
    looked : Path, optional
        Who looked at which document, also who marked nothing: ``document, annotator``. Without it only those who
        marked something in a document looked at it.
    method : str
        By which the truth of the pieces of text is inferred.
    by : {"label", "all"}
        Whether each label is inferred on its own, or all at once, which allows one label a character.
    identity : Identity
        Whether one name is one person.

    Raises
    ------
    TableError
        If a file cannot be read, or lacks a column or a value.
    RefusedError
        If spans cannot be used as they are, or the method cannot with anonymous annotators.
    UnknownNameError
        If there is no such method.
    """
    refuse_anonymous(method, identity)
    file = column_files.find(path)
    spans = _texts(file, ("document", "annotator", "label"))
    for place in PLACES:
        spans[place] = _positions(file, place)
    spans = spans[list(COLUMNS)]
    answers = None if looked is None else _texts(column_files.find(looked), LOOKED)
    text = Text(answers=answers)
    who = spans if answers is None else answers
    counted = span_counts(spans, text, by=by)
    return Marked(
        path=path,
        method=method,
        documents=int(who["document"].nunique()),
        annotators=int(who["annotator"].nunique()),
        spans=len(spans),
        shared=span_consensus(spans, text, method=method, by=by),
        pairs=pairwise_f1(spans, answers),
        alpha={str(name): found.alpha() for name, found in counted.items()},
    )


def _texts(file: ColumnFile, wanted: Sequence[str]) -> pd.DataFrame:
    """Return the columns *wanted* as texts, none of it missing."""
    _require(file, wanted)
    raw = file.read(wanted)
    found = pd.DataFrame({name: names(raw[name]) for name in wanted})
    for name in wanted:
        file.refuse(found[name], found[name].isna(), f"a {name} in every row", "add it")
    return found


def _positions(file: ColumnFile, name: str) -> pd.Series:
    _require(file, (name,))
    raw = file.read([name])[name]
    file.refuse(raw, raw.isna(), "a position in every row", "add it, or leave out the row")
    return numbers(file, raw, 0, is_whole=True).astype("int64")


def _require(file: ColumnFile, wanted: Sequence[str]) -> None:
    lacking = [name for name in wanted if name not in file.names]
    if lacking:
        message = (
            f"{file.path}: found the columns {listing(file.names)}; needed are also {listing(lacking)}; "
            "add them, or rename those that there are"
        )
        raise TableError(message)
