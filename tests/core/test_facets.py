import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.facets import MISSING, OTHER, facet_names, levels


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40))
def test_every_number_has_a_level_and_only_missing_ones_are_missing(values):
    column = pd.Series(values, dtype="float64")
    found = levels(column)
    assert (found == MISSING).tolist() == column.isna().tolist()
    assert found.nunique() <= 5


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_a_level_does_not_depend_on_the_order_of_the_rows(values, random):
    column = pd.Series(values)
    shuffled = column.sample(frac=1, random_state=random.randint(0, 99))
    assert levels(shuffled).sort_index().tolist() == levels(column).tolist()


def test_rare_texts_are_one_level():
    names = [f"site-{place:02}" for place in range(30)]
    found = levels(pd.Series(names + names[:25]))
    assert (found == OTHER).sum() == 10 + 5
    assert found.nunique() == 21


def test_bools_are_named_and_few_numbers_stay_numbers():
    assert levels(pd.Series([True, None, False], dtype="boolean")).tolist() == [
        "True",
        MISSING,
        "False",
    ]
    assert levels(pd.Series([1.0, 2.5, 1.0])).tolist() == ["1", "2.5", "1"]


def test_facets_are_the_columns_that_the_table_of_items_does_not_declare():
    assert facet_names(pd.DataFrame(columns=["site", "item_id", "contrast"])) == [
        "contrast",
        "site",
    ]
