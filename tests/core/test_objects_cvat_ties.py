"""Which of several assignments that are as good CVAT has: profile cvat has the same, native has its own rule."""

import dataclasses

import numpy as np
import pytest
from builders import cvat_task
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from groundkeeper.core.scoring.objects import assignment
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from schemas.enums import Shape

LABELS, SIZE = ["car", "dog"], (200, 100)
CVAT = Settings(profile="cvat", visible=None)


def shape(number, points, label="car", kind="rectangle", **more):
    return {"id": number, "type": kind, "label": label, "points": points} | more


def report(truth, said, settings=CVAT):
    sides = [[(0, one) for one in side] for side in (truth, said)]
    found = cvat_task.compared(*sides, LABELS, [SIZE], settings)
    return cvat_task.reported(found, len(LABELS), [0], 1, settings).whole


def told(truth, said, settings=CVAT):
    return [(one.kind.value, one.objects) for one in report(truth, said, settings).conflicts]


DRAWN = {
    "rectangle": [10, 10, 50, 40],
    "polygon": [10, 10, 50, 10, 50, 40],
    "points": [10, 10, 50, 40],
    "mask": [0, 20, 10, 10, 19, 11],
}


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_of_two_that_are_the_same_the_first_is_matched_whatever_its_label(kind):
    points = DRAWN[kind]
    truth = [shape(1, points, kind=kind)]
    said = [shape(2, points, "dog", kind), shape(3, points, kind=kind)]
    # Whole areas: of what lies over the other one all can be seen.
    cvat = dataclasses.replace(CVAT, panoptic=False)
    assert ("mismatching_label", (2, 1)) in told(truth, said, cvat)
    assert ("extra_annotation", (3,)) in told(truth, said, cvat)
    native = dataclasses.replace(cvat, profile="native")
    assert ("extra_annotation", (2,)) in told(truth, said, native)


def test_the_first_is_the_one_of_the_lowest_layer():
    truth = [shape(1, DRAWN["rectangle"])]
    said = [shape(2, DRAWN["rectangle"], z_order=1), shape(3, DRAWN["rectangle"], "dog", z_order=0)]
    assert ("mismatching_label", (3, 1)) in told(truth, said)


def test_of_areas_those_come_first_that_belong_with_none_and_then_polygons():
    truth = [shape(1, [10, 10, 20, 10, 20, 12, 10, 12], kind="polygon")]
    off = dataclasses.replace(CVAT, panoptic=False)
    mask = shape(2, DRAWN["mask"], "dog", "mask")
    outline = shape(3, truth[0]["points"], kind="polygon")
    grouped = outline | {"id": 4, "group": 7}
    assert ("extra_annotation", (2,)) in told(truth, [mask, outline], off)
    assert ("mismatching_label", (2, 1)) in told(truth, [grouped, mask], off)


def test_statements_that_are_the_same_are_matched_as_the_solver_finds_them():
    truth = [shape(1, [], kind="tag")]
    said = [shape(2, [], "dog", "tag"), *(shape(n, [], kind="tag") for n in (3, 4))]
    assert told(truth, said) == [("extra_annotation", (2,)), ("extra_annotation", (4,))]


def test_of_groups_that_fit_as_well_the_first_is_matched():
    points = [[25 * n, 10, 25 * n + 20, 30] for n in range(4)]
    truth = [shape(n, points[n], group=1) for n in range(4)]
    said = [shape(n + 10, points[n], group=2 if n % 2 else 5) for n in range(4)]
    assert told(truth, said) == [("mismatching_groups", (n + 10, n)) for n in (0, 2)]


@given(st.integers(0, 2**32 - 1))
def test_boxes_are_matched_as_scipy_matches_them_frame_by_frame(seed):
    random = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        n = int(random.integers(0, 12))
        frame = np.sort(random.integers(0, 2, n))
        xy = random.integers(0, 3, (n, 2))
        edges = np.hstack([xy, xy + random.integers(1, 4, (n, 2))]).astype(float)
        plain = Drawings.plain(frame, random.integers(0, 2, n), Shape.BBOX, np.full(n, None))
        sides.append(dataclasses.replace(plain, edges=edges, layer=random.integers(0, 2, n)))
    settings = Settings(profile="cvat", match_iou=float(random.choice([0.2, 0.4, 0.5])))
    made = scene(*sides, np.full((2, 2), 9), settings)
    found = compare(made.truth, made.said, made.near, settings)
    pairs = set(zip(found.truth.tolist(), found.said.tolist(), strict=True))
    assert pairs == {
        pair for frame in range(2) for pair in solved(sides, frame, settings.match_iou)
    }


def solved(sides, frame, match_iou):
    """The pairs of a frame that the solver makes of the square matrix of all its boxes, by layer."""
    rows, columns = (
        [place for place in np.argsort(side.layer, kind="stable") if side.frame[place] == frame]
        for side in sides
    )
    size = max(len(rows), len(columns))
    distance = np.ones((size, size))
    for row, one in enumerate(rows):
        for column, other in enumerate(columns):
            iou = overlap(sides[0].edges[one], sides[1].edges[other])
            distance[row, column] = 1 if 1 - iou > 1 - match_iou else 1 - iou
    for row, column in zip(*linear_sum_assignment(distance), strict=True):
        if distance[row, column] < 1:
            yield int(rows[row]), int(columns[column])


def overlap(one, other):
    """The IoU of two boxes of whole pixels."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.maximum(sides, 0).prod())
    return shared / (float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod()) - shared)


@pytest.mark.parametrize(
    ("left", "right", "off"), [(16.07, 49.27, 3.37), (18.53, 57.65, 2.83), (25.69, 58.21, 2.83)]
)
def test_boxes_moved_as_far_to_either_side_are_told_apart_by_the_last_bit(left, right, off):
    # With corners and sizes the second one is more alike by some 2e-16; from edges alone it would be the other way.
    truth = [shape(1, [left, 20, right, 40])]
    said = [
        shape(2, [left + off, 20, right + off, 40]),
        shape(3, [left - off, 20, right - off, 40], "dog"),
    ]
    assert ("mismatching_label", (3, 1)) in told(truth, said)


def test_frames_without_a_tie_and_the_native_profile_need_no_solver(monkeypatch):
    def never(*_):
        pytest.fail("the solver was asked")

    monkeypatch.setattr(assignment, "solved", never)
    truth = [shape(1, DRAWN["rectangle"]), shape(2, [12, 10, 52, 40])]
    clear = [shape(3, [10.5, 10, 50.5, 40]), shape(4, [12.25, 10, 52.25, 40])]
    assert told(truth, clear) == []
    tied = [shape(3, DRAWN["rectangle"]), shape(4, DRAWN["rectangle"])]
    told(truth[:1], tied, dataclasses.replace(CVAT, profile="native"))
    with pytest.raises(pytest.fail.Exception, match="the solver was asked"):
        told(truth[:1], tied)


def test_single_points_of_groups_that_are_too_far_apart_are_not_alike_at_all_to_cvat():
    frame = shape(1, [10, 10, 50, 50], group=1), shape(3, [10, 10, 50, 50], group=1)
    truth = [frame[0], shape(2, [20, 20], kind="points", group=1)]
    said = [frame[1], shape(4, [32, 20], kind="points", group=1)]
    alike = np.exp(-(12**2) / (2 * 1600 * 0.18**2))
    assert 0 < alike < CVAT.match_iou
    assert report(truth, said).mean_iou == pytest.approx(1 / 3)
    native = dataclasses.replace(CVAT, profile="native")
    assert report(truth, said, native).mean_iou == pytest.approx((1 + 2 * alike) / 3)


def test_groups_that_fit_as_well_are_told_apart_among_all_groups_of_the_frame():
    # Half of the group of 1 and 2 is with 11, who is alone and comes first, and half with 12; 3 has a group of its own.
    edges = [[25 * n, 10, 25 * n + 20, 30] for n in range(3)]
    truth = [shape(n + 1, edges[n], group=2 * (n < 2)) for n in range(3)]
    said = [shape(n + 11, edges[n], group=2 * (n == 1)) for n in range(3)]
    assert told(truth, said) == [("mismatching_groups", (12, 2))]


def test_a_skeleton_without_joints_stretches_its_group_to_the_origin_to_cvat():
    points = shape(1, [80, 60, 100, 70], kind="points", group=1)
    moved = points | {"id": 3, "points": [84, 60, 96, 70]}
    absent = {"elements": [{"label": "a", "points": [9, 9], "outside": True}], "group": 1}
    bare = [shape(n, [], kind="skeleton", **absent) for n in (2, 4)]
    for profile in ("cvat", "native"):
        settings = dataclasses.replace(CVAT, profile=profile)
        alike = report([points, bare[0]], [moved, bare[1]], settings).mean_iou
        assert (alike > CVAT.match_iou) == (profile == "cvat")
    area = 98 * 70
    assert report([points, bare[0]], [moved, bare[1]]).mean_iou == pytest.approx(
        np.exp(-16 / (2 * area * 0.18**2))
    )
