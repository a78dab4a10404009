"""What holds for every coefficient of agreement of counts, whatever the ratings."""

import itertools
import math

import numpy as np
import pytest
from builders.counted import counts_of_places
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core.agreement.by_class import specific_agreement_sums
from groundkeeper.core.agreement.chance_corrected import (
    agreement_sums,
    chance_corrected,
    coefficient_of_sums,
    fleiss_null_test,
)
from groundkeeper.core.agreement.coefficient import Inference
from groundkeeper.core.agreement.cohen import cohen_kappa, of_two_raters
from groundkeeper.core.agreement.conger import conger_kappa
from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.agreement.krippendorff_error import krippendorff
from groundkeeper.core.agreement.ratings import table_of_two
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.errors import RefusedError, UnknownNameError

CHANCES = ("percent_agreement", "fleiss_kappa", "gwet_ac", "brennan_prediger")
WEIGHTINGS = (
    "identity",
    "linear",
    "quadratic",
    "radical",
    "ordinal",
    "ratio",
    "circular",
    "bipolar",
)
counts_tables = arrays(
    np.int64, st.tuples(st.integers(1, 7), st.integers(2, 4)), elements=st.integers(0, 3)
)
place_tables = arrays(
    np.int64, st.tuples(st.integers(2, 4), st.integers(2, 7)), elements=st.integers(-1, 2)
)
chances = st.sampled_from(CHANCES)
weightings = st.sampled_from(WEIGHTINGS)


def slow(chance, counts, weights):
    """The coefficient from its definition: all pairs of ratings of a unit, one by one."""
    units = [np.repeat(np.arange(len(row)), row) for row in counts]
    paired = [unit for unit in units if len(unit) > 1]
    rated = [unit for unit in units if len(unit)]
    if not paired:
        return math.nan
    k = counts.shape[1]
    observed = np.mean(
        [np.mean([weights[pair] for pair in itertools.permutations(unit, 2)]) for unit in paired]
    )
    shares = np.mean([[np.mean(unit == value) for value in range(k)] for unit in rated], axis=0)
    expected = {
        "percent_agreement": 0.0,
        "fleiss_kappa": sum(
            weights[a, b] * shares[a] * shares[b] for a, b in itertools.product(range(k), repeat=2)
        ),
        "gwet_ac": weights.sum() * sum(share * (1 - share) for share in shares) / (k * (k - 1)),
        "brennan_prediger": weights.sum() / k**2,
    }[chance]
    return (observed - expected) / (1 - expected) if expected < 1 - 1e-12 else math.nan


@settings(deadline=None)
@given(counts_tables, chances, weightings)
def test_a_coefficient_is_what_its_definition_says(counts, chance, weighting):
    weights = agreement_weights(weighting, np.arange(1, counts.shape[1] + 1))
    found, expected = chance_corrected(chance, counts, weights), slow(chance, counts, weights)
    if not math.isnan(expected):
        np.testing.assert_allclose(found.value, expected, atol=1e-9)


@settings(deadline=None)
@given(counts_tables, chances)
def test_the_sums_of_units_make_the_same_coefficient(counts, chance):
    weights = agreement_weights("linear", np.arange(counts.shape[1]))
    found = chance_corrected(chance, counts, weights)
    sums = agreement_sums(counts, weights).sum(axis=0)
    np.testing.assert_allclose(
        coefficient_of_sums(sums[None], chance, weights)[0], found.value, atol=1e-9
    )


@settings(deadline=None)
@given(counts_tables, chances, st.randoms(use_true_random=False))
def test_the_order_of_units_and_the_names_of_values_do_not_matter(counts, chance, random):
    rows = random.sample(range(len(counts)), len(counts))
    values = random.sample(range(counts.shape[1]), counts.shape[1])
    one, other = (chance_corrected(chance, table) for table in (counts, counts[rows][:, values]))
    np.testing.assert_allclose((one.value, one.se), (other.value, other.se), atol=1e-9)
    assert one.note == other.note


@settings(deadline=None)
@given(counts_tables, chances)
def test_multiplicity_is_writing_units_out(counts, chance):
    often = np.arange(len(counts)) % 3
    apart = chance_corrected(chance, np.repeat(counts, often, axis=0))
    together = chance_corrected(chance, counts, multiplicity=often)
    np.testing.assert_allclose(
        (together.value, together.se, together.n), (apart.value, apart.se, apart.n), atol=1e-9
    )
    apart = krippendorff(np.repeat(counts, often, axis=0))
    together = krippendorff(counts, multiplicity=often)
    np.testing.assert_allclose(
        (together.value, together.se, together.n), (apart.value, apart.se, apart.n), atol=1e-9
    )


@settings(deadline=None)
@given(counts_tables)
def test_alpha_with_its_error_is_alpha(counts):
    for level in ("nominal", "ordinal", "interval"):
        np.testing.assert_allclose(
            krippendorff(counts, level).value, krippendorff_alpha(counts, level), atol=1e-9
        )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(2, 5)), min_size=2, max_size=8), chances)
def test_units_on_which_all_agree_give_one(units, chance):
    assume(len({value for value, _ in units}) > 1)
    counts = np.array([np.eye(3, dtype=int)[value] * ratings for value, ratings in units])
    assert chance_corrected(chance, counts).value == pytest.approx(1)
    assert krippendorff(counts).value == pytest.approx(1)


@pytest.mark.parametrize("chance", CHANCES)
def test_without_a_unit_of_two_ratings_nothing_is_defined(chance):
    for counts in (np.zeros((3, 2)), np.eye(3), np.zeros((0, 2))):
        found = chance_corrected(chance, counts)
        assert math.isnan(found.value)
        assert found.note == "no unit has two ratings"
    assert krippendorff(np.eye(3)).note == "no unit has two ratings"
    assert conger_kappa(np.array([[0, -1], [-1, 1]]), np.eye(2)).note == "no unit has two ratings"
    assert cohen_kappa(np.zeros((2, 2))).note == "no unit has two ratings"


def test_ratings_that_are_all_the_same_agree_and_cannot_be_told_from_chance():
    counts = np.array([[3, 0], [2, 0], [4, 0]])
    assert chance_corrected("percent_agreement", counts).value == 1
    assert chance_corrected("gwet_ac", counts).value == 1
    assert chance_corrected("brennan_prediger", counts).value == 1
    same = "every rating is the same, so agreement cannot be told from chance"
    kappa = chance_corrected("fleiss_kappa", counts)
    for found in (
        kappa,
        krippendorff(counts),
        conger_kappa(np.zeros((2, 3), dtype=int), np.eye(2)),
        cohen_kappa([[3, 0], [0, 0]]),
    ):
        assert math.isnan(found.value)
        assert math.isnan(found.low)
        assert (found.note, found.observed) == (same, 1)


@pytest.mark.parametrize("chance", ["fleiss_kappa", "gwet_ac", "brennan_prediger"])
def test_a_single_value_leaves_nothing_to_agree_on(chance):
    found = chance_corrected(chance, np.array([[3], [2]]))
    assert math.isnan(found.value)
    assert found.note == "with a single value nothing but agreement is possible"


def test_a_single_unit_has_a_value_and_no_interval():
    found = chance_corrected("gwet_ac", [[2, 1]])
    assert not math.isnan(found.value)
    assert math.isnan(found.se)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@settings(deadline=None)
@given(place_tables, weightings)
def test_congers_kappa_is_the_mean_of_cohens_chances_and_of_two_raters_cohens(places, weighting):
    weights = agreement_weights(weighting, [1, 2, 3])
    whole = np.where(places < 0, 0, places)
    found = conger_kappa(whole, weights)
    pairs = [
        cohen_kappa(table_of_two(whole[a], whole[b], 3), weights)
        for a, b in itertools.combinations(range(len(whole)), 2)
    ]
    np.testing.assert_allclose(
        found.expected, np.mean([pair.expected for pair in pairs]), atol=1e-9
    )
    np.testing.assert_allclose(
        found.observed, np.mean([pair.observed for pair in pairs]), atol=1e-9
    )
    if len(whole) == 2 and found.expected < 1 - 1e-9:
        np.testing.assert_allclose(found.value, pairs[0].value, atol=1e-9)
        n = whole.shape[1]
        np.testing.assert_allclose(found.se, pairs[0].se * math.sqrt(n / (n - 1)), atol=1e-6)


@settings(deadline=None)
@given(place_tables)
def test_the_table_of_two_raters_and_their_counts_agree(places):
    both = places[:2]
    table = table_of_two(both[0], both[1], 3)
    shared = both[:, (both >= 0).all(axis=0)]
    for chance in CHANCES:
        one = of_two_raters(chance, table)
        other = chance_corrected(chance, counts_of_places(shared, 3), less=0)
        np.testing.assert_allclose((one.value, one.se), (other.value, other.se), atol=1e-9)


@pytest.mark.parametrize("chance", CHANCES)
def test_the_standard_error_is_close_to_the_jackknife(chance):
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 300)
    ratings = np.where(rng.random((4, 300)) < 0.7, truth, rng.integers(0, 3, (4, 300)))
    counts = counts_of_places(ratings, 3)
    left_out = np.array(
        [chance_corrected(chance, np.delete(counts, unit, axis=0)).value for unit in range(300)]
    )
    jackknife = math.sqrt(299 / 300 * np.square(left_out - left_out.mean()).sum())
    assert chance_corrected(chance, counts).se == pytest.approx(jackknife, rel=0.02)


def test_the_standard_error_of_alpha_of_ratings_is_close_to_the_jackknife():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 300)
    ratings = np.where(rng.random((4, 300)) < 0.7, truth, rng.integers(0, 3, (4, 300)))
    ratings[rng.random((4, 300)) < 0.3] = -1
    counts = counts_of_places(ratings, 3)
    counts = counts[counts.sum(axis=1) > 1]
    n = len(counts)
    left_out = np.array(
        [krippendorff_alpha(np.delete(counts, unit, axis=0), "nominal") for unit in range(n)]
    )
    jackknife = math.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum())
    assert krippendorff(counts).se == pytest.approx(jackknife, rel=0.02)


def test_z_of_fleiss_needs_the_same_number_of_ratings_everywhere():
    assert math.isnan(fleiss_null_test([[2, 1], [1, 1]])[1])


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_are_symmetric_from_zero_to_one(weighting):
    for values in ([1.0, 2.0, 5.0, 9.0], ["low", "mid", "high"], [False, True], [3.0]):
        weights = agreement_weights(weighting, values)
        np.testing.assert_array_equal(weights, weights.T)
        np.testing.assert_array_equal(weights.diagonal(), 1)
        assert weights.min() >= 0
        assert len(values) == 1 or weights.min() == 0


def test_a_weighting_that_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="quadratic"):
        agreement_weights("cubic", [1, 2])


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_no_values_have_no_weights(weighting):
    assert agreement_weights(weighting, []).shape == (0, 0)


def test_no_classes_have_no_specific_agreement():
    assert specific_agreement_sums(np.zeros((3, 0), dtype=np.int64)).shape == (3, 0, 2)


def test_the_interval_of_percent_agreement_is_within_0_and_1():
    table = [[1, 1, 0], [1, 0, 1], [2, 0, 0]]
    percent, kappa = (chance_corrected(one, table) for one in ("percent_agreement", "fleiss_kappa"))
    assert (percent.low, percent.high) == (0, 1)
    assert kappa.low < 0
    assert math.isnan(chance_corrected("percent_agreement", [[2, 0]]).low)


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(RefusedError, match="2 x 3"):
        cohen_kappa([[1, 2, 3], [1, 2, 3]])


def test_a_wider_confidence_is_a_wider_interval_that_ends_at_one():
    narrow, wide = (
        chance_corrected("gwet_ac", [[3, 0], [0, 3], [2, 1], [3, 0]], confidence=confidence)
        for confidence in (0.5, 0.99)
    )
    assert wide.low < narrow.low
    assert wide.high == 1
    assert cohen_kappa([[9, 1], [0, 2]], how=Inference(0.999, "normal")).high > 1


@given(counts_tables)
def test_the_arguments_are_left_as_they_were(counts):
    before = counts.copy()
    chance_corrected("fleiss_kappa", counts)
    krippendorff(counts)
    np.testing.assert_array_equal(counts, before)
