import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies.evidence import BY_IOU, FIELDS, evidence, few

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import decided_in
from groundkeeper.core.deciding import Rules, decide_items, decide_records, open_questions
from groundkeeper.core.guideline.decisions import Decision
from schemas.drawn import DRAWN

INCLUDE = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": ["annotate", "skip"],
        "invisible": ["skip"],
        "default": "annotate",
        "rules": [{"id": "inc.small", "when": "area_px2 < 6", "then": "skip"}],
    }
)
GRADE = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": ["low", "high"],
        "default": "low",
        "rules": [{"id": "grade.high", "when": "rating >= 4", "then": "high"}],
    }
)
RULES = Rules({"include": INCLUDE, "grade": GRADE}, FIELDS, BY_IOU)


def observation(**facts):
    row = {
        "record_id": "rc_1",
        "item_id": "it_a",
        "era": "1.0.0",
        "votes": 2,
        "experts": 3,
        **dict.fromkeys(DRAWN),
        "spread_iou": 0.8,
        "adjudication": None,
        "verdict": None,
        "area_px2": 9.0,
        "area_px2_low": 8.0,
        "area_px2_high": 10.0,
        "rating": 2.0,
        "rating_low": 2.0,
        "rating_high": 2.0,
    }
    return pd.DataFrame([{**row, **facts}])


def untouched(table, action="untouched"):
    return table[["record_id", "era"]].assign(action=action, tombstone=False, lost="[]")


def regions(table):
    return table[["record_id", "era"]]


def decided(action="untouched", *, drawn=True, **facts):
    table = observation(**facts)
    found = regions(table) if drawn else regions(table).iloc[:0]
    records = decide_records(table, untouched(table, action), found, RULES)
    return records.iloc[0] if len(records) else None


def test_a_quorum_and_known_decisions_make_an_agreed_record():
    record = decided()
    assert (record["status"], record["include"], record["grade"]) == ("agreed", "annotate", "low")
    assert json.loads(record["rule_ids"]) == {"include": "default", "grade": "default"}
    assert (record["confidence"], record["decided_by"]) == (pytest.approx(2 / 3), "consensus")


def test_an_invisible_outcome_leaves_no_record():
    assert decided(area_px2=5.0, area_px2_low=5.0) is None


@pytest.mark.parametrize(
    ("facts", "action", "status"),
    [
        ({"votes": 1}, "untouched", "pending"),
        ({"rating": np.nan}, "untouched", "pending"),
        ({}, "revalidate", "stale"),
        ({}, "reannotate", "stale"),
        ({}, "auto", "agreed"),
        ({}, "contradiction", "pending"),
        ({"votes": 1}, "revalidate", "pending"),
        ({"drawn": False}, "untouched", "pending"),
        ({"votes": 0, "experts": 2, "rating": np.nan, "area_px2": np.nan}, "untouched", "retired"),
        ({"votes": 0, "experts": 1, "rating": np.nan, "area_px2": np.nan}, "untouched", "pending"),
    ],
)
def test_status(facts, action, status):
    assert decided(action, **facts)["status"] == status


def test_a_record_is_borderline_where_the_experts_straddle_a_boundary():
    assert decided(rating=3.0, rating_low=2.0, rating_high=4.0)["borderline"]
    assert not decided(rating=3.0, rating_low=2.0, rating_high=3.0)["borderline"]


def test_an_unknown_decision_is_pending_and_not_borderline():
    record = decided(rating=np.nan, rating_low=np.nan, rating_high=np.nan)
    assert (pd.isna(record["grade"]), record["borderline"]) == (True, False)


def test_a_retired_record_is_settled_by_the_experts():
    record = decided(votes=0, rating=np.nan, area_px2=np.nan, drawn=False)
    assert record[["decided_by", "borderline"]].tolist() == ["consensus", False]


SAID = {"adjudication": "ao_1", "verdict": "position"}


def test_what_an_adjudicator_decided_is_adjudicated_however_few_voted():
    record = decided(votes=1, rating_high=5.0, **SAID)
    assert record[["status", "decided_by", "borderline"]].tolist() == [
        "adjudicated",
        "adjudicator",
        False,
    ]
    assert (record["adjudication"], "verdict" in record) == ("ao_1", False)


@pytest.mark.parametrize(
    ("facts", "action", "status", "decided_by"),
    [
        ({"votes": 0, "experts": 4}, "untouched", "adjudicated", "adjudicator"),
        ({}, "auto", "adjudicated", "adjudicator"),
        ({"rating": np.nan}, "untouched", "pending", "none"),
        ({"drawn": False}, "untouched", "pending", "none"),
        ({}, "contradiction", "pending", "none"),
        ({}, "revalidate", "stale", "none"),
        (
            {"verdict": "absent", "rating": np.nan, "drawn": False},
            "untouched",
            "retired",
            "adjudicator",
        ),
        ({"verdict": "absent", "votes": 1, "experts": 1}, "revalidate", "retired", "adjudicator"),
    ],
)
def test_an_adjudicators_word_is_held_against_everything_but_the_votes(
    facts, action, status, decided_by
):
    record = decided(action, **(SAID | facts))
    assert record[["status", "decided_by"]].tolist() == [status, decided_by]


def test_too_few_votes_are_no_open_question_once_an_adjudicator_decided():
    table = pd.concat([observation(votes=1), observation(record_id="rc_2", votes=1, **SAID)])
    made = table.assign(include="annotate", grade="low").reset_index(drop=True)
    found = open_questions(made, untouched(made), regions(made), RULES)
    assert found["below_quorum"].tolist() == [True, False]


def test_content_comes_from_the_newest_era_in_which_a_quorum_looked():
    rows = pd.concat(
        [
            observation(era="9.0.0", experts=2),
            observation(era="10.0.0", experts=2, votes=0),
            observation(era="11.0.0", experts=1),
        ]
    )
    assert decided_in(rows, 2, "record_id")["era"].tolist() == ["10.0.0"]
    assert decided_in(rows.iloc[2:], 2, "record_id")["era"].tolist() == ["11.0.0"]


SAMPLE = pd.DataFrame(
    {
        "item_id": ["it_a", "it_b"],
        "item_key": ["a", "b"],
        "uri": ["file:a", "file:b"],
        "group_id": "g",
        "stratum": "routine",
        "inclusion_probability": 0.15,
        "split": "dev",
    }
)


LOOKED = pd.DataFrame({"item_id": ["it_a"], "era": ["1.0.0"], "experts": [0], "empty_answers": [0]})


@pytest.mark.parametrize(
    ("experts", "empty_answers", "votes", "status", "empty"),
    [
        (2, 2, [], "agreed", True),
        (3, 2, [1], "agreed", True),
        (4, 2, [2], "agreed", False),
        (1, 1, [], "pending", False),
        (0, 0, [], "pending", False),
        (2, 0, [2, 1], "pending", False),
        (2, 0, [2, 2], "agreed", False),
    ],
)
def test_agreed_empty_needs_a_quorum_of_empty_answers_and_no_record_with_one(
    experts, empty_answers, votes, status, empty
):
    looked = LOOKED.assign(experts=experts, empty_answers=empty_answers)
    records = pd.DataFrame(
        {
            "item_id": ["it_a"] * len(votes),
            "era": "1.0.0",
            "votes": pd.Series(votes, dtype="int64"),
            "status": ["agreed" if v >= 2 else "pending" for v in votes],
        }
    )
    row = decide_items(SAMPLE, looked, (records[["item_id"]], records), (), quorum=2).iloc[0]
    assert (row["status"], row["empty"]) == (status, empty)


@pytest.mark.parametrize(("experts", "status"), [(4, "agreed"), (1, "pending")])
def test_an_item_in_which_everything_seen_is_out_of_the_gt_is_empty(experts, status):
    looked = LOOKED.assign(experts=experts)
    seen = pd.DataFrame({"item_id": ["it_a"]})
    nothing = pd.DataFrame({"item_id": [], "era": [], "votes": [], "status": []})
    row = decide_items(SAMPLE, looked, (seen, nothing), (), quorum=2).iloc[0]
    assert (row["status"], row["empty"]) == (status, status == "agreed")


def test_a_retired_record_does_not_unsettle_its_item():
    looked = LOOKED.assign(experts=4, empty_answers=4)
    records = pd.DataFrame(
        {"item_id": ["it_a"], "era": ["1.0.0"], "votes": [0], "status": ["retired"]}
    )
    row = decide_items(SAMPLE, looked, (records[["item_id"]], records), (), quorum=2).iloc[0]
    assert (row["status"], row["empty"], row["records"]) == ("agreed", True, 0)


def test_an_item_with_an_adjudicated_record_is_not_empty_whatever_the_votes():
    looked = LOOKED.assign(experts=4, empty_answers=3)
    records = pd.DataFrame(
        {"item_id": ["it_a"], "era": "1.0.0", "votes": [1], "status": ["adjudicated"]}
    )
    row = decide_items(SAMPLE, looked, (records[["item_id"]], records), (), quorum=2).iloc[0]
    assert (row["status"], row["empty"], row["records"]) == ("adjudicated", False, 1)


def test_an_item_of_which_an_adjudicator_said_that_nothing_is_there_is_empty():
    looked = LOOKED.assign(experts=4, empty_answers=1)
    records = pd.DataFrame(
        {"item_id": ["it_a"], "era": "1.0.0", "votes": [3], "status": ["retired"]}
    )
    row = decide_items(SAMPLE, looked, (records[["item_id"]], records), (), quorum=2).iloc[0]
    assert (row["status"], row["empty"], row["records"]) == ("agreed", True, 0)


@few
@given(evidence)
def test_every_observed_record_is_decided_once_or_invisible(found):
    result = reconcile(found, BY_IOU, FIELDS)
    chosen = decided_in(result.observations, BY_IOU.quorum, "record_id")
    records = decide_records(chosen, untouched(chosen), result.parts, RULES)
    assert records["record_id"].is_unique
    small = chosen["area_px2"] < 6
    assert set(records["record_id"]) == set(chosen.loc[~small, "record_id"])
    agreed = records[records["status"] == "agreed"]
    assert (agreed["votes"] >= 2).all()
    assert agreed["rating"].notna().all()
    assert agreed["record_id"].isin(result.parts["record_id"]).all()
