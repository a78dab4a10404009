import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.core.kinds.ranking import RANKING
from groundkeeper.core.truth.rankings import MOST_OPTIONS
from groundkeeper.errors import RefusedError

OPTIONS = ("d", "c", "b", "a", "e")
VOCABULARY = Scale(OPTIONS)
OPEN = Scale()
FUSIONS = st.sampled_from(RANKING.fusions)
scales = st.sampled_from([VOCABULARY, OPEN])


@st.composite
def orders(draw, *, everything=False):
    """Rankings with ties, of all options or of some."""
    drawn = st.permutations(OPTIONS)
    options = draw(drawn)[: 5 if everything else draw(st.integers(0, 5))]
    groups = []
    for option in options:
        if groups and draw(st.booleans()):
            groups[-1].append(option)
        else:
            groups.append([option])
    return tuple(tuple(group) if len(group) > 1 else group[0] for group in groups)


answers = st.lists(st.tuples(st.sampled_from("xyz"), orders()), min_size=1, max_size=10)


def columns(rows):
    units, values = zip(*rows, strict=True)
    return pd.Series(list(values), dtype=object), pd.Series(list(units))


def alike(left, right, scale=VOCABULARY):
    pair = (pd.Series([one], dtype=object) for one in (left, right))
    return float(RANKING.similarity(*pair, scale)[0])


def places(value):
    """The place of each option of the vocabulary; those left out share the last."""
    found = dict.fromkeys(OPTIONS, len(value))
    for place, group in enumerate(value):
        for option in group if isinstance(group, tuple) else (group,):
            found[option] = place
    return [found[option] for option in OPTIONS]


def canonical(value, scale):
    """The same ranking, with options that share a place in the order of the vocabulary."""
    order = OPTIONS.index if scale is VOCABULARY else str
    return tuple(
        tuple(sorted(group, key=order)) if isinstance(group, tuple) else group for group in value
    )


def fused(rows, how, scale=VOCABULARY):
    return RANKING.fuse(*columns(rows), how, scale)


def test_rankings_are_a_kind():
    checked: Kind = RANKING
    assert checked.name == "ranking"


@settings(deadline=None)
@given(orders(), orders())
def test_likeness_is_kendalls_tau_b_from_0_to_1(one, other):
    tau = kendalltau(places(one), places(other)).statistic
    found = alike(one, other)
    if np.isnan(tau):
        same = len(set(places(one))) == len(set(places(other))) == 1
        assert found == (1 if same else 0.5)
    else:
        assert found == pytest.approx((1 + tau) / 2)


@settings(deadline=None)
@given(orders(), orders(), scales)
def test_likeness_is_symmetric_and_1_exactly_for_the_same_order(one, other, scale):
    found = alike(one, other, scale)
    assert found == alike(other, one, scale)
    assert 0 <= found <= 1
    signs = [np.sign(np.subtract.outer(places(each), places(each))) for each in (one, other)]
    if scale is VOCABULARY:
        assert (found == 1) == (signs[0] == signs[1]).all()
    else:
        assert (found == 1) == (canonical(one, OPEN) == canonical(other, OPEN))


def test_likeness_of_many_pairs_is_that_of_each():
    pairs = [(("a", "b"), ("b", "a")), (("a",), ("a", "b", "c")), ((), ("e",))]
    left, right = (pd.Series(list(side), dtype=object) for side in zip(*pairs, strict=True))
    for scale in (VOCABULARY, OPEN):
        expected = [alike(*pair, scale) for pair in pairs]
        np.testing.assert_array_equal(RANKING.similarity(left, right, scale), expected)


def test_the_opposite_order_is_least_alike_and_options_left_out_come_last():
    assert alike(OPTIONS, OPTIONS[::-1]) == 0
    assert alike(OPTIONS[:4], OPTIONS) == 1
    assert alike(("a",), ("a", "b")) < 1
    assert alike(("a",), ("a", "b"), OPEN) < 1


@settings(deadline=None)
@given(answers, FUSIONS, st.randoms(use_true_random=False), scales)
def test_the_order_of_rows_and_within_a_place_does_not_matter(rows, how, random, scale):
    turned = [
        (unit, tuple(group[::-1] if isinstance(group, tuple) else group for group in value))
        for unit, value in random.sample(rows, len(rows))
    ]
    pd.testing.assert_series_equal(fused(rows, how, scale), fused(turned, how, scale))


@settings(deadline=None)
@given(orders(), st.integers(1, 4), FUSIONS, scales)
def test_what_all_say_is_kept(value, times, how, scale):
    found = fused([("x", value)] * times, how, scale)["x"]
    assert found == canonical(value, scale)


@settings(deadline=None)
@given(answers, FUSIONS)
def test_a_fused_ranking_has_every_option_that_somebody_named_once(rows, how):
    for unit, found in fused(rows, how).items():
        named = {
            option
            for name, value in rows
            if name == unit
            for group in value
            for option in (group if isinstance(group, tuple) else (group,))
        }
        flat = [
            option
            for group in found
            for option in (group if isinstance(group, tuple) else (group,))
        ]
        assert len(flat) == len(set(flat))
        assert set(flat) == named
        assert canonical(found, VOCABULARY) == found


@settings(deadline=None)
@given(answers, FUSIONS, scales)
def test_units_do_not_disturb_one_another(rows, how, scale):
    together = fused(rows, how, scale)
    for unit in set(together.index):
        own = [(name, value) for name, value in rows if name == unit]
        assert fused(own, how, scale)[unit] == together[unit]


@settings(deadline=None)
@given(st.lists(orders(everything=True), min_size=1, max_size=5))
def test_kemeny_contradicts_as_few_preferences_as_any_order(values):
    found = fused([("x", value) for value in values], "kemeny")["x"]
    table = np.array([places(value) for value in values])

    def contradicted(order):
        return sum(
            (table[:, j] < table[:, i]).sum() + 0.5 * (table[:, j] == table[:, i]).sum()
            for i, j in itertools.combinations(order, 2)
        )

    flat = [
        OPTIONS.index(option)
        for group in found
        for option in (group if isinstance(group, tuple) else (group,))
    ]
    assert contradicted(flat) == min(map(contradicted, itertools.permutations(range(5))))


def test_two_who_say_the_opposite_leave_the_options_at_one_place():
    rows = [("x", ("a", "b", "c")), ("x", ("b", "a", "c"))]
    for how in RANKING.fusions:
        assert fused(rows, how)["x"] == (("b", "a"), "c")


def test_an_order_that_goes_in_a_circle_starts_with_the_first_of_the_vocabulary():
    rows = [("x", ("a", "b", "c")), ("x", ("b", "c", "a")), ("x", ("c", "a", "b"))]
    assert fused(rows, "kemeny")["x"] == ("c", "a", "b")
    assert fused(rows, "borda")["x"] == (("c", "b", "a"),)


def test_options_share_a_place_only_if_none_of_them_beats_another():
    # a and b are even, b and c are even, and a beats c twice.
    rows = [("x", ("b", "a", "c")), ("x", ("a", "c", "b"))]
    assert fused(rows, "kemeny", OPEN)["x"] == (("a", "b"), "c")


def test_units_may_have_options_of_their_own():
    rows = [("x", ("a", "b")), ("y", ("one", "two", "three")), ("y", ("one", "three", "two"))]
    assert fused(rows, "kemeny", OPEN).tolist() == [("a", "b"), ("one", ("three", "two"))]


def test_kemeny_of_many_options_is_refused_and_borda_is_not():
    value = tuple(f"option {place:02}" for place in range(MOST_OPTIONS + 1))
    with pytest.raises(RefusedError, match="fuse by borda"):
        fused([("x", value)], "kemeny", OPEN)
    assert fused([("x", value)], "borda", OPEN)["x"] == value


def test_the_spread_is_one_less_the_mean_likeness_of_pairs():
    rows = [("x", ("a", "b")), ("x", ("b", "a")), ("y", ("a",))]
    spread = RANKING.spread(*columns(rows), VOCABULARY)["disagreement"]
    assert spread["x"] == pytest.approx(1 - alike(("a", "b"), ("b", "a")))
    assert np.isnan(spread["y"])


def test_lists_are_taken_as_tuples_are():
    said = ["e", ["a", "d"], ["b"]]
    assert fused([("x", said)], "borda")["x"] == ("e", ("d", "a"), "b")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("abc", "allowed is a list"),
        (("a", ("b", "a")), "once at most"),
        (("a", "z"), "allowed are d, c, b"),
    ],
)
def test_what_is_no_ranking_is_refused(value, message):
    with pytest.raises(RefusedError, match=message):
        fused([("x", value)], "borda")


def test_nothing_said_is_an_answer():
    nothing = pd.Series([], dtype=object)
    assert RANKING.similarity(nothing, nothing, OPEN).size == 0
    for how in RANKING.fusions:
        assert RANKING.fuse(nothing, pd.Series([], dtype=object), how, OPEN).empty
