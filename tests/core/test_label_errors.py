"""Confident learning: the confident joint and what follows from it, which labels are suspected, and why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.label_errors.confident import (
    Confident,
    confident,
    disagreement,
    joint,
    noise_matrix,
    off_diagonal,
    true_given_label,
)
from groundkeeper.core.label_errors.distances import expected_distance
from groundkeeper.core.label_errors.predicted import (
    Predicted,
    is_too_perfect,
    mean_probability,
    require_probabilities,
)
from groundkeeper.core.label_errors.pruning import Pruning, expected_counts, suspected
from groundkeeper.core.label_errors.quality import Quality, quality
from groundkeeper.errors import TableError

# Northcutt, Jiang and Chuang (2021), figure 1: a confident joint of dogs, foxes and cows, and its joint.
PAPER = np.array([[100, 40, 20], [56, 60, 0], [32, 12, 80]])
PAPER_JOINT = np.array([[0.25, 0.10, 0.05], [0.14, 0.15, 0.00], [0.08, 0.03, 0.20]])


def counted(counts, label_counts=None):
    given_to = counts.sum(axis=1) if label_counts is None else np.array(label_counts)
    nobody = np.zeros(0, dtype=np.int64)
    return Confident(np.zeros(len(counts)), nobody, counts, given_to)


def simulated(n, classes, noise, seed):
    """Items of classes, given another class with the shares of *noise*, and a model that mostly knows better."""
    rng = np.random.default_rng(seed)
    true = rng.integers(classes, size=n)
    given_to = np.array([rng.choice(classes, p=noise[:, one]) for one in true])
    seen = rng.normal(size=(n, classes))
    seen[np.arange(n), true] += 3
    odds = np.exp(3 * seen)
    return Predicted(given_to, odds / odds.sum(axis=1, keepdims=True)), true


def test_the_joint_of_the_paper_comes_out():
    np.testing.assert_allclose(joint(counted(PAPER)), PAPER_JOINT)
    assert off_diagonal(counted(PAPER)) == pytest.approx(0.4)


def test_rows_are_weighed_by_how_often_a_label_was_given():
    shares = joint(counted(PAPER, [160, 116, 248]))
    np.testing.assert_allclose(shares.sum(axis=1), np.array([160, 116, 248]) / 524)
    np.testing.assert_allclose(shares[2] / shares[2].sum(), PAPER[2] / 124)


def test_columns_of_the_noise_matrix_and_rows_of_its_inverse_sum_to_one():
    np.testing.assert_allclose(noise_matrix(counted(PAPER)).sum(axis=0), 1)
    np.testing.assert_allclose(true_given_label(counted(PAPER)).sum(axis=1), 1)
    assert noise_matrix(counted(PAPER))[1, 0] == pytest.approx(0.14 / 0.47)


def test_a_label_of_whose_items_the_model_is_sure_of_none_is_unknown_and_not_right():
    shares = joint(counted(np.array([[3, 1], [0, 0]]), [4, 2]))
    assert np.isnan(shares[1]).all()
    assert off_diagonal(counted(np.array([[3, 1], [0, 0]]), [4, 2])) == pytest.approx(0.25)


def test_a_label_that_was_never_given_has_no_share():
    assert joint(counted(np.array([[3, 1], [0, 0]]), [4, 0])).tolist() == [[0.75, 0.25], [0, 0]]


def test_nothing_known_has_no_error_rate():
    assert np.isnan(off_diagonal(counted(np.zeros((2, 2), dtype=np.int64), [4, 2])))


def test_thresholds_are_the_means_where_a_class_was_given():
    found = confident(
        Predicted(
            np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.5, 0.5], [0.4, 0.6], [0.2, 0.8]])
        ),
        fewest=2,
    )
    assert found.threshold.tolist() == pytest.approx([0.7, 0.7])
    assert found.guess.tolist() == [0, -1, -1, 1]


def test_of_several_classes_that_an_item_is_confidently_of_the_most_probable_of_these_holds():
    probability = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.4, 0.35, 0.25]])
    label = np.array([0, 0, 2, 1])
    found = confident(Predicted(label, probability), fewest=1)
    # Class 0 is the most probable in the last row, and below its threshold of 0.5; class 1 is at its own of 0.35.
    assert found.guess[3] == 1


def test_too_few_labels_of_a_class_leave_its_threshold_undefined():
    found = confident(Predicted(np.array([0, 0, 0, 1]), np.tile([0.4, 0.6], (4, 1))), fewest=2)
    assert np.isnan(found.threshold[1])
    assert not (found.guess == 1).any()


def test_equal_probabilities_reach_their_own_mean():
    found = confident(Predicted(np.zeros(7, dtype=np.int64), np.tile([0.1, 0.9], (7, 1))), fewest=1)
    assert (found.guess == 0).all()


@pytest.mark.parametrize("how", list(Pruning))
def test_perfect_predictions_of_clean_labels_suspect_nothing(how):
    label = np.arange(60) % 3
    clean = Predicted(label, np.eye(3)[label])
    assert not suspected(clean, confident(clean), how).wrong.any()


@pytest.mark.parametrize("how", list(Pruning))
def test_a_pair_of_swapped_labels_is_found(how):
    true = np.arange(60) % 3
    label = true.copy()
    label[[0, 1]] = label[[1, 0]]
    probability = np.full((60, 3), 0.05) + 0.85 * np.eye(3)[true]
    one = Predicted(label, probability)
    found = suspected(one, confident(one), how)
    assert np.flatnonzero(found.wrong).tolist() == [0, 1]
    assert found.instead[:2].tolist() == [0, 1]


def test_both_is_where_two_ways_agree_and_each_way_keeps_to_its_number():
    noise = np.array([[0.8, 0.1, 0.0], [0.2, 0.9, 0.1], [0.0, 0.0, 0.9]])
    one, _ = simulated(900, 3, noise, 1)
    sure = confident(one)
    found = {how: suspected(one, sure, how).wrong for how in Pruning}
    assert (found[Pruning.BOTH] == (found[Pruning.CLASS] & found[Pruning.NOISE_RATE])).all()
    counts = expected_counts(sure)
    for name in range(3):
        most = counts[name].sum() - counts[name, name]
        assert found[Pruning.CLASS][one.label == name].sum() <= most


def test_simulated_noise_is_estimated_and_most_of_what_is_found_is_wrong():
    noise = np.array([[0.8, 0.0, 0.1], [0.2, 0.9, 0.0], [0.0, 0.1, 0.9]])
    one, true = simulated(6000, 3, noise, 2)
    sure = confident(one)
    np.testing.assert_allclose(noise_matrix(sure), noise, atol=0.05)
    found = suspected(one, sure).wrong
    assert (one.label != true)[found].mean() > 0.9
    chance = disagreement(one, sure)
    assert chance.mean() == pytest.approx((one.label != true).mean(), abs=0.02)


def test_disagreement_is_no_number_of_errors_where_classes_overlap():
    # Every label is right, and the model states P(true class | x) exactly: all of it is the model's.
    rng = np.random.default_rng(5)
    true = rng.integers(3, size=3000)
    seen = rng.normal(size=(3000, 3)) + np.eye(3)[true]
    odds = np.exp(seen)
    one = Predicted(true, odds / odds.sum(axis=1, keepdims=True))
    assert disagreement(one, confident(one)).sum() > 300
    assert "no probability that they are wrong" in disagreement.__doc__


def test_where_nothing_is_known_of_a_label_the_model_alone_speaks():
    one = Predicted(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]))
    np.testing.assert_allclose(disagreement(one, confident(one)), [0.1, 0.6, 0.3])


def test_expected_counts_keep_the_number_of_labels_and_take_the_unknown_as_right():
    counts = expected_counts(counted(np.array([[2, 1, 1], [0, 2, 1], [0, 0, 0]]), [10, 5, 2]))
    assert counts.sum(axis=1).tolist() == [10, 5, 2]
    assert counts.tolist() == [[5, 3, 2], [0, 3, 2], [0, 0, 2]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(list(Pruning)))
def test_the_order_of_items_and_the_names_of_classes_do_not_matter(seed, how):
    noise = np.array([[0.8, 0.1, 0.1], [0.1, 0.9, 0.0], [0.1, 0.0, 0.9]])
    one, _ = simulated(80, 3, noise, seed)
    rng = np.random.default_rng(seed)
    # Where the numbers of two other classes tie, the first gets what rounding leaves over.
    is_tied = how in {Pruning.NOISE_RATE, Pruning.BOTH}
    order, names = rng.permutation(80), np.arange(3) if is_tied else rng.permutation(3)
    new_name = np.argsort(names)
    other = Predicted(new_name[one.label[order]], one.probability[order][:, names])
    here, there = suspected(one, confident(one), how), suspected(other, confident(other), how)
    assert (confident(other).counts == confident(one).counts[np.ix_(names, names)]).all()
    assert (there.wrong == here.wrong[order]).all()
    assert (there.instead == new_name[here.instead[order]]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_every_quality_is_from_0_to_1_and_nothing_is_written_into_what_was_handed_over(seed):
    one, _ = simulated(30, 3, np.full((3, 3), 1 / 3), seed)
    before = one.label.copy(), one.probability.copy()
    sure = confident(one)
    values = [quality(one, how) for how in Quality]
    values += [expected_distance(one), disagreement(one, sure)]
    for found in values:
        assert ((found >= 0) & (found <= 1)).all()
    assert (one.label == before[0]).all()
    assert (one.probability == before[1]).all()


def test_a_prediction_that_rules_the_label_out_has_no_quality():
    one = Predicted(np.array([0]), np.array([[0.0, 1.0]]))
    assert [quality(one, how)[0] for how in Quality] == [0, 0, 0]


@pytest.mark.parametrize(
    "row", [[np.nan, 1.0], [-0.1, 1.1], [0.5, 0.4], [np.inf, 0.0], [1.5, -0.5]]
)
def test_what_is_no_probability_is_refused_with_its_row(row):
    with pytest.raises(TableError, match=r"found probabilities 1: \["):
        require_probabilities(np.array([[0.5, 0.5], row]))


def test_labels_that_are_no_class_are_refused():
    with pytest.raises(TableError, match=r"found labels -1, 2; allowed are the classes 0 to 1"):
        Predicted(np.array([-1, 2]), np.array([[0.5, 0.5], [0.5, 0.5]]))


def test_one_class_cannot_be_wrong():
    with pytest.raises(TableError, match="needed are two"):
        suspected(*[(one := Predicted(np.zeros(9, np.int64), np.ones((9, 1)))), confident(one)])


def test_a_model_that_repeats_every_label_is_noticed_unless_there_are_few():
    label = np.arange(60) % 2
    assert is_too_perfect(Predicted(label, np.eye(2)[label]))
    assert not is_too_perfect(Predicted(label[:40], np.eye(2)[label[:40]]))
    assert not is_too_perfect(Predicted(label, np.eye(2)[1 - label]))


def test_the_mean_of_models_leaves_out_those_that_say_nothing():
    nothing = np.full((1, 2), np.nan)
    told = np.array([[[0.2, 0.8]], [[0.6, 0.4]], nothing])
    np.testing.assert_allclose(mean_probability(told), [[0.4, 0.6]])
    assert np.isnan(mean_probability(nothing[None])).all()


def test_a_grade_is_the_worse_the_farther_it_is_off():
    one = Predicted(np.array([0, 0, 0]), np.eye(5)[[0, 1, 4]])
    assert expected_distance(one).tolist() == [0, 0.25, 1]
