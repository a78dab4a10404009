"""What to look at, in cases worked out by hand from the code of CVAT's quality reports."""

import numpy as np
import pytest
from builders import cvat_task

from groundkeeper.core.scoring.objects.cvat_report import report_figures, task_report
from groundkeeper.core.scoring.objects.settings import Settings
from schemas.enums import Conflict

LABELS = ["car", "wheel", "pose"]
SIZE = (200, 100)


def shape(number, kind, points, label="car", **more):
    return {"id": number, "type": kind, "label": label, "points": points} | more


def box(number, x, y, side=10, label="car", **more):
    return shape(number, "rectangle", [x, y, x + side, y + side], label, **more)


def report(truth, said, settings=None, frames=1):
    chosen = settings or Settings(profile="cvat")
    sides = [
        [one if isinstance(one, tuple) else (0, one) for one in side] for side in (truth, said)
    ]
    found = cvat_task.compared(*sides, LABELS, [SIZE] * frames, chosen, {"pose": ["1", "2"]})
    return cvat_task.reported(found, len(LABELS), range(frames), frames, chosen)


def told(*args, **more):
    return [(one.kind.value, one.objects) for one in report(*args, **more).whole.conflicts]


def test_one_frame_can_have_all_eight_conflicts():
    truth = [
        box(1, 0, 0),
        box(2, 20, 0),
        box(3, 40, 0, label="wheel"),
        box(4, 60, 0, attributes={"colour": "red"}),
        shape(5, "polyline", [10, 50, 50, 50]),
        box(6, 80, 0, group=3),
        box(7, 100, 0, group=3),
        box(8, 120, 0, group=3),
        box(9, 150, 20),
    ]
    said = [
        shape(12, "rectangle", [20, 0, 30, 20]),
        box(13, 40, 0),
        box(14, 60, 0, attributes={"colour": "blue"}),
        shape(15, "polyline", [50, 50, 10, 50]),
        box(16, 80, 0, group=8),
        box(17, 100, 0, group=8),
        box(18, 120, 0),
        box(19, 150, 20, z_order=0),
        shape(20, "polygon", [140, 10, 180, 10, 180, 50, 140, 50], z_order=2),
    ]
    assert told(truth, said) == [
        ("covered_annotation", (19,)),
        ("extra_annotation", (20,)),
        ("low_overlap", (12, 2)),
        ("mismatching_attributes", (14, 4)),
        ("mismatching_direction", (15, 5)),
        ("mismatching_groups", (18, 8)),
        ("mismatching_label", (13, 3)),
        ("missing_annotation", (1,)),
    ]
    assert {kind for kind, _ in told(truth, said)} == {kind.value for kind in Conflict}


def test_groups_are_matched_by_the_share_of_their_members():
    truth = [box(n, 15 * n, 0, group=1 if n < 4 else 0) for n in range(1, 6)]
    # Three of three: the same group, under another number. Two who were alone are together now: neither fits.
    said = [box(10 + n, 15 * n, 0, group=7 if n < 4 else 9) for n in range(1, 6)]
    assert told(truth, said) == [
        ("mismatching_groups", (14, 4)),
        ("mismatching_groups", (15, 5)),
    ]


def test_half_of_a_group_is_enough_and_less_is_not():
    truth = [box(n, 15 * n, 0, group=1) for n in range(1, 5)]
    half = [box(10 + n, 15 * n, 0, group=5 if n < 3 else 0) for n in range(1, 5)]
    assert told(truth, half) == [("mismatching_groups", (n + 10, n)) for n in (3, 4)]
    none = [box(10 + n, 15 * n, 0) for n in range(1, 5)]
    assert len(told(truth, none)) == 4
    assert told(truth, none, Settings(profile="cvat", groups=None)) == []


def test_one_group_number_in_two_frames_is_two_groups():
    truth = [(frame, box(n, 15 * n, 0, group=1)) for frame, n in ((0, 1), (0, 2), (1, 3))]
    said = [(frame, box(10 + n, 15 * n, 0, group=2)) for frame, n in ((0, 1), (0, 2), (1, 3))]
    assert told(truth, said, frames=2) == []


@pytest.mark.parametrize(
    ("orientation", "expected"), [(0.1, ["mismatching_direction"]), (None, []), (1.0, [])]
)
def test_the_direction_of_a_line_is_looked_at_by_how_much_turning_it_helps(orientation, expected):
    truth = [shape(1, "polyline", [10, 50, 60, 50])]
    said = [shape(2, "polyline", [60, 50, 10, 50])]
    settings = Settings(profile="cvat", line_orientation=orientation)
    assert [kind for kind, _ in told(truth, said, settings)] == expected


def test_several_together_can_cover_and_what_is_drawn_later_lies_above():
    half = [shape(2, "polygon", [0, 0, 5, 0, 5, 10, 0, 10]), box(3, 5, 0)]
    below, above = [box(1, 0, 0), *half], [*half, box(1, 0, 0)]
    assert ("covered_annotation", (1,)) in told([], below)
    assert ("covered_annotation", (1,)) not in told([], above)
    assert ("covered_annotation", (2,)) in told([], above)


def test_what_covers_in_the_ground_truth_is_not_told():
    truth = [box(1, 0, 0), shape(2, "rectangle", [0, 0, 40, 40], z_order=1)]
    said = [box(3, 0, 0, z_order=2), shape(4, "rectangle", [0, 0, 40, 40])]
    assert told(truth, said) == []


def test_exactly_the_share_that_must_be_visible_is_visible():
    truth = [box(1, 0, 0, side=20)]
    said = [box(2, 0, 0, side=20), shape(3, "rectangle", [0, 1, 20, 20], "wheel", z_order=1)]
    kinds = [kind for kind, _ in told(truth, said)]
    assert "covered_annotation" not in kinds
    more = Settings(profile="cvat", visible=0.06)
    assert "covered_annotation" in [kind for kind, _ in told(truth, said, more)]


def test_attributes_that_only_one_side_has_differ_and_ignored_ones_do_not():
    truth, said = [box(1, 0, 0, attributes={"colour": "red"})], [box(2, 0, 0)]
    assert told(truth, said) == [("mismatching_attributes", (2, 1))]
    for settings in (
        Settings(profile="cvat", ignored_attributes=("colour",)),
        Settings(profile="cvat", attributes=False),
    ):
        assert told(truth, said, settings) == []


def test_tags_have_attributes_and_nothing_else():
    truth = [shape(1, "tag", [], attributes={"night": True}), shape(2, "tag", [], "wheel")]
    said = [shape(3, "tag", [], "wheel"), shape(4, "tag", [], attributes={"night": False})]
    assert told(truth, said) == [("mismatching_attributes", (4, 1))]
    found = report(truth, said).whole
    assert (found.annotations.valid, found.shapes.total, found.labels.valid) == (2, 0, 2)


def test_tags_pair_up_however_alike_shapes_must_be():
    truth, said = [shape(1, "tag", [])], [shape(2, "tag", [], "wheel")]
    settings = Settings(profile="cvat", match_iou=0.9, low_overlap=1.0)
    assert told(truth, said, settings) == [("mismatching_label", (2, 1))]


def joint(label, x, y, **more):
    return {"label": label, "points": [x, y], "outside": False, "occluded": False} | more


def test_a_skeleton_without_a_joint_is_not_there_and_hidden_joints_do_not_count():
    seen = [joint("1", 10, 10), joint("2", 50, 50)]
    hidden = [joint("1", 10, 10), joint("2", 50, 50, occluded=True)]
    outside = [joint(name, 0, 0, outside=True) for name in "12"]
    truth = [
        shape(1, "skeleton", [], "pose", elements=seen),
        shape(2, "skeleton", [], "pose", elements=outside),
    ]
    said = [shape(3, "skeleton", [], "pose", elements=hidden)]
    assert told(truth, said) == [("low_overlap", (3, 1))]
    assert report(truth, said).whole.mean_iou == pytest.approx(0.5)


def test_polygons_of_one_group_and_class_are_one_object_whose_parts_all_pair_up():
    parts = [[10, 10, 20, 10, 20, 20, 10, 20], [30, 10, 40, 10, 40, 20, 30, 20]]
    truth = [shape(n, "polygon", xy, group=4) for n, xy in enumerate(parts, 1)]
    said = [shape(n, "polygon", xy, group=9) for n, xy in enumerate(parts, 3)]
    found = report(truth, said).whole
    assert (found.annotations.valid, found.annotations.ds, found.mean_iou) == (4, 4, 1.0)
    # To CVAT a shape is matched with the last of those it pairs up with; two of two are in the other's group.
    assert found.conflicts == ()


def test_what_lies_under_others_of_one_side_is_compared_without_what_they_hide():
    wide, right = [0, 0, 40, 0, 40, 20, 0, 20], [20, 0, 40, 0, 40, 20, 20, 20]
    truth = [shape(1, "polygon", wide), shape(2, "polygon", right, "wheel", z_order=1)]
    said = [shape(3, "polygon", [0, 0, 20, 0, 20, 20, 0, 20]), shape(4, "polygon", right, "wheel")]
    assert report(truth, said).whole.mean_iou == 1.0
    apart = report(truth, said, Settings(profile="cvat", panoptic=False)).whole
    assert apart.mean_iou == pytest.approx(0.75)


def test_boxes_turned_by_different_angles_are_compared_by_pixels():
    turned = shape(1, "rectangle", [40, 40, 80, 60], rotation=90.0)
    upright = shape(2, "rectangle", [50, 30, 70, 70])
    assert report([turned], [upright]).whole.mean_iou == 1.0


def test_the_nearest_counts_for_what_has_no_partner_though_it_has_one_itself():
    truth, said = [box(1, 0, 0)], [box(2, 0, 0), shape(3, "rectangle", [0, 0, 10, 20])]
    assert report(truth, said).whole.mean_iou == pytest.approx((1 + 0.5) / 2)


def test_frames_of_several_jobs_are_added_up_and_the_task_has_no_mean():
    one = report([box(1, 0, 0)], [box(2, 0, 0)])
    other = report([box(1, 0, 0)], [])
    whole = task_report([one, other], len(LABELS), 4)
    figures = report_figures(whole, LABELS)
    summary = figures["comparison_summary"]
    assert (summary["frames"], summary["frame_share"]) == ([0], 0.25)
    assert summary["annotations"]["accuracy"] == 0.5
    assert summary["annotation_components"]["shape"]["mean_iou"] == 0.0
    assert figures["frame_results"]["0"]["annotation_components"]["shape"]["mean_iou"] == 0.5
    assert summary["mean_conflict_count"] == 1.0


@pytest.mark.parametrize(("label", "expected"), [("wheel", (2, 2, 1)), ("car", (1, 1, 1))])
def test_a_mismatch_below_the_diagonal_makes_a_frame_that_looks_empty(label, expected):
    settings = Settings(profile="cvat", empty_is_annotated=True)
    found = report([box(1, 0, 0)], [box(2, 0, 0, label=label)], settings).whole.annotations
    assert (found.total, found.ds, found.gt) == expected


def test_a_job_without_frames_has_no_mean():
    found = cvat_task.compared([], [], LABELS, [], Settings(profile="cvat"))
    assert np.isnan(cvat_task.reported(found, 3, [], 5, Settings(profile="cvat")).whole.mean_iou)


def test_where_nobody_says_how_large_frames_are_areas_are_compared_exactly():
    truth = [shape(1, "polygon", [0, 0, 40, 0, 40, 20, 0, 20])]
    said = [shape(2, "polygon", [0, 0, 30, 0, 30, 20, 0, 20])]
    sides = [[(0, one) for one in side] for side in (truth, said)]
    drawn = [cvat_task.drawings(side, LABELS, [SIZE]) for side in sides]
    found = cvat_task.scene(drawn[0], drawn[1], None, Settings())
    assert found.near.similarity.tolist() == [0.75]
