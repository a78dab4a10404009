"""``gk score files``: what people see, what is written, what is left out and counted, and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest
import typer
from builders.score_files import (
    answer,
    application_with_score,
    box,
    call,
    document_and_values,
    shape,
    write,
)

from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import rotated_boxes

TRUTH = """item,label,x,y,width,height
i1,cat,0,0,20,20
i1,dog,50,50,20,20
i2,,,,,
i3,cat,10,10,10,10
"""
SAID = """item,label,x,y,width,height,confidence
i1,cat,0,0,20,10,0.9
i1,cat,50,50,20,20,0.8
i1,dog,200,200,10,10,0.3
i3,cat,10,10,10,10,0.7
i9,cat,0,0,10,10,0.7
"""


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Work in a folder of its own with two tables of boxes, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    write("truth.csv", TRUTH.strip())
    write("said.csv", SAID.strip())


def test_boxes_are_scored_and_what_cannot_be_is_counted():
    document, values = document_and_values("truth.csv", "said.csv")
    # One correct of IoU 1/2, one of another class, one right, one extra; and an item that is rightly empty.
    assert values["accuracy", "said"] == pytest.approx(3 / 5)
    assert values["precision", "said"] == pytest.approx(2 / 4)
    assert values["recall", "said"] == pytest.approx(2 / 3)
    assert values["f1", "said"] == pytest.approx(4 / 7)
    assert values["iou_mean", "said"] == pytest.approx(2.5 / 3)
    assert document["excluded"] == {
        "items that the truth does not have": 1,
        "objects in items that the truth does not have": 1,
    }
    assert (document["items"], document["groups"]) == (3, 3)
    cells = {(one["said"], one["truth"]): one["n"] for one in document["confusion"]}
    assert cells == {
        ("cat", "cat"): 2,
        ("cat", "dog"): 1,
        ("dog", "unmatched"): 1,
        ("unmatched", "unmatched"): 1,
    }
    kinds = sorted(one["conflict"] for one in document["conflicts"])
    assert kinds == ["extra_annotation", "low_overlap", "mismatching_label"]
    named = {one["conflict"]: one["annotation_id"] for one in document["conflicts"]}
    assert named["extra_annotation"] == "row 3"


def test_boxes_with_a_confidence_have_an_average_precision_however_little_of_it_counts():
    _, values = document_and_values("truth.csv", "said.csv", "--confidence", "0.95")
    assert values["recall", "said"] == 0.0
    # Of cats one is found at IoU 0.5 only and one at all, between them a dog is taken for one; no dog is found.
    assert values["bbox_ap50", "said/cat"] == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert values["bbox_ap50", "said/dog"] == 0.0
    document, _ = document_and_values("truth.csv", "truth.csv")
    assert not any(one["measure"].startswith("bbox") for one in document["figures"])


def test_a_figure_without_an_interval_says_why():
    document, _ = document_and_values("truth.csv", "said.csv")
    one = next(
        f for f in document["figures"] if f["measure"] == "accuracy" and f["subject"] == "said"
    )
    assert (one["low"], one["high"]) == (None, None)
    assert one["note"] == "no interval: 3 groups, fewer than 10"


def test_settings_have_a_digest_that_changes_with_them():
    first, _ = document_and_values("truth.csv", "said.csv")
    again, _ = document_and_values("truth.csv", "said.csv")
    other, values = document_and_values("truth.csv", "said.csv", "--match-iou", "0.6")
    assert first == again
    assert first["settings_digest"] != other["settings_digest"]
    assert values["accuracy", "said"] == pytest.approx(2 / 6)


def test_the_defaults_are_those_of_the_engine():
    document, _ = document_and_values("truth.csv", "said.csv")
    usual = Settings()
    for name, value in document["settings"].items():
        default = getattr(usual, name)
        assert value == (list(default) if isinstance(default, tuple) else default), name


def test_only_what_is_confident_counts_as_said():
    document, values = document_and_values("truth.csv", "said.csv", "--confidence", "0.5")
    assert values["precision", "said"] == pytest.approx(2 / 3)
    assert document["excluded"]["objects with a confidence below 0.5"] == 1


def test_an_item_that_is_not_in_what_is_said_is_empty_or_unanswered_as_one_says():
    empty, values = document_and_values("truth.csv", "said.csv")
    assert values["accuracy", "said"] == pytest.approx(3 / 5)
    assert any("taken to be found empty: 1" in one for one in empty["warnings"])
    document, values = document_and_values("truth.csv", "said.csv", "--absent", "unanswered")
    assert values["accuracy", "said"] == pytest.approx(2 / 4)
    assert document["excluded"]["items without an answer of said"] == 1


def test_a_class_that_does_not_exist_is_left_out_and_counted():
    document, values = document_and_values("truth.csv", "said.csv", "--labels", "cat,dog,emu")
    assert "objects of a foreign class: emu" not in document["excluded"]
    write("emu.csv", TRUTH.strip(), "i3,emu,80,80,10,10")
    document, values = document_and_values("truth.csv", "emu.csv", "--labels", "cat,dog")
    assert document["excluded"] == {"objects of a foreign class: emu": 1}
    assert values["accuracy", "emu"] == 1.0
    assert "emu" in call("emu.csv", "truth.csv", "--labels", "cat,dog", status=1).stderr


def test_what_is_outside_its_image_or_said_twice_is_left_out_and_counted():
    write("more.csv", TRUTH.strip(), "i3,cat,500,10,10,10", "i3,cat,10,10,10,10")
    document, values = document_and_values("truth.csv", "more.csv", "--image", "100x100")
    assert document["excluded"] == {
        "objects that are outside their image": 1,
        "objects that were said once more": 1,
    }
    assert values["precision", "more"] == 1.0
    write("items.csv", "item,width,height,group", "i1,100,100,p", "i2,100,100,p", "i3,100,100,q")
    document, _ = document_and_values("truth.csv", "more.csv", "--items", "items.csv")
    assert document["groups"] == 2
    assert not any("size of" in one for one in document["warnings"])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["item,label,x,y,width,height,confidence", "i1,cat,0,0,9,9,nan"], "confidence"),
        (["item,label,x,y,width,height,confidence", "i1,cat,0,0,9,9,"], "confidence"),
        (["item,label,x,y,width,height,confidence", "i1,cat,0,0,9,9,1.5"], "confidence"),
        (["item,label,x,y,width,height", "i1,cat,inf,0,9,9"], "finite number"),
        (["item,label,x,y,width,height", "i1,cat,0,,9,9"], "half a box|all four numbers"),
        (["item,label,x,y,width,height", "i1,cat,0,0,0,9"], "an area"),
        (["label,x,y,width,height", "cat,0,0,9,9"], "needed is the item"),
        (["item,label", "zz,cat"], "allowed are two files"),
        (["item,label,x,y,width,height", "zz,cat,0,0,9,9"], "names of items"),
        (["item,x", "i1,3"], "needed are those of a box"),
    ],
)
def test_what_is_no_table_of_boxes_of_these_items_is_refused(lines, told):
    write("wrong.csv", *lines)
    result = call("truth.csv", "wrong.csv", status=1)
    assert pd.Series([result.stderr]).str.contains(told).all(), result.stderr


def test_files_that_are_missing_empty_or_shares_of_an_image_are_refused():
    assert "no such file" in call("none.csv", "said.csv", status=1).stderr
    assert "no such file" in call("none.jsonl", "said.csv", status=1).stderr
    write("bare.csv", "item,label,x,y,width,height")
    assert "holds nothing" in call("bare.csv", "said.csv", status=1).stderr
    write("shares.csv", "item,label,x,y,width,height", "i1,cat,0.1,0.1,0.5,0.5")
    assert "pixels" in call("shares.csv", "said.csv", status=1).stderr
    assert "640x480" in call("truth.csv", "said.csv", "--image", "large", status=1).stderr


def test_answers_of_several_are_scored_each_with_attributes_tracks_and_tags():
    write(
        "gt.jsonl",
        answer("i1", "gold", shape("cat", [box(0, 0, 20, 20)], colour="red")),
        answer("i2", "gold", state="empty"),
        answer("i3", "gold", {"label": "night"}),
        answer(
            "v1",
            "gold",
            {"label": "car", "track": [box(0, 0, 10, 10, 0), box(20, 0, 10, 10, 2)]},
        ),
    )
    write(
        "us.jsonl",
        answer("i1", "ada", shape("cat", [box(0, 0, 20, 20)], colour="blue")),
        answer("i2", "ada", state="empty"),
        answer("i3", "ada", {"label": "night"}),
        answer(
            "v1", "ada", {"label": "car", "parts": [box(0, 0, 10, 10, 0), box(10, 0, 10, 10, 1)]}
        ),
        answer("i1", "bo", state="empty"),
    )
    document, values = document_and_values("gt.jsonl", "us.jsonl", "--image", "100x100")
    assert document["subjects"] == ["ada", "bo"]
    # Box, tag and two of three frames of the track are right, one frame is missed; and one item is rightly empty.
    assert values["accuracy", "ada"] == pytest.approx(5 / 6)
    assert values["recall", "ada/car"] == pytest.approx(2 / 3)
    assert values["recall", "bo"] == 0.0
    assert document["excluded"] == {"items without an answer of bo": 3}
    kinds = [one["conflict"] for one in document["conflicts"] if one["annotator"] == "ada"]
    assert sorted(kinds) == ["mismatching_attributes", "missing_annotation"]
    quiet, _ = document_and_values("gt.jsonl", "us.jsonl", "--image", "100x100", "--no-attributes")
    kinds = {one["conflict"] for one in quiet["conflicts"]}
    assert "mismatching_attributes" not in kinds


def test_a_truth_of_two_annotators_is_refused():
    write("two.jsonl", answer("i1", "a", {"label": "cat"}), answer("i1", "b", state="empty"))
    assert "gk shapes merge" in call("two.jsonl", "two.jsonl", status=1).stderr


def test_what_one_says_against_itself_is_all_right():
    lines = [
        answer(
            "i1",
            "gold",
            shape(
                "cat", [{"frame": 0, "polygon": [[5, 5], [30, 5], [30, 30]]}], group="a", z_order=1
            ),
            shape("road", [{"frame": 0, "polyline": [[0, 0], [50, 50], [90, 10]]}]),
            shape("eye", [{"frame": 0, "points": [[60, 60]]}], group="a"),
            shape("cup", [{"frame": 0, "ellipse": [60, 30, 20, 10], "rotation": 30}]),
            shape("box", [{"frame": 0, "bbox": [60, 60, 20, 10], "rotation": 30}]),
        )
    ]
    write("all.jsonl", *lines)
    for more in ([], ["--image", "100x100"], ["--image", "100x100", "--profile", "cvat"]):
        document, values = document_and_values("all.jsonl", "all.jsonl", *more)
        assert values["accuracy", "gold"] == 1.0
        assert values["iou_mean", "gold"] == pytest.approx(1.0)
        assert document["conflicts"] == []


@pytest.mark.parametrize("turn", [15, 90, 270])
def test_to_cvat_boxes_turned_by_one_stated_angle_were_never_turned(turn):
    for name, left in (("gt", 20), ("dt", 26)):
        part = {"frame": 0, "bbox": [left, 40, 60, 10], "rotation": turn}
        write(f"{name}.jsonl", answer("i1", name, shape("cup", [part])))
    options = ("--image", "120x100", "--profile", "cvat")
    _, values = document_and_values("gt.jsonl", "dt.jsonl", *options)
    assert values["iou_mean", "dt"] == pytest.approx(54 / 66, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "stated", "drawn", "size"),
    [
        ("bbox", [30, 40, 40, 20], rotated_boxes, (40.0, 20.0)),
        ("ellipse", [50, 50, 20, 10], ellipses, (20.0, 10.0)),
    ],
)
def test_turned_boxes_and_ellipses_are_compared_as_they_lie(kind, stated, drawn, size):
    def side(name, turn):
        part = {"frame": 0, kind: stated, "rotation": turn}
        write(f"{name}.jsonl", answer("i1", name, shape("cup", [part])))
        return drawn(*np.array([[50.0], [50], [size[0]], [size[1]], [turn]]))[0]

    one, other = side("gt", 30), side("dt", 60)
    expected = one.intersection(other).area / one.union(other).area
    assert expected < 0.8
    document, values = document_and_values("gt.jsonl", "dt.jsonl")
    assert values["iou_mean", "dt"] == pytest.approx(expected, abs=1e-3)
    assert [one["conflict"] for one in document["conflicts"]] == ["low_overlap"]


def test_profile_cvat_holds_the_report_of_cvat_with_its_formulas():
    plain, _ = document_and_values("truth.csv", "said.csv", "--image", "300x300")
    assert "cvat" not in plain
    document, _ = document_and_values(
        "truth.csv", "said.csv", "--image", "300x300", "--profile", "cvat"
    )
    report = document["cvat"]["said"]
    assert report["comparison_summary"]["frame_count"] == 3
    # Nothing on both sides is no agreement to CVAT: 2 right of 4.
    assert report["comparison_summary"]["annotations"]["accuracy"] == pytest.approx(2 / 4)
    assert report["frame_results"]["i2 frame 0"]["annotations"]["accuracy"] == 0
    flagged, _ = document_and_values(
        *("truth.csv", "said.csv", "--image", "300x300", "--profile", "cvat"),
        "--empty-is-annotated",
    )
    empty = flagged["cvat"]["said"]["frame_results"]["i2 frame 0"]
    assert empty["annotations"]["accuracy"] == 1


def test_people_see_a_table_and_files_are_written(tmp_path):
    result = call(
        *("truth.csv", "said.csv", "--csv", "out.csv", "--conflicts", "look.parquet", "--confusion")
    )
    assert "accuracy" in result.stdout
    assert "left out: items that the truth does not have: 1" in result.stdout
    assert "to look at: extra_annotation 1" in result.stdout
    measures = pd.read_csv(tmp_path / "out.csv")
    assert {"measure", "subject", "value", "low", "high", "n", "groups", "note"} <= set(measures)
    assert len(pd.read_parquet(tmp_path / "look.parquet")) == 3
    assert (
        "would be overwritten"
        in call("truth.csv", "said.csv", "--csv", "said.csv", status=1).stderr
    )


def test_people_see_conflicts_that_there_are_and_once_why_there_is_no_interval(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = call("truth.csv", "said.csv").stdout
    assert "missing_annotation" not in shown
    assert "items_with_extra_annotation" in shown
    assert "and 10 of kinds of conflicts that there are none of: --csv FILE, --json" in shown
    assert shown.count("no interval: 3 groups, fewer than 10") == 1


def test_what_is_undefined_says_why_below_the_table():
    write("none.csv", "item,label,x,y,width,height", "i1,,,,,")
    shown = call("truth.csv", "none.csv").stdout
    place = re.search(r"│ precision +│ undefined \((\d+)\) ", shown)[1]
    assert f"\n({place}) nothing was said that can be judged\n" in shown
    assert "undefined (nothing" not in shown


def test_tables_need_a_place_of_their_own_in_a_folder_that_is_there(tmp_path):
    both = call("truth.csv", "said.csv", "--csv", "a.csv", "--conflicts", "./a.csv", status=1)
    assert "--csv and --conflicts: found a.csv twice" in both.stderr
    gone = call("truth.csv", "said.csv", "--csv", "gone/a.csv", status=1)
    assert "there is no folder gone" in gone.stderr
    assert not (tmp_path / "gone").exists()


def test_every_option_has_words():
    files = typer.main.get_command(application_with_score()).commands["score"].commands["files"]
    assert [one.name for one in files.params if not getattr(one, "help", "")] == []
