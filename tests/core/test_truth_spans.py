"""Spans of several annotators become one set of spans, by character and by token."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.kinds.span import COLUMNS
from groundkeeper.core.truth.span_segments import OUTSIDE, Tokens
from groundkeeper.core.truth.spans import Text, span_consensus, span_counts
from groundkeeper.errors import RefusedError, UnknownNameError

CROWD = ("ann", "bob", "cat")


def spans_of(rows):
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"start": "int64", "end": "int64"})


def text_of(length=20, documents="d", crowd=CROWD, tokens=None):
    answers = pd.DataFrame(itertools.product(documents, crowd), columns=["document", "annotator"])
    lengths = pd.DataFrame({"document": list(documents), "length": length})
    return Text(answers, lengths, tokens)


def words_of(text, document="d"):
    """The tokens of *text*: its words."""
    ends = np.cumsum([len(word) + 1 for word in text.split(" ")]) - 1
    starts = ends - [len(word) for word in text.split(" ")]
    return pd.DataFrame({"document": document, "start": starts, "end": ends})


def found(rows, text=None, columns=("document", "start", "end", "label"), **options):
    spans = span_consensus(spans_of(rows), text or text_of(), **options)
    return spans[list(columns)].to_numpy().tolist()


def test_a_span_is_where_more_than_half_marked():
    rows = [("d", "ann", 0, 6, "x"), ("d", "bob", 2, 8, "x"), ("d", "cat", 4, 9, "x")]
    assert found(rows) == [["d", 2, 8, "x"]]


def test_probability_is_the_mean_over_characters_and_support_counts_annotators():
    rows = [("d", "ann", 0, 6, "x"), ("d", "bob", 0, 8, "x"), ("d", "cat", 0, 2, "x")]
    spans = span_consensus(spans_of(rows), text_of())
    assert spans.loc[0, ["start", "end"]].tolist() == [0, 6]
    assert spans.loc[0, "probability"] == pytest.approx((2 * 1 + 4 * 2 / 3) / 6)
    assert spans.loc[0, "least"] == pytest.approx(2 / 3)
    assert spans.loc[0, "support"] == pytest.approx((2 * 3 + 4 * 2) / 6)
    assert spans.loc[0, "looked"] == 3


def test_who_marked_nothing_speaks_against_a_span():
    rows = [("d", "ann", 0, 6, "x")]
    assert found(rows) == []
    assert found(rows, Text()) == [["d", 0, 6, "x"]]


@pytest.mark.parametrize("by", ["label", "all"])
@pytest.mark.parametrize("tokens", [None, "one two three"])
def test_a_text_in_which_nobody_marked_anything_has_no_spans(by, tokens):
    none = spans_of([("d", "ann", 0, 6, "x")]).iloc[:0].astype({"document": "str", "label": "str"})
    text = text_of(tokens=None if tokens is None else words_of(tokens))
    spans = span_consensus(none, text, by=by)
    assert (len(spans), spans.columns[0]) == (0, "document")
    counted = span_counts(none, text, by=by)
    if by == "all":
        assert counted["all"].classes.tolist() == [OUTSIDE]
        assert counted["all"].counts.tolist() == [[3]]
        assert np.isnan(counted["all"].alpha())
    else:
        assert counted == {}


def test_half_the_votes_are_not_enough():
    assert found([("d", "ann", 0, 6, "x")], text_of(crowd=("ann", "bob"))) == []


def test_pieces_of_one_label_that_touch_are_one_span():
    rows = [("d", who, *piece, "x") for who in CROWD for piece in ((0, 3), (3, 7), (8, 9))]
    assert found(rows) == [["d", 0, 7, "x"], ["d", 8, 9, "x"]]


def test_spans_end_with_their_document():
    rows = [(d, who, 0, 20, "x") for d in "de" for who in CROWD]
    assert found(rows, text_of(documents="de")) == [["d", 0, 20, "x"], ["e", 0, 20, "x"]]


def test_overlapping_labels_are_fused_label_by_label():
    rows = [("d", who, *at, of) for who in CROWD for at, of in (((0, 6), "x"), ((4, 9), "y"))]
    assert found(rows) == [["d", 0, 6, "x"], ["d", 4, 9, "y"]]
    with pytest.raises(RefusedError, match="fuse label by label"):
        found(rows, by="all")


def test_all_labels_at_once_need_a_plurality():
    rows = [("d", "ann", 0, 4, "x"), ("d", "bob", 0, 4, "y"), ("d", "cat", 0, 3, "x")]
    assert found(rows, by="all") == [["d", 0, 3, "x"]]  # at 3 x, y and outside tie
    assert found(rows, by="label") == [["d", 0, 3, "x"]]
    five = text_of(crowd=(*CROWD, "dan", "eve"))
    assert found(rows, five, by="all") == []
    more = [*rows, ("d", "dan", 0, 3, "y"), ("d", "eve", 0, 3, "x")]
    assert found(more, five, by="all") == [["d", 0, 3, "x"]]


def test_the_same_span_twice_counts_once_and_one_within_another_not_at_all():
    rows = [("d", "ann", 0, 6, "x"), ("d", "ann", 0, 6, "x"), ("d", "ann", 2, 4, "x")]
    assert found(rows) == []
    assert found([*rows, ("d", "bob", 0, 6, "x")]) == [["d", 0, 6, "x"]]


def test_dawid_skene_learns_who_overlooks_spans():
    rng = np.random.default_rng(0)
    text = text_of(length=400, documents="abcdefghij", crowd=("all", "good", "lazy", "lame"))
    rows, true = [], []
    for document in "abcdefghij":
        for start in range(0, 400, 20):
            true.append([document, start, start + 5, "x"])
            for who, share in (("all", 0.97), ("good", 0.95), ("lazy", 0.3), ("lame", 0.3)):
                if rng.random() < share:
                    rows.append((document, who, start, start + 5, "x"))
    by_votes, by_model = (found(rows, text, method=how) for how in ("majority", "dawid_skene"))
    assert len(by_votes) < 0.6 * len(true)
    assert len(by_model) > 0.9 * len(true)
    assert all(span in true for span in by_model)


def test_dawid_skene_weighs_a_piece_by_its_characters():
    spans = span_consensus(
        spans_of([("d", who, 0, 15, "x") for who in CROWD]), text_of(), method="dawid_skene"
    )
    assert spans[["start", "end", "looked"]].to_numpy().tolist() == [[0, 15, 3]]
    assert spans.loc[0, "probability"] > 0.95


def test_by_token_a_word_is_marked_if_any_of_its_characters_is():
    text = text_of(tokens=words_of("the old man runs"))  # 0-3, 4-7, 8-11, 12-16
    rows = [("d", "ann", 4, 11, "x"), ("d", "bob", 5, 9, "x"), ("d", "cat", 3, 12, "x")]
    assert found(rows, text) == [["d", 4, 11, "x"]]
    assert found(rows) == [["d", 4, 11, "x"]]
    loose = [("d", "ann", 6, 9, "x"), ("d", "bob", 4, 5, "x"), ("d", "cat", 9, 10, "x")]
    assert found(loose, text) == [["d", 4, 11, "x"]]
    assert found(loose) == []


def test_by_token_words_that_follow_one_another_are_one_span():
    text = text_of(tokens=words_of("the old man runs"))
    rows = [("d", who, *at, "x") for who in CROWD for at in ((4, 7), (8, 11))]
    assert found(rows, text) == [["d", 4, 11, "x"]]


def test_a_span_between_tokens_is_refused():
    text = text_of(tokens=words_of("the old man runs"))
    with pytest.raises(RefusedError, match="d: 3 to 4, which mark no token"):
        found([("d", "ann", 3, 4, "x")], text)


def test_a_document_without_tokens_has_none_to_mark():
    text = text_of(documents="de", tokens=words_of("the old man runs"))
    with pytest.raises(RefusedError, match="e: 0 to 4, which mark no token"):
        found([("e", "ann", 0, 4, "x")], text)


@pytest.mark.parametrize("rows", [[("d", 0, 4), ("d", 3, 6)], [("d", 2, 2)], [("d", -1, 2)]])
def test_tokens_that_overlap_or_hold_nothing_are_refused(rows):
    with pytest.raises(RefusedError, match="tokens hold something and do not overlap"):
        Tokens.of(pd.DataFrame(rows, columns=["document", "start", "end"]))


def test_positions_are_code_points():
    text = "a 🙂 naïve é"
    start = text.index("naïve")
    rows = [("d", who, start, start + 5, "x") for who in CROWD]
    spans = span_consensus(spans_of(rows), text_of(length=len(text)))
    assert text[spans.loc[0, "start"] : spans.loc[0, "end"]] == "naïve"


def test_documents_may_be_empty_and_marks_none():
    assert found([], text_of(length=0)) == []
    assert found([], text_of()) == []
    assert found([], Text()) == []
    assert span_consensus(spans_of([]), text_of()).columns[0] == "document"
    assert found(
        [("d", who, 0, 3, "x") for who in CROWD], text_of(length=[20, 0], documents="de")
    ) == [["d", 0, 3, "x"]]


def test_a_whole_document_may_be_one_span():
    assert found([("d", who, 0, 20, "x") for who in CROWD], by="all") == [["d", 0, 20, "x"]]


@pytest.mark.parametrize(
    ("row", "said"),
    [(("d", "ann", 18, 21, "x"), "beyond its end"), (("e", "ann", 0, 1, "x"), "no answer")],
)
def test_marks_outside_of_what_was_shown_are_refused(row, said):
    with pytest.raises(RefusedError, match=said):
        found([row])


def test_a_document_of_two_lengths_is_refused():
    text = Text(documents=pd.DataFrame({"document": ["d", "d"], "length": [5, 6]}))
    with pytest.raises(RefusedError, match="found d more than once"):
        found([("d", "ann", 0, 1, "x")], text)


def test_the_name_for_outside_is_no_label():
    with pytest.raises(RefusedError, match="found the label O,"):
        found([("d", "ann", 0, 1, OUTSIDE)])


def test_names_that_do_not_exist_are_refused():
    rows = [("d", "ann", 0, 1, "x")]
    with pytest.raises(UnknownNameError, match="way to take labels"):
        found(rows, by="word")
    with pytest.raises(UnknownNameError, match="method"):
        found(rows, method="guess")


marks = st.lists(
    st.tuples(
        st.sampled_from("de"),
        st.sampled_from(CROWD),
        st.integers(0, 11),
        st.integers(1, 8),
        st.sampled_from("xy"),
    ).map(lambda row: (row[0], row[1], row[2], row[2] + row[3], row[4])),
    max_size=10,
)


def characters(rows, label):
    """How many annotators marked each character of each document."""
    said = {
        (d, at, who) for d, who, start, end, of in rows if of == label for at in range(start, end)
    }
    return {(d, at): sum((d, at, who) in said for who in CROWD) for d in "de" for at in range(20)}


@settings(deadline=None, max_examples=40)
@given(marks, st.randoms(use_true_random=False))
def test_majority_is_what_counting_characters_one_by_one_gives_in_any_order(rows, random):
    spans = found(random.sample(rows, len(rows)), text_of(documents="de"))
    for label in "xy":
        inside = {(d, at) for d, start, end, of in spans if of == label for at in range(start, end)}
        assert inside == {place for place, votes in characters(rows, label).items() if votes > 1}


@settings(deadline=None, max_examples=40)
@given(marks)
def test_every_character_counts_in_alpha_as_if_it_were_a_unit(rows):
    counted = span_counts(spans_of(rows), text_of(documents="de"), by="label")
    assert set(counted) == {row[4] for row in rows}
    for label, pieces in counted.items():
        votes = np.array(list(characters(rows, label).values()))
        expected = krippendorff_alpha(np.column_stack([3 - votes, votes]), "nominal")
        assert pieces.alpha() == pytest.approx(expected, nan_ok=True)
        assert pieces.length.sum() == 40
        assert (pieces.counts.sum(axis=1) == 3).all()


def test_counts_know_the_document_of_each_piece():
    rows = [("e", "ann", 0, 3, "x"), ("d", "ann", 4, 6, "x")]
    pieces = span_counts(spans_of(rows), text_of(documents="de"))["all"]
    assert pieces.documents[pieces.document].tolist() == ["d", "d", "d", "e", "e"]
    assert pieces.length.tolist() == [4, 2, 14, 3, 17]
    assert pieces.classes.tolist() == [OUTSIDE, "x"]
    assert pieces.contributions().shape[0] == 5


def runs(document, who, text):
    """The spans of a text written as one letter a character, O for outside."""
    ends = list(itertools.accumulate(len(list(run)) for _, run in itertools.groupby(text)))
    letters = [letter for letter, _ in itertools.groupby(text)]
    return [
        (document, who, start, end, letter)
        for letter, start, end in zip(letters, [0, *ends], ends, strict=False)
        if letter != OUTSIDE
    ]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("Oxy", min_size=9, max_size=9), min_size=3, max_size=3))
def test_all_at_once_is_the_single_most_frequent_label_of_every_character(texts):
    rows = [row for who, text in zip(CROWD, texts, strict=True) for row in runs("d", who, text)]
    expected = []
    for column in zip(*texts, strict=True):
        votes = {letter: column.count(letter) for letter in "Oxy"}
        best = [letter for letter in "Oxy" if votes[letter] == max(votes.values())]
        expected.append(best[0] if len(best) == 1 else OUTSIDE)
    assert found(rows, text_of(length=9), by="all") == [
        [row[0], *row[2:]] for row in runs("d", "", "".join(expected))
    ]


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "one_coin"])
@pytest.mark.parametrize("by", ["label", "all"])
def test_what_everybody_marked_stays(method, by):
    rows = [("d", who, start, start + 4, of) for who in CROWD for start, of in ((2, "x"), (9, "y"))]
    assert found(rows, method=method, by=by) == [["d", 2, 6, "x"], ["d", 9, 13, "y"]]
    assert found([], method=method, by=by) == []
