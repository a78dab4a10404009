import itertools

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import evidence, few

from groundkeeper.core.consensus.cluster import cluster, overlaps, same_item
from groundkeeper.core.consensus.statements import in_order


def marks_of(rows):
    columns = ["annotation_id", "item_id", "annotator", "round"]
    return pd.DataFrame(rows, columns=columns).assign(order=range(len(rows)))


def parts_of(rows):
    return pd.DataFrame(rows, columns=["annotation_id", "frame", "geometry"])


def test_iou_is_taken_over_all_frames_and_not_as_a_mean_of_frames():
    marks = marks_of([("a", "i", "r1", "1"), ("b", "i", "r2", "1")])
    drawn = parts_of(
        [
            ("a", 0, shapely.box(0, 0, 1, 1)),
            ("b", 0, shapely.box(0, 0, 1, 1)),
            ("a", 1, shapely.box(0, 0, 10, 10)),
        ]
    )
    pairs = overlaps(drawn, marks)
    assert pairs["iou"].tolist() == [pytest.approx(1 / 101)]


def test_shapes_of_other_items_frames_and_the_same_reader_are_not_compared():
    marks = marks_of(
        [("a", "i", "r1", "1"), ("b", "i", "r1", "1"), ("c", "j", "r2", "1"), ("d", "i", "r3", "1")]
    )
    box = shapely.box(0, 0, 1, 1)
    drawn = parts_of([("a", 0, box), ("b", 0, box), ("c", 0, box), ("d", 1, box)])
    assert overlaps(drawn, marks).empty


def test_touching_shapes_share_no_area_and_make_no_pair():
    marks = marks_of([("a", "i", "r1", "1"), ("b", "i", "r2", "1")])
    drawn = parts_of([("a", 0, shapely.box(0, 0, 1, 1)), ("b", 0, shapely.box(1, 0, 2, 1))])
    assert overlaps(drawn, marks).empty


@few
@given(evidence)
def test_overlaps_agree_with_pair_by_pair_geometry(found):
    marks = in_order(found)
    pairs = overlaps(found.parts, marks).set_index(["left", "right"])["iou"]
    shapes = {
        annotation: dict(zip(rows["frame"], rows["geometry"], strict=True))
        for annotation, rows in found.parts.groupby("annotation_id")
    }
    who = marks.set_index("annotation_id")
    expected = {}
    for left, right in itertools.combinations(sorted(shapes), 2):
        one, other = who.loc[left], who.loc[right]
        same_voter = (one["annotator"], one["round"]) == (other["annotator"], other["round"])
        if one["item_id"] != other["item_id"] or same_voter:
            continue
        common = set(shapes[left]) & set(shapes[right])
        inside = sum(shapes[left][f].intersection(shapes[right][f]).area for f in common)
        total = sum(s.area for s in (*shapes[left].values(), *shapes[right].values()))
        if inside:
            expected[left, right] = inside / (total - inside)
    assert pairs.to_dict() == pytest.approx(expected)


@few
@given(evidence, st.sampled_from([0.05, 0.3, 0.9]))
def test_a_cluster_never_holds_two_annotations_of_one_reader_in_one_round(found, at_least):
    marks = in_order(found)
    anchors = cluster(marks, overlaps(found.parts, marks), at_least)
    members = marks.assign(anchor=marks["annotation_id"].map(anchors))
    assert not members.duplicated(["anchor", "annotator", "round"]).any()


@few
@given(evidence)
def test_the_anchor_is_the_earliest_of_its_cluster(found):
    marks = in_order(found)
    anchors = cluster(marks, overlaps(found.parts, marks), 0.2)
    order = marks.set_index("annotation_id")["order"]
    earliest = order.groupby(anchors).idxmin()
    assert (earliest.index == earliest.to_numpy()).all()


@few
@given(evidence, st.sampled_from([0.05, 0.2, 0.5]))
def test_no_two_clusters_of_one_item_without_a_common_reader_and_round_are_better_as_one(
    found, at_least
):
    """A pair that is alike enough speaks for joining by its IoU, any other against it by what it lacks of that."""
    marks = in_order(found)
    pairs = overlaps(found.parts, marks)
    anchors = cluster(marks, pairs, at_least)
    iou = pairs.set_index(["left", "right"])["iou"].to_dict()
    rows = marks.assign(anchor=marks["annotation_id"].map(anchors))
    clusters = list(rows.groupby("anchor"))
    for (_, one), (_, other) in itertools.combinations(clusters, 2):
        voters = [set(zip(c["annotator"], c["round"], strict=True)) for c in (one, other)]
        if one["item_id"].iloc[0] != other["item_id"].iloc[0] or voters[0] & voters[1]:
            continue
        between = itertools.product(one["annotation_id"], other["annotation_id"])
        alike = [iou.get((min(pair), max(pair)), 0.0) for pair in between]
        assert sum(a if a >= at_least else a / at_least - 1.0 for a in alike) < 1e-6


def test_one_item_makes_one_record_and_a_second_annotation_stands_alone():
    marks = marks_of(
        [("a", "i", "r1", "1"), ("b", "i", "r1", "1"), ("c", "i", "r2", "1"), ("d", "j", "r1", "1")]
    )
    anchors = cluster(marks, same_item(marks), 1.0)
    assert anchors.to_dict() == {"a": "a", "b": "b", "c": "a", "d": "d"}
