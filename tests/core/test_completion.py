"""Answers to single fields, and confirmations, over several versions of a guideline: what is asked after them."""

import pandas as pd
import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.estimates import undefined
from groundkeeper.core.impact.affected import Course, affected
from groundkeeper.core.impact.completion import COMPLETED, completed
from groundkeeper.core.impact.hours import Rates
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Claim, Form, Stop

SOFT = {"type": "bool", "from": "attribute", "fuse": "any", "attribute": "soft"}
RULE = {"id": "inc.soft", "then": "skip"}
PLAIN = {"attributes": {}, "decisions/include/rules": [], "migrations": []}
FIRST = Form.of(guideline(PLAIN))
SECOND = Form.of(
    guideline(PLAIN | {"fields/soft": SOFT, "decisions/include/rules": [RULE | {"when": "soft"}]})
)
RENAMED = Form.of(
    guideline(
        PLAIN | {"fields/pliable": SOFT, "decisions/include/rules": [RULE | {"when": "pliable"}]}
    )
)
REDEFINED = Form.of(
    guideline(
        PLAIN
        | {
            "fields/soft": SOFT | {"version": 2},
            "decisions/include/rules": [RULE | {"when": "soft"}],
        }
    )
)
UNKNOWN = pd.array([None], dtype="boolean")
OBSERVED = pd.DataFrame(
    {
        "record_id": ["rc_1"],
        "item_id": ["it_1"],
        "era": ["1.0.0"],
        "votes": [3],
        "experts": [3],
        "size_px": [9.0],
        "kind": ["car"],
        "soft": UNKNOWN,
        "pliable": UNKNOWN,
    }
)
ITEMS = pd.DataFrame({"item_id": ["it_1"], "era": ["1.0.0"], "night": [True]})


def answered(soft=None, asks='["soft"]', experts=2, era="2.0.0"):
    row = {"record_id": ["rc_1"], "item_id": ["it_1"], "era": [era], "asks": [asks]}
    said = pd.array([soft], dtype="boolean")
    return pd.DataFrame(row | {"experts": [experts], "soft": said, "pliable": UNKNOWN})


def after(course, *answers):
    """Return what becomes of the one record, what is asked of it, and whether it is left out."""
    told = completed(OBSERVED, pd.concat([answered(experts=0), *answers]), course, quorum=2)
    found = affected(told, ITEMS, course, Stored.REBUILT)
    (state,) = found.states()[["action", "asks"]].itertuples(index=False, name=None)
    return *state, told[COMPLETED].item()


def through(*forms, claims=()):
    """Return the course from 1.0.0 over the forms between to the last, with *claims* on the first step."""
    stops = [Stop(form) for form in forms[:-1]]
    stops[0] = Stop(forms[0], tuple(claims))
    ways = {f"{n + 1}.0.0": tuple(stops[n:]) for n in range(len(stops))}
    return Course(ways, forms[-1])


@pytest.mark.parametrize("soft", [True, False])
def test_what_was_missing_and_is_answered_is_no_longer_asked(soft):
    course = through(FIRST, SECOND)
    assert after(course)[:2] == ("revalidate", '["soft"]')
    action, asks, since = after(course, answered(soft))
    assert (asks, since) == ("[]", "2.0.0")
    # A soft one leaves the ground truth; of another one the decision is what it was.
    assert action == ("auto" if soft else "untouched")


def test_answers_of_too_few_people_change_nothing():
    assert after(through(FIRST, SECOND), answered(True, experts=1)) == (  # noqa: FBT003 - the answer
        "revalidate",
        '["soft"]',
        pytest.approx(float("nan"), nan_ok=True),
    )


def test_an_answer_is_kept_when_its_field_gets_another_name():
    course = through(FIRST, SECOND, RENAMED)
    assert after(course)[:2] == ("revalidate", '["pliable"]')
    assert after(course, answered(soft=True))[:2] == ("auto", "[]")


def test_an_answer_to_a_question_that_means_something_else_now_is_asked_again():
    course = through(FIRST, SECOND, REDEFINED)
    assert after(course, answered(soft=True))[:2] == ("revalidate", '["soft"]')


def test_what_is_confirmed_is_right_until_a_text_changes_once_more():
    claim = Claim("meaning", None)
    once = through(FIRST, FIRST, claims=[claim])
    assert after(once)[:2] == ("revalidate", "[]")
    assert after(once, answered(asks="[]"))[:2] == ("untouched", "[]")
    later = (Stop(FIRST, (claim,)), Stop(FIRST, (claim,)))
    twice = Course({"1.0.0": later, "2.0.0": later[1:]}, FIRST)
    assert after(twice, answered(asks="[]"))[:2] == ("revalidate", "[]")
    assert after(twice, answered(asks="[]", era="3.0.0"))[:2] == ("untouched", "[]")


def test_what_is_asked_after_an_answer_is_another_unit_of_work():
    course = through(FIRST, SECOND, claims=[Claim("meaning", None)])
    none = Rates(undefined("no times"), undefined("no times"))
    plans = []
    for said in ((), (answered(soft=False),)):
        told = completed(OBSERVED, pd.concat([answered(experts=0), *said]), course, quorum=2)
        plans.append(affected(told, ITEMS, course, Stored.REBUILT).plan(none))
    before, then = (plan[["unit", "asks"]].to_numpy().tolist() for plan in plans)
    assert (before, then) == ([["field", '["soft"]']], [["record", "[]"]])
    assert plans[0]["plan_id"].item() != plans[1]["plan_id"].item()
