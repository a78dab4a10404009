import statistics

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.consensus.fuse import extent, fuse
from groundkeeper.errors import RefusedError

GRADES = ["low", "middling", "high"]
ratings = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.sampled_from([1, 2, 3, 4, 5]))),
    min_size=1,
    max_size=15,
)


def table(rows):
    frame = pd.DataFrame(rows, columns=["group", "value"])
    return frame["value"].astype(object), frame["group"]


@given(ratings)
def test_ordinal_median_is_the_lower_median_of_those_who_answered(rows):
    values, groups = table(rows)
    fused = fuse(values, groups, "median", "ordinal", [1, 2, 3, 4, 5])
    for group, value in fused.items():
        given_values = [v for g, v in rows if g == group and v is not None]
        expected = statistics.median_low(given_values) if given_values else None
        assert (value if pd.notna(value) else None) == expected


@given(ratings)
def test_mode_is_missing_exactly_where_the_most_frequent_values_tie(rows):
    values, groups = table(rows)
    fused = fuse(values, groups, "mode", "enum")
    for group, value in fused.items():
        modes = statistics.multimode(v for g, v in rows if g == group and v is not None)
        assert (value if pd.notna(value) else None) == (modes[0] if len(modes) == 1 else None)


@given(ratings, st.sampled_from(["median", "min", "max", "mode"]), st.randoms())
def test_row_order_does_not_matter(rows, how, random):
    turned = list(rows)
    random.shuffle(turned)
    one = fuse(*table(rows), how, "ordinal", [1, 2, 3, 4, 5])
    other = fuse(*table(turned), how, "ordinal", [1, 2, 3, 4, 5])
    assert one.isna().tolist() == other.isna().tolist()
    assert one.dropna().to_dict() == other.dropna().to_dict()


def test_a_median_number_is_the_mean_of_the_middle_two():
    values, groups = pd.Series([1.0, 2.0, 10.0, 20.0]), pd.Series(["a"] * 4)
    assert fuse(values, groups, "median", "number").to_dict() == {"a": 6.0}


def test_words_are_ordered_as_declared_and_not_by_spelling():
    values, groups = pd.Series(["high", "low", "middling"]), pd.Series(["a"] * 3)
    assert fuse(values, groups, "median", "ordinal", GRADES).to_dict() == {"a": "middling"}
    ends = extent(values, groups, "ordinal", GRADES)
    assert ends.to_dict("index") == {"a": {"low": "low", "high": "high"}}


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [("any", [False, True], True), ("all", [False, True], False), ("all", [True, None], True)],
)
def test_bools(how, values, expected):
    fused = fuse(pd.Series(values, dtype=object), pd.Series(["a", "a"]), how, "bool")
    assert fused.to_dict() == {"a": expected}


def test_a_group_without_answers_is_missing_and_not_zero():
    fused = fuse(pd.Series([None, 3.0]), pd.Series(["a", "b"]), "mean", "number")
    assert fused.isna().to_dict() == {"a": True, "b": False}


def test_posterior_is_refused_with_what_to_do():
    with pytest.raises(RefusedError, match="allowed is mode"):
        fuse(pd.Series(["x"]), pd.Series(["a"]), "posterior", "enum")
