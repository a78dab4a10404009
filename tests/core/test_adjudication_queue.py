"""What an adjudicator should look at: why, in which order, and by which doubts."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.adjudication.queue import Doubts, adjudication_queue, reasons_of
from groundkeeper.core.deciding import Rules
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus
from schemas.adjudication import ADJUDICATION_QUEUE

GRADE = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": ["low", "high"],
        "default": "low",
        "rules": [{"id": "grade.high", "when": "rating >= 4", "then": "high"}],
    }
)
RATING = {"type": "ordinal", "values": [1, 2, 3, 4, 5], "from": "attribute"}
CONSENSUS = {
    "experts": 4,
    "quorum": 2,
    "match": {"by": "iou", "at_least": 0.1},
    "shape": "majority_region",
}


def rules(fuse="median", **inference):
    fields = {"rating": Field.model_validate(RATING | {"fuse": fuse})}
    told = CONSENSUS | ({"inference": {"rating": inference}} if inference else {})
    return Rules({"grade": GRADE}, fields, Consensus.model_validate(told))


RULES = rules()
DISPUTES = pd.DataFrame(columns=["record_id", "era", "field", "method"], dtype="str")
POSTERIORS = pd.DataFrame(
    {name: [] for name in ("record_id", "era", "field", "value", "probability")}
).astype({"probability": "float64"})
UNDOUBTED = Doubts(DISPUTES, POSTERIORS)


def record(name="rc_1", **facts):
    row = {
        "record_id": name,
        "item_id": "it_a",
        "era": "1.0.0",
        "status": "agreed",
        "votes": 4,
        "experts": 4,
        "spread_iou": 0.8,
        "borderline": False,
        "adjudication": None,
        "grade": "low",
    }
    return row | facts


def table(*rows):
    return pd.DataFrame(rows).astype({"adjudication": "str", "grade": "str"})


def queue(*rows, contested=(), drawn=True, action="untouched", of=RULES, doubts=UNDOUBTED):
    records = table(*rows)
    keys = records[["record_id", "era"]]
    states = keys.assign(action=action, tombstone=False, lost="[]")
    why = reasons_of(records, states, keys if drawn else keys[:0], of, doubts.disputes)
    hot = pd.DataFrame(contested, columns=["decision", "record_id", "experts", "otherwise"]).astype(
        {"experts": "int64", "otherwise": "int64"}
    )
    found = adjudication_queue(records, why, hot, of, doubts)
    assert list(found) == list(ADJUDICATION_QUEUE.columns)
    return found.set_index("record_id")


def test_what_is_settled_and_undoubted_is_on_nobodys_list():
    settled = [
        record(),
        record("rc_2", status="retired", votes=0),
        record("rc_3", status="adjudicated", votes=1, adjudication="ao_1"),
    ]
    assert queue(*settled).empty


def test_the_gravest_comes_first_and_says_why():
    found = queue(
        record("rc_lone", votes=1, status="pending", spread_iou=np.nan),
        record("rc_split", votes=1, experts=2, status="pending", spread_iou=np.nan),
        record("rc_unknown", grade=None, status="pending"),
        record("rc_near", votes=2, borderline=True, spread_iou=0.5),
        contested=[("grade", "rc_near", 2, 1)],
    )
    assert found["reason"].to_dict() == {
        "rc_unknown": "undecided",
        "rc_near": "borderline",
        "rc_split": "below_quorum",
        "rc_lone": "below_quorum",
    }
    near = found.loc["rc_near"]
    parts = ["presence_error", "value_error", "shape_error", "boundary_error"]
    assert near[parts].tolist() == [0.5, 0.5, 0.5, 0.5]
    assert near["expected_error"] == pytest.approx(1 - 0.5**4)
    assert found.loc["rc_unknown", "expected_error"] == 1
    assert found.loc["rc_split", "expected_error"] == 0.5
    assert np.isnan(found.loc["rc_lone", "shape_error"])


def test_equal_errors_are_in_the_order_of_the_ids_whatever_the_order_of_rows():
    rows = [record(name, votes=1, status="pending") for name in ("rc_b", "rc_a", "rc_c")]
    assert queue(*rows).index.tolist() == ["rc_a", "rc_b", "rc_c"]
    pd.testing.assert_frame_equal(queue(*rows), queue(*rows[::-1]))


@pytest.mark.parametrize(
    ("told", "reason", "component"),
    [
        ({"action": "contradiction"}, "contradiction", "value_error"),
        ({"drawn": False}, "no_region", "shape_error"),
    ],
)
def test_what_cannot_be_right_is_certainly_wrong(told, reason, component):
    (row,) = queue(record(status="pending"), **told).to_dict("records")
    assert (row["reason"], row[component], row["expected_error"]) == (reason, 1.0, 1.0)


def test_an_inferred_value_is_as_doubtful_as_its_posterior_and_as_many_methods_differ():
    of = rules("posterior", method="dawid_skene", compare=["mace", "glad"])
    values = [("[1]", 0.7), ("[2]", 0.2), ("[3]", 0.1)]
    posteriors = pd.DataFrame(
        [("rc_1", "1.0.0", "rating", value, p) for value, p in values],
        columns=list(POSTERIORS.columns),
    )
    disputes = pd.DataFrame(
        [("rc_1", "1.0.0", "rating", "mace"), ("rc_2", "9.0.0", "rating", "mace")],
        columns=list(DISPUTES.columns),
    )
    doubts = Doubts(disputes, posteriors)
    # By votes all experts would decide otherwise: of an inferred field the model is asked, and not the votes.
    found = queue(
        record(), record("rc_2"), contested=[("grade", "rc_1", 4, 4)], of=of, doubts=doubts
    )
    assert found["reason"].to_dict() == {"rc_1": "methods_differ"}
    row = found.loc["rc_1"]
    assert row[["value_error", "method_error"]].tolist() == pytest.approx([0.3, 0.5])


def test_a_dispute_about_a_field_that_there_is_not_any_more_is_none():
    disputes = pd.DataFrame(
        [("rc_1", "1.0.0", "no longer a field", "mace")], columns=list(DISPUTES.columns)
    )
    assert queue(record(), doubts=Doubts(disputes, POSTERIORS)).empty


def test_what_an_adjudicator_left_undecided_waits_again_and_not_for_being_there():
    told = {"adjudication": "ao_1", "status": "pending", "grade": None, "votes": 1}
    row = queue(record(**told)).loc["rc_1"]
    assert (row["reason"], row["presence_error"], row["value_error"]) == ("undecided", 0.0, 1.0)
