"""Average precision: the digits that the COCO API prints, counting by hand, and resamples written out in full."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.scoring.detection.average_precision import average_precision, metrics_of
from groundkeeper.core.scoring.detection.average_precision_kernels import weighted_precision
from groundkeeper.core.scoring.detection.detections import detections
from groundkeeper.errors import RefusedError
from schemas.enums import Shape

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")

PRINTED = {
    "bbox": [0.505, 0.697, 0.573, 0.586, 0.519, 0.501, 0.387, 0.594, 0.595, 0.640, 0.566, 0.564],
    "segm": [0.320, 0.562, 0.299, 0.387, 0.310, 0.327, 0.268, 0.415, 0.417, 0.469, 0.377, 0.381],
}
"""Of COCO's 100 images with fake detections, ``val2014_fake_eval_res.txt`` of the COCO API."""
STEPS = np.linspace(0.0, 1.0, 101)


def dataset(boxes, classes=1):
    """A COCO dataset of *boxes*, ``image, category, x, width``, all 10 high; and the images 1 to 12."""
    return {
        "images": [{"id": n, "width": 900, "height": 900} for n in range(1, 13)],
        "categories": [{"id": n, "name": f"c{n}"} for n in range(1, classes + 1)],
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": category,
                "bbox": [x, 0, width, 10],
                "area": width * 10,
                "iscrowd": 0,
            }
            for number, (image, category, x, width) in enumerate(boxes, start=1)
        ],
    }


def results(*said):
    return [
        {"image_id": image, "category_id": category, "bbox": [x, 0, width, 10], "score": score}
        for image, category, x, width, score in said
    ]


def values(measures, subject="m"):
    return measures[measures["subject"] == subject].set_index("measure")["value"]


@pytest.mark.skipif(
    REFERENCE is None, reason="GROUNDKEEPER_REFERENCE does not name the reference data"
)
@pytest.mark.parametrize("by", ["bbox", "segm"])
def test_the_figures_are_those_that_the_coco_api_prints(by):
    folder = Path(str(REFERENCE)) / "coco100"
    truth = json.loads((folder / "instances_val2014_100.json").read_text(encoding="utf-8"))
    said = json.loads(
        (folder / f"instances_val2014_fake{by}100_results.json").read_text(encoding="utf-8")
    )
    found = values(average_precision(truth, said, by, "m"))
    told = [round(found[f"{by}_{metric.name}"], 3) for metric in metrics_of(by)]
    assert told == PRINTED[by]


def test_precision_is_read_at_101_recalls():
    # Of two objects the more confident prediction is right and the next wrong: precision 1 up to recall 1/2.
    truth = dataset([(1, 1, 0, 10), (1, 1, 100, 10)])
    said = results((1, 1, 0, 10, 0.9), (1, 1, 300, 10, 0.8))
    found = values(average_precision(truth, said, "bbox", "m"))
    assert found["bbox_ap"] == pytest.approx(51 / 101)
    assert found["bbox_ar100"] == pytest.approx(0.5)
    assert found["bbox_ar1"] == pytest.approx(0.5)


def test_a_class_without_objects_is_undefined_and_in_no_mean():
    truth = dataset([(1, 1, 0, 10)], classes=2)
    measures = average_precision(
        truth, results((1, 1, 0, 10, 0.9), (1, 2, 0, 10, 0.9)), "bbox", "m"
    )
    assert values(measures)["bbox_ap"] == pytest.approx(1.0)
    assert math.isnan(values(measures, "m/c2")["bbox_ap"])
    assert math.isnan(values(measures)["bbox_ap_large"])
    undefined = measures[measures["value"].isna()]
    assert (undefined["note"] == "the ground truth has no such object").all()


def test_no_prediction_is_a_precision_of_nothing():
    found = values(average_precision(dataset([(1, 1, 0, 10)]), [], "bbox", "m"))
    assert found["bbox_ap"] == 0.0
    assert found["bbox_ar100"] == 0.0


def test_key_points_are_compared_by_their_distances():
    person = [coordinate for n in range(17) for coordinate in (10 * n + 10, 50, 2)]
    truth = dataset([(1, 1, 0, 400)])
    truth["annotations"][0] |= {"keypoints": person, "num_keypoints": 17, "area": 4000}
    said = [{"image_id": 1, "category_id": 1, "keypoints": person, "score": 0.5}]
    found = values(average_precision(truth, said, "keypoints", "m"))
    assert found["keypoints_ap"] == pytest.approx(1.0)
    assert found["keypoints_ar75"] == pytest.approx(1.0)
    assert math.isnan(found["keypoints_ap_large"])


def scene(seed):
    """Boxes and predictions of two classes on twelve images, drawn at random, no two equally confident."""
    rng = np.random.default_rng(seed)
    boxes = [
        (int(image), int(rng.integers(1, 3)), 60 * place, 20)
        for image in range(1, 13)
        for place in range(int(rng.integers(1, 5)))
    ]
    scores = iter(rng.permutation(1000) / 1000)
    said = [
        (image, category, x + int(rng.integers(0, 14)), 20, next(scores))
        for image, category, x, _ in boxes
        if rng.random() < 0.8
    ]
    said += [(image, 1, 700, 20, next(scores)) for image in range(1, 13) if rng.random() < 0.5]
    return dataset(boxes, classes=2), results(*said)


@pytest.mark.parametrize("seed", range(3))
def test_an_image_that_counts_twice_is_as_two_images(seed):
    truth, said = scene(seed)
    truth["categories"] = truth["categories"][:1]
    truth["annotations"] = [one for one in truth["annotations"] if one["category_id"] == 1]
    said = [one for one in said if one["category_id"] == 1]
    often = np.random.default_rng(seed).integers(0, 4, 13)
    copies = {"images": [], "categories": truth["categories"], "annotations": []}
    repeated = []
    for image in truth["images"]:
        for copy in range(often[image["id"]]):
            name = image["id"] * 10 + copy
            copies["images"].append(image | {"id": name})
            for one in truth["annotations"]:
                if one["image_id"] == image["id"]:
                    number = len(copies["annotations"]) + 1
                    copies["annotations"].append(one | {"id": number, "image_id": name})
            repeated += [one | {"image_id": name} for one in said if one["image_id"] == image["id"]]
    written_out = values(average_precision(copies, repeated, "bbox", "m"))
    order = sorted(said, key=lambda one: -one["score"])
    verdict = np.array([_verdicts(one, said, truth) for one in order], dtype=np.int8).T
    precision, recall = weighted_precision(
        often[None, 1:].astype(float),
        np.array([one["image_id"] - 1 for one in order]),
        np.ascontiguousarray(verdict),
        np.array([sum(a["image_id"] == n for a in truth["annotations"]) for n in range(1, 13)]),
        STEPS,
    )
    assert precision.mean() == pytest.approx(written_out["bbox_ap"])
    assert recall.mean() == pytest.approx(written_out["bbox_ar100"])


def _verdicts(prediction, said, truth):
    """Whether one prediction is right at each threshold, matched by confidence, one at a time."""
    found = []
    for threshold in np.linspace(0.5, 0.95, 10):
        taken = set()
        rivals = [one for one in said if one["image_id"] == prediction["image_id"]]
        for one in sorted(rivals, key=lambda one: -one["score"]):
            best = max(
                (
                    (_iou(one, there), there["id"])
                    for there in truth["annotations"]
                    if there["image_id"] == one["image_id"] and there["id"] not in taken
                ),
                default=(0.0, None),
            )
            right = best[0] >= threshold
            if right:
                taken.add(best[1])
            if one is prediction:
                found.append(right)
    return found


def _iou(one, other):
    left, right = one["bbox"][0], other["bbox"][0]
    common = max(0.0, min(left, right) + 20 - max(left, right))
    return common / (40 - common)


def test_intervals_hold_the_value_and_depend_on_the_seed_alone():
    truth, said = scene(1)
    how = Resampling(rounds=200, seed=5, confidence=0.95)
    one = average_precision(truth, said, "bbox", "m", how=how)
    again = average_precision(truth, said[::-1], "bbox", "m", how=how)
    whole = one[(one["subject"] == "m") & (one["measure"] == "bbox_ap")].iloc[0]
    assert whole["low"] < whole["value"] < whole["high"]
    assert whole["groups"] == 12
    assert one.equals(again)


def test_images_of_one_patient_are_drawn_together_and_few_patients_give_no_interval():
    truth, said = scene(2)
    how = Resampling(rounds=100, seed=0, confidence=0.95)
    groups = {image["id"]: f"p{image['id'] % 4}" for image in truth["images"]}
    found = average_precision(truth, said, "bbox", "m", how=how, groups=groups)
    whole = found[(found["subject"] == "m") & (found["measure"] == "bbox_ap")].iloc[0]
    assert math.isnan(whole["low"])
    assert whole["note"] == "no interval: 4 groups, fewer than 10"


def drawn(items, shapes, kind, **more):
    """Objects of one class, as tables of shapes have them."""
    return pd.DataFrame(
        {
            "item": items,
            "frame": 0,
            "label": "cat",
            "shape": kind,
            "geometry": pd.Series(shapes, dtype=object),
            **more,
        }
    )


IMAGES = pd.DataFrame({"item": ["a", "b"], "frame": 0, "width": [100, 100], "height": [50, 50]})


@pytest.mark.parametrize(("kind", "by"), [(Shape.BBOX, "bbox"), (Shape.POLYGON, "segm")])
def test_shapes_with_a_confidence_have_an_average_precision(kind, by):
    there = [box(0, 0, 10, 10), box(20, 20, 40, 40)]
    truth = drawn(["a", "b"], there, kind, ignored=False)
    said = drawn(["a", "b"], [box(0, 0, 10, 6), there[1]], kind, confidence=[0.9, 0.5])
    found = detections(truth, said, IMAGES)
    assert found.by == by
    assert found.item_of == {1: "a", 2: "b"}
    measured = values(average_precision(found.truth, found.said, found.by, "m"))
    # The first is right up to an IoU of 0.6, at three of ten thresholds; the second at all.
    assert measured[f"{by}_ap50"] == pytest.approx(1.0)
    assert measured[f"{by}_ar100"] == pytest.approx((0.3 + 1.0) / 2)
    assert [one["area"] for one in found.truth["annotations"]] == [100.0, 400.0]


def test_what_has_no_average_precision_is_refused():
    truth = drawn(["a"], [box(0, 0, 9, 9)], Shape.BBOX, ignored=False)
    unsure = drawn(["a"], [box(0, 0, 9, 9)], Shape.BBOX, confidence=np.nan)
    with pytest.raises(RefusedError, match="confidence"):
        detections(truth, unsure, IMAGES)
    line = drawn(["a"], [LineString([(0, 0), (9, 9)])], Shape.POLYLINE, confidence=0.5)
    with pytest.raises(RefusedError, match="areas"):
        detections(truth, line, IMAGES)
    mask = drawn(["a"], [box(0, 0, 9, 9)], Shape.MASK, confidence=0.5)
    with pytest.raises(RefusedError, match="size"):
        detections(truth, mask, IMAGES.assign(width=np.nan))
