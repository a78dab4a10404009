import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core.agreement.icc import intraclass_correlation
from groundkeeper.errors import UnknownNameError

FORMS = ("icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k")
# Shrout and Fleiss (1979), table 2: six targets, judges 1 to 4 one after the other.
SHROUT = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]
# R package irr, data anxiety: 20 subjects, raters 1 to 3 one after the other.
ANXIETY = ["33345523522615221243", "36462424332333221334", "21443216111233113322"]

tables = arrays(
    np.float64, st.tuples(st.integers(2, 4), st.integers(2, 6)), elements=st.integers(0, 9)
)


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        ("icc_1_1", "0.17", "-0.133", "0.723"),
        ("icc_2_1", "0.29", "0.019", "0.761"),
        ("icc_3_1", "0.71", "0.342", "0.946"),
        ("icc_1_k", "0.44", "-0.884", "0.912"),
        ("icc_2_k", "0.62", "0.071", "0.927"),
        ("icc_3_k", "0.91", "0.676", "0.986"),
    ],
)
def test_all_forms_are_those_of_shrout_and_fleiss(form, value, low, high):
    """Shrout and Fleiss (1979), table 4; the intervals as R psych, ICC, has them of the same ratings."""
    found = intraclass_correlation(form, SHROUT)
    assert f"{found.value:.2f}" == value
    assert (f"{found.low:.3f}", f"{found.high:.3f}") == (low, high)
    assert (found.n, found.raters, found.note) == (6, 4, "")


def test_the_intraclass_correlation_of_irr():
    """R irr, icc(anxiety, model="twoway", type="agreement"): 0.198, F = 1.83, -0.039 to 0.494."""
    found = intraclass_correlation("icc_2_1", [[int(one) for one in row] for row in ANXIETY])
    assert f"{found.value:.3f} {found.statistic:.2f}" == "0.198 1.83"
    assert (f"{found.low:.3f}", f"{found.high:.3f}") == ("-0.039", "0.494")


def test_the_same_measurements_of_all_raters_agree_fully():
    for form in FORMS:
        assert intraclass_correlation(form, [[1, 4, 2], [1, 4, 2]]).value == pytest.approx(1)


def test_a_rater_who_is_always_higher_counts_against_agreement_unless_raters_are_fixed():
    table = [[1, 4, 2, 7], [3, 6, 4, 9]]
    assert intraclass_correlation("icc_3_1", table).value == pytest.approx(1)
    assert intraclass_correlation("icc_2_1", table).value < 0.9
    assert intraclass_correlation("icc_1_1", table).value < 0.9


def test_units_with_gaps_are_left_out_and_counted():
    whole = np.array(SHROUT, dtype=float)
    gaps = np.column_stack([whole, [5.0, np.nan, 3.0, 2.0], np.full(4, np.nan)])
    for form in FORMS:
        found, expected = (intraclass_correlation(form, table) for table in (gaps, whole))
        assert (found.value, found.low) == (expected.value, expected.low)
        assert found.note == "1 units with gaps left out"


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1.0, 2.0]], "fewer than two"),
        ([[1.0], [2.0]], "fewer than two"),
        ([[np.nan, np.nan], [1.0, 2.0]], "fewer than two"),
        ([[3.0, 3.0], [3.0, 3.0]], "units do not differ"),
    ],
)
def test_nothing_to_share_out_is_nan_and_says_why(table, reason):
    for form in FORMS:
        found = intraclass_correlation(form, table)
        assert math.isnan(found.value)
        assert found.note.startswith(reason)


@pytest.mark.parametrize(
    ("table", "undefined", "reason"),
    [
        # The two units have one mean: MS of units 0, and the mean of raters has nothing to divide by.
        ([[1.0, 2.0], [2.0, 1.0]], {"icc_1_k", "icc_2_1", "icc_2_k", "icc_3_k"}, "the mean square of units is 0"),
        ([[1.0, 3.0, 2.0], [3.0, 1.0, 2.0]], {"icc_1_k", "icc_2_k", "icc_3_k"}, "the mean square of units is 0"),
        # MS of units 0.25, of raters 0, of the rest 6.25: 0.25 + (0 - 6.25) / 3 < 0, and the quotient is 3.27.
        ([[1.0, 3.0, 5.5], [5.0, 3.0, 1.5]], {"icc_2_k"}, "agreement of single raters is so low"),
    ],
)  # fmt: skip
def test_a_reliability_that_does_not_exist_is_nan_and_says_why(table, undefined, reason):
    """Shrout and Fleiss (1979), p. 423 f.; McGraw and Wong (1996), table 4: what the forms are divided by."""
    for form in FORMS:
        found = intraclass_correlation(form, table)
        assert math.isnan(found.value) == (form in undefined), form
        assert found.note.startswith(reason) == (form in undefined), form


def test_a_form_that_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="icc_2_1"):
        intraclass_correlation("icc_4_1", SHROUT)


@settings(deadline=None)
@given(tables, st.floats(-5, 5), st.floats(0.5, 4))
def test_unit_and_origin_of_the_measurements_do_not_matter(table, shift, scale):
    for form in FORMS:
        one, other = (intraclass_correlation(form, each) for each in (table, table * scale + shift))
        # Without spread beyond rounding there is nothing to compare.
        if table.std() > 0 and one.statistic < 1e9:
            np.testing.assert_allclose(one.value, other.value, rtol=1e-6, atol=1e-6)


@settings(deadline=None)
@given(tables)
def test_every_figure_is_finite_or_nan_with_a_reason(table):
    for form in FORMS:
        found = intraclass_correlation(form, table)
        figures = (found.value, found.low, found.high)
        assert not any(math.isinf(one) for one in figures)
        assert found.note or not any(math.isnan(one) for one in figures)


@settings(deadline=None)
@given(tables)
def test_a_value_is_inside_its_interval_and_at_most_one(table):
    for form in FORMS:
        found = intraclass_correlation(form, table)
        assert not found.value > 1 + 1e-12
        # Satterthwaite's degrees of freedom are approximate, and far off where raters differ more than units.
        if found.value >= 0 or not form.startswith("icc_2"):
            assert not found.low > found.value + 1e-9
            assert not found.high < found.value - 1e-9
