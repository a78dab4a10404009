"""Files of records as people have them: what is read, by which version, and what is refused in which words."""

import numpy as np
import pandas as pd
import pytest
from strategies.guideline_documents import guideline

from groundkeeper import record_files
from groundkeeper.errors import TableError

OLD = guideline({"migrations": []})
NEXT = {"guideline/version": "1.2.0", "guideline/supersedes": "1.1.0", "migrations": []}


@pytest.fixture
def read(tmp_path):
    """Read a file of the given text, bytes or frame, by the given guidelines."""

    def run(content, *guidelines, name="records.csv", reader=record_files.read):
        place = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content.to_parquet(place)
        else:
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return reader(place, *(guidelines or (OLD,)))

    return run


def rows(found):
    return found.table.astype(object).where(found.table.notna(), None).to_dict("list")


REFUSED = {
    "no number": ("size_px\n9\nbig\n", "size_px: found 'big' (line 3); allowed is a number"),
    "word for missing": ("size_px\nnan\n", "found 'nan' (line 2); allowed is a number"),
    "infinite": ("size_px\n1e999\n", "found '1e999' (line 2); allowed is a finite number"),
    "out of bounds": ("size_px\n-1\n", "found '-1' (line 2); allowed is 0 or more"),
    "no whole number": ("agreeing\n2.5\n", "found '2.5' (line 2); allowed is a whole number"),
    "not in the vocabulary": ("kind\ncar\nbus\n", "found 'bus' (line 3); allowed is car, van"),
    "text among numbers": ("text\n1\nlow\n", "found 'low' (line 3); allowed is 1, 2"),
    "no truth": ("night\nperhaps\n", "found 'perhaps' (line 2); allowed is true or false"),
    "negative votes": ("size_px,votes\n1,-2\n", "votes: found '-2' (line 2); allowed is 0 or more"),
    "negative time": ("size_px,lead_time_s\n1,-2\n", "lead_time_s: found '-2' (line 2)"),
    "low above high": (
        "size_px,size_px_low,size_px_high\n9,8,10\n9,10,8\n",
        "size_px_low: found 10.0 (line 3); allowed is what is not above size_px_high",
    ),
    "ordinal low above high": (
        "text,text_low,text_high\n1,2,1\n",
        "text_low: found 2.0 (line 2); allowed is what is not above text_high",
    ),
    "other era": (
        "size_px,era\n9,1.1.0\n9,7.0.0\n",
        "era: found '7.0.0' (line 3); allowed is a version that is compared or lies between: 1.1.0",
    ),
    "id twice": ("record_id,size_px\na,1\na,2\n", "record_id: found 'a' (line 3); allowed is one"),
    "id missing": ("record_id,size_px\na,1\n,2\n", "record_id: found nothing (line 3)"),
    "column twice": ("size_px,size_px\n1,2\n", "found the columns size_px twice"),
    "no known column": ("a,b\n1,2\n", "found the columns a, b; allowed are those of the guideline"),
    "nothing": ("", "found no columns; allowed is a header that names them"),
    "blank": ("\n\n", "found no columns"),
    "semicolons": ("size_px;kind\n9;car\n", "separated by ';'; allowed is a comma; save it with"),
    "tabs": ("size_px\tkind\n9\tcar\n", r"separated by '\t'; allowed is a comma"),
    "more cells": ("size_px,kind\n9,car\n9,car,1\n", "line 3: found 3 cells; allowed are 2"),
    "fewer cells": ("size_px,kind\n9\n", "line 2: found 1 cells; allowed are 2"),
    "not UTF-8": ("size_px,note\n9,ä\n".encode("latin1"), "bytes that are not UTF-8 at 15"),
    "UTF-16": ("size_px\n9\n".encode("utf-16"), "bytes that are not UTF-8 at 0; save it as UTF-8"),
}


@pytest.mark.parametrize(("content", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place_and_what_is_allowed(content, told, read):
    with pytest.raises(TableError) as refused:
        read(content)
    assert told in str(refused.value)
    assert "records.csv" in str(refused.value)


def test_the_line_is_that_of_the_row_whatever_blank_lines_and_line_breaks_stand_before_it(read):
    with pytest.raises(TableError, match=r"'big' \(line 6\)"):
        read('note,size_px\n"a\nb",9\n\nx,8\nz,big\n')
    with pytest.raises(TableError, match=r"'big' \(row 2\)"):
        read(pd.DataFrame({"size_px": ["1", "big"]}), name="records.parquet")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfsize_px,kind\n9,car\n",
        b"size_px,kind\r\n9,car\r\n",
        b'"size_px","kind"\n9,car',
    ],
    ids=["byte order mark", "line ends of Windows", "quotes, no last line end"],
)
def test_the_habits_of_other_programs_make_no_difference(content, read):
    ids = {"record_id": ["row 1"], "item_id": ["row 1"], "era": ["1.1.0"]}
    assert rows(read(content)) == {"size_px": [9.0], "kind": ["car"], **ids}


@pytest.mark.parametrize("name", ["records.csv", "records.parquet"])
def test_a_file_without_rows_is_read_as_one(name, read):
    found = read(pd.DataFrame({"size_px": []}) if "parquet" in name else "size_px\n", name=name)
    assert (len(found.table), found.has_items) == (0, False)


def test_a_column_in_which_nothing_stands_is_as_one_that_is_not_there(read):
    header = "record_id,item_id,era,group_id,votes,lead_time_s,size_px,kind,include\n"
    found = read(f"{header},,,,,,9,,\n,,,,,,7,,\n")
    assert rows(found) == rows(read("size_px\n9\n7\n"))
    assert (found.ignored, found.has_items) == ((), False)


def test_parquet_gives_the_same_whatever_types_and_index_the_columns_have(read):
    frame = pd.DataFrame(
        {
            "record_id": ["x", "y"],
            "item_id": [1.0, np.nan],
            "size_px": [9, 8],
            "kind": pd.Categorical(["van", None]),
            "text": [2.0, np.nan],
            "night": [True, None],
        }
    ).set_index("record_id")
    as_text = read("record_id,item_id,size_px,kind,text,night\nx,1,9,van,2,true\ny,,8,,,\n")
    found = read(frame, name="records.parquet")
    assert rows(found) == {name: rows(as_text)[name] for name in found.table}
    assert set(found.table) == set(as_text.table)


def test_a_damaged_file_a_folder_and_no_file_are_one_message(tmp_path, read):
    frame = pd.DataFrame({"size_px": np.arange(500.0)})
    whole = tmp_path / "whole.parquet"
    frame.to_parquet(whole)
    data = whole.read_bytes()
    for damaged in (data[: len(data) // 2], data[:100] + bytes(300) + data[400:], b"size_px\n9\n"):
        with pytest.raises(TableError, match=r"cannot be read: .*; check the file, or write it"):
            read(damaged, name="damaged.parquet")
    (tmp_path / "folder.csv").mkdir()
    for name, told in {
        "folder.csv": "found a folder; allowed is a Parquet or a CSV file",
        "none.csv": "found no such file",
        "book.xlsx": "found the ending .xlsx; allowed are .parquet and .csv; convert the file",
    }.items():
        (tmp_path / "book.xlsx").touch()
        with pytest.raises(TableError, match=told):
            record_files.read(tmp_path / name, OLD)


WORDS = guideline({**NEXT, "fields/text/values": ["lo", "hi"]})


def test_every_row_is_read_by_the_version_it_was_made_under(read):
    found = read("era,text,text_low,text_high\n1.1.0,2,1,2\n1.2.0,lo,lo,hi\n,1,,\n", OLD, WORDS)
    assert rows(found)["text"] == [2.0, "lo", 1.0]
    assert rows(found)["text_high"] == [2.0, "hi", None]
    for text, told in {
        "1.1.0,lo": r"text: found 'lo' \(line 2\); allowed is 1, 2",
        "1.2.0,1": r"text: found '1' \(line 2\); allowed is lo, hi",
    }.items():
        with pytest.raises(TableError, match=told):
            read(f"era,text\n{text}\n", OLD, WORDS)


SEEN = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
BEST = {**SEEN, "type": "ranking", "fuse": "borda"}
LISTS = guideline({"migrations": [], "fields/seen": SEEN, "fields/best": BEST})


def test_a_list_is_json_and_is_read_in_its_canonical_form(read):
    cells = {
        "seen": ['["dog", "cat"]', "[]", None],
        "best": ['["dog","cat"]', None, '[["dog","cat"]]'],
    }
    for name in ("records.csv", "records.parquet"):
        table = pd.DataFrame(cells)
        content = table if "parquet" in name else table.to_csv(index=False)
        found = read(content, LISTS, name=name)
        assert rows(found)["seen"] == ['["cat","dog"]', "[]", None]
        assert rows(found)["best"] == ['["dog","cat"]', None, '[["cat","dog"]]']
        assert found.table["seen"].dtype == "str"


@pytest.mark.parametrize("cell", ["cat", '["cow"]', "[cat]", '["cat","cat"]', "1", "true", '"cat"'])
def test_a_cell_that_is_no_list_of_members_is_refused_with_an_example(cell, read):
    table = pd.DataFrame({"seen": ["[]", cell], "kind": "car"})
    with pytest.raises(
        TableError, match=r"seen: found .* \(line 3\); allowed is a list"
    ) as refused:
        read(table.to_csv(index=False), LISTS)
    assert 'of cat, dog, each once, as JSON: ["cat","dog"]' in str(refused.value)


def test_of_two_drafts_of_one_version_the_first_is_that_of_the_records(read):
    draft = guideline({"migrations": [], "fields/text/values": ["lo", "hi"]})
    assert rows(read("text\n1\n", OLD, draft))["text"] == [1.0]


def test_what_lies_on_a_bound_is_within_it(read):
    found = read("size_px,size_px_low,size_px_high\n0,0,0\n")
    assert rows(found)["size_px_low"] == rows(found)["size_px"] == [0.0]


def test_the_order_of_low_and_high_is_that_of_the_version_of_the_row(read):
    turned = guideline({**NEXT, "fields/text/values": ["hi", "lo"]})
    content = "era,text,text_low,text_high\n1.2.0,lo,lo,hi\n"
    assert rows(read(content, WORDS))["text_low"] == ["lo"]
    with pytest.raises(TableError, match="text_low: found 'lo'"):
        read(content, turned)


def test_columns_that_nobody_reads_are_named(read):
    assert read(",size_px,size,size_px_mean\n0,1,2,3\n").ignored == (
        "one without a name",
        "size",
        "size_px_mean",
    )


def test_items_are_named_once_with_what_is_known_of_them(read):
    found = read("item_id,night,size_px\n7,true,x\n8,,y\n", reader=record_files.read_items)
    assert found["item_id"].tolist() == ["7", "8"]
    assert found["night"].tolist() == [True, pd.NA]
    assert list(found) == ["item_id", "night"]
    for content, told in {
        "night\ntrue\n": "needed is item_id; add it",
        "item_id\na\na\n": r"item_id: found 'a' \(line 3\); allowed is every item once",
        "item_id,night\na,dim\n": r"night: found 'dim' \(line 2\); allowed is true or false",
    }.items():
        with pytest.raises(TableError, match=told):
            read(content, reader=record_files.read_items)
