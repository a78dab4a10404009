"""Spans of text: from a character to before another one, with a label.

Positions are Unicode code points, as ``len`` of a Python string counts them. One span is ``(start, end, label)``; a
table of spans has one row per span: ``document, annotator, start, end, label``. Two spans are the more alike the more
characters they share, and not at all where their labels differ.

References
----------
Jaccard (1912), The Distribution of the Flora in the Alpine Zone, doi:10.1111/j.1469-8137.1912.tb05611.x.
Hripcsak and Rothschild (2005), Agreement, the F-measure, and reliability in information retrieval, JAMIA 12:296-298,
doi:10.1197/jamia.M1733: the F-measure of two annotators where what neither marked has no number.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import divide
from groundkeeper.core.kinds.nominal import mode
from groundkeeper.core.kinds.pairs import disagreement, pairs_of
from groundkeeper.core.kinds.protocol import Floats, Scale
from groundkeeper.errors import RefusedError, listing

COLUMNS: Final = ("document", "annotator", "start", "end", "label")
LOOKED: Final = ("document", "annotator")


@dataclass(frozen=True)
class Span:
    """Answers that are one span each, ``(start, end, label)``."""

    name: str = "span"
    fusions: tuple[str, ...] = ("majority",)

    def similarity(self, left: pd.Series, right: pd.Series, _scale: Scale) -> Floats:
        """Return ``[n]``: the characters that both spans have, over those that either has; 0 where labels differ.

        Examples
        --------
        >>> one, other = pd.Series([(0, 4, "a"), (0, 4, "a")]), pd.Series([(2, 6, "a"), (0, 4, "b")])
        >>> SPAN.similarity(one, other, Scale()).round(3).tolist()
        [0.333, 0.0]
        """
        ours, theirs = _columns(left), _columns(right)
        common = _overlap(ours["start"], ours["end"], theirs["start"], theirs["end"])
        either = _length(ours) + _length(theirs) - common
        same = ours["label"].to_numpy(dtype=object) == theirs["label"].to_numpy(dtype=object)
        return np.where(same.astype(np.bool_), common / either, 0.0)

    def fuse(self, values: pd.Series, units: pd.Series, _how: str, _scale: Scale) -> pd.Series:
        """Return the one span of each unit: from the first to the last character that more than half have, so labelled.

        Missing where no character has a majority.

        Examples
        --------
        >>> said = pd.Series([(0, 4, "a"), (1, 6, "a"), (2, 5, "b"), (0, 2, "a"), (2, 4, "a")])
        >>> SPAN.fuse(said, pd.Series(["x", "x", "x", "y", "y"]), "majority", Scale()).tolist()
        [(1, 4, 'a'), None]
        """
        said = _columns(values)
        unit = pd.Series(units.to_numpy(), name=units.name)
        label = mode(said["label"], unit)
        alike = said["label"].to_numpy(dtype=object) == unit.map(label).to_numpy(dtype=object)
        if not alike.any():
            return pd.Series([None] * len(label), label.index, dtype=object)
        reach = _majority_reach(said[alike], unit[alike], unit.value_counts())
        found = reach.reindex(label.index)
        spans = [
            None if np.isnan(start) else (int(start), int(end), name)
            for start, end, name in zip(found["start"], found["end"], label, strict=True)
        ]
        return pd.Series(spans, label.index, dtype=object)

    def spread(self, values: pd.Series, units: pd.Series, scale: Scale) -> pd.DataFrame:
        """Return ``disagreement``, by unit: 1 less the mean overlap of the pairs of its spans."""
        return disagreement(self, values, units, scale)


SPAN: Final = Span()


def span_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the spans of *table* in one order, the same span of the same annotator once.

    Raises
    ------
    RefusedError
        If something is missing, positions are not whole numbers, or a span starts before the text or holds nothing.
    """
    spans = table[list(COLUMNS)]
    missing = int(spans.isna().any(axis=1).sum())
    if missing:
        message = (
            f"spans: found {missing} of {len(spans)} rows in which something is missing; a span has "
            f"{', '.join(COLUMNS)}; leave these rows out, and say in the answers who marked nothing"
        )
        raise RefusedError(message)
    for column in ("start", "end"):
        if len(spans) and not pd.api.types.is_integer_dtype(spans[column]):
            message = (
                f"spans: found {spans[column].dtype} in {column}; positions are whole numbers of characters; "
                "convert them"
            )
            raise RefusedError(message)
    spans = spans.astype({"start": "int64", "end": "int64"})
    empty = (spans["start"] < 0) | (spans["end"] <= spans["start"])
    if empty.any():
        found = [f"{row.document}: {row.start} to {row.end}" for row in spans[empty].itertuples()]
        message = f"spans: found {listing(found)}; a span starts at 0 or later and ends after it; correct them"
        raise RefusedError(message)
    return spans.drop_duplicates().sort_values(list(COLUMNS)).reset_index(drop=True)


def who_looked(spans: pd.DataFrame, answers: pd.DataFrame | None) -> pd.DataFrame:
    """Return who looked at which document: ``document, annotator``, sorted.

    Parameters
    ----------
    spans : DataFrame
        As ``span_table`` returns them.
    answers : DataFrame, optional
        One row per answer, also of who marked nothing: ``document, annotator``. Without it only those who marked
        something in a document looked at it.

    Raises
    ------
    RefusedError
        If a span has no answer.
    """
    marked = spans[list(LOOKED)].drop_duplicates()
    if answers is None:
        return marked.sort_values(list(LOOKED)).reset_index(drop=True)
    looked = answers[list(LOOKED)].drop_duplicates()
    place = pd.MultiIndex.from_frame(looked).get_indexer(pd.MultiIndex.from_frame(marked))
    if (place < 0).any():
        found = [f"{row.annotator} in {row.document}" for row in marked[place < 0].itertuples()]
        message = f"spans: found marks of {listing(found)}, who have no answer; who marks has looked; add the answers"
        raise RefusedError(message)
    return looked.sort_values(list(LOOKED)).reset_index(drop=True)


def pairwise_f1(table: pd.DataFrame, answers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return how far every two annotators mark the same, over the documents that both looked at.

    Parameters
    ----------
    table : DataFrame
        One row per span: ``document, annotator, start, end, label``.
    answers : DataFrame, optional
        One row per answer: ``document, annotator``; without it who marked nothing did not look.

    Returns
    -------
    DataFrame
        One row per pair: ``left, right`` (``left < right``), ``documents``, ``exact`` and ``partial``, from 0 to 1.
        Exact counts spans that are the same, partial characters that have the same label from both; of either it is
        twice what both have over the sum of what each has. nan where neither marked anything. Sorted by pair.

    Examples
    --------
    >>> rows = [("d", "ann", 0, 4, "x"), ("d", "ann", 6, 8, "x"), ("d", "bob", 0, 4, "x"), ("d", "bob", 7, 9, "x")]
    >>> pairwise_f1(pd.DataFrame(rows, columns=COLUMNS)).round(3).to_numpy().tolist()
    [['ann', 'bob', 1, 0.5, 0.833]]
    """
    spans = span_table(table)
    looked = who_looked(spans, answers)
    merged = _without_overlap(spans)
    size = looked.merge(_sum(spans.assign(spans=1), "spans"), "left", list(LOOKED))
    size = size.merge(
        _sum(merged.assign(characters=_length(merged)), "characters"), "left", list(LOOKED)
    )
    size = size.fillna({"spans": 0, "characters": 0})
    pairs = _paired(size, ["document"])
    pairs["of_spans"] = pairs["spans_left"] + pairs["spans_right"]
    pairs["of_characters"] = pairs["characters_left"] + pairs["characters_right"]
    same = _paired(spans, ["document", "start", "end", "label"]).groupby(["left", "right"]).size()
    shared = _paired(merged, ["document", "label"])
    shared["common"] = _overlap(
        *(shared[f"{at}_{of}"] for of in ("left", "right") for at in ("start", "end"))
    )
    common = shared.groupby(["left", "right"])["common"].sum()
    found = pairs.groupby(["left", "right"]).agg(
        documents=("document", "size"),
        spans=("of_spans", "sum"),
        characters=("of_characters", "sum"),
    )
    found["exact"] = _f1(same, found["spans"])
    found["partial"] = _f1(common, found["characters"])
    return found[["documents", "exact", "partial"]].reset_index()


def _columns(values: pd.Series) -> pd.DataFrame:
    spans = pd.DataFrame(values.tolist(), columns=["start", "end", "label"])
    return spans.astype({"start": "int64", "end": "int64"})


def _length(spans: pd.DataFrame) -> Floats:
    return (spans["end"] - spans["start"]).to_numpy(dtype=np.float64)


def _overlap(
    start: pd.Series, end: pd.Series, other_start: pd.Series, other_end: pd.Series
) -> Floats:
    """Return ``[n]``: how many characters each pair of spans shares."""
    common = np.minimum(end.to_numpy(), other_end.to_numpy()) - np.maximum(
        start.to_numpy(), other_start.to_numpy()
    )
    found: Floats = np.maximum(common, 0).astype(np.float64)
    return found


def _majority_reach(spans: pd.DataFrame, unit: pd.Series, voices: pd.Series) -> pd.DataFrame:
    """Return ``start, end`` by unit: where more than half of its *voices* begin and cease to have a character."""
    events = pd.concat(
        [
            pd.DataFrame({"unit": unit, "at": spans["start"], "change": 1}),
            pd.DataFrame({"unit": unit, "at": spans["end"], "change": -1}),
        ]
    )
    events = events.groupby(["unit", "at"])["change"].sum().reset_index()
    cover = events["change"].cumsum()
    most = 2 * cover > events["unit"].map(voices)
    ceases = most.shift(1, fill_value=False) & ~most
    starts = events[most].groupby("unit")["at"].min()
    ends = events[ceases].groupby("unit")["at"].max()
    return pd.DataFrame({"start": starts, "end": ends})


def _without_overlap(spans: pd.DataFrame) -> pd.DataFrame:
    """Return *spans* with those of one annotator and label that overlap or touch put together."""
    keys = ["document", "annotator", "label"]
    ordered = spans.sort_values([*keys, "start", "end"]).reset_index(drop=True)
    reached = ordered.groupby(keys)["end"].cummax()
    before = reached.groupby([ordered[key] for key in keys]).shift(1)
    block = (before.isna() | (ordered["start"] > before)).cumsum().rename("block")
    return (
        ordered.groupby([*keys, block])
        .agg(start=("start", "min"), end=("end", "max"))
        .reset_index()
    )


def _sum(spans: pd.DataFrame, what: str) -> pd.DataFrame:
    return spans.groupby(list(LOOKED))[what].sum().reset_index()


def _paired(rows: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    """Return every two *rows* of one *unit* by different annotators, ``left < right``; columns end in the side."""
    ordered = rows.sort_values("annotator", kind="stable").reset_index(drop=True)
    left, right = pairs_of(ordered.groupby(unit).ngroup())
    rest = [column for column in ordered if column not in {*unit, "annotator"}]
    pairs = ordered.loc[left, unit].reset_index(drop=True)
    for side, place in (("left", left), ("right", right)):
        part = ordered.loc[place].reset_index(drop=True)
        pairs[side] = part["annotator"]
        for column in rest:
            pairs[f"{column}_{side}"] = part[column]
    return pairs[(pairs["left"] != pairs["right"]).to_numpy()]


def _f1(common: pd.Series, either: pd.Series) -> Floats:
    both = common.reindex(either.index, fill_value=0).to_numpy(dtype=np.float64)
    return divide(2 * both, either.to_numpy(dtype=np.float64))
