"""Answers of one's own: JSON Lines with shapes, CSV with plain values, and what is refused at the door."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.errors import FormatError
from groundkeeper.formats import answers

SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
BOW_TIE = "POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))"
ADA = {"item": "scan-1", "annotator": "ada"}


def lines(tmp_path, *told):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    return path


def sheet(tmp_path, text):
    path = tmp_path / "answers.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def attribute(text):
    """A line with one attribute, whose value is *text* as it stands."""
    return f'{{"item": "a", "annotator": "b", "annotations": [{{"attributes": {{"x": {text}}}}}]}}'


def read(path):
    return answers.read(path, {}, ())


def test_an_answer_with_shapes_comes_in_whole(tmp_path):
    mark = {
        "label": "nodule",
        "attributes": {"malignancy": 4, "seen": None},
        "parts": [{"frame": 3, "wkt": SQUARE}],
    }
    told = ADA | {
        "task": "tk_1",
        "submitted_at": "2026-04-01T09:30:00+02:00",
        "lead_time_s": 41,
        "tool": "viewer",
        "annotations": [mark, {"label": "nodule"}],
    }
    found = read(lines(tmp_path, told))
    (answer,) = found.answers.to_dict("records")
    assert answer["submitted_at"].isoformat() == "2026-04-01T07:30:00+00:00"
    assert (answer["task_id"], answer["lead_time_s"], answer["state"]) == ("tk_1", 41, "submitted")
    assert found.annotations["attributes"].tolist() == ['{"malignancy":4}', "{}"]
    assert found.annotations["kind"].tolist() == ["polygon", "statement"]
    (part,) = found.parts.to_dict("records")
    assert (part["frame"], part["repaired"]) == (3, False)
    assert part["geometry"].equals(shapely.from_wkt(SQUARE))
    assert part["annotation_key"] == found.annotations["annotation_key"][0]


def test_a_row_of_csv_says_in_json_or_in_words_what_its_columns_name(tmp_path):
    text = (
        "item,annotator,state,label,malignancy,note,perifissural,task_question\r\n"
        'scan-1,ada,,nodule,4,"two, at least",false,What is it?\r\n'
        "scan-2,ada,empty,,,,,What is it?\r\n"
    )
    found = read(sheet(tmp_path, b"\xef\xbb\xbf" + text.encode()))
    assert found.answers["state"].tolist() == ["submitted", "empty"]
    (mark,) = found.annotations.to_dict("records")
    assert mark["label"] == "nodule"
    assert json.loads(mark["attributes"]) == {
        "malignancy": 4,
        "note": "two, at least",
        "perifissural": False,
    }


def test_an_outline_that_crosses_itself_is_repaired_and_it_is_said(tmp_path):
    told = ADA | {"annotations": [{"parts": [{"frame": 0, "wkt": BOW_TIE}]}]}
    found = read(lines(tmp_path, told))
    assert found.parts["repaired"].tolist() == [True]
    assert shapely.area(found.parts["geometry"][0]) == 8


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"item": "scan-1"}, "line 1: annotator: found nothing, and it is needed"),
        (ADA, "no annotation; who found nothing says empty"),
        (ADA | {"state": "empty", "annotations": [{}]}, "there are annotations"),
        (ADA | {"state": "gone"}, "state: found 'gone'; allowed is 'submitted', 'empty'"),
        (ADA | {"state": "empty", "submitted_at": "2026-04-01T09:30:00"}, "a time with its zone"),
        (ADA | {"state": "empty", "lead_time_s": -1}, "a number of 0 or more"),
        (ADA | {"state": "empty", "colour": "red"}, "colour: found an unknown key"),
        (
            ADA | {"annotations": [{"parts": [{"frame": 0, "wkt": "POINT (1 1)"}]}]},
            "frame 0: found Point",
        ),
        (ADA | {"annotations": [{"parts": [{"frame": 0, "wkt": "POLYGON"}]}]}, "found no WKT"),
        (ADA | {"annotations": [{"parts": [{"frame": -1, "wkt": SQUARE}]}]}, "frame"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_line(told, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        read(lines(tmp_path, told))


def shape(frame, wkt):
    return ADA | {"annotations": [{"parts": [{"frame": frame, "wkt": wkt}]}]}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            shape(10**9 + 1, SQUARE),
            "frame: found 1000000001; allowed is a number of 1000000000 or less",
        ),
        (shape(10**20 - 1, SQUARE), "a whole number of 20 digits is too large"),
        (shape(0, "POLYGON ((0 0, nan 0, 4 4, 0 0))"), "frame 0: found a coordinate that is no"),
        (shape(0, "POLYGON ((0 0, inf 0, 4 4, 0 0))"), "frame 0: found a coordinate that is no"),
        (shape(0, "POLYGON ((0 0, 1e400 0, 4 4, 0 0))"), "frame 0: found a coordinate that is no"),
        (shape(0, "POLYGON ((0 0, 1e308 0, 4 4, 0 0))"), "beyond 1000000000 pixels"),
        (ADA | {"state": "empty", "task": "tk\0"}, r"task: .*holds '\\x00'"),
    ],
)
def test_numbers_that_no_table_holds_are_refused_with_their_line(told, said, tmp_path):
    with pytest.raises(FormatError, match=f"line 1: .*{said}"):
        read(lines(tmp_path, told))


@pytest.mark.parametrize("column", ["item", "annotator"])
@pytest.mark.parametrize("character", ["\0", "\n", "\t", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_name_with_a_control_character_is_refused(column, character, tmp_path):
    told = ADA | {"state": "empty", column: f"a{character}b"}
    with pytest.raises(FormatError, match=f"line 1: {column}: .*which no name has"):
        read(lines(tmp_path, told))


def test_a_name_with_a_line_break_is_refused_in_a_sheet_as_well(tmp_path):
    with pytest.raises(FormatError, match=r"line 3: annotator: .*which no name has"):
        read(sheet(tmp_path, 'item,annotator,state\nscan-1,"a\nb",empty\n'))


@pytest.mark.parametrize(
    "column",
    ["Task", "TASK", "Item", "Lead time s", "submitted at", "Lead_Time_S", "State", "t ool"],
)
def test_a_column_that_all_but_has_the_name_of_one_of_ours_is_no_attribute(column, tmp_path):
    ours = column.lower().replace("t ool", "tool").replace(" ", "_")
    with pytest.raises(FormatError, match=f"line 1: found column '{column}'; .* called '{ours}'"):
        read(sheet(tmp_path, f"item,annotator,{column},solid\nscan-1,ada,1,true\n"))


def test_rows_of_a_sheet_that_were_not_filled_in_are_passed_over(tmp_path):
    text = (
        "item,annotator,task,state,submitted_at,label,solid,task_question\n"
        "scan-1,ada,tk_1,,2026-04-01T09:30:00Z,,,Is it?\n"
        "scan-2,ada,tk_2,,,,true,Is it?\n"
        "scan-3,ada,tk_3,skipped,,,,Is it?\n"
        "scan-4,ada,tk_4,,,nodule,,Is it?\n"
    )
    found = read(sheet(tmp_path, text))
    assert found.answers["task_id"].tolist() == ["tk_2", "tk_3", "tk_4"]
    assert found.answers["state"].tolist() == ["submitted", "skipped", "submitted"]


@pytest.mark.parametrize("task", ["tk_1", ""])
def test_a_sheet_in_which_nothing_is_said_is_refused(task, tmp_path):
    said = "holds no answer" if task else "there is no annotation"
    with pytest.raises(FormatError, match=said):
        read(sheet(tmp_path, f"item,annotator,task,solid\nscan-1,ada,{task},\n"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("TRUE", True),
        ("True", True),
        ("true", True),
        ("FALSE", False),
        ("False", False),
        ("TRUEST", "TRUEST"),
        ("9" * 5000, "9" * 5000),
        ("[" * 3000, "[" * 3000),
        ("1e999", "1e999"),
        ("[]", []),
        ('"[""dog"", ""cat""]"', ["dog", "cat"]),
        ('"[[1, 2], 3]"', [[1, 2], 3]),
        ("[dog", "[dog"),
        ("NaN", "NaN"),
    ],
    ids=lambda value: str(value)[:8],
)
def test_a_cell_is_json_where_a_table_can_hold_it_and_else_text(cell, value, tmp_path):
    found = read(sheet(tmp_path, f"item,annotator,a\nscan-1,ada,{cell}\n"))
    assert json.loads(found.annotations["attributes"][0]) == {"a": value}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "lacks column 'item', 'annotator'"),
        (b"item\nscan-1\n", "lacks column 'annotator'"),
        (b"item,annotator,item\n", "repeats column 'item'"),
        (b"item;annotator\nscan-1;ada\n", "lacks column"),
        (b"item,annotator,a\nscan-1,ada\n", "line 2: found 2 cells, the header has 3"),
        (b'item,annotator,a\nscan-1,ada,"b\n', "not CSV"),
        ("item,annotator,a\nscan-1,Jörg,b\n".encode("latin-1"), "UTF-8"),
        (b"item,annotator\n", "holds no answer"),
    ],
)
def test_a_csv_file_that_is_none_is_refused(content, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        read(sheet(tmp_path, content))


def test_a_line_that_is_no_json_is_named_and_blank_lines_count(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text('\n{"item": "a",\n', encoding="utf-8")
    with pytest.raises(FormatError, match="line 2: not JSON"):
        read(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"item": "a", "item": "b", "annotator": "ada", "state": "empty"}', "a key stands twice"),
        ('{"item": "a", "annotator": "b", "annotations": [{"attributes": {"x": NaN}}]}', "NaN"),
        ("[]", "keys with their values"),
        (attribute("9" * 5000), "a whole number of 5000 digits is too large"),
        (attribute(str(-(2**63))), "a whole number of 20 digits is too large"),
        (attribute("1e999"), "1e999 is no finite number"),
        (attribute("[" * 3000 + "]" * 3000), "deeper than 32"),
        (attribute("[" * 40 + "]" * 40), "deeper than 32"),
        ("[" * 3000, "deeper than 32"),
        (attribute('"\\ud800"'), "surrogates not allowed"),
    ],
    ids=lambda value: value[:60],
)
def test_what_json_would_pass_over_in_silence_is_refused(line, said, tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(FormatError, match=said):
        read(path)


def test_an_answer_keeps_its_key_when_its_file_comes_again_with_more(tmp_path):
    first = ADA | {"state": "empty", "submitted_at": "2026-04-01T09:30:00Z"}
    other = {"item": "scan-0", "annotator": "ada", "state": "empty"}
    alone = set(read(lines(tmp_path, first)).answers["answer_key"])
    assert alone < set(read(lines(tmp_path, other, first)).answers["answer_key"])


def test_two_equal_lines_are_two_answers_until_they_are_settled(tmp_path):
    twice = read(lines(tmp_path, ADA | {"state": "empty"}, ADA | {"state": "empty"}))
    assert twice.answers["answer_key"].nunique() == 2


@given(st.lists(st.sampled_from(["ada", "bob", "cy"]), min_size=1, max_size=8))
def test_every_line_is_one_answer_and_its_annotations_are_its_own(tmp_path_factory, who):
    told = [
        {
            "item": f"scan-{n}",
            "annotator": name,
            "annotations": [{"attributes": {"n": n}}] * (1 + n % 3),
        }
        for n, name in enumerate(who)
    ]
    found = read(lines(tmp_path_factory.mktemp("law"), *told))
    assert len(found.answers) == len(told)
    counts = found.annotations.groupby("answer_key").size()
    expected = found.answers["item_key"].str.removeprefix("scan-").astype(int) % 3 + 1
    assert np.array_equal(counts.loc[found.answers["answer_key"]].to_numpy(), expected.to_numpy())
