import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.ids import canonical_json, make_id
from schemas import columns, models, rules
from schemas.names import TABLES
from schemas.table import TYPES


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_model_has_the_columns_nulls_and_openness_of_the_declaration(table):
    model = models.declared(table, table.columns)
    assert list(model.columns) == list(table.columns)
    nullable = {name: kind.endswith("?") for name, kind in table.columns.items()}
    assert {name: column.nullable for name, column in model.columns.items()} == nullable
    assert model.strict is not table.open
    assert [check.description for check in model.checks] == [f"({', '.join(table.key)}) once"]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_check_has_a_name_of_its_own_that_begins_with_its_table(table):
    known = models.Surroundings(
        others={t.name: pd.DataFrame(columns=list(t.columns)) for t in TABLES.values()}
    )
    made = [models.declared(table, table.columns), models.ruled(table, table.columns, known)]
    found = [check.name for model in made for check in model.checks]
    found += [
        check.name for model in made for column in model.columns.values() for check in column.checks
    ]
    assert len(found) == len(set(found))
    assert all(name.startswith((f"{table.name}.", f"{table.name}: ")) for name in found)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_typed_column_of_a_table_is_of_one_known_type(table):
    assert {kind.rstrip("?") for kind in table.columns.values()} <= TYPES


def test_rules_speak_only_of_columns_that_exist():
    everywhere = {column for table in TABLES.values() for column in table.columns}
    assert {*rules.PREFIXES, *rules.PATTERNS, *rules.RANGES} <= everywhere
    assert all(column in TABLES[table].columns for table, column in rules.VOCABULARIES)
    for table, row_rules in rules.ROW_RULES.items():
        assert {name for rule in row_rules for name in rule.needs} <= set(TABLES[table].columns)
    for reference in rules.REFERENCES:
        assert reference.column in TABLES[reference.table].columns
        assert reference.other_column in TABLES[reference.other].columns
    for copy in rules.COPIES:
        assert {"item_id", *copy.columns} <= set(TABLES[copy.table].columns) & set(
            TABLES[copy.other].columns
        )


@given(st.sampled_from(sorted(set(rules.PREFIXES.values()))), st.text())
def test_every_id_that_is_made_is_well_formed(prefix, key):
    assert columns.matches(pd.Series([make_id(prefix, key)]), columns.id_pattern(prefix)).all()


@pytest.mark.parametrize(
    "text",
    [
        "it_0123456789abcdef012",
        "it_0123456789ABCDEF0123",
        "xx_0123456789abcdef0123",
        "it_" + "0" * 21,
    ],
)
def test_ids_of_another_length_case_or_prefix_are_refused(text):
    assert not columns.matches(pd.Series([text]), columns.id_pattern("it")).any()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_the_project_writes_as_json_is_canonical(value):
    assert columns.is_canonical_json(pd.Series([canonical_json(value)])).all()


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{"a": 1}', "[NaN]", "", "{", '"\\u00e9"'])
def test_other_spellings_of_json_are_refused(text):
    assert not columns.is_canonical_json(pd.Series([text])).any()


@given(st.lists(st.integers(0, 4)))
def test_a_sorted_key_is_judged_as_an_unsorted_one(values):
    ordered = pd.DataFrame({"key": sorted(values)})
    expected = ~ordered["key"].duplicated(keep=False).to_numpy()
    assert columns.are_unique(ordered, ("key",)).tolist() == expected.tolist()
    shuffled = ordered[::-1].reset_index(drop=True)
    assert columns.are_unique(shuffled, ("key",)).tolist() == expected[::-1].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "holds"),
    [
        (pd.Series([], dtype=object), "str", True),
        (pd.Series([None, None], dtype="str"), "str?", True),
        (pd.Series(["a", 1], dtype=object), "str", False),
        (pd.Series([1, None]), "int?", True),
        (pd.Series([1.5, None]), "int?", False),
        (pd.Series([1.0, 2.0]), "int", False),
        (pd.Series([1, 2], dtype="Int64"), "int", True),
        (pd.Series([True, None], dtype=object), "bool?", True),
        (pd.Series([1, 0]), "bool", False),
        (pd.Series([1, 2]), "float", True),
        (pd.Series(["1"]), "float", False),
        (pd.Series([pd.NaT], dtype="datetime64[ns, UTC]"), "time?", True),
        (pd.Series([pd.NaT], dtype="datetime64[us]"), "time?", False),
        (pd.Series([shapely.Point(0, 0)]), "geometry", True),
        (pd.Series([b"wkb"]), "geometry", False),
    ],
)
def test_a_column_is_of_its_type_in_whichever_form_pandas_holds_it(values, kind, holds):
    assert columns.is_of_type(values, kind) is holds


def test_nan_lies_in_no_range():
    assert columns.is_between(pd.Series([np.nan, 1.0]), None, None).tolist() == [False, True]


def test_an_empty_polygon_is_no_shape():
    empty = pd.Series([shapely.Polygon(), shapely.MultiPolygon()])
    assert columns.is_a_shape(empty).tolist() == [False, False]
