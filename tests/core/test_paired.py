"""Differences of paired scores, and how surely one is better, against drawing one by one."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core import estimates
from groundkeeper.core.estimates import ALL_THE_SAME, Estimate, Resampling
from groundkeeper.core.scoring.certainty.contrast import UNSEEN
from groundkeeper.core.scoring.certainty.covering import ALL_ALIKE
from groundkeeper.core.scoring.certainty.paired import Possible, beats, difference
from groundkeeper.core.scoring.certainty.ratios import ratio_of
from groundkeeper.core.scoring.certainty.verdict import Said, verdict
from groundkeeper.errors import TableError

SHARE = ratio_of((1, 0), (0, 1))
ERROR = ratio_of((1, 0), (0, 1), counts=False, highest=math.inf)
PRECISION = ratio_of((1, 0), (1, 1))
HOW = Resampling(rounds=4000, seed=0, confidence=0.95)

pairs = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), min_size=1, max_size=60
)


def scored(right):
    return np.column_stack([right, np.ones(len(right))]).astype(float)


def as_arrays(drawn):
    groups, a, b = np.array(drawn, dtype=int).T
    return scored(a), scored(b), groups


def chance(possible, **said):
    return beats(possible, SHARE, HOW, HOW.generator("x"), **said)


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_a_less_b_is_what_b_less_a_is_with_the_other_sign(drawn):
    a, b, groups = as_arrays(drawn)
    one, other = (difference(*both, groups, SHARE, 0.95) for both in ((a, b), (b, a)))
    np.testing.assert_allclose(
        [one.value, one.low, one.high], [-other.value, -other.high, -other.low], atol=1e-9
    )


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_a_difference_is_inside_its_interval(drawn):
    found = difference(*as_arrays(drawn), SHARE, 0.95)
    if not math.isnan(found.low):
        assert -1 <= found.low <= found.value <= found.high <= 1


def test_what_both_get_wrong_makes_a_pair_no_less_certain():
    rng = np.random.default_rng(0)
    a = rng.random(200) < 0.5
    b = a.copy()
    b[:10] = ~b[:10]
    paired = difference(scored(a), scored(b), np.arange(200), SHARE, 0.95)
    shuffled = difference(scored(a), scored(rng.permutation(b)), np.arange(200), SHARE, 0.95)
    assert 2 * (paired.high - paired.low) < shuffled.high - shuffled.low


def test_two_that_say_the_same_may_still_differ_in_what_was_not_seen():
    right = scored(np.arange(30) < 20)
    found = difference(right, right, None, SHARE, 0.95)
    assert found.value == 0
    assert found.high == -found.low == pytest.approx(1 - 0.025 ** (1 / 30))
    assert found.note == ALL_ALIKE


def test_a_lead_in_few_groups_allows_for_groups_that_are_not_there():
    """With the chance of 2.5 % twelve groups have none of a kind that 26 % of all are."""
    groups = np.repeat(np.arange(12), 10)
    a = np.tile(np.arange(10) < 9, 12)
    b = np.tile(np.arange(10) < 8, 12)
    b[:30] ^= np.arange(30) % 10 == 8
    found = difference(scored(a), scored(b), groups, SHARE, 0.95)
    seen = 0.025 ** (1 / 12)
    assert found.low <= found.value * seen - (1 - seen) + 1e-12
    assert found.high >= found.value * seen + (1 - seen) - 1e-12
    assert found.note == UNSEEN.format(groups=12)
    many = difference(scored(np.tile(a, 40)), scored(np.tile(b, 40)), None, SHARE, 0.95)
    assert not many.note


def test_a_difference_of_errors_allows_for_no_group_that_fails_wholly():
    rng = np.random.default_rng(1)
    a, b = (np.column_stack([rng.random(20), np.ones(20)]) for _ in range(2))
    bounded = replace(ERROR, highest=1.0)
    wide = difference(a, b, None, bounded, 0.95)
    narrow = difference(a, b, None, replace(bounded, fails_wholly=False), 0.95)
    assert wide.low <= narrow.low < narrow.high <= wide.high
    assert not narrow.note


def test_of_errors_that_never_differ_nothing_is_known_of_the_difference():
    size = np.column_stack([np.arange(30.0), np.ones(30)])
    found = difference(size, size, None, ERROR, 0.95)
    assert found.value == 0
    assert math.isnan(found.low)
    assert found.note == ALL_THE_SAME


def test_scores_with_denominators_of_their_own_are_compared():
    a, b = np.ones((40, 2)), np.ones((40, 2))
    a[:, 1], b[:, 1] = np.arange(40) < 5, np.arange(40) < 20
    found = difference(a, b, None, PRECISION, 0.95)
    assert found.value == pytest.approx(40 / 45 - 40 / 60)
    assert 0 < found.low < found.value < found.high


def test_few_groups_have_a_difference_and_no_interval():
    right = np.arange(50) < 40
    found = difference(scored(right), scored(~right), np.arange(50) % 9, SHARE, 0.95)
    assert found.value == pytest.approx(0.6)
    assert found.note == "no interval: 9 groups, fewer than 10"


def test_an_undefined_score_has_no_difference():
    found = difference(np.ones((20, 2)), np.zeros((20, 2)), None, SHARE, 0.95)
    assert math.isnan(found.value)
    assert found.note


def test_two_that_say_the_same_always_tie():
    right = scored(np.arange(30) < 20)
    found = chance(Possible.certain(right, right, np.arange(30)))
    assert (found.both, found.sampling, found.truth) == ((0, 1), (0, 1), (0, 1))
    assert found.both.probability == 0.5


def test_who_is_better_in_every_unit_always_wins():
    a, b = np.ones((30, 2)), scored(np.zeros(30))
    found = chance(Possible.certain(a, b, np.arange(30)))
    assert found.both == found.sampling == found.truth == (1, 0)
    backwards = chance(Possible.certain(a, b, np.arange(30)), higher_is_better=False)
    assert backwards.both.probability == 0
    assert (found.n, found.groups, found.draws) == (30, 30, 4000)


def test_the_chance_over_groups_is_that_of_drawing_them_one_by_one():
    rng = np.random.default_rng(1)
    groups = np.arange(60) // 4
    a, b = scored(rng.random(60) < 0.8), scored(rng.random(60) < 0.7)
    found = chance(Possible.certain(a, b, groups)).sampling
    apart = np.bincount(groups, a[:, 0] - b[:, 0])
    drawn = np.array([apart[rng.integers(15, size=14)].sum() for _ in range(4000)])
    assert found.above == pytest.approx((drawn > 0).mean(), abs=0.035)
    assert found.ties == pytest.approx((drawn == 0).mean(), abs=0.035)


def unsure():
    """Three units of which the truth is open: A is right if it is the first, else B is."""
    unit = np.array([*range(37), 37, 37, 38, 38, 39, 39])
    probability = np.array([1.0] * 37 + [0.6, 0.4, 0.9, 0.1, 0.5, 0.5])
    a = scored([1] * 37 + [1, 0] * 3)
    b = scored([1] * 37 + [0, 1] * 3)
    return Possible(unit, probability, a, b, np.arange(40))


def test_the_chance_over_the_truth_is_that_of_all_it_can_be():
    found = chance(unsure()).truth
    first = [0.6, 0.9, 0.5]
    exact = sum(
        np.prod([p if is_first else 1 - p for p, is_first in zip(first, case, strict=True)])
        for case in np.ndindex(2, 2, 2)
        if sum(case) > 1
    )
    assert found.probability == pytest.approx(exact, abs=0.03)
    assert found.ties == 0


def test_the_most_probable_truth_is_taken_when_groups_alone_are_drawn():
    drawn = unsure()
    certain = [*range(37), 37, 39, 41]
    settled = Possible.certain(drawn.a[certain], drawn.b[certain], np.arange(40))
    assert chance(drawn).sampling.above == pytest.approx(chance(settled).sampling.above, abs=0.03)
    assert chance(drawn).n == 40


def test_an_uncertain_truth_brings_the_chance_nearer_to_a_half():
    found = chance(unsure())
    assert 0.5 < found.both.probability < found.sampling.probability


def test_a_truth_that_cannot_be_is_never_drawn():
    unit, sure = np.append(np.arange(20), 19), np.append(np.ones(20), 0.0)
    a, b = scored(np.append(np.ones(20), 0)), scored(np.append(np.zeros(20), 1))
    assert chance(Possible(unit, sure, a, b, np.arange(20))).both == (1, 0)


def test_chunks_of_any_size_have_the_same_distribution(monkeypatch):
    whole = chance(unsure())
    monkeypatch.setattr(estimates, "CHUNK_CELLS", 500)
    parts = chance(unsure())
    for name in ("both", "sampling", "truth"):
        one, other = getattr(whole, name), getattr(parts, name)
        assert one.probability == pytest.approx(other.probability, abs=0.03)


def test_the_same_seed_draws_the_same():
    assert chance(unsure()) == chance(unsure())


def test_of_few_groups_only_the_truth_is_drawn():
    right = scored(np.arange(40) < 30)
    found = chance(Possible.certain(right, right, np.arange(40) % 4))
    assert math.isnan(found.both.probability)
    assert found.truth.ties == 1
    assert found.note == "of other groups nothing is said: 4 are fewer than 10"


def test_draws_in_which_a_score_is_undefined_are_left_out_and_counted():
    a, b = np.zeros((12, 2)), np.tile([0.0, 1.0], (12, 1))
    a[:2, 0] = 1
    found = beats(Possible.certain(a, b, np.arange(12)), PRECISION, HOW, HOW.generator("x"))
    missing = int(found.note.removeprefix("a score is undefined in ").split()[0])
    assert found.truth == found.both == (1, 0)
    assert missing / HOW.rounds == pytest.approx((10 / 12) ** 11, abs=0.02)


def test_of_nothing_nobody_is_better():
    found = chance(Possible.certain(np.empty((0, 2)), np.empty((0, 2)), np.empty(0)))
    assert math.isnan(found.truth.probability)
    assert found.n == 0
    assert found.note


def test_weights_decide_who_is_better():
    a, b = np.arange(40) < 30, np.arange(40) >= 30
    weights = np.where(a, 1.0, 9.0)
    groups = np.arange(40)
    plain = chance(Possible.certain(scored(a), scored(b), groups))
    weighed = chance(Possible.certain(scored(a), scored(b), groups, weights))
    assert plain.both.probability > 0.95
    assert weighed.both.probability < 0.05


@pytest.mark.parametrize(
    ("unit", "probability", "message"),
    [
        ([0, 2, 1], [1, 1, 1], "ascend from 0 to 2"),
        ([0, 1, 1], [1, 0.5, 0.5], "ascend from 0 to 2"),
        ([0, 1, 2], [1, 0.9, 1], "unit 1, where they sum to 0.9"),
        ([0, 1, 2], [1, math.nan, 1], "unit 1, where they sum to nan"),
    ],
)
def test_what_is_no_distribution_is_refused(unit, probability, message):
    both = np.ones((3, 2))
    with pytest.raises(TableError, match=message):
        Possible(np.array(unit), np.array(probability, float), both, both, np.arange(3))


def score(value, low, high, groups=50, note=""):
    return Estimate(value, low, high, 10 * groups, groups, 5.0 * groups, note)


@pytest.mark.parametrize(
    ("target", "said", "mirrored"),
    [
        (0.84, Said.REACHED, Said.TOO_LITTLE_GOLD),
        (0.94, Said.TOO_LITTLE_GOLD, Said.REACHED),
        (0.5, Said.REACHED, Said.MISSED),
        (0.99, Said.MISSED, Said.REACHED),
        (0.88, Said.TOO_LITTLE_GOLD, Said.TOO_LITTLE_GOLD),
        (None, Said.KNOWN, Said.KNOWN),
    ],
)
def test_a_target_is_reached_or_missed_only_by_the_whole_interval(target, said, mirrored):
    found = score(0.9, 0.84, 0.94)
    assert verdict(found, target).said == said
    assert verdict(found, target, higher_is_better=False).said == mirrored


def test_how_many_more_groups_would_tell_is_by_the_root_of_their_number():
    assert verdict(score(0.9, 0.84, 0.94), 0.87).more_groups == 150
    assert verdict(score(0.9, 0.84, 0.94), 0.92).more_groups == 150
    assert verdict(score(0.9, 0.84, 0.94), 0.9).more_groups is None


def test_without_an_interval_there_is_too_little_gold_to_say():
    found = verdict(score(0.9, math.nan, math.nan, groups=4, note="why"), 0.5)
    assert found == (Said.TOO_LITTLE_GOLD, 6, "why")
    assert verdict(score(math.nan, math.nan, math.nan, note="why")) == (Said.NOTHING, None, "why")
