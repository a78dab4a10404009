"""Records that could turn a ranking round, against every way of settling them tried one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.scoring.bounds.object_bounds import bounds_table, object_bounds
from groundkeeper.core.scoring.bounds.unsettled import Scene, Unsettled
from groundkeeper.core.scoring.doubtful import doubtful
from groundkeeper.core.scoring.flips import (
    UNMATCHED,
    VANISHED,
    WORTH,
    Doubts,
    flip_table,
    is_safe,
    lead,
    ranking,
)
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.scoring.outcomes import Named, outcomes_of
from schemas.names import PLAN

NAMES = ["subject", "item_id", "record_id", "annotation_id", "outcome", "truth", "said"]
STATES = ["record_id", "item_id", "status", "confidence", "experts", "votes"]
BOTH = {"names": ["ada", "bob"], "item_ids": {"i1", "i2"}}

TRUTHS = ("nothing", "nobody's", 0, 1, 7)
"""What a record may turn out to be; nobody ever says 7."""


def became(said, truth):
    """The outcome of one subject, None if there is none."""
    if truth == "nobody's":
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
    said = rng.choice([UNMATCHED, 0, 1], (n, 2), p=[0.3, 0.35, 0.35])
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


def compared(truth_states, said, alike, label=0):
    """The outcomes and bounds of one subject as the engine has them: ten records of item 0 and one of item 1."""
    n = len(truth_states)
    unit = np.array([0] * 10 + [1] * (n - 10))
    is_open = np.array([state == "open" for state in truth_states])
    truth = replace(Side.of(unit, np.full(n, label)), ignored=is_open)
    own = Side.of(np.array(said), np.full(len(said), label))
    pairs = sorted(alike)
    near = Near(
        np.array([row for row, _ in pairs]),
        np.array([column for _, column in pairs]),
        np.array([alike[pair] for pair in pairs]),
        np.zeros(len(pairs), bool),
    )
    how, area = Settings(match_iou=0.5), np.ones(n, bool)
    found = compare(truth, own, near, how)
    names = [
        np.array([f"{prefix}{place}" for place in range(size)], dtype=object)
        for prefix, size in (("i", 2), ("r", n), ("a", len(said)))
    ]
    named = Named(np.array(["it"] * 2, object), *names, ("box",), area, np.full(len(said), np.nan))
    scene = Scene(2, ("box",), area, np.zeros(2, np.int64))
    closed = replace(truth, ignored=np.zeros(n, bool))
    bounds = object_bounds(closed, own, near, how, Unsettled.anything(is_open, 1), scene)
    return outcomes_of(found, truth, own, named), bounds


def touching(state):
    """Ada finds ten of ten and draws five that touch the last record below the least IoU; Bob finds nine."""
    states = ["settled"] * 10 + ([] if state == "gone" else [state])
    near = {(n, n): 0.9 for n in range(10)}
    if state != "gone":
        near |= {(10, 10 + n): 0.3 for n in range(5)}
    ada = compared(states, [0] * 10 + [1] * 5, near)
    bob = compared(states, [0] * 9, {(n, n): 0.9 for n in range(9)})
    return {"ada": ada, "bob": bob}


def f1_of(outcomes):
    figures = {each.measure: each for each in object_figures(outcomes, "it")}
    return figures["f1"].statistic(figures["f1"].contributions.sum(axis=0)[None])[0]


def test_a_lead_that_objects_beside_an_open_record_can_turn_round_is_not_called_safe():
    now = {name: f1_of(outcomes) for name, (outcomes, _) in touching("open").items()}
    after = {name: f1_of(outcomes) for name, (outcomes, _) in touching("gone").items()}
    assert now["ada"] > now["bob"]
    assert after["ada"] < after["bob"], "the engine turns it round"
    bounds = pd.concat(bounds_table(name, of, 0) for name, (_, of) in touching("open").items())
    assert not is_safe(bounds, "ada", "bob", "f1", {"ada", "bob"})


@pytest.mark.parametrize(
    ("bounds", "whole", "safe"),
    [
        ([(0.8, 0.9, ""), (0.5, 0.7, "")], "ab", True),
        ([(0.7, 0.9, ""), (0.5, 0.7, "")], "ab", False),
        ([(0.8, 0.9, "3 records open; it may come out undefined"), (0.5, 0.7, "")], "ab", False),
        ([(np.nan, np.nan, "undefined"), (0.5, 0.7, "")], "ab", False),
        ([(0.8, 0.9, ""), (0.5, 0.7, "")], "a", False),
        ([(0.8, 0.9, "")], "ab", False),
    ],
    ids=["apart", "touching", "perhaps undefined", "undefined", "of other items", "without bounds"],
)
def test_a_lead_is_safe_only_if_the_bounds_of_both_over_the_same_items_are_apart(
    bounds, whole, safe
):
    table = pd.DataFrame(bounds, columns=["low", "high", "note"]).assign(measure="recall")
    assert (
        is_safe(table.assign(subject=list("ab")[: len(table)]), "a", "b", "recall", whole) is safe
    )


def test_settled_records_that_are_doubted_are_ranked_by_as_they_stand():
    # Of ten sure records A finds three and B five; of nine doubted ones A finds all and B none.
    rows, states = [], []
    for n in range(19):
        finds = {"A": n < 3 or n >= 10, "B": n < 5}
        states.append((f"r{n}", f"i{n}", "agreed", 1.0 if n < 10 else 0.8, 3, 3))
        rows += [
            (who, f"i{n}", f"r{n}", f"{who}{n}", "correct", "x", "x")
            if found
            else (who, f"i{n}", f"r{n}", None, "missing", "x", None)
            for who, found in finds.items()
        ]
    outcomes, records = pd.DataFrame(rows, columns=NAMES), pd.DataFrame(states, columns=STATES)
    found = doubtful(
        outcomes,
        records,
        tables()[2],
        "recall",
        names=["A", "B"],
        item_ids=set(records["item_id"]),
        below=0.9,
    )
    assert found.now.tolist() == [[12, 19], [5, 19]]
    pair = tuple(ranking(found.now, found.names))
    one = lead(found.settled, found.doubts, pair, "recall", np.arange(9))
    assert pair == (0, 1)
    assert one.gap == pytest.approx(7 / 19)
    assert (one.move > 0).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_of_several_rows_of_one_record_the_pair_that_counts_then_the_first_annotation_speaks(
    backwards,
):
    outcomes, records, plan = tables()
    more = [
        ("ada", "i1", "r2", "a9", "correct", "cat", "dog"),
        ("ada", "i1", "r2", "a8", "excluded", "cat", "owl"),
        ("ada", "i1", "r2", "a7", "mismatch", "cat", "owl"),
    ]
    every = pd.concat([outcomes, pd.DataFrame(more, columns=NAMES)])
    given_rows = every.iloc[::-1] if backwards else every
    found = doubtful(given_rows, records, plan, "recall", **BOTH)
    # Of cat and owl: a7 is before a9, and a8 does not count.
    assert found.doubts.said.tolist() == [[1, UNMATCHED]]


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
    outcomes = pd.DataFrame(rows, columns=NAMES)
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
    found = doubtful(*tables(), "recall", **BOTH)
    assert found.records["record_id"].tolist() == ["r2"]
    assert found.records["doubt"].round(3).tolist() == [0.333]
    assert found.records["action"].tolist() == ["reannotate"]
    assert found.doubts.said.tolist() == [[0, UNMATCHED]]
    assert found.settled.tolist() == [[1, 2], [1, 2]]


def test_settled_records_of_little_confidence_can_be_doubted_too():
    found = doubtful(*tables(), "recall", **BOTH, below=0.7)
    assert found.records["record_id"].tolist() == ["r2", "r3"]
    assert found.doubts.said.tolist() == [[0, UNMATCHED], [UNMATCHED, 1]]
    assert found.doubts.is_open.tolist() == [True, False]
    # What is doubted is not among what is settled, and is in the score all the same.
    assert found.settled.tolist() == [[1, 1], [0, 1]]
    one = lead(found.settled, found.doubts, (0, 1), "recall", np.arange(2))
    assert one.gap == pytest.approx(1 / 2 - 1 / 2)


def test_the_table_tells_who_leads_and_what_is_left_of_it():
    found = doubtful(*tables(), "f1", **BOTH)
    pair = tuple(ranking(found.now, found.names))
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
