"""Questions of annotators: what is right comes in, what is wrong is refused with its line, and nothing is lost."""

import pandas as pd
import pytest

from groundkeeper.errors import FormatError
from groundkeeper.formats import frames, items_of, questions

RECORD = f"rc_{'0a' * 10}"
HEADER = "item,record_id,annotator,rule_id,text,asked_at"
GOOD = f"scan-1,{RECORD},ada,inc.small,Is it 3 mm?,2026-03-02T10:00:00+02:00"


def write(tmp_path, *lines):
    path = tmp_path / "questions.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(tmp_path, *lines):
    return questions.read(write(tmp_path, HEADER, *lines), {}, ())


def test_a_question_comes_in_with_its_time_in_utc(tmp_path):
    found = read(tmp_path, GOOD).questions
    assert found.to_dict("records") == [
        {
            "item_key": "scan-1",
            "record_id": RECORD,
            "annotator": "ada",
            "rule_id": "inc.small",
            "text": "Is it 3 mm?",
            "asked_at": pd.Timestamp("2026-03-02T08:00:00Z"),
        }
    ]
    assert found.dtypes.astype("str").to_dict() == frames.QUESTION_TYPES


def test_the_format_is_one_of_the_inbox(tmp_path):
    assert items_of("questions", write(tmp_path, HEADER, GOOD), {}).empty


def test_what_need_not_be_said_is_missing(tmp_path):
    (empty,) = read(tmp_path, "scan-1,,ada,,Why?,").questions.to_dict("records")
    path = write(tmp_path, "annotator,text,item", "ada,Why?,scan-1")
    (absent,) = questions.read(path, {}, ()).questions.to_dict("records")
    for found in (empty, absent):
        assert all(pd.isna(found[name]) for name in ("record_id", "rule_id", "asked_at"))
        assert found["text"] == "Why?"


def test_the_order_of_the_rows_decides_nothing(tmp_path):
    rows = [GOOD, "scan-0,,bo,,Why?,", "scan-1,,ada,,Where?,2026-01-01T00:00:00Z"]
    one, other = (read(tmp_path, *order).questions for order in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(one, other)


def test_a_text_may_have_commas_quotes_and_lines(tmp_path):
    said = '"Mass, or ""nodule""?\nIt is 30 mm."'
    assert read(tmp_path, f"scan-1,,ada,,{said},").questions["text"].tolist() == [
        'Mass, or "nodule"?\nIt is 30 mm.'
    ]


def test_times_of_several_spellings_are_one_time(tmp_path):
    spelled = ["2026-03-02T10:00:00Z", "2026-03-02 12:00:00.000+02:00", "20260302T100000+00:00"]
    found = read(tmp_path, *(f"scan-1,,ada,,Why?,{text}" for text in spelled), "scan-1,,ada,,Why?,")
    assert found.rejects.empty
    assert found.questions["asked_at"].dropna().unique().tolist() == [
        pd.Timestamp("2026-03-02T10:00:00Z")
    ]
    assert found.questions["asked_at"].isna().sum() == 1


@pytest.mark.parametrize(
    ("row", "rule", "value"),
    [
        (",,ada,,Why?,", "item_is_named", "nothing"),
        ("scan-1,,,,Why?,", "annotator_is_named", "nothing"),
        ("scan-1,,ada,,,", "question_has_a_text", "nothing"),
        ("scan-1,,ada,,   ,", "question_has_a_text", "nothing"),
        ("scan-1,rc_7,ada,,Why?,", "record_id_is_an_id", "rc_7"),
        ("scan-1,,ada,in small,Why?,", "rule_id_is_an_id", "in small"),
        ("scan-1,,ada,,Why?,2026-03-02", "time_is_iso_8601_with_zone", "2026-03-02"),
        ("scan-1,,ada,,Why?,yesterday", "time_is_iso_8601_with_zone", "yesterday"),
        (
            "scan-1,,ada,,Why?,2026-03-02T10:00:00",
            "time_is_iso_8601_with_zone",
            "2026-03-02T10:00:00",
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_come_in(tmp_path, row, rule, value):
    found = read(tmp_path, GOOD, row)
    (reject,) = found.rejects.to_dict("records")
    assert (reject["path"], reject["rule"], reject["value"]) == ("line 3", rule, value)
    assert reject["allowed"]
    assert found.questions["item_key"].tolist() == ["scan-1"]


def test_every_fault_of_a_row_is_told(tmp_path):
    rejects = read(tmp_path, "scan-1,rc_7,,,,").rejects
    assert rejects["path"].unique().tolist() == ["line 2"]
    assert sorted(rejects["rule"]) == [
        "annotator_is_named",
        "question_has_a_text",
        "record_id_is_an_id",
    ]


def test_a_document_is_no_question_and_is_not_copied_into_the_rejects_whole(tmp_path):
    long = "x" * (questions.MOST_CHARACTERS + 1)
    (value,) = read(tmp_path, GOOD, f"scan-1,,ada,,{long},").rejects["value"]
    assert len(value) <= 200


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["item,annotator", "scan-1,ada"], "lacks column 'text'"),
        (["item,annotator,text,mood", "scan-1,ada,Why?,bad"], "unknown column 'mood'"),
        ([HEADER], "holds no question"),
        ([""], "lacks column"),
        ([HEADER, "scan-1,,ada,,Why, though?,"], "line 2: found 7 cells"),
    ],
)
def test_a_file_that_is_not_of_the_format_is_refused_whole(tmp_path, lines, said):
    path = write(tmp_path, *lines)
    for call in (lambda: items_of("questions", path, {}), lambda: questions.read(path, {}, ())):
        with pytest.raises(FormatError, match=said):
            call()


def test_the_format_has_no_options(tmp_path):
    with pytest.raises(FormatError, match="has none"):
        items_of("questions", write(tmp_path, HEADER, GOOD), {"unit": "scan"})
