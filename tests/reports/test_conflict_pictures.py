"""Conflicts drawn over the item: both sides told apart without colour, several frames, a bounded number of pictures."""

import dataclasses
import re

import pandas as pd
import pytest
import shapely
import shapely.affinity
from builders import scored_tables
from builders.report_tables import judged

from groundkeeper.reports.conflict_pictures import drawn_conflicts
from groundkeeper.reports.outlines import Reading, Subject, Window, panels, path


def drawn(found=None, most=6, *, say_who=False):
    found = judged() if found is None else found
    mine = found.conflicts[found.conflicts["annotator"] == scored_tables.MODEL]
    return drawn_conflicts(found, mine, most, say_who=say_who)


def of_kind(kind, found=None):
    return next(one for one in drawn(found).shown if one.conflict == kind)


def test_each_kind_comes_in_turn_and_the_gravest_of_a_kind_first():
    shown = [(one.conflict, one.item) for one in drawn().shown]
    assert shown == [
        ("missing_annotation", "scan-03"),
        ("extra_annotation", "scan-05"),
        ("low_overlap", "scan-07"),
        ("missing_annotation", "scan-06"),
        ("low_overlap", "scan-02"),
    ]


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_are_drawn_than_asked_for_and_the_others_are_counted(most):
    found = drawn(most=most)
    assert (len(found.shown), found.more) == (most, 5 - most)


def test_both_sides_differ_in_colour_and_in_line():
    first_frame = of_kind("low_overlap").panels[1]
    lines = re.findall(
        r'class="reader (reader-\d)" stroke-width="[\d.]+" stroke-dasharray="(.*?)"', first_frame
    )
    assert lines == [("reader-1", "none"), ("reader-2", "7 2.5")]
    assert "<title>ground truth</title>" in first_frame
    assert "<title>what was said</title>" in first_frame


def test_the_item_is_shown_whole_and_then_frame_by_frame():
    whole, *frames = of_kind("low_overlap").panels
    assert "the whole item, 512 x 512 px" in whole
    assert 'class="square"' in whole
    assert [re.search(r"frame (\d+)<", each)[1] for each in frames] == ["40", "41", "42"]
    assert [each.count(">both<") for each in frames] == [1, 1, 0]
    assert ">ground truth alone<" in frames[2]


def test_a_side_without_anything_is_not_drawn():
    assert all("reader-2" not in panel for panel in of_kind("missing_annotation").panels)


def test_what_else_is_there_is_thin():
    found = judged()
    twice = pd.concat(
        [
            found.predicted_parts,
            found.predicted_parts[found.predicted_parts["annotation_id"] == "pr_02_0"].assign(
                annotation_id="pr_02_1"
            ),
        ]
    )
    more = found.predicted[found.predicted["annotation_id"] == "pr_02_0"].assign(
        annotation_id="pr_02_1"
    )
    beside = dataclasses.replace(
        found, predicted=pd.concat([found.predicted, more]), predicted_parts=twice
    )
    panel = next(one for one in drawn(beside).shown if one.item == "scan-02").panels[1]
    assert "<title>what was said, other objects</title>" in panel
    assert 'stroke-width="0.9"' in panel


def test_every_picture_says_what_it_shows_to_those_who_cannot_see_it():
    for one in drawn().shown:
        titles = [re.search(r"<svg[^>]*><title>(.*?)</title>", panel)[1] for panel in one.panels]
        assert all(one.conflict.replace("_", " ") in title for title in titles)


def test_one_that_several_readers_have_is_drawn_once_and_says_how_many():
    found = judged()
    missed = found.conflicts[found.conflicts["record_id"] == "rc_03"].head(1)
    readers = pd.concat([missed.assign(annotator=f"reader-{k}") for k in range(3)])
    (one,) = drawn_conflicts(found, readers, 6, say_who=True).shown
    assert one.facts.startswith("reader-0 and 2 more")


def test_what_comes_nearest_to_a_prediction_without_a_partner_is_told():
    found = judged()
    own = found.predicted_parts["annotation_id"] == "pr_05_1"
    of_record = found.record_parts[found.record_parts["record_id"] == "rc_05"]
    moved = of_record.assign(
        annotation_id="pr_05_1",
        repaired=False,
        geometry=[shapely.affinity.scale(one, 0.5, 1.0) for one in of_record["geometry"]],
    )
    parts = pd.concat([found.predicted_parts[~own], moved[found.predicted_parts.columns]])
    beside = dataclasses.replace(found, predicted_parts=parts)
    assert of_kind("extra_annotation", beside).facts.endswith(
        "the nearest in the ground truth: similarity 0.50"
    )
    assert "nearest" not in of_kind("extra_annotation").facts
    assert all("alone<" not in panel for panel in of_kind("extra_annotation", beside).panels)


def test_conflicts_without_outlines_are_counted():
    found = judged()
    bare = dataclasses.replace(found, predicted_parts=found.predicted_parts[:0])
    assert drawn(bare).without_outline == 1
    assert len(drawn(bare).shown) == 4


def test_an_item_without_a_known_size_is_drawn_as_far_as_it_is_known():
    found = judged()
    sizeless = found.items.assign(width_px=None, height_px=None)
    whole, *_ = drawn(dataclasses.replace(found, items=sizeless)).shown[0].panels
    assert re.search(r"the whole item, 2\d\d(\.\d+)? x 3\d\d(\.\d+)? px", whole)


def test_points_are_round_dots_since_they_have_no_length():
    point = shapely.Point(5, 5)
    (panel,) = panels(Subject("points", (Reading("a", {0: point}),), {}))
    assert 'stroke-linecap="round"' in panel
    assert path(point, Window(0, 0, 176)) == "M5 5h0"
