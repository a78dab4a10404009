"""Reliability of probabilities: bins, levels, scores, and the least certain part."""

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.calibration import (
    FLOOR,
    Cuts,
    calibration,
    least_certain_part,
)
from groundkeeper.core.truth.inferred import Inferred, Posterior
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.majority import majority

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")


def inferred_of(rows):
    """A method that gives each task t0, t1, ... the probabilities of x and y."""
    said = [(f"t{place:04}", who, who) for place in range(len(rows)) for who in "xy"]
    labels = code_labels(pd.DataFrame(said, columns=["task", "annotator", "label"]))
    dense = np.asarray(rows, dtype=np.float64).reshape(-1, 2)
    return Inferred("given", labels, Posterior.of_dense(dense, np.ones(len(dense), bool)))


def sure_of_x(probabilities):
    return inferred_of([(p, 1 - p) for p in probabilities])


def gold_of(answers):
    return pd.DataFrame(
        [(f"t{place:04}", answer) for place, answer in enumerate(answers)],
        columns=["task", "label"],
    )


def test_probabilities_that_hold_are_found_to_hold():
    found = calibration(
        sure_of_x([0.9] * 200 + [0.6] * 100), gold_of("x" * 180 + "y" * 20 + "x" * 60 + "y" * 40)
    )
    assert found.curve["said"].round(6).tolist() == [0.6, 0.9]
    assert found.curve["held"].round(6).tolist() == [0.6, 0.9]
    assert found.curve["holds"].all()
    at_least = found.levels.set_index("level").loc[0.9]
    assert (at_least["n"], round(at_least["held"], 6), at_least["holds"]) == (200, 0.9, True)
    assert found.summary["expected_calibration_error"].value == pytest.approx(0, abs=1e-12)
    assert found.summary["expected_if_calibrated"].value > 0.01


def test_too_much_confidence_shows():
    found = calibration(sure_of_x([0.99] * 100), gold_of("x" * 80 + "y" * 20))
    assert not found.curve["holds"].any()
    assert found.curve["high"].max() < 0.99
    assert found.summary["expected_calibration_error"].value == pytest.approx(0.19)


def test_scores_are_those_of_the_textbook():
    found = calibration(inferred_of([(0.8, 0.2), (0.3, 0.7)]), gold_of("xx")).summary
    assert found["brier"].value == pytest.approx((2 * 0.2**2 + 2 * 0.7**2) / 2)
    assert found["log_loss"].value == pytest.approx(-(math.log(0.8) + math.log(0.3)) / 2)
    assert found["accuracy"].value == found["error"].value == 0.5


def test_a_class_ruled_out_is_counted_and_its_loss_is_bounded():
    found = calibration(sure_of_x([1.0, 1.0]), gold_of("xy"))
    assert found.ruled_out == 1
    assert found.summary["log_loss"].value == pytest.approx(-math.log(FLOOR) / 2)
    assert found.summary["brier"].value == 1


def test_a_class_that_nobody_named_is_ruled_out():
    found = calibration(sure_of_x([0.9]), gold_of("z"))
    assert found.ruled_out == 1
    assert found.summary["brier"].value == pytest.approx(0.81 + 0.01 + 1)


def test_the_least_certain_fifth_holds_most_errors_where_certainty_tells():
    answers = "x" * 80 + "y" * 15 + "x" * 5
    found = calibration(sure_of_x([0.95] * 80 + [0.6] * 20), gold_of(answers)).summary
    assert found["error"].value == pytest.approx(0.15)
    assert found["error_least_certain"].value == pytest.approx(0.75)
    assert found["errors_least_certain"].value == pytest.approx(1)


def test_where_all_are_as_certain_the_least_certain_part_is_an_even_part_of_all():
    found = calibration(sure_of_x([0.8] * 50), gold_of("x" * 40 + "y" * 10)).summary
    assert found["error_least_certain"].value == pytest.approx(found["error"].value)
    assert found["errors_least_certain"].value == pytest.approx(0.2)


def test_without_an_error_how_many_lie_among_the_least_certain_is_undefined():
    found = calibration(sure_of_x([0.8] * 20), gold_of("x" * 20)).summary
    assert found["error"].value == 0
    assert math.isnan(found["errors_least_certain"].value)
    assert found["errors_least_certain"].note == "there is no error"


@pytest.mark.parametrize("gold", [gold_of(""), pd.DataFrame({"task": ["other"], "label": ["x"]})])
def test_without_gold_everything_is_undefined_and_says_why(gold):
    found = calibration(sure_of_x([0.9, 0.8]), gold)
    assert found.curve.empty
    assert found.levels["held"].isna().all()
    assert found.levels["n"].eq(0).all()
    for figure in found.summary.values():
        assert math.isnan(figure.value)
        assert figure.note
    assert found.ruled_out == 0


def test_bins_hold_about_as_many_tasks_each():
    probabilities = np.linspace(0.5, 0.999, 103)
    curve = calibration(sure_of_x(probabilities), gold_of("x" * 103)).curve
    assert len(curve) == 10
    assert curve["n"].between(10, 11).all()
    assert (curve["least"].iloc[1:].to_numpy() > curve["most"].iloc[:-1].to_numpy()).all()


def test_tasks_of_one_probability_lie_in_one_bin_also_where_they_differ_by_rounding():
    probabilities = [0.7] * 30 + [0.7 + 1e-13] * 30 + [0.9] * 5
    curve = calibration(sure_of_x(probabilities), gold_of("x" * 65), cuts=Cuts(bins=20)).curve
    assert curve["n"].tolist() == [60, 5]


def test_a_tie_is_half_right():
    found = calibration(inferred_of([(0.5, 0.5)] * 20), gold_of("xy" * 10))
    assert found.curve["held"].tolist() == [0.5]
    assert found.curve["holds"].tolist() == [True]


def test_a_bin_of_few_groups_has_no_interval_and_does_not_say_whether_it_holds():
    groups = pd.Series("one", [f"t{place:04}" for place in range(20)])
    curve = calibration(sure_of_x([0.9] * 20), gold_of("x" * 20), groups=groups).curve
    assert curve["groups"].tolist() == [1]
    assert curve["holds"].isna().all()
    assert curve["note"].str.contains("fewer than 10").all()


@pytest.mark.skipif(
    REFERENCE is None, reason="GROUNDKEEPER_REFERENCE does not name the reference data"
)
def test_vote_shares_of_twenty_annotators_are_no_probabilities():
    folder = Path(REFERENCE) / "truth_inference" / "D_PosSent"
    table = pd.read_csv(folder / "labels.csv", dtype=str).rename(columns={"worker": "annotator"})
    found = calibration(majority(code_labels(table)), pd.read_csv(folder / "gold.csv", dtype=str))
    between = found.curve.query("0.6 <= said < 0.8")
    assert (between["low"] > between["said"]).all()
    assert found.summary["error_least_certain"].value > 3 * found.summary["error"].value


cases = st.lists(
    st.tuples(st.integers(10, 20).map(lambda twentieth: twentieth / 20), st.sampled_from("xy")),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(cases, st.floats(0.05, 1))
def test_the_least_certain_part_is_as_large_as_asked_and_fills_from_below(rows, part):
    probability = np.array([p for p, _ in rows])
    taken = least_certain_part(probability, np.ones(len(rows)), part)
    assert taken.sum() == pytest.approx(part * len(rows))
    assert ((taken >= 0) & (taken <= 1)).all()
    order = np.argsort(probability)
    assert (np.diff(taken[order]) <= 1e-12).all()
    for level in np.unique(probability):
        assert len(np.unique(taken[probability == level])) == 1


@settings(deadline=None, max_examples=40)
@given(cases, st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_tasks(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (
        calibration(sure_of_x([p for p, _ in order]), gold_of([g for _, g in order]))
        for order in (rows, shuffled)
    )
    pd.testing.assert_frame_equal(one.curve, other.curve)
    pd.testing.assert_frame_equal(one.levels, other.levels)
    for name, figure in one.summary.items():
        assert figure.value == pytest.approx(other.summary[name].value, nan_ok=True)
        assert figure.low == pytest.approx(other.summary[name].low, nan_ok=True, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(cases)
def test_the_curve_adds_up_to_the_whole(rows):
    found = calibration(sure_of_x([p for p, _ in rows]), gold_of([g for _, g in rows]))
    assert found.curve["n"].sum() == len(rows)
    held = float(found.curve["held"] @ found.curve["n"]) / len(rows)
    assert held == pytest.approx(found.summary["accuracy"].value)
    assert found.summary["error"].value == pytest.approx(1 - held)
