"""The kind span: likeness, fusion, and F1 of two annotators."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.core.kinds.span import COLUMNS, SPAN, pairwise_f1, span_table, who_looked
from groundkeeper.errors import RefusedError

OPEN = Scale()

one_span = st.builds(
    lambda start, length, label: (start, start + length, label),
    st.integers(0, 12),
    st.integers(1, 8),
    st.sampled_from("ab"),
)


def spans_of(rows):
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"start": "int64", "end": "int64"})


def looked_of(**documents):
    rows = [(document, who) for document, all_who in documents.items() for who in all_who]
    return pd.DataFrame(rows, columns=["document", "annotator"])


def fused(*spans):
    return SPAN.fuse(pd.Series(list(spans)), pd.Series(["u"] * len(spans)), "majority", OPEN)["u"]


def f1(table, answers=None):
    found = pairwise_f1(table, answers).set_index(["left", "right"])
    return found.loc[("ann", "bob"), ["exact", "partial"]].tolist()


def test_a_span_is_a_kind():
    kind: Kind = SPAN
    assert (kind.name, kind.fusions) == ("span", ("majority",))


@given(one_span, one_span)
def test_likeness_is_symmetric_bounded_and_one_only_for_the_same_span(left, right):
    both = [
        float(SPAN.similarity(pd.Series([x]), pd.Series([y]), OPEN)[0])
        for x, y in ((left, right), (right, left))
    ]
    assert both[0] == both[1]
    assert 0 <= both[0] <= 1
    assert (both[0] == 1) == (left == right)
    characters = [set(range(*span[:2])) for span in (left, right)]
    shared = len(characters[0] & characters[1]) / len(characters[0] | characters[1])
    assert both[0] == pytest.approx(shared if left[2] == right[2] else 0)


@settings(deadline=None, max_examples=40)
@given(st.lists(one_span, min_size=1, max_size=6))
def test_the_fused_span_reaches_as_far_as_a_majority_does(spans):
    by_hand = [
        (at, label)
        for label in "ab"
        for at in range(20)
        if 2 * sum(s <= at < e and of == label for s, e, of in spans) > len(spans)
    ]
    found = fused(*spans)
    if by_hand:
        assert found == (by_hand[0][0], by_hand[-1][0] + 1, by_hand[0][1])
    else:
        assert found is None


@given(st.lists(one_span, min_size=1, max_size=5))
def test_unanimity_is_kept(spans):
    assert fused(*[spans[0]] * len(spans)) == spans[0]


def test_two_who_share_nothing_have_no_span():
    assert fused((0, 2, "a"), (3, 5, "a")) is None
    assert fused((0, 2, "a"), (0, 2, "b")) is None


def test_units_are_fused_each_and_come_ascending():
    said = pd.Series(
        [(0, 2, "a"), (5, 9, "b"), (0, 4, "a"), (5, 9, "b"), (1, 3, "a")], index=list("vwxyz")
    )
    units = pd.Series([2, 1, 2, 1, 2], index=said.index)
    found = SPAN.fuse(said, units, "majority", OPEN)
    assert found.to_dict() == {1: (5, 9, "b"), 2: (0, 3, "a")}
    assert found.index.tolist() == [1, 2]


def test_spread_is_how_little_pairs_overlap():
    said = pd.Series([(0, 4, "a"), (2, 6, "a"), (0, 4, "a"), (0, 1, "a")])
    found = SPAN.spread(said, pd.Series(["u", "u", "u", "v"]), OPEN)["disagreement"]
    assert found["u"] == pytest.approx(1 - (1 / 3 + 1 + 1 / 3) / 3)
    assert math.isnan(found["v"])


def test_f1_of_the_same_marks_is_one_and_of_none_shared_is_zero():
    same = [("d", who, 3, 8, "x") for who in ("ann", "bob")]
    assert f1(spans_of(same)) == [1, 1]
    apart = [("d", "ann", 0, 3, "x"), ("d", "bob", 3, 6, "x")]
    assert f1(spans_of(apart)) == [0, 0]


def test_the_same_characters_with_another_label_are_not_shared():
    assert f1(spans_of([("d", "ann", 0, 3, "x"), ("d", "bob", 0, 3, "y")])) == [0, 0]


def test_cutting_a_span_in_two_is_the_same_in_part_only():
    cut = [("d", "ann", 0, 6, "x"), ("d", "bob", 0, 3, "x"), ("d", "bob", 3, 6, "x")]
    assert f1(spans_of(cut)) == [0, 1]


def test_a_character_marked_twice_counts_once():
    twice = [("d", "ann", 0, 6, "x"), ("d", "ann", 4, 6, "x"), ("d", "bob", 0, 6, "x")]
    exact, partial = f1(spans_of(twice))
    assert (exact, partial) == (pytest.approx(2 / 3), 1)


def test_who_marked_nothing_counts_where_the_answers_say_so():
    marks = spans_of([("d", "ann", 0, 3, "x"), ("e", "ann", 0, 3, "x"), ("e", "bob", 0, 3, "x")])
    assert f1(marks) == [1, 1]
    answers = looked_of(d=["ann", "bob"], e=["ann", "bob"], f=["ann", "bob"])
    assert f1(marks, answers) == [pytest.approx(2 / 3)] * 2
    assert pairwise_f1(marks, answers)["documents"].tolist() == [3]


def test_where_neither_marked_anything_f1_is_undefined():
    found = f1(spans_of([]), looked_of(d=["ann", "bob"]))
    assert np.isnan(found).all()


def test_documents_that_only_one_looked_at_do_not_count():
    marks = spans_of([("d", "ann", 0, 3, "x"), ("d", "bob", 0, 3, "x"), ("e", "ann", 0, 9, "x")])
    assert f1(marks) == [1, 1]


def test_one_annotator_has_no_pair():
    assert pairwise_f1(spans_of([("d", "ann", 0, 3, "x")])).empty
    assert pairwise_f1(spans_of([])).empty


rows = st.lists(
    st.tuples(st.sampled_from("de"), st.sampled_from(["ann", "bob", "cat"]), one_span).map(
        lambda row: (row[0], row[1], *row[2])
    ),
    max_size=10,
)


@settings(deadline=None, max_examples=15)
@given(rows, st.randoms(use_true_random=False))
def test_f1_is_what_counting_characters_one_by_one_gives_in_any_order(marks, random):
    answers = looked_of(d=["ann", "bob", "cat"], e=["ann", "bob"])
    marks = [row for row in marks if row[:2] != ("e", "cat")]
    found = pairwise_f1(spans_of(random.sample(marks, len(marks))), answers)
    assert found[["left", "right"]].to_numpy().tolist() == [
        ["ann", "bob"],
        ["ann", "cat"],
        ["bob", "cat"],
    ]
    for row in found.itertuples():
        both = "d" if "cat" in {row.left, row.right} else "de"
        spans = [
            {m[:1] + m[2:] for m in marks if m[1] == who and m[0] in both}
            for who in (row.left, row.right)
        ]
        characters = [{(d, at, of) for d, s, e, of in own for at in range(s, e)} for own in spans]
        for sets, value in ((spans, row.exact), (characters, row.partial)):
            total = len(sets[0]) + len(sets[1])
            by_hand = 2 * len(sets[0] & sets[1]) / total if total else math.nan
            assert value == pytest.approx(by_hand, nan_ok=True)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("d", "ann", 3, 3, "x"), "d: 3 to 3; a span starts at 0 or later and ends after it"),
        (("d", "ann", 5, 3, "x"), "d: 5 to 3"),
        (("d", "ann", -1, 3, "x"), "d: -1 to 3"),
        (("d", "ann", 0, 3, None), "1 of 1 rows in which something is missing"),
    ],
)
def test_a_span_that_is_none_is_refused(row, said):
    with pytest.raises(RefusedError, match=said):
        span_table(spans_of([row]))


def test_positions_between_characters_are_refused():
    table = pd.DataFrame([("d", "ann", 0.5, 3.0, "x")], columns=list(COLUMNS))
    with pytest.raises(RefusedError, match="found float64 in start"):
        span_table(table)


def test_the_same_span_twice_is_one_and_rows_are_sorted():
    table = spans_of([("e", "ann", 0, 3, "x"), ("d", "ann", 4, 6, "x"), ("e", "ann", 0, 3, "x")])
    assert span_table(table)["document"].tolist() == ["d", "e"]
    assert len(table) == 3


def test_marks_of_somebody_who_did_not_look_are_refused():
    marks = span_table(spans_of([("d", "ann", 0, 3, "x")]))
    with pytest.raises(RefusedError, match="marks of ann in d, who have no answer"):
        who_looked(marks, looked_of(d=["bob"]))
