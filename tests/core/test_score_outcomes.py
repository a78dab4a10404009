"""What became of objects: outcomes, confusion and conflicts of what an engine compared, by hand."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.confusion import confusion_of
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.core.scoring.outcomes import (
    UNLABELLED,
    Named,
    outcomes_of,
    typed,
    with_left_out,
)
from groundkeeper.errors import TableError
from schemas.scoring import CONFLICTS, OUTCOMES

CAT, DOG = 0, 1


def side(units, labels, ignored=None):
    plain = Side.of(np.array(units, dtype=np.int64), np.array(labels, dtype=np.int64))
    skipped = np.zeros(len(plain), dtype=bool) if ignored is None else np.array(ignored)
    return Side(plain.unit, plain.label, plain.attributes, plain.group, skipped, plain.covered)


def near(*pairs):
    truth, said, similarity = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Near(
        np.array(truth, dtype=np.int64),
        np.array(said, dtype=np.int64),
        np.array(similarity, dtype=np.float64),
        np.zeros(len(pairs), dtype=bool),
    )


def held(truth, said, alike, items, classes=("cat", "dog"), **named):
    """Outcomes and conflicts of one annotator."""
    who = Named(
        np.full(len(items), "ada", dtype=object),
        np.array(items, dtype=object),
        np.array([f"r{n}" for n in range(len(truth))], dtype=object),
        np.array([f"a{n}" for n in range(len(said))], dtype=object),
        classes,
        named.get("is_area", np.ones(len(truth), dtype=bool)),
        named.get("confidence", np.full(len(said), np.nan)),
    )
    found = compare(truth, said, alike, Settings())
    return outcomes_of(found, truth, said, who), conflicts_of(found, truth, said, who)


@pytest.fixture
def everything():
    """A correct cat, a cat called a dog, a missed dog, an extra dog; an empty item; and what counts for nobody."""
    truth = side([0, 0, 0, 2], [CAT, CAT, DOG, CAT], [False, False, False, True])
    said = side([0, 0, 0, 2, 3], [CAT, DOG, DOG, CAT, CAT], [False] * 4 + [True])
    alike = near((0, 0, 0.9), (1, 1, 0.5), (3, 3, 0.7))
    return held(truth, said, alike, ["i0", "i1", "i2", "i3"])


def test_every_object_has_one_outcome(everything):
    outcomes, _ = everything
    found = outcomes[["item_id", "record_id", "annotation_id", "outcome", "truth", "said"]]
    told = [tuple(None if pd.isna(cell) else cell for cell in row) for row in found.to_numpy()]
    assert told == [
        ("i0", None, "a2", "extra", None, "dog"),
        ("i0", "r0", "a0", "correct", "cat", "cat"),
        ("i0", "r1", "a1", "mismatch", "cat", "dog"),
        ("i0", "r2", None, "missing", "dog", None),
        ("i1", None, None, "empty", None, None),
        ("i2", "r3", "a3", "excluded", "cat", "cat"),
        ("i3", None, "a4", "excluded", None, "cat"),
    ]


def test_an_item_in_which_only_what_takes_no_part_was_said_is_no_agreement():
    nothing = side([], [])
    found, _ = held(nothing, nothing, near(), ["bare", "ship"])
    ship = pd.DataFrame({"subject": ["ada"], "item_id": ["ship"], "annotation_id": ["a0"]})
    ship = ship.assign(said="spaceship", confidence=0.5)
    outcomes = with_left_out(found, ship)
    told = outcomes[["item_id", "outcome"]].to_numpy().tolist()
    assert told == [["bare", "empty"], ["ship", "excluded"]]
    assert outcomes["said"].tolist()[1:] == ["spaceship"]
    assert outcomes["confidence"].tolist()[1:] == [0.5]
    pd.testing.assert_frame_equal(with_left_out(found, ship.iloc[:0]), found)


def test_what_takes_no_part_leaves_what_became_of_the_others(everything):
    outcomes, _ = everything
    more = pd.DataFrame({"subject": ["ada"], "item_id": ["i0"], "annotation_id": ["a9"]})
    more = pd.concat([more, more, more.assign(annotation_id="a0")])
    found = with_left_out(outcomes, more.assign(said="spaceship", confidence=np.nan))
    assert not found.duplicated(list(OUTCOMES.key)).any()
    pd.testing.assert_frame_equal(typed(found[found["annotation_id"] != "a9"]), outcomes)


def test_the_table_is_as_its_schema_promises(everything):
    outcomes, conflicts = everything
    assert list(outcomes.columns) == list(OUTCOMES.columns)
    assert not outcomes.duplicated(list(OUTCOMES.key)).any()
    assert list(conflicts.columns) == list(CONFLICTS.columns)
    assert not conflicts.duplicated(list(CONFLICTS.key)).any()


def test_dice_follows_from_the_iou_of_areas_and_of_nothing_else():
    zero = np.zeros(1, dtype=np.int64)
    truth, said, alike = Side.of(zero, zero), Side.of(zero, zero), near((0, 0, 0.5))
    area, _ = held(truth, said, alike, ["i"])
    point, _ = held(truth, said, alike, ["i"], is_area=np.zeros(1, dtype=bool))
    assert area["dice"].tolist() == pytest.approx([2 / 3])
    assert point["dice"].isna().all()
    assert point["similarity"].tolist() == [0.5]


def test_confidence_is_that_of_what_was_said():
    truth, said = side([0, 0], [CAT, CAT]), side([0], [CAT])
    outcomes, _ = held(truth, said, near((1, 0, 0.9)), ["i"], confidence=np.array([0.75]))
    by_outcome = outcomes.set_index("outcome")["confidence"]
    assert by_outcome["correct"] == 0.75
    assert np.isnan(by_outcome["missing"])


def test_confusion_has_a_row_and_a_column_for_nothing(everything):
    outcomes, _ = everything
    cells = confusion_of(outcomes)[["said", "truth", "n"]].to_numpy().tolist()
    assert cells == [
        ["cat", "cat", 1],
        ["dog", "cat", 1],
        ["dog", "unmatched", 1],
        ["unmatched", "dog", 1],
        ["unmatched", "unmatched", 1],
    ]


def test_conflicts_name_the_classes_and_how_alike_a_pair_is(everything):
    _, conflicts = everything
    told = {
        row["conflict"]: (row["severity"], row["detail"], row["iou"])
        for row in conflicts.to_dict("records")
        if row["conflict"] != "low_overlap"
    }
    assert told["mismatching_label"] == ("error", "cat, said to be dog", 0.5)
    assert told["missing_annotation"][:2] == ("error", "dog")
    assert told["extra_annotation"][:2] == ("error", "dog")
    assert np.isnan(told["missing_annotation"][2])
    low = conflicts[conflicts["conflict"] == "low_overlap"]
    assert low["severity"].tolist() == ["warning"]


def test_an_object_without_a_class_is_called_so():
    truth, said = side([0], [NONE]), side([0], [NONE])
    outcomes, _ = held(truth, said, near((0, 0, 1.0)), ["i"], ())
    assert outcomes[["outcome", "truth", "said"]].to_numpy().tolist() == [
        ["correct", UNLABELLED, UNLABELLED]
    ]


def test_a_class_that_stands_for_nothing_is_refused():
    empty = side([], [])
    with pytest.raises(TableError, match="unmatched"):
        held(empty, empty, near(), ["i"], ("cat", "unmatched"))


def test_no_objects_at_all_are_empty_items():
    empty = side([], [])
    outcomes, conflicts = held(empty, empty, near(), ["b", "a"])
    assert outcomes["outcome"].tolist() == ["empty", "empty"]
    assert outcomes["item_id"].tolist() == ["a", "b"]
    assert conflicts.empty
    assert confusion_of(outcomes)["n"].tolist() == [2]


def test_rows_are_the_same_however_they_stood(everything):
    outcomes, _ = everything
    shuffled = outcomes.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(typed(shuffled), outcomes)
    pd.testing.assert_frame_equal(confusion_of(shuffled), confusion_of(outcomes))
