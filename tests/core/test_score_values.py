"""Classes, grades and numbers against the truth: by hand, and against other ways to the same figures."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from groundkeeper.core.agreement.cohen import cohen_kappa
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.measures import tabulate
from groundkeeper.core.scoring.certainty.covering import CARRIED_BY_ONE, covering
from groundkeeper.core.scoring.values import (
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
    value_outcomes,
)
from groundkeeper.errors import TableError

HOW = Resampling(rounds=50, seed=0, confidence=0.95)
GRADES = [1, 2, 3, 4, 5]


def series(values):
    return pd.Series(values, [f"i{n:03}" for n in range(len(values))])


def measured(figures, pairs):
    items = pd.DataFrame({"item_id": pairs.item_ids, "group_id": pairs.item_ids})
    found = tabulate(list(figures), items, [], HOW)
    return {(r["measure"], r["subject"]): r["value"] for r in found.to_dict("records")}


def table_of(truth, said, values):
    table = np.zeros((len(values), len(values)))
    for left, right in zip(truth, said, strict=True):
        table[values.index(left), values.index(right)] += 1
    return table


LABELS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["a", "b", "c"])),
    min_size=1,
    max_size=30,
)


@given(LABELS)
def test_kappa_is_cohens_and_balanced_accuracy_the_mean_recall(said):
    truth, told = zip(*said, strict=True)
    pairs = paired(series(truth), series(told))
    found = measured(classification_figures(pairs, "m"), pairs)
    expected = cohen_kappa(table_of(truth, told, ["a", "b", "c"])).value
    assert found["cohen_kappa", "m"] == pytest.approx(expected, nan_ok=True)
    recalls = [
        np.mean([right == name for left, right in said if left == name])
        for name in sorted(set(truth))
    ]
    assert found["balanced_accuracy", "m"] == pytest.approx(np.mean(recalls))
    assert found["accuracy", "m"] == pytest.approx(np.mean(np.array(truth) == np.array(told)))


@given(
    st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(GRADES)), min_size=1, max_size=30)
)
def test_grades_are_scored_by_their_steps(said):
    truth, told = zip(*said, strict=True)
    pairs = paired(series(truth), series(told))
    found = measured(ordinal_figures(pairs, GRADES, "m"), pairs)
    steps = np.array(told) - np.array(truth)
    assert found["accuracy", "m"] == pytest.approx(np.mean(steps == 0))
    assert found["within_one", "m"] == pytest.approx(np.mean(abs(steps) <= 1))
    assert found["mean_absolute_error", "m"] == pytest.approx(np.mean(abs(steps)))
    assert found["bias", "m"] == pytest.approx(np.mean(steps))
    weights = agreement_weights("quadratic", GRADES)
    expected = cohen_kappa(table_of(truth, told, GRADES), weights).value
    assert found["quadratic_kappa", "m"] == pytest.approx(expected, nan_ok=True)


def test_a_grade_that_is_none_is_refused():
    pairs = paired(series([1, 2]), series([1, 9]))
    with pytest.raises(TableError, match="'9'"):
        ordinal_figures(pairs, GRADES, "m")


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_numbers_are_scored_by_their_errors_wherever_they_lie(offset):
    truth, said = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.5, 1.0, 5.0, 8.0])
    pairs = paired(series(truth + offset), series(said + offset), numbers=True)
    found = measured(number_figures(pairs, "m"), pairs)
    error = said - truth
    assert found["mean_absolute_error", "m"] == pytest.approx(0.625)
    assert found["root_mean_squared_error", "m"] == pytest.approx(math.sqrt(2.25 / 4))
    assert found["bias", "m"] == pytest.approx(0.125)
    assert found["r_squared", "m"] == pytest.approx(1 - 2.25 / np.square(truth - 3.75).sum())
    both = 2 * np.cov(truth, said, bias=True)[0, 1]
    expected = both / (truth.var() + said.var() + error.mean() ** 2)
    assert found["concordance", "m"] == pytest.approx(expected)


def test_a_truth_that_does_not_vary_explains_nothing():
    pairs = paired(series([0.1, 0.1, 0.1]), series([0.1, 0.2, 0.3]), numbers=True)
    found = measured(number_figures(pairs, "m"), pairs)
    assert math.isnan(found["r_squared", "m"])
    assert found["concordance", "m"] == pytest.approx(0.0)
    same = paired(series([0.1, 0.1]), series([0.1, 0.1]), numbers=True)
    assert math.isnan(measured(number_figures(same, "m"), same)["concordance", "m"])


def test_one_number_has_no_concordance():
    pairs = paired(series([1.5]), series([1.0]), numbers=True)
    assert math.isnan(measured(number_figures(pairs, "m"), pairs)["concordance", "m"])


def test_what_is_not_said_or_no_number_is_counted_and_in_no_figure():
    truth = series([1.0, 2.0, 3.0, 4.0, math.nan])
    said = series([1.0, math.nan, math.inf, 6.0, 5.0])
    said["elsewhere"] = 7.0
    pairs = paired(truth, said, numbers=True)
    assert (pairs.unanswered, pairs.unusable, pairs.not_in_truth) == (1, 1, 1)
    assert pairs.item_ids.tolist() == ["i000", "i003"]
    assert measured(number_figures(pairs, "m"), pairs)["bias", "m"] == 1.0


def test_a_truth_that_is_no_number_and_an_item_twice_are_refused():
    with pytest.raises(TableError, match="not finite"):
        paired(series([math.inf]), series([1.0]), numbers=True)
    twice = pd.Series(["a", "b"], ["i", "i"])
    with pytest.raises(TableError, match="two values of one item"):
        paired(twice, series(["a"]))


def test_no_common_item_leaves_every_figure_undefined():
    pairs = paired(series(["a"]), pd.Series({"elsewhere": "a"}))
    found = measured(classification_figures(pairs, "m"), pairs)
    assert all(math.isnan(value) for value in found.values())


def test_outcomes_of_values_are_right_or_wrong():
    outcomes = value_outcomes(paired(series(["a", "b"]), series(["a", "a"])), "m")
    assert outcomes[["item_id", "outcome", "truth", "said"]].to_numpy().tolist() == [
        ["i000", "correct", "a", "a"],
        ["i001", "mismatch", "b", "a"],
    ]


def limits(figures, pairs, measure="mean_absolute_error"):
    items = pd.DataFrame({"item_id": pairs.item_ids, "group_id": pairs.item_ids})
    found = tabulate(list(figures), items, [], replace(HOW, interval=covering))
    (row,) = found[found["measure"] == measure].to_dict("records")
    return row


ONE_OFF = [3] * 30, [2] + [3] * 29


def test_the_mean_error_of_grades_is_no_larger_than_the_largest_error_there_is():
    pairs = paired(*map(series, ONE_OFF))
    found = limits(ordinal_figures(pairs, GRADES, "m"), pairs)
    # As a share of the four steps it is at most what one of thirty errors could be.
    assert 0 <= found["low"] < 1 / 30 < found["high"] < 4 * stats.beta.ppf(0.975, 2, 29)


def test_a_range_that_numbers_are_declared_in_bounds_their_mean_error():
    pairs = paired(*map(series, ONE_OFF), numbers=True)
    known = limits(number_figures(pairs, "m", (1, 5)), pairs)
    assert known["low"] < 1 / 30 < known["high"] < 4 * stats.beta.ppf(0.975, 2, 29)


@pytest.mark.parametrize("between", [(-math.inf, math.inf), (1, math.inf), (3, 5)])
def test_where_nothing_bounds_errors_and_one_item_has_them_all_there_is_no_interval(between):
    pairs = paired(*map(series, ONE_OFF), numbers=True)
    found = limits(number_figures(pairs, "m", between), pairs)
    assert math.isnan(found["low"])
    assert math.isnan(found["high"])
    assert found["note"] == CARRIED_BY_ONE
