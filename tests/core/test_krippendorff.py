import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core.agreement.krippendorff import (
    alpha_of_sums,
    alpha_sums,
    count_ratings,
    interval_alpha_of_sums,
    interval_coincidences,
    krippendorff_alpha,
    reason_undefined,
)

LEVELS = ("nominal", "ordinal", "interval", "ratio")

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C; values 1 to 5.
EXAMPLE_C = np.array(
    [
        [3, 0, 0, 0, 0],
        [0, 3, 1, 0, 0],
        [0, 0, 4, 0, 0],
        [0, 0, 4, 0, 0],
        [0, 4, 0, 0, 0],
        [1, 1, 1, 1, 0],
        [0, 0, 0, 4, 0],
        [3, 1, 0, 0, 0],
        [0, 4, 0, 0, 0],
        [0, 0, 0, 0, 3],
        [2, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
    ]
)
# Gwet, R package irrCAC 1.0, overview and weighting vignettes: 15 patients, 6 raters, 5 diagnoses.
SIX_RATERS = np.array(
    [
        [0, 0, 0, 6, 0],
        [0, 3, 0, 0, 3],
        [0, 1, 4, 0, 1],
        [0, 0, 0, 0, 6],
        [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0],
        [0, 0, 4, 0, 2],
        [2, 0, 3, 1, 0],
        [2, 0, 0, 4, 0],
        [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0],
        [1, 1, 0, 4, 0],
        [0, 3, 3, 0, 0],
        [1, 0, 0, 5, 0],
        [0, 2, 0, 3, 1],
    ]
)
# Wikipedia, Krippendorff's alpha, "A computational example": 15 units, 3 coders, values 1 to 4.
WIKIPEDIA = np.array(
    [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 2, 0, 0],
        [2, 0, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 2, 1],
        [0, 0, 0, 3],
        [1, 0, 1, 0],
        [0, 2, 0, 0],
        [2, 0, 0, 0],
        [2, 0, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 2, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 1],
    ]
)
# Artstein and Poesio style triples in NLTK's test_easy: YES, NO by three coders of three dresses.
DRESSES = np.array([[1, 2], [1, 1], [0, 1]])


@pytest.mark.parametrize(
    ("counts", "level", "published", "digits"),
    [
        (EXAMPLE_C, "nominal", 0.743421052632, 12),
        (EXAMPLE_C, "ordinal", 0.815, 3),
        (EXAMPLE_C, "interval", 0.84911, 5),
        (EXAMPLE_C, "ratio", 0.797, 3),
        (SIX_RATERS, "nominal", 0.4204384, 7),
        (SIX_RATERS, "interval", 0.259511, 6),
        (WIKIPEDIA, "nominal", 0.691358, 6),
        (WIKIPEDIA, "interval", 0.810845, 6),
        (DRESSES, "nominal", -0.3333333, 7),
    ],
)
def test_published_values_are_met_to_the_digits_printed(counts, level, published, digits):
    values = np.arange(1.0, counts.shape[1] + 1)
    assert round(krippendorff_alpha(counts, level, values), digits) == published


def slow_alpha(counts, level, values):
    """Alpha from its definition: all ordered pairs of ratings, within units and of any two units."""
    ratings = [np.repeat(np.arange(len(row)), row) for row in counts]
    ratings = [row for row in ratings if len(row) > 1]
    pooled = np.concatenate(ratings) if ratings else np.empty(0, int)
    frequency = np.bincount(pooled, minlength=counts.shape[1])

    def apart(a, b):
        a, b = sorted((int(a), int(b)))
        if level == "nominal":
            return float(a != b)
        if level == "ordinal":
            return (frequency[a : b + 1].sum() - (frequency[a] + frequency[b]) / 2) ** 2
        if level == "interval":
            return (values[a] - values[b]) ** 2
        return ((values[a] - values[b]) / (values[a] + values[b])) ** 2

    n = len(pooled)
    observed = sum(
        sum(apart(a, b) for a, b in itertools.permutations(row, 2)) / (len(row) - 1)
        for row in ratings
    )
    expected = sum(apart(a, b) for a, b in itertools.permutations(pooled, 2))
    return 1 - (n - 1) * observed / expected if expected else math.nan


tables = arrays(
    np.int64, st.tuples(st.integers(1, 6), st.integers(2, 4)), elements=st.integers(0, 3)
)


@settings(deadline=None)
@given(tables, st.sampled_from(LEVELS))
def test_alpha_is_what_its_definition_says(counts, level):
    values = np.array([0.5, 1.0, 3.0, 7.0])[: counts.shape[1]]
    found = krippendorff_alpha(counts, level, values)
    np.testing.assert_allclose(found, slow_alpha(counts, level, values), atol=1e-9)


@settings(deadline=None)
@given(tables, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_the_order_of_the_units_does_not_matter(counts, level, random):
    order = random.sample(range(len(counts)), len(counts))
    values = np.arange(1.0, counts.shape[1] + 1)
    np.testing.assert_allclose(
        krippendorff_alpha(counts[order], level, values),
        krippendorff_alpha(counts, level, values),
        atol=1e-9,
    )


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_names_of_nominal_values_do_not_matter(counts, random):
    order = random.sample(range(counts.shape[1]), counts.shape[1])
    np.testing.assert_allclose(
        krippendorff_alpha(counts[:, order], "nominal"),
        krippendorff_alpha(counts, "nominal"),
        atol=1e-9,
    )


@settings(deadline=None)
@given(tables, st.sampled_from(LEVELS))
def test_alpha_is_at_most_one_and_undefined_exactly_when_a_reason_is_given(counts, level):
    found = krippendorff_alpha(counts, level, np.arange(1.0, counts.shape[1] + 1))
    reason = reason_undefined(alpha_sums(counts, level).sum(axis=0)[: counts.shape[1]])
    assert math.isnan(found) == bool(reason)
    assert not found > 1


@settings(deadline=None)
@given(tables)
def test_alpha_of_a_resample_is_alpha_of_the_resampled_units(counts):
    weights = np.arange(len(counts)) % 3
    resampled = np.repeat(counts, weights, axis=0)
    sums = weights @ alpha_sums(counts, "ordinal")
    np.testing.assert_allclose(
        alpha_of_sums(sums[None].astype(float), "ordinal")[0],
        krippendorff_alpha(resampled, "ordinal"),
        atol=1e-9,
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20))
def test_measurements_and_counts_give_the_same_interval_alpha(rows):
    units, places = np.array(rows).T
    values = np.array([-2.0, 0.5, 1.0, 40.0])
    assume(len(set(units)) > 1)
    codes = np.unique(units, return_inverse=True)[1]
    counts = count_ratings(codes, places, codes.max() + 1, 4)
    of_counts = krippendorff_alpha(counts, "interval", values)
    sums = interval_coincidences(values[places], units).sum(axis=0)[None]
    if not math.isnan(of_counts):
        np.testing.assert_allclose(interval_alpha_of_sums(sums)[0], of_counts, atol=1e-9)


def test_measurements_far_from_zero_lose_no_digits():
    values = np.array([1.0, 2.0, 4.0, 5.0])
    near, far = (
        interval_alpha_of_sums(
            interval_coincidences(values + shift, [0, 0, 1, 1]).sum(axis=0)[None]
        )
        for shift in (0, 1e6)
    )
    np.testing.assert_allclose(near, far, rtol=1e-9)
