"""Labels, true labels and ratings are read from anybody's files; what cannot be is refused with where it stands."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper import written_tables
from groundkeeper.errors import TableError
from groundkeeper.label_files import Named, ascending, read_gold, read_labels
from groundkeeper.rating_files import Shape, read_ratings

LABELS = "task,worker,label\nt1,ann,yes\nt1,ben,no\nt2,ann,\n"


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(text, name="labels.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_columns_are_found_by_what_people_call_them(file):
    table = read_labels(file(LABELS))
    assert table.columns == {"task": "task", "annotator": "worker", "label": "label"}
    assert table.rows.columns.tolist() == ["task", "annotator", "label"]
    assert table.rows["label"].isna().tolist() == [False, False, True]
    assert table.classes() == ["no", "yes"]
    assert table.groups is None


def test_columns_can_be_named(file):
    path = file("q,who,says,page\n1,a,x,p\n1,b,y,p\n2,a,x,r\n")
    table = read_labels(path, Named("q", "who", "says", "page"))
    assert table.rows["task"].tolist() == ["1", "1", "2"]
    assert table.groups.to_dict() == {"1": "p", "2": "r"}


def test_parquet_and_csv_of_the_same_labels_are_the_same(file, tmp_path):
    path = file("task,annotator,label\n1,7,0\n2,8,1\n3,8,\n")
    frame = pd.DataFrame({"task": [1, 2, 3], "annotator": [7, 8, 8], "label": [0.0, 1.0, np.nan]})
    frame.to_parquet(tmp_path / "labels.parquet")
    left, right = read_labels(path), read_labels(tmp_path / "labels.parquet")
    pd.testing.assert_frame_equal(left.rows, right.rows)


def test_numbers_ascend_as_numbers_and_other_labels_as_texts():
    assert ascending(["10", "9", "9", "-1"]) == ["-1", "9", "10"]
    assert ascending(["10", "9", "x"]) == ["10", "9", "x"]
    assert ascending([]) == []


def test_a_scale_orders_the_classes_and_allows_no_others(file):
    table = read_labels(file(LABELS))
    assert table.classes(("yes", "no", "maybe")) == ["yes", "no", "maybe"]
    with pytest.raises(TableError, match=r"label: found no; allowed is the scale yes, maybe"):
        table.classes(("yes", "maybe"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("task,worker,label\n,a,x\n", "task: found nothing (line 2); allowed is the task of"),
        ("task,worker,label\nt,a,x\n\nt,,x\n", "worker: found nothing (line 4)"),
        ("task,label\nt,x\n", "needed is one annotator, called annotator"),
        ("task,item,worker,label\nt,i,a,x\n", "found the columns task, item; needed is one task"),
        ("task;worker;label\nt;a;x\n", "separated by ';'"),
        ("task,worker,label\nt,a\n", "line 2: found 2 cells; allowed are 3"),
    ],
)
def test_labels_that_cannot_be_read_are_refused_with_their_line(text, told, file):
    with pytest.raises(TableError) as refused:
        read_labels(file(text))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_column_has_one_role(file):
    with pytest.raises(TableError, match="the column task was named as task and as group"):
        read_labels(file(LABELS), Named(group="task"))
    with pytest.raises(TableError, match="found no column 'nope' for --label; there are: task"):
        read_labels(file(LABELS), Named(label="nope"))


def test_a_task_is_in_one_group(file):
    path = file("task,worker,label,page\nt,a,x,p\nt,b,x,q\n")
    with pytest.raises(TableError, match=r"page: found 'q' \(line 3\); allowed is one group"):
        read_labels(path, Named(group="page"))


def test_measurements_are_numbers(file):
    table = read_labels(file("task,worker,label\nt,a,1.5\nt,b,\n"), as_numbers=True)
    assert table.rows["label"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    with pytest.raises(TableError, match=r"label: found 'much' \(line 2\); allowed is a number"):
        read_labels(file("task,worker,label\nt,a,much\n"), as_numbers=True)


def test_gold_has_one_label_of_every_task(file):
    path = file("task,label\nt1,yes\nt3,no\n", "gold.csv")
    assert read_gold(path).to_dict("list") == {"task": ["t1", "t3"], "label": ["yes", "no"]}
    with pytest.raises(
        TableError, match=r"task: found 't1' \(line 3\); allowed is every task once"
    ):
        read_gold(file("task,label\nt1,yes\nt1,no\n"))
    with pytest.raises(TableError, match=r"label: found nothing \(line 2\)"):
        read_gold(file("task,label\nt1,\n"))


def test_gold_may_call_its_columns_as_the_labels_do_or_as_people_do(file):
    named = Named(task="q", label="says")
    assert read_gold(file("q,says\nt,x\n"), named)["label"].tolist() == ["x"]
    assert read_gold(file("task,truth\nt,x\n"), named)["label"].tolist() == ["x"]


def test_four_shapes_of_the_same_ratings_are_the_same(file):
    long = read_ratings(file("unit,rater,rating\n1,A,x\n1,B,y\n2,A,x\n2,B,x\n"))
    wide = read_ratings(file("unit,A,B\n1,x,y\n2,x,x\n"), Shape.UNITS_BY_RATERS)
    counts = read_ratings(file("unit,x,y\n1,1,1\n2,2,0\n"), Shape.COUNTS)
    table = read_ratings(file("A,x,y\nx,1,1\ny,0,0\n"), Shape.CONTINGENCY)
    for found in (long, wide, counts, table):
        assert found.classes == ("x", "y")
        assert sorted(found.rows.groupby("task")["label"].agg("".join)) == ["xx", "xy"]
    assert [one.are_named for one in (long, wide, counts, table)] == [True, True, False, True]


def test_a_table_without_units_numbers_its_rows_and_keeps_those_without_ratings(file):
    found = read_ratings(file("A,B\nx,\n,\n"), Shape.UNITS_BY_RATERS)
    assert found.tasks.tolist() == ["1", "2"]
    assert (len(found.rows), found.unsaid) == (1, 3)


def test_measured_ratings_that_are_equal_are_one_class(file):
    found = read_ratings(file("A,B\n1,1.0\n10,9\n"), Shape.UNITS_BY_RATERS, "interval")
    assert found.classes == ("1", "9", "10")
    assert found.numbers.tolist() == [1, 9, 10]


@pytest.mark.parametrize(
    ("text", "shape", "level", "told"),
    [
        ("A,B\nx,y\n", "units-by-raters", "interval", "on the level interval allowed are numbers"),
        ("A,B\nlow,high\n", "units-by-raters", "ordinal", "name them in order: --scale"),
        (
            "A,x\nx,1.5\n",
            "contingency",
            "nominal",
            "x: found '1.5' (line 2); allowed is a whole number",
        ),
        ("x,y\n1,-1\n", "counts", "nominal", "y: found '-1' (line 2); allowed is 0 or more"),
        ("x,y\n1,99999999999\n", "counts", "nominal", "allowed are 100,000,000"),
        ("unit,x\na,1\na,2\n", "counts", "nominal", "allowed is every unit once"),
        ("unit\na\n", "counts", "nominal", "needed is one more, with ratings"),
        ("A\nx\n", "contingency", "nominal", "needed is a column for each class"),
        ("A,x\nx,1\nx,2\n", "contingency", "nominal", "allowed is every class once"),
    ],
)
def test_ratings_that_cannot_be_read_are_refused(text, shape, level, told, file):
    with pytest.raises(TableError) as refused:
        read_ratings(file(text), Shape(shape), level)
    assert told in str(refused.value)


def test_a_scale_or_the_heads_of_counts_are_the_order(file):
    path = file("low,middle,high\n1,0,1\n")
    assert read_ratings(path, Shape.COUNTS, "ordinal").classes == ("low", "middle", "high")
    scale = ("high", "middle", "low")
    assert read_ratings(path, Shape.COUNTS, "ordinal", scale).classes == scale
    with pytest.raises(
        TableError, match="found the ratings low; allowed is the scale high, middle"
    ):
        read_ratings(path, Shape.COUNTS, "ordinal", scale[:2])


def test_a_table_has_no_column_of_annotators(file):
    with pytest.raises(TableError, match="found --annotator; a table of this shape has no such"):
        read_ratings(file("x,y\n1,1\n"), Shape.COUNTS, named=Named(annotator="x"))


def test_all_tables_are_written_or_none(tmp_path):
    table = pd.DataFrame({"task": ["t"], "probability": [0.1]})
    (tmp_path / "b.csv").write_text("old")
    (tmp_path / "b.csv").chmod(0o400)
    (tmp_path / "c.json").mkdir()
    with pytest.raises(TableError, match=r"c\.json: found a folder"):
        written_tables.write(
            {tmp_path / "a.csv": table, tmp_path / "b.csv": table}, {tmp_path / "c.json": {}}
        )
    with pytest.raises(ValueError, match="nan"):
        written_tables.write({tmp_path / "a.csv": table}, {tmp_path / "d.json": float("nan")})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.csv", "c.json"]
    assert (tmp_path / "b.csv").read_text() == "old"


def test_what_was_read_is_never_overwritten(tmp_path):
    path = tmp_path / "labels.csv"
    with pytest.raises(TableError, match="it is what was read, and would be overwritten"):
        written_tables.write({path: pd.DataFrame()}, keep=(path, None))
    with pytest.raises(TableError, match=r"found the ending \.txt; allowed are \.parquet and"):
        written_tables.write({tmp_path / "a.txt": pd.DataFrame()})


def test_a_table_reads_back_as_it_was(tmp_path):
    table = pd.DataFrame({"task": ["a,b", 'c"d'], "probability": [1 / 3, np.nan]})
    paths = [tmp_path / "new" / "a.csv", tmp_path / "new" / "a.parquet"]
    written_tables.write(dict.fromkeys(paths, table))
    again = pd.read_csv(paths[0])
    pd.testing.assert_frame_equal(again, table, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(pd.read_parquet(paths[1]), table, check_dtype=False)


GAPS = "unit,A,B\n1,1.0,1\n2,2.0,2\n3,,1\n4,2.0,2\n"
"""As pandas writes whole numbers: with a point where a column has gaps."""


def test_a_number_is_one_class_however_pandas_spells_it(file, tmp_path):
    wide = read_ratings(file(GAPS), Shape.UNITS_BY_RATERS)
    assert wide.classes == ("1", "2")
    assert wide.unsaid == 1
    long = "unit,rater,rating\n1,A,1.0\n1,B,1\n2,A,2.0\n2,B,2\n"
    assert read_ratings(file(long)).classes == ("1", "2")
    labels = read_labels(file(long))
    assert labels.rows["label"].tolist() == ["1", "1", "2", "2"]
    pd.DataFrame({"unit": [1, 1], "rater": ["A", "B"], "rating": [1.0, 0.5]}).to_parquet(
        tmp_path / "labels.parquet"
    )
    assert read_labels(tmp_path / "labels.parquet").classes() == ["0.5", "1"]


def test_scale_and_gold_may_spell_numbers_as_pandas_does(file):
    table = read_labels(file("task,worker,label\nt,a,1\nt,b,2\n"))
    assert table.classes(("1.0", "2.0", "3.0")) == ["1", "2", "3"]
    gold = file("task,label\nt,1.0\n", "gold.csv")
    assert read_gold(gold, classes=("1", "2"))["label"].tolist() == ["1"]
    assert read_gold(gold, classes=("1.0", "unsure"))["label"].tolist() == ["1.0"]
    with pytest.raises(TableError, match=r"'01' and '1', which are one number in two spellings"):
        read_gold(gold, classes=("01", "02"))


@pytest.mark.parametrize("other", ["01", "1e0", "+1", "1.00", "1."])
def test_a_number_in_two_spellings_that_no_program_mixes_is_refused(other, file):
    with pytest.raises(TableError, match=r"labels.csv: found '.*' and '.*', which are one number"):
        read_labels(file(f"task,worker,label\nt,a,1\nt,b,{other}\n"))
    with pytest.raises(TableError, match=r"which are one number in two spellings; allowed is one"):
        read_ratings(file(f"A,B\n1,{other}\n"), Shape.UNITS_BY_RATERS)
    measured = read_ratings(file(f"A,B\n1,{other}\n"), Shape.UNITS_BY_RATERS, "interval")
    assert measured.numbers.tolist() == [1.0]


def test_codes_and_numbers_among_texts_stay_as_they_stand(file):
    codes = read_labels(file("task,worker,label\nt,a,01\nt,b,10\n"))
    assert (codes.classes(), codes.warnings) == (["01", "10"], ())
    mixed = read_labels(file("task,worker,label\nt,a,1.0\nt,b,1\nt,c,no\n"))
    assert mixed.classes() == ["1", "1.0", "no"]
    (told,) = mixed.warnings
    assert told.startswith("'1' and '1.0' are read as two classes: others are texts")


def test_long_numbers_keep_all_their_digits(file):
    table = read_labels(file("task,worker,label\nt,a,12345678901234567890\nt,b,1.0\n"))
    assert table.classes() == ["1", "12345678901234567890"]


@pytest.mark.parametrize("word", ["NA", "N/A", "nan", "NaN", "null", "None"])
def test_words_for_nothing_are_classes_among_texts_and_nothing_among_numbers(word, file):
    texts = read_labels(file(f"task,worker,label\nt,a,{word}\nt,b,yes\n"))
    assert set(texts.classes()) == {word, "yes"}
    assert texts.warnings == (
        f"'{word}' is read as a class, 1 times; leave the cell empty if nothing was said",
    )
    path = file(f"task,worker,label\nt,a,{word}\nt,b,1.0\nt,c,1\n")
    numbers = read_labels(path)
    assert numbers.rows["label"].isna().tolist() == [True, False, False]
    assert numbers.warnings[0].startswith(f"'{word}' is read as nothing said, 1 times")
    assert read_labels(path, scale=(word, "1")).classes((word, "1")) == [word, "1"]
    assert read_labels(path, as_numbers=True).rows["label"].tolist()[1:] == [1.0, 1.0]
    assert read_ratings(path).unsaid == 1


def test_columns_of_counts_are_one_a_class(file):
    assert read_ratings(file("1.0,2.0\n1,1\n"), Shape.COUNTS).classes == ("1", "2")
    with pytest.raises(TableError, match=r"found the columns '1' and '1\.0', which are one number"):
        read_ratings(file("1,1.0\n1,1\n"), Shape.COUNTS)
    table = read_ratings(file("A,1,2\n1.0,3,0\n2.0,1,2\n"), Shape.CONTINGENCY)
    assert table.classes == ("1", "2")


def test_counts_may_be_fractions(file):
    found = read_ratings(file("unit,x,y\nb,0.5,1.5\na,2,\n"), Shape.COUNTS)
    assert found.tasks.tolist() == ["a", "b"]
    assert found.fractions.tolist() == [[2.0, 0.0], [0.5, 1.5]]
    assert not found.are_named
    scaled = read_ratings(file("x,y\n0.5,1.5\n"), Shape.COUNTS, "ordinal", ("z", "y", "x"))
    assert scaled.fractions.tolist() == [[0.0, 1.5, 0.5]]
    with pytest.raises(TableError, match="found the ratings y; allowed is the scale x"):
        read_ratings(file("x,y\n0.5,1.5\n"), Shape.COUNTS, "ordinal", ("x",))
