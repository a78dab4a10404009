"""What models say: the latest word of each on an item, and classes that a guideline does not know."""

import json

import pandas as pd
import pytest
import shapely
from strategies.evidence import FIELDS

from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.keys import with_ids
from groundkeeper.core.ingestion.predicted import REPLACED, settle_predictions
from groundkeeper.core.ingestion.settling import settle
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.formats import frames

KIND = Field.model_validate(
    {"type": "enum", "values": ["cat", "dog"], "from": "label", "fuse": "mode"}
)
LABELLED = FIELDS | {"animal": KIND}


def batch(sequence, *told, era="1.0.0"):
    """A batch of (item, model, marks); a mark is a dict of columns that differ from the usual."""
    answers, marks, parts = [], [], []
    for item, model, drawn in told:
        key = f"{model}/{item}"
        state = "empty" if drawn == [] else "skipped" if drawn is None else "submitted"
        answers.append({"answer_key": key, "item_key": item, "annotator": model, "state": state})
        for place, mark in enumerate(drawn or []):
            name = f"{key}/{place}"
            shape = mark.pop("shape", shapely.box(0, 0, 2, 2))
            usual = {"kind": "bbox", "label": "cat", "attributes": "{}"}
            marks.append({"annotation_key": name, "answer_key": key, **usual, **mark})
            parts.append({"annotation_key": name, "frame": 0, "geometry": shape, "repaired": False})
    usual = {"tool": "t", "shown_prediction": False}
    tables = Tables(
        frames.typed(
            pd.DataFrame(answers).assign(**usual).reindex(columns=list(frames.ANSWER_TYPES)),
            frames.ANSWER_TYPES,
            ["answer_key"],
        ),
        frames.typed(
            pd.DataFrame(marks, columns=list(frames.ANNOTATION_TYPES)),
            frames.ANNOTATION_TYPES,
            ["annotation_key"],
        ),
        frames.typed(
            pd.DataFrame(parts, columns=list(frames.PART_TYPES)),
            frames.PART_TYPES,
            ["annotation_key", "frame"],
        ),
        frames.empty(frames.REJECT_TYPES),
    )
    source = Source(f"b{sequence}", sequence, f"run-{sequence}", era, "model", "blind", "known")
    return with_ids(source, tables, {"x": "it_x", "y": "it_y"}, {"x", "y", "z"})


def test_the_latest_batch_of_a_model_stands_item_by_item():
    found = settle_predictions(
        [batch(1, ("x", "m", [{}]), ("y", "m", [{}])), batch(2, ("x", "m", []), era="2.0.0")],
        LABELLED,
    )
    told = found.answers.set_index("item_id")
    assert told["batch"].to_dict() == {"it_x": "b2", "it_y": "b1"}
    assert found.annotations["item_id"].tolist() == ["it_y"]
    assert found.rejects["rule"].tolist() == [REPLACED]


def test_another_model_replaces_nothing():
    found = settle_predictions([batch(1, ("x", "m", [{}])), batch(2, ("x", "n", []))], LABELLED)
    assert sorted(found.answers["annotator"]) == ["m", "n"]
    assert found.rejects.empty


def test_a_skipped_item_does_not_take_back_what_was_said():
    found = settle_predictions([batch(1, ("x", "m", [{}])), batch(2, ("x", "m", None))], LABELLED)
    assert found.answers["state"].tolist() == ["submitted"]


def test_a_class_that_the_guideline_does_not_know_stays_and_its_probabilities_do_not():
    strange = {"label": "cow", "probabilities": json.dumps({"cow": 1.0})}
    found = settle_predictions([batch(1, ("x", "m", [strange]))], LABELLED)
    (mark,) = found.annotations.to_dict("records")
    assert mark["label"] == "cow"
    assert pd.isna(mark["probabilities"])
    (reject,) = found.rejects.to_dict("records")
    assert (reject["rule"], reject["value"]) == ("value_is_allowed", '["cow"]')
    assert reject["path"].endswith("/probabilities")


def test_of_people_such_a_class_is_refused():
    found = settle([batch(1, ("x", "m", [{"label": "cow"}]))], LABELLED)
    assert found.annotations["label"].isna().all()


@pytest.mark.parametrize("order", [(0.2, 0.9), (0.9, 0.2)])
def test_of_equal_shapes_the_most_confident_stays(order):
    marks = [{"confidence": sure} for sure in order]
    found = settle_predictions([batch(1, ("x", "m", marks))], LABELLED)
    assert found.annotations["confidence"].tolist() == [0.9]
    assert found.rejects["rule"].tolist() == ["annotation_stands_once"]


def test_the_order_of_batches_does_not_matter():
    one, two = batch(1, ("x", "m", [{}])), batch(2, ("x", "m", []), ("y", "m", [{}]))
    ahead, back = (settle_predictions(list(order), LABELLED) for order in ((one, two), (two, one)))
    for name in ("answers", "annotations", "parts", "rejects"):
        pd.testing.assert_frame_equal(getattr(ahead, name), getattr(back, name))
