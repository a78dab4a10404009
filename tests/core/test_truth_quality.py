"""How good annotators are: what the accuracy is, what its interval covers, and where there is none."""

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth import answer_sums
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import Labels, code_labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.core.truth.methods import infer
from groundkeeper.core.truth.quality import quality, recall
from groundkeeper.errors import RefusedError

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")
MODEL = Fit(1, converged=True, objective="log-likelihood")


def crowd(accuracies, tasks, classes, rng):
    """Labels of annotators who all labelled all tasks, erring to every other class alike."""
    truth = rng.integers(classes, size=(tasks, 1))
    right = rng.random((tasks, len(accuracies))) < accuracies
    wrong = (truth + rng.integers(1, classes, right.shape)) % classes
    label = np.where(right, truth, wrong)
    return labels_of_table(label, classes)


def labels_of_table(label, classes):
    tasks, annotators = label.shape
    return Labels(
        tasks=pd.RangeIndex(tasks),
        annotators=pd.RangeIndex(annotators),
        classes=pd.RangeIndex(classes),
        starts=np.arange(tasks + 1, dtype=np.int64) * annotators,
        annotator=np.tile(np.arange(annotators, dtype=np.int32), tasks),
        label=label.ravel().astype(np.int32),
        multiplicity=np.ones(tasks),
        repeated=0,
        unsaid=0,
    )


def known(labels, truth, fit=MODEL):
    """What a method says that is sure of the *truth*."""
    dense = np.eye(labels.n_classes)[truth]
    return Inferred("known", labels, Posterior.of_dense(dense, np.ones(len(dense), bool)), fit)


def table_of(rows):
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))


def by_name(found):
    return found.set_index("annotator")


def test_with_known_truth_the_interval_is_that_of_a_share():
    label = np.zeros((40, 2), int)
    label[:10, 1] = 1
    found = quality(known(labels_of_table(label, 2), np.zeros(40, int)))
    assert found["accuracy"].tolist() == [1.0, 0.75]
    assert found["effective_n"].round(6).tolist() == [40.0, 39.0]  # its variance is estimated
    assert found.loc[0, "low"] == pytest.approx(0.91, abs=0.01)  # 3 / n, and a bit for t
    assert found.loc[1, "low"] == pytest.approx(0.580, abs=1e-3)
    assert found.loc[1, "high"] == pytest.approx(0.878, abs=1e-3)


def test_uncertain_truth_makes_the_interval_wider():
    rng = np.random.default_rng(1)
    weak, strong = (
        quality(infer("one_coin", crowd(np.full(5, accuracy), 300, 2, rng)))
        for accuracy in (0.75, 0.97)
    )
    assert (weak["effective_n"] < 220).all()
    assert (strong["effective_n"] > 290).all()


def test_a_method_that_is_too_sure_of_the_truth_does_not_make_the_interval_narrow():
    labels = crowd(np.full(5, 0.75), 300, 2, np.random.default_rng(1))
    inferred = infer("one_coin", labels)
    found = quality(known(labels, inferred.posterior.best().label))
    assert (found["effective_n"] < 240).all()


def test_what_two_annotators_cannot_tell_each_other_is_not_known():
    label = np.zeros((60, 2), int)
    label[:20, 1] = 1
    torn = np.where(label[:, 1:] == 0, [0.95, 0.05], [0.5, 0.5])
    labels = labels_of_table(label, 2)
    posterior = Posterior.of_dense(torn, np.ones(60, bool))
    found = quality(Inferred("torn", labels, posterior, MODEL))
    assert (found["effective_n"] < 20).all()
    assert (found["high"] - found["low"] > 0.4).all()


@pytest.mark.parametrize("method", ["one_coin", "dawid_skene"])
@pytest.mark.parametrize(
    ("accuracies", "classes"), [((0.95, 0.9, 0.85, 0.8), 2), ((0.9, 0.75, 0.6, 0.6, 0.8), 3)]
)
def test_intervals_cover_the_accuracy_as_often_as_they_say(method, accuracies, classes):
    rng = np.random.default_rng(7)
    true = np.array(accuracies)
    hits = []
    for _ in range(25):
        found = quality(infer(method, crowd(true, 200, classes, rng)))
        hits.append((found["low"] <= true) & (true <= found["high"]))
    assert np.mean(hits) > 0.91  # 100 or 125 intervals of 95 %


def test_agreement_intervals_cover_without_any_model():
    rng = np.random.default_rng(3)
    true = np.array([0.9, 0.7, 0.6])
    together = np.outer(true, true) + np.outer(1 - true, 1 - true)
    expected = (together.sum(axis=1) - together.diagonal()) / 2
    hits = []
    for _ in range(60):
        found = quality(majority(crowd(true, 150, 2, rng)))
        hits.append((found["agreement_low"] <= expected) & (expected <= found["agreement_high"]))
    assert np.mean(hits) > 0.92


def test_shares_of_votes_have_no_interval_of_accuracy_but_one_of_agreement():
    rng = np.random.default_rng(5)
    found = quality(majority(crowd(np.array([0.9, 0.9, 0.9]), 50, 2, rng)))
    assert found[["low", "high", "effective_n"]].isna().all(axis=None)
    assert found["note"].str.contains("shares of votes").all()
    assert found["agreement_low"].notna().all()


def test_an_annotator_with_one_answer_has_no_interval_and_it_says_why():
    rows = [(t, who, "x" if t % 3 else "y") for t in range(20) for who in ("a", "b")]
    found = by_name(quality(infer("one_coin", table_of([*rows, (0, "new", "y")]))))
    assert found.loc["new", ["answers", "tasks", "groups"]].tolist() == [1, 1, 1]
    assert math.isnan(found.loc["new", "low"])
    assert found.loc["new", "note"] == "no interval: 1 group, fewer than 10"
    assert found.loc["a", "note"] == ""


def test_an_annotator_without_answers_is_undefined():
    found = by_name(quality(majority(table_of([(1, "a", "x"), (1, "b", None)]))))
    assert found.loc["b", "answers"] == 0
    assert math.isnan(found.loc["b", "accuracy"])
    assert found.loc["b", "note"] == "no answers"


def test_whoever_labels_alone_agrees_with_nobody():
    found = quality(known(table_of([(t, "a", "x") for t in range(12)]), np.zeros(12, int)))
    assert found["accuracy"].tolist() == [1.0]
    assert found["agreement"].isna().all()
    assert found["agreement_low"].isna().all()
    assert found[["low", "high", "effective_n"]].isna().all(axis=None)
    assert found["note"].tolist() == ["no interval: nobody else labelled any of these tasks"]


def beside_four_others(errors, accuracy):
    """Labels of 500 tasks with 3 classes: four annotators who err alike often, and one with so many *errors*."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=(500, 1))
    right = rng.random((500, 4)) < accuracy
    others = np.where(right, truth, (truth + rng.integers(1, 3, right.shape)) % 3)
    best = truth.copy()
    best[rng.permutation(500)[:errors]] += 1
    return labels_of_table(np.hstack([others, best % 3]), 3)


@pytest.mark.parametrize("method", ["one_coin", "dawid_skene"])
@pytest.mark.parametrize("accuracy", [0.87, 0.75])
def test_more_errors_never_say_that_an_annotator_is_better(method, accuracy):
    found = pd.DataFrame(
        quality(infer(method, beside_four_others(errors, accuracy))).iloc[4]
        for errors in (0, 1, 2, 3, 5, 10, 20, 40)
    )
    assert (found["low"].diff().dropna() < 0).all()
    assert (found["high"].diff().dropna() < 1e-4).all()


def test_an_annotator_without_errors_is_known_as_well_as_one_with_a_few():
    none, five = (
        quality(infer("one_coin", beside_four_others(errors, 0.87))).iloc[4] for errors in (0, 5)
    )
    assert none["effective_n"] > five["effective_n"] > 400
    assert none["low"] > 0.99
    assert five["low"] == pytest.approx(0.976, abs=0.002)


def test_annotators_who_always_agree_have_the_limits_of_a_share_without_errors():
    found = quality(infer("one_coin", labels_of_table(np.tile(np.arange(120) % 2, (3, 1)).T, 2)))
    assert found["accuracy"].round(9).tolist() == [1.0] * 3
    assert (found["low"] > 0.96).all()
    assert (found["low"] < 0.98).all()


def test_answers_that_come_in_groups_are_less_evidence():
    label = np.zeros((120, 2), int)
    label[:30, 1] = 1
    inferred = known(labels_of_table(label, 2), np.zeros(120, int))
    alone, grouped = quality(inferred), quality(inferred, groups=pd.Series(np.arange(120) // 10))
    assert grouped["groups"].tolist() == [12, 12]
    assert grouped.loc[1, "accuracy"] == alone.loc[1, "accuracy"] == 0.75
    assert grouped.loc[1, "effective_n"] == pytest.approx(11)
    assert grouped.loc[1, "low"] < alone.loc[1, "low"]
    assert grouped.loc[0, "effective_n"] == pytest.approx(12)


def test_with_fewer_than_ten_groups_there_is_no_interval():
    label = np.zeros((120, 2), int)
    inferred = known(labels_of_table(label, 1), np.zeros(120, int))
    found = quality(inferred, groups=pd.Series(np.arange(120) // 15))
    assert found["low"].isna().all()
    assert found["agreement_low"].isna().all()
    assert found["note"].tolist() == ["no interval: 8 groups, fewer than 10"] * 2


def test_a_task_without_a_group_is_refused():
    inferred = known(labels_of_table(np.zeros((3, 1), int), 1), np.zeros(3, int))
    with pytest.raises(RefusedError, match="found none for 2;"):
        quality(inferred, groups=pd.Series([1, 1], [0, 1]))


def test_answering_the_same_task_again_is_no_more_evidence():
    once = [(t, who, "x" if t % 4 else who) for t in range(40) for who in "xy"]
    found = by_name(quality(infer("one_coin", table_of([*once, *once]))))
    assert found.loc["x", ["answers", "tasks"]].tolist() == [80, 40]
    assert (found["effective_n"] <= 40).all()


def test_a_task_of_multiplicity_three_is_three_tasks():
    rng = np.random.default_rng(2)
    single = crowd(np.array([0.9, 0.7, 0.8]), 40, 2, rng)
    heavy = Labels(
        **{name: getattr(single, name) for name in Labels.__slots__}
        | {"multiplicity": np.full(40, 3.0)}
    )
    thrice = labels_of_table(np.repeat(single.label.reshape(40, 3), 3, axis=0), 2)
    dense = infer("one_coin", single).posterior.dense(2)
    one, other = (
        quality(
            Inferred("given", labels, Posterior.of_dense(rows, np.ones(len(rows), bool)), MODEL)
        )
        for labels, rows in ((heavy, dense), (thrice, np.repeat(dense, 3, axis=0)))
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_large_crowd_is_taken_one_by_one_and_it_says_so(monkeypatch):
    rng = np.random.default_rng(4)
    labels = crowd(np.array([0.95, 0.9, 0.9, 0.95, 0.9]), 200, 3, rng)
    inferred = infer("one_coin", labels)
    together = quality(inferred)
    monkeypatch.setattr(answer_sums, "LARGEST_CROWD", 4)
    monkeypatch.setattr("groundkeeper.core.truth.quality.LARGEST_CROWD", 4)
    alone = quality(inferred)
    np.testing.assert_allclose(alone["effective_n"], together["effective_n"], rtol=0.1)
    assert alone["note"].str.contains("skills of the others are taken as known").all()


def test_no_labels_are_no_error():
    empty = table_of([])
    assert quality(majority(empty)).empty
    assert recall(majority(empty)).empty


def test_recall_is_of_the_class_as_the_soft_labels_have_it():
    labels = table_of([(1, "a", "x"), (2, "a", "y"), (3, "a", "y"), (3, "b", "y")])
    dense = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    found = recall(Inferred("given", labels, Posterior.of_dense(dense, np.ones(3, bool)), MODEL))
    assert found.round(4).to_numpy().tolist() == [
        ["a", "x", 1.5, 0.6667],
        ["a", "y", 1.5, 1.0],
        ["b", "y", 1.0, 1.0],
    ]


words = st.lists(st.text("xyz", min_size=3, max_size=3), min_size=1, max_size=30)


@settings(deadline=None, max_examples=20)
@given(words)
def test_intervals_hold_the_accuracy_and_names_do_not_matter(said):
    rows = [
        (f"t{task:02}", who, letter)
        for task, word in enumerate(said)
        for who, letter in zip("abc", word, strict=True)
    ]
    renamed = [(task, "zyx"["abc".index(who)], letter) for task, who, letter in rows]
    one, other = (
        by_name(quality(infer("one_coin", table_of(table)))).drop(columns="note")
        for table in (rows, renamed)
    )
    wide = one.dropna()
    assert (wide["low"] <= wide["accuracy"] + 1e-9).all()
    assert (wide["accuracy"] <= wide["high"] + 1e-9).all()
    assert (wide["effective_n"] <= wide["tasks"] + 1e-9).all()
    back = other.loc[["z", "y", "x"]].set_index(one.index)
    np.testing.assert_allclose(one, back, rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(
    REFERENCE is None, reason="GROUNDKEEPER_REFERENCE does not name the reference data"
)
def test_without_gold_it_is_known_how_often_real_annotators_agree_with_gold():
    folder = Path(REFERENCE) / "truth_inference" / "D_PosSent"
    labels, gold = (pd.read_csv(folder / f"{part}.csv", dtype=str) for part in ("labels", "gold"))
    right = labels["label"] == labels["task"].map(gold.set_index("task")["label"])
    table = labels.rename(columns={"worker": "annotator"})
    found = by_name(quality(infer("dawid_skene", code_labels(table))))
    true = right.groupby(labels["worker"]).mean().reindex(found.index)
    covered = (found["low"] <= true) & (true <= found["high"])
    assert covered.mean() > 0.93
    assert (found["high"] - found["low"]).mean() < 0.35
