"""Spans of several annotators as labels of the pieces of text between all of their boundaries.

Between two neighbouring boundaries nobody changes their mind, so one piece stands for all of its characters: it is a
task whose multiplicity is its length. Whoever looked at a document and left a piece unmarked calls it outside.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.runs import members, offsets_of
from groundkeeper.core.truth.coding import Places
from groundkeeper.core.truth.labels import Codes, Labels
from groundkeeper.errors import RefusedError, listing

OUTSIDE = "O"
"""The class of text that has no label."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Pieces of text, by document and start.

    Attributes
    ----------
    documents : Index
        Those that anybody looked at.
    document : int[n]
        Code of the document of each piece.
    start, end : int64[n]
        In characters, or in tokens.
    labels : Labels
        One task per piece, in this order; its multiplicity is its length.
    """

    documents: pd.Index
    document: Places
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Where the tokens of each document lie.

    Attributes
    ----------
    documents : Index
    first : int[n_documents + 1]
        The tokens of document d are those from ``first[d]`` to ``first[d + 1]``.
    start, end : int64[n]
        In characters.
    """

    documents: pd.Index
    first: Places
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Tokens":
        """Return the tokens of *table*: ``document, start, end``, in characters, in any order.

        Raises
        ------
        RefusedError
            If a token is empty, or overlaps another of its document.
        """
        ordered = table.sort_values(["document", "start", "end"])
        document, documents = pd.factorize(ordered["document"], sort=True)
        start, end = (ordered[side].to_numpy(np.int64) for side in ("start", "end"))
        wrong = (end <= start) | (start < 0)
        wrong[1:] |= (document[1:] == document[:-1]) & (start[1:] < end[:-1])
        if wrong.any():
            found = [
                f"{row.document}: {row.start} to {row.end}" for row in ordered[wrong].itertuples()
            ]
            message = f"tokens: found {listing(found)}; tokens hold something and do not overlap; correct them"
            raise RefusedError(message)
        counts = np.bincount(document, minlength=len(documents))
        return cls(pd.Index(documents), offsets_of(counts), start, end)

    def snapped(self, spans: pd.DataFrame) -> pd.DataFrame:
        """Return *spans* with ``start, end`` in tokens: a token is marked if any of its characters is.

        Raises
        ------
        RefusedError
            If a span marks no token.
        """
        document = self.documents.get_indexer(pd.Index(spans["document"]))
        width = int(max(self.end.max(initial=0), spans["end"].max() if len(spans) else 0)) + 1
        of_token = np.repeat(np.arange(len(self.documents)), np.diff(self.first))
        begin, cease = (document * width + spans[side].to_numpy() for side in ("start", "end"))
        first = np.searchsorted(of_token * width + self.end, begin, side="right")
        last = np.searchsorted(of_token * width + self.start, cease, side="left")
        void = (document < 0) | (last <= first)
        if void.any():
            found = [
                f"{row.document}: {row.start} to {row.end}" for row in spans[void].itertuples()
            ]
            message = (
                f"spans: found {listing(found)}, which mark no token; correct them, or the tokens"
            )
            raise RefusedError(message)
        before = self.first[document]
        return spans.assign(start=first - before, end=last - before)

    def lengths(self) -> pd.Series:
        """Return the number of tokens of each document, by document."""
        return pd.Series(np.diff(self.first), self.documents)

    def characters(self, spans: pd.DataFrame) -> pd.DataFrame:
        """Return *spans* with ``start, end`` in characters again."""
        before = self.first[self.documents.get_indexer(pd.Index(spans["document"]))]
        first = before + spans["start"].to_numpy()
        last = before + spans["end"].to_numpy() - 1
        return spans.assign(start=self.start[first], end=self.end[last])


def lengths_of(spans: pd.DataFrame, documents: pd.DataFrame | None) -> pd.Series:
    """Return the length of each document, by document.

    Parameters
    ----------
    spans : DataFrame
        As ``span_table`` returns them.
    documents : DataFrame, optional
        ``document, length`` in characters; without it a document ends where its last span does.

    Raises
    ------
    RefusedError
        If a document has two lengths, a span lies in none of them, or beyond its end.
    """
    if documents is None:
        return spans.groupby("document")["end"].max()
    lengths = documents.set_index("document")["length"]
    twice = lengths.index[lengths.index.duplicated()]
    if len(twice):
        message = (
            f"documents: found {listing(twice)} more than once; each has one length; name it once"
        )
        raise RefusedError(message)
    ends = lengths.reindex(pd.Index(spans["document"])).to_numpy(np.float64)
    beyond = ~(spans["end"].to_numpy() <= ends)
    if beyond.any():
        found = [f"{row.document}: {row.start} to {row.end}" for row in spans[beyond].itertuples()]
        message = (
            f"spans: found {listing(found)}, which lie in no document or beyond its end; positions are code points "
            "of the text as it was shown; correct them, or the lengths"
        )
        raise RefusedError(message)
    return lengths.astype(np.int64)


def segment(spans: pd.DataFrame, looked: pd.DataFrame, lengths: pd.Series) -> Segments:
    """Return the pieces of every document that somebody looked at, with what each who looked called them.

    Parameters
    ----------
    spans : DataFrame
        ``document, annotator, start, end, label``, by those who looked; those of one annotator and label may overlap.
    looked : DataFrame
        ``document, annotator``, distinct.
    lengths : Series
        Of each document, by document; one without has no pieces.

    Raises
    ------
    RefusedError
        If spans of one annotator with different labels overlap.
    """
    voices = _Voices.of(looked)
    document = voices.documents.get_indexer(pd.Index(spans["document"]))
    length = lengths.reindex(voices.documents).fillna(0).to_numpy(np.int64)
    edges, width = _edges(spans, document, length)
    of_edge, at = edges // width, edges % width
    inner = of_edge[:-1] == of_edge[1:]
    place, start, end = of_edge[:-1][inner], at[:-1][inner], at[1:][inner]
    counts = np.diff(voices.first)[place]
    starts = offsets_of(counts)
    _, heard = members(voices.first[place], counts)
    # Of each document one edge, its last, begins no piece.
    begin, cease = (
        np.searchsorted(edges, document * width + spans[side].to_numpy(np.int64)) - document
        for side in ("start", "end")
    )
    span, marked = members(begin, cease - begin)
    row = starts[marked] + voices.rank(document, spans["annotator"])[span]
    label, classes = _said(spans, span, row, starts[-1])
    labels = Labels(
        tasks=pd.RangeIndex(len(place)),
        annotators=voices.annotators,
        classes=classes,
        starts=starts,
        annotator=voices.annotator[heard],
        label=label,
        multiplicity=(end - start).astype(np.float64),
        repeated=0,
        unsaid=0,
    )
    return Segments(voices.documents, place, start, end, labels)


@dataclass(frozen=True, slots=True, eq=False)
class _Voices:
    """Who looked at what: the annotators of document d are those from ``first[d]`` to ``first[d + 1]``, ascending."""

    documents: pd.Index
    annotators: pd.Index
    annotator: Codes
    first: Places

    @classmethod
    def of(cls, looked: pd.DataFrame) -> "_Voices":
        document, documents = pd.factorize(looked["document"], sort=True)
        annotator, annotators = pd.factorize(looked["annotator"], sort=True)
        order = np.lexsort((annotator, document))
        counts = np.bincount(document, minlength=len(documents))
        first = offsets_of(counts)
        in_order = annotator[order].astype(np.int32)
        return cls(pd.Index(documents), pd.Index(annotators), in_order, first)

    def rank(self, document: Places, annotator: pd.Series) -> Places:
        """Return ``[n]``: the place of each *annotator* among those of the *document*."""
        crowd = len(self.annotators)
        of_voice = np.repeat(np.arange(len(self.documents)), np.diff(self.first))
        wanted = document * crowd + self.annotators.get_indexer(pd.Index(annotator))
        found = np.searchsorted(of_voice * crowd + self.annotator, wanted)
        return found - self.first[:-1][document]


def _edges(
    spans: pd.DataFrame, document: Places, length: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], int]:
    """Return every boundary as ``document * width + position``, ascending, and the width."""
    width = int(length.max(initial=0)) + 1
    base = np.arange(len(length)) * width
    sides = [document * width + spans[side].to_numpy(np.int64) for side in ("start", "end")]
    return np.unique(np.concatenate([base, base + length, *sides])).astype(np.int64), width


def _said(spans: pd.DataFrame, span: Places, row: Places, count: int) -> tuple[Codes, pd.Index]:
    """Return the class ``[count]`` of each answer, outside where no *span* marks its *row*, and the classes named."""
    code, names = pd.factorize(spans["label"], sort=True)
    if OUTSIDE in names:
        message = f"spans: found the label {OUTSIDE}, which stands for text outside of spans; name the label otherwise"
        raise RefusedError(message)
    label = np.zeros(count, np.int32)
    label[row] = code[span] + 1
    torn = label[row] != code[span] + 1
    if torn.any():
        found = spans.loc[np.unique(span[torn]), ["document", "annotator", "start", "end"]]
        listed = [
            f"{one.document}, {one.annotator}: {one.start} to {one.end}"
            for one in found.itertuples()
        ]
        message = (
            f"spans: found {listing(listed)}, which overlap spans of the same annotator with another label; "
            "all labels at once need one label a character; fuse label by label"
        )
        raise RefusedError(message)
    classes = pd.Index([OUTSIDE, *names], dtype=object)
    named = np.bincount(label, minlength=len(classes)) > 0
    recoded = (np.cumsum(named) - 1)[label].astype(np.int32)
    return recoded, classes[named]
