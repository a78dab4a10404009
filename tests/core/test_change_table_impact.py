"""Every row of the change table, on five records of two items: what becomes of each, and what is searched."""

import numpy as np
import pandas as pd
import pytest
from builders.value_examples import ALL_EXAMPLES

from groundkeeper.core.impact.affected import Course, affected
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, step, stops

NIGHT, DAY = "it_night", "it_day"
RECORDS = pd.DataFrame(
    {
        "record_id": ["hidden", "dark", "light", "unknown", "large"],
        "item_id": [NIGHT, NIGHT, DAY, NIGHT, DAY],
        "era": "1.1.0",
        "size_px": [5.0, 9.0, 7.0, np.nan, 70.0],
        "night": pd.array([True, True, False, True, False], dtype="boolean"),
        "kind": ["car", "car", "van", "van", "car"],
        "text": [1, 1, 2, np.nan, 2],
        "seen": ['["dog"]', '["cat"]', "[]", None, '["cat","dog"]'],
        "code": ["a", "a", "b", None, "a"],
        "votes": [3, 2, 3, 2, 3],
        "spread_px": [0.5, 1.5, 0.5, np.nan, 2.5],
    }
)
"""The first is small at night, so that it leaves no trace; of the fourth it is not known how large it is."""
ITEMS = pd.DataFrame({"item_id": [NIGHT, DAY], "era": "1.1.0", "night": [True, False]})

N, A, V, R = "untouched", "auto", "revalidate", "reannotate"
NOTHING = ([N, N, N, N, N], 0)
EXPECTED = {
    # A claim is about its scope, here: night.
    "wording changed in meaning": ([N, V, N, V, N], 0),
    "outcomes merged": ([N, N, A, A, N], 0),
    "a derived decision moves, its fields are stored": ([N, N, N, V, N], 0),
    "a derived decision moves, a field is missing": ([N, V, V, V, V], 0),
    "a judged decision moves": ([N, N, N, V, N], 0),
    "a judged decision moves, a migration decides": ([N, N, A, A, N], 0),
    # What is at day was never hidden, so only the item at night is searched.
    "scope widened: an invisible outcome becomes visible in some cases": ([N, N, N, V, N], 1),
    "scope widened: an outcome is no longer invisible": ([A, N, N, N, N], 2),
    "scope widened: a class added": ([N, N, N, N, N], 2),
    "scope narrowed": ([N, A, N, V, N], 0),
    "scope narrowed: an outcome is made invisible": ([N, A, A, N, N], 0),
    "the definition of a field changed": ([N, V, V, N, V], 0),
    "the source of a field changed": ([V, V, V, V, V], 2),
    # Made anew from answers that the file does not have: none is surely the same, the hidden one neither, and what had
    # no value may have one.
    "the fusion of a field changed": ([A, A, A, A, A], 0),
    "a value removed": ([N, N, V, N, V], 0),
    # Whoever was not asked about a member has not said that it is none of them; an empty set is no exception.
    "a member of a set added": ([N, V, V, N, V], 0),
    "a member of a set removed": ([N, N, N, N, V], 0),
    "a member of a set called otherwise": ([N, V, V, N, V], 0),
    "the members of a set in another order": ([N, N, N, N, A], 0),
    "a member of a ranking added": ([N, V, V, N, V], 0),
    "a set is now a ranking": ([A, V, V, A, V], 0),
    "the bounds of a field widened": ([N, N, N, V, N], 0),
    "the bounds of a field narrowed from below": ([N, N, N, V, N], 0),
    "the bounds of a field narrowed": ([N, N, N, V, N], 0),
    "a derived decision added": ([N, A, A, V, A], 0),
    "a derived decision added that hides records": ([N, A, A, V, A], 0),
    "a derived decision added that could hide records but never does": ([N, A, A, V, A], 0),
    "a judged decision added": ([N, V, V, V, V], 0),
    "a decision removed": ([N, A, A, A, A], 0),
    "a convention changed": ([N, R, R, R, R], 0),
    "a convention changed, a transform is registered": ([A, A, A, A, A], 0),
    "a required attribute added": ([N, V, V, V, V], 0),
    "an attribute required in more cases": ([N, N, N, V, N], 0),
    "an attribute required in other cases": ([N, N, N, V, N], 0),
    "a required attribute removed": ([N, A, N, N, A], 0),
    "a geometry made finer": ([N, R, R, R, R], 0),
    "a geometry made coarser": ([N, A, A, A, A], 0),
    # By how far the experts stood apart: 1.5 and 2.5 px are more than the 1 px that are allowed now.
    "a precision tightened": ([N, R, N, V, R], 0),
    "a measure changed": ([N, N, N, V, R], 0),
    # Two votes were a quorum of two, and are none of three.
    "the consensus block changed": ([N, A, N, A, N], 0),
    "the model of a field changed": ([A, A, A, A, A], 0),
    "a field is inferred that was counted": ([A, A, A, A, A], 0),
    "coverage extended": ([N, N, N, N, N], 2),
    "a derived decision is now judged": ([N, A, A, A, A], 0),
    "a judged decision is now derived": ([N, A, A, A, A], 0),
}


@pytest.mark.parametrize("example", ALL_EXAMPLES, ids=lambda example: example.name)
def test_a_change_touches_these_records_and_sends_people_to_these_items(example):
    old, new = example.versions()
    course = Course({"1.1.0": stops([step(old, new)])}, Form.of(new))
    found = affected(RECORDS, ITEMS, course, Stored.ANSWERED)
    (impact,) = found.impacts
    assert (impact.actions().tolist(), found.counts()["search"]) == EXPECTED.get(
        example.name, NOTHING
    )


def test_every_expectation_is_of_an_example():
    assert EXPECTED.keys() <= {example.name for example in ALL_EXAMPLES}


def test_only_the_field_that_is_missing_is_asked_for():
    example = next(e for e in ALL_EXAMPLES if e.name.startswith("a derived decision moves, its"))
    old, new = example.versions()
    course = Course({"1.1.0": stops([step(old, new)])}, Form.of(new))
    told = affected(RECORDS, ITEMS, course, Stored.ANSWERED).details()
    assert told[["record_id", "asks", "old", "new", "rule_ids"]].to_numpy().tolist() == [
        ["unknown", ("size_px",), {"size": None}, {"size": None}, ("size.big",)]
    ]


def test_what_was_in_and_is_out_leaves_a_tombstone_and_what_never_was_in_none():
    example = next(e for e in ALL_EXAMPLES if e.name == "scope narrowed")
    old, new = example.versions()
    course = Course({"1.1.0": stops([step(old, new)])}, Form.of(new))
    (impact,) = affected(RECORDS, ITEMS, course, Stored.ANSWERED).impacts
    assert RECORDS["record_id"][impact.tombstone].tolist() == ["dark"]


def tightened(**columns):
    """What becomes of the records when boxes have to be drawn within 1 px, where the table has other columns, too."""
    example = next(e for e in ALL_EXAMPLES if e.name == "a precision tightened")
    old, new = example.versions()
    course = Course({"1.1.0": stops([step(old, new)])}, Form.of(new))
    (impact,) = affected(RECORDS.assign(**columns), ITEMS, course, Stored.ANSWERED).impacts
    return impact.actions().tolist()


def test_a_tighter_box_touches_what_was_drawn_as_a_box_or_nobody_knows_as_what():
    drawn_as = ["bbox", "bbox", "bbox", "polygon", None]
    assert tightened(drawn_as=drawn_as) == [N, R, N, N, R]


def test_who_said_since_that_it_is_right_settles_a_spread_that_is_not_known_and_no_other():
    confirmed = [np.nan, 0.0, np.nan, 0.0, np.nan]
    assert tightened(**{"@confirmed": confirmed}) == [N, R, N, N, R]
    before_the_step = [1.0] * 5
    assert tightened(**{"@confirmed": before_the_step}) == [N, R, N, V, R]
