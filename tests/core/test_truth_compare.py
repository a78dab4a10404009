"""Several methods side by side: where they differ, by how much, and what gold says."""

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.compare import compare
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.methods import infer
from groundkeeper.errors import RefusedError

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")


def labels_of(tasks):
    rows = [(f"t{place:02}", who, who) for place in range(tasks) for who in "xyz"]
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))


def inferred(labels, answers, sure=0.8, fit=None):
    """A method that answers each task with a class, or with several as probable ones."""
    dense = np.zeros((len(answers), 3))
    for row, answer in zip(dense, answers, strict=True):
        row[["xyz".index(letter) for letter in answer]] = sure / len(answer)
        row[row == 0] = (1 - row.sum()) / max((row == 0).sum(), 1)
    dense /= dense.sum(axis=1, keepdims=True)
    posterior = Posterior.of_dense(dense, np.ones(len(dense), bool))
    return Inferred("given", labels, posterior, fit or Fit(0, converged=True))


def each(labels, *names):
    return {name: infer(name, labels) for name in names}


def methods_of(**answers):
    labels = labels_of(len(next(iter(answers.values()))))
    return {name: inferred(labels, said) for name, said in answers.items()}


def gold_of(word):
    return pd.DataFrame(
        [(f"t{place:02}", letter) for place, letter in enumerate(word)], columns=["task", "label"]
    )


def pair(found):
    return found.pairs.iloc[0]


def test_the_share_on_which_two_methods_differ_has_an_interval():
    found = pair(compare(methods_of(a="x" * 20, b="x" * 15 + "y" * 5)))
    assert (found["left"], found["right"], found["tasks"]) == ("a", "b", 20)
    assert found["differ"] == found["differ_by_group"] == 0.25
    assert 0 < found["differ_low"] < 0.25 < found["differ_high"] < 0.5
    assert math.isnan(found["difference"])
    assert found["gold_tasks"] == 0


def test_by_group_every_group_counts_alike():
    groups = pd.Series([0] * 15 + [1] * 5, [f"t{place:02}" for place in range(20)])
    found = pair(compare(methods_of(a="x" * 20, b="x" * 15 + "y" * 5), groups=groups))
    assert found["differ"] == 0.25
    assert found["differ_by_group"] == 0.5
    assert math.isnan(found["differ_low"])
    assert "2 groups, fewer than 10" in found["note"]


def test_the_same_tie_is_no_difference_but_has_to_be_settled():
    found = compare(methods_of(a=["x", "xy", "y"], b=["x", "xy", "y"]))
    assert pair(found)["differ"] == 0
    assert found.disputed["task"].tolist() == ["t01", "t01"]
    assert found.disputed["ties"].tolist() == [2, 2]
    assert found.methods["tied"].tolist() == [1, 1]


def test_a_tie_that_another_method_breaks_is_a_difference():
    assert pair(compare(methods_of(a=["xy"], b=["x"])))["differ"] == 1
    assert pair(compare(methods_of(a=["xy"], b=["xz"])))["differ"] == 1
    assert pair(compare(methods_of(a=["xyz"], b=["xy"])))["differ"] == 1


def test_the_most_doubtful_task_is_disputed_first():
    labels = labels_of(3)
    one = inferred(labels, "xxx", sure=0.9)
    mild = inferred(labels, ["x", "y", "z"], sure=0.5)
    wild = inferred(labels, ["x", "y", "y"], sure=0.9)
    found = compare({"one": one, "mild": mild, "wild": wild}).disputed
    assert found["task"].tolist() == ["t02"] * 3 + ["t01"] * 3
    assert found["method"].tolist() == ["one", "mild", "wild"] * 2
    assert found["label"].tolist() == list("xzyxyy")
    assert found["probability"].round(6).tolist() == [0.9, 0.5, 0.9, 0.9, 0.5, 0.9]
    by_hand = [1 - (0.9 + 0.25 + 0.05) / 3, 1 - (0.05 + 0.5 + 0.9) / 3]
    assert found["doubt"].unique() == pytest.approx(by_hand)


def test_methods_that_agree_on_everything_leave_nothing_to_settle():
    found = compare(methods_of(a="xyz", b="xyz"))
    assert found.disputed.empty
    assert list(found.disputed) == ["task", "doubt", "method", "label", "probability", "ties"]


def test_with_gold_accuracies_stand_side_by_side_with_their_paired_difference():
    gold = gold_of("x" * 40)
    found = compare(methods_of(a="x" * 36 + "y" * 4, b="x" * 30 + "y" * 10), gold=gold)
    row = pair(found)
    assert (row["accuracy_left"], row["accuracy_right"]) == (0.9, 0.75)
    assert row["difference"] == pytest.approx(0.15)
    assert row["low"] == pytest.approx(0.15 - 0.116, abs=1e-3)
    assert row["high"] == pytest.approx(0.15 + 0.116, abs=1e-3)
    assert found.methods["accuracy"].tolist() == [0.9, 0.75]
    assert found.methods["gold_tasks"].tolist() == [40, 40]
    unpaired = found.methods["high"].iloc[1] - found.methods["low"].iloc[0]
    assert row["low"] > -unpaired


def test_methods_that_are_right_on_the_same_tasks_may_still_differ_on_others():
    row = pair(compare(methods_of(a="x" * 30, b="x" * 30), gold=gold_of("x" * 20 + "y" * 10)))
    assert row["difference"] == 0
    assert -row["low"] == row["high"] == pytest.approx(1 - 0.025 ** (1 / 30))


def test_gold_that_nobody_labelled_leaves_accuracy_undefined_and_says_why():
    gold = pd.DataFrame({"task": ["other"], "label": ["x"]})
    found = compare(methods_of(a="x", b="y"), gold=gold)
    assert math.isnan(pair(found)["difference"])
    assert found.methods["accuracy"].isna().all()
    assert found.methods["gold_tasks"].tolist() == [0, 0]


def test_how_each_fit_went_is_told():
    fit = Fit(7, converged=False, objective="log-likelihood", history=(-9.0, -8.5), note="stopped")
    row = compare({"a": inferred(labels_of(1), "x", fit=fit)}).methods.iloc[0]
    assert row[["iterations", "objective", "objective_value", "note"]].tolist() == [
        7,
        "log-likelihood",
        -8.5,
        "stopped",
    ]
    assert not row["converged"]


def test_one_method_has_no_pair_and_only_its_ties_to_settle():
    found = compare(methods_of(a=["x", "yz"]))
    assert found.pairs.empty
    assert found.disputed["task"].tolist() == ["t01"]


def test_tasks_without_labels_are_not_compared():
    rows = pd.DataFrame([("t", "ann", "x")], columns=["task", "annotator", "label"])
    both = compare(each(code_labels(rows, tasks=["u"]), "majority", "dawid_skene"))
    assert pair(both)["tasks"] == 1
    assert both.disputed.empty


def test_no_labels_at_all_are_no_error():
    empty = code_labels(pd.DataFrame([], columns=["task", "annotator", "label"]))
    row = pair(compare(each(empty, "majority", "weighted")))
    assert math.isnan(row["differ"])
    assert row["note"]


def test_methods_on_other_tasks_are_refused():
    with pytest.raises(RefusedError, match="b was inferred from other tasks or classes"):
        compare({"a": inferred(labels_of(1), "x"), "b": inferred(labels_of(2), "xx")})
    with pytest.raises(RefusedError, match="found no method"):
        compare({})


answers = st.lists(
    st.tuples(*[st.sampled_from(["x", "y", "z", "xy", "yz", "xyz"])] * 2), min_size=1, max_size=15
)


@settings(deadline=None, max_examples=40)
@given(answers)
def test_two_methods_differ_where_their_sets_of_best_classes_do(said):
    left, right = zip(*said, strict=True)
    found = compare(methods_of(a=list(left), b=list(right)))
    unlike = [one != other for one, other in said]
    assert pair(found)["differ"] == pytest.approx(np.mean(unlike))
    unsettled = {
        f"t{place:02}" for place, (one, other) in enumerate(said) if one != other or len(one) > 1
    }
    assert set(found.disputed["task"]) == unsettled
    assert len(found.disputed) == 2 * len(unsettled)
    assert (
        found.disputed["doubt"].is_monotonic_decreasing
        or found.disputed["doubt"].diff().max() < 1e-9
    )


@pytest.mark.skipif(
    REFERENCE is None, reason="GROUNDKEEPER_REFERENCE does not name the reference data"
)
def test_on_product_pairs_dawid_skene_is_better_than_majority_and_on_adult_sites_it_is_not_shown():
    shown = {}
    for name in ("D_Product", "S_Adult"):
        folder = Path(REFERENCE) / "truth_inference" / name
        table, gold = (
            pd.read_csv(folder / f"{part}.csv", dtype=str, keep_default_na=False)
            for part in ("labels", "gold")
        )
        labels = code_labels(table.rename(columns={"worker": "annotator"}))
        shown[name] = pair(compare(each(labels, "dawid_skene", "majority"), gold=gold))
    assert shown["D_Product"]["low"] > 0.03
    assert shown["S_Adult"]["low"] < 0 < shown["S_Adult"]["high"]
    assert shown["S_Adult"]["gold_tasks"] == 333
