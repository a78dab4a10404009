"""``gk score files`` on what models say: COCO results, classes with probabilities, numbers and spans."""

import pytest
from builders.score_files import answer, box, call, document_and_values, write


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Work in a folder of its own, outside of any repository."""
    monkeypatch.chdir(tmp_path)


def coco(*annotations):
    return {
        "images": [{"id": n, "width": 100, "height": 100} for n in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 400.0, **one}
            for n, one in enumerate(annotations, start=1)
        ],
    }


def test_coco_gives_average_precision_and_figures_at_a_confidence():
    write("gt.json", coco({"bbox": [0, 0, 20, 20]}, {"bbox": [50, 50, 20, 20], "category_id": 2}))
    said = [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
        {"image_id": 1, "category_id": 2, "bbox": [50, 50, 20, 20], "score": 0.4},
        {"image_id": 9, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
        {"image_id": 1, "category_id": 7, "bbox": [0, 0, 20, 20], "score": 0.9},
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
        {"image_id": 1, "category_id": 1, "bbox": [900, 0, 20, 20], "score": 0.95},
    ]
    write("dt.json", said)
    document, values = document_and_values("gt.json", "dt.json")
    assert values["bbox_ap", "dt"] == pytest.approx(1.0)
    assert values["bbox_ap", "dt/dog"] == pytest.approx(1.0)
    assert values["recall", "dt"] == pytest.approx(1 / 2)
    assert values["accuracy", "dt"] == pytest.approx(2 / 3)
    assert document["confidence_cut"] == 0.5
    assert document["excluded"] == {
        "items that the truth does not have": 1,
        "objects in items that the truth does not have": 1,
        "objects of a foreign class: category 7": 1,
        "objects that are outside their image": 1,
        "objects that were said once more": 1,
        "objects with a confidence below 0.5": 1,
    }
    _, values = document_and_values("gt.json", "dt.json", "--confidence", "0.1")
    assert values["recall", "dt"] == 1.0


def test_average_precision_is_of_results_as_they_are_repeats_included():
    write("gt.json", coco({"bbox": [0, 0, 20, 20]}, {"bbox": [50, 50, 20, 20]}))
    first = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9}
    second = {**first, "bbox": [50, 50, 20, 20], "score": 0.8}
    write("dt.json", [first, first, second])
    _, values = document_and_values("gt.json", "dt.json")
    # Up to half of the recall all is right, and from there 2 of 3, as the repeat comes before the second one.
    assert values["bbox_ap", "dt"] == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert values["precision", "dt"] == 1.0


def test_a_crowd_need_not_be_found_and_is_nobodys_fault():
    crowd = {
        "bbox": [40, 40, 60, 60],
        "iscrowd": 1,
        "segmentation": {"size": [100, 100], "counts": [4040, 60, 5900]},
    }
    write("gt.json", coco({"bbox": [0, 0, 20, 20]}, crowd))
    write(
        "dt.json",
        [
            {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
            {"image_id": 1, "category_id": 1, "bbox": [45, 45, 50, 50], "score": 0.8},
        ],
    )
    _, values = document_and_values("gt.json", "dt.json")
    assert values["precision", "dt"] == 1.0
    assert values["recall", "dt"] == 1.0
    assert values["unscored_share", "dt"] == 0.5
    assert values["bbox_ap", "dt"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ('[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "score": NaN}]', "score"),
        ('[{"image_id": 1, "category_id": 1, "bbox": [0, 0, NaN, 9], "score": 0.5}]', "bbox"),
        ('[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]}]', "score"),
        ('[{"image_id": 1, "category_id": 1, "score": 0.5}]', "without a shape"),
        ('[{"image_id": 1, "category_id": 1, "bbox": [0, 0, -9, 9], "score": 0.5}]', "above 0"),
        ('[{"image_id": 1, "category_id": 1, "keypoints": [1, 1, 2], "score": 0.5}]', "17"),
        ("{}", "no COCO"),
        ("[", "not JSON"),
    ],
)
def test_results_that_are_none_are_refused(results, told):
    write("gt.json", coco({"bbox": [0, 0, 20, 20]}))
    write("dt.json", results)
    assert told in call("gt.json", "dt.json", status=1).stderr


def test_classes_grades_and_numbers_of_items_are_document_and_values():
    write("gt.csv", "item,class", "a,cat", "b,cat", "c,dog", "d,dog", "e,cat")
    write(
        "said.csv",
        "item,probability_cat,probability_dog",
        *("a,0.9,0.1", "b,0.2,0.8", "c,0.1,0.9", "d,,", "z,0.5,0.5"),
    )
    document, values = document_and_values("gt.csv", "said.csv")
    assert document["kind"] == "classes"
    assert values["accuracy", "said"] == pytest.approx(2 / 3)
    assert values["balanced_accuracy", "said"] == pytest.approx(3 / 4)
    assert document["excluded"] == {
        "items of the truth of which nothing was said": 2,
        "items that the truth does not have": 1,
    }
    write("true.csv", "item,value", "a,1", "b,2", "c,4")
    write("told.csv", "item,value", "a,1", "b,3", "c,nan")
    document, values = document_and_values("true.csv", "told.csv")
    assert document["kind"] == "numbers"
    assert values["mean_absolute_error", "told"] == pytest.approx(0.5)
    assert document["excluded"] == {"items with a number that is not finite": 1}
    write("told.csv", "item,value", "a,1", "b,3", "c,4")
    document, values = document_and_values("true.csv", "told.csv", "--grades", "1,2,3,4")
    assert document["kind"] == "grades"
    assert values["within_one", "told"] == 1.0


def test_spans_of_texts_are_scored_exactly_and_by_overlap():
    write("gt.csv", "document,start,end,label", "d,0,4,name", "d,10,20,place", "e,,,")
    write("said.csv", "document,start,end,label", "d,0,4,name", "d,12,22,place", "f,0,1,name")
    document, values = document_and_values("gt.csv", "said.csv")
    assert document["kind"] == "spans"
    assert values["exact_f1", "said"] == pytest.approx(1 / 2)
    assert values["overlap_f1", "said"] == 1.0
    assert document["excluded"] == {
        "items that the truth does not have": 1,
        "spans in items that the truth does not have": 1,
        "items without an answer of said": 1,
    }


def test_a_dataset_may_leave_out_areas_and_a_model_may_find_nothing():
    truth = coco({"bbox": [0, 0, 40, 40]}, {"bbox": [50, 50, 20, 20]})
    for one in truth["annotations"]:
        del one["area"], one["iscrowd"]
    write("gt.json", truth)
    write("dt.json", "[]")
    _, values = document_and_values("gt.json", "dt.json")
    assert values["recall", "dt"] == 0.0
    assert values["precision", "dt"] is None
    assert values["bbox_ap", "dt"] == 0.0
    assert values["bbox_ap_medium", "dt"] == 0.0
    assert values["bbox_ap_large", "dt"] is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image_id": 9}, "no image or category"),
        ({"bbox": None}, "no bbox"),
        ({"bbox": [0, 0, 0, 5]}, "above 0"),
        ({"id": 2}, "annotations: found 2 twice"),
        ({"iscrowd": 7}, "iscrowd"),
    ],
)
def test_a_dataset_that_is_none_is_refused(change, told):
    write("gt.json", coco({"bbox": [0, 0, 9, 9], **change}, {"bbox": [50, 50, 20, 20]}))
    write("dt.json", "[]")
    assert told in call("gt.json", "dt.json", status=1).stderr


def test_polygons_and_run_lengths_are_compared_by_their_areas():
    square = [[10, 10, 30, 10, 30, 30, 10, 30]]
    write("gt.json", coco({"bbox": [10, 10, 20, 20], "segmentation": square}))
    counts = [1010, 20, *([80, 20] * 19)]
    counts.append(100 * 100 - sum(counts))
    mask = {"size": [100, 100], "counts": counts}
    write("dt.json", [{"image_id": 1, "category_id": 1, "segmentation": mask, "score": 0.9}])
    _, values = document_and_values("gt.json", "dt.json")
    assert values["segm_ap", "dt"] == pytest.approx(1.0)
    assert values["iou_mean", "dt"] == pytest.approx(1.0)


def test_answers_with_a_confidence_have_an_average_precision():
    def drawn(x, **more):
        return {"label": "cat", "parts": [box(x, 0, 20, 20)], **more}

    write("gt.jsonl", answer("i1", "gold", drawn(0), drawn(50)))
    write("dt.jsonl", answer("i1", "net", drawn(0, confidence=0.9), drawn(80, confidence=0.4)))
    document, values = document_and_values("gt.jsonl", "dt.jsonl")
    assert values["bbox_ap", "net"] == pytest.approx(51 / 101)
    confidences = {one["outcome"]: one["confidence"] for one in document["outcomes"]}
    assert confidences == {"correct": 0.9, "extra": 0.4, "missing": None}
