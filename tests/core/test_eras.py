import pandas as pd
import pytest

from groundkeeper.core.era_rows import known_in_force
from groundkeeper.core.guideline.eras import Eras, can_hold, columns_of, held_against, read_as
from groundkeeper.core.guideline.fields import Field


def declared(**keys):
    return Field.model_validate({"type": "enum", "from": "attribute", "fuse": "mode"} | keys)


NUMBER = declared(type="number", fuse="median")
INTEGER = declared(type="integer", fuse="median")
TEXTS = declared(values=["car", "van"])
WHOLE = declared(values=[1, 2])
HALVES = declared(values=[1, 1.5])
ORDERED = declared(type="ordinal", values=[1, 2, 3], fuse="median")
SEEN = declared(type="set", values=["cat", "dog"], fuse="majority")
BEST = declared(type="ranking", values=["cat", "dog"], fuse="borda")


@pytest.mark.parametrize(
    ("column", "said", "fits"),
    [
        (NUMBER, INTEGER, True),
        (INTEGER, NUMBER, False),
        (ORDERED, WHOLE, True),
        (HALVES, WHOLE, True),
        (WHOLE, HALVES, False),
        (TEXTS, WHOLE, False),
        (NUMBER, WHOLE, False),
        (SEEN, SEEN.model_copy(update={"values": ("cow",)}), True),
        (SEEN, BEST, False),
        (SEEN, TEXTS, False),
        (TEXTS, BEST, False),
    ],
)
def test_a_column_holds_what_has_its_type_or_a_narrower_one(column, said, fits):
    assert can_hold(column, said) is fits


def test_a_field_of_several_older_eras_has_the_column_of_the_newest_of_them():
    eras = Eras({"9.0.0": {"old": WHOLE}, "10.0.0": {"old": TEXTS, "kind": WHOLE}})
    columns = columns_of({"kind": TEXTS}, eras)
    assert list(columns.items()) == [("kind", TEXTS), ("old", TEXTS)]
    assert "old" not in read_as("9.0.0", {"kind": TEXTS}, eras)
    assert read_as("11.0.0", {"kind": TEXTS}, eras) == {"kind": TEXTS}


def test_a_set_is_fused_by_the_rule_of_its_era_once_a_member_more_can_be_named():
    then, fewer, more = (
        declared(type="set", values=values, fuse=fuse)
        for values, fuse in ((["a", "b"], "any"), (["b"], "all"), (["b", "a", "c"], "all"))
    )
    eras = Eras({"1.0.0": {"seen": then}})
    assert read_as("1.0.0", {"seen": fewer}, eras)["seen"].fuse == "all"
    assert read_as("1.0.0", {"seen": more}, eras) == {"seen": then}


def test_a_stored_list_is_known_in_force_as_the_version_in_force_writes_it():
    now = declared(type="set", values=["dog", "cat"], fuse="majority")
    before = pd.DataFrame({"seen": ['["cat","dog"]', '["cat","cow"]', "[]", None]}, dtype="str")
    found = known_in_force(before, {"seen": now})
    after = pd.DataFrame({"seen": ['["dog","cat"]', None, "[]", None]}, dtype="str")
    pd.testing.assert_frame_equal(found, after)
    assert before["seen"][0] == '["cat","dog"]'


def test_values_that_no_field_of_the_era_speaks_of_are_held_against_the_version_in_force():
    eras = Eras({"1.0.0": {"kind": TEXTS}})
    assert held_against("1.0.0", {"grade": WHOLE}, eras) == {"grade": WHOLE, "kind": TEXTS}
    assert held_against("2.0.0", {"grade": WHOLE}, eras) == {"grade": WHOLE}


def test_a_renamed_field_leaves_its_values_to_the_era_that_had_the_old_name():
    eras = Eras({"1.0.0": {"grade": ORDERED}})
    now = {"risk": declared(values=[1, 2], attribute="grade")}
    assert held_against("1.0.0", now, eras) == {"grade": ORDERED}
    assert read_as("1.0.0", now, eras) == {**now, "grade": ORDERED}


def test_the_label_is_the_label_whatever_the_field_is_called():
    then, now = (declared(**{"from": "label", "values": values}) for values in (["a"], ["b"]))
    assert held_against("1.0.0", {"class": now}, Eras({"1.0.0": {"kind": then}})) == {"kind": then}


def extents(name, dtype, *rows):
    columns = [name, f"{name}_low", f"{name}_high"]
    return pd.DataFrame(rows, columns=columns).astype(dtype)


@pytest.mark.parametrize(
    ("field", "dtype", "told", "known"),
    [
        (ORDERED, "Int64", (2, 1, 3), (2, 1, 3)),
        (ORDERED, "Int64", (2, 1, 4), (2, 1, None)),
        (ORDERED, "Int64", (4, 1, 4), (None, None, None)),
        (
            declared(**{**NUMBER.model_dump(by_alias=True), "max": 5}),
            "float64",
            (4, 1, 9),
            (4, 1, None),
        ),
        (INTEGER, "Int64", (4, None, None), (4, None, None)),
    ],
)
def test_what_the_version_in_force_does_not_allow_is_missing_in_the_type_of_the_column(
    field, dtype, told, known
):
    before = extents("grade", dtype, told)
    found = known_in_force(before, {"grade": field, "absent": TEXTS})
    pd.testing.assert_frame_equal(found, extents("grade", dtype, known))
    pd.testing.assert_frame_equal(before, extents("grade", dtype, told))
