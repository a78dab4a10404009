"""Agreement and truth do not depend on the unit of measurement, however large or small."""

import math

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.agreement.icc import intraclass_correlation
from groundkeeper.core.agreement.krippendorff import (
    interval_alpha_of_sums,
    interval_coincidences,
    krippendorff_alpha,
)
from groundkeeper.core.agreement.krippendorff_error import krippendorff
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.magnitude import moderate
from groundkeeper.core.truth.gaussian import gaussian_model
from groundkeeper.core.truth.numbers import code_numbers, mean, median, weighted
from groundkeeper.errors import RefusedError

pytestmark = pytest.mark.filterwarnings("error")
UNITS = (1e300, 1e-300, 1e307, 1e-307)
VALUES = np.array([1.0, 2.0, 5.0, 9.0])
COUNTS = np.array([[2, 0, 0, 1], [0, 2, 1, 0], [0, 1, 1, 0], [1, 0, 0, 2], [0, 0, 3, 0]])
MEASURED = np.array([[9.0, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4]])
of_every_unit = pytest.mark.parametrize("unit", UNITS)


@of_every_unit
@pytest.mark.parametrize("weighting", ["linear", "quadratic", "radical", "ratio", "bipolar"])
def test_weights_do_not_depend_on_the_unit(weighting, unit):
    found = agreement_weights(weighting, VALUES * unit)
    np.testing.assert_allclose(found, agreement_weights(weighting, VALUES), rtol=1e-9)


@of_every_unit
def test_circular_weights_are_between_0_and_1_whatever_the_unit(unit):
    weights = agreement_weights("circular", VALUES * unit)
    assert (weights.min(), weights.max()) == (0, 1)


def test_tiny_values_are_not_lost_beside_huge_ones_on_a_ratio_scale():
    values = np.array([1e-300, 2e-300, 1e300])
    assert agreement_weights("ratio", values)[0, 1] == pytest.approx(8 / 9)
    # Ratings 1, 1 | 2, 2 | 1, 2 of the tiny ones: 1 - 5 / 9, as on any scale of two values.
    counts = np.array([[2, 0, 0], [0, 2, 0], [1, 1, 0]])
    assert krippendorff_alpha(counts, "ratio", values) == pytest.approx(4 / 9)


def test_infinite_values_have_no_weights():
    with pytest.raises(RefusedError, match="weights need finite numbers"):
        agreement_weights("linear", [1.0, math.inf])


@of_every_unit
@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_alpha_does_not_depend_on_the_unit(level, unit):
    found, plain = (krippendorff(COUNTS, level, VALUES * one) for one in (unit, 1.0))
    assert (found.value, found.se) == (pytest.approx(plain.value), pytest.approx(plain.se))
    assert krippendorff_alpha(COUNTS, level, VALUES * unit) == pytest.approx(plain.value)


@of_every_unit
def test_alpha_of_measurements_does_not_depend_on_the_unit(unit):
    values, units = np.array([1.0, 2, 4, 5, 3, 7]), [0, 0, 1, 1, 2, 2]
    found, plain = (
        interval_alpha_of_sums(interval_coincidences(values * one, units).sum(axis=0)[None])[0]
        for one in (unit, 1.0)
    )
    assert found == pytest.approx(plain)


@of_every_unit
@pytest.mark.parametrize("form", ["icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"])
def test_the_intraclass_correlation_does_not_depend_on_the_unit(form, unit):
    found, plain = (intraclass_correlation(form, MEASURED * one) for one in (unit, 1.0))
    for name in ("value", "low", "high", "statistic"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name))


@pytest.mark.parametrize("unit", [1e300, 1e-300, 5e305, 1e-307])
@pytest.mark.parametrize("method", [mean, median, weighted, gaussian_model])
def test_inferred_numbers_are_in_the_unit_of_the_measurements(method, unit):
    rows = [
        (t, w, 10.0 * t + 3 * (w == "z") + 0.1 * ((t + ord(w)) % 3 - 1))
        for t in range(9)
        for w in "xyz"
    ]
    table = pd.DataFrame(rows, columns=["task", "annotator", "value"])
    plain = method(code_numbers(table))
    measured = code_numbers(table.assign(value=table["value"] * unit))
    found = method(measured)
    assert found.measured is measured
    for name in ("value", "sd", "low", "high"):
        scaled = getattr(found, name) / unit
        np.testing.assert_allclose(scaled, getattr(plain, name), rtol=1e-6, atol=1e-6)
    assert (found.fit.iterations, found.fit.converged) == (plain.fit.iterations, True)
    if plain.bias is not None:
        for ours, theirs in ((found.bias, plain.bias), (found.noise, plain.noise)):
            np.testing.assert_allclose(ours.value / unit, theirs.value, rtol=1e-6, atol=1e-6)
            np.testing.assert_allclose(ours.low / unit, theirs.low, rtol=1e-6, atol=1e-6)


def test_the_given_precisions_are_of_the_unit_of_the_measurements():
    table = pd.DataFrame({"task": "a", "annotator": ["x", "y"], "value": [1e300, 4e300]})
    found = weighted(code_numbers(table), precision={"x": 2.0, "y": 1.0})
    assert (found.value[0], found.sd[0]) == (pytest.approx(2e300), pytest.approx(3**-0.5))


def test_ordinary_numbers_stay_as_they_are():
    values = np.array([1e-50, np.nan, -3e50])
    found, exponent = moderate(values)
    assert found is values
    assert exponent == 0
    assert moderate(np.empty(0))[1] == moderate(np.zeros(2))[1] == 0
