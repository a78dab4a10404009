import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.numbers import (
    NOT_TWICE,
    code_numbers,
    mean,
    median,
    pooled_variance,
    weighted,
)
from groundkeeper.errors import RefusedError, TableError

COLUMNS = ["task", "annotator", "value"]
METHODS = (mean, median, weighted)
numbers = st.integers(-4000, 4000).map(lambda whole: whole / 8)
measured = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), numbers), min_size=1, max_size=25
)


def coded(rows, **options):
    return code_numbers(pd.DataFrame(rows, columns=COLUMNS), **options)


def by_task(rows):
    found = {}
    for task, _, value in sorted(rows):
        found.setdefault(task, []).append(value)
    return found


@settings(deadline=None)
@given(measured)
def test_mean_and_median_are_those_of_the_measurements_of_each_task(rows):
    of_task = by_task(rows).values()
    np.testing.assert_allclose(mean(coded(rows)).value, [statistics.mean(v) for v in of_task])
    np.testing.assert_allclose(median(coded(rows)).value, [statistics.median(v) for v in of_task])


@settings(deadline=None)
@given(measured, st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_to_the_last_bit(rows, method, random):
    one, other = method(coded(rows)), method(coded(random.sample(rows, len(rows))))
    np.testing.assert_array_equal(one.value, other.value)
    np.testing.assert_array_equal(one.sd, other.sd)


@settings(deadline=None)
@given(measured, st.sampled_from(METHODS))
def test_a_value_lies_among_its_measurements_and_within_its_interval(rows, method):
    found = method(coded(rows))
    for value, said in zip(found.value, by_task(rows).values(), strict=True):
        assert min(said) - 1e-9 <= value <= max(said) + 1e-9
    assert not (found.low > found.value).any()
    assert not (found.high < found.value).any()


@settings(deadline=None)
@given(measured, st.sampled_from(METHODS))
def test_another_unit_and_another_zero_change_nothing_else(rows, method):
    one = method(coded(rows))
    other = method(coded([(task, who, 100 - 2 * value) for task, who, value in rows]))
    np.testing.assert_allclose(other.value, 100 - 2 * one.value, atol=1e-7)
    np.testing.assert_allclose(other.sd, 2 * one.sd, atol=1e-7)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5))
def test_measurements_that_all_agree_are_kept_without_doubt(values):
    rows = [(task, who, value) for task, value in enumerate(values) for who in "xyz"]
    for method in METHODS:
        found = method(coded(rows))
        np.testing.assert_allclose(found.value, values, rtol=1e-12)
    assert pooled_variance(coded(rows)) == (0.0, 2 * len(values))
    np.testing.assert_array_equal(weighted(coded(rows)).sd, 0)


def test_the_interval_of_a_mean_is_students_with_the_pooled_variance():
    # Two tasks of three: variances 1 and 4, pooled 2.5 with 4 degrees of freedom; t = 2.776.
    rows = [(0, who, value) for who, value in zip("xyz", (1.0, 2, 3), strict=True)]
    rows += [(1, who, value) for who, value in zip("xyz", (4.0, 6, 8), strict=True)]
    found = mean(coded(rows))
    half = 2.7764451 * np.sqrt(2.5 / 3)
    np.testing.assert_allclose(found.high - found.value, half, rtol=1e-7)


def test_the_interval_of_a_mean_holds_what_is_true_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(300):
        values = rng.normal(5, 2, (4, 3))
        rows = [(task, who, values[task, who]) for task in range(4) for who in range(3)]
        found = mean(coded(rows), confidence=0.9)
        held.append((found.low <= 5) & (found.high >= 5))
    assert abs(np.mean(held) - 0.9) < 0.03


def test_weights_that_are_given_are_used():
    found = weighted(coded([(0, "x", 0.0), (0, "y", 3.0)]), precision={"x": 1, "y": 2, "nobody": 1})
    assert found.value.tolist() == [2.0]
    np.testing.assert_allclose(found.sd, 3**-0.5)


@settings(deadline=None)
@given(measured)
def test_estimated_weights_are_those_of_variances_drawn_towards_the_pooled_one(rows):
    table = pd.DataFrame(rows, columns=COLUMNS)
    of_task = table.groupby("task")["value"]
    n = of_task.transform("size")
    squares = (table["value"] - of_task.transform("mean")) ** 2
    pooled = squares.sum() / max(((n - 1) / n).sum(), 1)
    several = table[n > 1].assign(unbiased=squares * n / (n - 1))
    found = weighted(coded(rows))
    if not len(several) or pooled < 1e-9:
        return
    total = several.groupby("annotator")["unbiased"].agg(["sum", "size"])
    total = total.reindex(sorted(set(table["annotator"])), fill_value=0)
    weight = (total["size"] + 1) / (total["sum"] + pooled)
    by_weight = table.assign(w=table["annotator"].map(weight))
    expected = by_weight.groupby("task").apply(lambda t: np.average(t["value"], weights=t["w"]))
    np.testing.assert_allclose(found.value, expected, rtol=1e-6, atol=1e-6)


def test_weights_that_are_estimated_favour_the_precise():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 10, 300)
    noise = np.array([0.5, 0.5, 3.0])
    rows = [(t, w, truth[t] + noise[w] * rng.normal()) for t in range(300) for w in range(3)]
    off = {method: np.std(method(coded(rows)).value - truth) for method in METHODS}
    assert off[weighted] < 0.7 * off[mean]


def test_a_missing_measurement_says_nothing_and_keeps_task_and_annotator_known():
    found = mean(coded([(0, "x", 1.0), (0, "y", np.nan), (1, "z", None)], tasks=[7]))
    assert found.measured.annotators.tolist() == ["x", "y", "z"]
    assert found.measured.tasks.tolist() == [0, 1, 7]
    np.testing.assert_array_equal(found.value, [1, np.nan, np.nan])
    assert found.measured.unsaid == 2


@pytest.mark.parametrize("method", [mean, weighted])
def test_single_measurements_have_a_value_and_no_interval_and_it_says_why(method):
    found = method(coded([(0, "x", 1.0), (1, "y", 2.0)]))
    assert found.value.tolist() == [1.0, 2.0]
    assert np.isnan([found.low, found.high, found.sd]).all()
    assert found.fit.note == NOT_TWICE


@pytest.mark.parametrize("method", METHODS)
def test_no_tasks_at_all_is_an_answer(method):
    assert method(coded([])).value.size == 0


def test_an_annotator_who_measures_twice_counts_twice():
    found = coded([(0, "x", 1.0), (0, "x", 1.0), (0, "y", 4.0)])
    assert found.repeated == 1
    assert mean(found).value.tolist() == [2.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(None, "x", 1.0)], "name no task"),
        ([(0, None, 1.0)], "name no annotator"),
        ([(0, "x", np.inf)], "finite"),
    ],
)
def test_what_cannot_be_measured_is_refused(rows, message):
    with pytest.raises(RefusedError, match=message):
        coded(rows)


def test_a_table_without_a_column_is_refused_with_what_it_needs():
    with pytest.raises(TableError, match="task, annotator, value"):
        code_numbers(pd.DataFrame({"task": [0], "value": [1.0]}))


@pytest.mark.parametrize(
    ("precision", "message"), [({"x": 1.0}, "no precision of y"), ({"x": 1.0, "y": 0.0}, "above 0")]
)
def test_precisions_that_are_none_are_refused(precision, message):
    with pytest.raises(RefusedError, match=message):
        weighted(coded([(0, "x", 0.0), (0, "y", 3.0)]), precision=precision)
