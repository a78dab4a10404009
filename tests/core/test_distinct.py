import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundkeeper.core import distinct
from groundkeeper.core.distinct import distinct_rows, row_codes

shapes = st.tuples(st.integers(0, 12), st.integers(1, 3))
narrow = arrays(np.int64, shapes, elements=st.integers(-2, 2))
wide = arrays(np.int64, shapes, elements=st.sampled_from([-(2**62), 0, 1, 2**62]))
floats = arrays(np.float64, shapes, elements=st.sampled_from([-1.5, -0.0, 0.0, 0.25, 1e300]))
tables = st.one_of(narrow, wide, floats, narrow.map(lambda rows: rows.astype(np.uint8)))


def as_set(rows):
    return sorted({tuple(row) for row in rows.tolist()})


@settings(deadline=None)
@given(tables)
def test_rows_are_those_of_a_set_in_ascending_order(rows):
    different, often = distinct_rows(rows)
    assert [tuple(row) for row in different.tolist()] == as_set(rows)
    assert often.tolist() == [(rows == row).all(axis=1).sum() for row in different]


@settings(deadline=None)
@given(tables)
def test_codes_lead_back_to_the_rows(rows):
    different, codes = row_codes(rows)
    np.testing.assert_array_equal(different[codes], rows)


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    order = random.sample(range(len(rows)), len(rows))
    for one, other in zip(distinct_rows(rows), distinct_rows(rows[order]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", [np.float64, np.int64])
def test_rows_that_share_a_hash_are_not_taken_for_one(monkeypatch, kind):
    monkeypatch.setattr(distinct, "MIX", np.uint64(0))
    monkeypatch.setattr(distinct, "LARGEST_KEY", 0)
    rows = np.array([[1, 2], [3, 4], [1, 2], [2, 1]], dtype=kind)
    different, often = distinct_rows(rows)
    assert different.tolist() == [[1, 2], [2, 1], [3, 4]]
    assert often.tolist() == [2, 1, 1]


def test_rows_without_columns_are_alike():
    different, often = distinct_rows(np.empty((3, 0)))
    assert different.shape == (1, 0)
    assert often.tolist() == [3]


def test_the_argument_is_left_as_it_was():
    rows = np.array([[-0.0, 1.0], [0.0, 1.0]])
    before = rows.copy()
    distinct_rows(rows)
    np.testing.assert_array_equal(np.signbit(rows), np.signbit(before))
