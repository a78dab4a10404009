"""``gk shapes``: what people see, what is written, what is refused, and what it does without."""

import csv
import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from groundkeeper.cli import app

BOXES = """item,annotator,label,x,y,width,height,note
i1,ann,cat,0,0,20,20,
i1,bo,cat,2,0,20,20,dark
i1,cy,dog,4,0,20,20,
i1,cy,dog,100,100,5,5,
i2,ann,cat,0,0,8,8,
i2,bo,,,,,,
"""
SQUARE = "POLYGON (({0} 0, {1} 0, {1} 10, {0} 10, {0} 0))"


def answer(item, annotator, *drawn, **more):
    annotations = [
        {
            "label": label,
            "attributes": {"colour": colour},
            "parts": [{"frame": 0, "wkt": SQUARE.format(left, left + 10)}],
        }
        for label, colour, left in drawn
    ]
    return json.dumps({"item": item, "annotator": annotator, "annotations": annotations} | more)


ANSWERS = [
    answer("i1", "ann", ("cat", "red", 0)),
    answer("i1", "bo", ("cat", "blue", 1), ("dog", "blue", 50)),
    answer("i1", "cy", ("dog", "blue", 2)),
    answer("i2", "cy", state="empty"),
]


@pytest.fixture
def gk(tmp_path, monkeypatch):
    """Call ``gk shapes`` where a table of boxes and a file of answers lie, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boxes.csv").write_text(BOXES, encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text("\n".join(ANSWERS) + "\n", encoding="utf-8")

    def call(*words, status=0):
        result = CliRunner().invoke(app, ["shapes", *words])
        assert result.exit_code == status, result.output
        return result

    return call


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_boxes_become_records(gk, tmp_path):
    gk("merge", "boxes.csv", "--out", "records.csv", "--members", "members.csv")
    first, single, other = rows(tmp_path / "records.csv")
    assert (first["item"], first["label"], first["votes"], first["experts"]) == (
        "i1",
        "cat",
        "3",
        "3",
    )
    assert [float(first[edge]) for edge in ("x", "y", "width", "height")] == [2, 0, 20, 20]
    assert float(first["spread_left_px"]) == 4
    assert float(first["similarity"]) == pytest.approx((18 / 22 * 2 + 16 / 24) / 3)
    assert (single["votes"], single["similarity"], single["spread_left_px"]) == ("1", "", "")
    assert (other["item"], float(other["presence"])) == ("i2", 0.5)
    members = rows(tmp_path / "members.csv")
    assert [row["row"] for row in members] == ["1", "2", "3", "4", "5"]
    assert len({row["record"] for row in members[:3]}) == 1


def test_records_are_numbered_in_the_order_of_the_file(gk, tmp_path):
    head, *boxes = BOXES.splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([head, *boxes[::-1]]), encoding="utf-8")
    gk("merge", "turned.csv", "--out", "records.csv", "--members", "members.csv")
    records = rows(tmp_path / "records.csv")
    assert [row["record"] for row in records] == ["0", "1", "2"]
    item = {row["record"]: row["item"] for row in records}
    members = rows(tmp_path / "members.csv")
    assert [item[row["record"]] for row in members] == [row["item"] for row in members]
    gk("merge", "turned.csv", "--keep", "0.6", "--out", "kept.csv")
    assert [row["record"] for row in rows(tmp_path / "kept.csv")] == ["0"]


def test_what_is_there_with_too_little_presence_is_not_written(gk, tmp_path):
    document = json.loads(
        gk("merge", "boxes.csv", "--keep", "0.5", "--out", "records.csv", "--json").stdout
    )
    assert (document["records"], document["written"]) == (3, 2)
    assert len(rows(tmp_path / "records.csv")) == 2


def test_the_document_counts_and_warns(gk):
    document = json.loads(gk("merge", "boxes.csv", "--json").stdout)
    assert {name: document[name] for name in ("items", "annotators", "boxes", "not_exact")} == {
        "items": 2,
        "annotators": 3,
        "boxes": 5,
        "not_exact": 0,
    }
    assert document["mean_iou"] == pytest.approx((18 / 22 * 2 + 16 / 24) / 3)
    assert document["warnings"] == ["columns that say nothing here were passed over: note"]


def test_of_nothing_that_two_drew_the_mean_is_not_defined(gk, tmp_path):
    (tmp_path / "one.csv").write_text(BOXES.splitlines()[0] + "\ni,a,c,0,0,1,1,\n")
    assert json.loads(gk("merge", "one.csv", "--json").stdout)["mean_iou"] is None
    assert "undefined" in gk("merge", "one.csv").stdout


@pytest.mark.parametrize("fuse", ["edge_median", "weighted_boxes", "medoid", "nearest_to_mean"])
def test_every_way_to_fuse_stays_within_the_boxes(gk, tmp_path, fuse):
    gk("merge", "boxes.csv", "--fuse", fuse, "--out", "records.csv")
    assert 0 <= float(rows(tmp_path / "records.csv")[0]["x"]) <= 4


def test_parquet_holds_the_same_records(gk, tmp_path):
    gk("merge", "boxes.csv", "--out", "records.csv")
    gk("merge", "boxes.csv", "--out", "records.parquet")
    read = pd.read_csv(tmp_path / "records.csv")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "records.parquet"), read, check_dtype=False
    )


def test_answers_with_any_shapes_become_records(gk, tmp_path):
    document = json.loads(gk("merge", "answers.jsonl", "--out", "records.jsonl", "--json").stdout)
    assert (document["items"], document["shapes"], document["records"]) == (2, 4, 2)
    first, second = map(json.loads, (tmp_path / "records.jsonl").read_text().splitlines())
    assert (first["label"], first["votes"], first["experts"]) == ("cat", 3, 3)
    assert first["attributes"] == {"colour": "blue"}
    assert "POLYGON" in first["parts"][0]["wkt"]
    assert (second["label"], second["presence"]) == ("dog", pytest.approx(1 / 3))


def merged(gk, path, *lines):
    """The document and the records of a file of *lines*."""
    path.write_text("\n".join(lines), encoding="utf-8")
    out = path.with_name("made.jsonl")
    document = json.loads(gk("merge", path.name, "--out", out.name, "--json").stdout)
    return document, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_lines_of_one_annotator_and_item_are_one_answer(gk, tmp_path):
    apart = [
        answer("i", "ann", ("cat", "red", 0)),
        answer("i", "bo", ("cat", "red", 0)),
        answer("i", "ann", ("dog", "red", 50)),
    ]
    together = [answer("i", "ann", ("cat", "red", 0), ("dog", "red", 50)), apart[1]]
    document, records = merged(gk, tmp_path / "apart.jsonl", *apart)
    facts = ("label", "votes", "experts", "presence", "parts")
    assert [[record[fact] for fact in facts] for record in records] == [
        [record[fact] for fact in facts]
        for record in merged(gk, tmp_path / "together.jsonl", *together)[1]
    ]
    (warning,) = document["warnings"]
    assert warning.startswith("lines without submitted_at that were joined")
    assert warning.endswith(": 1")
    stderr = gk("agree", "apart.jsonl", "--rounds", "20").stderr
    assert "joined" in stderr


def test_of_dated_answers_the_latest_stands_and_leaves_no_ghost(gk, tmp_path):
    first, second = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    document, records = merged(
        gk,
        tmp_path / "dated.jsonl",
        answer("i", "ann", ("dog", "red", 50), submitted_at=second),
        answer("i", "ann", ("cat", "red", 0), submitted_at=first),
        answer("j", "bo", ("cat", "red", 0), submitted_at=first),
        answer("j", "bo", state="empty", submitted_at=second),
    )
    assert [(record["label"], record["votes"]) for record in records] == [("dog", 1)]
    assert document["warnings"] == [
        "answers that a later one of their annotator to the item replaces: 2"
    ]
    assert (document["items"], document["shapes"]) == (2, 1)


def test_who_draws_and_says_that_there_is_nothing_is_refused(gk, tmp_path):
    lines = [answer("i", "ann", ("cat", "red", 0)), answer("i", "ann", state="empty")]
    (tmp_path / "both.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert "(i by ann)" in gk("merge", "both.jsonl", status=1).stderr


def test_drafts_alone_make_no_record(gk, tmp_path):
    draft = answer("i", "ann", ("cat", "red", 0), state="draft")
    document, records = merged(gk, tmp_path / "drafts.jsonl", draft)
    assert (records, document["records"]) == ([], 0)
    assert document["warnings"] == ["drafts and skipped items, which say nothing: 1"]


def test_shapes_that_cross_themselves_are_counted(gk, tmp_path):
    bow = {"frame": 0, "polygon": [[0, 0], [10, 10], [10, 0], [0, 10]]}
    document, _ = merged(
        gk, tmp_path / "bow.jsonl", answer("i", "ann", annotations=[{"parts": [bow]}])
    )
    assert document["warnings"] == ["shapes that crossed themselves and were repaired: 1"]


def test_layers_and_groups_stand_beside_the_attributes_and_regions_have_no_idle_corners(
    gk, tmp_path
):
    def drawn(name, left, *, layer):
        part = {"frame": 0, "wkt": SQUARE.format(left, left + 10)}
        said = {"group": 7, "z_order": layer, "colour": "red"}
        return answer("i", name, annotations=[{"attributes": said, "parts": [part]}])

    _, records = merged(
        gk,
        tmp_path / "layers.jsonl",
        *(drawn(name, left, layer=3) for left, name in enumerate(("ann", "bo", "cy"))),
        answer("i", "di", ("cat", "red", 90)),
    )
    other, record = sorted(records, key=lambda one: one["votes"])
    assert record["attributes"] == {"colour": "red"}
    assert isinstance(record["z_order"], int)
    assert (record["z_order"], other["z_order"]) == (3, None)
    (part,) = record["parts"]
    assert part["wkt"].count(",") == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["boxes.csv", "--fuse", "staple"], "found --fuse staple of a table of boxes"),
        (["answers.jsonl", "--fuse", "nearest_to_mean"], "of answers"),
        (["answers.jsonl", "--rule", "cvat"], "found --rule"),
        (["answers.jsonl", "--presence", "one_coin"], "found --presence"),
        (["answers.jsonl", "--members", "m.csv"], "found --members"),
        (["answers.jsonl", "--out", "records.csv"], "name it .jsonl"),
        (["answers.jsonl", "--out", "answers.jsonl"], "to another file"),
        (["boxes.csv", "--out", "boxes.csv"], "would be overwritten"),
        (["boxes.csv", "--out", "r.csv", "--members", "./r.csv"], "name two files"),
        (["boxes.csv", "--out", "records.txt"], "found the ending .txt"),
        (["boxes.csv", "--presence", "oracle"], "oracle"),
        (["boxes.csv", "--presence", "dawid_skene", "--identity", "anonymous"], "dawid_skene"),
        (["boxes.csv", "--presence", "one_coin"], "allowed is dawid_skene, ibcc"),
        (["nowhere.csv"], "nowhere.csv"),
        (["nowhere.jsonl"], "nowhere.jsonl: no such file"),
    ],
)
def test_what_cannot_be_merged_is_refused_and_nothing_is_written(gk, tmp_path, words, said):
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = gk("merge", *words, status=1)
    assert said in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_agreement_stands_at_several_thresholds(gk):
    table = json.loads(gk("agree", "boxes.csv", "--rounds", "20", "--json").stdout)
    levels = {row["level"] for row in table if row["facet"] == "match_at_least"}
    assert levels == {"0.3", "0.4", "0.5", "0.6", "0.7"}
    assert {"value", "low", "high", "n", "groups", "note"} <= set(table[0])


def test_people_see_agreement_as_two_tables_and_each_note_once(gk):
    shown = gk("agree", "boxes.csv", "--rounds", "20", "--at-least", "0.5").stdout
    lines = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines()]
    first = [cells[1] for cells in lines if len(cells) > 1]
    assert first[:5] == ["0.3", "0.4", "0.5", "0.6", "0.7"]
    assert first[5:] == ["all objects", "label cat", "label dog", "size small"]
    assert shown.count("at 0.5") == 1
    assert shown.count("no interval: 2 groups, fewer than 10") == 1


def test_one_group_is_one_group(gk, tmp_path):
    (tmp_path / "one.jsonl").write_text("\n".join(ANSWERS[:3]), encoding="utf-8")
    assert "1 group, fewer" in gk("agree", "one.jsonl", "--rounds", "20").stdout


@pytest.mark.parametrize(("by", "alpha", "f1"), [("0.4", 0.2258, 2 / 3), ("1.0", -0.2, 0.0)])
def test_lines_and_skeletons_are_agreed_on_as_their_kind_has_it(gk, tmp_path, by, alpha, f1):
    """Three skeletons of which one is called otherwise, two lines, and a mask that one alone drew."""
    skeletons = [
        [[10, 10, 2], [20, 10, 2], [15, 30, 2]],
        [[11, 10, 2], [20, 11, 2], [15, 31, 2]],
        [[10, 11, 2], [21, 10, 2], [15, 30, 1]],
    ]
    lines = [[[0, 0], [50, 50]], [[0, 1], [25, 25], [50, 51]]]
    drawn = [
        [("p", {"skeleton": skeletons[0]}), ("l", {"polyline": lines[0]})],
        [("p", {"skeleton": skeletons[1]}), ("l", {"polyline": lines[1]})],
        [("q", {"skeleton": skeletons[2]}), ("m", {"rle": {"size": [4, 4], "counts": [5, 2, 9]}})],
    ]
    said = [
        {
            "item": "i",
            "annotator": name,
            "annotations": [
                {"label": label, "parts": [{"frame": 0} | shape]} for label, shape in shapes
            ],
        }
        for name, shapes in zip(("ann", "bo", "cy"), drawn, strict=True)
    ]
    (tmp_path / "points.jsonl").write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    table = json.loads(
        gk("agree", "points.jsonl", "--rounds", "20", "--at-least", by, "--json").stdout
    )
    found = {
        row["measure"]: row["value"]
        for row in table
        if (row["facet"], row["subject"]) == ("all", "object")
    }
    assert found["localised_f1"] == pytest.approx(f1)
    assert found["localised_alpha"] == pytest.approx(alpha, abs=1e-4)
    missed = gk(
        "missed", "points.jsonl", "--independence", "blind", "--at-least", by, "--json"
    ).stdout
    assert json.loads(missed)["found"] == (3 if by == "0.4" else 6)


def test_answers_are_agreed_on_like_boxes(gk):
    table = json.loads(gk("agree", "answers.jsonl", "--rounds", "20", "--json").stdout)
    assert any(row["value"] is not None for row in table)


def test_what_all_missed_is_told_of_blind_reads_alone(gk):
    document = json.loads(gk("missed", "boxes.csv", "--independence", "blind", "--json").stdout)
    assert document["found"] == 3
    refused = gk("missed", "boxes.csv", "--independence", "unknown", status=1)
    assert "allowed is blind" in refused.stderr
    assert "objects found" in gk("missed", "boxes.csv", "--independence", "blind").stdout


def imported_of(names, *words, folder):
    """Return which of the modules *names* ``gk shapes`` has imported when it is done, in a process of its own."""
    code = (
        f"import sys\nfrom groundkeeper.cli import app\napp({['shapes', *words]}, standalone_mode=False)\n"
        f"print(*sorted({names} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.split()


def test_a_small_file_of_answers_is_merged_without_compiling(tmp_path):
    (tmp_path / "answers.jsonl").write_text("\n".join(ANSWERS), encoding="utf-8")
    assert imported_of({"numba"}, "merge", "answers.jsonl", "--json", folder=tmp_path) == []


def test_a_small_table_of_boxes_is_merged_without_what_takes_long_to_import(tmp_path):
    (tmp_path / "boxes.csv").write_text(BOXES, encoding="utf-8")
    slow = {"numba", "pandas", "scipy", "shapely", "pyarrow"}
    words = ("merge", "boxes.csv", "--out", "r.csv", "--json")
    assert imported_of(slow, *words, folder=tmp_path) == []


def test_who_was_shown_a_prediction_did_not_read_blind(gk, tmp_path):
    shown = [answer("i1", who, ("cat", "red", 0), shown_prediction=True) for who in ("ann", "bo")]
    (tmp_path / "shown.jsonl").write_text("\n".join(shown) + "\n", encoding="utf-8")
    refused = gk("missed", "shown.jsonl", "--independence", "blind", status=1)
    assert "prediction" in refused.stderr


def test_labels_of_whole_items_are_one_record_each_with_the_share_that_gave_them(gk, tmp_path):
    # cvat_cases consensus/tags and datumaro/label_votes: cat, cat and dog, dog of three.
    given = [["cat"], ["cat", "dog"], ["dog"]]
    lines = [
        {"item": "i", "annotator": who, "annotations": [{"label": label} for label in labels]}
        for who, labels in zip("abc", given, strict=True)
    ]
    (tmp_path / "tags.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    gk("merge", "tags.jsonl", "--out", "records.jsonl")
    found = map(json.loads, (tmp_path / "records.jsonl").read_text().splitlines())
    told = {
        record["label"]: (record["votes"], record["presence"], record["parts"]) for record in found
    }
    assert told == {"cat": (2, 2 / 3, []), "dog": (2, 2 / 3, [])}
