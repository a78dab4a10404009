"""Accuracy, precision, recall, F1 and means over classes: by hand, and against counting one by one."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.measures import tabulate
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.object_figures import conflict_figures, object_figures
from schemas.enums import Conflict

HOW = Resampling(rounds=50, seed=0, confidence=0.95)
COLUMNS = ["item_id", "outcome", "truth", "said", "similarity", "dice"]


def table_of(rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"similarity": "float64", "dice": "float64", "truth": "str", "said": "str"}
    )


def measured(outcomes, subject="ada"):
    """Value and note by (measure, subject)."""
    items = pd.DataFrame({"item_id": sorted(set(outcomes["item_id"]))})
    items["group_id"] = items["item_id"]
    found = tabulate(object_figures(outcomes, subject), items, [], HOW)
    return {
        (row["measure"], row["subject"]): (row["value"], row["note"], row["n"])
        for row in found.to_dict("records")
    }


@pytest.fixture
def outcomes():
    """Three correct cats, a cat taken for a dog, a missed dog, an extra cat, an empty item, one nobody can judge."""
    return table_of(
        [
            ("i", "correct", "cat", "cat", 1.0, 1.0),
            ("i", "correct", "cat", "cat", 0.5, 2 / 3),
            ("j", "correct", "cat", "cat", 0.9, None),
            ("i", "mismatch", "cat", "dog", 0.6, 0.75),
            ("i", "missing", "dog", None, None, None),
            ("i", "extra", None, "cat", None, None),
            ("k", "empty", None, None, None, None),
            ("j", "excluded", None, "dog", None, None),
        ]
    )


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("accuracy", 4 / 7),
        ("precision", 3 / 5),
        ("recall", 3 / 5),
        ("f1", 6 / 10),
        ("iou_mean", 3.0 / 4),
        ("dice_mean", (1 + 2 / 3 + 0.75) / 3),
        ("unscored_share", 1 / 6),
        ("items_without_error", 2 / 3),
        ("macro_precision", (3 / 4 + 0) / 2),
        ("macro_recall", (3 / 4 + 0) / 2),
        ("macro_f1", (6 / 8 + 0) / 2),
    ],
)
def test_a_small_table_gives_what_one_counts_by_hand(outcomes, measure, value):
    assert measured(outcomes)[measure, "ada"][0] == pytest.approx(value)


def test_a_pair_of_two_classes_counts_once_in_all_and_in_each_class(outcomes):
    found = measured(outcomes)
    assert found["accuracy", "ada"][2] == 7
    assert found["recall", "ada/cat"][0] == 3 / 4
    assert found["precision", "ada/dog"][0] == 0.0
    assert found["recall", "ada/dog"][0] == 0.0
    assert found["iou_mean", "ada/cat"][0] == pytest.approx(0.8)
    assert found["accuracy", "ada/dog"][0] == pytest.approx(5 / 7)


def test_a_class_that_was_never_found_counts_in_the_means_and_one_never_said_has_no_precision():
    found = measured(
        table_of(
            [
                ("i", "correct", "cat", "cat", 1.0, 1.0),
                ("i", "missing", "dog", None, None, None),
            ]
        )
    )
    assert found["macro_recall", "ada"][0] == 0.5
    assert found["macro_f1", "ada"][0] == 0.5
    assert found["macro_precision", "ada"][0] == 1.0
    assert "1 of 2 classes were never said" in found["macro_precision", "ada"][1]
    assert math.isnan(found["precision", "ada/dog"][0])


def test_a_class_that_is_nowhere_in_the_truth_has_no_recall_and_counts_with_0_in_the_other_means():
    found = measured(
        table_of(
            [
                ("i", "correct", "cat", "cat", 1.0, 1.0),
                ("i", "extra", None, "emu", None, None),
            ]
        )
    )
    assert math.isnan(found["recall", "ada/emu"][0])
    assert found["precision", "ada/emu"][0] == 0.0
    assert found["macro_recall", "ada"][0] == 1.0
    assert "1 of 2 classes are not in the ground truth" in found["macro_recall", "ada"][1]
    assert found["macro_precision", "ada"][0] == 0.5
    assert "their precision is 0" in found["macro_precision", "ada"][1]
    assert found["macro_f1", "ada"][0] == 0.5


def test_the_means_over_classes_are_those_of_scikit_learn_where_all_of_a_class_are_defined():
    """A cat found, a dog never said, a bird said instead: sklearn.metrics on cat, dog and cat, bird."""
    rows = [("i", "correct", "cat", "cat", 1.0, 1.0), ("i", "mismatch", "dog", "bird", 0.9, 0.9)]
    found = measured(table_of(rows))
    assert found["macro_f1", "ada"][0] == pytest.approx(1 / 3)
    assert found["macro_precision", "ada"][0] == pytest.approx((1 + 0) / 2)
    assert found["macro_recall", "ada"][0] == pytest.approx((1 + 0) / 2)


def test_a_pair_of_statements_has_no_overlap_and_is_in_no_mean_of_overlaps():
    rows = [
        ("i", "mismatch", "sunny", "rainy", None, None),
        ("i", "correct", "cat", "cat", 0.5, 2 / 3),
    ]
    found = measured(table_of(rows))
    assert found["iou_mean", "ada"][0] == 0.5
    assert found["iou_mean", "ada"][2] == 1
    assert found["accuracy", "ada"][0] == 0.5
    alone = measured(table_of(rows[:1]))
    assert math.isnan(alone["iou_mean", "ada"][0])


def test_an_item_in_which_nothing_can_be_judged_is_neither_right_nor_wrong():
    rows = [("i", "excluded", None, "emu", None, None), ("j", "missing", "cat", None, None, None)]
    found = measured(table_of(rows))
    assert found["items_without_error", "ada"][::2] == (0.0, 1)


def test_nothing_to_judge_is_undefined_and_says_so():
    found = measured(table_of([("i", "excluded", None, "cat", None, None)]))
    for measure in ("accuracy", "precision", "recall", "f1", "iou_mean", "macro_f1"):
        value, note, _ = found[measure, "ada"]
        assert math.isnan(value)
        assert note
    assert found["unscored_share", "ada"][0] == 1.0


def test_an_empty_item_is_an_agreement_and_says_nothing_of_precision():
    found = measured(table_of([("i", "empty", None, None, None, None)]))
    assert found["accuracy", "ada"][0] == 1.0
    assert found["items_without_error", "ada"][0] == 1.0
    assert math.isnan(found["f1", "ada"][0])


def test_the_order_of_rows_changes_nothing(outcomes):
    turned = outcomes.iloc[::-1].reset_index(drop=True)
    assert repr(measured(turned)) == repr(measured(outcomes))


def test_conflicts_are_counted_by_item(outcomes):
    conflicts = pd.DataFrame(
        {"item_id": ["i", "i", "j"], "conflict": ["extra_annotation", "low_overlap", "low_overlap"]}
    )
    found = {
        figure.measure: figure.contributions.sum(axis=0).tolist()
        for figure in conflict_figures(conflicts, outcomes, "ada")
    }
    assert len(found) == 2 * len(Conflict)
    assert found["items_with_low_overlap"] == [2.0, 3.0]
    assert found["extra_annotation_per_item"] == [1.0, 3.0]
    assert found["low_overlap_per_item"] == [2.0, 3.0]
    assert found["missing_annotation_per_item"] == [0.0, 3.0]


CLASS = st.sampled_from(["a", "b", "c"])
ROW = st.one_of(
    st.tuples(CLASS, CLASS),
    st.tuples(CLASS, st.none()),
    st.tuples(st.none(), CLASS),
)


@given(st.lists(ROW, min_size=1, max_size=12))
def test_the_figures_are_those_of_counting_one_by_one(pairs):
    rows = []
    for place, (truth, said) in enumerate(pairs):
        outcome = "missing" if said is None else "extra" if truth is None else "mismatch"
        rows.append(
            (f"i{place % 3}", "correct" if truth == said else outcome, truth, said, 0.5, 0.5)
        )
    found = measured(table_of(rows))
    figures = {"precision": [], "recall": [], "f1": []}
    for name in sorted({name for pair in pairs for name in pair if name}):
        there = sum(truth == name for truth, _ in pairs)
        told = sum(said == name for _, said in pairs)
        both = sum(truth == name == said for truth, said in pairs)
        figures["f1"].append(2 * both / (there + told))
        if told:
            figures["precision"].append(both / told)
        if there:
            figures["recall"].append(both / there)
            assert found["recall", f"ada/{name}"][0] == pytest.approx(both / there)
    correct = sum(truth == said for truth, said in pairs)
    assert found["accuracy", "ada"][0] == pytest.approx(correct / len(pairs))
    for measure, of_classes in figures.items():
        mean = np.mean(of_classes) if of_classes else math.nan
        assert found[f"macro_{measure}", "ada"][0] == pytest.approx(mean, nan_ok=True)


def test_how_often_a_conflict_is_has_no_interval_and_the_share_of_items_with_it_has():
    """One item of forty holds nine of them: nothing bounds what another item could hold."""
    items = pd.DataFrame({"item_id": [f"i{n}" for n in range(40)]})
    items = items.assign(group_id=items["item_id"])
    rows = items.assign(outcome="empty", truth=None, said=None, similarity=np.nan, dice=np.nan)
    conflicts = pd.DataFrame({"item_id": ["i0"] * 9, "conflict": "extra_annotation"})
    how = Resampling(100, 1, 0.95, covering)
    table = tabulate(conflict_figures(conflicts, rows, "ada"), items, (), how).set_index("measure")
    often, share = (
        table.loc[name] for name in ("extra_annotation_per_item", "items_with_extra_annotation")
    )
    assert often["value"] == pytest.approx(9 / 40)
    assert np.isnan(often["low"])
    assert np.isnan(often["high"])
    assert often["note"].startswith("no interval: one item can have any number")
    assert 0 < share["low"] < share["value"] == 1 / 40 < share["high"] < 0.2
