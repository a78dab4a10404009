"""What CVAT and Datumaro make of small cases comes out under their rules, and where they are wrong, what is right.

The cases were made by executing these peers (MIT), or are copied from their tests; the name of each is its origin.
"""

import numpy as np
import pytest
import shapely

from groundkeeper.core.scoring.objects.boxes import box_near
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near, Side
from groundkeeper.core.shapes.areas.regions import Regions, region_ious
from groundkeeper.core.shapes.boxes.box_fusion import nearest_to_mean
from groundkeeper.core.shapes.boxes.boxes import (
    Boxes,
    box_ious,
    clusters_of_boxes,
)
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.clustering.rules import Rule
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn, Pairs
from groundkeeper.core.shapes.label_votes import label_votes
from groundkeeper.core.shapes.masks.mask_pairs import mask_ious
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.masks import Masks
from groundkeeper.core.shapes.merge import merge, within
from groundkeeper.core.shapes.points.peer_similarities import (
    datumaro_line_similarity,
    datumaro_point_similarity,
)


def drawn_of(replicas):
    """Return who drew what, and the labels, of replicas of one image: lists of (corners, label)."""
    labels = sorted({label for shapes in replicas for _, label in shapes})
    who = [place for place, shapes in enumerate(replicas) for _ in shapes]
    said = [labels.index(label) for shapes in replicas for _, label in shapes]
    empty = [place for place, shapes in enumerate(replicas) if not shapes]
    corners = np.array([box for shapes in replicas for box, _ in shapes], dtype=np.float64)
    drawn = Drawn(
        np.zeros(len(who), dtype=np.int64),
        np.array(who, dtype=np.int64),
        np.array(said, dtype=np.int64),
        np.zeros(len(empty), dtype=np.int64),
        np.array(empty, dtype=np.int64),
    )
    return drawn, Boxes(corners.reshape(-1, 4)), labels


def merged_boxes(replicas, at_least, rule):
    """Return (box, label, support, mean IoU of the chosen box to all members) of every record."""
    drawn, boxes, labels = drawn_of(replicas)
    clusters = clusters_of_boxes(drawn, boxes, at_least, rule)
    chosen = nearest_to_mean(boxes.corners, clusters.record, len(clusters))
    left, right = within(clusters.record, len(clusters))
    merged = merge(drawn, clusters)
    alike = np.ones(len(clusters))
    for pair, iou in zip(zip(left, right, strict=True), box_ious(boxes, left, right), strict=True):
        record = clusters.record[pair[0]]
        if chosen[record] in pair:
            alike[record] += iou
    return [
        (
            boxes.corners[chosen[place]].tolist(),
            labels[merged.said.label[place]],
            merged.support[place],
            alike[place] / merged.votes[place],
        )
        for place in range(len(clusters))
    ]


CVAT = {
    "test_merged_annotations_have_scores": (
        [[([0, 0, 2, 2], "L"), ([4, 0, 6, 2], "L")], [([0, 0, 2, 2], "L")]],
        [([0, 0, 2, 2], "L", 1.0), ([4, 0, 6, 2], "L", 0.5)],
    ),
    "full_agreement_3": (
        [[([0, 0, 20, 20], "cat")]] * 3,
        [([0, 0, 20, 20], "cat", 1.0)],
    ),
    "one_of_three": (
        [[([0, 0, 20, 20], "cat")], [([100, 0, 120, 20], "cat")], [([0, 0, 20, 20], "cat")]],
        [([0, 0, 20, 20], "cat", 0.67), ([100, 0, 120, 20], "cat", 0.33)],
    ),
    "shape_nearest_to_mean": (
        [[([0, 0, 20, 20], "cat")], [([2, 0, 22, 20], "cat")], [([6, 0, 26, 20], "cat")]],
        [([2, 0, 22, 20], "cat", 1.0)],
    ),
    "below_threshold": (
        [[([0, 0, 20, 20], "cat")], [([15, 0, 35, 20], "cat")]],
        [([0, 0, 20, 20], "cat", 0.5), ([15, 0, 35, 20], "cat", 0.5)],
    ),
    "empty_replica": (
        [[([0, 0, 20, 20], "cat")], [], [([0, 0, 20, 20], "cat")]],
        [([0, 0, 20, 20], "cat", 0.67)],
    ),
}


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize(("replicas", "expected"), CVAT.values(), ids=CVAT)
def test_what_cvat_makes_of_replicas(replicas, expected, rule):
    found = merged_boxes(replicas, 0.4, rule)
    assert [(box, label, round(support, 2)) for box, label, support, _ in found] == expected


DATUMARO = {
    "bbox_3_agree": ([[([0, 0, 20, 20], "a")]] * 3, [([0, 0, 20, 20], 1.0)]),
    "bbox_jitter": (
        [[([left, 0, left + 20, 20], "a")] for left in (0, 2, 4)],
        [([2, 0, 22, 20], 0.8787878787878789)],
    ),
}


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize(("replicas", "expected"), DATUMARO.values(), ids=DATUMARO)
def test_what_datumaro_makes_of_sources(replicas, expected, rule):
    found = merged_boxes(replicas, 0.5, rule)
    assert [(box, support * alike) for box, _, support, alike in found] == [
        (box, pytest.approx(score, abs=1e-15)) for box, score in expected
    ]


GREEDY_ORDER = [
    [([0, 0, 10, 10], "a"), ([4, 0, 14, 10], "a")],
    [([2, 0, 12, 10], "a"), ([-4, 0, 6, 10], "a")],
]


def test_whoever_comes_first_takes_what_fits_datumaro_only():
    found = merged_boxes(GREEDY_ORDER, 0.4, Rule.DATUMARO)
    assert [(box, pytest.approx(support * alike)) for box, _, support, alike in found] == [
        ([0, 0, 10, 10], 0.8333333333333333),
        ([4, 0, 14, 10], 0.5),
        ([-4, 0, 6, 10], 0.5),
    ]


@pytest.mark.parametrize("rule", [Rule.NATIVE, Rule.CVAT])
def test_all_four_boxes_find_a_partner_where_greed_leaves_two_alone(rule):
    assert [support for _, _, support, _ in merged_boxes(GREEDY_ORDER, 0.4, rule)] == [1.0, 1.0]


def test_labels_of_whole_items_are_counted_by_the_sources_that_name_them():
    # Datumaro's test_can_match_items: item 2 is "a" for the first and the third source, "b" for the second.
    tags = Drawn(np.zeros(3, np.int64), np.array([0, 2, 1]), np.array([0, 0, 1]))
    merged = merge(tags, Clusters(np.array([0, 0, 1]), np.ones(2, np.bool_)))
    assert merged.support.tolist() == pytest.approx([0.6666666666666666, 0.3333333333333333])


def test_a_label_below_the_quorum_is_left_out_where_datumaro_fails():
    # label_quorum_bug: TypeError in the peer.
    tags = Drawn(np.zeros(3, np.int64), np.array([0, 1, 2]), np.array([0, 0, 1]))
    merged = merge(tags, Clusters(np.array([0, 0, 1]), np.ones(2, np.bool_)))
    assert (merged.votes >= 2).tolist() == [True, False]


def test_an_attribute_is_voted_and_not_overwritten():
    # attr_vote: the peer keeps red, though blue has two of three votes.
    red, blue = 0, 1
    voted = label_votes(np.array([red, blue, blue]), np.zeros(3, np.int64), 1)
    assert voted.label.tolist() == [blue]


def test_an_attribute_needs_the_quorum():
    # Datumaro's test_attributes with quorum 3: one, two and three sources state the attribute.
    attribute = np.array([0, 1, 1, 2, 2, 2])
    voted = label_votes(np.zeros(6, np.int64), attribute, 3)
    assert (voted.votes >= 3).tolist() == [False, False, True]


def two_sets(left, right, at_least):
    labelled = (
        [(box, f"{label}") for box, label in left],
        [(box, f"{label}") for box, label in right],
    )
    drawn, boxes, _ = drawn_of(labelled)
    of = [np.flatnonzero(drawn.annotator == place) for place in (0, 1)]
    corners = [boxes.corners[places] for places in of]
    sides = [Side.of(np.zeros(len(places), np.int64), drawn.label[places]) for places in of]
    near = box_near(sides[0].unit, corners[0], sides[1].unit, corners[1])
    return compare(*sides, near, Settings(match_iou=at_least))


def square(x, y):
    return [x, y, x + 4, y + 4]


def test_what_fits_is_matched_before_labels_are_looked_at():
    # test_can_match_shape_first_and_label_later
    found = two_sets(
        [(square(0, 0), 0), (square(1, 1), 1)], [(square(1, 1), 0), (square(0, 0), 1)], 0.5
    )
    assert (found.truth.tolist(), found.said.tolist()) == ([0, 1], [1, 0])
    assert not found.same_label.any()


def test_what_is_left_over_is_told_for_both_sets():
    # test_can_match
    ours = [(square(0, 0), 0), (square(1, 1), 1), (square(5, 5), 0), (square(6, 6), 1)]
    theirs = [(square(1, 1), 0), (square(0, 0), 1), (square(5, 5), 0), (square(6, 6), 1)]
    found = two_sets([*ours, (square(6, 0), 1)], [*theirs, (square(0, 6), 1)], 0.5)
    pairs = list(zip(found.truth.tolist(), found.said.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 0), (2, 2), (3, 3)]
    assert found.same_label.tolist() == [False, False, True, True]
    assert (found.missing.tolist(), found.extra.tolist()) == ([4], [4])


def test_shapes_that_say_nothing_have_no_label_in_common_or_apart():
    unit = np.zeros(1, np.int64)
    side = Side.of(unit, np.full(1, NO_LABEL))
    found = compare(side, side, Near(unit, unit, np.array([0.9]), unit > 0), Settings())
    assert found.same_label.tolist() == [True]


def one_each(geometries):
    """Return who drew what: one shape by each of several annotators."""
    count = len(geometries)
    drawn = Drawn(np.zeros(count, np.int64), np.arange(count), np.zeros(count, np.int64))
    return drawn, *np.triu_indices(count, k=1), np.array(geometries, dtype=object)


def chosen_of(drawn, pairs, geometries, at_least, rule):
    """Return the clusters, and of each the place of the shape nearest to the mean of the bounding boxes."""
    clusters = cluster_pairs(drawn, pairs, at_least, rule)
    bounds = shapely.bounds(geometries)
    return clusters, nearest_to_mean(bounds, clusters.record, len(clusters)).tolist()


def polygon(*numbers):
    return shapely.Polygon(np.reshape(numbers, (-1, 2)))


def line(*numbers):
    return shapely.LineString(np.reshape(numbers, (-1, 2)))


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize(
    ("shapes", "at_least", "chosen"),
    [
        # consensus/polygon_3
        (
            [
                polygon(10, 10, 30, 10, 30, 30, 10, 30),
                polygon(10, 10, 30, 10, 30, 32, 10, 32),
                polygon(12, 10, 30, 10, 30, 30, 12, 30),
            ],
            0.4,
            0,
        ),
        # test/merge_shapes
        ([polygon(1, 0, 3, 2, 1, 2), polygon(0, 2, 2, 0, 2, 1), polygon(3, 1, 2, 2, 0, 1)], 0.1, 0),
    ],
)
def test_polygons_of_one_thing_are_one_record_for_all(shapes, at_least, chosen, rule):
    drawn, left, right, geometries = one_each(shapes)
    pairs = Pairs(left, right, region_ious(Regions.of(geometries), left, right))
    clusters, found = chosen_of(drawn, pairs, geometries, at_least, rule)
    assert (len(clusters), found) == (1, [chosen])


@pytest.mark.parametrize("rule", list(Rule))
def test_masks_of_one_thing_are_one_record_and_the_highest_layer_is_kept(rule):
    # test/merge_shapes: the layers are 2, none and 3, and Datumaro takes the highest.
    pictures = np.array(
        [
            [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]],
            [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1]],
            [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0]],
        ],
        dtype=np.bool_,
    )
    masks = Masks.of_dense(pictures)
    drawn, left, right, geometries = one_each(polygons_of(masks))
    pairs = Pairs(left, right, mask_ious(masks, left, right))
    assert pairs.similarity == pytest.approx(
        region_ious(Regions.of(geometries), left, right), abs=1e-15
    )
    clusters, chosen = chosen_of(drawn, pairs, geometries, 0.1, rule)
    assert (len(clusters), chosen) == (1, [1])


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        # test/merge_shapes, test/merge_lines
        ([line(1, 1, 2, 1, 3, 1), line(1, 1.5, 2, 1.5), line(1, 1.25, 3, 1, 4, 2)], 2),
        ([line(1, 1, 2, 1, 3, 5, 5, 5, 8, 3), line(1, 1, 8, 3)], 0),
    ],
)
def test_lines_that_are_near_for_datumaro_are_one_record(lines, chosen, rule):
    drawn, left, right, geometries = one_each(lines)
    similarity = datumaro_line_similarity(geometries[left], geometries[right])
    clusters, found = chosen_of(drawn, Pairs(left, right, similarity), geometries, 0.1, rule)
    assert (len(clusters), found) == (1, [chosen])


@pytest.mark.parametrize("rule", list(Rule))
def test_boxes_and_points_of_a_group_are_put_together_as_datumaro_does(rule):
    # test/merge_shapes: points are compared in the boxes of their groups.
    boxes = [[4, 5, 6, 9], [4, 4, 6, 9], [3, 6, 5, 9]]
    found = merged_boxes([[(box, "c")] for box in boxes], 0.1, rule)
    assert [box for box, *_ in found] == [[4, 5, 6, 9]]
    drawn, left, right, points = one_each(
        [shapely.MultiPoint([at]) for at in ((5, 6), (5.5, 6.5), (4.5, 5.5))]
    )
    of_groups = np.array([[4, 5, 6, 9], [4, 4, 6, 9], [3, 5.5, 5, 9]])
    similarity = datumaro_point_similarity(
        points[left], points[right], of_groups[left], of_groups[right]
    )
    clusters, chosen = chosen_of(drawn, Pairs(left, right, similarity), points, 0.1, rule)
    # The second and the third are alike by 0.05 only: by our rule a chain, and cut; the peers look along the matches.
    assert (len(clusters), chosen) == ((2, [0, 2]) if rule is Rule.NATIVE else (1, [0]))
