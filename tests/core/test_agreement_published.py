"""Coefficients, standard errors, intervals and tests that others printed, to the digits they printed."""

import numpy as np
import pandas as pd
import pytest
from builders.counted import counts_of_places

from groundkeeper.core.agreement.by_class import one_against_rest
from groundkeeper.core.agreement.chance_corrected import (
    brennan_prediger,
    chance_corrected,
    fleiss_kappa,
    fleiss_null_test,
)
from groundkeeper.core.agreement.coefficient import Inference
from groundkeeper.core.agreement.cohen import cohen_kappa, of_two_raters
from groundkeeper.core.agreement.conger import conger_kappa
from groundkeeper.core.agreement.krippendorff import alpha_of_ratings, krippendorff_alpha
from groundkeeper.core.agreement.krippendorff_error import krippendorff
from groundkeeper.core.agreement.ratings import (
    counts_of_labels,
    places_of_ratings,
    table_of_two,
)
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.truth.labels import code_labels

GAP = float("nan")
# K. L. Gwet, R package irrCAC 1.0, data distrib.6raters: 15 patients, 6 raters, 5 diagnoses.
SIX_RATERS = (
    """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031"""
)
# R package irrCAC 1.0, data cac.raw4raters; Krippendorff (2011), example C: 12 units, 4 raters.
FOUR_RATERS = """11.1 2232 3333 3333 2222 1234 4444 1121 2222 .555 ..11 ..3."""
# R package irrCAC 1.0, data cont3x3abstractors: 100 patients, 2 abstractors.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Fleiss (1971), table 1, as ratings; R package irr, data diagnoses: 30 patients, 6 raters.
DIAGNOSES = """444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444
222333 144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224
111155 224444 133333 555555"""
# R package irr, data anxiety: 20 subjects, raters 1 to 3 one after the other.
ANXIETY = "33345523522615221243 36462424332333221334 21443216111233113322"
# SAS, PROC FREQ, printed in the tests of statsmodels 0.15.
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
# Cohen (1960), p. 45: 200 diagnoses of two judges.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]


def digits(text):
    """Rows of one digit a rating, a dot for a gap."""
    return np.array([[GAP if one == "." else float(one) for one in row] for row in text.split()])


def counted(text):
    """Counts of the ratings of each unit, all values that occur, and the ratings by rater."""
    by_rater = digits(text).T
    places, values = places_of_ratings(by_rater)
    return counts_of_places(places, len(values)), values, places


SIX = digits(SIX_RATERS)
FOUR, FOUR_VALUES, FOUR_PLACES = counted(FOUR_RATERS)


def weighting(name, k):
    return agreement_weights(name, np.arange(1, k + 1))


def printed(value, like):
    """The value to the digits that the text *like* has."""
    return f"{value:.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize(
    ("chance", "weights", "value", "se", "interval", "observed", "expected"),
    [
        (
            "gwet_ac",
            "identity",
            "0.4448007",
            "0.08418757",
            ("0.264", "0.625"),
            "0.5511111",
            "0.1914815",
        ),
        (
            "fleiss_kappa",
            "identity",
            "0.4139265",
            "0.08119291",
            ("0.240", "0.588"),
            "0.5511111",
            "0.2340741",
        ),
        (
            "brennan_prediger",
            "identity",
            "0.4388889",
            "0.08312142",
            ("0.261", "0.617"),
            "0.5511111",
            "0.2000000",
        ),
        (
            "gwet_ac",
            "quadratic",
            "0.4837438",
            "0.1058227",
            ("0.257", "0.711"),
            "0.8544444",
            "0.7180556",
        ),
        (
            "fleiss_kappa",
            "quadratic",
            "0.2511909",
            "0.1457381",
            ("-0.061", "0.564"),
            "0.8544444",
            "0.8056173",
        ),
        (
            "brennan_prediger",
            "quadratic",
            "0.4177778",
            "0.1067493",
            ("0.189", "0.647"),
            "0.8544444",
            "0.7500000",
        ),
    ],
)
def test_coefficients_of_counts_are_those_of_irrcac(
    chance, weights, value, se, interval, observed, expected
):
    found = chance_corrected(chance, SIX, weighting(weights, 5))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert (printed(found.low, interval[0]), printed(found.high, interval[1])) == interval
    assert printed(found.observed, observed) == observed
    assert printed(found.expected, expected) == expected
    assert (found.n, found.raters, found.note) == (15, 6, "")


@pytest.mark.parametrize(
    ("weights", "value", "se", "interval", "p_value"),
    [
        ("identity", "0.4204384", "0.08243228", ("0.244", "0.597"), "0.0001615721"),
        ("quadratic", "0.259511", "0.133958", ("-0.028", "0.547"), "0.07315748"),
    ],
)
def test_alpha_of_counts_is_that_of_irrcac(weights, value, se, interval, p_value):
    found = krippendorff(SIX, 1 - weighting(weights, 5), linearised="counts")
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert (printed(found.low, interval[0]), printed(found.high, interval[1])) == interval
    assert printed(found.p_value, p_value) == p_value


@pytest.mark.parametrize(
    ("chance", "weights", "value", "se", "low", "observed", "expected"),
    [
        ("percent_agreement", "identity", "0.8181818", "0.12561", "0.542", "0.8181818", "0"),
        ("gwet_ac", "identity", "0.77544", "0.14295", "0.461", "0.8181818", "0.1903212"),
        ("fleiss_kappa", "identity", "0.76117", "0.15302", "0.424", "0.8181818", "0.2387153"),
        ("brennan_prediger", "identity", "0.77273", "0.14472", "0.454", "0.8181818", "0.2"),
        ("percent_agreement", "quadratic", "0.9753788", "0.09062", "0.776", "0.9753788", "0"),
        ("gwet_ac", "quadratic", "0.91400", "0.10396", "0.685", "0.9753788", "0.7137044"),
        ("fleiss_kappa", "quadratic", "0.86494", "0.14603", "0.544", "0.9753788", "0.8177083"),
        ("brennan_prediger", "quadratic", "0.90152", "0.11089", "0.657", "0.9753788", "0.75"),
    ],
)
def test_coefficients_of_ratings_with_gaps_are_those_of_irrcac(
    chance, weights, value, se, low, observed, expected
):
    found = chance_corrected(chance, FOUR, agreement_weights(weights, FOUR_VALUES))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert printed(found.low, low) == low
    assert found.high == 1
    assert printed(found.observed, observed) == observed
    assert printed(found.expected, expected) == expected


@pytest.mark.parametrize(
    ("weights", "value", "se", "low", "expected", "p_value"),
    [
        ("identity", "0.76282", "0.14917", "0.435", "0.2334252", "0.0003367066"),
        ("quadratic", "0.85771", "0.14367", "0.541", "0.8269638", "0.00009319979"),
    ],
)
def test_kappa_of_raters_with_habits_of_their_own_is_that_of_irrcac(
    weights, value, se, low, expected, p_value
):
    found = conger_kappa(FOUR_PLACES, agreement_weights(weights, FOUR_VALUES))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert found.low == pytest.approx(float(low), abs=6e-4)
    assert printed(found.expected, expected) == expected
    assert printed(found.p_value, p_value) == p_value


@pytest.mark.parametrize(
    ("weights", "value", "se", "low", "observed", "expected"),
    [
        ("identity", "0.743421052632", "0.14557", "0.419", "0.8050000", "0.24"),
        ("quadratic", "0.84911", "0.12913", "0.561", "0.9735938", "0.825"),
    ],
)
def test_alpha_of_ratings_with_gaps_is_that_of_irrcac(weights, value, se, low, observed, expected):
    found = krippendorff(FOUR, 1 - agreement_weights(weights, FOUR_VALUES))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert printed(found.low, low) == low
    assert printed(found.observed, observed) == observed
    assert printed(found.expected, expected) == expected
    assert found.n == 11


@pytest.mark.parametrize(
    ("coefficient", "weights", "value", "se", "interval"),
    [
        ("fleiss_kappa", "identity", "0.7962397", "0.05905473", ("0.679", "0.913")),
        ("gwet_ac", "identity", "0.8493305", "0.04321747", ("0.764", "0.935")),
        ("brennan_prediger", "identity", "0.8350000", "0.04693346", ("0.742", "0.928")),
        ("krippendorff_alpha", "identity", "0.7972585", "0.05905473", ("0.680", "0.914")),
        ("percent_agreement", "identity", "0.8900000", "0.03128898", ("0.828", "0.952")),
        ("fleiss_kappa", "quadratic", "0.8921093", "0.03539506", ("0.822", "0.962")),
        ("gwet_ac", "quadratic", "0.9402369", "0.01792019", ("0.905", "0.976")),
        ("brennan_prediger", "quadratic", "0.9175000", "0.02346673", ("0.871", "0.964")),
        ("krippendorff_alpha", "quadratic", "0.8926487", "0.03539506", ("0.822", "0.963")),
        ("percent_agreement", "quadratic", "0.9725000", "0.007822244", ("0.957", "0.988")),
    ],
)
def test_coefficients_of_the_table_of_two_raters_are_those_of_irrcac(
    coefficient, weights, value, se, interval
):
    found = of_two_raters(coefficient, ABSTRACTORS, weighting(weights, 3))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert (printed(found.low, interval[0]), printed(found.high, interval[1])) == interval


@pytest.mark.parametrize(
    ("weights", "value", "se", "interval"),
    [
        ("identity", "0.7964094", "0.05891072", ("0.680", "0.913")),
        ("quadratic", "0.8921569", "0.03535151", ("0.822", "0.962")),
    ],
)
def test_cohens_kappa_of_a_table_is_that_of_irrcac(weights, value, se, interval):
    found = cohen_kappa(ABSTRACTORS, weighting(weights, 3), Inference(reference="t"))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert (printed(found.low, interval[0]), printed(found.high, interval[1])) == interval


@pytest.mark.parametrize(
    ("weights", "value", "se", "interval", "z", "p_value"),
    [
        ("identity", "0.4842", "0.1380", ("0.2137", "0.7547"), "3.2626", "0.0011"),
        ("linear", "0.4701", "0.1457", ("0.1845", "0.7558"), "3.2971", "0.0010"),
    ],
)
def test_cohens_kappa_of_a_table_is_that_of_sas(weights, value, se, interval, z, p_value):
    found = cohen_kappa(SAS, weighting(weights, 3))
    assert printed(found.value, value) == value
    assert printed(found.se, se) == se
    assert (printed(found.low, interval[0]), printed(found.high, interval[1])) == interval
    assert printed(found.statistic, z) == z
    assert printed(found.p_value, p_value) == p_value


STEPS = np.abs(np.arange(5)[:, None] - np.arange(5))


@pytest.mark.parametrize(
    ("weights", "value", "z", "p_value"),
    [
        (weighting("identity", 5), "-0.006289308", "-0.0604067", "0.9518317"),
        (weighting("linear", 5), "0.1459075", "1.282472", "0.1996772"),
        (weighting("quadratic", 5), "0.2520325", "1.437451", "0.1505898"),
        (1 - np.array([0, 0, 1, 1, 2])[STEPS] / 2, "0.2391304", "1.223734", "0.2210526"),
    ],
)
def test_cohens_kappa_with_weights_is_that_of_irr(weights, value, z, p_value):
    """R irr, kappa2 of raters 2 and 3, who never said 5; printed in the tests of statsmodels 0.15."""
    places, _ = places_of_ratings(digits(ANXIETY)[1:], [1.0, 2.0, 3.0, 4.0, 6.0])
    found = cohen_kappa(table_of_two(*places, 5), weights)
    assert printed(found.value, value) == value
    assert printed(found.statistic, z) == z
    assert printed(found.p_value, p_value) == p_value


def test_cohens_own_example():
    """Cohen (1960), p. 45: .70 observed, .41 by chance, kappa .492."""
    found = cohen_kappa(COHEN)
    assert (found.observed, found.expected) == (pytest.approx(0.70), pytest.approx(0.41))
    assert printed(found.value, "0.492") == "0.492"


def test_fleiss_diagnoses():
    """Fleiss (1971): kappa .430, and those of each diagnosis, as R irr prints them; z of Fleiss, Nee and Landis."""
    counts, _, _ = counted(DIAGNOSES)
    assert printed(fleiss_kappa(counts).value, "0.4302445") == "0.4302445"
    assert printed(fleiss_null_test(counts)[1], "17.65183") == "17.65183"
    of_class = [fleiss_kappa(one_against_rest(counts, place)).value for place in range(5)]
    assert [printed(value, "0.245") for value in of_class] == [
        "0.245",
        "0.245",
        "0.520",
        "0.471",
        "0.566",
    ]


def test_the_example_of_fleiss_kappa_in_wikipedia():
    table = """0.0.0.0.14 0.2.6.4.2 0.0.3.5.6 0.3.9.2.0 2.2.8.1.1 7.7.0.0.0 3.2.6.3.0 2.5.3.2.2
    6.5.2.1.0 0.2.2.3.7"""
    counts = np.array([[int(one) for one in row.split(".")] for row in table.split()])
    assert printed(fleiss_kappa(counts).value, "0.210") == "0.210"


@pytest.mark.parametrize(
    ("counts", "fixed", "free"),
    [
        ([[6.99, 0.01], [6.99, 0.01]], "-0.166667", "0.993343"),
        ([[7, 1], [3, 5]], "0.161905", "0.214286"),
        ([[6, 1, 0], [0, 7, 0]], "0.708333", "0.785714"),
        ([[7, 0], [0, 7]], "1.000000", "1.000000"),
    ],
)
def test_marginals_fixed_and_free_are_those_of_randolphs_calculator(counts, fixed, free):
    """justusrandolph.net/kappa, printed in the tests of statsmodels 0.15; counts may be fractions."""
    assert printed(fleiss_kappa(counts).value, fixed) == fixed
    assert printed(brennan_prediger(counts).value, free) == free


@pytest.mark.parametrize(
    ("level", "value"),
    [("nominal", "0.743"), ("ordinal", "0.815"), ("interval", "0.849"), ("ratio", "0.797")],
)
def test_alpha_from_reliability_data_is_that_of_krippendorff(level, value):
    """Krippendorff (2011), example C."""
    assert printed(alpha_of_ratings(digits(FOUR_RATERS).T, level), value) == value


@pytest.mark.parametrize(
    ("ratings", "value"),
    [
        (("0100000010", "1110010000"), "0.095"),
        (("aabbdcccedda", "babbbcccedd."), "0.692"),
    ],
)
def test_alpha_of_two_observers_is_that_of_krippendorff(ratings, value):
    """Krippendorff (2011), examples A and B; in B the second observer gave d to the last unit."""
    table = [list(row.replace(".", "d")) for row in ratings]
    assert printed(alpha_of_ratings(table, "nominal"), value) == value


@pytest.mark.parametrize(("level", "value"), [("nominal", "0.691358"), ("interval", "0.810845")])
def test_the_example_of_alpha_in_wikipedia(level, value):
    by_rater = digits(".....34121133.3 1.213343....... ..21344.21133.4")
    assert printed(alpha_of_ratings(by_rater, level), value) == value


def test_the_dresses_of_nltk():
    """NLTK, test_disagreement.py, test_easy: who, which dress, label; a dress with one label says nothing."""
    rows = "1 1 YES, 2 1 NO, 3 1 NO, 1 2 YES, 2 2 NO, 3 3 NO"
    table = pd.DataFrame(
        [row.split() for row in rows.split(", ")], columns=["annotator", "task", "label"]
    )
    counts = counts_of_labels(code_labels(table))
    assert printed(krippendorff_alpha(counts, "nominal"), "-0.3333333") == "-0.3333333"
