"""What looks are expected to find, what they found, and how probable errors are then."""

import numpy as np
import pytest

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.label_errors.calibrated import (
    calibrate,
    error_rate,
    random_part,
    stands_for,
)
from groundkeeper.core.label_errors.found import area, share_wrong_of_first
from groundkeeper.core.label_errors.order import per_look, plan
from groundkeeper.errors import TableError

HOW = Resampling(rounds=300, seed=0, confidence=0.95)


def test_looks_come_by_errors():
    found = plan(np.array([0.9, 0.3, 0.6]), np.zeros(3))
    assert found.look.tolist() == [0, 2, 1]
    assert found.at_random == pytest.approx([0.6, 1.2, 1.8])


def test_no_order_finds_less_than_looks_at_random():
    rng = np.random.default_rng(0)
    for _ in range(20):
        found = plan(rng.random(30), np.zeros(30))
        assert (found.expected >= found.at_random - 1e-9).all()
        assert found.expected[-1] == pytest.approx(found.at_random[-1])


def test_unknown_probabilities_are_not_counted_and_impossible_ones_refused():
    expected, variance = per_look(np.array([0.5, np.nan, 1.0]), np.array([0, 0, 1]), 2)
    assert expected.tolist() == [0.5, 1]
    assert variance.tolist() == [0.25, 0]
    with pytest.raises(TableError, match="outside of 0 to 1"):
        per_look(np.array([1.2]), np.array([0]), 1)


def test_the_interval_holds_what_independent_errors_come_to():
    rng = np.random.default_rng(1)
    chance = rng.random(400) ** 3
    found = plan(*per_look(chance, np.arange(400), 400))
    within = [
        found.low[99] <= (rng.random(400) < chance)[found.look[:100]].sum() <= found.high[99]
        for _ in range(400)
    ]
    assert 0.93 <= np.mean(within) <= 1.0


def test_the_area_is_that_under_the_curve():
    rng = np.random.default_rng(2)
    for _ in range(10):
        quality = rng.integers(0, 6, size=50) / 5
        wrong = rng.random(50) < 0.6 - 0.5 * quality
        # Labels of one quality come in any order: between the ends of such a run the curve is straight.
        ends = [-1.0, *np.unique(quality)]
        looked, errors = (
            [(side & (quality <= end)).sum() for end in ends] for side in (True, wrong)
        )
        under = np.trapezoid(np.array(errors) / wrong.sum(), np.array(looked) / 50)
        assert area(quality, wrong, None, HOW).value == pytest.approx(under)


def test_the_best_order_the_worst_and_none_have_their_areas():
    wrong = np.arange(100) < 20
    quality = np.arange(100) / 100
    assert area(quality, wrong, None, HOW).value == pytest.approx(1 - 0.2 / 2)
    assert area(1 - quality, wrong, None, HOW).value == pytest.approx(0.2 / 2)
    assert area(np.ones(100), wrong, None, HOW).value == pytest.approx(0.5)


def test_nothing_wrong_has_no_area():
    found = area(np.arange(9) / 9, np.zeros(9, dtype=np.bool_), None, HOW)
    assert np.isnan(found.value)
    assert found.note == "no errors to find"


def test_the_interval_of_the_area_covers_and_groups_widen_it():
    rng = np.random.default_rng(3)
    covered, widths = [], []
    for _ in range(150):
        group = np.repeat(np.arange(40), 5)
        hard = rng.random(40)[group]
        wrong = rng.random(200) < 0.05 + 0.35 * hard
        quality = np.clip(rng.normal(0.6 - 0.3 * wrong, 0.2), 0, 1)
        found = area(quality, wrong, group, HOW)
        covered.append((found.low, found.high))
        widths.append((found.high - found.low, found.value))
    truth = np.mean([value for _, value in widths])
    assert np.mean([low <= truth <= high for low, high in covered]) >= 0.88
    alone = area(quality, wrong, None, HOW)
    assert found.effective_n <= alone.effective_n


def test_the_first_labels_count_in_part_where_a_tie_is_cut():
    wrong = np.array([True, False, False, True])
    quality = np.array([0.1, 0.3, 0.3, 0.9])
    assert share_wrong_of_first(quality, wrong, 1, None, HOW).value == 1
    assert share_wrong_of_first(quality, wrong, 2, None, HOW).value == pytest.approx(0.5)
    assert share_wrong_of_first(quality, wrong, 99, None, HOW).value == pytest.approx(0.5)
    assert np.isnan(share_wrong_of_first(quality, wrong, 0, None, HOW).value)


def test_calibration_finds_the_probabilities_that_errors_were_drawn_with():
    rng = np.random.default_rng(4)
    quality = rng.random(20_000)
    chance = 1 / (1 + np.exp(2 - 1.5 * np.log((1 - quality) / quality)))
    found = calibrate(quality, rng.random(20_000) < chance)
    at = np.array([0.1, 0.3, 0.5, 0.8])
    truth = 1 / (1 + np.exp(2 - 1.5 * np.log((1 - at) / at)))
    np.testing.assert_allclose(found.probability(at), truth, atol=0.02)


def test_looking_at_what_seemed_wrong_does_not_bias_the_calibration():
    rng = np.random.default_rng(5)
    quality = rng.random(30_000)
    wrong = rng.random(30_000) < (1 - quality) ** 2
    chosen = (quality < 0.3) | (rng.random(30_000) < 0.05)
    everything, part = calibrate(quality, wrong), calibrate(quality[chosen], wrong[chosen])
    at = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(part.probability(at), everything.probability(at), atol=0.04)


def test_few_looks_and_errors_that_never_came_say_what_they_can():
    few = calibrate(np.full(19, 0.5), np.ones(19, dtype=np.bool_))
    assert not few.is_known
    assert np.isnan(few.probability(np.array([0.5]))).all()
    never = calibrate(np.linspace(0, 1, 50), np.zeros(50, dtype=np.bool_))
    assert (
        (never.probability(np.array([0.0, 1.0])) > 0)
        & (never.probability(np.array([0.0, 1.0])) < 0.1)
    ).all()


def test_a_quality_that_is_worse_than_none_is_not_used():
    quality = np.linspace(0.1, 0.9, 60)
    found = calibrate(quality, quality > 0.5)
    assert found.slope == 0
    assert np.ptp(found.probability(quality)) == 0


def test_an_error_rate_has_limits_also_where_no_error_was_found():
    found = error_rate(np.zeros(59, dtype=np.bool_))
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 59))
    assert np.isnan(error_rate(np.zeros(0, dtype=np.bool_)).value)


def test_errors_that_come_in_groups_widen_the_limits():
    wrong = np.repeat(np.arange(30) % 5 == 0, 4)
    alone = error_rate(wrong)
    grouped = error_rate(wrong, np.repeat(np.arange(30), 4))
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


@pytest.mark.parametrize("groups", [2, 9])
def test_fewer_than_ten_groups_have_an_error_rate_without_limits(groups):
    found = error_rate(np.arange(10 * groups) % 10 == 0, np.repeat(np.arange(groups), 10))
    assert found.value == pytest.approx(0.1)
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert "groups" in found.note


def test_limits_of_an_error_rate_hold_with_few_groups_that_are_not_alike():
    rng = np.random.default_rng(0)
    for groups in (10, 20):
        group, held = np.repeat(np.arange(groups), 10), []
        for _ in range(300):
            wrong = rng.random(10 * groups) < rng.beta(0.9 / 3, 8.1 / 3, groups)[group]
            found = error_rate(wrong, group)
            held.append(found.low <= 0.1 <= found.high)
        assert np.mean(held) >= 0.94


def test_looks_at_random_stand_for_the_labels_that_nobody_chose():
    quality = np.linspace(0, 1, 100)
    drawn = np.arange(100) % 10 == 5
    looked = drawn | (np.arange(100) < 20)
    weights = stands_for(quality, looked, drawn)
    assert weights[:20].tolist() == [1] * 20
    assert weights[25] == 10
    assert weights.sum() == pytest.approx(100)
    assert (weights[~looked] == 0).all()


def test_a_weighted_calibration_expects_as_many_errors_as_looks_at_random_find():
    rng = np.random.default_rng(7)
    quality = rng.random(20_000)
    # No curve in the logit of the quality: errors are as frequent in most of the good half as in the bad.
    wrong = rng.random(20_000) < np.where((quality < 0.3) | (quality > 0.6), 0.3, 0.02)
    drawn = rng.random(20_000) < 0.1
    looked = drawn | (quality < 0.1)
    weights = stands_for(quality, looked, drawn)[looked]
    found = calibrate(quality[looked], wrong[looked], None, weights).probability(quality).sum()
    plain = calibrate(quality[looked], wrong[looked]).probability(quality).sum()
    assert found == pytest.approx(wrong.sum(), rel=0.06)
    assert abs(found - wrong.sum()) < abs(plain - wrong.sum())


def test_what_is_not_known_of_the_fit_shrinks_with_looks_and_grows_with_groups():
    rng = np.random.default_rng(8)
    quality = rng.random(800)
    wrong = rng.random(800) < 0.5 - 0.4 * quality
    at = np.array([0.2, 0.8])

    def spread(n, groups=None):
        moves = calibrate(quality[:n], wrong[:n], groups).moves(at)
        return np.sqrt(np.square(moves).sum(axis=1))

    np.testing.assert_allclose(spread(800) * 2, spread(200), rtol=0.4)
    order = np.argsort(wrong, kind="stable")
    quality, wrong = quality[order], wrong[order]
    assert (spread(800, np.repeat(np.arange(40), 20)) > 1.5 * spread(800)).all()


def test_limits_hold_what_looks_find_if_the_fit_is_not_known():
    rng = np.random.default_rng(9)
    held = {"fit": [], "known": []}
    for _ in range(200):
        quality = rng.random(500)
        wrong = rng.random(500) < 1 / (1 + np.exp(1 - 1.5 * np.log((1 - quality) / quality)))
        fit = calibrate(quality[:60], wrong[:60])
        left = quality[60:]
        spoken = per_look(fit.probability(left), np.arange(440), 440)
        for name, shared in (("fit", fit.moves(left)), ("known", None)):
            made = plan(*spoken, shared=shared)
            held[name].append(made.low[-1] <= wrong[60:].sum() <= made.high[-1])
    assert np.mean(held["fit"]) >= 0.92
    assert np.mean(held["known"]) < 0.8


def test_the_random_part_of_a_budget_does_not_look_at_the_order():
    numbers = np.random.default_rng(6).random(50)
    one = random_part(numbers, np.arange(50), 20, 0.25)
    other = random_part(numbers, np.arange(50)[::-1], 20, 0.25)
    assert (one == other).all()
    assert one.sum() == 5
    assert set(np.flatnonzero(one)) == set(np.argsort(numbers)[:5])


@pytest.mark.parametrize(("budget", "share"), [(51, 0.1), (-1, 0.1), (5, 1.1)])
def test_a_budget_that_is_none_is_refused(budget, share):
    with pytest.raises(TableError, match="allowed is"):
        random_part(np.zeros(50), np.arange(50), budget, share)
