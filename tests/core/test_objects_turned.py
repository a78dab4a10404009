"""Boxes and ellipses that were turned, and the box of the group that they are in; expected values are CVAT's own."""

import dataclasses

import numpy as np
import pytest
from builders import cvat_task

from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.drawings import Drawings, extents
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.shapes.areas.rotated import corner_parameters, rotated_boxes
from schemas.enums import Shape

LABELS, SIZE = ["car", "wheel", "pose"], (200, 200)
CVAT, NATIVE = Settings(profile="cvat"), Settings()


def shape(number, kind, points, label="car", **more):
    return {"id": number, "type": kind, "label": label, "points": points} | more


def ellipse(number, radius, turn):
    points = [100, 100, 140, 100 - radius]
    return shape(number, "ellipse", points, rotation=turn, group=1)


def point(number, x):
    return shape(number, "points", [x, 100], "wheel", group=1)


def skeleton(number, x):
    joints = [{"label": name, "points": [x + 20 * n, 100]} for n, name in enumerate("12")]
    return shape(number, "skeleton", [], "pose", group=1, elements=joints)


def box(number, x, turn):
    return shape(number, "rectangle", [x, 40, x + 60, 50], rotation=turn)


def whole(truth, said, settings=CVAT):
    sides = [[(0, one) for one in side] for side in (truth, said)]
    found = cvat_task.compared(*sides, LABELS, [SIZE], settings, {"pose": ["1", "2"]})
    return cvat_task.reported(found, len(LABELS), [0], 1, settings).whole


@pytest.mark.parametrize("turn", [45, 90])
def test_a_turned_ellipse_makes_its_group_no_larger_than_it_was_before(turn):
    truth = [ellipse(1, 4, turn), point(2, 100)]
    said = whole(truth, [ellipse(3, 4, turn), point(4, 108)])
    assert [(one.kind.value, one.objects) for one in said.conflicts] == [
        ("extra_annotation", (4,)),
        ("mismatching_groups", (3, 1)),
        ("missing_annotation", (2,)),
    ]
    assert said.mean_iou == pytest.approx(1 / 3, abs=1e-12)
    assert (said.annotations.valid, said.annotations.total) == (1, 3)


@pytest.mark.parametrize("profile", ["cvat", "native"])
@pytest.mark.parametrize("turn", [0, 30])
def test_points_and_skeletons_are_held_to_the_edges_of_the_ellipse_in_their_group(turn, profile):
    settings = dataclasses.replace(CVAT, profile=profile)
    with_point = [[ellipse(n, 20, turn), point(n + 1, x)] for n, x in ((1, 100), (3, 108))]
    assert whole(*with_point, settings).mean_iou == pytest.approx(0.8672218359648656, abs=1e-12)
    with_joints = [[ellipse(n, 20, turn), skeleton(n + 1, x)] for n, x in ((1, 90), (3, 94))]
    assert whole(*with_joints, settings).mean_iou == pytest.approx(0.9628706329621914, abs=1e-12)


def test_an_area_that_is_no_ellipse_any_more_reaches_as_far_as_it_was_drawn():
    cut = rotated_boxes(*np.array([[50.0], [40], [20], [10], [0]]))
    zero = np.zeros(1, dtype=np.int64)
    drawn = Drawings.plain(zero, zero, Shape.ELLIPSE, cut)
    assert extents(drawn, np.full((1, 4), np.nan)).tolist() == [[40, 35, 60, 45]]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ((15.3, 15.3), 0.8181818181818182),
        ((90, 90), 0.8181818181818182),
        # As CVAT has it after 15.3 was interpolated between two key frames of 15.3.
        ((15.3, (15.3 + 360) % 360), 0.6153846153846154),
        ((15, 195), 0.6124661246612466),
    ],
)
def test_to_cvat_angles_are_the_same_to_the_last_bit_or_others(turns, expected):
    assert whole([box(1, 40, turns[0])], [box(2, 46, turns[1])]).mean_iou == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize("turn", [12.3456789, 15, 90, 180, 270])
def test_boxes_are_as_alike_with_angles_from_their_corners_as_with_stated_ones(turn):
    made = np.array([[70.0, 45, 60, 10, turn], [76.5, 45, 60, 10, turn]])
    alike, frame = [], np.array([[200, 200]])
    for angle in (np.full(2, float(turn)), np.around(corner_parameters(drawn(made))[:, 4], 6)):
        found = scene(*(side(row, angle[at]) for at, row in enumerate(made)), frame, CVAT)
        alike.append(found.near.similarity.tolist())
    assert alike[0] == alike[1] == [pytest.approx(53.5 / 66.5)]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_natively_a_box_turned_by_quarters_is_the_box_that_lies_there(turn):
    lying = np.array([70.0, 45, 60, 10, 0])
    sides = lying[[2, 3]] if turn == 180 else lying[[3, 2]]
    turned = np.array([74.0, 45, *sides, turn])
    frame = np.array([[200, 200]])
    found = scene(side(lying, 0.0), side(turned, float(turn)), frame, NATIVE).near.similarity
    assert found.tolist() == [pytest.approx(56 / 64, abs=1e-12)]


@pytest.mark.parametrize("sides", [(45, 0), (0, 45), (0, 0)])
def test_a_turned_box_without_area_has_four_corners_and_its_parameters(sides):
    made = rotated_boxes(*np.array([[27.5], [5], *([one] for one in sides), [30]]))
    assert np.isfinite(corner_parameters(made)).all()
    assert corner_parameters(made)[0, 2:4] == pytest.approx(sides)


def drawn(parameters):
    return rotated_boxes(*parameters.T)


def side(parameters, angle):
    zero = np.zeros(1, dtype=np.int64)
    plain = Drawings.plain(zero, zero, Shape.BBOX, drawn(parameters[np.newaxis]))
    return dataclasses.replace(plain, rotation=np.array([angle]))


@pytest.mark.parametrize("settings", [CVAT, NATIVE], ids=["cvat", "native"])
def test_how_well_a_statement_was_drawn_nobody_can_say(settings):
    truth = [(0, box(1, 40, 0)), (0, shape(2, "tag", []))]
    said = [(0, box(3, 40, 0)), (0, shape(4, "tag", [], "wheel"))]
    made = cvat_task.compared(truth, said, LABELS, [SIZE], settings).scene
    found = compare(made.truth, made.said, made.near, settings)
    assert found.similarity.tolist() == [1, pytest.approx(np.nan, nan_ok=True)]
    assert found.same_label.tolist() == [True, False]
    assert len(found.conflicts.kind) == 1
