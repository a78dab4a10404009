"""What becomes of stored sets and rankings where their vocabulary changes, and of values where their model does."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.changes import DECLARED, form
from strategies.lists import answers, declared, vocabularies

from groundkeeper.core.guideline.lists import stored, told
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.completion import completed
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Stop
from groundkeeper.core.impact.plan import details

INCLUDE = {"include": {"by": "derived", "outcomes": ["keep"], "default": "keep", "rules": []}}


def of(field, **changed):
    fields = {"seen": field.model_dump(by_alias=True, exclude_none=True)}
    return form(fields, INCLUDE, **changed)


def records(*texts, **columns):
    ids = [f"rc_{number}" for number in range(len(texts))]
    table = {"record_id": ids, "item_id": ids, "era": "1.0.0", "votes": 3}
    return pd.DataFrame({**table, "seen": pd.Series(texts, dtype="str"), **columns})


def named_in(text):
    return {m for place in told(text) for m in (place if isinstance(place, tuple) else [place])}


@given(answers(), vocabularies(), st.sampled_from([Stored.ANSWERED, Stored.REBUILT]))
def test_a_stored_list_is_asked_again_if_it_lost_a_member_or_none_could_name_a_new_one(
    case, vocabulary, source
):
    field, value = case
    now = declared(field.type, vocabulary)
    text = stored(value, field)
    found = assess(records(text, None), [Stop(of(field))], of(now), source)
    is_new = not set(vocabulary) <= set(field.vocabulary)
    is_known = not is_new and named_in(text) <= set(vocabulary)
    written = stored(told(text), now) if is_known else None
    expected = "revalidate" if not is_known else "untouched" if written == text else "auto"
    assert found.actions().tolist() == [expected, "untouched"]
    carried = found.carried["seen"]
    assert carried.astype(object).where(carried.notna(), None).tolist() == [written, None]
    asks = [asks for asks in details(found)["asks"] if asks]
    assert asks == ([("seen",)] if expected == "revalidate" else [])


def test_what_was_asked_again_is_known_and_asked_no_more():
    then, now = (declared("set", values) for values in (["a", "b"], ["c", "b", "a"]))
    again = {"seen@newer": pd.Series(['["c"]', None], dtype="str")}
    table = records('["a"]', '["a"]', **again)
    found = assess(table, [Stop(of(then))], of(now), Stored.REBUILT)
    assert found.actions().tolist() == ["untouched", "revalidate"]
    assert found.carried["seen"].fillna("").tolist() == ['["c"]', ""]


def test_an_answer_to_a_single_field_says_nothing_of_members_that_came_later():
    versions = [declared("set", values) for values in (["a"], ["a", "b"], ["a", "b", "c"])]
    first, second, now = map(of, versions)
    course = Course({"1.0.0": (Stop(first), Stop(second)), "2.0.0": (Stop(second),)}, now)
    asked = pd.DataFrame(
        {
            "record_id": ["rc_0"],
            "item_id": ["rc_0"],
            "era": ["2.0.0"],
            "asks": ['["seen"]'],
            "experts": [3],
            "seen": ['["b"]'],
        }
    )
    for in_force, actions in (
        (course, ["revalidate"]),
        (Course({"1.0.0": (Stop(first),)}, second), ["untouched"]),
    ):
        told_since = completed(records("[]"), asked, in_force, quorum=2)
        way = in_force.ways["1.0.0"]
        found = assess(told_since, way, in_force.now, Stored.REBUILT)
        assert found.actions().tolist() == actions


KEPT = {"include": {**INCLUDE["include"], "outcomes": ["keep", "skip"], "rules": [
    {"id": "r1", "when": "kind == car", "then": "skip"},
]}}  # fmt: skip


def inferred(method, decisions, how="posterior"):
    kind = {**DECLARED["kind"], "fuse": how}
    by_model = {"inference": {"kind": {"method": method}}} if how == "posterior" else {}
    return form({"kind": kind}, decisions, consensus=by_model)


@pytest.mark.parametrize("source", [Stored.ANSWERED, Stored.REBUILT])
@pytest.mark.parametrize(
    ("then", "now"),
    [
        (("mace",), ("glad",)),
        (("mace", "mode"), ("mace", "posterior")),
    ],
    ids=["another model", "a model instead of counting"],
)
def test_another_model_makes_every_value_anew_and_nobody_is_asked(then, now, source):
    (method, *how), (method_now, *how_now) = then, now
    old, new = inferred(method, KEPT, *how), inferred(method_now, KEPT, *how_now)
    table = records("[]", None, kind=["car", None], era="1.0.0").drop(columns="seen")
    found = assess(table, [Stop(old)], new, source)
    assert found.actions().tolist()[0] == "auto"
    same = assess(table, [Stop(old)], old, source)
    assert same.actions().tolist() == ["untouched", "untouched"]


def test_what_another_model_had_said_is_not_held_against_a_stored_outcome():
    old, new = inferred("mace", KEPT), inferred("glad", KEPT)
    table = records("[]", kind=["van"], include=["skip"]).drop(columns="seen")
    assert assess(table, [Stop(old)], new, Stored.REBUILT).actions().tolist() == ["auto"]
    assert assess(table, [Stop(old)], old, Stored.REBUILT).actions().tolist() == ["contradiction"]


def test_what_another_model_had_said_makes_no_judgement_a_contradiction():
    judged = {
        "by": "judged",
        "field": "called",
        "outcomes": ["x", "y"],
        "rules": [{"id": "c1", "when": "kind == car", "then": "x"}],
    }
    called = {"type": "enum", "values": ["x", "y"], "from": "label", "fuse": "mode"}
    kind = {**DECLARED["kind"], "fuse": "posterior"}
    old, new = (
        form(
            {"kind": kind, "called": called},
            {"class": judged},
            consensus={"inference": {"kind": {"method": method}}},
        )
        for method in ("mace", "glad")
    )
    table = records("[]", kind=["car"], called=["y"]).drop(columns="seen")
    assert assess(table, [Stop(old)], new, Stored.REBUILT).actions().tolist() == ["auto"]
    assert assess(table, [Stop(old)], old, Stored.REBUILT).actions().tolist() == ["contradiction"]
