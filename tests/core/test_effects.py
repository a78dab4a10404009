"""What moved a score: effects and interactions that add up, by hand and by law."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.certainty.effects import FACTORS, split
from groundkeeper.core.scoring.certainty.paired import difference
from groundkeeper.core.scoring.certainty.ratios import ratio_of
from groundkeeper.errors import TableError

SHARE = ratio_of((1, 0), (0, 1))
F1 = ratio_of((2, 0), (1, 1))

eights = st.lists(st.integers(0, 9), min_size=8, max_size=8)


def one_unit(numbers):
    """Twelve units alike, whose scores in the eight cells are tenths."""
    cells = np.ones((12, 2, 2, 2, 2))
    cells[..., 0] = np.array(numbers).reshape(2, 2, 2) / 10
    return cells


def drawn(seed=0, n=120):
    rng = np.random.default_rng(seed)
    cells = np.ones((n, 2, 2, 2, 2))
    cells[..., 0] = rng.random((n, 2, 2, 2)) < np.linspace(0.5, 0.9, 8).reshape(2, 2, 2)
    cells[..., 1] = rng.integers(1, 4, size=(n, 2, 2, 2))
    return cells


def by_orders(scores):
    effects = dict.fromkeys(FACTORS, 0.0)
    for order in permutations(range(3)):
        place = [0, 0, 0]
        for factor in order:
            before = scores[tuple(place)]
            place[factor] = 1
            effects[FACTORS[factor]] += (scores[tuple(place)] - before) / 6
    return effects


@settings(deadline=None, max_examples=40)
@given(eights)
def test_the_effects_add_up_and_so_do_the_parts(numbers):
    found = split(one_unit(numbers), None, SHARE, 0.95)
    total = (numbers[7] - numbers[0]) / 10
    parts = [*found.alone.values(), *found.interactions.values()]
    assert found.total.value == pytest.approx(total, abs=1e-12)
    assert sum(each.value for each in found.effects.values()) == pytest.approx(total, abs=1e-12)
    assert sum(each.value for each in parts) == pytest.approx(total, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(eights)
def test_an_effect_is_the_mean_over_the_orders(numbers):
    found = split(one_unit(numbers), None, SHARE, 0.95)
    expected = by_orders(np.array(numbers).reshape(2, 2, 2) / 10)
    for name, effect in found.effects.items():
        assert effect.value == pytest.approx(expected[name], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(eights)
def test_an_effect_is_its_own_part_half_of_two_and_a_third_of_three(numbers):
    found = split(one_unit(numbers), None, SHARE, 0.95)
    for name in FACTORS:
        shared = sum(
            each.value / len(together.split(" x "))
            for together, each in found.interactions.items()
            if name in together.split(" x ")
        )
        assert found.effects[name].value == pytest.approx(found.alone[name].value + shared)


@settings(deadline=None, max_examples=20)
@given(eights, st.sampled_from(range(3)))
def test_a_factor_that_is_the_same_has_no_effect(numbers, factor):
    cells = one_unit(numbers)
    old = cells.take([0], axis=factor + 1)
    found = split(np.concatenate([old, old], axis=factor + 1), None, SHARE, 0.95)
    name = FACTORS[factor]
    shared = [each for together, each in found.interactions.items() if name in together]
    for each in (found.effects[name], found.alone[name], *shared):
        assert each.value == pytest.approx(0, abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(eights)
def test_no_factor_is_more_than_another(numbers):
    cells = one_unit(numbers)
    swapped = split(cells.swapaxes(1, 3), None, SHARE, 0.95).effects
    found = split(cells, None, SHARE, 0.95).effects
    assert found["model"].value == pytest.approx(swapped["guideline"].value, abs=1e-12)
    assert found["gt"].value == pytest.approx(swapped["gt"].value, abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(eights)
def test_back_from_new_to_old_the_effects_are_the_same_with_the_other_sign(numbers):
    cells = one_unit(numbers)
    found = split(cells, None, SHARE, 0.95).effects
    back = split(cells[:, ::-1, ::-1, ::-1], None, SHARE, 0.95).effects
    for name in FACTORS:
        assert back[name].value == pytest.approx(-found[name].value, abs=1e-12)


@pytest.mark.parametrize("statistic", [SHARE, F1])
def test_where_only_the_model_differs_its_effect_is_the_paired_difference(statistic):
    cells = drawn()
    cells[:, :, :, :] = cells[:, :, :1, :1]
    groups = np.arange(120) // 3
    found = split(cells, groups, statistic, 0.95)
    apart = difference(cells[:, 1, 0, 0], cells[:, 0, 0, 0], groups, statistic, 0.95)
    for each in (found.effects["model"], found.total):
        np.testing.assert_allclose(
            [each.value, each.low, each.high], [apart.value, apart.low, apart.high], rtol=1e-6
        )
    assert found.effects["gt"].value == pytest.approx(0, abs=1e-12)


def test_every_part_has_an_interval_from_the_same_groups():
    found = split(drawn(), np.arange(120) // 3, SHARE, 0.95)
    for each in (found.total, *found.effects.values(), *found.interactions.values()):
        assert each.low < each.value < each.high
        assert (each.n, each.groups) == (120, 40)


def test_weights_are_those_of_units_written_out():
    cells, weights = drawn(n=30), np.random.default_rng(1).integers(1, 4, 30)
    weighed = split(cells, None, SHARE, 0.95, weights.astype(float))
    written = split(np.repeat(cells, weights, axis=0), None, SHARE, 0.95)
    np.testing.assert_allclose(weighed.cells, written.cells)


def test_a_hybrid_that_could_not_be_made_is_said_and_so_is_what_can_still_be_told():
    cells = drawn()
    cells[:, :, 1, 0] = math.nan
    found = split(cells, np.arange(120) // 3, SHARE, 0.95)
    assert all(math.isnan(effect.value) for effect in found.effects.values())
    assert not math.isnan(found.total.value)
    assert not math.isnan(found.alone["model"].value)
    assert math.isnan(found.alone["gt"].value)
    assert list(found.joint) == ["model", "gt + guideline"]
    assert sum(each.value for each in found.joint.values()) == pytest.approx(found.total.value)
    assert found.notes == (
        "no score of old model, new gt, old guideline; new model, new gt, old guideline",
        "cannot be split: the effect of model, gt, guideline",
        "can be told apart: model, gt + guideline",
    )
    note = found.alone["gt"].note
    assert note == "undefined: there is no score of old model, new gt, old guideline"


def test_a_score_that_is_undefined_is_as_good_as_missing():
    cells = drawn()
    cells[:, 0, 1, 0] = 0
    found = split(cells, None, SHARE, 0.95)
    assert math.isnan(found.cells[0, 1, 0])
    assert list(found.joint) == ["model", "gt + guideline"]


def test_without_the_new_score_there_is_no_difference_to_split():
    cells = drawn()
    cells[:, 1, 1, 1] = math.nan
    found = split(cells, None, SHARE, 0.95)
    assert math.isnan(found.total.value)
    assert found.joint == {}


def test_a_hybrid_that_is_there_for_some_units_only_is_refused():
    cells = drawn()
    cells[5, 0, 0, 1] = math.nan
    with pytest.raises(TableError, match="at old model, old gt, new guideline"):
        split(cells, None, SHARE, 0.95)


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(TableError, match=r"\(4, 2, 2, 3\)"):
        split(np.zeros((4, 2, 2, 3)), None, SHARE, 0.95)


def test_the_table_is_left_as_it_was():
    cells = drawn()
    before = cells.copy()
    split(cells, None, SHARE, 0.95)
    np.testing.assert_array_equal(cells, before)


def test_of_a_factor_that_is_the_same_zero_is_no_finding():
    cells = drawn()
    cells[:, :, 1] = cells[:, :, 0]
    found = split(cells, None, SHARE, 0.95, same=["gt"])
    shared = [each for together, each in found.interactions.items() if "gt" in together]
    for each in (found.effects["gt"], found.alone["gt"], *shared):
        assert (each.value, each.note) == (0, "the same")
        assert math.isnan(each.low)
    loose = split(cells, None, SHARE, 0.95)
    assert loose.effects["gt"].low < 0 < loose.effects["gt"].high, "it may still differ elsewhere"
    for name in ("model", "guideline"):
        assert found.effects[name] == loose.effects[name]
    assert found.total == loose.total
    assert found.same == ("gt",)


def test_where_every_factor_is_the_same_so_is_the_score():
    cells = np.repeat(drawn()[:, :1, :1, :1], 2, axis=1).repeat(2, axis=2).repeat(2, axis=3)
    assert split(cells, None, SHARE, 0.95, same=FACTORS).total.note == "the same"


def test_cells_that_differ_by_what_is_said_to_be_the_same_are_refused():
    with pytest.raises(TableError, match="differ by gt, which is said to be the same"):
        split(drawn(), None, SHARE, 0.95, same=["gt"])
