"""What work for people costs: rates from recorded times, their intervals, and what is counted once."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.guideline_documents import guideline

from groundkeeper.core.estimates import Estimate, Resampling, undefined
from groundkeeper.core.impact.affected import Course, affected
from groundkeeper.core.impact.hours import NO_TIMES, Rates, Workload, hours, rates, timed
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, Stop

HOW = Resampling(rounds=200, seed=1, confidence=0.95)


def answers(*rows):
    return pd.DataFrame(rows, columns=["lead_time_s", "annotations", "group_id"])


def test_the_time_of_an_answer_is_that_of_its_item_and_shared_by_its_annotations():
    pace = rates(answers((60, 1, "a"), (120, 3, "b"), (np.nan, 9, "c"), (30, 0, "d")), HOW)
    assert pace.item.value == pytest.approx((60 + 120 + 30) / 3)
    assert pace.record.value == pytest.approx((60 + 120) / 4)
    assert (pace.item.n, pace.record.n) == (3, 2)


def asked(*rows):
    return pd.DataFrame(rows, columns=["lead_time_s", "annotations", "group_id", "scope"])


WHOLE = [(60, 2, "a", "item"), (100, 4, "b", "item")]


def test_looks_at_one_record_tell_its_time_and_leave_that_of_the_item_as_it_was():
    pace = rates(asked(*WHOLE, (9, 0, "a", "fields"), (21, 1, "c", "record")), HOW)
    assert (pace.item.value, pace.record.value) == (80, 15)
    assert (pace.item.n, pace.record.n) == (2, 2)


@pytest.mark.parametrize("looks", [[], [(np.nan, 1, "a", "record")]])
def test_without_a_timed_look_at_a_record_whole_items_are_shared_by_their_annotations(looks):
    assert rates(asked(*WHOLE, *looks), HOW).record.value == pytest.approx(160 / 6)


def test_a_search_takes_the_time_of_an_item_and_tells_nothing_of_a_record():
    pace = rates(asked(*WHOLE, (50, 1, "c", "search")), HOW)
    assert (pace.item.value, pace.record.value) == pytest.approx((70, 160 / 6))
    assert rates(asked((50, 1, "c", "search")), HOW).record.note == NO_TIMES


def test_times_of_records_alone_tell_nothing_of_an_item():
    pace = rates(asked((9, 0, "a", "fields")), HOW)
    assert (pace.record.value, pace.item.note) == (9, NO_TIMES)


def test_an_answer_that_marks_nothing_tells_nothing_of_a_record():
    pace = rates(answers((60, 0, "a"), (30, 0, "b")), HOW)
    assert pace.item.value == 45
    assert math.isnan(pace.record.value)
    assert pace.record.note == NO_TIMES


def test_without_times_nothing_is_told_but_that():
    pace = rates(answers((np.nan, 2, "a"), (np.nan, 1, "b")), HOW)
    cost = hours(Workload(records=5, items=0), pace)
    assert math.isnan(cost.value)
    assert cost.note == "no times recorded"
    assert hours(Workload(0, 0), pace).value == 0


def test_the_interval_is_around_the_rate_and_does_not_come_from_the_order_of_rows():
    draw = np.random.default_rng(3)
    table = answers(*((float(draw.uniform(10, 90)), 2, f"g{n % 20}") for n in range(200)))
    pace = rates(table, HOW)
    assert pace.item.low < pace.item.value < pace.item.high
    assert (pace.item.n, pace.item.groups) == (200, 20)
    other = rates(table.sample(frac=1, random_state=1), HOW)
    assert (other.item.low, other.item.high) == pytest.approx((pace.item.low, pace.item.high))


@given(st.integers(0, 500), st.integers(0, 500))
def test_hours_add_up_what_records_and_items_take(records, items):
    pace = Rates(
        Estimate(360.0, 180.0, 720.0, 50, 20, 45.0), Estimate(36.0, 18.0, 72.0, 40, 10, 30.0)
    )
    cost = hours(Workload(records, items), pace)
    value = records / 100 + items / 10
    assert (cost.value, cost.low, cost.high) == pytest.approx((value, value / 2, value * 2))
    assert cost.n == (40 if records else 50 if items else 0)


def test_what_is_not_known_of_one_part_is_not_known_of_the_whole():
    pace = Rates(Estimate(360.0, 180.0, 720.0, 50, 20, 45.0), undefined(NO_TIMES))
    assert hours(Workload(0, 10), pace).value == pytest.approx(1)
    assert math.isnan(hours(Workload(1, 10), pace).value)
    assert hours(Workload(1, 10), pace).note == NO_TIMES


def test_the_times_of_a_set_come_from_its_answers_with_how_much_each_marks():
    found = timed(said(("x", "i", 5.0), ("y", "j", np.nan)), MARKS, PLACES).set_index("answer_id")
    assert found["annotations"].to_dict() == {"x": 2, "y": 0}
    assert found["group_id"].to_dict() == {"x": "g", "y": "h"}


MARKS = pd.DataFrame({"answer_id": ["x", "x"]})
PLACES = pd.DataFrame({"item_id": ["j", "i"], "group_id": ["h", "g"]})


def said(*rows, **other):
    told = pd.DataFrame(rows, columns=["answer_id", "item_id", "lead_time_s"])
    plain = {"origin": "human", "state": "submitted", "scope": "item", "refusal": None}
    return told.assign(**plain | other)


@pytest.mark.parametrize("scope", ["item", "search", "record", "fields"])
def test_every_answer_that_a_plan_could_ask_for_is_timed_with_what_it_speaks_of(scope):
    found = timed(said(("x", "i", 5.0), scope=scope), MARKS, PLACES)
    assert found["scope"].tolist() == [scope]


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "audit"},
        {"scope": "quiz"},
        {"refusal": "not_asked"},
        {"state": "draft"},
        {"state": "skipped"},
        {"origin": "model"},
    ],
    ids=lambda other: next(iter(other.values())),
)
def test_what_no_plan_asks_for_or_does_not_count_is_not_timed(other):
    assert timed(said(("x", "i", 5.0), **other), MARKS, PLACES).empty


OLD = guideline({"migrations": []})
NEW = guideline(
    {
        "migrations": [],
        "decisions/include/rules/0/when": "size_px < 4 and night",
        "attributes/text/required_when": "size_px >= 6",
    }
)
RECORDS = pd.DataFrame(
    {
        "record_id": ["dark", "light", "done"],
        "item_id": ["night", "day", "day"],
        "era": "1.1.0",
        "size_px": [7.0, 7.0, 7.0],
        "kind": "car",
        "night": [True, False, False],
        "text": [np.nan, np.nan, 1.0],
    }
)
ITEMS = pd.DataFrame(
    {"item_id": ["night", "day", "empty"], "era": "1.1.0", "night": [True, False, True]}
)


COURSE = Course({"1.1.0": [Stop(Form.of(OLD))]}, Form.of(NEW))
PACE = Rates(Estimate(900.0, 800.0, 950.0, 9, 3, 8.0), Estimate(30.0, 20.0, 40.0, 9, 3, 8.0))


@pytest.mark.parametrize(("items", "searched"), [(ITEMS, 2), (ITEMS.iloc[1:2], 0)])
def test_what_is_asked_about_records_counts_beside_the_search_of_their_item(items, searched):
    found = affected(RECORDS, items, COURSE, Stored.ANSWERED)
    assert found.counts()["revalidate"] == 2
    assert found.counts()["search"] == searched
    experts = NEW.consensus.experts
    assert found.workload() == Workload(2 * experts, searched * experts)


@pytest.mark.parametrize("items", [ITEMS, ITEMS.iloc[1:2]], ids=["with searches", "without"])
@pytest.mark.parametrize("apart", [False, True], ids=["of one mind", "a second look"])
def test_the_hours_of_the_plan_sum_to_those_of_the_headline(items, apart):
    # The first record is known, and its experts stand on either side of 8 px, a boundary that moved.
    low, high = ([5.0, 7.0, 7.0], [9.0, 7.0, 7.0]) if apart else ([7.0] * 3, [7.0] * 3)
    records = RECORDS.assign(size_px_low=low, size_px_high=high, text=[1.0, np.nan, 1.0])
    found = affected(records, items, COURSE, Stored.ANSWERED)
    plan = found.plan(PACE)
    assert found.second_looks() == apart
    assert set(plan["action"]) == (
        {"revalidate"}
        | ({"second_look"} if apart else set())
        | ({"search"} if len(items) > 1 else set())
    )
    assert plan["hours"].sum() == pytest.approx(found.hours(PACE).value)
    searches = plan["action"] == "search"
    experts = NEW.consensus.experts
    assert plan.loc[searches, "hours"].tolist() == pytest.approx([experts / 4] * searches.sum())
    assert plan.loc[~searches, "hours"].tolist() == pytest.approx(plan["experts"][~searches] / 120)


def test_a_plan_has_no_hours_where_no_times_were_recorded():
    pace = Rates(undefined(NO_TIMES), undefined(NO_TIMES))
    assert affected(RECORDS, ITEMS, COURSE, Stored.ANSWERED).plan(pace)["hours"].isna().all()
