"""Sets and rankings: what is one, how it is stored, and what another vocabulary makes of it."""

import json

import pandas as pd
import pytest
from hypothesis import given
from strategies.lists import ENDLESS, VOCABULARIES, answers, declared, vocabularies

from groundkeeper.core.guideline.allowed import fits, vocabulary_text
from groundkeeper.core.guideline.eras import can_hold, column_type
from groundkeeper.core.guideline.lists import members, restored, stored, told

SEEN = declared("set", ["cat", "dog", "bird"])
BEST = declared("ranking", ["cat", "dog", "bird"])
NO_LISTS = [None, "cat", '["cat"]', {"cat": 1}, 1, float("nan"), True]


@pytest.mark.parametrize(
    ("value", "in_a_set", "in_a_ranking"),
    [
        ([], (), None),
        (["bird", "cat"], ("cat", "bird"), ("bird", "cat")),
        (("bird", "dog", "cat"), ("cat", "dog", "bird"), ("bird", "dog", "cat")),
        (["cat", "cat"], None, None),
        (["cow"], None, None),
        (["cat", None], None, None),
        ([["dog", "cat"]], None, (("cat", "dog"),)),
        (["bird", ["dog", "cat"]], None, ("bird", ("cat", "dog"))),
        ([["dog"]], None, ("dog",)),
        (["cat", []], None, None),
        (["cat", ["cat", "dog"]], None, None),
        ([["cat", ["dog"]]], None, None),
        ([{"cat": 1}], None, None),
    ],
    ids=str,
)
def test_a_list_of_distinct_members_is_an_answer_in_its_canonical_form(
    value, in_a_set, in_a_ranking
):
    assert members(value, SEEN) == in_a_set
    assert members(value, BEST) == in_a_ranking
    assert (fits(value, SEEN), fits(value, BEST)) == (
        in_a_set is not None,
        in_a_ranking is not None,
    )


@pytest.mark.parametrize("value", NO_LISTS, ids=repr)
@pytest.mark.parametrize("field", [SEEN, BEST], ids=lambda field: field.type)
def test_what_is_no_list_is_no_answer(value, field):
    assert not fits(value, field)
    assert stored(value, field) is None


def test_numbers_are_members_by_their_value_and_truth_values_are_none():
    marks = declared("set", [1, 2.5, 3])
    assert stored([3.0, 1], marks) == "[1,3]"
    assert members([True], marks) is None


def test_a_member_is_none_of_an_enum_that_has_it():
    assert not fits(["cat"], declared("enum", ["cat"], fuse="mode"))


@given(answers())
def test_what_is_stored_says_what_was_answered_whatever_the_order(case):
    field, value = case
    text = stored(value, field)
    assert text == stored(value[::-1], field) or field.type == "ranking"
    assert stored(json.loads(text), field) == text
    assert members(told(text), field) == told(text)
    assert restored(pd.Series([text]), field).tolist() == [text]


@given(answers(), vocabularies())
def test_a_stored_list_is_known_under_another_vocabulary_if_all_its_members_are(case, vocabulary):
    field, value = case
    other = declared(field.type, vocabulary)
    text = stored(value, field)
    found = restored(pd.Series([text, None]), other)
    assert found.dtype == "str"
    assert found.isna().tolist() == [not named_in(value) <= set(vocabulary), True]
    if found.notna()[0]:
        assert named_in(told(found[0])) == named_in(value)
        assert restored(found, field)[0] == text


def named_in(value):
    return {m for place in value for m in (place if isinstance(place, list | tuple) else [place])}


@pytest.mark.parametrize(
    "text", ["", "cat", "[", "null", "{}", '"cat"', "[NaN]", "[1e999]", ENDLESS, "[" + "9" * 5000]
)
def test_a_text_that_is_no_list_of_members_is_missing(text):
    assert restored(pd.Series([text]), SEEN).isna().all()


def test_a_column_without_rows_or_values_keeps_its_type():
    for column in (pd.Series([], dtype="str"), pd.Series([None, None], dtype="str")):
        found = restored(column, SEEN)
        assert (found.dtype, len(found)) == ("str", len(column))


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=str)
def test_a_column_of_lists_is_one_of_texts_and_holds_lists_of_its_kind_alone(vocabulary):
    seen, best = declared("set", vocabulary), declared("ranking", vocabulary)
    text = declared("text", None, fuse=None)
    assert {column_type(seen), column_type(best)} == {"str"}
    assert can_hold(seen, declared("set", ["other"]))
    for other in (best, text, declared("enum", vocabulary, fuse="mode")):
        assert not can_hold(seen, other)
        assert not can_hold(other, seen)


def test_what_is_allowed_is_said_in_words():
    assert vocabulary_text(SEEN) == "a list of none, some or all of cat, dog, bird, each once"
    assert vocabulary_text(BEST).startswith("a list of some or all of cat, dog, bird, each once")
