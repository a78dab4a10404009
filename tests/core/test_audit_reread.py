"""Whether a record read again has another outcome, decided for both arms by the guideline in force."""

import pandas as pd
import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.audit.reread import carry, differs, readings
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.path import Form, step, stops

OLD = guideline({"migrations": [], "decisions/include/rules/1": None})
NEW = guideline(
    {
        "guideline/version": "1.2.0",
        "guideline/supersedes": "1.1.0",
        "migrations": [],
        "decisions/include/rules": [{"id": "inc.small", "when": "size_px < 12", "then": "skip"}],
    }
)
COURSE = Course({"1.1.0": stops([step(OLD, NEW)])}, Form.of(NEW))


def rows(size_px, kind="car", *, seen=True, agreeing=3):
    table = pd.DataFrame({"size_px": size_px, "kind": kind})
    return table.assign(seen=seen, night=True, agreeing=agreeing, text=1)


def told(found):
    return [None if value is pd.NA else bool(value) for value in found]


def test_only_another_outcome_differs_and_not_another_value():
    truth = rows([20.0, 20.0, 20.0])
    again = rows([13.0, 11.0, 20.0], ["car", "car", "van"])
    assert told(differs(again, truth, Form.of(NEW))) == [False, True, True]


def test_what_leaves_no_trace_twice_is_the_same_whatever_else_is_said():
    truth, again = rows([5.0, 5.0]), rows([6.0, 20.0], "van")
    assert told(differs(again, truth, Form.of(NEW))) == [False, True]


def test_who_sees_nothing_differs_from_a_record_that_is_there_and_not_from_one_that_is_not():
    truth = rows([20.0, 5.0])
    again = rows([None, None], [None, None], seen=False)
    assert told(differs(again, truth, Form.of(NEW))) == [True, False]


@pytest.mark.parametrize(("size", "kind"), [([None], "car"), ([20.0], None)])
def test_what_was_not_said_cannot_be_compared(size, kind):
    truth = rows([20.0])
    again = rows(size).assign(kind=kind)
    assert told(differs(again, truth, Form.of(NEW))) == [None]
    assert told(differs(truth, again, Form.of(NEW))) == [None]


def test_one_surely_different_outcome_is_enough():
    assert told(differs(rows([20.0], "van").assign(text=None), rows([20.0]), Form.of(NEW))) == [
        True
    ]


def test_what_nobody_answers_is_the_records_own():
    by_votes = guideline({"decisions/include/rules/0/when": "agreeing < 2"})
    truth, again = rows([20.0], agreeing=3), rows([20.0], agreeing=1)
    assert told(differs(again, truth, Form.of(by_votes))) == [False]


def test_both_arms_are_decided_by_the_guideline_in_force():
    """Decided by the older one, 10 px would be in, and noise near the older threshold would not cancel."""
    said = rows([10.0, 10.0, 13.0]).assign(era=["1.1.0", "1.2.0", "1.1.0"])
    carried = carry(said, COURSE)
    assert carried.index.tolist() == said.index.tolist()
    assert told(differs(carried, rows([20.0, 20.0, 20.0]), COURSE.now)) == [True, True, False]


def test_a_judgement_of_the_older_arm_is_carried_over_and_a_lost_one_cannot_be_compared():
    vans = {"decision": "class", "from": "van", "to": "car", "when": "size_px > 15"}
    narrowed = {
        "guideline/version": "1.2.0",
        "guideline/supersedes": "1.1.0",
        "fields/kind/values": ["car", "bus"],
        "decisions/class/outcomes": ["car", "bus"],
        "migrations": [vans],
    }
    new = guideline(narrowed)
    old = guideline({"migrations": []})
    course = Course({"1.1.0": stops([step(old, new)])}, Form.of(new))
    said = rows([20.0, 14.0], "van").assign(era="1.1.0", night=False)
    truth = rows([20.0, 14.0]).assign(night=False)
    assert told(differs(carry(said, course), truth, course.now)) == [False, None]


def test_readings_are_those_of_tasks_that_were_answered_about_records_that_are_there():
    tasks = pd.DataFrame(
        {
            "task_id": ["t1", "t2", "t3", "t4"],
            "round": "a1",
            "stratum": "auto/far",
            "arm": ["old", "new", "new", "old"],
            "record_id": ["r1", "r1", "gone", "r2"],
            "group_id": "g",
            "inclusion_probability": 0.5,
        }
    )
    carried = rows([20.0, 20.0, 5.0]).assign(
        record_id=["r1", "r1", "r2"], era=["1.0.0", "1.1.0", "1.1.0"], experts=[4, 4, 4]
    )
    carried.loc[0, "kind"] = "van"
    said = rows([20.0, 20.0, 20.0]).assign(
        task_id=["t2", "t1", "t3"], era=["1.2.0", "1.1.0", "1.2.0"], state="submitted"
    )
    said.loc[0, "kind"] = "van"
    found = readings(tasks, said.drop(columns="seen"), carried, COURSE)
    assert found["task_id"].tolist() == ["t1", "t2"]
    assert told(found["differs"]) == [False, True]
