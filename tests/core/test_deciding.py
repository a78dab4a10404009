import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies.evidence import BY_IOU, FIELDS, evidence

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.deciding import adjudication_queue, decide_items, decide_records, newest_era
from groundkeeper.core.guideline.decisions import Decision

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
DECISIONS = {"include": INCLUDE, "grade": GRADE}


def observation(**facts):
    row = {
        "record_id": "rc_1",
        "item_id": "it_a",
        "era": "1.0.0",
        "votes": 2,
        "experts": 3,
        "spread_iou": 0.8,
        "area_px2": 9.0,
        "area_px2_low": 8.0,
        "area_px2_high": 10.0,
        "rating": 2.0,
        "rating_low": 2.0,
        "rating_high": 2.0,
    }
    return pd.DataFrame([{**row, **facts}])


def untouched(table, action="untouched"):
    return table[["record_id", "era"]].assign(action=action)


def decided(action="untouched", **facts):
    table = observation(**facts)
    records = decide_records(table, untouched(table, action), DECISIONS, FIELDS, quorum=2)
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


def test_content_comes_from_the_newest_era_that_reaches_the_quorum():
    rows = pd.concat(
        [
            observation(era="9.0.0", votes=2),
            observation(era="10.0.0", votes=2),
            observation(era="11.0.0", votes=1),
        ]
    )
    assert newest_era(rows, quorum=2)["era"].tolist() == ["10.0.0"]
    assert newest_era(rows.iloc[2:], quorum=2)["era"].tolist() == ["11.0.0"]


SAMPLE = pd.DataFrame(
    {
        "item_id": ["it_a", "it_b"],
        "group_id": "g",
        "stratum": "routine",
        "inclusion_probability": 0.15,
        "split": "dev",
    }
)


def looked(states):
    rows = [("it_a", f"r{n}", "1.0.0", state) for n, state in enumerate(states)]
    return pd.DataFrame(rows, columns=["item_id", "annotator", "era", "state"])


@pytest.mark.parametrize(
    ("states", "votes", "status", "empty"),
    [
        (["empty", "empty"], [], "agreed", True),
        (["empty", "empty", "submitted"], [1], "agreed", True),
        (["empty", "empty", "submitted", "submitted"], [2], "agreed", False),
        (["empty"], [], "pending", False),
        (["empty", "skipped"], [], "pending", False),
        (["empty", "draft"], [], "pending", False),
        ([], [], "pending", False),
        (["submitted", "submitted"], [2, 1], "pending", False),
    ],
)
def test_agreed_empty_needs_a_quorum_of_empty_answers_and_no_record_with_one(
    states, votes, status, empty
):
    records = pd.DataFrame(
        {
            "item_id": ["it_a"] * len(votes),
            "votes": pd.Series(votes, dtype="int64"),
            "status": ["agreed" if v >= 2 else "pending" for v in votes],
        }
    )
    row = decide_items(SAMPLE, looked(states), records, quorum=2).iloc[0]
    assert (row["status"], row["empty"]) == (status, empty)


def test_the_queue_starts_with_the_most_contested_and_says_why():
    table = pd.concat(
        [
            observation(record_id="rc_split", votes=1, experts=2),
            observation(record_id="rc_lone", votes=1, experts=4),
            observation(record_id="rc_settled", votes=3, experts=3),
            observation(record_id="rc_unknown", votes=3, experts=3, rating=np.nan),
            observation(record_id="rc_both", votes=2, experts=4, rating=3.0, rating_high=4.0),
        ]
    )
    records = decide_records(table, untouched(table), DECISIONS, FIELDS, quorum=2)
    queue = adjudication_queue(records, DECISIONS, untouched(table), quorum=2)
    assert queue.set_index("record_id")["reason"].to_dict() == {
        "rc_split": "below_quorum",
        "rc_lone": "below_quorum",
        "rc_unknown": "undecided",
        "rc_both": "borderline",
    }
    assert queue.set_index("record_id")["priority"].to_dict() == {
        "rc_split": 1.0,
        "rc_lone": pytest.approx(0.8112781),
        "rc_unknown": 1.0,
        "rc_both": 2.0,
    }
    assert queue["record_id"].iloc[0] == "rc_both"


@given(evidence)
def test_every_observed_record_is_decided_once_or_invisible(found):
    observations = reconcile(found, BY_IOU, FIELDS).observations
    chosen = newest_era(observations, BY_IOU.quorum)
    records = decide_records(chosen, untouched(chosen), DECISIONS, FIELDS, BY_IOU.quorum)
    assert records["record_id"].is_unique
    small = chosen["area_px2"] < 6
    assert set(records["record_id"]) == set(chosen.loc[~small, "record_id"])
    assert (records["status"] == "agreed").sum() == (
        (records["votes"] >= 2) & records["rating"].notna()
    ).sum()
