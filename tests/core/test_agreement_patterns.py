import math

import numpy as np
import pandas as pd
import pytest
from builders.counted import counts_of_places
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core.agreement import krippendorff, patterns
from groundkeeper.core.agreement.krippendorff import (
    alpha_of_patterns,
    alpha_of_ratings,
    alpha_of_sums,
    alpha_sums,
    estimate_alpha,
    krippendorff_alpha,
)
from groundkeeper.core.agreement.patterns import (
    Patterns,
    patterns_of_counts,
    patterns_of_ratings,
)
from groundkeeper.core.agreement.ratings import (
    counts_of_labels,
    places_of_labels,
    places_of_ratings,
)
from groundkeeper.core.estimates import Resampling, estimate, estimate_alike
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.errors import RefusedError

HOW = Resampling(rounds=200, seed=1, confidence=0.9)
ratings_tables = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(0, 9)),
    elements=st.sampled_from([math.nan, -1.0, 0.0, 2.0, 3.0]),
)


def counted(table):
    """Counts of the values in *table*, unit by unit, and the values."""
    values = np.unique(table[~np.isnan(table)])
    if not len(values):
        return np.zeros((table.shape[1], 0), dtype=int), values
    return np.stack([(table == value).sum(axis=0) for value in values], axis=1), values


@settings(deadline=None)
@given(ratings_tables, st.booleans())
def test_patterns_are_those_of_the_counts_however_they_are_found(table, is_compiled):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "WORTH_COMPILING", 0 if is_compiled else 10**9)
        found = patterns_of_ratings(table)
    counts, values = counted(table)
    np.testing.assert_array_equal(found.values, values)
    assert found.multiplicity.sum() == table.shape[1]
    expected = patterns_of_counts(counts)
    np.testing.assert_array_equal(found.counts, expected.counts)
    np.testing.assert_array_equal(found.multiplicity, expected.multiplicity)


@pytest.mark.parametrize(
    "table",
    [
        [[0.5, 1.5, 0.5], [0.5, math.nan, 1.5]],
        [[1e12, 0.0, 1e12], [1e12, math.nan, 0.0]],
        [[math.inf, 0.0, math.inf], [math.inf, math.nan, 0.0]],
        [["a", "b", "a"], ["a", None, "b"]],
        [["a", "b", "a"], ["a", math.nan, "b"]],
    ],
)
def test_ratings_of_any_type_have_patterns(monkeypatch, table):
    monkeypatch.setattr(patterns, "WORTH_COMPILING", 0)
    found = patterns_of_ratings(table)
    counts = {
        tuple(sorted(row)): n
        for row, n in zip(found.counts.tolist(), found.multiplicity, strict=True)
    }
    assert counts == {(0, 1): 1, (0, 2): 1, (1, 1): 1}


def test_values_that_nobody_gave_are_kept_in_their_order():
    found = patterns_of_ratings([["low", "high"], ["low", None]], ["low", "mid", "high"])
    assert found.counts.tolist() == [[0, 0, 1], [2, 0, 0]]


def test_a_rating_that_is_no_value_is_refused_with_what_is_allowed():
    for read in (patterns_of_ratings, places_of_ratings):
        with pytest.raises(RefusedError, match="found the ratings worst; allowed are low, high"):
            read([["low", "worst"]], ["low", "high"])


@settings(deadline=None)
@given(ratings_tables)
def test_alpha_of_reliability_data_is_that_of_their_counts(table):
    counts, values = counted(table)
    for level in ("nominal", "ordinal", "interval"):
        np.testing.assert_allclose(
            alpha_of_ratings(table, level), krippendorff_alpha(counts, level, values), atol=1e-9
        )


@settings(deadline=None)
@given(ratings_tables)
def test_places_and_counts_of_ratings_agree(table):
    places, values = places_of_ratings(table)
    counts, expected = counted(table)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(counts_of_places(places, len(values)), counts)


def test_the_bootstrap_of_patterns_is_that_of_units_one_by_one():
    rng = np.random.default_rng(0)
    counts = rng.multinomial(3, [0.5, 0.3, 0.2], 400)
    sums = alpha_sums(counts, "ordinal")

    def alpha(sums):
        return alpha_of_sums(sums, "ordinal")

    of_patterns = estimate_alpha(patterns_of_counts(counts), "ordinal", HOW, HOW.generator("x"))
    by_group = estimate(sums, np.arange(400), alpha, HOW, HOW.generator("x"))
    alone = estimate(sums, None, alpha, HOW, HOW.generator("x"))
    for one in (by_group, alone):
        np.testing.assert_allclose(
            (one.value, one.n, one.groups, one.effective_n),
            (of_patterns.value, of_patterns.n, of_patterns.groups, of_patterns.effective_n),
        )
        np.testing.assert_allclose(
            (one.low, one.high), (of_patterns.low, of_patterns.high), atol=0.02
        )


def test_an_alpha_that_does_not_exist_says_why():
    for counts, reason in (
        ([[1, 0], [0, 1]], "no unit has two ratings"),
        ([[2, 0], [3, 0]], "every rating is the same"),
    ):
        found = estimate_alpha(patterns_of_counts(counts), "nominal", HOW, HOW.generator("x"))
        assert math.isnan(found.value)
        assert found.note.startswith(reason)


def test_a_unit_with_one_rating_does_not_count_among_those_resampled():
    found = estimate_alpha(
        Patterns(
            np.array([[1, 0], [1, 1], [2, 0], [0, 2]]), np.array([50, 10, 20, 20]), np.arange(2)
        ),
        "nominal",
        HOW,
        HOW.generator("x"),
    )
    assert (found.n, found.groups) == (50, 50)


def test_nothing_alike_is_nothing_to_estimate():
    found = estimate_alike(
        np.empty((0, 2)), np.empty(0, dtype=np.int64), np.sum, HOW, HOW.generator("x")
    )
    assert math.isnan(found.value)
    assert found.n == 0


def test_many_classes_take_no_more_memory_than_their_ratings():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3000, 20_000).astype(float)
    table = np.stack([classes, np.where(rng.random(20_000) < 0.8, classes, 0.0)])
    table = table[:, :2500]
    found = patterns_of_ratings(table)
    assert found.multiplicity.sum() == 2500
    assert 0.7 < alpha_of_patterns(found, "nominal") < 0.9


def test_labels_become_counts_and_places():
    rows = [("ann", "t1", "x"), ("ben", "t1", "y"), ("ann", "t2", "y")]
    labels = code_labels(pd.DataFrame(rows, columns=["annotator", "task", "label"]))
    assert counts_of_labels(labels).tolist() == [[1, 1], [0, 1]]
    assert places_of_labels(labels).tolist() == [[0, 1], [1, -1]]


def test_two_labels_of_one_annotator_have_no_single_place():
    rows = [("ann", "t1", "x"), ("ann", "t1", "y")]
    labels = code_labels(pd.DataFrame(rows, columns=["annotator", "task", "label"]))
    with pytest.raises(
        RefusedError, match="1 labels of annotators who had labelled the task before"
    ):
        places_of_labels(labels)


@settings(deadline=None)
@given(ratings_tables)
def test_alpha_of_many_values_is_found_without_comparing_every_two(table):
    counts, values = counted(table)
    for level in ("ordinal", "interval"):
        expected = krippendorff_alpha(counts, level, values)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(krippendorff, "MANY_VALUES", 0)
            found = krippendorff_alpha(counts, level, values)
        np.testing.assert_allclose(found, expected, atol=1e-9)
