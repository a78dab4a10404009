import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.kinds.classes import CLASSES, CLASSES_BY_MASI
from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.errors import RefusedError

WORDS = ("wet", "cold", "dark", "loud")
VOCABULARY = Scale(WORDS)
OPEN = Scale()
sets = st.lists(st.sampled_from(WORDS), unique=True, max_size=4).map(tuple)
answers = st.lists(st.tuples(st.sampled_from("abc"), sets), min_size=1, max_size=12)
scales = st.sampled_from([VOCABULARY, OPEN])
kinds = st.sampled_from([CLASSES, CLASSES_BY_MASI])


def columns(rows):
    units, values = zip(*rows, strict=True)
    return pd.Series(list(values), dtype=object), pd.Series(list(units))


def alike(kind, left, right, scale=OPEN):
    pair = (pd.Series([one], dtype=object) for one in (left, right))
    return float(kind.similarity(*pair, scale)[0])


@pytest.mark.parametrize("kind", [CLASSES, CLASSES_BY_MASI])
def test_sets_of_classes_are_a_kind(kind):
    checked: Kind = kind
    assert checked.fusions == ("majority", "any", "all")


@settings(deadline=None)
@given(st.lists(st.tuples(sets, sets), min_size=1, max_size=8), scales)
def test_likeness_is_what_is_shared_over_what_either_has(pairs, scale):
    left, right = (pd.Series(list(side), dtype=object) for side in zip(*pairs, strict=True))
    jaccard, masi = [], []
    for one, other in pairs:
        a, b = set(one), set(other)
        share = len(a & b) / len(a | b) if a | b else 1.0
        how = 1 if a == b else 2 / 3 if (a < b or b < a) and a & b else 1 / 3 if a & b else 0
        jaccard.append(share)
        masi.append(share * how)
    np.testing.assert_allclose(CLASSES.similarity(left, right, scale), jaccard)
    np.testing.assert_allclose(CLASSES_BY_MASI.similarity(left, right, scale), masi)


@settings(deadline=None)
@given(sets, sets, kinds, scales)
def test_likeness_is_symmetric_within_0_and_1_and_1_exactly_for_the_same(one, other, kind, scale):
    found = alike(kind, one, other, scale)
    assert found == alike(kind, other, one, scale)
    assert 0 <= found <= 1
    assert (found == 1) == (set(one) == set(other))


def test_none_of_the_classes_is_an_answer_and_not_a_missing_one():
    assert alike(CLASSES, (), ()) == 1
    assert alike(CLASSES, (), ("wet",)) == 0
    said, units = columns([("a", ()), ("a", ())])
    assert CLASSES.fuse(said, units, "any", VOCABULARY).to_dict() == {"a": ()}


@settings(deadline=None)
@given(answers, scales)
def test_a_fused_set_has_who_more_than_half_any_or_all_named(rows, scale):
    said, units = columns(rows)
    for how, enough in (
        ("majority", lambda votes, n: 2 * votes > n),
        ("any", lambda votes, _: votes >= 1),
        ("all", lambda votes, n: votes == n),
    ):
        fused = CLASSES.fuse(said, units, how, scale)
        assert fused.index.tolist() == sorted(set(units))
        for unit, found in fused.items():
            of_unit = [value for name, value in rows if name == unit]
            expected = {
                member
                for member in WORDS
                if enough(sum(member in value for value in of_unit), len(of_unit))
            }
            order = WORDS.index if scale is VOCABULARY else str
            assert found == tuple(sorted(expected, key=order))


@settings(deadline=None)
@given(answers, st.sampled_from(CLASSES.fusions), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_members_does_not_matter(rows, how, random):
    turned = [(unit, value[::-1]) for unit, value in random.sample(rows, len(rows))]
    one = CLASSES.fuse(*columns(rows), how, VOCABULARY)
    pd.testing.assert_series_equal(one, CLASSES.fuse(*columns(turned), how, VOCABULARY))


@given(sets, st.integers(1, 5), st.sampled_from(CLASSES.fusions))
@settings(deadline=None)
def test_what_all_say_is_kept(value, times, how):
    said, units = columns([("a", value)] * times)
    assert CLASSES.fuse(said, units, how, VOCABULARY)["a"] == tuple(sorted(value, key=WORDS.index))


def test_the_spread_is_one_less_the_mean_likeness_of_pairs():
    rows = [("a", ("wet",)), ("a", ("wet", "cold")), ("a", ("dark",)), ("b", ("wet",))]
    spread = CLASSES.spread(*columns(rows), VOCABULARY)["disagreement"]
    pairs = itertools.combinations([value for unit, value in rows if unit == "a"], 2)
    assert spread["a"] == pytest.approx(1 - np.mean([alike(CLASSES, *pair) for pair in pairs]))
    assert np.isnan(spread["b"])


def test_lists_are_taken_as_tuples_are():
    assert alike(CLASSES, ["loud", "wet"], ("wet", "loud")) == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("wet", "allowed is a list"),
        (("wet", "wet"), "once at most"),
        (("wet", "dry"), "allowed are wet, cold"),
        ({"wet": 1}, "allowed is a list"),
    ],
)
def test_what_is_no_set_of_classes_is_refused(value, message):
    with pytest.raises(RefusedError, match=message):
        alike(CLASSES, value, ("wet",), VOCABULARY)


def test_nothing_said_is_an_answer():
    nothing = pd.Series([], dtype=object)
    assert CLASSES.similarity(nothing, nothing, OPEN).size == 0
    assert CLASSES.fuse(nothing, pd.Series([], dtype=object), "any", OPEN).empty


def test_arguments_are_left_as_they_were():
    said, units = columns([("b", ["loud", "wet"]), ("a", ["dark"])])
    CLASSES.fuse(said, units, "majority", VOCABULARY)
    assert said.tolist() == [["loud", "wet"], ["dark"]]
