import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.agreement.presence import (
    overall_agreement_pairs,
    rating_pairs,
    specific_agreement_pairs,
)
from groundkeeper.core.estimates import ratio

readings = st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=6)
ratings = st.lists(st.lists(st.integers(0, 3), max_size=5), min_size=1, max_size=6)


def of(pairs):
    return float(ratio(pairs.sum(axis=0)[None])[0])


@given(readings)
def test_both_agreements_are_those_of_all_pairs_of_experts(units):
    pairs = [pair for unit in units for pair in itertools.combinations(unit, 2)]
    both = sum(a and b for a, b in pairs)
    split = sum(a != b for a, b in pairs)
    positive, experts = [sum(unit) for unit in units], [len(unit) for unit in units]
    specific = 2 * both / (2 * both + split) if both + split else math.nan
    overall = 1 - split / len(pairs) if pairs else math.nan
    np.testing.assert_allclose(of(specific_agreement_pairs(positive, experts)), specific)
    np.testing.assert_allclose(of(overall_agreement_pairs(positive, experts)), overall)


def test_two_experts_give_the_published_index():
    """Cicchetti and Feinstein (1990), p. 555: a table of 80, 10, 5, 5 has p_pos = 2a / (f1 + g1)."""
    positive = [2] * 80 + [1] * 15 + [0] * 5
    found = of(specific_agreement_pairs(positive, np.full(100, 2)))
    assert round(found, 4) == round(2 * 80 / (90 + 85), 4)
    negative = of(specific_agreement_pairs(2 - np.array(positive), np.full(100, 2)))
    assert round(negative, 4) == round(2 * 5 / (10 + 15), 4)


def test_a_single_expert_says_nothing_about_agreement():
    assert math.isnan(of(specific_agreement_pairs([1], [1])))
    assert math.isnan(of(overall_agreement_pairs([1], [1])))


@given(ratings, st.integers(0, 4))
def test_rating_pairs_are_counted_as_if_one_by_one(units, within):
    counts = np.array([np.bincount(unit, minlength=4) for unit in units])
    expected = [
        [
            sum(abs(a - b) <= within for a, b in itertools.combinations(unit, 2)),
            math.comb(len(unit), 2),
        ]
        for unit in units
    ]
    np.testing.assert_array_equal(rating_pairs(counts, within), expected)


def test_arguments_are_left_as_they_were():
    counts = np.array([[2, 1, 0, 1]])
    rating_pairs(counts, 1)
    assert counts.tolist() == [[2, 1, 0, 1]]
