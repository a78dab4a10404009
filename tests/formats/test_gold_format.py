"""Gold: what is known to be right comes in, what is in doubt is refused as a whole, what cannot judge row by row."""

import pytest

from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ingestion.gold import Subjects, gold_of, gold_of_all
from groundkeeper.core.ingestion.tables import Source
from groundkeeper.errors import FormatError
from groundkeeper.formats import frames, gold, items_of

IDS = {"a": "it_a", "b": "it_b"}
KNOWN = {*IDS, "waiting"}
SAID = {"from": "attribute"}
FIELDS = {
    name: Field.model_validate(SAID | declared)
    for name, declared in {
        "topic": {"type": "enum", "values": ["bug", "other"], "fuse": "posterior"},
        "stars": {"type": "ordinal", "values": [1, 2, 3], "fuse": "median"},
        "size": {"type": "number", "min": 0, "fuse": "mean"},
        "urgent": {"type": "bool", "fuse": "mode"},
        "tags": {"type": "set", "values": ["x", "y"], "fuse": "majority"},
        "remark": {"type": "text"},
    }.items()
}


def sheet(tmp_path, text, name="gold.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(tmp_path, *rows, head="item,field,value"):
    return gold.read(sheet(tmp_path, "\n".join([head, *rows]) + "\n"), {}, ()).gold


def source(sequence=1, era="1.0.0"):
    return Source(f"batch-{sequence}", sequence, "gold", era, "expert", "unknown", "anonymous")


def taken(tmp_path, *rows, sequence=1, era="1.0.0", eras=None):
    subjects = Subjects(IDS, KNOWN, FIELDS, eras or Eras())
    return gold_of(source(sequence, era), read(tmp_path, *rows), subjects)


def refused(found):
    return found.rejects[["path", "rule", "value"]].to_numpy().tolist()


def test_a_row_says_in_json_or_in_words_what_is_right(tmp_path):
    head = "item,field,value,source"
    found = read(tmp_path, "a,topic,bug,closed", "a,urgent,FALSE,", "b,stars,2,", head=head)
    assert found["source"].isna().tolist() == [False, True, True]
    assert found.drop(columns="source").to_numpy().tolist() == [
        ["a", "topic", '"bug"', 2],
        ["a", "urgent", "false", 3],
        ["b", "stars", "2", 4],
    ]
    assert found.dtypes.astype("str").to_dict() == frames.GOLD_TYPES


def test_the_format_is_one_of_the_inbox_and_describes_no_items(tmp_path):
    assert items_of("gold", sheet(tmp_path, "item,field,value\na,topic,bug\n"), {}).empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "item,field,value\na,topic,bug\na,topic,other\n",
            "line 3: topic of item 'a' is on line 2",
        ),
        ("item,field,value\na,topic,bug\na,topic,bug\n", "each item and field once"),
        ("item,field,value\n,topic,bug\n", "line 2: has nothing in item"),
        ("item,field,value\na,,\n", "line 2: has nothing in field, value"),
        ('item,field,value\n"a\tb",topic,bug\n', "line 2: has a control character in item"),
        ("item,field\na,topic\n", "line 1: lacks column 'value'"),
        ("item,field,value,who\na,topic,bug,me\n", "line 1: has the unknown column 'who'"),
        ("item,field,value\n", "holds no answer"),
        ("item,field,value\nJörg,a,b\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_gold_that_leaves_a_doubt_is_refused_as_a_whole(text, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        gold.read(sheet(tmp_path, text), {}, ())


def test_an_option_is_refused(tmp_path):
    with pytest.raises(FormatError, match="unknown option"):
        gold.read(sheet(tmp_path, "item,field,value\na,b,c\n"), {"unit": "x"}, ())


def test_values_come_in_the_spelling_of_their_field(tmp_path):
    found = taken(tmp_path, "a,stars,2.0", "a,size,3", 'a,tags,"[""y"",""x""]"', "b,urgent,True")
    assert found.rejects.empty
    values = found.rows.set_index(["item_id", "field"])["value"].to_dict()
    assert values == {
        ("it_a", "stars"): "2",
        ("it_a", "size"): "3",
        ("it_a", "tags"): '["x","y"]',
        ("it_b", "urgent"): "true",
    }


def test_what_cannot_judge_anything_is_refused_row_by_row_with_its_line(tmp_path):
    found = taken(
        tmp_path,
        "a,topic,bug",
        "nowhere,topic,bug",
        "a,colour,red",
        "b,topic,billing",
        "b,stars,4",
        "b,remark,fine",
        "b,size,-1",
    )
    assert found.rows["item_id"].tolist() == ["it_a"]
    assert sorted(refused(found)) == [
        ["line 3", "item_is_known", "nowhere"],
        ["line 4", "field_is_known", "colour"],
        ["line 5", "value_is_allowed", '"billing"'],
        ["line 6", "value_is_allowed", "4"],
        ["line 7", "field_is_known", "remark"],
        ["line 8", "value_is_allowed", "-1"],
    ]
    allowed = found.rejects.set_index("path")["allowed"]
    assert allowed["line 5"] == "bug, other"
    assert "topic, stars, size, urgent, tags" in allowed["line 4"]
    assert set(found.rejects["source"]) == {"batch-1"}


def test_gold_of_items_that_are_not_sampled_waits(tmp_path):
    found = taken(tmp_path, "waiting,topic,bug")
    assert found.rows.empty
    assert found.rejects.empty


def test_gold_of_a_field_that_meant_something_else_is_refused(tmp_path):
    then = {"topic": FIELDS["topic"].model_copy(update={"version": 2}), "stars": FIELDS["stars"]}
    eras = Eras({"0.9.0": then})
    found = taken(tmp_path, "a,topic,bug", "a,stars,2", era="0.9.0", eras=eras)
    assert refused(found) == [["line 2", "field_means_the_same", "topic"]]
    assert found.rows["field"].tolist() == ["stars"]


def test_of_batches_that_contradict_each_other_the_latest_counts_and_it_is_said(tmp_path):
    first = taken(tmp_path, "a,topic,bug", "b,topic,bug", "b,stars,1", sequence=1)
    second = taken(tmp_path, "a,topic,other", "b,topic,bug", sequence=2)
    for order in ([first, second], [second, first]):
        found = gold_of_all(order)
        assert found.rows[["item_id", "field", "value", "batch"]].to_numpy().tolist() == [
            ["it_a", "topic", '"other"', "batch-2"],
            ["it_b", "stars", "1", "batch-1"],
            ["it_b", "topic", '"bug"', "batch-1"],
            ["it_b", "topic", '"bug"', "batch-2"],
        ]
        assert refused(found) == [["line 2", "latest_gold_stands", 'topic: "bug"']]
        assert found.rejects["source"].tolist() == ["batch-1"]


def test_no_gold_at_all_is_an_empty_table():
    nothing = frames.empty(frames.GOLD_TYPES)
    found = gold_of_all([gold_of(source(), nothing, Subjects(IDS, KNOWN, FIELDS))])
    assert found.rows.empty
    assert found.rejects.empty
