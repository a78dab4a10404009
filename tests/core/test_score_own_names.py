"""Whose figure it is, where names and classes have slashes in them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.core.scoring.subjects.own_names import meant_twice
from groundkeeper.reports.scored_subjects import owned

TEXTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map("/".join)
SOME = st.sets(TEXTS, min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("names", "parts", "expected"),
    [
        ({"net", "net/b"}, {"b"}, [("net/b", "net")]),
        ({"net", "net/b"}, {"b/car"}, [("net/b", "net")]),
        ({"net", "net/b"}, {"car", "bus/b"}, []),
        ({"net", "net/b"}, {"better"}, []),
        ({"net/a", "net/b"}, {"a", "b"}, []),
        ({POOLED, f"{POOLED}/car"}, {"car"}, [(f"{POOLED}/car", POOLED)]),
        ({"a", "a/b", "a/b/c"}, {"b/c"}, [("a/b", "a"), ("a/b/c", "a")]),
    ],
)
def test_a_name_is_meant_twice_if_another_one_makes_it_of_a_class(names, parts, expected):
    assert meant_twice(names, parts) == expected


@given(SOME, SOME)
def test_where_no_name_is_meant_twice_every_figure_has_the_owner_that_made_it(names, parts):
    made = [(name, "", name) for name in names]
    made += [(f"{name}/{part}", part, name) for name in names for part in parts]
    subjects = [subject for subject, _, _ in made]
    if meant_twice(names, parts):
        return
    assert len(set(subjects)) == len(subjects)
    found = owned(pd.DataFrame({"subject": subjects}), names)
    assert found["owner"].tolist() == [name for _, _, name in made]
    assert found["part"].tolist() == [part for _, part, _ in made]


@given(SOME, SOME)
def test_figures_that_would_have_one_key_are_always_found(names, parts):
    made = [*names, *(f"{name}/{part}" for name in names for part in parts)]
    if len(set(made)) < len(made):
        assert meant_twice(names, parts)
