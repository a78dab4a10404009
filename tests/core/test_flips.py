"""Records that could turn a ranking round, against every way of settling them tried one by one."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.doubtful import doubtful
from groundkeeper.core.scoring.flips import (
    UNANSWERED,
    UNMATCHED,
    VANISHED,
    WORTH,
    Doubts,
    flip_table,
    lead,
    ranking,
)
from schemas.names import PLAN

TRUTHS = ("nothing", "nobody's", 0, 1, 7)
"""What a record may turn out to be; nobody ever says 7."""


def became(said, truth):
    """The outcome of one subject, None if there is none."""
    if said == UNANSWERED or truth == "nobody's":
        return None
    if truth == "nothing":
        return "extra" if said >= 0 else None
    if said == UNMATCHED:
        return "missing"
    return "correct" if said == truth else "mismatch"


def gap(settled, said, truths, measure):
    """The lead of the first of two once the records are *truths*, None where either has no score."""
    ratios = []
    for who in (0, 1):
        part, whole = settled[who]
        for record, truth in enumerate(truths):
            outcome = became(said[record, who], truth)
            if outcome is not None:
                part, whole = (
                    part + WORTH[measure][outcome][0],
                    whole + WORTH[measure][outcome][1],
                )
        if whole == 0:
            return None
        ratios.append(part / whole)
    return ratios[0] - ratios[1]


def case(seed, n=3):
    rng = np.random.default_rng(seed)
    wholes = rng.integers(4, 14, 2)
    settled = np.stack([rng.integers(0, wholes + 1), wholes], axis=1)
    settled = settled[np.argsort(-settled[:, 0] / settled[:, 1], kind="stable")]
    said = rng.choice([UNANSWERED, UNMATCHED, 0, 1], (n, 2), p=[0.1, 0.3, 0.3, 0.3])
    stands = rng.choice([0, 1, VANISHED], n)
    return settled, Doubts(said, stands, np.ones(n, dtype=bool))


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(WORTH)))
def test_what_one_record_can_do_to_a_lead_is_the_worst_of_all_that_it_may_be(seed, measure):
    settled, doubts = case(seed)
    found = lead(settled, doubts, (0, 1), measure, np.arange(3))
    for record in range(3):
        one = doubts.said[[record]]
        worst = min(gap(settled, one, [truth], measure) for truth in TRUTHS)
        assert found.lowest[record] == pytest.approx(min(worst, found.gap), abs=1e-12)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(WORTH)))
def test_a_lead_that_is_said_to_be_safe_is_safe_whatever_the_rest_turns_out_to_be(seed, measure):
    settled, doubts = case(seed, n=4)
    found = lead(settled, doubts, (0, 1), measure, np.arange(4))
    if found.enough is None:
        return
    order = found.order
    known = ["nothing" if truth == VANISHED else int(truth) for truth in doubts.stands[order]]
    known = known[: found.enough]
    for rest in itertools.product(TRUTHS, repeat=4 - found.enough):
        assert gap(settled, doubts.said[order], [*known, *rest], measure) > 0


def test_a_lead_that_nothing_can_turn_round_is_safe_at_once():
    settled = np.array([[90, 100], [10, 100]])
    doubts = Doubts(np.array([[UNMATCHED, 0]] * 5), np.zeros(5, np.int64), np.ones(5, bool))
    found = lead(settled, doubts, (0, 1), "f1", np.arange(5))
    assert found.enough == 0
    assert (found.move > 0).all()
    assert (found.lowest > 0).all()


def test_records_that_move_a_lead_alike_are_in_the_order_of_the_plan():
    settled = np.array([[8, 10], [7, 10]])
    doubts = Doubts(np.array([[UNMATCHED, 0]] * 3), np.zeros(3, np.int64), np.ones(3, bool))
    assert lead(settled, doubts, (0, 1), "f1", np.array([2, 0, 1])).order.tolist() == [1, 2, 0]


def tables():
    rows = [
        ("ada", "i1", "r1", "a1", "correct", "cat", "cat"),
        ("ada", "i1", "r2", "a2", "excluded", "cat", "cat"),
        ("ada", "i2", "r3", None, "missing", "dog", None),
        ("bob", "i1", "r1", "b1", "mismatch", "cat", "dog"),
        ("bob", "i2", "r3", "b3", "correct", "dog", "dog"),
    ]
    names = ["subject", "item_id", "record_id", "annotation_id", "outcome", "truth", "said"]
    outcomes = pd.DataFrame(rows, columns=names)
    records = pd.DataFrame(
        {
            "record_id": ["r1", "r2", "r3", "r9", "r4"],
            "item_id": ["i1", "i1", "i2", "i9", "i2"],
            "status": ["agreed", "pending", "agreed", "pending", "retired"],
            "confidence": [np.nan, np.nan, 0.6, np.nan, np.nan],
            "votes": [3, 2, 3, 1, 1],
            "experts": [3, 3, 3, 3, 3],
        }
    )
    plan = pd.DataFrame(
        [
            ("p1", "r2", "reannotate", 3.0),
            ("p2", "r2", "revalidate", 1.0),
            ("p3", None, "search", 9),
        ],
        columns=["plan_id", "record_id", "action", "priority"],
    ).reindex(columns=list(PLAN.columns))
    return outcomes, records, plan


def test_open_records_of_items_that_were_scored_are_in_doubt_and_no_others():
    found = doubtful(*tables(), "recall")
    assert found.records["record_id"].tolist() == ["r2"]
    assert found.records["doubt"].round(3).tolist() == [0.333]
    assert found.records["action"].tolist() == ["reannotate"]
    assert found.doubts.said.tolist() == [[0, UNMATCHED]]
    assert found.settled.tolist() == [[1, 2], [1, 2]]


def test_settled_records_of_little_confidence_can_be_doubted_too():
    found = doubtful(*tables(), "recall", below=0.7)
    assert found.records["record_id"].tolist() == ["r2", "r3"]
    assert found.doubts.said.tolist() == [[0, UNMATCHED], [UNMATCHED, 1]]
    assert found.doubts.is_open.tolist() == [True, False]
    # What is doubted is not among what is settled, and is in the score all the same.
    assert found.settled.tolist() == [[1, 1], [0, 1]]
    one = lead(found.settled, found.doubts, (0, 1), "recall", np.arange(2))
    assert one.gap == pytest.approx(1 / 2 - 1 / 2)


def test_the_table_tells_who_leads_and_what_is_left_of_it():
    found = doubtful(*tables(), "f1")
    pair = tuple(ranking(found.settled, found.names))
    one = lead(found.settled, found.doubts, pair, "f1", np.arange(1))
    (row,) = flip_table([one], found.names, found.records).to_dict("records")
    assert (row["record_id"], row["first"], row["second"]) == ("r2", "ada", "bob")
    assert row["gap"] == pytest.approx(2 / 3 - 2 / 4)
    # Should there be nothing, what ada drew is too much; should it be an owl, both are wrong.
    assert row["lowest"] == pytest.approx(0)
    assert row["of_gap"] == pytest.approx(1)
    assert not row["flips"]


def test_who_has_no_score_is_in_no_ranking():
    assert ranking(np.array([[0, 0], [1, 2]]), ["ada", "bob"]) == [1]
