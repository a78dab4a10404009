"""Clusters of shapes keep their laws, whoever drew first and whichever way they are computed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.shapes.boxes import boxes as box_module
from groundkeeper.core.shapes.boxes.boxes import (
    Boxes,
    box_ious,
    clusters_of_boxes,
    overlapping_boxes,
)
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.clustering.rules import Rule
from groundkeeper.core.shapes.drawn import NO_LABEL, Drawn, Pairs
from groundkeeper.errors import TableError

few = settings(max_examples=40)
edges = st.integers(0, 12)
rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-1, 2), edges, edges, edges, edges),
    min_size=1,
    max_size=14,
)


def columns(rows):
    """Return who drew which boxes, sorted by item only."""
    table = np.array(sorted(rows, key=lambda row: row[0]), dtype=np.int64)
    boxes = np.concatenate([table[:, 3:5], table[:, 3:5] + table[:, 5:7]], axis=1)
    # Contiguous, as what is read from files: each layout of an array is compiled anew.
    return Drawn(*np.ascontiguousarray(table[:, :3].T)), boxes.astype(np.float64)


def in_order(drawn, corners):
    """Return the columns sorted by all that the boxes themselves say."""
    order = np.lexsort((*corners.T, drawn.label, drawn.annotator, drawn.item))
    return Drawn(drawn.item[order], drawn.annotator[order], drawn.label[order]), corners[order]


def members(drawn, corners, record):
    """Return records as sets of what was drawn by whom."""
    told = np.column_stack([drawn.item, drawn.annotator, drawn.label, corners])
    return sorted(
        sorted(map(tuple, told[record == number].tolist())) for number in range(record.max() + 1)
    )


@few
@given(rows=rows, at_least=st.sampled_from([0.1, 0.3, 0.5, 1.0]), rule=st.sampled_from(list(Rule)))
def test_one_annotator_is_never_twice_in_a_record_and_a_record_is_of_one_item(rows, at_least, rule):
    drawn, corners = columns(rows)
    record = clusters_of_boxes(drawn, Boxes(corners), at_least, rule).record
    told = np.column_stack([record, drawn.annotator])
    assert len(np.unique(told, axis=0)) == len(drawn)
    assert len(np.unique(np.column_stack([record, drawn.item]), axis=0)) == record.max() + 1


@few
@given(rows=rows, at_least=st.sampled_from([0.1, 0.3, 0.5, 1.0]))
def test_no_box_would_be_better_alone_and_no_two_records_better_as_one(rows, at_least):
    drawn, corners = columns(rows)
    left, right = np.indices((len(drawn), len(drawn))).reshape(2, -1)
    alike = box_ious(Boxes(corners), left, right)
    alike[drawn.item[left] != drawn.item[right]] = 0.0
    worth = np.where(alike >= at_least, alike, alike / at_least - 1.0).reshape(len(drawn), -1)
    np.fill_diagonal(worth, 0.0)
    record = clusters_of_boxes(drawn, Boxes(corners), at_least).record
    member = record == np.arange(record.max() + 1)[:, None]
    assert ((worth * (record[:, None] == record)).sum(axis=1) > -1e-6).all()
    apart = ~(member @ (drawn.annotator[:, None] == drawn.annotator) @ member.T)
    assert (member @ worth @ member.T)[apart].max(initial=0.0) < 1e-6


@few
@given(rows=rows, at_least=st.sampled_from([0.1, 0.3, 0.5, 1.0]))
def test_two_in_a_record_of_two_are_as_alike_as_asked(rows, at_least):
    drawn, corners = columns(rows)
    record = clusters_of_boxes(drawn, Boxes(corners), at_least).record
    left, right = np.triu_indices(len(drawn), 1)
    pair = (record[left] == record[right]) & (np.bincount(record)[record[left]] == 2)
    assert (box_ious(Boxes(corners), left[pair], right[pair]) >= at_least).all()


@few
@given(rows=rows, seed=st.integers(0, 99))
def test_whoever_comes_first_the_records_are_the_same(rows, seed):
    drawn, corners = columns(rows)
    order = np.random.default_rng(seed).permutation(len(drawn))
    order = order[np.argsort(drawn.item[order], kind="stable")]
    other = Drawn(drawn.item[order], drawn.annotator[order], drawn.label[order])
    one = in_order(drawn, corners)
    two = in_order(other, corners[order])
    found = [clusters_of_boxes(d, Boxes(c), 0.3).record for d, c in (one, two)]
    assert members(*one, found[0]) == members(*two, found[1])


@pytest.mark.parametrize("seed", range(10))
def test_without_ties_the_order_of_rows_does_not_matter_at_all(seed):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 12, (12, 2))
    corners = np.hstack([start, start + rng.uniform(4, 10, (12, 2))])
    drawn = Drawn(np.zeros(12, np.int64), rng.integers(0, 4, 12), rng.integers(0, 2, 12))
    first = members(drawn, corners, clusters_of_boxes(drawn, Boxes(corners), 0.2).record)
    for _ in range(5):
        order = rng.permutation(12)
        other = Drawn(drawn.item, drawn.annotator[order], drawn.label[order])
        record = clusters_of_boxes(other, Boxes(corners[order]), 0.2).record
        assert members(other, corners[order], record) == first


@few
@given(
    rows=rows,
    along=st.tuples(st.integers(-50, 50), st.integers(-50, 50)),
    scale=st.sampled_from([0.25, 0.5, 2.0, 1024.0]),
)
def test_moved_and_scaled_boxes_make_the_same_records(rows, along, scale):
    drawn, corners = columns(rows)
    moved = (corners + np.tile(along, 2)) * scale
    one, other = (clusters_of_boxes(drawn, Boxes(c), 0.3) for c in (corners, moved))
    assert np.array_equal(one.record, other.record)


@few
@given(rows=rows)
def test_names_of_annotators_do_not_matter_to_what_is_said_of_a_record(rows):
    drawn, corners = columns(rows)
    renamed = Drawn(drawn.item, 7 * drawn.annotator + 3, drawn.label)
    one, other = (clusters_of_boxes(d, Boxes(corners), 0.3) for d in (drawn, renamed))
    assert np.array_equal(one.record, other.record)


@pytest.mark.parametrize("rule", Rule)
def test_where_all_annotators_draw_the_same_the_records_are_what_they_drew(rule):
    base = np.array([[0, 0, 9, 9], [4, 4, 13, 13], [30, 0, 40, 9]], dtype=np.float64)
    corners = np.tile(base, (5, 1))
    by = np.repeat(np.arange(5), 3)
    drawn = Drawn(np.zeros(15, np.int64), by, np.tile([0, 1, NO_LABEL], 5))
    found = clusters_of_boxes(drawn, Boxes(corners), 0.1, rule)
    assert found.record.tolist() == [0, 1, 2] * 5


def test_a_chain_of_small_steps_is_cut_where_its_ends_are_not_alike():
    corners = np.array([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], dtype=np.float64)
    drawn = Drawn(np.zeros(3, np.int64), np.arange(3), np.zeros(3, np.int64))
    pairs = overlapping_boxes(drawn, Boxes(corners)).at_least(0.4)
    assert pairs.left.tolist() == [0, 1]
    assert clusters_of_boxes(drawn, Boxes(corners), 0.4).record.tolist() == [0, 0, 1]
    # With less asked of them, all three are alike.
    assert clusters_of_boxes(drawn, Boxes(corners), 0.1).record.tolist() == [0, 0, 0]


def test_a_chain_is_one_record_where_its_ends_are_nearly_alike():
    corners = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [4, 0, 14, 10]], dtype=np.float64)
    drawn = Drawn(np.zeros(3, np.int64), np.arange(3), np.zeros(3, np.int64))
    # IoU of neighbours 2/3, of the ends 3/7: 4/3 - 4/7 is more than 2/3.
    pairs = overlapping_boxes(drawn, Boxes(corners)).at_least(0.5)
    assert pairs.left.tolist() == [0, 1]
    assert clusters_of_boxes(drawn, Boxes(corners), 0.5).record.tolist() == [0, 0, 0]


@pytest.mark.parametrize("noise", [0.05, 0.1])
def test_ten_careless_annotators_of_one_object_make_one_record(noise):
    rng = np.random.default_rng(0)
    objects, annotators = 60, 10
    start = rng.uniform(0, 900, (objects, 2))
    true = np.hstack([start, start + rng.uniform(40, 150, (objects, 2))])
    item = np.repeat(np.arange(objects), annotators)
    sides = np.tile(true[:, 2:] - true[:, :2], 2)[item]
    corners = true[item] + rng.normal(0, noise, (len(item), 4)) * sides
    drawn = Drawn(item, np.tile(np.arange(annotators), objects), np.zeros(len(item), np.int64))
    found = clusters_of_boxes(drawn, Boxes(corners), 0.5)
    seen = np.bincount(found.record) > annotators / 2
    # Every object has one record of most annotators, and few boxes are left over.
    assert np.array_equal(np.unique(item[seen[found.record]]), np.arange(objects))
    assert seen.sum() == objects
    assert len(item) - seen[found.record].sum() <= 0.05 * len(item)
    assert found.exact.all()


def test_a_split_of_labels_is_a_vote_and_no_second_record():
    corners = np.tile([0.0, 0.0, 9.0, 9.0], (3, 1))
    drawn = Drawn(np.zeros(3, np.int64), np.arange(3), np.array([0, 1, 1]))
    assert clusters_of_boxes(drawn, Boxes(corners), 0.5).record.tolist() == [0, 0, 0]


def test_labels_settle_who_goes_with_whom_only_among_equals():
    corners = np.tile([0.0, 0.0, 9.0, 9.0], (4, 1))
    drawn = Drawn(np.zeros(4, np.int64), np.array([0, 0, 1, 1]), np.array([5, 6, 6, 5]))
    assert clusters_of_boxes(drawn, Boxes(corners), 0.5).record.tolist() == [0, 1, 1, 0]
    corners[2] = [0.0, 0.0, 9.0, 8.9]
    corners[0] = [0.0, 0.0, 9.0, 8.9]
    assert clusters_of_boxes(drawn, Boxes(corners), 0.5).record.tolist() == [0, 1, 0, 1]


def test_without_a_label_two_shapes_do_not_agree_on_one():
    corners = np.tile([0.0, 0.0, 9.0, 9.0], (3, 1))
    drawn = Drawn(np.zeros(3, np.int64), np.array([0, 0, 1]), np.array([NO_LABEL] * 3))
    assert clusters_of_boxes(drawn, Boxes(corners), 0.5).record.tolist() == [0, 1, 0]


@few
@given(
    rows=rows,
    at_least=st.sampled_from([0.1, 0.3, 0.5, 1.0]),
    at_once=st.sampled_from([1, 5, 1 << 19]),
)
def test_many_boxes_make_the_same_records_as_few(rows, at_least, at_once):
    drawn, corners = columns(rows)
    few_boxes = clusters_of_boxes(drawn, Boxes(corners), at_least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box_module, "MANY", 1)
        patch.setattr(box_module, "SOME", 1)
        patch.setattr(box_module, "AT_ONCE", at_once)
        many = clusters_of_boxes(drawn, Boxes(corners), at_least)
    assert np.array_equal(few_boxes.record, many.record)
    assert np.array_equal(few_boxes.exact, many.exact)


@pytest.mark.parametrize("seed", range(4))
def test_crowded_images_make_the_same_records_both_ways(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    n = 400
    start = rng.integers(0, 60, (n, 2)).astype(np.float64)
    corners = np.hstack([start, start + rng.integers(0, 12, (n, 2))])
    drawn = Drawn(np.sort(rng.integers(0, 3, n)), rng.integers(0, 4, n), rng.integers(0, 2, n))
    numpy_only = clusters_of_boxes(drawn, Boxes(corners), 0.4)
    monkeypatch.setattr(box_module, "MANY", 1)
    monkeypatch.setattr(box_module, "SOME", 1)
    kernel = clusters_of_boxes(drawn, Boxes(corners), 0.4)
    assert np.array_equal(numpy_only.record, kernel.record)
    assert np.array_equal(numpy_only.exact, kernel.exact)


def greedy_order():
    """Return two annotators' boxes whose best match is not the first; Datumaro's reference case greedy_order."""
    left = np.array([0, 4, 2, -4], dtype=np.float64)
    corners = np.column_stack([left, np.zeros(4), left + 10, np.full(4, 10.0)])
    return Drawn(np.zeros(4, np.int64), np.array([0, 0, 1, 1]), np.zeros(4, np.int64)), Boxes(
        corners
    )


def test_datumaro_takes_the_first_comer_where_the_best_assignment_keeps_two_pairs():
    drawn, boxes = greedy_order()
    first = clusters_of_boxes(drawn, boxes, 0.4, Rule.DATUMARO)
    assert first.record.tolist() == [0, 1, 0, 2]
    # Both boxes find another: 0 goes with -4 (IoU 0.43) and 4 with 2 (0.67), 1.10 in sum and not 0.67.
    best = clusters_of_boxes(drawn, boxes, 0.4)
    assert best.record.tolist() == [0, 1, 1, 0]
    assert clusters_of_boxes(drawn, boxes, 0.4, Rule.CVAT).record.tolist() == [0, 1, 1, 0]


def test_peers_do_not_put_shapes_of_two_labels_together_and_datumaro_loses_what_it_took():
    corners = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10]], dtype=np.float64)
    drawn = Drawn(np.zeros(3, np.int64), np.array([0, 0, 1]), np.array([1, 0, 0]))
    found = {
        rule: clusters_of_boxes(drawn, Boxes(corners), 0.5, rule).record.tolist() for rule in Rule
    }
    # Datumaro gives the third box to the first, which has another label, and so to nobody.
    assert found == {"native": [0, 1, 0], "cvat": [0, 1, 1], "datumaro": [0, 1, 2]}


def test_pairs_of_one_annotator_or_of_two_items_are_refused():
    drawn = Drawn(np.array([0, 0, 1]), np.array([0, 0, 1]), np.zeros(3, np.int64))
    one = np.ones(1)
    with pytest.raises(TableError, match="shapes 0 and 1, of one annotator"):
        cluster_pairs(drawn, Pairs(np.array([0]), np.array([1]), one), 0.5)
    with pytest.raises(TableError, match="shapes 1 and 2, of two items"):
        cluster_pairs(drawn, Pairs(np.array([1]), np.array([2]), one), 0.5)


def test_nothing_drawn_makes_no_clusters():
    none = np.zeros(0, np.int64)
    found = clusters_of_boxes(Drawn(none, none, none), Boxes(np.zeros((0, 4))), 0.5)
    assert len(found) == 0
    assert found.record.tolist() == []
