"""Skeletons and points: object keypoint similarity, pairing, the one of several, against COCO's and CVAT's figures."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.shapes.points.joint_fusion import fused_joints, joint_spread
from groundkeeper.core.shapes.points.keypoints import (
    SIGMA,
    VISIBLE,
    area_of_both,
    joint_boxes,
    joints_of,
    nearness,
    oks,
    skeletons_of,
)
from groundkeeper.core.shapes.points.point_sets import distances_to, fused_points, points_oks

IMAGE = 200 * 100
# Of COCO's person, as pycocotools has them.
COCO_SIGMAS = (
    np.array(
        [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89],
    )
    / 1000
)
PERSON = [
    [167, 180, 1], [102, 180, 1], [146, 151, 1], [163, 128, 2], [197, 105, 1], [127, 138, 0],
    [157, 140, 2], [113, 104, 1], [100, 104, 2], [114, 199, 0], [119, 165, 1], [175, 123, 2],
    [128, 143, 0], [126, 197, 0], [117, 189, 1], [179, 184, 2], [111, 139, 0],
]  # fmt: skip
DETECTED = [
    [173, 177], [97, 181], [153, 158], [169, 125], [189, 110], [131, 143], [149, 132], [113, 101],
    [99, 111], [109, 199], [116, 162], [180, 117], [125, 137], [120, 193], [120, 190], [178, 178],
    [116, 144],
]  # fmt: skip

coordinates = st.integers(-40, 40).map(lambda n: n / 4)
joint = st.tuples(coordinates, coordinates, st.integers(0, 2))
skeleton = st.lists(joint, min_size=4, max_size=4)
points = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=4, unique=True)


def joints(*skeletons):
    return joints_of(np.array([shapely.MultiPoint(s) for s in skeletons], dtype=object))


def sets(*of_points):
    return np.array([shapely.MultiPoint(p) for p in of_points], dtype=object)


def cvat_oks(left, right, image=IMAGE, **conventions):
    one, other = joints(left), joints(right)
    area = area_of_both(joint_boxes(one), joint_boxes(other), image)
    return oks(one, other, area, **conventions)[0]


def cvat_points(left, right, image=IMAGE):
    one, other = sets(left), sets(right)
    boxes = [shapely.bounds(side).reshape(-1, 4) for side in (one, other)]
    return points_oks(one, other, area_of_both(*boxes, image))[0]


def visible(*xy):
    return [(x, y, VISIBLE) for x, y in xy]


@pytest.mark.parametrize(
    ("reference", "detected", "area", "expected"),
    [
        # Datumaro's asset of COCO keypoints, a detection of our own; pycocotools 2.0 COCOeval.computeOks.
        (
            [(0, 0, 0), (0, 2, 1), (4, 1, 2)],
            [(5, 5), (0.3, 2.1), (3.5, 1.5)],
            3.0,
            0.33711930213721375,
        ),
        ([(0, 0, 0), (0, 2, 1), (4, 1, 2)], [(0, 0), (0, 2), (4, 1)], 3.0, 1.0),
    ],
)
def test_pycocotools_has_the_same_similarity_to_a_reference(reference, detected, area, expected):
    found = oks(joints(reference), joints(visible(*detected)), area, SIGMA, counted="left")
    assert found[0] == pytest.approx(expected, abs=1e-12)


def test_pycocotools_has_the_same_similarity_with_a_sigma_for_each_joint_of_a_person():
    found = oks(joints(PERSON), joints(visible(*DETECTED)), 6400.0, COCO_SIGMAS, counted="left")
    assert found[0] == pytest.approx(0.6382448604004742, abs=1e-12)


def test_cvat_has_the_same_similarity_of_skeletons():
    # quality/skeleton_shift, executed by CVAT v2.64.
    square = visible((10, 10), (50, 10), (50, 50), (10, 50))
    moved = visible((12, 10), (52, 10), (52, 50), (12, 50))
    assert cvat_oks(square, moved) == pytest.approx(0.9621544917134581, abs=1e-12)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # quality/single_point_image_scale: neither has an area, so the image has.
        ([(50, 50)], [(60, 50)], 0.9257412659243828),
        # quality/point_group_missing_point: the third point is alone.
        ([(10, 10), (30, 30), (10, 30)], [(10, 10), (30, 30)], 2 / 3),
    ],
)
def test_cvat_has_the_same_similarity_of_points(left, right, expected):
    assert cvat_points(left, right) == pytest.approx(expected, abs=1e-12)


def test_points_can_be_compared_at_the_size_of_the_image():
    # quality/point_group_image_size_base
    left, right = sets([(10, 10), (30, 30)]), sets([(20, 10), (40, 30)])
    assert points_oks(left, right, float(IMAGE))[0] == pytest.approx(0.9257412659243828, abs=1e-12)


def test_a_joint_that_one_alone_labelled_is_not_alike():
    whole = visible((0, 0), (40, 0), (40, 40), (0, 40))
    without = [*whole[:3], (0, 0, 0)]
    assert cvat_oks(whole, without) == pytest.approx(3 / 4)
    assert oks(joints(without), joints(whole), 1600.0, counted="left")[0] == 1


def test_hidden_joints_count_as_in_coco_unless_said_otherwise():
    left = [(0, 0, 2), (40, 0, 2), (40, 40, 1)]
    right = [(0, 0, 2), (40, 0, 2), (44, 40, 1)]
    assert cvat_oks(left, right) < 1
    assert cvat_oks(left, right, labelled_from=VISIBLE) == 1


def test_without_a_labelled_joint_nothing_can_be_said():
    nothing = [(0, 0, 0), (0, 0, 0)]
    assert np.isnan(cvat_oks(nothing, nothing))


def test_skeletons_of_two_templates_are_not_alike():
    assert cvat_oks(visible((0, 0), (9, 9)), visible((0, 0), (9, 9), (5, 5))) == 0


def test_boxes_that_have_nothing_in_common_make_things_unlike():
    assert cvat_oks(visible((0, 0), (9, 9)), visible((20, 0), (29, 9))) == 0


def test_a_row_of_joints_is_compared_though_its_box_has_no_area():
    row = visible((0, 10), (100, 10))
    assert cvat_oks(row, row) == 1
    assert 0.9 < cvat_oks(row, visible((0, 11), (100, 11))) < 1
    assert 0 < cvat_oks(row, visible((0, 11), (100, 10))) < 1


def test_at_an_unknown_size_only_the_same_place_is_known_to_be_alike():
    assert nearness(np.array([0.0, 1.0]), np.nan).tolist()[0] == 1
    assert np.isnan(cvat_points([(50, 50)], [(60, 50)], image=None))
    assert cvat_points([(50, 50)], [(50, 50)], image=None) == 1


@given(skeleton, skeleton)
def test_similarity_is_symmetric_and_between_0_and_1(left, right):
    found = cvat_oks(left, right)
    assert np.isnan(found) or 0 <= found <= 1
    assert cvat_oks(right, left) == pytest.approx(found, nan_ok=True, abs=0)


@given(skeleton)
def test_a_skeleton_is_fully_like_itself(said):
    found = cvat_oks(said, said)
    assert found == 1 or not any(visibility for *_, visibility in said)


@given(skeleton, skeleton, coordinates, st.sampled_from([0.5, 2.0, 8.0]))
def test_similarity_does_not_change_when_the_whole_image_moves_or_grows(left, right, by, times):
    def changed(said):
        return [(times * (x + by), times * (y - by), v) for x, y, v in said]

    found = cvat_oks(changed(left), changed(right), IMAGE * times**2)
    assert found == pytest.approx(cvat_oks(left, right), nan_ok=True, abs=1e-12)


def test_skeletons_survive_the_way_through_joints_with_their_order():
    said = [[(3, 1, 2), (0, 0, 0), (1, 9, 1)], [(5, 5, 2)]]
    drawn = np.array([shapely.MultiPoint(s) for s in said], dtype=object)
    assert shapely.to_wkt(skeletons_of(joints_of(drawn))).tolist() == shapely.to_wkt(drawn).tolist()


@given(points, points)
def test_points_are_paired_as_an_exhaustive_search_pairs_them(left, right):
    few, many = sorted((left, right), key=len)
    ways = []
    for places in itertools.permutations(range(len(many)), len(few)):
        off = np.array(few) - np.array(many)[list(places)]
        near = nearness(np.square(off).sum(axis=1), 900.0)
        kept = near[near >= 0.4] if len(many) > 1 else near
        ways.append((kept.sum(), kept.sum() / (len(left) + len(right) - len(kept))))
    most = max(total for total, _ in ways)
    found = points_oks(sets(left), sets(right), 900.0)[0]
    # Where several ways have the largest sum it is one of these.
    best = [mean for total, mean in ways if total > most - 1e-12]
    assert min(abs(found - mean) for mean in best) < 1e-12


@given(points, points, st.randoms())
def test_the_order_of_points_and_of_sets_does_not_matter(left, right, random):
    shuffled = random.sample(right, len(right))
    found = points_oks(sets(left, left), sets(right, shuffled), 900.0)
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert points_oks(sets(right), sets(left), 900.0)[0] == pytest.approx(found[0], abs=1e-12)


def test_a_contested_point_goes_where_the_sum_is_largest():
    # Both of the left are nearest to the right's first one.
    left, right = sets([(0, 0), (2, 0)]), sets([(1, 0), (4, 0)])
    near = nearness(np.array([1.0, 4.0]), 900.0)
    assert points_oks(left, right, 900.0)[0] == pytest.approx(near.sum() / 2)


def test_an_empty_set_of_points_is_like_nothing_that_can_be_said():
    assert np.isnan(points_oks(sets([]), sets([(1, 1)]), 900.0)[0])


@given(st.lists(skeleton, min_size=1, max_size=5), st.randoms())
def test_the_fused_skeleton_does_not_depend_on_who_comes_first(said, random):
    one = np.zeros(len(said), dtype=np.int64)
    fused = skeletons_of(fused_joints(joints(*said), one, 1))[0]
    shuffled = random.sample(said, len(said))
    assert skeletons_of(fused_joints(joints(*shuffled), one, 1))[0].wkt == fused.wkt


@given(skeleton, st.integers(1, 5))
def test_what_all_say_is_what_they_make_together(said, times):
    drawn = joints(*[said] * times)
    fused = fused_joints(drawn, np.zeros(times, dtype=np.int64), 1)
    labelled = drawn.visibility[0] > 0
    assert fused.visibility[0].tolist() == drawn.visibility[0].tolist()
    assert fused.xy[0][labelled].tolist() == drawn.xy[0][labelled].tolist()


@given(st.lists(skeleton, min_size=1, max_size=5))
def test_a_fused_joint_lies_within_those_that_made_it(said):
    fused = fused_joints(joints(*said), np.zeros(len(said), dtype=np.int64), 1)
    for place in np.flatnonzero(fused.visibility[0]).tolist():
        labelled = shapely.MultiPoint([s[place][:2] for s in said if s[place][2]])
        assert labelled.convex_hull.distance(shapely.Point(fused.xy[0, place])) < 1e-9


@pytest.mark.parametrize(
    ("visibilities", "expected"),
    [([2, 2, 1], 2), ([2, 1], 1), ([1, 0], 1), ([2, 0, 0], 0), ([0, 0], 0), ([2, 2, 0, 0], 2)],
)
def test_visibility_is_voted_and_what_fewer_than_half_labelled_is_not_labelled(
    visibilities, expected
):
    said = joints(*[[(0, 0, 2), (4, 4, v)] for v in visibilities])
    fused = fused_joints(said, np.zeros(len(visibilities), dtype=np.int64), 1)
    assert fused.visibility[0].tolist() == [2, expected]


def test_the_spread_of_a_joint_is_measured_where_two_labelled_it():
    drawn = joints([(0, 0, 2), (9, 9, 2)], [(6, 8, 2), (0, 0, 0)])
    one = np.zeros(2, dtype=np.int64)
    largest, mean = joint_spread(drawn, fused_joints(drawn, one, 1), one, 1)
    assert largest[0, 0] == mean[0, 0] == 5
    assert np.isnan(largest[0, 1])
    assert np.isnan(mean[0, 1])


def test_points_are_fused_with_those_that_they_are_paired_with():
    drawn = sets([(0, 0), (90, 0), (50, 50)], [(92, 0), (0, 2)], [(0, 4), (91, 0), (500, 500)])
    area = np.array([4000.0])
    fused = fused_points(drawn, np.zeros(3, dtype=np.int64), np.array([0]), area)
    assert fused[0].wkt == "MULTIPOINT ((0 2), (91 0))"
    whose, off = distances_to(drawn, fused.repeat(3), area.repeat(3))
    assert whose.tolist() == [0, 0, 1, 1, 2, 2]
    assert off.tolist() == [2, 1, 0, 1, 2, 0]


def test_single_points_are_fused_however_far_apart():
    drawn = sets([(0, 0)], [(30, 0)], [(40, 9)])
    fused = fused_points(drawn, np.zeros(3, dtype=np.int64), np.array([0]), np.array([np.nan]))
    assert fused[0].wkt == "MULTIPOINT ((30 0))"
