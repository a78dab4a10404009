"""CVAT's own numbers: cases that were run through its code."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from builders import cvat_task

from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.cvat_report import report_figures
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from schemas.enums import Shape

NAMED = "GROUNDKEEPER_REFERENCE"

DEFECTS = {
    # Turned about different centres by one angle, boxes share less than they did before.
    "quality/rotated_bbox_same_angle": {"mean_iou": 0.638974358974359},
}
"""Cases in which the native comparison is another one, and what it finds."""


@pytest.fixture(scope="module")
def reference():
    if NAMED not in os.environ:
        pytest.skip(f"{NAMED} names no folder")
    return Path(os.environ[NAMED])


@pytest.fixture(scope="module")
def cases(reference):
    told = json.loads((reference / "cvat_cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in told}


def of_case(case, profile):
    """The figures of one case, and what was compared."""
    given = case["input"]
    settings = cvat_task.settings_of(given["settings"], profile)
    frames = given["frames"]
    truth, said = (
        [(place, shape) for place, frame in enumerate(frames) for shape in frame[side]]
        for side in ("gt", "ds")
    )
    labels, sizes = given["labels"], [given["image"]] * len(frames)
    one = cvat_task.compared(truth, said, labels, sizes, settings)
    report = cvat_task.reported(one, len(labels), range(len(frames)), len(frames), settings)
    return report_figures(report, labels), one, settings


def flat(figures):
    """What a case tells, from the figures of a report."""
    summary = figures["comparison_summary"]
    matrix = summary["annotations"]["confusion_matrix"]
    parts = figures["frame_results"]
    counts = {
        name: value for name, value in summary["annotations"].items() if name != "confusion_matrix"
    }
    return {
        "conflicts": [
            [one["frame_id"], one["type"], one["severity"], one["annotation_ids"]]
            for part in parts.values()
            for one in part["conflicts"]
        ],
        "conflicts_by_type": summary["conflicts_by_type"],
        "error_count": summary["error_count"],
        "warning_count": summary["warning_count"],
        "annotations": counts,
        "confusion_matrix": {
            "labels": matrix["labels"],
            "rows_ds_cols_gt": matrix["rows"],
            "precision": matrix["precision"],
            "recall": matrix["recall"],
            "accuracy": matrix["accuracy"],
            "jaccard": matrix["jaccard_index"],
        },
        "shape": summary["annotation_components"]["shape"],
        "label": summary["annotation_components"]["label"],
        "mean_iou_per_frame": {
            frame: part["annotation_components"]["shape"]["mean_iou"]
            for frame, part in parts.items()
        },
    }


def leaves(value, path=()):
    """Numbers and words of a nested value by where they are."""
    if isinstance(value, dict):
        return {at: leaf for key in value for at, leaf in leaves(value[key], (*path, key)).items()}
    if isinstance(value, list):
        return {
            at: leaf
            for place, one in enumerate(value)
            for at, leaf in leaves(one, (*path, place)).items()
        } or {path: []}
    return {path: value}


def same(found, expected):
    """Whether two nested values are the same, numbers to nine digits."""
    mine, theirs = leaves(found), leaves(expected)
    return mine.keys() == theirs.keys() and all(
        mine[at] == (pytest.approx(value, abs=1e-9) if isinstance(value, float) else value)
        for at, value in theirs.items()
    )


def test_every_case_of_cvat_is_met_conflict_by_conflict_in_order_and_to_nine_digits(cases):
    tried = [case for case in cases.values() if case["kind"] == "quality_compare"]
    assert len(tried) >= 27
    for case in tried:
        assert same(flat(of_case(case, "cvat")[0]), case["expected"]), case["id"]


def test_the_native_comparison_differs_in_named_cases_only(cases):
    for case in cases.values():
        if case["kind"] != "quality_compare":
            continue
        found, expected = flat(of_case(case, "native")[0]), case["expected"]
        if case["id"] in DEFECTS:
            assert found["shape"]["mean_iou"] != pytest.approx(expected["shape"]["mean_iou"])
            assert found["shape"]["mean_iou"] == pytest.approx(DEFECTS[case["id"]]["mean_iou"])
            expected = expected | {name: found[name] for name in ("shape", "mean_iou_per_frame")}
        assert same(found, expected), case["id"]


def test_objects_are_matched_as_datumaro_does(cases):
    for name in ("test/match_shape_first_label_later", "test/match_mixed"):
        case = cases[name]
        sides = [case["input"][side] for side in "ab"]
        drawn = []
        for side in sides:
            edges = np.array([one["xywh"] for one in side], dtype=np.float64)
            geometry = shapely.box(*edges[:, :2].T, *(edges[:, :2] + edges[:, 2:]).T)
            label = np.array([one["label"] for one in side])
            drawn.append(Drawings.plain(np.zeros(len(side), int), label, Shape.BBOX, geometry))
        settings = Settings(match_iou=case["input"]["iou_threshold"])
        found = scene(drawn[0], drawn[1], None, settings)
        became = compare(found.truth, found.said, found.near, settings)
        names = [[one["id"] for one in side] for side in sides]
        pairs = [
            [names[0][ours], names[1][theirs]]
            for ours, theirs in zip(became.truth, became.said, strict=True)
        ]
        told = {
            "matches": [one for one, same in zip(pairs, became.same_label, strict=True) if same],
            "mismatches": [
                one for one, same in zip(pairs, became.same_label, strict=True) if not same
            ],
            "a_unmatched": [names[0][place] for place in became.missing],
            "b_unmatched": [names[1][place] for place in became.extra],
        }
        assert told == case["expected"]


def test_tracks_are_compared_between_their_keyframes(cases):
    case = cases["test/tracks_interpolated_before_compare"]
    given, expected = case["input"], case["expected"]
    keys = {one["frame"]: one["rect"] for one in given["track_keyframes"]}
    said, truth = [], []
    for place, frame in enumerate(given["gt_frames"]):
        edges = [
            np.interp(frame, list(keys), column) for column in zip(*keys.values(), strict=True)
        ]
        said.append((place, {"id": frame, "type": "rectangle", "label": "car", "points": edges}))
    for number, one in enumerate(given["gt"]):
        place = given["gt_frames"].index(one["frame"])
        shape = {"id": number, "type": "rectangle", "label": "car", "points": one["rect"]}
        truth.append((place, shape))
    compared = cvat_task.compared(truth, said, ["car"], [(100, 100)] * 2, Settings(profile="cvat"))
    report = cvat_task.reported(compared, 1, given["gt_frames"], 5, Settings(profile="cvat"))
    assert report.whole.annotations.valid == expected["valid_count"]
    assert report.whole.annotations.total == expected["total_count"]
    assert len(report.whole.conflicts) == expected["conflict_count"]
