"""Boxes are read as they stand, and what is not a box is refused with its place."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundkeeper import box_files
from groundkeeper.core.shapes.drawn import NO_LABEL
from groundkeeper.errors import TableError

BOXES = """item,annotator,label,x,y,width,height
b,ann,cat,0,0,20,20
a,bo,dog,1.5,2,3,4
a,ann,,0,0,1,1
b,bo,,,,,
"""


def written(tmp_path: Path, text: str, name: str = "boxes.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_are_sorted_and_their_rows_are_kept(tmp_path):
    found = box_files.read(written(tmp_path, BOXES))
    assert (found.items, found.annotators, found.labels) == (
        ["a", "b"],
        ["ann", "bo"],
        ["cat", "dog"],
    )
    assert found.drawn.item.tolist() == [0, 0, 1]
    assert found.drawn.annotator.tolist() == [0, 1, 0]
    assert found.drawn.label.tolist() == [NO_LABEL, 1, 0]
    assert found.corners.tolist() == [[0, 0, 1, 1], [1.5, 2, 4.5, 6], [0, 0, 20, 20]]
    assert found.row.tolist() == [3, 2, 1]


def test_a_row_without_a_box_says_that_somebody_looked(tmp_path):
    drawn = box_files.read(written(tmp_path, BOXES)).drawn
    assert (drawn.empty_item.tolist(), drawn.empty_annotator.tolist()) == ([1], [1])


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    head, *rows = BOXES.splitlines()
    turned = written(tmp_path, "\n".join([head, *rows[::-1]]) + "\n", "turned.csv")
    one, other = box_files.read(written(tmp_path, BOXES)), box_files.read(turned)
    assert (one.corners == other.corners).all()
    for column in ("item", "annotator", "label"):
        assert (getattr(one.drawn, column) == getattr(other.drawn, column)).all()


@pytest.mark.parametrize("edges", box_files.CORNERS, ids="-".join)
def test_corners_are_read_under_all_their_names(tmp_path, edges):
    path = written(tmp_path, f"image,worker,{','.join(edges)}\ni,w,1,2,3,5\n")
    assert box_files.read(path).corners.tolist() == [[1, 2, 3, 5]]


def test_parquet_says_the_same_as_csv(tmp_path):
    table = pa.table(
        {"item": ["a"], "annotator": [7], "x": [1], "y": [2.0], "width": [3], "height": [1]}
    )
    pq.write_table(table, tmp_path / "boxes.parquet")
    found = box_files.read(tmp_path / "boxes.parquet")
    assert found.annotators == ["7"]
    assert found.corners.tolist() == [[1, 2, 4, 3]]


def test_frames_are_items_of_their_own_in_the_order_of_their_numbers(tmp_path):
    rows = [f"a,w,{frame},0,0,1,1" for frame in (10, 2, 0)]
    path = written(tmp_path, "\n".join(["item,annotator,frame,x,y,width,height", *rows]))
    found = box_files.read(path)
    assert (found.items, found.frames.tolist()) == (["a"] * 3, [0, 2, 10])
    assert found.drawn.item.tolist() == [0, 1, 2]


def test_groups_are_those_of_the_items(tmp_path):
    path = written(tmp_path, "item,annotator,group,x,y,w,h\nb,k,g2,0,0,1,1\na,k,g1,0,0,1,1\n")
    assert box_files.read(path).groups == ["g1", "g2"]


def test_columns_that_say_nothing_are_named(tmp_path):
    path = written(tmp_path, "item,annotator,colour,x,y,w,h\nb,k,red,0,0,1,1\n")
    assert box_files.read(path).passed_over == ("colour",)


HEAD = "item,annotator,label,x,y,width,height\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}a,b,c,0,0,1,\n", r"half a box \(line 2\)"),
        (f"{HEAD}a,b,c,0,0,1,1\na,b,c,0,0,-1,1\n", r"a negative size \(line 3\)"),
        (f"{HEAD}a,b,c,0,0,inf,1\n", r"width that is no finite number \(line 2\)"),
        (f"{HEAD}a,b,c,0,0,one,1\n", r"width 'one' \(line 2\)"),
        (f"{HEAD}a,,c,0,0,1,1\n", r"no annotator \(line 2\)"),
        (f"{HEAD},b,c,0,0,1,1\n", r"no item \(line 2\)"),
        (f"{HEAD}a,b,c,0,0,1\n", "line 2: found 6 cells; allowed are 7"),
        ("item,annotator\na,b\n", "needed are those of a box"),
        ("annotator,x,y,w,h\nb,0,0,1,1\n", "one for the item"),
        ("item,image,annotator,x,y,w,h\na,a,b,0,0,1,1\n", "one for the item"),
        ("item,item,annotator,x,y,w,h\na,a,b,0,0,1,1\n", "more than once"),
        ("item,annotator,left,top,right,bottom\na,b,5,0,1,1\n", "corners in order"),
        ("item,annotator,frame,x,y,w,h\na,b,-1,0,0,1,1\n", "found '-1'"),
        ("item,annotator,group,x,y,w,h\na,b,g,0,0,1,1\na,c,h,0,0,1,1\n", "another group"),
        ("", "one for the item"),
        (HEAD, "holds no row"),
        (f"{HEAD}a,b,c,0,0,1,1\na,b,c,0,0,0,1\n", r"without width or height \(line 3\)"),
        ("item,annotator,left,top,right,bottom\na,b,1,0,1,1\n", "without width or height"),
        (
            f"{HEAD}a,b,c,0,0,1,1\na,b,,,,,\na,d,,,,,\n",
            r"a row without a box of an annotator who drew boxes on the item \(line 3\)",
        ),
        (
            "item,annotator,x,y,w,h,Angle\na,b,0,0,1,1,0\na,b,0,0,1,1,30\n",
            r"a box that is turned by its Angle \(line 3\).*\.jsonl",
        ),
        (
            "item,annotator,x,y,w,h,left,top,right,bottom\na,b,0,0,1,1,0,0,1,1\na,b,0,0,9,9,0,0,9,8\n",
            r"another box in left, top, right, bottom than in x, y, w, h \(line 3\)",
        ),
    ],
)
def test_what_is_no_table_of_boxes_is_refused_with_its_place(tmp_path, text, said):
    with pytest.raises(TableError, match=said):
        box_files.read(written(tmp_path, text))


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(TableError, match="cannot be read"):
        box_files.read(tmp_path / "none.csv")
    with pytest.raises(TableError, match=r"found the ending \.xlsx"):
        box_files.read(tmp_path / "boxes.xlsx")
    damaged = tmp_path / "boxes.parquet"
    damaged.write_bytes(b"PAR1 no table")
    with pytest.raises(TableError, match=r"boxes\.parquet"):
        box_files.read(damaged)


def test_boxes_may_be_stated_in_two_ways_that_agree(tmp_path):
    path = written(
        tmp_path, "item,annotator,x,y,width,height,xmin,ymin,xmax,ymax\na,b,1,2,3,4,1,2,4,6.004\n"
    )
    assert box_files.read(path).corners.tolist() == [[1, 2, 4, 6]]


def test_a_turn_by_nothing_is_none(tmp_path):
    path = written(tmp_path, "item,annotator,x,y,w,h,rotation\na,b,0,0,1,1,0\na,c,0,0,1,1,\n")
    found = box_files.read(path)
    assert (len(found.drawn), found.passed_over) == (2, ())


def test_rows_that_repeat_one_of_the_same_annotator_are_counted(tmp_path):
    row = "a,b,c,0,0,1,1\n"
    found = box_files.read(written(tmp_path, HEAD + 3 * row + "a,d,c,0,0,1,1\na,b,e,0,0,1,1\n"))
    assert found.repeated == 2
    assert found.warnings == [
        "rows that repeat a row of the same annotator, each taken as a box of its own: 2"
    ]


def test_what_is_not_a_number_in_parquet_says_nothing_as_pandas_means_it(tmp_path):
    edges = {edge: [1.0, float("nan")] for edge in ("x", "y", "width", "height")}
    pq.write_table(
        pa.table({"item": ["a", "a"], "annotator": ["k", "l"], **edges}), tmp_path / "nan.parquet"
    )
    drawn = box_files.read(tmp_path / "nan.parquet").drawn
    assert (len(drawn), drawn.empty_annotator.tolist()) == (1, [1])
    pq.write_table(
        pa.table({"item": [""], "annotator": ["k"], **{e: [1.0] for e in edges}}),
        tmp_path / "empty.parquet",
    )
    with pytest.raises(TableError, match="no item"):
        box_files.read(tmp_path / "empty.parquet")
