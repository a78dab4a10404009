"""One text marked by several annotators: which spans they share, and how far they agree.

The text is cut at every boundary that anybody drew, what each annotator says of each piece is a label, and the truth of
the pieces is inferred as that of any other tasks, a piece counting as often as it has characters. So every method
of ``methods`` serves, also those that learn how good annotators are. That looking and marking nothing is an answer
matters twice: it speaks against a span, and it is what an annotator who overlooks is recognised by.

References
----------
Nguyen, Wallace, Li, Nenkova and Lease (2017), Aggregating and Predicting Sequence Labels from Crowd Annotations, ACL
2017:299-309, doi:10.18653/v1/P17-1028: majority and Dawid-Skene by token, and what they leave out, the order of tokens.
Krippendorff (2004), Measuring the Reliability of Qualitative Text Analysis Data, Quality and Quantity 38:787-800,
doi:10.1007/s11135-004-8107-7: agreement on the length of text rather than on units.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.krippendorff import alpha_of_sums, alpha_sums
from groundkeeper.core.kinds.span import span_table, who_looked
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Floats
from groundkeeper.core.truth.methods import infer
from groundkeeper.core.truth.shares import total_by
from groundkeeper.core.truth.span_segments import OUTSIDE, Segments, Tokens, lengths_of, segment
from groundkeeper.errors import UnknownNameError

By: TypeAlias = Literal["label", "all"]
"""Each label on its own, so that spans of different labels may overlap; or all at once, one label a character."""
COLUMNS = ("document", "start", "end", "label", "probability", "least", "support", "looked")


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """What is known of the documents beside the spans.

    Attributes
    ----------
    answers : DataFrame, optional
        One row per answer, also of who marked nothing: ``document, annotator``. Without it only those who marked
        something in a document looked at it.
    documents : DataFrame, optional
        ``document, length`` in code points. Without it a document ends where its last span does.
    tokens : DataFrame, optional
        ``document, start, end`` of each token, in code points. With it spans are taken as the tokens of which they
        have a character, and everything counts tokens.
    """

    answers: pd.DataFrame | None = None
    documents: pd.DataFrame | None = None
    tokens: pd.DataFrame | None = None


UNKNOWN = Text()


@dataclass(frozen=True, slots=True, eq=False)
class SpanCounts:
    """How many annotators called each piece of text what.

    Attributes
    ----------
    documents : Index
    document : int[n]
        Code of the document of each piece: the group for intervals.
    classes : Index
        Outside, and the labels.
    counts : int64[n, k]
        Annotators by piece and class.
    length : float64[n]
        Of each piece, in characters or tokens.
    """

    documents: pd.Index
    document: npt.NDArray[np.intp]
    classes: pd.Index
    counts: npt.NDArray[np.int64]
    length: Floats

    def contributions(self) -> Floats:
        """Return ``[n, m]``: what each piece adds to the sums of ``alpha_of_sums``, for a bootstrap by document."""
        sums: Floats = alpha_sums(self.counts, "nominal") * self.length[:, None]
        return sums

    def alpha(self) -> float:
        """Return nominal Krippendorff alpha over characters, or tokens; nan where it is undefined."""
        return float(alpha_of_sums(self.contributions().sum(axis=0)[None], "nominal")[0])


def span_consensus(
    table: pd.DataFrame,
    text: Text = UNKNOWN,
    *,
    method: str = "majority",
    by: By = "label",
) -> pd.DataFrame:
    """Return the spans that annotators share.

    A piece of text belongs to a span if the label is its single most probable class: with majority and one label, if
    more than half of those who looked marked it. Where another class is as probable, it stays outside. Pieces of one
    label that touch are one span, so two names side by side that everybody marked are one.

    Parameters
    ----------
    table : DataFrame
        One row per span: ``document, annotator, start, end, label``, in code points, the end not included.
    text : Text
        Who looked, how long the documents are, where their tokens lie.
    method : str
        A method of ``methods``.
    by : {"label", "all"}
        Whether each label is inferred on its own, or all at once, which allows one label a character.

    Returns
    -------
    DataFrame
        One row per span: ``document, start, end, label``; ``probability``, the mean over its characters or tokens, and
        ``least``, the lowest; ``support``, how many annotators marked it, on average; ``looked``, how many could.
        Sorted by document, start, end and label.

    Raises
    ------
    RefusedError
        If a span is empty, lies in no document or beyond its end, marks no token, or has no answer; or if all labels
        are inferred at once and one annotator's spans of different labels overlap.
    UnknownNameError
        If there is no such method, or no such way to take labels.

    Examples
    --------
    >>> rows = [("d", "ann", 0, 4, "x"), ("d", "bob", 0, 6, "x"), ("d", "cat", 2, 6, "x")]
    >>> spans = pd.DataFrame(rows, columns=["document", "annotator", "start", "end", "label"])
    >>> span_consensus(spans).round(3).to_numpy().tolist()
    [['d', 0, 6, 'x', 0.778, 0.667, 2.333, 3]]
    """
    found = [
        _shared(segments, infer(method, segments.labels)) for segments in _segments(table, text, by)
    ]
    spans = pd.concat(found, ignore_index=True) if found else _shared_nothing()
    if text.tokens is not None:
        spans = Tokens.of(text.tokens).characters(spans)
    return spans.sort_values(["document", "start", "end", "label"]).reset_index(drop=True)


def span_counts(
    table: pd.DataFrame, text: Text = UNKNOWN, *, by: By = "all"
) -> dict[str, SpanCounts]:
    """Return how many annotators called each piece of text what, by label, or under ``all``.

    Parameters
    ----------
    table, text, by
        As of ``span_consensus``.

    Examples
    --------
    Two annotators, ten characters, of which one marked four and the other two of these: coincidences as of ten units.

    >>> rows = [("d", "ann", 0, 4, "x"), ("d", "bob", 0, 2, "x")]
    >>> spans = pd.DataFrame(rows, columns=["document", "annotator", "start", "end", "label"])
    >>> text = Text(documents=pd.DataFrame({"document": ["d"], "length": [10]}))
    >>> found = span_counts(spans, text)["all"]
    >>> found.counts.tolist(), found.length.tolist(), round(found.alpha(), 3)
    ([[0, 2], [1, 1], [2, 0]], [2.0, 2.0, 6.0], 0.548)
    """
    counted = {}
    for name, segments in zip(_names(table, by), _segments(table, text, by), strict=True):
        labels = segments.labels
        cells = labels.task * labels.n_classes + labels.label
        counts = np.bincount(cells, minlength=labels.n_tasks * labels.n_classes)
        counted[name] = SpanCounts(
            documents=segments.documents,
            document=segments.document,
            classes=labels.classes,
            counts=counts.reshape(labels.n_tasks, labels.n_classes),
            length=labels.multiplicity,
        )
    return counted


def _names(table: pd.DataFrame, by: By) -> list[str]:
    return ["all"] if by == "all" else sorted(table["label"].unique())


def _segments(table: pd.DataFrame, text: Text, by: By) -> Iterator[Segments]:
    """Yield the pieces for each label, ascending, or once for all."""
    if by not in {"label", "all"}:
        kind = "way to take labels"
        raise UnknownNameError(kind, by, ["all", "label"])
    spans = span_table(table)
    looked = who_looked(spans, text.answers)
    lengths = lengths_of(spans, text.documents)
    if text.tokens is not None:
        tokens = Tokens.of(text.tokens)
        spans, lengths = tokens.snapped(spans), tokens.lengths()
    parts = [spans] if by == "all" else [part for _, part in spans.groupby("label", sort=True)]
    for part in parts:
        yield segment(part.reset_index(drop=True), looked, lengths)


def _shared(segments: Segments, inferred: Inferred) -> pd.DataFrame:
    """Return the spans, in the units of *segments*, that are inferred: ``COLUMNS``, by document and start."""
    labels, best = segments.labels, inferred.posterior.best()
    outside = labels.classes.get_indexer(pd.Index([OUTSIDE]))[0]
    inside = np.flatnonzero((best.ties == 1) & (best.label != outside))
    if not len(inside):
        return _shared_nothing()
    task = labels.task
    marks = total_by(task, (labels.label == best.label[task]).astype(np.float64), labels.n_tasks)
    label, document = best.label[inside], segments.document[inside]
    start, end = segments.start[inside], segments.end[inside]
    first = np.ones(len(inside), np.bool_)
    first[1:] = (
        (document[1:] != document[:-1]) | (label[1:] != label[:-1]) | (start[1:] != end[:-1])
    )
    span = np.cumsum(first) - 1
    begins = np.flatnonzero(first)
    ends = np.append(begins[1:], len(inside)) - 1
    length = labels.multiplicity[inside]
    total = total_by(span, length, len(begins))
    probability = best.probability[inside]
    return pd.DataFrame(
        {
            "document": segments.documents[document[begins]],
            "start": start[begins],
            "end": end[ends],
            "label": labels.classes[label[begins]],
            "probability": total_by(span, probability * length, len(begins)) / total,
            "least": np.minimum.reduceat(probability, begins),
            "support": total_by(span, marks[inside] * length, len(begins)) / total,
            "looked": np.diff(labels.starts)[inside[begins]],
        }
    )


def _shared_nothing() -> pd.DataFrame:
    types = ("object", "int64", "int64", "object", "float64", "float64", "float64", "int64")
    none = pd.DataFrame(columns=list(COLUMNS))
    return none.astype(dict(zip(COLUMNS, types, strict=True)))
