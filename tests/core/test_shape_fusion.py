"""Shapes of the same thing become one, and votes are counted, whatever the order of the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from groundkeeper.core.shapes.boxes.box_fusion import (
    edge_median,
    edge_spread,
    nearest_to_mean,
    weighted_boxes,
)
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn, Pairs
from groundkeeper.core.shapes.groups import ALONE, voted_groups
from groundkeeper.core.shapes.label_votes import label_votes
from groundkeeper.core.shapes.medoid import medoids
from groundkeeper.core.shapes.merge import mean_similarity, merge, within
from groundkeeper.core.shapes.presence import presence, presence_labels
from groundkeeper.core.shapes.stacks import stacks

PIXELS = st.integers(-1000, 1000).map(lambda eighths: eighths / 8)


@st.composite
def grouped_boxes(draw):
    """Return corners [n, 4] and the group of each; every group has a member."""
    n = draw(st.integers(1, 12))
    corners = draw(hnp.arrays(np.float64, (n, 4), elements=PIXELS))
    corners = np.column_stack(
        [
            np.minimum(corners[:, :2], corners[:, 2:]),
            np.maximum(corners[:, :2], corners[:, 2:]),
        ]
    )
    group = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    return corners, np.unique(group, return_inverse=True)[1]


FUSIONS = {
    "edge_median": edge_median,
    "weighted_boxes": lambda corners, group, n: weighted_boxes(
        corners, group, np.ones(len(group)), n
    ),
    "nearest_to_mean": lambda corners, group, n: corners[nearest_to_mean(corners, group, n)],
}


@pytest.mark.parametrize("fuse", FUSIONS.values(), ids=FUSIONS)
@given(drawn=grouped_boxes())
@settings(max_examples=60)
def test_no_edge_lies_outside_of_the_edges_of_the_members(fuse, drawn):
    corners, group = drawn
    fused = fuse(corners, group, group.max() + 1)
    for place, box in enumerate(fused):
        members = corners[group == place]
        assert (box >= members.min(axis=0)).all()
        assert (box <= members.max(axis=0)).all()
        assert (box[2:] >= box[:2]).all()


@pytest.mark.parametrize("fuse", FUSIONS.values(), ids=FUSIONS)
@given(drawn=grouped_boxes(), copies=st.integers(1, 5))
@settings(max_examples=40)
def test_what_all_drew_is_what_comes_out(fuse, drawn, copies):
    corners, _ = drawn
    group = np.tile(np.arange(len(corners)), copies)
    assert (fuse(np.tile(corners, (copies, 1)), group, len(corners)) == corners).all()


@pytest.mark.parametrize("fuse", FUSIONS.values(), ids=FUSIONS)
@given(drawn=grouped_boxes(), shift=st.integers(-64, 64), power=st.integers(-3, 3))
@settings(max_examples=40)
def test_moving_and_scaling_the_members_moves_and_scales_the_box(fuse, drawn, shift, power):
    corners, group = drawn
    moved = fuse((corners + shift) * 2.0**power, group, group.max() + 1)
    expected = (fuse(corners, group, group.max() + 1) + shift) * 2.0**power
    assert moved == pytest.approx(expected, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", ["edge_median", "weighted_boxes"])
@given(drawn=grouped_boxes(), random=st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_the_rows_does_not_matter(name, drawn, random):
    corners, group = drawn
    order = np.array(random.sample(range(len(group)), len(group)))
    n = group.max() + 1
    assert FUSIONS[name](corners[order], group[order], n) == pytest.approx(
        FUSIONS[name](corners, group, n), rel=1e-12
    )


def test_a_weight_counts_as_that_many_annotators():
    corners = np.array([[0.0, 0, 10, 10], [4, 2, 12, 12]])
    thrice = np.vstack([corners, corners[:1], corners[:1]])
    one = np.zeros(4, dtype=np.int64)
    weighed = weighted_boxes(corners, one[:2], np.array([3.0, 1.0]), 1)
    assert weighed == pytest.approx(weighted_boxes(thrice, one, np.ones(4), 1))


def test_boxes_without_any_weight_have_no_mean():
    nothing = weighted_boxes(np.ones((2, 4)), np.zeros(2, np.int64), np.zeros(2), 1)
    assert np.isnan(nothing).all()


def test_one_annotator_alone_has_no_spread():
    corners = np.array([[0.0, 0, 10, 10], [1, 0, 10, 13], [5, 5, 6, 6]])
    spread = edge_spread(corners, np.array([0, 0, 1]), 2)
    assert spread[0].tolist() == [1, 0, 0, 3]
    assert np.isnan(spread[1]).all()


def test_a_box_without_area_can_be_chosen_and_fused():
    point = np.array([[3.0, 3, 3, 3], [3, 3, 3, 3]])
    assert nearest_to_mean(point, np.zeros(2, np.int64), 1).tolist() == [0]
    assert edge_median(point, np.zeros(2, np.int64), 1).tolist() == [[3, 3, 3, 3]]


def test_of_members_that_are_equally_alike_the_first_is_the_medoid():
    pairs = Pairs(np.array([0]), np.array([1]), np.array([0.7]))
    assert medoids(np.array([0, 0, 1]), 3, pairs).tolist() == [0, 2, -1]


def test_a_pair_of_two_records_makes_no_member_more_alike_to_its_own():
    pairs = Pairs(np.array([0, 1, 1]), np.array([1, 2, 3]), np.array([0.5, 0.5, 0.9]))
    assert medoids(np.array([0, 0, 0, 1]), 2, pairs).tolist() == [1, 3]


@given(
    labels=st.lists(st.tuples(st.integers(0, 3), st.integers(NO_LABEL, 3)), min_size=1, max_size=20)
)
def test_a_label_wins_by_more_votes_than_any_other(labels):
    group, label = np.array(labels).T
    voted = label_votes(label, group, 4)
    for place in range(4):
        said = label[(group == place) & (label != NO_LABEL)]
        counts = {name: int((said == name).sum()) for name in set(said.tolist())}
        most = max(counts.values(), default=0)
        winners = [name for name, votes in counts.items() if votes == most]
        assert voted.votes[place] == most
        assert voted.named[place] == len(said)
        assert voted.tied[place] == (len(winners) > 1)
        assert voted.label[place] == (winners[0] if len(winners) == 1 else NO_LABEL)


def test_the_support_of_a_label_that_nobody_named_is_not_defined():
    assert np.isnan(label_votes(np.array([NO_LABEL]), np.array([0]), 1).support).all()


def test_who_drew_only_one_of_two_says_nothing_about_whether_they_belong_together():
    # The case cvat_cases test/merge_shapes: three people group a box with a point, two of them with another.
    record = np.array([0, 1, 2, 0, 1, 2, 0, 1])
    drawer = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    group = np.array([1, 1, 1, 2, 2, 2, 3, 3])
    assert voted_groups(record, drawer, group, 4).tolist() == [0, 0, 0, ALONE]


def test_a_group_needs_more_than_half_of_those_who_drew_both():
    record, drawer = np.tile([0, 1], 4), np.repeat(np.arange(4), 2)
    of_half = np.array([1, 1, 1, 1, ALONE, ALONE, 1, 2])
    assert voted_groups(record, drawer, of_half, 2).tolist() == [ALONE, ALONE]


def test_the_numbers_of_groups_are_the_drawers_own():
    record, drawer = np.tile([0, 1, 2, 3], 2), np.repeat([0, 1], 4)
    group = np.array([1, 1, 2, 2, 7, 7, 1, 1])
    assert voted_groups(record, drawer, group, 4).tolist() == [0, 0, 1, 1]


def test_groups_that_share_a_member_are_one():
    record, drawer = np.tile(np.arange(4), 3), np.repeat(np.arange(3), 4)
    group = np.array([1, 1, 1, ALONE] * 2 + [ALONE, ALONE, 5, 5])
    assert voted_groups(record, drawer, group, 4).tolist() == [0, 0, 0, ALONE]


@given(group=st.lists(st.integers(0, 5), max_size=20))
def test_stacks_hold_every_member_once(group):
    groups = np.array(group, dtype=np.int64)
    seen = [
        (g, m)
        for of, members in stacks(groups, 6)
        for g, row in zip(of.tolist(), members.tolist(), strict=True)
        for m in row
    ]
    assert sorted(seen, key=lambda pair: pair[1]) == list(
        zip(group, range(len(group)), strict=True)
    )


def drawn_by(*rows, empty=()):
    item, annotator, label = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    empty_item, empty_annotator = np.array(empty, dtype=np.int64).reshape(-1, 2).T
    return Drawn(item, annotator, label, empty_item, empty_annotator)


def test_support_counts_those_who_looked_and_found_nothing():
    drawn = drawn_by((0, 0, 1), (0, 1, 1), (1, 1, NO_LABEL), empty=[(0, 2), (2, 0)])
    merged = merge(drawn, Clusters(np.array([0, 0, 1]), np.array([True, False])))
    assert merged.support.tolist() == [2 / 3, 1.0]
    assert merged.said.label.tolist() == [1, NO_LABEL]
    assert merged.exact.tolist() == [True, False]


def test_a_pair_that_is_not_alike_counts_as_nothing_in_common():
    record = np.array([0, 0, 0, 1])
    pairs = Pairs(np.array([0, 1]), np.array([1, 3]), np.array([0.9, 0.8]))
    found = mean_similarity(pairs, record, 2)
    assert found[0] == pytest.approx(0.3)
    assert np.isnan(found[1])
    assert [row.tolist() for row in within(record, 2)] == [[0, 0, 1], [1, 2, 2]]


def test_everybody_who_looked_is_asked_of_every_record():
    drawn = drawn_by((0, 3, 1), (0, 5, 1), (1, 5, 1), empty=[(1, 9)])
    labels = presence_labels(drawn, Clusters(np.array([0, 0, 1]), np.ones(2, np.bool_)))
    assert np.diff(labels.starts).tolist() == [2, 2]
    assert labels.classes[labels.label].tolist() == [1, 1, 1, 0]


def test_who_marks_what_nobody_else_sees_is_believed_less():
    random = np.random.default_rng(5)
    rows, record = [], 0
    records, clusters = [], []
    for item in range(200):
        there = [0, 1]
        for thing in [*there, 2]:
            marks = [
                who
                for who in range(5)
                if (thing in there and random.random() < 0.9)
                or (thing == 2 and who == 4 and random.random() < 0.8)
            ]
            rows += [(item, who, 0) for who in marks]
            clusters += [record] * len(marks)
            records += [thing in there] if marks else []
            record += bool(marks)
    drawn = drawn_by(*rows)
    found = Clusters(np.array(clusters), np.ones(record, np.bool_))
    believed = presence(drawn, found, "dawid_skene")
    there = np.array(records)
    assert ((believed >= 0.5) == there).mean() > 0.99
    assert believed[~there].max() < merge(drawn, found).support[~there].max()
