import pandas as pd
import pytest

from groundkeeper.errors import FormatError
from groundkeeper.formats import items_of
from groundkeeper.formats.acknowledgements import read, write

HEADER = "annotator,version,acknowledged_at\n"


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "read.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_every_row_is_an_acknowledgement_and_its_time_is_in_utc(file):
    path = file(HEADER + "grace,2.0.0,2026-03-02T10:00:00+01:00\nada,1.0.0,\n")
    found = read(path, {}, ())
    assert found.acknowledgements["annotator"].tolist() == ["ada", "grace"]
    assert found.acknowledgements["version"].tolist() == ["1.0.0", "2.0.0"]
    assert found.acknowledgements["acknowledged_at"].isna().tolist() == [True, False]
    assert found.acknowledgements["acknowledged_at"].iloc[1] == pd.Timestamp("2026-03-02T09:00Z")
    assert found.rejects.empty
    assert found.answers.empty


def test_the_format_is_known_by_its_name_and_lists_no_items(file):
    path = file(HEADER + "ada,1.0.0,2026-03-02T09:00:00Z\n")
    assert items_of("acknowledgements", path, {}).empty


@pytest.mark.parametrize(
    ("row", "rule", "value"),
    [
        (",2.0.0,2026-03-02T09:00:00Z", "annotator_is_named", "nothing"),
        ("ada,2.0,2026-03-02T09:00:00Z", "version_is_known_form", "2.0"),
        ("ada,2.00.0,2026-03-02T09:00:00Z", "version_is_known_form", "2.00.0"),
        ("ada,,2026-03-02T09:00:00Z", "version_is_known_form", "nothing"),
        ("ada,2.0.0,yesterday", "time_is_readable", "yesterday"),
        ("ada,2.0.0,2026-03-02T09:00:00", "time_is_readable", "2026-03-02T09:00:00"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_alone_with_line_value_and_what_is_allowed(
    file, row, rule, value
):
    found = read(file(HEADER + f"grace,1.0.0,2026-03-02T09:00:00Z\n{row}\n"), {}, ())
    assert found.acknowledgements["annotator"].tolist() == ["grace"]
    [reject] = found.rejects.to_dict("records")
    assert (reject["path"], reject["rule"], reject["value"]) == ("line 3", rule, value)
    assert reject["allowed"]


def test_each_wrong_value_of_a_row_is_a_reject_of_its_own(file):
    found = read(file(HEADER + ",two,soon\n"), {}, ())
    assert found.rejects["path"].tolist() == ["line 2"] * 3
    assert found.acknowledgements.empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "annotator"),
        (HEADER, "no acknowledgement"),
        ("annotator,version\nada,1.0.0\n", "'acknowledged_at'"),
        (HEADER.replace("\n", ",mood\n") + "ada,1.0.0,,glad\n", "'mood'"),
        ((HEADER + "zo\xeb,1.0.0,\n").encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_of_another_form_is_refused_whole_and_says_why(file, text, said):
    with pytest.raises(FormatError, match=said):
        read(file(text), {}, ())


def test_an_option_is_refused_by_name(file):
    with pytest.raises(FormatError, match="unit"):
        read(file(HEADER + "ada,1.0.0,\n"), {"unit": "scan"}, ())


def test_what_is_written_reads_back_the_same(file, tmp_path):
    told = read(file(HEADER + "ö b,2.0.0,2026-03-02T09:00:00.25Z\nada,1.0.0,\n"), {}, ())
    write(told.acknowledgements, tmp_path / "again.csv")
    again = read(tmp_path / "again.csv", {}, ())
    pd.testing.assert_frame_equal(again.acknowledgements, told.acknowledgements)
