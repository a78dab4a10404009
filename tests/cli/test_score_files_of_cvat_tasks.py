"""``gk score files`` on a task of CVAT: its reports conflict by conflict, of the task, its jobs and their frames."""

import json
from copy import deepcopy

import pytest
from builders import eight_conflicts
from builders.eight_conflicts import LABELS, TASK, box, job, shape
from builders.score_files import answer, call, document_and_values, of_task, reports_of, write

from schemas.enums import Conflict


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Work in a folder of its own, outside of any repository."""
    monkeypatch.chdir(tmp_path)


def frames(golden):
    """What the reports of jobs say, by job and frame."""
    return {
        (int(name.removeprefix("job ")), int(frame)): part
        for name, report in reports_of(golden).items()
        if name != "task"
        for frame, part in report["frame_results"].items()
    }


def told(part):
    """The conflicts of a frame, by what they are and what they are about."""
    return sorted(
        (one["type"], tuple(about["obj_id"] for about in one["annotation_ids"]))
        for one in part["conflicts"]
    )


def task(truth, said, **more):
    """A task of one job and one frame."""
    golden = {
        "size": 1,
        "labels": LABELS,
        "frames": [{"frame": frame, "width": 150, "height": 90} for frame in range(4)],
        "jobs": [job(1, "annotation", [0], said), job(9, "ground_truth", [0], truth)],
        "task_settings": {},
        "validation_layout": {"mode": "gt", "frames": "0", "disabled_frames": "[]"},
    }
    return golden | more


def test_a_task_with_all_eight_conflicts_is_met_conflict_by_conflict():
    found = frames(TASK)
    assert {at: told(part) for at, part in found.items()} == eight_conflicts.CONFLICTS
    whole = reports_of(TASK)["task"]
    kinds = {
        conflict["type"]
        for part in whole["frame_results"].values()
        for conflict in part["conflicts"]
    }
    assert kinds == {one.value for one in Conflict}
    assert whole["comparison_summary"]["conflict_count"] == sum(
        map(len, eight_conflicts.CONFLICTS.values())
    )
    for at, part in found.items():
        shapes = part["annotation_components"]["shape"]
        counts = tuple(shapes[f"{name}_count"] for name in ("valid", "missing", "extra"))
        assert counts == eight_conflicts.SHAPES[at]
        assert shapes["mean_iou"] == pytest.approx(eight_conflicts.MEANS[at], abs=1e-12)


def test_what_conflicts_are_about_is_called_as_cvat_calls_it():
    part = reports_of(TASK)["job 2"]["frame_results"]["1"]
    overlap = next(one for one in part["conflicts"] if one["type"] == "low_overlap")
    assert overlap["frame_id"] == 1
    assert overlap["annotation_ids"] == [
        {"obj_id": 51, "job_id": 2, "type": "track", "shape_type": "rectangle"},
        {"obj_id": 7, "job_id": 9, "type": "shape", "shape_type": "rectangle"},
    ]


def test_jobs_and_the_whole_task_have_figures_in_both_profiles():
    native = of_task(TASK)
    assert native["subjects"] == ["job 1", "job 2", "task"]
    values = {(one["measure"], one["subject"]): one["value"] for one in native["figures"]}
    # 9 and 4 objects are right, 2 have another label, 1 and 4 are missing, 2 and 1 are extra; of two that are as alike
    # CVAT takes the one of the other label.
    assert values["accuracy", "job 1"] == pytest.approx(10 / 14)
    assert values["accuracy", "task"] == pytest.approx(14 / 23)
    assert values["iou_mean", "task"] > 0
    cvat = of_task(TASK, "--profile", "cvat")
    values = {(one["measure"], one["subject"]): one["value"] for one in cvat["figures"]}
    assert values["accuracy", "task"] == pytest.approx(13 / 23)
    assert values["iou_mean", "task"] == 0


def test_answers_say_as_much_as_a_task():
    """The first job in the words of answers: items of frames, attributes, groups and layers."""
    jobs = {one["job_id"]: one for one in TASK["jobs"]}
    for name, number in (("gt", 9), ("dt", 1)):
        lines = [
            answer(
                str(frame),
                name,
                *(as_answered(one) for one in jobs[number]["shapes"] if one["frame"] == frame),
            )
            for frame in (0, 1)
        ]
        write(f"{name}.jsonl", *lines)
    found, _ = document_and_values("gt.jsonl", "dt.jsonl", "--profile", "cvat", "--image", "150x90")
    for frame in (0, 1):
        expected = [kind for kind, _ in eight_conflicts.CONFLICTS[1, frame]]
        part = found["cvat"]["dt"]["frame_results"][f"{frame} frame 0"]
        assert sorted(one["type"] for one in part["conflicts"]) == expected
        shapes = part["annotation_components"]["shape"]
        assert shapes["mean_iou"] == pytest.approx(eight_conflicts.MEANS[1, frame], abs=1e-12)
        assert shapes["valid_count"] == eight_conflicts.SHAPES[1, frame][0]


def as_answered(one):
    """A shape of CVAT as an annotation of a file of answers, attributes by default and as they are meant."""
    specified = {each["name"]: each for label in LABELS for each in label["attributes"]}
    said = {"colour": "red", "doors": "4", "parked": "false"} if one["label"] == "car" else {}
    said |= one["attributes"]
    attributes = {
        name: float(value) if specified[name]["input_type"] == "number" else str(value).lower()
        for name, value in said.items()
    }
    attributes |= {"occluded": one["occluded"], "z_order": one["z_order"]}
    attributes |= {"group": one["group"]} if one["group"] else {}
    points = one["points"]
    pairs = [list(pair) for pair in zip(points[::2], points[1::2], strict=True)]
    drawn = {"polygon": {"polygon": pairs}, "polyline": {"polyline": pairs}}
    if one["type"] == "rectangle":
        left, top, right, bottom = points
        part = {"bbox": [left, top, right - left, bottom - top]}
    elif one["type"] == "mask":
        left, top, right, bottom = points[-4:]
        part = {
            "polygon": [[left, top], [right + 1, top], [right + 1, bottom + 1], [left, bottom + 1]]
        }
    else:
        part = drawn[one["type"]]
    return {"label": one["label"], "parts": [{"frame": 0} | part], "attributes": attributes}


def test_settings_are_those_of_the_task_unless_an_option_says_otherwise():
    golden = TASK | {
        "task_settings": {
            "iou_threshold": 0.6,
            "compare_groups": False,
            "line_orientation_threshold": 0.2,
            "point_size_base": "image_size",
            "ignored_attributes": ["doors"],
        }
    }
    settings = of_task(golden, "--line-orientation", "0.3")["settings"]
    assert (settings["match_iou"], settings["groups"]) == (0.6, None)
    assert (settings["line_orientation"], settings["point_size"]) == (0.3, "image")
    assert settings["ignored_attributes"] == ["doors"]
    assert settings["low_overlap"] == 0.8


def test_what_is_said_in_other_words_is_no_conflict():
    truth = [box(1, 0, 5, 5, attributes={"doors": "1", "parked": "true"})]
    same = [box(2, 0, 5, 5, attributes={"doors": "1.0", "parked": "True", "colour": "red"})]
    other = [box(2, 0, 5, 5, attributes={"doors": "1"})]
    assert told(frames(task(truth, same))[1, 0]) == []
    found = of_task(task(truth, other), "--profile", "cvat")
    assert told(found["cvat"]["job 1"]["frame_results"]["0"]) == [
        ("mismatching_attributes", (2, 1))
    ]
    assert [one["detail"] for one in found["conflicts"]] == ["car; parked: true, said to be false"]


def test_labels_and_attributes_may_go_by_their_ids():
    labels = [
        {"id": 3, "name": "car", "attributes": [{"id": 7, "name": "doors", "input_type": "number"}]}
    ]
    drawn = {"id": 1, "frame": 0, "type": "rectangle", "points": [5, 5, 20, 20], "label_id": 3}
    said = [drawn | {"attributes": [{"spec_id": 7, "value": "2"}]}]
    truth = [drawn | {"attributes": [{"spec_id": 7, "value": "2.0"}]}]
    found = of_task(task(truth, said, labels=labels))
    assert [(one["outcome"], one["truth"]) for one in found["outcomes"]] == [("correct", "car")]
    assert found["conflicts"] == []


def test_tags_are_no_shapes_and_in_no_mean():
    tag = {"id": 5, "frame": 0, "label": "car"}
    jobs = [
        job(1, "annotation", [0], [box(1, 0, 5, 5)], tags=[tag]),
        job(9, "ground_truth", [0], [box(2, 0, 5, 5, width=20)], tags=[tag]),
    ]
    part = frames(task([], [], jobs=jobs))[1, 0]
    assert part["annotations"]["valid_count"] == 2
    assert part["annotation_components"]["shape"]["valid_count"] == 1
    assert part["annotation_components"]["shape"]["mean_iou"] == 0.5


def test_types_that_are_not_included_are_not_compared():
    truth = [box(1, 0, 5, 5), shape(2, 0, "polyline", [10, 50, 50, 50])]
    assert told(frames(task(truth, []))[1, 0]) == [
        ("missing_annotation", (1,)),
        ("missing_annotation", (2,)),
    ]
    for more in (
        {"task_settings": {"included_annotation_types": ["bbox"]}},
        {"expected_task_report": {"parameters": {"included_annotation_types": ["bbox"]}}},
    ):
        golden = task(truth, [], **more)
        assert told(frames(golden)[1, 0]) == [("missing_annotation", (1,))]
        left_out = "objects of a type that is not compared: polyline, of the truth"
        assert of_task(golden)["excluded"] == {left_out: 1}


def test_natively_a_frame_of_whose_truth_nothing_is_compared_is_not_judged():
    frames_of = [0, 1]
    cuboid = shape(1, 0, "cuboid", [5] * 16)
    jobs = [
        job(1, "annotation", frames_of, [box(3, 0, 5, 5), box(4, 1, 5, 5)]),
        job(9, "ground_truth", frames_of, [cuboid, box(2, 1, 5, 5)]),
    ]
    golden = task([], [], jobs=jobs, size=2, validation_layout={})
    native = of_task(golden)
    values = {one["measure"]: one["value"] for one in native["figures"] if one["facet"] == "all"}
    assert (native["items"], values["accuracy"]) == (1, 1)
    assert native["excluded"] == {
        "frames with nothing but objects of types that are not compared, of the truth": 1,
        "objects of a type that is not compared: cuboid, of the truth": 1,
    }
    assert told(frames(golden)[1, 0]) == [("extra_annotation", (3,))]


def test_natively_a_task_of_whose_truth_nothing_is_compared_is_refused():
    golden = task([shape(1, 0, "cuboid", [5] * 16)], [])
    write("task.json", golden)
    assert "found no frame of a job" in call("task.json", status=1).stderr
    only = {"included_annotation_types": ["polygon"]}
    write("task.json", task([box(1, 0, 5, 5)], [box(2, 0, 5, 5)], task_settings=only))
    assert "found no frame of a job" in call("task.json", status=1).stderr


def test_who_says_only_what_is_not_compared_did_not_say_that_there_is_nothing():
    cuboid = shape(1, 0, "cuboid", [5] * 16)
    found = of_task(task([], [cuboid]))
    assert [(one["outcome"], one["said"]) for one in found["outcomes"]] == [("excluded", "car")]


@pytest.mark.parametrize("points", [[5, 5, 50, 5], [5, 5, 5, 5], [5, 5, 5, 50]])
@pytest.mark.parametrize("profile", ["native", "cvat"])
def test_a_turned_rectangle_without_area_is_like_nothing(points, profile):
    truth, said = (shape(one, 0, "rectangle", points, rotation=30.0) for one in (1, 2))
    found = of_task(task([truth], [said]), "--profile", profile)
    kinds = sorted(one["conflict"] for one in found["conflicts"])
    assert kinds == ["extra_annotation", "missing_annotation"]


def test_jobs_of_another_type_are_told():
    jobs = [*TASK["jobs"], job(5, "consensus_replica", [0], [])]
    found = of_task(TASK | {"jobs": jobs})
    assert found["warnings"] == ["jobs of a type that is not compared: 5 (consensus_replica)"]


@pytest.mark.parametrize("is_by_frame", [False, True])
def test_a_placeholder_is_held_against_the_frame_of_the_pool_that_it_shows(is_by_frame):
    layout = {"mode": "gt_pool", "disabled_frames": [3]}
    shown = [{"frame": frame, "width": 150, "height": 90} for frame in range(4)]
    if is_by_frame:
        shown = [
            one
            | ({"is_placeholder": True, "real_frame": 3 - one["frame"]} if one["frame"] < 2 else {})
            for one in shown
        ]
    else:
        layout |= {"honeypot_frames": [0, 1], "honeypot_real_frames": [3, 2]}
    truth = [box(1, 2, 5, 5), box(2, 3, 5, 5)]
    jobs = [
        job(1, "annotation", [0, 1], [box(3, 1, 6, 5), box(4, 0, 60, 5)]),
        job(9, "ground_truth", [2, 3], truth),
    ]
    found = frames(task([], [], jobs=jobs, frames=shown, validation_layout=layout))
    # Frame 0 shows a frame that is disabled.
    assert list(found) == [(1, 1)]
    assert found[1, 1]["annotation_components"]["shape"]["valid_count"] == 1
    assert told(found[1, 1]) == []


def test_a_job_without_a_frame_that_has_ground_truth_is_reported_as_such():
    jobs = [*TASK["jobs"], job(5, "annotation", [3], [box(71, 3, 5, 5)])]
    found = of_task(TASK | {"jobs": jobs}, "--profile", "cvat")
    assert found["warnings"] == ["jobs without a frame that has ground truth: job 5"]
    assert found["cvat"]["job 5"]["comparison_summary"]["frames"] == []
    native = of_task(TASK | {"jobs": jobs})
    notes = {one["measure"]: one["note"] for one in native["figures"] if one["subject"] == "job 5"}
    assert notes["accuracy"] == "there was nothing to judge"


def changed(*path, to):
    """The task of all conflicts with something changed, or left out."""
    golden = deepcopy(TASK)
    *where, last = path
    block = golden
    for one in where:
        block = block[one]
    if to is None:
        del block[last]
    else:
        block[last] = to
    return golden


SHAPE = ("jobs", 0, "shapes", 0)


@pytest.mark.parametrize(
    ("golden", "said"),
    [
        (changed("labels", to=None), "labels: found"),
        (changed("frames", to=[]), "frames: found []"),
        (
            changed("frames", 3, to=None),
            "job 2: found the frames 3; allowed are those under frames",
        ),
        (changed("frames", 0, "width", to=0), "frames[0].width: found 0"),
        (changed("jobs", 2, to=None), "found 0 jobs of type ground_truth"),
        (changed("jobs", 1, "type", to="ground_truth"), "found 2 jobs of type ground_truth"),
        (changed("jobs", 1, "job_id", to=1), "jobs: found 1 twice"),
        (changed(*SHAPE, "label", to="emu"), "job 1: shape 22: found the label emu"),
        (
            changed(*SHAPE, "label", to=None),
            "job 1: shape 22: found no label; allowed are those under",
        ),
        (changed(*SHAPE, "type", to="circle"), "jobs[0].shapes[0].type: found 'circle'"),
        (changed(*SHAPE, "type", to=None), "jobs[0].shapes[0].type: found"),
        (
            changed("jobs", 0, "tags", to=[{"id": 1, "frame": 0, "label": "car", "type": "mask"}]),
            "jobs[0].tags[0].type: found 'mask'",
        ),
        (changed("jobs", 1, "tracks", 0, "shapes", 0, "type", to=None), "shapes[0].type: found"),
        (changed("size", to=2), "size: found 2; allowed is 3"),
        (
            changed("labels", to=[one | {"id": 1} for one in LABELS]),
            "ids of labels: found 1 twice",
        ),
        (
            changed("task_settings", "included_annotation_types", to=["rectangle"]),
            "task_settings.included_annotation_types[0]: found 'rectangle'",
        ),
        (changed(*SHAPE, "points", to=[1, 2, 3]), "shape 22: found 3 numbers of a rectangle"),
        (changed(*SHAPE, "points", to=[1, 2, 3, 1e300]), "points[3]: found 1e+300"),
        (changed(*SHAPE, "points", to=[1, 2, 3, float("nan")]), "points[3]: found nan"),
        (changed(*SHAPE, "attributes", to={"doors": "many"}), "attribute doors: found 'many'"),
        (changed(*SHAPE, "attributes", to=[{"spec_id": 5}]), "a value of the attribute 5"),
        (changed(*SHAPE, "attributes", to={"door": "2"}), "a value of the attribute door;"),
        (changed(*SHAPE, "attributes", to=[{"name": "door"}]), "a value of the attribute door;"),
        (
            changed("jobs", 0, "shapes", 11, "points", to=[5, 1, 1, 9, 9]),
            "shape 36: found 5 numbers",
        ),
        (changed("jobs", 0, "shapes", 12, "points", to=[0, 7, 60, 40, 79, 49]), "shape 37: "),
        (changed("validation_layout", "disabled_frames", to="0,1,2"), "found no frame of a job"),
        (changed("validation_layout", "frames", to="x"), "validation_layout.frames[0]: found 'x'"),
        (changed("task_settings", "iou_threshold", to=7), "task_settings.iou_threshold: found 7"),
    ],
)
def test_a_task_that_cannot_be_read_is_refused_with_the_place(golden, said):
    write("task.json", json.dumps(golden))
    for profile in ("native", "cvat"):
        stderr = call("task.json", "--profile", profile, status=1).stderr
        assert said in " ".join(stderr.split())
        assert "Traceback" not in stderr


def test_a_task_holds_both_sides_and_says_what_there_is():
    write("task.json", TASK)
    assert "leave it out" in call("task.json", "task.json", status=1).stderr
    assert "--labels" in call("task.json", "--labels", "car", status=1).stderr
    write("gt.csv", "item,class", "a,cat")
    assert "needed is SAID" in call("gt.csv", status=1).stderr
    write("gt.json", {"images": [], "categories": [], "annotations": []})
    assert "and cvat in task.json" in call("gt.json", "task.json", status=1).stderr


def test_groups_of_frames_are_told_by_a_table_of_items():
    write("items.csv", "item,group", "0,a", "1,a", "2,b")
    found = of_task(TASK, "--items", "items.csv")
    assert (found["items"], found["groups"]) == (3, 2)
    assert found["warnings"] == []
