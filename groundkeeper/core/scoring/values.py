"""Values that somebody says of items against those of the ground truth: classes, grades and numbers.

Who says nothing of an item, or says what is no value, is not judged there: such items are counted, and in no figure.

References
----------
Brodersen, Ong, Stephan and Buhmann (2010), The Balanced Accuracy and Its Posterior Distribution,
https://doi.org/10.1109/ICPR.2010.764: the mean recall of the classes.
Cohen (1960), https://doi.org/10.1177/001316446002000104, and (1968), https://doi.org/10.1037/h0026256: kappa.
Lin (1989), A Concordance Correlation Coefficient to Evaluate Reproducibility, https://doi.org/10.2307/2532051.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.estimates import Floats, divide, ratio
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.scoring.certainty.ratios import Ratios, Within, ratio_of
from groundkeeper.core.scoring.object_figures import SHARE, class_figures, macro_figures
from groundkeeper.core.scoring.outcomes import class_names, typed
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import TableError, listing
from schemas.enums import Outcome

NOTHING: Final = "no value could be compared"
ALL_THE_SAME: Final = "everything is of one value, so chance agrees on all of it"
ONE_VALUE: Final = "the ground truth does not vary"
OFTEN: Final = replace(ratio_of((1, 0), (0, 1), counts=False, highest=math.inf), fails_wholly=False)
"""The mean of amounts from 0 on."""
EITHER_WAY: Final = ratio_of((1, 0), (0, 1), counts=False, lowest=-math.inf, highest=math.inf)
"""The mean of amounts that may be below 0."""
MARGINS: Final = 2
"""Columns before the shares of the values in what adds up to kappa."""


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """n items of which both sides say something, in the order of their ids.

    Attributes
    ----------
    item_ids : object[n]
    truth, said : object[n]
        The value of each side.
    unanswered : int
        Items of the ground truth of which nothing was said.
    unusable : int
        Items of which something was said that is no value, such as a number that is not finite.
    not_in_truth : int
        Items of which something was said, and which the ground truth does not have.
    """

    item_ids: npt.NDArray[np.object_]
    truth: npt.NDArray[np.object_]
    said: npt.NDArray[np.object_]
    unanswered: int
    unusable: int
    not_in_truth: int


def paired(truth: pd.Series, said: pd.Series, *, numbers: bool = False) -> Paired:
    """Return the items of which both sides say something.

    Parameters
    ----------
    truth, said : Series
        The value of each item, by ``item_id``; missing where nothing is said. With *numbers* these are numbers.

    Raises
    ------
    TableError
        If an item stands twice on one side, or a number of the ground truth is not finite.

    Examples
    --------
    >>> truth = pd.Series({"a": "cat", "b": "dog", "c": "dog"})
    >>> found = paired(truth, pd.Series({"a": "cat", "b": None, "d": "cat"}, dtype=object))
    >>> found.item_ids.tolist(), found.unanswered, found.not_in_truth
    (['a'], 2, 1)
    """
    for side, values in (("ground truth", truth), ("what is scored", said)):
        repeated = values.index[values.index.duplicated()]
        if len(repeated):
            places = listing(sorted({str(one) for one in repeated}))
            message = f"{side}: found two values of one item ({places}); allowed is one; leave the others out"
            raise TableError(message)
    known, told = truth.dropna(), said.dropna()
    usable = told
    if numbers:
        if not np.isfinite(known.to_numpy(dtype=np.float64)).all():
            message = (
                "ground truth: found a number that is not finite; allowed is a number, or nothing"
            )
            raise TableError(message)
        usable = told[np.isfinite(told.to_numpy(dtype=np.float64))]
    both = known.index.intersection(usable.index).sort_values()
    return Paired(
        both.to_numpy(dtype=object),
        known.loc[both].to_numpy(dtype=object),
        usable.loc[both].to_numpy(dtype=object),
        int((~known.index.isin(told.index)).sum()),
        int((known.index.isin(told.index) & ~known.index.isin(usable.index)).sum()),
        int((~told.index.isin(truth.index)).sum()),
    )


def value_outcomes(pairs: Paired, subject: str) -> pd.DataFrame:
    """Return what became of every item of which both sides say a class or a grade, as the table ``outcomes``."""
    truth = np.array([str(one) for one in pairs.truth], dtype=object)
    said = np.array([str(one) for one in pairs.said], dtype=object)
    outcome = np.where(truth == said, Outcome.CORRECT.value, Outcome.MISMATCH.value)
    return typed(
        pd.DataFrame(
            {
                "subject": subject,
                "item_id": pairs.item_ids,
                "outcome": outcome,
                "truth": truth,
                "said": said,
            },
            index=range(len(truth)),
        )
    )


def classification_figures(pairs: Paired, subject: str) -> list[Figure]:
    """Return accuracy, balanced accuracy, macro precision and F1, Cohen's kappa, and every class against the rest.

    ``balanced_accuracy`` is the mean recall over the classes of the ground truth.

    Examples
    --------
    >>> truth = pd.Series({"a": "cat", "b": "cat", "c": "cat", "d": "dog"})
    >>> figures = classification_figures(paired(truth, truth.replace("dog", "cat")), "model")
    >>> {f.measure: f.statistic(f.contributions.sum(axis=0)[None]).round(2).item() for f in figures[:2]}
    {'accuracy': 0.75, 'balanced_accuracy': 0.5}
    """
    outcomes = value_outcomes(pairs, subject)
    names = {"macro_recall": "balanced_accuracy"}
    macro = [
        replace(figure, measure=names.get(figure.measure, figure.measure))
        for figure in macro_figures(outcomes, subject)
    ]
    first = _mean("accuracy", pairs, _same(pairs), subject, SHARE)
    found = [first, *sorted(macro, key=lambda figure: figure.measure)]
    found.append(_kappa("cohen_kappa", pairs, class_names(outcomes), None, subject))
    for name in class_names(outcomes):
        found += class_figures(outcomes, name, f"{subject}/{name}")
    return found


def ordinal_figures(pairs: Paired, values: Sequence[str | float], subject: str) -> list[Figure]:
    """Return how often a grade is the right one, or within one step of it, the mean error in steps, and kappas.

    ``bias`` is the mean of steps said too many. ``quadratic_kappa`` is Cohen's, weighted by squared steps.

    Parameters
    ----------
    pairs : Paired
        Grades of *values*.
    values : sequence
        All grades, in their order.
    subject : str
        The subject of the figures.

    Raises
    ------
    TableError
        If somebody says a grade that is none.

    Examples
    --------
    >>> pairs = paired(pd.Series({"a": 1, "b": 2, "c": 5}), pd.Series({"a": 1, "b": 3, "c": 3}))
    >>> figures = ordinal_figures(pairs, [1, 2, 3, 4, 5], "model")
    >>> [f.statistic(f.contributions.sum(axis=0)[None]).round(3).item() for f in figures[:4]]
    [0.333, 0.667, 1.0, -0.333]
    """
    names = [str(one) for one in values]
    steps = _places(pairs.said, names) - _places(pairs.truth, names)
    in_steps = replace(OFTEN, highest=max(1.0, len(names) - 1.0))
    return [
        _mean("accuracy", pairs, steps == 0, subject, SHARE),
        _mean("within_one", pairs, np.abs(steps) <= 1, subject, SHARE),
        _mean("mean_absolute_error", pairs, np.abs(steps), subject, in_steps),
        _mean("bias", pairs, steps, subject, EITHER_WAY),
        _kappa("cohen_kappa", pairs, names, None, subject),
        _kappa(
            "quadratic_kappa",
            pairs,
            names,
            agreement_weights("quadratic", np.arange(len(names))),
            subject,
        ),
    ]


def number_figures(
    pairs: Paired, subject: str, between: tuple[float, float] = (-math.inf, math.inf)
) -> Iterator[Figure]:
    """Yield mean absolute error, root mean squared error, bias, R2 and concordance of numbers.

    Numbers are *between* a smallest and a largest where the guideline says so, which bounds how large an error can be;
    who ever says a number outside bounds nothing.

    R2 is ``1 - sum (said - truth)^2 / sum (truth - mean truth)^2``, below 0 of who does worse than the mean of the
    ground truth would; it is undefined where the ground truth does not vary. Concordance is Lin's, with moments over n;
    it is undefined where neither side varies, and 0 where one does not.

    Examples
    --------
    >>> truth = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0})
    >>> figures = number_figures(paired(truth, truth + 1, numbers=True), "model")
    >>> [f.statistic(f.contributions.sum(axis=0)[None]).round(3).item() for f in figures]
    [1.0, 1.0, 1.0, -0.5, 0.571]
    """
    truth, said = pairs.truth.astype(np.float64), pairs.said.astype(np.float64)
    error = said - truth
    absolute = replace(OFTEN, highest=_furthest(truth, said, between))
    yield _mean("mean_absolute_error", pairs, np.abs(error), subject, absolute)
    squares = np.column_stack([np.square(error), np.ones(len(error))])
    yield Figure(
        "root_mean_squared_error", subject, pairs.item_ids, squares, ROOT, because(NOTHING)
    )
    yield _mean("bias", pairs, error, subject, EITHER_WAY)
    # Both are of differences alone: numbers far from zero would lose their digits when squared.
    middle = float(truth.mean()) if len(truth) else 0.0
    left, right = truth - middle, said - middle
    moments = np.column_stack(
        [np.ones(len(left)), left, right, np.square(left), np.square(right), left * right]
    )
    for measure, statistic in (
        ("r_squared", Within(_r_squared, highest=1.0)),
        ("concordance", Within(_concordance, -1.0, 1.0)),
    ):
        yield Figure(measure, subject, pairs.item_ids, moments, statistic, _why_no_variance)


def kappa_of_sums(sums: Floats, weights: Floats) -> Floats:
    """Return Cohen's kappa of each row of *sums*, nan where chance agrees on everything.

    Parameters
    ----------
    sums : float[rounds, 2 + 2 k]
        Agreement, units, and how often either side says each of k values.
    weights : float[k, k]
        How much two values agree.

    Examples
    --------
    >>> kappa_of_sums(np.array([[3.0, 4.0, 2.0, 2.0, 1.0, 3.0]]), np.eye(2))
    array([0.5])
    """
    units = sums[:, 1:MARGINS]
    first, second = np.split(divide(sums[:, MARGINS:], units), 2, axis=1)
    observed = divide(sums[:, 0], sums[:, 1])
    expected = ((first @ weights) * second).sum(axis=1)
    # Sums of shares are not exact: what is 1 but for the last digits is 1.
    return np.where(expected < 1 - 1e-12, divide(observed - expected, 1 - expected), np.nan)


def _kappa(
    measure: str, pairs: Paired, names: Sequence[str], weights: Floats | None, subject: str
) -> Figure:
    alike = np.eye(len(names)) if weights is None else weights
    truth, said = _places(pairs.truth, names), _places(pairs.said, names)
    one_hot = np.eye(len(names))
    sums = np.column_stack([alike[truth, said], np.ones(len(truth)), one_hot[truth], one_hot[said]])
    return Figure(
        measure,
        subject,
        pairs.item_ids,
        sums,
        Within(partial(kappa_of_sums, weights=alike), -1.0, 1.0),
        lambda total: ALL_THE_SAME if total[1:MARGINS].any() else NOTHING,
    )


def _places(values: npt.NDArray[np.object_], names: Sequence[str]) -> Integers:
    texts = [str(one) for one in values]
    place = pd.Index(names).get_indexer(pd.Index(texts, dtype=object)).astype(np.int64)
    if (place < 0).any():
        foreign = sorted({text for text, code in zip(texts, place, strict=True) if code < 0})
        message = f"values: found {listing(map(repr, foreign))}; allowed is {listing(names)}; correct them"
        raise TableError(message)
    return np.asarray(place)


def _same(pairs: Paired) -> npt.NDArray[np.bool_]:
    both = zip(pairs.truth, pairs.said, strict=True)
    return np.array([str(left) == str(right) for left, right in both], dtype=np.bool_)


def _mean(
    measure: str,
    pairs: Paired,
    values: npt.NDArray[np.generic],
    subject: str,
    statistic: Ratios,
) -> Figure:
    sums = np.column_stack([values, np.ones(len(values))]).astype(np.float64)
    return Figure(measure, subject, pairs.item_ids, sums, statistic, because(NOTHING))


def _furthest(truth: Floats, said: Floats, between: tuple[float, float]) -> float:
    """Return how far apart two numbers *between* these can be; infinite if nothing bounds them, or one is outside."""
    least, most = between
    is_inside = all(((least <= side) & (side <= most)).all() for side in (truth, said))
    return most - least if is_inside and least < most else math.inf


def _root(sums: Floats) -> Floats:
    return np.sqrt(ratio(np.maximum(sums, 0.0)))


ROOT: Final = Within(_root, lowest=0.0)
"""The root of a mean of squares, of their sum and their number."""


def _r_squared(sums: Floats) -> Floats:
    n, left, _, of_truth, of_said, both = sums.T
    residual = of_truth + of_said - 2 * both
    return 1 - divide(residual, _positive(of_truth - divide(np.square(left), n), of_truth))


def _concordance(sums: Floats) -> Floats:
    n, left, right, of_truth, of_said, both = sums.T
    apart = divide(np.square(left - right), n)
    varied = of_truth + of_said - divide(np.square(left) + np.square(right), n)
    varied = _positive(varied, of_truth + of_said)
    covaried = both - divide(left * right, n)
    return np.where(varied > 0, divide(2 * covaried, varied + apart), np.nan)


def _positive(values: Floats, scale: Floats) -> Floats:
    """Return *values*, 0 where they are nothing but what rounding left of numbers as large as *scale*."""
    return np.where(values > 1e-12 * scale, values, 0.0)


def _why_no_variance(sums: Floats) -> str:
    return ONE_VALUE if sums[0] else NOTHING
