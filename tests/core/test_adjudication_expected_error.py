"""How probable it is that what would be released is wrong: against a slow count, and by hand."""

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.adjudication.expected_error import (
    combined,
    method_error,
    presence_error,
    shape_error,
)

shares = st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=1, max_size=5)


def one(votes, experts, quorum=2):
    return float(presence_error(pd.Series([votes]), pd.Series([experts]), quorum)[0])


def slowly(votes, experts):
    """P(p < 1/2) of Beta(v + 1, n - v + 1) as how many of all sequences of n + 1 coins have more than v heads."""
    thrown = list(product((0, 1), repeat=experts + 1))
    return Fraction(sum(sum(coins) > votes for coins in thrown), len(thrown))


@pytest.mark.parametrize("experts", range(1, 8))
def test_the_votes_alone_say_how_probable_it_is_that_it_is_not_there(experts):
    for votes in range(1, experts + 1):
        assert one(votes, experts, quorum=1) == float(slowly(votes, experts))
        assert one(votes, experts, quorum=experts + 1) == pytest.approx(
            1 - float(slowly(votes, experts))
        )


def test_an_even_split_is_a_toss_and_unanimity_is_surer_the_more_there_are():
    assert one(2, 4) == 0.5
    assert one(4, 4) == pytest.approx(1 / 32)
    errors = [one(n, n) for n in range(2, 20)]
    assert errors == sorted(errors, reverse=True)


def test_a_quorum_of_few_among_many_is_graver_than_a_toss():
    assert one(2, 8) > 0.5 > one(1, 8)


@given(st.lists(shares, min_size=1, max_size=4))
def test_what_is_combined_is_at_least_the_worst_component_and_at_most_certain(rows):
    table = pd.DataFrame({str(n): pd.Series(row) for n, row in enumerate(rows)})
    found = combined(table)
    worst = table.max(axis=1).fillna(0).to_numpy()
    assert (found >= worst - 1e-12).all()
    assert (found <= 1).all()
    assert combined(table.assign(unknown=np.nan)) == pytest.approx(found)


def test_methods_are_counted_once_and_against_those_that_the_field_is_compared_with():
    records = pd.DataFrame({"record_id": ["rc_1", "rc_2", "rc_3"], "era": "1.0.0"})
    rows = [
        ("rc_1", "1.0.0", "kind", "mace"),
        ("rc_1", "1.0.0", "kind", "glad"),
        ("rc_2", "1.0.0", "kind", "mace"),
        ("rc_2", "2.0.0", "kind", "glad"),
        ("rc_3", "1.0.0", "no longer a field", "mace"),
    ]
    disputes = pd.DataFrame(rows, columns=["record_id", "era", "field", "method"])
    assert method_error(records, disputes, {"kind": 2, "size": 0}).tolist() == [1.0, 0.5, 0.0]
    assert np.isnan(method_error(records, disputes, {"size": 0})).all()


def test_shapes_err_by_how_far_experts_stand_apart_and_fully_where_they_share_nothing():
    found = shape_error(pd.Series([0.8, np.nan, 0.9]), np.array([False, False, True]))
    np.testing.assert_allclose(found, [0.2, np.nan, 1.0])
