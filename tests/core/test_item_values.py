"""A model scored where records are items: every field that is rated is a value of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from strategies.evidence import BY_ITEM

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.measures import tabulate
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.item_values import NO_GOLD
from groundkeeper.core.scoring.subjects.known import Known
from groundkeeper.core.scoring.subjects.said import REFUSED, Said
from groundkeeper.core.scoring.subjects.scores import rests_on, scores_of

GRADE = {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
WET = {"type": "bool", "from": "attribute", "fuse": "mode"}
DEPTH = {"type": "number", "min": 0, "max": 10, "from": "attribute", "fuse": "median"}
FIELDS = {
    name: Field.model_validate(field)
    for name, field in (("depth", DEPTH), ("grade", GRADE), ("wet", WET))
}
GUIDE = Guide({}, FIELDS, BY_ITEM, Scoring())
NO_PARTS = pd.DataFrame(columns=["annotation_id", "frame", "geometry"])


def known(rows):
    """Records (item, status, depth, grade, wet)."""
    table = pd.DataFrame(rows, columns=["item_id", "status", "depth", "grade", "wet"])
    table["record_id"] = [f"r{place}" for place in range(len(table))]
    is_open = table["status"] == "pending"
    objects = table[["record_id", "item_id"]].assign(
        drawn_as=None, group=None, open=is_open, ignored=is_open
    )
    objects["class"] = GUIDE.classes_of(table)
    items = pd.DataFrame({"item_id": sorted(set(table["item_id"]))})
    items = items.assign(group_id=items["item_id"], scored=True)
    rated = GUIDE.rated_values(table).set_axis(table["record_id"])
    return Known(items, objects, rated, NO_PARTS)


def said(rows):
    """What the model m says: (item, depth, grade, wet)."""
    table = pd.DataFrame(rows, columns=["item_id", "depth", "grade", "wet"])
    table["annotation_id"] = [f"a{place}" for place in range(len(table))]
    answers = table[["item_id"]].assign(annotator="m", answer_id=table.index, origin="model")
    objects = table[["annotation_id", "item_id"]].assign(
        annotator="m", confidence=np.nan, group=None, ignored=False, outside=False
    )
    objects = objects.assign(foreign=pd.Series(None, objects.index, dtype="str"))
    objects["class"] = GUIDE.classes_of(table)
    rated = GUIDE.rated_values(table).set_axis(table["annotation_id"])
    return Said(answers, objects, rated, NO_PARTS)


TRUTH = [
    ("i1", "agreed", 1.0, 1, True),
    ("i2", "agreed", 2.0, 2, False),
    ("i3", "agreed", 3.0, 3, False),
    ("i4", "pending", None, None, None),
    ("i5", "agreed", 5.0, 1, True),
    ("i5", "agreed", 5.0, 2, True),
]
TOLD = [("i1", 1.0, 1, True), ("i2", 4.0, 3, True), ("i4", 1.0, 1, False), ("i5", 5.0, 1, True)]


@pytest.fixture(scope="module")
def scores():
    return scores_of(said(TOLD), known(TRUTH), pd.Series(dtype="float64"), GUIDE, "m")


def values(scores):
    items = pd.DataFrame({"item_id": [f"i{n}" for n in range(1, 6)], "group_id": "g"})
    table = tabulate(scores.figures, items, (), Resampling(100, 1, 0.95))
    return table.set_index(["measure", "subject"])["value"]


def test_every_field_has_figures_of_its_kind(scores):
    found = values(scores)
    # Of five items one is open, one has two records, and of one nothing is said.
    assert found["accuracy", "m/grade"] == found["accuracy", "m/wet"] == 1 / 2
    assert found["mean_absolute_error", "m/grade"] == 1 / 2
    assert found["mean_absolute_error", "m/depth"] == 1


def test_the_class_is_the_first_by_name_that_has_a_vocabulary(scores):
    assert GUIDE.class_by == "grade"
    rows = scores.outcomes[["item_id", "outcome", "truth", "said"]].to_numpy().tolist()
    assert rows == [["i1", "correct", "1", "1"], ["i2", "mismatch", "2", "3"]]
    (conflict,) = scores.conflicts.to_dict("records")
    assert (conflict["record_id"], conflict["annotation_id"]) == ("r1", "a1")
    assert conflict["detail"] == "2, said to be 3"


def test_what_is_open_is_in_the_bounds(scores):
    bounds = scores.bounds.set_index(["measure", "subject"])
    accuracy = bounds.loc["accuracy", "m/grade"]
    assert (accuracy["low"], accuracy["high"], accuracy["score"]) == (1 / 3, 2 / 3, 1 / 2)
    error = bounds.loc["mean_absolute_error", "m/depth"]
    assert error["low"] == pytest.approx(2 / 3)
    assert error["high"] == pytest.approx((0 + 2 + 9) / 3)


def test_without_anything_settled_there_is_no_gold():
    pending = [("i1", "pending", None, None, None)]
    scores = scores_of(said(TOLD), known(pending), pd.Series(dtype="float64"), GUIDE, "m")
    assert values(scores).isna().all()
    assert all(figure.note.startswith(NO_GOLD) for figure in scores.figures)


def test_a_score_says_what_it_rests_on():
    found = rests_on(said([*TOLD, ("i9", 1.0, 1, True)]), known(TRUTH), by_item=True)
    assert (found["gt_items"], found["items"], found["items_without_answer"]) == (5, 4, 1)
    assert found["items_not_in_gt"] == 1
    assert found["records_open"] == 1


def refusing(*values):
    """What the model m says, with *values* that a field does not allow: (item, field, text)."""
    told = said([*TOLD, *((item, None, None, None) for item, _, _ in values if item == "i3")])
    ids = told.objects.set_index("item_id")["annotation_id"]
    rows = [(ids[item], field, text) for item, field, text in values]
    for annotation, field, _ in rows:
        told.rated[field] = told.rated[field].mask(told.rated.index == annotation)
    return replace(told, refused=pd.DataFrame(rows, columns=list(REFUSED)))


def test_a_value_that_the_guideline_does_not_know_is_a_wrong_answer():
    told = refusing(("i1", "grade", "9"), ("i2", "wet", "maybe"), ("i1", "depth", "99"))
    scores = scores_of(told, known(TRUTH), pd.Series(dtype="float64"), GUIDE, "m")
    found = values(scores)
    assert found["accuracy", "m/grade"] == 0
    assert found["within_one", "m/grade"] == 1 / 2
    assert found["mean_absolute_error", "m/grade"] == 1
    assert found["accuracy", "m/wet"] == 1 / 2
    assert found["mean_absolute_error", "m/depth"] == 2
    first = scores.outcomes.iloc[0]
    assert (first["outcome"], first["truth"], first["said"]) == ("mismatch", "1", "9")
    notes = {(f.measure, f.subject): f.note for f in scores.figures}
    assert "without 1 value that the guideline" in notes["mean_absolute_error", "m/grade"]
    assert "without 1 value that the guideline" in notes["mean_absolute_error", "m/depth"]
    assert not any(figure.subject.endswith("/maybe") for figure in scores.figures)
    assert rests_on(told, known(TRUTH), by_item=True)["values_refused"] == 3


@pytest.mark.parametrize("field", ["grade", "wet"])
def test_the_bounds_hold_of_a_value_that_the_guideline_does_not_know(field):
    told = refusing(("i4", field, "9"), ("i1", field, "9"))
    scores = scores_of(told, known(TRUTH), pd.Series(dtype="float64"), GUIDE, "m")
    bounds = scores.bounds.set_index(["measure", "subject"]).loc[("accuracy", f"m/{field}")]
    # Of the two that are settled one is wrong for it, and so will be the one that is open.
    right = {"grade": 0, "wet": 0}[field]
    assert bounds["score"] == values(scores)["accuracy", f"m/{field}"] == right / 2
    assert (bounds["low"], bounds["high"]) == (right / 3, right / 2)


def test_an_answer_without_a_value_is_none():
    told = said([("i1", 1.0, 1, True), ("i2", None, None, None)])
    found = rests_on(told, known(TRUTH), by_item=True)
    assert (found["items"], found["items_without_answer"]) == (1, 4)


def test_open_values_are_counted_where_the_item_is_open_as_a_whole():
    truth = known(TRUTH)
    waits = replace(truth, items=truth.items.assign(scored=truth.items["item_id"] != "i4"))
    assert rests_on(said(TOLD), waits, by_item=True)["records_open"] == 1
    scores = scores_of(said(TOLD), waits, pd.Series(dtype="float64"), GUIDE, "m")
    assert set(scores.bounds["items_open"]) == {0}
