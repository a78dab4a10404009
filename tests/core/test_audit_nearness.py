"""Which records lie near a boundary that moved."""

import numpy as np
import pandas as pd
import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.audit.nearness import Moved, moved, near
from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.impact.path import step

NEXT = {"guideline/version": "1.2.0", "guideline/supersedes": "1.1.0", "migrations": []}
SMALL = "decisions/include/rules/0/when"


def compared(*texts):
    """The tests, by field, of expressions of one test each."""
    found = {}
    for test in map(parse, texts):
        found[test.field] = found.get(test.field, frozenset()) | {test}
    return found


def change(changes):
    return moved([step(guideline({"migrations": []}), guideline({**NEXT, **changes}))])


def records(**columns):
    table = pd.DataFrame(columns)
    ends = {
        f"size_px{end}": table["size_px"] + half for end, half in (("_low", -1.0), ("_high", 1.0))
    }
    return table.assign(**ends, night=True)


def none(table):
    return np.zeros(len(table), dtype=bool)


def test_a_threshold_that_moved_is_near_at_both_places():
    assert change({SMALL: "size_px < 12 and night"}).tests == compared(
        "size_px < 8", "size_px < 12"
    )


def test_what_both_versions_hold_a_field_against_is_not_near():
    found = change({SMALL: "size_px < 8 and agreeing >= 2"})
    assert found.tests == compared("agreeing >= 2")


def test_the_same_comparisons_put_together_otherwise_are_near_all_the_same():
    assert change({SMALL: "size_px < 8 or night"}).tests == compared("size_px < 8")


def test_a_default_that_changed_makes_every_rule_count():
    assert change({"decisions/include/default": "skip"}).tests == compared(
        "size_px < 8", "size_px < 4"
    )


def test_a_new_decision_counts_with_all_its_constants():
    sized = {"by": "derived", "outcomes": ["big", "small"], "default": "small"}
    rule = {"id": "size.big", "when": "size_px > 50", "then": "big"}
    assert change({"decisions/size": {**sized, "rules": [rule]}}).tests == compared("size_px > 50")


def test_wording_alone_is_near_where_it_is_said_to_be_about_something():
    words = {"prose/0/text": "Find everything on wheels."}
    assert change(words) == Moved({}, (parse("night"),))
    claim = {
        "id": "CHG-2",
        "kind": "wording",
        "target": "purpose",
        "rationale": "x",
        "decided_by": "Ada",
    }
    assert change({**words, "changelog": [{**claim, "meaning": "changed"}]}).reworded == ()


def test_near_is_within_half_the_median_spread_of_the_field():
    table = records(size_px=[6.9, 7.0, 8.0, 9.0, 9.1, np.nan])
    found = near(table, guideline().fields, Moved(compared("size_px < 8"), ()), none(table))
    assert found.tolist() == [False, True, True, True, False, False]


def test_without_a_spread_only_what_is_on_the_boundary_is_near():
    table = pd.DataFrame({"size_px": [7.9, 8.0]})
    where = Moved(compared("size_px < 8"), ())
    assert near(table, guideline().fields, where, none(table)).tolist() == [False, True]


def test_who_stood_apart_across_it_is_near_and_so_is_what_a_reworded_text_is_about():
    table = records(size_px=[1.0, 50.0, 60.0])
    where = Moved(compared("kind == car"), (parse("size_px > 55"),))
    found = near(table, guideline().fields, where, np.array([True, False, False]))
    assert found.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("grade >= 40", [False, False, True, True, False]),
        ("grade <= 20", [False, False, True, True, False]),
        ("grade > 40", [False, False, False, True, True]),
        ("grade < 15", [False, False, False, False, False]),
        ("grade == 20", [False, True, True, True, False]),
        ("grade in {10, 70}", [True, True, False, True, True]),
    ],
)
def test_a_test_of_an_order_turns_half_way_between_two_of_its_values(test, expected):
    """The median spread is one step."""
    fields = {"grade": guideline({"fields/text/values": [10, 15, 20, 40, 70]}).fields["text"]}
    table = pd.DataFrame({"grade": [10, 15, 20, 40, 70], "grade_low": [10, 15, 15, 20, 70]})
    table = table.assign(grade_high=[15, 15, 20, 40, 70]).astype("Int64")
    if test == "grade < 15":
        table = table.assign(grade_low=table["grade"], grade_high=table["grade"])
    assert near(table, fields, Moved(compared(test), ()), none(table)).tolist() == expected
