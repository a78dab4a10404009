"""``gk score files`` on what CVAT itself computed: stored reports of tasks, and cases of its own code."""

import json
import os
from pathlib import Path

import pytest
from builders.score_files import reports_of

NAMED = "GROUNDKEEPER_REFERENCE"
JACCARD = "the report of 2024 calls the Jaccard index of a class its accuracy"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Work in a folder of its own, outside of any repository."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def reference():
    if NAMED not in os.environ:
        pytest.skip(f"{NAMED} names no folder")
    return Path(os.environ[NAMED]) / "cvat_golden_quality"


@pytest.mark.parametrize("name", ["task23", "task32"])
def test_a_stored_report_of_a_task_is_met_conflict_by_conflict(reference, name):
    golden = json.loads((reference / f"{name}.json").read_text(encoding="utf-8"))
    found = reports_of(golden)
    expected = {"task": golden["expected_task_report"]} | {
        f"job {number}": stored for number, stored in golden["expected_job_reports"].items()
    }
    assert found.keys() == expected.keys()
    newer = "jaccard_index" in json.dumps(expected["task"])
    for who, stored in expected.items():
        report, is_task = found[who], who == "task"
        assert stored["frame_results"].keys() == report["frame_results"].keys()
        for frame, part in stored["frame_results"].items():
            mine = report["frame_results"][frame]
            assert conflicts(mine) == conflicts(part)
            met(mine, part, newer=newer, is_task=False)
        summary = report["comparison_summary"]
        met(summary, stored["comparison_summary"], newer=newer, is_task=is_task)


def conflicts(part):
    """Conflicts by what they are about, in any order: CVAT's is that of its solver."""
    return sorted(
        json.dumps([one[name] for name in ("frame_id", "type", "severity", "annotation_ids")])
        for one in part["conflicts"]
    )


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


def met(found, stored, *, newer, is_task):
    """Every figure that CVAT stored is found, with what older reports call otherwise."""
    mine, theirs = (
        {at: leaf for at, leaf in leaves(some).items() if "conflicts" not in at}
        for some in (found, stored)
    )
    for at, value in theirs.items():
        if at[0] in {"tasks", "jobs"}:
            continue
        if not newer and "confusion_matrix" in at and at[-2] in {"precision", "recall", "accuracy"}:
            # Of a task they are those of the job that was compared first; see JACCARD for jobs and frames.
            name = "jaccard_index" if at[-2] == "accuracy" else at[-2]
            ours = mine[(*at[:-2], name, at[-1])]
            assert is_task or ours == pytest.approx(value, abs=1e-9), (at, JACCARD)
        elif value is None:
            # The mean of no frames, and in the report of 2024 what a task makes of it.
            assert mine[at] is None or is_task
        else:
            assert mine[at] == pytest.approx(value, abs=1e-9), at


def as_task(given):
    """A case of CVAT as a task of one job."""
    numbers = range(len(given["frames"]))
    sides = {
        side: [
            shape | {"frame": number}
            for number in numbers
            for shape in given["frames"][number][side]
        ]
        for side in ("ds", "gt")
    }
    width, height = given["image"]
    return {
        "labels": [{"name": name} for name in given["labels"]],
        "frames": [{"frame": number, "width": width, "height": height} for number in numbers],
        "jobs": [
            {"job_id": 1, "type": "annotation", "frames": [*numbers], "shapes": sides["ds"]},
            {"job_id": 2, "type": "ground_truth", "frames": [*numbers], "shapes": sides["gt"]},
        ],
        "task_settings": given["settings"],
    }


def test_every_case_of_cvat_is_met_from_a_file_as_well(reference):
    told_of = json.loads((reference.parent / "cvat_cases.json").read_text(encoding="utf-8"))
    cases = [case for case in told_of["cases"] if case["kind"] == "quality_compare"]
    assert len(cases) >= 27
    for case in cases:
        report, expected = reports_of(as_task(case["input"]))["job 1"], case["expected"]
        found = [
            [
                one["frame_id"],
                one["type"],
                one["severity"],
                [about["obj_id"] for about in one["annotation_ids"]],
            ]
            for part in report["frame_results"].values()
            for one in part["conflicts"]
        ]
        assert sorted(found) == sorted(expected["conflicts"]), case["id"]
        summary = report["comparison_summary"]
        counts = {**summary["annotations"]}
        matrix = counts.pop("confusion_matrix")
        assert counts == pytest.approx(expected["annotations"], abs=1e-9), case["id"]
        assert matrix["rows"] == expected["confusion_matrix"]["rows_ds_cols_gt"], case["id"]
        means = {
            frame: part["annotation_components"]["shape"]["mean_iou"]
            for frame, part in report["frame_results"].items()
        }
        assert means == pytest.approx(expected["mean_iou_per_frame"], abs=1e-9), case["id"]
