"""Items of one's own: what is stated comes in, what is not is missing, and what is wrong is refused as a whole."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.ingestion.keys import collect_items
from groundkeeper.core.sampling import Stratum, plan
from groundkeeper.errors import FormatError
from groundkeeper.formats import items, items_of
from schemas.names import ITEMS

SHA = "0123456789abcdef" * 4
WHOLE = (
    "item,group,uri,sha256,width_px,height_px,frames,captured_at,language,words,seen,score\n"
    f"a,g,texts/a.txt,{SHA.upper()},512,256,3,2026-03-02T10:00:00+02:00,de,4,TRUE,0.5\n"
    "b,,,,,,,,,7,,2\n"
)


def sheet(tmp_path, text):
    path = tmp_path / "items.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(tmp_path, *told):
    path = tmp_path / "items.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    return path


def read(path):
    return items.items(path, {})


def test_everything_that_a_row_states_comes_in(tmp_path):
    stated = read(sheet(tmp_path, WHOLE)).to_dict("records")[0]
    assert stated == {
        "item_key": "a",
        "uri": "texts/a.txt",
        "sha256": SHA,
        "width_px": 512,
        "height_px": 256,
        "frames": 3,
        "group_id": "g",
        "captured_at": pd.Timestamp("2026-03-02T08:00:00Z"),
        "language": "de",
        "score": 0.5,
        "seen": True,
        "words": 4,
    }


def test_facets_have_the_type_of_their_values(tmp_path):
    found = read(sheet(tmp_path, WHOLE))
    kinds = {name: str(found[name].dtype) for name in ("language", "words", "seen", "score")}
    assert kinds == {"language": "str", "words": "int64", "seen": "boolean", "score": "float64"}


def test_what_a_row_leaves_out_is_missing_until_all_batches_are_read(tmp_path):
    sparse = read(sheet(tmp_path, WHOLE)).set_index("item_key").loc["b"]
    assert sparse[["uri", "sha256", "width_px", "frames", "group_id", "captured_at"]].isna().all()
    pool = collect_items("texts", [("batch", read(sheet(tmp_path, "item\nb\na\n")))])
    assert set(ITEMS.columns) == set(pool.columns)
    assert pool["group_id"].tolist() == pool["item_key"].tolist()
    assert pool[["uri", "frames"]].drop_duplicates().to_numpy().tolist() == [["", 1]]
    assert pool[["sha256", "width_px", "height_px", "captured_at"]].isna().all(axis=None)


def test_one_batch_completes_what_another_leaves_out(tmp_path):
    bare = read(sheet(tmp_path, "item\na\n"))
    more = read(sheet(tmp_path, "item,group,frames,language\na,g,5,de\n"))
    for order in ([("one", bare), ("two", more)], [("two", more), ("one", bare)]):
        (item,) = collect_items("texts", order).to_dict("records")
        assert (item["group_id"], item["frames"], item["language"]) == ("g", 5, "de")


def test_two_batches_that_describe_an_item_differently_are_refused(tmp_path):
    one, other = (read(sheet(tmp_path, f"item,words\na,{n}\n")) for n in (1, 2))
    with pytest.raises(
        FormatError, match=r"described differently in two places: a \(by words\)"
    ) as refused:
        collect_items("texts", [("one", one), ("two", other)])
    assert "1 item is described" in str(refused.value)
    assert "`gk inbox remove SET BATCH --reason TEXT`" in str(refused.value)


def test_a_facet_of_two_types_in_two_batches_is_refused(tmp_path):
    one = read(sheet(tmp_path, "item,words\na,1\n"))
    other = read(sheet(tmp_path, "item,words\nb,many\n"))
    with pytest.raises(FormatError, match=r"'words' .*numbers in batch one, texts in batch two"):
        collect_items("texts", [("one", one), ("two", other)])


def test_json_lines_say_the_same_as_csv(tmp_path):
    told = read(
        lines(
            tmp_path,
            {"item": "b", "words": 7, "score": 2, "language": None},
            {
                "item": "a",
                "group": "g",
                "uri": "texts/a.txt",
                "sha256": SHA,
                "width_px": 512,
                "height_px": 256,
                "frames": 3,
                "captured_at": "2026-03-02T08:00:00Z",
                "language": "de",
                "words": 4,
                "seen": True,
                "score": 0.5,
            },
        )
    )
    pd.testing.assert_frame_equal(told, read(sheet(tmp_path, WHOLE)))


def test_the_order_of_lines_decides_nothing(tmp_path):
    head, *rows = WHOLE.splitlines()
    turned = sheet(tmp_path, "\n".join([head, *rows[::-1]]) + "\n")
    backwards = read(turned)
    pd.testing.assert_frame_equal(backwards, read(sheet(tmp_path, WHOLE)))


def test_only_wanted_items_are_read_and_all_are_described(tmp_path):
    path = sheet(tmp_path, WHOLE)
    assert items.read(path, {}, {"b"}).items["item_key"].tolist() == ["b"]
    assert items.read(path, {}, {"b"}).answers.empty
    assert items_of("items", path, {})["item_key"].tolist() == ["a", "b"]


def test_the_sample_may_be_drawn_by_facets(tmp_path):
    rows = "".join(f"t{n},{n},{('de', 'en')[n % 2]},{('true', '')[n % 2]}\n" for n in range(8))
    pool = collect_items("texts", [("b", read(sheet(tmp_path, "item,words,lang,seen\n" + rows)))])
    strata = [
        Stratum("long", parse("words >= 6"), 1.0, None),
        Stratum("seen", parse("seen"), 1.0, None),
        Stratum("german", parse('lang == "en"'), 1.0, None),
    ]
    planned = plan(pool, strata, 1.0).merge(pool[["item_id", "item_key"]])
    by_key = planned.set_index("item_key")["stratum"].to_dict()
    assert by_key == {f"t{n}": ("seen", "german")[n % 2] if n < 6 else "long" for n in range(8)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item\na\nb\na\n", "line 4: item 'a' is on line 2 already; allowed is each item once"),
        ("item,words\na,4\nb,four\n", r"line 3: words: found a text \('four'\), and line 2 has a"),
        ("item,seen\na,true\nb,1\n", r"line 3: seen: found a number \(1\), and line 2 has true"),
        ("item,sha256\na,abc\n", "line 2: sha256: found 'abc'; allowed is 64 hex digits"),
        ("item,captured_at\na,2026-03-02\n", "line 2: captured_at: .*time zone"),
        ("item,captured_at\na,1772000000\n", "line 2: captured_at: .*time zone"),
        ("item,captured_at\na,0001-01-01T00:00:00+14:00\n", "line 2: captured_at: .*time zone"),
        ("item,width_px\na,0\n", "line 2: width_px: .*a number of 1 or more"),
        ("item,frames\na,few\n", "line 2: frames: .*a whole number"),
        ("item,frames\na,1000000001\n", "line 2: frames: .*a number of 1000000000 or less"),
        ("item,words\n,4\n", "line 2: item: found nothing"),
        ('item\n"a\tb"\n', "line 2: item: .*which no name has"),
        ("item,Words\na,4\n", "line 2: column 'Words' is no usable name"),
        ("item,status\na,4\n", "line 2: column 'status' is a name that tables of items have"),
        ("item,batch\na,4\n", "line 2: column 'batch' is a name that tables of items have"),
        ("item,item_id\na,4\n", "line 2: column 'item_id' is a name that tables"),
        ("item,Group\na,4\n", "line 1: found column 'Group'; it must be called 'group'"),
        (
            "item,tags\na,[1]\n",
            r"line 2: tags: found '\[1\]'; allowed are true and false, a number",
        ),
        (f"item,text\na,{'x' * 201}\n", "line 2: text: .*of at most 200 characters"),
        ("item\n", "holds no item"),
        ("words\n4\n", "line 1: lacks column 'item'"),
        ("item,words\na\n", "line 2: found 1 cells, the header has 2"),
        ("item\nJörg\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_that_is_wrong_anywhere_is_refused_with_its_line(text, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        read(sheet(tmp_path, text))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"item": 7}, "line 1: item: found 7; allowed is a text"),
        ({"item": "a", "tags": ["x"]}, "line 1: tags: found"),
        (["a"], "line 1: found .*needed is one JSON object a line"),
    ],
)
def test_a_line_of_json_that_is_no_item_is_refused(told, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        read(lines(tmp_path, told))


@pytest.mark.parametrize("name", ["items.jsonl", "items.csv"])
def test_a_file_that_is_not_there_is_said_to_be_missing(name, tmp_path):
    with pytest.raises(FormatError, match=rf"{name}: no such file; check the path"):
        read(tmp_path / name)


def test_a_folder_is_said_to_be_none(tmp_path):
    with pytest.raises(FormatError, match=r"cannot be read \(Is a directory\); give the path of"):
        read(tmp_path)


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text('{"item": "a"}\n{"item": "a", "item": "b"}\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"line 2: not JSON .*a key stands twice"):
        read(path)


def test_a_number_in_quotes_is_a_text(tmp_path):
    found = read(sheet(tmp_path, 'item,code\na,"""7"""\nb,A7\n'))
    assert found["code"].tolist() == ["7", "A7"]


def test_an_option_is_refused(tmp_path):
    with pytest.raises(FormatError, match="unknown option unit"):
        items.items(sheet(tmp_path, WHOLE), {"unit": "text"})


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=8))
def test_a_facet_is_what_its_lines_say(tmp_path_factory, said):
    told = [{"item": f"t{n}"} | ({} if v is None else {"x": v}) for n, v in enumerate(said)]
    found = read(lines(tmp_path_factory.mktemp("law"), *told))
    known = found["x"].tolist() if "x" in found else [pd.NA] * len(said)
    assert [None if pd.isna(value) else value for value in known] == said
