import math
from itertools import combinations

import numpy as np
import pandas as pd
from builders.report_tables import outlined
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.reports.ratings import pair_counts, rated_fields, said

VOCABULARY = (1, 2, 3)
ratings = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from((*VOCABULARY, None))), max_size=20
)


def series(rows):
    table = pd.DataFrame(rows, columns=["record", "value"], dtype=object)
    return table["value"], table["record"]


@given(ratings)
def test_every_pair_of_one_record_is_counted_once(rows):
    counted = pair_counts(*series(rows), VOCABULARY)
    pairs = [
        {left, right}
        for record in "abc"
        for left, right in combinations([v for r, v in rows if r == record and v], 2)
    ]
    assert counted.pairs == len(pairs)
    assert np.array_equal(counted.counts, counted.counts.T)
    same = sum(len(pair) == 1 for pair in pairs)
    assert (
        math.isnan(counted.exact) if not pairs else math.isclose(counted.exact, same / len(pairs))
    )


@given(ratings, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(rows, random):
    mixed = random.sample(rows, len(rows))
    one, other = (pair_counts(*series(some), VOCABULARY).counts for some in (rows, mixed))
    assert np.array_equal(one, other)


@given(ratings)
def test_more_steps_never_agree_less(rows):
    counted = pair_counts(*series(rows), VOCABULARY)
    shares = [counted.within(steps) for steps in range(len(VOCABULARY))]
    if counted.pairs:
        assert shares == sorted(shares)
        assert shares[-1] == 1
    else:
        assert all(math.isnan(share) for share in shares)


def test_measured_fields_are_not_rated():
    assert list(rated_fields(outlined().fields)) == ["malignancy"]


def test_what_was_said_has_a_row_for_each_annotation_of_a_record():
    found = outlined()
    table = said(found.evidence, found.clusters, rated_fields(found.fields))
    assert len(table) == len(found.annotations)
    assert set(table["malignancy"]) <= {1, 2, 3, 4, 5}
