import json

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import FIELDS

from groundkeeper.core.ingestion.keys import collect_items, with_ids
from groundkeeper.core.ingestion.settling import settle
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.errors import FormatError

BOX = shapely.box(0, 0, 2, 2)
NO_REJECTS = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in ("path", "rule", "value", "allowed")}
)


def source(sequence=1):
    return Source(f"batch-{sequence}", sequence, "r1", "1.0.0", "expert", "blind", "known")


def reading(answers, annotations=(), rejects=NO_REJECTS):
    """Answers (key, item, annotator, state) and annotations (key, answer, attributes, geometry)."""
    told = pd.DataFrame(answers, columns=["answer_key", "item_key", "annotator", "state"])
    told = told.assign(lead_time_s=np.nan, tool="t", shown_prediction=False)
    told["submitted_at"] = pd.to_datetime(pd.Series([None] * len(told)), utc=True)
    marks = pd.DataFrame(
        [(key, answer, json.dumps(said)) for key, answer, said, _ in annotations],
        columns=["annotation_key", "answer_key", "attributes"],
    ).assign(kind="polygons", label="thing", value=np.nan, start=np.nan, end=np.nan)
    parts = pd.DataFrame(
        [(key, 0, shape, False) for key, _, _, shape in annotations],
        columns=["annotation_key", "frame", "geometry", "repaired"],
    )
    return Tables(told, marks, parts, rejects)


def ingest(*readings, wanted=("x", "y")):
    ids = {key: f"it_{key}" for key in wanted}
    found = [with_ids(source(n), one, ids) for n, one in enumerate(readings, start=1)]
    return settle(found, FIELDS)


def rules(tables):
    return tables.rejects["rule"].tolist()


def test_answers_to_items_outside_the_sample_wait_in_the_inbox():
    tables = ingest(reading([("a", "x", "r1", "empty"), ("b", "z", "r1", "empty")]))
    assert (tables.answers["item_id"].tolist(), rules(tables)) == (["it_x"], [])


def test_the_later_answer_of_an_annotator_replaces_the_earlier_with_its_annotations():
    first = reading([("a", "x", "r1", "submitted")], [("m", "a", {"rating": 1}, BOX)])
    second = reading([("b", "x", "r1", "submitted")], [("n", "b", {"rating": 5}, BOX)])
    tables = ingest(first, second)
    assert json.loads(tables.annotations["attributes"].item()) == {"rating": 5}
    assert (tables.answers["batch"].item(), rules(tables)) == ("batch-2", ["latest_answer_stands"])
    assert tables.rejects["source"].item() == "batch-1"


def test_an_answer_exported_again_counts_once_and_its_newer_content_stands():
    first = reading([("a", "x", "r1", "submitted")], [("m", "a", {"rating": 1}, BOX)])
    again = reading(
        [("a", "x", "r1", "submitted")], [("m", "a", {"rating": 2}, shapely.box(0, 0, 9, 9))]
    )
    tables = ingest(first, again)
    assert json.loads(tables.annotations["attributes"].item()) == {"rating": 2}
    assert tables.parts["geometry"].item().area == 81
    assert len(tables.rejects) == 1


def test_equal_annotations_in_one_answer_stand_once_and_are_listed():
    tables = ingest(
        reading(
            [("a", "x", "r1", "submitted")],
            [("m", "a", {"rating": 1}, BOX), ("n", "a", {"rating": 1}, BOX)],
        )
    )
    assert (len(tables.annotations), len(tables.parts), rules(tables)) == (
        1,
        1,
        ["annotation_stands_once"],
    )


def test_annotations_that_differ_in_shape_or_attributes_both_stand():
    tables = ingest(
        reading(
            [("a", "x", "r1", "submitted")],
            [
                ("m", "a", {"rating": 1}, BOX),
                ("n", "a", {"rating": 2}, BOX),
                ("o", "a", {"rating": 1}, shapely.box(0, 0, 1, 1)),
            ],
        )
    )
    assert (len(tables.annotations), rules(tables)) == (3, [])


def test_a_part_without_area_is_refused_and_its_annotation_stays():
    line = shapely.Polygon([(0, 0), (4, 0), (0, 0)])
    tables = ingest(reading([("a", "x", "r1", "submitted")], [("m", "a", {}, line)]))
    assert (len(tables.parts), len(tables.annotations), rules(tables)) == (
        0,
        1,
        ["part_has_an_area"],
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"rating": 6}, {}),
        ({"rating": True}, {}),
        ({"rating": "5"}, {}),
        ({"calcified": 1}, {}),
        ({"kind": "gas", "rating": 3}, {"rating": 3}),
    ],
)
def test_a_value_outside_its_vocabulary_is_listed_and_the_rest_stays(said, kept):
    tables = ingest(reading([("a", "x", "r1", "submitted")], [("m", "a", said, BOX)]))
    assert json.loads(tables.annotations["attributes"].item()) == kept
    assert rules(tables) == ["value_is_allowed"] * (len(said) - len(kept))
    assert json.loads(tables.rejects["value"].iloc[0]) in said.values()


def test_attributes_that_no_field_declares_are_kept_as_they_are():
    tables = ingest(reading([("a", "x", "r1", "submitted")], [("m", "a", {"mood": [1]}, BOX)]))
    assert json.loads(tables.annotations["attributes"].item()) == {"mood": [1]}


def test_an_unknown_state_and_an_annotation_without_answer_are_refused():
    tables = ingest(
        reading([("a", "x", "r1", "gone"), ("b", "y", "r1", "empty")], [("m", "lost", {}, BOX)])
    )
    assert sorted(rules(tables)) == ["answer_is_known", "state_is_known"]
    assert tables.answers["item_id"].tolist() == ["it_y"]


def test_rejects_of_the_reader_are_kept_with_their_batch():
    refused = pd.DataFrame(
        [("line 3", "outline_has_area", "1 point", "3 points or more")], columns=list(NO_REJECTS)
    )
    tables = ingest(reading([("a", "x", "r1", "empty")], rejects=refused))
    assert tables.rejects.iloc[0].tolist() == [
        "batch-1",
        "line 3",
        "outline_has_area",
        "1 point",
        "3 points or more",
    ]


def items(**facts):
    return pd.DataFrame({"item_key": ["x"], "frames": [1], "group_id": ["p"], **facts})


def test_the_same_item_in_two_batches_is_one_item():
    found = collect_items("s", [("b1", items()), ("b2", items())])
    assert (len(found), "batch" in found) == (1, False)


def test_an_item_described_differently_in_two_batches_is_an_error_naming_both():
    with pytest.raises(FormatError, match=r"b1, b2.*described differently.*x"):
        collect_items("s", [("b1", items()), ("b2", items(frames=[2]))])


def test_batches_without_an_item_are_an_error_naming_them():
    with pytest.raises(FormatError, match=r"set s: .*batches: b1"):
        collect_items("s", [("b1", items().iloc[:0])])
