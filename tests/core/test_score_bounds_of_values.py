"""Bounds of scores of classes, grades and numbers, against every way of settling what is open."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.scoring.bounds.macro_range import ClassRange, mean_range
from groundkeeper.core.scoring.bounds.ratio_range import Choices, ratio_range
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.bounds.value_bounds import (
    classification_bounds,
    grade_bounds,
    kappa_bounds,
    number_bounds,
)
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.scoring.values import (
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
)

CLASSES = ("cat", "dog", "owl")
N = 5
ERRORS = ["mean_absolute_error", "root_mean_squared_error"]
SQUARES = agreement_weights("quadratic", np.arange(3))


def world(seed):
    rng = np.random.default_rng(seed)
    is_open = rng.random(N) < 0.5
    may_be = rng.random((N, 3)) < 0.6
    vanish = (rng.random(N) < 0.3) | ~may_be.any(axis=1)
    no = np.zeros(N, bool)
    said = rng.integers(-1, 3, N)
    return said, rng.integers(0, 3, N), Unsettled(is_open, vanish, no, may_be, no)


def ways(truth, unsettled):
    """Every way of settling what is open, None for what vanishes."""
    options = [
        [
            *np.flatnonzero(unsettled.may_be[n]).tolist(),
            *([None] if unsettled.may_vanish[n] else []),
        ]
        if unsettled.is_open[n]
        else [int(truth[n])]
        for n in range(len(truth))
    ]
    return itertools.product(*options)


def figures_of(said, truth, of):
    """The figures of one way of settling, as the product computes them."""
    ids = [f"i{n}" for n in range(len(said))]
    known = pd.Series(truth, ids, dtype=object)
    told = pd.Series([None if one == NONE else int(one) for one in said], ids, dtype=object)
    found = {}
    for each in of(known, told):
        value = each.statistic(each.contributions.sum(axis=0)[None])[0]
        found[each.measure, each.subject] = float(value)
    return found


def classified(known, told):
    named = dict(enumerate(CLASSES))
    return classification_figures(paired(known.map(named), told.map(named)), "m")


def graded(known, told):
    return ordinal_figures(paired(known, told), [0, 1, 2], "m")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bounds_of_classes_are_what_can_come_out(seed):
    said, truth, unsettled = world(seed)
    every = [figures_of(said, way, classified) for way in ways(truth, unsettled)]
    for bound in classification_bounds(said, truth, unsettled, CLASSES):
        name = (bound.measure, f"m/{bound.label}" if bound.label else "m")
        values = [found.get(name, math.nan) for found in every]
        defined = [value for value in values if not math.isnan(value)]
        if not defined:
            continue
        assert bound.low - 1e-12 <= min(defined)
        assert bound.high + 1e-12 >= max(defined)
        # Of a class that is nowhere in the end there is no accuracy, and in its bounds there is.
        if bound.exact and (bound.measure != "accuracy" or not bound.label):
            assert (bound.low, bound.high) == pytest.approx((min(defined), max(defined)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bounds_of_grades_are_the_smallest_and_the_largest_that_can_come_out(seed):
    said, truth, unsettled = world(seed)
    every = [figures_of(said, way, graded) for way in ways(truth, unsettled)]
    for bound in grade_bounds(said, truth, unsettled):
        values = [found[bound.measure, "m"] for found in every]
        defined = [value for value in values if not math.isnan(value)]
        if defined:
            assert (bound.low, bound.high) == pytest.approx((min(defined), max(defined)))
        else:
            assert math.isnan(bound.low)


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_the_error_of_numbers_stays_within_its_bounds(said, seed):
    rng = np.random.default_rng(seed)
    n = len(said)
    is_open = rng.random(n) < 0.6
    truth = rng.uniform(-3, 3, n)
    between = np.sort(rng.uniform(-3, 3, (n, 2)), axis=1)
    gone = is_open & (rng.random(n) < 0.3)
    bounds = number_bounds(np.array(said), truth, is_open, gone, between)
    assert [bound.measure for bound in bounds] == [*ERRORS, "bias"]
    for _ in range(5):
        stays = ~gone | (rng.random(n) < 0.5)
        if not stays.any():
            continue
        final = np.where(is_open, rng.uniform(*between.T), truth)
        ids = [f"i{place}" for place in range(n)]
        pairs = paired(pd.Series(final, ids)[stays], pd.Series(said, ids), numbers=True)
        of_pairs = {f.measure: f for f in number_figures(pairs, "m")}
        for bound in bounds:
            figure = of_pairs[bound.measure]
            value = figure.statistic(figure.contributions.sum(axis=0)[None])[0]
            assert bound.low - 1e-9 <= value <= bound.high + 1e-9


def test_a_number_without_a_range_has_no_largest_error():
    between = np.array([[0.0, np.inf]])
    yes, no = np.ones(1, bool), np.zeros(1, bool)
    bounds = number_bounds(np.array([2.0]), np.array([np.nan]), yes, no, between)
    assert [bound.measure for bound in bounds] == ERRORS
    for found in bounds:
        assert found.low == 0
        assert math.isnan(found.high)
        assert "no declared range" in found.note


def test_the_ends_of_errors_and_bias_are_reached():
    # One is off by one; the other says 4 where 0 to 10 is possible.
    between, is_open = np.array([[0.0, 10.0]] * 2), np.array([False, True])
    said, truth = np.array([2.0, 4.0]), np.array([3.0, np.nan])
    bounds = number_bounds(said, truth, is_open, np.zeros(2, bool), between)
    ends = {bound.measure: (bound.low, bound.high, bound.score) for bound in bounds}
    assert ends == {
        "mean_absolute_error": pytest.approx((0.5, 3.5, 1)),
        "root_mean_squared_error": pytest.approx((math.sqrt(0.5), math.sqrt(18.5), 1)),
        "bias": pytest.approx((-3.5, 1.5, -1)),
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 8))
def test_no_kappa_leaves_its_bounds_however_values_are_settled(seed, n):
    rng = np.random.default_rng(seed)
    is_open = np.arange(n) >= n - rng.integers(0, min(n, 5))
    may_be = rng.random((n, 3)) < 0.6
    vanish = (rng.random(n) < 0.3) | ~may_be.any(axis=1)
    no, said, truth = np.zeros(n, bool), rng.integers(-1, 3, n), rng.integers(0, 3, n)
    unsettled = Unsettled(is_open, vanish, no, may_be, no)
    weights = {"cohen_kappa": np.eye(3), "quadratic_kappa": SQUARES}
    bounds = {each.measure: each for each in kappa_bounds(said, truth, unsettled, weights)}
    for way in ways(truth, unsettled):
        found = figures_of(said, way, graded)
        for measure, bound in bounds.items():
            value = found[measure, "m"]
            if math.isnan(value):
                assert math.isnan(bound.low) or not bound.exact or math.isnan(bound.score)
                continue
            assert bound.low - 1e-12 <= value <= bound.high + 1e-12
            if not is_open[said != NONE].any():
                assert (bound.low, bound.high) == pytest.approx((value, value))


def test_a_kappa_of_many_settled_and_few_open_values_has_bounds_near_what_can_come_out():
    rng = np.random.default_rng(1)
    said = rng.integers(0, 3, 62)
    truth = np.where(rng.random(62) < 0.8, said, rng.integers(0, 3, 62))
    unsettled = Unsettled.anything(np.arange(62) >= 60, 3)
    (bound,) = kappa_bounds(said, truth, unsettled, {"cohen_kappa": np.eye(3)})
    every = [figures_of(said, way, graded)["cohen_kappa", "m"] for way in ways(truth, unsettled)]
    assert bound.low <= min(every) <= max(every) <= bound.high
    assert bound.high - bound.low < 1.6 * (max(every) - min(every))


def test_where_nothing_was_said_no_bound_is_defined():
    no, one = np.zeros(1, bool), np.full(1, NONE)
    unsettled, nothing = Unsettled.anything(no, 3), np.array([np.nan])
    found = [
        *grade_bounds(one, one, unsettled),
        *kappa_bounds(one, one, unsettled, {"cohen_kappa": np.eye(3)}),
        *number_bounds(nothing, nothing, no, no, np.zeros((1, 2))),
    ]
    assert len(found) == 8
    assert all(math.isnan(each.low) and math.isnan(each.score) for each in found)


def test_items_of_which_nothing_was_said_move_no_bound():
    said, truth = np.array([0, NONE]), np.array([0, NONE])
    unsettled = Unsettled.anything(np.array([False, True]), 3)
    bounds = classification_bounds(said, truth, unsettled, CLASSES)
    assert {(bound.low, bound.high) for bound in bounds if bound.measure == "accuracy"} == {(1, 1)}


@given(
    st.lists(
        st.lists(
            st.sampled_from([(0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (1, 2)]),
            min_size=1,
            max_size=3,
        ),
        max_size=5,
    ),
    st.tuples(st.integers(0, 3), st.integers(3, 6)),
)
def test_the_range_of_a_ratio_is_that_of_all_choices(slots, settled):
    rows = [row for slot in slots for row in slot]
    first = np.cumsum([0, *map(len, slots)])[:-1].astype(np.int64)
    each = np.arange(len(slots), dtype=np.int64)
    part, whole = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    found = ratio_range(part, whole, Choices(first, each, each), settled)
    every = [
        (settled[0] + sum(row[0] for row in way)) / (settled[1] + sum(row[1] for row in way))
        for way in itertools.product(*slots)
    ]
    assert found == (min(every), max(every))


def test_a_mean_over_classes_of_which_none_may_be_there_is_undefined():
    assert all(math.isnan(end) for end in mean_range([]))
    assert mean_range([ClassRange(0.2, 0.4, certain=False)]) == (0.2, 0.4)
