"""Objects that are likely overlooked, swapped, badly placed or not there, and how items are pooled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.label_errors.objects import ObjectError, Thresholds, object_errors
from groundkeeper.core.label_errors.pooled import softmin
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.errors import TableError

NAMES = [kind.value for kind in ObjectError]
SURE = Thresholds(sure=0.5)


def side(labels, ignored=(), units=None):
    n = len(labels)
    plain = Side.of(np.array(units or [0] * n, dtype=np.int64), np.array(labels, dtype=np.int64))
    skipped = np.zeros(n, dtype=np.bool_)
    skipped[list(ignored)] = True
    return Side(plain.unit, plain.label, plain.attributes, plain.group, skipped, plain.covered)


def near(*pairs):
    truth, said, alike = (
        (np.array(column) for column in zip(*pairs, strict=True)) if pairs else [[]] * 3
    )
    return Near(
        np.array(truth, dtype=np.int64), np.array(said, dtype=np.int64),
        np.array(alike, dtype=np.float64), np.zeros(len(pairs), dtype=np.bool_),
    )  # fmt: skip


def told(found):
    return [
        (NAMES[kind], int(truth), int(said), round(float(value), 4))
        for kind, truth, said, value in zip(
            found.kind, found.truth, found.said, found.quality, strict=True
        )
    ]


def test_predictions_that_repeat_the_truth_claim_nothing():
    found = object_errors(
        side([0, 1]), side([0, 1]), near((0, 0, 1.0), (1, 1, 1.0)), np.ones(2), SURE
    )
    assert told(found) == []


def test_a_sure_prediction_of_nothing_is_an_overlooked_object():
    found = object_errors(side([]), side([0, 0]), near(), np.array([0.9, 0.2]), SURE)
    assert told(found) == [("overlooked", NONE, 0, 0.1)]


def test_a_sure_prediction_of_another_class_on_an_object_is_a_swap_and_not_an_overlooked_one():
    found = object_errors(side([0]), side([1]), near((0, 0, 0.8)), np.array([0.9]), SURE)
    assert told(found) == [("swapped", 0, 0, 0.28)]


def test_two_things_on_one_another_are_no_swap():
    pairs = near((0, 0, 0.95), (0, 1, 0.9), (1, 0, 0.9), (1, 1, 0.95))
    found = object_errors(side([0, 1]), side([0, 1]), pairs, np.ones(2), SURE)
    assert told(found) == []
    # One labelled thing with predictions of two classes is doubted only as far as its own class is.
    found = object_errors(side([0]), side([0, 1]), near((0, 0, 0.9), (0, 1, 0.9)), np.ones(2), SURE)
    assert told(found) == [("swapped", 0, 1, 0.91)]


def test_an_object_beside_its_prediction_is_badly_placed_and_nothing_is_overlooked_there():
    found = object_errors(side([0]), side([0]), near((0, 0, 0.3)), np.array([0.9]), SURE)
    assert told(found) == [("badly_placed", 0, 0, 0.37)]
    found = object_errors(side([0]), side([0]), near((0, 0, 0.8)), np.array([0.9]), SURE)
    assert told(found) == []


def test_what_lies_beside_an_object_says_nothing_of_it():
    """The neighbour's prediction touches the object, and is the neighbour's: the object is touched, and well."""
    pairs = near((0, 0, 0.2), (1, 0, 0.9))
    found = object_errors(side([0, 0]), side([0]), pairs, np.ones(1), SURE)
    assert told(found) == []


def test_an_object_that_nothing_touches_is_as_doubtful_as_its_class_is_mostly_seen():
    truth, said = side([0] * 10), side([0] * 9)
    pairs = near(*[(place, place, 1.0) for place in range(9)])
    found = object_errors(truth, said, pairs, np.ones(9), SURE)
    assert told(found) == [("unseen", 9, NONE, 0.1)]


def test_what_counts_for_nobody_is_not_claimed_to_be_wrong_and_speaks_against_nothing():
    truth, said = side([0, 0], ignored=[0]), side([1, 1, 0], ignored=[2])
    pairs = near((0, 0, 0.3), (1, 2, 0.3))
    found = object_errors(truth, said, pairs, np.array([1.0, 1.0, 1.0]), SURE)
    # The first prediction lies on ignored truth; the third is itself out of scope; the second is in the open.
    assert told(found) == [("overlooked", NONE, 1, 0.0)]


def test_how_sure_a_prediction_must_be_is_taken_from_those_of_its_class_that_are_right():
    truth, said = side([0] * 6), side([0] * 7)
    pairs = near(*[(place, place, 1.0) for place in range(6)])
    confidence = np.array([0.3, 0.3, 0.3, 0.4, 0.4, 0.4, 0.35])
    found = object_errors(truth, said, pairs, confidence, Thresholds())
    assert told(found) == [("overlooked", NONE, 6, 0.65)]
    confidence[6] = 0.25
    assert told(object_errors(truth, said, pairs, confidence, Thresholds())) == []


def test_objects_without_a_class_are_never_swapped():
    found = object_errors(side([NONE]), side([1]), near((0, 0, 0.9)), np.ones(1), SURE)
    assert told(found) == []


def test_nothing_on_both_sides_claims_nothing():
    found = object_errors(side([]), side([]), near(), np.zeros(0), Thresholds())
    assert len(found) == 0


@pytest.mark.parametrize("confidence", [np.array([np.nan]), np.array([1.5]), np.array([-0.1])])
def test_confidences_that_are_none_are_refused(confidence):
    with pytest.raises(TableError, match="found 1 confidences that are no numbers from 0 to 1"):
        object_errors(side([]), side([0]), near(), confidence, SURE)


def test_a_confidence_for_each_prediction_is_needed():
    with pytest.raises(TableError, match="found 0 confidences of 1 predictions"):
        object_errors(side([]), side([0]), near(), np.zeros(0), SURE)


@pytest.mark.parametrize(
    "values", [{"match": 0.05}, {"touching": 0}, {"match": 1.5}, {"low_overlap": 0.3}]
)
def test_thresholds_that_stand_the_wrong_way_round_are_refused(values):
    with pytest.raises(TableError, match="allowed are"):
        Thresholds(**values)
    with pytest.raises(TableError, match="a confidence from 0 to 1"):
        Thresholds(sure=2.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_claims_do_not_depend_on_the_order_of_objects_and_stay_within_bounds(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(0, 8, size=2)
    truth_label, said_label = rng.integers(0, 3, size=n), rng.integers(0, 3, size=m)
    alike = np.where(rng.random((n, m)) < 0.4, rng.random((n, m)), 0.0)
    confidence = rng.random(m)

    def claimed(rows, columns):
        moved = alike[np.ix_(rows, columns)]
        left, right = np.nonzero(moved)
        pairs = Near(left, right, moved[left, right], np.zeros(len(left), dtype=np.bool_))
        found = object_errors(
            side(truth_label[rows].tolist()), side(said_label[columns].tolist()), pairs,
            confidence[columns], Thresholds(),
        )  # fmt: skip
        return sorted(
            (kind, NONE if t == NONE else rows[t], NONE if s == NONE else columns[s], value)
            for kind, t, s, value in told(found)
        )

    plain = claimed(np.arange(n), np.arange(m))
    assert claimed(rng.permutation(n), rng.permutation(m)) == plain
    assert all(0 <= value <= 1 for *_, value in plain)


def test_an_item_is_as_good_as_its_worst_object_nearly_and_nothing_claimed_is_undefined():
    quality = np.array([0.05, 0.95, 0.95, 0.5, np.nan])
    pooled = softmin(quality, np.array([0, 0, 0, 1, 2]), 4)
    assert 0.05 <= pooled[0] < 0.06
    assert pooled[1] == pytest.approx(0.5)
    assert np.isnan(pooled[2:]).all()
    assert softmin(quality[:2], np.zeros(2, np.int64), 1, 1e6)[0] == pytest.approx(0.5, abs=1e-5)


def test_a_temperature_is_above_zero():
    with pytest.raises(TableError, match="above 0"):
        softmin(np.ones(1), np.zeros(1, np.int64), 1, 0.0)
