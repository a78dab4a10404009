"""``gk score files`` on files with slips: what is refused says where and what, and what is left out is counted."""

import json

import pandas as pd
import pytest
from builders.score_files import answer, box, call, document_and_values, shape, write

BOXES = "item,label,x,y,width,height"
SPANS = "document,start,end,label"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Work in a folder of its own, outside of any repository."""
    monkeypatch.chdir(tmp_path)


def dataset(*annotations, **image):
    """A dataset of one picture of 100 x 100 pixels and two classes."""
    return {
        "images": [{"id": 1, "width": 100, "height": 100, **image}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "area": 100.0, **one}
            for n, one in enumerate(annotations, start=0)
        ],
    }


def result(**more):
    """A result on that picture."""
    return {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9} | more


def test_ground_truth_outside_its_image_is_left_out_of_average_precision_as_predictions_are():
    beyond = [500, 500, 10, 10]
    write("gt.json", dataset({"bbox": beyond}, {"bbox": [0, 0, 10, 10]}))
    write("dt.json", [result(), result(bbox=beyond, score=0.95)])
    document, values = document_and_values("gt.json", "dt.json")
    assert values["bbox_ap", "dt"] == pytest.approx(1.0)
    assert values["recall", "dt"] == 1.0
    assert document["excluded"] == {
        "objects that are outside their image, of the truth": 1,
        "objects that are outside their image": 1,
    }


def test_an_annotation_with_the_number_zero_is_one_to_average_precision():
    write("gt.json", dataset({"bbox": [0, 0, 10, 10]}))
    write("dt.json", [result()])
    assert document_and_values("gt.json", "dt.json")[1]["bbox_ap", "dt"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        (dataset(width=0), "images[0].width: found 0; allowed is a number above 0"),
        (dataset({"area": -5, "bbox": [0, 0, 9, 9]}), "annotations[0].area: found -5"),
        (dataset({"id": -1, "bbox": [0, 0, 9, 9]}), "annotations[0].id: found -1"),
        (dataset({"image_id": "1", "bbox": [0, 0, 9, 9]}), "annotations[0].image_id: found '1'"),
        (dataset({"area": "100", "bbox": [0, 0, 9, 9]}), "annotations[0].area: found '100'"),
        (
            dataset({"segmentation": {"size": [50, 40], "counts": [2000]}}),
            "annotation 0: segmentation: found run lengths of 50 x 40 pixels (height x width); image 1 has 100 x 100",
        ),
    ],
)
def test_a_dataset_is_taken_for_what_it_says_and_nothing_else(truth, told):
    write("gt.json", truth)
    write("dt.json", "[]")
    assert told in call("gt.json", "dt.json", status=1).stderr


@pytest.mark.parametrize(
    ("told", "one"),
    [
        ("[0].image_id: found 1.0", result(image_id=1.0)),
        ("[0].image_id: found True", result(image_id=True)),
        ("[0].image_id: found '1'", result(image_id="1")),
        ("[0].image_id: found -1", result(image_id=-1)),
        ("[0].bbox[0]: found '0'", result(bbox=["0", "0", "9", "9"])),
        ("[0].bbox[2]: found 1e+308", result(bbox=[0, 0, 1e308, 9])),
        ("[0].score: found '0.9'", result(score="0.9")),
        ("[0].segmentation[0][0]: found nan", result(segmentation=[[float("nan"), 0, 9, 0, 9, 9]])),
        ("[0].segmentation[0][0]: found inf", result(segmentation=[[float("inf"), 0, 9, 0, 9, 9]])),
        ("found a polygon of 7 numbers", result(segmentation=[[0, 0, 9, 0, 9, 9, 0]])),
        ("[0].segmentation: found 'abc'; allowed is a block of keys", result(segmentation="abc")),
        (
            "result 1: segmentation: found run lengths of 9 x 9",
            result(segmentation={"size": [9, 9], "counts": [81]}),
        ),
        (
            "result 1: segmentation: found counts of 5 pixels",
            result(segmentation={"size": [100, 100], "counts": [0, 5]}),
        ),
    ],
)
def test_results_are_taken_for_what_they_say_and_nothing_else(told, one):
    write("gt.json", dataset({"bbox": [0, 0, 10, 10]}))
    write("dt.json", json.dumps([one]))
    stderr = call("gt.json", "dt.json", status=1).stderr
    assert told in stderr.replace("\n", " ")


def test_lists_within_lists_without_end_are_no_coco():
    write("gt.json", "[" * 100_000)
    write("dt.json", "[]")
    assert "hundreds deep" in call("gt.json", "dt.json", status=1).stderr


@pytest.mark.parametrize(
    ("truth", "said", "told"),
    [
        ([BOXES, "a,cat,0,0,9,9"], [BOXES, "a,cat,1e308,0,9,9"], "x: found '1e308' (line 2)"),
        (["item,value", "a,1"], ["item,value", "a,1e308"], "value: found '1e308' (line 2)"),
        ([SPANS, "d,0,5,A"], [SPANS, "d,0,inf,A"], "end: found 'inf' (line 2)"),
        ([SPANS, "d,0,5,A"], [SPANS, "d,0,1e30,A"], "end: found '1e30' (line 2)"),
        ([SPANS, "d,0,5,A"], [SPANS, "d,-3,3,A"], "start: found '-3' (line 2)"),
        ([SPANS, "d,0,5,A"], [SPANS, "d,5,5,A"], "an end after the start"),
    ],
)
def test_numbers_that_nothing_can_be_computed_from_are_refused_with_their_line(truth, said, told):
    write("gt.csv", *truth)
    write("dt.csv", *said)
    assert told in call("gt.csv", "dt.csv", status=1).stderr


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([BOXES, "a,cat,10,10,9,9", "a,,,,,"], "boxes of an item, or one row without a box"),
        ([BOXES, "a,cat,0.1,0.1,0.5,0.5"], "found no coordinate beyond 1"),
        ([f"{BOXES},annotator", "a,cat,10,10,9,9,"], "the annotator of every row"),
        ([f"{BOXES},time", "a,cat,10,10,9,9,12.5 s"], "'12.5 s' (line 2); allowed is a time"),
    ],
)
def test_rows_that_cannot_be_meant_are_refused_with_their_line(said, told):
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("dt.csv", *said)
    assert told in call("gt.csv", "dt.csv", status=1).stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--labels", "cat,cat"), "each once"),
        (("--labels", ""), "found ''"),
        (("--grades", "low,low"), "each once"),
        (("--items", "items.csv"), "width: found 'inf' (line 2)"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, told):
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("items.csv", "item,width,height", "a,inf,100")
    assert told in call("gt.csv", "gt.csv", *options, status=1).stderr


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        (
            "values",
            ("--profile", "cvat"),
            "found --profile with values (gt.csv); it is for objects",
        ),
        ("spans", ("--conflicts", "c.csv"), "found --conflicts with spans (gt.csv)"),
        ("spans", ("--image", "9x9"), "a task of CVAT says that itself"),
        ("values", ("--match-iou", "0.5"), "it is for objects and spans"),
        ("values", ("--absent", "empty"), "it is for answers, boxes and spans"),
        ("boxes", ("--grades", "1,2"), "it is for values"),
        ("boxes", ("--empty-is-annotated",), "without --profile cvat"),
        ("boxes", ("--groups", "0.4", "--no-groups"), "found --groups, --no-groups"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused_and_says_for_what_it_is(kind, options, told):
    lines = {
        "values": ["item,class", "a,cat"],
        "spans": [SPANS, "d,0,5,A"],
        "boxes": [BOXES, "a,cat,10,10,9,9"],
    }
    write("gt.csv", *lines[kind])
    assert told in call("gt.csv", "gt.csv", *options, status=1).stderr


def test_the_same_stated_twice_in_the_truth_is_one_object_and_counted():
    row = "a,cat,10,10,9,9"
    write("twice.csv", BOXES, row, row)
    write("once.csv", BOXES, row)
    document, values = document_and_values("twice.csv", "once.csv")
    assert values["recall", "once"] == 1.0
    assert document["excluded"] == {"objects that were said once more, of the truth": 1}
    write("twice.csv", SPANS, "d,0,5,A", "d,0,5,A")
    write("once.csv", SPANS, "d,0,5,A")
    document, values = document_and_values("twice.csv", "once.csv")
    assert values["exact_recall", "once"] == 1.0
    assert document["excluded"] == {"spans that were said once more, of the truth": 1}


def test_what_nobody_can_judge_is_no_agreement_and_counts_as_unscored():
    drawn = shape("cat", [box(0, 0, 10, 10)])
    write("gt.jsonl", answer("a", "x", drawn), *(answer(i, "x", state="empty") for i in "bcd"))
    ship, beyond = (shape("ship", [box(0, 0, 10, 10)]), shape("cat", [box(900, 0, 9, 9)]))
    rows = zip("abcd", ([drawn], [ship], [beyond], []), strict=True)
    write(
        "dt.jsonl",
        *(answer(i, "y", *one, **({} if one else {"state": "empty"})) for i, one in rows),
    )
    document, values = document_and_values(
        "gt.jsonl", "dt.jsonl", "--labels", "cat,dog", "--image", "100x100"
    )
    assert values["unscored_share", "y"] == pytest.approx(2 / 3)
    outcomes = {one["item_id"]: one["outcome"] for one in document["outcomes"]}
    assert outcomes == {"a": "correct", "b": "excluded", "c": "excluded", "d": "empty"}
    assert document["excluded"] == {
        "objects of a foreign class: ship": 1,
        "objects that are outside their image": 1,
    }


def test_what_is_not_sure_enough_to_be_said_is_not_unscored():
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("dt.csv", f"{BOXES},score", "a,cat,10,10,9,9,0.9", "a,ship,10,10,9,9,0.1")
    options = ("--labels", "cat,dog", "--confidence")
    for cut, share in (("0.5", 0.0), ("0.05", 0.5)):
        _, values = document_and_values("gt.csv", "dt.csv", *options, cut)
        assert values["unscored_share", "dt"] == share


@pytest.mark.parametrize("state", ["empty", "submitted"])
def test_nothing_drawn_on_either_side_can_be_scored(state):
    drawn = [shape("cat", [box(0, 0, 10, 10)])] if state == "submitted" else []
    write("gt.jsonl", answer("a", "x", *drawn, state=state))
    write("dt.jsonl", answer("a", "y", state="empty"))
    _, values = document_and_values("gt.jsonl", "dt.jsonl")
    assert values["recall", "y"] == (0.0 if drawn else None)
    assert values["accuracy", "y"] == (0.0 if drawn else 1.0)


@pytest.mark.parametrize("part", [{"points": [[0, 5]]}, {"polyline": [[0, 0], [0, 10]]}])
def test_points_and_lines_on_the_edge_of_the_image_are_in_it(part):
    for name, label in (("gt", "cat"), ("dt", "dog")):
        write(f"{name}.jsonl", answer("a", name, shape(label, [{"frame": 0, **part}])))
    document, values = document_and_values("gt.jsonl", "dt.jsonl", "--image", "10x10")
    assert document["excluded"] == {}
    assert values["accuracy", "dt"] == 0.0


def test_two_parts_of_one_annotation_in_one_frame_are_refused_with_their_place():
    write("gt.jsonl", answer("a", "ada", shape("cat", [box(0, 0, 9, 9), box(20, 0, 9, 9)])))
    told = call("gt.jsonl", "gt.jsonl", status=1).stderr
    assert "found two parts in one frame (annotation 1 of a by ada, frame 0)" in told


@pytest.mark.parametrize(
    ("options", "truth", "said", "told"),
    [
        ((), "a,nan", "a,1", "gt.csv: value: found 'nan' (line 2); allowed is a finite number"),
        (("--grades", "1,2"), "a,3", "a,1", "gt.csv: value: found '3' (line 2)"),
        (("--grades", "1,2"), "a,1", "a,3", "dt.csv: value: found '3' (line 2)"),
    ],
)
def test_a_value_that_is_none_is_refused_with_its_file_and_line(options, truth, said, told):
    write("gt.csv", "item,value", truth)
    write("dt.csv", "item,value", said)
    assert told in call("gt.csv", "dt.csv", *options, status=1).stderr


def test_truth_values_are_no_coordinates(tmp_path):
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    box_of = {"item": ["a"], "label": ["cat"], "x": [True], "y": [10], "width": [9], "height": [9]}
    pd.DataFrame(box_of).to_parquet(tmp_path / "dt.parquet")
    assert "x: found True (row 1)" in call("gt.csv", "dt.parquet", status=1).stderr


def test_who_skipped_everything_said_nothing():
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("dt.jsonl", answer("a", "ada", state="skipped"))
    assert "holds nothing about any item" in call("gt.csv", "dt.jsonl", status=1).stderr


def test_objects_without_a_class_are_told_and_right_nowhere():
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("dt.csv", "item,x,y,width,height", "a,10,10,9,9")
    document, values = document_and_values("gt.csv", "dt.csv")
    assert any("objects without a class" in one for one in document["warnings"])
    assert values["accuracy", "dt"] == 0.0


def test_a_large_figure_is_printed_as_a_power_of_ten():
    write("gt.csv", "item,value", "a,1e40", "b,2")
    write("dt.csv", "item,value", "a,2e40", "b,2")
    assert "5e+39" in call("gt.csv", "dt.csv").stdout


def test_a_document_of_which_nothing_is_said_is_left_out_unless_absent_says_that_it_is_empty():
    write("gt.csv", SPANS, "d,0,4,A", "e,0,4,A")
    write("dt.csv", SPANS, "d,0,4,A")
    document, values = document_and_values("gt.csv", "dt.csv")
    assert values["exact_recall", "dt"] == 1.0
    assert document["items"] == 1
    assert document["excluded"] == {"items without an answer of dt": 1}
    document, values = document_and_values("gt.csv", "dt.csv", "--absent", "empty")
    assert values["exact_recall", "dt"] == 0.5
    assert document["excluded"] == {}
    assert "taken to be found empty: 1" in document["warnings"][0]


def test_a_table_without_a_row_is_scored_if_nothing_means_that_there_is_nothing():
    write("gt.csv", BOXES, "a,cat,10,10,9,9", "b,dog,10,10,9,9")
    write("dt.csv", BOXES)
    assert "--absent empty" in call("gt.csv", "dt.csv", status=1).stderr
    document, values = document_and_values("gt.csv", "dt.csv", "--absent", "empty")
    assert document["subjects"] == ["dt"]
    assert values["recall", "dt"] == 0.0
    assert values["precision", "dt"] is None
    notes = {one["measure"]: one["note"] for one in document["figures"] if one["subject"] == "dt"}
    assert "nothing was said" in notes["macro_precision"]
    assert "has no object" not in notes["macro_precision"]


def test_classes_that_the_truth_does_not_have_are_told_and_scored():
    write("gt.csv", BOXES, "a,cat,10,10,9,9")
    write("dt.csv", BOXES, "a,cat,10,10,9,9", "a,emu,50,50,9,9", "a,emu,70,70,9,9")
    document, values = document_and_values("gt.csv", "dt.csv")
    assert any("does not have: emu (2)" in one for one in document["warnings"])
    assert values["precision", "dt"] == pytest.approx(1 / 3)
    document, values = document_and_values("gt.csv", "dt.csv", "--labels", "cat,dog")
    assert not any("emu" in one for one in document["warnings"])
    assert values["precision", "dt"] == 1.0
    write("true.csv", "item,class", "a,cat", "b,cat")
    write("told.csv", "item,class", "a,cat", "b,emu")
    document, values = document_and_values("true.csv", "told.csv")
    assert any("does not have: emu (1)" in one for one in document["warnings"])
    assert values["accuracy", "told"] == 0.5


def test_profile_cvat_drops_nothing_and_shows_its_own_figures():
    write("gt.csv", BOXES, "a,cat,10,10,20,20", "b,,,,,")
    write("dt.csv", BOXES, "a,cat,10,10,20,20", "a,cat,10,10,20,20", "a,dog,500,500,9,9", "b,,,,,")
    document, values = document_and_values(
        *("gt.csv", "dt.csv", "--image", "100x100", "--profile", "cvat", "--labels", "dog,cat,emu")
    )
    assert document["excluded"] == {}
    # One is right; the one that is said again and the one outside are extra; an empty frame is no agreement.
    assert values["accuracy", "dt"] == pytest.approx(1 / 3)
    assert values["precision", "dt"] == pytest.approx(1 / 3)
    assert values["recall", "dt"] == 1.0
    assert values["extra_annotation_count", "dt"] == 2.0
    assert values["precision", "dt/emu"] == 0.0
    assert ("macro_recall", "dt") not in values
    matrix = document["cvat"]["dt"]["comparison_summary"]["annotations"]["confusion_matrix"]
    assert matrix["labels"] == ["dog", "cat", "emu", "unmatched"]


def test_groups_are_put_in_order_as_numbers_and_tables_and_answers_of_plain_boxes_say_the_same():
    write("gt.csv", f"{BOXES},group", "a,cat,10,10,20,20,10", "a,cat,50,50,20,20,9")
    write("dt.csv", f"{BOXES},group", "a,cat,12,10,20,20,9", "a,cat,50,52,20,20,10")
    drawn = [
        [("10", 10, 10), ("9", 50, 50)],
        [("9", 12, 10), ("10", 50, 52)],
    ]
    for name, those in zip(("gt", "dt"), drawn, strict=True):
        shapes = [shape("cat", [box(x, y, 20, 20)], group=group) for group, x, y in those]
        write(f"{name}.jsonl", answer("a", name, *shapes))
    for profile in ("native", "cvat"):
        of_table, of_answers = (
            document_and_values(f"gt.{end}", f"dt.{end}", "--profile", profile)[1]
            for end in ("csv", "jsonl")
        )
        assert of_table == pytest.approx(of_answers, nan_ok=True)
