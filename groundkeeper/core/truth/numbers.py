"""Several annotators' measurements of the same things, and the number they come to.

Values without a model: ``mean``, ``median`` and ``weighted``. The module ``gaussian`` has the model of annotators with
a bias and a noise of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri, stdtrit

from groundkeeper.core.estimates import divide
from groundkeeper.core.magnitude import moderate
from groundkeeper.core.runs import offsets_of
from groundkeeper.core.truth.coding import code_names
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.core.truth.labels import Codes, Floats, Starts
from groundkeeper.core.truth.shares import total_by
from groundkeeper.errors import RefusedError, TableError, listing

COLUMNS: Final = ("task", "annotator", "value")
"""What ``code_numbers`` reads of a table."""
NEEDS: Final = "every measurement needs a task and an annotator"
PRIOR_ANSWERS: Final = 1.0
"""With how many answers of ordinary noise an annotator is credited before the first one."""
NOT_TWICE: Final = "no task has two answers, so nothing is known of their noise"
"""Why there is no interval."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """The measurements of tasks, sorted by task, annotator and value, so that the order of rows does not matter.

    Attributes
    ----------
    tasks, annotators : Index
        The names behind the codes, ascending; tasks that nobody measured are among them.
    starts : int64[n_tasks + 1]
        The measurements of task t are those from ``starts[t]`` to ``starts[t + 1]``.
    annotator : int32[n]
        Code of the annotator of each measurement.
    value : float64[n]
    repeated : int
        How many measurements were made by an annotator who had already measured the task. Each of them counts.
    unsaid : int
        How many rows had no number.
    """

    tasks: pd.Index
    annotators: pd.Index
    starts: Starts
    annotator: Codes
    value: Floats
    repeated: int
    unsaid: int

    @property
    def n_tasks(self) -> int:
        """How many tasks there are, measured or not."""
        return len(self.tasks)

    @property
    def n_annotators(self) -> int:
        """How many annotators there are."""
        return len(self.annotators)

    @cached_property
    def task(self) -> npt.NDArray[np.intp]:
        """Code of the task of each measurement."""
        return np.repeat(np.arange(self.n_tasks), np.diff(self.starts))


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """Estimates ``value`` with the intervals from ``low`` to ``high``, each [n]; nan where undefined."""

    value: Floats
    low: Floats
    high: Floats

    def times(self, exponent: int) -> "Bounded":
        """Return the same times two to the *exponent*."""
        return Bounded(*(np.ldexp(each, exponent) for each in (self.value, self.low, self.high)))


@dataclass(frozen=True, slots=True, eq=False)
class InferredNumbers:
    """The answer of one method for measurements.

    Attributes
    ----------
    method : str
        Its name.
    measured : Measurements
        What it was inferred from.
    value : float64[n_tasks]
        nan for a task that nobody measured.
    sd : float64[n_tasks]
        Standard deviation of the value, in its unit; nan where the method has none.
    low, high : float64[n_tasks]
        Interval of the value.
    bias, noise : Bounded, optional
        How far above the truth each annotator measures on average, and the standard deviation around that, in the unit
        of the value; nan for who measured nothing. None for a method without a model of annotators.
    fit : Fit
    """

    method: str
    measured: Measurements
    value: Floats
    sd: Floats
    low: Floats
    high: Floats
    bias: Bounded | None = None
    noise: Bounded | None = None
    fit: Fit = field(default=Fit(0, converged=True))

    def of(self, measured: Measurements, exponent: int) -> "InferredNumbers":
        """Return the answer for what was *measured*, if this is that for it over two to the *exponent*."""
        if not exponent:
            return self
        value, sd, low, high = (
            np.ldexp(each, exponent) for each in (self.value, self.sd, self.low, self.high)
        )
        bias, noise = (each and each.times(exponent) for each in (self.bias, self.noise))
        return InferredNumbers(self.method, measured, value, sd, low, high, bias, noise, self.fit)


def code_numbers(table: pd.DataFrame, *, tasks: Sequence[object] | None = None) -> Measurements:
    """Return the measurements of *table* as codes.

    Parameters
    ----------
    table : DataFrame
        One row per measurement: ``task, annotator, value``. A missing value, or nan, says nothing; it keeps its task
        and its annotator known.
    tasks : sequence, optional
        Further tasks, which nobody may have measured.

    Raises
    ------
    TableError
        If *table* lacks a column.
    RefusedError
        If a task or an annotator is missing, or a value is infinite.
    """
    lacking = [column for column in COLUMNS if column not in table.columns]
    if lacking:
        message = f"a table of measurements lacks the columns {listing(lacking)}; it needs {listing(COLUMNS)}; add them"
        raise TableError(message)
    numbers = table["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        endless = listing(table["task"][np.isinf(numbers)].map(str).unique())
        message = f"infinite measurements of {endless}; a measurement is a finite number, or missing; correct them"
        raise RefusedError(message)
    rows = "measurements"
    every_task, task_names = code_names(table["task"], "task", rows, NEEDS, tasks)
    every_annotator, annotators = code_names(table["annotator"], "annotator", rows, NEEDS)
    said = ~np.isnan(numbers)
    task, annotator = every_task[said], every_annotator[said]
    order = np.lexsort((numbers[said], annotator, task))
    task, annotator = task[order], annotator[order]
    again = (task[1:] == task[:-1]) & (annotator[1:] == annotator[:-1])
    counts = np.bincount(task, minlength=len(task_names))
    return Measurements(
        tasks=task_names,
        annotators=annotators,
        starts=offsets_of(counts),
        annotator=annotator.astype(np.int32),
        value=numbers[said][order],
        repeated=int(again.sum()),
        unsaid=int((~said).sum()),
    )


def mean(measured: Measurements, *, confidence: float = 0.95) -> InferredNumbers:
    """Return the mean measurement of each task.

    Its interval is Student's, from the variance of measurements around the mean of their task, pooled over all tasks.

    Examples
    --------
    >>> table = pd.DataFrame({"task": list("aabb"), "annotator": list("xyxy"), "value": [1.0, 3, 5, 7]})
    >>> found = mean(code_numbers(table))
    >>> found.value, found.sd, found.low.round(2)
    (array([2., 6.]), array([1., 1.]), array([-2.3,  1.7]))
    """
    given, (measured, exponent) = measured, moderated(measured)
    answers = np.diff(measured.starts)
    value = divide(totals(measured, measured.value), answers)
    variance, freedom = pooled_variance(measured)
    sd = np.sqrt(divide(np.full(measured.n_tasks, variance), answers))
    away = float(stdtrit(freedom, (1 + confidence) / 2)) if freedom else np.nan
    fit = Fit(0, converged=True, note="" if freedom else NOT_TWICE)
    found = InferredNumbers(
        "mean", measured, value, sd, value - away * sd, value + away * sd, fit=fit
    )
    return found.of(given, exponent)


def median(measured: Measurements) -> InferredNumbers:
    """Return the median measurement of each task: the middle one, or the mean of the middle two; without an interval.

    Examples
    --------
    >>> table = pd.DataFrame({"task": list("aaa"), "annotator": list("xyz"), "value": [1.0, 3, 50]})
    >>> median(code_numbers(table)).value
    array([3.])
    """
    answers = np.diff(measured.starts)
    ascending = measured.value[np.lexsort((measured.value, measured.task))]
    value = np.full(measured.n_tasks, np.nan)
    known = answers > 0
    first, n = measured.starts[:-1][known], answers[known]
    lower, upper = ascending[first + (n - 1) // 2], ascending[first + n // 2]
    # Half of the smallest number above 0 is 0.
    value[known] = np.where(lower == upper, lower, lower / 2 + upper / 2)
    unknown = np.full(measured.n_tasks, np.nan)
    return InferredNumbers("median", measured, value, unknown, unknown, unknown)


def weighted(
    measured: Measurements,
    *,
    precision: Mapping[object, float] | None = None,
    prior_answers: float = PRIOR_ANSWERS,
    confidence: float = 0.95,
) -> InferredNumbers:
    """Return the mean measurement of each task, each annotator weighted by the *precision* of theirs.

    Parameters
    ----------
    measured : Measurements
    precision : mapping, optional
        One over the variance of each annotator's measurements, above 0. Without it the variance is estimated: the mean
        of ``n / (n - 1)`` times the squared distance from the mean of the n measurements of the task. That is unbiased
        where all are equally precise, and draws those who are not towards the others where they are not.
    prior_answers : float
        How many measurements with the variance of all annotators together the estimate of each starts from.
    confidence : float
        In (0, 1). The interval takes the precisions for known.

    Raises
    ------
    RefusedError
        If *precision* lacks an annotator, or is not above 0.

    Examples
    --------
    >>> table = pd.DataFrame({"task": list("aa"), "annotator": list("xy"), "value": [1.0, 4.0]})
    >>> weighted(code_numbers(table), precision={"x": 2.0, "y": 1.0}).value
    array([2.])
    """
    given, exponent, note, unit = measured, 0, "", 1.0
    if precision is not None:
        weight = _given(measured, precision)
    else:
        measured, exponent = moderated(measured)
        variance, freedom = pooled_variance(measured)
        note = "" if freedom else NOT_TWICE
        if variance > 0:
            weight = 1 / _variances(measured, variance, prior_answers)
        else:
            weight, unit = np.ones(measured.n_annotators), variance  # 0, or unknown
    of_answer = weight[measured.annotator]
    total = totals(measured, of_answer)
    value = divide(totals(measured, of_answer * measured.value), total)
    sd = unit * np.sqrt(divide(np.ones(measured.n_tasks), total))
    away = float(ndtri((1 + confidence) / 2))
    fit = Fit(0, converged=True, note=note)
    found = InferredNumbers(
        "weighted", measured, value, sd, value - away * sd, value + away * sd, fit=fit
    )
    return found.of(given, exponent)


def moderated(measured: Measurements) -> tuple[Measurements, int]:
    """Return the measurements in a unit of their size where they are all huge or tiny, and its power of two."""
    value, exponent = moderate(measured.value)
    return (replace(measured, value=value), exponent) if exponent else (measured, 0)


def totals(measured: Measurements, amounts: Floats) -> Floats:
    """Return ``[n_tasks]``: the sum of *amounts* ``[n]``, one a measurement, over each task."""
    return total_by(measured.task, amounts, measured.n_tasks)


def pooled_variance(measured: Measurements) -> tuple[float, int]:
    """Return the variance of measurements around the mean of their task, and its degrees of freedom.

    Both over all tasks together; nan with no degree of freedom, that is if no task has two measurements. Measurements
    that all agree have the variance 0, whatever their sums round to.
    """
    answers = np.diff(measured.starts)
    freedom = int((answers - 1).clip(min=0).sum())
    if not freedom:
        return np.nan, 0
    apart = np.square(_from_first(measured))
    if not apart.any():
        return 0.0, freedom
    return float(_squares(measured).sum() / freedom), freedom


def _from_first(measured: Measurements) -> Floats:
    """Return ``[n]``: how far each measurement is from the first of its task."""
    first: Floats = measured.value[measured.starts[:-1][measured.task]]
    return measured.value - first


def _squares(measured: Measurements) -> Floats:
    """Return ``[n]``: the squared distance of each measurement from the mean of its task."""
    apart = _from_first(measured)
    centre = divide(totals(measured, apart), np.diff(measured.starts))
    return np.asarray(np.square(apart - centre[measured.task]))


def _variances(measured: Measurements, pooled: float, prior_answers: float) -> Floats:
    """Return ``[n_annotators]``: the variance of each one's measurements, drawn towards the *pooled* one."""
    answers = np.diff(measured.starts)[measured.task]
    squares = _squares(measured) * answers / np.maximum(answers - 1, 1)
    of_annotator = total_by(measured.annotator, squares, measured.n_annotators)
    counted = total_by(measured.annotator, (answers > 1).astype(np.float64), measured.n_annotators)
    return (of_annotator + prior_answers * pooled) / (counted + prior_answers)


def _given(measured: Measurements, precision: Mapping[object, float]) -> Floats:
    """Return ``[n_annotators]``: the *precision* of each annotator."""
    missing = [name for name in measured.annotators if name not in precision]
    if missing:
        message = f"no precision of {listing(missing)}; every annotator needs one; give it, or none at all"
        raise RefusedError(message)
    given = np.array([precision[name] for name in measured.annotators], dtype=np.float64)
    wrong = measured.annotators[~((given > 0) & np.isfinite(given))]
    if len(wrong):
        message = f"the precision of {listing(wrong)} is not above 0; it is one over a variance; correct it"
        raise RefusedError(message)
    return given
