import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.kinds.preference import OUTCOMES, PREFERENCE
from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.errors import RefusedError

words = st.sampled_from(OUTCOMES)
answers = st.lists(st.tuples(st.sampled_from("xyz"), words), min_size=1, max_size=12)


def columns(rows):
    units, values = zip(*rows, strict=True)
    return pd.Series(list(values)), pd.Series(list(units))


def alike(left, right, scale=Scale()):  # noqa: B008 - it cannot change
    return float(PREFERENCE.similarity(pd.Series([left]), pd.Series([right]), scale)[0])


def test_preferences_are_a_kind():
    checked: Kind = PREFERENCE
    assert checked.fusions == ("mode",)


@pytest.mark.parametrize(
    ("left", "right", "expected"), [("a", "b", 0), ("a", "tie", 0.5), ("tie", "b", 0.5)]
)
def test_a_tie_is_half_way_between_the_two(left, right, expected):
    assert alike(left, right) == expected


@given(words, words)
def test_likeness_is_symmetric_and_1_exactly_for_the_same(one, other):
    assert alike(one, other) == alike(other, one)
    assert (alike(one, other) == 1) == (one == other)


def test_a_scale_has_words_of_its_own_in_their_order():
    scale = Scale(("left", "right", "equal"))
    assert alike("left", "right", scale) == 0
    assert alike("left", "equal", scale) == 0.5
    assert alike("left", "right", Scale(("left", "right"))) == 0


@settings(deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_the_most_frequent_preference_is_fused_and_none_where_several_are(rows, random):
    fused = PREFERENCE.fuse(*columns(rows), "mode", Scale())
    turned = PREFERENCE.fuse(*columns(random.sample(rows, len(rows))), "mode", Scale())
    assert fused.index.tolist() == turned.index.tolist() == sorted({unit for unit, _ in rows})
    for unit, found in fused.items():
        modes = statistics.multimode(value for name, value in rows if name == unit)
        expected = modes[0] if len(modes) == 1 else None
        assert (found if pd.notna(found) else None) == expected
        assert (turned[unit] if pd.notna(turned[unit]) else None) == expected


def test_two_against_two_have_not_said_that_both_are_equally_good():
    said, units = columns([("x", "a"), ("x", "a"), ("x", "b"), ("x", "b")])
    assert PREFERENCE.fuse(said, units, "mode", Scale()).isna().tolist() == [True]


def test_the_spread_is_one_less_the_mean_likeness_of_pairs():
    said, units = columns([("x", "a"), ("x", "b"), ("x", "tie"), ("y", "a")])
    spread = PREFERENCE.spread(said, units, Scale())["disagreement"]
    assert spread["x"] == pytest.approx(2 / 3)
    assert np.isnan(spread["y"])


def test_another_word_is_refused_with_what_is_allowed():
    with pytest.raises(RefusedError, match="allowed are a, b, tie"):
        alike("a", "c")


def test_a_scale_of_four_words_is_no_preference():
    with pytest.raises(RefusedError, match="has 4 words"):
        alike("a", "b", Scale(("a", "b", "tie", "unsure")))
