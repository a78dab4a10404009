import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.evidence import FIELDS

from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.keys import collect_items, with_ids
from groundkeeper.core.ingestion.settling import settle
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.errors import FormatError
from groundkeeper.tables import to_arrow
from schemas.names import ANNOTATIONS, ANSWERS, PARTS, REJECTS

KIND = {"type": "enum", "from": "label", "fuse": "mode"}
BOX = shapely.box(0, 0, 2, 2)
LINE = shapely.Polygon([(0, 0), (4, 0), (0, 0)])
NO_REJECTS = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in ("path", "rule", "value", "allowed")}
)


def source(sequence=1, era="1.0.0"):
    return Source(f"batch-{sequence}", sequence, "r1", era, "expert", "blind", "known")


def reading(answers, annotations=(), rejects=NO_REJECTS):
    """Answers (key, item, annotator, state[, day]) and annotations (key, answer, attributes, geometry)."""
    told = pd.DataFrame(
        [(*answer, None)[:5] for answer in answers],
        columns=["answer_key", "item_key", "annotator", "state", "submitted_at"],
    ).assign(lead_time_s=np.nan, tool="t", shown_prediction=False)
    told["task_id"] = pd.Series(None, told.index, dtype="str")
    told["submitted_at"] = pd.to_datetime(told["submitted_at"], utc=True)
    marks = pd.DataFrame(
        [(key, answer, json.dumps(said)) for key, answer, said, _ in annotations],
        columns=["annotation_key", "answer_key", "attributes"],
    ).assign(kind="polygon", label="thing", value=np.nan, start=np.nan, end=np.nan)
    marks = marks.assign(confidence=np.nan, probabilities=None)
    parts = pd.DataFrame(
        [(mark[0], 0, mark[3], False) for mark in annotations],
        columns=["annotation_key", "frame", "geometry", "repaired"],
    )
    return Tables(told, marks, parts, rejects)


def ingest(*readings, wanted=("x", "y"), known=("x", "y", "z"), fields=FIELDS):
    ids = {key: f"it_{key}" for key in wanted}
    found = [with_ids(source(n), one, ids, known) for n, one in enumerate(readings, start=1)]
    return settle(found, fields)


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
    assert tables.answers["batch"].item() == "batch-2"
    assert sorted(rules(tables)) == ["answer_stands", "latest_answer_stands"]
    assert set(tables.rejects["source"]) == {"batch-1"}


def test_an_answer_exported_again_counts_once_and_its_newer_content_stands():
    first = reading([("a", "x", "r1", "submitted")], [("m", "a", {"rating": 1}, BOX)])
    again = reading(
        [("a", "x", "r1", "submitted")], [("m", "a", {"rating": 2}, shapely.box(0, 0, 9, 9))]
    )
    tables = ingest(first, again)
    assert json.loads(tables.annotations["attributes"].item()) == {"rating": 2}
    assert tables.parts["geometry"].item().area == 81
    assert rules(tables) == ["answer_comes_again"]
    assert tables.rejects["source"].item() == "batch-1"


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
    tables = ingest(reading([("a", "x", "r1", "submitted")], [("m", "a", {}, LINE)]))
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


@pytest.mark.parametrize("given", ["submitted", "empty"])
@pytest.mark.parametrize("later", ["draft", "skipped"])
def test_a_later_draft_or_skip_never_replaces_what_was_submitted(given, later):
    tables = ingest(reading([("a", "x", "r1", given)]), reading([("b", "x", "r1", later)]))
    assert (tables.answers["state"].item(), rules(tables)) == (given, ["latest_answer_stands"])
    assert tables.rejects["value"].item() == f"{later} by r1 on it_x"


def test_what_is_submitted_later_replaces_a_draft_and_an_empty_answer():
    tables = ingest(
        reading([("a", "x", "r1", "draft"), ("b", "x", "r1", "empty", "2026-01-02")]),
        reading([("c", "x", "r1", "submitted")]),
    )
    assert tables.answers["state"].item() == "submitted"
    assert rules(tables) == ["latest_answer_stands"] * 2


def test_a_draft_is_kept_where_it_is_all_there_is():
    told = [("a", "x", "r1", "skipped", "2026-01-01"), ("b", "x", "r1", "draft", "2026-01-02")]
    assert ingest(reading(told)).answers["state"].item() == "draft"


def test_an_answer_told_twice_in_one_file_keeps_its_annotations_once():
    told = [("a", "x", "r1", "draft"), ("a", "x", "r1", "submitted")]
    tables = ingest(reading(told, [("m", "a", {"rating": 1}, BOX)]))
    assert tables.answers["state"].item() == "submitted"
    assert (len(tables.annotations), rules(tables)) == (1, ["answer_comes_again"])


def test_annotations_whose_answer_is_one_of_several_are_refused_with_all_of_these():
    told = [("a", "x", "r1", "submitted"), ("a", "x", "r2", "empty"), ("b", "y", "r1", "empty")]
    tables = ingest(reading(told, [("m", "a", {}, BOX)]))
    assert tables.answers["item_id"].tolist() == ["it_y"]
    assert tables.rejects[["path", "rule", "value"]].to_numpy().tolist() == [
        ["a", "answer_key_names_one_answer", "r1 on x"],
        ["a", "answer_key_names_one_answer", "r2 on x"],
        ["m", "answer_stands", "a"],
    ]


def test_answers_that_share_a_key_stay_where_no_annotation_has_it():
    tables = ingest(reading([("a", "x", "r1", "empty"), ("a", "x", "r2", "empty")]))
    assert (tables.answers["annotator"].nunique(), rules(tables)) == (2, [])


def test_an_answer_to_an_item_of_no_batch_is_refused_with_its_annotations():
    tables = ingest(reading([("a", "typo", "r1", "submitted")], [("m", "a", {}, BOX)]))
    assert tables.answers.empty
    assert sorted(rules(tables)) == ["answer_stands", "item_is_known"]


def test_annotations_that_differ_and_share_a_key_are_all_refused():
    marks = [("m", "a", {"rating": 1}, BOX), ("m", "a", {"rating": 2}, BOX), ("n", "a", {}, BOX)]
    tables = ingest(reading([("a", "x", "r1", "submitted")], marks))
    assert (len(tables.annotations), len(tables.parts)) == (1, 1)
    assert rules(tables) == ["annotation_key_names_one_annotation"] * 2


def test_an_annotation_and_its_part_told_twice_count_once():
    marks = [("m", "a", {"rating": 1}, BOX)] * 2
    tables = ingest(reading([("a", "x", "r1", "submitted")], marks))
    assert (len(tables.annotations), len(tables.parts)) == (1, 1)
    assert sorted(rules(tables)) == ["annotation_stands_once", "frame_has_one_part"]


def test_a_part_of_no_annotation_is_refused():
    one = reading([("a", "x", "r1", "submitted")], [("m", "a", {}, BOX)])
    lost = one.parts.assign(annotation_key="lost", frame=3)
    tables = ingest(replace(one, parts=pd.concat([one.parts, lost])))
    assert len(tables.parts) == 1
    assert tables.rejects[["path", "rule"]].to_numpy().tolist() == [
        ["lost/frame-3", "annotation_is_known"]
    ]


@pytest.mark.parametrize(("other", "kept"), [(BOX, 1), (shapely.box(0, 0, 1, 1), 0), (LINE, 1)])
def test_two_parts_in_one_frame_leave_one_only_if_it_is_known_which(other, kept):
    one = reading([("a", "x", "r1", "submitted")], [("m", "a", {}, BOX)])
    second = one.parts.assign(geometry=[other])
    tables = ingest(replace(one, parts=pd.concat([one.parts, second])))
    assert (len(tables.annotations), len(tables.parts)) == (1, kept)
    assert len(tables.rejects) == 2 - kept


LABELLED = {
    "kind": Field.model_validate(
        {"type": "enum", "values": ["car", "van"], "from": "label", "fuse": "mode"}
    )
}


@pytest.mark.parametrize(("label", "kept"), [("car", "car"), ("tree", None), (None, None)])
def test_a_label_outside_its_vocabulary_is_listed_and_its_annotation_stays(label, kept):
    one = reading([("a", "x", "r1", "submitted")], [("m", "a", {"kind": "free"}, BOX)])
    marks = one.annotations.assign(label=pd.Series([label], dtype="str"))
    tables = ingest(replace(one, annotations=marks), fields=LABELLED)
    found = tables.annotations["label"].item()
    assert (None if pd.isna(found) else found) == kept
    refused = [] if label == kept else [["value_is_allowed", '"tree"', "car, van"]]
    assert tables.rejects[["rule", "value", "allowed"]].to_numpy().tolist() == refused


def test_a_label_of_which_no_field_speaks_stays():
    tables = ingest(reading([("a", "x", "r1", "submitted")], [("m", "a", {}, BOX)]))
    assert (tables.annotations["label"].item(), rules(tables)) == ("thing", [])


keys = st.sampled_from(["a", "b", "c"])
states = st.sampled_from(["submitted", "empty", "draft", "skipped", "gone"])
days = st.sampled_from([None, "2026-01-01", "2026-01-02"])
told_answers = st.lists(
    st.tuples(
        keys, st.sampled_from(["x", "y", "z", "typo"]), st.sampled_from(["r1", "r2"]), states, days
    ),
    max_size=5,
)
told_marks = st.lists(
    st.tuples(
        st.sampled_from(["m", "n"]),
        st.sampled_from(["a", "b", "c", "lost"]),
        st.fixed_dictionaries({}, optional={"rating": st.sampled_from([1, 2, 6])}),
        st.sampled_from([BOX, LINE, shapely.box(0, 0, 1, 1)]),
    ),
    max_size=4,
)


def unique(rows):
    """Draw the same *rows*, each with a key of its own."""
    return rows.map(lambda drawn: list({row[0]: row for row in drawn}.values()))


def shuffled(one, seed):
    return Tables(
        *(
            getattr(one, name).sample(frac=1, random_state=seed)
            for name in ("answers", "annotations", "parts", "rejects")
        )
    )


@settings(max_examples=12)
@given(st.lists(st.tuples(told_answers, told_marks), min_size=1, max_size=2), st.integers(0, 99))
def test_the_order_of_rows_decides_nothing(files, seed):
    readings = [reading(*file) for file in files]
    one, other = ingest(*readings), ingest(*(shuffled(each, seed) for each in readings))
    for name, table in {
        "answers": ANSWERS,
        "annotations": ANNOTATIONS,
        "parts": PARTS,
        "rejects": REJECTS,
    }.items():
        assert to_arrow(getattr(one, name), table).equals(to_arrow(getattr(other, name), table))


ANSWER_RULES = {"item_is_known", "state_is_known", "latest_answer_stands"}
ANNOTATION_RULES = {"answer_is_known", "answer_stands", "annotation_stands_once"}


@settings(max_examples=12)
@given(unique(told_answers), unique(told_marks))
def test_every_answer_and_annotation_stands_or_is_listed(answers, marks):
    tables = ingest(reading(answers, marks), wanted=("x", "y", "z"))
    listed = tables.rejects["rule"]
    assert len(tables.answers) + listed.isin(ANSWER_RULES).sum() == len(answers)
    assert len(tables.annotations) + listed.isin(ANNOTATION_RULES).sum() == len(marks)


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


@pytest.mark.parametrize("missing", [{}, {"contrast": [None], "depth": [np.nan]}])
@pytest.mark.parametrize("first", [True, False])
def test_a_facet_that_one_batch_lacks_is_taken_from_the_other(missing, first):
    batches = [("b1", items(contrast=[True], depth=[3])), ("b2", items(**missing))]
    found = collect_items("s", batches if first else batches[::-1])
    assert (found["contrast"].tolist(), found["depth"].tolist()) == ([True], [3])
    assert len(found) == 1


def test_a_facet_has_its_type_even_where_a_batch_without_it_comes_too():
    found = collect_items("s", [("b1", items(depth=[3], contrast=[True])), ("b2", items())])
    assert [str(found[name].dtype) for name in ("depth", "contrast")] == ["int64", "bool"]


def test_items_do_not_depend_on_the_order_of_rows():
    rows = pd.DataFrame(
        {
            "item_key": ["x", "y", "x"],
            "frames": 1,
            "group_id": ["p", "q", None],
            "depth": [None, 2, 5],
        }
    )
    one, other = collect_items("s", [("b", rows)]), collect_items("s", [("b", rows[::-1])])
    pd.testing.assert_frame_equal(one, other)
    assert dict(zip(one["item_key"], one["depth"], strict=True)) == {"x": 5, "y": 2}


@pytest.mark.parametrize(("era", "refused"), [("1.0.0", []), ("2.0.0", ["value_is_allowed"])])
def test_a_label_is_held_against_the_vocabulary_of_the_era_it_was_given_in(era, refused):
    then, now = (
        {"kind": Field.model_validate(KIND | {"values": values})}
        for values in (["thing"], ["car", "van"])
    )
    one = reading([("a", "x", "r1", "submitted")], [("m", "a", {}, BOX)])
    told = with_ids(source(era=era), one, {"x": "it_x"}, {"x"})
    found = settle([told], now, Eras({"1.0.0": then}))
    assert rules(found) == refused
    assert found.annotations["label"].isna().item() == bool(refused)
