"""Accuracy against gold: ties, coverage, classes, and gold that is not what it should be."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.against_gold import against_gold, code_gold, probability_of
from groundkeeper.core.truth.inferred import Inferred, Posterior
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.errors import RefusedError

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")
with_reference = pytest.mark.skipif(
    REFERENCE is None, reason="GROUNDKEEPER_REFERENCE does not name the reference data"
)


def labels_of(rows, **options):
    table = pd.DataFrame(rows, columns=["task", "annotator", "label"])
    return code_labels(table.astype(object), **options)


def gold_of(**answers):
    return pd.DataFrame({"task": list(answers), "label": list(answers.values())}, dtype=object)


def votes(**words):
    """Each task with what annotators 0, 1, ... said of it, a letter each."""
    rows = [(task, who, label) for task, word in words.items() for who, label in enumerate(word)]
    return majority(labels_of(rows))


def reference(name):
    folder = Path(REFERENCE) / "truth_inference"
    labels, gold = (
        pd.read_csv(folder / name / f"{table}.csv", dtype=str, keep_default_na=False)
        for table in ("labels", "gold")
    )
    measured = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["measured"]
    return code_labels(labels.rename(columns={"worker": "annotator"})), gold, measured[name]


@with_reference
@pytest.mark.parametrize("name", ["D_Product", "D_PosSent", "S_Adult", "snow_rte"])
def test_majority_is_as_often_right_as_was_published_and_measured(name):
    labels, gold, measured = reference(name)
    found = against_gold(majority(labels), gold)
    expected = measured["MV_expected_random_tie"]
    assert found.accuracy.value == pytest.approx(expected["accuracy"], abs=5.1e-6)
    assert found.tied == expected["tied_gold_tasks"]
    assert found.labelled == expected["n_gold"]


@with_reference
def test_f1_of_the_rare_class_is_as_published():
    labels, gold, measured = reference("D_Product")
    rare = against_gold(majority(labels), gold).by_class.set_index("label").loc["1"]
    assert round(rare["f1"], 5) == measured["crowdkit_MV"]["f1_label1"]
    assert round(100 * rare["f1"], 2) == 59.05  # PVLDB 10(5), table 6


@with_reference
def test_gold_that_nobody_labelled_moves_accuracy_from_76_to_36_percent():
    labels, gold, _ = reference("S_Adult")
    found = against_gold(majority(labels), gold)
    assert (found.labelled, found.gold_tasks) == (333, 1517)
    assert found.coverage == pytest.approx(0.2195, abs=1e-4)
    assert found.if_guessed == pytest.approx(0.3604, abs=0.002)  # table 6, one run of guesses
    assert found.if_wrong < 0.17
    assert found.if_right > 0.94


def test_a_tie_counts_by_half_and_the_first_class_wins_only_where_asked():
    found = against_gold(votes(t1="xy", t2="xx", t3="yx"), gold_of(t1="x", t2="x", t3="y"))
    assert found.accuracy.value == pytest.approx(2 / 3)
    assert found.first_wins.value == pytest.approx(2 / 3)
    assert found.tied == 2
    swapped = against_gold(votes(t1="xy", t2="xx", t3="yx"), gold_of(t1="y", t2="x", t3="y"))
    assert swapped.accuracy.value == pytest.approx(2 / 3)
    assert swapped.first_wins.value == pytest.approx(1 / 3)


def test_a_tie_of_three_is_right_by_a_third_and_one_without_gold_is_wrong():
    assert against_gold(votes(t="xyz"), gold_of(t="y")).accuracy.value == pytest.approx(1 / 3)
    assert against_gold(votes(t="xy", u="zz"), gold_of(t="z")).accuracy.value == 0


def test_gold_without_labels_is_counted_apart_with_its_bounds():
    found = against_gold(votes(t1="xx", t2="yy"), gold_of(t1="x", t2="x", other="y", more="x"))
    assert (found.gold_tasks, found.labelled, found.coverage) == (4, 2, 0.5)
    assert found.accuracy.value == 0.5
    assert (found.if_wrong, found.if_guessed, found.if_right) == (0.25, 0.5, 0.75)


def test_a_task_that_is_known_but_has_no_labels_counts_as_one_without():
    labels = labels_of([("t1", "ann", "x")], tasks=["t2"])
    found = against_gold(majority(labels), gold_of(t1="x", t2="x"))
    assert (found.labelled, found.gold_tasks, found.accuracy.value) == (1, 2, 1.0)


def test_a_gold_class_that_nobody_named_is_never_hit_and_said():
    found = against_gold(votes(t1="xx", t2="yy"), gold_of(t1="x", t2="z"))
    assert found.accuracy.value == 0.5
    assert "nobody named z" in found.accuracy.note
    rows = found.by_class.set_index("label")
    assert rows.loc["z", "recall"] == 0
    assert math.isnan(rows.loc["z", "precision"])
    assert rows.loc["z", "note"] == "never said"
    assert rows.loc["y", "precision"] == 0
    assert math.isnan(rows.loc["y", "recall"])
    assert rows.loc["y", "note"] == "gold has none"
    assert found.if_guessed == 0.5


def test_a_class_of_another_type_is_another_class():
    labels = labels_of([("t", "ann", "1")])
    found = against_gold(majority(labels), pd.DataFrame({"task": ["t"], "label": [1]}))
    assert found.accuracy.value == 0
    assert "nobody named 1" in found.accuracy.note


@pytest.mark.parametrize(
    ("gold", "reason"),
    [(gold_of(), "there is no gold"), (gold_of(u="x"), "none of 1 gold tasks has a label")],
)
def test_without_a_gold_task_with_labels_accuracy_is_undefined_and_says_why(gold, reason):
    found = against_gold(votes(t="xx"), gold)
    assert math.isnan(found.accuracy.value)
    assert found.accuracy.note == reason
    assert math.isnan(found.first_wins.value)
    assert found.labelled == 0


def test_no_labels_at_all_is_no_error():
    found = against_gold(majority(labels_of([])), gold_of(t="x"))
    assert (found.gold_tasks, found.labelled, found.coverage) == (1, 0, 0.0)
    assert (found.if_wrong, found.if_guessed, found.if_right) == (0.0, 1.0, 1.0)


def test_gold_said_twice_counts_once():
    gold = pd.concat([gold_of(t="x", u="y"), gold_of(t="x")])
    assert code_gold(gold, votes(t="xx").labels).repeated == 1
    assert against_gold(votes(t="xx", u="xx"), gold).accuracy.value == 0.5


def test_gold_that_contradicts_itself_is_refused():
    gold = pd.concat([gold_of(t="x"), gold_of(t="y")])
    with pytest.raises(RefusedError, match="different labels for one task: t;"):
        against_gold(votes(t="xx"), gold)


def test_gold_without_a_label_is_refused():
    with pytest.raises(RefusedError, match="1 of 2 rows without task or label"):
        against_gold(votes(t="xx"), gold_of(t="x", u=None))


def test_tasks_of_one_group_are_less_evidence_than_tasks_on_their_own():
    tasks = {f"t{place:02}": "xx" if place // 2 % 4 else "yy" for place in range(48)}
    gold = pd.DataFrame({"task": list(tasks), "label": "x"})
    alone = against_gold(votes(**tasks), gold).accuracy
    pairs = pd.Series([int(task[1:]) // 2 for task in tasks], list(tasks))
    paired = against_gold(votes(**tasks), gold, groups=pairs).accuracy
    assert (alone.groups, paired.groups) == (48, 24)
    assert paired.value == alone.value == 0.75
    assert paired.low < alone.low < alone.value < alone.high < paired.high
    assert paired.effective_n == pytest.approx(24)


def test_too_few_groups_have_no_interval():
    tasks = {f"t{place}": "xx" for place in range(12)}
    gold = pd.DataFrame({"task": list(tasks), "label": "x"})
    found = against_gold(votes(**tasks), gold, groups=pd.Series("one", list(tasks))).accuracy
    assert found.value == 1
    assert math.isnan(found.low)
    assert found.note == "no interval: 1 group, fewer than 10"


def test_always_right_is_not_certain_to_be_right():
    tasks = {f"t{place}": "xx" for place in range(12)}
    found = against_gold(votes(**tasks), pd.DataFrame({"task": list(tasks), "label": "x"}))
    assert found.accuracy.high == 1
    assert found.accuracy.low == pytest.approx(0.025 ** (1 / 12))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (pd.Series({"u": 1}), "found none for t;"),
        (pd.Series([1, 2], ["t", "t"]), "more than one group for t;"),
    ],
)
def test_groups_name_every_task_once(groups, said):
    with pytest.raises(RefusedError, match=said):
        against_gold(votes(t="xx"), gold_of(t="x"), groups=groups)


def test_a_task_that_stands_for_many_counts_as_many():
    labels = labels_of([("t", "ann", "x"), ("u", "ann", "y")])
    heavy = type(labels)(
        *(getattr(labels, name) for name in labels.__slots__[:6]), np.array([3.0, 1.0]), 0, 0
    )
    found = against_gold(majority(heavy), gold_of(t="x", u="x"))
    assert found.accuracy.value == 0.75
    assert found.accuracy.n == found.gold_tasks == 4


def test_the_probability_of_a_class_that_is_not_listed_is_zero():
    sparse = Posterior(
        np.array([0, 1, 1, 3]), np.array([1, 0, 2], np.int32), np.array([1, 0.4, 0.6])
    )
    task, label = np.array([0, 0, 1, 2, 2]), np.array([1, 0, 1, 2, 1])
    assert probability_of(sparse, task, label).tolist() == [1, 0, 0, 0.6, 0]


words = st.lists(
    st.tuples(st.text("xyz", min_size=1, max_size=4), st.sampled_from("xyz")),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(words)
def test_ties_are_what_breaking_them_by_lot_gives_on_average(said):
    found = against_gold(
        votes(**{f"t{place}": word for place, (word, _) in enumerate(said)}),
        pd.DataFrame([(f"t{p}", g) for p, (_, g) in enumerate(said)], columns=["task", "label"]),
    )
    by_hand = 0.0
    for word, gold in said:
        most = max(word.count(letter) for letter in "xyz")
        tied = [letter for letter in "xyz" if word.count(letter) == most]
        by_hand += (gold in tied) / len(tied) / len(said)
    assert found.accuracy.value == pytest.approx(by_hand)
    table = found.by_class
    assert table["right"].sum() == pytest.approx(by_hand * len(said))
    assert table["said"].sum() == pytest.approx(len(said))
    assert table["gold"].sum() == len(said)


@settings(deadline=None)
@given(words, st.randoms(use_true_random=False))
def test_the_order_of_gold_does_not_matter(said, random):
    labels = {f"t{place}": word for place, (word, _) in enumerate(said)}
    gold = [(f"t{place}", answer) for place, (_, answer) in enumerate(said)]
    one, other = (
        against_gold(votes(**labels), pd.DataFrame(rows, columns=["task", "label"]))
        for rows in (gold, random.sample(gold, len(gold)))
    )
    assert repr(one.accuracy) == repr(other.accuracy)
    pd.testing.assert_frame_equal(one.by_class, other.by_class)


def test_an_inferred_without_posterior_rows_has_nothing_to_be_right_about():
    labels = labels_of([], tasks=["t"])
    nothing = Inferred("none", labels, Posterior.of_dense(np.zeros((1, 0)), np.zeros(1, bool)))
    assert math.isnan(against_gold(nothing, gold_of(t="x")).accuracy.value)
