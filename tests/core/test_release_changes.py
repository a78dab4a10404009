"""What moved between two releases: against a slow reference, in any order of rows."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.release_changes import Moved, moved

RECORD = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["agreed", "pending", "retired"]),
        "size": st.sampled_from([1.0, 2.0, float("nan")]),
        "kind": st.sampled_from(["solid", None]),
        "outlines": st.sampled_from([{}, {0: 1}, {0: 2}, {1: 1}, {0: 1, 1: 1}]),
    }
)
RELEASE = st.dictionaries(st.sampled_from("abcd"), RECORD)


def tables(release, *, order=1):
    """The tables of a release, its rows forwards or backwards."""
    records = [
        {"record_id": key, **{k: v for k, v in record.items() if k != "outlines"}}
        for key, record in release.items()
    ][::order]
    parts = [
        {"record_id": key, "frame": frame, "geometry": shapely.box(0, 0, size, 1)}
        for key, record in release.items()
        for frame, size in record["outlines"].items()
    ][::order]
    columns = ["record_id", "status", "size", "kind"]
    return {
        "records": pd.DataFrame(records, columns=columns),
        "record_parts": pd.DataFrame(parts, columns=["record_id", "frame", "geometry"]),
    }


def slow(before, after):
    """The same by looking at one record after the other."""
    then, now = (
        {key: record for key, record in release.items() if record["status"] != "retired"}
        for release in (before, after)
    )
    differing = {
        key: [name for name in then[key] if repr(then[key][name]) != repr(now[key][name])]
        for key in then.keys() & now.keys()
    }
    names = [{"outlines": "geometry"}.get(n, n) for found in differing.values() for n in found]
    changed = sum(map(bool, differing.values()))
    added, removed = len(now.keys() - then.keys()), len(then.keys() - now.keys())
    return Moved(added, removed, changed, Counter(names))


@given(RELEASE, RELEASE)
def test_it_is_what_one_finds_by_looking_at_each_record(before, after):
    assert moved(tables(before), tables(after)) == slow(before, after)


@given(RELEASE, RELEASE)
def test_backwards_what_came_goes(before, after):
    there, back = moved(tables(before), tables(after)), moved(tables(after), tables(before))
    assert back == replace(there, added=there.removed, removed=there.added)


@given(RELEASE, RELEASE)
def test_the_order_of_rows_says_nothing_and_nothing_is_written_into(before, after):
    one, other = tables(before), tables(after)
    kept = {name: frame.copy(deep=True) for name, frame in one.items()}
    assert moved(one, other) == moved(tables(before, order=-1), tables(after, order=-1))
    assert all(frame.equals(kept[name]) for name, frame in one.items())


def test_a_column_that_is_new_and_empty_changes_no_record_and_one_with_values_does():
    old = tables({"a": {"status": "agreed", "size": 1.0, "kind": None, "outlines": {}}})
    wider = {**old, "records": old["records"].assign(note=None)}
    assert moved(old, wider) == Moved(0, 0, 0)
    wider = {**old, "records": old["records"].assign(note="n")}
    assert moved(old, wider) == Moved(0, 0, 1, {"note": 1})


@pytest.mark.parametrize("outlines", [{}, {0: 2}, {1: 1}, {0: 1, 1: 1}])
def test_another_outline_changes_its_record(outlines):
    old = {"a": {"status": "agreed", "size": 1.0, "kind": None, "outlines": {0: 1}}}
    new = {"a": {**old["a"], "outlines": outlines}}
    assert moved(tables(old), tables(new)) == Moved(0, 0, 1, {"geometry": 1})
