import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from groundkeeper import tables
from groundkeeper.errors import StorageError, TableError
from schemas.names import ANSWERS, OBSERVATIONS, PARTS, RECORD_ALIASES, TABLES

PART_ROWS = pd.DataFrame(
    {
        "annotation_id": ["an_b", "an_a"],
        "frame": [1, 2],
        "geometry": [shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1)],
        "repaired": [True, False],
    }
)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_every_table_can_be_empty_and_is_read_back_with_its_types(table, tmp_path):
    path = tmp_path / "t.parquet"
    tables.write(tables.empty(table), path, table)
    assert tables.read(path, table).dtypes.to_dict() == tables.empty(table).dtypes.to_dict()


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    tables.write(PART_ROWS, tmp_path / "one", PARTS)
    tables.write(PART_ROWS.iloc[::-1, ::-1], tmp_path / "two", PARTS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_geometry_survives_and_the_file_says_that_it_is_geoparquet(tmp_path):
    path = tmp_path / "parts.parquet"
    tables.write(PART_ROWS, path, PARTS)
    assert tables.read(path, PARTS)["geometry"].map(lambda g: g.area).tolist() == [1.0, 4.0]
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert (geo["primary_column"], geo["columns"]["geometry"]["encoding"]) == ("geometry", "WKB")


def test_a_text_column_keeps_its_type_when_every_value_is_missing(tmp_path):
    facts = {"record_id": ["r"], "item_id": ["i"], "era": ["1.0.0"], "votes": [1], "experts": [1]}
    unsaid = {**{name: [None] for name in OBSERVATIONS.columns}, **facts}
    rows = pd.DataFrame({**unsaid, "kind": pd.Series([None], dtype="str")})
    tables.write(rows, tmp_path / "t", OBSERVATIONS)
    assert str(pq.read_schema(tmp_path / "t").field("kind").type) == "string"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (PART_ROWS.drop(columns="frame"), "missing columns frame"),
        (PART_ROWS.assign(mood="good"), "undeclared columns mood"),
        (PART_ROWS.assign(frame=["a", "b"]), "column frame: not of type int"),
        (PART_ROWS.assign(repaired=[None, True]), "column repaired: 1 rows are null"),
        (pd.concat([PART_ROWS, PART_ROWS]), r"key \(annotation_id, frame\) repeats"),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused_and_nothing_is_written(rows, message, tmp_path):
    with pytest.raises(TableError, match=message):
        tables.write(rows, tmp_path / "t", PARTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such table"), (b"PAR1 broken", "not a Parquet file")]
)
def test_a_missing_or_broken_file_says_what_to_do(content, message, tmp_path):
    path = tmp_path / "t.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TableError, match=rf"{message}.*dvc"):
        tables.read(path, ANSWERS)


def test_a_file_of_another_table_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    tables.write(tables.empty(RECORD_ALIASES), path, RECORD_ALIASES)
    with pytest.raises(TableError, match="lacks the columns annotation_id"):
        tables.read(path, PARTS)


def test_a_full_disk_leaves_the_old_table_and_no_partial_file(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    tables.write(PART_ROWS, path, PARTS)
    before = path.read_bytes()

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StorageError, match=r"No space left on device.*Free space"):
        tables.write(PART_ROWS.iloc[:1], path, PARTS)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
