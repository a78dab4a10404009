"""Verdicts of adjudicators: each complete in itself, and whatever is not is refused at the door."""

import json

import pytest
import shapely
from builders.verdicts import line

from groundkeeper.errors import FormatError
from groundkeeper.formats import verdicts

SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
BOW_TIE = "POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))"
AN = "an_" + "1" * 20
PART = {"frame": 3, "wkt": SQUARE}
NEITHER = {"verdict": "neither", "attributes": {"rating": 3}}


def lines(tmp_path, *told):
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in told), encoding="utf-8")
    return path


def read(tmp_path, *told):
    return verdicts.read(lines(tmp_path, *told), {}, ())


def test_a_position_comes_in_whole_as_an_answer_with_one_annotation(tmp_path):
    other = "an_" + "0" * 20
    told = line(
        verdict="B",
        position=[AN, other, AN],
        label="nodule",
        attributes={"rating": 4, "seen": None},
        parts=[PART],
        rule="inc.small",
        reverses="ao_" + "2" * 20,
        decided_at="2027-02-01T10:00:00+01:00",
    )
    found = read(tmp_path, told)
    (answer,) = found.answers.to_dict("records")
    assert (answer["annotator"], answer["item_key"], answer["state"]) == (
        "eve",
        "scan-1",
        "submitted",
    )
    (row,) = found.verdicts.to_dict("records")
    assert row["answer_key"] == answer["answer_key"]
    assert (row["verdict"], row["letter"], row["rule_id"]) == ("position", "B", "inc.small")
    assert json.loads(row["positions"]) == sorted([AN, other])
    assert row["decided_at"].isoformat() == "2027-02-01T09:00:00+00:00"
    (mark,) = found.annotations.to_dict("records")
    assert (mark["label"], mark["kind"], mark["attributes"]) == (
        "nodule",
        "polygon",
        '{"rating":4}',
    )
    assert found.parts["frame"].tolist() == [3]
    assert found.parts["geometry"].iloc[0].equals(shapely.box(0, 0, 4, 4))


@pytest.mark.parametrize(("word", "state"), [("absent", "empty"), ("guideline_gap", "skipped")])
def test_who_says_that_nothing_is_there_or_that_nothing_is_said_states_nothing(
    tmp_path, word, state
):
    found = read(tmp_path, line(verdict=word))
    assert found.answers["state"].tolist() == [state]
    assert found.verdicts["verdict"].tolist() == [word]
    assert found.annotations.empty
    assert found.parts.empty
    assert found.verdicts["letter"].isna().all()


@pytest.mark.parametrize(
    ("wkt", "kind", "found"),
    [
        (SQUARE, None, "polygon"),
        (SQUARE, "mask", "mask"),
        (f"MULTI{SQUARE.replace('((', '(((').replace('))', ')))')}", None, "polygon"),
        ("LINESTRING (0 0, 4 4)", None, "polyline"),
        ("MULTIPOINT ((0 0), (4 4))", None, "points"),
        ("MULTIPOINT Z ((0 0 2), (4 4 0))", None, "skeleton"),
    ],
)
def test_a_shape_has_the_kind_that_is_said_or_that_its_geometry_has(tmp_path, wkt, kind, found):
    told = line(verdict="neither", kind=kind, parts=[{"frame": 0, "wkt": wkt}])
    assert read(tmp_path, told).annotations["kind"].tolist() == [found]


def test_a_polygon_that_crosses_itself_is_repaired_and_said_to_be(tmp_path):
    found = read(tmp_path, line(verdict="neither", parts=[{"frame": 0, "wkt": BOW_TIE}]))
    assert found.parts["repaired"].tolist() == [True]
    assert found.parts["geometry"].iloc[0].area == pytest.approx(8)


def test_a_verdict_that_says_another_thing_has_another_key_and_the_same_one_has_its_own(tmp_path):
    keys = {
        read(tmp_path, line(rationale=text)).verdicts["answer_key"].iloc[0]
        for text in ("once", "once", "twice")
    }
    assert len(keys) == 2
    assert len(read(tmp_path, line(), line()).verdicts) == 1


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (line(rationale=" "), "rationale: .*says nothing"),
        (line(verdict="b"), "verdict is 'b'; allowed are the letter of a position"),
        (line(verdict="A", attributes={"rating": 1}), "verdict A needs `position`"),
        (line(verdict="A", position=[AN]), "verdict A states nothing"),
        (line(verdict="neither"), "verdict neither states nothing"),
        (line(label="nodule"), "verdict absent states something"),
        (line(position=[AN]), "verdict absent has no `position`"),
        (line(**NEITHER, position=[AN]), "verdict neither has no `position`"),
        (line(decided_at="2027-02-01T09:00:00"), "decided_at"),
        (line(record="rc_1"), "record"),
        (line(reverses="rc_" + "0" * 20), "reverses"),
        (line(colour="red"), "colour"),
        (line(verdict="neither", parts=[PART, PART]), "several parts are of one frame"),
        (line(verdict="neither", parts=[{"frame": 0, "wkt": "POINT (1 1)"}]), "found Point"),
        (line(verdict="neither", parts=[{"frame": 0, "wkt": "round"}]), "found no WKT"),
        (
            line(verdict="neither", kind="polyline", parts=[PART]),
            "found polygon of kind polyline; allowed is polygon, mask, bbox, ellipse",
        ),
        (
            line(verdict="neither", parts=[{"frame": 0, "wkt": SQUARE.replace("4 4", "4 1e12")}]),
            "beyond 1000000000 pixels",
        ),
    ],
)
def test_what_is_no_verdict_is_refused_with_its_line(tmp_path, told, message):
    with pytest.raises(FormatError, match=rf"verdicts\.jsonl: line 2: .*{message}"):
        read(tmp_path, line(), told)


def test_a_file_without_a_verdict_or_with_an_option_is_refused(tmp_path):
    with pytest.raises(FormatError, match="holds no verdict"):
        read(tmp_path)
    with pytest.raises(FormatError, match="unit"):
        verdicts.read(lines(tmp_path, line()), {"unit": "scan"}, ())
    path = tmp_path / "broken.jsonl"
    path.write_text("{\n", encoding="utf-8")
    with pytest.raises(FormatError, match="line 1: not JSON"):
        verdicts.read(path, {}, ())
