"""Whole tasks in CVAT's layout: all kinds of conflicts, and what its converter makes of annotations."""

import pytest
from builders import cvat_task, eight_conflicts
from builders.cvat_converted import annotations, attributes, tracked
from builders.eight_conflicts import LABELS, TASK, box, job, shape

from schemas.enums import Conflict


def told(part):
    return [(one.kind.value, one.objects) for one in part.conflicts]


def parts(golden):
    """What the reports of jobs say, by job and frame."""
    reports = cvat_task.task(golden)[1]
    return {
        (number, frame): part
        for number, one in reports.items()
        for frame, part in one.frames.items()
    }


def task(truth, said, **more):
    """A task of one job and one frame."""
    frames = [{"frame": frame, "width": 150, "height": 90} for frame in range(4)]
    golden = {
        "size": 1,
        "labels": LABELS,
        "frames": frames,
        "jobs": [job(1, "annotation", [0], said), job(9, "ground_truth", [0], truth)],
        "task_settings": {},
        "validation_layout": {"mode": "gt", "frames": "0", "disabled_frames": "[]"},
    }
    return golden | more


def test_a_task_with_all_eight_conflicts_is_met_conflict_by_conflict():
    whole, _ = cvat_task.task(TASK)
    found = parts(TASK)
    assert {at: told(part) for at, part in found.items()} == eight_conflicts.CONFLICTS
    assert {one.kind for one in whole.whole.conflicts} == set(Conflict)
    counts = {
        at: (part.shapes.valid, part.shapes.missing, part.shapes.extra)
        for at, part in found.items()
    }
    assert counts == eight_conflicts.SHAPES
    for at, mean in eight_conflicts.MEANS.items():
        assert found[at].mean_iou == pytest.approx(mean, abs=1e-12)


def test_attributes_are_those_that_are_specified_as_numbers_and_booleans_and_by_default():
    specified = LABELS[0]["attributes"]
    assert attributes({}, specified) == {"colour": "red", "doors": 4.0, "parked": False}
    said = {"colour": "blue", "doors": "1", "parked": "True"}
    assert attributes(said, specified) == {"colour": "blue", "doors": 1.0, "parked": True}
    listed = [{"spec_id": 7, "value": "1.0"}]
    assert attributes(listed, [{"id": 7, "name": "doors", "input_type": "number"}]) == {
        "doors": 1.0
    }


def test_what_is_said_in_other_words_is_no_conflict():
    truth = [box(1, 0, 5, 5, attributes={"doors": "1", "parked": "true"})]
    same = [box(2, 0, 5, 5, attributes={"doors": "1.0", "parked": "True", "colour": "red"})]
    other = [box(2, 0, 5, 5, attributes={"doors": "1"})]
    assert told(parts(task(truth, same))[1, 0]) == []
    assert told(parts(task(truth, other))[1, 0]) == [("mismatching_attributes", (2, 1))]


def test_types_that_are_not_included_are_not_compared():
    truth = [box(1, 0, 5, 5), shape(2, 0, "polyline", [10, 50, 50, 50])]
    assert told(parts(task(truth, []))[1, 0]) == [
        ("missing_annotation", (1,)),
        ("missing_annotation", (2,)),
    ]
    for more in (
        {"task_settings": {"included_annotation_types": ["bbox"]}},
        {"expected_task_report": {"parameters": {"included_annotation_types": ["bbox"]}}},
    ):
        assert told(parts(task(truth, [], **more))[1, 0]) == [("missing_annotation", (1,))]


def test_tracks_move_between_key_frames_turn_the_shorter_way_and_go_outside():
    keys = [
        {
            "frame": 0,
            "type": "rectangle",
            "points": [0, 0, 10, 10],
            "rotation": 350.0,
            "attributes": {"doors": 2},
        },
        {"frame": 4, "type": "rectangle", "points": [8, 0, 18, 10], "rotation": 10.0},
        {"frame": 6, "type": "rectangle", "points": [8, 0, 18, 10], "outside": True},
    ]
    track = {"id": 5, "label": "car", "group": 3, "attributes": {"colour": "red"}, "shapes": keys}
    found = {one["frame"]: one for one in tracked(track, [1, 2, 5, 6, 7])}
    assert list(found) == [1, 2, 5]
    assert found[1]["points"] == [2, 0, 12, 10]
    assert found[2]["rotation"] == 0
    assert found[5]["attributes"] == {"colour": "red", "doors": 2}
    assert {(one["id"], one["group"], one["label"]) for one in found.values()} == {(5, 3, "car")}


def test_joints_of_a_skeleton_are_tracks_of_their_own():
    ends = [{"frame": frame, "type": "skeleton", "points": []} for frame in (0, 2)]
    joint = {
        "label": "nose",
        "shapes": [
            {"frame": 2 * x, "type": "points", "points": [x, 1], "outside": False} for x in range(2)
        ],
    }
    found = list(tracked({"id": 5, "label": "car", "shapes": ends, "elements": [joint]}, [1]))
    assert found[0]["elements"][0]["points"] == [0.5, 1]
    assert annotations({"frames": [], "shapes": []}, LABELS) == []


@pytest.mark.parametrize("is_by_frame", [False, True])
def test_a_placeholder_is_held_against_the_frame_of_the_pool_that_it_shows(is_by_frame):
    layout = {"mode": "gt_pool", "disabled_frames": [3]}
    frames = [{"frame": frame, "width": 150, "height": 90} for frame in range(4)]
    if is_by_frame:
        frames = [
            one
            | ({"is_placeholder": True, "real_frame": 3 - one["frame"]} if one["frame"] < 2 else {})
            for one in frames
        ]
    else:
        layout |= {"honeypot_frames": [0, 1], "honeypot_real_frames": [3, 2]}
    truth = [box(1, 2, 5, 5), box(2, 3, 5, 5)]
    jobs = [
        job(1, "annotation", [0, 1], [box(3, 1, 6, 5), box(4, 0, 60, 5)]),
        job(9, "ground_truth", [2, 3], truth),
    ]
    found = parts(task([], [], jobs=jobs, frames=frames, validation_layout=layout))
    # Frame 0 shows a frame that is disabled.
    assert list(found) == [(1, 1)]
    assert found[1, 1].shapes.valid == 1
    assert told(found[1, 1]) == []
