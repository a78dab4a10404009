"""How far inferred numbers are from true ones: over the tasks that have both, and with how many those are."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.truth.number_gold import numbers_against_gold
from groundkeeper.core.truth.numbers import code_numbers, mean, median

TASKS = [f"t{n:02}" for n in range(20)]


def measured(noise=0.0, shift=0.0):
    """Two measurements of every task, half a unit to either side of its number."""
    rows = [
        (task, who, n + side + noise * (-1) ** n + shift)
        for n, task in enumerate(TASKS)
        for who, side in (("ann", -0.5), ("ben", 0.5))
    ]
    return code_numbers(pd.DataFrame(rows, columns=["task", "annotator", "value"]))


def gold(*further):
    numbers = {task: float(n) for n, task in enumerate(TASKS)} | dict(further)
    return pd.DataFrame({"task": list(numbers), "label": list(numbers.values())})


def test_numbers_that_are_right_have_no_error():
    found = numbers_against_gold(median(measured()), gold())
    assert found.mean_error.value == found.mean_absolute_error.value == 0
    assert found.root_mean_square_error.value == 0


def test_a_shift_is_an_error_on_average_and_noise_is_not():
    shifted = numbers_against_gold(median(measured(shift=2.0)), gold())
    assert shifted.mean_error.value == shifted.mean_absolute_error.value == 2
    noisy = numbers_against_gold(median(measured(noise=2.0)), gold())
    assert noisy.mean_error.value == 0
    assert noisy.mean_absolute_error.value == noisy.root_mean_square_error.value == 2
    assert noisy.mean_error.low < 0 < noisy.mean_error.high


def test_only_tasks_with_both_are_counted_and_the_others_are_told():
    found = numbers_against_gold(median(measured()), gold(("unseen", 7.0)))
    assert (found.gold_tasks, found.measured) == (21, 20)
    nothing = numbers_against_gold(median(measured()), gold().iloc[:0])
    assert (nothing.gold_tasks, nothing.measured) == (0, 0)
    assert np.isnan(nothing.mean_error.value)
    assert nothing.mean_error.note == "no task to take a mean of"


def test_intervals_are_asked_whether_they_hold_where_a_method_has_any():
    assert numbers_against_gold(mean(measured()), gold()).within_interval.value == 1
    assert numbers_against_gold(mean(measured(shift=9.0)), gold()).within_interval.value == 0
    without = numbers_against_gold(median(measured()), gold()).within_interval
    assert np.isnan(without.value)
    assert without.note == "median has no intervals"


def test_groups_are_what_intervals_rest_on():
    groups = pd.Series({task: n // 10 for n, task in enumerate(TASKS)})
    found = numbers_against_gold(median(measured(noise=1.0)), gold(), groups=groups)
    assert found.mean_absolute_error.groups == 2
    assert np.isnan(found.mean_absolute_error.low)


def test_the_order_of_gold_does_not_matter():
    inferred, ordered = median(measured(noise=0.3)), gold()
    found = numbers_against_gold(inferred, ordered)
    assert numbers_against_gold(inferred, ordered[::-1]) == found
    assert found.root_mean_square_error.value == pytest.approx(0.3)
